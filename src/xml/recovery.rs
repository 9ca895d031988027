//! Where to go on after a syntax error, so that one run shows every independent problem.
//!
//! A guess of what was meant: a `<` that starts no plausible tag was text; a wrong closing tag
//! closes the element that has its name; an element that holds another of its own name was not
//! closed before that one. Every error goes on at most once from further back, and the number of
//! errors is limited, so reading stays linear.

use super::fault::{AttributeFault, Fault, MAX_PROBLEMS, is_plain};
use super::reader::{Reader, State};

impl Reader<'_> {
    /// Goes on behind a fault. False: nothing sensible can be read any more.
    pub(super) fn recover(&mut self, fault: Fault) -> bool {
        if self.diagnostics.len() >= MAX_PROBLEMS {
            return false;
        }
        match fault {
            Fault::TooDeep { .. } => false,
            Fault::Overflow => {
                if let Some(open) = self.open.last_mut() {
                    open.overflowed = true;
                    if open.state != State::Content {
                        return self.as_text();
                    }
                    // The byte that was one too many may be the `<` of the closing tag.
                    self.pos -= 1;
                }
                self.damage();
                true
            }
            Fault::NotOpened { .. } => {
                self.behind_tag();
                true
            }
            Fault::NotClosed { found } => self.wrong_closing(found.bytes()),
            Fault::EndOfFile => self.namesake(),
            Fault::CommentNotClosed { start } | Fault::DeclarationNotClosed { start } => {
                let rest = &self.bytes[start..];
                if rest.starts_with(b"<!--") || !rest.starts_with(b"<!") && !rest.starts_with(b"<?")
                {
                    self.open.clear();
                    return false;
                }
                self.pos = start + if rest.starts_with(b"<![CDATA[") { 9 } else { 2 };
                if !rest.starts_with(b"<![CDATA[") {
                    self.behind_tag();
                }
                true
            }
            Fault::Attribute {
                kind: AttributeFault::EndOfFile,
                ..
            } => {
                self.open.clear();
                false
            }
            Fault::Attribute { .. } => {
                let name = self.open.last().and_then(|open| self.nodes.get(open.node));
                let name: &[u8] = name.map_or(b"", |node| node.name.bytes());
                if name.first() == Some(&b'?') {
                    self.forget();
                    self.behind_tag();
                } else if is_plain(name) {
                    let self_closing = self.behind_tag();
                    self.end_of_tag();
                    self.damage();
                    if self_closing {
                        self.close(true);
                    }
                } else {
                    return self.as_text();
                }
                true
            }
        }
    }

    /// A closing tag with another name than the innermost element.
    fn wrong_closing(&mut self, found: &[u8]) -> bool {
        let name = self.open.last().and_then(|open| self.nodes.get(open.node));
        let name: &[u8] = name.map_or(b"", |node| node.name.bytes());
        if !is_plain(name) {
            return self.as_text();
        }
        if found.trim_ascii().eq_ignore_ascii_case(name) {
            self.close(true);
            return true;
        }
        if self.namesake() {
            return true;
        }
        let found = found.trim_ascii();
        let target = self.open.iter().rposition(|open| {
            self.nodes
                .get(open.node)
                .is_some_and(|node| node.name.bytes() == found)
        });
        // Unknown to all open elements: a typing error in the innermost one's closing tag.
        let target = target.unwrap_or(self.open.len().saturating_sub(1));
        while self.open.len() > target {
            self.close_and_look();
        }
        true
    }

    /// Closes the innermost element. If nobody meant it as one, it deserves a message of its own.
    fn close_and_look(&mut self) {
        if let Some(open) = self.open.last() {
            let name = self
                .nodes
                .get(open.node)
                .map_or(&b""[..], |node| node.name.bytes());
            if !is_plain(name) && self.diagnostics.len() < MAX_PROBLEMS {
                let diagnostic = self.describe_no_element(open.start);
                self.diagnostics.push(diagnostic);
            }
        }
        self.close(true);
    }

    /// Closes the outermost element that holds one of its own name, in front of that one.
    fn namesake(&mut self) -> bool {
        let found = self.open.iter().enumerate();
        let found = found
            .filter_map(|(at, open)| Some((at, open.namesake?)))
            .next();
        let Some((at, start)) = found else {
            return false;
        };
        while self.open.len() > at {
            self.close_and_look();
        }
        // What was read from there on is read again, at its right depth.
        let again = self
            .nodes
            .iter()
            .position(|node| node.span.range().start >= start);
        self.nodes.truncate(again.unwrap_or(self.nodes.len()));
        self.pos = start;
        true
    }

    /// The innermost element was none: its `<` is text of the element around it.
    fn as_text(&mut self) -> bool {
        let Some(start) = self.forget() else {
            return false;
        };
        self.pos = start + 1;
        true
    }

    /// Drops the innermost element and all its nodes; returns where it started.
    fn forget(&mut self) -> Option<usize> {
        let open = self.open.pop()?;
        self.nodes.truncate(open.node.min(self.nodes.len()));
        self.damage();
        if let Some(parent) = self.open.last_mut() {
            parent.resume_content();
        }
        Some(open.start)
    }

    /// Goes behind the next `>`, if it comes before the next `<`. True if it was `/>`.
    fn behind_tag(&mut self) -> bool {
        let from = self.pos;
        let rest = &self.bytes[from..];
        match memchr::memchr2(b'<', b'>', rest) {
            Some(at) if rest[at] == b'>' || at == 0 => self.pos = from + at + 1,
            Some(at) => self.pos = from + at,
            None => self.pos = self.bytes.len(),
        }
        let skipped = &self.bytes[from..self.pos];
        if skipped.first() == Some(&b'<') {
            // A closing tag that stands where no element is open.
            return self.behind_tag();
        }
        skipped.ends_with(b"/>")
    }

    fn damage(&mut self) {
        if let Some(open) = self.open.last()
            && let Some(node) = self.nodes.get_mut(open.node)
        {
            node.damaged = true;
        }
    }
}
