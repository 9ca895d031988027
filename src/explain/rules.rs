//! What rules and their conditions did.

use super::detail;
use super::recorder::{End, Recorder, Visit};
use crate::engine::Seen;
use crate::engine::conditions::Condition;
use crate::engine::trace::Fitting;
use crate::page::facts::{ConditionFacts, Place};
use crate::page::words::plain;
use crate::ruleset::rule::RuleId;
use crate::source::Sources;
use crate::verdict::Verdict;

/// So many rules are listed at most: hostile rulesets can make an event try a million.
const STEPS: usize = 10_000;

/// A condition that was tested.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct ConditionStep {
    /// What it asks for.
    #[cfg_attr(feature = "cli", serde(flatten))]
    pub facts: ConditionFacts,
    /// The value that it saw; `None`: there is none, or it looks at more than one.
    pub saw: Option<String>,
    /// Whether it holds; `None`: that hangs on earlier events and was not found out.
    pub holds: Option<bool>,
    /// Why it failed.
    pub detail: Option<String>,
}

/// How the try of a rule ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "snake_case"))]
pub enum Outcome {
    /// A condition failed.
    Failed,
    /// All conditions held.
    Matched,
    /// The search ended before all conditions were tested.
    Unfinished,
}

/// A rule that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleStep {
    /// How many rules are above it.
    pub depth: usize,
    /// Its id.
    pub id: u32,
    /// Its level.
    pub level: u32,
    /// Its description.
    pub description: Option<String>,
    /// Where it is defined.
    pub place: Option<Place>,
    /// The conditions that were tested, in order. The last one failed, if one did.
    pub conditions: Vec<ConditionStep>,
    /// How it ended.
    pub outcome: Outcome,
}

/// The rules that were tried, and how many more there were.
pub(super) fn steps<const ALL: bool>(
    sources: &Sources,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
) -> (Vec<RuleStep>, u64) {
    let visits = recorder.visits.iter().take(STEPS);
    let steps = visits.map(|&visit| step(sources, verdict, recorder, visit));
    let more = recorder.visits.len().saturating_sub(STEPS);
    (steps.collect(), more as u64)
}

fn step<const ALL: bool>(
    sources: &Sources,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    visit: Visit,
) -> RuleStep {
    let engine = verdict.engine();
    let rule = engine.ruleset().rules.get(visit.rule);
    let conditions = engine.conditions(visit.rule);
    let (held, outcome) = match visit.end {
        End::Open => (0, Outcome::Unfinished),
        End::Failed(position, _) => (position, Outcome::Failed),
        End::Matched => (conditions.len(), Outcome::Matched),
    };
    let mut steps: Vec<_> = conditions
        .iter()
        .take(held)
        .map(|held| condition(verdict, visit.rule, held, Some(true), None))
        .collect();
    if let End::Failed(position, fitting) = visit.end {
        steps.extend(failed(verdict, recorder, visit.rule, position, fitting));
    }
    RuleStep {
        depth: visit.depth,
        id: rule.sid.0,
        level: rule.level,
        description: rule.description.as_ref().map(|text| plain(text.as_ref())),
        place: rule
            .definitions
            .first()
            .map(|first| Place::of(sources, first.span)),
        conditions: steps,
        outcome,
    }
}

/// The condition of a rule that failed.
pub(super) fn failed<const ALL: bool>(
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    rule: RuleId,
    position: usize,
    fitting: Option<Fitting>,
) -> Option<ConditionStep> {
    let failed = verdict.engine().conditions(rule).get(position)?;
    let detail = detail::of_condition(verdict, recorder, rule, failed, fitting);
    Some(condition(verdict, rule, failed, Some(false), detail))
}

/// A condition and what it saw.
pub(super) fn condition(
    verdict: &Verdict<'_>,
    rule: RuleId,
    condition: &Condition,
    holds: Option<bool>,
    detail: Option<String>,
) -> ConditionStep {
    let ruleset = verdict.engine().ruleset();
    ConditionStep {
        facts: ConditionFacts::new(ruleset, ruleset.rules.get(rule), condition),
        saw: match verdict.seen(condition) {
            Seen::Value(value) => Some(plain(value)),
            Seen::Length(length) => Some(format!("{length} bytes")),
            Seen::Arrival(moment) => Some(detail::arrival(moment)),
            Seen::Absent | Seen::Several => None,
        },
        holds,
        detail,
    }
}
