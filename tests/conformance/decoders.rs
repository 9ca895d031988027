//! `decoders.jsonl`: decoder micro-cases (`spec/decoders.md` §14).

use std::path::Path;

use ossia::config::MemoryFiles;
use ossia::dialect::Dialect;
use ossia::engine::Moment;
use ossia::engine::trace::NoTrace;
use ossia::verdict::Verdict;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::micro::{Loaded, compare, text};

const DEFAULT_CONFIGURATION: &str =
    "<ossec_config><rules><include>r.xml</include></rules></ossec_config>";

pub fn replay(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let rows = crate::rows(path);
    let options = shipped_options(path);
    let check = |row: &Value| {
        let result = case(row, &options);
        result.err().map(|detail| Failure {
            key: text(row, "name").to_owned(),
            detail,
        })
    };
    let failures = rows.iter().filter_map(check).collect();
    (rows.len(), failures)
}

/// The internal options that the recordings used where a case does not change them.
fn shipped_options(path: &Path) -> String {
    let shared = path
        .parent()
        .and_then(Path::parent)
        .expect("the oracle is a folder of shared");
    let file = shared.join("rulesets/ossec-4.3/etc/internal_options.conf");
    std::fs::read_to_string(file).expect("the stock internal options are there")
}

fn case(row: &Value, shipped: &str) -> Result<(), String> {
    let loaded = Loaded::from_memory(files(row, shipped), Dialect::Ossec43);
    let (lines, failed) = loaded.original_lines();
    if row["expected_load_error"] == json!(true) {
        if !failed {
            return Err(format!(
                "it loads; expected: {}",
                text(row, "error_contains")
            ));
        }
        let first = lines.first().map(String::as_str).unwrap_or_default();
        let code = row["error_code"]
            .as_u64()
            .map(|code| format!("({code})"))
            .unwrap_or_default();
        if !first.contains(text(row, "error_contains")) || !first.contains(&code) {
            return Err(format!(
                "{code} {}\n  actual {lines:#?}",
                text(row, "error_contains")
            ));
        }
        return Ok(());
    }
    if failed {
        return Err(format!("it does not load: {lines:#?}"));
    }
    for message in row["logged"].as_array().into_iter().flatten() {
        let message = message.as_str().unwrap_or_default();
        if !lines
            .iter()
            .any(|line| message.contains(line.as_str()) || line.contains(message))
        {
            // What is logged while events are read is not a load message.
            let at_run_time = row.get("dies_after").is_some() || !message.contains("210");
            if !at_run_time {
                return Err(format!("not logged: {message}\n  actual {lines:#?}"));
            }
        }
    }
    let mut session = loaded.session();
    let clock = row["clock"].as_array();
    let expected = row["expected"].as_array().cloned().unwrap_or_default();
    for (index, line) in row["lines"].as_array().into_iter().flatten().enumerate() {
        let line = line.as_str().unwrap_or_default();
        let seconds = clock
            .and_then(|clock| clock[index].as_i64())
            .unwrap_or(1_700_000_000);
        let at = Moment {
            seconds,
            utc_offset: 0,
        };
        let queue = row["queue_format"] == json!(true);
        let verdict = if queue {
            session.evaluate_message(line.as_bytes(), at, &mut NoTrace)
        } else if line.len() < 2 {
            continue;
        } else {
            session.evaluate(b"stdin", line.as_bytes(), at)
        };
        // A case in which the original ended itself has no result for the later lines.
        let Some(expected) = expected.get(index) else {
            break;
        };
        let actual = verdict.map_or(Value::Null, |verdict| columns(&verdict, expected));
        compare(&format!("line {index}: {line}"), expected, &actual)?;
    }
    Ok(())
}

fn files(row: &Value, shipped: &str) -> MemoryFiles {
    let configuration = row["ossec_conf"].as_str().unwrap_or(DEFAULT_CONFIGURATION);
    let mut files = MemoryFiles::default();
    let mut add = |path: &str, content: &str| {
        files.0.insert(path.to_owned(), content.as_bytes().to_vec());
    };
    add("etc/ossec.conf", configuration);
    add("etc/decoder.xml", text(row, "decoder_xml"));
    add("rules/r.xml", text(row, "rules_xml"));
    if let Some(local) = row["local_decoder_xml"].as_str() {
        add("etc/local_decoder.xml", local);
    }
    for (path, content) in row["files"].as_object().into_iter().flatten() {
        add(path, content.as_str().unwrap_or_default());
    }
    // The first file that knows a key wins, so overrides stand in the local one.
    let mut local = String::new();
    for (key, value) in row["internal_options"].as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let key = if key.contains('.') {
            key.clone()
        } else {
            format!("analysisd.{key}")
        };
        local += &format!("{key}={value}\n");
    }
    add("etc/internal_options.conf", shipped);
    add("etc/local_internal_options.conf", &local);
    files
}

/// The columns that the row has.
fn columns(verdict: &Verdict<'_>, expected: &Value) -> Value {
    let text = |bytes: &bstr::BStr| json!(bytes.to_string());
    let object = |pairs: Vec<(&bstr::BStr, &bstr::BStr)>| -> Map<String, Value> {
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect()
    };
    let value = |key: &str| match key {
        "hostname" => text(verdict.hostname()),
        "program_name" => json!(verdict.program_name().map(text)),
        "log" => text(verdict.log()),
        "decoder" => json!(verdict.decoder().map(text)),
        "fields" => Value::Object(object(verdict.values())),
        "printed_fields" => Value::Object(object(verdict.printed_fields().collect())),
        "rule" => json!(verdict.rule().map(|rule| rule.sid.0)),
        "location" => text(verdict.location()),
        other => json!(format!("unknown column {other}")),
    };
    let keys = expected
        .as_object()
        .map(|object| object.keys().cloned().collect::<Vec<_>>());
    Value::Object(
        keys.unwrap_or_default()
            .into_iter()
            .map(|key| (key.clone(), value(&key)))
            .collect(),
    )
}
