//! Diagnostics as text: for people, for editors, for programs.
//!
//! [`human`] shows the source with carets (annotate-snippets), [`short`] is one line each in the
//! form editors know, [`json()`] one object a line with everything a diagnostic has.
//!
//! ```
//! use ossia::diagnostic::{Code, Diagnostic, render};
//! use ossia::source::{Sources, Span};
//!
//! let mut sources = Sources::default();
//! let id = sources.add("rules/a.xml", "<if_sid>57001</if_sid>");
//! let found = Diagnostic::error(Code::PARENT_SID, "rule `100201` refers to unknown rule `57001`")
//!     .label(Span::new(id, 8..13), "no rule with this id is loaded");
//! assert_eq!(
//!     render::short(&[found], &sources),
//!     "rules/a.xml:1:9: error[E501]: rule `100201` refers to unknown rule `57001`\n"
//! );
//! ```

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

pub use super::short::short;
use super::{Diagnostic, Label, OriginalLine, Program, Severity};
use crate::source::{SourceId, Sources, Span};

/// Diagnostics with the same message are shown once, with a list of the other places, from this
/// many on.
const FOLDED_FROM: usize = 3;

/// Other places in that list.
const PLACES: usize = 8;

/// Bytes between labels that are shown apart.
const FAR: usize = 64 * 1024;

/// Width of a line in columns; longer source lines are cut around the carets.
const WIDTH: usize = 120;

/// For people: message, source with carets, notes and help. With `color`: ANSI escape codes.
pub fn human(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(WIDTH);
    let mut text = String::new();
    for (diagnostic, others) in fold(diagnostics) {
        let mut notes = diagnostic.notes.clone();
        if !others.is_empty() {
            notes.push(other_places(&others, sources));
        }
        notes.extend(wazuh_codes(diagnostic));
        let report = report(diagnostic, &notes, sources);
        text.push_str(&renderer.render(&report));
        text.push_str("\n\n");
    }
    text
}

/// One JSON object a line. `line` and `column` count from 1, columns in bytes; the end is behind the
/// last byte. A diagnostic without a place has null there.
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let mut object = json!({
            "code": diagnostic.code.to_string(),
            "severity": diagnostic.severity.name(),
            "message": diagnostic.message,
        });
        let labels = diagnostic.labels.iter().map(|label| {
            let mut object = place(Some(label.span), sources);
            object["text"] = json!(label.text);
            object
        });
        let rest = json!({
            "labels": labels.collect::<Vec<_>>(),
            "notes": diagnostic.notes,
            "help": diagnostic.help,
            "original": diagnostic.original.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        for part in [place(diagnostic.primary(), sources), rest] {
            if let (Value::Object(all), Value::Object(part)) = (&mut object, part) {
                all.extend(part);
            }
        }
        let _ = writeln!(text, "{object}");
    }
    text
}

