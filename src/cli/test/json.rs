//! The report as one JSON object.

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::text::local;
use super::{coverage, hint};
use crate::suite::{Failure, Status};

#[derive(Serialize)]
struct Json {
    passed: usize,
    failed: usize,
    todo: usize,
    todo_passed: usize,
    not_run: usize,
    seconds: f64,
    cases: Vec<CaseJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<coverage::Json>,
}

#[derive(Serialize)]
struct CaseJson {
    file: String,
    line: usize,
    name: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    /// How many events were not as expected; the first of them follow.
    failed_events: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailureJson>,
}

#[derive(Serialize)]
struct FailureJson {
    /// From 1, as people count.
    event: usize,
    time: usize,
    at: String,
    log: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dropped: Option<String>,
    differences: Vec<DifferenceJson>,
    decoder: Option<String>,
    rule: Option<u32>,
    level: Option<u32>,
    alert: bool,
    fields: serde_json::Map<String, serde_json::Value>,
    explain: String,
}

#[derive(Serialize)]
struct DifferenceJson {
    what: String,
    expected: String,
    actual: String,
    line: usize,
}

/// The word for a status.
pub(super) fn word(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Passed) => "passed",
        Some(Status::Failed) => "failed",
        Some(Status::Todo) => "todo",
        Some(Status::TodoPassed) => "todo_passed",
        None => "not_run",
    }
}

/// Writes the report.
pub(super) fn write(
    out: &mut impl Write,
    report: &Report<'_>,
    coverage: Option<coverage::Json>,
) -> io::Result<()> {
    let plan = report.plan;
    let cases = plan.cases().zip(&report.results);
    let cases = cases.map(|((suite, case), finished)| {
        let failures = finished.iter().flat_map(|one| &one.result.failures);
        let failure = |failure: &Failure| {
            let event = &case.events[failure.event];
            let actual = &failure.actual;
            let differences = failure.differences.iter().map(|one| DifferenceJson {
                what: one.what.clone(),
                expected: one.expected.clone(),
                actual: one.actual.clone(),
                line: plan.sources.start(one.place).line,
            });
            let fields = actual.fields.iter();
            FailureJson {
                event: failure.event + 1,
                time: failure.time + 1,
                at: local(event.moments[failure.time]),
                log: String::from_utf8_lossy(event.input.text()).into_owned(),
                dropped: actual.rejected.clone(),
                differences: differences.collect(),
                decoder: actual.decoder.as_ref().map(ToString::to_string),
                rule: actual.rule,
                level: actual.level,
                alert: actual.alert,
                fields: fields
                    .map(|(name, value)| (name.to_string(), value.to_string().into()))
                    .collect(),
                explain: hint::explain(
                    &plan.rulesets[suite.ruleset].args,
                    &suite.options,
                    case,
                    failure,
                ),
            }
        };
        CaseJson {
            file: plan.path(suite).to_owned(),
            line: plan.sources.start(case.place).line,
            name: case.name.clone(),
            status: word(finished.as_ref().map(|one| one.result.status)),
            todo: case.todo.clone(),
            seconds: finished.as_ref().map(|one| one.took.as_secs_f64()),
            failed_events: finished.as_ref().map_or(0, |one| one.result.failed_events),
            failures: failures.map(failure).collect(),
        }
    });
    let json = Json {
        passed: report.count(Status::Passed),
        failed: report.count(Status::Failed),
        todo: report.count(Status::Todo),
        todo_passed: report.count(Status::TodoPassed),
        not_run: report.not_run(),
        seconds: report.took.as_secs_f64(),
        cases: cases.collect(),
        coverage,
    };
    serde_json::to_writer(&mut *out, &json).map_err(io::Error::from)?;
    out.write_all(b"\n")
}
