//! Composite rules: what they count, and whether they ever can.

use super::context::{Context, WrittenRule};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::dialect::{Dialect, Family};
use crate::ruleset::field::Field;
use crate::ruleset::rule::{Compared, Kind, Rule, RuleId, Search, Switches, kind};

pub(super) const CHECKS: &[Check] = &[
    check!(
        501 "composite-level-0", ERROR, All,
        "a composite rule of level 0 never fires",
        "The search stops at events that another composite of the same level or a higher one has used, \
         and every event begins with level 0. So a composite rule of level 0 stops at the first one. Give \
         it a level.",
        Ruleset(level_zero)
    ),
    check!(
        502 "never-remembered", ERROR, All,
        "a composite rule counts a rule whose events are not remembered",
        "Only events whose final rule has a level above 0 are remembered, and a rule with `noalert` is \
         never the final one. `if_matched_sid` of such a rule finds nothing. Count its children by their \
         group, or give the rule a level.",
        Ruleset(never_remembered)
    ),
    check!(
        503 "unknown-target", ERROR, All,
        "`if_matched_sid` names a rule that is not loaded",
        "With parents of its own the rule loads, and its search never finds anything.",
        Ruleset(unknown_target)
    ),
    check!(
        504 "no-rule-in-group", ERROR, All,
        "no rule is in the group that a composite rule counts",
        "`if_matched_group` counts the events of rules that are loaded before it and whose groups match. \
         There is none, or all of them have level 0 or `noalert`, so the rule never fires.",
        Ruleset(no_rule_in_group)
    ),
    check!(
        505 "loaded-too-late", INFO, All,
        "a rule of the counted group is loaded after the composite rule, and is not counted",
        "When a composite rule with `if_matched_group` is loaded, the rules of the group that are there \
         already are marked. Later ones do not count, whatever their groups say. Load them first.",
        Ruleset(loaded_too_late)
    ),
    check!(
        506 "counted-twice", WARNING, All,
        "an event counts more than once because its rule has several places",
        "A rule below several parents has several places in the tree, and is marked once for each of them \
         when a composite rule with `if_matched_group` is loaded. Each of its events then enters the \
         memory that many times, so the composite fires earlier than its frequency says.",
        Ruleset(counted_twice)
    ),
    check!(
        507 "hidden-from-group", INFO, All,
        "a rule that is counted by id does not count for its group",
        "If any composite rule names a rule in `if_matched_sid`, its events are kept in a memory of that \
         rule and in no memory of a group. A composite rule that counts the group misses them.",
        Ruleset(hidden_from_group)
    ),
    check!(
        508 "frequency-above-memory", ERROR, All,
        "a frequency is above what is remembered",
        "OSSEC 4.3 keeps the last 128 events of a rule that is counted by id (`sid_prev_matched_max`), and \
         every engine keeps `memory_size` events in all. A frequency beyond that is never reached.",
        Ruleset(above_memory)
    ),
    check!(
        509 "untested-switch", WARNING, Ossec,
        "an element of a correlation is not tested by the search",
        "`different_srcip` is read and tested nowhere. `same_location`, `same_src_port` and \
         `same_dst_port` are not tested by the search of `if_matched_regex`. The rule fires as if they \
         were not there.",
        Rule(untested_switch)
    ),
    check!(
        510 "cancels-nothing", WARNING, Ossec,
        "a `not_same_` element takes back what was never asked for",
        "In OSSEC `not_same_source_ip` and its kin never ask for a difference: they take back the `same_` \
         element before them in the same rule. Without one they do nothing, and the rule also fires for \
         events that have the value in common.",
        Rule(cancels_nothing)
    ),
    check!(
        511 "unset-same-field", ERROR, All,
        "the events must have a field in common that no decoder sets",
        "A missing value equals nothing. None of the decoders whose events come to the composite rule \
         sets the field, so no event counts and the rule never fires.",
        Ruleset(unset_same)
    ),
    check!(
        512 "static-same-field", ERROR, Wazuh,
        "`same_field` names a static field",
        "`same_field` and `different_field` look at dynamic fields only. For a static one there is an \
         element of its own, such as `same_srcip`; with `same_field` the rule never fires, and \
         `different_field` never sees a value.",
        Rule(static_same)
    ),
    check!(
        513 "check-diff-instead", WARNING, All,
        "`check_diff` replaces the search of a composite rule",
        "Where a rule has both, nothing is counted: the rule fires when the log differs from the last one. \
         Put `check_diff` into a child rule.",
        Rule(check_diff_instead)
    ),
    check!(
        514 "timeframe-alone", INFO, All,
        "a time frame without anything that is counted",
        "`timeframe` belongs to a composite rule. Without an `if_matched_` element it has no effect.",
        Rule(timeframe_alone)
    ),
    check!(
        515 "no-frequency", INFO, All,
        "a composite rule without a frequency fires at the second event",
        "The default is 0 earlier events and one more. Write the frequency, so that readers need not know \
         it. In OSSEC the rule fires at event frequency + 2, in Wazuh at event number frequency.",
        Rule(no_frequency)
    ),
    check!(
        516 "two-counts", WARNING, All,
        "a rule counts by id and by group, and only the id is used",
        "A rule has one search: that of `if_matched_sid`, else that of `if_matched_group`, else that of \
         `if_matched_regex`. The others only say where the rule stands, or nothing.",
        Rule(two_counts)
    ),
];

