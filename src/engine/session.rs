//! A session: everything that changes while events are evaluated.
//!
//! An [`Engine`] is immutable and shared; a [`Session`] belongs to one stream of events. Time comes
//! only from the events' [`Moment`]s, so the same events give the same verdicts at any speed.

use std::sync::Arc;

use bstr::BString;

use super::accumulate::Accumulator;
use super::daemon::DaemonState;
use super::event::Event;
use super::json::JsonRules;
use super::predecode;
use super::rules::{self, Found};
use super::snapshot::{Damaged, Reader, Writer};
use super::state::{DecoderState, RuleState};
use super::trace::{NoTrace, Stage, Trace};
use super::{DecodedEvent, Engine, decode, decoded, eventchannel, json_event};
use crate::config::StoredState;
use crate::moment::Moment;
use crate::ruleset::rule::{RuleId, Sid};
use crate::verdict::{Outcome, Verdict};

/// What a session needs to know about its surroundings.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The engine's own host name: that of lines without one. It is cut at its first dot.
    pub hostname: BString,
    /// Which program of the original it is.
    pub mode: Mode,
}

/// The two programs that evaluate events (`spec/correlation.md` §11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// `ossec-logtest`: every line is evaluated.
    #[default]
    TestTool,
    /// `ossec-analysisd`: repeated lines and incomplete firewall events are dropped, firewall
    /// actions are renamed, events are counted, `<ignore>` is remembered. One shard.
    Daemon,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            hostname: "localhost".into(),
            mode: Mode::default(),
        }
    }
}

/// Why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The queue message does not have the form that the original accepts.
    #[error(transparent)]
    Malformed(#[from] predecode::Rejection),
    /// Events of this queue have built-in decoders of their own.
    #[error("events of the {0} queue are not log lines: they need the original's own decoders")]
    Queue(&'static str),
    /// The message of a Windows agent is not what the decoder of its queue takes.
    #[error(transparent)]
    EventChannel(#[from] eventchannel::Dropped),
    /// The daemon drops an event whose line is one of the last three different ones.
    #[error("the line repeats one of the last three")]
    RepeatedLine,
    /// The daemon drops firewall events that lack what its firewall log needs.
    #[error("a firewall event without action, addresses or protocol")]
    IncompleteFirewallEvent,
}

/// The queue of the Windows event channel.
const EVENT_CHANNEL: u8 = b'f';

/// Whether the accumulator has seen the event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accumulation {
    Due,
    Done,
}

/// The state of one stream of events.
///
/// ```
/// use std::sync::Arc;
/// use ossia::config;
/// use ossia::engine::{Engine, Moment, Session, SessionOptions};
///
/// let inputs = config::from_files(
///     vec![
///         ("d.xml".into(), b"<decoder name=\"kv\"><program_name>^kv$</program_name></decoder>\
///             <decoder name=\"none\"><prematch>^none</prematch></decoder>".to_vec()),
///         ("r.xml".into(), b"<group name=\"demo,\"><rule id=\"1\" level=\"3\">\
///             <category>syslog</category><description>a line</description></rule></group>".to_vec()),
///     ],
///     None,
/// );
/// let (ruleset, problems) = ossia::ruleset::build(&inputs);
/// assert!(problems.is_empty());
/// let engine = Arc::new(Engine::new(ruleset));
/// let mut session = Session::new(engine, SessionOptions::default());
/// let at = Moment { seconds: 1_700_000_000, utc_offset: 0 };
/// let verdict = session.evaluate(b"stdin", b"Jan 12 13:22:01 web1 kv: hello", at).unwrap();
/// assert_eq!(verdict.decoder().unwrap(), "kv");
/// assert_eq!(verdict.rule().unwrap().sid.0, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    engine: Arc<Engine>,
    hostname: BString,
    event: Event,
    decoding: DecoderState,
    rules: RuleState,
    accumulator: Accumulator,
    /// Nothing in the test tool.
    daemon: Option<Box<DaemonState>>,
}

