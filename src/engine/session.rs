//! A session: everything that changes while events are evaluated.
//!
//! An [`Engine`] is immutable and shared; a [`Session`] belongs to one stream of events. Time comes
//! only from the events' [`Moment`]s, so the same events give the same verdicts at any speed.

use std::sync::Arc;

use bstr::{BStr, BString};

use super::accumulate::Accumulator;
use super::correlate::Memory;
use super::event::Event;
use super::fts::FirstTimeSeen;
use super::ignore::{IgnoreLines, LastLogs};
use super::predecode;
use super::trace::{NoTrace, Trace};
use super::{Engine, decode, rules};
use crate::config::StoredState;
use crate::moment::Moment;
use crate::pattern::Captures;
use crate::ruleset::category::Category;
use crate::ruleset::rule::{RuleId, Sid};
use crate::verdict::{Outcome, Verdict};

/// What a session needs to know about its surroundings.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The engine's own host name: that of lines without one. It is cut at its first dot.
    pub hostname: BString,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            hostname: "localhost".into(),
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
}

/// Scratch and memory of decoding.
#[derive(Clone, Debug, Default)]
pub(crate) struct DecoderState {
    /// The queue message that a line became.
    message: Vec<u8>,
    pub(crate) captures: Captures,
    /// The category of each decoder. Plugins change that of the decoder that the event carries,
    /// and the change stays.
    pub(crate) categories: Vec<Category>,
}

/// Memory of the rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleState {
    pub(crate) memory: Memory,
    pub(crate) first_time_seen: FirstTimeSeen,
    pub(crate) last_logs: LastLogs,
    ignore_lines: IgnoreLines,
    /// How often each rule was the result.
    fired_times: Vec<u64>,
    /// When the silence of each rule began, in Unix seconds; 0: there is none.
    silent_since: Vec<i64>,
}

impl RuleState {
    pub(crate) fn fired(&mut self, rule: RuleId) {
        self.fired_times[rule.index()] += 1;
    }

    /// The `ignore` attribute in the manner of the test tool: two alerts after each silence.
    fn is_silent(&mut self, rule: RuleId, seconds: u32, now: i64) -> bool {
        let since = &mut self.silent_since[rule.index()];
        if seconds == 0 {
            return false;
        }
        if *since == 0 {
            *since = now;
        } else if now.saturating_sub(*since) < i64::from(seconds) {
            return true;
        } else {
            *since = 0;
        }
        false
    }
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
}

impl Session {
    /// A session that has seen nothing.
    pub fn new(engine: Arc<Engine>, options: SessionOptions) -> Self {
        let count = engine.ruleset.rules.rules.len();
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
            decoding: DecoderState {
                message: Vec::new(),
                captures: Captures::default(),
                categories: engine
                    .ruleset
                    .decoders
                    .decoders
                    .iter()
                    .map(|d| d.category)
                    .collect(),
            },
            rules: RuleState {
                memory: Memory::new(engine.ruleset.rules.group_patterns.len() as u32),
                fired_times: vec![0; count],
                silent_since: vec![0; count],
                ..RuleState::default()
            },
            accumulator: Accumulator::default(),
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
    }

    /// Decodes one log line: phases 1 and 2. No rule is tried and nothing is remembered but what
    /// decoding itself remembers (the accumulator).
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
        self.run_decoders(&engine, &mut NoTrace);
        Ok(Verdict::new(
            &self.engine,
            &self.event,
            None,
            Outcome::Nothing,
            0,
        ))
    }

    /// Evaluates one log line.
    ///
    /// # Errors
    /// The line is rejected before it is decoded; nothing was remembered.
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
        Ok(self.run(trace))
    }

    /// Evaluates a whole queue message, `id:location:text`.
    ///
    /// # Errors
    /// The message does not have this form, or is of a queue with decoders of its own.
    pub fn evaluate_message<T: Trace>(
        &mut self,
        message: &[u8],
        at: Moment,
        trace: &mut T,
    ) -> Result<Verdict<'_>, Rejection> {
        self.accept(message, at)?;
        Ok(self.run(trace))
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
        Ok(())
    }

    /// Phases 2 and 3, and what happens with the rule (`spec/rules.md` §10).
    fn run<T: Trace>(&mut self, trace: &mut T) -> Verdict<'_> {
        let engine = Arc::clone(&self.engine);
        self.run_decoders(&engine, trace);
        let found = rules::evaluate(&engine, &mut self.rules, &mut self.event, trace);
        let decoder = self.event.decoder.map(|id| engine.ruleset.decoders.get(id));
        let decoder_name = decoder.map(|decoder| decoder.shown_name.as_ref());
        let outcome = found.map_or(Outcome::Nothing, |rule| {
            self.conclude(&engine, rule, decoder_name)
        });
        let fired_times = found.map_or(0, |rule| self.rules.fired_times[rule.index()]);
        Verdict::new(&self.engine, &self.event, found, outcome, fired_times)
    }

    /// Phase 2 and the accumulator.
    fn run_decoders<T: Trace>(&mut self, engine: &Engine, trace: &mut T) {
        decode::decode(engine, &mut self.decoding, &mut self.event, trace);
        let decoder = self.event.decoder.map(|id| engine.ruleset.decoders.get(id));
        if let Some(decoder) = decoder.filter(|decoder| decoder.accumulate) {
            self.event.accumulated = true;
            self.accumulator
                .run(&mut self.event, decoder.shown_name.as_ref());
        }
    }

    /// What becomes of the event of a rule. Remembers it for correlation where that is due.
    fn conclude(&mut self, engine: &Engine, id: RuleId, decoder_name: Option<&BStr>) -> Outcome {
        let rule = engine.ruleset.rules.get(id);
        if rule.level == 0 {
            return Outcome::Nothing;
        }
        let now = self.event.moment.seconds;
        if self.rules.is_silent(id, rule.ignore_seconds, now)
            || self.rules.ignore_lines.hit(&self.event, decoder_name, rule)
        {
            return Outcome::Nothing;
        }
        let all = &engine.ruleset.rules;
        self.rules
            .memory
            .insert(&self.event, id, rule, engine.limits);
        self.rules
            .memory
            .purge(now, engine.limits, |id| all.get(id));
        if rule.flags.log {
            Outcome::Alert
        } else {
            Outcome::Counted
        }
    }
}