/// The rules that search, with their places in the ruleset.
fn composites<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (RuleId, &'a Rule, &'a Search)> + use<'a> {
    let rules = context.ruleset.rules.rules.iter().enumerate();
    rules.filter_map(|(index, rule)| {
        let search = rule.search.as_ref().filter(|_| rule.correlation.counts)?;
        let counts = !rule.conditions.check_diff;
        counts.then_some((RuleId(index as u32), rule, search))
    })
}

/// Events of the rule can be remembered under its id.
fn is_remembered(context: &Context<'_>, rule: RuleId) -> bool {
    let resolved = context.ruleset.rules.get(rule);
    // In Wazuh a rule inside of its time of silence gives its event to its parent, `noalert` or not.
    let stands_in = context.is_wazuh();
    resolved.level > 0 && (!resolved.flags.noalert || stands_in)
}

fn level_zero(context: &Context<'_>, output: &mut Output) {
    for (id, rule, _) in composites(context) {
        let Some(span) = context.span_of(id).filter(|_| rule.level == 0) else {
            continue;
        };
        let level = context.written(id).and_then(|rule| rule.attribute("level"));
        output.push(
            Draft::new(format!(
                "composite rule `{}` has level 0 and never fires",
                rule.sid
            ))
            .at(
                level.map_or(span, |level| level.span),
                "every event was used at this level",
            )
            .help("give it a level of 1 or more"),
        );
    }
}

fn never_remembered(context: &Context<'_>, output: &mut Output) {
    for (id, rule, search) in composites(context) {
        let Search::Sid(sid, Some(target)) = search else {
            continue;
        };
        if is_remembered(context, *target) {
            continue;
        }
        let Some(place) = context.place_in(id, "if_matched_sid") else {
            continue;
        };
        let reason = match context.ruleset.rules.get(*target).level {
            0 => "it has level 0",
            _ => "it has `noalert`",
        };
        let draft = Draft::new(format!(
            "rule `{}` never fires: events of rule `{sid}` are not remembered",
            rule.sid
        ))
        .at(place, reason);
        let draft = match context.span_of(*target) {
            Some(span) => draft.at(span, format!("rule `{sid}`")),
            None => draft,
        };
        output
            .push(draft.help("count rules that alert: its children by their group, or another id"));
    }
}

fn unknown_target(context: &Context<'_>, output: &mut Output) {
    for (id, rule, search) in composites(context) {
        if let Search::Sid(sid, None) = search
            && let Some(place) = context.place_in(id, "if_matched_sid")
        {
            output.push(
                Draft::new(format!(
                    "rule `{}` counts rule `{sid}`, which is not loaded",
                    rule.sid
                ))
                .at(place, "no rule with this id is loaded before")
                .help("a rule that is counted must be loaded first"),
            );
        }
    }
}

