//! Whether two documents mean the same to everything that reads them.

use bstr::ByteSlice;

use super::role::Container;
use crate::xml::{Document, Markup, MarkupKind, Node, NodeKind};

/// Equal nodes, but for the order of attributes, and for white space around the text of containers,
/// where nobody looks at it.
pub(super) fn same(before: &Document, after: &Document) -> bool {
    let (before, after) = (before.nodes(), after.nodes());
    before.len() == after.len()
        && groups(before)
            .zip(groups(after))
            .zip(are_containers(before))
            .all(|((a, b), is_container)| equal(a, b, is_container))
}

/// The comments of a file, in file order.
pub(super) fn comments<'f>(
    bytes: &'f [u8],
    markup: &'f [Markup],
) -> impl Iterator<Item = Option<&'f [u8]>> {
    let comments = markup
        .iter()
        .filter(|piece| piece.kind == MarkupKind::Comment);
    comments.map(|piece| bytes.get(piece.range.clone()))
}

/// For each group, whether its element is a container.
fn are_containers(nodes: &[Node]) -> impl Iterator<Item = bool> {
    let mut around: Vec<Option<Container>> = Vec::new();
    starts(nodes).map(move |at| {
        let node = &nodes[at];
        let depth = usize::from(node.depth);
        // Nothing below a variable is a container.
        around.resize(depth, None);
        let container = match depth.checked_sub(1).map(|parent| around[parent]) {
            None => Container::of(None, node.name.bytes()),
            Some(parent) => {
                parent.and_then(|parent| Container::of(Some(parent), node.name.bytes()))
            }
        };
        around.push(container);
        container.is_some()
    })
}

/// Where the groups begin.
fn starts(nodes: &[Node]) -> impl Iterator<Item = usize> {
    let is_element = |node: &Node| node.kind == NodeKind::Element;
    (0..nodes.len()).filter(move |&at| at == 0 || is_element(&nodes[at]))
}

/// An element with its attributes.
struct Group<'d> {
    element: &'d Node,
    attributes: Vec<&'d Node>,
    has_children: bool,
}

fn groups(nodes: &[Node]) -> impl Iterator<Item = Group<'_>> {
    let is_element = |node: &Node| node.kind == NodeKind::Element;
    starts(nodes).map(move |at| {
        let element = &nodes[at];
        let rest = &nodes[at + 1..];
        let next = rest.iter().position(is_element).unwrap_or(rest.len());
        let mut attributes: Vec<&Node> = rest[..next].iter().collect();
        // Names are read without case: of two that only differ in it, the order counts.
        attributes.sort_by_key(|node| node.name.bytes().to_ascii_lowercase());
        Group {
            element,
            attributes,
            has_children: rest
                .get(next)
                .is_some_and(|next| next.depth > element.depth)
                || rest[..next].iter().any(|node| node.depth > element.depth),
        }
    })
}

fn equal(a: Group<'_>, b: Group<'_>, is_container: bool) -> bool {
    let node = |a: &Node, b: &Node| {
        a.kind == b.kind && a.depth == b.depth && a.name.bytes() == b.name.bytes()
    };
    let (text, other) = (a.element.content.bytes(), b.element.content.bytes());
    let has_something = a.has_children || !text.trim().is_empty();
    let content = match has_something && is_container {
        true => text.fields().eq(other.fields()),
        false => text == other,
    };
    let attributes = a.attributes.iter().zip(&b.attributes);
    node(a.element, b.element)
        && content
        && a.has_children == b.has_children
        && a.attributes.len() == b.attributes.len()
        && attributes
            .into_iter()
            .all(|(a, b)| node(a, b) && a.content.bytes() == b.content.bytes())
}
