//! The forms of the output.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::check::Finding;
use crate::diagnostic::{Diagnostic, Severity, render};
use crate::source::{Sources, Span};

fn diagnostics(findings: &[Finding]) -> Vec<Diagnostic> {
    let found = findings.iter();
    found.map(|finding| finding.diagnostic.clone()).collect()
}

/// With the lines of the files.
pub(super) fn text(findings: &[Finding], sources: &Sources, colored: bool) -> String {
    render::human(&diagnostics(findings), sources, colored)
}

/// One line each.
pub(super) fn short(findings: &[Finding], sources: &Sources) -> String {
    render::short(&diagnostics(findings), sources)
}

/// The name of a check, or of what is said by the load.
fn name(finding: &Finding) -> &'static str {
    finding.check.map_or("load", |check| check.name)
}

/// One object a line: as a diagnostic of the load, with the name of the check and its fix.
pub(super) fn json(findings: &[Finding], sources: &Sources) -> String {
    let mut text = String::new();
    for finding in findings {
        let line = render::json(std::slice::from_ref(&finding.diagnostic), sources);
        let Ok(Value::Object(mut object)) = serde_json::from_str(&line) else {
            continue;
        };
        object.insert(
            "check".to_owned(),
            json!(finding.check.map(|check| check.name)),
        );
        let fix = finding.fix.as_ref().map(|fix| {
            let edits = fix.edits.iter().map(|edit| {
                json!({
                    "start": edit.span.start,
                    "end": edit.span.end,
                    "replacement": String::from_utf8_lossy(&edit.replacement),
                })
            });
            let safe = finding.fix(false).is_some();
            json!({ "title": fix.title, "safe": safe, "edits": edits.collect::<Vec<_>>() })
        });
        object.insert("fix".to_owned(), json!(fix));
        let _ = writeln!(text, "{}", Value::Object(object));
    }
    text
}

/// SARIF 2.1.0: one run, with the rules that have results.
pub(super) fn sarif(findings: &[Finding], sources: &Sources) -> String {
    let mut rules: Vec<Value> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    let mut results = Vec::new();
    for finding in findings {
        let id = finding.id();
        let index = known
            .iter()
            .position(|other| *other == id)
            .unwrap_or_else(|| {
                rules.push(rule(finding, &id));
                known.push(id.clone());
                known.len() - 1
            });
        let diagnostic = &finding.diagnostic;
        let mut text = diagnostic.message.clone();
        for more in diagnostic.notes.iter().chain(&diagnostic.help) {
            text.push('\n');
            text.push_str(more);
        }
        let mut result = json!({
            "ruleId": id,
            "ruleIndex": index,
            "level": level(diagnostic.severity),
            "message": { "text": text },
        });
        if let Some(span) = diagnostic.primary() {
            result["locations"] = json!([{ "physicalLocation": location(span, sources) }]);
        }
        let related = diagnostic.labels.iter().skip(1).map(|label| {
            json!({
                "physicalLocation": location(label.span, sources),
                "message": { "text": label.text },
            })
        });
        let related: Vec<Value> = related.collect();
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        results.push(result);
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ossia",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(finding: &Finding, id: &str) -> Value {
    match finding.check {
        Some(check) => json!({
            "id": id,
            "name": check.name,
            "shortDescription": { "text": check.summary },
            "fullDescription": { "text": check.explanation },
            "defaultConfiguration": { "level": level(check.severity) },
        }),
        None => {
            let code = finding.diagnostic.code;
            let mut all = crate::diagnostic::Code::ALL.iter();
            let text = all
                .find(|(known, _)| *known == code)
                .map(|(_, text)| text.trim());
            json!({ "id": id, "shortDescription": { "text": text.unwrap_or_default() } })
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A column in characters, from 1: bytes that are no UTF-8 count as one each.
fn column(span: Span, offset: usize, sources: &Sources) -> (usize, usize) {
    let file = sources.get(span.source);
    let place = file.line_column(offset);
    let line = file.line(place.line);
    let before = &line[..(place.column - 1).min(line.len())];
    (
        place.line,
        String::from_utf8_lossy(before).chars().count() + 1,
    )
}

fn location(span: Span, sources: &Sources) -> Value {
    let range = span.range();
    let (line, start) = column(span, range.start, sources);
    let (end_line, end) = column(span, range.end, sources);
    json!({
        "artifactLocation": { "uri": uri(sources.get(span.source).path()) },
        "region": {
            "startLine": line,
            "startColumn": start,
            "endLine": end_line,
            "endColumn": end,
        },
    })
}

/// A path as a relative or absolute reference.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            b'\\' => text.push('/'),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// Workflow commands of GitHub Actions.
pub(super) fn github(findings: &[Finding], sources: &Sources) -> String {
    let mut text = String::new();
    for finding in findings {
        let diagnostic = &finding.diagnostic;
        let command = match diagnostic.severity {
            Severity::Info => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let title = format!("{} {}", finding.id(), name(finding));
        let mut message = diagnostic.message.clone();
        for more in diagnostic.notes.iter().chain(&diagnostic.help) {
            message.push('\n');
            message.push_str(more);
        }
        let _ = write!(text, "::{command} ");
        if let Some(span) = diagnostic.primary() {
            let range = span.range();
            let (line, start) = column(span, range.start, sources);
            let (end_line, end) = column(span, range.end, sources);
            let path = property(sources.get(span.source).path());
            let _ = write!(text, "file={path},line={line},endLine={end_line},");
            // Columns are only allowed within one line.
            if line == end_line {
                let _ = write!(text, "col={start},endColumn={end},");
            }
        }
        let _ = writeln!(text, "title={}::{}", property(&title), data(&message));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(data("a\nb"), "a%0Ab");
        assert_eq!(uri("my rules/a#.xml"), "my%20rules/a%23.xml");
    }
}
