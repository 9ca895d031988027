//! Rules that differ.

use std::collections::{BTreeSet, HashMap};

use bstr::ByteSlice;

use super::element::Value;
use super::locate::Locator;
use super::property::Properties;
use super::tree::parents;
use super::{Both, ChangeKind, FileMoves, Found, Move, RuleChange, Side};
use crate::engine::conditions::{self, Condition};
use crate::page::facts::Place;
use crate::page::words;
use crate::ruleset::Ruleset;
use crate::ruleset::rule::{
    AddressCondition, Compared, Correlation, IgnoreKeys, Mitre, Rule, Search, Sid, Switches,
};
use crate::source::Span;

/// Finds the rules that differ. Rules are the same if their ids are; of several with one id, which
/// is a mistake, the first is compared with the first.
pub(super) fn changes(
    old: Side<'_>,
    new: Side<'_>,
    locators: &Both<Locator<'_>>,
    files: &mut FileMoves,
) -> Found<RuleChange> {
    let positions = Both {
        old: positions(old.ruleset),
        new: positions(new.ruleset),
    };
    let above = Both {
        old: parents(old.ruleset),
        new: parents(new.ruleset),
    };
    let keys: BTreeSet<_> = positions
        .old
        .keys()
        .chain(positions.new.keys())
        .copied()
        .collect();
    let mut found = Found {
        changes: Vec::new(),
        pairs: Vec::new(),
    };
    for key in keys {
        let at = (
            positions.old.get(&key).copied(),
            positions.new.get(&key).copied(),
        );

        match at {
            (Some(index), None) => {
                let rule = &old.ruleset.rules.rules[index];
                let places = places(rule, &locators.old);
                found.changes.push(RuleChange {
                    change: ChangeKind::Removed,
                    old_at: places.first().cloned(),
                    old_overwritten_at: places.into_iter().skip(1).collect(),
                    ..unchanged(rule)
                });
            }
            (None, Some(index)) => {
                let rule = &new.ruleset.rules.rules[index];
                let places = places(rule, &locators.new);
                found.changes.push(RuleChange {
                    change: ChangeKind::Added,
                    new_at: places.first().cloned(),
                    new_overwritten_at: places.into_iter().skip(1).collect(),
                    ..unchanged(rule)
                });
            }
            (Some(before), Some(after)) => {
                found.pairs.push((before, after));
                let rules = Both {
                    old: &old.ruleset.rules.rules[before],
                    new: &new.ruleset.rules.rules[after],
                };
                let above = Both {
                    old: &above.old[before],
                    new: &above.new[after],
                };
                let change = changed(old, new, &rules, &above, locators);
                files.rule(change.old_at.as_ref(), change.new_at.as_ref());
                let same = change.elements.is_empty() && change.moved.is_none();
                if !same || change.overwriting_changed() {
                    found.changes.push(change);
                }
            }
            (None, None) => {}
        }
    }
    found
}

/// By id, and the how many-th with it.
fn positions(ruleset: &Ruleset) -> HashMap<(Sid, usize), usize> {
    let mut seen: HashMap<Sid, usize> = HashMap::new();
    let rules = ruleset.rules.rules.iter().enumerate();
    rules
        .map(|(index, rule)| {
            let count = seen.entry(rule.sid).or_default();
            *count += 1;
            ((rule.sid, *count), index)
        })
        .collect()
}

fn unchanged(rule: &Rule) -> RuleChange {
    let description = rule.description.as_ref();
    RuleChange {
        id: rule.sid.0,
        change: ChangeKind::Changed,
        level: rule.level,
        description: description.map(|text| words::plain(text.as_ref())),
        old_at: None,
        new_at: None,
        old_overwritten_at: Vec::new(),
        new_overwritten_at: Vec::new(),
        moved: None,
        elements: Vec::new(),
    }
}

fn places(rule: &Rule, locator: &Locator<'_>) -> Vec<Place> {
    let definitions = rule.definitions.iter();
    definitions
        .map(|definition| locator.place(definition.span))
        .collect()
}

fn moved(old: &BTreeSet<Option<Sid>>, new: &BTreeSet<Option<Sid>>) -> Option<Move> {
    let only = |one: &BTreeSet<Option<Sid>>, other: &BTreeSet<Option<Sid>>| {
        let only = one.difference(other);
        only.map(|parent| parent.map(|sid| sid.0)).collect()
    };
    (old != new).then(|| Move {
        left: only(old, new),
        entered: only(new, old),
    })
}

