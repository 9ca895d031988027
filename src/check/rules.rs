//! Elements and attributes of rules that do not do what they say.

use super::context::{Context, WrittenRule, is};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::ast;
use crate::dialect::Family;
use crate::ruleset::rule::{Kind, kind};

pub(super) const CHECKS: &[Check] = &[
    check!(
        201 "ignored-attribute", WARNING, All,
        "an attribute is not read",
        "Attributes that an element does not know are ignored without a word. In OSSEC the elements of \
         rules know neither `negate` nor `type`: `<match negate=\"yes\">` holds where the text is found. In \
         Wazuh the names `type`, `negate` and `name` are compared with case.",
        Rule(attribute)
    ),
    check!(
        202 "last-one-counts", WARNING, All,
        "an element stands twice, and only the last one counts",
        "Most repeated elements are joined; of these each one replaces the one before. Put the second \
         condition into a child rule.",
        Rule(last_one)
    ),
    check!(
        203 "missing-description", INFO, Ossec,
        "a rule has no description",
        "Its alerts show `(null)`.",
        Rule(description)
    ),
    check!(
        204 "lost-info", INFO, All,
        "a rule has more information lines than are kept",
        "Of `info` and `cve` together the first nine are kept, the others are dropped.",
        Rule(info)
    ),
    check!(
        205 "no-ignore-list", WARNING, Wazuh,
        "`ignore` and `check_if_ignored` have no effect in Wazuh",
        "Wazuh writes the list of ignored events and compares it in a way that is never equal, so nothing \
         is ever suppressed. The attribute `ignore=\"60\"`, seconds of silence after an alert, works.",
        Rule(ignore_list)
    ),
    check!(
        206 "alert-of-level-0", WARNING, All,
        "a rule of level 0 asks for alerts",
        "Level 0 is never alerted and never mailed, whatever `options` say. Give the rule a level.",
        Ruleset(alert_of_zero)
    ),
    check!(
        207 "noalert-by-presence", WARNING, Ossec,
        "`noalert` is on whatever its value says",
        "The value is not looked at: a rule with `noalert=\"0\"` or `noalert=\"no\"` is never chosen. Leave \
         the attribute out.",
        Rule(noalert)
    ),
    check!(
        208 "unusual-level", WARNING, Ossec,
        "a level is outside of 0 to 16",
        "Levels go from 0 to 16. OSSEC takes any number: 99 is sorted as level 0 and becomes 0, and from 100 \
         on a rule is tried before those of level 0.",
        Rule(level)
    ),
    check!(
        209 "accuracy-quirk", WARNING, All,
        "`accuracy` does something else than it says",
        "Only `accuracy=\"0\"` has an effect: the rule is tried behind its siblings. With level 0 it makes \
         the level 99, without alerts. Other numbers do nothing.",
        Rule(accuracy)
    ),
    check!(
        210 "cut-number", ERROR, All,
        "only the first digits of a number are read",
        "Attributes have room for so many digits, and further ones are dropped without a word: in OSSEC \
         `id=\"1234567\"` is rule 123456. Leading zeros use up digits, too.",
        Rule(cut)
    ),
    check!(
        211 "empty-number", INFO, All,
        "an attribute is empty, and its default is used",
        "A number without digits is accepted and counts as missing.",
        Rule(empty)
    ),
];

/// The attributes that an element knows; `None`: unknown ones are refused anyway, or it is not known
/// which are.
fn known_attributes(kind: Kind, family: Family) -> Option<&'static [&'static str]> {
    match (family, kind) {
        // These refuse what they do not know.
        (_, Kind::List | Kind::Info | Kind::Mitre) => None,
        (Family::Ossec, Kind::Field) => Some(&["name"]),
        (Family::Ossec, _) => Some(&[]),
        (Family::Wazuh, Kind::Field) => Some(&["name", "type", "negate"]),
        (Family::Wazuh, Kind::Text(_)) => Some(&["type", "negate"]),
        (Family::Wazuh, Kind::SrcIp | Kind::DstIp) => Some(&["negate"]),
        (Family::Wazuh, _) => Some(&[]),
    }
}

fn attribute(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in &rule.ast.elements {
        let kind = kind(element.name.bytes(), context.dialect);
        let known = kind.and_then(|kind| known_attributes(kind, context.dialect.family()));
        let Some(known) = known else { continue };
        let unread =
            |attribute: &&ast::Attribute| !known.iter().any(|name| attribute.name.bytes() == *name);
        // The first attribute of a field is its name in OSSEC, in any case.
        let skip = usize::from(kind == Some(Kind::Field) && !context.is_wazuh());
        for attribute in element.attributes.iter().skip(skip).filter(unread) {
            let name = attribute.name.lossy();
            let tag = element.name.lossy();
            let other_case = known.iter().find(|known| name.eq_ignore_ascii_case(known));
            let help = match (other_case, name.to_ascii_lowercase().as_str()) {
                (Some(known), _) => format!("write it in lower case: `{known}`"),
                (None, "negate") => "let a child rule of level 0 take the exceptions".to_owned(),
                (None, "type") => "the element has one language".to_owned(),
                _ => "remove it".to_owned(),
            };
            output.push(
                Draft::new(format!("`{name}` is not read in `{tag}`"))
                    .at(attribute.span, "without effect")
                    .help(help),
            );
        }
    }
}

