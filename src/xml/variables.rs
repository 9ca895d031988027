//! Variables: `<var name="N">V</var>` and `$N` (§1.7). One walk over the nodes in document order.

use std::collections::HashMap;
use std::ops::Range;

use bstr::ByteSlice;

use super::Origin;
use super::dialect::XmlRules;
use super::fault::{MAX_PROBLEMS, shown};
use super::node::{Document, Node, NodeKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Text};

/// A variable's name must be shorter, where it is defined.
const MAX_NAME: usize = 256;

/// A text that grows beyond this is too long for every element that there is; stopping here bounds
/// the memory that a few `$A` can ask for. In bytes.
const MAX_EXPANDED: usize = 1 << 16;

/// Bytes that end a name.
const ENDS: &[u8] = b"$.|, ";

/// What all replaced texts of one file may hold together, in bytes.
const MAX_EXPANDED_FILE: usize = 1 << 26;

struct Variable {
    value: Vec<u8>,
    span: Span,
}

/// By name in lower case; the first definition wins.
type Variables = HashMap<Vec<u8>, Variable>;

/// For each node: the first attribute from it on, and the smallest depth up to that. Looking
/// forward from every variable anew would take quadratic time.
type NextAttribute = Vec<(usize, u16)>;

fn next_attributes(nodes: &[Node]) -> NextAttribute {
    let mut next = (usize::MAX, u16::MAX);
    let from_behind = nodes.iter().enumerate().rev().map(|(index, node)| {
        let attribute = node.kind == NodeKind::Attribute;
        next = if attribute {
            (index, node.depth)
        } else {
            (next.0, next.1.min(node.depth))
        };
        next
    });
    let mut all: NextAttribute = from_behind.collect();
    all.reverse();
    all
}

