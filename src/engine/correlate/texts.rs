//! A ring of bytes: texts come and go in the same order, and no text is split at its end.

/// Smallest ring that holds anything, in bytes.
const SMALLEST: usize = 4096;

/// Texts, the oldest first out. A text is known by its position in the stream of all bytes ever put
/// in; the gap before a text that does not fit into the end of the ring counts, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    /// Its length is a power of two, or 0.
    ring: Vec<u8>,
    /// Everything before it is gone.
    start: u64,
    /// Everything from here on is free.
    end: u64,
}

impl Texts {
    /// A ring with room for so many bytes in texts that are no longer than `longest`.
    pub(super) fn with_room(bytes: usize, longest: usize) -> Self {
        // What is lost at the end of the ring is shorter than the longest text.
        let size = bytes.saturating_add(longest).max(SMALLEST);
        Texts {
            ring: vec![0; size.next_power_of_two()],
            start: 0,
            end: 0,
        }
    }

    /// Puts a text in and returns its position; `None`: the ring is too full.
    pub(super) fn push(&mut self, text: &[u8]) -> Option<u64> {
        let size = self.ring.len();
        let at = self.index(self.end);
        let gap = if size - at < text.len() { size - at } else { 0 };
        let position = self.end + gap as u64;
        let end = position + text.len() as u64;
        if end - self.start > size as u64 {
            return None;
        }
        let at = self.index(position);
        self.ring[at..at + text.len()].copy_from_slice(text);
        self.end = end;
        Some(position)
    }

    /// The text at a position.
    pub(super) fn get(&self, position: u64, length: usize) -> &[u8] {
        let at = self.index(position);
        &self.ring[at..at + length]
    }

    /// Lets go of all texts before a position; `None`: of all texts.
    pub(super) fn release_before(&mut self, position: Option<u64>) {
        self.start = position.unwrap_or(self.end);
    }

    fn index(&self, position: u64) -> usize {
        // In an empty ring every position is 0.
        (position & (self.ring.len() as u64).saturating_sub(1)) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_stay_as_they_are(
            steps in prop::collection::vec((0usize..700, prop::bool::weighted(0.6)), 1..300),
        ) {
            let mut texts = Texts::with_room(100, 700);
            let mut model: VecDeque<(u64, Vec<u8>)> = VecDeque::new();
            for (number, (length, take)) in (0u32..).zip(steps) {
                let text = vec![number as u8; length];
                match texts.push(&text) {
                    Some(position) => model.push_back((position, text)),
                    // At least half of the ring is in use then, or a long text does not fit.
                    None => prop_assert!(!model.is_empty()),
                }
                if take {
                    model.pop_front();
                    texts.release_before(model.front().map(|(position, _)| *position));
                }
                for (position, text) in &model {
                    prop_assert_eq!(texts.get(*position, text.len()), &text[..]);
                }
            }
        }
    }

    #[test]
    fn the_first_ring_is_empty() {
        let mut texts = Texts::default();
        assert_eq!(texts.push(b""), Some(0));
        assert_eq!(texts.get(0, 0), b"");
        assert_eq!(texts.push(b"x"), None);
    }
}
