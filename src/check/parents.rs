//! Elements that say where a rule stands.

use super::context::{Context, WrittenRule};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::pattern::word_match;
use crate::ruleset::rule::RuleId;

pub(super) const CHECKS: &[Check] = &[
    check!(
        251 "trailing-separator", WARNING, All,
        "`if_sid` ends with a comma or blank",
        "Behind the last separator the engine reads one more number, 0, and puts the rule below the \
         top-level rule of its category as well. There it is tried for every event of that category, \
         without its parents' conditions.",
        Rule(trailing)
    ),
    check!(
        252 "glued-ids", ERROR, All,
        "repeated `if_sid` elements glue their numbers",
        "The texts are joined without a separator: `<if_sid>1</if_sid><if_sid>2</if_sid>` asks for rule 12. \
         Write all ids into one element.",
        Rule(glued)
    ),
    check!(
        253 "repeated-parent", WARNING, All,
        "a parent is named twice",
        "Each time the rule gets one more place below it. It is tried twice, and each of its events counts \
         twice for composite rules that count its group.",
        Rule(repeated)
    ),
    check!(
        254 "ignored-parent", WARNING, All,
        "a rule names its parents in two ways, and one is ignored",
        "The place of a rule comes from the first of `if_sid`, `if_level` and `if_group` that is there. The \
         others are no conditions either: nothing is done with them.",
        Rule(ignored)
    ),
    check!(
        255 "ignored-category", INFO, All,
        "a rule with parents has a category",
        "`category` chooses the top-level rule of a rule without parents. With `if_sid` a rule takes the \
         category of its parents, and the element does nothing.",
        Rule(category)
    ),
    check!(
        256 "if-level-zero", WARNING, All,
        "`if_level` also takes the rules of level 0",
        "While the tree is built level 0 counts as 99, so a rule with `if_level` stands below every rule of \
         level 0, the top-level ones included: it is tried for every event. Name the rules by `if_group`.",
        Rule(level)
    ),
    check!(
        257 "part-of-group-name", INFO, All,
        "`if_group` also finds its text inside of other group names",
        "The text is looked for anywhere in the groups of a rule, without case: `web` is in `webmin` and in \
         `squid-web`. The rule stands below those rules as well. Use a name that is no part of another.",
        Ruleset(part_of_name)
    ),
    check!(
        258 "top-level-parents", ERROR, All,
        "a rule with an id below 10 names parents",
        "Ids below 10 are top-level rules whatever their elements say. The rule is tried for every event of \
         its category. Local rules have ids from 100000 on.",
        Rule(top_level)
    ),
];

fn trailing(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let Some(last) = rule.elements("if_sid").last() else {
        return;
    };
    let text = last.content.bytes();
    let kept = text.iter().rposition(u8::is_ascii_digit);
    let Some(kept) = kept.filter(|kept| kept + 1 < text.len()) else {
        return;
    };
    if text[kept + 1..].iter().all(|byte| b" ,".contains(byte)) {
        output.push(
            Draft::new(format!(
                "rule `{}` also stands directly below the top-level rule of its category",
                rule.sid()
            ))
            .at(
                last.content.span_of(kept + 1..text.len()),
                "read as one more id, 0",
            )
            .help("remove it"),
        );
    }
}

fn glued(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let elements: Vec<_> = rule.elements("if_sid").collect();
    for pair in elements.windows(2) {
        let (before, behind) = (pair[0].content.bytes(), pair[1].content.bytes());
        let digits = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        if digits(before.last()) && digits(behind.first()) {
            output.push(
                Draft::new("these `if_sid` elements are one text without a separator")
                    .at(pair[1].span, format!("read as `{before}{behind}`"))
                    .at(pair[0].span, "the first part")
                    .help("write all ids into one element"),
            );
            return;
        }
    }
}

