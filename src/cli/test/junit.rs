//! The report in the XML of JUnit, as CI systems read it.

use std::io::{self, Write};

use super::escape::escaped;
use super::hint;
use super::text::local;
use super::{Finished, Report};
use crate::suite::{Case, Failure, Status};

/// Writes the report.
pub(super) fn write(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let plan = report.plan;
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3}\">",
        report.results.len(),
        report.count(Status::Failed),
        report.count(Status::Todo) + report.not_run(),
        report.took.as_secs_f64()
    )?;
    let mut from = 0;
    while from < plan.selected.len() {
        let (number, _) = plan.selected[from];
        let rest = &plan.selected[from..];
        let length = rest
            .iter()
            .take_while(|(suite, _)| *suite == number)
            .count();
        suite(out, report, from..from + length)?;
        from += length;
    }
    writeln!(out, "</testsuites>")
}

fn suite(
    out: &mut impl Write,
    report: &Report<'_>,
    cases: std::ops::Range<usize>,
) -> io::Result<()> {
    let plan = report.plan;
    let results = &report.results[cases.clone()];
    let status = |one: &Option<Finished>| one.as_ref().map(|one| one.result.status);
    let count = |wanted: &[Option<Status>]| {
        let matching = results.iter().filter(|one| wanted.contains(&status(one)));
        matching.count()
    };
    let (planned, _) = plan.case(cases.start);
    let path = escaped(plan.path(planned));
    let seconds: f64 = results
        .iter()
        .flatten()
        .map(|one| one.took.as_secs_f64())
        .sum();
    writeln!(
        out,
        "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\">",
        results.len(),
        count(&[Some(Status::Failed)]),
        count(&[Some(Status::Todo), None]),
    )?;
    for index in cases {
        let (_, case) = plan.case(index);
        let finished = report.results[index].as_ref();
        let line = plan.sources.start(case.place).line;
        write!(
            out,
            "    <testcase classname=\"{path}\" name=\"{}\" file=\"{path}\" line=\"{line}\" time=\"{:.6}\"",
            escaped(&case.name),
            finished.map_or(0.0, |one| one.took.as_secs_f64())
        )?;
        match finished.map(|one| one.result.status) {
            Some(Status::Passed) => writeln!(out, "/>")?,
            Some(Status::Failed) => {
                let failures = finished.map_or(&[][..], |one| &one.result.failures);
                writeln!(out, ">")?;
                failure(out, report, index, case, failures)?;
                writeln!(out, "    </testcase>")?;
            }
            Some(Status::Todo) => skipped(out, case.todo.as_deref().unwrap_or_default())?,
            Some(Status::TodoPassed) => {
                let text = "marked as todo, and passes";
                writeln!(
                    out,
                    ">\n      <system-out>{text}</system-out>\n    </testcase>"
                )?;
            }
            None => skipped(out, "not run")?,
        }
    }
    writeln!(out, "  </testsuite>")
}

fn skipped(out: &mut impl Write, why: &str) -> io::Result<()> {
    let why = escaped(why);
    writeln!(
        out,
        ">\n      <skipped message=\"{why}\"/>\n    </testcase>"
    )
}

fn failure(
    out: &mut impl Write,
    report: &Report<'_>,
    index: usize,
    case: &Case,
    failures: &[Failure],
) -> io::Result<()> {
    let (suite, _) = report.plan.case(index);
    let differences = failures.iter().flat_map(|one| &one.differences);
    let short = differences.map(|one| {
        format!(
            "{}: expected {}, got {}",
            one.what, one.expected, one.actual
        )
    });
    let short: Vec<String> = short.take(4).collect();
    let message = escaped(&short.join("; "));
    writeln!(
        out,
        "      <failure type=\"verdict\" message=\"{message}\">"
    )?;
    for failure in failures {
        let event = &case.events[failure.event];
        let at = local(event.moments[failure.time]);
        let (number, time) = (failure.event + 1, failure.time + 1);
        writeln!(out, "event {number}, time {time}, {at}")?;
        writeln!(
            out,
            "log: {}",
            escaped(&String::from_utf8_lossy(event.input.text()))
        )?;
        for one in &failure.differences {
            let (what, expected, actual) = (&one.what, &one.expected, &one.actual);
            let text = format!("{what}: expected {expected}, got {actual}");
            writeln!(out, "{}", escaped(&text))?;
        }
        let ruleset = &report.plan.rulesets[suite.ruleset].args;
        let command = hint::explain(ruleset, &suite.options, case, failure);
        writeln!(out, "why: {}", escaped(&command))?;
    }
    writeln!(out, "      </failure>")
}
