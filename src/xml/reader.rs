//! The byte reader (§1.2, §1.3, §1.6): states per open element, kept on a stack of our own.
//!
//! No recursion: the depth of the input costs memory of the heap only, and that is limited.

use std::ops::Range;

use super::dialect::XmlRules;
use super::fault::Fault;
use super::markup::{Markup, MarkupKind};
use super::node::{Document, Node, NodeKind};
use super::{Origin, Parsed};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span, Text};

/// What is being read of an open element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Name,
    Content,
    Closing,
}

/// Bytes collected from the file, as ranges: comments are cut out.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer {
    runs: Vec<Range<usize>>,
    pub(super) len: usize,
}

impl Buffer {
    fn push(&mut self, at: usize) {
        self.len += 1;
        match self.runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => self.runs.push(at..at + 1),
        }
    }

    /// Adds bytes that stand one behind the other.
    fn push_run(&mut self, run: Range<usize>) {
        self.len += run.len();
        match self.runs.last_mut() {
            Some(last) if last.end == run.start => last.end = run.end,
            _ => self.runs.push(run),
        }
    }

    fn clear(&mut self) {
        self.runs.clear();
        self.len = 0;
    }

    /// The text, cut at the first NUL; `at` is its place if it is empty.
    pub(super) fn text(&self, source: SourceId, bytes: &[u8], at: usize) -> Text {
        let mut text = Text::empty(Span::new(source, at..at));
        for run in &self.runs {
            let part = &bytes[run.clone()];
            let length = memchr::memchr(0, part).unwrap_or(part.len());
            if length > 0 {
                text.push(
                    &part[..length],
                    Span::new(source, run.start..run.start + length),
                );
            }
            if length < part.len() {
                break;
            }
        }
        text
    }
}

/// An element whose end was not read yet.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// Offset of its `<`.
    pub(super) start: usize,
    /// Index of its node, once the name is complete.
    pub(super) node: usize,
    pub(super) state: State,
    /// The last byte was an escaping backslash.
    esc: bool,
    /// Name or content.
    pub(super) buffer: Buffer,
    /// Where the content begins.
    content_at: usize,
    closing: Buffer,
    /// Offset of the `<` of the closing tag.
    pub(super) closing_at: usize,
    /// A child with this element's own name: where to go on if the element turns out not closed.
    pub(super) namesake: Option<usize>,
    /// Its overflow was reported; the rest is dropped.
    pub(super) overflowed: bool,
}

