//! Cuts a stream of XML into its `<Event>` elements, each with the line where it begins.
//!
//! It knows just enough XML for that: tags, quotes in them, comments, CDATA. Whatever stands around
//! the events (a declaration, `<Events>`) does not matter, and a broken event does not spoil the
//! next one: an `<Event>` inside of another one means that the outer one is unfinished.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

/// Bytes asked for at once.
const CHUNK: usize = 64 * 1024;

/// Markup other than tags: how it begins and what ends it.
const OTHERS: [(&[u8], &[u8]); 4] = [
    (b"<!--", b"-->"),
    (b"<![CDATA[", b"]]>"),
    (b"<?", b"?>"),
    (b"<!", b">"),
];

/// Why an event has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// The next one begins, or the file ends.
    #[error("not an event: there is no `</Event>` that ends it")]
    Unfinished,
    /// It is longer than any event.
    #[error("not an event: it is longer than {0} bytes")]
    TooLong(usize),
}

/// One event, or what there is of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    /// Number of the line where it begins, from 1.
    pub(super) line: u64,
    /// From `<Event` to `</Event>`.
    pub(super) xml: Result<&'a [u8], Incomplete>,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum State {
    Text,
    /// Markup whose kind is not known yet.
    Markup,
    Tag {
        quote: Option<u8>,
    },
    Until(&'static [u8]),
}

/// What a look at the bytes brought.
enum Step {
    /// More has to be read.
    More,
    Event {
        start: usize,
        end: usize,
    },
    /// The event that began there has no end.
    Unfinished {
        start: usize,
    },
}

/// Finds events; it never holds more than one of them and a chunk.
#[derive(Debug)]
pub(super) struct Splitter<R> {
    source: R,
    /// Longest event in bytes.
    limit: usize,
    buffer: Vec<u8>,
    /// The next byte to look at.
    at: usize,
    state: State,
    /// Where the markup begins that `at` is in.
    markup: usize,
    /// Where the event begins that `at` is in.
    start: Option<usize>,
    ended: bool,
    /// Line feeds before `counted`.
    line_feeds: u64,
    counted: usize,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(source: R, limit: usize) -> Self {
        Splitter {
            source,
            limit,
            buffer: Vec::new(),
            at: 0,
            state: State::Text,
            markup: 0,
            start: None,
            ended: false,
            line_feeds: 0,
            counted: 0,
        }
    }

    /// True if no markup waits to be looked at: to go on, more has to be read.
    pub(super) fn needs_more(&self) -> bool {
        !self.ended && memchr(b'<', &self.buffer[self.at..]).is_none()
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// The source cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<Cut<'_>>> {
        loop {
            let (start, xml) = match self.step() {
                Step::Event { start, end } if end - start > self.limit => {
                    (start, Err(Incomplete::TooLong(self.limit)))
                }
                Step::Event { start, end } => (start, Ok(start..end)),
                Step::Unfinished { start } => (start, Err(Incomplete::Unfinished)),
                Step::More if self.ended => match self.start.take() {
                    Some(start) => (start, Err(Incomplete::Unfinished)),
                    None => return Ok(None),
                },
                Step::More => match self.give_up_long() {
                    Some(start) => (start, Err(Incomplete::TooLong(self.limit))),
                    None => {
                        self.fill()?;
                        continue;
                    }
                },
            };
            let line = self.line(start);
            return Ok(Some(Cut {
                line,
                xml: xml.map(|range| &self.buffer[range]),
            }));
        }
    }

