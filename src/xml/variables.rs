//! Variables: `<var name="N">V</var>` and `$N` (§1.7). One walk over the nodes in document order.

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

struct Variable {
    name: Vec<u8>,
    value: Vec<u8>,
    span: Span,
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
    let mut variables: Vec<Variable> = Vec::new();
    for index in 0..document.nodes.len() {
        let mut problems = Vec::new();
        if document.nodes[index].kind == NodeKind::Variable {
            match define(&document.nodes, index) {
                Ok(variable) => variables.push(variable),
                Err(problem) => problems.push(problem),
            }
        } else {
            let node = &document.nodes[index];
            if node.content.bytes().len() <= 2 || (rules.needs_variable && variables.is_empty()) {
                continue;
            }
            if let Some(content) = expand(&node.content, &variables, rules, &mut problems) {
                document.nodes[index].content = content;
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
fn define(nodes: &[Node], index: usize) -> Result<Variable, Problem> {
    let node = &nodes[index];
    let error = |message: &str| Diagnostic::error(Code::VARIABLE, message);
    let behind = nodes[index + 1..]
        .iter()
        .take_while(|other| other.depth >= node.depth);
    let Some(attribute) = { behind }.find(|other| other.kind == NodeKind::Attribute) else {
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
    Ok(Variable {
        name: attribute.content.bytes().to_vec(),
        value: node.content.bytes().to_vec(),
        span: attribute.span,
    })
}

/// The text with its variables replaced; none if nothing changes.
fn expand(
    content: &Text,
    variables: &[Variable],
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
        // The first definition wins.
        let known = variables
            .iter()
            .find(|variable| variable.name.eq_ignore_ascii_case(name));
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

fn unknown(name: &[u8], place: Span, variables: &[Variable]) -> Problem {
    let shown_name = shown(name);
    let mut diagnostic =
        Diagnostic::error(Code::VARIABLE, format!("unknown variable `{shown_name}`"))
            .label(place, "no variable of this name is defined above");
    let prefix = |variable: &&Variable| {
        let known = &variable.name;
        !known.is_empty()
            && name.len() > known.len()
            && name[..known.len()].eq_ignore_ascii_case(known)
    };
    if let Some(variable) = variables
        .iter()
        .filter(prefix)
        .max_by_key(|known| known.name.len())
    {
        let known = shown(&variable.name);
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
