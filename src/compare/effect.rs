//! Verdicts of two engines on the same events, those that differ in groups.

use bstr::{BStr, ByteSlice};
use indexmap::IndexMap;

use super::outcome::{self, Aspect, Aspects, Outcome, RuleOutcome};
use crate::engine::Rejection;
use crate::page::words;
use crate::verdict::Verdict;

/// What is kept of the events that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Groups; events of further groups are only counted.
    pub groups: usize,
    /// Samples in each group.
    pub samples: usize,
    /// Bytes of each text in a sample.
    pub text: usize,
    /// Bytes of all samples; groups that come later have fewer or none.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            groups: 10_000,
            samples: 3,
            text: 1024,
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// What the rules of both sides said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct GroupKey {
    /// The old ones.
    pub old: RuleOutcome,
    /// The new ones.
    pub new: RuleOutcome,
}

/// One event that differs.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Sample {
    /// Where it comes from.
    pub location: String,
    /// How many-th event it is, from 1.
    pub event: u64,
    /// The line; a very long one is cut.
    pub line: String,
    /// Something of the sample was cut.
    pub cut: bool,
    /// What differs.
    pub differs: Vec<Aspect>,
    /// What the old engine said.
    pub old: Outcome,
    /// What the new engine said.
    pub new: Outcome,
}

impl Sample {
    /// How large it is, about.
    fn bytes(&self) -> usize {
        let sides = [&self.old, &self.new].map(Outcome::bytes);
        self.location.len() + self.line.len() + sides.iter().sum::<usize>()
    }
}

/// Events that went the same way from old to new.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct EffectGroup {
    /// The way.
    #[cfg_attr(feature = "cli", serde(flatten))]
    pub key: GroupKey,
    /// So many.
    pub events: u64,
    /// In how many of them each aspect differs; those that differ in none are left out.
    pub differs: Vec<Share>,
    /// The first of them.
    pub samples: Vec<Sample>,
}

/// In how many events an aspect differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Share {
    /// The aspect.
    pub aspect: Aspect,
    /// The events.
    pub events: u64,
}

/// Numbers about all events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Tally {
    /// All of them.
    pub events: u64,
    /// Those that differ.
    pub changed: u64,
    /// Alerts of the old engine.
    pub old_alerts: u64,
    /// Alerts of the new engine.
    pub new_alerts: u64,
}

/// Counts events by what both sides say about them.
#[derive(Clone, Debug)]
pub struct Effect {
    aspects: Aspects,
    limits: Limits,
    tally: Tally,
    groups: IndexMap<GroupKey, Group>,
    beyond: u64,
    /// Of all samples.
    bytes: usize,
}

#[derive(Clone, Debug, Default)]
struct Group {
    events: u64,
    aspects: [u64; Aspect::ALL.len()],
    samples: Vec<Sample>,
}

impl Effect {
    /// Nothing was compared yet. An event differs if one of the aspects does.
    pub fn new(aspects: Aspects, limits: Limits) -> Self {
        Effect {
            aspects,
            limits,
            tally: Tally::default(),
            groups: IndexMap::new(),
            beyond: 0,
            bytes: 0,
        }
    }

    /// Compares what both engines say about a line. Returns in what they differ.
    pub fn add(
        &mut self,
        location: &[u8],
        line: &[u8],
        old: &Result<Verdict<'_>, Rejection>,
        new: &Result<Verdict<'_>, Rejection>,
    ) -> Aspects {
        let key = GroupKey {
            old: RuleOutcome::of(old),
            new: RuleOutcome::of(new),
        };
        self.tally.events += 1;
        self.tally.old_alerts += u64::from(key.old.alert());
        self.tally.new_alerts += u64::from(key.new.alert());
        let differs = outcome::differences(self.aspects, old, new);
        if differs.is_empty() {
            return differs;
        }
        self.tally.changed += 1;
        let is_full = self.groups.len() >= self.limits.groups;
        let group = match self.groups.entry(key) {
            indexmap::map::Entry::Vacant(_) if is_full => {
                self.beyond += 1;
                return differs;
            }
            entry => entry.or_default(),
        };
        group.events += 1;
        for aspect in differs.iter() {
            group.aspects[aspect as usize] += 1;
        }
        if group.samples.len() < self.limits.samples && self.bytes < self.limits.bytes {
            let limit = self.limits.text;
            let sample = sample(location, line, (old, new), differs, limit);
            self.bytes = self.bytes.saturating_add(sample.bytes());
            group.samples.push(Sample {
                event: self.tally.events,
                ..sample
            });
        }
        differs
    }

    /// Numbers about all events so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Events that differ and are in no group, because there are too many groups.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The groups, largest first.
    pub fn groups(&self) -> Vec<EffectGroup> {
        let mut groups: Vec<EffectGroup> = self
            .groups
            .iter()
            .map(|(&key, group)| EffectGroup {
                key,
                events: group.events,
                differs: Aspect::ALL
                    .into_iter()
                    .zip(group.aspects)
                    .filter(|(_, events)| *events > 0)
                    .map(|(aspect, events)| Share { aspect, events })
                    .collect(),
                samples: group.samples.clone(),
            })
            .collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.events), group.key));
        groups
    }
}

fn sample(
    location: &[u8],
    line: &[u8],
    (old, new): (
        &Result<Verdict<'_>, Rejection>,
        &Result<Verdict<'_>, Rejection>,
    ),
    differs: Aspects,
    limit: usize,
) -> Sample {
    let cut = std::cell::Cell::new(false);
    let clip = |text: &BStr| {
        let shown = clipped(text, limit);
        cut.set(cut.get() || shown.len() < text.len());
        words::plain(shown)
    };
    let names = new.as_ref().or(old.as_ref()).map(Verdict::family);
    let names = names.unwrap_or(crate::dialect::Family::Ossec);
    Sample {
        location: clip(location.into()),
        event: 0,
        line: clip(line.into()),
        differs: differs.iter().collect(),
        old: outcome::outcome(old, new, names, clip),
        new: outcome::outcome(new, old, names, clip),
        cut: cut.get(),
    }
}

/// The beginning of a text, not in the middle of a character.
fn clipped(text: &BStr, limit: usize) -> &BStr {
    if text.len() <= limit {
        return text;
    }
    let end = text
        .char_indices()
        .map(|(start, ..)| start)
        .take_while(|&start| start <= limit)
        .last();
    &text[..end.unwrap_or(0)]
}
