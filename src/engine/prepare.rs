//! The part of an evaluation that depends on the event alone: phases 1 and 2, and phase 3 up to the
//! first condition that asks for memories.
//!
//! ```text
//! Preparer::prepare   any thread, any order   line ─▶ predecode ─▶ decode ─▶ rules ─┐
//! Session::finish     one thread, in order    Verdict ◀─ memories ◀─ rules ◀────────┘
//! ```
//!
//! [`Session::evaluate`](super::Session::evaluate) is one after the other. A stream that several
//! threads evaluate gets the same verdicts, because what is prepared never depends on what came
//! before it.

use std::sync::Arc;

use bstr::BString;

use super::event::Event;
use super::index::Texts;
use super::json::JsonRules;
use super::json_event::JsonScratch;
use super::predecode::QueueMessage;
use super::rules::Walk;
use super::session::{Mode, SessionOptions};
use super::trace::{NoTrace, Stage, Trace};
use super::{Engine, decode, eventchannel, json_event, predecode, rules};
use crate::moment::Moment;
use crate::pattern::Captures;
use crate::ruleset::category::Category;
use crate::verdict::{Conclusion, Verdict};

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
    /// The event was prepared for a session of another engine.
    #[error("the event was prepared for another ruleset")]
    OtherEngine,
}

/// The queue of the Windows event channel.
const EVENT_CHANNEL: u8 = b'f';

/// An event on its way: room that is used again for event after event.
///
/// [`Preparer::prepare`] fills it, [`Session::finish`](super::Session::finish) completes it.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) engine: Arc<Engine>,
    pub(super) event: Event,
    pub(super) walk: Walk,
    /// Why phase 1 rejected it.
    pub(super) rejection: Option<Rejection>,
    pub(super) conclusion: Conclusion,
}

impl Prepared {
    /// Room for an event.
    pub fn new(engine: Arc<Engine>) -> Self {
        Prepared {
            engine,
            event: Event::default(),
            walk: Walk::default(),
            rejection: None,
            conclusion: Conclusion::default(),
        }
    }

    /// The verdict as [`Session::finish`](super::Session::finish) returned it; before that, one
    /// without a rule.
    pub fn verdict(&self) -> Verdict<'_> {
        Verdict::new(&self.engine, &self.event, self.conclusion)
    }
}

/// Memory of decoding that is reused from event to event.
#[derive(Clone, Debug, Default)]
pub(crate) struct DecodingScratch {
    location: LastLocation,
    pub(crate) captures: Captures,
    pub(super) texts: Texts,
    /// Decoders that are worth a try.
    pub(super) candidates: Vec<u32>,
    pub(crate) json: JsonScratch,
}

/// The location of the last line, which is mostly that of the next one.
#[derive(Clone, Debug, Default)]
struct LastLocation {
    location: BString,
    is_plain: bool,
}

impl LastLocation {
    /// Whether a queue message with this location is taken apart just where it was put together.
    fn is_plain(&mut self, location: &[u8]) -> bool {
        if self.location != location {
            self.location.clear();
            self.location.extend_from_slice(location);
            self.is_plain = predecode::is_plain_location(location);
        }
        self.is_plain
    }
}

/// Prepares events for a session. Each thread has one of its own.
///
/// ```
/// use std::sync::Arc;
/// use ossia::config;
/// use ossia::engine::{Engine, Moment, Prepared, Session, SessionOptions};
///
/// let inputs = config::from_files(config::embedded::files(), None);
/// let engine = Arc::new(Engine::new(ossia::ruleset::build(&inputs).0));
/// let mut session = Session::new(Arc::clone(&engine), SessionOptions::default());
/// let mut preparer = session.preparer();
/// let at = Moment { seconds: 1_700_000_000, utc_offset: 0 };
/// let line = b"Jan 12 13:22:01 web1 sshd[4211]: Accepted password for bob from 10.0.0.1 port 4 ssh2";
///
/// let mut prepared = Prepared::new(engine);
/// std::thread::scope(|scope| {
///     scope.spawn(|| preparer.prepare(&mut prepared, b"stdin", line, at));
/// });
/// let verdict = session.finish(&mut prepared).unwrap();
/// assert_eq!(verdict.decoder().unwrap(), "sshd");
/// ```
#[derive(Clone, Debug)]
pub struct Preparer {
    engine: Arc<Engine>,
    /// The engine's own host name.
    hostname: BString,
    mode: Mode,
    scratch: DecodingScratch,
}

impl Preparer {
    pub(super) fn new(engine: Arc<Engine>, options: &SessionOptions) -> Self {
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
        Preparer {
            engine,
            hostname,
            mode: options.mode,
            scratch: DecodingScratch::default(),
        }
    }

    /// Room for an event.
    pub fn new_event(&self) -> Prepared {
        Prepared::new(Arc::clone(&self.engine))
    }

