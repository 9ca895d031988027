//! UTF-16 as Windows writes it, read as UTF-8. Everything else passes as it is.

use std::io::{self, Read};

/// Bytes asked for at once.
const CHUNK: usize = 64 * 1024;

/// Order of the bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// A source that turns UTF-16 into UTF-8, by its byte order mark or the zero byte in its first
/// character. The mark itself is left out; what is no UTF-16 in it becomes U+FFFD.
#[derive(Debug)]
pub struct FromUtf16<R> {
    source: R,
    /// `None`: it is not UTF-16. Known once `started`.
    order: Option<Order>,
    started: bool,
    ended: bool,
    /// Bytes of the source that make no whole character yet.
    raw: Vec<u8>,
    /// Bytes that are ready, from `at` on.
    ready: Vec<u8>,
    at: usize,
}

impl<R: Read> FromUtf16<R> {
    pub(super) fn new(source: R) -> Self {
        FromUtf16 {
            source,
            order: None,
            started: false,
            ended: false,
            raw: Vec::new(),
            ready: Vec::new(),
            at: 0,
        }
    }

    /// Reads until the first two bytes are there.
    fn start(&mut self) -> io::Result<()> {
        while self.raw.len() < 2 && !self.ended {
            self.read_more()?;
        }
        self.started = true;
        let (order, mark) = match *self.raw {
            [0xFF, 0xFE, ..] => (Order::Little, 2),
            [0xFE, 0xFF, ..] => (Order::Big, 2),
            [first, 0, ..] if first != 0 => (Order::Little, 0),
            [0, second, ..] if second != 0 => (Order::Big, 0),
            _ => {
                self.ready = std::mem::take(&mut self.raw);
                return Ok(());
            }
        };
        self.order = Some(order);
        self.raw.drain(..mark);
        Ok(())
    }

    fn read_more(&mut self) -> io::Result<()> {
        let before = self.raw.len();
        self.raw.resize(before + CHUNK, 0);
        let count = loop {
            match self.source.read(&mut self.raw[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.raw
            .truncate(before + count.as_ref().map_or(0, |&count| count));
        self.ended = count? == 0;
        Ok(())
    }

    /// Turns all that is there into UTF-8, but for a character that is not whole.
    fn decode(&mut self, order: Order) {
        self.ready.clear();
        self.at = 0;
        let unit = |pair: &[u8]| match (order, pair) {
            (Order::Little, &[low, high]) => u16::from_le_bytes([low, high]),
            (Order::Big, &[high, low]) => u16::from_be_bytes([high, low]),
            _ => u16::from(b'?'),
        };
        let mut whole = self.raw.len() & !1;
        let first_of_pair = |pair| matches!(unit(pair), 0xD800..0xDC00);
        if !self.ended && whole > 0 && first_of_pair(&self.raw[whole - 2..whole]) {
            whole -= 2;
        }
        let units = self.raw[..whole].chunks_exact(2).map(unit);
        for letter in char::decode_utf16(units) {
            let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut bytes = [0; 4];
            self.ready
                .extend_from_slice(letter.encode_utf8(&mut bytes).as_bytes());
        }
        self.raw.drain(..whole);
        if self.ended && !self.raw.is_empty() {
            self.raw.clear();
            self.ready.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

impl<R: Read> Read for FromUtf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.start()?;
            if let Some(order) = self.order {
                self.decode(order);
            }
        }
        while self.at == self.ready.len() {
            let Some(order) = self.order else {
                return self.source.read(buffer);
            };
            if self.ended && self.raw.is_empty() {
                return Ok(0);
            }
            self.read_more()?;
            self.decode(order);
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::slow::Slow;

    fn decoded(bytes: &[u8], at_once: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut reader = FromUtf16::new(Slow(bytes, at_once));
        reader.read_to_end(&mut out).unwrap();
        out
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[u8]) {
        for at_once in [1, 2, 3, 1000] {
            assert_eq!(decoded(bytes, at_once), expected, "{at_once} at once");
        }
    }

    #[test]
    fn encodings() {
        check(b"", b"");
        check(b"<", b"<");
        check(b"<a>", b"<a>");
        check(b"\xef\xbb\xbf<a>", b"\xef\xbb\xbf<a>");
        check(b"\xff\xfe<\0\xe4\0", "<ä".as_bytes());
        check(b"\xfe\xff\0<\0\xe4", "<ä".as_bytes());
        check(b"<\0a\0", b"<a");
        check(b"\0<\0a", b"<a");
        check(b"\xff\xfe\x3d\xd8\x00\xde", "\u{1f600}".as_bytes());
        check(b"\xff\xfe\x3d\xd8a\0", "\u{fffd}a".as_bytes());
        check(b"\xff\xfe\x3d\xd8", "\u{fffd}".as_bytes());
        check(b"\xff\xfea\0b", "a\u{fffd}".as_bytes());
        check(b"\xff\xfe", b"");
    }

    proptest! {
        #[test]
        fn text_comes_back(text: String, at_once in 1_usize..9) {
            let units = text.encode_utf16();
            let mut bytes = vec![0xFF, 0xFE];
            bytes.extend(units.flat_map(u16::to_le_bytes));
            prop_assert_eq!(decoded(&bytes, at_once), text.into_bytes());
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>, at_once in 1_usize..9) {
            decoded(&bytes, at_once);
        }
    }
}
