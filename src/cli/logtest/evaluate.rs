//! From a piece of input to a line of output: the one place where events meet the session.

use std::collections::HashSet;
use std::io::{self, Write};

use bstr::BString;

use super::InputForm;
use crate::cli::failure::{print_error, print_warning, reason};
use crate::engine::trace::{NoTrace, Steps, Trace};
use crate::engine::{DecodedEvent, Dropped, Moment, Rejection, Session};
use crate::input::{ArchiveReader, Clock};
use crate::output::{EventData, JsonLines, Phases, RuleTrace};
use crate::verdict::Verdict;

/// What is evaluated.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Line { location: &'a [u8], text: &'a [u8] },
    Message(&'a [u8]),
    Decoded(&'a DecodedEvent),
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
            Subject::Decoded(event) => session.evaluate_decoded(event, at, trace),
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
    /// No warnings.
    pub(super) quiet: bool,
}

/// Evaluates events and writes what comes of them.
pub(super) struct Evaluator<W> {
    pub(super) settings: Settings,
    pub(super) session: Session,
    /// For `fresh`: a session that has seen nothing.
    pristine: Option<Session>,
    pub(super) line_limit: usize,
    pub(super) shortest_line: usize,
    /// Seconds after the start of the event before.
    pub(super) seconds: i64,
    pub(super) archives: ArchiveReader,
    /// Decoders of records that the ruleset does not have.
    pub(super) unknown_decoders: HashSet<BString>,
    /// The queue message that a Windows event becomes.
    pub(super) message: Vec<u8>,
    pub(super) out: W,
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
            archives: ArchiveReader::default(),
            unknown_decoders: HashSet::new(),
            message: Vec::new(),
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

    /// Reports input that cannot be read.
    pub(super) fn input_failed(&mut self, name: &str, error: &io::Error) {
        print_error(format_args!("cannot read `{name}`: {}", reason(error)));
        self.failed = true;
    }

    pub(super) fn event(
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
            // The original only drops it, but whoever has a file of events wants to know.
            (Err(Rejection::EventChannel(Dropped::NotAnObject)), output)
                if self.settings.input == InputForm::Eventchannel =>
            {
                self.failed = true;
                let text = if truncated {
                    let limit = self.line_limit;
                    format!("not an event: Wazuh takes at most {limit} bytes of it")
                } else {
                    "not an event: it is neither XML nor a JSON object".to_owned()
                };
                match output {
                    Output::Json => JsonLines.dropped(&mut self.out, &text, truncated),
                    Output::Text(_) | Output::Wazuh(_) => {
                        print_error(format_args!("{place}: {text}"));
                        Ok(())
                    }
                }
            }
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
    pub(super) fn error(&mut self, text: &str, place: Place<'_>) -> io::Result<()> {
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
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) line: u64,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.line)
    }
}
