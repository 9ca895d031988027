//! What the rules remember from event to event.

use super::Engine;
use super::correlate::Memory;
use super::fts::FirstTimeSeen;
use super::ignore::{IgnoreLines, LastLogs};
use super::previous::LineStore;
use super::snapshot::{Damaged, Reader, Writer};
use crate::ruleset::rule::RuleId;

/// Memory of the rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleState {
    pub(crate) memory: Memory,
    pub(crate) first_time_seen: FirstTimeSeen,
    pub(crate) last_logs: LastLogs,
    pub(crate) ignore_lines: IgnoreLines,
    /// Lines that rules keep, by the engine's plan.
    pub(crate) line_stores: Vec<LineStore>,
    /// How often each rule was the result.
    fired_times: Vec<u64>,
    /// When the silence of each rule began, in Unix seconds; 0: there is none.
    silent_since: Vec<i64>,
}

impl RuleState {
    pub(crate) fn new(engine: &Engine) -> Self {
        let rules = engine.ruleset.rules.rules.len();
        RuleState {
            memory: Memory::new(engine),
            line_stores: engine.line_stores.stores(),
            fired_times: vec![0; rules],
            silent_since: vec![0; rules],
            ..RuleState::default()
        }
    }

    pub(crate) fn fired(&mut self, rule: RuleId) {
        let times = &mut self.fired_times[rule.index()];
        *times = times.saturating_add(1);
    }

    pub(crate) fn fired_times(&self, rule: RuleId) -> u64 {
        self.fired_times[rule.index()]
    }

    /// The daemon counts anew with every hour.
    pub(crate) fn forget_fired_times(&mut self) {
        self.fired_times.fill(0);
    }

    /// The `ignore` attribute: is this match within the silence of the rule? In the manner of the test tool there are two alerts after each
    /// silence: the first ends it, the next begins another one. In the daemon one alert does both.
    pub(crate) fn is_silent(
        &mut self,
        rule: RuleId,
        seconds: u32,
        now: i64,
        silence_goes_on: bool,
    ) -> bool {
        let since = &mut self.silent_since[rule.index()];
        if seconds == 0 {
            return false;
        }
        if *since == 0 {
            *since = now;
        } else if now.saturating_sub(*since) < i64::from(seconds) {
            return true;
        } else {
            *since = if silence_goes_on { now } else { 0 };
        }
        false
    }

    /// When the silence of a rule ends, in Unix seconds.
    pub(crate) fn silent_until(&self, rule: RuleId, seconds: u32) -> i64 {
        self.silent_since[rule.index()].saturating_add(seconds.into())
    }

    pub(crate) fn save(&self, engine: &Engine, to: &mut Writer) {
        let RuleState {
            memory,
            first_time_seen,
            last_logs,
            ignore_lines,
            line_stores,
            fired_times,
            silent_since,
        } = self;
        memory.save(engine, to);
        first_time_seen.save(to);
        last_logs.save(to);
        ignore_lines.save(to);
        for store in line_stores {
            store.save(to);
        }
        let fired = fired_times.iter().copied().enumerate();
        to.sparse(fired.filter(|&(_, times)| times != 0), Writer::number);
        let silent = silent_since.iter().copied().enumerate();
        to.sparse(silent.filter(|&(_, since)| since != 0), Writer::time);
    }

    pub(crate) fn load(engine: &Engine, from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let rules = engine.ruleset.rules.rules.len();
        let mut state = RuleState {
            memory: Memory::load(engine, from)?,
            first_time_seen: FirstTimeSeen::load(from)?,
            last_logs: LastLogs::load(from)?,
            ignore_lines: IgnoreLines::load(from)?,
            line_stores: engine.line_stores.load(from)?,
            fired_times: vec![0; rules],
            silent_since: vec![0; rules],
        };
        for (rule, times) in from.sparse(rules, Reader::number)? {
            state.fired_times[rule] = times;
        }
        for (rule, since) in from.sparse(rules, Reader::time)? {
            state.silent_since[rule] = since;
        }
        Ok(state)
    }
}
