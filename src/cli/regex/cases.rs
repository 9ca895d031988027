//! `--input cases`: many patterns and texts for scripts, one JSON object a line each way.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::cli::failure::{Failure, reason};
use crate::dialect::Dialect;
use crate::pattern::{Captures, Language, Pattern};

/// A case as written. Other members are ignored, so that recorded results can be fed back.
#[derive(Deserialize)]
struct Case {
    pattern: Option<String>,
    pattern_b64: Option<String>,
    input: Option<String>,
    input_b64: Option<String>,
    #[serde(default)]
    sub: bool,
}

/// The answer. Captures that are not UTF-8 make the whole list base64.
#[derive(Serialize)]
struct Answer {
    compiles: bool,
    r#match: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    captures_b64: Option<Vec<String>>,
    #[serde(skip_serializing_if = "is_absent")]
    captures: Captured,
    end: Option<i64>,
}

/// The plain list; left out if the base64 one is there, else null or the list.
enum Captured {
    Elsewhere,
    None,
    List(Vec<String>),
}

fn is_absent(captured: &Captured) -> bool {
    matches!(captured, Captured::Elsewhere)
}

impl Serialize for Captured {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Captured::List(list) => list.serialize(serializer),
            Captured::None | Captured::Elsewhere => serializer.serialize_none(),
        }
    }
}

/// What is no case.
#[derive(Serialize)]
struct Problem {
    error: String,
    input_line: usize,
}

/// Answers all cases of standard input.
pub(super) fn run(dialect: Dialect, language: Language) -> Result<ExitCode, Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut failed = false;
    // Consecutive cases often share their pattern.
    let mut last: Option<(Vec<u8>, bool, Option<Pattern>)> = None;
    for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
        let line = line.map_err(|error| {
            Failure::Message(format!("cannot read standard input: {}", reason(&error)))
        })?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match read(&line) {
            Ok((pattern, input, sub)) => {
                // pcre2 elements always capture; osmatch never does.
                let wanted = match language {
                    Language::OsMatch => false,
                    Language::OsRegex => sub,
                    Language::Pcre2 => true,
                };
                let known =
                    matches!(&last, Some((text, with, _)) if *text == pattern && *with == wanted);
                if !known {
                    let compiled = Pattern::compile(dialect, language, &pattern, wanted).ok();
                    last = Some((pattern, wanted, compiled));
                }
                let compiled = last.as_ref().and_then(|(_, _, compiled)| compiled.as_ref());
                write(&mut out, &answer(compiled, &input, wanted))?;
            }
            Err(error) => {
                failed = true;
                write(
                    &mut out,
                    &Problem {
                        error,
                        input_line: number + 1,
                    },
                )?;
            }
        }
    }
    out.flush()?;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn write(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")
}

fn read(line: &[u8]) -> Result<(Vec<u8>, Vec<u8>, bool), String> {
    let case: Case =
        serde_json::from_slice(line).map_err(|error| format!("not a case: {error}"))?;
    let bytes = |name: &str, text: Option<String>, base64: Option<String>| match (text, base64) {
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => BASE64_STANDARD
            .decode(base64)
            .map_err(|error| format!("`{name}_b64` is not base64: {error}")),
        (None, None) => Err(format!("the case has neither `{name}` nor `{name}_b64`")),
        (Some(_), Some(_)) => Err(format!("the case has both `{name}` and `{name}_b64`")),
    };
    let pattern = bytes("pattern", case.pattern, case.pattern_b64)?;
    let input = bytes("input", case.input, case.input_b64)?;
    Ok((pattern, input, case.sub))
}

fn answer(pattern: Option<&Pattern>, input: &[u8], wanted: bool) -> Answer {
    let mut captures = Captures::default();
    let found = pattern.and_then(|pattern| pattern.find(input, &mut captures));
    let has_end = pattern.is_some_and(|pattern| pattern.language() != Language::OsMatch);
    let groups: Vec<&[u8]> = captures
        .groups()
        .iter()
        .map(|range| &input[range.clone()])
        .collect();
    let texts: Option<Vec<String>> = groups
        .iter()
        .map(|group| std::str::from_utf8(group).ok().map(str::to_owned))
        .collect();
    let (captures, captures_b64) = match (found.is_some() && wanted, texts) {
        (false, _) => (Captured::None, None),
        (true, Some(texts)) => (Captured::List(texts), None),
        (true, None) => {
            let encoded = groups
                .iter()
                .map(|group| BASE64_STANDARD.encode(group))
                .collect();
            (Captured::Elsewhere, Some(encoded))
        }
    };
    Answer {
        compiles: pattern.is_some(),
        r#match: found.is_some(),
        captures_b64,
        captures,
        end: found.filter(|_| has_end).map(|found| found.raw_end),
    }
}
