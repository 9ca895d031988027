//! Why an event has the verdict that it has, and why not another one.
//!
//! ```text
//! Session::evaluate_traced ─▶ Recorder ─▶ Explanation      what was tried, step by step
//!                                     └─▶ Answer           why this rule is not the result
//! ```
//!
//! Everything comes from the engine's own trace of the one evaluation, so an explanation cannot
//! disagree with the verdict. What a step adds (the value that a condition saw, how far a pattern
//! got) is worked out afterwards, by the functions that the engine itself uses.
//!
//! | file | holds |
//! |---|---|
//! | `recorder.rs` | the trace, remembered |
//! | `decoding.rs` | steps of decoders |
//! | `rules.rs` | steps of rules and their conditions |
//! | `detail.rs` | why a condition failed, as a sentence |
//! | `answer.rs` | why a rule is not the result |

mod answer;
mod decoding;
mod detail;
mod recorder;
mod rules;

pub use answer::{Answer, Reason, ReasonKind};
pub use decoding::{DecoderStep, DecoderTest, NamedValue};
pub use rules::{ConditionStep, Outcome, RuleStep};

use crate::engine::{Moment, Rejection, Session};
use crate::page::facts::RuleLine;
use crate::page::words::plain;
use crate::ruleset::Ruleset;
use crate::ruleset::rule::Sid;
use crate::source::Sources;
use crate::verdict::Verdict;
use recorder::Recorder;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Detail {
    /// The decoders and rules that the engine's index left for this event.
    #[default]
    Candidates,
    /// All that the original would have tried.
    Everything,
}

/// An event to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Where it comes from.
    pub location: &'a [u8],
    /// The log line.
    pub line: &'a [u8],
    /// When it arrives.
    pub at: Moment,
}

/// What happened to an event. Text is printable: control characters are escaped, invalid UTF-8 is
/// replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Explanation {
    /// The line as it came.
    pub line: String,
    /// Host name of the header, or the engine's own.
    pub hostname: String,
    /// Program name of the header.
    pub program_name: Option<String>,
    /// What decoders and rules see of the line.
    pub log: String,
    /// The decoders that were tried, in order.
    pub decoders: Vec<DecoderStep>,
    /// The decoder of the event.
    pub decoder: Option<String>,
    /// What rules can test.
    pub fields: Vec<NamedValue>,
    /// The category: which top-level rules are tried.
    pub category: &'static str,
    /// The rules that were tried, in order.
    pub rules: Vec<RuleStep>,
    /// So many more were tried and are not listed.
    pub more_rules: u64,
    /// The rule of the event.
    pub rule: Option<RuleLine>,
    /// An alert is due.
    pub alert: bool,
    /// Why it is this rule, and why there is an alert or none; sentences.
    pub why: Vec<String>,
}

/// Evaluates an event and explains it. The session goes on as after
/// [`Session::evaluate`](crate::engine::Session::evaluate).
///
/// ```
/// use std::sync::Arc;
/// use ossia::explain::{Detail, Subject, explain};
/// use ossia::ruleset::rule::Sid;
/// use ossia::{Engine, Moment, Session, SessionOptions, config};
///
/// let inputs = config::from_files(config::embedded::files(), None);
/// let engine = Arc::new(Engine::new(ossia::ruleset::build(&inputs).0));
/// let mut session = Session::new(engine, SessionOptions::default());
/// let line = b"Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2";
/// let at = Moment { seconds: 1_700_000_000, utc_offset: 0 };
/// let subject = Subject { location: b"stdin", line, at };
/// let explained = explain(&inputs.sources, &mut session, subject, Detail::Candidates)?;
/// assert_eq!(explained.rule.unwrap().id, 5716);
/// # Ok::<(), ossia::engine::Rejection>(())
/// ```
///
/// # Errors
/// The line is rejected or dropped before the rules.
pub fn explain(
    sources: &Sources,
    session: &mut Session,
    subject: Subject<'_>,
    detail: Detail,
) -> Result<Explanation, Rejection> {
    let engine = std::sync::Arc::clone(session.engine());
    let ruleset = engine.ruleset();
    match detail {
        Detail::Candidates => {
            let mut recorder = Recorder::<false>::default();
            let verdict = evaluate(session, subject, &mut recorder)?;
            Ok(explanation(sources, ruleset, &verdict, &recorder))
        }
        Detail::Everything => {
            let mut recorder = Recorder::<true>::default();
            let verdict = evaluate(session, subject, &mut recorder)?;
            Ok(explanation(sources, ruleset, &verdict, &recorder))
        }
    }
}

/// Evaluates an event and says why a rule is its result or not; `None`: there is no such rule.
///
/// # Errors
/// As [`explain`].
pub fn why_not(
    sources: &Sources,
    session: &mut Session,
    subject: Subject<'_>,
    sid: Sid,
) -> Result<Option<(Explanation, Answer)>, Rejection> {
    let engine = std::sync::Arc::clone(session.engine());
    let ruleset = engine.ruleset();
    let Some(rule) = ruleset.rules.find(sid) else {
        return Ok(None);
    };
    let mut recorder = Recorder::<true>::default();
    let verdict = evaluate(session, subject, &mut recorder)?;
    let explanation = explanation(sources, ruleset, &verdict, &recorder);
    let answer = answer::of(sources, &verdict, &recorder, rule);
    Ok(Some((explanation, answer)))
}

fn evaluate<'s, const ALL: bool>(
    session: &'s mut Session,
    subject: Subject<'_>,
    recorder: &mut Recorder<ALL>,
) -> Result<Verdict<'s>, Rejection> {
    let Subject { location, line, at } = subject;
    session.evaluate_traced(location, line, at, recorder)
}

fn explanation<const ALL: bool>(
    sources: &Sources,
    ruleset: &Ruleset,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
) -> Explanation {
    let (steps, more_rules) = rules::steps(sources, verdict, recorder);
    let value = |(name, value)| NamedValue::new(name, value);
    Explanation {
        line: plain(verdict.full_log()),
        hostname: plain(verdict.hostname()),
        program_name: verdict.program_name().map(plain),
        log: plain(verdict.log()),
        decoders: decoding::steps(sources, ruleset, verdict, recorder),
        decoder: verdict.decoder_name().map(plain),
        fields: verdict.values().into_iter().map(value).collect(),
        category: verdict.category().name(),
        rules: steps,
        more_rules,
        rule: verdict.rule().map(RuleLine::of),
        alert: verdict.alert(),
        why: answer::why(verdict, recorder),
    }
}
