//! `ossec-VERSION.jsonl`: single lines with the stock ruleset, a fresh engine per line.

use std::path::Path;

use ossia::config::{self, Inputs};
use ossia::dialect::{Dialect, Family};
use ossia::engine::{Mode, Moment, Session};
use ossia::input::DiskFiles;
use ossia::source::Sources;
use ossia::verdict::Verdict;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::micro::{Loaded, compare, text};

/// Time of t = 0: a Tuesday, 2023-11-14 22:13:20 UTC.
pub const EPOCH: i64 = 1_700_000_000;

pub fn replay(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let pristine = stock_session(path, file);
    let rows = crate::rows(path);
    let mut failures = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        // A clone of a session that has seen nothing is a fresh engine.
        let mut session = pristine.clone();
        let line = text(row, "line");
        let actual = match session.evaluate(b"stdin", line.as_bytes(), moment(0.0)) {
            Ok(verdict) => columns(&verdict),
            Err(rejection) => json!({ "rejected": rejection.to_string() }),
        };
        let expected = [
            "hostname",
            "program_name",
            "log",
            "decoder",
            "fields",
            "rule",
            "level",
            "description",
            "alert",
        ]
        .into_iter()
        .map(|key| (key.to_owned(), row[key].clone()))
        .collect::<Map<_, _>>();
        if let Err(detail) = compare(line, &Value::Object(expected), &actual) {
            failures.push(Failure {
                key: format!("{}", index + 1),
                detail,
            });
        }
    }
    (rows.len(), failures)
}

/// A session on the stock ruleset that a file of the oracle was recorded with.
pub fn stock_session(path: &Path, file: &str) -> Session {
    stock(path, file).1
}

/// That ruleset.
pub fn stock_inputs(path: &Path, file: &str) -> Inputs {
    let (dialect, folder) = if file.starts_with("ossec-2.8.3") {
        (Dialect::Ossec283, "ossec-2.8.3")
    } else if file.starts_with("ossec-3.7") {
        (Dialect::Ossec37, "ossec-3.7")
    } else if file.starts_with("wazuh-eventchannel") {
        (Dialect::Wazuh414, "wazuh-4.14")
    } else if file.starts_with("wazuh") {
        (Dialect::Wazuh414, "wazuh-4.14-testing")
    } else {
        (Dialect::Ossec43, "ossec-4.3")
    };
    let shared = path
        .parent()
        .and_then(Path::parent)
        .expect("the oracle is a folder of shared");
    let root = shared.join("rulesets").join(folder);
    config::from_configuration(&DiskFiles::new(root), "etc/ossec.conf", None, Some(dialect))
}

/// The files of that ruleset, and the session.
pub fn stock(path: &Path, file: &str) -> (Sources, Session) {
    let inputs = stock_inputs(path, file);
    let dialect = inputs.dialect;
    let loaded = Loaded::new(&inputs);
    let errors: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error())
        .collect();
    assert!(
        errors.is_empty(),
        "{file}: the ruleset does not load: {errors:#?}"
    );
    // Wazuh's results are those of its daemon, OSSEC's of its test tool.
    let session = loaded.session_as(match dialect.family() {
        Family::Ossec => Mode::TestTool,
        Family::Wazuh => Mode::Daemon,
    });
    (inputs.sources, session)
}

/// The time `t` seconds after the epoch of the recordings.
pub fn moment(t: f64) -> Moment {
    Moment {
        seconds: EPOCH + t.floor() as i64,
        utc_offset: 0,
    }
}

/// The columns of a row.
fn columns(verdict: &Verdict<'_>) -> Value {
    let text = |bytes: &bstr::BStr| Value::String(bytes.to_string());
    json!({
        "hostname": text(verdict.hostname()),
        "program_name": verdict.program_name().map(text),
        "log": text(verdict.log()),
        "decoder": verdict.decoder().map(text),
        "fields": fields(verdict),
        "rule": verdict.rule().map(|rule| rule.sid.0),
        "level": verdict.rule().map(|rule| rule.level),
        "description": verdict.rule().map(|rule| {
            rule.description.as_ref().map_or_else(|| "(null)".to_owned(), ToString::to_string)
        }),
        "alert": verdict.alert(),
    })
}

/// What the test tool prints in phase 2; of a name that is printed twice the last value.
pub fn fields(verdict: &Verdict<'_>) -> Value {
    let fields = verdict.printed_fields();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_string(), json!(value.to_string())))
            .collect(),
    )
}
