//! The evaluation with its filters against the plain one, which tries every member of every list.
//!
//! Random rulesets and lines are made of one small vocabulary ([`vocabulary`]), so that decoders and
//! rules hit often; what is drawn becomes XML in the language of each dialect ([`decoders`],
//! [`rules`]) and goes through the whole load. Compared is everything that a verdict says, what
//! matched on the way, and the state of the session at the end. A third session finishes events that
//! were all prepared before, as threads do; two more are traced step by step, where the index may save
//! nothing.

mod decoders;
mod patterns;
mod rules;
mod vocabulary;

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::trace::{Step, Steps, Trace};
use super::{Engine, Mode, Moment, Prepared, Rejection, Session, SessionOptions};
use crate::config::{self, Inputs};
use crate::dialect::Dialect;
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::DecoderId;
use crate::ruleset::rule::RuleId;
use crate::verdict::Verdict;
use decoders::Families;
use rules::RuleDrafts;

/// Random rulesets; each runs in every dialect.
const CASES: u32 = 1000;

/// The evaluation that is tested.
fn tested(ruleset: &Ruleset) -> Arc<Engine> {
    Arc::new(Engine::new(ruleset.clone()))
}

/// The evaluation that it is compared with.
fn plain(ruleset: &Ruleset) -> Arc<Engine> {
    Arc::new(Engine::plain(ruleset.clone()))
}

/// A ruleset and events for it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    families: Families,
    rules: RuleDrafts,
    mode: Mode,
    /// Seconds since the one before, where it comes from, the line.
    events: Vec<(i64, &'static str, Vec<u8>)>,
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let mode = prop_oneof![2 => Just(Mode::TestTool), 1 => Just(Mode::Daemon)];
    let seconds = prop_oneof![20 => 0..4i64, 1 => 100..9000i64];
    let location = prop::sample::select(vec!["stdin", "/var/log/x", "(w1) 10.0.0.1->/var/log/x"]);
    let event = (seconds, location, vocabulary::line());
    let events = prop::collection::vec(event, 4..40);
    (decoders::families(), rules::drafts(), mode, events).prop_map(
        |(families, rules, mode, events)| Case {
            families,
            rules,
            mode,
            events,
        },
    )
}

impl Case {
    /// Its files.
    pub(crate) fn inputs(&self, dialect: Dialect) -> Inputs {
        let decoders = self.families.xml(dialect);
        let rules = self.rules.xml(dialect, &self.families);
        let files = vec![
            ("d.xml".to_owned(), decoders.into_bytes()),
            ("r.xml".to_owned(), rules.into_bytes()),
            (
                vocabulary::LIST.to_owned(),
                vocabulary::LIST_TEXT.as_bytes().to_vec(),
            ),
        ];
        config::from_files(files, Some(dialect))
    }

    /// What is wrong with a part of it costs only that part.
    fn ruleset(&self, dialect: Dialect) -> (Ruleset, usize) {
        let inputs = self.inputs(dialect);
        let (ruleset, problems) = crate::ruleset::build(&inputs);
        let errors = problems.iter().filter(|problem| problem.is_error()).count();
        (ruleset, errors)
    }

    pub(crate) fn session(&self, engine: &Arc<Engine>) -> Session {
        let options = SessionOptions {
            mode: self.mode,
            ..SessionOptions::default()
        };
        Session::new(Arc::clone(engine), options)
    }

    /// The events with their moments.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Moment, &[u8], &[u8])> {
        let mut seconds = 1_700_000_000;
        self.events.iter().map(move |(later, location, line)| {
            seconds += later;
            let at = Moment {
                seconds,
                utc_offset: 3600,
            };
            (at, location.as_bytes(), line.as_slice())
        })
    }
}

/// All that a verdict says.
fn told(verdict: Result<Verdict<'_>, Rejection>) -> String {
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(rejection) => return format!("{rejection:?}"),
    };
    let decoding = (
        verdict.hostname(),
        verdict.program_name(),
        verdict.log(),
        verdict.decoder(),
        verdict.decoder_name(),
        verdict.decoder_parent(),
        verdict.printed_fields().collect::<Vec<_>>(),
        verdict.values(),
        verdict.dynamic_fields().collect::<Vec<_>>(),
        verdict.category(),
        verdict.accumulated(),
    );
    let rule = (
        verdict.rule().map(|rule| (rule.sid, rule.level)),
        verdict.rule_id(),
        verdict.alert(),
        verdict.counts(),
        verdict.fired_times(),
        verdict.description(),
        verdict.excess(),
        verdict.previous_log(),
        verdict.previous_lines().collect::<Vec<_>>(),
    );
    format!("{decoding:?} {rule:?}")
}

/// What matched on the way, and the regexes that were tried; which others were tried may differ.
#[derive(Default)]
struct Matched(Vec<Step>);