/// The reader and everything it has found so far.
pub(super) struct Reader<'a> {
    pub(super) source: SourceId,
    pub(super) bytes: &'a [u8],
    pub(super) rules: XmlRules,
    pub(super) origin: Origin<'a>,
    pub(super) pos: usize,
    /// Line as the original counts, from 1.
    pub(super) line: u32,
    pub(super) open: Vec<Open>,
    /// `esc` outside of all elements.
    esc: bool,
    pub(super) nodes: Vec<Node>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// `line` when the first error happened.
    pub(super) first_error_line: Option<u32>,
    /// All markup in file order, if somebody wants it.
    markup: Option<Vec<Markup>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: SourceId,
        bytes: &'a [u8],
        rules: XmlRules,
        origin: Origin<'a>,
    ) -> Self {
        Reader {
            source,
            bytes,
            rules,
            origin,
            pos: 0,
            line: 1,
            open: Vec::new(),
            esc: false,
            nodes: Vec::new(),
            diagnostics: Vec::new(),
            first_error_line: None,
            markup: None,
        }
    }

    pub(super) fn read(mut self) -> Parsed {
        self.run(|_| false);
        for open in &self.open {
            if let Some(node) = self.nodes.get_mut(open.node) {
                node.damaged = true;
            }
        }
        Parsed {
            document: Document { nodes: self.nodes },
            diagnostics: self.diagnostics,
            last_line: self.first_error_line.unwrap_or(self.line),
        }
    }

    /// The first root element that fits; nothing behind its name is read. Recovery behind errors
    /// never takes back an element whose name could be one.
    pub(super) fn find_root<T>(mut self, mut fits: impl FnMut(&Text) -> Option<T>) -> Option<T> {
        let mut found = None;
        let mut seen = 0;
        self.run(|nodes| {
            for node in nodes.get(seen..).unwrap_or_default() {
                if node.kind == NodeKind::Element && node.depth == 0 && found.is_none() {
                    found = fits(&node.name);
                }
            }
            seen = nodes.len();
            found.is_some()
        });
        found
    }

    /// Reads to the end, or until the nodes so far are enough.
    fn run(&mut self, mut enough: impl FnMut(&[Node]) -> bool) {
        let mut result = self.declaration();
        loop {
            match result {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    self.report(&fault);
                    if !self.recover(fault) {
                        break;
                    }
                }
            }
            if enough(&self.nodes) {
                break;
            }
            result = self.step();
        }
    }

    /// As [`Reader::read`], but the first fault ends it without a document.
    pub(super) fn read_all(mut self) -> Option<Document> {
        let mut more = self.declaration().ok()?;
        while more {
            more = self.step().ok()?;
        }
        Some(Document { nodes: self.nodes })
    }

    /// As [`Reader::read_all`], with all markup in file order.
    pub(super) fn read_markup(mut self) -> Option<(Document, Vec<Markup>)> {
        self.markup = Some(Vec::new());
        let mut more = self.declaration().ok()?;
        if self.pos > 0 {
            self.note(MarkupKind::Declaration, 0);
        }
        while more {
            more = self.step().ok()?;
        }
        let markup = self.markup.take()?;
        Some((Document { nodes: self.nodes }, markup))
    }

    /// Markup that began at `start` ends here.
    fn note(&mut self, kind: MarkupKind, start: usize) {
        let range = start..self.pos;
        if let Some(markup) = &mut self.markup {
            markup.push(Markup { kind, range });
        }
    }

    /// Takes one byte and counts lines.
    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.pos)?;
        self.pos += 1;
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(byte)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    /// A byte order mark and `<?xml … ?>` at the start of the file (§1.6).
    fn declaration(&mut self) -> Result<bool, Fault> {
        if !self.rules.skips_declaration {
            return Ok(true);
        }
        if self.bytes.starts_with(b"\xEF\xBB\xBF") {
            self.pos = 3;
        }
        if self.bytes[self.pos..].starts_with(b"<?xml") {
            let start = self.pos;
            while let Some(byte) = self.next() {
                if byte == b'?' && self.peek() == Some(b'>') {
                    self.pos += 1;
                    return Ok(true);
                }
            }
            return Err(Fault::DeclarationNotClosed { start });
        }
        Ok(true)
    }

    /// Takes the content up to the next byte that could mean something, as far as it has room: what
    /// [`Reader::step`] would do with it byte by byte.
    fn plain_content(&mut self) {
        let limit = self.rules.max_bytes;
        let Some(open) = self.open.last_mut() else {
            return;
        };
        if open.state != State::Content || open.esc || open.overflowed {
            return;
        }
        let rest = &self.bytes[self.pos..];
        let rest = &rest[..rest.len().min(limit.saturating_sub(open.current_len()))];
        let plain = memchr::memchr2(b'<', b'\\', rest).unwrap_or(rest.len());
        if plain > 0 {
            let lines = memchr::memchr_iter(b'\n', &rest[..plain]).count();
            self.line = self.line.saturating_add(lines as u32);
            open.buffer.push_run(self.pos..self.pos + plain);
            self.pos += plain;
        }
    }

    /// One byte and the plain content in front of it (or comment, or attribute list). `false` at the
    /// end of the file.
    fn step(&mut self) -> Result<bool, Fault> {
        self.plain_content();
        let at = self.pos;
        let Some(byte) = self.next() else {
            return if self.open.is_empty() {
                Ok(false)
            } else {
                Err(Fault::EndOfFile)
            };
        };
        let toggles = self.rules.backslash_toggles;
        let limit = self.rules.max_bytes;
        let esc = self
            .open
            .last_mut()
            .map_or(&mut self.esc, |open| &mut open.esc);
        if byte == b'\\' {
            *esc = !toggles || !*esc;
        } else if *esc && byte != b'<' {
            *esc = false;
        }
        if self
            .open
            .last()
            .is_some_and(|open| open.current_len() >= limit && !open.overflowed)
        {
            return Err(Fault::Overflow);
        }
        if byte == b'<' && self.peek() == Some(b'!') {
            self.pos += 1;
            return if self.skip_comment() {
                self.note(MarkupKind::Comment, at);
                Ok(true)
            } else {
                Err(Fault::CommentNotClosed { start: at })
            };
        }
        let slash = self.peek() == Some(b'/');
        let Some(open) = self.open.last_mut() else {
            if self.esc {
                // A backslash outside of elements takes the `<` behind it away.
                self.esc &= byte != b'<';
            } else if byte == b'<' {
                if slash {
                    return Err(Fault::NotOpened { start: at });
                }
                self.begin(at)?;
            }
            return Ok(true);
        };
        match open.state {
            State::Name if byte == b'>' => self.end_of_name(true)?,
            State::Name if is_space(byte) => self.end_of_name(false)?,
            State::Name => open.append(at, limit),
            State::Content if byte == b'<' && !open.esc => {
                if slash {
                    self.pos += 1;
                    open.state = State::Closing;
                    open.closing.clear();
                    open.closing_at = at;
                } else {
                    self.begin(at)?;
                }
            }
            State::Content => {
                if byte == b'<' {
                    open.esc = false;
                }
                open.append(at, limit);
            }
            State::Closing if byte == b'>' => self.end_of_closing()?,
            State::Closing => open.closing.push(at),
        }
        Ok(true)
    }

    /// Starts an element at its `<`.
    fn begin(&mut self, start: usize) -> Result<(), Fault> {
        if self.open.len() >= self.rules.max_depth {
            return Err(Fault::TooDeep { start });
        }
        self.open.push(Open {
            start,
            node: usize::MAX,
            state: State::Name,
            esc: false,
            buffer: Buffer::default(),
            content_at: start,
            closing: Buffer::default(),
            closing_at: start,
            namesake: None,
            overflowed: false,
        });
        Ok(())
    }

    /// The name is complete: `>` was read, or white space and attributes follow.
    fn end_of_name(&mut self, tag_complete: bool) -> Result<(), Fault> {
        let depth = self.open.len() - 1;
        let (source, bytes) = (self.source, self.bytes);
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        let mut self_closing = false;
        if let Some(run) = open.buffer.runs.last_mut()
            && bytes[run.end - 1] == b'/'
        {
            run.end -= 1;
            self_closing = true;
        }
        let name = open.buffer.text(source, bytes, open.start + 1);
        open.buffer.clear();
        let node = self.nodes.len();
        open.node = node;
        open.state = State::Content;
        open.content_at = self.pos;
        let start = open.start;
        let kind = kind_of(&name, NodeKind::Element);
        if let Some(parent) = depth
            .checked_sub(1)
            .and_then(|parent| self.open.get_mut(parent))
            && parent.namesake.is_none()
            && name.bytes().len() > 1
            && self
                .nodes
                .get(parent.node)
                .is_some_and(|node| node.name.bytes() == name.bytes())
        {
            parent.namesake = Some(start);
        }
        let here = Span::new(source, self.pos..self.pos);
        self.nodes.push(Node {
            kind,
            name,
            content: Text::empty(here),
            depth: u16::try_from(depth).unwrap_or(u16::MAX),
            line: self.line,
            span: Span::new(source, start..self.pos),
            damaged: false,
        });
        if !tag_complete {
            self_closing |= self.attributes()?;
        }
        self.end_of_tag();
        let kind = match self_closing {
            true => MarkupKind::Empty(node),
            false => MarkupKind::Start(node),
        };
        self.note(kind, start);
        if self_closing {
            self.open.pop();
            self.back_in_parent();
        }
        Ok(())
    }

    /// The start tag ends here, whether well or after an error.
    pub(super) fn end_of_tag(&mut self) {
        let here = Span::new(self.source, self.pos..self.pos);
        if let Some(open) = self.open.last_mut() {
            open.content_at = self.pos;
            if let Some(node) = self.nodes.get_mut(open.node) {
                node.span = node.span.to(here);
                node.content = Text::empty(here);
            }
        }
    }

    /// `</…>` is complete.
    fn end_of_closing(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.last() else {
            return Ok(());
        };
        let found = open
            .closing
            .text(self.source, self.bytes, open.closing_at + 2);
        let matches = self
            .nodes
            .get(open.node)
            .is_some_and(|node| node.name.bytes() == found.bytes());
        if !matches {
            return Err(Fault::NotClosed { found });
        }
        let start = open.closing_at;
        self.note(MarkupKind::End, start);
        self.close(false);
        Ok(())
    }

    /// Finishes the innermost element with the content read so far.
    pub(super) fn close(&mut self, damaged: bool) {
        let Some(open) = self.open.pop() else { return };
        if let Some(node) = self.nodes.get_mut(open.node) {
            node.content = open.buffer.text(self.source, self.bytes, open.content_at);
            node.damaged |= damaged;
        }
        self.back_in_parent();
    }

    /// The text in front of a child is thrown away (§1.2).
    fn back_in_parent(&mut self) {
        let pos = self.pos;
        if let Some(parent) = self.open.last_mut() {
            parent.buffer.clear();
            parent.content_at = pos;
            parent.overflowed = false;
        }
    }

    /// Behind `<!`: goes to the end of the comment (§1.3). False if there is none.
    ///
    /// The original puts bytes back and reads them again when a `-` does not end the comment, and
    /// counts a newline among them every time (§1.8). The dashes of `<!--` do not take part.
    fn skip_comment(&mut self) -> bool {
        let opener = if self.bytes[self.pos..].starts_with(b"--") {
            self.pos + 2
        } else {
            self.pos
        };
        while let Some(byte) = self.next() {
            let rest = &self.bytes[self.pos - 1..];
            if rest.starts_with(b"-->") {
                self.pos += 2;
                return true;
            }
            if rest.starts_with(b"!>") {
                self.pos += 1;
                return true;
            }
            if byte == b'\n' {
                let before = &self.bytes[opener.min(self.pos - 1)..self.pos - 1];
                let extra = before
                    .iter()
                    .rev()
                    .take(2)
                    .take_while(|&&byte| byte == b'-')
                    .count();
                self.line = self.line.saturating_add(extra as u32);
            }
        }
        false
    }
}

impl Open {
    fn current_len(&self) -> usize {
        if self.state == State::Closing {
            self.closing.len
        } else {
            self.buffer.len
        }
    }

    fn append(&mut self, at: usize, limit: usize) {
        if self.buffer.len < limit {
            self.buffer.push(at);
        }
    }

    /// Goes back from a closing tag or a broken child into the content.
    pub(super) fn resume_content(&mut self) {
        self.state = State::Content;
        self.esc = false;
    }
}

/// `var` in any case is a variable, element or not (§1.1).
pub(super) fn kind_of(name: &Text, otherwise: NodeKind) -> NodeKind {
    if name.bytes().eq_ignore_ascii_case(b"var") {
        NodeKind::Variable
    } else {
        otherwise
    }
}

/// White space of the C locale.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}
