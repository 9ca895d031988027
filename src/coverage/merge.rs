//! Shapes that differ only in one word become one.

use std::collections::HashMap;

use bstr::ByteSlice;
use indexmap::IndexMap;
use indexmap::map::Entry;
use xxhash_rust::xxh3::Xxh3Default;

use super::group::{Key, Shape};

/// What stands for the word.
const WORD: &[u8] = b"<word>";
/// So many different words make a variable.
const WORDS: usize = 4;
/// Shorter shapes say too little when a word is taken away.
const LEAST_WORDS: usize = 4;
/// Longer ones stay as they are: the work for a shape grows with the square of its words.
const MOST_WORDS: usize = 100;

/// Joins shapes: a word that has at least [`WORDS`] values in otherwise equal shapes is variable.
/// The most frequent shape gives the sample; the order is that of the first shapes.
pub(super) fn merge(shapes: Vec<Shape>) -> Vec<Shape> {
    // All words are judged by the shapes as they came, so that their order changes nothing.
    let variable = variable_words(&shapes);
    let mut joined: IndexMap<Key, (u64, Shape)> = IndexMap::new();
    for (mut shape, variable) in shapes.into_iter().zip(variable) {
        if !variable.is_empty() {
            shape.shape = with_words(&shape, &variable).into();
        }
        match joined.entry(shape.key()) {
            Entry::Vacant(entry) => {
                entry.insert((shape.lines, shape));
            }
            Entry::Occupied(mut entry) => {
                let (most, kept) = entry.get_mut();
                let lines = kept.lines + shape.lines;
                if shape.lines > *most {
                    (*most, *kept) = (shape.lines, shape);
                }
                kept.lines = lines;
            }
        }
    }
    joined.into_values().map(|(_, shape)| shape).collect()
}

/// For each shape the positions of its variable words.
fn variable_words(shapes: &[Shape]) -> Vec<Vec<usize>> {
    // What a shape is without one of its words, as a hash, to the shapes that are so.
    let mut alike: HashMap<u128, Vec<(usize, usize)>> = HashMap::new();
    for (index, shape) in shapes.iter().enumerate() {
        let words: Vec<&[u8]> = words(shape).take(MOST_WORDS + 1).collect();
        if !(LEAST_WORDS..=MOST_WORDS).contains(&words.len()) {
            continue;
        }
        for (position, _) in words.iter().enumerate().filter(|(_, word)| is_plain(word)) {
            let key = without(shape, &words, position);
            alike.entry(key).or_default().push((index, position));
        }
    }
    let mut variable = vec![Vec::new(); shapes.len()];
    for group in alike.into_values().filter(|group| group.len() >= WORDS) {
        for (index, position) in group {
            variable[index].push(position);
        }
    }
    variable
}

fn words(shape: &Shape) -> impl Iterator<Item = &[u8]> {
    shape.shape.split_str(" ")
}

/// A word that is not a placeholder already.
fn is_plain(word: &[u8]) -> bool {
    !word.contains(&b'<') && word.iter().any(u8::is_ascii_alphabetic)
}

/// 128 bits: equal ones are equal shapes, by all that is known about accidents.
fn without(shape: &Shape, words: &[&[u8]], position: usize) -> u128 {
    let mut hash = Xxh3Default::new();
    let mut text = |text: &[u8]| {
        // With its length in front no text can continue into the next one.
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for part in [&shape.program, &shape.decoder] {
        text(&[u8::from(part.is_some())]);
        text(part.as_deref().map_or(b"", |part| part.as_bytes()));
    }
    text(&[shape.missing as u8]);
    text(&position.to_le_bytes());
    for (index, word) in words.iter().enumerate() {
        text(if index == position { WORD } else { word });
    }
    hash.digest128()
}

fn with_words(shape: &Shape, positions: &[usize]) -> Vec<u8> {
    let words = words(shape).enumerate();
    let words = words.map(|(index, word)| {
        if positions.contains(&index) {
            WORD
        } else {
            word
        }
    });
    bstr::join(" ", words)
}

#[cfg(test)]
mod tests {
    use super::super::Missing;
    use super::*;

    fn merged(shapes: &[(u64, &str)]) -> Vec<(u64, String)> {
        let shapes = shapes.iter().map(|&(lines, shape)| Shape {
            missing: Missing::Rule,
            program: None,
            decoder: None,
            shape: shape.into(),
            lines,
            location: "l".into(),
            sample: shape.into(),
        });
        let merged = merge(shapes.collect()).into_iter();
        merged
            .map(|shape| (shape.lines, format!("{} | {}", shape.shape, shape.sample)))
            .collect()
    }

    #[test]
    fn names_become_words() {
        let found = merged(&[
            (1, "invalid user ann from <ip>"),
            (5, "invalid user bob from <ip>"),
            (1, "invalid user cat from <ip>"),
            (2, "connection closed by <ip> again"),
            (1, "invalid user dan from <ip>"),
        ]);
        let expected = [
            (
                8,
                "invalid user <word> from <ip> | invalid user bob from <ip>",
            ),
            (
                2,
                "connection closed by <ip> again | connection closed by <ip> again",
            ),
        ];
        assert_eq!(
            found,
            expected.map(|(lines, text)| (lines, text.to_owned()))
        );
    }

    #[test]
    fn few_or_short_ones_stay() {
        let three = ["a b c x", "a b c y", "a b c z"].map(|text| (1, text));
        assert_eq!(merged(&three).len(), 3);
        let short = ["a x", "a y", "a z", "a v", "a w"].map(|text| (1, text));
        assert_eq!(merged(&short).len(), 5);
    }

    #[test]
    fn two_variables() {
        let mut shapes = Vec::new();
        for user in ["ann", "bob", "cat", "dan"] {
            for host in ["red", "green", "blue", "grey"] {
                shapes.push(format!("user {user} came from {host}"));
            }
        }
        let shapes: Vec<_> = shapes.iter().map(|text| (1, text.as_str())).collect();
        let found = merged(&shapes);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].1.starts_with("user <word> came from <word>"),
            "{found:?}"
        );
    }
}
