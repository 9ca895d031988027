//! The results of Wazuh 4.14 (`wazuh.README.md` beside them): lines, sessions, micro-cases and
//! messages of the Windows event channel.

use std::path::Path;

use ossia::config::MemoryFiles;
use ossia::diagnostic::{OriginalLine, Program, Severity};
use ossia::dialect::Dialect;
use ossia::engine::trace::NoTrace;
use ossia::engine::{Mode, Session};
use ossia::ruleset::field::Field;
use ossia::ruleset::rule::{Mitre, Rule};
use ossia::verdict::Verdict;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::lines::{moment, stock_session};
use crate::micro::{Loaded, compare, text};

/// The columns of an event.
const COLUMNS: [&str; 12] = [
    "timestamp",
    "hostname",
    "program_name",
    "decoder",
    "parent",
    "fields",
    "duplicate_fields",
    "rule",
    "level",
    "description",
    "groups",
    "alert",
];

/// Tests of one or several lines, each in a fresh session.
pub fn lines(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let pristine = stock_session(path, file);
    let mut session = pristine.clone();
    check_all(path, |row| {
        // A test of several lines goes on in its session, one second a line.
        let position = row["seq"].as_i64().unwrap_or(0);
        if position == 0 {
            session = pristine.clone();
        }
        check(&mut session, row, position as f64, &["mitre"])
    })
}

/// Rows with the name of their session and their time.
pub fn sessions(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let pristine = stock_session(path, file);
    let mut session = pristine.clone();
    let mut name = String::new();
    check_all(path, |row| {
        if text(row, "session") != name {
            name = text(row, "session").to_owned();
            session = pristine.clone();
        }
        let at = row["t"].as_f64().expect("a row has a time");
        check(&mut session, row, at, &["mitre"])
    })
}

/// Messages of Windows agents, each in a fresh session, as they arrive on the queue.
pub fn eventchannel(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let pristine = stock_session(path, file);
    check_all(path, |row| {
        let mut session = pristine.clone();
        let message = text(row, "message");
        let actual = match session.evaluate_message(message.as_bytes(), moment(0.0), &mut NoTrace) {
            Ok(verdict) => {
                let mut columns = columns(&verdict, &["mitre"]);
                let agent = verdict
                    .agent_id()
                    .map_or("000".to_owned(), ToString::to_string);
                columns.insert("agent".into(), agent.into());
                columns.insert("location".into(), verdict.location().to_string().into());
                columns.insert("full_log".into(), verdict.full_log().to_string().into());
                columns
            }
            Err(_) => Map::from_iter([("dropped".to_owned(), json!(true))]),
        };
        let extra = ["mitre", "agent", "location", "full_log", "dropped"];
        compare(message, &expected(row, &extra), &Value::Object(actual))
    })
}

/// Small rulesets.
pub fn micro(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    check_all(path, |row| {
        let loaded = Loaded::from_memory(files(row), Dialect::Wazuh414);
        let failed = loaded.diagnostics.iter().any(|problem| problem.is_error());
        if row["expected_load_error"] == json!(true) {
            if !failed {
                return Err("it loads".to_owned());
            }
            return compare_errors(row, &loaded);
        }
        if failed {
            return Err(format!("it does not load: {:#?}", loaded.diagnostics));
        }
        let warnings = row.get("load_warnings").cloned().unwrap_or(json!([]));
        let said = json!(messages(&loaded, Severity::Warning));
        compare("warnings of the load", &warnings, &said)?;
        let mut session = loaded.session_as(Mode::Daemon);
        let events = row["events"].as_array().expect("a case has events");
        let results = row["expected"].as_array().expect("a case has results");
        for (event, result) in events.iter().zip(results) {
            let at = moment(event["t"].as_f64().expect("an event has a time"));
            let line = text(event, "line");
            let mut actual = match session.evaluate(b"stdin", line.as_bytes(), at) {
                Ok(verdict) => columns(&verdict, &["mitre", "mitre_pairs"]),
                Err(rejection) => {
                    Map::from_iter([("rejected".into(), json!(rejection.to_string()))])
                }
            };
            // Micro-cases do not record the parent.
            actual.remove("parent");
            let expected = expected(result, &["mitre", "mitre_pairs"]);
            compare(line, &expected, &Value::Object(actual))?;
        }
        Ok(())
    })
}

fn check_all(
    path: &Path,
    mut check: impl FnMut(&Value) -> Result<(), String>,
) -> (usize, Vec<Failure>) {
    let rows = crate::rows(path);
    let mut failures = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if let Err(detail) = check(row) {
            let name = row.get("expected").or(row.get("expected_load_error"));
            let key = match name {
                Some(_) => text(row, "name").to_owned(),
                None => (index + 1).to_string(),
            };
            failures.push(Failure { key, detail });
        }
    }
    (rows.len(), failures)
}

fn check(session: &mut Session, row: &Value, seconds: f64, extra: &[&str]) -> Result<(), String> {
    let line = text(row, "line");
    let actual = match session.evaluate(b"stdin", line.as_bytes(), moment(seconds)) {
        Ok(verdict) => columns(&verdict, extra),
        Err(rejection) => Map::from_iter([("rejected".into(), json!(rejection.to_string()))]),
    };
    compare(line, &expected(row, extra), &Value::Object(actual))
}

