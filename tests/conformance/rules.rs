//! `rules.jsonl`: rule micro-cases (`rules.README.md` beside it).

use std::path::Path;

use ossia::config::MemoryFiles;
use ossia::dialect::Dialect;
use ossia::engine::{Moment, Session};
use ossia::output::{AlertNumbers, AlertWriter};
use serde_json::{Value, json};

use crate::Failure;
use crate::micro::{Loaded, compare, text};

/// Time of t = 0: Monday 2024-01-01 10:00:00 UTC.
const EPOCH: i64 = 1_704_103_200;

/// The versions of a case, with what the row calls them.
const VERSIONS: [(Dialect, Option<&str>); 3] = [
    (Dialect::Ossec43, None),
    (Dialect::Ossec37, Some("3.7")),
    (Dialect::Ossec283, Some("2.8.3")),
];

pub fn replay(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let decoders = default_decoders(path);
    let mut failures = Vec::new();
    let cases = cases(path);
    for (row, dialect, key) in &cases {
        // The texts of alerts were recorded with 4.3 only: rows whose verdicts differ in an older
        // version have no text of their own.
        let with_alerts = *dialect == Dialect::Ossec43;
        if let Err(detail) = case(row, &decoders, *dialect, with_alerts) {
            let key = key.clone();
            failures.push(Failure { key, detail });
        }
    }
    (cases.len(), failures)
}

/// The decoders of the rows that have none.
pub fn default_decoders(path: &Path) -> String {
    std::fs::read_to_string(path.with_file_name("rules_default_decoder.xml"))
        .expect("the default decoders are there")
}

/// The rows in all versions, with their names.
pub fn cases(path: &Path) -> Vec<(Value, Dialect, String)> {
    let mut cases = Vec::new();
    for row in &crate::rows(path) {
        for (dialect, version) in VERSIONS {
            if let Some(row) = in_version(row, version) {
                let name = text(&row, "name");
                let name =
                    version.map_or(name.to_owned(), |version| format!("{name} in {version}"));
                cases.push((row, dialect, name));
            }
        }
    }
    cases
}

/// The row as another version gives it; `None`: nothing is known about that.
fn in_version(row: &Value, version: Option<&str>) -> Option<Value> {
    let Some(version) = version else {
        return Some(row.clone());
    };
    let name = text(row, "name");
    // Variants and generated rule sets were recorded with 4.3 only, and some kinds were not
    // compared with 2.8.3.
    let variant = name
        .rsplit_once("-v")
        .is_some_and(|(_, n)| n.parse::<u32>().is_ok());
    let not_compared = version == "2.8.3"
        && ["check_diff", "if_fts"]
            .iter()
            .any(|kind| name.contains(kind));
    if variant || name.starts_with("random-") || not_compared {
        return None;
    }
    let mut row = row.clone();
    let Some(changes) = row["differs_in"][version].as_object().cloned() else {
        return Some(row);
    };
    if changes.contains_key("crash") {
        return None;
    }
    let object = row.as_object_mut()?;
    if changes.contains_key("expected_load_error") {
        for key in ["expected", "load_messages", "alerts_text"] {
            object.remove(key);
        }
    }
    if changes.contains_key("expected") {
        for key in [
            "expected_load_error",
            "error_lines",
            "error_contains",
            "exit_code",
        ] {
            object.remove(key);
        }
    }
    object.extend(changes);
    Some(row)
}

