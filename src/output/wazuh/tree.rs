//! A JSON object in memory: built in the order of writing, printed in more than one form.
//!
//! Nodes live in one list and refer to each other by index: field names of hostile logs nest as deep
//! as a line is long, and neither printing nor dropping may recurse.

use std::borrow::Cow;
use std::io::Write;

use crate::engine::json::push_string;

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'v> {
    Text(Cow<'v, [u8]>),
    Number(u64),
    Bool(bool),
    /// An array as compact JSON.
    Array(Vec<u8>),
    Object(Members),
}

/// The ends of the chain of an object's members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    first: Option<NodeId>,
    last: Option<NodeId>,
}

#[derive(Clone, Debug)]
struct Node<'v> {
    key: &'v [u8],
    value: Value<'v>,
    next: Option<NodeId>,
}

/// An object and all that is in it.
#[derive(Clone, Debug)]
pub(super) struct Tree<'v> {
    nodes: Vec<Node<'v>>,
}

impl<'v> Tree<'v> {
    pub(super) const ROOT: NodeId = NodeId(0);

    /// An empty object.
    pub(super) fn new() -> Self {
        let root = Node {
            key: b"",
            value: Value::Object(Members::default()),
            next: None,
        };
        Tree { nodes: vec![root] }
    }

    /// Adds a member behind the others. To what is no object nothing can be added.
    pub(super) fn add(&mut self, parent: NodeId, key: &'v [u8], value: Value<'v>) -> NodeId {
        let id = NodeId(self.nodes.len());
        let Value::Object(members) = &mut self.nodes[parent.0].value else {
            return parent;
        };
        let before = members.last.replace(id);
        members.first.get_or_insert(id);
        if let Some(before) = before {
            self.nodes[before.0].next = Some(id);
        }
        let next = None;
        self.nodes.push(Node { key, value, next });
        id
    }

    pub(super) fn object(&mut self, parent: NodeId, key: &'v str) -> NodeId {
        self.add(parent, key.as_bytes(), Value::Object(Members::default()))
    }

    pub(super) fn text(
        &mut self,
        parent: NodeId,
        key: &'v str,
        text: impl Into<Cow<'v, [u8]>>,
    ) -> NodeId {
        self.add(parent, key.as_bytes(), Value::Text(text.into()))
    }

    /// Absent values are left out.
    pub(super) fn optional(&mut self, parent: NodeId, key: &'v str, text: Option<&'v [u8]>) {
        if let Some(text) = text {
            self.text(parent, key, text);
        }
    }

    pub(super) fn number(&mut self, parent: NodeId, key: &'v str, number: u64) {
        self.add(parent, key.as_bytes(), Value::Number(number));
    }

    pub(super) fn bool(&mut self, parent: NodeId, key: &'v str, value: bool) {
        self.add(parent, key.as_bytes(), Value::Bool(value));
    }

    /// An array of strings.
    pub(super) fn texts<'t>(
        &mut self,
        parent: NodeId,
        key: &'v str,
        texts: impl IntoIterator<Item = &'t [u8]>,
    ) {
        let mut array = vec![b'['];
        for text in texts {
            if array.len() > 1 {
                array.push(b',');
            }
            push_string(text, &mut array);
        }
        array.push(b']');
        self.add(parent, key.as_bytes(), Value::Array(array));
    }

    pub(super) fn value(&self, id: NodeId) -> &Value<'v> {
        &self.nodes[id.0].value
    }

    pub(super) fn key(&self, id: NodeId) -> &'v [u8] {
        self.nodes[id.0].key
    }

    /// The members of an object in their order; nothing has none.
    pub(super) fn members(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let first = match self.value(id) {
            Value::Object(members) => members.first,
            _ => None,
        };
        std::iter::successors(first, |id| self.nodes[id.0].next)
    }

    /// The member with exactly this key.
    pub(super) fn member(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.members(id).find(|&id| self.key(id) == key.as_bytes())
    }

    /// The first member with this key in any case (ASCII).
    pub(super) fn member_ignoring_case(&self, id: NodeId, key: &[u8]) -> Option<NodeId> {
        self.members(id)
            .find(|&id| self.key(id).eq_ignore_ascii_case(key))
    }

    /// Appends the object as compact JSON. What is not UTF-8 becomes U+FFFD.
    pub(super) fn print(&self, out: &mut Vec<u8>) {
        let start = out.len();
        self.print_bytes(out);
        replace_invalid(out, start);
    }

    fn print_bytes(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        // The next member of every object that is open.
        let mut open = vec![self.members(Self::ROOT).next()];
        while let Some(next) = open.pop() {
            let Some(id) = next else {
                out.push(b'}');
                continue;
            };
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
            open.push(self.nodes[id.0].next);
            push_string(self.key(id), out);
            out.push(b':');
            match self.value(id) {
                Value::Text(text) => push_string(text, out),
                // Writing to a vector cannot fail.
                Value::Number(number) => _ = write!(out, "{number}"),
                Value::Bool(value) => _ = write!(out, "{value}"),
                Value::Array(array) => out.extend_from_slice(array),
                Value::Object(members) => {
                    out.push(b'{');
                    open.push(members.first);
                }
            }
        }
    }
}

/// Makes UTF-8 of JSON from `start` on. Logs are bytes, and one that is not text must not spoil the
/// file for whoever reads it.
pub(crate) fn replace_invalid(json: &mut Vec<u8>, start: usize) {
    // Much faster than to look for what is invalid.
    if std::str::from_utf8(&json[start..]).is_ok() {
        return;
    }
    let text = String::from_utf8_lossy(&json[start..]).into_owned();
    json.truncate(start);
    json.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    #[test]
    fn printing() {
        let mut tree = Tree::new();
        let mut out = Vec::new();
        tree.print(&mut out);
        assert_eq!(out.as_bstr(), "{}");

        tree.number(Tree::ROOT, "n", 1);
        let inner = tree.object(Tree::ROOT, "o");
        let empty = tree.object(inner, "e");
        tree.text(inner, "t", &b"{"[..]);
        tree.optional(inner, "absent", None);
        tree.bool(Tree::ROOT, "b", true);
        tree.texts(Tree::ROOT, "l", [&b"x\""[..], b"/\xff"]);
        assert_eq!(tree.members(empty).count(), 0);
        assert_eq!(tree.member(Tree::ROOT, "O"), None);
        assert_eq!(tree.member_ignoring_case(Tree::ROOT, b"O"), Some(inner));
        out.clear();
        tree.print(&mut out);
        let expected = r#"{"n":1,"o":{"e":{},"t":"{"},"b":true,"l":["x\"","/�"]}"#;
        assert_eq!(out.as_bstr(), expected);
    }

    #[test]
    fn depth_costs_no_stack() {
        let mut tree = Tree::new();
        let mut at = Tree::ROOT;
        for _ in 0..1_000_000 {
            at = tree.object(at, "d");
        }
        let mut out = Vec::new();
        tree.print(&mut out);
        assert!(out.ends_with(b"}}"));
    }
}
