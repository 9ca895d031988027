//! Comments in the files that allow findings.
//!
//! ```text
//! <!-- ossia: allow OS012 bracket-class: the log has brackets -->
//! ```
//!
//! It holds for the element that begins behind it (a group, rule, decoder, or one element of those),
//! and in front of the first element for the whole file.

use std::collections::HashMap;
use std::ops::Range;

use super::context::Context;
use super::finding::{Draft, Finding, Output};
use super::levels;
use super::registry::{Check, check};
use crate::ast;
use crate::diagnostic::Code;
use crate::ruleset::Syntax;
use crate::source::{SourceId, Sources, Span};

pub(super) const CHECKS: &[Check] = &[check!(
    901 "unknown-allow", WARNING, All,
    "a comment allows a check that does not exist",
    "Comments that begin with `ossia: allow` name checks by id or name, separated by blanks or commas; \
     what follows a colon is for people. A name that does not exist allows nothing.",
    Files(unknown)
)];

/// A comment and what it covers.
#[derive(Debug)]
struct Comment {
    source: SourceId,
    /// The words behind `allow`, with their places.
    words: Vec<(String, Range<usize>)>,
    /// The bytes whose findings it allows.
    covers: Range<usize>,
}

/// Leaves out the findings that a comment allows. Errors of the load stay.
pub fn apply(sources: &Sources, syntax: &[Syntax], findings: &mut Vec<Finding>) {
    let comments = comments(sources, syntax);
    if comments.is_empty() {
        return;
    }
    let mut allowed: HashMap<(SourceId, Code), Vec<Range<usize>>> = HashMap::new();
    for comment in comments {
        let codes = comment.words.iter();
        for code in codes.filter_map(|(word, _)| levels::code(word).ok()) {
            let ranges = allowed.entry((comment.source, code)).or_default();
            ranges.push(comment.covers.clone());
        }
    }
    findings.retain(|finding| {
        let diagnostic = &finding.diagnostic;
        let place = diagnostic.primary();
        let Some(place) = place.filter(|_| finding.check.is_some() || !diagnostic.is_error())
        else {
            return true;
        };
        let ranges = allowed.get(&(place.source, diagnostic.code));
        let mut ranges = ranges.into_iter().flatten();
        !ranges.any(|range| range.contains(&place.range().start))
    });
}

fn unknown(context: &Context<'_>, output: &mut Output) {
    for (source, file) in context.sources.iter() {
        for (_, inside) in bodies(file.bytes()) {
            for (word, range) in words(file.bytes(), inside) {
                if let Err(error) = levels::code(&word) {
                    let mut draft = Draft::new(format!("there is no check `{word}` to allow"))
                        .at(Span::new(source, range), "not known");
                    if let Some(help) = error.help {
                        draft = draft.help(help);
                    }
                    output.push(draft);
                }
            }
        }
    }
}

fn comments(sources: &Sources, syntax: &[Syntax]) -> Vec<Comment> {
    let mut found = Vec::new();
    for (source, file) in sources.iter() {
        let bytes = file.bytes();
        let mut bodies = bodies(bytes).peekable();
        if bodies.peek().is_none() {
            continue;
        }
        let starts = element_starts(syntax, source);
        for (end, inside) in bodies {
            let next = starts.partition_point(|&(start, _)| start < end);
            let covers = match starts.get(next) {
                _ if next == 0 => 0..bytes.len() + 1,
                None => continue,
                Some(&(start, depth)) => {
                    let behind = starts[next + 1..].iter();
                    let stop = behind.clone().find(|&&(_, other)| other <= depth);
                    start..stop.map_or(bytes.len() + 1, |&(stop, _)| stop)
                }
            };
            found.push(Comment {
                source,
                words: words(bytes, inside),
                covers,
            });
        }
    }
    found
}

/// The comments that begin with `ossia: allow`: where each ends, and the text behind these words.
fn bodies(bytes: &[u8]) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
    memchr::memmem::find_iter(bytes, b"<!--").filter_map(|start| {
        let body = start + 4;
        let length = memchr::memmem::find(&bytes[body..], b"-->")?;
        let text = &bytes[body..body + length];
        let skipped = |text: &[u8]| {
            text.iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count()
        };
        let mut at = skipped(text);
        for word in [b"ossia:".as_slice(), b"allow"] {
            at += text[at..].strip_prefix(word).map(|_| word.len())?;
            at += skipped(&text[at..]);
        }
        Some((body + length + 3, body + at..body + length))
    })
}

/// The words up to a colon, or to `--` as in other tools: but XML itself forbids that in comments.
fn words(bytes: &[u8], inside: Range<usize>) -> Vec<(String, Range<usize>)> {
    let text = &bytes[inside.clone()];
    let mut at = inside.start;
    let mut found = Vec::new();
    for word in text.split(|byte| byte.is_ascii_whitespace() || *byte == b',') {
        let name = word.strip_suffix(b":");
        let is_last = name.is_some();
        let name = name.unwrap_or(word);
        if name.starts_with(b"--") {
            break;
        }
        if !name.is_empty() {
            let text = String::from_utf8_lossy(name).into_owned();
            found.push((text, at..at + name.len()));
        }
        if is_last {
            break;
        }
        at += word.len() + 1;
    }
    found
}

/// Where the elements of a file begin, with their depth, ascending.
fn element_starts(syntax: &[Syntax], source: SourceId) -> Vec<(usize, u8)> {
    let mut starts = Vec::new();
    let starts_in = |first: Option<Span>| first.is_some_and(|span| span.source == source);
    let mut add = |span: Span, depth: u8| starts.push((span.range().start, depth));
    let inner = |elements: &[ast::Element], depth: u8, add: &mut dyn FnMut(Span, u8)| {
        for element in elements {
            add(element.span, depth);
        }
    };
    for file in syntax {
        match file {
            Syntax::Decoders(decoders) if starts_in(decoders.first().map(|one| one.span)) => {
                for decoder in decoders {
                    add(decoder.span, 0);
                    inner(&decoder.elements, 1, &mut add);
                }
            }
            Syntax::Rules(groups) if starts_in(groups.first().map(|one| one.span)) => {
                for group in groups {
                    add(group.span, 0);
                    for rule in &group.rules {
                        add(rule.span, 1);
                        inner(&rule.elements, 2, &mut add);
                    }
                }
            }
            _ => {}
        }
    }
    starts.sort_unstable();
    starts
}
