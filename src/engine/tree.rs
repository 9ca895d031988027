//! The rule tree as the walk needs it: flat, read-only, its lists with an index of their members.

use super::conditions::Condition;
use super::field_names::{FieldId, FieldNames};
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
    /// What is known beforehand about the conditions of each rule.
    hints: Vec<Box<[Hint]>>,
}

/// What is known beforehand about a condition.
#[derive(Clone, Debug, Default)]
pub(super) struct Hint {
    /// What it needs of the log.
    pub(super) log: Probe,
    /// What it needs of the url.
    pub(super) url: Probe,
    /// The dynamic field that it tests.
    pub(super) field: Option<FieldId>,
}

#[derive(Clone, Debug)]
struct Branch {
    /// Where its places begin among `children`.
    start: u32,
    selector: Selector,
}

impl Tree {
    pub(super) fn new(
        rules: &Rules,
        conditions: &[Vec<Condition>],
        names: &FieldNames,
        filtering: Filtering,
    ) -> Self {
        let of_conditions = |list: &Vec<Condition>| {
            let hints = list
                .iter()
                .map(|condition| hint(condition, names, filtering));
            hints.collect()
        };
        let mut tree = Tree {
            rules: rules.nodes.iter().map(|node| node.rule).collect(),
            branches: Vec::with_capacity(rules.nodes.len() + Category::NUMBERS),
            children: Vec::new(),
            tops: [0; Category::NUMBERS],
            hints: conditions.iter().map(of_conditions).collect(),
        };
        let member = |rule: RuleId, hints: &[Box<[Hint]>]| {
            member(&conditions[rule.index()], &hints[rule.index()], filtering)
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
        member: &impl Fn(RuleId, &[Box<[Hint]>]) -> Member,
        filtering: Filtering,
    ) -> BranchId {
        let start = self.children.len();
        self.children.extend(places);
        let members = self.children[start..].iter();
        let members: Vec<_> = members
            .map(|&place| member(self.rule(place), &self.hints))
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

    /// What is known about the conditions of a rule, one by one.
    pub(super) fn hints(&self, rule: RuleId) -> &[Hint] {
        &self.hints[rule.index()]
    }
}

fn hint(condition: &Condition, names: &FieldNames, filtering: Filtering) -> Hint {
    match condition {
        Condition::Text(TextField::Match | TextField::Regex, expression) => Hint {
            log: Probe::of_expression(expression, filtering),
            ..Hint::default()
        },
        Condition::Text(TextField::Url, expression) => Hint {
            url: Probe::of_expression(expression, filtering),
            ..Hint::default()
        },
        Condition::Field(field) => Hint {
            field: names.id(&field.name),
            ..Hint::default()
        },
        _ => Hint::default(),
    }
}

/// What is known about a rule. All of it stands before the conditions that remember something.
fn member(conditions: &[Condition], hints: &[Hint], filtering: Filtering) -> Member {
    let mut member = Member::default();
    for (condition, hint) in conditions.iter().zip(hints) {
        match condition {
            Condition::DecodedAs(name) => member.decoder = Some(*name),
            Condition::Text(TextField::ProgramName, expression) => {
                member.program = Probe::of_expression(expression, filtering);
            }
            Condition::Text(TextField::Match | TextField::Regex, _) => {
                member.log.prefer(&hint.log);
            }
            Condition::Text(field, _) => {
                member.static_field = member.static_field.or(field.only_source());
            }
            Condition::Field(field) if member.field.is_none() => {
                member.field = hint.field;
                member.value = Probe::of_expression(&field.expression, filtering);
            }
            _ => {}
        }
    }
    member
}
