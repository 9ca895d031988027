//! Frequencies, time frames, and conditions that stand in for counting.

use crate::check::context::{Context, WrittenRule};
use crate::check::finding::{Draft, Output};

/// The elements that count.
fn counting<'a>(rule: &WrittenRule<'a>) -> Vec<&'a crate::ast::Element> {
    let names = ["if_matched_sid", "if_matched_group", "if_matched_regex"];
    let found = names.into_iter().filter_map(|name| rule.element(name));
    found.collect()
}

pub(super) fn check_diff_instead(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let counting = counting(rule);
    if let (Some(diff), Some(counts)) = (rule.element("check_diff"), counting.first()) {
        output.push(
            Draft::new(format!(
                "rule `{}` counts nothing: `check_diff` decides alone",
                rule.sid()
            ))
            .at(diff.span, "replaces the search")
            .at(counts.span, "never searched")
            .help("move `check_diff` to a child rule"),
        );
    }
}

pub(super) fn timeframe_alone(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let Some(timeframe) = rule.attribute("timeframe") else {
        return;
    };
    if counting(rule).is_empty() && rule.element("check_diff").is_none() {
        output.push(
            Draft::new(format!(
                "`timeframe` has no effect in rule `{}`",
                rule.sid()
            ))
            .at(timeframe.span, "nothing is counted")
            .help("remove it, or add an `if_matched_` element"),
        );
    }
}

pub(super) fn no_frequency(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let counts = counting(rule);
    let Some(first) = counts.first() else { return };
    if rule.attribute("frequency").is_some() || rule.element("check_diff").is_some() {
        return;
    }
    let example = if context.is_wazuh() { 2 } else { 0 };
    output.push(
        Draft::new(format!(
            "composite rule `{}` has no `frequency`",
            rule.sid()
        ))
        .at(first.span, "fires at the second event")
        .help(format!("write `frequency=\"{example}\"` if that is meant")),
    );
}

pub(super) fn two_counts(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let counts = counting(rule);
    if let [first, second, ..] = counts.as_slice() {
        output.push(
            Draft::new(format!(
                "`{}` is not what rule `{}` counts",
                second.name.lossy(),
                rule.sid()
            ))
            .at(second.span, "not counted")
            .at(first.span, "this one counts")
            .help("use two rules"),
        );
    }
}