fn no_rule_in_group(context: &Context<'_>, output: &mut Output) {
    let mut fed = vec![false; context.ruleset.rules.group_patterns.len()];
    for (index, rule) in context.ruleset.rules.rules.iter().enumerate() {
        let remembered = is_remembered(context, RuleId(index as u32)) && !rule.counted_by_sid;
        for mark in rule.group_marks.iter().filter(|_| remembered) {
            if let Some(fed) = fed.get_mut(mark.memory.0 as usize) {
                *fed = true;
            }
        }
    }
    for (id, rule, search) in composites(context) {
        if let Search::Group(memory) = search
            && fed.get(memory.0 as usize) == Some(&false)
            && let Some(place) = context.place_in(id, "if_matched_group")
        {
            output.push(
                Draft::new(format!(
                    "composite rule `{}` has nothing to count",
                    rule.sid
                ))
                .at(
                    place,
                    "no rule of this group before it is remembered for it",
                )
                .help(
                    "rules count that are loaded before, have a level, and are not counted by id",
                ),
            );
        }
    }
}

/// Composite rules times rules that are compared.
const MOST_COMPARED: usize = 4_000_000;

fn loaded_too_late(context: &Context<'_>, output: &mut Output) {
    let rules = &context.ruleset.rules;
    let groups: Vec<_> = composites(context)
        .filter_map(|(id, rule, search)| match search {
            Search::Group(memory) => Some((id, rule, rules.group_pattern(*memory)?)),
            _ => None,
        })
        .take(MOST_COMPARED / rules.rules.len().max(1))
        .collect();
    for (id, rule, pattern) in groups {
        let later = rules.rules.iter().enumerate().skip(id.index() + 1);
        // Other composite rules of the group stand behind it on purpose.
        let mut missed = later.filter(|(index, other)| {
            is_remembered(context, RuleId(*index as u32))
                && other.search.is_none()
                && pattern.is_match(&other.groups)
        });
        let Some((index, first)) = missed.next() else {
            continue;
        };
        let more = missed.count();
        let Some(place) = context.place_in(id, "if_matched_group") else {
            continue;
        };
        let at = context.span_of(RuleId(index as u32));
        let at = at.map(|span| context.place(span)).unwrap_or_default();
        let rest = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        output.push(
            Draft::new(format!(
                "rule `{}` does not count rules that are loaded after it",
                rule.sid
            ))
            .at(place, "marks only the rules that are there already")
            .note(format!("not counted: rule `{}` ({at}){rest}", first.sid))
            .help("load the rules of the group first"),
        );
    }
}

fn counted_twice(context: &Context<'_>, output: &mut Output) {
    let mut by_memory: std::collections::HashMap<u32, (RuleId, u64, usize)> = Default::default();
    for (index, rule) in context.ruleset.rules.rules.iter().enumerate() {
        let id = RuleId(index as u32);
        if rule.counted_by_sid || !is_remembered(context, id) {
            continue;
        }
        for mark in rule.group_marks.iter().filter(|mark| mark.times > 1) {
            let entry = by_memory
                .entry(mark.memory.0)
                .or_insert((id, mark.times, 0));
            entry.2 += 1;
        }
    }
    for (id, rule, search) in composites(context) {
        let Search::Group(memory) = search else {
            continue;
        };
        let Some(&(first, times, count)) = by_memory.get(&memory.0) else {
            continue;
        };
        // Its own events are few, and mark themselves.
        if first == id && count == 1 {
            continue;
        }
        let Some(place) = context.place_in(id, "if_matched_group") else {
            continue;
        };
        let at = context.span_of(first).map(|span| context.place(span));
        let rest = match count {
            1 => String::new(),
            count => format!(
                "; {} more rules of the group have several places",
                count - 1
            ),
        };
        let counted = context.ruleset.rules.get(first).sid;
        output.push(
            Draft::new(format!(
                "an event can count {times} times for rule `{}`",
                rule.sid
            ))
            .at(place, "counts the places of a rule")
            .note(format!(
                "rule `{counted}` ({}) has {times} places{rest}",
                at.unwrap_or_default()
            ))
            .help("give the counted rules one parent, or raise the frequency"),
        );
    }
}

