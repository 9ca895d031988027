//! The report as tables.

use std::fmt::{Result, Write};

use indicatif::HumanCount;

use super::profile::{Entry, ProfileReport};
use super::report::{Report, Spread};

/// Columns that a pattern may take.
const PATTERN: usize = 40;

/// The whole report, with a line end.
pub(super) fn report(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> Result {
    let count = |number: u64| HumanCount(number).to_string();
    writeln!(
        out,
        "{} events, {:.1} MB, {}; {}: {} decoders, {} rules",
        count(report.events),
        report.bytes as f64 / 1e6,
        match report.runs {
            1 => "1 run".to_owned(),
            runs => format!("{runs} runs"),
        },
        report.dialect,
        count(report.decoders as u64),
        count(report.rules as u64),
    )?;
    let unusual = [
        ("repetitions of the lines", report.repetitions, 1),
        ("lines too short, skipped", report.skipped, 0),
        ("lines not accepted", report.dropped, 0),
    ];
    for (what, number, usual) in unusual {
        if number > usual {
            writeln!(out, "  {what:<24} {:>14}", count(number))?;
        }
    }
    write_rates(out, report)?;
    write_latencies(out, report)?;
    write_stages(out, report)?;
    let per = &report.per_event;
    writeln!(
        out,
        "\nper event: {:.2} decoders tried, {:.2} decoder regexes, {:.2} rules, {:.3} alerts",
        per.decoder_tests, per.decoder_regexes, per.rule_tests, per.alerts,
    )?;
    match &report.profile {
        Some(profile) => write_profile(out, profile),
        None => Ok(()),
    }
}

fn write_rates(out: &mut String, report: &Report) -> Result {
    let whole = |number: f64| HumanCount(number.round() as u64).to_string();
    let mega = |number: f64| format!("{:.1}", number / 1e6);
    let milli = |number: f64| format!("{:.1}", number * 1e3);
    let split = &report.line_splitting;
    let spread = &report.spread;
    writeln!(
        out,
        "\n{:<22} {:>14} {:>14} {:>14}",
        "", "median", "min", "max"
    )?;
    let mut line = |what: &str, median: f64, of: Option<Spread>, shown: &dyn Fn(f64) -> String| {
        let of = of.map_or_else(Default::default, |of| [shown(of.min), shown(of.max)]);
        let line = format!(
            "{what:<22} {:>14} {:>14} {:>14}",
            shown(median),
            of[0],
            of[1]
        );
        writeln!(out, "{}", line.trim_end())
    };
    let (events, bytes) = (spread.events_per_second, spread.bytes_per_second);
    let split_bytes = spread.line_splitting_bytes_per_second;
    line("events/s", report.events_per_second, Some(events), &whole)?;
    line("MB/s", report.bytes_per_second, Some(bytes), &mega)?;
    line(
        "MB/s, split only",
        split.bytes_per_second,
        Some(split_bytes),
        &mega,
    )?;
    line("lines/s, split only", split.lines_per_second, None, &whole)?;
    line(
        "load, ms",
        report.load_seconds,
        Some(spread.load_seconds),
        &milli,
    )?;
    match (report.peak_memory_bytes, report.load_memory_bytes) {
        (Some(peak), load) => {
            write!(out, "{:<22} {:>14}", "peak memory, MB", mega(peak as f64))?;
            match load {
                Some(load) => writeln!(out, "  after the load {}", mega(load as f64)),
                None => writeln!(out),
            }
        }
        (None, _) => writeln!(out, "{:<22} {:>14}", "peak memory", "unknown"),
    }
}

fn write_latencies(out: &mut String, report: &Report) -> Result {
    let of = &report.latency_nanoseconds;
    writeln!(
        out,
        "\nlatency of an event, {} measured, {:.0} ns of the clock taken off:",
        HumanCount(of.measured),
        report.clock_nanoseconds,
    )?;
    let columns = [
        ("mean", of.mean),
        ("p50", of.p50),
        ("p90", of.p90),
        ("p99", of.p99),
        ("p99.9", of.p99_9),
        ("max", of.max),
    ];
    for (name, _) in columns {
        write!(out, " {name:>10}")?;
    }
    writeln!(out)?;
    for (_, nanoseconds) in columns {
        write!(out, " {:>10}", duration(nanoseconds))?;
    }
    writeln!(out)
}

fn write_stages(out: &mut String, report: &Report) -> Result {
    writeln!(out, "\nstage           ns/event    share")?;
    for one in &report.stages {
        writeln!(
            out,
            "{:<14} {:>9.0} {:>6.1} %",
            one.stage,
            one.nanoseconds_per_event,
            one.share * 100.0,
        )?;
    }
    let sum: f64 = report
        .stages
        .iter()
        .map(|one| one.nanoseconds_per_event)
        .sum();
    let undisturbed = 1e9 / report.events_per_second.max(1e-9);
    writeln!(
        out,
        "{:<14} {sum:>9.0}          undisturbed {undisturbed:.0}",
        "sum"
    )
}

fn write_profile(out: &mut String, profile: &ProfileReport) -> Result {
    writeln!(
        out,
        "\nby time, of {:.3} s for all tests of a run:",
        profile.seconds
    )?;
    write_entries(out, &profile.by_time)?;
    if !profile.without_a_match.is_empty() {
        writeln!(
            out,
            "\nmost often tried without any match, {} of {} that were tried:",
            HumanCount(profile.never_matched as u64),
            HumanCount(profile.tested as u64),
        )?;
        write_entries(out, &profile.without_a_match)?;
    }
    writeln!(
        out,
        "\nnever tried: {} decoders, {} rules",
        HumanCount(profile.untried_decoders as u64),
        HumanCount(profile.untried_rules as u64),
    )
}

fn write_entries(out: &mut String, entries: &[Entry]) -> Result {
    writeln!(
        out,
        "{:>10} {:>7} {:>8} {:>13} {:>13}  what",
        "ms", "share", "ns/try", "tries", "matches"
    )?;
    for one in entries {
        write!(
            out,
            "{:>10.2} {:>5.1} % {:>8.0} {:>13} {:>13}  {} {}",
            one.seconds * 1e3,
            one.share * 100.0,
            one.seconds * 1e9 / one.tries.max(1) as f64,
            HumanCount(one.tries).to_string(),
            HumanCount(one.matches).to_string(),
            one.kind,
            one.name,
        )?;
        for test in &one.tests {
            write!(out, ", {}", test.element)?;
            if let Some(pattern) = &test.pattern {
                write!(out, " `{}`", shortened(pattern))?;
            }
        }
        if let Some(place) = &one.place {
            write!(out, "  {place}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The text with an ellipsis where it was cut.
fn shortened(text: &str) -> String {
    if text.chars().count() <= PATTERN {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(PATTERN - 1).collect();
    short.push('…');
    short
}

/// Three digits and a unit.
fn duration(nanoseconds: u64) -> String {
    let value = nanoseconds as f64;
    let (value, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds} ns"),
        1_000..1_000_000 => (value / 1e3, "µs"),
        1_000_000..1_000_000_000 => (value / 1e6, "ms"),
        _ => (value / 1e9, "s"),
    };
    let digits = match value {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::example;
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1000, "1.00 µs"),
            (12_345, "12.3 µs"),
            (456_789, "457 µs"),
            (23_456_789, "23.5 ms"),
            (5_000_000_000, "5.00 s"),
        ];
        for (nanoseconds, text) in cases {
            assert_eq!(duration(nanoseconds), text);
        }
    }

    #[test]
    fn the_tables() {
        insta::assert_snapshot!(report(&example()));
    }

    #[test]
    fn what_is_not_known() {
        let mut unknown = example();
        unknown.peak_memory_bytes = None;
        unknown.profile = None;
        unknown.repetitions = 1;
        insta::assert_snapshot!(report(&unknown));
    }
}
