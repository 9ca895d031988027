//! What is in a text, so that it can be compared with what a pattern needs.
//!
//! Letters are folded by setting one bit of every byte. That makes some other bytes equal too, on
//! both sides alike: a filter may take more for possible than is.

use crate::engine::event::{Event, Slice};
use crate::pattern::ByteSet;

/// So many different pieces are told apart.
const PIECES: usize = 4096;
/// Bits of a word of a set.
const WORD: usize = 64;

/// Sets the bit that tells ASCII cases apart, in four bytes.
const FOLD: u32 = 0x2020_2020;

/// Three letters in a row, as a number below [`PIECES`]. Different ones may share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gram(u16);

impl Gram {
    pub(super) fn new(letters: [u8; 3]) -> Self {
        let [a, b, c] = letters;
        Gram::of_word(u32::from_le_bytes([a, b, c, 0]))
    }

    /// The lower three bytes of a word.
    #[inline]
    fn of_word(word: u32) -> Self {
        let folded = (word | FOLD) & 0x00ff_ffff;
        Gram((folded.wrapping_mul(0x9e37_79b1) >> 20) as u16)
    }

    /// The number of the word of a set, and the bit in it.
    #[inline]
    pub(super) fn place(self) -> (usize, u64) {
        (
            usize::from(self.0) / WORD,
            1 << (usize::from(self.0) % WORD),
        )
    }
}

/// Words of a set.
pub(super) const WORDS: usize = PIECES / WORD;

/// What is in a text.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    grams: [u64; WORDS],
    /// By folded byte: what kinds of bytes stand behind it, and [`THERE`].
    bytes: [Kinds; 256],
}

/// A set of kinds of bytes, a bit for each.
pub(super) type Kinds = u8;

/// The byte is in the text.
pub(super) const THERE: Kinds = 0x80;

/// The kind of each byte.
const KIND: [Kinds; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => 1,
            b'a'..=b'z' | b'A'..=b'Z' => 2,
            b' ' => 4,
            0..b' ' | 0x7f => 8,
            b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' => 16,
            0x80.. => 32,
            _ => 64,
        };
        byte += 1;
    }
    kinds
};

/// The kinds that the bytes of a set are of.
pub(super) fn kinds(set: ByteSet) -> Kinds {
    let members = (0..=u8::MAX).filter(|&byte| set.contains(byte));
    members.fold(0, |kinds, byte| kinds | KIND[usize::from(byte)])
}

impl Pieces {
    pub(super) const EMPTY: Pieces = Pieces {
        grams: [0; WORDS],
        bytes: [0; 256],
    };

    pub(super) fn fill(&mut self, text: &[u8]) {
        *self = Pieces::EMPTY;
        for window in text.windows(4) {
            let &[a, b, c, d] = window else { return };
            let (word, bit) = Gram::of_word(u32::from_le_bytes([a, b, c, d])).place();
            self.grams[word] |= bit;
            self.bytes[usize::from(fold(a))] |= THERE | KIND[usize::from(b)];
        }
        if let Some(&letters) = text.last_chunk::<3>() {
            let (word, bit) = Gram::new(letters).place();
            self.grams[word] |= bit;
        }
        let tail = &text[text.len().saturating_sub(3)..];
        for (at, &byte) in tail.iter().enumerate() {
            let behind = tail.get(at + 1).map_or(0, |&next| KIND[usize::from(next)]);
            self.bytes[usize::from(fold(byte))] |= THERE | behind;
        }
    }

    #[inline]
    pub(super) fn has(&self, gram: Gram) -> bool {
        let (word, bit) = gram.place();
        self.grams[word] & bit != 0
    }

    #[inline]
    pub(super) fn has_bytes(&self, bytes: &[u8]) -> bool {
        bytes
            .iter()
            .all(|&byte| self.bytes[usize::from(fold(byte))] != 0)
    }

    /// Whether one of these kinds stands directly behind the byte somewhere.
    #[inline]
    pub(super) fn has_behind(&self, byte: u8, kinds: Kinds) -> bool {
        self.bytes[usize::from(fold(byte))] & kinds != 0
    }

    pub(super) fn words(&self) -> &[u64; WORDS] {
        &self.grams
    }
}

/// Sets the bit that tells ASCII cases apart.
pub(super) fn fold(byte: u8) -> u8 {
    byte | FOLD as u8
}

/// So many kinds at the beginning of a text are compared.
const FIRST: usize = 8;

/// Sets of kinds of the first bytes of a text, or one set for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FirstKinds(u64);

impl FirstKinds {
    /// All kinds.
    pub(super) const ANY: FirstKinds = FirstKinds(u64::MAX);

