//! The classes of osregex, small enough that a pattern stays in the fastest memory.

use super::super::classes::{ByteSet, CLASSIC_NOT_WORD, DIGIT, OS_PUNCT, OS_SPACE, OS_WORD};
use super::Flavour;

/// One of the classes: a bit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClassSet(u16);

/// The bytes of the class of each bit.
const SETS: [ByteSet; 16] = [
    DIGIT,
    OS_WORD,
    OS_SPACE,
    OS_PUNCT,
    ByteSet::of(b'\t'),
    DIGIT.not(),
    OS_WORD.not(),
    CLASSIC_NOT_WORD,
    OS_SPACE.not(),
    ByteSet::ALL,
    ByteSet::of(b'('),
    ByteSet::of(b')'),
    ByteSet::of(b'\\'),
    ByteSet::of(b'$'),
    ByteSet::of(b'|'),
    ByteSet::of(b'<'),
];

/// The classes that each byte is in.
static CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < SETS.len() {
            if SETS[bit].contains(byte as u8) {
                classes[byte] |= 1 << bit;
            }
            bit += 1;
        }
        byte += 1;
    }
    classes
};

impl ClassSet {
    /// The class that a letter behind a backslash names.
    pub(super) fn named(letter: u8, flavour: &Flavour) -> Option<Self> {
        let bytes = match letter {
            b'd' => DIGIT,
            b'w' => OS_WORD,
            b's' => OS_SPACE,
            b't' => ByteSet::of(b'\t'),
            b'p' => OS_PUNCT,
            b'D' => DIGIT.not(),
            b'W' => flavour.not_word,
            b'S' => OS_SPACE.not(),
            b'.' => ByteSet::ALL,
            b'(' | b')' | b'\\' | b'$' | b'|' | b'<' => ByteSet::of(letter),
            _ => return None,
        };
        let bit = SETS.iter().position(|&set| set == bytes)?;
        Some(ClassSet(1 << bit))
    }

    /// Whether the byte is in the class.
    #[inline]
    pub(super) fn contains(self, byte: u8) -> bool {
        CLASSES[usize::from(byte)] & self.0 != 0
    }

    /// Whether the byte is in the class and not in the other one.
    #[inline]
    pub(super) fn contains_without(self, other: ClassSet, byte: u8) -> bool {
        let classes = CLASSES[usize::from(byte)];
        classes & self.0 != 0 && classes & other.0 == 0
    }

    /// All bytes of the class.
    pub(super) fn bytes(self) -> ByteSet {
        SETS[self.0.trailing_zeros() as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::dialect::OsRegexEngine;
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn every_letter_names_its_class_in_every_dialect() {
        let mut native = 0;
        for dialect in Dialect::ALL {
            let OsRegexEngine::Native(flavour) = dialect.patterns().osregex else {
                continue;
            };
            native += 1;
            for &letter in br"dwstpDWS.()\$|<" {
                let class = ClassSet::named(letter, &flavour).expect("a class");
                let word = ClassSet::named(b'w', &flavour).expect("a class");
                for byte in 0..=u8::MAX {
                    assert_eq!(class.contains(byte), class.bytes().contains(byte));
                    let without = class.bytes().contains(byte) && !word.bytes().contains(byte);
                    assert_eq!(class.contains_without(word, byte), without);
                }
            }
            assert_eq!(
                ClassSet::named(b'W', &flavour).map(ClassSet::bytes),
                Some(flavour.not_word)
            );
            assert_eq!(ClassSet::named(b'x', &flavour), None);
        }
        assert!(native >= 2);
    }
}