/// Replaces all variables. `first`: no error happened before, so the first one found here is what
/// the original prints.
pub(super) fn replace(
    document: &mut Document,
    rules: XmlRules,
    origin: Origin<'_>,
    mut first: bool,
) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut variables = Variables::new();
    let defines = document
        .nodes
        .iter()
        .any(|node| node.kind == NodeKind::Variable);
    let next = if defines {
        next_attributes(&document.nodes)
    } else {
        NextAttribute::new()
    };
    let mut expanded = 0;
    for index in 0..document.nodes.len() {
        let mut problems = Vec::new();
        if document.nodes[index].kind == NodeKind::Variable {
            match define(&document.nodes, index, &next) {
                Ok((name, variable)) => {
                    variables.entry(name).or_insert(variable);
                }
                Err(problem) => problems.push(problem),
            }
        } else {
            let node = &document.nodes[index];
            if node.content.bytes().len() <= 2 || (rules.needs_variable && variables.is_empty()) {
                continue;
            }
            if let Some(content) = expand(&node.content, &variables, rules, &mut problems) {
                expanded += content.bytes().len();
                document.nodes[index].content = content;
            }
            if expanded > MAX_EXPANDED_FILE {
                let message = "the variables make the file too long";
                let text = format!("more than {MAX_EXPANDED_FILE} bytes up to here");
                let place = document.nodes[index].span;
                diagnostics.push(Diagnostic::error(Code::VARIABLE, message).label(place, text));
                return diagnostics;
            }
        }
        for (text, diagnostic) in problems {
            if diagnostics.len() >= MAX_PROBLEMS {
                return diagnostics;
            }
            let mut diagnostic = *diagnostic;
            if first {
                diagnostic = diagnostic.original(origin.variable_line(&text));
                first = false;
            }
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}

/// The original's text and our diagnostic.
type Problem = (Vec<u8>, Box<Diagnostic>);

/// The variable that starts at node `index`: the first attribute behind it, wherever that is.
fn define(
    nodes: &[Node],
    index: usize,
    next: &NextAttribute,
) -> Result<(Vec<u8>, Variable), Problem> {
    let node = &nodes[index];
    let error = |message: &str| Diagnostic::error(Code::VARIABLE, message);
    let found = next
        .get(index + 1)
        .filter(|&&(_, depth)| depth >= node.depth);
    let Some(attribute) = found.and_then(|&(at, _)| nodes.get(at)) else {
        let diagnostic = error("variable without a name")
            .label(node.span, "")
            .help("write `<var name=\"NAME\">value</var>`");
        return Err((b"No value set for variable.".to_vec(), Box::new(diagnostic)));
    };
    if !attribute.name.bytes().eq_ignore_ascii_case(b"name") {
        let other = shown(attribute.name.bytes());
        let diagnostic = error("variable without a name")
            .label(node.span, "")
            .label(attribute.span, format!("`{other}` is not `name`"))
            .help("write `<var name=\"NAME\">value</var>`");
        let text = b"Only \"name\" is allowed as an attribute for a variable.";
        return Err((text.to_vec(), Box::new(diagnostic)));
    }
    if attribute.content.bytes().len() >= MAX_NAME {
        let diagnostic = error("the name of the variable has more than 255 bytes")
            .label(attribute.content.span(), "too long");
        return Err((
            b"Invalid variable name size.".to_vec(),
            Box::new(diagnostic),
        ));
    }
    let variable = Variable {
        value: node.content.bytes().to_vec(),
        span: attribute.span,
    };
    Ok((attribute.content.bytes().to_ascii_lowercase(), variable))
}

/// The text with its variables replaced; none if nothing changes.
fn expand(
    content: &Text,
    variables: &Variables,
    rules: XmlRules,
    problems: &mut Vec<Problem>,
) -> Option<Text> {
    let bytes = content.bytes();
    memchr::memchr(b'$', bytes)?;
    let mut result = Text::empty(content.span_of(0..0));
    let mut copied = 0;
    let mut pos = 0;
    while let Some(found) = memchr::memchr(b'$', &bytes[pos..]) {
        let dollar = pos + found;
        let rest = &bytes[dollar + 1..];
        pos = dollar + 1;
        if rules.dollar_parenthesis && rest.first() == Some(&b'(') {
            continue;
        }
        let name = &rest[..rest.find_byteset(ENDS).unwrap_or(rest.len())];
        if name.is_empty() {
            continue;
        }
        pos += name.len();
        let place = content.span_of(dollar..pos);
        if name.len() >= MAX_NAME - 1 {
            let diagnostic =
                Diagnostic::error(Code::VARIABLE, "variable name of 255 bytes or more")
                    .label(place, "")
                    .help("a name ends at `$`, `.`, `|`, `,`, a blank or the end of the text");
            problems.push((
                b"Invalid variable name size: '255'.".to_vec(),
                Box::new(diagnostic),
            ));
            continue;
        }
        let known = variables.get(&name.to_ascii_lowercase());
        let Some(variable) = known else {
            problems.push(unknown(name, place, variables));
            continue;
        };
        result.join(&content.slice(copied..dollar));
        result.push(&variable.value, place);
        copied = pos;
        if result.bytes().len() > MAX_EXPANDED {
            let diagnostic = Diagnostic::error(Code::VARIABLE, "text too long with its variables")
                .label(place, format!("more than {MAX_EXPANDED} bytes here"));
            problems.push((b"String overflow.".to_vec(), Box::new(diagnostic)));
            return Some(result);
        }
    }
    if copied == 0 {
        return None;
    }
    result.join(&content.slice(copied..bytes.len()));
    Some(result)
}

fn unknown(name: &[u8], place: Span, variables: &Variables) -> Problem {
    let shown_name = shown(name);
    let mut diagnostic =
        Diagnostic::error(Code::VARIABLE, format!("unknown variable `{shown_name}`"))
            .label(place, "no variable of this name is defined above");
    let prefix = |known: &[u8]| {
        !known.is_empty()
            && name.len() > known.len()
            && name[..known.len()].eq_ignore_ascii_case(known)
    };
    let prefixes = variables.iter().filter(|(known, _)| prefix(known));
    if let Some((known, variable)) = prefixes.max_by_key(|(known, _)| known.len()) {
        let known = shown(&name[..known.len()]);
        diagnostic = diagnostic
            .label(variable.span, format!("`{known}` is defined here"))
            .note(format!(
                "only `$`, `.`, `|`, `,`, a blank or the end of the text end the name `{known}`"
            ));
    } else if variables.is_empty() {
        diagnostic = diagnostic.note("this dialect takes every `$` for a variable");
    } else {
        diagnostic = diagnostic.note(
            "behind the first `<var>` of a file every `$` starts a variable, even an escaped one",
        );
    }
    let text = [b"Unknown variable: '".as_slice(), name, b"'."].concat();
    let help = "define it above its use, in the same file; or move the `<var>`s to another file";
    (text, Box::new(diagnostic.help(help)))
}

impl Text {
    /// A part of the text with its places. The range is clamped to the text.
    pub(crate) fn slice(&self, range: Range<usize>) -> Text {
        let end = range.end.min(self.bytes().len());
        let start = range.start.min(end);
        let mut result = Text::empty(self.span_of(start..start));
        for (piece, span) in self.pieces() {
            let from = piece.start.max(start);
            let to = piece.end.min(end);
            if from >= to {
                continue;
            }
            let exact = piece.len() == span.range().len();
            let part = if exact {
                let base = span.range().start;
                Span::new(
                    span.source,
                    base + from - piece.start..base + to - piece.start,
                )
            } else {
                span
            };
            result.push(&self.bytes()[from..to], part);
        }
        result
    }
}