fn hidden_from_group(context: &Context<'_>, output: &mut Output) {
    let rules = &context.ruleset.rules;
    let mut by_sid = std::collections::HashMap::new();
    let mut by_group = std::collections::HashMap::new();
    for (id, rule, search) in composites(context) {
        match search {
            Search::Sid(_, Some(target)) => {
                by_sid.entry(*target).or_insert(id);
            }
            Search::Group(memory) => {
                by_group.insert(memory.0, (id, rule.sid));
            }
            _ => {}
        }
    }
    for (index, rule) in rules.rules.iter().enumerate() {
        let id = RuleId(index as u32);
        let Some(&counter) = by_sid.get(&id).filter(|_| is_remembered(context, id)) else {
            continue;
        };
        let marks = rule.group_marks.iter();
        let mut missing: Vec<_> = marks
            .filter_map(|mark| by_group.get(&mark.memory.0))
            .collect();
        // A composite rule that counts itself loses little.
        missing.retain(|(composite, _)| *composite != id);
        let (Some((_, first)), Some(span)) = (missing.first(), context.span_of(id)) else {
            continue;
        };
        let rest = match missing.len() {
            1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        let counter_sid = rules.get(counter).sid;
        let draft = Draft::new(format!(
            "events of rule `{}` do not count for composite rule `{first}`{rest}",
            rule.sid
        ))
        .at(span, "counted by id, so not by group");
        let draft = match context.place_in(counter, "if_matched_sid") {
            Some(place) => draft.at(place, format!("rule `{counter_sid}` counts it by id")),
            None => draft,
        };
        output.push(draft.help("let both composite rules count by group, or by id"));
    }
}

fn above_memory(context: &Context<'_>, output: &mut Output) {
    let options = &context.ruleset.options;
    for (id, rule, search) in composites(context) {
        let own = match search {
            Search::Sid(..) => options.sid_prev_matched_max,
            _ => None,
        };
        let (limit, option) = match own {
            Some(limit) => (limit as u64, "sid_prev_matched_max"),
            None => (options.memory_size, "memory_size"),
        };
        // The first insertion is not counted in older versions: one more fits.
        let slack = u64::from(context.dialect != Dialect::Ossec43);
        // One event more than the frequency must be there.
        if u64::from(rule.correlation.frequency) < limit + slack {
            continue;
        }
        let written = context
            .written(id)
            .and_then(|rule| rule.attribute("frequency"));
        if let Some(place) = written
            .map(|frequency| frequency.span)
            .or_else(|| context.span_of(id))
        {
            output.push(
                Draft::new(format!(
                    "rule `{}` never fires: so many events are not remembered",
                    rule.sid
                ))
                .at(place, format!("at most {limit} are (`{option}`)"))
                .help(format!("lower the frequency, or raise `{option}`")),
            );
        }
    }
}

fn untested_switch(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let by_regex = rule.element("if_matched_regex").is_some()
        && rule.element("if_matched_sid").is_none()
        && rule.element("if_matched_group").is_none();
    for element in &rule.ast.elements {
        let name = element.name.lossy().to_ascii_lowercase();
        let never = name == "different_srcip";
        let here = by_regex
            && ["same_location", "same_src_port", "same_dst_port"].contains(&name.as_str());
        if kind(element.name.bytes(), context.dialect).is_some() && (never || here) {
            output.push(
                Draft::new(format!("`{name}` is not tested"))
                    .at(
                        element.span,
                        if never {
                            "by no search"
                        } else {
                            "by the search of `if_matched_regex`"
                        },
                    )
                    .help("remove it, or count by `if_matched_sid` or `if_matched_group`"),
            );
        }
    }
}

fn cancels_nothing(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let mut on = Switches::default();
    for element in &rule.ast.elements {
        match kind(element.name.bytes(), context.dialect) {
            Some(Kind::Switch(switch)) => on |= switch,
            Some(Kind::Cancel(switch)) if on.contains(switch) => on = on.without(switch),
            Some(Kind::Cancel(_)) => output.push(
                Draft::new(format!("`{}` has no effect", element.name.lossy()))
                    .at(
                        element.span,
                        "takes back a `same_` element that is not there",
                    )
                    .help("OSSEC has no such test; remove it"),
            ),
            _ => {}
        }
    }
}

fn unset_same(context: &Context<'_>, output: &mut Output) {
    for (id, rule, search) in composites(context) {
        let correlation = &rule.correlation;
        let mut missing = Vec::new();
        for compared in Compared::ALL {
            let tested = !matches!(
                (context.dialect.family(), search, compared),
                (
                    Family::Ossec,
                    Search::Events,
                    Compared::SrcPort | Compared::DstPort
                )
            );
            if correlation.switches.contains(Switches::same(compared))
                && tested
                && let Some(field) = compared.field()
                && !context.reach.sets(id, field)
            {
                missing.push(field.printed_name(context.dialect.family()).to_owned());
            }
        }
        for name in &correlation.same_fields {
            // A static field has a check of its own.
            if Field::of_wazuh(name).is_none() && !context.reach.sets_dynamic(id, name) {
                missing.push(name.to_string());
            }
        }
        let written = context.written(id);
        for name in missing {
            let shares = |element: &&crate::ast::Element| {
                let tag = element.name.lossy().to_ascii_lowercase();
                let fits = match kind(element.name.bytes(), context.dialect) {
                    Some(Kind::Switch(switch)) => Compared::ALL.into_iter().any(|compared| {
                        switch == Switches::same(compared)
                            && compared.field().is_some_and(|field| {
                                field.printed_name(context.dialect.family()) == name
                            })
                    }),
                    Some(Kind::SameField) => element.content.bytes() == name.as_str(),
                    _ => false,
                };
                fits && tag.starts_with("same_")
            };
            let element = written.and_then(|rule| rule.ast.elements.iter().find(shares));
            let place = element
                .map(|element| element.span)
                .or_else(|| context.span_of(id));
            if let Some(place) = place {
                output.push(
                    Draft::new(format!(
                        "rule `{}` never fires: no decoder of its events sets `{name}`",
                        rule.sid
                    ))
                    .at(place, "nothing to have in common")
                    .help("compare a field that the decoders set"),
                );
            }
        }
    }
}

fn static_same(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in &rule.ast.elements {
        let different = match kind(element.name.bytes(), context.dialect) {
            Some(Kind::SameField) => false,
            Some(Kind::DifferentField) => true,
            _ => continue,
        };
        let name = element.content.lossy();
        if Field::of_wazuh(element.content.bytes()).is_none() && name != "user" {
            continue;
        }
        let own = format!("{}{name}", if different { "different_" } else { "same_" });
        let draft = Draft::new(format!(
            "`{name}` is a static field, which `{}` does not see",
            element.name.lossy()
        ))
        .at(element.content.span(), "not a dynamic field");
        let known = kind(own.as_bytes(), context.dialect).is_some();
        output.push(if known {
            draft.help(format!("use `<{own} />`"))
        } else {
            draft.help("use the element of the field")
        });
    }
}

/// The elements that count.
fn counting<'a>(rule: &WrittenRule<'a>) -> Vec<&'a crate::ast::Element> {
    let names = ["if_matched_sid", "if_matched_group", "if_matched_regex"];
    let found = names.into_iter().filter_map(|name| rule.element(name));
    found.collect()
}

fn check_diff_instead(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
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

fn timeframe_alone(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
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

fn no_frequency(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
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

fn two_counts(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
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
