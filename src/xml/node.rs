//! The result of the reader: a flat list of nodes in document order (§1.1).

use crate::source::{Span, Text};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// `<name>…</name>`.
    Element,
    /// `name="value"`, directly behind its element.
    Attribute,
    /// An element or attribute called `var`: invisible to everything that lists elements.
    Variable,
}

/// One element, attribute or variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The name.
    pub name: Text,
    /// Of an element: the text behind its last child. Of an attribute: the value. Never trimmed.
    pub content: Text,
    /// Nesting; 0 is a root. An attribute has the depth of its element.
    pub depth: u16,
    /// Line, from 1, as the original counts (§1.8).
    pub line: u32,
    /// Start tag `<name …>`, or `name="value"`.
    pub span: Span,
    /// The element could not be read to its end: parts may be missing.
    pub damaged: bool,
}

/// Position of a node in its [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// All nodes of a file in document order; attributes stand directly behind their element.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(super) nodes: Vec<Node>,
}

impl Document {
    /// Every node, attributes and variables included.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The elements of depth 0. There may be any number.
    pub fn roots(&self) -> impl Iterator<Item = ElementRef<'_>> {
        self.elements_from(0, 0)
    }

    /// The element with this id, if it is one.
    pub fn element(&self, id: NodeId) -> Option<ElementRef<'_>> {
        let node = self.nodes.get(id.0 as usize)?;
        (node.kind == NodeKind::Element).then_some(ElementRef { document: self, id })
    }

    /// Elements of `depth` from `start` on, until an element of smaller depth.
    fn elements_from(&self, start: usize, depth: u16) -> impl Iterator<Item = ElementRef<'_>> {
        self.nodes
            .iter()
            .enumerate()
            .skip(start)
            .filter(|(_, node)| node.kind == NodeKind::Element)
            .take_while(move |(_, node)| node.depth >= depth)
            .filter(move |(_, node)| node.depth == depth)
            .map(|(index, _)| ElementRef {
                document: self,
                id: NodeId(index as u32),
            })
    }
}

/// One element of a document.
#[derive(Clone, Copy, Debug)]
pub struct ElementRef<'d> {
    document: &'d Document,
    id: NodeId,
}

impl<'d> ElementRef<'d> {
    /// Its place in the document.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The node itself.
    pub fn node(&self) -> &'d Node {
        &self.document.nodes[self.id.0 as usize]
    }

    /// The name in the tag.
    pub fn name(&self) -> &'d Text {
        &self.node().name
    }

    /// The text behind the last child, untrimmed; empty but present for `<x/>`.
    pub fn content(&self) -> &'d Text {
        &self.node().content
    }

    /// The start tag.
    pub fn span(&self) -> Span {
        self.node().span
    }

    /// True if the element could not be read to its end: what is missing in it may be in the file.
    pub fn damaged(&self) -> bool {
        self.node().damaged
    }

    /// The run of attributes directly behind the element.
    pub fn attributes(&self) -> impl Iterator<Item = &'d Node> + use<'d> {
        let rest = &self.document.nodes[self.id.0 as usize + 1..];
        rest.iter()
            .take_while(|node| node.kind == NodeKind::Attribute)
    }

    /// The elements directly below.
    pub fn children(&self) -> impl Iterator<Item = ElementRef<'d>> + use<'d> {
        let document: &'d Document = self.document;
        document.elements_from(self.id.0 as usize + 1, self.node().depth.saturating_add(1))
    }
}
