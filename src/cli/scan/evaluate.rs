//! From files to alerts: the loop over the lines. Nothing in it allocates for a line.

use std::io::{self, Read, Write};
use std::time::SystemTime;

use super::filter::Filter;
use super::progress::Progress;
use super::summary::Counts;
use crate::cli::failure::{print_error, reason};
use crate::engine::Session;
use crate::input::{Clock, LineReader, LogFile, Piece, ReadProblem};
use crate::output::{AlertLine, AlertWriter, AlertsJson, JsonLines};
use crate::verdict::Verdict;

/// Writes events in one of the formats, each in one piece: so a buffer behind it never ends in the
/// middle of one.
pub(super) enum Writer {
    Text(AlertLine),
    AlertsLog(AlertWriter),
    /// Ids of alerts come from the text: in some versions they are offsets in it.
    AlertsJson(AlertWriter, AlertsJson),
    Ndjson,
}

impl Writer {
    fn write(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>) -> io::Result<()> {
        match self {
            Writer::Text(format) => format.write(out, verdict),
            Writer::AlertsLog(format) => format.write(out, verdict).map(|_| ()),
            Writer::AlertsJson(text, format) => {
                let number = match text.write(&mut io::sink(), verdict)? {
                    Some(number) => number,
                    None => text.numbers.take(),
                };
                format.write(out, verdict, number)
            }
            Writer::Ndjson => JsonLines.verdict(out, verdict, None, false),
        }
    }
}

/// The settings of a run.
pub(super) struct Settings {
    pub(super) clock: Clock,
    pub(super) filter: Filter,
    pub(super) writer: Writer,
}

/// A file to be read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// For messages.
    pub(super) name: &'a str,
    /// For events.
    pub(super) location: &'a [u8],
    /// When it was last written; `None`: it is being written.
    pub(super) written: Option<SystemTime>,
    /// Somebody waits for alerts: they are handed over before more is read.
    pub(super) live: bool,
}

/// Evaluates files and writes what comes of them.
pub(super) struct Evaluator<W: Write> {
    settings: Settings,
    session: Session,
    line_limit: usize,
    shortest_line: usize,
    counts: Counts,
    progress: Progress,
    /// Bytes of the files before this one, as they are stored.
    read_before: u64,
    event: Vec<u8>,
    out: W,
    failed: bool,
}

impl<W: Write> Evaluator<W> {
    pub(super) fn new(session: Session, settings: Settings, progress: Progress, out: W) -> Self {
        let ruleset = session.engine().ruleset();
        Evaluator {
            line_limit: ruleset.dialect.line_limit(),
            shortest_line: ruleset.dialect.shortest_line(),
            counts: Counts::new(ruleset.rules.rules.len()),
            session,
            settings,
            progress,
            read_before: 0,
            event: Vec::new(),
            out,
            failed: false,
        }
    }

    /// Evaluates a file as far as it can be read. What is wrong with it is reported here.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn read(&mut self, source: Source<'_>, file: impl Read) -> io::Result<()> {
        self.settings.clock.begin(source.written);
        let mut lines = LineReader::new(LogFile::new(file), self.line_limit);
        loop {
            if !lines.is_ready() {
                self.progress
                    .set(self.read_before + lines.source().position());
                if source.live {
                    self.out.flush()?;
                }
            }
            // A log file does not fail, it ends.
            let Some(piece) = lines.next()? else { break };
            self.line(source.location, piece)?;
        }
        let file = lines.source();
        self.read_before += file.position();
        self.counts.bytes += file.unpacked();
        if let Some(problem) = file.problem() {
            self.report(source.name, problem);
        }
        Ok(())
    }

    /// Reports a file that cannot be opened.
    pub(super) fn cannot_open(&mut self, name: &str, error: &io::Error) {
        self.failed = true;
        self.progress.aside(|| {
            print_error(format_args!("cannot read `{name}`: {}", reason(error)));
        });
    }

    /// What was counted, whether something could not be read, and the session at the end.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn finish(mut self) -> io::Result<(Counts, bool, Session)> {
        self.out.flush()?;
        self.progress.end();
        Ok((self.counts, self.failed, self.session))
    }

    fn report(&mut self, name: &str, problem: &ReadProblem) {
        self.failed = true;
        let (at, why) = (problem.position, reason(&problem.error));
        self.progress.aside(|| match problem.damaged {
            Some(packing) => print_error(format_args!(
                "{name}: damaged {packing} data at byte {at}: {why}; what was read before it is \
                 evaluated"
            )),
            None if at == 0 => print_error(format_args!("cannot read `{name}`: {why}")),
            None => print_error(format_args!(
                "{name}: cannot be read from byte {at} on: {why}; what was read before it is \
                 evaluated"
            )),
        });
    }

    fn line(&mut self, location: &[u8], piece: Piece<'_>) -> io::Result<()> {
        let counts = &mut self.counts;
        counts.split += u64::from(piece.unfinished && !piece.continues);
        let text = piece.text();
        if text.len() < self.shortest_line {
            counts.skipped += 1;
            return Ok(());
        }
        let clock = &mut self.settings.clock;
        // What is in the middle of a line is no time stamp.
        let at = if piece.continues {
            clock.now()
        } else {
            clock.of_line(text)
        };
        let Ok(verdict) = self.session.evaluate(location, text, at) else {
            counts.dropped += 1;
            return Ok(());
        };
        counts.event(&verdict);
        if self.settings.filter.shows(&verdict) {
            counts.shown += 1;
            self.event.clear();
            self.settings.writer.write(&mut self.event, &verdict)?;
            self.out.write_all(&self.event)?;
        }
        Ok(())
    }
}
