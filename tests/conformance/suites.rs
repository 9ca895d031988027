//! Rows of the line files written as the `.ini` suites that they come from, and run as such.
//!
//! OSSEC's rows expect what was recorded, Wazuh's what the suite of the original says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ossia::engine::{Session, SessionOptions};
use ossia::source::Sources;
use ossia::suite::{Runner, START, Status, ini};
use serde_json::Value;

use crate::Failure;
use crate::lines::stock;
use crate::micro::text;

/// A section of one log.
fn section(text: &mut String, row: usize, key: &str, lines: &[&str], expected: [&str; 3]) {
    let [rule, alert, decoder] = expected;
    *text += &format!("[{row}]\n");
    for line in lines {
        *text += &format!("{key} = {line}\n");
    }
    *text += &format!("decoder = {decoder}\n");
    // Repeated keys of the original come as lines.
    for value in rule.split('\n') {
        *text += &format!("rule = {value}\n");
    }
    for value in alert.split('\n') {
        *text += &format!("alert = {value}\n");
    }
}

pub fn ossec(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let (path, file) = plain(path, file);
    let mut suite = String::new();
    for (index, row) in crate::rows(&path).iter().enumerate() {
        let line = text(row, "line");
        // Blanks around a value are no part of it, so such a line cannot stand in a suite.
        if line.trim() != line {
            continue;
        }
        let number = |key: &str| {
            row[key]
                .as_u64()
                .map_or_else(String::new, |n| n.to_string())
        };
        let decoder = row["decoder"].as_str().unwrap_or_default();
        let expected = [&*number("rule"), &*number("level"), decoder];
        section(&mut suite, index + 1, "log 1 pass", &[line], expected);
    }
    run(&suite, stock(&path, file).1)
}

pub fn wazuh(path: &Path, file: &'static str) -> (usize, Vec<Failure>) {
    let (path, file) = plain(path, file);
    let mut suite = String::new();
    let rows = crate::rows(&path);
    let mut lines = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        lines.push(text(row, "line"));
        let ini = &row["ini"];
        if ini.is_null() {
            continue;
        }
        let expected = ["rule", "alert", "decoder"].map(|key| text(ini, key));
        let key = match ini["match"] {
            Value::Bool(false) => "log 1 fail",
            _ => "log 1 pass",
        };
        section(&mut suite, index + 1, key, &lines, expected);
        lines.clear();
    }
    run(&suite, stock(&path, file).1)
}

/// Without the folder that stands for this suite.
fn plain(path: &Path, file: &'static str) -> (PathBuf, &'static str) {
    let name = file.trim_start_matches("suites/");
    let oracle = path.ancestors().nth(2).expect("the oracle is a folder");
    (oracle.join(name), name)
}

fn run(suite: &str, session: Session) -> (usize, Vec<Failure>) {
    let mut sources = Sources::default();
    let source = sources.add("suite.ini", suite);
    let engine = Arc::clone(session.engine());
    let family = engine.ruleset().dialect.family();
    let (suite, problems) = ini::read(&sources, source, family, START);
    assert!(problems.is_empty(), "{problems:#?}");
    let mut runner = Runner::new(engine, SessionOptions::default());
    let results = suite.cases.iter().map(|case| (case, runner.run(case)));
    let failed = results.filter(|(_, result)| result.status != Status::Passed);
    let failures = failed.map(|(case, result)| Failure {
        key: case.name.split(':').next().unwrap_or_default().to_owned(),
        detail: format!("{:#?}", result.failures),
    });
    let failures = failures.collect();
    (suite.cases.len(), failures)
}
