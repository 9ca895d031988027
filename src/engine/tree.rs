//! The rule tree as the walk needs it: flat, read-only.

use crate::ruleset::category::Category;
use crate::ruleset::rule::{RuleId, Rules};

/// Index of a branch: a list of places that are tried one after the other. The branch of a place
/// holds its children; each category has a branch with its top-level places.
pub(super) type Branch = u32;

/// All places and branches.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The rule of each place. A place and its branch have the same index.
    rules: Vec<RuleId>,
    /// The branches as ranges of `children`; those of the categories stand behind the others.
    branches: Vec<std::ops::Range<u32>>,
    children: Vec<u32>,
    /// The branch of each category, by its number.
    tops: [Branch; Category::NUMBERS],
}

impl Tree {
    pub(super) fn new(rules: &Rules) -> Self {
        let mut tree = Tree {
            rules: rules.nodes.iter().map(|node| node.rule).collect(),
            branches: Vec::with_capacity(rules.nodes.len()),
            children: Vec::new(),
            tops: [0; Category::NUMBERS],
        };
        for node in &rules.nodes {
            tree.add(node.children.iter().map(|child| child.index() as u32));
        }
        for number in 0..Category::NUMBERS {
            let of_category = rules.top.iter().filter(|&&top| {
                let rule = rules.get(rules.node(top).rule);
                usize::from(rule.category.number()) == number
            });
            tree.tops[number] = tree.add(of_category.map(|top| top.index() as u32));
        }
        tree
    }

    fn add(&mut self, children: impl Iterator<Item = u32>) -> Branch {
        let start = self.children.len() as u32;
        self.children.extend(children);
        self.branches.push(start..self.children.len() as u32);
        self.branches.len() as u32 - 1
    }

    /// The rule of a place.
    pub(super) fn rule(&self, place: u32) -> RuleId {
        self.rules[place as usize]
    }

    /// The places of a branch in the order in which they are tried.
    pub(super) fn children(&self, branch: Branch) -> &[u32] {
        let range = &self.branches[branch as usize];
        &self.children[range.start as usize..range.end as usize]
    }

    /// The top-level places that events of a category meet.
    pub(super) fn top(&self, category: Category) -> Branch {
        self.tops[usize::from(category.number())]
    }
}
