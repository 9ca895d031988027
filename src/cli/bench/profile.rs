//! Which decoders and rules the time goes to.

use std::cmp::Reverse;
use std::time::Instant;

use serde::Serialize;

use super::probes::Probe;
use crate::engine::Engine;
use crate::engine::conditions::Condition;
use crate::engine::trace::Trace;
use crate::page::facts::{ConditionFacts, Place};
use crate::page::words;
use crate::pattern::Pattern;
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::DecoderId;
use crate::ruleset::rule::{Rule, RuleId};
use crate::source::{Sources, Span};

/// What tests of one thing cost.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    tries: u64,
    matches: u64,
    nanoseconds: u64,
}

impl Cost {
    fn add(&mut self, since: Instant, matched: bool) {
        self.nanoseconds += since.elapsed().as_nanos() as u64;
        self.tries += 1;
        self.matches += u64::from(matched);
    }
}

/// Reads the clock before and behind every test of a decoder and of a rule.
pub(super) struct Profile {
    since: Instant,
    /// By the index of decoders.
    prematches: Vec<Cost>,
    regexes: Vec<Cost>,
    plugins: Vec<Cost>,
    /// By the index of rules.
    rules: Vec<Cost>,
    /// How often each condition of a rule was the one that failed.
    failed: Vec<Vec<u64>>,
}

impl Profile {
    /// Nothing was tried yet.
    pub(super) fn new(engine: &Engine) -> Self {
        let decoders = engine.ruleset().decoders.decoders.len();
        let rules = engine.ruleset().rules.rules.len();
        let conditions = (0..rules as u32).map(|rule| engine.conditions(RuleId(rule)).len());
        Profile {
            since: Instant::now(),
            prematches: vec![Cost::default(); decoders],
            regexes: vec![Cost::default(); decoders],
            plugins: vec![Cost::default(); decoders],
            rules: vec![Cost::default(); rules],
            failed: conditions.map(|count| vec![0; count]).collect(),
        }
    }

    /// What the profile says, with at most `top` entries in each list. `clock` are the nanoseconds
    /// that reading the clock adds to each test.
    pub(super) fn report(
        &self,
        engine: &Engine,
        sources: &Sources,
        clock: f64,
        top: usize,
    ) -> ProfileReport {
        let ruleset = engine.ruleset();
        let mut tests = Vec::new();
        for id in ruleset.decoders.ids() {
            let costs = [&self.prematches, &self.regexes, &self.plugins];
            for (what, costs) in [Tested::Prematch, Tested::Regex, Tested::Plugin]
                .into_iter()
                .zip(costs)
            {
                tests.push((what(id), costs[id.index()]));
            }
        }
        for (index, &cost) in self.rules.iter().enumerate() {
            tests.push((Tested::Rule(RuleId(index as u32)), cost));
        }
        tests.retain(|(_, cost)| cost.tries > 0);
        let seconds = |cost: &Cost| {
            let nanoseconds = cost.nanoseconds as f64 - cost.tries as f64 * clock;
            nanoseconds.max(0.0) / 1e9
        };
        let total: f64 = tests.iter().map(|(_, cost)| seconds(cost)).sum();
        let entry = |(tested, cost): &(Tested, Cost)| {
            let seconds = seconds(cost);
            self.entry(engine, sources, *tested, *cost, seconds, total)
        };
        let mut never: Vec<_> = tests.iter().filter(|(_, cost)| cost.matches == 0).collect();
        never.sort_by_key(|(_, cost)| Reverse(cost.tries));
        let never_matched = never.len();
        let never = never.into_iter().take(top).map(entry).collect();
        tests.sort_by(|(_, a), (_, b)| seconds(b).total_cmp(&seconds(a)));
        let untried = |costs: &[&Vec<Cost>]| {
            let count = costs[0].len();
            let is_untried = |index: &usize| costs.iter().all(|list| list[*index].tries == 0);
            (0..count).filter(is_untried).count()
        };
        ProfileReport {
            seconds: total,
            tested: tests.len(),
            never_matched,
            untried_decoders: untried(&[&self.prematches, &self.regexes, &self.plugins]),
            untried_rules: untried(&[&self.rules]),
            by_time: tests.iter().take(top).map(entry).collect(),
            without_a_match: never,
        }
    }

    fn entry(
        &self,
        engine: &Engine,
        sources: &Sources,
        tested: Tested,
        cost: Cost,
        seconds: f64,
        total: f64,
    ) -> Entry {
        let Cost { tries, matches, .. } = cost;
        let ruleset = engine.ruleset();
        let named = tested.named(ruleset);
        let decoder = |id| ruleset.decoders.get(id);
        let tests = match tested {
            Tested::Prematch(id) => {
                let name = decoder(id).program_name.as_ref();
                let prematch = decoder(id).prematch.as_ref();
                let both = [("program_name", name), ("prematch", prematch)];
                let both = both.into_iter();
                both.filter_map(|(element, pattern)| Some(Test::new(element, shown(pattern?))))
                    .collect()
            }
            Tested::Regex(id) => {
                let regex = decoder(id).regex.as_ref();
                regex
                    .map(|regex| Test::new("regex", shown(regex)))
                    .into_iter()
                    .collect()
            }
            Tested::Plugin(_) => vec![Test {
                element: "plugin_decoder",
                pattern: None,
            }],
            Tested::Rule(id) => self.decisive(engine, id).into_iter().collect(),
        };
        Entry {
            kind: tested.kind(),
            name: named.name,
            tests,
            place: named.span.map(|span| Place::of(sources, span)),
            tries,
            matches,
            seconds,
            share: if total > 0.0 { seconds / total } else { 0.0 },
        }
    }

