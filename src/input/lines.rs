//! Lines as the original's test tool reads them: in pieces of a limited size.
//!
//! The original reads into a buffer of fixed size, so a longer line becomes several events. That is
//! kept, and it has a second use: whatever the length of a line, memory stays bounded.

use std::io::{self, Read};

use memchr::memchr;

/// Bytes asked for at once.
const CHUNK: usize = 64 * 1024;

/// A line, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Without the newline. A carriage return stays.
    pub bytes: &'a [u8],
    /// Length of the text.
    text: usize,
    /// Number of the line, from 1.
    pub line: u64,
    /// The line began in an earlier piece.
    pub continues: bool,
    /// More of this line follows, in the next piece.
    pub unfinished: bool,
}

impl<'a> Piece<'a> {
    /// The bytes as a C program sees them: a zero byte ends the piece.
    pub fn text(&self) -> &'a [u8] {
        &self.bytes[..self.text]
    }
}

/// The text up to its first zero byte.
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr(0, bytes).unwrap_or(bytes.len())]
}

/// Reads pieces of at most `limit` bytes. It never holds more than that and one chunk.
///
/// ```
/// use ossia::input::LineReader;
///
/// let mut lines = LineReader::new(&b"one\nabcdef\nlast"[..], 4);
/// let mut pieces = Vec::new();
/// while let Some(piece) = lines.next().unwrap() {
///     pieces.push((piece.line, String::from_utf8_lossy(piece.bytes).into_owned()));
/// }
/// let expected = [(1, "one"), (2, "abcd"), (2, "ef"), (3, "last")];
/// assert_eq!(pieces, expected.map(|(line, text)| (line, text.to_owned())));
/// ```
#[derive(Debug)]
pub struct LineReader<R> {
    source: R,
    limit: usize,
    buffer: Vec<u8>,
    /// The bytes that were read and not yet returned.
    pending: std::ops::Range<usize>,
    ended: bool,
    /// Length of the next piece, and whether its line ends there, if that was looked for.
    next: Option<(usize, bool)>,
    /// Where the next zero byte stands at the earliest: there are few, so they are not looked for
    /// in every line anew.
    zero: usize,
    line: u64,
    /// The next piece belongs to the line of the last one.
    inside: bool,
}

impl<R: Read> LineReader<R> {
    /// A reader of `source`; a limit of 0 counts as 1.
    pub fn new(source: R, limit: usize) -> Self {
        LineReader {
            source,
            limit: limit.max(1),
            buffer: Vec::new(),
            pending: 0..0,
            ended: false,
            next: None,
            zero: 0,
            line: 0,
            inside: false,
        }
    }

    /// What is read.
    pub fn source(&self) -> &R {
        &self.source
    }

    /// True if [`LineReader::next`] can answer without reading: nothing keeps it waiting. The
    /// moment to flush what was written is when this is false.
    pub fn is_ready(&mut self) -> bool {
        self.ended || self.end_of_piece().is_some()
    }

