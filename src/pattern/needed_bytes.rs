//! What is known about single bytes of every input that a pattern matches: a coarser filter beside
//! [`needs`](super::needs), for patterns that are mostly classes, like `^\d\d:\d\d|`.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::classes::ByteSet;

/// Nesting that is looked into.
const DEEPEST: usize = 100;

/// So many bytes at the beginning are told.
const BEGINNING: usize = 6;

/// So many pairs are told.
const MOST_PAIRS: usize = 16;

/// Bytes that an input needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeededBytes {
    /// Of what the first bytes are. Nothing is said of an input that ends before.
    pub(crate) first: [ByteSet; BEGINNING],
    /// Each of these is somewhere in the input. A letter in lower case stands for either case.
    pub(crate) somewhere: ByteSet,
    /// Each of these is somewhere in the input.
    pub(crate) pairs: Vec<Pair>,
}

/// A byte and what stands directly behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// A letter in lower case stands for either case.
    pub(crate) byte: u8,
    /// The next byte is one of these.
    pub(crate) next: ByteSet,
}

impl NeededBytes {
    /// Nothing is known.
    pub(crate) const UNKNOWN: NeededBytes = NeededBytes {
        first: [ByteSet::ALL; BEGINNING],
        somewhere: ByteSet::EMPTY,
        pairs: Vec::new(),
    };

    /// What an input needs that meets one of these.
    pub(super) fn any_of(members: impl IntoIterator<Item = NeededBytes>) -> Self {
        let both = |one: NeededBytes, other: NeededBytes| NeededBytes {
            first: std::array::from_fn(|at| one.first[at].or(other.first[at])),
            somewhere: one.somewhere.and(other.somewhere),
            pairs: either(&one.pairs, &other.pairs),
        };
        members.into_iter().reduce(both).unwrap_or(Self::UNKNOWN)
    }
}

/// Adds a pair, unless there are enough or it is told already.
pub(super) fn tell(pairs: &mut Vec<Pair>, pair: Pair) {
    let told = pairs
        .iter()
        .any(|other| other.byte == pair.byte && other.next.and(pair.next) == other.next);
    if !told && pair.next != ByteSet::ALL && pairs.len() < MOST_PAIRS {
        pairs.push(pair);
    }
}

/// The pairs of an input that has all of one list or all of the other.
fn either(one: &[Pair], other: &[Pair]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for a in one {
        for b in other.iter().filter(|b| b.byte == a.byte) {
            let next = a.next.or(b.next);
            tell(&mut pairs, Pair { next, ..*a });
        }
    }
    pairs
}

/// Collects of what the first bytes of an input are, as long as each has its fixed place.
pub(super) struct Beginning {
    sets: [ByteSet; BEGINNING],
    known: usize,
}

impl Beginning {
    pub(super) fn new() -> Self {
        Beginning {
            sets: [ByteSet::ALL; BEGINNING],
            known: 0,
        }
    }

    /// The next byte is one of these. False if more need not be told.
    pub(super) fn push(&mut self, set: ByteSet) -> bool {
        if let Some(place) = self.sets.get_mut(self.known) {
            *place = set;
            self.known += 1;
        }
        self.known < BEGINNING
    }

    pub(super) fn sets(self) -> [ByteSet; BEGINNING] {
        self.sets
    }
}

/// The needs of a pattern of the `regex` crate, from its syntax tree.
pub(super) fn of_regex(tree: &Hir) -> NeededBytes {
    let mut first = Beginning::new();
    if tree.properties().look_set_prefix().contains(Look::Start) {
        fixed(tree, &mut first, 0);
    }
    NeededBytes {
        first: first.sets(),
        somewhere: somewhere(tree, 0),
        pairs: {
            let mut walk = Pairs::default();
            walk.part(tree, 0);
            walk.pairs
        },
    }
}

