//! What tests of the ruleset do with its rules.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::RuleTree;
use crate::engine::{Engine, SessionOptions};
use crate::page::words;
use crate::ruleset::rule::Sid;
use crate::source::Sources;
use crate::suite::{Case, Expectation, Runner, Status, Suite, Wanted};

/// So many tests of a rule are named; the others are counted.
const MOST_NAMES: usize = 20;

/// All tests together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Tests {
    /// How many there are.
    pub cases: usize,
    /// How many of them fail.
    pub failed: usize,
}

/// What tests do with a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleTests {
    /// How often all its conditions held: as the result of an event, or on the way to a rule below.
    pub matched: u64,
    /// How often it was the result.
    pub results: u64,
    /// Tests in which it was the result, or should have been: those that fail, and the first ones.
    pub cases: Vec<TestCase>,
    /// How many are not in `cases`.
    pub more: usize,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// File and line.
    pub place: String,
    /// What came of it.
    pub status: TestStatus,
}

/// What came of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "lowercase"))]
pub enum TestStatus {
    /// It passed.
    Passed,
    /// It did not.
    Failed,
    /// It did not, which is known.
    Todo,
}

impl RuleTree {
    /// Runs the tests of a file and notes for each rule what they do with it. The engine must be
    /// that of the tree's ruleset; rules are told apart by their ids.
    pub fn add_tests(
        &mut self,
        engine: &Arc<Engine>,
        options: &SessionOptions,
        sources: &Sources,
        suite: &Suite,
    ) {
        let mut totals = self.tests.unwrap_or_default();
        let mut by_id: HashMap<u32, usize> = HashMap::new();
        for (position, card) in self.rules.iter_mut().enumerate() {
            by_id.entry(card.id).or_insert(position);
            card.tests.get_or_insert_default();
        }
        for case in &suite.cases {
            // A runner of its own, so that it has covered only this.
            let mut runner = Runner::new(Arc::clone(engine), options.clone());
            let status = runner.run(case).status;
            totals.cases += 1;
            totals.failed += usize::from(status == Status::Failed);
            let mut named = expected(case);
            for (rule, uses) in runner.coverage().rules(engine.ruleset()) {
                let card = by_id.get(&rule.sid.0).map(|&card| &mut self.rules[card]);
                if let Some(tests) = card.and_then(|card| card.tests.as_mut()) {
                    tests.matched += uses.matched;
                    tests.results += uses.results;
                }
                if uses.results > 0 {
                    named.insert(rule.sid);
                }
            }
            let start = sources.start(case.place);
            let path = sources.get(case.place.source).path();
            let test = TestCase {
                name: words::plain(case.name.as_str().into()),
                place: words::plain(format!("{path}:{}", start.line).as_str().into()),
                status: match status {
                    Status::Passed | Status::TodoPassed => TestStatus::Passed,
                    Status::Failed => TestStatus::Failed,
                    Status::Todo => TestStatus::Todo,
                },
            };
            for sid in named {
                let card = by_id.get(&sid.0).map(|&card| &mut self.rules[card]);
                if let Some(tests) = card.and_then(|card| card.tests.as_mut()) {
                    tests.add(&test);
                }
            }
        }
        self.tests = Some(totals);
    }
}

impl RuleTests {
    /// One of its tests fails.
    pub fn fails(&self) -> bool {
        let mut cases = self.cases.iter();
        cases.any(|test| test.status == TestStatus::Failed)
    }

    fn add(&mut self, test: &TestCase) {
        self.cases.push(test.clone());
        if self.cases.len() > MOST_NAMES {
            // Those that fail are the ones that somebody looks for.
            let passed = |test: &TestCase| test.status != TestStatus::Failed;
            let last = self.cases.len() - 1;
            let position = self.cases.iter().rposition(passed).unwrap_or(last);
            self.cases.remove(position);
            self.more += 1;
        }
    }
}

/// The rules that a case wants as results.
fn expected(case: &Case) -> BTreeSet<Sid> {
    let events = case.events.iter();
    let expectations = events.flat_map(|event| event.before.iter().chain(&event.expect));
    let rule = |expectation: &Expectation| match &expectation.wanted {
        Wanted::Rule(id) => *id,
        Wanted::UnitTest(test) if test.holds => std::str::from_utf8(&test.rule).ok()?.parse().ok(),
        _ => None,
    };
    expectations.filter_map(rule).map(Sid).collect()
}
