//! The attributes of one start tag (§1.4).

use std::collections::HashSet;

use super::fault::{AttributeFault, Fault};
use super::node::{Node, NodeKind};
use super::reader::{Reader, is_space, kind_of};
use crate::source::{Span, Text};

impl Reader<'_> {
    /// Reads behind the white space that ended the name, up to and with the `>`. True: self closing.
    pub(super) fn attributes(&mut self) -> Result<bool, Fault> {
        let bytes = self.bytes;
        // Attribute lists know no comments, so names are plain ranges of the file.
        let mut seen: HashSet<&[u8]> = HashSet::new();
        loop {
            let start = self.pos;
            match self.next() {
                None => return Err(self.attribute_end_of_file(start..start)),
                Some(b'>') => return Ok(false),
                Some(b'/') => return Ok(self.self_closing()),
                Some(byte) if is_space(byte) => continue,
                Some(_) => self.pos = start,
            }
            let fault = |kind, name, at| Fault::Attribute {
                kind,
                name,
                value: 0..0,
                at,
            };
            let name = loop {
                let at = self.pos;
                match self.next() {
                    None => return Err(self.attribute_end_of_file(start..at)),
                    Some(b'=') => break start..at,
                    Some(byte) if is_space(byte) || byte == b'>' || byte == b'/' => {
                        if byte == b'>' {
                            self.pos = at;
                        }
                        return Err(fault(AttributeFault::NoValue, start..at, at));
                    }
                    Some(_) if self.pos - start >= self.rules.max_bytes => {
                        return Err(fault(AttributeFault::Overflow, start..self.pos, at));
                    }
                    Some(_) => {}
                }
            };
            let key = until_nul(&bytes[name.clone()]);
            if seen.contains(key) {
                return Err(fault(AttributeFault::Duplicate, name, start));
            }
            if self
                .rules
                .max_attributes
                .is_some_and(|most| seen.len() >= most)
            {
                return Err(fault(AttributeFault::TooMany, name, start));
            }
            seen.insert(key);
            let quote = loop {
                let at = self.pos;
                match self.next() {
                    None => return Err(self.attribute_end_of_file(name)),
                    Some(byte) if is_space(byte) => {}
                    Some(quote @ (b'"' | b'\'')) => break quote,
                    Some(_) => {
                        self.pos = at;
                        return Err(fault(AttributeFault::NotQuoted, name, at));
                    }
                }
            };
            let value_start = self.pos;
            let value = loop {
                let at = self.pos;
                match self.next() {
                    None => return Err(self.attribute_end_of_file(name)),
                    Some(byte) if byte == quote => break value_start..at,
                    Some(b'>') => {
                        let value = value_start..at;
                        self.pos = at;
                        return Err(Fault::Attribute {
                            kind: AttributeFault::NotClosed,
                            name,
                            value,
                            at,
                        });
                    }
                    Some(_) if self.pos - value_start >= self.rules.max_bytes => {
                        return Err(fault(AttributeFault::Overflow, name, value_start));
                    }
                    Some(_) => {}
                }
            };
            self.push_attribute(name.clone(), value.clone());
            let at = self.pos;
            match self.next() {
                None => return Err(self.attribute_end_of_file(name)),
                Some(b'>') => return Ok(false),
                Some(b'/') => return Ok(self.self_closing()),
                Some(byte) if is_space(byte) => {}
                Some(_) => {
                    self.pos = at;
                    let kind = AttributeFault::Glued;
                    return Err(Fault::Attribute {
                        kind,
                        name,
                        value,
                        at,
                    });
                }
            }
        }
    }

    /// Behind the `/`: a `>` belongs to the tag, a missing one is not noticed.
    fn self_closing(&mut self) -> bool {
        if self.peek() == Some(b'>') {
            self.pos += 1;
        }
        true
    }

    fn attribute_end_of_file(&self, name: std::ops::Range<usize>) -> Fault {
        let kind = AttributeFault::EndOfFile;
        Fault::Attribute {
            kind,
            name,
            value: 0..0,
            at: self.pos,
        }
    }

    fn push_attribute(&mut self, name: std::ops::Range<usize>, value: std::ops::Range<usize>) {
        let text = |range: std::ops::Range<usize>| {
            let part = until_nul(&self.bytes[range.clone()]);
            Text::new(
                part,
                Span::new(self.source, range.start..range.start + part.len()),
            )
        };
        let span = Span::new(self.source, name.start..value.end + 1);
        let name = text(name);
        let node = Node {
            kind: kind_of(&name, NodeKind::Attribute),
            name,
            content: text(value),
            depth: u16::try_from(self.open.len().saturating_sub(1)).unwrap_or(u16::MAX),
            line: self.line,
            span,
            damaged: false,
        };
        self.nodes.push(node);
    }
}

/// A NUL ends the string it is in.
fn until_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}
