//! Plain texts compared without ASCII case: what most conditions of real rulesets come down to.
//!
//! Nothing here allocates at match time, and every search is linear in the input: short texts are
//! found through their rarest byte, long ones by Knuth, Morris and Pratt.

use super::needs::Needs;

/// Bytes sorted by how often they occur in logs, rarest first, folded to lower case. Bytes not
/// named are rarer than all of these. Only the speed depends on it.
const COMMON: &[u8] = b"zqjxkvwybgfhpmucd[]()\"'=_/ln9876543rsoi2at-.:,e10 ";

/// The place of a byte in [`COMMON`]; `None`: rarer than all of these.
pub(crate) fn rank(byte: u8) -> Option<usize> {
    COMMON.iter().position(|&common| common == byte)
}

/// Whether a byte is so rare in logs that it alone rules most lines out.
pub(crate) fn is_rare(byte: u8) -> bool {
    rank(byte).is_none() && !byte.is_ascii_uppercase() && !b"+;?&*".contains(&byte)
}

/// A text longer than this is searched with a table instead of its rarest byte, in bytes: the
/// product of input and text must stay small for any input.
const RARE_BYTE_LONGEST: usize = 48;

/// Looks for a text without regard to ASCII case. Bytes from 0x80 on compare exactly.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    /// ASCII letters in lower case.
    text: Box<[u8]>,
    search: Search,
}

#[derive(Clone, Debug)]
enum Search {
    /// Candidates are the places of one byte of the text, in either case.
    RareByte { at: usize, lower: u8, upper: u8 },
    /// `table[n]`: length of the longest border of the first n + 1 bytes.
    Table(Box<[u32]>),
    /// The empty text.
    Empty,
}

impl Finder {
    pub(crate) fn new(text: &[u8]) -> Self {
        let text: Box<[u8]> = text.to_ascii_lowercase().into();
        let search = if text.len() > RARE_BYTE_LONGEST {
            Search::Table(borders(&text))
        } else {
            match text.iter().enumerate().min_by_key(|&(_, &byte)| rank(byte)) {
                Some((at, &lower)) => Search::RareByte {
                    at,
                    lower,
                    upper: lower.to_ascii_uppercase(),
                },
                None => Search::Empty,
            }
        };
        Finder { text, search }
    }

    /// The text, ASCII letters in lower case.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where the text begins for the first time.
    #[inline]
    pub(crate) fn find(&self, input: &[u8]) -> Option<usize> {
        match &self.search {
            Search::RareByte { at, lower, upper } => self.find_by_byte(input, *at, *lower, *upper),
            Search::Table(table) => self.find_by_table(input, table),
            Search::Empty => Some(0),
        }
    }

    fn find_by_byte(&self, input: &[u8], at: usize, lower: u8, upper: u8) -> Option<usize> {
        let length = self.text.len();
        // Candidates stand where the whole text still fits.
        let last = input.len().checked_sub(length)? + at;
        let mut from = at;
        while from <= last {
            let window = &input[from..=last];
            let step = if lower == upper {
                memchr::memchr(lower, window)?
            } else {
                memchr::memchr2(lower, upper, window)?
            };
            let start = from + step - at;
            if input[start..start + length].eq_ignore_ascii_case(&self.text) {
                return Some(start);
            }
            from += step + 1;
        }
        None
    }

    fn find_by_table(&self, input: &[u8], table: &[u32]) -> Option<usize> {
        let mut matched = 0;
        for (index, byte) in input.iter().enumerate() {
            let byte = byte.to_ascii_lowercase();
            while matched > 0 && self.text[matched] != byte {
                matched = table[matched - 1] as usize;
            }
            if self.text[matched] == byte {
                matched += 1;
            }
            if matched == self.text.len() {
                return Some(index + 1 - matched);
            }
        }
        None
    }
}

/// A text that every matching input contains, in any ASCII case.
///
/// Only necessary: it may rule an input out, the pattern itself decides about all others. Sound as
/// long as whoever collects it adds only bytes that each match must take one directly after the
/// other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Required(Option<Finder>);

/// A shorter text rules out too little to pay for its search, in bytes; but see [`is_rare`].
const REQUIRED_SHORTEST: usize = 3;

impl Required {
    /// The text, if there is one.
    pub(crate) fn text(&self) -> Option<&[u8]> {
        self.0.as_ref().map(Finder::text)
    }

    /// Whether the input lacks the text, so that the pattern cannot match.
    #[inline]
    pub(crate) fn is_missing(&self, input: &[u8]) -> bool {
        self.0
            .as_ref()
            .is_some_and(|finder| finder.find(input).is_none())
    }
}

/// Collects the longest run of required bytes, and a rare one for want of a long run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    run: Vec<u8>,
    longest: Vec<u8>,
    rare: Option<u8>,
}

impl Runs {
    /// One more required byte, directly behind the last one.
    pub(crate) fn push(&mut self, byte: u8) {
        if is_rare(byte) {
            self.rare = Some(byte);
        }
        self.run.push(byte);
    }

    /// Something else comes: the next byte does not follow directly.
    pub(crate) fn end(&mut self) {
        if self.run.len() > self.longest.len() {
            std::mem::swap(&mut self.run, &mut self.longest);
        }
        self.run.clear();
    }

    /// Nothing is required after all.
    pub(crate) fn forget(&mut self) {
        *self = Runs::default();
    }

