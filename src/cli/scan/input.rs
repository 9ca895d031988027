//! The files of a scan as one stream of lines with their times.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::progress::Progress;
use crate::cli::failure::{print_error, reason};
use crate::cli::session_args::{is_standard_input, written};
use crate::engine::Moment;
use crate::input::{Clock, LineReader, LogFile, Packing};

/// What comes next in the stream.
pub(in crate::cli) enum Next<'i> {
    /// A line, and when it arrived.
    Line(&'i [u8], Moment),
    /// A line that is too short to be an event.
    Skipped,
    /// Another file begins: where its lines come from.
    Begin(&'i [u8]),
    /// To go on means to wait for somebody else: whoever waits for alerts should have them first.
    Pause,
    /// Something could not be read. The stream goes on behind it.
    Report(Report),
}

/// What could not be read.
pub(in crate::cli) struct Report {
    name: String,
    reason: String,
    what: Problem,
}

enum Problem {
    Missing,
    Unreadable { from: u64 },
    Damaged { packing: Packing, at: u64 },
}

impl Report {
    /// Tells it on standard error.
    pub(in crate::cli) fn print(&self, progress: &Progress) {
        let Report { name, reason, what } = self;
        progress.aside(|| match what {
            Problem::Missing | Problem::Unreadable { from: 0 } => {
                print_error(format_args!("cannot read `{name}`: {reason}"));
            }
            Problem::Damaged { packing, at } => print_error(format_args!(
                "{name}: damaged {packing} data at byte {at}: {reason}; what was read before it is \
                 evaluated"
            )),
            Problem::Unreadable { from } => print_error(format_args!(
                "{name}: cannot be read from byte {from} on: {reason}; what was read before it is \
                 evaluated"
            )),
        });
    }
}

/// What was read so far.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli) struct ReadCounts {
    /// Bytes of the logs, unpacked.
    pub(in crate::cli) bytes: u64,
    /// Lines that are too short to be events.
    pub(in crate::cli) skipped: u64,
    /// Lines that are longer than an event can be.
    pub(in crate::cli) split: u64,
}

/// Limits of lines, in bytes.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct LineLimits {
    pub(in crate::cli) longest: usize,
    pub(in crate::cli) shortest: usize,
}

/// The stream.
pub(in crate::cli) struct Input {
    files: std::vec::IntoIter<PathBuf>,
    /// Where all lines come from, if the names of the files do not say so.
    location: Option<OsString>,
    limits: LineLimits,
    clock: Clock,
    progress: Progress,
    /// Standard output is a terminal: somebody looks.
    watched: bool,
    open: Option<Open>,
    /// Bytes of the files before this one, as they are stored.
    read_before: u64,
    /// [`Next::Pause`] was said, and nothing was read since.
    paused: bool,
    counts: ReadCounts,
}

/// A file that is being read.
struct Open {
    name: String,
    location: Vec<u8>,
    lines: LineReader<LogFile<Box<dyn Read + Send>>>,
    /// Somebody waits for its alerts.
    live: bool,
    ended: bool,
}

impl Input {
    pub(in crate::cli) fn new(
        files: Vec<PathBuf>,
        location: Option<OsString>,
        limits: LineLimits,
        clock: Clock,
        progress: Progress,
        watched: bool,
    ) -> Self {
        Input {
            files: files.into_iter(),
            location,
            limits,
            clock,
            progress,
            watched,
            open: None,
            read_before: 0,
            paused: false,
            counts: ReadCounts::default(),
        }
    }

    /// What was read so far; complete behind the end of the stream.
    pub(in crate::cli) fn counts(&self) -> ReadCounts {
        self.counts
    }

    /// Goes one step on; `None` behind the last file.
    pub(in crate::cli) fn next(&mut self) -> io::Result<Option<Next<'_>>> {
        if self.open.as_ref().is_none_or(|open| open.ended) {
            return Ok(self.next_file());
        }
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        if !open.lines.is_ready() {
            let position = open.lines.source().position();
            self.progress.set(self.read_before + position);
            if open.live && !self.paused {
                self.paused = true;
                return Ok(Some(Next::Pause));
            }
        }
        self.paused = false;
        // A log file does not fail, it ends.
        let Some(piece) = open.lines.next()? else {
            open.ended = true;
            return Ok(Some(Next::Skipped));
        };
        self.counts.split += u64::from(piece.unfinished && !piece.continues);
        let text = piece.text();
        if text.len() < self.limits.shortest {
            self.counts.skipped += 1;
            return Ok(Some(Next::Skipped));
        }
        // What is in the middle of a line is no time stamp.
        let at = if piece.continues {
            self.clock.now()
        } else {
            self.clock.of_line(text)
        };
        Ok(Some(Next::Line(text, at)))
    }

    /// Tells what was wrong with the last file, or goes on to the next one.
    fn next_file(&mut self) -> Option<Next<'_>> {
        if let Some(report) = self.open.take().and_then(|open| self.end(&open)) {
            return Some(Next::Report(report));
        }
        let path = self.files.next()?;
        Some(match self.begin(&path) {
            Ok(open) => Next::Begin(&self.open.insert(open).location),
            Err(report) => Next::Report(report),
        })
    }

    fn end(&mut self, open: &Open) -> Option<Report> {
        let file = open.lines.source();
        self.read_before += file.position();
        self.counts.bytes += file.unpacked();
        let problem = file.problem()?;
        Some(Report {
            name: open.name.clone(),
            reason: reason(&problem.error),
            what: match problem.damaged {
                Some(packing) => Problem::Damaged {
                    packing,
                    at: problem.position,
                },
                None => Problem::Unreadable {
                    from: problem.position,
                },
            },
        })
    }

    fn begin(&mut self, path: &Path) -> Result<Open, Report> {
        let standard_input = is_standard_input(path.as_os_str());
        let name = match standard_input {
            true => "stdin".to_owned(),
            false => path.to_string_lossy().into_owned(),
        };
        let (file, written): (Box<dyn Read + Send>, _) = if standard_input {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(|error| Report {
                name: name.clone(),
                reason: reason(&error),
                what: Problem::Missing,
            })?;
            let written = written(&file);
            (Box::new(file), written)
        };
        self.clock.begin(written);
        let location = self.location.as_ref().map_or_else(
            || location_of(path),
            |text| text.as_encoded_bytes().to_vec(),
        );
        Ok(Open {
            name,
            location,
            lines: LineReader::new(LogFile::new(file), self.limits.longest),
            live: standard_input || self.watched,
            ended: false,
        })
    }
}

/// The name of a file as a location.
pub(in crate::cli) fn location_of(path: &Path) -> Vec<u8> {
    if is_standard_input(path.as_os_str()) {
        return b"stdin".to_vec();
    }
    let mut name = path.as_os_str().as_encoded_bytes().to_vec();
    for byte in &mut name {
        if *byte == b':' {
            *byte = b'_';
        }
    }
    name
}
