//! Members of a list, filed by what they need of one text.

use std::cell::LazyCell;

use super::grams::{self, Edge, FirstKinds, Gram, Pieces, Start, WORDS};
use super::probe::{Guard, Keys, MOST_GRAMS, Probe};
use super::selector::Hits;

/// A member with more possible first bytes is not filed by them.
const MOST_FIRST: usize = 40;

/// Members by the first byte of their text, and by a piece of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    by_start: Option<Box<StartTable>>,
    by_gram: GramTable,
}

impl Table {
    /// Files members with their probes. Those that cannot be filed come back.
    pub(super) fn new<'p>(members: impl Iterator<Item = (u32, &'p Probe)>) -> (Self, Vec<u32>) {
        let mut unfiled = Vec::new();
        let (mut starts, mut pieces) = (Vec::new(), Vec::new());
        for (member, probe) in members {
            match probe.keys() {
                Keys::None => unfiled.push(member),
                Keys::Texts(texts) => {
                    for text in texts {
                        if let Some(edge) = text.begins {
                            let entry = StartEntry {
                                member,
                                begins: text.begins,
                                ends: text.ends,
                                guard: probe.guard(),
                            };
                            starts.push((Slot::from(edge.byte()), entry));
                        } else if let Some((&rarest, others)) = text.grams.split_first() {
                            let other = |at: usize| others.get(at).copied().unwrap_or(rarest);
                            let entry = GramEntry {
                                member,
                                others: std::array::from_fn(other),
                                ends: text.ends,
                            };
                            pieces.push((rarest, entry));
                        }
                        // Nothing but these can be filed.
                    }
                }
                Keys::First(first) => {
                    let mut bytes: Vec<u8> = (0..=u8::MAX)
                        .filter(|&byte| first.contains(byte))
                        .map(grams::fold)
                        .collect();
                    bytes.sort_unstable();
                    bytes.dedup();
                    if bytes.len() > MOST_FIRST {
                        unfiled.push(member);
                        continue;
                    }
                    // Nothing is said of the empty text.
                    let slots = bytes.into_iter().map(Slot::from).chain([EMPTY]);
                    let entry = StartEntry {
                        member,
                        begins: None,
                        ends: None,
                        guard: probe.guard(),
                    };
                    starts.extend(slots.map(|slot| (slot, entry)));
                }
            }
        }
        let table = Table {
            by_start: (!starts.is_empty()).then(|| Box::new(StartTable::new(starts))),
            by_gram: GramTable::new(pieces),
        };
        (table, unfiled)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_start.is_none() && self.by_gram.0.is_none()
    }

    /// Adds the members that the text may match; one may come twice.
    ///
    /// `grams` are asked for at most once: those of the text, or of one that contains it up to its
    /// end.
    #[inline]
    pub(super) fn select<'g>(
        &self,
        text: &[u8],
        grams: impl FnOnce() -> &'g Pieces,
        to: &mut Hits,
    ) {
        let pieces = LazyCell::new(grams);
        if let Some(by_start) = &self.by_start {
            let (start, kinds) = (Start::of(text), FirstKinds::of(text));
            for entry in by_start.entries(start) {
                if entry.begins.is_none_or(|edge| edge.begins(start))
                    && entry.ends.is_none_or(|edge| edge.ends(text))
                    && entry.guard.may_match(kinds, || *pieces)
                {
                    to.push(entry.member);
                }
            }
        }
        if let GramTable(Some(by_gram)) = &self.by_gram {
            by_gram.select(text, *pieces, to);
        }
    }
}

/// Members by how their text begins.
#[derive(Clone, Debug)]
pub(super) struct Beginnings(Option<Box<StartTable>>);

impl Beginnings {
    /// Files members with their probes. Those that cannot be filed come back.
    pub(super) fn new<'p>(members: impl Iterator<Item = (u32, &'p Probe)>) -> (Self, Vec<u32>) {
        let begin = |keys: &Keys<'_>| match keys {
            Keys::None => false,
            Keys::First(_) => true,
            Keys::Texts(texts) => texts.iter().all(|text| text.begins.is_some()),
        };
        let (filed, others): (Vec<_>, Vec<_>) =
            members.partition(|(_, probe)| begin(&probe.keys()));
        let (mut table, mut unfiled) = Table::new(filed.into_iter());
        unfiled.extend(others.into_iter().map(|(member, _)| member));
        unfiled.sort_unstable();
        // Nothing else is known of these texts.
        for entry in table
            .by_start
            .iter_mut()
            .flat_map(|table| &mut table.entries)
        {
            entry.guard = Guard::ANY;
        }
        (Beginnings(table.by_start), unfiled)
    }

    /// Adds the members that the text may match; one may come twice.
    pub(super) fn select(&self, text: &[u8], to: &mut Hits) {
        let Some(by_start) = &self.0 else {
            return;
        };
        let start = Start::of(text);
        for entry in by_start.entries(start) {
            if entry.begins.is_none_or(|edge| edge.begins(start))
                && entry.ends.is_none_or(|edge| edge.ends(text))
            {
                to.push(entry.member);
            }
        }
    }
}

