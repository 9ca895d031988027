//! What a scan counted.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};
use serde::Serialize;

use super::input::ReadCounts;
use crate::output::append_visible;
use crate::ruleset::Ruleset;
use crate::verdict::Verdict;

/// Rules that the text names.
const TOP: usize = 20;

/// Counted while events are evaluated.
pub(super) struct Counts {
    events: u64,
    decoded: u64,
    unmatched: u64,
    alerts: u64,
    /// Alerts by the index of rules.
    by_rule: Vec<u64>,
    pub(super) read: ReadCounts,
    /// Written to the output.
    pub(super) shown: u64,
    /// Lines that the engine does not accept.
    pub(super) dropped: u64,
}

impl Counts {
    /// Counts alerts of so many rules.
    pub(super) fn new(rules: usize) -> Self {
        Counts {
            events: 0,
            decoded: 0,
            unmatched: 0,
            alerts: 0,
            by_rule: vec![0; rules],
            read: ReadCounts::default(),
            shown: 0,
            dropped: 0,
        }
    }

    /// One more event.
    pub(super) fn event(&mut self, verdict: &Verdict<'_>) {
        self.events += 1;
        self.decoded += u64::from(verdict.decoder().is_some());
        match verdict.rule_id() {
            None => self.unmatched += 1,
            Some(rule) if verdict.alert() => {
                self.alerts += 1;
                if let Some(count) = self.by_rule.get_mut(rule.index()) {
                    *count += 1;
                }
            }
            Some(_) => {}
        }
    }

    /// What is to be told.
    pub(super) fn summary(&self, ruleset: &Ruleset, elapsed: Duration) -> Summary {
        let rules = ruleset.rules.rules.iter().zip(&self.by_rule);
        let mut alerts_by_level = BTreeMap::new();
        let mut alerts_by_rule = Vec::new();
        for (rule, &alerts) in rules.filter(|(_, alerts)| **alerts > 0) {
            *alerts_by_level.entry(rule.level).or_default() += alerts;
            let description = rule.description.as_ref().map(|text| {
                let mut visible = Vec::new();
                append_visible(&mut visible, text);
                String::from_utf8_lossy(&visible).into_owned()
            });
            alerts_by_rule.push(RuleAlerts {
                rule: rule.sid.0,
                level: rule.level,
                alerts,
                description,
            });
        }
        alerts_by_rule.sort_by_key(|one| (std::cmp::Reverse(one.alerts), one.rule));
        let seconds = elapsed.as_secs_f64();
        Summary {
            events: self.events,
            bytes: self.read.bytes,
            decoded: self.decoded,
            unmatched: self.unmatched,
            skipped: self.read.skipped,
            split: self.read.split,
            dropped: self.dropped,
            alerts: self.alerts,
            shown: self.shown,
            alerts_by_level,
            alerts_by_rule,
            seconds,
            events_per_second: (self.events as f64 / seconds.max(1e-9)).round() as u64,
        }
    }
}

/// The summary; as JSON its fields are the keys.
#[derive(Serialize)]
pub(super) struct Summary {
    events: u64,
    bytes: u64,
    decoded: u64,
    unmatched: u64,
    skipped: u64,
    split: u64,
    dropped: u64,
    alerts: u64,
    shown: u64,
    alerts_by_level: BTreeMap<u32, u64>,
    /// Most frequent first.
    alerts_by_rule: Vec<RuleAlerts>,
    seconds: f64,
    events_per_second: u64,
}

#[derive(Serialize)]
struct RuleAlerts {
    rule: u32,
    level: u32,
    alerts: u64,
    description: Option<String>,
}

impl Summary {
    /// The highest level that an alert had.
    pub(super) fn highest_level(&self) -> Option<u32> {
        let highest = self.alerts_by_level.last_key_value();
        highest.map(|(&level, _)| level)
    }

    /// As tables. Counts of what is unusual stand there only if there is something to count.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        write!(
            out,
            "ossia: {} events, {} in {:.1} s: {} events/s",
            HumanCount(self.events),
            BinaryBytes(self.bytes),
            self.seconds,
            HumanCount(self.events_per_second),
        )?;
        let always = [
            ("decoded", self.decoded),
            ("without a rule", self.unmatched),
            ("alerts", self.alerts),
        ];
        let unusual = [
            ("lines too short, skipped", self.skipped),
            ("lines too long, split", self.split),
            ("lines not accepted", self.dropped),
        ];
        let unusual = unusual.into_iter().filter(|(_, count)| *count > 0);
        let shown = (self.shown != self.alerts).then_some(("shown", self.shown));
        for (what, count) in always.into_iter().chain(shown).chain(unusual) {
            write!(out, "\n  {what:<24} {:>14}", HumanCount(count).to_string())?;
        }
        if self.alerts == 0 {
            return Ok(());
        }
        out.push_str("\n\n  level         alerts");
        for (level, &alerts) in self.alerts_by_level.iter().rev() {
            write!(out, "\n  {level:>5} {:>14}", HumanCount(alerts).to_string())?;
        }
        out.push_str("\n\n    rule  level         alerts  description as in the rule");
        for one in self.alerts_by_rule.iter().take(TOP) {
            write!(
                out,
                "\n{:>8}  {:>5} {:>14}  {}",
                one.rule,
                one.level,
                HumanCount(one.alerts).to_string(),
                one.description.as_deref().unwrap_or("(null)"),
            )?;
        }
        let more = self.alerts_by_rule.len().saturating_sub(TOP);
        if more > 0 {
            write!(out, "\n          and {more} more")?;
        }
        Ok(())
    }
}
