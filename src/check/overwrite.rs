//! `overwrite="yes"`: who wins, and what of the new version is lost.

use super::context::{Context, WrittenRule, is};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::ruleset::rule::{Kind, RuleId, TextField, kind};

pub(super) const CHECKS: &[Check] = &[
    check!(
        451 "overwrite-keeps", WARNING, Ossec,
        "an element of an overwriting rule has no effect",
        "`overwrite=\"yes\"` of OSSEC replaces some parts of a rule and leaves others as they were: pcre2 \
         elements, `field`, `list`, `srcgeoip` and `dstgeoip`, `info`, `ignore`, `check_if_ignored`, \
         `category` and the parents. What the new version says there is lost, and the old condition stays \
         in force. Remove the old rule (`<rule_exclude>` or an edit of the file), or write a child rule.",
        Rule(keeps)
    ),
    check!(
        452 "overwritten-again", WARNING, All,
        "a rule is overwritten more than once",
        "Every version replaces the one before, so the one that is loaded last wins, and nothing of the \
         versions between stays. Keep one of them.",
        Ruleset(again)
    ),
    check!(
        453 "overwrite-starts-counting", WARNING, All,
        "a rule that overwrites a plain one does not count",
        "How a rule counts is fixed when it is first loaded. A plain rule that is overwritten with an \
         `if_matched_` element searches nothing: it fires for every event that meets its other \
         conditions. Write a new composite rule instead.",
        Ruleset(starts_counting)
    ),
    check!(
        454 "overwrite-top-level", ERROR, All,
        "a top-level rule cannot be overwritten",
        "Ids below 10 are top-level rules, which are never replaced: `overwrite=\"yes\"` adds a second one \
         behind the first.",
        Rule(top_level)
    ),
    check!(
        455 "overwrite-keeps-order", INFO, All,
        "an overwriting rule has another level and keeps its place among its siblings",
        "Children are sorted by level when they are loaded. A new level is shown in alerts and does not \
         move the rule, so a sibling of lower level can come first.",
        Ruleset(keeps_order)
    ),
];

fn keeps(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    if !rule.overwrites() {
        return;
    }
    for element in &rule.ast.elements {
        let lost = match kind(element.name.bytes(), context.dialect) {
            Some(Kind::Pcre2(_) | Kind::Field | Kind::List) => true,
            Some(Kind::Text(TextField::SrcGeoip | TextField::DstGeoip)) => true,
            Some(Kind::Ignore | Kind::CheckIfIgnored | Kind::Info) => true,
            // Parents and categories that say the same again are harmless.
            Some(Kind::IfSid | Kind::IfGroup | Kind::IfLevel) => {
                is_new_parent(context, rule, element)
            }
            _ => false,
        };
        if lost {
            let name = element.name.lossy();
            output.push(
                Draft::new(format!(
                    "`{name}` has no effect: overwriting keeps the old one"
                ))
                .at(element.span, "lost")
                .help("write a rule of your own below the old one"),
            );
        }
    }
}

/// Whether a parent element differs from the one of the first version.
fn is_new_parent(
    context: &Context<'_>,
    rule: &WrittenRule<'_>,
    element: &crate::ast::Element,
) -> bool {
    let Some((id, _)) = rule.resolved else {
        return false;
    };
    let parents = &context.ruleset.rules.get(id).parents;
    let old = [&parents.if_sid, &parents.if_group, &parents.if_level];
    let mut old = old.into_iter().flatten();
    !old.any(|old| old.bytes() == element.content.bytes())
}

fn again(context: &Context<'_>, output: &mut Output) {
    for rule in &context.ruleset.rules.rules {
        let [first, between @ .., last] = rule.definitions.as_slice() else {
            continue;
        };
        let Some(lost) = between.first() else {
            continue;
        };
        output.push(
            Draft::new(format!("rule `{}` is overwritten more than once", rule.sid))
                .at(lost.span, "this version is lost")
                .at(last.span, "this one wins")
                .note(format!(
                    "the first version is at {}",
                    context.place(first.span)
                ))
                .help("keep one of the overwriting versions"),
        );
    }
}

fn starts_counting(context: &Context<'_>, output: &mut Output) {
    for (index, rule) in context.ruleset.rules.rules.iter().enumerate() {
        if !rule.correlation.counts || rule.search.is_some() || rule.definitions.len() < 2 {
            continue;
        }
        let id = RuleId(index as u32);
        let Some(written) = context.written(id) else {
            continue;
        };
        let names = ["if_matched_sid", "if_matched_group", "if_matched_regex"];
        if let Some(element) = names.into_iter().find_map(|name| written.element(name)) {
            output.push(
                Draft::new(format!("rule `{}` fires without counting", rule.sid))
                    .at(element.span, "the overwritten rule counts nothing")
                    .help("write a composite rule with an id of its own"),
            );
        }
    }
}

fn top_level(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let id = rule.attribute("id").map(|id| id.value.lossy());
    let top = id
        .and_then(|id| id.parse::<u32>().ok())
        .is_some_and(|id| id < 10);
    let overwrite = rule.attribute("overwrite");
    if let Some(overwrite) = overwrite.filter(|overwrite| top && is(&overwrite.value, "yes")) {
        output.push(
            Draft::new(format!(
                "top-level rule `{}` is not overwritten",
                rule.sid()
            ))
            .at(overwrite.span, "adds one more top-level rule")
            .help("change the file that it stands in"),
        );
    }
}

fn keeps_order(context: &Context<'_>, output: &mut Output) {
    let rules = &context.ruleset.rules;
    let mut told = vec![false; rules.rules.len()];
    for node in &rules.nodes {
        let list = &node.children;
        for (position, &child) in list.iter().enumerate() {
            let id = rules.node(child).rule;
            let rule = rules.get(id);
            if rule.definitions.len() < 2 || rule.level == 0 || told[id.index()] {
                continue;
            }
            let before = position
                .checked_sub(1)
                .map(|before| rules.node(list[before]).rule);
            let lower = before.filter(|&before| {
                let level = rules.get(before).level;
                level > 0 && level < rule.level
            });
            let (Some(lower), Some(written)) = (lower, context.written(id)) else {
                continue;
            };
            told[id.index()] = true;
            let level = written.attribute("level");
            output.push(
                Draft::new(format!(
                    "rule `{}` keeps its place behind rules of lower level",
                    rule.sid
                ))
                .at(
                    level.map_or(written.ast.span, |level| level.span),
                    "does not move the rule",
                )
                .note(format!(
                    "rule `{}` of level {} is tried first",
                    rules.get(lower).sid,
                    rules.get(lower).level
                ))
                .help("write a rule of your own with this level"),
            );
        }
    }
}
