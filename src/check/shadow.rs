//! Rules that another one hides: siblings that come first and hold whenever they do, and conditions
//! that exclude each other.

mod conditions;

use std::collections::HashMap;

use super::context::Context;
use super::finding::{Draft, Output};
use super::patterns::Alternative;
use super::registry::{Check, check};
use crate::ruleset::rule::{NodeId, RuleId};
use conditions::{Conditions, Form};

pub(super) const CHECKS: &[Check] = &[
    check!(
        401 "shadowed-rule", WARNING, All,
        "a rule is never tried: a sibling before it holds whenever it would",
        "Children of a rule are tried by falling level, level 0 first, and rules of one level in load \
         order. The first one that holds ends the search. A sibling whose conditions are all among those \
         of the later rule always holds first. Give the special rule a higher level than the general one, \
         or put it below it.",
        Ruleset(shadowed)
    ),
    check!(
        402 "contradicting-rule", ERROR, All,
        "a condition of a rule excludes one of its parent",
        "Both test the same value, and no text can meet both. The rule never holds.",
        Ruleset(contradicting)
    ),
];

/// Siblings with the same rest of conditions that are compared with a rule.
const MOST_COMPARED: usize = 24;

/// Places in lists of siblings that are looked at: more than any real ruleset has.
const MOST_PLACES: usize = 400_000;

/// What comes before a rule in a list.
#[derive(Default)]
struct Before {
    /// Rules by their whole set of conditions.
    whole: HashMap<Vec<u32>, RuleId>,
    /// Rules by one osmatch of theirs and the rest of the conditions.
    but_one: HashMap<(Form, Vec<u32>), Vec<RuleId>>,
}

impl Before {
    fn add(&mut self, conditions: &Conditions, rule: RuleId) {
        let own = conditions.of(rule);
        if !own.certain {
            return;
        }
        self.whole.entry(own.keys.clone()).or_insert(rule);
        for matched in &own.matches {
            let rest = without(&own.keys, matched.key);
            let known = self.but_one.entry((matched.form, rest)).or_default();
            if known.len() < MOST_COMPARED {
                known.push(rule);
            }
        }
    }

    /// A rule that holds whenever this one does.
    fn hides(&self, conditions: &Conditions, rule: RuleId) -> Option<RuleId> {
        let own = conditions.of(rule);
        let hit = subsets(&own.keys).find_map(|keys| self.whole.get(&keys));
        if let Some(&hit) = hit {
            return Some(hit);
        }
        own.matches.iter().find_map(|matched| {
            let rest = without(&own.keys, matched.key);
            subsets(&rest).find_map(|rest| {
                let known = self.but_one.get(&(matched.form, rest))?;
                let covers = |&&earlier: &&RuleId| {
                    let earlier = conditions.of(earlier).matches.iter();
                    let mut earlier = earlier.filter(|other| other.form == matched.form);
                    earlier.any(|other| implies(&matched.alternatives, &other.alternatives))
                };
                known.iter().find(covers).copied()
            })
        })
    }
}

/// Every text that has one of the first has one of the second.
fn implies(one: &[Alternative], other: &[Alternative]) -> bool {
    one.iter()
        .all(|one| other.iter().any(|other| one.implies(other)))
}

fn without(keys: &[u32], key: u32) -> Vec<u32> {
    keys.iter().copied().filter(|&other| other != key).collect()
}

/// The sets within a set, the small ones first; of a large one only the smallest.
fn subsets(keys: &[u32]) -> impl Iterator<Item = Vec<u32>> {
    const MOST: usize = 6;
    let keys: Vec<u32> = keys.iter().copied().take(MOST).collect();
    let count = 1_u32 << keys.len();
    (0..count).map(move |mask| {
        let chosen = keys.iter().enumerate();
        let chosen = chosen.filter(|(bit, _)| mask & (1 << bit) != 0);
        chosen.map(|(_, &key)| key).collect()
    })
}

