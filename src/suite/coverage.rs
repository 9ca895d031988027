//! Which rules and decoders of a ruleset the cases of a suite reach.

use std::sync::Arc;

use super::{Case, Runner};
use crate::coverage::Reached;
use crate::engine::{Engine, SessionOptions};
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::Decoder;
use crate::ruleset::rule::{Rule, RuleId};
use crate::verdict::Verdict;

/// What was reached, as a sink of the engine's trace.
#[derive(Clone, Debug)]
pub struct Coverage {
    reached: Reached,
    /// By [`RuleId`].
    cases: Vec<Cases>,
    /// The current case.
    case: u64,
}

/// The cases in which a rule was a result.
#[derive(Clone, Copy, Debug, Default)]
struct Cases {
    count: u32,
    /// The last one, from 1.
    last: u64,
}

/// How the cases use a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleUse {
    /// Events for which all its conditions held: as a result, or on the way to a rule below it.
    pub matched: u64,
    /// Events whose result it was.
    pub results: u64,
    /// In how many cases it was.
    pub cases: u32,
}

impl Coverage {
    /// Nothing of this ruleset.
    pub fn new(ruleset: &Ruleset) -> Self {
        Coverage {
            reached: Reached::new(ruleset),
            cases: vec![Cases::default(); ruleset.rules.rules.len()],
            case: 0,
        }
    }

    /// All rules with their use, in load order.
    pub fn rules<'r>(
        &self,
        ruleset: &'r Ruleset,
    ) -> impl Iterator<Item = (&'r Rule, RuleUse)> + use<'r, '_> {
        let counts = self.reached.rules().zip(&self.cases);
        counts.map(|((id, count), cases)| {
            let uses = RuleUse {
                matched: count.matched,
                results: count.results,
                cases: cases.count,
            };
            (ruleset.rules.get(id), uses)
        })
    }

    /// All decoders and for how many events they matched, their regexes included, in load order.
    pub fn decoders<'r>(
        &self,
        ruleset: &'r Ruleset,
    ) -> impl Iterator<Item = (&'r Decoder, u64)> + use<'r, '_> {
        self.reached.decoders().map(|(id, count)| {
            let decoder = ruleset.decoders.get(id);
            (decoder, count.reached(decoder))
        })
    }

    /// Adds what other cases reached. Both must be of the same ruleset.
    pub fn add(&mut self, other: &Coverage) {
        self.reached.add(&other.reached);
        for (mine, theirs) in self.cases.iter_mut().zip(&other.cases) {
            mine.count += theirs.count;
        }
    }

    pub(super) fn begin_case(&mut self) {
        self.case += 1;
    }

    /// The next event; what comes of it is told to the sink.
    pub(super) fn begin(&mut self) -> &mut Reached {
        self.reached.begin();
        &mut self.reached
    }

    pub(super) fn end(&mut self, verdict: &Verdict<'_>) {
        self.reached.end(verdict);
        let cases = verdict.rule_id().map(RuleId::index);
        if let Some(cases) = cases.and_then(|id| self.cases.get_mut(id))
            && cases.last != self.case
        {
            cases.last = self.case;
            cases.count += 1;
        }
    }
}

/// Runs cases only to learn which rules and decoders they reach.
///
/// ```
/// use std::sync::Arc;
/// use ossia::{Engine, Ruleset, SessionOptions};
/// use ossia::suite::cover;
///
/// let engine = Arc::new(Engine::new(Ruleset::embedded()?));
/// let coverage = cover(Arc::clone(&engine), SessionOptions::default(), &[]);
/// assert!(coverage.rules(engine.ruleset()).all(|(_, uses)| uses.cases == 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cover<'c>(
    engine: Arc<Engine>,
    options: SessionOptions,
    cases: impl IntoIterator<Item = &'c Case>,
) -> Coverage {
    let mut runner = Runner::new(engine, options);
    for case in cases {
        runner.run(case);
    }
    runner.into_coverage()
}
