//! What a pattern needs, worked out for comparison with a text.

use smallvec::SmallVec;

use super::Filtering;
use super::grams::{Edge, FirstKinds, Gram, Kinds, Pieces, Start, THERE, kinds};
use crate::pattern::{ByteSet, NeededText, Needs, Pattern};
use crate::ruleset::expression::{Expression, Test};

/// Pieces of one needed text that are looked for, and single bytes of one pattern.
pub(super) const MOST_GRAMS: usize = 4;
const MOST_BYTES: usize = 4;
const MOST_PAIRS: usize = 4;

/// What a text must have for a pattern to match it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe(Option<Box<Needed>>);

/// All of this.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    /// One of these texts; none: no text matches.
    texts: Option<Box<[Alternative]>>,
    /// Of what the first bytes are, as far as there are any.
    first: Vec<ByteSet>,
    /// Each of these bytes is somewhere, the rarest first.
    bytes: SmallVec<[u8; MOST_BYTES]>,
    /// Each of these bytes is somewhere with one of these kinds directly behind it.
    pairs: SmallVec<[(u8, Kinds); MOST_PAIRS]>,
}

/// A needed text.
#[derive(Clone, Debug, Default)]
pub(super) struct Alternative {
    /// How the text begins.
    pub(super) begins: Option<Edge>,
    pub(super) ends: Option<Edge>,
    /// Pieces that are somewhere in it, the rarest first.
    pub(super) grams: SmallVec<[Gram; MOST_GRAMS]>,
    /// The bytes of a text that is too short for pieces.
    bytes: SmallVec<[u8; 2]>,
}

impl Probe {
    /// What the text of a pattern needs.
    pub(crate) fn of_pattern(pattern: Option<&Pattern>, filtering: Filtering) -> Self {
        match (pattern, filtering) {
            (Some(pattern), Filtering::On) => Needed::of(pattern).into(),
            _ => Probe(None),
        }
    }

    /// What the text of a condition needs.
    pub(crate) fn of_expression(expression: &Expression, filtering: Filtering) -> Self {
        match (&expression.test, expression.negated, filtering) {
            (Test::Matches(pattern), false, _) => Probe::of_pattern(Some(pattern), filtering),
            (Test::Equals(text), false, Filtering::On) => {
                let text = NeededText {
                    text: text.to_ascii_lowercase().into(),
                    begins: true,
                    ends: true,
                };
                let texts = [Alternative::new(&text)];
                Needed {
                    texts: Some(texts.into()),
                    first: Vec::new(),
                    bytes: SmallVec::new(),
                    pairs: SmallVec::new(),
                }
                .into()
            }
            _ => Probe(None),
        }
    }

    /// Whether nothing is known.
    #[inline]
    pub(crate) fn is_any(&self) -> bool {
        self.0.is_none()
    }

    /// Takes the other one if a member is rather filed by that: beginnings are found with less work
    /// than pieces.
    pub(crate) fn prefer(&mut self, other: &Probe) {
        let rank = |probe: &Probe| match probe.keys() {
            Keys::None => 0,
            Keys::First(_) => 1,
            Keys::Texts(texts) if texts.iter().any(|text| text.begins.is_none()) => 2,
            Keys::Texts(_) => 3,
        };
        if rank(other) > rank(self) {
            *self = other.clone();
        }
    }

    /// By what a member can be filed.
    pub(super) fn keys(&self) -> Keys<'_> {
        let Some(needed) = &self.0 else {
            return Keys::None;
        };
        let has_key = |text: &Alternative| text.begins.is_some() || !text.grams.is_empty();
        match (&needed.texts, needed.first.first()) {
            (Some(texts), _) if texts.iter().all(has_key) => Keys::Texts(texts),
            (_, Some(first)) => Keys::First(first),
            _ => Keys::None,
        }
    }

    /// Whether the text may match. `pieces` are those of the text or of one that contains it up to
    /// its end.
    #[inline]
    pub(crate) fn may_match<'p>(&self, text: &[u8], pieces: impl FnOnce() -> &'p Pieces) -> bool {
        match &self.0 {
            Some(needed) => needed.may_match(text, pieces),
            None => true,
        }
    }
}

/// The part of a probe that is small enough to stand in a list: what rules most members out that
/// nothing else rules out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    /// Of what kinds the first bytes are.
    first: FirstKinds,
    /// Bytes that are somewhere, and of what kinds the next one is, or [`THERE`]; no kinds: none.
    somewhere: [(u8, Kinds); GUARDED],
}

/// So many bytes and pairs of a probe are in its guard.
const GUARDED: usize = 4;

impl Guard {
    /// Nothing is known.
    pub(super) const ANY: Guard = Guard {
        first: FirstKinds::ANY,
        somewhere: [(0, 0); GUARDED],
    };

    /// Whether the text may match, which begins with bytes of these kinds.
    #[inline]
    pub(super) fn may_match<'p>(
        &self,
        first: FirstKinds,
        pieces: impl FnOnce() -> &'p Pieces,
    ) -> bool {
        if !self.first.meet(first) {
            return false;
        }
        if self.somewhere[0].1 == 0 {
            return true;
        }
        let pieces = pieces();
        let mut somewhere = self.somewhere.iter();
        somewhere.all(|&(byte, kinds)| kinds == 0 || pieces.has_behind(byte, kinds))
    }
}

