//! Replays the recorded results of the real engines.
//!
//! The oracle is a folder of JSON Lines files beside the checkout (`../shared/oracle`, or where
//! `OSSIA_ORACLE` points). Without it the suite says so and passes, unless `OSSIA_REQUIRE_ORACLE`
//! is set. Rows that differ must stand in `known_differences.toml`, each with its reason; a new
//! difference fails the suite, and so does an entry whose row agrees by now.
//!
//! The binary is its own test harness because its result is a table that people want to see when
//! all is well, too. Arguments name files (or parts of their names) to replay only those.

mod check;
mod decoders;
mod diff;
mod explain;
mod fmt;
mod known;
mod lines;
mod micro;
mod regex;
mod rules;
mod sessions;
mod snapshots;
mod suites;
mod wazuh;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One row that does not agree.
struct Failure {
    /// What identifies the row in its file.
    key: String,
    /// Expected and actual, for people.
    detail: String,
}

/// One file of the oracle.
struct Report {
    file: &'static str,
    rows: usize,
    failures: Vec<Failure>,
}

/// A file and what replays it: returns the number of rows and those that differ.
type Suite = (
    &'static str,
    fn(&Path, &'static str) -> (usize, Vec<Failure>),
);

const SUITES: &[Suite] = &[
    ("regex/osmatch.jsonl", regex::patterns),
    ("regex/osregex.jsonl", regex::patterns),
    ("regex/pcre2.jsonl", regex::patterns),
    ("regex/quirks.jsonl", regex::patterns),
    ("regex/util.jsonl", regex::helpers),
    ("decoders.jsonl", decoders::replay),
    ("rules.jsonl", rules::replay),
    ("ossec-4.3.jsonl", lines::replay),
    ("ossec-3.7.jsonl", lines::replay),
    ("ossec-2.8.3.jsonl", lines::replay),
    ("ossec-4.3-synthetic.jsonl", lines::replay),
    ("ossec-2.8.3-synthetic.jsonl", lines::replay),
    ("ossec-4.3-sessions.jsonl", sessions::replay),
    ("ossec-3.7-sessions.jsonl", sessions::replay),
    ("ossec-2.8.3-sessions.jsonl", sessions::replay),
    ("wazuh-4.14.jsonl", wazuh::lines),
    ("wazuh-4.14-synthetic.jsonl", wazuh::lines),
    ("wazuh-4.14-sessions.jsonl", wazuh::sessions),
    ("wazuh-micro.jsonl", wazuh::micro),
    ("wazuh-eventchannel.jsonl", wazuh::eventchannel),
    // No files of their own: the sessions again, interrupted after every event.
    ("snapshots/ossec-4.3-sessions.jsonl", snapshots::replay),
    ("snapshots/ossec-3.7-sessions.jsonl", snapshots::replay),
    ("snapshots/ossec-2.8.3-sessions.jsonl", snapshots::replay),
    // The rows again, as suites of the original runners.
    ("suites/ossec-4.3.jsonl", suites::ossec),
    ("suites/ossec-3.7.jsonl", suites::ossec),
    ("suites/ossec-2.8.3.jsonl", suites::ossec),
    ("suites/wazuh-4.14.jsonl", suites::wazuh),
    // The differences between two of the files.
    ("diff/ossec-3.7-to-4.3", diff::replay),
    // A table of ours about rows of all files.
    ("explain/pairs", explain::pairs),
    ("explain/any-rule", explain::any_rule),
    // What is said of rulesets, with all events of the files that have them.
    ("check/stock", check::stock),
    ("check/micro", check::micro),
    // Rulesets instead of rows.
    ("fmt/rulesets", fmt::rulesets),
];

fn main() -> ExitCode {
    let Some(oracle) = oracle() else {
        if std::env::var_os("OSSIA_REQUIRE_ORACLE").is_some() {
            eprintln!("error: no reference results: `../shared/oracle` is not there");
            return ExitCode::FAILURE;
        }
        println!("conformance: skipped, there are no reference results beside this checkout");
        return ExitCode::SUCCESS;
    };
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let suites: Vec<&Suite> = SUITES
        .iter()
        .filter(|(file, _)| wanted.is_empty() || wanted.iter().any(|part| file.contains(part)))
        .collect();
    let reports = run(&oracle, &suites);
    let known = known::Differences::read();
    let mut passed = 0;
    let mut failed = 0;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "{:<36} {:>8} {:>10} {:>9}",
        "file", "rows", "agreeing", "share"
    );
    for report in &reports {
        let agreeing = report.rows - report.failures.len();
        let share = 100.0 * agreeing as f64 / report.rows.max(1) as f64;
        let _ = writeln!(
            out,
            "{:<36} {:>8} {agreeing:>10} {share:>8.3}%",
            report.file, report.rows
        );
        let verdict = known.check(report);
        passed += report.rows - verdict.unexpected.len();
        failed += verdict.unexpected.len() + verdict.stale.len();
        for failure in verdict.unexpected.iter().take(12) {
            let _ = writeln!(
                out,
                "  differs: {}\n{}",
                failure.key,
                indent(&failure.detail)
            );
        }
        if verdict.unexpected.len() > 12 {
            let _ = writeln!(out, "  … and {} more", verdict.unexpected.len() - 12);
        }
        for key in verdict.stale {
            let _ = writeln!(
                out,
                "  stale entry in known_differences.toml: {key} agrees now"
            );
        }
    }
    let _ = writeln!(out, "conformance: {passed} passed, {failed} failed");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Where the reference results are, if they are there.
fn oracle() -> Option<PathBuf> {
    let path = match std::env::var_os("OSSIA_ORACLE") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/oracle"),
    };
    path.join("README.md").exists().then_some(path)
}

/// Replays the files, several at a time, and returns the reports in the order of the files.
fn run(oracle: &Path, suites: &[&Suite]) -> Vec<Report> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let reports = std::sync::Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some((file, replay)) = suites.get(index) else {
                        return;
                    };
                    let (rows, failures) = replay(&oracle.join(file), file);
                    let report = Report {
                        file,
                        rows,
                        failures,
                    };
                    reports
                        .lock()
                        .expect("no thread panics")
                        .push((index, report));
                }
            });
        }
    });
    let mut reports = reports.into_inner().expect("no thread panics");
    reports.sort_by_key(|(index, _)| *index);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// The rows of a file.
fn rows(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row is JSON"))
        .collect()
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