    /// The longest run.
    pub(crate) fn finish(mut self) -> Required {
        self.end();
        let rare = self.rare;
        let text = match &*self.longest {
            text if text.len() >= REQUIRED_SHORTEST => Some(text),
            _ => rare.as_ref().map(std::slice::from_ref),
        };
        Required(text.map(Finder::new))
    }
}

fn borders(text: &[u8]) -> Box<[u32]> {
    let mut table = vec![0u32; text.len()];
    let mut length = 0;
    for index in 1..text.len() {
        while length > 0 && text[length] != text[index] {
            length = table[length - 1] as usize;
        }
        if text[length] == text[index] {
            length += 1;
        }
        table[index] = length as u32;
    }
    table.into()
}

/// Whether the input begins with the text, without regard to ASCII case.
#[inline]
pub(crate) fn starts_with(input: &[u8], text: &[u8]) -> bool {
    input
        .get(..text.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(text))
}

/// Whether the input ends with the text, without regard to ASCII case.
#[inline]
pub(crate) fn ends_with(input: &[u8], text: &[u8]) -> bool {
    input
        .len()
        .checked_sub(text.len())
        .is_some_and(|start| input[start..].eq_ignore_ascii_case(text))
}

/// A text with at least one anchor: the literal shortcut of OSSEC 3.7 and 4.3
/// (`spec/regex.md` §4.3, §6.1, §9.1).
///
/// Exact: bytes are compared without ASCII case, valid UTF-8 or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Anchored {
    /// `^X$`
    Equals(Box<[u8]>),
    /// `^X`
    Prefix(Box<[u8]>),
    /// `X$`
    Suffix(Box<[u8]>),
}

impl Anchored {
    /// The shortcut, if the pattern takes it: an optional `^`, bytes that `plain` accepts, an
    /// optional `$`, an optional newline at the very end, and the first byte is `^` or the last
    /// one is `$`.
    pub(crate) fn of(pattern: &[u8], plain: impl Fn(&[u8]) -> bool) -> Option<Self> {
        // The test of the original ends with a `$` of PCRE2, which tolerates a final newline.
        let fits = |text: &[u8]| {
            let text = text.strip_prefix(b"^").unwrap_or(text);
            plain(text.strip_suffix(b"$").unwrap_or(text)) || plain(text)
        };
        if !fits(pattern) && !pattern.strip_suffix(b"\n").is_some_and(fits) {
            return None;
        }
        match (pattern.strip_prefix(b"^"), pattern.strip_suffix(b"$")) {
            (Some(rest), Some(_)) => Some(Anchored::Equals(
                rest[..rest.len().saturating_sub(1)].into(),
            )),
            (Some(rest), None) => Some(Anchored::Prefix(rest.into())),
            (None, Some(rest)) => Some(Anchored::Suffix(rest.into())),
            (None, None) => None,
        }
    }

    /// What every input has that matches.
    pub(crate) fn needs(&self) -> Needs {
        match self {
            Anchored::Equals(text) => Needs::one(text, true, true),
            Anchored::Prefix(text) => Needs::one(text, true, false),
            Anchored::Suffix(text) => Needs::one(text, false, true),
        }
    }

    /// The end of the match as the original reports it (§6.1).
    #[inline]
    pub(crate) fn find(&self, input: &[u8]) -> Option<usize> {
        match self {
            Anchored::Equals(text) => input.eq_ignore_ascii_case(text).then_some(input.len()),
            Anchored::Prefix(text) => starts_with(input, text).then_some(text.len()),
            Anchored::Suffix(text) => ends_with(input, text).then_some(input.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(text: &[u8], input: &[u8]) -> Option<usize> {
        let (text, input) = (text.to_ascii_lowercase(), input.to_ascii_lowercase());
        (0..=input.len().checked_sub(text.len())?).find(|&at| input[at..].starts_with(&text))
    }

    proptest! {
        #[test]
        fn both_searches_find_the_first_place(text in "[abAB\u{e9}]{0,6}", input in "[aAbB\u{e9}]{0,40}") {
            let (text, input) = (text.as_bytes(), input.as_bytes());
            let expected = naive(text, input);
            let finder = Finder::new(text);
            prop_assert_eq!(finder.find(input), expected);
            if !text.is_empty() {
                let table = borders(finder.text());
                prop_assert_eq!(finder.find_by_table(input, &table), expected);
            }
        }
    }

    #[test]
    fn long_texts_use_the_table() {
        let text = b"ab".repeat(40);
        let mut input = b"x".repeat(7);
        input.extend_from_slice(&b"AB".repeat(39));
        input.extend_from_slice(b"aAB");
        input.extend_from_slice(&text);
        assert_eq!(Finder::new(&text).find(&input), naive(&text, &input));
    }

    #[test]
    fn the_shortcut_and_its_newline() {
        let of = |pattern: &str| {
            Anchored::of(pattern.as_bytes(), |text| {
                text.iter().all(u8::is_ascii_alphanumeric)
            })
        };
        assert_eq!(of("^a$"), Some(Anchored::Equals(b"a".as_slice().into())));
        assert_eq!(
            of("^a$\n"),
            Some(Anchored::Prefix(b"a$\n".as_slice().into()))
        );
        assert_eq!(of("a$"), Some(Anchored::Suffix(b"a".as_slice().into())));
        assert_eq!(of("a$\n"), None);
        assert_eq!(of("a"), None);
        assert_eq!(of("^a.$"), None);
    }
}
