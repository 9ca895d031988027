//! The trace of an evaluation, remembered.

use bstr::{BStr, BString};

use crate::engine::trace::{Fitting, Trace};
use crate::ruleset::decoder::DecoderId;
use crate::ruleset::rule::RuleId;

/// A prematch or regex that was run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Searched {
    /// Which text, and where in it the search began.
    text: (usize, usize),
    /// Where the text behind the match begins, counted from there.
    pub(super) rest: Option<usize>,
}

/// What of a decoder was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Its program name and prematch.
    Head,
    Regex,
    Plugin,
}

/// A decoder that was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) decoder: DecoderId,
    pub(super) part: Part,
    pub(super) matched: bool,
    pub(super) searched: Option<Searched>,
}

/// How the try of a rule ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// It was not finished.
    Open,
    /// This condition failed.
    Failed(usize, Option<Fitting>),
    /// All conditions held.
    Matched,
}

/// A rule that was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) rule: RuleId,
    /// The visit of the rule above it.
    pub(super) above: Option<usize>,
    /// How many rules are above it.
    pub(super) depth: usize,
    pub(super) end: End,
}

/// Remembers all steps. With `ALL`, also those of decoders and rules of which the index knows
/// beforehand that they do not match.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder<const ALL: bool> {
    /// The texts that decoders searched. Most are ends of the one before, which are not kept again.
    texts: Vec<BString>,
    searched: Option<Searched>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) visits: Vec<Visit>,
    /// The visits of the rules that matched, down to where the walk is.
    path: Vec<usize>,
    fitting: Option<Fitting>,
    /// The visit that was left last: that of the result, if there is one.
    pub(super) left: Option<usize>,
    /// The rule of the event is silent until then.
    pub(super) silent: Option<(RuleId, i64)>,
    /// The rule of the event ignores it.
    pub(super) ignored: Option<RuleId>,
}

impl<const ALL: bool> Recorder<ALL> {
    /// The text that was searched.
    pub(super) fn text(&self, searched: Searched) -> &BStr {
        let (text, start) = searched.text;
        let text = self.texts.get(text).map_or(&[][..], |text| text.as_slice());
        text.get(start..).unwrap_or_default().into()
    }

    fn attempt(&mut self, decoder: DecoderId, part: Part, matched: bool) {
        let searched = self.searched.take();
        self.attempts.push(Attempt {
            decoder,
            part,
            matched,
            searched,
        });
    }

    fn end(&mut self, end: End) {
        if let Some(visit) = self.visits.last_mut() {
            visit.end = end;
        }
    }
}

impl<const ALL: bool> Trace for Recorder<ALL> {
    const EVERYTHING: bool = ALL;

    fn decoder_begins(&mut self) {
        self.searched = None;
    }

    fn decoder_searched(&mut self, text: &BStr, rest: Option<usize>) {
        let known = self.texts.last().filter(|last| last.ends_with(text));
        let start = known.map(|last| last.len() - text.len());
        let start = start.unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            0
        });
        let text = (self.texts.len() - 1, start);
        self.searched = Some(Searched { text, rest });
    }

    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        self.attempt(decoder, Part::Head, matched);
    }

    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        self.attempt(decoder, Part::Regex, matched);
    }

    fn decoder_plugin(&mut self, decoder: DecoderId) {
        self.attempt(decoder, Part::Plugin, true);
    }

    fn rule(&mut self, rule: RuleId) {
        self.fitting = None;
        self.visits.push(Visit {
            rule,
            above: self.path.last().copied(),
            depth: self.path.len(),
            end: End::Open,
        });
    }

    fn condition_failed(&mut self, _: RuleId, condition: usize) {
        let fitting = self.fitting.take();
        self.end(End::Failed(condition, fitting));
    }

    fn search_failed(&mut self, _: RuleId, fitting: impl FnOnce() -> Fitting) {
        self.fitting = Some(fitting());
    }

    fn rule_matched(&mut self, _: RuleId) {
        self.end(End::Matched);
        self.path.extend(self.visits.len().checked_sub(1));
    }

    fn rule_left(&mut self, _: RuleId) {
        self.left = self.path.pop();
    }

    fn silent(&mut self, rule: RuleId, until: i64) {
        self.silent = Some((rule, until));
    }

    fn ignored(&mut self, rule: RuleId) {
        self.ignored = Some(rule);
    }
}