/// A first byte, folded, or [`EMPTY`].
type Slot = u16;

/// The slot of the empty text.
const EMPTY: Slot = 256;
const SLOTS: usize = EMPTY as usize + 1;

/// A member of which one alternative begins so.
#[derive(Clone, Copy, Debug)]
struct StartEntry {
    /// The place of the member in its list.
    member: u32,
    begins: Option<Edge>,
    ends: Option<Edge>,
    guard: Guard,
}

/// Entries by the first byte.
#[derive(Clone, Debug)]
struct StartTable {
    /// Where the entries of each slot begin; one more for the end.
    starts: [u32; SLOTS + 1],
    entries: Vec<StartEntry>,
}

impl StartTable {
    fn new(mut entries: Vec<(Slot, StartEntry)>) -> Self {
        entries.sort_by_key(|(slot, entry)| (*slot, entry.member));
        let before = |slot| entries.partition_point(|(other, _)| usize::from(*other) < slot);
        StartTable {
            starts: std::array::from_fn(|slot| before(slot) as u32),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        }
    }

    #[inline]
    fn entries(&self, start: Start) -> &[StartEntry] {
        let slot = usize::from(start.byte().map_or(EMPTY, Slot::from));
        &self.entries[self.starts[slot] as usize..self.starts[slot + 1] as usize]
    }
}

/// A member of which one alternative has some piece, and these.
#[derive(Clone, Copy, Debug)]
struct GramEntry {
    /// The place of the member in its list.
    member: u32,
    /// Some may be the piece that it is filed by.
    others: [Gram; MOST_GRAMS - 1],
    ends: Option<Edge>,
}

/// Entries by one of their pieces.
#[derive(Clone, Debug, Default)]
struct GramTable(Option<Box<Grams>>);

#[derive(Clone, Debug)]
struct Grams {
    /// The set of pieces that have entries.
    set: [u64; WORDS],
    /// The words of the set that are not empty.
    words: u64,
    /// How many pieces stand in the words before each word.
    ranks: [u32; WORDS],
    /// The entries of each piece, in the order of the set.
    groups: Vec<std::ops::Range<u32>>,
    entries: Vec<GramEntry>,
}

/// Words of the sets that are compared at once.
const BLOCK: usize = 4;
/// So few words are gone through one by one.
const FEW: u32 = 12;
/// A word for the set of words.
const _: () = assert!(WORDS <= u64::BITS as usize);

impl GramTable {
    fn new(mut filed: Vec<(Gram, GramEntry)>) -> Self {
        if filed.is_empty() {
            return GramTable(None);
        }
        filed.sort_by_key(|(gram, entry)| (*gram, entry.member));
        let mut table = Grams {
            set: [0; WORDS],
            words: 0,
            ranks: [0; WORDS],
            groups: Vec::new(),
            entries: Vec::new(),
        };
        let mut last = None;
        for (gram, entry) in filed {
            if last != Some(gram) {
                last = Some(gram);
                let (word, bit) = gram.place();
                table.set[word] |= bit;
                table.words |= 1 << word;
                let at = table.entries.len() as u32;
                table.groups.push(at..at);
            }
            table.entries.push(entry);
            if let Some(group) = table.groups.last_mut() {
                group.end += 1;
            }
        }
        let mut rank = 0;
        for (place, word) in table.ranks.iter_mut().zip(&table.set) {
            *place = rank;
            rank += word.count_ones();
        }
        GramTable(Some(Box::new(table)))
    }
}

impl Grams {
    fn select(&self, text: &[u8], pieces: &Pieces, to: &mut Hits) {
        let words = pieces.words();
        if self.words.count_ones() <= FEW {
            let mut left = self.words;
            while left != 0 {
                let word = left.trailing_zeros() as usize;
                left &= left - 1;
                self.select_word(word, self.set[word] & words[word], text, pieces, to);
            }
            return;
        }
        for block in (0..WORDS).step_by(BLOCK) {
            let hits: [u64; BLOCK] =
                std::array::from_fn(|at| self.set[block + at] & words[block + at]);
            if hits.iter().fold(0, |any, hits| any | hits) == 0 {
                continue;
            }
            for (at, &hits) in hits.iter().enumerate() {
                self.select_word(block + at, hits, text, pieces, to);
            }
        }
    }

    fn select_word(&self, word: usize, mut hits: u64, text: &[u8], pieces: &Pieces, to: &mut Hits) {
        while hits != 0 {
            let bit = hits & hits.wrapping_neg();
            hits ^= bit;
            let before = (self.set[word] & (bit - 1)).count_ones();
            let group = &self.groups[(self.ranks[word] + before) as usize];
            for entry in &self.entries[group.start as usize..group.end as usize] {
                if entry.others.iter().all(|&gram| pieces.has(gram))
                    && entry.ends.is_none_or(|edge| edge.ends(text))
                {
                    to.push(entry.member);
                }
            }
        }
    }
}
