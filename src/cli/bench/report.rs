//! What a benchmark says, as data. No number in it is ever infinite or none.

use serde::Serialize;

use super::histogram::Histogram;
use super::probes::{Counts, Part};
use super::profile::ProfileReport;
use super::stream::Stream;
use crate::ruleset::Ruleset;

/// Shorter times are taken for this one, in seconds: clocks are not finer.
const SHORTEST: f64 = 1e-9;

/// What the passes yielded, in seconds and nanoseconds.
pub(super) struct Measured {
    pub(super) load_seconds: Vec<f64>,
    pub(super) split_seconds: Vec<f64>,
    pub(super) seconds: Vec<f64>,
    /// Nanoseconds of a run by [`Part`].
    pub(super) stages: Vec<[f64; Part::ALL.len()]>,
    pub(super) latencies: Histogram,
    /// Peak memory before the lines were read.
    after_load: Option<u64>,
    /// Peak memory of all, the lines included.
    pub(super) at_end: Option<u64>,
}

impl Measured {
    /// The ruleset is loaded, nothing else has happened.
    pub(super) fn new(after_load: Option<u64>, load_seconds: f64) -> Self {
        Measured {
            load_seconds: vec![load_seconds],
            split_seconds: Vec::new(),
            seconds: Vec::new(),
            stages: Vec::new(),
            latencies: Histogram::new(),
            after_load,
            at_end: None,
        }
    }
}

/// The report; as JSON its fields are the keys.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) version: &'static str,
    pub(super) dialect: &'static str,
    pub(super) decoders: usize,
    pub(super) rules: usize,
    pub(super) runs: usize,
    /// Of one run, like all counts.
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) repetitions: u64,
    /// Lines that are too short to be events.
    pub(super) skipped: u64,
    /// Events that the engine did not accept.
    pub(super) dropped: u64,
    pub(super) alerts: u64,
    pub(super) events_per_second: f64,
    pub(super) bytes_per_second: f64,
    pub(super) load_seconds: f64,
    /// `None`: the system does not say.
    pub(super) peak_memory_bytes: Option<u64>,
    pub(super) load_memory_bytes: Option<u64>,
    pub(super) spread: Spreads,
    pub(super) line_splitting: Splitting,
    pub(super) latency_nanoseconds: Latency,
    /// What reading the clock takes; taken off everywhere.
    pub(super) clock_nanoseconds: f64,
    pub(super) stages: Vec<StageShare>,
    pub(super) per_event: PerEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<ProfileReport>,
}

/// The extremes of what is given as a median.
#[derive(Debug, Serialize)]
pub(super) struct Spreads {
    pub(super) events_per_second: Spread,
    pub(super) bytes_per_second: Spread,
    pub(super) load_seconds: Spread,
    pub(super) line_splitting_bytes_per_second: Spread,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Spread {
    pub(super) min: f64,
    pub(super) max: f64,
}

/// Finding the line ends in the same bytes.
#[derive(Debug, Serialize)]
pub(super) struct Splitting {
    pub(super) lines_per_second: f64,
    pub(super) bytes_per_second: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Latency {
    pub(super) measured: u64,
    pub(super) mean: u64,
    pub(super) p50: u64,
    pub(super) p90: u64,
    pub(super) p99: u64,
    #[serde(rename = "p99.9")]
    pub(super) p99_9: u64,
    pub(super) max: u64,
}

/// A part of the road of the events.
#[derive(Debug, Serialize)]
pub(super) struct StageShare {
    pub(super) stage: &'static str,
    pub(super) nanoseconds_per_event: f64,
    /// 0 to 1.
    pub(super) share: f64,
}

/// Means of one event.
#[derive(Debug, Serialize)]
pub(super) struct PerEvent {
    pub(super) bytes: f64,
    pub(super) decoder_tests: f64,
    pub(super) decoder_regexes: f64,
    pub(super) rule_tests: f64,
    pub(super) alerts: f64,
}

impl Report {
    /// Brings everything together.
    pub(super) fn new(
        ruleset: &Ruleset,
        stream: &Stream,
        counts: &Counts,
        measured: &Measured,
        clock_nanoseconds: f64,
        profile: Option<ProfileReport>,
    ) -> Self {
        let (events, bytes) = (stream.events(), stream.bytes());
        let lines = events.saturating_add(stream.skipped());
        let rate = |count: u64, seconds: &[f64]| {
            Sorted::new(seconds.iter().map(|one| count as f64 / one.max(SHORTEST)))
        };
        let per_event = |count: u64| count as f64 / events.max(1) as f64;
        let event_rate = rate(events, &measured.seconds);
        let byte_rate = rate(bytes, &measured.seconds);
        let split_rate = rate(bytes, &measured.split_seconds);
        let load = Sorted::new(measured.load_seconds.iter().copied());
        // The lines are there from the end of the load on.
        let without_lines = measured
            .at_end
            .map(|peak| peak.saturating_sub(stream.held()));
        let latencies = &measured.latencies;
        Report {
            version: env!("CARGO_PKG_VERSION"),
            dialect: ruleset.dialect.name(),
            decoders: ruleset.decoders.decoders.len(),
            rules: ruleset.rules.rules.len(),
            runs: measured.seconds.len(),
            events,
            bytes,
            repetitions: stream.repetitions(),
            skipped: stream.skipped(),
            dropped: counts.dropped,
            alerts: counts.alerts,
            events_per_second: event_rate.median(),
            bytes_per_second: byte_rate.median(),
            load_seconds: load.median(),
            peak_memory_bytes: measured.after_load.max(without_lines),
            load_memory_bytes: measured.after_load,
            line_splitting: Splitting {
                lines_per_second: rate(lines, &measured.split_seconds).median(),
                bytes_per_second: split_rate.median(),
            },
            spread: Spreads {
                events_per_second: event_rate.spread(),
                bytes_per_second: byte_rate.spread(),
                load_seconds: load.spread(),
                line_splitting_bytes_per_second: split_rate.spread(),
            },
            latency_nanoseconds: Latency {
                measured: latencies.count(),
                mean: latencies.mean(),
                p50: latencies.per_mille(500),
                p90: latencies.per_mille(900),
                p99: latencies.per_mille(990),
                p99_9: latencies.per_mille(999),
                max: latencies.max(),
            },
            clock_nanoseconds,
            stages: stages(&measured.stages, events),
            per_event: PerEvent {
                bytes: per_event(bytes),
                decoder_tests: per_event(counts.decoders),
                decoder_regexes: per_event(counts.regexes),
                rule_tests: per_event(counts.rules),
                alerts: per_event(counts.alerts),
            },
            profile,
        }
    }
}

/// The median of each part over the runs, and its share of the sum of these medians.
fn stages(runs: &[[f64; Part::ALL.len()]], events: u64) -> Vec<StageShare> {
    let medians = Part::ALL.map(|part| {
        let runs = runs.iter().map(|run| run[part as usize]);
        Sorted::new(runs).median()
    });
    let sum: f64 = medians.iter().sum();
    Part::ALL
        .iter()
        .zip(medians)
        .map(|(part, nanoseconds)| StageShare {
            stage: part.name(),
            nanoseconds_per_event: nanoseconds / events.max(1) as f64,
            share: if sum > 0.0 { nanoseconds / sum } else { 0.0 },
        })
        .collect()
}

/// Numbers in order.
struct Sorted(Vec<f64>);

impl Sorted {
    fn new(numbers: impl Iterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.collect();
        numbers.sort_by(f64::total_cmp);
        Sorted(numbers)
    }

