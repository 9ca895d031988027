//! Why a rule is the result of an event, or why it is not.

use std::collections::{HashMap, HashSet};

use super::detail::named;
use super::recorder::{End, Recorder, Visit};
use super::rules::{self, ConditionStep};
use crate::page::Ways;
use crate::page::facts::{Place, RuleLine};
use crate::ruleset::Ruleset;
use crate::ruleset::rule::{Rule, RuleId};
use crate::source::Sources;
use crate::verdict::Verdict;

/// So many reasons are told: a rule below a whole group of rules has hundreds of ways.
const REASONS: usize = 5;

/// What stood in the way of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "snake_case"))]
pub enum ReasonKind {
    /// Nothing: it is the result.
    Result,
    /// It matched, and a rule below it did, too.
    ChildMatched,
    /// It matched, and is one that never is the result.
    NeverResult,
    /// It matched, but it is silent for a time, and the rule above it is reported.
    Silent,
    /// A condition of it, or of a rule above it, failed.
    Condition,
    /// A sibling of it, or of a rule above it, came first.
    CameFirst,
    /// It stands below a top-level rule for events of another category.
    Category,
    /// It has no place in the tree.
    NoPlace,
    /// The search ended before: hostile trees have more places than can be walked.
    NotReached,
}

/// What stood in the way on one way down to a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Reason {
    /// What it was.
    pub kind: ReasonKind,
    /// The rule at which the way ended: the one asked for, or one above it.
    pub at: u32,
    /// The ids on the way down, the rule asked for at the end.
    pub way: Vec<u32>,
    /// The condition that failed.
    pub condition: Option<ConditionStep>,
    /// The rule that came first, or the one below that matched.
    pub other: Option<RuleLine>,
    /// What it was, as a sentence; the condition and its detail say more.
    pub sentence: String,
}

/// Why a rule is the result, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Answer {
    /// The rule.
    pub rule: RuleLine,
    /// Where it is defined.
    pub place: Option<Place>,
    /// It is the result.
    pub wins: bool,
    /// What stood in the way, the way that led farthest first.
    pub reasons: Vec<Reason>,
    /// So many more ways ended for other reasons.
    pub more: usize,
    /// Its own conditions with this event, whether it was reached or not.
    pub conditions: Vec<ConditionStep>,
}

pub(super) fn of<const ALL: bool>(
    sources: &Sources,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    target: RuleId,
) -> Answer {
    let engine = verdict.engine();
    let ruleset = engine.ruleset();
    let rule = ruleset.rules.get(target);
    let mut reasons = Search::new(verdict, recorder, target).reasons();
    let more = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    // What hangs on earlier events was found out if the rule was tried.
    let failed = reasons
        .iter()
        .filter(|reason| reason.at == rule.sid.0)
        .find_map(|reason| reason.condition.clone());
    let conditions = engine.conditions(target).iter().zip(verdict.meets(target));
    let conditions = conditions.map(|(test, holds)| {
        let step = rules::condition(verdict, target, test, holds, None);
        match &failed {
            Some(failed) if holds.is_none() && failed.facts == step.facts => failed.clone(),
            _ => step,
        }
    });
    Answer {
        rule: RuleLine::of(rule),
        place: rule
            .definitions
            .first()
            .map(|first| Place::of(sources, first.span)),
        wins: verdict.rule_id() == Some(target),
        reasons,
        more,
        conditions: conditions.collect(),
    }
}

/// Why the event has its rule, and what becomes of it.
pub(super) fn why<const ALL: bool>(verdict: &Verdict<'_>, recorder: &Recorder<ALL>) -> Vec<String> {
    let ruleset = verdict.engine().ruleset();
    let mut sentences = Vec::new();
    if let Some((id, until)) = recorder.silent {
        let seconds = until.saturating_sub(verdict.moment().seconds);
        let silent = named(ruleset.rules.get(id));
        sentences.push(format!(
            "{silent} matched, but it is silent for {seconds} more seconds (`ignore`)"
        ));
    }
    let Some((id, rule)) = verdict.rule_id().zip(verdict.rule()) else {
        sentences.push(format!(
            "no rule: of the top-level rules for the category `{}` none matched, or only ones that \
             are never the result (`noalert`)",
            verdict.category().name()
        ));
        return sentences;
    };
    if recorder.silent.is_none_or(|(silent, _)| silent == id) {
        sentences.push(format!(
            "{} is the result: {}",
            named(rule),
            nothing_below(ruleset, id)
        ));
    } else {
        sentences.push(format!(
            "{} is the rule above it, and reported instead",
            named(rule)
        ));
    }
    sentences.push(consequence(ruleset, rule, verdict, recorder));
    sentences
}

