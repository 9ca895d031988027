//! What looks on while events run. A probe is a [`Trace`] that also sees what is around the
//! evaluation; [`NoTrace`] sees nothing and disturbs nothing.

use std::time::Instant;

use super::histogram::Histogram;
use crate::engine::trace::{NoTrace, Stage, Trace};
use crate::ruleset::decoder::DecoderId;
use crate::ruleset::rule::RuleId;
use crate::verdict::Verdict;

/// Sees the road of the events of a pass.
pub(super) trait Probe: Trace {
    /// The pass begins.
    fn begins(&mut self) {}

    /// A line was read, and the time of its stamp.
    fn line_read(&mut self) {}

    /// The line was evaluated; `None`: it was not accepted.
    fn evaluated(&mut self, verdict: Option<&Verdict<'_>>) {
        let _ = verdict;
    }

    /// The alert of the line is in the output, if there is one.
    fn written(&mut self) {}
}

impl Probe for NoTrace {}

/// Counts what is the same on every machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) alerts: u64,
    /// Lines that the engine does not accept.
    pub(super) dropped: u64,
    pub(super) decoders: u64,
    pub(super) regexes: u64,
    pub(super) rules: u64,
}

impl Trace for Counts {
    fn decoder(&mut self, _: DecoderId, _: bool) {
        self.decoders += 1;
    }

    fn decoder_regex(&mut self, _: DecoderId, _: bool) {
        self.regexes += 1;
    }

    fn rule(&mut self, _: RuleId) {
        self.rules += 1;
    }
}

impl Probe for Counts {
    fn evaluated(&mut self, verdict: Option<&Verdict<'_>>) {
        match verdict {
            Some(verdict) => self.alerts += u64::from(verdict.alert()),
            None => self.dropped += 1,
        }
    }
}

/// A stop watch that goes on with every reading.
#[derive(Clone, Copy, Debug)]
struct Laps(Instant);

impl Laps {
    fn new() -> Self {
        Laps(Instant::now())
    }

    /// Nanoseconds since the reading before.
    fn lap(&mut self) -> u64 {
        let now = Instant::now();
        let lap = now.duration_since(self.0).as_nanos() as u64;
        self.0 = now;
        lap
    }
}

/// What reading the clock adds to a lap, in nanoseconds: the median of many short series.
pub(super) fn clock_nanoseconds() -> f64 {
    const LAPS: u32 = 1000;
    let mut means: Vec<f64> = (0..101)
        .map(|_| {
            let mut laps = Laps::new();
            let sum: u64 = (0..LAPS).map(|_| laps.lap()).sum();
            sum as f64 / f64::from(LAPS)
        })
        .collect();
    means.sort_by(f64::total_cmp);
    means[means.len() / 2]
}

/// Reads the clock once for each event.
pub(super) struct LatencyClock<'a> {
    clock: u64,
    laps: Laps,
    latencies: &'a mut Histogram,
}

impl<'a> LatencyClock<'a> {
    /// Puts the latencies into a histogram, without the nanoseconds of the clock itself.
    pub(super) fn new(clock: f64, latencies: &'a mut Histogram) -> Self {
        LatencyClock {
            clock: clock.round() as u64,
            laps: Laps::new(),
            latencies,
        }
    }
}

impl Trace for LatencyClock<'_> {}

impl Probe for LatencyClock<'_> {
    fn begins(&mut self) {
        self.laps = Laps::new();
    }

    fn written(&mut self) {
        self.latencies
            .add(self.laps.lap().saturating_sub(self.clock));
    }
}

/// The parts of the road of an event that are timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Reading,
    Predecoding,
    Decoding,
    Rules,
    State,
    Output,
}

impl Part {
    /// In the order of the road.
    pub(super) const ALL: [Part; 6] = [
        Part::Reading,
        Part::Predecoding,
        Part::Decoding,
        Part::Rules,
        Part::State,
        Part::Output,
    ];

    /// As reports call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Reading => "reading",
            Part::Predecoding => "predecoding",
            Part::Decoding => "decoding",
            Part::Rules => "rules",
            Part::State => "state",
            Part::Output => "output",
        }
    }
}

impl From<Stage> for Part {
    fn from(stage: Stage) -> Part {
        match stage {
            Stage::Predecoding => Part::Predecoding,
            Stage::Decoding => Part::Decoding,
            Stage::Rules => Part::Rules,
            Stage::State => Part::State,
        }
    }
}

/// Reads the clock between the parts.
pub(super) struct StageClock {
    laps: Laps,
    /// Laps and their nanoseconds, by [`Part`].
    parts: [(u64, u64); Part::ALL.len()],
}

impl StageClock {
    pub(super) fn new() -> Self {
        StageClock {
            laps: Laps::new(),
            parts: [(0, 0); Part::ALL.len()],
        }
    }

    fn ends(&mut self, part: Part) {
        let (laps, sum) = &mut self.parts[part as usize];
        *laps += 1;
        *sum += self.laps.lap();
    }

    /// The nanoseconds of each part, without what reading the clock added to each lap.
    pub(super) fn nanoseconds(&self, clock: f64) -> [f64; Part::ALL.len()] {
        self.parts
            .map(|(laps, sum)| (sum as f64 - laps as f64 * clock).max(0.0))
    }
}

impl Trace for StageClock {
    fn stage(&mut self, stage: Stage) {
        self.ends(stage.into());
    }
}

impl Probe for StageClock {
    fn begins(&mut self) {
        self.laps = Laps::new();
    }

    fn line_read(&mut self) {
        self.ends(Part::Reading);
    }

    fn written(&mut self) {
        self.ends(Part::Output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lap_belongs_to_a_part() {
        let mut stages = StageClock::new();
        stages.begins();
        for _ in 0..2 {
            stages.line_read();
            stages.stage(Stage::Predecoding);
            stages.stage(Stage::Decoding);
            stages.stage(Stage::Rules);
            stages.stage(Stage::State);
            stages.stage(Stage::Rules);
            stages.stage(Stage::State);
            stages.written();
        }
        assert_eq!(stages.parts.map(|(laps, _)| laps), [2, 2, 2, 4, 4, 2]);
        assert!(stages.nanoseconds(1e12).iter().all(|&part| part == 0.0));
    }
}
