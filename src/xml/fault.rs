//! Everything that can be wrong with a file: the original's words and ours.

use std::ops::Range;

use super::reader::Reader;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::source::{Span, Text};

/// Problems shown for one file; a file with more is something else than a rule file.
pub(super) const MAX_PROBLEMS: usize = 20;

/// Bytes of the original's error text.
const MAX_ORIGINAL_TEXT: usize = 127;

/// What is wrong with an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeFault {
    NoValue,
    Duplicate,
    TooMany,
    NotQuoted,
    NotClosed,
    Glued,
    Overflow,
    EndOfFile,
}

/// A syntax error. Offsets are of the file.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    Overflow,
    NotOpened {
        start: usize,
    },
    NotClosed {
        found: Text,
    },
    EndOfFile,
    CommentNotClosed {
        start: usize,
    },
    DeclarationNotClosed {
        start: usize,
    },
    TooDeep {
        start: usize,
    },
    Attribute {
        kind: AttributeFault,
        name: Range<usize>,
        value: Range<usize>,
        at: usize,
    },
}

/// The original's message with the text in its 127 bytes.
pub(super) fn original_text(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(MAX_ORIGINAL_TEXT)]).into_owned()
}

/// The user's text in a message: short, and readable whatever the bytes are.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MAX: usize = 40;
    let text = String::from_utf8_lossy(bytes).replace(['\n', '\r', '\t'], " ");
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Reader<'_> {
    /// Adds the diagnostic of a fault. Only the first is what the original prints.
    pub(super) fn report(&mut self, fault: &Fault) {
        let first = self.first_error_line.is_none();
        let line = *self.first_error_line.get_or_insert(self.line);
        if self.diagnostics.len() >= MAX_PROBLEMS {
            return;
        }
        let mut diagnostic = self.describe(fault);
        if first {
            let text = original_text(&self.words(fault));
            let path = self.origin.path;
            let text = format!("Error reading XML file '{path}': XMLERR: {text} (line {line}).");
            diagnostic = diagnostic.original(OriginalLine::error(self.origin.program, 1226, text));
        }
        self.diagnostics.push(diagnostic);
    }

    /// The original's words, without file and line.
    fn words(&self, fault: &Fault) -> Vec<u8> {
        let quoted = |before: &str, name: &[u8], after: &str| {
            let name = &name[..memchr::memchr(0, name).unwrap_or(name.len())];
            [before.as_bytes(), b" '", name, b"'", after.as_bytes()].concat()
        };
        match fault {
            Fault::Overflow => b"String overflow.".to_vec(),
            Fault::NotOpened { .. } => b"Element not opened.".to_vec(),
            Fault::NotClosed { .. } => quoted("Element", self.open_name(), " not closed."),
            Fault::EndOfFile => b"End of file and some elements were not closed.".to_vec(),
            Fault::CommentNotClosed { .. } => b"Comment not closed.".to_vec(),
            Fault::DeclarationNotClosed { .. } => b"XML declaration not closed.".to_vec(),
            Fault::TooDeep { .. } => b"Max recursion level reached.".to_vec(),
            Fault::Attribute {
                kind, name, value, ..
            } => {
                let name = &self.bytes[name.clone()];
                match kind {
                    AttributeFault::NoValue => quoted("Attribute", name, " has no value."),
                    AttributeFault::Duplicate => quoted("Attribute", name, " already defined."),
                    AttributeFault::NotQuoted => {
                        quoted("Attribute", name, " not followed by a \" or '.")
                    }
                    AttributeFault::NotClosed => quoted("Attribute", name, " not closed."),
                    AttributeFault::Glued => {
                        let name = quoted("Bad attribute closing for", name, "=");
                        let value = quoted("", &self.bytes[value.clone()], ".");
                        [&name, &value[1..]].concat()
                    }
                    AttributeFault::Overflow | AttributeFault::TooMany => quoted(
                        "Overflow attempt at attribute",
                        &name[..name.len().min(20)],
                        ".",
                    ),
                    AttributeFault::EndOfFile => {
                        b"End of file while reading an attribute.".to_vec()
                    }
                }
            }
        }
    }

    /// The name of the innermost open element.
    fn open_name(&self) -> &[u8] {
        let node = self.open.last().and_then(|open| self.nodes.get(open.node));
        node.map_or(b"", |node| node.name.bytes())
    }

    fn at(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    fn describe(&self, fault: &Fault) -> Diagnostic {
        let error = |message: String| Diagnostic::error(Code::XML_SYNTAX, message);
        let open = self.open.last();
        let start = open.map_or(0, |open| open.start);
        let tag = self.at(start..self.tag_end(start));
        let name = shown(self.open_name());
        match fault {
            Fault::Overflow => error(format!(
                "text of more than {} bytes",
                self.rules.max_bytes - 1
            ))
            .label(tag, "the text of this element is too long")
            .note("the limit also holds for the text between two child elements")
            .help("split the text over several elements, or several rules"),
            Fault::NotOpened { start } => error("closing tag without an element".to_owned())
                .label(
                    self.at(*start..self.tag_end(*start)),
                    "no element is open here",
                )
                .help("remove the tag, or look for an element above that is closed too early"),
            Fault::NotClosed { found } => self.describe_not_closed(found, tag, &name),
            Fault::EndOfFile => {
                let end = self.bytes.len();
                let names = self.open_names();
                let mut diagnostic = error(format!("end of file while {names} not closed"))
                    .label(tag, "not closed")
                    .label(self.at(end..end), "the file ends here");
                if open.is_some_and(|open| open.node == usize::MAX) {
                    diagnostic = diagnostic.help(LITERAL);
                } else {
                    diagnostic = diagnostic.help(format!("add `</{name}>`"));
                }
                diagnostic
            }
            Fault::CommentNotClosed { start } => self.describe_comment(*start),
            Fault::DeclarationNotClosed { start } => {
                error("the XML declaration is not closed".to_owned())
                    .label(
                        self.at(*start..*start + 5),
                        "no `?>` follows in the whole file",
                    )
                    .help("end the declaration with `?>`, or remove it: it has no effect")
            }
            Fault::TooDeep { start } => error(format!(
                "elements are nested more than {} levels deep",
                self.rules.max_depth
            ))
            .label(self.at(*start..self.tag_end(*start)), "one level too many"),
            Fault::Attribute {
                kind,
                name,
                value,
                at,
            } => self.describe_attribute(*kind, name.clone(), value.clone(), *at, tag),
        }
    }

    fn describe_not_closed(&self, found: &Text, tag: Span, name: &str) -> Diagnostic {
        let closing = self.open.last().map_or(0, |open| open.closing_at);
        let end = self.at(closing..self.pos);
        let other = shown(found.bytes());
        let diagnostic =
            Diagnostic::error(Code::XML_SYNTAX, format!("element `{name}` is not closed"));
        let raw = self.open_name();
        let trimmed: &[u8] = found.bytes().trim_ascii_end();
        if !is_plain(raw) {
            let diagnostic = diagnostic.label(tag, "this `<` opens an element").label(
                end,
                format!("its closing tag is expected in place of `</{other}>`"),
            );
            return if look_behind(self.bytes, tag.range().start) {
                diagnostic.help(LOOK_BEHIND)
            } else {
                diagnostic.help(LITERAL)
            };
        }
        let diagnostic = diagnostic
            .label(tag, "opened here")
            .label(end, format!("`</{name}>` is expected in place of this"));
        if trimmed == raw {
            diagnostic.help("no white space is allowed in a closing tag")
        } else if trimmed.eq_ignore_ascii_case(raw) {
            diagnostic.help(format!("the case must be the same: write `</{name}>`"))
        } else if self.swallowed(raw, tag.range().end, closing) {
            diagnostic
                .note("a backslash in front of `<` makes it part of the text, even a doubled one")
                .help(format!(
                    "text must not end in a backslash: put something before `</{name}>`"
                ))
        } else {
            diagnostic.help(format!("add `</{name}>`"))
        }
    }

    /// True if the right closing tag is there, behind a backslash.
    fn swallowed(&self, name: &[u8], from: usize, to: usize) -> bool {
        let text = self.bytes.get(from..to).unwrap_or_default();
        let needle = [b"\\</", name, b">"].concat();
        memchr::memmem::find(text, &needle).is_some()
    }

    /// A `<` that was meant as text and opened an element without a usable name.
    pub(super) fn describe_no_element(&self, start: usize) -> Diagnostic {
        let diagnostic = Diagnostic::error(Code::XML_SYNTAX, "`<` opens an element here")
            .label(self.at(start..start + 1), "read as the start of a tag");
        if look_behind(self.bytes, start) {
            diagnostic.help(LOOK_BEHIND)
        } else {
            diagnostic.help(LITERAL)
        }
    }

    fn describe_comment(&self, start: usize) -> Diagnostic {
        let rest = &self.bytes[start..];
        let diagnostic = Diagnostic::error(Code::XML_SYNTAX, "comment is not closed".to_owned());
        if rest.starts_with(b"<![CDATA[") {
            diagnostic
                .label(self.at(start..start + 9), "this starts a comment")
                .note("every `<!` starts a comment that ends at `-->` or `!>`")
                .help("CDATA is not supported: write the text directly, with `\\<` for `<`")
        } else if rest.len() >= 9 && rest[..9].eq_ignore_ascii_case(b"<!DOCTYPE") {
            diagnostic
                .label(self.at(start..start + 9), "this starts a comment")
                .note("every `<!` starts a comment that ends at `-->` or `!>`")
                .help("DOCTYPE is not supported: remove it")
        } else {
            let end = if rest.starts_with(b"<!--") {
                start + 4
            } else {
                start + 2
            };
            let diagnostic = diagnostic.label(
                self.at(start..end),
                "no `-->` or `!>` follows in the whole file",
            );
            if look_behind(self.bytes, start) {
                diagnostic.help(LOOK_BEHIND)
            } else {
                diagnostic.help("end the comment with `-->`")
            }
        }
    }

    fn describe_attribute(
        &self,
        kind: AttributeFault,
        name: Range<usize>,
        value: Range<usize>,
        at: usize,
        tag: Span,
    ) -> Diagnostic {
        let text = shown(&self.bytes[name.clone()]);
        let error = |message: String| Diagnostic::error(Code::XML_SYNTAX, message);
        let start = tag.range().start;
        let element = self.open_name();
        if element.first() == Some(&b'?') {
            let known = element.eq_ignore_ascii_case(b"?xml");
            let help = match (known, self.rules.skips_declaration) {
                (true, true) => "an XML declaration must be the very first thing in the file",
                (true, false) => "this dialect knows no XML declaration: remove it",
                (false, _) => "processing instructions are not supported: remove it",
            };
            return error("this is read as an ordinary element and is broken".to_owned())
                .label(tag, "")
                .help(help);
        }
        if !is_plain(element) {
            let diagnostic = error(format!(
                "`<` opens an element here, and attribute `{text}` is broken"
            ))
            .label(self.at(start..start + 1), "read as the start of a tag");
            return if look_behind(self.bytes, start) {
                diagnostic.help(LOOK_BEHIND)
            } else {
                diagnostic.help(LITERAL)
            };
        }
        let here = self.at(name.clone());
        match kind {
            AttributeFault::NoValue => {
                let diagnostic = error(format!("attribute `{text}` has no value"))
                    .label(here, "no `=` follows directly");
                let rest = self.bytes.get(at..).unwrap_or_default().trim_ascii_start();
                if rest.first() == Some(&b'=') {
                    diagnostic.help("no white space is allowed before `=`")
                } else {
                    diagnostic.help(format!("write `{text}=\"…\"`"))
                }
            }
            AttributeFault::Duplicate => {
                let mut diagnostic =
                    error(format!("attribute `{text}` is there twice")).label(here, "second one");
                let key = &self.bytes[name];
                let from = self.open.last().map_or(usize::MAX, |open| open.node);
                let first = self.nodes.iter().skip(from.saturating_add(1));
                if let Some(node) = first.into_iter().find(|node| node.name.bytes() == key) {
                    diagnostic = diagnostic.label(node.span, "first one");
                }
                diagnostic.help("remove one of them")
            }
            AttributeFault::TooMany => {
                let most = self.rules.max_attributes.unwrap_or_default();
                error(format!("more than {most} attributes")).label(here, "one too many")
            }
            AttributeFault::NotQuoted => {
                error(format!("the value of attribute `{text}` is not quoted"))
                    .label(self.at(at..at + 1), "`\"` or `'` is expected here")
                    .help(format!("write `{text}=\"…\"`"))
            }
            AttributeFault::NotClosed => {
                let diagnostic = error(format!("the value of attribute `{text}` is not closed"))
                    .label(
                        self.at(at..at + 1),
                        "a value ends at `>` whether quoted or not",
                    )
                    .label(
                        self.at(value.start.saturating_sub(1)..value.start),
                        "opened here",
                    );
                diagnostic.help("close the quote; `>` cannot be written in an attribute value")
            }
            AttributeFault::Glued => {
                error(format!("something follows the value of attribute `{text}`"))
                    .label(
                        self.at(at..at + 1),
                        "white space, `>` or `/` is expected here",
                    )
                    .help("put a blank between attributes")
            }
            AttributeFault::Overflow => error(format!(
                "attribute of more than {} bytes",
                self.rules.max_bytes - 1
            ))
            .label(
                self.at(name.start..name.end.min(name.start + 20)),
                "too long",
            ),
            AttributeFault::EndOfFile => error("end of file in an attribute".to_owned())
                .label(tag, "this tag is not finished")
                .help("close the tag with `>`"),
        }
    }

    /// End of the tag that starts at `start`, for a label: its `>` if that is on the same line.
    fn tag_end(&self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let end = memchr::memchr2(b'>', b'\n', rest)
            .map_or(rest.len(), |at| if rest[at] == b'>' { at + 1 } else { at });
        start + end
    }

    /// ``element `a` is`` or ``elements `a` and `b` are``, outermost first.
    fn open_names(&self) -> String {
        const SHOWN: usize = 3;
        let names = self
            .open
            .iter()
            .filter_map(|open| self.nodes.get(open.node));
        let names: Vec<_> = names
            .map(|node| format!("`{}`", shown(node.name.bytes())))
            .collect();
        match names.split_last() {
            None => "a tag is".to_owned(),
            Some((only, [])) => format!("element {only} is"),
            Some((last, rest)) if rest.len() < SHOWN => {
                format!("elements {} and {last} are", rest.join(", "))
            }
            Some(_) => format!("{} elements are", names.len()),
        }
    }
}

const LITERAL: &str = "write a literal `<` as `\\<`";
const LOOK_BEHIND: &str = "look-behind and named groups, `(?<`, cannot be written in these files: \
                           write the pattern without it, or `(?P=…)`, `(?'name'…)`";

/// A name that somebody meant as a tag.
pub(super) fn is_plain(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte))
}

/// True if the `<` at `start` belongs to `(?<`.
fn look_behind(bytes: &[u8], start: usize) -> bool {
    bytes
        .get(..start)
        .is_some_and(|before| before.ends_with(b"(?"))
}

impl<'a> super::Origin<'a> {
    /// `Error applying XML variables '<path>': XMLERR: <text>.` (1227).
    pub(super) fn variable_line(self, text: &[u8]) -> OriginalLine {
        let text = original_text(text);
        let path = self.path;
        let program: Program = self.program;
        let text = format!("Error applying XML variables '{path}': XMLERR: {text}.");
        OriginalLine::error(program, 1227, text)
    }
}