fn place(span: Option<Span>, sources: &Sources) -> Value {
    let Some(span) = span else {
        return json!({
            "file": null, "line": null, "column": null, "end_line": null, "end_column": null,
        });
    };
    let file = sources.get(span.source);
    let (start, end) = (sources.start(span), file.line_column(span.range().end));
    json!({
        "file": file.path(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    })
}

/// Each diagnostic with those that say the same elsewhere, in the order of the first of them.
fn fold(diagnostics: &[Diagnostic]) -> Vec<(&Diagnostic, Vec<&Diagnostic>)> {
    let mut groups: indexmap::IndexMap<_, Vec<&Diagnostic>> = indexmap::IndexMap::new();
    for diagnostic in diagnostics {
        let key = (
            diagnostic.code,
            diagnostic.severity,
            &diagnostic.message,
            &diagnostic.help,
        );
        groups.entry(key).or_default().push(diagnostic);
    }
    let mut result = Vec::new();
    for group in groups.into_values() {
        match group.split_first() {
            Some((first, others)) if group.len() >= FOLDED_FROM => {
                result.push((*first, others.to_vec()));
            }
            _ => result.extend(group.into_iter().map(|diagnostic| (diagnostic, Vec::new()))),
        }
    }
    result
}

fn other_places(others: &[&Diagnostic], sources: &Sources) -> String {
    let places = others
        .iter()
        .filter_map(|other| other.primary())
        .take(PLACES)
        .map(|span| {
            format!(
                "{}:{}",
                sources.get(span.source).path(),
                sources.start(span).line
            )
        });
    let places = places.collect::<Vec<_>>().join(", ");
    let more = others.len().saturating_sub(PLACES);
    match (places.is_empty(), more) {
        (true, _) => format!("the same {} times more", others.len()),
        (false, 0) => format!("the same at {places}"),
        (false, more) => format!("the same at {places} and {more} other places"),
    }
}

/// The numbers under which people who use Wazuh know the warning. Its errors all end with the same.
fn wazuh_codes(diagnostic: &Diagnostic) -> Option<String> {
    let of_wazuh = |line: &&OriginalLine| line.program == Program::Wazuh(Severity::Warning);
    let lines = diagnostic.original.iter().filter(of_wazuh);
    let mut codes: Vec<String> = lines
        .filter_map(|line| line.code)
        .map(|code| code.to_string())
        .collect();
    codes.dedup();
    (!codes.is_empty()).then(|| format!("in Wazuh this is {}", codes.join(", ")))
}

fn report<'a>(
    diagnostic: &'a Diagnostic,
    notes: &'a [String],
    sources: &'a Sources,
) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Info => Level::INFO,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = level
        .primary_title(&diagnostic.message)
        .id(diagnostic.code.to_string());
    let mut main = Group::with_title(title);
    let mut shown: Vec<SourceId> = Vec::new();
    for label in &diagnostic.labels {
        let source = label.span.source;
        if !shown.contains(&source) {
            shown.push(source);
            for near in clusters(&diagnostic.labels, source) {
                main = main.element(snippet(near, source, sources));
            }
        }
    }
    main = main.elements(notes.iter().map(|note| Level::NOTE.message(note)));
    let mut report = vec![main];
    if let Some(help) = &diagnostic.help {
        report.push(Group::with_title(Level::HELP.secondary_title(help)));
    }
    report
}

/// Labels of one file, with their positions among all. Those that are far from each other stand
/// apart: what is between them need not be looked at. The ones around the first label come first.
fn clusters(labels: &[Label], source: SourceId) -> Vec<Vec<(usize, &Label)>> {
    let inside = labels.iter().enumerate();
    let inside = inside.filter(|(_, label)| label.span.source == source);
    let mut inside: Vec<(usize, &Label)> = inside.collect();
    inside.sort_by_key(|(_, label)| label.span.range().start);
    let mut clusters: Vec<Vec<(usize, &Label)>> = Vec::new();
    let mut reach = 0;
    for (index, label) in inside {
        match clusters.last_mut() {
            Some(near) if label.span.range().start <= reach => near.push((index, label)),
            _ => clusters.push(vec![(index, label)]),
        }
        reach = reach.max(label.span.range().end.saturating_add(FAR));
    }
    for near in &mut clusters {
        near.sort_by_key(|(index, _)| *index);
    }
    clusters.sort_by_key(|near| near.first().map(|(index, _)| *index));
    clusters
}

/// The lines of one file from the first to the last of these labels.
fn snippet<'a>(
    labels: Vec<(usize, &'a Label)>,
    source: SourceId,
    sources: &'a Sources,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = sources.get(source);
    let bytes = file.bytes();
    let clamp = |span: Span| {
        let end = span.range().end.min(bytes.len());
        span.range().start.min(end)..end
    };
    let ranges = || labels.iter().map(|(_, label)| clamp(label.span));
    let first = ranges().map(|range| range.start).min().unwrap_or(0);
    let last = ranges().map(|range| range.end).max().unwrap_or(0);
    let start = memchr::memrchr(b'\n', &bytes[..first]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &bytes[last..]).map_or(bytes.len(), |at| last + at);
    let excerpt = Excerpt::new(&bytes[start..end]);
    let annotations = labels.iter().map(|&(index, label)| {
        let kind = if index == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let range = clamp(label.span);
        let text = (!label.text.is_empty()).then_some(label.text.as_str());
        kind.span(excerpt.range(range.start - start..range.end - start))
            .label(text)
    });
    let annotations: Vec<_> = annotations.collect();
    Snippet::source(excerpt.text)
        .line_start(file.line_column(start).line)
        .path(file.path())
        .annotations(annotations)
}

