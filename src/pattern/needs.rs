//! What every input has that a pattern matches: the ground of the engine's index of candidates.
//!
//! Each engine names the texts that its matches cannot do without; [`Candidates`] picks the set
//! that rules out most. Everything here is only *necessary*: a filter may skip what cannot match,
//! the pattern itself decides about the rest.
//!
//! | engine | its texts come from |
//! |---|---|
//! | osmatch | its alternatives |
//! | osregex, native machine | runs of literals that the machine never forgives |
//! | osregex translated, pcre2 | the syntax tree of the `regex` crate ([`hir`]) |
//! | PCRE2 itself | nothing is known |

pub(super) mod hir;
#[cfg(test)]
mod tests;

use super::literal::{is_rare, rank};

/// A text that the input must have. ASCII letters are in lower case; the input has them in either
/// case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeededText {
    /// The text; never empty.
    pub(crate) text: Box<[u8]>,
    /// At the very beginning of the input.
    pub(crate) begins: bool,
    /// At the very end of the input.
    pub(crate) ends: bool,
}

/// A condition that every input meets which the pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing is known.
    Anything,
    /// One of these; none: the pattern never matches.
    OneOf(Vec<NeededText>),
}

/// Most texts of one pattern: a filter must not grow with hostile patterns.
pub(super) const MOST_TEXTS: usize = 64;
/// Longest text, in bytes. More would hardly rule out more.
pub(super) const LONGEST_TEXT: usize = 32;
/// A shorter text that may stand anywhere is in almost every line unless it is a rare sign, in
/// bytes.
const SHORTEST_INSIDE: usize = 2;

impl NeededText {
    /// A text in any case, cut to a length that a filter can afford.
    pub(super) fn new(text: &[u8], begins: bool, ends: bool) -> Self {
        let whole = text.len() <= LONGEST_TEXT;
        let cut = if whole {
            text
        } else if ends && !begins {
            &text[text.len() - LONGEST_TEXT..]
        } else {
            &text[..LONGEST_TEXT]
        };
        NeededText {
            text: cut.to_ascii_lowercase().into(),
            begins,
            ends: ends && (whole || !begins),
        }
    }

    /// Whether a filter gains anything by it.
    fn is_selective(&self) -> bool {
        match *self.text {
            [byte] => self.begins || is_rare(byte),
            _ => self.text.len() >= SHORTEST_INSIDE,
        }
    }

    /// How much it rules out; only the order counts.
    fn weight(&self) -> Weight {
        let anchors = 2 * usize::from(self.begins) + usize::from(self.ends);
        let commonness = self.text.iter().map(|&byte| rank(byte)).min();
        Weight {
            length: (self.text.len() + anchors) as i32,
            rarity: -(commonness.flatten().map_or(-1, |rank| rank as i32)),
        }
    }

    /// Whether every input that meets `other` meets this one, too.
    fn follows_from(&self, other: &NeededText) -> bool {
        let (text, other_text) = (&*self.text, &*other.text);
        let placed = match (self.begins, self.ends) {
            (false, false) => memchr::memmem::find(other_text, text).is_some(),
            (true, false) => other.begins && other_text.starts_with(text),
            (false, true) => other.ends && other_text.ends_with(text),
            (true, true) => other.begins && other.ends && other_text == text,
        };
        placed && text.len() <= other_text.len()
    }
}

/// Longer is better, then rarer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    length: i32,
    rarity: i32,
}

impl Needs {
    /// What an input needs that meets at least one of these.
    pub(super) fn any_of(members: impl IntoIterator<Item = Needs>) -> Needs {
        let mut all: Vec<NeededText> = Vec::new();
        for member in members {
            let Needs::OneOf(texts) = member else {
                return Needs::Anything;
            };
            for text in texts {
                if !all.iter().any(|known| known.follows_from(&text)) {
                    all.retain(|known| !text.follows_from(known));
                    all.push(text);
                }
            }
            if all.len() > MOST_TEXTS {
                return Needs::Anything;
            }
        }
        Needs::OneOf(all)
    }

    /// One text, if it is worth it.
    pub(super) fn one(text: &[u8], begins: bool, ends: bool) -> Needs {
        let mut candidates = Candidates::default();
        candidates.offer(vec![NeededText::new(text, begins, ends)]);
        candidates.best()
    }

    /// No input matches.
    pub(super) const NEVER: Needs = Needs::OneOf(Vec::new());
}

/// Sets of texts of each of which every match has a member; the best one is kept.
#[derive(Default)]
pub(super) struct Candidates {
    best: Option<(Weight, Vec<NeededText>)>,
}

impl Candidates {
    /// One more set. It is only as good as its worst member, and large sets cost.
    pub(super) fn offer(&mut self, texts: Vec<NeededText>) {
        if texts.len() > MOST_TEXTS || !texts.iter().all(NeededText::is_selective) {
            return;
        }
        let Some(worst) = texts.iter().map(NeededText::weight).min() else {
            return;
        };
        let weight = Weight {
            length: worst.length - 2 * texts.len().ilog2() as i32,
            ..worst
        };
        if self.best.as_ref().is_none_or(|(best, _)| weight > *best) {
            self.best = Some((weight, texts));
        }
    }

    /// The best set.
    pub(super) fn best(self) -> Needs {
        match self.best {
            Some((_, texts)) => Needs::any_of([Needs::OneOf(texts)]),
            None => Needs::Anything,
        }
    }
}
