//! From pieces back to a file.

use std::ops::Range;

use bstr::ByteSlice;

use super::layout::{Item, ItemKind};
use crate::xml::{Document, Node, NodeKind};

/// Attributes that stand first, in this order; the others follow as written.
const FIRST: [&str; 9] = [
    "id",
    "level",
    "frequency",
    "timeframe",
    "ignore",
    "maxsize",
    "noalert",
    "overwrite",
    "name",
];

/// A byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Prints the pieces of a file.
pub(super) fn print(bytes: &[u8], document: &Document, items: &[Item]) -> Vec<u8> {
    let mut printer = Printer {
        bytes,
        newline: newline(bytes, items),
        out: Vec::with_capacity(bytes.len() + bytes.len() / 8),
        last: None,
        backslash: None,
    };
    for item in items {
        printer.item(document, item);
    }
    if printer.last.is_some() {
        printer.out.extend_from_slice(printer.newline);
    }
    printer.out
}

/// How lines end: as the first one between two pieces does.
fn newline(bytes: &[u8], items: &[Item]) -> &'static [u8] {
    let texts = items.iter().filter(|item| item.kind == ItemKind::Text);
    let mut blanks = texts.flat_map(|item| {
        let text = &bytes[item.range.clone()];
        let start = text.len() - text.trim_ascii_start().len();
        let end = text.trim_ascii_end().len().max(start);
        [&text[..start], &text[end..]]
    });
    let first = blanks.find_map(|blanks| Some((blanks, blanks.find_byte(b'\n')?)));
    match first {
        Some((blanks, at)) if blanks[..at].ends_with(b"\r") => b"\r\n",
        _ => b"\n",
    }
}

/// What was printed last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A byte order mark: what follows stands on its line.
    Mark,
    Declaration,
    Open,
    Close,
    Leaf,
    Comment,
    Text,
}

struct Printer<'a> {
    bytes: &'a [u8],
    newline: &'static [u8],
    out: Vec<u8>,
    /// What was printed last, and where it ended in the file.
    last: Option<(Last, usize)>,
    /// Where text ended with a backslash, or the comments directly behind it.
    backslash: Option<usize>,
}

