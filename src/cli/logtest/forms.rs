//! The forms of the input: how each becomes events.

use std::io::{self, Read, Write};
use std::time::SystemTime;

use super::InputForm;
use super::evaluate::{Evaluator, Output, Place, Subject};
use crate::cli::failure::print_warning;
use crate::input::{
    Content, ExportedEvents, LineReader, Piece, TimedEvent, WindowsInput, event_time, until_nul,
};
use crate::output::JsonLines;

/// Longest line of JSON input in bytes: far more than any event that is not cut anyway.
const JSON_LIMIT: usize = 16 * 1024 * 1024;

/// A queue message is so much longer than the longest line of the test tool: 6144 bytes in OSSEC.
const MESSAGE_HEADER: usize = 9;

/// So many unknown decoders are told by name.
const UNKNOWN_DECODERS: usize = 100;

impl<W: Write> Evaluator<W> {
    /// A file begins that was last written at this time; `None`: it is being written.
    pub(super) fn begin(&mut self, written: Option<SystemTime>) {
        self.settings.clock.begin(written);
    }

    /// Evaluates everything that can be read. Input that cannot be read is reported here.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn read(&mut self, name: &str, source: impl Read) -> io::Result<()> {
        if self.settings.input != InputForm::Eventchannel {
            return self.read_lines(name, source);
        }
        // Whoever waits for verdicts gets them before this waits for input.
        self.out.flush()?;
        match WindowsInput::new(source) {
            Ok(WindowsInput::Lines(source)) => self.read_lines(name, source),
            Ok(WindowsInput::Exported(events)) => self.read_exported(name, events),
            Err(error) => {
                self.input_failed(name, &error);
                Ok(())
            }
        }
    }

    fn read_lines(&mut self, name: &str, source: impl Read) -> io::Result<()> {
        let mut lines = LineReader::new(source, self.piece_limit());
        loop {
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

    fn read_exported(
        &mut self,
        name: &str,
        mut events: ExportedEvents<impl Read>,
    ) -> io::Result<()> {
        let mut any = false;
        loop {
            if events.needs_more() {
                self.out.flush()?;
            }
            match events.next() {
                Ok(Some((line, event))) => {
                    any = true;
                    let place = Place { name, line };
                    match event {
                        Ok(message) => self.channel(message, false, place)?,
                        Err(error) => self.error(&error.to_string(), place)?,
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    self.input_failed(name, &error);
                    return self.out.flush();
                }
            }
        }
        if !any {
            self.error("there is no `<Event>` in this XML", Place { name, line: 1 })?;
        }
        self.out.flush()
    }

    fn piece_limit(&self) -> usize {
        match self.settings.input {
            InputForm::Lines => self.line_limit,
            InputForm::Events | InputForm::Archives => JSON_LIMIT,
            InputForm::Queue | InputForm::Eventchannel => self.line_limit + MESSAGE_HEADER,
        }
    }

    fn piece(&mut self, name: &str, piece: Piece<'_>) -> io::Result<()> {
        let place = Place {
            name,
            line: piece.line,
        };
        match self.settings.input {
            InputForm::Lines => self.line(piece, place),
            // Of all other forms only the first piece of a line counts.
            _ if piece.continues => Ok(()),
            InputForm::Queue => {
                let log = piece.bytes.splitn(3, |&byte| byte == b':').nth(2);
                let at = self.settings.clock.of_line(log.unwrap_or_default());
                self.event(Subject::Message(piece.bytes), at, piece.unfinished, place)
            }
            InputForm::Events | InputForm::Archives | InputForm::Eventchannel
                if piece.bytes.trim_ascii().is_empty() =>
            {
                Ok(())
            }
            InputForm::Eventchannel => self.channel(piece.bytes, piece.unfinished, place),
            InputForm::Events | InputForm::Archives if piece.unfinished => {
                let what = match self.settings.input {
                    InputForm::Archives => "a record",
                    _ => "an event",
                };
                let text = format!("not {what}: the line is longer than {JSON_LIMIT} bytes");
                self.error(&text, place)
            }
            InputForm::Events => match TimedEvent::parse(piece.bytes) {
                Ok(event) => self.timed(&event, place),
                Err(error) => self.error(&error.to_string(), place),
            },
            InputForm::Archives => self.record(piece.bytes, place),
        }
    }

    fn line(&mut self, piece: Piece<'_>, place: Place<'_>) -> io::Result<()> {
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

    /// A record of Wazuh.
    fn record(&mut self, line: &[u8], place: Place<'_>) -> io::Result<()> {
        let record = match self.archives.parse(line) {
            Ok(record) => record,
            Err(error) => return self.error(&error.to_string(), place),
        };
        let at = self.settings.clock.of_line(&record.timestamp);
        if let Some(name) = &record.event.decoder
            && !self.session.engine().knows_decoder(name.as_ref())
            && self.unknown_decoders.len() < UNKNOWN_DECODERS
            && self.unknown_decoders.insert(name.clone())
            && !self.settings.quiet
        {
            print_warning(format_args!(
                "{place}: the ruleset has no decoder `{name}`: for its events no decoder matched"
            ));
        }
        self.event(Subject::Decoded(&record.event), at, false, place)
    }

    /// What an agent sends of a Windows event.
    fn channel(&mut self, json: &[u8], truncated: bool, place: Place<'_>) -> io::Result<()> {
        let time = event_time(json).unwrap_or_default();
        let at = self.settings.clock.of_line(time);
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        message.extend_from_slice(b"f:");
        message.extend_from_slice(&self.settings.location);
        message.push(b':');
        message.extend_from_slice(json);
        let (whole, cut_off) = cut(&message, self.line_limit + MESSAGE_HEADER);
        let result = self.event(Subject::Message(whole), at, truncated || cut_off, place);
        self.message = message;
        result
    }
}

/// At most `limit` bytes, and whether that is less than there was.
fn cut(bytes: &[u8], limit: usize) -> (&[u8], bool) {
    (&bytes[..bytes.len().min(limit)], bytes.len() > limit)
}