fn case(
    row: &Value,
    default_decoders: &str,
    dialect: Dialect,
    with_alerts: bool,
) -> Result<(), String> {
    let loaded = Loaded::from_memory(files(row, default_decoders, dialect), dialect);
    let (lines, failed) = loaded.original_lines();
    if row["expected_load_error"] == json!(true) {
        return compare("messages of the load", &row["error_lines"], &json!(lines));
    }
    if failed {
        return Err(format!("it does not load: {lines:#?}"));
    }
    let messages = row.get("load_messages").cloned().unwrap_or(json!([]));
    compare("messages of the load", &messages, &json!(lines))?;
    let mut session = loaded.session();
    let expected = row["expected"].as_array().cloned().unwrap_or_default();
    for (index, (event, expected)) in row["events"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(&expected)
        .enumerate()
    {
        let line = text(event, "line");
        let at = moment(event);
        let actual = if line.len() < 2 {
            json!({ "skipped": true })
        } else {
            verdict(&mut session, line, at)
        };
        let mut expected = expected.clone();
        if expected.get("skipped").is_some() {
            expected = json!({ "skipped": true });
        } else if let Some(object) = expected.as_object_mut() {
            object.entry("info").or_insert(json!([]));
        }
        compare(&format!("event {index}: {line}"), &expected, &actual)?;
    }
    if !with_alerts {
        return Ok(());
    }
    // A row without the text is one whose run printed nothing.
    let expected = text(row, "alerts_text").as_bytes();
    let actual = alerts(&loaded, row);
    if actual == expected {
        return Ok(());
    }
    let lines = |text| {
        String::from_utf8_lossy(text)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (expected, actual) = (lines(expected), lines(&actual));
    let same = expected
        .iter()
        .zip(&actual)
        .take_while(|(a, b)| a == b)
        .count();
    Err(format!(
        "alerts, line {same}\n  expected {:?}\n  actual   {:?}",
        expected.get(same),
        actual.get(same)
    ))
}

/// What a second run of the case, with `-a`, writes.
fn alerts(loaded: &Loaded, row: &Value) -> Vec<u8> {
    let mut session = loaded.session();
    let mut alerts = AlertWriter::new(
        ossia::dialect::Dialect::Ossec43,
        AlertNumbers::counted(),
        None,
    );
    let mut out = Vec::new();
    for event in row["events"].as_array().into_iter().flatten() {
        let line = text(event, "line");
        if line.len() < 2 {
            continue;
        }
        if let Ok(verdict) = session.evaluate(b"stdin", line.as_bytes(), moment(event))
            && verdict.alert()
        {
            alerts
                .write(&mut out, &verdict)
                .expect("writing to a vector cannot fail");
        }
    }
    out
}

fn moment(event: &Value) -> Moment {
    let t = event["t"].as_f64().unwrap_or_default();
    Moment {
        seconds: EPOCH + t.floor() as i64,
        utc_offset: 0,
    }
}

fn verdict(session: &mut Session, line: &str, at: Moment) -> Value {
    match session.evaluate(b"stdin", line.as_bytes(), at) {
        Ok(verdict) => {
            let rule = verdict.rule();
            let info = rule.map(|rule| rule.info.as_slice()).unwrap_or_default();
            json!({
                "rule": rule.map(|rule| rule.sid.0),
                "level": rule.map(|rule| rule.level),
                "description": rule.map(|rule| {
                    rule.description.as_ref().map_or_else(|| "(null)".to_owned(), ToString::to_string)
                }),
                "alert": verdict.alert(),
                "info": info.iter().map(|(kind, text)| json!([kind.name(), text.to_string()])).collect::<Vec<_>>(),
            })
        }
        Err(rejection) => json!({ "rejected": rejection.to_string() }),
    }
}

/// The files of a row.
pub fn files(row: &Value, default_decoders: &str, dialect: Dialect) -> MemoryFiles {
    let decoders = match text(row, "decoder_xml") {
        "" => default_decoders,
        own => own,
    };
    // Dynamic fields are fatal in 2.8.3; the recordings left the decoder with them out.
    let decoders: String = match dialect {
        Dialect::Ossec283 => decoders
            .lines()
            .filter(|line| !line.contains("\"dyn-f\""))
            .map(|line| format!("{line}\n"))
            .collect(),
        _ => decoders.to_owned(),
    };
    let lists = row["lists"].as_object();
    let names: String = lists
        .into_iter()
        .flatten()
        .map(|(name, _)| format!("<list>{name}</list>"))
        .collect();
    let configuration = row["config"].as_str().map_or_else(
        || {
            format!(
                "<ossec_config>\n  <global><email_notification>no</email_notification></global>\n  \
                 <rules>{names}<include>t.xml</include></rules>\n  \
                 <alerts><log_alert_level>1</log_alert_level><email_alert_level>7</email_alert_level></alerts>\n\
                 </ossec_config>\n"
            )
        },
        str::to_owned,
    );
    let mut files = MemoryFiles::default();
    let mut add = |path: &str, content: &str| {
        files.0.insert(path.to_owned(), content.as_bytes().to_vec());
    };
    add("etc/ossec.conf", &configuration);
    add("etc/decoder.xml", &decoders);
    add("rules/t.xml", text(row, "rules_xml"));
    let mut compiled_lists = Vec::new();
    for (name, content) in lists.into_iter().flatten() {
        let name = name.split(".cdb").next().unwrap_or_default();
        let path = if name.contains('/') {
            name.to_owned()
        } else {
            format!("rules/{name}")
        };
        // All versions were recorded with the same compiled lists, those of 4.3.
        if let Some(content) = content.as_str() {
            let entries = ossia::ruleset::list::entries(Dialect::Ossec43, content.as_bytes());
            let compiled = ossia::ruleset::cdb::write_cdb(entries).expect("a small list");
            compiled_lists.push((format!("{path}.cdb"), compiled));
        }
    }
    for (path, content) in row["files"].as_object().into_iter().flatten() {
        add(path, content.as_str().unwrap_or_default());
    }
    files.0.extend(compiled_lists);
    files
}
