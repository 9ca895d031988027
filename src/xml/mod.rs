//! Stage 1: the XML dialect of the rule files, read into a flat list of nodes.
//!
//! # Overview
//!
//! The files look like XML and are not: `\<` is text, `&lt;` is four characters, every `<!` starts
//! a comment, several roots are normal, an element with children keeps only the text behind the
//! last child. [`parse`] follows the original byte by byte (`spec/xml-and-config.md` §1.1–1.8);
//! [`parse_with_variables`] also replaces `$NAME` in decoder and rule files (§1.7).
//!
//! # The types that matter
//!
//! * [`Document`]: all [`Node`]s in document order, each with [`Text`]s that know where every byte
//!   stands in the file.
//! * [`ElementRef`]: one element of it, with its attributes and children.
//! * [`Parsed`]: a document that is always there, and what is wrong with it.
//!
//! ```
//! use ossia::dialect::Dialect;
//! use ossia::source::Sources;
//! use ossia::xml::{self, Origin};
//!
//! let mut sources = Sources::default();
//! let text = r#"<rule id="1"><match>a \< b &amp; c</match></rule>"#;
//! let id = sources.add("rules/t.xml", text);
//! let parsed = xml::parse(id, text.as_bytes(), Dialect::Ossec43, Origin::analysisd("rules//t.xml"));
//! assert!(parsed.diagnostics.is_empty());
//! let rule = parsed.document.roots().next().unwrap();
//! let text = rule.children().next().unwrap().content();
//! assert_eq!(text.bytes(), r"a \< b &amp; c");
//! ```
//!
//! # Problems
//!
//! The original stops at the first error. [`parse`] reports that one with the original's line, then
//! goes on at the next plausible tag, so that one run shows every independent problem. What is read
//! behind an error only serves further messages: the load has failed.
//!
//! # Why not quick-xml
//!
//! Measured with quick-xml 0.42, all its checks off (test `where_quick_xml_differs`). On documents
//! without quirks it gives the same nodes (property test). It differs where real files are: `\<`
//! opens a tag, `!>` does not end a comment, `<!DOCTYPE>` and `<![CDATA[` are not comments, blanks
//! before `=` are accepted, `>` may stand in a value, `</a >` closes. A pass in front of it would
//! have to know about comments, tags and quotes, and so would be this reader.

mod attributes;
mod dialect;
mod fault;
mod markup;
mod node;
mod reader;
mod recovery;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use markup::{Markup, MarkupKind, markup};
pub use node::{Document, ElementRef, Node, NodeId, NodeKind};

use crate::diagnostic::{Diagnostic, Program};
use crate::dialect::Dialect;
use crate::source::SourceId;

use crate::source::Text;

/// How the original's messages name the file and who prints them.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The path in the messages: `rules//t.xml`, `etc/decoder.xml`.
    pub path: &'a str,
    /// The program in front.
    pub program: Program,
}

impl<'a> Origin<'a> {
    /// Decoder and rule files: their messages come from `ossec-analysisd` even in the test tool.
    pub fn analysisd(path: &'a str) -> Self {
        Origin {
            path,
            program: Program::Analysisd,
        }
    }
}

/// What was read, and every problem found.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// All nodes that could be read.
    pub document: Document,
    /// XML and variable errors. Only the first carries the original's line: the original stops.
    pub diagnostics: Vec<Diagnostic>,
    /// The line at which the original ends, as it counts. It shows up again in the "not found"
    /// message of the next file.
    pub last_line: u32,
}

impl Parsed {
    /// False if the original stops with an error.
    pub fn complete(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

/// Reads a file without looking at variables: `ossec.conf` (§1.2–1.6). Never fails.
pub fn parse(source: SourceId, bytes: &[u8], dialect: Dialect, origin: Origin<'_>) -> Parsed {
    reader::Reader::new(source, bytes, dialect.xml(), origin).read()
}

/// The first root element whose name fits: what kind of file it is.
pub(crate) fn find_root<T>(
    bytes: &[u8],
    dialect: Dialect,
    fits: impl FnMut(&Text) -> Option<T>,
) -> Option<T> {
    let origin = Origin::analysisd("");
    reader::Reader::new(SourceId::NONE, bytes, dialect.xml(), origin).find_root(fits)
}

/// Reads a text that is no file: the XML of an event (`spec/wazuh.md` §8.3). `None` if the reader of
/// the dialect refuses it; why is not told, and nothing behind the fault is read.
pub(crate) fn parse_event(bytes: &[u8], dialect: Dialect) -> Option<Document> {
    let origin = Origin::analysisd("");
    reader::Reader::new(SourceId::NONE, bytes, dialect.xml(), origin).read_all()
}

/// Reads a decoder or rule file and replaces its variables (§1.7). Never fails.
pub fn parse_with_variables(
    source: SourceId,
    bytes: &[u8],
    dialect: Dialect,
    origin: Origin<'_>,
) -> Parsed {
    let mut parsed = parse(source, bytes, dialect, origin);
    // The original never comes this far behind a syntax error; only its line is withheld then.
    let first = parsed.diagnostics.is_empty();
    let found = variables::replace(&mut parsed.document, dialect.xml(), origin, first);
    parsed.diagnostics.extend(found);
    parsed
}