/// Collects pairs of every match, from the beginning of a sequence to its end.
#[derive(Default)]
struct Pairs {
    pairs: Vec<Pair>,
    /// The byte that stands directly before what comes next, a letter in lower case.
    before: Option<u8>,
}

impl Pairs {
    fn part(&mut self, part: &Hir, depth: usize) {
        if depth > DEEPEST {
            self.before = None;
            return;
        }
        match part.kind() {
            // They take nothing: what stands before and behind is still adjacent.
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => {
                for &byte in &literal.0 {
                    self.next(ByteSet::of(byte), Some(byte.to_ascii_lowercase()));
                }
            }
            HirKind::Class(class) => {
                let one_byte = part.properties().maximum_len() == Some(1);
                let letter = one_letter(class).filter(|_| one_byte);
                self.next(first_of_class(class), letter);
            }
            HirKind::Capture(capture) => self.part(&capture.sub, depth + 1),
            HirKind::Concat(parts) => {
                for part in parts {
                    self.part(part, depth + 1);
                }
            }
            HirKind::Repetition(repetition) if repetition.min > 0 => {
                // Behind it stands what the last turn took, which ends as the first one does.
                self.part(&repetition.sub, depth + 1);
            }
            HirKind::Repetition(_) => self.before = None,
            HirKind::Alternation(branches) => {
                let (first, may_be_empty) = first_bytes(part, depth);
                if !may_be_empty {
                    self.next(first, None);
                }
                let branches = branches.iter().map(|branch| {
                    let mut walk = Pairs::default();
                    walk.part(branch, depth + 1);
                    walk.pairs
                });
                let common = branches.reduce(|one, other| either(&one, &other));
                for pair in common.unwrap_or_default() {
                    tell(&mut self.pairs, pair);
                }
                self.before = None;
            }
        }
    }

    /// One of these bytes is next; `letter`: it is always this one.
    fn next(&mut self, next: ByteSet, letter: Option<u8>) {
        if let Some(byte) = self.before {
            tell(&mut self.pairs, Pair { byte, next });
        }
        self.before = letter;
    }
}

/// Goes over a part that begins where the last one ended. False if what follows has no fixed place.
fn fixed(part: &Hir, first: &mut Beginning, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.iter().all(|&byte| first.push(ByteSet::of(byte))),
        HirKind::Class(class) => {
            let one_byte = part.properties().maximum_len() == Some(1);
            first.push(first_of_class(class)) && one_byte
        }
        HirKind::Capture(capture) => fixed(&capture.sub, first, depth + 1),
        HirKind::Concat(parts) => parts.iter().all(|part| fixed(part, first, depth + 1)),
        HirKind::Repetition(repetition) if repetition.max == Some(repetition.min) => {
            (0..repetition.min).all(|_| fixed(&repetition.sub, first, depth + 1))
        }
        HirKind::Repetition(_) | HirKind::Alternation(_) => {
            let (set, may_be_empty) = first_bytes(part, depth);
            if !may_be_empty {
                first.push(set);
            }
            false
        }
    }
}

/// The bytes that a match of a part can begin with, and whether it can be empty.
fn first_bytes(part: &Hir, depth: usize) -> (ByteSet, bool) {
    if depth > DEEPEST {
        return (ByteSet::ALL, true);
    }
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => (ByteSet::EMPTY, true),
        HirKind::Literal(literal) => match literal.0.first() {
            Some(&byte) => (ByteSet::of(byte), false),
            None => (ByteSet::EMPTY, true),
        },
        HirKind::Class(class) => (first_of_class(class), false),
        HirKind::Capture(capture) => first_bytes(&capture.sub, depth + 1),
        HirKind::Repetition(repetition) => {
            let (first, may_be_empty) = first_bytes(&repetition.sub, depth + 1);
            (first, may_be_empty || repetition.min == 0)
        }
        HirKind::Concat(parts) => {
            let mut first = ByteSet::EMPTY;
            for part in parts {
                let (more, may_be_empty) = first_bytes(part, depth + 1);
                first = first.or(more);
                if !may_be_empty {
                    return (first, false);
                }
            }
            (first, true)
        }
        HirKind::Alternation(branches) => {
            let branches = branches.iter().map(|branch| first_bytes(branch, depth + 1));
            branches.fold((ByteSet::EMPTY, false), |(first, empty), (more, also)| {
                (first.or(more), empty || also)
            })
        }
    }
}