fn repeated(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let mut seen = std::collections::HashSet::new();
    for element in rule.elements("if_sid") {
        let text = element.content.bytes();
        let mut start = 0;
        for piece in text.split(|byte| b" ,".contains(byte)) {
            let range = start..start + piece.len();
            start = range.end + 1;
            if !piece.is_empty() && !seen.insert(piece.to_vec()) {
                output.push(
                    Draft::new(format!("rule `{}` names this parent twice", rule.sid()))
                        .at(element.content.span_of(range), "one more place below it")
                        .help("remove it"),
                );
                return;
            }
        }
    }
}

fn ignored(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let names = ["if_sid", "if_level", "if_group"];
    let found: Vec<_> = names
        .into_iter()
        .filter_map(|name| rule.element(name))
        .collect();
    if let [first, others @ ..] = found.as_slice() {
        for other in others {
            output.push(
                Draft::new(format!(
                    "`{}` is ignored beside `{}`",
                    other.name.lossy(),
                    first.name.lossy()
                ))
                .at(other.span, "without effect")
                .at(first.span, "this one counts")
                .help("keep one of them"),
            );
        }
    }
}

fn category(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    if let (Some(category), Some(parent)) = (rule.element("category"), rule.element("if_sid")) {
        output.push(
            Draft::new(format!("`category` does nothing in rule `{}`", rule.sid()))
                .at(category.span, "without effect")
                .at(parent.span, "the parents say it")
                .help("remove it"),
        );
    }
}

fn level(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    if let Some(level) = rule
        .element("if_level")
        .filter(|_| rule.element("if_sid").is_none())
    {
        output.push(
            Draft::new(format!(
                "rule `{}` also stands below all rules of level 0",
                rule.sid()
            ))
            .at(level.span, "level 0 counts as 99 here")
            .help("name the rules by `if_group`"),
        );
    }
}

/// So many words of `if_group` are looked at.
const MOST_WORDS: usize = 300;

fn part_of_name(context: &Context<'_>, output: &mut Output) {
    let rules = &context.ruleset.rules;
    let mut left = MOST_WORDS;
    for rule in &context.rules {
        let Some((id, resolved)) = context.in_force(rule) else {
            continue;
        };
        let parents = &resolved.parents;
        let Some(text) = parents
            .if_group
            .as_ref()
            .filter(|_| parents.if_sid.is_none())
        else {
            continue;
        };
        if left == 0 {
            return;
        }
        left -= 1;
        // Alternatives and anchors are written by people who know.
        if text.bytes().iter().any(|byte| b"|^,".contains(byte)) {
            continue;
        }
        let named = |groups: &[u8]| {
            let mut names = groups.split(|&byte| byte == b',');
            names.any(|name| name.eq_ignore_ascii_case(text.bytes()))
        };
        let by_part = |&&above: &&RuleId| {
            let groups = &rules.get(above).groups;
            !named(groups) && word_match(context.dialect, text.bytes(), groups)
        };
        let above = rules.above(id);
        let found: Vec<&RuleId> = above.iter().filter(by_part).collect();
        let Some(first) = found.first().map(|&&first| rules.get(first)) else {
            continue;
        };
        let rest = match found.len() {
            1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        output.push(
            Draft::new(format!(
                "rule `{}` also stands below rules of other groups than `{}`",
                rule.sid(),
                text.lossy()
            ))
            .at(text.span(), "looked for inside of the names")
            .note(format!(
                "rule `{}`{rest}, of the groups `{}`",
                first.sid, first.groups
            ))
            .help("use a group name that is no part of another"),
        );
    }
}

fn top_level(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let id = rule.attribute("id").map(|id| id.value.lossy());
    if id
        .and_then(|id| id.parse::<u32>().ok())
        .is_none_or(|id| id >= 10)
    {
        return;
    }
    let names = [
        "if_sid",
        "if_group",
        "if_level",
        "if_matched_sid",
        "if_matched_group",
    ];
    if let Some(parent) = names.into_iter().find_map(|name| rule.element(name)) {
        output.push(
            Draft::new(format!(
                "rule `{}` is a top-level rule: its parents are ignored",
                rule.sid()
            ))
            .at(parent.span, "without effect")
            .help("use an id from 100000 on"),
        );
    }
}
