//! The part of an evaluation that depends on the events before: what a session remembers, the rest
//! of phase 3, and what happens with the rule (`spec/rules.md` §10).

use super::Engine;
use super::accumulate::Accumulator;
use super::category::Categories;
use super::daemon::DaemonState;
use super::event::Event;
use super::index::Texts;
use super::prepare::{Prepared, Rejection};
use super::rules::{self, Found};
use super::session::Mode;
use super::snapshot::{Damaged, Reader, Writer};
use super::state::RuleState;
use super::trace::{Stage, Trace};
use crate::ruleset::rule::RuleId;
use crate::verdict::{Conclusion, Outcome, Verdict};

/// Everything that events leave behind for later ones.
#[derive(Clone, Debug)]
pub(super) struct SessionState {
    categories: Categories,
    pub(super) rules: RuleState,
    accumulator: Accumulator,
    /// Only of one event.
    texts: Texts,
    /// Nothing in the test tool.
    pub(super) daemon: Option<Box<DaemonState>>,
}

/// Whether the accumulator has seen the event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accumulation {
    Due,
    Done,
}

impl SessionState {
    pub(super) fn new(engine: &Engine, mode: Mode) -> Self {
        SessionState {
            categories: Categories::new(engine),
            rules: RuleState::new(engine),
            accumulator: Accumulator::default(),
            texts: Texts::default(),
            daemon: match mode {
                Mode::TestTool => None,
                Mode::Daemon => Some(Box::default()),
            },
        }
    }

