//! Source files and places in them.
//!
//! Every later message points into [`Sources`] with a [`Span`]; nothing else remembers file names.

use std::ops::Range;

use bstr::{BStr, BString};
use smallvec::SmallVec;

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

impl SourceId {
    /// For a text that is no file, such as an event: no message ever points into it.
    pub(crate) const NONE: SourceId = SourceId(u32::MAX);

    /// Position in load order, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range of bytes in one source file. May be empty: a place between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte, from 0.
    pub start: u32,
    /// One behind the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `range` of `source`. Offsets beyond 4 GiB are clamped: no source is that large.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            source,
            start: clamp(range.start),
            end: clamp(range.end.max(range.start)),
        }
    }

    /// The range as `usize`, to slice the bytes of the file.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that holds both; `self` if `other` is in another file.
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// One file as it was read: its name as messages show it, and its bytes.
#[derive(Clone, Debug)]
pub struct Source {
    path: String,
    bytes: BString,
    line_starts: Vec<u32>,
}

/// Line and column, both from 1. The column counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Byte column, from 1.
    pub column: usize,
}

impl Source {
    /// Name as messages show it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole file.
    pub fn bytes(&self) -> &BStr {
        self.bytes.as_ref()
    }

    /// Where `offset` stands; beyond the end of the file: the place behind its last byte.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.bytes.len());
        let line = self
            .line_starts
            .partition_point(|&start| start as usize <= offset)
            - 1;
        LineColumn {
            line: line + 1,
            column: offset - self.line_starts[line] as usize + 1,
        }
    }

    /// The line with this number (from 1), without its line end.
    pub fn line(&self, line: usize) -> &BStr {
        let Some(&start) = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index))
        else {
            return BStr::new(b"");
        };
        let end = self
            .line_starts
            .get(line)
            .map_or(self.bytes.len(), |&next| next as usize);
        let text = &self.bytes[start as usize..end];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        BStr::new(text.strip_suffix(b"\r").unwrap_or(text))
    }
}

/// All files of a load, in the order in which they were added.
///
/// ```
/// use ossia::source::{Sources, Span};
///
/// let mut sources = Sources::default();
/// let id = sources.add("rules/a.xml", "<group>\n<rule/>");
/// let span = Span::new(id, 8..13);
/// assert_eq!(sources.text(span), "<rule");
/// assert_eq!(sources.start(span).line, 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> SourceId {
        let bytes: Vec<u8> = bytes.into();
        let mut line_starts = vec![0];
        line_starts.extend(memchr::memchr_iter(b'\n', &bytes).map(|at| at as u32 + 1));
        self.files.push(Source {
            path: path.into(),
            bytes: bytes.into(),
            line_starts,
        });
        SourceId(self.files.len() as u32 - 1)
    }

    /// The file behind an id.
    ///
    /// # Panics
    /// If the id comes from another `Sources`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[id.index()]
    }

    /// All files in load order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (SourceId(index as u32), file))
    }

    /// The bytes of a span.
    pub fn text(&self, span: Span) -> &BStr {
        let bytes = self.get(span.source).bytes();
        let end = span.range().end.min(bytes.len());
        BStr::new(&bytes[span.range().start.min(end)..end])
    }

    /// Where a span begins.
    pub fn start(&self, span: Span) -> LineColumn {
        self.get(span.source).line_column(span.range().start)
    }
}

/// Text of an element or attribute together with where each of its bytes stands.
///
/// The bytes need not be one range of the file: comments are cut out, variables are replaced,
/// several elements are joined. So the text keeps the pieces that it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Names and numbers, which most texts are, need no place of their own.
    bytes: SmallVec<[u8; 16]>,
    /// Where each run of bytes comes from: (offset in `bytes`, span in the file), ascending.
    pieces: SmallVec<[(u32, Span); 1]>,
}

impl Text {
    /// An empty text that stands at `at`.
    pub fn empty(at: Span) -> Self {
        Text {
            bytes: SmallVec::new(),
            pieces: SmallVec::from([(0, at)]),
        }
    }

    /// The text of one contiguous span.
    pub fn new(bytes: impl AsRef<[u8]>, span: Span) -> Self {
        Text {
            bytes: SmallVec::from_slice(bytes.as_ref()),
            pieces: SmallVec::from([(0, span)]),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &BStr {
        BStr::new(&self.bytes)
    }

    /// The bytes for people: invalid UTF-8 is replaced.
    pub fn lossy(&self) -> String {
        self.bytes().to_string()
    }

    /// Adds bytes that come from `span`. If `span` is longer or shorter than `bytes` (a replaced
    /// variable), every one of the bytes stands at the whole of `span`.
    pub fn push(&mut self, bytes: &[u8], span: Span) {
        if bytes.is_empty() {
            return;
        }
        if self.bytes.is_empty() {
            self.pieces.clear();
        }
        self.pieces.push((self.bytes.len() as u32, span));
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends another text, places included.
    pub fn join(&mut self, other: &Text) {
        if other.bytes.is_empty() {
            return;
        }
        if self.bytes.is_empty() {
            *self = other.clone();
            return;
        }
        let base = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&other.bytes);
        self.pieces.extend(
            other
                .pieces
                .iter()
                .map(|&(offset, span)| (offset + base, span)),
        );
    }

    /// The span of the whole text, from its first byte to its last, as far as they are in one file.
    pub fn span(&self) -> Span {
        self.span_of(0..self.bytes.len())
    }

    /// Where a range of bytes stands in the file.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        let start = self.place(range.start);
        if range.is_empty() {
            return Span {
                end: start.start,
                ..start
            };
        }
        start.to(self.place(range.end - 1))
    }

    /// The runs of bytes and where each comes from. A span of another length than its run holds for
    /// every byte of the run: a replaced variable.
    pub fn pieces(&self) -> impl Iterator<Item = (Range<usize>, Span)> + '_ {
        let ends = self.pieces.iter().skip(1).map(|&(next, _)| next as usize);
        let ends = ends.chain(std::iter::once(self.bytes.len()));
        self.pieces
            .iter()
            .zip(ends)
            .map(|(&(start, span), end)| (start as usize..end, span))
    }

    fn place(&self, offset: usize) -> Span {
        let index = self
            .pieces
            .partition_point(|&(at, _)| at as usize <= offset)
            .max(1)
            - 1;
        let (at, span) = self.pieces[index];
        let end = self
            .pieces
            .get(index + 1)
            .map_or(self.bytes.len(), |&(next, _)| next as usize);
        let length = end - at as usize;
        if length != span.range().len() {
            return span;
        }
        let start = span.range().start + (offset - at as usize).min(length);
        Span::new(
            span.source,
            start..(start + 1).min(span.range().end.max(start)),
        )
    }
}