    /// Looks at what is in the buffer.
    fn step(&mut self) -> Step {
        loop {
            let rest = &self.buffer[self.at..];
            match self.state {
                State::Text => match memchr(b'<', rest) {
                    Some(found) => {
                        self.markup = self.at + found;
                        self.at = self.markup + 1;
                        self.state = State::Markup;
                    }
                    None => {
                        self.at = self.buffer.len();
                        return Step::More;
                    }
                },
                State::Markup => {
                    let markup = &self.buffer[self.markup..];
                    let known = OTHERS.iter().find(|(open, _)| markup.starts_with(open));
                    let undecided = OTHERS.iter().any(|(open, _)| open.starts_with(markup));
                    if undecided && !self.ended {
                        return Step::More;
                    }
                    self.state = match known {
                        Some((open, close)) => {
                            self.at = self.markup + open.len();
                            State::Until(close)
                        }
                        None => State::Tag { quote: None },
                    };
                }
                State::Until(close) => match memmem::find(rest, close) {
                    Some(found) => {
                        self.at += found + close.len();
                        self.state = State::Text;
                    }
                    None => {
                        // The end of the text may be the begin of what is looked for.
                        let seen = self.buffer.len().saturating_sub(close.len() - 1);
                        self.at = self.at.max(seen);
                        return Step::More;
                    }
                },
                State::Tag { quote } => {
                    let telling = |byte: &u8| match quote {
                        Some(quote) => *byte == quote || *byte == b'<',
                        None => matches!(byte, b'"' | b'\'' | b'<' | b'>'),
                    };
                    let Some(found) = rest.iter().position(telling) else {
                        self.at = self.buffer.len();
                        return Step::More;
                    };
                    let byte = rest[found];
                    self.at += found + 1;
                    match byte {
                        // No tag has this inside; whoever reads the event will say so.
                        b'<' => {
                            let step = self.tag(self.at - 1..self.at - 1);
                            self.markup = self.at - 1;
                            self.state = State::Markup;
                            if let Some(step) = step {
                                return step;
                            }
                        }
                        b'>' if quote.is_none() => {
                            self.state = State::Text;
                            if let Some(step) = self.tag(self.at - 1..self.at) {
                                return step;
                            }
                        }
                        byte => {
                            let quote = quote.is_none().then_some(byte);
                            self.state = State::Tag { quote };
                        }
                    }
                }
            }
        }
    }

    /// A tag that ends with these bytes.
    fn tag(&mut self, end: Range<usize>) -> Option<Step> {
        let inside = &self.buffer[self.markup + 1..end.start];
        let (closes, name) = match inside.strip_prefix(b"/") {
            Some(name) => (true, name),
            None => (false, inside),
        };
        let length = name
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
        if &name[..length.unwrap_or(name.len())] != b"Event" {
            return None;
        }
        if closes {
            let start = self.start.take()?;
            let end = end.end;
            return Some(Step::Event { start, end });
        }
        if inside.ends_with(b"/") && self.start.is_none() {
            let (start, end) = (self.markup, end.end);
            return Some(Step::Event { start, end });
        }
        let earlier = self.start.replace(self.markup);
        earlier.map(|start| Step::Unfinished { start })
    }

    /// From here on the bytes of the buffer are needed.
    fn kept(&self) -> usize {
        self.start.unwrap_or(match self.state {
            State::Text | State::Until(_) => self.at,
            State::Markup | State::Tag { .. } => self.markup,
        })
    }

    /// If what is kept is too long, forgets it. Returns where the event began that was lost.
    fn give_up_long(&mut self) -> Option<usize> {
        if self.buffer.len() - self.kept() <= self.limit {
            return None;
        }
        if let State::Markup | State::Tag { .. } = self.state {
            self.state = State::Text;
        }
        self.start.take()
    }

    /// Number of the line at this place; places come in order.
    fn line(&mut self, place: usize) -> u64 {
        let passed = self.buffer.get(self.counted..place).unwrap_or_default();
        self.line_feeds += memchr_iter(b'\n', passed).count() as u64;
        self.counted = self.counted.max(place);
        self.line_feeds + 1
    }

