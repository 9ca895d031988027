//! The report for people.

use std::cmp::Reverse;
use std::io::Write;

use indicatif::HumanCount;

use super::Part;
use super::report::{DecoderReport, FileReport, Report, RuleReport, Share};
use crate::cli::load::counted;
use crate::coverage::Missing;
use crate::output::Palette;

/// The parts that are wanted.
pub(super) fn report(report: &Report, parts: &[Part], top: usize, palette: Palette) -> Vec<u8> {
    let mut text = Text {
        out: Vec::new(),
        palette,
        top,
    };
    text.summary(report);
    let wanted = |part| parts.contains(&part);
    if wanted(Part::Files) {
        text.files(report);
    }
    if wanted(Part::Reached) {
        text.reached(report);
    }
    if wanted(Part::Never) {
        text.never(report);
    }
    if wanted(Part::Unmatched) {
        text.unmatched(report);
    }
    text.out
}

struct Text {
    out: Vec<u8>,
    palette: Palette,
    top: usize,
}

impl Text {
    fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a vector cannot fail.
        let _ = writeln!(self.out, "{text}");
    }

    fn heading(&mut self, text: impl std::fmt::Display) {
        let style = self.palette.heading;
        self.line(format_args!("\n{style}{text}{style:#}"));
    }

    fn summary(&mut self, report: &Report) {
        let events = report.events;
        let count = |count: u64| HumanCount(count);
        self.line(format_args!(
            "{} {}: {} with a decoder, {} with a rule, {} {}",
            count(events.events),
            if events.events == 1 {
                "event"
            } else {
                "events"
            },
            count(events.decoded),
            count(events.with_rule),
            count(events.alerts),
            if events.alerts == 1 {
                "alert"
            } else {
                "alerts"
            },
        ));
        for (what, number) in [
            ("lines too short, skipped", events.skipped),
            ("lines not accepted", events.dropped),
        ] {
            if number > 0 {
                self.line(format_args!("{what}: {}", count(number)));
            }
        }
        let told = |what: &str, share: Share| {
            let Share { all, reached } = share;
            format!(
                "{what}: {reached} of {all} reached ({:.1} %)",
                share.percent()
            )
        };
        self.line(told("rules", report.rules));
        self.line(told("decoders", report.decoders));
    }

    fn files(&mut self, report: &Report) {
        self.heading("      rules        decoders   file");
        for file in &report.files {
            let cell = |share: Share| match share.all {
                0 => String::new(),
                all => format!(
                    "{} of {all} {:>3.0} %",
                    share.reached,
                    share.percent().floor()
                ),
            };
            let (rules, decoders) = (cell(file.rule_share), cell(file.decoder_share));
            self.line(format_args!("{rules:>16} {decoders:>16}  {}", file.path));
        }
    }

    fn reached(&mut self, report: &Report) {
        let of_file = |file: &'_ FileReport, line: usize| format!("{}:{line}", file.path);
        let mut rules: Vec<(&FileReport, &RuleReport)> = Vec::new();
        let mut decoders: Vec<(&FileReport, &DecoderReport)> = Vec::new();
        for file in &report.files {
            let hit = file.rules.iter().filter(|rule| rule.matched > 0);
            rules.extend(hit.map(|rule| (file, rule)));
            let hit = file.decoders.iter().filter(|decoder| decoder.matched > 0);
            decoders.extend(hit.map(|decoder| (file, decoder)));
        }
        rules.sort_by_key(|(_, rule)| (Reverse(rule.results), Reverse(rule.matched)));
        decoders.sort_by_key(|(_, decoder)| Reverse(decoder.matched));
        if !rules.is_empty() {
            self.heading("  was result     matched  rule");
        }
        for (file, rule) in rules.iter().take(self.top) {
            let (results, matched) = (HumanCount(rule.results), HumanCount(rule.matched));
            let faint = self.palette.faint;
            self.line(format_args!(
                "{:>12} {:>11}  {}  {faint}{}{faint:#}",
                results.to_string(),
                matched.to_string(),
                name_of(rule),
                of_file(file, rule.line)
            ));
        }
        self.more(rules.len());
        if !decoders.is_empty() {
            self.heading("     matched   extracted  decoder");
        }
        for (file, decoder) in decoders.iter().take(self.top) {
            let extracted = decoder.extracted.map(|count| HumanCount(count).to_string());
            let faint = self.palette.faint;
            self.line(format_args!(
                "{:>12} {:>11}  {}  {faint}{}{faint:#}",
                HumanCount(decoder.matched).to_string(),
                extracted.unwrap_or_default(),
                decoder_name(decoder),
                of_file(file, decoder.line)
            ));
        }
        self.more(decoders.len());
    }

    fn more(&mut self, all: usize) {
        if all > self.top {
            self.line(format_args!("{:>26}and {} more", "", all - self.top));
        }
    }

    fn never(&mut self, report: &Report) {
        for file in &report.files {
            let rules: Vec<_> = file.rules.iter().filter(|rule| rule.matched == 0).collect();
            let decoders = file.decoders.iter();
            let decoders: Vec<_> = decoders.filter(|one| !one.is_reached()).collect();
            if rules.is_empty() && decoders.is_empty() {
                continue;
            }
            let counts = [(decoders.len(), "decoder"), (rules.len(), "rule")];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let counts: Vec<_> = counts.map(|&(count, what)| counted(count, what)).collect();
            let path = &file.path;
            self.heading(format_args!("{path}: never reached: {}", counts.join(", ")));
            for one in decoders {
                let name = decoder_name(one);
                let regex = match one.matched {
                    0 => String::new(),
                    events => format!(
                        ": it fits to {}, its regex to none",
                        counted(usize::try_from(events).unwrap_or(usize::MAX), "event")
                    ),
                };
                self.line(format_args!("{:>6}  decoder {name}{regex}", one.line));
            }
            for one in rules {
                self.line(format_args!("{:>6}  rule {}", one.line, name_of(one)));
            }
        }
    }

    fn unmatched(&mut self, report: &Report) {
        let unmatched = &report.unmatched;
        let all =
            unmatched.without_decoder_and_rule + unmatched.without_decoder + unmatched.without_rule;
        if all == 0 {
            self.heading("Every event has a decoder and a rule.");
            return;
        }
        self.heading(format_args!(
            "Unmatched: {} without decoder and rule, {} without decoder, {} without rule",
            HumanCount(unmatched.without_decoder_and_rule),
            HumanCount(unmatched.without_decoder),
            HumanCount(unmatched.without_rule),
        ));
        for one in unmatched.shapes.iter().take(self.top) {
            let (rule, faint) = (self.palette.rule, self.palette.faint);
            let program = one.program.as_ref();
            let program = program.map(|name| format!("{name}: ")).unwrap_or_default();
            self.line(format_args!(
                "{:>12}  {rule}{program}{}{rule:#}",
                HumanCount(one.lines).to_string(),
                one.shape
            ));
            let missing = match (one.missing, &one.decoder) {
                (Missing::DecoderAndRule, _) => "no decoder, no rule".to_owned(),
                (Missing::Decoder, _) => "no decoder".to_owned(),
                (Missing::Rule, None) => "no rule".to_owned(),
                (Missing::Rule, Some(decoder)) => format!("decoder {decoder}, no rule"),
            };
            let (location, sample) = (&one.location, &one.sample);
            self.line(format_args!(
                "{:>12}  {faint}{missing}, {location}: {sample}{faint:#}",
                ""
            ));
        }
        let more = unmatched.shapes.len().saturating_sub(self.top);
        if more > 0 {
            let rest = unmatched.shapes.iter().skip(self.top);
            let lines: u64 = rest.map(|one| one.lines).sum();
            self.line(format_args!(
                "{:>12}  in {} (--top shows more)",
                HumanCount(lines).to_string(),
                counted(more, "more shape")
            ));
        }
        if unmatched.in_further_shapes > 0 {
            self.line(format_args!(
                "{:>12}  in still other shapes: too many to keep",
                HumanCount(unmatched.in_further_shapes).to_string()
            ));
        }
    }
}

fn name_of(rule: &RuleReport) -> String {
    let description = rule.description.as_deref().unwrap_or("(null)");
    format!("{} (level {}) {description}", rule.id, rule.level)
}

fn decoder_name(decoder: &DecoderReport) -> String {
    match &decoder.parent {
        Some(parent) => format!("{} (below {parent})", decoder.name),
        None => decoder.name.clone(),
    }
}
