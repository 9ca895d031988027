//! What there is to say about one rule.

use std::collections::HashMap;

use super::{RuleTests, Top, TreeNode, children_by_rule};
use crate::engine::conditions;
use crate::page::facts::{self, ConditionFacts, InfoFacts};
use crate::page::{Counting, words};
use crate::ruleset::Ruleset;
use crate::ruleset::rule::{Rule, RuleId, Search};
use crate::source::{SourceId, Sources, Span};

/// Everything about one rule. Other rules are named by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleCard {
    /// Its id.
    pub id: u32,
    /// The level of its events.
    pub level: u32,
    /// Its description.
    pub description: Option<String>,
    /// It is here only because it leads to a rule that was selected.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "is_false"))]
    pub context: bool,
    /// Its groups, in file order.
    pub groups: Vec<String>,
    /// Type of the decoders whose events come to it.
    pub category: &'static str,
    /// Its events raise alerts.
    pub alerts: bool,
    /// It is never the result (`noalert`).
    pub noalert: bool,
    /// Where it is defined first.
    pub defined_at: Option<Spot>,
    /// The definitions that overwrote parts of it, in load order.
    pub overwritten_at: Vec<Spot>,
    /// What it tests, in the order of the tests.
    pub conditions: Vec<ConditionFacts>,
    /// What the level and the options do, one sentence each.
    pub consequences: Vec<String>,
    /// The rules above it, in the order in which it came below them.
    pub parents: Vec<u32>,
    /// The rules below it, in the order in which they are tried.
    pub children: Vec<u32>,
    /// How it counts, if it is a composite rule.
    pub composite: Option<Composite>,
    /// Composite rules that count its events, in load order.
    pub counted_by: Vec<u32>,
    /// What tests do with it, if they were run.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Option::is_none"))]
    pub tests: Option<RuleTests>,
    /// Information lines of its alerts.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Vec::is_empty"))]
    pub info: Vec<InfoFacts>,
    /// ATT&CK techniques, or a tactic and a technique with a colon between them.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Vec::is_empty"))]
    pub mitre: Vec<String>,
}

/// What a composite rule counts. The condition says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Composite {
    /// It fires at the event with this number.
    pub events: u64,
    /// Seconds.
    pub timeframe: u32,
    /// The rules whose events it counts, in load order; none if it counts by the text of the log, or
    /// if no such rule is loaded.
    pub counts: Vec<u32>,
}

/// A place in one of [`super::RuleTree::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Spot {
    /// Position of the file.
    pub file: usize,
    /// Line, from 1.
    pub line: usize,
    /// Byte column, from 1.
    pub column: usize,
}

#[cfg(feature = "cli")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The files that hold rules, in load order.
pub(super) fn files(sources: &Sources, ruleset: &Ruleset) -> Vec<String> {
    let ids = rule_files(ruleset);
    ids.iter()
        .map(|&id| words::plain(sources.get(id).path().into()))
        .collect()
}

fn rule_files(ruleset: &Ruleset) -> Vec<SourceId> {
    let rules = ruleset.rules.rules.iter();
    let definitions = rules.flat_map(|rule| &rule.definitions);
    let mut ids: Vec<SourceId> = definitions.map(|found| found.span.source).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The cards of all rules.
pub(super) fn cards(
    sources: &Sources,
    ruleset: &Ruleset,
    nodes: &[TreeNode],
    tops: &[Top],
) -> Vec<RuleCard> {
    let mut at_top = vec![false; ruleset.rules.rules.len()];
    for &node in tops.iter().flat_map(|top| &top.nodes) {
        at_top[nodes[node].rule] = true;
    }
    let files = rule_files(ruleset).into_iter().enumerate();
    let maker = Maker {
        sources,
        ruleset,
        files: files.map(|(position, id)| (id, position)).collect(),
        counting: Counting::new(ruleset),
    };
    let children = children_by_rule(ruleset.rules.rules.len(), nodes);
    let rules = ruleset.rules.iter();
    rules
        .zip(&children)
        .zip(&at_top)
        .map(|(((id, rule), children), &at_top)| maker.card(id, rule, children, at_top))
        .collect()
}

struct Maker<'r> {
    sources: &'r Sources,
    ruleset: &'r Ruleset,
    files: HashMap<SourceId, usize>,
    counting: Counting,
}

impl Maker<'_> {
    fn card(&self, id: RuleId, rule: &Rule, children: &[usize], at_top: bool) -> RuleCard {
        let ruleset = self.ruleset;
        let definitions = rule.definitions.iter();
        let mut spots = definitions.map(|definition| self.spot(definition.span));
        let tests = conditions::of(rule);
        let top = at_top.then(|| facts::top_condition(rule));
        let tests = tests
            .iter()
            .map(|test| ConditionFacts::new(ruleset, rule, test));
        let description = rule.description.as_ref();
        RuleCard {
            id: rule.sid.0,
            level: rule.level,
            description: description.map(|text| words::plain(text.as_ref())),
            context: false,
            groups: facts::groups(rule),
            category: rule.category.name(),
            alerts: facts::alerts(rule),
            noalert: rule.flags.noalert,
            defined_at: spots.next(),
            overwritten_at: spots.collect(),
            conditions: top.into_iter().chain(tests).collect(),
            consequences: facts::consequences(ruleset, rule),
            parents: self.ids(ruleset.rules.above(id).iter().copied()),
            children: self.ids(children.iter().map(|&child| RuleId(child as u32))),
            composite: self.composite(id, rule),
            counted_by: self.ids(self.counting.counted_by[id.index()].iter().copied()),
            tests: None,
            info: facts::info(rule),
            mitre: facts::mitre(rule),
        }
    }

    fn composite(&self, id: RuleId, rule: &Rule) -> Option<Composite> {
        let searches: Option<&Search> = rule.search.as_ref();
        searches.filter(|_| rule.correlation.counts)?;
        Some(Composite {
            events: u64::from(rule.correlation.frequency) + 2,
            timeframe: rule.correlation.timeframe,
            counts: self.ids(self.counting.counts[id.index()].iter().copied()),
        })
    }

    fn ids(&self, rules: impl Iterator<Item = RuleId>) -> Vec<u32> {
        rules.map(|id| self.ruleset.rules.get(id).sid.0).collect()
    }

    fn spot(&self, span: Span) -> Spot {
        let start = self.sources.start(span);
        Spot {
            file: self.files.get(&span.source).copied().unwrap_or_default(),
            line: start.line,
            column: start.column,
        }
    }
}