    /// The next piece; `None` at the end. A last line without a newline counts.
    ///
    /// # Errors
    /// If the source cannot be read. Trying again is allowed.
    #[expect(
        clippy::should_implement_trait,
        reason = "a piece borrows the buffer, which an iterator cannot do"
    )]
    pub fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        let (length, newline) = loop {
            if let Some(end) = self.end_of_piece() {
                break end;
            }
            if self.ended {
                if self.pending.is_empty() {
                    return Ok(None);
                }
                break (self.pending.len(), true);
            }
            self.fill()?;
        };
        self.next = None;
        let start = self.pending.start;
        let end = start + length;
        if self.zero < end {
            self.zero = self.find_zero();
        }
        let has_newline = newline && end < self.pending.end;
        self.pending.start = end + usize::from(has_newline);
        let continues = self.inside;
        if !continues {
            self.line += 1;
        }
        self.inside = !newline;
        Ok(Some(Piece {
            bytes: &self.buffer[start..end],
            text: self.zero.min(end) - start,
            line: self.line,
            continues,
            unfinished: !newline,
        }))
    }

    /// The first zero byte of what is pending, or behind it.
    fn find_zero(&self) -> usize {
        let pending = &self.buffer[self.pending.clone()];
        self.pending.start + memchr(0, pending).unwrap_or(pending.len())
    }

    /// Length of the next piece, and whether its line ends there; `None`: more has to be read.
    fn end_of_piece(&mut self) -> Option<(usize, bool)> {
        if self.next.is_none() {
            self.next = self.find_end();
        }
        self.next
    }

    fn find_end(&self) -> Option<(usize, bool)> {
        let pending = &self.buffer[self.pending.clone()];
        // One more byte than the limit: a newline right behind the limit belongs to the piece.
        let window = &pending[..pending.len().min(self.limit + 1)];
        match memchr(b'\n', window) {
            Some(at) => Some((at, true)),
            None if window.len() > self.limit => Some((self.limit, false)),
            None => None,
        }
    }

    /// Reads once. Moves what is pending to the front first, so the buffer only grows up to the
    /// limit and a chunk.
    fn fill(&mut self) -> io::Result<()> {
        if self.pending.start > 0 {
            self.buffer.copy_within(self.pending.clone(), 0);
            self.pending = 0..self.pending.len();
            // What was looked for stood elsewhere.
            self.zero = 0;
        }
        let room = self.pending.end + CHUNK;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.pending.end..room]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.pending.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::slow::Slow;

    #[track_caller]
    fn check(input: &[u8], limit: usize, expected: &[&[u8]]) {
        for at_once in [1, 2, 3, 1000] {
            let mut lines = LineReader::new(Slow(input, at_once), limit);
            let mut pieces = Vec::new();
            while let Some(piece) = lines.next().unwrap() {
                pieces.push(piece.bytes.to_vec());
            }
            assert_eq!(pieces, expected, "{at_once} bytes at once");
            assert!(lines.next().unwrap().is_none());
        }
    }

    #[test]
    fn lines() {
        check(b"", 10, &[]);
        check(b"\n", 10, &[b""]);
        check(b"a\n\nb\n", 10, &[b"a", b"", b"b"]);
        check(b"a\nlast", 10, &[b"a", b"last"]);
        check(b"a\r\nb\r", 10, &[b"a\r", b"b\r"]);
    }

    #[test]
    fn long_lines_are_split() {
        check(b"abcd\ne\n", 4, &[b"abcd", b"e"]);
        check(b"abcde\nf\n", 4, &[b"abcd", b"e", b"f"]);
        check(b"abcdefgh\n", 4, &[b"abcd", b"efgh"]);
        check(b"abcdefgh", 4, &[b"abcd", b"efgh"]);
        check(b"abcdefghi", 4, &[b"abcd", b"efgh", b"i"]);
    }

    #[test]
    fn pieces_know_their_line() {
        let mut lines = LineReader::new(&b"abcdef\ng"[..], 4);
        let mut seen = Vec::new();
        while let Some(piece) = lines.next().unwrap() {
            seen.push((piece.line, piece.continues, piece.unfinished));
        }
        let expected = [(1, false, true), (1, true, false), (2, false, false)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_zero_byte_ends_the_text_only() {
        let mut lines = LineReader::new(&b"ab\0cd\nef"[..], 10);
        assert_eq!(lines.next().unwrap().unwrap().text(), b"ab");
        assert_eq!(lines.next().unwrap().unwrap().text(), b"ef");
    }

    #[test]
    fn a_huge_line_needs_little_memory() {
        let mut lines = LineReader::new(io::repeat(b'x').take(100_000_000), 6135);
        let mut total = 0;
        while let Some(piece) = lines.next().unwrap() {
            assert!(piece.bytes.len() <= 6135 && piece.line == 1);
            total += piece.bytes.len();
        }
        assert_eq!(total, 100_000_000);
        assert!(lines.buffer.capacity() <= 2 * (6136 + CHUNK));
    }

    #[test]
    fn ready_means_no_reading() {
        struct Once(bool);
        impl Read for Once {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "read twice");
                buffer[..5].copy_from_slice(b"a\nb\nc");
                Ok(5)
            }
        }
        let mut lines = LineReader::new(Once(false), 10);
        assert!(!lines.is_ready());
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"a");
        assert!(lines.is_ready());
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"b");
        assert!(!lines.is_ready());
    }

    #[test]
    fn errors_are_passed_on() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::IsADirectory.into())
            }
        }
        assert!(LineReader::new(Broken, 10).next().is_err());
    }
}
