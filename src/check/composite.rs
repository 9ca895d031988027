//! Composite rules: what they count, and whether they ever can.

mod counts;
mod switches;
mod targets;

use super::context::Context;
use super::registry::{Check, check};
use crate::ruleset::rule::{Rule, RuleId, Search};

pub(super) const CHECKS: &[Check] = &[
    check!(
        501 "composite-level-0", ERROR, All,
        "a composite rule of level 0 never fires",
        "The search stops at events that another composite of the same level or a higher one has used, \
         and every event begins with level 0. So a composite rule of level 0 stops at the first one. Give \
         it a level.",
        Ruleset(targets::level_zero)
    ),
    check!(
        502 "never-remembered", ERROR, All,
        "a composite rule counts a rule whose events are not remembered",
        "Only events whose final rule has a level above 0 are remembered, and a rule with `noalert` is \
         never the final one. `if_matched_sid` of such a rule finds nothing. Count its children by their \
         group, or give the rule a level.",
        Ruleset(targets::never_remembered)
    ),
    check!(
        503 "unknown-target", ERROR, All,
        "`if_matched_sid` names a rule that is not loaded",
        "With parents of its own the rule loads, and its search never finds anything.",
        Ruleset(targets::unknown_target)
    ),
    check!(
        504 "no-rule-in-group", ERROR, All,
        "no rule is in the group that a composite rule counts",
        "`if_matched_group` counts the events of rules that are loaded before it and whose groups match. \
         There is none, or all of them have level 0 or `noalert`, so the rule never fires.",
        Ruleset(targets::no_rule_in_group)
    ),
    check!(
        505 "loaded-too-late", INFO, All,
        "a rule of the counted group is loaded after the composite rule, and is not counted",
        "When a composite rule with `if_matched_group` is loaded, the rules of the group that are there \
         already are marked. Later ones do not count, whatever their groups say. Load them first.",
        Ruleset(targets::loaded_too_late)
    ),
    check!(
        506 "counted-twice", WARNING, All,
        "an event counts more than once because its rule has several places",
        "A rule below several parents has several places in the tree, and is marked once for each of them \
         when a composite rule with `if_matched_group` is loaded. Each of its events then enters the \
         memory that many times, so the composite fires earlier than its frequency says.",
        Ruleset(targets::counted_twice)
    ),
    check!(
        507 "hidden-from-group", INFO, All,
        "a rule that is counted by id does not count for its group",
        "If any composite rule names a rule in `if_matched_sid`, its events are kept in a memory of that \
         rule and in no memory of a group. A composite rule that counts the group misses them.",
        Ruleset(targets::hidden_from_group)
    ),
    check!(
        508 "frequency-above-memory", ERROR, All,
        "a frequency is above what is remembered",
        "OSSEC 4.3 keeps the last 128 events of a rule that is counted by id (`sid_prev_matched_max`), and \
         every engine keeps `memory_size` events in all. A frequency beyond that is never reached.",
        Ruleset(targets::above_memory)
    ),
    check!(
        509 "untested-switch", WARNING, Ossec,
        "an element of a correlation is not tested by the search",
        "`different_srcip` is read and tested nowhere. `same_location`, `same_src_port` and \
         `same_dst_port` are not tested by the search of `if_matched_regex`. The rule fires as if they \
         were not there.",
        Rule(switches::untested_switch)
    ),
    check!(
        510 "cancels-nothing", WARNING, Ossec,
        "a `not_same_` element takes back what was never asked for",
        "In OSSEC `not_same_source_ip` and its kin never ask for a difference: they take back the `same_` \
         element before them in the same rule. Without one they do nothing, and the rule also fires for \
         events that have the value in common.",
        Rule(switches::cancels_nothing)
    ),
    check!(
        511 "unset-same-field", ERROR, All,
        "the events must have a field in common that no decoder sets",
        "A missing value equals nothing. None of the decoders whose events come to the composite rule \
         sets the field, so no event counts and the rule never fires.",
        Ruleset(switches::unset_same)
    ),
    check!(
        512 "static-same-field", ERROR, Wazuh,
        "`same_field` names a static field",
        "`same_field` and `different_field` look at dynamic fields only. For a static one there is an \
         element of its own, such as `same_srcip`; with `same_field` the rule never fires, and \
         `different_field` never sees a value.",
        Rule(switches::static_same)
    ),
    check!(
        513 "check-diff-instead", WARNING, All,
        "`check_diff` replaces the search of a composite rule",
        "Where a rule has both, nothing is counted: the rule fires when the log differs from the last one. \
         Put `check_diff` into a child rule.",
        Rule(counts::check_diff_instead)
    ),
    check!(
        514 "timeframe-alone", INFO, All,
        "a time frame without anything that is counted",
        "`timeframe` belongs to a composite rule. Without an `if_matched_` element it has no effect.",
        Rule(counts::timeframe_alone)
    ),
    check!(
        515 "no-frequency", INFO, All,
        "a composite rule without a frequency fires at the second event",
        "The default is 0 earlier events and one more. Write the frequency, so that readers need not know \
         it. In OSSEC the rule fires at event frequency + 2, in Wazuh at event number frequency.",
        Rule(counts::no_frequency)
    ),
    check!(
        516 "two-counts", WARNING, All,
        "a rule counts by id and by group, and only the id is used",
        "A rule has one search: that of `if_matched_sid`, else that of `if_matched_group`, else that of \
         `if_matched_regex`. The others only say where the rule stands, or nothing.",
        Rule(counts::two_counts)
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