    /// Those of a text; behind its end, all.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Self {
        let kinds = match text.first_chunk::<FIRST>() {
            Some(first) => first.map(|byte| KIND[usize::from(byte)]),
            None => std::array::from_fn(|at| match text.get(at) {
                Some(&byte) => KIND[usize::from(byte)],
                None => Kinds::MAX,
            }),
        };
        FirstKinds(u64::from_le_bytes(kinds))
    }

    /// Those of texts whose first bytes are of these sets.
    pub(super) fn wanted(first: &[ByteSet]) -> Self {
        let wanted = |at: usize| first.get(at).map_or(Kinds::MAX, |&set| kinds(set));
        FirstKinds(u64::from_le_bytes(std::array::from_fn(wanted)))
    }

    /// Whether all sets have a member in common.
    #[inline]
    pub(super) fn meet(self, other: Self) -> bool {
        const HIGHEST: u64 = u64::from_ne_bytes([0x80; FIRST]);
        let common = self.0 & other.0;
        // The highest bit of each byte says whether it has any bit.
        (((common & !HIGHEST) + !HIGHEST) | common) & HIGHEST == HIGHEST
    }
}

/// Up to so many bytes of a beginning or an end are compared.
const EDGE: usize = 3;

/// One to three bytes at the beginning or at the end of a text, folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    bytes: u32,
    mask: u32,
}

impl Edge {
    /// The first bytes of a text; `None`: it is empty.
    pub(super) fn first(text: &[u8]) -> Option<Self> {
        let length = text.len().min(EDGE);
        (length > 0).then(|| Edge::new(&text[..length]))
    }

    /// The last bytes of a text; `None`: it is empty.
    pub(super) fn last(text: &[u8]) -> Option<Self> {
        let length = text.len().min(EDGE);
        (length > 0).then(|| Edge::new(&text[text.len() - length..]))
    }

    /// The mask says which bytes there are; the fourth tells nothing else than that.
    fn new(part: &[u8]) -> Self {
        let (mut bytes, mut mask) = ([0; 4], [0; 4]);
        bytes[..part.len()].copy_from_slice(part);
        mask[..part.len()].fill(0xff);
        let mask = u32::from_le_bytes(mask);
        Edge {
            bytes: (u32::from_le_bytes(bytes) | FOLD) & mask,
            mask,
        }
    }

    /// The first byte.
    pub(super) fn byte(self) -> u8 {
        self.bytes.to_le_bytes()[0]
    }

    /// Whether a text begins with these bytes.
    #[inline]
    pub(super) fn begins(self, text: Start) -> bool {
        text.bytes & self.mask == self.bytes && self.mask & text.mask == self.mask
    }

    /// Whether a text ends with these bytes.
    #[inline]
    pub(super) fn ends(self, text: &[u8]) -> bool {
        let length = self.mask.count_ones() as usize / 8;
        text.len()
            .checked_sub(length)
            .is_some_and(|start| Edge::new(&text[start..]) == self)
    }
}

/// The first bytes of a text that edges are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    bytes: u32,
    mask: u32,
}

impl Start {
    #[inline]
    pub(super) fn of(text: &[u8]) -> Self {
        match text.first_chunk::<EDGE>() {
            Some(&[a, b, c]) => Start {
                bytes: u32::from_le_bytes([a, b, c, 0]) | FOLD,
                mask: 0x00ff_ffff,
            },
            None => {
                let edge = Edge::new(text);
                Start {
                    bytes: edge.bytes,
                    mask: edge.mask,
                }
            }
        }
    }

    /// The first byte, folded; `None`: the text is empty.
    #[inline]
    pub(super) fn byte(self) -> Option<u8> {
        (self.mask != 0).then(|| self.bytes.to_le_bytes()[0])
    }
}

/// The pieces of the texts of one event, worked out when they are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    log: Pieces,
    /// Of which log these are: a plugin may put another one in its place.
    log_is: Option<Slice>,
    program: Pieces,
    program_is: Option<Slice>,
    url: Pieces,
    url_is: Option<Slice>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts {
            log: Pieces::EMPTY,
            log_is: None,
            program: Pieces::EMPTY,
            program_is: None,
            url: Pieces::EMPTY,
            url_is: None,
        }
    }
}

impl Texts {
    /// Another event begins.
    pub(crate) fn begin(&mut self) {
        self.log_is = None;
        self.program_is = None;
        self.url_is = None;
    }

    /// The pieces of the log.
    #[inline]
    pub(in crate::engine) fn log(&mut self, event: &Event) -> &Pieces {
        if self.log_is != Some(event.log) {
            self.log.fill(event.log());
            self.log_is = Some(event.log);
        }
        &self.log
    }

    /// The pieces of the url `url`.
    #[inline]
    pub(in crate::engine) fn url(&mut self, event: &Event, url: Slice) -> &Pieces {
        if self.url_is != Some(url) {
            self.url.fill(event.get(url));
            self.url_is = Some(url);
        }
        &self.url
    }

    /// The pieces of the program name `name`.
    #[inline]
    pub(super) fn program(&mut self, event: &Event, name: Slice) -> &Pieces {
        if self.program_is != Some(name) {
            self.program.fill(event.get(name));
            self.program_is = Some(name);
        }
        &self.program
    }
}
