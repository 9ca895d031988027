//! From a piece of input to a line of output: the one place where events meet the session.

use std::io::{self, Read, Write};
use std::time::SystemTime;

use bstr::BString;

use super::InputForm;
use crate::cli::failure::{print_error, print_warning, reason};
use crate::engine::trace::{NoTrace, Steps, Trace};
use crate::engine::{Moment, Rejection, Session};
use crate::input::{Clock, Content, LineReader, Piece, TimedEvent, until_nul};
use crate::output::{EventData, JsonLines, Phases, RuleTrace};
use crate::verdict::Verdict;

/// Longest line of JSON input in bytes: far more than any event that is not cut anyway.
const JSON_LIMIT: usize = 16 * 1024 * 1024;

/// A queue message is so much longer than the longest line of the test tool: 6144 bytes in OSSEC.
const MESSAGE_HEADER: usize = 9;

/// What is evaluated.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Line { location: &'a [u8], text: &'a [u8] },
    Message(&'a [u8]),
}

impl Subject<'_> {
    fn evaluate<'s, T: Trace>(
        self,
        session: &'s mut Session,
        at: Moment,
        trace: &mut T,
    ) -> Result<Verdict<'s>, Rejection> {
        match self {
            Subject::Line { location, text } => session.evaluate_traced(location, text, at, trace),
            Subject::Message(message) => session.evaluate_message(message, at, trace),
        }
    }
}

/// How events become output.
pub(super) enum Output {
    Text(Phases),
    Json,
    /// On a manager of this name.
    Wazuh(BString),
}

/// The settings of a run.
pub(super) struct Settings {
    pub(super) input: InputForm,
    pub(super) output: Output,
    pub(super) location: Vec<u8>,
    /// 0: no trace, 1: the original's trace, more: with reasons.
    pub(super) verbosity: u8,
    /// Every event meets a session that has seen nothing.
    pub(super) fresh: bool,
    pub(super) clock: Clock,
}

/// Evaluates events and writes what comes of them.
pub(super) struct Evaluator<W> {
    settings: Settings,
    session: Session,
    /// For `fresh`: a session that has seen nothing.
    pristine: Option<Session>,
    line_limit: usize,
    shortest_line: usize,
    /// Seconds after the start of the event before.
    seconds: i64,
    out: W,
    failed: bool,
}

impl<W: Write> Evaluator<W> {
    pub(super) fn new(session: Session, settings: Settings, out: W) -> Self {
        let dialect = session.engine().ruleset().dialect;
        Evaluator {
            pristine: settings.fresh.then(|| session.clone()),
            session,
            settings,
            line_limit: dialect.line_limit(),
            shortest_line: dialect.shortest_line(),
            seconds: 0,
            out,
            failed: false,
        }
    }

    /// The session as it is now.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// True if some input was unusable.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// A file begins that was last written at this time; `None`: it is being written.
    pub(super) fn begin(&mut self, written: Option<SystemTime>) {
        self.settings.clock.begin(written);
    }

