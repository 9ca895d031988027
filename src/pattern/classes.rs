//! Sets of bytes: the classes of osregex (`spec/regex.md` §3) and of PCRE2 in byte mode (§9).

/// A set of byte values, 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// No byte.
    pub(crate) const EMPTY: ByteSet = ByteSet([0; 4]);
    /// Every byte.
    pub(crate) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    /// The set of one byte.
    pub(crate) const fn of(byte: u8) -> Self {
        ByteSet::EMPTY.with(byte, byte)
    }

    /// The bytes of a text.
    pub(crate) const fn bytes(bytes: &[u8]) -> Self {
        let mut set = ByteSet::EMPTY;
        let mut index = 0;
        while index < bytes.len() {
            set = set.with(bytes[index], bytes[index]);
            index += 1;
        }
        set
    }

    /// This set and the bytes `first..=last`.
    pub(crate) const fn with(mut self, first: u8, last: u8) -> Self {
        let mut byte = first as usize;
        while byte <= last as usize {
            self.0[byte >> 6] |= 1 << (byte & 63);
            byte += 1;
        }
        self
    }

    /// The bytes of either set.
    pub(crate) const fn or(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// The bytes of both sets.
    pub(crate) const fn and(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]])
    }

    /// The bytes that are not in this set.
    pub(crate) const fn not(self) -> Self {
        let bits = self.0;
        ByteSet([!bits[0], !bits[1], !bits[2], !bits[3]])
    }

    /// How many bytes are in the set.
    pub(crate) const fn len(&self) -> u32 {
        let bits = self.0;
        bits[0].count_ones() + bits[1].count_ones() + bits[2].count_ones() + bits[3].count_ones()
    }

    /// Whether the byte is in the set.
    #[inline]
    pub(crate) const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 != 0
    }

    /// Adds the other case of every ASCII letter.
    pub(crate) fn caseless(self) -> Self {
        let mut set = self;
        for byte in (b'A'..=b'Z')
            .chain(b'a'..=b'z')
            .filter(|&byte| self.contains(byte))
        {
            set = set.with(byte ^ 0x20, byte ^ 0x20);
        }
        set
    }

    /// The maximal runs of consecutive bytes, ascending.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u8, u8)> + '_ {
        let mut next = 0u16;
        std::iter::from_fn(move || {
            let first = (next..256).find(|&byte| self.contains(byte as u8))?;
            let end = (first..256)
                .find(|&byte| !self.contains(byte as u8))
                .unwrap_or(256);
            next = end;
            Some((first as u8, (end - 1) as u8))
        })
    }
}

/// `\d` of every language.
pub(crate) const DIGIT: ByteSet = ByteSet::EMPTY.with(b'0', b'9');
/// `\w` of osregex: letters, digits, `-`, `@`, `_`.
pub(crate) const OS_WORD: ByteSet = DIGIT
    .with(b'@', b'Z')
    .with(b'a', b'z')
    .or(ByteSet::bytes(b"-_"));
/// `\s` of osregex: the blank alone.
pub(crate) const OS_SPACE: ByteSet = ByteSet::of(b' ');
/// `\p` of osregex.
pub(crate) const OS_PUNCT: ByteSet = ByteSet::EMPTY
    .with(0x21, 0x2e)
    .with(0x3a, 0x3f)
    .with(0x7b, 0x7d)
    .or(ByteSet::bytes(b"[]"));
/// `\W` of OSSEC 2.8.3: it contains `-` and `@`, which are also `\w`, and lacks 0x7f (§10).
pub(crate) const CLASSIC_NOT_WORD: ByteSet = ByteSet::EMPTY
    .with(0x01, 0x2f)
    .with(0x3a, 0x40)
    .with(0x5b, 0x5e)
    .with(0x60, 0x60)
    .with(0x7b, 0x7e)
    .with(0x80, 0xff);

#[cfg(test)]
mod tests {
    use super::*;

    fn members(set: ByteSet) -> String {
        set.ranges()
            .map(|(a, b)| format!("{a:02x}-{b:02x}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_classes_of_the_table() {
        assert_eq!(members(DIGIT), "30-39");
        assert_eq!(members(OS_WORD), "2d-2d 30-39 40-5a 5f-5f 61-7a");
        assert_eq!(members(OS_PUNCT), "21-2e 3a-3f 5b-5b 5d-5d 7b-7d");
        assert_eq!(
            members(CLASSIC_NOT_WORD),
            "01-2f 3a-40 5b-5e 60-60 7b-7e 80-ff"
        );
        assert_eq!(members(ByteSet::ALL), "00-ff");
        assert_eq!(members(ByteSet::EMPTY), "");
        assert_eq!(members(OS_SPACE.not().not()), "20-20");
        assert_eq!(members(ByteSet::of(b'k').caseless()), "4b-4b 6b-6b");
    }
}
