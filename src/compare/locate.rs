//! Where an element of a rule or decoder stands. The ruleset remembers only the start tags, so the
//! file is read again, but only for what changed.

use std::cell::RefCell;
use std::collections::HashMap;

use bstr::BString;

use super::Side;
use crate::page::facts::Place;
use crate::source::{SourceId, Sources, Span};
use crate::xml::{self, Document, ElementRef, Origin};

/// Attributes and elements of a definition with their places, in file order.
type Parts = Vec<(BString, Span)>;

/// Finds elements in the files of a ruleset.
pub(super) struct Locator<'r> {
    side: Side<'r>,
    /// By file: the parts of the definitions that begin at an offset.
    files: RefCell<HashMap<SourceId, HashMap<u32, Parts>>>,
}

impl<'r> Locator<'r> {
    pub(super) fn new(side: Side<'r>) -> Self {
        Locator {
            side,
            files: RefCell::default(),
        }
    }

    fn sources(&self) -> &'r Sources {
        &self.side.inputs.sources
    }

    /// Where a span begins.
    pub(super) fn place(&self, span: Span) -> Place {
        Place::of(self.sources(), span)
    }

    /// Where the last of the definitions says something with one of these elements or attributes;
    /// the first definition if none does.
    pub(super) fn element(&self, definitions: &[Span], names: &[&str]) -> Option<Place> {
        for &definition in definitions.iter().rev() {
            if let Some(span) = self.part(definition, names) {
                return Some(self.place(span));
            }
        }
        definitions.first().map(|&span| self.place(span))
    }

    fn part(&self, definition: Span, names: &[&str]) -> Option<Span> {
        let mut files = self.files.borrow_mut();
        let file = files
            .entry(definition.source)
            .or_insert_with(|| self.read(definition.source));
        let parts = file.get(&definition.start)?;
        let named = |(name, _): &&(BString, Span)| {
            names
                .iter()
                .any(|wanted| name.eq_ignore_ascii_case(wanted.as_bytes()))
        };
        parts.iter().rev().find(named).map(|&(_, span)| span)
    }

    fn read(&self, source: SourceId) -> HashMap<u32, Parts> {
        let bytes = self.sources().get(source).bytes();
        let dialect = self.side.ruleset.dialect;
        let parsed = xml::parse(source, bytes, dialect, Origin::analysisd(""));
        definitions(&parsed.document)
    }
}

/// Decoders are roots, rules stand one level below.
fn definitions(document: &Document) -> HashMap<u32, Parts> {
    let roots = document.roots();
    roots
        .flat_map(|root| std::iter::once(root).chain(root.children()))
        .map(|element| (element.span().start, parts(element)))
        .collect()
}

fn parts(element: ElementRef<'_>) -> Parts {
    let attributes = element.attributes();
    let attributes = attributes.map(|node| (node.name.bytes().to_owned(), node.span));
    let children = element.children();
    let children = children.map(|child| (child.name().bytes().to_owned(), child.span()));
    attributes.chain(children).collect()
}