    /// Completes an event after phase 2, without rules.
    pub(super) fn finish_decoding<'p>(
        &mut self,
        prepared: &'p mut Prepared,
    ) -> Result<Verdict<'p>, Rejection> {
        self.settle(prepared)?;
        self.accumulate(&prepared.engine, &mut prepared.event, Accumulation::Due);
        Ok(prepared.verdict())
    }

    /// Completes an event.
    pub(super) fn finish<'p, T: Trace>(
        &mut self,
        prepared: &'p mut Prepared,
        trace: &mut T,
    ) -> Result<Verdict<'p>, Rejection> {
        self.run(prepared, Accumulation::Due, trace)
    }

    /// Completes an event that was decoded before: the accumulator has seen it.
    pub(super) fn finish_decoded<'p, T: Trace>(
        &mut self,
        prepared: &'p mut Prepared,
        trace: &mut T,
    ) -> Result<Verdict<'p>, Rejection> {
        self.run(prepared, Accumulation::Done, trace)
    }

    fn run<'p, T: Trace>(
        &mut self,
        prepared: &'p mut Prepared,
        accumulation: Accumulation,
        trace: &mut T,
    ) -> Result<Verdict<'p>, Rejection> {
        self.settle(prepared)?;
        let Prepared {
            engine,
            event,
            walk,
            conclusion,
            ..
        } = &mut *prepared;
        if self.daemon.is_some() {
            self.run_daemon_steps(engine, event, accumulation)?;
        } else {
            self.accumulate(engine, event, accumulation);
        }
        trace.stage(Stage::State);
        self.texts.begin();
        let found = rules::finish(engine, &mut self.rules, &mut self.texts, event, walk, trace);
        trace.stage(Stage::Rules);
        if let Some(found) = found
            && let Some(store) = engine
                .line_stores
                .find(&mut self.rules.line_stores, found.rule)
        {
            store.give_to(event);
        }
        let rule = found.and_then(|found| self.conclude(engine, event, found, trace));
        trace.stage(Stage::State);
        *conclusion = Conclusion {
            rule,
            fired_times: rule.map_or(0, |(rule, _)| self.rules.fired_times(rule)),
            excess: self.daemon.as_ref().and_then(|daemon| daemon.excess),
        };
        trace.stage(Stage::State);
        Ok(prepared.verdict())
    }

    /// Lets go of a rejected event. The categories of plugin decoders come from here.
    fn settle(&mut self, prepared: &mut Prepared) -> Result<(), Rejection> {
        if let Some(rejection) = prepared.rejection {
            return Err(rejection);
        }
        if prepared.engine.moving.holds(&prepared.event) {
            self.categories.settle(&mut prepared.event);
        }
        Ok(())
    }

    /// What the daemon does between decoding and the rules.
    fn run_daemon_steps(
        &mut self,
        engine: &Engine,
        event: &mut Event,
        accumulation: Accumulation,
    ) -> Result<(), Rejection> {
        let steps = &engine.rules.daemon;
        let options = &engine.ruleset.options;
        if steps.accumulates_first {
            self.accumulate(engine, event, accumulation);
        }
        if let Some(daemon) = &mut self.daemon
            && steps.filters
        {
            daemon.filter(steps, options, event)?;
        }
        if !steps.accumulates_first {
            self.accumulate(engine, event, accumulation);
        }
        if let Some(daemon) = &mut self.daemon
            && steps.counts
            && daemon.count(event, options)
        {
            self.rules.forget_fired_times();
        }
        Ok(())
    }

    fn accumulate(&mut self, engine: &Engine, event: &mut Event, accumulation: Accumulation) {
        if accumulation == Accumulation::Done {
            return;
        }
        let decoder = event.decoder.map(|id| engine.ruleset.decoders.get(id));
        if let Some(decoder) = decoder.filter(|decoder| decoder.accumulate) {
            event.accumulated = true;
            self.accumulator.run(event, decoder.shown_name.as_ref());
        }
    }

    /// What becomes of the event of a rule. Remembers it for correlation where that is due.
    ///
    /// The rule is the one found, but for a rule that is silent for a time: there Wazuh's daemon
    /// puts the rule above it, or none (`spec/wazuh.md` §10.6).
    fn conclude<T: Trace>(
        &mut self,
        engine: &Engine,
        event: &mut Event,
        found: Found,
        trace: &mut T,
    ) -> Option<(RuleId, Outcome)> {
        let Found { rule: id, parent } = found;
        let rule = engine.ruleset.rules.get(id);
        if rule.level == 0 {
            return Some((id, Outcome::Nothing));
        }
        let now = event.moment.seconds;
        let is_daemon = self.daemon.is_some();
        let state = &mut self.rules;
        if state.is_silent(id, rule.ignore_seconds, now, is_daemon) {
            trace.silent(id, state.silent_until(id, rule.ignore_seconds));
            if !(is_daemon && engine.rules.daemon.silence_falls_to_parent) {
                return Some((id, Outcome::Nothing));
            }
            // Neither level nor silence of the parent is looked at.
            event.previous.clear();
            let parent = parent?;
            return Some((parent, self.remember(engine, event, parent)));
        }
        if engine.rules.keeps_ignore_lines {
            let decoder_name = event.decoder_name(&engine.ruleset.decoders);
            if state.ignore_lines.hit(event, decoder_name, rule) {
                trace.ignored(id);
                return Some((id, Outcome::Nothing));
            }
            if is_daemon {
                state.ignore_lines.remember_event(event, decoder_name, rule);
            }
        }
        Some((id, self.remember(engine, event, id)))
    }

    /// Remembers the event under its rule and says whether an alert is due.
    fn remember(&mut self, engine: &Engine, event: &Event, id: RuleId) -> Outcome {
        let memory = &mut self.rules.memory;
        memory.insert(engine, event, id);
        memory.purge(engine, event.moment.seconds);
        let rule = engine.ruleset.rules.get(id);
        let alert = if self.daemon.is_none() && engine.rules.test_tool_alerts_by_level {
            rule.level >= u32::from(engine.ruleset.options.log_alert_level)
        } else {
            rule.flags.log
        };
        if alert {
            Outcome::Alert
        } else {
            Outcome::Counted
        }
    }

    /// Writes what a snapshot holds.
    pub(super) fn save(&self, engine: &Engine, to: &mut Writer) {
        let SessionState {
            categories,
            rules,
            accumulator,
            texts: _,
            daemon,
        } = self;
        categories.save(engine, to);
        rules.save(engine, to);
        accumulator.save(to);
        to.flag(daemon.is_some());
        if let Some(daemon) = daemon {
            daemon.save(to);
        }
    }

    /// Reads it back. What only the daemon remembers is lost to the test tool.
    pub(super) fn load(&mut self, engine: &Engine, from: &mut Reader<'_>) -> Result<(), Damaged> {
        self.categories = Categories::load(engine, from)?;
        self.rules = RuleState::load(engine, from)?;
        self.accumulator = Accumulator::load(from)?;
        if from.flag()? {
            let state = DaemonState::load(from)?;
            if let Some(daemon) = &mut self.daemon {
                **daemon = state;
            }
        }
        Ok(())
    }
}