fn last_one(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let mut seen: Vec<(Kind, &ast::Element)> = Vec::new();
    for element in &rule.ast.elements {
        let Some(kind) = kind(element.name.bytes(), context.dialect) else {
            continue;
        };
        let replaced = matches!(
            kind,
            Kind::DecodedAs
                | Kind::Category
                | Kind::Time
                | Kind::Weekday
                | Kind::CompiledRule
                | Kind::IfMatchedSid
        );
        if !replaced {
            continue;
        }
        let known = seen.iter_mut().find(|(other, _)| *other == kind);
        let Some((_, before)) = known else {
            seen.push((kind, element));
            continue;
        };
        if before.content.bytes() != element.content.bytes() {
            let name = element.name.lossy();
            output.push(
                Draft::new(format!(
                    "only the last `{name}` of rule `{}` counts",
                    rule.sid()
                ))
                .at(before.span, "without effect")
                .at(element.span, "this one counts")
                .help("keep one of them, or use a child rule"),
            );
        }
        *before = element;
    }
}

fn description(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let is_rule = is(&rule.ast.tag, "rule");
    if is_rule && !rule.ast.elements.is_empty() && rule.element("description").is_none() {
        output.push(
            Draft::new(format!("rule `{}` has no description", rule.sid()))
                .at(rule.ast.span, "alerts show `(null)`")
                .help("add `<description>`"),
        );
    }
}

fn info(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    const KEPT: usize = 9;
    let lines = rule.ast.elements.iter();
    let mut lines = lines.filter(|element| is(&element.name, "info") || is(&element.name, "cve"));
    if let Some(lost) = lines.nth(KEPT) {
        output.push(
            Draft::new(format!(
                "rule `{}` has more than {KEPT} information lines",
                rule.sid()
            ))
            .at(lost.span, "dropped from here on")
            .help("join some of them"),
        );
    }
}

fn ignore_list(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in &rule.ast.elements {
        if kind(element.name.bytes(), context.dialect) == Some(Kind::Idle) {
            output.push(
                Draft::new(format!("`{}` has no effect", element.name.lossy()))
                    .at(element.span, "nothing is suppressed")
                    .help("use the attribute `ignore`, or a child rule of level 0"),
            );
        }
    }
}

fn alert_of_zero(context: &Context<'_>, output: &mut Output) {
    for rule in &context.rules {
        let level = context.in_force(rule).map(|(_, resolved)| resolved.level);
        if level != Some(0) {
            continue;
        }
        let mut options = rule.elements("options");
        let asks = |element: &&ast::Element| {
            [b"log_alert".as_slice(), b"alert_by_email"].contains(&element.content.bytes().as_ref())
        };
        if let Some(option) = options.find(asks) {
            output.push(
                Draft::new(format!(
                    "rule `{}` has level 0 and never alerts",
                    rule.sid()
                ))
                .at(option.content.span(), "does not help")
                .help("give the rule a level"),
            );
        }
    }
}

fn noalert(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let Some(noalert) = rule.attribute("noalert") else {
        return;
    };
    let value = noalert.value.lossy().to_ascii_lowercase();
    if ["0", "no", "false", "off", ""].contains(&value.as_str()) {
        output.push(
            Draft::new(format!(
                "rule `{}` is never chosen: `noalert` is on",
                rule.sid()
            ))
            .at(noalert.span, "the value is not looked at")
            .help("remove the attribute"),
        );
    }
}

fn level(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let Some(level) = rule.attribute("level") else {
        return;
    };
    let label = match level.value.lossy().parse::<u32>() {
        Ok(99) => "sorted as level 0, and becomes 0",
        Ok(17..=98) => "no level",
        Ok(100..) => "sorted before level 0",
        _ => return,
    };
    output.push(
        Draft::new(format!("rule `{}` has an unusual level", rule.sid()))
            .at(level.value.span(), label)
            .help("levels go from 0 to 16"),
    );
}

fn accuracy(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let Some(accuracy) = rule.attribute("accuracy") else {
        return;
    };
    let level = rule.attribute("level").map(|level| level.value.lossy());
    let zero = level.and_then(|level| level.parse::<u32>().ok()) == Some(0);
    let (message, label) = match accuracy.value.lossy().parse::<u32>() {
        Ok(0) if zero => ("`accuracy=\"0\"` makes level 0 level 99", "without alerts"),
        Ok(2..) => ("`accuracy` has no effect", "only 0 has one"),
        _ => return,
    };
    output.push(
        Draft::new(format!("{message} in rule `{}`", rule.sid()))
            .at(accuracy.span, label)
            .help("remove it"),
    );
}

/// The numbers of a rule, and how many digits are read.
fn numbers(family: Family) -> &'static [(&'static str, usize)] {
    match family {
        Family::Ossec => &[
            ("id", 6),
            ("level", 4),
            ("maxsize", 4),
            ("timeframe", 5),
            ("frequency", 4),
            ("accuracy", 4),
            ("ignore", 6),
        ],
        // Longer ids and frequencies are refused.
        Family::Wazuh => &[
            ("level", 4),
            ("maxsize", 4),
            ("timeframe", 5),
            ("accuracy", 4),
            ("ignore", 6),
        ],
    }
}

fn cut(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for &(name, digits) in numbers(context.dialect.family()) {
        let Some(attribute) = rule.attribute(name) else {
            continue;
        };
        let text = attribute.value.bytes();
        if text.len() > digits && text.iter().all(u8::is_ascii_digit) {
            let read = attribute.value.lossy()[..digits].to_owned();
            output.push(
                Draft::new(format!("`{name}` has more digits than are read"))
                    .at(attribute.value.span(), format!("read as {read}"))
                    .help(format!("at most {digits} digits")),
            );
        }
    }
}

fn empty(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for &(name, _) in numbers(context.dialect.family()) {
        let attribute = rule
            .attribute(name)
            .filter(|_| !["id", "level"].contains(&name));
        if let Some(attribute) = attribute.filter(|attribute| attribute.value.bytes().is_empty()) {
            output.push(
                Draft::new(format!("`{name}` is empty"))
                    .at(attribute.span, "its default is used")
                    .help("write a number, or remove it"),
            );
        }
    }
}