fn changed(
    old: Side<'_>,
    new: Side<'_>,
    rules: &Both<&Rule>,
    above: &Both<&BTreeSet<Option<Sid>>>,
    locators: &Both<Locator<'_>>,
) -> RuleChange {
    let is_top = |above: &BTreeSet<Option<Sid>>| above.contains(&None);
    let before = properties(old.ruleset, rules.old, is_top(above.old));
    let after = properties(new.ruleset, rules.new, is_top(above.new));
    let mut elements = before.differences(&after);
    for element in &mut elements {
        let names = written_as(element.element);
        let place = |rule: &Rule, locator: &Locator<'_>| {
            let definitions: Vec<Span> = rule.definitions.iter().map(|one| one.span).collect();
            locator.element(&definitions, &names)
        };
        element.old_at = place(rules.old, &locators.old);
        element.new_at = place(rules.new, &locators.new);
    }
    let mut old_places = places(rules.old, &locators.old).into_iter();
    let mut new_places = places(rules.new, &locators.new).into_iter();
    RuleChange {
        old_at: old_places.next(),
        new_at: new_places.next(),
        old_overwritten_at: old_places.collect(),
        new_overwritten_at: new_places.collect(),
        moved: moved(above.old, above.new),
        elements,
        ..unchanged(rules.new)
    }
}