/// Bytes as text for people, with the way from an offset in the one to that in the other.
struct Excerpt {
    text: String,
    /// Where the two run apart: (offset in the bytes, offset in the text), ascending. From there on
    /// they run in step until the next entry.
    steps: Vec<(usize, usize)>,
}

impl Excerpt {
    /// Every byte that is no UTF-8 becomes U+FFFD.
    fn new(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        let mut steps = vec![(0, 0)];
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            at += chunk.valid().len();
            for _ in chunk.invalid() {
                steps.push((at, text.len()));
                text.push(char::REPLACEMENT_CHARACTER);
                at += 1;
                steps.push((at, text.len()));
            }
        }
        Excerpt { text, steps }
    }

    fn offset(&self, byte: usize) -> usize {
        let index = self.steps.partition_point(|&(from, _)| from <= byte).max(1) - 1;
        let (from, to) = self.steps[index];
        (to + byte - from).min(self.text.len())
    }

    /// The range in the text, widened to whole characters.
    fn range(&self, bytes: Range<usize>) -> Range<usize> {
        let (mut start, mut end) = (self.offset(bytes.start), self.offset(bytes.end));
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, OriginalLine, Program};
    use crate::dialect::Dialect;
    use crate::xml::{self, Origin};
    use proptest::prelude::*;

    fn broken(text: &[u8]) -> (Sources, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let id = sources.add("rules/local_rules.xml", text);
        let origin = Origin::analysisd("rules//local_rules.xml");
        let parsed = xml::parse_with_variables(id, text, Dialect::Ossec43, origin);
        (sources, parsed.diagnostics)
    }

    #[test]
    fn for_people() {
        let (sources, found) = broken(
            b"<group name=\"a,\">\n  <rule id=\"1\" level=\"3\">\n    <match>a < b</match>\n  \
              </rule>\n  <rule id=\"2\" level=\"3\">\n    <match>x</macht>\n  </rule>\n</group>\n",
        );
        insta::assert_snapshot!(human(&found, &sources, false), @r#"
        error[E101]: `<` opens an element here, and attribute `b<` is broken
         --> rules/local_rules.xml:3:14
          |
        3 |     <match>a < b</match>
          |              ^ read as the start of a tag
          |
        help: write a literal `<` as `\<`

        error[E101]: element `match` is not closed
         --> rules/local_rules.xml:6:5
          |
        6 |     <match>x</macht>
          |     ^^^^^^^ -------- `</match>` is expected in place of this
          |     |
          |     opened here
          |
        help: add `</match>`
        "#);
    }

    #[test]
    fn places_that_are_far_apart() {
        let mut text = b"<first/>\n".to_vec();
        text.extend(b"<!-- -->\n".repeat(10_000));
        text.extend(b"<second/> <third/>\n");
        let end = text.len();
        let mut sources = Sources::default();
        let id = sources.add("rules.xml", text);
        let span = |start, length| Span::new(id, start..start + length);
        let found = Diagnostic::warning(Code::check(401), "it is never reached")
            .label(span(end - 9, 8), "tried too late")
            .label(span(0, 8), "comes first")
            .label(span(end - 19, 9), "so does this");
        insta::assert_snapshot!(human(&[found], &sources, false), @r"
        warning[OS401]: it is never reached
             --> rules.xml:10002:11
              |
        10002 | <second/> <third/>
              | --------- ^^^^^^^^ tried too late
              | |
              | so does this
              |
             ::: rules.xml:1:1
              |
            1 | <first/>
              | -------- comes first
        ");
    }

    #[test]
    fn no_utf8_and_long_lines() {
        let (sources, found) = broken(b"<a>\xE9t\xE9 < b</a>\n");
        insta::assert_snapshot!(human(&found, &sources, false), @r#"
        error[E101]: `<` opens an element here, and attribute `b<` is broken
         --> rules/local_rules.xml:1:8
          |
        1 | <a>�t� < b</a>
          |        ^ read as the start of a tag
          |
        help: write a literal `<` as `\<`
        "#);
        let long = format!("<a>{}< b{}</a>", "x".repeat(4000), "y".repeat(4000));
        let (sources, found) = broken(long.as_bytes());
        let text = human(&found, &sources, false);
        assert!(
            text.lines().all(|line| line.chars().count() < 200),
            "{text}"
        );
        insta::assert_snapshot!(text, @r#"
        error[E101]: `<` opens an element here, and attribute `byyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…` is broken
         --> rules/local_rules.xml:1:4004
          |
        1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx< byyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
          |                                             ^ read as the start of a tag
          |
        help: write a literal `<` as `\<`
        "#);
    }

    #[test]
    fn several_files_and_none() {
        let mut sources = Sources::default();
        let a = sources.add("a.xml", "one\ntwo\n");
        let b = sources.add("b.xml", "three\n");
        let two = Diagnostic::error(Code::RULE_DUPLICATE, "rule id `1` is used twice")
            .label(Span::new(b, 0..5), "second one")
            .label(Span::new(a, 4..7), "first one")
            .note("ids are shared by all files");
        let none = Diagnostic::error(Code::NO_RULES, "no rule is loaded").help("name a rule file");
        let end =
            Diagnostic::warning(Code::EMPTY_FILE, "nothing here").label(Span::new(a, 8..8), "");
        let same = Diagnostic::warning(Code::RULE_ELEMENT, "unknown").label(Span::new(a, 0..3), "");
        let all = [two, none, end, same.clone(), same.clone(), same];
        insta::assert_snapshot!(human(&all, &sources, false), @r#"
        error[E305]: rule id `1` is used twice
         --> b.xml:1:1
          |
        1 | three
          | ^^^^^ second one
          |
         ::: a.xml:2:1
          |
        2 | two
          | --- first one
          |
          = note: ids are shared by all files

        error[E506]: no rule is loaded
         |
        help: name a rule file

        warning[E103]: nothing here
         --> a.xml:3:1
          |
        3 |
          | ^

        warning[E302]: unknown
         --> a.xml:1:1
          |
        1 | one
          | ^^^
          |
          = note: the same at a.xml:1, a.xml:1
        "#);
        assert!(human(&all, &sources, true).contains("\u{1b}["));
        assert_eq!(human(&[], &sources, true), "");
    }

    #[test]
    fn for_programs() {
        let mut sources = Sources::default();
        let id = sources.add("a.xml", "one\ntwo\n");
        let line = OriginalLine::error(Program::Tool, 1202, "x");
        let found = Diagnostic::error(Code::NO_RULES, "m").original(line);
        let text = json(
            &[found.clone(), found.label(Span::new(id, 4..7), "here")],
            &sources,
        );
        let lines: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(lines[0]["line"], Value::Null);
        assert_eq!(lines[0]["original"][0], "ossec-testrule(1202): ERROR: x");
        assert_eq!(
            (&lines[1]["line"], &lines[1]["end_column"]),
            (&json!(2), &json!(4))
        );
        assert_eq!(lines[1]["labels"][0]["text"], "here");
    }

    proptest! {
        #[test]
        fn every_place_can_be_shown(
            bytes in proptest::collection::vec(prop_oneof![
                proptest::sample::select(b"ab\n\r\t\0".to_vec()), any::<u8>()], 0..60),
            spans in proptest::collection::vec((0usize..70, 0usize..70), 1..4),
        ) {
            let mut sources = Sources::default();
            let id = sources.add("a.xml", bytes);
            let found = spans.iter().fold(Diagnostic::error(Code::XML_SYNTAX, "m"), |found, span| {
                found.label(Span::new(id, span.0..span.1), "l")
            });
            let found = [found];
            prop_assert!(human(&found, &sources, false).contains("error[E101]"));
            prop_assert!(short(&found, &sources).ends_with("m\n"));
            prop_assert!(!json(&found, &sources).is_empty());
        }
    }
}
