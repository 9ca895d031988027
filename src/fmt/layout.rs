//! The pieces of a file in the order in which they are printed, each with how deep it stands.

use std::ops::Range;

use super::role::Container;
use crate::xml::{Document, Markup, MarkupKind};

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// All its bytes.
    pub(super) range: Range<usize>,
    /// How many elements are around it.
    pub(super) depth: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    /// Byte order mark and declaration.
    Declaration,
    /// An element without children, or one whose text may mean something, with the position of its
    /// node; the range behind the start tag is kept as it is.
    Leaf {
        node: usize,
        content: Range<usize>,
    },
    /// The start tag of a container with children.
    Open {
        node: usize,
    },
    /// Its end tag.
    Close,
    Comment,
    /// Text that belongs to no element, or to one with children.
    Text,
}

/// An element whose end was not met yet.
struct Around {
    /// Its item.
    at: usize,
    /// Where its start tag ends.
    content: usize,
    container: Option<Container>,
}

/// The pieces of a file of this length; `None` if a comment stands within a tag.
pub(super) fn items(document: &Document, markup: &[Markup], length: usize) -> Option<Vec<Item>> {
    let mut items: Vec<Item> = Vec::new();
    let mut around: Vec<Around> = Vec::new();
    let mut end = 0;
    for piece in markup {
        let Range { start, .. } = piece.range;
        if start < end {
            return None;
        }
        let depth = around.len();
        if start > end {
            items.push(text(end..start, depth));
        }
        end = piece.range.end;
        let kind = match piece.kind {
            MarkupKind::Declaration => ItemKind::Declaration,
            MarkupKind::Comment => ItemKind::Comment,
            MarkupKind::Empty(node) => ItemKind::Leaf {
                node,
                content: end..end,
            },
            MarkupKind::Start(node) => {
                let name = document.nodes().get(node)?.name.bytes();
                let container = match around.last() {
                    None => Container::of(None, name),
                    Some(Around { container, .. }) => {
                        container.and_then(|parent| Container::of(Some(parent), name))
                    }
                };
                around.push(Around {
                    at: items.len(),
                    content: end,
                    container,
                });
                ItemKind::Open { node }
            }
            MarkupKind::End => {
                let Around {
                    at,
                    content,
                    container,
                } = around.pop()?;
                let is_leaf = container.is_none()
                    || items[at + 1..]
                        .iter()
                        .all(|item| matches!(item.kind, ItemKind::Text | ItemKind::Comment));
                if let (true, ItemKind::Open { node }) = (is_leaf, &items[at].kind) {
                    // Text and comments in it are its content, and so is the text behind its children.
                    let node = *node;
                    items.truncate(at + 1);
                    items[at].kind = ItemKind::Leaf {
                        node,
                        content: content..start,
                    };
                    items[at].range.end = end;
                    continue;
                }
                ItemKind::Close
            }
        };
        let depth = match kind {
            ItemKind::Close => around.len(),
            _ => depth,
        };
        items.push(Item {
            kind,
            range: piece.range.clone(),
            depth,
        });
    }
    if end < length {
        items.push(text(end..length, around.len()));
    }
    Some(items)
}

fn text(range: Range<usize>, depth: usize) -> Item {
    Item {
        kind: ItemKind::Text,
        range,
        depth,
    }
}
