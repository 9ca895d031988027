//! PCRE2 itself, bounded.
//!
//! | limit | value | unit |
//! |---|---|---|
//! | match | 10,000,000, the default of the original | calls of the matcher for one start |
//! | depth | 1,000,000 | nested resume points |
//! | heap | 65,536 | KiB for one match |
//!
//! They are written in front of the pattern, where PCRE2 takes the smaller one of two; whoever
//! exceeds one gets no match, as with any other match error. The interpreter is used and not the
//! compiler to machine code: its limits are those above, and the stack limit of the other would
//! lose matches on long lines (`spec/regex.md` §6.3).
//!
//! The version that the originals link is 10.42; [`prepare`] undoes what later ones read
//! differently.

use std::fmt::Write as _;

use pcre2::bytes::{CaptureLocations, Regex, RegexBuilder};

use super::error::{PatternError, PatternErrorKind};
use super::pcre2_syntax::counted;

/// The limits as pattern-start items.
const LIMITS: &str = "(*LIMIT_MATCH=10000000)(*LIMIT_DEPTH=1000000)(*LIMIT_HEAP=65536)";

/// A pattern compiled by PCRE2 in byte mode.
#[derive(Clone)]
pub(crate) struct Engine {
    regex: Regex,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.regex.as_str()).finish()
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
        let text = format!("{LIMITS}{}", prepared.text);
        let regex = RegexBuilder::new()
            .caseless(caseless)
            .build(&text)
            .map_err(|error| {
                let shown = error.to_string();
                let (place, message) = match error.offset() {
                    Some(offset) => {
                        let mark = format!("offset {offset}: ");
                        let message = shown.split_once(&mark).map_or(&*shown, |(_, rest)| rest);
                        (
                            prepared.origin(offset.saturating_sub(LIMITS.len())),
                            message,
                        )
                    }
                    None => (pattern.len(), &*shown),
                };
                let range = place.saturating_sub(1)..place.min(pattern.len());
                PatternError::new(PatternErrorKind::Syntax, range, message)
            })?;
        Ok(Engine { regex })
    }

    /// Whether the input matches; an exceeded limit is a no.
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        self.regex.is_match(input).unwrap_or(false)
    }

    /// The groups of the match, the whole one first.
    pub(crate) fn captures(&self, input: &[u8]) -> Option<CaptureLocations> {
        let mut slots = self.regex.capture_locations();
        let matched = self.regex.captures_read(&mut slots, input);
        matched.ok().flatten().map(|_| slots)
    }
}

/// A pattern in the form that the crate takes (`str`) and this version of PCRE2 reads as 10.42
/// read the original.
struct Prepared {
    text: String,
    /// For each byte of `text`, where it comes from.
    origins: Vec<usize>,
    /// Bytes that are not UTF-8 were replaced by escapes.
    replaced: bool,
}

impl Prepared {
    fn origin(&self, offset: usize) -> usize {
        match self.origins.get(offset) {
            Some(&origin) => origin,
            None => self.origins.last().map_or(0, |&last| last + 1),
        }
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
    };
    let callouts = pattern.windows(3).any(|window| window == b"(?C");
    let (mut quoted, mut class, mut comment) = (false, None, false);
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