fn first_of_class(class: &Class) -> ByteSet {
    match class {
        Class::Bytes(class) => class.iter().fold(ByteSet::EMPTY, |set, range| {
            set.with(range.start(), range.end())
        }),
        Class::Unicode(class) => class.iter().fold(ByteSet::EMPTY, |set, range| {
            let byte = |char: char| u8::try_from(char).ok().filter(u8::is_ascii);
            match (byte(range.start()), byte(range.end())) {
                (Some(first), Some(last)) => set.with(first, last),
                (Some(first), None) => set.with(first, u8::MAX),
                // The first bytes of all longer characters.
                _ => set.with(0x80, u8::MAX),
            }
        }),
    }
}

/// Bytes each of which every match of a part has somewhere.
fn somewhere(part: &Hir, depth: usize) -> ByteSet {
    if depth > DEEPEST {
        return ByteSet::EMPTY;
    }
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => ByteSet::EMPTY,
        HirKind::Literal(literal) => ByteSet::bytes(&literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => one_letter(class).map_or(ByteSet::EMPTY, ByteSet::of),
        HirKind::Capture(capture) => somewhere(&capture.sub, depth + 1),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            somewhere(&repetition.sub, depth + 1)
        }
        HirKind::Repetition(_) => ByteSet::EMPTY,
        HirKind::Concat(parts) => parts.iter().fold(ByteSet::EMPTY, |set, part| {
            set.or(somewhere(part, depth + 1))
        }),
        HirKind::Alternation(branches) => branches
            .iter()
            .map(|branch| somewhere(branch, depth + 1))
            .reduce(ByteSet::and)
            .unwrap_or(ByteSet::EMPTY),
    }
}