impl Printer<'_> {
    fn item(&mut self, document: &Document, item: &Item) {
        let Item { range, depth, .. } = item;
        let raw = &self.bytes[range.clone()];
        match &item.kind {
            ItemKind::Declaration => {
                self.out.extend_from_slice(raw);
                let last = match raw.ends_with(b">") {
                    true => Last::Declaration,
                    false => Last::Mark,
                };
                self.last = Some((last, range.end));
            }
            ItemKind::Leaf { .. } if self.is_behind_backslash(range.start) => {
                self.out.extend_from_slice(raw);
                self.last = Some((Last::Leaf, range.end));
            }
            ItemKind::Open { .. } if self.is_behind_backslash(range.start) => {
                self.out.extend_from_slice(raw);
                self.last = Some((Last::Open, range.end));
            }
            ItemKind::Leaf { node, content } => {
                self.begin(Last::Leaf, range.start, *depth);
                let is_empty = content.is_empty() && content.start == range.end;
                self.tag(
                    document.nodes(),
                    *node,
                    range.start..content.start,
                    is_empty,
                );
                // Its content and its end tag.
                self.out
                    .extend_from_slice(&self.bytes[content.start..range.end]);
                self.last = Some((Last::Leaf, range.end));
            }
            ItemKind::Open { node } => {
                self.begin(Last::Open, range.start, *depth);
                self.tag(document.nodes(), *node, range.clone(), false);
                self.last = Some((Last::Open, range.end));
            }
            ItemKind::Close => {
                self.begin(Last::Close, range.start, *depth);
                self.out.extend_from_slice(raw);
                self.last = Some((Last::Close, range.end));
            }
            ItemKind::Comment => {
                let escapes = self.is_behind_backslash(range.start);
                self.begin(Last::Comment, range.start, *depth);
                self.out.extend_from_slice(raw);
                self.last = Some((Last::Comment, range.end));
                self.backslash = escapes.then_some(range.end);
            }
            ItemKind::Text => {
                let mut text = raw.trim_ascii();
                let mut start = range.start + raw.len() - raw.trim_ascii_start().len();
                // At the beginning of a file it is a byte order mark, wherever it stood before.
                if self.last.is_none()
                    && let Some(rest) = text.strip_prefix(MARK)
                {
                    self.out.extend_from_slice(MARK);
                    start += MARK.len();
                    self.last = Some((Last::Mark, start));
                    start += rest.len() - rest.trim_ascii_start().len();
                    text = rest.trim_ascii_start();
                }
                if !text.is_empty() {
                    self.begin(Last::Text, start, *depth);
                    self.out.extend_from_slice(text);
                    let end = start + text.len();
                    self.last = Some((Last::Text, end));
                    self.backslash = text.ends_with(b"\\").then_some(end);
                }
            }
        }
    }

    /// Goes to where the next piece begins: on a new line with blanks in front, or behind the piece
    /// before it.
    fn begin(&mut self, next: Last, start: usize, depth: usize) {
        let (last, end) = match self.last {
            Some(last) if last.0 != Last::Mark => last,
            _ => return self.indent(depth),
        };
        if self.is_behind_backslash(start) {
            return;
        }
        let lines = self.bytes[end..start].find_iter(b"\n").count();
        if lines == 0 && stays_on_line(last, next) {
            if start > end {
                self.out.push(b' ');
            }
            return;
        }
        let blank = match (last, next) {
            // Nothing but the first element stands below a start tag, nothing but the last one
            // above an end tag.
            (Last::Open, _) | (_, Last::Close) => false,
            // Elements with children are paragraphs.
            (Last::Close, Last::Open) => true,
            _ => lines > 1,
        };
        self.out.extend_from_slice(self.newline);
        if blank {
            self.out.extend_from_slice(self.newline);
        }
        self.indent(depth);
    }

    /// In some dialects a backslash takes the meaning of the tag behind it away, and its bytes are
    /// text. Comments between them change nothing.
    fn is_behind_backslash(&self, start: usize) -> bool {
        self.backslash == Some(start)
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n(b' ', 2 * depth));
    }

    /// A start tag with its attributes in order.
    fn tag(&mut self, nodes: &[Node], at: usize, range: Range<usize>, is_empty: bool) {
        let node = &nodes[at];
        let behind = nodes[at + 1..].iter();
        let mut attributes: Vec<&Node> = behind
            .take_while(|node| {
                matches!(node.kind, NodeKind::Attribute | NodeKind::Variable)
                    && node.span.range().start < range.end
            })
            .collect();
        attributes.sort_by_key(|attribute| rank(attribute));
        self.out.push(b'<');
        self.out.extend_from_slice(node.name.bytes());
        for attribute in attributes {
            self.out.push(b' ');
            self.out.extend_from_slice(attribute.name.bytes());
            self.out.push(b'=');
            let value = attribute.content.bytes();
            let quote = if value.contains(&b'"') { b'\'' } else { b'"' };
            self.out.push(quote);
            self.out.extend_from_slice(value);
            self.out.push(quote);
        }
        self.out
            .extend_from_slice(if is_empty { b" />" } else { b">" });
    }
}

/// Where an attribute stands among the others. Names are read without case, so what only differs in
/// it keeps its order.
fn rank(attribute: &Node) -> usize {
    let name = attribute.name.bytes();
    let known = FIRST
        .iter()
        .position(|first| name.eq_ignore_ascii_case(first.as_bytes()));
    known.unwrap_or(FIRST.len())
}

/// What may stay behind the piece before it: comments belong to what they follow, and text and
/// comments to each other.
fn stays_on_line(last: Last, next: Last) -> bool {
    match next {
        Last::Comment => last != Last::Declaration,
        Last::Text => matches!(last, Last::Comment | Last::Text | Last::Close | Last::Leaf),
        Last::Mark | Last::Declaration | Last::Open | Last::Close | Last::Leaf => false,
    }
}
