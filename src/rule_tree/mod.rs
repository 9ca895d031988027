//! The whole rule tree as plain data, for those who draw it.
//!
//! ```text
//! Ruleset ──RuleTree::new──▶ RuleTree ──select──▶ RuleTree ──output::rule_tree──▶ text, JSON, …
//! ```
//!
//! # The types that matter
//!
//! * [`RuleCard`]: what there is to say about one rule. Each rule has one card.
//! * [`TreeNode`]: all places of a rule that have the same below them. The tree is an acyclic graph:
//!   a rule below two parents is one node with two ways down to it. Very few rules have several
//!   nodes, because the places of a rule need not all have the same children.
//! * [`Top`]: where the events of a category enter, as the engine tries it.
//! * [`Selection`]: which rules are wanted; what leads to them stays as context.
//!
//! Everything comes from the compiled ruleset: what an overwritten rule looked like before is gone,
//! only its places in the files are known.

mod card;
mod select;
mod tested;
#[cfg(test)]
pub(crate) mod tests;

pub use card::{Composite, RuleCard, Spot};
pub use select::{Numbers, Selection};
pub use tested::{RuleTests, TestCase, TestStatus, Tests};

use crate::ruleset::Ruleset;
use crate::ruleset::category::Category;
use crate::source::Sources;

/// Rules and how they hang together. Rules and nodes are known by their position.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleTree {
    /// Whose semantics.
    pub dialect: &'static str,
    /// Paths of the rule files, as messages show them.
    pub files: Vec<String>,
    /// The tests that were run, if any were asked for.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Option::is_none"))]
    pub tests: Option<Tests>,
    /// In load order.
    pub rules: Vec<RuleCard>,
    /// Where events enter, by category.
    pub tops: Vec<Top>,
    /// Every node once, depth first: where the first of its places comes.
    pub nodes: Vec<TreeNode>,
}

/// The rules that events of a category meet first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Top {
    /// The type of the decoders.
    pub category: &'static str,
    /// Positions of nodes, in the order in which they are tried.
    pub nodes: Vec<usize>,
}

/// All places of a rule that have the same below them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct TreeNode {
    /// Position of the rule.
    pub rule: usize,
    /// Positions of the nodes below it, in the order in which they are tried.
    pub children: Vec<usize>,
    /// So many children were left out by [`Selection::depth`].
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "is_zero"))]
    pub left_out: usize,
}

#[cfg(feature = "cli")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl RuleTree {
    /// Collects everything. Takes time in proportion to the rules and their connections.
    pub fn new(sources: &Sources, ruleset: &Ruleset) -> RuleTree {
        let rules = &ruleset.rules;
        let order = rules.nodes_in_order();
        let mut position = vec![usize::MAX; rules.nodes.len()];
        for (new, node) in order.iter().enumerate() {
            position[node.index()] = new;
        }
        let nodes: Vec<TreeNode> = order
            .iter()
            .map(|&node| {
                let node = rules.node(node);
                let children = node.children.iter();
                TreeNode {
                    rule: node.rule.index(),
                    children: children.map(|child| position[child.index()]).collect(),
                    left_out: 0,
                }
            })
            .collect();
        let top_rule = |node: usize| &rules.rules[nodes[node].rule];
        let tops = (0..=u8::MAX).filter_map(Category::from_number);
        let tops = tops.map(|category| Top {
            category: category.name(),
            nodes: rules
                .top
                .iter()
                .map(|node| position[node.index()])
                .filter(|&node| top_rule(node).category == category)
                .collect(),
        });
        let tops: Vec<Top> = tops.filter(|top| !top.nodes.is_empty()).collect();
        RuleTree {
            dialect: ruleset.dialect.name(),
            files: card::files(sources, ruleset),
            tests: None,
            rules: card::cards(sources, ruleset, &nodes, &tops),
            tops,
            nodes,
        }
    }

    /// The card of a node's rule.
    pub fn card(&self, node: usize) -> &RuleCard {
        &self.rules[self.nodes[node].rule]
    }

    /// By rule: its nodes, in depth-first order. A rule without a node has no place in the tree.
    pub fn nodes_by_rule(&self) -> Vec<Vec<usize>> {
        nodes_by_rule(self.rules.len(), &self.nodes)
    }

    /// By node: the nodes above it.
    fn nodes_above(&self) -> Vec<Vec<usize>> {
        let mut above = vec![Vec::new(); self.nodes.len()];
        for (position, node) in self.nodes.iter().enumerate() {
            for &child in &node.children {
                above[child].push(position);
            }
        }
        above
    }
}

fn nodes_by_rule(rules: usize, nodes: &[TreeNode]) -> Vec<Vec<usize>> {
    let mut by_rule = vec![Vec::new(); rules];
    for (position, node) in nodes.iter().enumerate() {
        by_rule[node.rule].push(position);
    }
    by_rule
}

/// By rule: the rules below any of its places, each once, in the order in which they are tried.
fn children_by_rule(rules: usize, nodes: &[TreeNode]) -> Vec<Vec<usize>> {
    // A rule that is a child of the current one already bears its number.
    let mut seen_below = vec![usize::MAX; rules];
    let by_rule = nodes_by_rule(rules, nodes).into_iter().enumerate();
    by_rule
        .map(|(parent, own)| {
            let children = own.iter().flat_map(|&node| &nodes[node].children);
            children
                .map(|&child| nodes[child].rule)
                .filter(|&rule| std::mem::replace(&mut seen_below[rule], parent) != parent)
                .collect()
        })
        .collect()
}
