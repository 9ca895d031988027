//! Counts of decoders and rules.

use crate::engine::trace::Trace;
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::{Decoder, DecoderId};
use crate::ruleset::rule::RuleId;
use crate::verdict::Verdict;

/// How often events came to a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCount {
    /// Events for which all its conditions held, at any of its places.
    pub matched: u64,
    /// Events whose result it was.
    pub results: u64,
    /// Events that raised an alert with it.
    pub alerts: u64,
    /// The last event that matched: a rule may have several places.
    last: u64,
}

/// How often events came to a decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecoderCount {
    /// Events for which its program name and prematch held, or its regex.
    pub matched: u64,
    /// Events for which its regex held, or its plugin ran.
    pub extracted: u64,
    last: u64,
    last_extracted: u64,
}

impl DecoderCount {
    /// Events that reached the decoder: those for which its regex held or its plugin ran, if it has
    /// one, else those for which it matched.
    pub fn reached(&self, decoder: &Decoder) -> u64 {
        match decoder.regex.is_some() || decoder.plugin.is_some() {
            true => self.extracted,
            false => self.matched,
        }
    }
}

/// Counts of all decoders and rules of a ruleset.
#[derive(Clone, Debug)]
pub struct Reached {
    events: u64,
    rules: Vec<RuleCount>,
    decoders: Vec<DecoderCount>,
}

impl Reached {
    /// Nothing was reached yet.
    pub fn new(ruleset: &Ruleset) -> Self {
        Reached {
            events: 0,
            rules: vec![RuleCount::default(); ruleset.rules.rules.len()],
            decoders: vec![DecoderCount::default(); ruleset.decoders.decoders.len()],
        }
    }

    /// The next event begins: to be called before each one, so that none is counted twice.
    pub fn begin(&mut self) {
        self.events += 1;
    }

    /// What came of the event.
    pub fn end(&mut self, verdict: &Verdict<'_>) {
        if let Some(id) = verdict.rule_id()
            && let Some(count) = self.rules.get_mut(id.index())
        {
            count.results += 1;
            count.alerts += u64::from(verdict.alert());
        }
    }

    /// Adds the counts of other events. Both must be of the same ruleset.
    pub fn add(&mut self, other: &Reached) {
        self.events += other.events;
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.matched += theirs.matched;
            mine.results += theirs.results;
            mine.alerts += theirs.alerts;
        }
        for (mine, theirs) in self.decoders.iter_mut().zip(&other.decoders) {
            mine.matched += theirs.matched;
            mine.extracted += theirs.extracted;
        }
    }

    /// All events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The counts of a rule.
    pub fn rule(&self, id: RuleId) -> RuleCount {
        self.rules.get(id.index()).copied().unwrap_or_default()
    }

    /// The counts of a decoder.
    pub fn decoder(&self, id: DecoderId) -> DecoderCount {
        self.decoders.get(id.index()).copied().unwrap_or_default()
    }

    /// The counts of all rules, in load order.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, RuleCount)> + '_ {
        let ids = (0..).map(RuleId);
        ids.zip(self.rules.iter().copied())
    }

    /// The counts of all decoders, in load order.
    pub fn decoders(&self) -> impl Iterator<Item = (DecoderId, DecoderCount)> + '_ {
        let ids = (0..).map(DecoderId);
        ids.zip(self.decoders.iter().copied())
    }

    fn decoder_matched(&mut self, id: DecoderId, extracted: bool) {
        let event = self.events;
        let Some(count) = self.decoders.get_mut(id.index()) else {
            return;
        };
        count.matched += u64::from(count.last != event);
        count.last = event;
        if extracted {
            count.extracted += u64::from(count.last_extracted != event);
            count.last_extracted = event;
        }
    }
}

impl Trace for Reached {
    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        if matched {
            self.decoder_matched(decoder, false);
        }
    }

    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        if matched {
            self.decoder_matched(decoder, true);
        }
    }

    fn decoder_plugin(&mut self, decoder: DecoderId) {
        self.decoder_matched(decoder, true);
    }

    fn rule_matched(&mut self, rule: RuleId) {
        let event = self.events;
        if let Some(count) = self.rules.get_mut(rule.index()) {
            count.matched += u64::from(count.last != event);
            count.last = event;
        }
    }
}
