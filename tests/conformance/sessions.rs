//! `ossec-VERSION-sessions.jsonl`: lines in order through one engine.

use std::path::Path;

use ossia::engine::Session;
use serde_json::{Value, json};

use crate::Failure;
use crate::lines::{fields, moment, stock_session};
use crate::micro::{compare, text};

pub fn replay(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let pristine = stock_session(path, file);
    let mut count = 0;
    let mut failures = Vec::new();
    for (index, row) in crate::rows(path).iter().enumerate() {
        let mut session = pristine.clone();
        for (position, event) in events(row).iter().enumerate() {
            count += 1;
            if let Err(detail) = check(&mut session, event) {
                failures.push(Failure {
                    key: format!("{}.{position}", index + 1),
                    detail,
                });
            }
        }
    }
    (count, failures)
}

/// The events of a row.
pub fn events(row: &Value) -> &[Value] {
    row["events"].as_array().expect("a session has events")
}

/// Evaluates an event and compares the outcome with the recorded one.
pub fn check(session: &mut Session, event: &Value) -> Result<(), String> {
    let line = text(event, "line");
    let at = moment(event["t"].as_f64().expect("an event has a time"));
    let actual = match session.evaluate(b"stdin", line.as_bytes(), at) {
        Ok(verdict) => json!({
            "decoder": verdict.decoder().map(|name| name.to_string()),
            "fields": fields(&verdict),
            "rule": verdict.rule().map(|rule| rule.sid.0),
            "level": verdict.rule().map(|rule| rule.level),
            "alert": verdict.alert(),
        }),
        Err(rejection) => json!({ "rejected": rejection.to_string() }),
    };
    let expected: Value = ["decoder", "fields", "rule", "level", "alert"]
        .into_iter()
        .map(|key| (key.to_owned(), event[key].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    compare(line, &expected, &actual)
}