    /// Reads once. What is not needed makes room first.
    fn fill(&mut self) -> io::Result<()> {
        let kept = self.kept();
        self.line(kept);
        self.buffer.drain(..kept);
        self.counted -= kept;
        self.at -= kept;
        self.markup = self.markup.saturating_sub(kept);
        self.start = self.start.map(|start| start - kept);
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let count = loop {
            match self.source.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.buffer
            .truncate(before + count.as_ref().map_or(0, |&count| count));
        self.ended = count? == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::slow::Slow;

    type Owned = (u64, Result<String, Incomplete>);

    fn split(xml: &[u8], limit: usize, at_once: usize) -> Vec<Owned> {
        let mut splitter = Splitter::new(Slow(xml, at_once), limit);
        let mut found = Vec::new();
        while let Some(cut) = splitter.next().unwrap() {
            let xml = cut.xml.map(|xml| String::from_utf8_lossy(xml).into_owned());
            found.push((cut.line, xml));
        }
        found
    }

    #[track_caller]
    fn check(xml: &str, expected: &[(u64, Result<&str, Incomplete>)]) {
        let expected: Vec<Owned> = expected
            .iter()
            .map(|&(line, xml)| (line, xml.map(str::to_owned)))
            .collect();
        for at_once in [1, 2, 3, 1000] {
            let found = split(xml.as_bytes(), 200, at_once);
            assert_eq!(found, expected, "{at_once} at once");
        }
    }

    #[test]
    fn events_and_what_is_around() {
        check("", &[]);
        check("text", &[]);
        check("<Events/>", &[]);
        check("<Event/>", &[(1, Ok("<Event/>"))]);
        check(
            "<?xml version='1.0'?>\n<!DOCTYPE x>\n<Events>\n<Event a='>'>x</Event>\r\n\
             <Event\n>y</Event ></Events>",
            &[
                (4, Ok("<Event a='>'>x</Event>")),
                (5, Ok("<Event\n>y</Event >")),
            ],
        );
        check(
            "<Eventing/><EventData></Event><Event>1</Event>",
            &[(1, Ok("<Event>1</Event>"))],
        );
        check(
            "<!-- <Event>--><![CDATA[<Event>]]>\n<Event><!--</Event>--><![CDATA[</Event>]]></Event>",
            &[(2, Ok("<Event><!--</Event>--><![CDATA[</Event>]]></Event>"))],
        );
    }

    #[test]
    fn a_broken_event_does_not_spoil_the_next() {
        let unfinished = Err(Incomplete::Unfinished);
        check(
            "<Event><Sys\n<Event>1</Event>\n<Event a=\"><x>\n<Event>2</Event>\n<Event>",
            &[
                (1, unfinished),
                (2, Ok("<Event>1</Event>")),
                (3, unfinished),
                (4, Ok("<Event>2</Event>")),
                (5, unfinished),
            ],
        );
        let long = format!("<Event>{}</Event>\n<Event>2</Event>", "x".repeat(70_000));
        let found = split(long.as_bytes(), 200, 1000);
        assert_eq!(found[0], (1, Err(Incomplete::TooLong(200))));
        assert_eq!(found[1], (2, Ok("<Event>2</Event>".to_owned())));
    }

    #[test]
    fn memory_is_bounded() {
        for what in [
            "<",
            "x",
            "<!--",
            "<a ",
            "\"<",
            "<Event ",
            "<Event><![CDATA[",
        ] {
            let source = what.repeat(1_000_000 / what.len());
            let mut splitter = Splitter::new(source.as_bytes(), 1000);
            while splitter.next().unwrap().is_some() {}
            assert!(splitter.buffer.capacity() <= 3 * CHUNK, "{what}");
        }
    }

    proptest! {
        #[test]
        fn the_size_of_reads_changes_nothing(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "<Event", "</Event>", ">", "<", "/", "'", "\"", "<!--", "-->", "<![CDATA[", "]]>",
                "<?", "?>", "\n", "x", " ", "<Event>", "<Data>",
            ]), 0..40),
            at_once in 1_usize..9,
        ) {
            let xml = pieces.concat();
            let whole = split(xml.as_bytes(), 10_000, usize::MAX);
            prop_assert_eq!(split(xml.as_bytes(), 10_000, at_once), whole);
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>, at_once in 1_usize..9, limit in 0_usize..20) {
            split(&bytes, limit, at_once);
        }
    }
}