    /// Of an even count the mean of the two in the middle; 0 of none.
    fn median(&self) -> f64 {
        let count = self.0.len();
        let at = |index: usize| self.0.get(index).copied().unwrap_or_default();
        f64::midpoint(at(count.saturating_sub(1) / 2), at(count / 2))
    }

    fn spread(&self) -> Spread {
        Spread {
            min: self.0.first().copied().unwrap_or_default(),
            max: self.0.last().copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::bench::profile::{Entry, Test};
    use crate::page::facts::Place;

    /// A report with round numbers.
    pub(in crate::cli::bench) fn example() -> Report {
        let spread = |min, max| Spread { min, max };
        let entry = |kind, name: &str, tests: &[(&'static str, &str)]| Entry {
            kind,
            name: name.to_owned(),
            tests: tests
                .iter()
                .map(|&(element, pattern)| Test::new(element, pattern.to_owned()))
                .collect(),
            place: Some(Place {
                path: "etc/local.xml".to_owned(),
                line: 12,
            }),
            tries: 1_234_567,
            matches: 0,
            seconds: 0.012_345_6,
            share: 0.25,
        };
        let runs = [[120.0, 80.0, 400.0, 300.0, 100.0, 0.0].map(|part| part * 2000.0)];
        Report {
            version: "0.0.0",
            dialect: "ossec-4.3",
            decoders: 7,
            rules: 42,
            runs: 5,
            events: 2000,
            bytes: 240_000,
            repetitions: 2,
            skipped: 4,
            dropped: 0,
            alerts: 500,
            events_per_second: 1_000_000.0,
            bytes_per_second: 120_000_000.0,
            load_seconds: 0.25,
            peak_memory_bytes: Some(71_300_000),
            load_memory_bytes: None,
            spread: Spreads {
                events_per_second: spread(900_000.4, 1_100_000.6),
                bytes_per_second: spread(108e6, 132e6),
                load_seconds: spread(0.2495, 0.31),
                line_splitting_bytes_per_second: spread(8e9, 9.5e9),
            },
            line_splitting: Splitting {
                lines_per_second: 75_000_000.0,
                bytes_per_second: 9e9,
            },
            latency_nanoseconds: Latency {
                measured: 10_000,
                mean: 1000,
                p50: 950,
                p90: 1800,
                p99: 12_345,
                p99_9: 456_789,
                max: 23_456_789,
            },
            clock_nanoseconds: 22.4,
            stages: stages(&runs, 2000),
            per_event: PerEvent {
                bytes: 120.0,
                decoder_tests: 12.25,
                decoder_regexes: 1.5,
                rule_tests: 45.0,
                alerts: 0.25,
            },
            profile: Some(ProfileReport {
                seconds: 0.05,
                tested: 30,
                never_matched: 1,
                untried_decoders: 2,
                untried_rules: 1,
                by_time: vec![
                    entry(
                        "decoder",
                        "sshd",
                        &[("program_name", "^sshd"), ("prematch", "x")],
                    ),
                    entry("rule", "1002", &[("match", &"\u{e4} pattern ".repeat(5))]),
                ],
                without_a_match: vec![entry("rule", "7", &[])],
            }),
        }
    }

    #[test]
    fn medians() {
        let median = |numbers: &[f64]| Sorted::new(numbers.iter().copied()).median();
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[3.0, 1.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn stages_without_time_have_no_share() {
        let stages = stages(&[], 0);
        assert!(stages.iter().all(|one| one.share == 0.0));
        assert!(stages.iter().all(|one| one.nanoseconds_per_event == 0.0));
    }

    #[test]
    fn the_keys() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&example()).unwrap());
    }
}
