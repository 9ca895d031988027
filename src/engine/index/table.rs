//! Members of a list, filed by what they need of one text.

use super::grams::{self, Gram, Pieces, Start, WORDS};
use super::probe::{Alternative, Keys, Probe};
use super::selector::Hits;

/// A member with more possible first bytes is not filed by them.
const MOST_FIRST: usize = 40;

/// Members by the first byte of their text, and by a piece of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    by_start: Option<Box<StartTable>>,
    by_gram: GramTable,
}

/// One alternative of a member's probe.
#[derive(Clone, Debug)]
struct Entry {
    /// The place of the member in its list.
    member: u32,
    needs: Alternative,
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
                        let needs = text.clone();
                        match (text.begins, text.rarest()) {
                            (Some(edge), _) => {
                                starts.push((Slot::from(edge.byte()), Entry { member, needs }))
                            }
                            (None, Some(gram)) => pieces.push((gram, Entry { member, needs })),
                            // Nothing but these can be filed.
                            (None, None) => {}
                        }
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
                    starts.extend(slots.map(|slot| {
                        let needs = Alternative::default();
                        (slot, Entry { member, needs })
                    }));
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
        if let Some(by_start) = &self.by_start {
            let start = Start::of(text);
            for Entry { member, needs } in by_start.entries(start) {
                if needs.begins.is_none_or(|edge| edge.begins(start)) && needs.ends(text) {
                    to.push(*member);
                }
            }
        }
        if let GramTable(Some(by_gram)) = &self.by_gram {
            by_gram.select(text, grams(), to);
        }
    }
}

/// A first byte, folded, or [`EMPTY`].
type Slot = u16;

/// The slot of the empty text.
const EMPTY: Slot = 256;
const SLOTS: usize = EMPTY as usize + 1;

/// Entries by the first byte.
#[derive(Clone, Debug)]
struct StartTable {
    /// Where the entries of each slot begin; one more for the end.
    starts: [u32; SLOTS + 1],
    entries: Vec<Entry>,
}

impl StartTable {
    fn new(mut entries: Vec<(Slot, Entry)>) -> Self {
        entries.sort_by_key(|(slot, entry)| (*slot, entry.member));
        let before = |slot| entries.partition_point(|(other, _)| usize::from(*other) < slot);
        StartTable {
            starts: std::array::from_fn(|slot| before(slot) as u32),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        }
    }

    #[inline]
    fn entries(&self, start: Start) -> &[Entry] {
        let slot = usize::from(start.byte().map_or(EMPTY, Slot::from));
        &self.entries[self.starts[slot] as usize..self.starts[slot + 1] as usize]
    }
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
    entries: Vec<Entry>,
}

/// Words of the sets that are compared at once.
const BLOCK: usize = 4;
/// So few words are gone through one by one.
const FEW: u32 = 12;
/// A word for the set of words.
const _: () = assert!(WORDS <= u64::BITS as usize);

impl GramTable {
    fn new(mut filed: Vec<(Gram, Entry)>) -> Self {
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
            for Entry { member, needs } in &self.entries[group.start as usize..group.end as usize] {
                if needs.is_in(pieces) && needs.ends(text) {
                    to.push(*member);
                }
            }
        }
    }
}
