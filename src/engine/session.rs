//! A session: everything that changes while events are evaluated.
//!
//! An [`Engine`] is immutable and shared; a [`Session`] belongs to one stream of events. Time comes
//! only from the events' [`Moment`]s, so the same events give the same verdicts at any speed.

use std::sync::Arc;

use bstr::BString;

use super::finish::SessionState;
use super::prepare::{Prepared, Preparer, Rejection};
use super::snapshot::{Damaged, Reader, Writer};
use super::trace::{NoTrace, Trace};
use super::{DecodedEvent, Engine, decoded};
use crate::config::StoredState;
use crate::moment::Moment;
use crate::ruleset::rule::Sid;
use crate::verdict::Verdict;

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
    options: SessionOptions,
    preparer: Preparer,
    /// The last event.
    prepared: Prepared,
    state: SessionState,
}

impl Session {
    /// A session that has seen nothing.
    pub fn new(engine: Arc<Engine>, options: SessionOptions) -> Self {
        Session {
            state: SessionState::new(&engine, options.mode),
            preparer: Preparer::new(Arc::clone(&engine), &options),
            prepared: Prepared::new(engine),
            options,
        }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<Engine> {
        self.preparer.engine()
    }

    /// One more preparer for the events of this session, for another thread.
    pub fn preparer(&self) -> Preparer {
        Preparer::new(Arc::clone(self.engine()), &self.options)
    }

    /// Starts from what an earlier run of the original left.
    pub fn recall(&mut self, stored: &StoredState) {
        for key in &stored.first_time_seen {
            self.state.rules.first_time_seen.remember(key);
        }
        for line in &stored.ignored {
            self.state.rules.ignore_lines.remember(line);
        }
        for (host, sid, log) in &stored.last_logs {
            self.state.rules.last_logs.remember(host, Sid(*sid), log);
        }
        for &(weekday, hour, value) in &stored.averages {
            self.remember_average(weekday, hour, value);
        }
    }

    /// Makes an average of the statistics known: `stats/hourly-average/HOUR`, or with a day of the
    /// week (0 = Sunday) `stats/weekly-average/DAY/HOUR`. Hour 24 holds the number of days behind
    /// the averages. Other numbers and the test tool have no averages: nothing happens.
    pub fn remember_average(&mut self, weekday: Option<u8>, hour: u8, value: u64) {
        if let Some(daemon) = &mut self.state.daemon {
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
        let prepared = &mut self.prepared;
        self.preparer.predecode_line(prepared, location, line, at);
        self.preparer.decode(prepared, &mut NoTrace);
        self.state.finish_decoding(prepared)
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
        let prepared = &mut self.prepared;
        self.preparer
            .prepare_traced(prepared, location, line, at, trace);
        self.state.finish(prepared, trace)
    }

    /// Completes an event that was prepared for a session of this engine: phase 3 from the first
    /// condition on that asks for memories, and what happens with the rule.
    ///
    /// Events must come in the order of the stream. The verdict looks at `prepared` alone, which
    /// gives it again by [`Prepared::verdict`].
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn finish<'p>(&mut self, prepared: &'p mut Prepared) -> Result<Verdict<'p>, Rejection> {
        self.finish_traced(prepared, &mut NoTrace)
    }

    /// As [`Session::finish`], with every step reported to `trace`.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn finish_traced<'p, T: Trace>(
        &mut self,
        prepared: &'p mut Prepared,
        trace: &mut T,
    ) -> Result<Verdict<'p>, Rejection> {
        if !Arc::ptr_eq(&prepared.engine, self.engine()) {
            return Err(Rejection::OtherEngine);
        }
        self.state.finish(prepared, trace)
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
        let prepared = &mut self.prepared;
        self.preparer.prepare_message(prepared, message, at, trace);
        self.state.finish(prepared, trace)
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
        let prepared = &mut self.prepared;
        let engine = self.preparer.engine();
        prepared.begin(engine, at);
        let own_hostname = self.preparer.hostname().as_ref();
        decoded::fill(engine, own_hostname, &mut prepared.event, decoded);
        self.state.finish_decoded(prepared, trace)
    }

    /// Writes what a snapshot holds.
    pub(super) fn save(&self, to: &mut Writer) {
        let Session {
            // Given again.
            options: _,
            preparer,
            // Only what the last verdict looks at.
            prepared: _,
            state,
        } = self;
        state.save(preparer.engine(), to);
    }

    /// Reads it back.
    pub(super) fn load(
        engine: Arc<Engine>,
        options: SessionOptions,
        from: &mut Reader<'_>,
    ) -> Result<Self, Damaged> {
        let mut session = Session::new(engine, options);
        let engine = session.preparer.engine();
        session.state.load(engine, from)?;
        Ok(session)
    }
}
