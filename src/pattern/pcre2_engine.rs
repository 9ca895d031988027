//! PCRE2 itself, bounded.
//!
//! PCRE2 counts calls of its matcher, but anew for every start in the input, and one call can read
//! all of the input. So its own limit (10,000,000 calls for one start) lets one line of some
//! kilobytes take minutes. Therefore a search is made in up to two steps:
//!
//! 1. *quick*, for inputs up to 4 KiB: the pattern as it is, 300 calls for each start. Almost every
//!    search ends here, and its answer is PCRE2's.
//! 2. *full*, if step 1 gave up: a pattern anchored at the start has one start only; any other is
//!    wrapped as `\A(?s:.*?)(?:…)`, which tries the same starts in the same order within one count.
//!
//! | limit | value | unit |
//! |---|---|---|
//! | match, quick | 300 | calls for one start |
//! | match, full | 2^31 / length of the input, at most 10,000,000 (PCRE2's default), at least twice the length | calls for the whole search |
//! | match, full, of a pattern with verbs or recursion, which cannot be wrapped | 10,000 | calls for one start |
//! | depth | 1,000,000 | nested resume points |
//! | heap | 65,536 | KiB for one match |
//!
//! That is about one second for the worst pattern on a line of up to 32 KiB.
//!
//! They are written in front of the pattern, where PCRE2 takes the smaller one of two; whoever
//! exceeds one in the last step gets no match, as with any other match error. The interpreter is
//! used and not the compiler to machine code: its limits are those above, and the stack limit of
//! the other would lose matches on long lines (`spec/regex.md` §6.3).
//!
//! The version that the originals link is 10.42; [`prepare`] undoes what later ones read
//! differently.

use std::fmt::Write as _;
use std::sync::OnceLock;

use pcre2::bytes::{CaptureLocations, Regex, RegexBuilder};

use super::error::{PatternError, PatternErrorKind};
use super::pcre2_syntax::counted;

/// Depth and heap limits as pattern-start items.
const LIMITS: &str = "(*LIMIT_DEPTH=1000000)(*LIMIT_HEAP=65536)";
/// Calls for one start in the quick step.
const QUICK: u64 = 300;
/// Longest input of the quick step, in bytes.
const QUICK_LONGEST: usize = 4096;
/// Calls for the whole search in the full step: PCRE2's default for one start.
const FULL: u64 = 10_000_000;
/// Calls times bytes of the input in the full step.
const WORK: u64 = 1 << 31;
/// Lengths of inputs share a limit from one power of two to the next, from this one on.
const SHORTEST_TIER: u32 = 8;
/// Number of these tiers: the last one is for all inputs beyond 64 KiB.
const TIERS: usize = 10;
/// Calls for one start in the full step of a pattern that cannot be wrapped.
const UNWRAPPED: u64 = 10_000;
/// PCRE2's numbers for an exceeded match, depth and heap limit.
const EXCEEDED: [i32; 3] = [-47, -53, -63];

/// A pattern compiled by PCRE2 in byte mode.
#[derive(Clone)]
pub(crate) struct Engine {
    caseless: bool,
    /// The pattern of the full step, and whether one count holds for the whole search.
    text: Box<str>,
    counted: bool,
    quick: Regex,
    /// The full step for each tier of input lengths, compiled on first use.
    full: [OnceLock<Option<Regex>>; TIERS],
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.text).finish()
    }
}

impl Engine {
    /// Compiles, with no option but caseless.
    pub(crate) fn compile(pattern: &[u8], caseless: bool) -> Result<Self, PatternError> {
        let prepared = prepare(pattern);
        if prepared.replaced && pattern.windows(5).any(|window| window == b"(*UTF") {
            let message = "the pattern asks for utf mode and is not valid utf-8";
            return Err(PatternError::new(
                PatternErrorKind::Syntax,
                0..pattern.len(),
                message,
            ));
        }
        let quick = build(caseless, QUICK, &prepared.text).map_err(|error| {
            let limits = limits(QUICK).len();
            let shown = error.to_string();
            let (place, message) = match error.offset() {
                Some(offset) => {
                    let mark = format!("offset {offset}: ");
                    let message = shown.split_once(&mark).map_or(&*shown, |(_, rest)| rest);
                    (prepared.origin(offset.saturating_sub(limits)), message)
                }
                None => (pattern.len(), &*shown),
            };
            let range = place.saturating_sub(1)..place.min(pattern.len());
            PatternError::new(PatternErrorKind::Syntax, range, message)
        })?;
        // `\E` ends a quotation that the pattern left open; a comment that it left open makes the
        // wrapped pattern invalid.
        let wrapped = || format!(r"\A(?s:.*?)(?:{}\E)", prepared.text);
        let wrapped = (!prepared.is_anchored() && prepared.can_be_wrapped())
            .then(wrapped)
            .filter(|text| build(caseless, QUICK, text).is_ok());
        let counted = wrapped.is_some() || prepared.is_anchored();
        let text = wrapped.unwrap_or(prepared.text).into();
        Ok(Engine {
            caseless,
            text,
            counted,
            quick,
            full: Default::default(),
        })
    }

