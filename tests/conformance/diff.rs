//! `ossia diff`: the stock rulesets of OSSEC 3.7 and 4.3, each as its own engine, on every line of
//! `ossec-4.3.jsonl`. What it reports is exactly what differs between the two recordings.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::Failure;
use crate::lines::EPOCH;
use crate::micro::{HOST, compare, text};

const OLD: &str = "ossec-3.7";
const NEW: &str = "ossec-4.3";

/// By the number of the line: what both engines said.
type Changes = BTreeMap<u64, Value>;

pub fn replay(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let oracle = path
        .parent()
        .and_then(Path::parent)
        .expect("the name has a folder in front");
    let rows = |version: &str| crate::rows(&oracle.join(format!("{version}.jsonl")));
    let (old, new) = (rows(OLD), rows(NEW));
    let expected = recorded(&old, &new);
    let reported = reported(&oracle.join("../rulesets"), &new);
    let mut failures = Vec::new();
    for (index, row) in new.iter().enumerate() {
        let number = index as u64 + 1;
        let none = Value::Null;
        let of = |changes: &Changes| changes.get(&number).unwrap_or(&none).clone();
        if let Err(detail) = compare(text(row, "line"), &of(&expected), &of(&reported)) {
            let key = number.to_string();
            failures.push(Failure { key, detail });
        }
    }
    (new.len(), failures)
}

/// What differs between the recordings. Of the fields only those that the other one lacks.
fn recorded(old: &[Value], new: &[Value]) -> Changes {
    let verdict = |row: &Value, other: &Value| -> Value {
        let none = Map::new();
        let fields = |row: &Value| row["fields"].as_object().unwrap_or(&none).clone();
        let known = fields(other);
        let own = fields(row).into_iter();
        let own = own.filter(|(name, value)| known.get(name) != Some(value));
        json!({
            "rule": row["rule"],
            "level": row["level"],
            "alert": row["alert"],
            "decoder": row["decoder"],
            "fields": own.collect::<Map<_, _>>(),
        })
    };
    let mut changes = Changes::new();
    for (index, (old, new)) in old.iter().zip(new).enumerate() {
        assert_eq!(
            old["line"], new["line"],
            "the recordings are of other lines"
        );
        let differ = |key: &&str| old[*key] != new[*key];
        if ["rule", "level", "alert", "decoder", "fields"]
            .iter()
            .any(differ)
        {
            let change = json!({ "old": verdict(old, new), "new": verdict(new, old) });
            changes.insert(index as u64 + 1, change);
        }
    }
    changes
}

/// What the command says.
fn reported(rulesets: &Path, rows: &[Value]) -> Changes {
    let folder = tempfile::tempdir().expect("a folder for the lines");
    let log = folder.path().join("lines.log");
    let lines: Vec<&str> = rows.iter().map(|row| text(row, "line")).collect();
    std::fs::write(&log, lines.join("\n")).expect("the lines can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_ossia"))
        .arg("diff")
        .args([rulesets.join(OLD), rulesets.join(NEW)])
        .args(["--old-dialect", OLD, "--new-dialect", NEW])
        .args(["--only", "effect", "--isolated", "--samples", "1000"])
        .args(["--format", "json", "--location", "stdin", "--quiet"])
        .args([
            "--hostname",
            HOST,
            "--tz",
            "UTC",
            "--clock",
            &EPOCH.to_string(),
        ])
        .arg("--logs")
        .arg(&log)
        .output()
        .expect("the program runs");
    let problems = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{problems}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(
        report["effect"]["events"],
        rows.len(),
        "every line is an event"
    );
    let groups = report["effect"]["groups"].as_array().expect("groups");
    let samples = groups.iter().flat_map(|group| group["samples"].as_array());
    samples
        .flatten()
        .map(|sample| {
            let event = sample["event"].as_u64().expect("a number");
            let change = json!({ "old": outcome(&sample["old"]), "new": outcome(&sample["new"]) });
            (event, change)
        })
        .collect()
}

fn outcome(outcome: &Value) -> Value {
    let fields = outcome["fields"].as_array().expect("fields");
    let fields = fields.iter().map(|field| {
        let name = field[0].as_str().expect("a name");
        (name.to_owned(), field[1].clone())
    });
    json!({
        "rule": outcome["id"],
        "level": outcome["level"],
        "alert": outcome["alert"] == true,
        "decoder": outcome["decoder"],
        "fields": fields.collect::<Map<_, _>>(),
    })
}
