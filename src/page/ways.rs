//! The ways down the rule tree to one rule.

use std::collections::HashSet;

use crate::ruleset::Ruleset;
use crate::ruleset::rule::RuleId;

/// So many paths are shown at most. A rule can have more places than could ever be listed.
const PATHS_LIMIT: usize = 1000;

/// The ways down the rule tree to one rule.
pub(crate) struct Ways<'r> {
    ruleset: &'r Ruleset,
    rule: RuleId,
    /// By node: how many places of the rule are there or further down.
    below: Vec<u64>,
}

impl<'r> Ways<'r> {
    pub(crate) fn new(ruleset: &'r Ruleset, rule: RuleId) -> Self {
        let rules = &ruleset.rules;
        let mut below = vec![0_u64; rules.nodes.len()];
        for node in rules.children_first() {
            let node_below = rules.node(node).children.iter();
            let here = u64::from(rules.node(node).rule == rule);
            below[node.index()] = node_below
                .map(|child| below[child.index()])
                .fold(here, u64::saturating_add);
        }
        Ways {
            ruleset,
            rule,
            below,
        }
    }

    /// How many places the rule has.
    pub(crate) fn places(&self) -> u64 {
        let top = self.ruleset.rules.top.iter();
        top.map(|node| self.below[node.index()])
            .fold(0, u64::saturating_add)
    }

    /// The first ways down to the rule, depth first; nothing is walked that does not lead there.
    pub(crate) fn paths(&self) -> Vec<Vec<RuleId>> {
        let rules = &self.ruleset.rules;
        let mut found = Vec::new();
        let mut path: Vec<RuleId> = Vec::new();
        let mut stack = vec![rules.top.iter()];
        while let Some(list) = stack.last_mut() {
            let Some(node) = list.find(|node| self.below[node.index()] > 0) else {
                stack.pop();
                path.pop();
                continue;
            };
            let node = rules.node(*node);
            if node.rule == self.rule {
                found.push(path.clone());
                if found.len() == PATHS_LIMIT {
                    break;
                }
            }
            path.push(node.rule);
            stack.push(node.children.iter());
        }
        found
    }

    /// The places of a rule may have different children; each is named once, where it comes first.
    pub(crate) fn children(&self) -> Vec<RuleId> {
        let rules = &self.ruleset.rules;
        let mut seen = HashSet::new();
        let nodes = rules
            .nodes_in_order()
            .into_iter()
            .filter(|&node| rules.node(node).rule == self.rule)
            .flat_map(|node| &rules.node(node).children);
        nodes
            .map(|&child| rules.node(child).rule)
            .filter(|&rule| seen.insert(rule))
            .collect()
    }
}
