//! Where rules stand: their parents, and the order in which siblings are tried.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::ruleset::Ruleset;
use crate::ruleset::rule::Sid;

/// Siblings that both rulesets have, unchanged in level and parent, and that are tried in another
/// order: a line that fits to several of them gets another one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Reordering {
    /// What they stand below: `rule 5700`, `the top of the rules`, `decoder sshd`.
    pub below: String,
    /// As few of them as must move to get from the old order to the new one.
    pub moved: Vec<String>,
}

/// The ids of the parents of each rule, by its index; `None` stands for the top.
pub(super) fn parents(ruleset: &Ruleset) -> Vec<BTreeSet<Option<Sid>>> {
    let rules = &ruleset.rules;
    let mut above = vec![BTreeSet::new(); rules.rules.len()];
    for &top in &rules.top {
        above[rules.node(top).rule.index()].insert(None);
    }
    for node in &rules.nodes {
        let sid = rules.get(node.rule).sid;
        for &child in &node.children {
            above[rules.node(child).rule.index()].insert(Some(sid));
        }
    }
    above
}

/// Finds siblings that changed their order. `pairs` are the rules that both rulesets have.
pub(super) fn reordered(old: &Ruleset, new: &Ruleset, pairs: &[(usize, usize)]) -> Vec<Reordering> {
    let (old_lists, new_lists) = (siblings(old), siblings(new));
    // A new level is a change of its own, and a new order follows from it.
    let same_level = pairs
        .iter()
        .filter(|(before, after)| old.rules.rules[*before].level == new.rules.rules[*after].level);
    let counterpart: HashMap<usize, usize> = same_level.copied().collect();
    let mut found = Vec::new();
    let mut tops: Vec<_> = old_lists.keys().copied().collect();
    tops.sort_unstable();
    for above in tops {
        let Some(after) = new_lists.get(&above) else {
            continue;
        };
        let before = old_lists[&above].iter();
        let before = before.filter_map(|index| counterpart.get(index).copied());
        let moved = moved(before, after);
        if !moved.is_empty() {
            let names = moved.iter();
            found.push(Reordering {
                below: match above {
                    None => "the top of the rules".to_owned(),
                    Some(sid) => format!("rule {sid}"),
                },
                moved: names
                    .map(|&index| new.rules.rules[index].sid.to_string())
                    .collect(),
            });
        }
    }
    found
}

/// The children of each rule in the order in which they are tried, by the rule's id. Of a rule with
/// several nodes the first counts.
fn siblings(ruleset: &Ruleset) -> HashMap<Option<Sid>, Vec<usize>> {
    let rules = &ruleset.rules;
    let list = |nodes: &[crate::ruleset::rule::NodeId]| {
        let mut seen = HashSet::new();
        let indices = nodes.iter().map(|&node| rules.node(node).rule.index());
        indices.filter(|&index| seen.insert(index)).collect()
    };
    let mut lists = HashMap::from([(None, list(&rules.top))]);
    for node in &rules.nodes {
        let sid = rules.get(node.rule).sid;
        lists
            .entry(Some(sid))
            .or_insert_with(|| list(&node.children));
    }
    lists
}

/// What is not part of a longest run that keeps its order, in the new order. `before` holds the
/// new indices of the old siblings.
pub(super) fn moved(before: impl Iterator<Item = usize>, after: &[usize]) -> Vec<usize> {
    let ranks: HashMap<usize, usize> = before
        .enumerate()
        .map(|(rank, index)| (index, rank))
        .collect();
    let common: Vec<(usize, usize)> = after
        .iter()
        .filter_map(|&index| Some((index, *ranks.get(&index)?)))
        .collect();
    let kept = longest_increasing(&common);
    let stays = |position: &usize| kept.binary_search(position).is_ok();
    (0..common.len())
        .filter(|position| !stays(position))
        .map(|position| common[position].0)
        .collect()
}

/// The positions of a longest increasing run of ranks, ascending.
fn longest_increasing(list: &[(usize, usize)]) -> Vec<usize> {
    // By length: the position of the smallest rank that ends a run of that length.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; list.len()];
    for (position, &(_, rank)) in list.iter().enumerate() {
        let length = ends.partition_point(|&end| list[end].1 < rank);
        before[position] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = position,
            None => ends.push(position),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(position) = at {
        run.push(position);
        at = before[position];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_as_must_move() {
        let cases: &[(&[usize], &[usize], &[usize])] = &[
            (&[1, 2, 3], &[1, 2, 3], &[]),
            (&[1, 2, 3], &[3, 1, 2], &[3]),
            (&[1, 2, 3, 4], &[2, 3, 4, 1], &[1]),
            (&[1, 2], &[5, 2, 6, 1], &[2]),
            (&[], &[1], &[]),
            (&[1], &[], &[]),
        ];
        for (before, after, expected) in cases {
            let found = moved(before.iter().copied(), after);
            assert_eq!(found, *expected, "{before:?} {after:?}");
        }
    }
}