    /// The quick step, if the input is short enough.
    fn quick(&self, input: &[u8]) -> Option<&Regex> {
        (input.len() <= QUICK_LONGEST).then_some(&self.quick)
    }

    /// The full step for inputs of this length.
    fn full(&self, length: usize) -> Option<&Regex> {
        let bits = usize::BITS - length.saturating_sub(1).leading_zeros();
        let tier = (bits.saturating_sub(SHORTEST_TIER) as usize).min(TIERS - 1);
        let longest = 1u64 << (tier as u32 + SHORTEST_TIER);
        let limit = if self.counted {
            (WORK / longest).min(FULL).max(2 * longest)
        } else {
            UNWRAPPED
        };
        self.full[tier]
            .get_or_init(|| build(self.caseless, limit, &self.text).ok())
            .as_ref()
    }

    /// Whether the input matches; an exceeded limit is a no.
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        match self.quick(input).map(|quick| quick.is_match(input)) {
            Some(Ok(matched)) => matched,
            Some(Err(error)) if !EXCEEDED.contains(&error.code()) => false,
            _ => self
                .full(input.len())
                .is_some_and(|full| full.is_match(input).unwrap_or(false)),
        }
    }

    /// The groups of the match, the whole one first. Only its end counts: that it starts at 0 after
    /// the full step is of the wrapping.
    pub(crate) fn captures(&self, input: &[u8]) -> Option<CaptureLocations> {
        if let Some(quick) = self.quick(input) {
            let mut slots = quick.capture_locations();
            match quick.captures_read(&mut slots, input) {
                Ok(matched) => return matched.map(|_| slots),
                Err(error) if !EXCEEDED.contains(&error.code()) => return None,
                Err(_) => {}
            }
        }
        let full = self.full(input.len())?;
        let mut slots = full.capture_locations();
        full.captures_read(&mut slots, input)
            .ok()
            .flatten()
            .map(|_| slots)
    }
}

fn limits(calls: u64) -> String {
    format!("(*LIMIT_MATCH={calls}){LIMITS}")
}

fn build(caseless: bool, calls: u64, text: &str) -> Result<Regex, pcre2::Error> {
    RegexBuilder::new()
        .caseless(caseless)
        .build(&format!("{}{text}", limits(calls)))
}

/// A pattern in the form that the crate takes (`str`) and this version of PCRE2 reads as 10.42
/// read the original.
struct Prepared {
    text: String,
    /// For each byte of `text`, where it comes from.
    origins: Vec<usize>,
    /// Bytes that are not UTF-8 were replaced by escapes.
    replaced: bool,
    /// A `|` stands outside of all parentheses.
    alternatives: bool,
}

impl Prepared {
    fn origin(&self, offset: usize) -> usize {
        match self.origins.get(offset) {
            Some(&origin) => origin,
            None => self.origins.last().map_or(0, |&last| last + 1),
        }
    }

    /// Whether every match begins at the start of the input, as far as that is easy to see.
    fn is_anchored(&self) -> bool {
        let start = self.text.starts_with("\\A") || self.text.starts_with('^');
        let flagged = |rest: &str| {
            let flags = rest.bytes().take_while(|byte| b"imsxnJU^-".contains(byte));
            flags.into_iter().any(|flag| flag == b'm')
        };
        start && !self.alternatives && !self.text.split("(?").skip(1).any(flagged)
    }

    /// Whether the pattern means the same inside of a group behind `\A(?s:.*?)`: no verbs (they act
    /// on the search, or on newlines) and no recursion into the whole.
    fn can_be_wrapped(&self) -> bool {
        let wholes = ["(*", "(?R", "(?0", "(?(R", "\\g<0", "\\g'0", "\\G"];
        !wholes.iter().any(|sign| self.text.contains(sign))
    }

    fn push(&mut self, text: &str, origin: usize) {
        self.text.push_str(text);
        self.origins.resize(self.text.len(), origin);
    }
}

