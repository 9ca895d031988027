//! Where tags and comments stand in a file: what a formatter needs beside the nodes.

use std::ops::Range;

use super::reader::Reader;
use super::{Document, Origin};
use crate::dialect::Dialect;
use crate::source::SourceId;

/// A tag or comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Markup {
    pub(crate) kind: MarkupKind,
    /// Its bytes in the file.
    pub(crate) range: Range<usize>,
}

/// What it is. Start tags know the position of their node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkupKind {
    /// Byte order mark and `<?xml … ?>`.
    Declaration,
    /// `<name …>`
    Start(usize),
    /// `<name … />`
    Empty(usize),
    /// `</name>`
    End,
    /// `<! … -->`
    Comment,
}

/// Reads a file with all its markup, in file order; what stands between is text. `None` if the
/// reader of the dialect refuses it.
pub(crate) fn markup(bytes: &[u8], dialect: Dialect) -> Option<(Document, Vec<Markup>)> {
    let origin = Origin::analysisd("");
    Reader::new(SourceId::NONE, bytes, dialect.xml(), origin).read_markup()
}
