//! Repeated lines: an event whose line is one of the last three different ones is dropped
//! (`spec/correlation.md` §11).

use std::collections::VecDeque;

use bstr::BString;

use crate::engine::snapshot::{Damaged, Reader, Writer};

/// So many lines are remembered.
const WINDOW: usize = 3;

/// The last different lines that were accepted, newest in front.
#[derive(Clone, Debug, Default)]
pub(crate) struct RepeatedLines(VecDeque<BString>);

impl RepeatedLines {
    /// False if the line is a repetition. A new line takes the place of the oldest; a repetition
    /// changes nothing, so it does not keep its line alive.
    pub(crate) fn accepts(&mut self, line: &[u8]) -> bool {
        if self.0.iter().any(|known| *known == line) {
            return false;
        }
        let mut oldest = if self.0.len() >= WINDOW {
            self.0.pop_back().unwrap_or_default()
        } else {
            BString::default()
        };
        oldest.clear();
        oldest.extend_from_slice(line);
        self.0.push_front(oldest);
        true
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        to.count(self.0.len());
        for line in &self.0 {
            to.text(line);
        }
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let lines = from.checked(
            |from| from.sequence(Reader::owned_text),
            |lines: VecDeque<BString>| (lines.len() <= WINDOW).then_some(lines),
        );
        lines.map(RepeatedLines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_three_different_lines() {
        let mut lines = RepeatedLines::default();
        let accepted = |line: &str| (line.to_owned(), lines.accepts(line.as_bytes()));
        let outcome: Vec<_> = "a a b a c a d a b b".split(' ').map(accepted).collect();
        let accepted: Vec<&str> = outcome
            .iter()
            .filter(|(_, accepted)| *accepted)
            .map(|(line, _)| line.as_str())
            .collect();
        // `d` is the fourth different line and takes the place of `a`, then `a` that of `b`, …
        assert_eq!(accepted, ["a", "b", "c", "d", "a", "b"]);
    }
}