impl Probe {
    pub(super) fn guard(&self) -> Guard {
        let mut guard = Guard::ANY;
        let Some(needed) = &self.0 else {
            return guard;
        };
        guard.first = FirstKinds::wanted(&needed.first);
        let pairs = needed.pairs.iter().copied();
        let bytes = needed.bytes.iter().map(|&byte| (byte, THERE));
        for (place, wanted) in guard.somewhere.iter_mut().zip(pairs.chain(bytes)) {
            *place = wanted;
        }
        guard
    }
}

impl From<Needed> for Probe {
    fn from(needed: Needed) -> Self {
        let something = needed.texts.is_some()
            || !needed.first.is_empty()
            || !needed.bytes.is_empty()
            || !needed.pairs.is_empty();
        Probe(something.then(|| Box::new(needed)))
    }
}

/// By what a member of a list can be filed.
pub(super) enum Keys<'p> {
    /// By nothing.
    None,
    /// By each of these texts: by how it begins, or by its rarest piece.
    Texts(&'p [Alternative]),
    /// By its first byte.
    First(&'p ByteSet),
}

impl Needed {
    fn of(pattern: &Pattern) -> Self {
        let (needs, bytes) = pattern.needs();
        let texts = match needs {
            Needs::Anything => None,
            Needs::OneOf(texts) => Some(texts),
        };
        let listed = |byte: u8| match texts.as_deref() {
            Some([only]) => only.text.contains(&byte),
            _ => false,
        };
        let mut somewhere: Vec<u8> = (0..=u8::MAX)
            .filter(|&byte| bytes.somewhere.contains(byte) && !listed(byte))
            .collect();
        somewhere.sort_by_key(|&byte| std::cmp::Reverse(rarity(byte)));
        let mut pairs: Vec<(u8, Kinds)> = bytes
            .pairs
            .iter()
            .map(|pair| (pair.byte, kinds(pair.next)))
            .collect();
        pairs.sort_by_key(|&(byte, kinds)| (kinds.count_ones(), std::cmp::Reverse(rarity(byte))));
        pairs.dedup();
        Needed {
            texts: texts.map(|texts| texts.iter().map(Alternative::new).collect()),
            first: bytes
                .first
                .into_iter()
                .take_while(|&set| set != ByteSet::ALL)
                .collect(),
            bytes: somewhere.into_iter().take(MOST_BYTES).collect(),
            pairs: pairs.into_iter().take(MOST_PAIRS).collect(),
        }
    }

    fn may_match<'p>(&self, text: &[u8], pieces: impl FnOnce() -> &'p Pieces) -> bool {
        let mut beginning = self.first.iter().zip(text);
        if !beginning.all(|(set, &byte)| set.contains(byte)) {
            return false;
        }
        let Some(texts) = &self.texts else {
            return self.needs_no_pieces() || self.is_in(pieces());
        };
        let start = Start::of(text);
        let fits = |alternative: &&Alternative| {
            alternative.begins.is_none_or(|edge| edge.begins(start)) && alternative.ends(text)
        };
        let mut fitting = texts.iter().filter(fits);
        let Some(one) = fitting.next() else {
            return false;
        };
        if one.grams.is_empty() && one.bytes.is_empty() && self.needs_no_pieces() {
            return true;
        }
        let pieces = pieces();
        self.is_in(pieces)
            && (one.is_in(pieces) || fitting.any(|alternative| alternative.is_in(pieces)))
    }
}

impl Needed {
    #[inline]
    fn needs_no_pieces(&self) -> bool {
        self.bytes.is_empty() && self.pairs.is_empty()
    }

    /// Whether the bytes and pairs are in the text.
    #[inline]
    fn is_in(&self, pieces: &Pieces) -> bool {
        pieces.has_bytes(&self.bytes)
            && self
                .pairs
                .iter()
                .all(|&(byte, kinds)| pieces.has_behind(byte, kinds))
    }
}

impl Alternative {
    fn new(needed: &NeededText) -> Self {
        let text = &*needed.text;
        let grams = text.windows(3).map(|letters| {
            let letters = [letters[0], letters[1], letters[2]];
            let rarity = letters.map(|letter| u16::from(rarity(letter)));
            (rarity.iter().sum::<u16>(), letters)
        });
        let mut grams: Vec<_> = grams.collect();
        grams.sort_unstable_by_key(|&(rarity, letters)| (std::cmp::Reverse(rarity), letters));
        grams.dedup();
        let grams = grams.into_iter().take(MOST_GRAMS);
        Alternative {
            begins: needed.begins.then(|| Edge::first(text)).flatten(),
            ends: needed.ends.then(|| Edge::last(text)).flatten(),
            grams: grams.map(|(_, letters)| Gram::new(letters)).collect(),
            bytes: match text.len() {
                0..3 if !needed.begins => text.into(),
                _ => SmallVec::new(),
            },
        }
    }

    /// Whether all pieces and bytes are in the text.
    #[inline]
    fn is_in(&self, pieces: &Pieces) -> bool {
        self.grams.iter().all(|&gram| pieces.has(gram)) && pieces.has_bytes(&self.bytes)
    }

    /// Whether the text may have it, going by its end.
    #[inline]
    fn ends(&self, text: &[u8]) -> bool {
        self.ends.is_none_or(|edge| edge.ends(text))
    }
}

/// Roughly how rare a byte is in logs. Only the speed depends on it.
fn rarity(byte: u8) -> u8 {
    const COMMON_FIRST: &[u8] = b" 01e,.:-ta2iorsn3456789l/_='\"()[]dcumphfgbywvkxjqz";
    let rank = COMMON_FIRST.iter().position(|&common| common == byte);
    rank.map_or(60, |rank| rank as u8)
}
