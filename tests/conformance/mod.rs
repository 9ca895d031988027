//! Replays what the original engines answered.
//!
//! The answers lie in `../shared/oracle` beside the crate, or where `OSSIA_ORACLE` says. Without
//! them these tests are skipped with a line that says so, unless `OSSIA_REQUIRE_ORACLE=1`.
//!
//! A suite hands every row of a file to [`Suite::check`] and ends with [`Suite::finish`], which
//! prints the table and fails on every row that disagrees and is not in `known_differences.toml`,
//! and on every entry there that no longer disagrees.

mod regex;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Differences shown of one file; the rest is counted.
const SHOWN: usize = 20;

/// The oracle directory, if it is there.
pub fn oracle() -> Option<PathBuf> {
    let directory = match std::env::var_os("OSSIA_ORACLE") {
        Some(directory) => PathBuf::from(directory),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/oracle"),
    };
    if directory.is_dir() {
        return Some(directory);
    }
    let required = std::env::var_os("OSSIA_REQUIRE_ORACLE").is_some_and(|value| value == "1");
    assert!(!required, "no oracle at {}", directory.display());
    println!("skipped: no oracle at {}", directory.display());
    None
}

/// The rows of a file of JSON Lines, with their numbers from 1; `None` if it is not there.
pub fn rows(file: &str) -> Option<Vec<(usize, Value)>> {
    let path = oracle()?.join(file);
    let Ok(text) = fs::read_to_string(&path) else {
        let required = std::env::var_os("OSSIA_REQUIRE_ORACLE").is_some_and(|value| value == "1");
        assert!(!required, "no oracle file {}", path.display());
        println!("skipped: no oracle file {}", path.display());
        return None;
    };
    let row = |(index, line): (usize, &str)| {
        let value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{file}:{}: {error}", index + 1));
        (index + 1, value)
    };
    Some(
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(row)
            .collect(),
    )
}

/// What came out of one file.
pub struct Report {
    /// The file, relative to the oracle directory.
    pub file: String,
    /// Rows checked.
    pub rows: usize,
    /// Rows whose every field agrees.
    pub agreeing: usize,
}

/// Several files checked together.
#[derive(Default)]
pub struct Suite {
    reports: Vec<Report>,
    problems: Vec<String>,
}

impl Suite {
    /// Checks one file: a key for each row, which `known_differences.toml` refers to, and what
    /// disagrees.
    pub fn check(&mut self, file: &str, rows: impl Iterator<Item = (String, Result<(), String>)>) {
        let mut known = known_differences(file);
        let (mut count, mut agreeing, mut shown) = (0, 0, 0);
        for (key, result) in rows {
            count += 1;
            let expected = known.remove(&key);
            match (result, expected) {
                (Ok(()), None) => agreeing += 1,
                (Ok(()), Some(_)) => {
                    agreeing += 1;
                    self.problems
                        .push(format!("{file}: {key}: agrees now, remove the entry"));
                }
                (Err(_), Some(_)) => {}
                (Err(problem), None) => {
                    shown += 1;
                    if shown <= SHOWN {
                        self.problems.push(format!("{file}: {key}: {problem}"));
                    }
                }
            }
        }
        if shown > SHOWN {
            self.problems
                .push(format!("{file}: {} more differences", shown - SHOWN));
        }
        for (key, reason) in known {
            self.problems
                .push(format!("{file}: {key}: no such row any more ({reason})"));
        }
        self.reports.push(Report {
            file: file.to_owned(),
            rows: count,
            agreeing,
        });
    }

    /// Prints the table and fails if anything is amiss.
    pub fn finish(self) {
        println!(
            "{:<36} {:>8} {:>8} {:>9}",
            "file", "rows", "agreeing", "share"
        );
        for Report {
            file,
            rows,
            agreeing,
        } in &self.reports
        {
            let share = 100.0 * *agreeing as f64 / (*rows).max(1) as f64;
            println!("{file:<36} {rows:>8} {agreeing:>8} {share:>8.3}%");
        }
        assert!(self.problems.is_empty(), "\n{}", self.problems.join("\n"));
    }
}

/// The accepted differences of a file: key to reason.
fn known_differences(file: &str) -> BTreeMap<String, String> {
    let table: toml::Table = include_str!("known_differences.toml")
        .parse()
        .unwrap_or_else(|error| panic!("known_differences.toml: {error}"));
    let field = |entry: &toml::Value, name: &str| {
        let text = entry.get(name).and_then(toml::Value::as_str);
        text.unwrap_or_else(|| panic!("known_differences.toml: an entry has no `{name}`"))
            .to_owned()
    };
    table
        .get("difference")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter(|entry| field(entry, "file") == file)
        .map(|entry| (field(entry, "key"), field(entry, "reason")))
        .collect()
}
