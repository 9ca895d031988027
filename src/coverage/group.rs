//! Lines that lack the same and have one shape.

use bstr::BString;

use crate::verdict::Verdict;

/// What an event lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "cli",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Missing {
    /// Both.
    DecoderAndRule,
    /// A decoder: a rule matched all the same, mostly one for words that any log may have.
    Decoder,
    /// A rule.
    Rule,
}

impl Missing {
    /// What the event lacks, if it lacks anything.
    pub fn of(verdict: &Verdict<'_>) -> Option<Missing> {
        match (verdict.decoder(), verdict.rule_id()) {
            (None, None) => Some(Missing::DecoderAndRule),
            (None, Some(_)) => Some(Missing::Decoder),
            (Some(_), None) => Some(Missing::Rule),
            (Some(_), Some(_)) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) missing: Missing,
    pub(super) program: Option<BString>,
    pub(super) decoder: Option<BString>,
    pub(super) shape: BString,
}

/// Lines of one shape.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What they lack.
    pub missing: Missing,
    /// The program name, numbers collapsed.
    pub program: Option<BString>,
    /// The decoder.
    pub decoder: Option<BString>,
    /// What they have in common, see [`shape`](super::shape()).
    pub shape: BString,
    /// So many.
    pub lines: u64,
    /// Where the first comes from.
    pub location: BString,
    /// The beginning of the first.
    pub sample: BString,
}

impl Shape {
    /// What tells it from others.
    pub(super) fn key(&self) -> Key {
        Key {
            missing: self.missing,
            program: self.program.clone(),
            decoder: self.decoder.clone(),
            shape: self.shape.clone(),
        }
    }
}
