//! What an evaluation did, step by step.
//!
//! A trace is a sink on the one evaluation path: there is no second evaluator for it. With
//! [`NoTrace`] every call is an empty function and compiles away.

use bstr::BStr;

pub use super::correlate::Fitting;
use crate::ruleset::decoder::DecoderId;
use crate::ruleset::rule::RuleId;

/// A part of the road of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Phase 1: the queue message and the header of the line.
    Predecoding,
    /// Phase 2: decoders and their fields.
    Decoding,
    /// Phase 3: the walk of the rule tree.
    Rules,
    /// What is remembered from event to event: searches of composite rules, `if_fts`, `check_diff`,
    /// the accumulator, `ignore`, the steps of the daemon, remembering the event itself.
    State,
}

/// Receives the steps of an evaluation.
pub trait Trace {
    /// Whether decoders and rules are tried, too, of which the engine's index knows beforehand that
    /// they do not match: what the original would have tried. The verdict is the same.
    const EVERYTHING: bool = false;

    /// What was done since the call before this one, or since the evaluation began, belongs to this
    /// stage.
    fn stage(&mut self, stage: Stage) {
        let _ = stage;
    }

    /// The prematch (or program name), the regex or the plugin of a decoder is about to run. The
    /// next call about a decoder is its result.
    fn decoder_begins(&mut self) {}

    /// The prematch or regex of a decoder looked at this text; `rest`: where the text behind its
    /// match begins in it. The next call about a decoder is its result.
    fn decoder_searched(&mut self, text: &BStr, rest: Option<usize>) {
        let _ = (text, rest);
    }

    /// A top-level or child decoder was tried; `matched` says whether its prematch (or program
    /// name) held.
    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        let _ = (decoder, matched);
    }

    /// The regex of a decoder was tried.
    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        let _ = (decoder, matched);
    }

    /// The plugin of a decoder ran.
    fn decoder_plugin(&mut self, decoder: DecoderId) {
        let _ = decoder;
    }

    /// The conditions of a rule are about to be tested.
    fn rule(&mut self, rule: RuleId) {
        let _ = rule;
    }

    /// A condition failed: its position in the order of [`crate::engine::Engine::conditions`], or
    /// one behind the last for the correlation search.
    fn condition_failed(&mut self, rule: RuleId, condition: usize) {
        let _ = (rule, condition);
    }

    /// The search of a composite rule failed. `fitting` counts what it found; it may be asked for
    /// at most once.
    fn search_failed(&mut self, rule: RuleId, fitting: impl FnOnce() -> Fitting) {
        let _ = (rule, fitting);
    }

    /// All conditions of a rule hold.
    fn rule_matched(&mut self, rule: RuleId) {
        let _ = rule;
    }

    /// The children of a rule that matched are about to be tried.
    fn children(&mut self, rule: RuleId) {
        let _ = rule;
    }

    /// None of the children of a rule that matched does, or it has none: the rule is the result,
    /// unless it is one that never is (`noalert`); then the search goes on behind it.
    fn rule_left(&mut self, rule: RuleId) {
        let _ = rule;
    }

    /// The rule of the event is silent until this time, in Unix seconds (`ignore="…"`).
    fn silent(&mut self, rule: RuleId, until: i64) {
        let _ = (rule, until);
    }

    /// The event is one that the rule ignores (`check_if_ignored`).
    fn ignored(&mut self, rule: RuleId) {
        let _ = rule;
    }
}

/// Sees nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTrace;

impl Trace for NoTrace {}

/// One remembered step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// See [`Trace::decoder`].
    Decoder(DecoderId, bool),
    /// See [`Trace::decoder_regex`].
    DecoderRegex(DecoderId, bool),
    /// See [`Trace::rule`].
    Rule(RuleId),
    /// See [`Trace::condition_failed`].
    ConditionFailed(RuleId, usize),
    /// See [`Trace::rule_matched`].
    RuleMatched(RuleId),
    /// See [`Trace::children`].
    Children(RuleId),
}

/// Remembers every step in order, those that the engine's index saves included.
#[derive(Clone, Debug, Default)]
pub struct Steps(pub Vec<Step>);

impl Trace for Steps {
    const EVERYTHING: bool = true;

    fn decoder(&mut self, decoder: DecoderId, matched: bool) {
        self.0.push(Step::Decoder(decoder, matched));
    }

    fn decoder_regex(&mut self, decoder: DecoderId, matched: bool) {
        self.0.push(Step::DecoderRegex(decoder, matched));
    }

    fn rule(&mut self, rule: RuleId) {
        self.0.push(Step::Rule(rule));
    }

    fn condition_failed(&mut self, rule: RuleId, condition: usize) {
        self.0.push(Step::ConditionFailed(rule, condition));
    }

    fn rule_matched(&mut self, rule: RuleId) {
        self.0.push(Step::RuleMatched(rule));
    }

    fn children(&mut self, rule: RuleId) {
        self.0.push(Step::Children(rule));
    }
}
