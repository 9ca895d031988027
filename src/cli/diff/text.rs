//! The report for people.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use indicatif::HumanCount;

use super::report::{EffectReport, Report, SideReport};
use crate::cli::load::counted;
use crate::compare::{
    Aspect, ChangeKind, DecoderChange, EffectGroup, ElementChange, Move, Outcome, RuleChange,
    RuleOutcome, RulesetChanges, Sample, Value,
};
use crate::output::Palette;
use crate::page::facts::Place;

/// So many groups are shown.
const GROUPS: usize = 50;
/// So many parents of a rule are named.
const PARENTS: usize = 8;

/// The whole report.
pub(super) fn report(report: &Report, palette: Palette) -> Vec<u8> {
    let mut text = Text::new(palette);
    text.side("old", &report.old);
    text.side("new", &report.new);
    for note in &report.notes {
        text.line(format_args!("note: {note}"));
    }
    if let Some(changes) = &report.ruleset {
        text.ruleset(changes);
    }
    if let Some(effect) = &report.effect {
        text.effect(effect);
    }
    text.out
}

struct Text {
    out: Vec<u8>,
    palette: Palette,
    added: Style,
    removed: Style,
}

impl Text {
    fn new(palette: Palette) -> Self {
        let is_plain = palette == Palette::plain();
        let color = |color: AnsiColor| match is_plain {
            true => Style::new(),
            false => color.on_default(),
        };
        Text {
            out: Vec::new(),
            palette,
            added: color(AnsiColor::Green),
            removed: color(AnsiColor::Red),
        }
    }

    fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a vector cannot fail.
        let _ = writeln!(self.out, "{text}");
    }

    fn heading(&mut self, text: impl std::fmt::Display) {
        let style = self.palette.heading;
        self.line(format_args!("\n{style}{text}{style:#}"));
    }

    fn side(&mut self, which: &str, side: &SideReport) {
        let SideReport {
            name,
            dialect,
            dialect_given,
            decoders,
            rules,
            ..
        } = side;
        let how = if *dialect_given { "" } else { " (detected)" };
        let (decoders, rules) = (counted(*decoders, "decoder"), counted(*rules, "rule"));
        self.line(format_args!(
            "{which}  {name}: {dialect}{how}, {decoders}, {rules}"
        ));
    }

    fn ruleset(&mut self, changes: &RulesetChanges) {
        if changes.is_empty() {
            self.heading("The rulesets say the same.");
        }
        self.settings(changes);
        if !changes.decoders.is_empty() {
            let kinds = changes.decoders.iter().map(|one| one.change);
            self.heading(format_args!("Decoders: {}", summary(kinds)));
            for one in &changes.decoders {
                self.decoder(one);
            }
        }
        if !changes.rules.is_empty() {
            let kinds = changes.rules.iter().map(|one| one.change);
            self.heading(format_args!("Rules: {}", summary(kinds)));
            for one in &changes.rules {
                self.rule(one);
            }
        }
        if !changes.reordered.is_empty() {
            self.heading("Tried in another order");
            for one in &changes.reordered {
                let moved = some(&one.moved, |name| name.clone());
                self.line(format_args!("  below {}: {moved}", one.below));
            }
        }
        if !changes.file_moves.is_empty() {
            self.heading("In other files (no change)");
            for one in &changes.file_moves {
                let counts = [(one.decoders, "decoder"), (one.rules, "rule")];
                let counts = counts.iter().filter(|(count, _)| *count > 0);
                let counts: Vec<_> = counts.map(|&(count, what)| counted(count, what)).collect();
                let counts = counts.join(", ");
                self.line(format_args!("  {} → {}: {counts}", one.old, one.new));
            }
        }
    }

    fn settings(&mut self, changes: &RulesetChanges) {
        if changes.dialect.is_some() || !changes.settings.is_empty() {
            self.heading("Settings");
        }
        if let Some(dialect) = changes.dialect {
            self.line(format_args!("  engine: {} → {}", dialect.old, dialect.new));
        }
        for one in &changes.settings {
            self.line(format_args!("  {}: {} → {}", one.name, one.old, one.new));
        }
        if !changes.lists.is_empty() {
            let kinds = changes.lists.iter().map(|one| one.change);
            self.heading(format_args!("CDB lists: {}", summary(kinds)));
        }
        for one in &changes.lists {
            let what = match one.change {
                ChangeKind::Changed => {
                    let (added, removed) = (one.added_keys, one.removed_keys);
                    let changed = one.changed_values;
                    format!(
                        ": {} added, {removed} removed, {} changed",
                        counted(added, "key"),
                        counted(changed, "value")
                    )
                }
                ChangeKind::Added | ChangeKind::Removed => String::new(),
            };
            let (sign, style) = self.sign(one.change);
            self.line(format_args!("{style}{sign} {}{style:#}{what}", one.name));
        }
    }

    fn sign(&self, change: ChangeKind) -> (char, Style) {
        match change {
            ChangeKind::Added => ('+', self.added),
            ChangeKind::Removed => ('-', self.removed),
            ChangeKind::Changed => ('~', self.palette.rule),
        }
    }

    fn decoder(&mut self, one: &DecoderChange) {
        let (sign, style) = self.sign(one.change);
        let parent = one.parent.as_ref();
        let parent = parent.map(|parent| format!(" (below {parent})"));
        let place = places(&one.old_at, &one.new_at);
        self.line(format_args!(
            "{style}{sign} {}{style:#}{}  {place}",
            one.name,
            parent.unwrap_or_default()
        ));
        self.elements(&one.elements);
    }

    fn rule(&mut self, one: &RuleChange) {
        let (sign, style) = self.sign(one.change);
        let description = one.description.as_deref().unwrap_or("(null)");
        let place = places(&one.old_at, &one.new_at);
        self.line(format_args!(
            "{style}{sign} {}{style:#} (level {}) {description}  {place}",
            one.id, one.level
        ));
        if one.overwriting_changed() {
            for (word, places) in [
                ("no longer overwritten", &one.old_overwritten_at),
                ("overwritten", &one.new_overwritten_at),
            ] {
                if let Some(place) = places.last() {
                    self.line(format_args!("    {word} at {place}"));
                }
            }
        }
        if let Some(Move { left, entered }) = &one.moved {
            let parent = |parent: &Option<u32>| match parent {
                Some(id) => id.to_string(),
                None => "the top".to_owned(),
            };
            if !left.is_empty() {
                let left = some(left, parent);
                self.line(format_args!("    no longer below {left}"));
            }
            if !entered.is_empty() {
                let entered = some(entered, parent);
                self.line(format_args!("    now below {entered}"));
            }
        }
        self.elements(&one.elements);
    }

    fn elements(&mut self, elements: &[ElementChange]) {
        for one in elements {
            let name = match &one.name {
                Some(name) => format!("{} {name}", one.element),
                None => one.element.to_owned(),
            };
            let languages = languages(one);
            let short = |values: &[Value]| match values {
                [] => None,
                values => {
                    let shown = values.iter().map(|value| value_text(value, languages));
                    Some(shown.collect::<Vec<_>>().join(", "))
                }
            };
            for (style, sign, values, place) in [
                (self.removed, '-', short(&one.old), &one.old_at),
                (self.added, '+', short(&one.new), &one.new_at),
            ] {
                if let Some(values) = values {
                    let place = place.as_ref();
                    let place = place.map(|place| format!("  {place}")).unwrap_or_default();
                    let faint = self.palette.faint;
                    self.line(format_args!(
                        "    {style}{sign} {name}: {values}{style:#}{faint}{place}{faint:#}"
                    ));
                }
            }
        }
    }

    fn effect(&mut self, effect: &EffectReport) {
        let tally = effect.tally;
        let share = 100.0 * tally.changed as f64 / tally.events.max(1) as f64;
        let mode = match effect.isolated {
            true => ", each for itself",
            false => "",
        };
        let events = HumanCount(tally.events);
        let plural = if tally.events == 1 { "" } else { "s" };
        self.heading(format_args!(
            "Effect: {events} event{plural}{mode}, {} with another verdict ({share:.2} %)",
            HumanCount(tally.changed)
        ));
        self.line(format_args!(
            "  alerts: {} → {}",
            HumanCount(tally.old_alerts),
            HumanCount(tally.new_alerts)
        ));
        if tally.events == 0 {
            self.line("  there was no event to compare");
        }
        if effect.skipped > 0 {
            let skipped = HumanCount(effect.skipped);
            self.line(format_args!(
                "  lines too short to be events, skipped: {skipped}"
            ));
        }
        for group in effect.groups.iter().take(GROUPS) {
            self.group(group);
        }
        let more = effect.groups.iter().skip(GROUPS);
        let events: u64 = more.clone().map(|group| group.events).sum();
        if events > 0 {
            self.line(format_args!(
                "\nand {} in {} (all with --format json)",
                number(events, "event"),
                number(more.count() as u64, "more group")
            ));
        }
        if effect.in_further_groups > 0 {
            self.line(format_args!(
                "\nand {} in still other groups: too many to keep",
                number(effect.in_further_groups, "event")
            ));
        }
    }

    fn group(&mut self, group: &EffectGroup) {
        let rule = self.palette.rule;
        let events = number(group.events, "event");
        let (old, new) = (outcome(group.key.old), outcome(group.key.new));
        let way = match old == new {
            true => format!("{rule}{old}{rule:#}"),
            false => format!("{rule}{old}{rule:#} → {rule}{new}{rule:#}"),
        };
        let shares = group.differs.iter().map(|share| {
            let name = share.aspect.name();
            match share.events == group.events {
                true => name.to_owned(),
                false => format!("{name} in {}", HumanCount(share.events)),
            }
        });
        let shares: Vec<_> = shares.collect();
        self.line(format_args!("\n{way}: {events} ({})", shares.join(", ")));
        for sample in &group.samples {
            self.sample(sample);
        }
    }

    fn sample(&mut self, sample: &Sample) {
        let faint = self.palette.faint;
        let cut = if sample.cut { "…" } else { "" };
        self.line(format_args!(
            "  {}{cut}  {faint}{}, event {}{faint:#}",
            sample.line, sample.location, sample.event
        ));
        for (style, sign, side) in [
            (self.removed, '-', &sample.old),
            (self.added, '+', &sample.new),
        ] {
            let told = told(sample, side);
            if !told.is_empty() {
                self.line(format_args!("    {style}{sign} {told}{style:#}"));
            }
        }
    }
}

