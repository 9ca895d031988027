//! The report as data; its fields are the keys of the JSON form.

use indexmap::IndexMap;
use serde::Serialize;

use crate::coverage::{Missing, Reached, Unmatched};
use crate::page::facts::Place;
use crate::page::words;
use crate::ruleset::Ruleset;
use crate::source::{Sources, Span};

/// Everything.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) events: Events,
    pub(super) rules: Share,
    pub(super) decoders: Share,
    /// In load order.
    pub(super) files: Vec<FileReport>,
    pub(super) unmatched: UnmatchedReport,
}

/// Numbers about the lines.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Events {
    pub(super) events: u64,
    /// With a decoder.
    pub(super) decoded: u64,
    /// With a rule.
    pub(super) with_rule: u64,
    pub(super) alerts: u64,
    /// Lines that the engine does not accept.
    pub(super) dropped: u64,
    /// Lines that are too short to be events.
    pub(super) skipped: u64,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Share {
    pub(super) all: usize,
    pub(super) reached: usize,
}

impl Share {
    fn add(&mut self, reached: bool) {
        self.all += 1;
        self.reached += usize::from(reached);
    }

    /// Of nothing, everything was reached.
    pub(super) fn percent(self) -> f64 {
        match self.all {
            0 => 100.0,
            all => 100.0 * self.reached as f64 / all as f64,
        }
    }
}

/// One file of the ruleset.
#[derive(Debug, Default, Serialize)]
pub(super) struct FileReport {
    pub(super) path: String,
    pub(super) rule_share: Share,
    pub(super) decoder_share: Share,
    /// In load order.
    pub(super) decoders: Vec<DecoderReport>,
    /// In load order.
    pub(super) rules: Vec<RuleReport>,
}

#[derive(Debug, Serialize)]
pub(super) struct DecoderReport {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    pub(super) line: usize,
    pub(super) matched: u64,
    /// `None`: it extracts nothing.
    pub(super) extracted: Option<u64>,
}

impl DecoderReport {
    /// As in the coverage of tests: its regex must have matched, too.
    pub(super) fn is_reached(&self) -> bool {
        self.extracted.unwrap_or(self.matched) > 0
    }
}

#[derive(Debug, Serialize)]
pub(super) struct RuleReport {
    pub(super) id: u32,
    pub(super) level: u32,
    pub(super) description: Option<String>,
    pub(super) line: usize,
    pub(super) matched: u64,
    /// How often it was the result.
    pub(super) results: u64,
    pub(super) alerts: u64,
}

/// What nothing matched.
#[derive(Serialize)]
pub(super) struct UnmatchedReport {
    pub(super) without_decoder_and_rule: u64,
    pub(super) without_decoder: u64,
    pub(super) without_rule: u64,
    /// The most frequent first.
    pub(super) shapes: Vec<ShapeReport>,
    /// Lines of shapes that were not kept, because there are too many.
    pub(super) in_further_shapes: u64,
}

#[derive(Serialize)]
pub(super) struct ShapeReport {
    pub(super) lines: u64,
    pub(super) missing: Missing,
    pub(super) program: Option<String>,
    pub(super) decoder: Option<String>,
    pub(super) shape: String,
    pub(super) sample: String,
    pub(super) location: String,
}

impl Report {
    pub(super) fn new(
        ruleset: &Ruleset,
        sources: &Sources,
        reached: &Reached,
        unmatched: &Unmatched,
    ) -> Self {
        let mut files: IndexMap<String, FileReport> = IndexMap::new();
        let mut file = |span: Span| -> (usize, usize) {
            let Place { path, line } = Place::of(sources, span);
            let index = match files.get_index_of(&path) {
                Some(index) => index,
                None => {
                    let path = path.clone();
                    files
                        .insert_full(
                            path.clone(),
                            FileReport {
                                path,
                                ..FileReport::default()
                            },
                        )
                        .0
                }
            };
            (index, line)
        };
        let mut placed_decoders = Vec::new();
        for (id, count) in reached.decoders() {
            let decoder = ruleset.decoders.get(id);
            let (at, line) = file(decoder.span);
            let extracts = decoder.regex.is_some() || decoder.plugin.is_some();
            placed_decoders.push((
                at,
                DecoderReport {
                    name: words::plain(decoder.name.bytes()),
                    parent: decoder
                        .parent
                        .as_ref()
                        .map(|name| words::plain(name.bytes())),
                    line,
                    matched: count.matched,
                    extracted: extracts.then_some(count.extracted),
                },
            ));
        }
        let mut placed_rules = Vec::new();
        for (id, count) in reached.rules() {
            let rule = ruleset.rules.get(id);
            let Some(definition) = rule.definitions.first() else {
                continue;
            };
            let (at, line) = file(definition.span);
            let description = rule.description.as_ref();
            placed_rules.push((
                at,
                RuleReport {
                    id: rule.sid.0,
                    level: rule.level,
                    description: description.map(|text| words::plain(text.as_ref())),
                    line,
                    matched: count.matched,
                    results: count.results,
                    alerts: count.alerts,
                },
            ));
        }
        let mut files: Vec<FileReport> = files.into_values().collect();
        let (mut rules, mut decoders) = (Share::default(), Share::default());
        for (at, one) in placed_decoders {
            decoders.add(one.is_reached());
            files[at].decoder_share.add(one.is_reached());
            files[at].decoders.push(one);
        }
        let mut events = Events {
            events: reached.events(),
            ..Events::default()
        };
        for (at, one) in placed_rules {
            rules.add(one.matched > 0);
            events.with_rule += one.results;
            events.alerts += one.alerts;
            files[at].rule_share.add(one.matched > 0);
            files[at].rules.push(one);
        }
        let unmatched = UnmatchedReport::new(unmatched);
        events.decoded = events
            .events
            .saturating_sub(unmatched.without_decoder + unmatched.without_decoder_and_rule);
        Report {
            events,
            rules,
            decoders,
            files,
            unmatched,
        }
    }
}

impl UnmatchedReport {
    fn new(unmatched: &Unmatched) -> Self {
        let shapes = unmatched.shapes().into_iter();
        let plain = |text: bstr::BString| words::plain(text.as_ref());
        UnmatchedReport {
            without_decoder_and_rule: unmatched.count(Missing::DecoderAndRule),
            without_decoder: unmatched.count(Missing::Decoder),
            without_rule: unmatched.count(Missing::Rule),
            shapes: shapes
                .map(|one| ShapeReport {
                    lines: one.lines,
                    missing: one.missing,
                    program: one.program.map(plain),
                    decoder: one.decoder.map(plain),
                    shape: plain(one.shape),
                    sample: plain(one.sample),
                    location: plain(one.location),
                })
                .collect(),
            in_further_shapes: unmatched.beyond(),
        }
    }
}