impl Session {
    /// A session that has seen nothing.
    pub fn new(engine: Arc<Engine>, options: SessionOptions) -> Self {
        let short = options
            .hostname
            .split(|&byte| byte == b'.')
            .next()
            .unwrap_or_default();
        // The original falls back to this name if the machine has none.
        let hostname = if short.is_empty() {
            "ossec-server".into()
        } else {
            BString::from(short)
        };
        Session {
            hostname,
            event: Event::default(),
            decoding: DecoderState::new(&engine),
            rules: RuleState::new(&engine),
            accumulator: Accumulator::default(),
            daemon: match options.mode {
                Mode::TestTool => None,
                Mode::Daemon => Some(Box::default()),
            },
            engine,
        }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Starts from what an earlier run of the original left.
    pub fn recall(&mut self, stored: &StoredState) {
        for key in &stored.first_time_seen {
            self.rules.first_time_seen.remember(key);
        }
        for line in &stored.ignored {
            self.rules.ignore_lines.remember(line);
        }
        for (host, sid, log) in &stored.last_logs {
            self.rules.last_logs.remember(host, Sid(*sid), log);
        }
        for &(weekday, hour, value) in &stored.averages {
            self.remember_average(weekday, hour, value);
        }
    }

    /// Makes an average of the statistics known: `stats/hourly-average/HOUR`, or with a day of the
    /// week (0 = Sunday) `stats/weekly-average/DAY/HOUR`. Hour 24 holds the number of days behind
    /// the averages. Other numbers and the test tool have no averages: nothing happens.
    pub fn remember_average(&mut self, weekday: Option<u8>, hour: u8, value: u64) {
        if let Some(daemon) = &mut self.daemon {
            daemon.statistics.remember(weekday, hour, value);
        }
    }

    /// Decodes one log line: phases 1 and 2. No rule is tried and nothing is remembered but what
    /// decoding itself remembers (the accumulator); nothing is dropped.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn decode(
        &mut self,
        location: &[u8],
        line: &[u8],
        at: Moment,
    ) -> Result<Verdict<'_>, Rejection> {
        self.accept_line(location, line, at)?;
        let engine = Arc::clone(&self.engine);
        self.decode_event(&engine, &mut NoTrace);
        self.accumulate(&engine, Accumulation::Due);
        Ok(Verdict::new(&self.engine, &self.event))
    }

    /// Evaluates one log line.
    ///
    /// # Errors
    /// The line is rejected before it is decoded, and nothing was remembered; or the daemon drops
    /// it before the rules.
    pub fn evaluate(
        &mut self,
        location: &[u8],
        line: &[u8],
        at: Moment,
    ) -> Result<Verdict<'_>, Rejection> {
        self.evaluate_traced(location, line, at, &mut NoTrace)
    }

    /// As [`Session::evaluate`], with every step reported to `trace`.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn evaluate_traced<T: Trace>(
        &mut self,
        location: &[u8],
        line: &[u8],
        at: Moment,
        trace: &mut T,
    ) -> Result<Verdict<'_>, Rejection> {
        self.accept_line(location, line, at)?;
        trace.stage(Stage::Predecoding);
        self.run(trace)
    }

    /// Evaluates a whole queue message, `id:location:text`.
    ///
    /// # Errors
    /// The message does not have this form, or is of a queue with decoders of its own; or the
    /// daemon drops it.
    pub fn evaluate_message<T: Trace>(
        &mut self,
        message: &[u8],
        at: Moment,
        trace: &mut T,
    ) -> Result<Verdict<'_>, Rejection> {
        self.accept(message, at)?;
        trace.stage(Stage::Predecoding);
        self.run(trace)
    }

    /// Evaluates an event that has been decoded before. Neither decoders nor the accumulator run: what
    /// they found is part of the event.
    ///
    /// # Errors
    /// The daemon drops it.
    pub fn evaluate_decoded<T: Trace>(
        &mut self,
        decoded: &DecodedEvent,
        at: Moment,
        trace: &mut T,
    ) -> Result<Verdict<'_>, Rejection> {
        let engine = Arc::clone(&self.engine);
        decoded::fill(
            &engine,
            &self.decoding,
            self.hostname.as_ref(),
            &mut self.event,
            decoded,
            at,
        );
        self.run_behind_decoding(&engine, Accumulation::Done, trace)
    }

    fn accept_line(&mut self, location: &[u8], line: &[u8], at: Moment) -> Result<(), Rejection> {
        // The test tool makes a queue message out of every line, so a colon in the location ends it.
        let mut message = std::mem::take(&mut self.decoding.message);
        message.clear();
        message.extend_from_slice(b"1:");
        message.extend_from_slice(location);
        message.push(b':');
        message.extend_from_slice(line);
        let accepted = self.accept(&message, at);
        self.decoding.message = message;
        accepted
    }

    /// Takes the message apart and fills the event up to the end of phase 1.
    fn accept(&mut self, message: &[u8], at: Moment) -> Result<(), Rejection> {
        let predecoding = self.engine.predecoding;
        let message = predecode::split_queue_message(predecoding, message)?;
        match message.id {
            b'8' => return Err(Rejection::Queue("syscheck")),
            b'9' => return Err(Rejection::Queue("rootcheck")),
            b'3' => return Err(Rejection::Queue("host-information")),
            _ => {}
        }
        let origin = predecoding.origin(message.location);
        let event = &mut self.event;
        event.clear(at);
        event.location = event.append(&origin.location);
        event.agent = origin.agent_id.map(|id| event.append(id));
        let given_host = origin.hostname.map(|name| event.append(&name));
        let start = event.bytes_mut().len();
        event.bytes_mut().extend_from_slice(message.text);
        predecode::clean(predecoding, event.bytes_mut(), start);
        event.full_log = super::event::Slice::new(start..event.bytes_mut().len());
        let header = predecode::header(predecoding, event.get(event.full_log));
        event.log = event.full_log.part(header.log);
        event.program_name = header.program_name.map(|range| event.full_log.part(range));
        event.timestamp = header.timestamp.map(|range| event.full_log.part(range));
        event.hostname = match (given_host, header.hostname) {
            (Some(name), _) => name,
            (None, Some(range)) => event.full_log.part(range),
            (None, None) => event.append(&self.hostname),
        };
        if message.id == EVENT_CHANNEL && self.engine.rules.decodes_event_channel {
            eventchannel::accept(&self.engine, &mut self.event)?;
        }
        Ok(())
    }

    /// Phases 2 and 3, and what happens with the rule (`spec/rules.md` §10).
    fn run<T: Trace>(&mut self, trace: &mut T) -> Result<Verdict<'_>, Rejection> {
        let engine = Arc::clone(&self.engine);
        self.decode_event(&engine, trace);
        trace.stage(Stage::Decoding);
        self.run_behind_decoding(&engine, Accumulation::Due, trace)
    }

    /// Phase 2.
    fn decode_event<T: Trace>(&mut self, engine: &Engine, trace: &mut T) {
        if self.event.built_in_decoder.is_none() {
            decode::decode(engine, &mut self.decoding, &mut self.event, trace);
        } else {
            // Of the event channel: the log is the object that was built for it.
            let rules = JsonRules::default();
            let start = self.event.log.range().start;
            let scratch = &mut self.decoding.json;
            json_event::fill(engine, scratch, &mut self.event, start, rules);
        }
    }

    /// What happens with a decoded event.
    fn run_behind_decoding<T: Trace>(
        &mut self,
        engine: &Engine,
        accumulation: Accumulation,
        trace: &mut T,
    ) -> Result<Verdict<'_>, Rejection> {
        if self.daemon.is_some() {
            self.run_daemon_steps(engine, accumulation)?;
        } else {
            self.accumulate(engine, accumulation);
        }
        trace.stage(Stage::State);
        let found = rules::evaluate(engine, &mut self.rules, &mut self.event, trace);
        trace.stage(Stage::Rules);
        if let Some(found) = found
            && let Some(store) = engine
                .line_stores
                .find(&mut self.rules.line_stores, found.rule)
        {
            store.give_to(&mut self.event);
        }
        let result = found.and_then(|found| self.conclude(engine, found));
        trace.stage(Stage::State);
        let verdict = Verdict::new(&self.engine, &self.event);
        let excess = self.daemon.as_ref().and_then(|daemon| daemon.excess);
        let verdict = verdict.with_excess(excess);
        Ok(match result {
            Some((rule, outcome)) => verdict.with_rule(rule, outcome, self.rules.fired_times(rule)),
            None => verdict,
        })
    }

    /// What the daemon does between decoding and the rules.
    fn run_daemon_steps(
        &mut self,
        engine: &Engine,
        accumulation: Accumulation,
    ) -> Result<(), Rejection> {
        let steps = &engine.rules.daemon;
        let options = &engine.ruleset.options;
        if steps.accumulates_first {
            self.accumulate(engine, accumulation);
        }
        if let Some(daemon) = &mut self.daemon
            && steps.filters
        {
            daemon.filter(steps, options, &mut self.event)?;
        }
        if !steps.accumulates_first {
            self.accumulate(engine, accumulation);
        }
        if let Some(daemon) = &mut self.daemon
            && steps.counts
            && daemon.count(&self.event, options)
        {
            self.rules.forget_fired_times();
        }
        Ok(())
    }

    fn accumulate(&mut self, engine: &Engine, accumulation: Accumulation) {
        if accumulation == Accumulation::Done {
            return;
        }
        let decoder = self.event.decoder.map(|id| engine.ruleset.decoders.get(id));
        if let Some(decoder) = decoder.filter(|decoder| decoder.accumulate) {
            self.event.accumulated = true;
            self.accumulator
                .run(&mut self.event, decoder.shown_name.as_ref());
        }
    }

    /// What becomes of the event of a rule. Remembers it for correlation where that is due.
    ///
    /// The rule is the one found, but for a rule that is silent for a time: there Wazuh's daemon
    /// puts the rule above it, or none (`spec/wazuh.md` §10.6).
    fn conclude(&mut self, engine: &Engine, found: Found) -> Option<(RuleId, Outcome)> {
        let Found { rule: id, parent } = found;
        let rule = engine.ruleset.rules.get(id);
        if rule.level == 0 {
            return Some((id, Outcome::Nothing));
        }
        let now = self.event.moment.seconds;
        let is_daemon = self.daemon.is_some();
        let state = &mut self.rules;
        if state.is_silent(id, rule.ignore_seconds, now, is_daemon) {
            if !(is_daemon && engine.rules.daemon.silence_falls_to_parent) {
                return Some((id, Outcome::Nothing));
            }
            // Neither level nor silence of the parent is looked at.
            self.event.previous.clear();
            let parent = parent?;
            return Some((parent, self.remember(engine, parent)));
        }
        if engine.rules.keeps_ignore_lines {
            let decoder_name = self.event.decoder_name(&engine.ruleset.decoders);
            if state.ignore_lines.hit(&self.event, decoder_name, rule) {
                return Some((id, Outcome::Nothing));
            }
            if is_daemon {
                state
                    .ignore_lines
                    .remember_event(&self.event, decoder_name, rule);
            }
        }
        Some((id, self.remember(engine, id)))
    }

    /// Remembers the event under its rule and says whether an alert is due.
    fn remember(&mut self, engine: &Engine, id: RuleId) -> Outcome {
        let all = &engine.ruleset.rules;
        let memory = &mut self.rules.memory;
        memory.insert(engine, &self.event, id);
        let limits = engine.correlation.limits;
        memory.purge(self.event.moment.seconds, limits, |id| all.get(id));
        let rule = all.get(id);
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
    pub(super) fn save(&self, to: &mut Writer) {
        let Session {
            engine,
            // Given again with the options.
            hostname: _,
            // Only what the last verdict looks at.
            event: _,
            decoding,
            rules,
            accumulator,
            daemon,
        } = self;
        decoding.save(engine, to);
        rules.save(to);
        accumulator.save(to);
        to.flag(daemon.is_some());
        if let Some(daemon) = daemon {
            daemon.save(to);
        }
    }

    /// Reads it back.
    pub(super) fn load(
        engine: Arc<Engine>,
        options: SessionOptions,
        from: &mut Reader<'_>,
    ) -> Result<Self, Damaged> {
        let mut session = Session::new(Arc::clone(&engine), options);
        session.decoding = DecoderState::load(&engine, from)?;
        session.rules = RuleState::load(&engine, from)?;
        session.accumulator = Accumulator::load(from)?;
        if from.flag()? {
            let state = DaemonState::load(from)?;
            if let Some(daemon) = &mut session.daemon {
                **daemon = state;
            }
        }
        Ok(session)
    }
}