fn nothing_below(ruleset: &Ruleset, id: RuleId) -> String {
    match Ways::new(ruleset, id).children().len() {
        0 => "all its conditions hold, and it has no children".to_owned(),
        1 => "all its conditions hold, and its one child does not match".to_owned(),
        count => format!("all its conditions hold, and none of its {count} children matches"),
    }
}

fn consequence<const ALL: bool>(
    ruleset: &Ruleset,
    rule: &Rule,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
) -> String {
    let level = rule.level;
    if verdict.alert() {
        format!("an alert is due (level {level})")
    } else if level == 0 {
        "no alert: level 0".to_owned()
    } else if recorder.silent.is_some() {
        "no alert: it is silent".to_owned()
    } else if recorder.ignored.is_some() {
        "no alert: the event is one that the rule ignores (`check_if_ignored`)".to_owned()
    } else {
        let least = ruleset.options.log_alert_level;
        format!(
            "no alert: its level is {level}, alerts begin at {least}, or the rule says `no_log`"
        )
    }
}

/// The ways down to a rule, compared with the way that the event took.
struct Search<'s, const ALL: bool> {
    verdict: &'s Verdict<'s>,
    recorder: &'s Recorder<ALL>,
    ruleset: &'s Ruleset,
    target: RuleId,
    /// The visit of each rule below each visit.
    visits: HashMap<(Option<usize>, RuleId), usize>,
    /// The visit at which the search ended, and those above it, by what is above them.
    taken: HashMap<Option<usize>, usize>,
    found: Option<usize>,
}

impl<'s, const ALL: bool> Search<'s, ALL> {
    fn new(verdict: &'s Verdict<'s>, recorder: &'s Recorder<ALL>, target: RuleId) -> Self {
        let mut visits = HashMap::new();
        for (at, visit) in recorder.visits.iter().enumerate() {
            visits.entry((visit.above, visit.rule)).or_insert(at);
        }
        let found = recorder.left.filter(|_| verdict.rule_id().is_some());
        let chain = std::iter::successors(found, |&at| recorder.visits.get(at)?.above);
        let taken = chain.filter_map(|at| Some((recorder.visits.get(at)?.above, at)));
        Search {
            verdict,
            recorder,
            ruleset: verdict.engine().ruleset(),
            target,
            taken: taken.collect(),
            visits,
            found,
        }
    }

    fn reasons(&self) -> Vec<Reason> {
        if self.verdict.rule_id() == Some(self.target) {
            let sentence = "it is the result".to_owned();
            return vec![self.reason(ReasonKind::Result, self.target, &[self.target], sentence)];
        }
        let ways = Ways::new(self.ruleset, self.target).paths();
        if ways.is_empty() {
            let sentence = "it has no place in the tree: no event ever comes to it".to_owned();
            return vec![self.reason(ReasonKind::NoPlace, self.target, &[self.target], sentence)];
        }
        let mut found: Vec<(usize, Reason)> = ways
            .into_iter()
            .map(|mut way| {
                way.push(self.target);
                self.follow(&way)
            })
            .collect();
        found.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
        let mut told = HashSet::new();
        found.retain(|(_, reason)| {
            let other = reason.other.as_ref().map(|other| other.id);
            told.insert((reason.kind, reason.at, other))
        });
        found.into_iter().map(|(_, reason)| reason).collect()
    }

    /// How far the event came on a way, and what stopped it.
    fn follow(&self, way: &[RuleId]) -> (usize, Reason) {
        let mut above = None;
        for (depth, &rule) in way.iter().enumerate() {
            let Some(&at) = self.visits.get(&(above, rule)) else {
                return (depth, self.not_tried(way, depth, above));
            };
            match self.recorder.visits.get(at).map(|visit| visit.end) {
                Some(End::Matched) => above = Some(at),
                Some(End::Failed(position, fitting)) => {
                    let condition =
                        rules::failed(self.verdict, self.recorder, rule, position, fitting);
                    return (depth, self.condition_failed(way, rule, condition));
                }
                Some(End::Open) | None => {
                    let sentence = "the search ended before all its conditions were tested";
                    let reason =
                        self.reason(ReasonKind::NotReached, rule, way, sentence.to_owned());
                    return (depth, reason);
                }
            }
        }
        (way.len(), self.matched(way, above))
    }