/// The elements and attributes that say it.
fn written_as(element: &'static str) -> Vec<&'static str> {
    match element {
        "regex" => vec!["regex", "pcre2"],
        "match" => vec!["match", "match_pcre2"],
        "program_name" => vec!["program_name", "program_name_pcre2"],
        "hostname" => vec!["hostname", "hostname_pcre2"],
        "user" => vec!["user", "user_pcre2"],
        "srcport" => vec!["srcport", "srcport_pcre2"],
        "dstport" => vec!["dstport", "dstport_pcre2"],
        "id" => vec!["id", "id_pcre2"],
        "status" => vec!["status", "status_pcre2"],
        "extra_data" => vec!["extra_data", "extra_data_pcre2"],
        "url" => vec!["url", "url_pcre2"],
        "noalert" => vec!["noalert"],
        "alert" | "mail" | "no_ar" | "no_full_log" | "no_counter" => vec!["options"],
        "ignore seconds" => vec!["ignore"],
        "same" | "different" | "global_frequency" => Vec::new(),
        element => vec![element],
    }
}

/// What a rule says, in the order in which people write it. What only follows from other rules, like
/// its marks for their memories, is not among it.
fn properties(ruleset: &Ruleset, rule: &Rule, is_top: bool) -> Properties {
    let Rule {
        sid: _,
        level,
        category,
        groups,
        parents: _,
        description,
        info,
        info_text: _,
        cve_text: _,
        conditions: _,
        correlation: _,
        search: _,
        ignore_seconds,
        ignore,
        check_if_ignored,
        flags,
        mitre,
        counted_by_sid: _,
        group_marks: _,
        definitions: _,
    } = rule;
    let mut all = Properties::default();
    all.add("level", Value::text(level.to_string()));
    if is_top {
        // Further down it is that of the place.
        all.add("category", Value::text(category.name()));
    }
    for test in conditions::of(rule) {
        condition(ruleset, rule, &test, &mut all);
    }
    if let Some(text) = description {
        all.add("description", Value::text(text));
    }
    for name in groups.split(|&byte| byte == b',') {
        if !name.trim().is_empty() {
            all.add("group", Value::text(name));
        }
    }
    for (kind, text) in info {
        all.add_named("info", kind.name().as_bytes(), Value::text(text));
    }
    add_mitre(mitre, &mut all);
    if *ignore_seconds > 0 {
        let seconds = Value::text(ignore_seconds.to_string());
        all.add("ignore seconds", seconds);
    }
    add_keys("ignore", *ignore, &mut all);
    add_keys("check_if_ignored", *check_if_ignored, &mut all);
    all.flag("noalert", flags.noalert);
    // Said only where it is not what the level says.
    let usual = |least: u8| *level > 0 && *level >= u32::from(least);
    for (element, on, usual) in [
        ("alert", flags.log, usual(ruleset.options.log_alert_level)),
        ("mail", flags.mail, usual(ruleset.options.email_alert_level)),
    ] {
        if on != usual && *level > 0 {
            all.add(element, Value::text(if on { "always" } else { "never" }));
        }
    }
    all.flag("no_ar", flags.no_ar);
    all.flag("no_full_log", flags.no_full_log);
    all.flag("no_counter", flags.no_counter);
    all
}

fn condition(ruleset: &Ruleset, rule: &Rule, test: &Condition, all: &mut Properties) {
    let family = ruleset.dialect.family();
    let slots = &rule.conditions;
    match test {
        Condition::DecodedAs(_) => {
            if let Some((_, name)) = &slots.decoded_as {
                all.add("decoded_as", Value::text(name.bytes()));
            }
        }
        Condition::Text(field, expression) => {
            all.add(field.element(family), Value::expression(expression));
        }
        Condition::Field(field) => {
            all.add_named("field", &field.name, Value::expression(&field.expression));
        }
        Condition::SrcIp(test) => add_addresses("srcip", test, &slots.written.srcip, all),
        Condition::DstIp(test) => add_addresses("dstip", test, &slots.written.dstip, all),
        Condition::CompiledRule(_) => {
            all.add(
                "compiled_rule",
                Value::text(slots.written.compiled_rule.trim()),
            );
        }
        Condition::MinLogLength(least) => all.add("maxsize", Value::text(least.to_string())),
        Condition::Time(range) => all.add("time", Value::text(range.to_string())),
        Condition::Weekday(days) => all.add("weekday", Value::text(days.to_string())),
        Condition::CheckDiff => all.flag("check_diff", true),
        Condition::IfFts => all.flag("if_fts", true),
        Condition::List(list) => {
            let mut text = list.test.lookup.name().as_bytes().to_vec();
            text.extend_from_slice(b" of ");
            text.extend_from_slice(list.test.field.name().as_ref());
            if let Some(value) = &list.check_value {
                text.extend_from_slice(b", value ");
                text.extend_from_slice(value.text());
            }
            all.add_named("list", &list.name, Value::text(text));
        }
        Condition::Search => search(ruleset, rule, all),
    }
}

fn add_addresses(
    element: &'static str,
    test: &AddressCondition,
    written: &[bstr::BString],
    all: &mut Properties,
) {
    for text in written {
        let negated = test.negated;
        all.add(
            element,
            Value {
                negated,
                ..Value::text(text.trim())
            },
        );
    }
}

fn search(ruleset: &Ruleset, rule: &Rule, all: &mut Properties) {
    let Correlation {
        counts: _,
        frequency,
        timeframe,
        switches,
        same_fields,
        different_fields,
        regex,
    } = &rule.correlation;
    match &rule.search {
        Some(Search::Sid(sid, _)) => all.add("if_matched_sid", Value::text(sid.to_string())),
        Some(Search::Group(memory)) => {
            if let Some(pattern) = ruleset.rules.group_pattern(*memory) {
                all.add("if_matched_group", Value::pattern(pattern));
            }
        }
        Some(Search::Events) => {
            if let Some(pattern) = regex {
                all.add("if_matched_regex", Value::pattern(pattern));
            }
        }
        None => {}
    }
    // The attribute means different numbers in the two families.
    let earlier = u64::from(*frequency) + 1;
    all.add(
        "frequency",
        Value::text(format!("{earlier} earlier events")),
    );
    all.add("timeframe", Value::text(format!("{timeframe} s")));
    for compared in Compared::ALL {
        for (element, switch) in [
            ("same", Switches::same(compared)),
            ("different", Switches::different(compared)),
        ] {
            if switches.contains(switch) {
                all.add(element, Value::text(words::compared_name(compared)));
            }
        }
    }
    for (element, fields) in [("same", same_fields), ("different", different_fields)] {
        for field in fields {
            all.add(element, Value::text([b"field ", field.as_slice()].concat()));
        }
    }
    let global = switches.contains(Switches::GLOBAL_FREQUENCY);
    all.flag("global_frequency", global);
}

fn add_mitre(mitre: &Mitre, all: &mut Properties) {
    match mitre {
        Mitre::Ids(ids) => {
            for id in ids {
                all.add("mitre", Value::text(id));
            }
        }
        Mitre::Pairs(pairs) => {
            for (tactic, technique) in pairs {
                let text = [tactic.as_slice(), b":", technique.as_slice()].concat();
                all.add("mitre", Value::text(text));
            }
        }
    }
}

fn add_keys(element: &'static str, keys: IgnoreKeys, all: &mut Properties) {
    for (key, name) in [
        (IgnoreKeys::USER, "user"),
        (IgnoreKeys::SRC_IP, "srcip"),
        (IgnoreKeys::DST_IP, "dstip"),
        (IgnoreKeys::ID, "id"),
        (IgnoreKeys::LOCATION, "location"),
        (IgnoreKeys::DATA, "data"),
        (IgnoreKeys::NAME, "name"),
    ] {
        if keys.contains(key) {
            all.add(element, Value::text(name));
        }
    }
}
