//! Which rules and decoders of a ruleset the cases of a suite reach.

use std::sync::Arc;

use super::{Case, Runner};
use crate::engine::trace::Trace;
use crate::engine::{Engine, SessionOptions};
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::{Decoder, DecoderId};
use crate::ruleset::rule::{Rule, RuleId};

/// What was reached, as a sink of the engine's trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// By [`RuleId`].
    rules: Vec<RuleUse>,
    /// By [`DecoderId`]: how often it matched.
    decoders: Vec<u64>,
    /// Whether the regex of a decoder must match, too.
    has_regex: Vec<bool>,
    /// By [`RuleId`]: the last case in which it was a result, from 1.
    last_case: Vec<u64>,
    /// The current case.
    case: u64,
}

/// How the cases use a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleUse {
    /// How often all its conditions held: as a result, or on the way to a rule below it.
    pub matched: u64,
    /// How often it was the rule of an event.
    pub results: u64,
    /// In how many cases it was.
    pub cases: u32,
}

impl Coverage {
    /// Nothing of this ruleset.
    pub fn new(ruleset: &Ruleset) -> Self {
        let decoders = &ruleset.decoders.decoders;
        Coverage {
            rules: vec![RuleUse::default(); ruleset.rules.rules.len()],
            decoders: vec![0; decoders.len()],
            has_regex: decoders.iter().map(|one| one.regex.is_some()).collect(),
            last_case: vec![0; ruleset.rules.rules.len()],
            case: 0,
        }
    }

    /// How a rule is used.
    pub fn rule(&self, id: RuleId) -> RuleUse {
        self.rules.get(id.index()).copied().unwrap_or_default()
    }

    /// How often a decoder matched, its regex included.
    pub fn decoder(&self, id: DecoderId) -> u64 {
        self.decoders.get(id.index()).copied().unwrap_or_default()
    }

    /// All rules with their use, in load order.
    pub fn rules<'r>(
        &self,
        ruleset: &'r Ruleset,
    ) -> impl Iterator<Item = (&'r Rule, RuleUse)> + use<'r, '_> {
        ruleset.rules.rules.iter().zip(self.rules.iter().copied())
    }

    /// All decoders and how often they matched, in load order.
    pub fn decoders<'r>(
        &self,
        ruleset: &'r Ruleset,
    ) -> impl Iterator<Item = (&'r Decoder, u64)> + use<'r, '_> {
        let uses = self.decoders.iter().copied();
        ruleset.decoders.decoders.iter().zip(uses)
    }

    /// Adds what other cases reached. Both must be of the same ruleset.
    pub fn add(&mut self, other: &Coverage) {
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.matched += theirs.matched;
            mine.results += theirs.results;
            mine.cases += theirs.cases;
        }
        for (mine, theirs) in self.decoders.iter_mut().zip(&other.decoders) {
            *mine += theirs;
        }
    }

    pub(super) fn begin_case(&mut self) {
        self.case += 1;
    }

    pub(super) fn result(&mut self, id: RuleId) {
        let rule = self.rules.get_mut(id.index());
        let (Some(rule), Some(last)) = (rule, self.last_case.get_mut(id.index())) else {
            return;
        };
        rule.results += 1;
        if *last != self.case {
            *last = self.case;
            rule.cases += 1;
        }
    }

    fn decoder_matched(&mut self, id: DecoderId) {
        if let Some(count) = self.decoders.get_mut(id.index()) {
            *count += 1;
        }
    }
}

impl Trace for Coverage {
    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        let waits = self.has_regex.get(decoder.index()) == Some(&true);
        if matched && !waits {
            self.decoder_matched(decoder);
        }
    }

    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        if matched {
            self.decoder_matched(decoder);
        }
    }

    fn rule_matched(&mut self, rule: RuleId) {
        if let Some(rule) = self.rules.get_mut(rule.index()) {
            rule.matched += 1;
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