    /// Evaluates everything that can be read. Input that cannot be read is reported here.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn read(&mut self, name: &str, source: impl Read) -> io::Result<()> {
        let mut lines = LineReader::new(source, self.piece_limit());
        loop {
            // Whoever waits for verdicts gets them before this waits for input.
            if !lines.is_ready() {
                self.out.flush()?;
            }
            match lines.next() {
                Ok(Some(piece)) => self.piece(name, piece)?,
                Ok(None) => return self.out.flush(),
                Err(error) => {
                    self.input_failed(name, &error);
                    return self.out.flush();
                }
            }
        }
    }

    /// Reports input that cannot be read.
    pub(super) fn input_failed(&mut self, name: &str, error: &io::Error) {
        print_error(format_args!("cannot read `{name}`: {}", reason(error)));
        self.failed = true;
    }

    fn piece_limit(&self) -> usize {
        match self.settings.input {
            InputForm::Lines => self.line_limit,
            InputForm::Events => JSON_LIMIT,
            InputForm::Queue => self.line_limit + MESSAGE_HEADER,
        }
    }

    fn piece(&mut self, name: &str, piece: Piece<'_>) -> io::Result<()> {
        let place = Place {
            name,
            line: piece.line,
        };
        match self.settings.input {
            InputForm::Lines => {
                let text = piece.text();
                if text.len() < self.shortest_line {
                    return Ok(());
                }
                // What is in the middle of a line is no time stamp.
                let at = if piece.continues {
                    self.settings.clock.now()
                } else {
                    self.settings.clock.of_line(text)
                };
                let location = std::mem::take(&mut self.settings.location);
                let line = Subject::Line {
                    location: &location,
                    text,
                };
                let result = self.event(line, at, false, place);
                self.settings.location = location;
                result
            }
            // Only the first piece of a message counts.
            InputForm::Queue if piece.continues => Ok(()),
            InputForm::Queue => {
                let log = piece.bytes.splitn(3, |&byte| byte == b':').nth(2);
                let at = self.settings.clock.of_line(log.unwrap_or_default());
                self.event(Subject::Message(piece.bytes), at, piece.unfinished, place)
            }
            InputForm::Events if piece.continues => Ok(()),
            InputForm::Events if piece.unfinished => {
                let text = format!("not an event: the line is longer than {JSON_LIMIT} bytes");
                self.error(&text, place)
            }
            InputForm::Events if piece.bytes.trim_ascii().is_empty() => Ok(()),
            InputForm::Events => match TimedEvent::parse(piece.bytes) {
                Ok(event) => self.timed(&event, place),
                Err(error) => self.error(&error.to_string(), place),
            },
        }
    }

    fn timed(&mut self, event: &TimedEvent<'_>, place: Place<'_>) -> io::Result<()> {
        self.seconds = event.seconds.unwrap_or(self.seconds);
        let at = self.settings.clock.after(self.seconds);
        match &event.content {
            Content::Line(line) => {
                // As if typed: a zero byte ends the line, so does a newline at its end. A newline
                // inside of it cannot be typed; it stays.
                let text = until_nul(line);
                let text = text.strip_suffix(b"\n").unwrap_or(text);
                let (text, truncated) = cut(text, self.line_limit);
                if text.len() < self.shortest_line {
                    return match self.settings.output {
                        Output::Text(_) | Output::Wazuh(_) => Ok(()),
                        Output::Json => JsonLines.skipped(&mut self.out),
                    };
                }
                let own = std::mem::take(&mut self.settings.location);
                let location = event.location.as_deref().map_or(&own[..], str::as_bytes);
                let result = self.event(Subject::Line { location, text }, at, truncated, place);
                self.settings.location = own;
                result
            }
            Content::Message(message) => {
                let (message, truncated) = cut(message, self.line_limit + MESSAGE_HEADER);
                self.event(Subject::Message(message), at, truncated, place)
            }
        }
    }

    fn event(
        &mut self,
        subject: Subject<'_>,
        at: Moment,
        truncated: bool,
        place: Place<'_>,
    ) -> io::Result<()> {
        if let Some(pristine) = &self.pristine {
            self.session.clone_from(pristine);
        }
        let verbosity = self.settings.verbosity;
        let engine = self.session.engine().clone();
        let mut steps = Steps::default();
        let result = if verbosity == 0 {
            subject.evaluate(&mut self.session, at, &mut NoTrace)
        } else {
            subject.evaluate(&mut self.session, at, &mut steps)
        };
        let trace = (verbosity > 0).then(|| RuleTrace::new(&engine, &steps, verbosity > 1));
        let trace = trace.as_ref();
        match (result, &self.settings.output) {
            (Ok(verdict), Output::Text(text)) => text.write(&mut self.out, &verdict, trace),
            (Ok(verdict), Output::Json) => {
                JsonLines.verdict(&mut self.out, &verdict, trace, truncated)
            }
            (Ok(verdict), Output::Wazuh(manager)) => {
                let mut data = Vec::new();
                EventData::new(&verdict, manager.as_ref(), trace).print(&mut data);
                data.push(b'\n');
                self.out.write_all(&data)
            }
            (Err(rejection), Output::Text(_) | Output::Wazuh(_)) => {
                print_warning(format_args!("{place}: the event is dropped: {rejection}"));
                Ok(())
            }
            (Err(rejection), Output::Json) => {
                JsonLines.dropped(&mut self.out, &rejection.to_string(), truncated)
            }
        }
    }

    /// Input that is no event.
    fn error(&mut self, text: &str, place: Place<'_>) -> io::Result<()> {
        self.failed = true;
        match self.settings.output {
            Output::Text(_) | Output::Wazuh(_) => {
                print_error(format_args!("{place}: {text}"));
                Ok(())
            }
            Output::Json => JsonLines.error(&mut self.out, text, place.line),
        }
    }
}

/// Where an event stands, for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    line: u64,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.line)
    }
}

/// At most `limit` bytes, and whether that is less than there was.
fn cut(bytes: &[u8], limit: usize) -> (&[u8], bool) {
    (&bytes[..bytes.len().min(limit)], bytes.len() > limit)
}
