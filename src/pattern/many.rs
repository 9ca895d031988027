//! Many plain texts looked for at once, for alternatives of osmatch.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::literal::Finder;

/// Fewer texts are found sooner one by one.
const FEWEST: usize = 6;
/// Texts of so many bytes together get the fastest automaton, which needs about 100 bytes for each.
const MOST_FOR_DFA: usize = 1 << 10;

/// Looks for any of many texts without regard to ASCII case, as [`Finder`] does for one.
///
/// The automaton is built on first use: few of the thousands of patterns of a ruleset are ever
/// tried.
#[derive(Clone, Debug)]
pub(crate) struct Many {
    finders: Box<[Finder]>,
    automaton: OnceLock<Option<Box<AhoCorasick>>>,
}

impl Many {
    /// `None`: they are too few.
    pub(crate) fn new<'t>(finders: impl Iterator<Item = &'t Finder>) -> Option<Box<Self>> {
        let finders: Box<[Finder]> = finders.cloned().collect();
        (finders.len() >= FEWEST).then(|| {
            Box::new(Many {
                finders,
                automaton: OnceLock::new(),
            })
        })
    }

    /// Whether one of the texts is in the input.
    pub(crate) fn are_in(&self, input: &[u8]) -> bool {
        match self.automaton.get_or_init(|| self.build()) {
            Some(automaton) => automaton.is_match(input),
            None => self
                .finders
                .iter()
                .any(|finder| finder.find(input).is_some()),
        }
    }

    /// `None`: the automaton would be too large.
    fn build(&self) -> Option<Box<AhoCorasick>> {
        let texts = self.finders.iter().map(Finder::text);
        let size: usize = texts.clone().map(<[u8]>::len).sum();
        let kind = if size <= MOST_FOR_DFA {
            AhoCorasickKind::DFA
        } else {
            AhoCorasickKind::ContiguousNFA
        };
        let built = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(kind))
            .build(texts);
        built.ok().map(Box::new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_one_by_one_finds(
            texts in proptest::collection::vec("[abAB\u{e9}]{0,4}", FEWEST..12),
            input in "[aAbB\u{e9}]{0,20}",
        ) {
            let finders: Vec<_> = texts.iter().map(|text| Finder::new(text.as_bytes())).collect();
            let many = Many::new(finders.iter()).expect("enough");
            let found = finders.iter().any(|finder| finder.find(input.as_bytes()).is_some());
            prop_assert_eq!(many.are_in(input.as_bytes()), found);
        }
    }

    #[test]
    fn many_long_texts() {
        let texts: Vec<String> = (0..200).map(|number| format!("word{number:03}")).collect();
        let finders: Vec<_> = texts
            .iter()
            .map(|text| Finder::new(text.as_bytes()))
            .collect();
        let many = Many::new(finders.iter()).expect("enough");
        assert!(many.are_in(b"a WORD199 here"));
        assert!(!many.are_in(b"a word200 here"));
        assert!(Many::new(finders[..FEWEST - 1].iter()).is_none());
    }
}