/// The letter of a class that is one ASCII letter in both cases, in lower case.
fn one_letter(class: &Class) -> Option<u8> {
    let ascii = |char: char| u8::try_from(char).ok().filter(u8::is_ascii);
    let letters: Vec<(u8, u8)> = match class {
        Class::Bytes(class) => class
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Unicode(class) => class
            .iter()
            .map(|range| Some((ascii(range.start())?, ascii(range.end())?)))
            .collect::<Option<_>>()?,
    };
    match *letters.as_slice() {
        [(upper, end), (lower, last)]
            if upper == end
                && lower == last
                && upper.is_ascii_uppercase()
                && lower == upper.to_ascii_lowercase() =>
        {
            Some(lower)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::pattern::{Language, Pattern};

    fn bytes(dialect: Dialect, language: Language, pattern: &str) -> (String, String) {
        let compiled = Pattern::compile(dialect, language, pattern.as_bytes(), false).unwrap();
        let NeededBytes {
            first, somewhere, ..
        } = compiled.needs().1;
        let first = first[0];
        let text = |set: ByteSet| {
            (0..=127)
                .filter(move |&byte| set.contains(byte))
                .map(char::from)
        };
        (
            if first == ByteSet::ALL {
                "any".to_owned()
            } else {
                text(first).collect()
            },
            text(somewhere).collect(),
        )
    }

    #[test]
    fn what_stands_behind() {
        for (language, pattern, pairs) in [
            (Language::OsRegex, r"\d+:\s+%", vec![": "]),
            (
                Language::OsRegex,
                r"\w+:(\d+) (\s) x",
                vec![":0123456789", "  ", " Xx"],
            ),
            // The run of the class before goes on behind the colon.
            (Language::OsRegex, r"\w+\d:\s+%", vec![]),
            (Language::OsRegex, r"\w+\d:\s%x", vec![": ", "%Xx"]),
            // What stands last may be missing.
            (Language::OsRegex, r"ab\d", vec!["aBb"]),
            (Language::OsRegex, r"a:\d|\s+:\d%|x:\s%", vec![]),
            (
                Language::OsRegex,
                r"\s+:\d%x|\s+:\s%x",
                vec![": 0123456789", "%Xx"],
            ),
            (
                Language::Pcre2,
                r"\d+:\d\s\w+:[ab]",
                vec![":0123456789", ":ab"],
            ),
            (Language::Pcre2, r"(?:a|b):(?:\d|x)", vec![":0123456789x"]),
            (
                Language::Pcre2,
                r"(?i:a)?b(?i:c){2,}\d",
                vec!["bCc", "c0123456789"],
            ),
            (Language::Pcre2, r"a?\d*b*\d", vec![]),
        ] {
            let compiled =
                Pattern::compile(Dialect::Wazuh414, language, pattern.as_bytes(), false).unwrap();
            let shown = |pair: &Pair| {
                let next = (0..=127u8).filter(|&byte| pair.next.contains(byte));
                std::iter::once(pair.byte)
                    .chain(next)
                    .map(char::from)
                    .collect()
            };
            let shown: Vec<String> = compiled.needs().1.pairs.iter().map(shown).collect();
            assert_eq!(shown, pairs, "{pattern}");
        }
    }

    #[test]
    fn what_is_known() {
        let wazuh = Dialect::Wazuh414;
        for (language, pattern, first, somewhere) in [
            (Language::OsRegex, r"^\d\d:\d+|^\d* \d%", " 0123456789", ""),
            (Language::OsRegex, r"^\d\d:\d+%\w", "0123456789", "%:"),
            (Language::OsRegex, r"^\d*(:)", "0123456789:", ":"),
            (Language::OsRegex, r"^\d*", "any", ""),
            // A last literal behind an unquantified class can be missing.
            (Language::OsRegex, r"a\d:", "any", "a"),
            (Language::OsRegex, r"^(a)(b)", "Aa", "ab"),
            (Language::OsRegex, r"%\d+|\d+%", "any", "%"),
            (Language::Pcre2, r"^\d{2}(?:a|b:)?,", "0123456789", ","),
            (Language::Pcre2, r"^(?:a|b):", "ab", ":"),
            (Language::Pcre2, r"(?:^a|b):", "any", ":"),
            (Language::Pcre2, r"^a*", "any", ""),
            (Language::Pcre2, r"^a*b", "any", "b"),
            (Language::Pcre2, r"(?i)^x=y", "Xx", "=xy"),
        ] {
            assert_eq!(
                bytes(wazuh, language, pattern),
                (first.to_owned(), somewhere.to_owned()),
                "{pattern}"
            );
        }
        let first = |language, pattern: &str| {
            let pattern = Pattern::compile(wazuh, language, pattern.as_bytes(), false).unwrap();
            pattern.needs().1.first.map(|set| set != ByteSet::ALL)
        };
        let known = |count| std::array::from_fn(|at| at < count);
        assert_eq!(first(Language::OsRegex, r"^\d\d\d-\w+x"), known(5));
        assert_eq!(first(Language::OsRegex, r"^\d\d\d\d\d\d\d"), known(6));
        assert_eq!(first(Language::OsRegex, r"^\d*\d\d"), known(1));
        assert_eq!(first(Language::Pcre2, r"^\d{3}-\w+x"), known(5));
        assert_eq!(first(Language::Pcre2, r"^\d{1,3}-"), known(1));
        assert_eq!(first(Language::Pcre2, r"^(?:ab|\d)c"), known(1));
        // `k` and `s` have a third case beyond ASCII.
        let (first, somewhere) = bytes(Dialect::Ossec43, Language::OsRegex, r"^(k|x)sy\d");
        assert_eq!((first.as_str(), somewhere.as_str()), ("KXkx", "y"));
    }
}
