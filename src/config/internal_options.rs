//! `internal_options.conf` (§3): lines of `group.key=value`, nothing trimmed.

use bstr::{BStr, ByteSlice};

use super::FileSystem;
use super::dialect::InternalOption;
use super::options::Options;
use super::ossec_conf::number;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::dialect::Dialect;
use crate::source::{SourceId, Sources, Span};

const LOCAL: &str = "etc/local_internal_options.conf";
const SHIPPED: &str = "etc/internal_options.conf";

/// The engine reads lines into a buffer of 1024 bytes.
const MAX_LINE: usize = 1023;

/// Reads both files. Neither is there: the shipped values stay. If the dialect is only a `guess`,
/// a missing key is no error: it may be that of an older engine, which does not have it.
pub(super) fn read(
    files: &dyn FileSystem,
    dialect: Dialect,
    guess: bool,
    sources: &mut Sources,
    options: &mut Options,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for path in [LOCAL, SHIPPED] {
        if let Ok(bytes) = files.read(path) {
            found.push(sources.add(path, bytes));
        }
    }
    let mut diagnostics = Vec::new();
    if found.is_empty() {
        return diagnostics;
    }
    let mut lines = Vec::new();
    for &source in &found {
        definitions(
            source,
            sources.get(source).bytes(),
            &mut lines,
            &mut diagnostics,
        );
    }
    let mut missing = Vec::new();
    for option in dialect.config().internal {
        match lines.iter().find(|line| line.key == option.key) {
            Some(definition) => {
                if let Err(diagnostic) = apply(option, definition, options) {
                    diagnostics.push(*diagnostic);
                }
            }
            // What only the daemon looks up is no reason to refuse the start.
            None if option.tool => missing.push(option.key),
            None => {}
        }
    }
    if let Some(first) = missing.first() {
        let names: Vec<_> = missing
            .iter()
            .map(|key| format!("`analysisd.{key}`"))
            .collect();
        let paths: Vec<_> = found
            .iter()
            .map(|&id| format!("`{}`", sources.get(id).path()))
            .collect();
        let message = format!("{} not defined in {}", names.join(", "), paths.join(" or "));
        let mut diagnostic = Diagnostic::error(Code::INTERNAL_OPTION, message);
        if guess {
            diagnostic.severity = Severity::Warning;
            diagnostic = diagnostic
                .note(format!("{dialect} needs it; the shipped value is used"))
                .help("ask for the dialect of this installation");
        } else {
            let text = format!("Definition not found for: 'analysisd.{first}'.");
            diagnostic = diagnostic
                .note(format!("{dialect} does not start without it"))
                .help("copy the line from the file that came with the engine")
                .original(OriginalLine::error(Program::Tool, 2301, text));
        }
        diagnostics.push(diagnostic);
    }
    diagnostics
}

/// A line of the group `analysisd`.
struct Definition<'a> {
    key: &'a BStr,
    value: &'a BStr,
    at: Span,
}

fn definitions<'a>(
    source: SourceId,
    bytes: &'a BStr,
    lines: &mut Vec<Definition<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    const MAX_WARNINGS: usize = 5;
    let mut start = 0;
    while start < bytes.len() {
        let rest = &bytes[start..];
        let most = rest.len().min(MAX_LINE);
        let length = memchr::memchr(b'\n', &rest[..most]).map_or(most, |at| at + 1);
        let line = &rest[..length];
        let at = start;
        start += length;
        if matches!(line.first(), Some(b'#' | b' ' | b'\n')) {
            continue;
        }
        let dot = memchr::memchr(b'.', line);
        let equals = dot.and_then(|dot| Some(dot + 1 + memchr::memchr(b'=', &line[dot + 1..])?));
        let (Some(dot), Some(equals)) = (dot, equals) else {
            if diagnostics.len() < MAX_WARNINGS {
                let message = "this line defines nothing";
                let diagnostic = Diagnostic::warning(Code::INTERNAL_OPTION, message)
                    .label(Span::new(source, at..at + line.trim_end().len()), "")
                    .help("write `group.key=value`, or `#` in front of a comment");
                diagnostics.push(diagnostic);
            }
            continue;
        };
        if &line[..dot] != b"analysisd" {
            continue;
        }
        let value = &line[equals + 1..];
        let value = &value[..value.rfind_byte(b'\n').unwrap_or(value.len())];
        let value = &value[..value.rfind_byte(b'\r').unwrap_or(value.len())];
        let from = at + equals + 1;
        lines.push(Definition {
            key: BStr::new(&line[dot + 1..equals]),
            value: BStr::new(value),
            at: Span::new(source, from..from + value.len()),
        });
    }
}

/// A bad value of what only the daemon looks up is a warning: its shipped value stays.
fn apply(
    option: &InternalOption,
    definition: &Definition<'_>,
    options: &mut Options,
) -> Result<(), Box<Diagnostic>> {
    let new = if option.tool {
        Diagnostic::error
    } else {
        Diagnostic::warning
    };
    let key = option.key;
    let (low, high) = option.range;
    let finish = |diagnostic: Diagnostic, code, text| {
        let line = OriginalLine::error(Program::Tool, code, text);
        Box::new(if option.tool {
            diagnostic.original(line)
        } else {
            diagnostic
        })
    };
    let value = number(definition.value).filter(|value| (low..=high).contains(value));
    let Some(value) = value else {
        let shown = definition.value;
        let mut diagnostic = new(
            Code::INTERNAL_OPTION,
            format!("`{shown}` is no possible value of `analysisd.{key}`"),
        )
        .label(definition.at, format!("allowed: {low} to {high}"));
        if number(BStr::new(shown.trim())).is_some() && shown.trim().len() < shown.len() {
            diagnostic = diagnostic.help("remove the white space: it is part of the value");
        }
        let text = format!("Invalid definition for analysisd.{key}: '{shown}'.");
        return Err(finish(diagnostic, 2302, text));
    };
    (option.set)(options, value);
    Ok(())
}
