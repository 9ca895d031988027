//! Rules by the text of their groups: a word is searched once in each distinct text.

use std::collections::HashMap;

use bstr::BString;

use super::super::RuleId;

/// So many words are remembered with what they matched; beyond, a word is searched anew.
const WORDS_LIMIT: usize = 256;

/// The distinct texts of groups, and who has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// Position in `texts`.
    positions: HashMap<BString, usize>,
    texts: Vec<(BString, Vec<RuleId>)>,
    words: HashMap<BString, Searched>,
}

/// What a word was searched in so far.
#[derive(Clone, Debug, Default)]
struct Searched {
    /// So many texts.
    texts: usize,
    /// Positions of those that matched.
    matched: Vec<usize>,
}

impl Groups {
    pub(super) fn add(&mut self, rule: RuleId, text: &[u8]) {
        let position = match self.positions.get(text) {
            Some(&position) => position,
            None => {
                self.texts.push((text.into(), Vec::new()));
                let position = self.texts.len() - 1;
                self.positions.insert(text.into(), position);
                position
            }
        };
        self.texts[position].1.push(rule);
    }

    /// False if the rule is not there.
    pub(super) fn remove(&mut self, rule: RuleId, text: &[u8]) -> bool {
        let Some(&position) = self.positions.get(text) else {
            return false;
        };
        let rules = &mut self.texts[position].1;
        let before = rules.len();
        rules.retain(|&other| other != rule);
        rules.len() < before
    }

    /// The rules in whose text a word is found. A word must always be searched in the same way.
    pub(super) fn search(&mut self, word: &[u8], holds: impl Fn(&[u8]) -> bool) -> Vec<RuleId> {
        let mut found = self.words.remove(word).unwrap_or_default();
        let new = self.texts.iter().enumerate().skip(found.texts);
        found.matched.extend(
            new.filter(|(_, (text, _))| holds(text))
                .map(|(position, _)| position),
        );
        found.texts = self.texts.len();
        let positions = found.matched.iter();
        let rules = positions
            .flat_map(|&position| &self.texts[position].1)
            .copied()
            .collect();
        if self.words.len() < WORDS_LIMIT {
            self.words.insert(word.into(), found);
        }
        rules
    }

    /// The rules whose text fits.
    pub(super) fn filter(&self, fits: impl Fn(&[u8]) -> bool) -> impl Iterator<Item = RuleId> {
        let texts = self.texts.iter().filter(move |(text, _)| fits(text));
        texts.flat_map(|(_, rules)| rules).copied()
    }
}
