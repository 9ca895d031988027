//! How far a pattern gets in a text that it does not match.
//!
//! The longest beginning of the pattern is searched that still matches, by the engine of the
//! dialect itself. Where a beginning matches, every shorter one does, but for rare quirks; so a
//! binary search finds it with a handful of compilations.

use std::ops::Range;

use bstr::ByteSlice;

use super::{Part, explain};
use crate::dialect::Dialect;
use crate::pattern::{Captures, Language, Pattern};

/// Longer patterns are not taken apart.
const PATTERN_LIMIT: usize = 4096;
/// Alternatives behind so many are not tried.
const ALTERNATIVES: usize = 64;

/// How far a pattern got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The part of the pattern that matches, from the beginning of an alternative on. Empty: not
    /// even its first sign does.
    pub pattern: Range<usize>,
    /// Where the alternative ends.
    pub end: usize,
    /// Where the text behind that part's match begins in the input.
    pub input: usize,
}

/// How far a pattern gets in an input that it does not match; of several alternatives the one that
/// gets farthest. `None` if the pattern cannot be taken apart: it is negated, too long, or one that
/// the dialect refuses.
///
/// ```
/// use ossia::dialect::Dialect;
/// use ossia::pattern::{Language, reach};
///
/// let reach = reach(
///     Dialect::Ossec43,
///     Language::OsRegex,
///     br"^Failed \S+ for (\S+) from",
///     b"Failed none for bob at night",
/// );
/// let reach = reach.unwrap();
/// assert_eq!(reach.pattern, 0..22, r"`^Failed \S+ for (\S+) ` matches");
/// assert_eq!(reach.input, 20);
/// ```
pub fn reach(dialect: Dialect, language: Language, text: &[u8], input: &[u8]) -> Option<Reach> {
    if text.len() > PATTERN_LIMIT || (language == Language::OsMatch && text.starts_with(b"!")) {
        return None;
    }
    let parts = explain(dialect, language, text);
    let found = alternatives(&parts)
        .take(ALTERNATIVES)
        .filter_map(|parts| alternative(dialect, language, text, parts, input));
    found.max_by_key(|reach| (reach.pattern.len(), reach.input))
}

/// The parts of each alternative at the top level.
fn alternatives(parts: &[Part]) -> impl Iterator<Item = &[Part]> {
    let mut depth = 0_usize;
    parts.split(move |part| {
        match part.text.first() {
            Some(b'(') if !part.text.ends_with(b")") => depth += 1,
            Some(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && part.text == "|"
    })
}

fn alternative(
    dialect: Dialect,
    language: Language,
    text: &[u8],
    parts: &[Part],
    input: &[u8],
) -> Option<Reach> {
    let start = parts.first()?.range.start;
    let end = parts.last()?.range.end;
    let cuts = cuts(parts);
    let attempt = |&(at, open): &(usize, usize)| {
        let mut beginning = text[start..at].to_vec();
        beginning.extend(std::iter::repeat_n(b')', open));
        resume(dialect, language, &beginning, input)
    };
    // The first cut that does not match any more.
    let mut matching = 0..cuts.len();
    let mut best = (start, 0);
    while !matching.is_empty() {
        let middle = matching.start + matching.len() / 2;
        match attempt(&cuts[middle]) {
            Ok(Some(resume)) => {
                best = (cuts[middle].0, resume);
                matching.start = middle + 1;
            }
            Ok(None) => matching.end = middle,
            // A beginning that is no pattern of its own says nothing: the one before it may.
            Err(()) => {
                let known = (matching.start..middle)
                    .rev()
                    .find_map(|at| attempt(&cuts[at]).ok().map(|found| (at, found)));
                match known {
                    Some((at, Some(resume))) => {
                        best = (cuts[at].0, resume);
                        matching.start = middle + 1;
                    }
                    Some((at, None)) => matching.end = at,
                    None => matching.start = middle + 1,
                }
            }
        }
    }
    Some(Reach {
        pattern: start..best.0,
        end,
        input: best.1.min(input.len()),
    })
}

/// Where a pattern can be cut, with how many groups are open there; the whole pattern is no cut.
fn cuts(parts: &[Part]) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    let mut open = 0_usize;
    for part in parts {
        match part.text.first() {
            // An empty group says no more than what stands before it.
            Some(b'(') if !part.text.ends_with(b")") => {
                open += 1;
                continue;
            }
            Some(b')') => open = open.saturating_sub(1),
            _ => {}
        }
        if part.is_text {
            let inside = part.text.char_indices().map(|(_, end, _)| end);
            cuts.extend(inside.map(|end| (part.range.start + end, open)));
        } else {
            cuts.push((part.range.end, open));
        }
    }
    cuts.pop();
    cuts
}

/// Where the text behind the match begins; an error if this is no pattern.
fn resume(
    dialect: Dialect,
    language: Language,
    pattern: &[u8],
    input: &[u8],
) -> Result<Option<usize>, ()> {
    if pattern.is_empty() {
        return Ok(Some(0));
    }
    let compiled = Pattern::compile(dialect, language, pattern, false).map_err(|_| ())?;
    if language != Language::OsMatch {
        let found = compiled.find(input, &mut Captures::default());
        return Ok(found.map(|found| found.resume));
    }
    // osmatch knows no end.
    if !compiled.is_match(input) {
        return Ok(None);
    }
    let plain = pattern.strip_prefix(b"^").unwrap_or(pattern);
    let at = input
        .windows(plain.len().max(1))
        .position(|window| window.eq_ignore_ascii_case(plain));
    Ok(Some(at.map_or(0, |at| at + plain.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        use Language::{OsMatch, OsRegex, Pcre2};
        // Dialect, language, pattern, input, what matches of the pattern, the rest of the input.
        let cases = [
            (
                Dialect::Ossec43,
                OsRegex,
                r"^a(\d+) b(c)$",
                "a12 bd",
                r"^a(\d+) b",
                "d",
            ),
            (
                Dialect::Wazuh414,
                OsRegex,
                r"^a(\d+) b(c)$",
                "a12 bd",
                r"^a(\d+) b",
                "d",
            ),
            (
                Dialect::Ossec43,
                OsRegex,
                r"xyz|^ab\.c",
                "abc",
                r"^ab\.",
                "",
            ),
            (Dialect::Ossec43, OsRegex, r"zz", "abc", "", "abc"),
            (
                Dialect::Ossec43,
                OsMatch,
                "^Failed pass|Accepted",
                "Failed none",
                "^Failed ",
                "none",
            ),
            (
                Dialect::Wazuh414,
                Pcre2,
                r"^(?:ab|cd)+x{2}y",
                "abcdxz",
                r"^(?:ab|cd)+",
                "xz",
            ),
            (
                Dialect::Wazuh414,
                Pcre2,
                r"(?i)user=(?<n>\w+);$",
                "USER=bob,",
                r"(?i)user=(?<n>\w+)",
                ",",
            ),
        ];
        for (dialect, language, pattern, input, part, rest) in cases {
            let reach = reach(dialect, language, pattern.as_bytes(), input.as_bytes()).unwrap();
            assert_eq!(&pattern[reach.pattern], part, "{pattern}");
            assert_eq!(&input[reach.input..], rest, "{pattern}");
        }
        assert_eq!(reach(Dialect::Wazuh414, OsMatch, b"!a", b"a"), None);
    }
}
