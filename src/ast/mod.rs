//! Stage 2: decoders and rules one to one with their files.
//!
//! Source order, nothing resolved, nothing refused: an element with an unknown name is an
//! [`Element`] like any other. What the original engine says about it depends on everything that
//! was loaded before, so only [`crate::ruleset`] can judge.
//!
//! [`decoders`] and [`rules`] turn an XML [`Document`] into these types.

use crate::source::{Span, Text};
use crate::xml::{Document, ElementRef};

/// `name="value"`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name as written.
    pub name: Text,
    /// The value, variables replaced.
    pub value: Text,
    /// Name and value.
    pub span: Span,
}

/// An element inside of a decoder or rule.
#[derive(Clone, Debug)]
pub struct Element {
    /// The tag as written; names are mostly compared without case.
    pub name: Text,
    /// The content, variables replaced.
    pub content: Text,
    /// All attributes in file order.
    pub attributes: Vec<Attribute>,
    /// Elements inside, in file order; theirs are left out (`mitre` of Wazuh has one level).
    pub children: Vec<Element>,
    /// The start tag.
    pub span: Span,
}

/// A root element of a decoder file, normally `<decoder name="…">`.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The tag as written.
    pub tag: Text,
    /// All attributes in file order; the original wants exactly one, called `name`.
    pub attributes: Vec<Attribute>,
    /// The elements in file order.
    pub elements: Vec<Element>,
    /// It could not be read to its end: what it lacks may be in the file.
    pub damaged: bool,
    /// The start tag.
    pub span: Span,
}

/// A root element of a rule file, normally `<group name="…">`.
#[derive(Clone, Debug)]
pub struct Group {
    /// The tag as written.
    pub tag: Text,
    /// All attributes in file order; the original wants exactly one, called `name`.
    pub attributes: Vec<Attribute>,
    /// The elements in file order, normally all of them rules.
    pub rules: Vec<Rule>,
    /// It could not be read to its end: what it lacks may be in the file.
    pub damaged: bool,
    /// The start tag.
    pub span: Span,
}

/// An element of a group, normally `<rule id="…" level="…">`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The tag as written.
    pub tag: Text,
    /// All attributes in file order.
    pub attributes: Vec<Attribute>,
    /// The elements in file order.
    pub elements: Vec<Element>,
    /// It could not be read to its end: what it lacks may be in the file.
    pub damaged: bool,
    /// The start tag.
    pub span: Span,
}

/// The root elements of a decoder file.
pub fn decoders(document: &Document) -> Vec<Decoder> {
    let decoder = |root: ElementRef<'_>| Decoder {
        tag: root.name().clone(),
        attributes: attributes(root),
        elements: root.children().map(element).collect(),
        damaged: root.damaged(),
        span: root.span(),
    };
    document.roots().map(decoder).collect()
}

/// The root elements of a rule file.
pub fn rules(document: &Document) -> Vec<Group> {
    let rule = |child: ElementRef<'_>| Rule {
        tag: child.name().clone(),
        attributes: attributes(child),
        elements: child.children().map(element).collect(),
        damaged: child.damaged(),
        span: child.span(),
    };
    let group = |root: ElementRef<'_>| Group {
        tag: root.name().clone(),
        attributes: attributes(root),
        rules: root.children().map(rule).collect(),
        damaged: root.damaged(),
        span: root.span(),
    };
    document.roots().map(group).collect()
}

fn element(child: ElementRef<'_>) -> Element {
    Element {
        children: child.children().map(leaf).collect(),
        ..leaf(child)
    }
}

fn leaf(child: ElementRef<'_>) -> Element {
    Element {
        children: Vec::new(),
        name: child.name().clone(),
        content: child.content().clone(),
        attributes: attributes(child),
        span: child.span(),
    }
}

fn attributes(element: ElementRef<'_>) -> Vec<Attribute> {
    element
        .attributes()
        .map(|node| Attribute {
            name: node.name.clone(),
            value: node.content.clone(),
            span: node.span,
        })
        .collect()
}
