//! The two kinds of text on standard error (`spec/output.md` §1).

use std::fmt::Display;
use std::io::{self, Write};

use crate::engine::Moment;
use crate::input::Clock;

/// Standard error, and the clock that stamps log lines.
pub(super) struct Console<'a> {
    pub(super) err: &'a mut dyn Write,
    clock: Clock,
}

impl<'a> Console<'a> {
    pub(super) fn new(err: &'a mut dyn Write, clock: Clock) -> Self {
        Console { err, clock }
    }

    pub(super) fn now(&mut self) -> Moment {
        self.clock.now()
    }

    /// A plain text, without a time.
    pub(super) fn plain(&mut self, text: &[u8]) -> io::Result<()> {
        self.err.write_all(text)
    }

    /// A log line: `2024/01/01 10:00:00 TEXT`, local time.
    pub(super) fn log(&mut self, text: impl Display) -> io::Result<()> {
        let now = self.now();
        let (year, month, day) = now.date();
        let (hour, minute, second) = (now.hour(), now.minute(), now.second());
        writeln!(
            self.err,
            "{year}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02} {text}"
        )
    }

    /// A log line of the tool that is no error.
    pub(super) fn info(&mut self, text: impl Display) -> io::Result<()> {
        self.log(format_args!("ossec-testrule: INFO: {text}"))
    }
}