    /// The engine behind it.
    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The engine's own host name: that of lines without one.
    pub(super) fn hostname(&self) -> &BString {
        &self.hostname
    }

    /// Predecodes and decodes one log line and walks the rules as far as that needs no memories.
    /// A line that is rejected is one in [`Session::finish`](super::Session::finish).
    pub fn prepare(&mut self, to: &mut Prepared, location: &[u8], line: &[u8], at: Moment) {
        self.prepare_traced(to, location, line, at, &mut NoTrace);
    }

    /// As [`Preparer::prepare`], with every step reported to `trace`.
    pub fn prepare_traced<T: Trace>(
        &mut self,
        to: &mut Prepared,
        location: &[u8],
        line: &[u8],
        at: Moment,
        trace: &mut T,
    ) {
        self.predecode_line(to, location, line, at);
        self.go_on(to, trace);
    }

    /// As [`Preparer::prepare`], with a whole queue message, `id:location:text`.
    pub fn prepare_message<T: Trace>(
        &mut self,
        to: &mut Prepared,
        message: &[u8],
        at: Moment,
        trace: &mut T,
    ) {
        self.predecode(to, message, at);
        self.go_on(to, trace);
    }

    /// What comes behind phase 1.
    fn go_on<T: Trace>(&mut self, to: &mut Prepared, trace: &mut T) {
        trace.stage(Stage::Predecoding);
        self.decode(to, trace);
        trace.stage(Stage::Decoding);
        self.advance(to, trace);
        trace.stage(Stage::Rules);
    }

    /// Phase 1 for a line.
    pub(super) fn predecode_line(
        &mut self,
        to: &mut Prepared,
        location: &[u8],
        line: &[u8],
        at: Moment,
    ) {
        to.begin(&self.engine, at);
        // The test tool makes a queue message out of every line, so a colon in the location ends it.
        let accepted = if self.scratch.location.is_plain(location) {
            let message = QueueMessage::of_line(location, line);
            self.accept(&mut to.event, message)
        } else {
            let message = [&b"1:"[..], location, b":", line].concat();
            self.split(&mut to.event, &message)
        };
        to.rejection = accepted.err();
    }

    /// Phase 1: takes the message apart and recognises the header.
    pub(super) fn predecode(&mut self, to: &mut Prepared, message: &[u8], at: Moment) {
        to.begin(&self.engine, at);
        to.rejection = self.split(&mut to.event, message).err();
    }

    fn split(&self, event: &mut Event, message: &[u8]) -> Result<(), Rejection> {
        let message = predecode::split_queue_message(self.engine.predecoding, message)?;
        self.accept(event, message)
    }

    fn accept(&self, event: &mut Event, message: QueueMessage<'_>) -> Result<(), Rejection> {
        let predecoding = self.engine.predecoding;
        match message.id {
            b'8' => return Err(Rejection::Queue("syscheck")),
            b'9' => return Err(Rejection::Queue("rootcheck")),
            b'3' => return Err(Rejection::Queue("host-information")),
            _ => {}
        }
        let origin = predecoding.origin(message.location);
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
            eventchannel::accept(&self.engine, event)?;
        }
        Ok(())
    }

    /// Phase 2.
    pub(super) fn decode<T: Trace>(&mut self, to: &mut Prepared, trace: &mut T) {
        if to.rejection.is_some() {
            return;
        }
        if to.event.built_in_decoder.is_none() {
            decode::decode(&self.engine, &mut self.scratch, &mut to.event, trace);
        } else {
            // Of the event channel: the log is the object that was built for it.
            let rules = JsonRules::default();
            let start = to.event.log.range().start;
            let scratch = &mut self.scratch.json;
            json_event::fill(&self.engine, scratch, &mut to.event, start, rules);
        }
    }

    /// Phase 3, as far as it needs no memories.
    fn advance<T: Trace>(&mut self, to: &mut Prepared, trace: &mut T) {
        if to.rejection.is_none() && !self.waits(&to.event) {
            let texts = &mut self.scratch.texts;
            rules::advance(&self.engine, texts, &mut to.event, &mut to.walk, trace);
        }
    }

    /// True if memories change the event, or drop it, before the first rule sees it.
    fn waits(&self, event: &Event) -> bool {
        let decoder = event.decoder.map(|id| self.engine.ruleset.decoders.get(id));
        decoder.is_some_and(|decoder| decoder.accumulate)
            || self.engine.moving.holds(event)
            || (self.mode == Mode::Daemon && event.category == Category::Firewall)
    }
}

impl Prepared {
    /// Forgets the event before.
    pub(super) fn begin(&mut self, engine: &Arc<Engine>, at: Moment) {
        if !Arc::ptr_eq(&self.engine, engine) {
            self.engine = Arc::clone(engine);
        }
        self.event.clear(at);
        self.walk.begin();
        self.rejection = None;
        self.conclusion = Conclusion::default();
    }
}
