//! The lines that are measured: in memory, with their times, repeated as often as needed.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use jiff::tz::TimeZone;
use memchr::memchr_iter;

use crate::cli::failure::{Failure, print_warning, reason};
use crate::cli::scan::location_of;
use crate::cli::session_args::{is_standard_input, written};
use crate::config::embedded;
use crate::dialect::Dialect;
use crate::engine::Moment;
use crate::input::{Clock, LineReader, LogFile, Time};
use crate::page::Page;

/// So many bytes of a file are measured at most.
const LARGEST: u64 = 1 << 30;
/// When the examples of the pages were written, in Unix seconds: always the same, so that their
/// stamps without a year always mean the same.
const EXAMPLES_WRITTEN: u64 = 1_700_000_000;

/// Where the lines come from.
pub(super) struct Source {
    /// For messages.
    name: String,
    location: Vec<u8>,
    written: Option<SystemTime>,
    content: Content,
}

enum Content {
    File(File),
    StandardInput,
    Examples,
}

impl Source {
    /// Opens a file; without one, the examples.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Source {
                name: "the examples of the pages".to_owned(),
                location: b"examples".to_vec(),
                written: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(EXAMPLES_WRITTEN)),
                content: Content::Examples,
            });
        };
        let (written, content) = if is_standard_input(path.as_os_str()) {
            (None, Content::StandardInput)
        } else {
            let file = File::open(path).map_err(|error| {
                let (path, why) = (path.display(), reason(&error));
                Failure::Message(format!("cannot read `{path}`: {why}"))
            })?;
            (written(&file), Content::File(file))
        };
        Ok(Source {
            name: path.to_string_lossy().into_owned(),
            location: location_of(path),
            written,
            content,
        })
    }

    /// All of its bytes, unpacked.
    fn read(self) -> Result<Vec<u8>, Failure> {
        let Source { name, content, .. } = self;
        match content {
            Content::Examples => Ok(examples()),
            Content::StandardInput => read_all(&name, io::stdin().lock()),
            Content::File(file) => read_all(&name, file),
        }
    }
}

fn read_all(name: &str, source: impl Read) -> Result<Vec<u8>, Failure> {
    let mut file = LogFile::new(source);
    let mut text = Vec::new();
    // A log file does not fail, it ends.
    file.by_ref().take(LARGEST).read_to_end(&mut text)?;
    if let Some(problem) = file.problem() {
        let why = reason(&problem.error);
        return Err(Failure::Message(match problem.damaged {
            Some(packing) => {
                let at = problem.position;
                format!("{name}: damaged {packing} data at byte {at}: {why}")
            }
            None => format!("cannot read `{name}`: {why}"),
        }));
    }
    if text.len() as u64 == LARGEST {
        print_warning(format_args!(
            "{name}: only the first {LARGEST} bytes are measured"
        ));
    }
    text.shrink_to_fit();
    Ok(text)
}

/// The example lines of the embedded rules' pages.
fn examples() -> Vec<u8> {
    let mut text = Vec::new();
    for (path, page) in embedded::pages() {
        let (family, _) = Page::parse_all(path, page);
        let examples = family.pages.iter().flat_map(|page| &page.examples);
        for (_, line) in examples.flat_map(|example| &example.lines) {
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
    }
    text
}

/// Lines in memory.
pub(super) struct Stream {
    /// As all the events say where they come from.
    pub(super) location: Vec<u8>,
    text: Vec<u8>,
    written: Option<SystemTime>,
    clock: Clock,
    line_limit: usize,
    shortest_line: usize,
    repetitions: u64,
    /// Seconds that one repetition takes.
    lasts: i64,
    events_once: u64,
    skipped_once: u64,
}

impl Stream {
    /// The lines of `source`, as often as it takes to get `wanted` events.
    ///
    /// # Errors
    /// The source cannot be read, or none of its lines is an event.
    pub(super) fn new(
        source: Source,
        dialect: Dialect,
        zone: TimeZone,
        wanted: u64,
    ) -> Result<Self, Failure> {
        let name = source.name.clone();
        let mut stream = Stream {
            location: source.location.clone(),
            written: source.written,
            text: source.read()?,
            clock: Clock::new(Time::Log, zone),
            line_limit: dialect.line_limit(),
            shortest_line: dialect.shortest_line(),
            repetitions: 1,
            lasts: 0,
            events_once: 0,
            skipped_once: 0,
        };
        let (mut events, mut first, mut last) = (0, i64::MAX, i64::MIN);
        stream.skipped_once = stream.walk(|_, at| {
            events += 1;
            first = first.min(at.seconds);
            last = last.max(at.seconds);
            Ok(())
        })?;
        if events == 0 {
            return Err(Failure::Message(match stream.skipped_once {
                0 => format!("{name}: there is no line to measure"),
                _ => format!("{name}: no line is long enough to be an event"),
            }));
        }
        stream.events_once = events;
        stream.lasts = last.saturating_sub(first).saturating_add(1);
        stream.repetitions = wanted.div_ceil(events).max(1);
        Ok(stream)
    }

    /// Hands out every event with its time. Returns how many lines are too short to be events.
    pub(super) fn walk(
        &self,
        mut each: impl FnMut(&[u8], Moment) -> io::Result<()>,
    ) -> io::Result<u64> {
        let mut skipped = 0;
        let mut later: i64 = 0;
        for _ in 0..self.repetitions {
            let mut clock = self.clock.clone();
            clock.begin(self.written);
            let mut lines = LineReader::new(&self.text[..], self.line_limit);
            while let Some(piece) = lines.next()? {
                let text = piece.text();
                if text.len() < self.shortest_line {
                    skipped += 1;
                    continue;
                }
                // What is in the middle of a line is no time stamp.
                let mut at = if piece.continues {
                    clock.now()
                } else {
                    clock.of_line(text)
                };
                at.seconds = at.seconds.saturating_add(later);
                each(text, at)?;
            }
            later = later.saturating_add(self.lasts);
        }
        Ok(skipped)
    }

    /// The seconds that it takes to find all line ends, and nothing else.
    pub(super) fn split(&self) -> f64 {
        let started = Instant::now();
        for _ in 0..self.repetitions {
            for at in memchr_iter(b'\n', black_box(&self.text)) {
                black_box(at);
            }
        }
        started.elapsed().as_secs_f64()
    }

    /// All events of a pass.
    pub(super) fn events(&self) -> u64 {
        self.events_once.saturating_mul(self.repetitions)
    }

    /// All lines of a pass that are too short to be events.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped_once.saturating_mul(self.repetitions)
    }

    /// All bytes of a pass.
    pub(super) fn bytes(&self) -> u64 {
        (self.text.len() as u64).saturating_mul(self.repetitions)
    }

    /// Bytes that are held in memory.
    pub(super) fn held(&self) -> u64 {
        self.text.len() as u64
    }

    /// How often the lines are repeated.
    pub(super) fn repetitions(&self) -> u64 {
        self.repetitions
    }
}
