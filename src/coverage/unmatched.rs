//! Lines that nothing matched, clustered by their shape.

use bstr::{BStr, BString, ByteSlice};
use indexmap::IndexMap;

use super::group::{Key, Missing, Shape};
use super::merge::merge;
use super::shape::shape;
use crate::verdict::Verdict;

/// Bytes of a sample that are kept.
const SAMPLE: usize = 1024;

/// Collects what nothing matched. Memory is bounded: behind `limit` shapes, lines of further shapes
/// are only counted.
#[derive(Clone, Debug)]
pub struct Unmatched {
    limit: usize,
    shapes: IndexMap<Key, (u64, BString, BString)>,
    beyond: u64,
    counts: [u64; 3],
}

impl Unmatched {
    /// Nothing was collected yet.
    pub fn new(limit: usize) -> Self {
        Unmatched {
            limit,
            shapes: IndexMap::new(),
            beyond: 0,
            counts: [0; 3],
        }
    }

    /// Takes an event that lacks something.
    pub fn add(&mut self, missing: Missing, verdict: &Verdict<'_>) {
        self.counts[missing as usize] += 1;
        let key = Key {
            missing,
            program: verdict.program_name().map(|name| shape(name)),
            decoder: verdict.decoder().map(BStr::to_owned),
            shape: shape(verdict.log()),
        };
        if let Some((lines, ..)) = self.shapes.get_mut(&key) {
            *lines += 1;
        } else if self.shapes.len() < self.limit {
            let sample = verdict.full_log();
            let sample = sample[..sample.len().min(SAMPLE)].as_bstr().to_owned();
            let location = verdict.location().to_owned();
            self.shapes.insert(key, (1, location, sample));
        } else {
            self.beyond += 1;
        }
    }

    /// Events that lack this.
    pub fn count(&self, missing: Missing) -> u64 {
        self.counts[missing as usize]
    }

    /// Events of shapes that are not kept.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The shapes, the most frequent first. Those that differ only in one word, a user's name for
    /// instance, are one with `<word>` in its place, if there are enough of them.
    pub fn shapes(&self) -> Vec<Shape> {
        let shapes: Vec<Shape> = self
            .shapes
            .iter()
            .map(|(key, (lines, location, sample))| Shape {
                missing: key.missing,
                program: key.program.clone(),
                decoder: key.decoder.clone(),
                shape: key.shape.clone(),
                lines: *lines,
                location: location.clone(),
                sample: sample.clone(),
            })
            .collect();
        let mut shapes = merge(shapes);
        // Stable: of equal counts the one that came first.
        shapes.sort_by_key(|shape| std::cmp::Reverse(shape.lines));
        shapes
    }
}
