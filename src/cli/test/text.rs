//! The report for people.

use std::io::{self, Write};

use super::plan::PlannedSuite;
use super::{Finished, Report, TestArgs, hint};
use crate::cli::load::counted;
use crate::engine::Moment;
use crate::output::{Palette, append_visible};
use crate::suite::{Case, CaseResult, Failure, Status};

/// The longest line of a log that is shown, in bytes.
const LONGEST: usize = 2000;

/// Events of a case that are shown.
const SHOWN: usize = 3;

/// Writes the report.
pub(super) fn write(
    out: &mut impl Write,
    report: &Report<'_>,
    args: &TestArgs,
    palette: Palette,
) -> io::Result<()> {
    let writer = Writer { report, palette };
    if args.verbose {
        for ((suite, case), finished) in report.plan.cases().zip(&report.results) {
            writer.line(out, suite, case, finished.as_ref())?;
        }
        writeln!(out)?;
    }
    for ((suite, case), finished) in report.plan.cases().zip(&report.results) {
        match finished {
            Some(Finished { result, .. }) if result.status == Status::Failed => {
                writer.failed(out, suite, case, result)?;
            }
            Some(Finished { result, .. }) if result.status == Status::TodoPassed => {
                writer.todo_passed(out, suite, case)?;
            }
            _ => {}
        }
    }
    if args.quiet && report.count(Status::Failed) == 0 {
        return Ok(());
    }
    writer.summary(out)
}

struct Writer<'r> {
    report: &'r Report<'r>,
    palette: Palette,
}

impl Writer<'_> {
    fn place(&self, suite: &PlannedSuite, case: &Case) -> String {
        let plan = self.report.plan;
        let line = plan.sources.start(case.place).line;
        visible(format!("{}:{line}", plan.path(suite)).as_bytes())
    }

    /// One line about a case.
    fn line(
        &self,
        out: &mut impl Write,
        suite: &PlannedSuite,
        case: &Case,
        finished: Option<&Finished>,
    ) -> io::Result<()> {
        let Palette {
            label,
            alert,
            faint,
            ..
        } = self.palette;
        let (word, style) = match finished.map(|finished| finished.result.status) {
            Some(Status::Passed) => ("ok", label),
            Some(Status::Failed) => ("FAILED", alert),
            Some(Status::Todo) => ("todo", faint),
            Some(Status::TodoPassed) => ("todo, passes", label),
            None => ("not run", faint),
        };
        let (path, name) = (self.report.plan.path(suite), visible(case.name.as_bytes()));
        writeln!(
            out,
            "{}: {name} … {style}{word}{style:#}",
            visible(path.as_bytes())
        )
    }

    fn failed(
        &self,
        out: &mut impl Write,
        suite: &PlannedSuite,
        case: &Case,
        result: &CaseResult,
    ) -> io::Result<()> {
        let Palette { heading, alert, .. } = self.palette;
        let (place, name) = (self.place(suite, case), visible(case.name.as_bytes()));
        writeln!(out, "{alert}FAILED{alert:#} {heading}{name}{heading:#}")?;
        writeln!(out, "  --> {place}")?;
        for failure in result.failures.iter().take(SHOWN) {
            self.event(out, suite, case, failure)?;
        }
        if let Some(more @ 1..) = result.failed_events.checked_sub(SHOWN) {
            let more = counted(more, "more event");
            writeln!(out, "  … and {more} of this case")?;
        }
        writeln!(out)
    }

    fn event(
        &self,
        out: &mut impl Write,
        suite: &PlannedSuite,
        case: &Case,
        failure: &Failure,
    ) -> io::Result<()> {
        let Palette {
            label,
            rule,
            alert,
            faint,
            ..
        } = self.palette;
        let event = &case.events[failure.event];
        if case.event_count() > 1 {
            let at = event.moments[failure.time];
            let first = case.events[0].moments[0];
            let mut which = format!("event {} of {}", failure.event + 1, case.events.len());
            if event.moments.len() > 1 {
                which += &format!(", time {} of {}", failure.time + 1, event.moments.len());
            }
            let later = at.seconds.saturating_sub(first.seconds);
            writeln!(
                out,
                "  {label}{which}{label:#}, {} ({later:+} s)",
                local(at)
            )?;
        }
        let log = shortened(event.input.text());
        writeln!(out, "  {label}log:{label:#} {log}")?;
        if let Some(why) = &failure.actual.rejected {
            writeln!(out, "  {label}dropped:{label:#} {why}")?;
        }
        let width = failure
            .differences
            .iter()
            .map(|one| one.what.chars().count());
        let width = width.max().unwrap_or_default();
        for difference in &failure.differences {
            let what = visible(difference.what.as_bytes());
            let gap = " ".repeat(width.saturating_sub(what.chars().count()));
            let expected = visible(difference.expected.as_bytes());
            let actual = visible(difference.actual.as_bytes());
            writeln!(
                out,
                "    {what}:{gap} expected {rule}{expected}{rule:#}, got {alert}{actual}{alert:#}"
            )?;
        }
        if let Some(description) = &failure.actual.description {
            let text = visible(description);
            writeln!(out, "    {faint}the rule says: {text}{faint:#}")?;
        }
        let ruleset = &self.report.plan.rulesets[suite.ruleset];
        let command = hint::explain(&ruleset.args, &suite.options, case, failure);
        writeln!(
            out,
            "  {label}why:{label:#} {}",
            visible(command.as_bytes())
        )
    }

    fn todo_passed(
        &self,
        out: &mut impl Write,
        suite: &PlannedSuite,
        case: &Case,
    ) -> io::Result<()> {
        let Palette { heading, rule, .. } = self.palette;
        let (place, name) = (self.place(suite, case), visible(case.name.as_bytes()));
        let why = visible(case.todo.as_deref().unwrap_or_default().as_bytes());
        writeln!(out, "{rule}TODO{rule:#} {heading}{name}{heading:#} passes")?;
        writeln!(out, "  --> {place}")?;
        writeln!(
            out,
            "  it was known to fail ({why}): take the `todo` away\n"
        )
    }

    fn summary(&self, out: &mut impl Write) -> io::Result<()> {
        let report = self.report;
        let Palette { label, alert, .. } = self.palette;
        let failed = report.count(Status::Failed);
        let mut parts = vec![format!("{} passed", report.count(Status::Passed))];
        if failed > 0 {
            parts.push(format!("{alert}{failed} failed{alert:#}"));
        }
        let others = [
            (report.count(Status::Todo), "todo"),
            (report.count(Status::TodoPassed), "todo that pass"),
            (report.not_run(), "not run"),
        ];
        for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
            parts.push(format!("{count} {what}"));
        }
        let word = if failed == 0 && !report.plan.broken {
            format!("{label}ok{label:#}")
        } else {
            format!("{alert}FAILED{alert:#}")
        };
        let files = counted(report.plan.suites.len(), "file");
        let seconds = report.took.as_secs_f64();
        writeln!(
            out,
            "{word}: {} in {files} ({seconds:.2} s)",
            parts.join(", ")
        )
    }
}

/// Text that a terminal does not obey.
pub(super) fn visible(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    append_visible(&mut bytes, text);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shortened(text: &[u8]) -> String {
    if text.len() <= LONGEST {
        return visible(text);
    }
    format!("{}…", visible(&text[..LONGEST]))
}

/// `2024-01-01 10:00:00`.
pub(super) fn local(at: Moment) -> String {
    let (year, month, day) = at.date();
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}
