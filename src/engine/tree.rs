//! The rule tree as the walk needs it: flat, read-only, its lists with an index of their members.

use super::conditions::Condition;
use super::index::{Filtering, Member, Probe, Selector};
use crate::ruleset::category::Category;
use crate::ruleset::rule::{RuleId, Rules, TextField};

/// Index of a branch: a list of places that are tried one after the other. The branch of a place
/// holds its children; each category has a branch with its top-level places.
pub(super) type BranchId = u32;

/// All places and branches.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The rule of each place. A place and its branch have the same index.
    rules: Vec<RuleId>,
    /// Those of the categories stand behind the others.
    branches: Vec<Branch>,
    children: Vec<u32>,
    /// The branch of each category, by its number.
    tops: [BranchId; Category::NUMBERS],
    /// What the conditions of each rule need of the log.
    probes: Vec<Box<[Probe]>>,
}

#[derive(Clone, Debug)]
struct Branch {
    /// Where its places begin among `children`.
    start: u32,
    selector: Selector,
}

impl Tree {
    pub(super) fn new(rules: &Rules, conditions: &[Vec<Condition>], filtering: Filtering) -> Self {
        let of_conditions = |list: &Vec<Condition>| {
            let probes = list.iter().map(|condition| log_probe(condition, filtering));
            probes.collect()
        };
        let mut tree = Tree {
            rules: rules.nodes.iter().map(|node| node.rule).collect(),
            branches: Vec::with_capacity(rules.nodes.len() + Category::NUMBERS),
            children: Vec::new(),
            tops: [0; Category::NUMBERS],
            probes: conditions.iter().map(of_conditions).collect(),
        };
        let member = |rule: RuleId, probes: &[Box<[Probe]>]| {
            member(&conditions[rule.index()], &probes[rule.index()], filtering)
        };
        for node in &rules.nodes {
            tree.add(
                node.children.iter().map(|child| child.index() as u32),
                &member,
                filtering,
            );
        }
        for number in 0..Category::NUMBERS {
            let of_category = rules.top.iter().filter(|&&top| {
                let rule = rules.get(rules.node(top).rule);
                usize::from(rule.category.number()) == number
            });
            let places = of_category.map(|top| top.index() as u32);
            tree.tops[number] = tree.add(places, &member, filtering);
        }
        tree
    }

    fn add(
        &mut self,
        places: impl Iterator<Item = u32>,
        member: &impl Fn(RuleId, &[Box<[Probe]>]) -> Member,
        filtering: Filtering,
    ) -> BranchId {
        let start = self.children.len();
        self.children.extend(places);
        let members = self.children[start..].iter();
        let members: Vec<_> = members
            .map(|&place| member(self.rule(place), &self.probes))
            .collect();
        self.branches.push(Branch {
            start: start as u32,
            selector: Selector::new(&members, filtering),
        });
        self.branches.len() as u32 - 1
    }

    /// The rule of a place.
    pub(super) fn rule(&self, place: u32) -> RuleId {
        self.rules[place as usize]
    }

    /// Which places of a branch are candidates for an event.
    pub(super) fn selector(&self, branch: BranchId) -> &Selector {
        &self.branches[branch as usize].selector
    }

    /// A place of a branch.
    pub(super) fn place(&self, branch: BranchId, number: u32) -> u32 {
        self.children[(self.branches[branch as usize].start + number) as usize]
    }

    /// The top-level places that events of a category meet.
    pub(super) fn top(&self, category: Category) -> BranchId {
        self.tops[usize::from(category.number())]
    }

    /// What the conditions of a rule need of the log, one by one.
    pub(super) fn probes(&self, rule: RuleId) -> &[Probe] {
        &self.probes[rule.index()]
    }
}

/// What a condition needs of the log.
fn log_probe(condition: &Condition, filtering: Filtering) -> Probe {
    match condition {
        Condition::Text(TextField::Match | TextField::Regex, expression) => {
            Probe::of_expression(expression, filtering)
        }
        _ => Probe::default(),
    }
}

/// What is known about a rule. All of it stands before the conditions that remember something.
fn member(conditions: &[Condition], probes: &[Probe], filtering: Filtering) -> Member {
    let mut member = Member::default();
    for (condition, probe) in conditions.iter().zip(probes) {
        match condition {
            Condition::DecodedAs(name) => member.decoder = Some(*name),
            Condition::Text(TextField::ProgramName, expression) => {
                member.program = Probe::of_expression(expression, filtering);
            }
            Condition::Text(..) if probe.is_better_than(&member.log) => {
                member.log = probe.clone();
            }
            _ => {}
        }
    }
    member
}