fn shadowed(context: &Context<'_>, output: &mut Output) {
    let rules = &context.ruleset.rules;
    let conditions = Conditions::new(context.ruleset);
    // For each rule how many of its places in lists are hidden, of how many, and by whom.
    let mut hidden: Vec<(usize, usize, Option<RuleId>)> = vec![(0, 0, None); rules.rules.len()];
    let mut walk = |list: &[NodeId]| {
        let mut before = Before::default();
        for &node in list {
            let rule = rules.node(node).rule;
            let entry = &mut hidden[rule.index()];
            entry.1 += 1;
            if let Some(by) = before.hides(&conditions, rule).filter(|by| *by != rule) {
                entry.0 += 1;
                entry.2.get_or_insert(by);
            } else {
                before.add(&conditions, rule);
            }
        }
    };
    let places: usize = rules.nodes.iter().map(|node| node.children.len()).sum();
    if places > MOST_PLACES {
        return;
    }
    // Top-level rules are told apart by their category.
    for node in &rules.nodes {
        walk(&node.children);
    }
    for (index, (hidden, places, by)) in hidden.into_iter().enumerate() {
        let id = RuleId(index as u32);
        let (Some(by), Some(span)) = (by.filter(|_| hidden == places), context.span_of(id)) else {
            continue;
        };
        let (rule, other) = (rules.get(id), rules.get(by));
        let first = match (other.level, rule.level) {
            (0, level) if level > 0 => "has level 0".to_owned(),
            (other, level) if other > level => format!("has the higher level {other}"),
            _ => "is loaded first".to_owned(),
        };
        let mut draft = Draft::new(format!(
            "rule `{}` is never reached: rule `{}` holds whenever it does",
            rule.sid, other.sid
        ))
        .at(span, "tried too late");
        if let Some(place) = context.span_of(by) {
            draft = draft.at(place, format!("comes first: it {first}"));
        }
        output.push(draft.help(format!(
            "put it below rule `{}`, or give it a higher level",
            other.sid
        )));
    }
}

/// A chain of parents longer than this is not followed.
const MOST_ABOVE: usize = 24;

fn contradicting(context: &Context<'_>, output: &mut Output) {
    let rules = &context.ruleset.rules;
    let conditions = Conditions::new(context.ruleset);
    for (index, rule) in rules.rules.iter().enumerate() {
        let id = RuleId(index as u32);
        let own = conditions.of(id);
        if own.matches.is_empty() {
            continue;
        }
        let mut above = id;
        for _ in 0..MOST_ABOVE {
            // With several parents each place would have to be impossible.
            let [parent] = rules.above(above) else { break };
            above = *parent;
            if above == id {
                break;
            }
            let clash = own.matches.iter().find(|matched| {
                let others = conditions.of(above).matches.iter();
                let mut others = others.filter(|other| other.form == matched.form);
                others.any(|other| excludes(&matched.alternatives, &other.alternatives))
            });
            let Some(clash) = clash else { continue };
            let element = clash.form.element(context.dialect.family());
            let Some(place) = context.place_in(id, element) else {
                break;
            };
            let parent = rules.get(above).sid;
            let mut draft = Draft::new(format!(
                "rule `{}` never holds: its `{element}` excludes that of rule `{parent}` above it",
                rule.sid
            ))
            .at(place, "no text has both");
            if let Some(other) = context.place_in(above, element) {
                draft = draft.at(other, format!("rule `{parent}` wants this"));
            }
            output.push(draft.help("change one of them, or put the rule below another parent"));
            break;
        }
    }
}

/// No text has one of the first and one of the second.
fn excludes(one: &[Alternative], other: &[Alternative]) -> bool {
    const MOST: usize = 1024;
    one.len() * other.len() <= MOST
        && one
            .iter()
            .all(|one| other.iter().all(|other| one.excludes(other)))
}