    /// The condition of a rule that decides: the one that fails most often; in a rule that never
    /// fails the first.
    fn decisive(&self, engine: &Engine, id: RuleId) -> Option<Test> {
        let ruleset = engine.ruleset();
        let rule = ruleset.rules.get(id);
        let failed = self.failed[id.index()].iter().enumerate();
        let most = failed.max_by_key(|&(position, count)| (count, Reverse(position)));
        let condition = engine.conditions(id).get(most?.0)?;
        let facts = ConditionFacts::new(ruleset, rule, condition);
        let pattern = match (condition, &rule.conditions.decoded_as) {
            (Condition::DecodedAs(_), Some((_, name))) => Some(words::plain(name.bytes())),
            _ => facts.pattern,
        };
        Some(Test {
            element: facts.element,
            pattern,
        })
    }
}

/// A pattern as written.
fn shown(pattern: &Pattern) -> String {
    words::plain(pattern.text())
}

impl Trace for Profile {
    fn decoder_begins(&mut self) {
        self.since = Instant::now();
    }

    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        self.prematches[decoder.index()].add(self.since, matched);
    }

    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        self.regexes[decoder.index()].add(self.since, matched);
    }

    fn decoder_plugin(&mut self, decoder: DecoderId) {
        self.plugins[decoder.index()].add(self.since, true);
    }

    fn rule(&mut self, _: RuleId) {
        self.since = Instant::now();
    }

    fn condition_failed(&mut self, rule: RuleId, condition: usize) {
        self.rules[rule.index()].add(self.since, false);
        if let Some(failed) = self.failed[rule.index()].get_mut(condition) {
            *failed += 1;
        }
    }

    fn rule_matched(&mut self, rule: RuleId) {
        self.rules[rule.index()].add(self.since, true);
    }
}

impl Probe for Profile {}

/// Something that is tried.
#[derive(Clone, Copy, Debug)]
enum Tested {
    Prematch(DecoderId),
    Regex(DecoderId),
    Plugin(DecoderId),
    Rule(RuleId),
}

/// What a tested thing is called, and where it stands.
struct Named {
    name: String,
    span: Option<Span>,
}

impl Tested {
    fn kind(self) -> &'static str {
        match self {
            Tested::Rule(_) => "rule",
            _ => "decoder",
        }
    }

    fn named(self, ruleset: &Ruleset) -> Named {
        match self {
            Tested::Prematch(id) | Tested::Regex(id) | Tested::Plugin(id) => {
                let decoder = ruleset.decoders.get(id);
                Named {
                    name: words::plain(decoder.name.bytes()),
                    span: Some(decoder.span),
                }
            }
            Tested::Rule(id) => {
                let rule: &Rule = ruleset.rules.get(id);
                Named {
                    name: rule.sid.to_string(),
                    // The first counts for the place in the tree, the last for what it tests.
                    span: rule.definitions.last().map(|definition| definition.span),
                }
            }
        }
    }
}

/// Decoders and rules by what they cost.
#[derive(Debug, Serialize)]
pub(super) struct ProfileReport {
    /// Time of all tests.
    pub(super) seconds: f64,
    /// How many things were tried at all.
    pub(super) tested: usize,
    /// How many of them never matched.
    pub(super) never_matched: usize,
    pub(super) untried_decoders: usize,
    pub(super) untried_rules: usize,
    /// Most expensive first.
    pub(super) by_time: Vec<Entry>,
    /// What never matched, most tried first.
    pub(super) without_a_match: Vec<Entry>,
}

/// An element that tests something.
#[derive(Debug, Serialize)]
pub(super) struct Test {
    pub(super) element: &'static str,
    /// Its pattern as written, or the name in it.
    pub(super) pattern: Option<String>,
}

impl Test {
    pub(super) fn new(element: &'static str, pattern: String) -> Self {
        Test {
            element,
            pattern: Some(pattern),
        }
    }
}

/// One thing that was tried.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// `decoder` or `rule`.
    pub(super) kind: &'static str,
    /// Name or id.
    pub(super) name: String,
    /// What is tested, of a rule the condition that fails most often.
    pub(super) tests: Vec<Test>,
    pub(super) place: Option<Place>,
    pub(super) tries: u64,
    pub(super) matches: u64,
    pub(super) seconds: f64,
    /// Part of the time of all tests, 0 to 1.
    pub(super) share: f64,
}
