//! What is counted, and whether it ever is.

use super::composites;
use crate::check::context::Context;
use crate::check::finding::{Draft, Output};
use crate::dialect::Dialect;
use crate::ruleset::rule::{RuleId, Search};

/// Events of the rule can be remembered under its id.
fn is_remembered(context: &Context<'_>, rule: RuleId) -> bool {
    let rules = &context.ruleset.rules;
    let resolved = rules.get(rule);
    if !context.is_wazuh() {
        return resolved.level > 0 && !resolved.flags.noalert;
    }
    // A rule inside of its time of silence gives its event to its parent, `noalert` and level 0 or
    // not.
    let places = rules.nodes.iter().filter(|node| node.rule == rule);
    let mut children = places.flat_map(|node| &node.children);
    resolved.level > 0
        || children.any(|&child| rules.get(rules.node(child).rule).ignore_seconds > 0)
}

pub(super) fn level_zero(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn never_remembered(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn unknown_target(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn no_rule_in_group(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn loaded_too_late(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn counted_twice(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn hidden_from_group(context: &Context<'_>, output: &mut Output) {
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

pub(super) fn above_memory(context: &Context<'_>, output: &mut Output) {
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