/// What a sample says about one side, beside the rule.
fn told(sample: &Sample, side: &Outcome) -> String {
    let mut parts = Vec::new();
    if let Some(reason) = &side.reason {
        parts.push(reason.clone());
    }
    if sample.differs.contains(&Aspect::Decoder) {
        let decoder = side.decoder.as_deref().unwrap_or("none");
        parts.push(format!("decoder {decoder}"));
    }
    if sample.differs.contains(&Aspect::Description) {
        let text = side.description.as_deref().unwrap_or("(null)");
        parts.push(format!("description `{text}`"));
    }
    if sample.differs.contains(&Aspect::Fields) {
        let fields = side.fields.iter();
        parts.extend(fields.map(|(name, value)| format!("{name} `{value}`")));
    }
    parts.join(", ")
}

fn outcome(outcome: RuleOutcome) -> String {
    match outcome {
        RuleOutcome::NoEvent => "not an event".to_owned(),
        RuleOutcome::NoRule => "no rule".to_owned(),
        RuleOutcome::Rule { id, level, alert } => {
            let alert = if alert { ", alert" } else { "" };
            format!("{id} (level {level}{alert})")
        }
    }
}

/// `2 added, 1 changed`.
fn summary(kinds: impl Iterator<Item = ChangeKind>) -> String {
    let mut counts = [0_usize; 3];
    for kind in kinds {
        counts[kind as usize] += 1;
    }
    let words = ["added", "removed", "changed"];
    let parts = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    let parts: Vec<_> = parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    parts.join(", ")
}

/// Both places, or one if they are the same or there is only one.
fn places(old: &Option<Place>, new: &Option<Place>) -> String {
    match (old, new) {
        (Some(old), Some(new)) if old != new => format!("{old} → {new}"),
        (Some(place), _) | (None, Some(place)) => place.to_string(),
        (None, None) => String::new(),
    }
}

/// Languages are only of interest where they differ.
fn languages(change: &ElementChange) -> bool {
    let mut all = change
        .old
        .iter()
        .chain(&change.new)
        .map(|value| value.language);
    let first = all.next();
    all.any(|language| Some(language) != first)
}

fn value_text(value: &Value, languages: bool) -> String {
    let text = value.plain();
    let text = match value.language {
        Some(language) if languages => format!("{language} `{text}`"),
        Some(_) => format!("`{text}`"),
        None => text,
    };
    match value.negated {
        true => format!("not {text}"),
        false => text,
    }
}

/// The first of a list.
fn some<T>(list: &[T], shown: impl Fn(&T) -> String) -> String {
    let mut text: Vec<String> = list.iter().take(PARENTS).map(shown).collect();
    let more = list.len().saturating_sub(PARENTS);
    if more > 0 {
        text.push(format!("{more} more"));
    }
    text.join(", ")
}

fn number(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", HumanCount(count))
}
