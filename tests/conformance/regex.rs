//! `regex/*.jsonl`: whether a pattern compiles, matches, what it captures and where it ends
//! (`spec/regex.md` §13).

use std::path::Path;

use ossia::dialect::Dialect;
use ossia::pattern::{Captures, Language, Pattern, string_break, word_match};
use serde_json::Value;

use crate::Failure;

/// Replays a file of patterns.
pub fn patterns(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let language = match file {
        "regex/osmatch.jsonl" => Some(Language::OsMatch),
        "regex/osregex.jsonl" => Some(Language::OsRegex),
        "regex/pcre2.jsonl" => Some(Language::Pcre2),
        _ => None,
    };
    replay(path, |row, dialect| {
        pattern(row, language.unwrap_or_else(|| language_of(row)), dialect)
    })
}

/// Replays the file of helper functions.
pub fn helpers(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    replay(path, helper)
}

fn replay(
    path: &Path,
    check: impl Fn(&Value, Dialect) -> Result<(), String>,
) -> (usize, Vec<Failure>) {
    let rows = crate::rows(path);
    let mut failures = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let (key, result) = each_engine(index + 1, row, |dialect| check(row, dialect));
        failures.extend(result.err().map(|detail| Failure { key, detail }));
    }
    (rows.len(), failures)
}

/// The row's key and the outcome of all of its engines.
fn each_engine(
    line: usize,
    row: &Value,
    check: impl Fn(Dialect) -> Result<(), String>,
) -> (String, Result<(), String>) {
    let engine = text(row, "engine");
    let dialects: &[Dialect] = match engine {
        "both" => &[Dialect::Ossec43, Dialect::Ossec37, Dialect::Wazuh414],
        "ossec" => &[Dialect::Ossec43, Dialect::Ossec37],
        "wazuh" => &[Dialect::Wazuh414],
        "ossec283" => &[Dialect::Ossec283],
        other => panic!("line {line}: unknown engine {other}"),
    };
    let problems: Vec<String> = dialects
        .iter()
        .filter_map(|&dialect| {
            check(dialect)
                .err()
                .map(|problem| format!("{dialect}: {problem}"))
        })
        .collect();
    let result = if problems.is_empty() {
        Ok(())
    } else {
        Err(format!("{} ({row})", problems.join("; ")))
    };
    (format!("line {line} {engine}"), result)
}

fn pattern(row: &Value, language: Language, dialect: Dialect) -> Result<(), String> {
    // Only osregex knows elements without captures; pcre2 is always asked for them.
    let wanted = language == Language::Pcre2 || row["sub"].as_bool().unwrap_or(false);
    let compiled = Pattern::compile(dialect, language, &bytes(row, "pattern"), wanted);
    expect("compiles", row["compiles"].as_bool(), compiled.is_ok())?;
    let Ok(pattern) = compiled else { return Ok(()) };
    let input = bytes(row, "input");
    expect("is_match", row["match"].as_bool(), pattern.is_match(&input))?;
    let mut captures = Captures::default();
    let found = pattern.find(&input, &mut captures);
    expect("match", row["match"].as_bool(), found.is_some())?;
    let Some(found) = found else { return Ok(()) };
    if language != Language::OsMatch {
        let key = match dialect {
            Dialect::Ossec283 => "end_ossec283",
            Dialect::Ossec37 | Dialect::Ossec43 => "end_ossec",
            Dialect::Wazuh414 => "end_wazuh",
        };
        expect(key, row[key].as_i64(), found.raw_end)?;
        if wanted {
            let groups = captures
                .groups()
                .iter()
                .map(|range| input[range.clone()].to_vec());
            expect(
                "captures",
                byte_list(row, "captures"),
                groups.collect::<Vec<_>>(),
            )?;
        }
    }
    Ok(())
}

fn helper(row: &Value, dialect: Dialect) -> Result<(), String> {
    let input = bytes(row, "input");
    match text(row, "fn") {
        "wordmatch" => {
            let actual = word_match(dialect, &bytes(row, "pattern"), &input);
            expect("match", row["match"].as_bool(), actual)
        }
        "strbreak" => {
            let size = row["size"].as_u64().expect("size") as usize;
            let separator = bytes(row, "sep")[0];
            let parts = string_break(dialect, &input, separator, size);
            let parts = parts.into_iter().map(Vec::from).collect::<Vec<_>>();
            expect("parts", byte_list(row, "parts"), parts)
        }
        other => Err(format!("unknown function {other}")),
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(
    field: &str,
    expected: Option<T>,
    actual: T,
) -> Result<(), String> {
    match expected {
        Some(expected) if expected == actual => Ok(()),
        expected => Err(format!(
            "{field} is {actual:?}, the original says {expected:?}"
        )),
    }
}

fn language_of(row: &Value) -> Language {
    match text(row, "dialect") {
        "osmatch" => Language::OsMatch,
        "osregex" => Language::OsRegex,
        "pcre2" => Language::Pcre2,
        other => panic!("unknown language {other}"),
    }
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("no `{key}` in {row}"))
}

/// A byte string: plain, or base64 under the name with `_b64`.
fn bytes(row: &Value, key: &str) -> Vec<u8> {
    match row[key].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => base64(text(row, &format!("{key}_b64"))),
    }
}

fn byte_list(row: &Value, key: &str) -> Option<Vec<Vec<u8>>> {
    let list = |key: &str, decode: fn(&str) -> Vec<u8>| -> Option<Vec<Vec<u8>>> {
        let items = row[key].as_array()?;
        items.iter().map(|item| item.as_str().map(decode)).collect()
    };
    list(key, |text| text.as_bytes().to_vec()).or_else(|| list(&format!("{key}_b64"), base64))
}

fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes().filter(|&byte| byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => panic!("not base64: {text}"),
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