impl Trace for Matched {
    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        if matched {
            self.0.push(Step::Decoder(decoder, matched));
        }
    }

    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        self.0.push(Step::DecoderRegex(decoder, matched));
    }

    fn rule_matched(&mut self, rule: RuleId) {
        self.0.push(Step::RuleMatched(rule));
    }

    fn children(&mut self, rule: RuleId) {
        self.0.push(Step::Children(rule));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn filters_change_nothing(case in case()) {
        for dialect in Dialect::ALL {
            let (ruleset, _) = case.ruleset(dialect);
            let (tested, plain) = (tested(&ruleset), plain(&ruleset));
            let mut sessions = [&tested, &plain].map(|engine| case.session(engine));
            let mut traced = [&tested, &plain].map(|engine| case.session(engine));
            let mut later = case.session(&tested);
            let mut preparer = later.preparer();
            let mut prepared: Vec<Prepared> = case.events().map(|(at, location, line)| {
                let mut prepared = Prepared::new(Arc::clone(&tested));
                preparer.prepare(&mut prepared, location, line, at);
                prepared
            }).collect();
            for ((at, location, line), prepared) in case.events().zip(&mut prepared) {
                let [one, other] = sessions.each_mut().map(|session| {
                    let mut matched = Matched::default();
                    let verdict = session.evaluate_traced(location, line, at, &mut matched);
                    (told(verdict), matched.0)
                });
                prop_assert_eq!(&one, &other, "{} on {:?}", dialect, bstr::BStr::new(line));
                let third = told(later.finish(prepared));
                prop_assert_eq!(&third, &other.0, "{} on {:?}", dialect, bstr::BStr::new(line));
                let [all, expected] = traced.each_mut().map(|session| {
                    let mut steps = Steps::default();
                    let verdict = session.evaluate_traced(location, line, at, &mut steps);
                    (told(verdict), steps.0)
                });
                prop_assert_eq!(&all, &expected, "{} traces {:?}", dialect, bstr::BStr::new(line));
                prop_assert_eq!(&all.0, &other.0, "{} on {:?}", dialect, bstr::BStr::new(line));
            }
            let [one, other] = sessions.map(|session| session.snapshot());
            prop_assert!(one == other, "{dialect}: the sessions differ at the end");
            prop_assert!(later.snapshot() == other, "{dialect}: prepared before, it differs");
        }
    }
}

/// How deep a rule stands at least; the top is 1.
fn depth(ruleset: &Ruleset, wanted: RuleId) -> usize {
    let rules = &ruleset.rules;
    let mut level = rules.top.clone();
    let mut depth = 1;
    while !level.is_empty() {
        if level.iter().any(|&node| rules.node(node).rule == wanted) {
            return depth;
        }
        let children = |node| rules.node(node).children.clone();
        level = level.into_iter().flat_map(children).collect();
        depth += 1;
    }
    0
}

/// The comparison is worth something: rulesets load, decoders and deep rules match.
#[test]
fn deep_rules_match_often() {
    let mut runner = TestRunner::deterministic();
    let strategy = case();
    for dialect in Dialect::ALL {
        let mut reached = Reached::default();
        for _ in 0..150 {
            let case = strategy.new_tree(&mut runner).unwrap().current();
            let (ruleset, errors) = case.ruleset(dialect);
            reached.rulesets += 1;
            reached.sound += usize::from(errors == 0);
            let engine = plain(&ruleset);
            let mut session = case.session(&engine);
            for (at, location, line) in case.events() {
                reached.events += 1;
                let Ok(verdict) = session.evaluate(location, line, at) else {
                    continue;
                };
                reached.decoded += usize::from(verdict.decoder_name().is_some());
                reached.with_fields += usize::from(!verdict.values().is_empty());
                let Some(rule) = verdict.rule_id() else {
                    continue;
                };
                let depth = depth(&ruleset, rule);
                reached.deep += usize::from(depth > 2);
                reached.deeper += usize::from(depth > 3);
                let rule = ruleset.rules.get(rule);
                reached.composite += usize::from(rule.search.is_some());
            }
        }
        println!("{dialect}: {reached:?}");
        let share = |part: usize| part * 100 / reached.events;
        assert!(reached.sound * 100 / reached.rulesets >= 80, "{reached:?}");
        assert!(share(reached.decoded) >= 40, "{reached:?}");
        assert!(share(reached.with_fields) >= 15, "{reached:?}");
        assert!(share(reached.deep) >= 15, "{reached:?}");
        assert!(share(reached.deeper) >= 3, "{reached:?}");
        assert!(reached.composite >= 10, "{reached:?}");
    }
}

/// How far events get.
#[derive(Debug, Default)]
struct Reached {
    rulesets: usize,
    /// Without any error.
    sound: usize,
    events: usize,
    decoded: usize,
    with_fields: usize,
    /// The rule stands below the second level.
    deep: usize,
    deeper: usize,
    /// The rule is composite.
    composite: usize,
}