/// Two changes: a byte that is not part of valid UTF-8 becomes `\xHH`, and a `{` that was a literal
/// for 10.42 (`{,3}`, `{ 1 }`) is escaped, because 10.43 made quantifiers of these.
fn prepare(pattern: &[u8]) -> Prepared {
    let mut out = Prepared {
        text: String::new(),
        origins: Vec::new(),
        replaced: false,
        alternatives: false,
    };
    let callouts = pattern.windows(3).any(|window| window == b"(?C");
    let (mut quoted, mut class, mut comment) = (false, None, false);
    let mut depth = 0i64;
    let mut at = 0;
    while at < pattern.len() {
        let rest = &pattern[at..];
        let (char, length) = bstr::decode_utf8(rest);
        let Some(char) = char else {
            let mut escape = String::new();
            for byte in &rest[..length] {
                let _ = write!(escape, "\\x{byte:02X}");
            }
            let escape = if quoted {
                format!("\\E{escape}\\Q")
            } else {
                escape
            };
            out.push(&escape, at);
            out.replaced = true;
            at += length;
            continue;
        };
        let mut take = length;
        if quoted {
            if rest.starts_with(b"\\E") {
                quoted = false;
                take = 2;
            }
        } else if comment {
            comment = char != ')';
        } else if char == '\\' {
            match rest.get(1) {
                Some(b'Q') => {
                    quoted = true;
                    take = 2;
                }
                Some(&letter) if letter.is_ascii() => {
                    let braced = b"xopPNgku".contains(&letter) && rest.get(2) == Some(&b'{');
                    take = 2 + usize::from(braced && class.is_none());
                }
                // A backslash before another byte only says that it is literal.
                Some(_) if bstr::decode_utf8(&rest[1..]).0.is_none() => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
        } else if let Some(start) = class {
            if char == '[' && rest.get(1) == Some(&b':') {
                let close = rest.windows(2).position(|two| two == b":]");
                let clean = close.filter(|&close| rest[2..close.max(2)].is_ascii());
                take = clean.map_or(1, |close| close + 2);
            } else if char == ']' && at > start {
                class = None;
            }
        } else if char == '[' {
            let negated = rest.get(1) == Some(&b'^');
            class = Some(at + 1 + usize::from(negated));
            take = 1 + usize::from(negated);
        } else if rest.starts_with(b"(?#") {
            comment = true;
            take = 3;
        } else if char == '|' && depth == 0 {
            out.alternatives = true;
        } else if char == '(' {
            depth += 1;
        } else if char == ')' {
            depth -= 1;
        } else if char == '{' && !callouts && counted(rest).is_none() {
            out.push("\\", at);
        }
        for (index, char) in
            bstr::ByteSlice::char_indices(&rest[..take]).map(|(start, _, char)| (start, char))
        {
            out.push(char.encode_utf8(&mut [0; 4]), at + index);
        }
        at += take;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Found = Option<(usize, Vec<Option<(usize, usize)>>)>;

    /// The end and the groups; `None`: a limit was exceeded.
    fn find(regex: &Regex, input: &[u8]) -> Option<Found> {
        let mut slots = regex.capture_locations();
        let found = regex.captures_read(&mut slots, input).ok()?;
        Some(found.map(|found| {
            (
                found.end(),
                (1..slots.len()).map(|at| slots.get(at)).collect(),
            )
        }))
    }

    const PARTS: &[&str] = &[
        "a",
        "b",
        "é",
        ".",
        "\\d",
        "\\b",
        "^",
        "$",
        "\\A",
        "\\z",
        "\\Z",
        "[ab]",
        "(?=a)",
        "(?!b)",
        "(?<=a)",
        "(?<!a)",
        "(a)",
        "(a|b)",
        "(?:a|b|)",
        "(?i)",
        "(?m)",
        "(?s)",
        "(?x) a #b\n",
        "\\1",
        "(?1)",
        "\\K",
        "a++",
        "a*",
        "b+?",
        "(?>a+)",
        "(?|(a)|(b))",
        "\\R",
        "\\Qa.b\\E",
        "\\Qb",
        "|",
        "(?#a|b)",
        "[|(]",
        "\\|",
        "(a*)*",
        "(?(1)a|b)",
        "\\X",
        "\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The wrapped pattern, and what is taken for anchored.
        #[test]
        fn both_steps_answer_alike(
            parts in proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 1..7),
            inputs in proptest::collection::vec("[abA1é\n|.]{0,8}", 6),
            caseless: bool,
        ) {
            let pattern = parts.concat();
            let Ok(engine) = Engine::compile(pattern.as_bytes(), caseless) else { return Ok(()) };
            for input in inputs {
                let input = input.as_bytes();
                let full = engine.full(input.len()).expect("compiles");
                if let (Some(quick), Some(full)) = (find(&engine.quick, input), find(full, input)) {
                    prop_assert_eq!(quick, full, "{} {:?}", engine.text, input);
                }
            }
        }
    }

    #[test]
    fn what_later_versions_read_differently() {
        let prepared = |pattern: &[u8]| prepare(pattern).text;
        assert_eq!(prepared(b"a{,3}b{2}"), r"a\{,3}b{2}");
        assert_eq!(
            prepared(br"\x{41}[{,3}]{ 1}\Q{,3}\E{,3}"),
            r"\x{41}[{,3}]\{ 1}\Q{,3}\E\{,3}"
        );
        assert_eq!(prepared(b"a\xff\\Q\xff\\E"), r"a\xFF\Q\E\xFF\Q\E");
    }

    #[test]
    fn a_search_is_bounded_as_a_whole() {
        // 2 ms for each of 3000 starts with PCRE2's own limit.
        let engine = Engine::compile(b"(?=x?)[ab]*[ab]*[cd]", false).expect("compiles");
        assert!(engine.counted);
        assert!(!engine.is_match(&[b'a'; 1500]));
        let mut input = b"a".repeat(6000);
        input.push(b'c');
        assert!(engine.is_match(&input));
        assert_eq!(
            engine.captures(&input).and_then(|slots| slots.get(0)),
            Some((0, 6001))
        );
    }
}