    /// The rule matched and still is not the result.
    fn matched(&self, way: &[RuleId], at: Option<usize>) -> Reason {
        let winner = self.found.and_then(|found| self.recorder.visits.get(found));
        if at.is_some() && at == self.found {
            let sentence =
                "it matched, but it is silent for a time (`ignore`): the rule above it is reported";
            return self.reason(ReasonKind::Silent, self.target, way, sentence.to_owned());
        }
        if let Some(winner) = winner
            && self.taken.contains_key(&at)
        {
            let sentence = format!(
                "it matched, and so did rule {} below it: the deepest rule is the result",
                self.sid(winner.rule)
            );
            let mut reason = self.reason(ReasonKind::ChildMatched, self.target, way, sentence);
            reason.other = Some(self.line(winner));
            return reason;
        }
        let sentence = "it matched, none of its children did, and it is never the result (`noalert`): the search went on behind it";
        self.reason(
            ReasonKind::NeverResult,
            self.target,
            way,
            sentence.to_owned(),
        )
    }

    fn condition_failed(
        &self,
        way: &[RuleId],
        rule: RuleId,
        condition: Option<ConditionStep>,
    ) -> Reason {
        let who = self.relation(way, rule);
        let sentence = match &condition {
            Some(step) => format!("{who} was tried, and its `{}` fails", step.facts.element),
            None => format!("{who} was tried and failed"),
        };
        let mut reason = self.reason(ReasonKind::Condition, rule, way, sentence);
        reason.condition = condition;
        reason
    }

    /// A rule on the way was not tried, although the one above it matched.
    fn not_tried(&self, way: &[RuleId], depth: usize, above: Option<usize>) -> Reason {
        let rule = way[depth];
        let who = self.relation(way, rule);
        let wanted = self.ruleset.rules.get(rule).category;
        if depth == 0 && wanted != self.verdict.category() {
            let sentence = format!(
                "{who} is for events of the category `{}`, and this one is of the category `{}`{}",
                wanted.name(),
                self.verdict.category().name(),
                match self.verdict.decoder_name() {
                    Some(decoder) => format!(", which its decoder `{decoder}` gives it"),
                    None => ", as no decoder matched".to_owned(),
                }
            );
            return self.reason(ReasonKind::Category, rule, way, sentence);
        }
        let first = self.taken.get(&above);
        let Some(first) = first.and_then(|&at| self.recorder.visits.get(at)) else {
            let sentence = format!("{who} was not reached before the search ended");
            return self.reason(ReasonKind::NotReached, rule, way, sentence);
        };
        let place = match depth.checked_sub(1).map(|parent| way[parent]) {
            Some(parent) => format!("below rule {}", self.sid(parent)),
            None => "at the top of the tree".to_owned(),
        };
        let sentence = format!(
            "{who} was not tried: rule {} comes first {place}, and matched",
            self.sid(first.rule)
        );
        let mut reason = self.reason(ReasonKind::CameFirst, rule, way, sentence);
        reason.other = Some(self.line(first));
        reason
    }

    /// How a rule on the way stands to the one asked for.
    fn relation(&self, way: &[RuleId], rule: RuleId) -> String {
        let sid = self.sid(rule);
        match way {
            [.., last] if *last == rule => "it".to_owned(),
            [.., parent, _] if *parent == rule => format!("its parent {sid}"),
            _ => format!("rule {sid} above it"),
        }
    }

    fn reason(&self, kind: ReasonKind, at: RuleId, way: &[RuleId], sentence: String) -> Reason {
        Reason {
            kind,
            at: self.sid(at),
            way: way.iter().map(|&rule| self.sid(rule)).collect(),
            condition: None,
            other: None,
            sentence,
        }
    }

    fn line(&self, visit: &Visit) -> RuleLine {
        RuleLine::of(self.ruleset.rules.get(visit.rule))
    }

    fn sid(&self, rule: RuleId) -> u32 {
        self.ruleset.rules.get(rule).sid.0
    }
}