/// The columns that the row has a value for.
fn expected(row: &Value, extra: &[&str]) -> Value {
    let keys = COLUMNS.iter().chain(extra);
    keys.filter_map(|&key| Some((key.to_owned(), row.get(key)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect::<Map<_, _>>()
        .into()
}

/// What the engine says, in the form of the rows.
fn columns(verdict: &Verdict<'_>, extra: &[&str]) -> Map<String, Value> {
    let mut columns = Map::new();
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            columns.insert(key.to_owned(), value.into());
        }
    };
    let string = |text: &bstr::BStr| text.to_string();
    put("timestamp", verdict.timestamp().map(string));
    put("hostname", Some(verdict.hostname().to_string()));
    put("program_name", verdict.program_name().map(string));
    put("decoder", verdict.decoder().map(string));
    put("parent", verdict.decoder_parent().map(string));
    put(
        "description",
        verdict.description().map(|text| text.to_string()),
    );
    let (fields, duplicates) = fields(verdict);
    columns.insert("fields".into(), fields.into());
    if !duplicates.is_empty() {
        columns.insert("duplicate_fields".into(), json!(duplicates));
    }
    columns.insert("alert".into(), verdict.alert().into());
    if let Some(rule) = verdict.rule() {
        columns.insert("rule".into(), rule.sid.0.into());
        columns.insert("level".into(), rule.level.into());
        columns.insert("groups".into(), groups(rule).into());
        let mitre = match &rule.mitre {
            Mitre::Ids(ids) => json!(ids.iter().map(ToString::to_string).collect::<Vec<_>>()),
            Mitre::Pairs(pairs) => json!(
                pairs
                    .iter()
                    .map(|(tactic, technique)| json!({ "tactic": tactic.to_string(), "technique": technique.to_string() }))
                    .collect::<Vec<_>>()
            ),
        };
        let key = match &rule.mitre {
            Mitre::Ids(_) => "mitre",
            Mitre::Pairs(_) => "mitre_pairs",
        };
        if mitre != json!([]) && extra.contains(&key) {
            columns.insert(key.into(), mitre);
        }
    }
    columns
}

/// The fields that rules see by name, and further values of names that came twice, in order.
fn fields(verdict: &Verdict<'_>) -> (Map<String, Value>, Vec<[String; 2]>) {
    let mut fields = Map::new();
    let mut duplicates = Vec::new();
    for field in Field::ALL {
        if let Some(value) = verdict.field(field) {
            // The dynamic field `system_name` may stand beside the static one.
            let name = match field {
                Field::SystemName => "systemname",
                _ => field.printed_name(Dialect::Wazuh414.family()),
            };
            fields.insert(name.to_owned(), value.to_string().into());
        }
    }
    for (name, value) in verdict.dynamic_fields() {
        let (name, value) = (name.to_string(), value.to_string());
        if fields.contains_key(&name) {
            duplicates.push([name, value]);
        } else {
            fields.insert(name, value.into());
        }
    }
    (fields, duplicates)
}

fn groups(rule: &Rule) -> Vec<String> {
    rule.groups
        .split(|&byte| byte == b',')
        .filter(|group| !group.is_empty())
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect()
}

/// The installation of a micro-case.
pub fn files(row: &Value) -> MemoryFiles {
    let lists = row["lists"].as_object().into_iter().flatten();
    let mut configuration = String::from("<ossec_config><ruleset>");
    let mut files = vec![
        (
            "ruleset/decoders/0001-case.xml".to_owned(),
            text(row, "decoder_xml").to_owned(),
        ),
        (
            "ruleset/rules/0001-case.xml".to_owned(),
            text(row, "rules_xml").to_owned(),
        ),
    ];
    for (name, content) in lists {
        configuration.push_str(&format!("<list>etc/lists/{name}</list>"));
        let content = content.as_str().expect("a list is a text").to_owned();
        files.push((format!("etc/lists/{name}"), content));
    }
    configuration.push_str("</ruleset></ossec_config>");
    files.push(("etc/ossec.conf".to_owned(), configuration));
    MemoryFiles::from_iter(files)
}

/// The messages of a severity, in order.
fn messages(loaded: &Loaded, severity: Severity) -> Vec<String> {
    let lines = loaded
        .diagnostics
        .iter()
        .flat_map(|problem| &problem.original);
    let of_severity = |line: &&OriginalLine| line.program == Program::Wazuh(severity);
    lines
        .filter(of_severity)
        .map(OriginalLine::message)
        .collect()
}

/// The recorded messages are the first errors that the load tells.
fn compare_errors(row: &Value, loaded: &Loaded) -> Result<(), String> {
    let said = messages(loaded, Severity::Error);
    let wanted = text(row, "error_contains");
    if !said.iter().any(|line| line.contains(wanted)) {
        return Err(format!("`{wanted}` is not among {said:#?}"));
    }
    let errors: Vec<&str> = row["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let first: Vec<&str> = said.iter().take(errors.len()).map(String::as_str).collect();
    compare("errors of the load", &json!(errors), &json!(first))
}
