//! `known_differences.toml`: rows that differ, each with the reason.

use std::collections::BTreeSet;

use crate::{Failure, Report};

/// All entries.
pub struct Differences(Vec<(String, String)>);

/// What the entries say about one report.
pub struct Verdict<'r> {
    /// Differences that no entry knows.
    pub unexpected: Vec<&'r Failure>,
    /// Keys of entries whose rows agree.
    pub stale: Vec<String>,
}

impl Differences {
    /// Reads the file beside this one.
    pub fn read() -> Self {
        let text = include_str!("known_differences.toml");
        let table: toml::Table = text.parse().expect("known_differences.toml is TOML");
        let entries = table.get("difference").and_then(toml::Value::as_array);
        let text = |entry: &toml::Value, key: &str| {
            let value = entry
                .get(key)
                .and_then(toml::Value::as_str)
                .unwrap_or_default();
            assert!(
                !value.is_empty(),
                "an entry of known_differences.toml lacks `{key}`: {entry}"
            );
            value.to_owned()
        };
        let read = |entry: &toml::Value| {
            // A difference without a reason is none that may stay.
            text(entry, "reason");
            (text(entry, "file"), text(entry, "key"))
        };
        Differences(
            entries
                .map(|list| list.iter().map(read).collect())
                .unwrap_or_default(),
        )
    }

    /// Sorts the failures of a file.
    pub fn check<'r>(&self, report: &'r Report) -> Verdict<'r> {
        let known: BTreeSet<&str> = self
            .0
            .iter()
            .filter(|(file, _)| file == report.file)
            .map(|(_, key)| key.as_str())
            .collect();
        let failing: BTreeSet<&str> = report
            .failures
            .iter()
            .map(|failure| failure.key.as_str())
            .collect();
        Verdict {
            unexpected: report
                .failures
                .iter()
                .filter(|failure| !known.contains(failure.key.as_str()))
                .collect(),
            stale: known
                .difference(&failing)
                .map(|&key| key.to_owned())
                .collect(),
        }
    }
}
