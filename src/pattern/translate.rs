//! osregex of OSSEC 3.7 and 4.3 (`spec/regex.md` §6): rewritten, once, into an ordinary regex.
//!
//! The original rewrites to PCRE2 with UTF and caseless; here the same text becomes a pattern of
//! the `regex` crate (§6.4). [`Piece`] is the rewritten pattern: what PCRE2 would see, item by
//! item, so that the rules of the original about bytes (the quantifier test two bytes back, the
//! pass that makes quantifiers greedy) and PCRE2's own refusals can be told on it.
//!
//! Both strategies, [`Translated::Shortcut`] and [`Translated::Regex`], are exact.

use std::ops::Range;

use super::Look;
use super::dialect::PatternRules;
use super::error::{PatternError, PatternErrorKind};
use super::literal::{Anchored, Required, Runs};
use super::native::bad_escape;
use super::needed_bytes::NeededBytes;
use super::needs::Needs;
use super::osmatch;
use super::rust_regex::{LazyRegex, Mode, slot};

/// Captures that the original keeps of one match.
pub(crate) const MOST_CAPTURES: usize = 64;
/// Parentheses that PCRE2 nests, its default limit.
pub(crate) const DEEPEST_GROUPS: usize = 250;

/// A compiled osregex pattern of OSSEC 3.7 and 4.3.
#[derive(Clone, Debug)]
pub(crate) enum Translated {
    /// Plain text with an anchor, compared as bytes (§6.1).
    Shortcut(Anchored),
    /// Everything else; the input must be UTF-8.
    Regex(Box<LazyRegex>),
}

/// One item of the rewritten pattern and the range of the pattern that it comes from.
struct Piece {
    kind: Kind,
    range: Range<usize>,
}

enum Kind {
    /// Something that can be repeated, in the syntax of the `regex` crate; whether its text for
    /// PCRE2 ends with a backslash; the byte that alone it takes, in either ASCII case.
    Atom {
        text: String,
        backslash: bool,
        byte: Option<u8>,
    },
    Open,
    Close,
    Bar,
    /// `^` or the end of the input: PCRE2 refuses a quantifier behind it.
    Anchor(&'static str),
    Quantifier {
        sign: char,
        lazy: bool,
    },
}

impl Translated {
    /// Compiles (§6.1, §6.2).
    pub(crate) fn compile(rules: &PatternRules, pattern: &[u8]) -> Result<Self, PatternError> {
        PatternError::check_length(rules, pattern)?;
        if pattern.is_empty() {
            return Err(PatternError::new(
                PatternErrorKind::Syntax,
                0..0,
                "an empty pattern is not possible here",
            )
            .with_help("write `\\.*` to match everything"));
        }
        if let Some(shortcut) = Anchored::of(pattern, is_plain) {
            return Ok(Translated::Shortcut(shortcut));
        }
        let pieces = pieces(pattern)?;
        let regex = LazyRegex::new(print(&pieces), Mode::Unicode, required(&pieces));
        Ok(Translated::Regex(Box::new(regex)))
    }

    /// Whether the input matches.
    #[inline]
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        match self {
            Translated::Shortcut(shortcut) => shortcut.find(input).is_some(),
            Translated::Regex(regex) => regex.is_match(input) && std::str::from_utf8(input).is_ok(),
        }
    }

    /// The end of the match; the groups that took part. Only a regex clears the list (§6.3).
    pub(crate) fn find(
        &self,
        look: Look,
        input: &[u8],
        groups: &mut Vec<Range<usize>>,
        slots: &mut Vec<usize>,
    ) -> Option<usize> {
        match self {
            Translated::Shortcut(shortcut) => shortcut.find(input),
            Translated::Regex(regex) => {
                groups.clear();
                let end = regex.find(look, input, true, slots)?;
                std::str::from_utf8(input).ok()?;
                let set = (1..slots.len() / 2).filter_map(|group| slot(slots, group));
                groups.extend(set.take(MOST_CAPTURES).map(|(start, end)| start..end));
                Some(end)
            }
        }
    }
}

impl Translated {
    /// What every input has that matches.
    pub(crate) fn needs(&self) -> (Needs, NeededBytes) {
        match self {
            Translated::Shortcut(shortcut) => (shortcut.needs(), NeededBytes::UNKNOWN),
            Translated::Regex(regex) => regex.needs(),
        }
    }
}

/// The rewritten pattern.
fn pieces(pattern: &[u8]) -> Result<Vec<Piece>, PatternError> {
    let mut pieces = rewrite(osmatch::utf8(pattern)?)?;
    make_greedy(&mut pieces);
    check(&pieces)?;
    Ok(pieces)
}

/// The rewritten pattern as text, which means the same to PCRE2.
#[cfg(all(test, feature = "pcre2"))]
pub(crate) fn printed(pattern: &[u8]) -> Result<String, PatternError> {
    Ok(print(&pieces(pattern)?))
}

/// The text of the shortcut; may be empty. U+017F and U+212A count as letters.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let listed = |byte: &u8| plain_byte(*byte);
    if text.iter().all(listed) {
        return true;
    }
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars().all(|char| match u8::try_from(char) {
            Ok(byte) => byte.is_ascii() && plain_byte(byte),
            Err(_) => matches!(char, '\u{17f}' | '\u{212a}'),
        })
    })
}

/// The bytes that the shortcut of osregex and pcre2 allows (§6.1).
pub(crate) fn plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" !\"#%&',/:;<=>@_`~-".contains(&byte)
}

fn rewrite(pattern: &str) -> Result<Vec<Piece>, PatternError> {
    let bytes = pattern.as_bytes();
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(char) = pattern.get(at..).and_then(|rest| rest.chars().next()) {
        let mut end = at + char.len_utf8();
        let kind = match char {
            '*' | '+' if at >= 2 && bytes[at - 2] == b'\\' => Kind::Quantifier {
                sign: char,
                lazy: true,
            },
            '\\' => match bytes.get(at + 1) {
                // PCRE2 refuses a lone final backslash, the rewriting all other escapes.
                None => return Err(bad_escape(bytes, at)),
                Some(&letter) => {
                    end = at + 2;
                    match escape(letter) {
                        Some(text) => Kind::Atom {
                            text,
                            backslash: letter == b'\\',
                            byte: Some(letter).filter(|letter| !b"pswWdDS.t".contains(letter)),
                        },
                        None => return Err(bad_escape(bytes, at)),
                    }
                }
            },
            '$' => Kind::Anchor(r"\z"),
            '^' => Kind::Anchor(r"\A"),
            '(' => Kind::Open,
            ')' => Kind::Close,
            '|' => Kind::Bar,
            _ => Kind::Atom {
                text: regex::escape(char.encode_utf8(&mut [0; 4])),
                backslash: false,
                byte: u8::try_from(char).ok().filter(u8::is_ascii),
            },
        };
        pieces.push(Piece {
            kind,
            range: at..end,
        });
        at = end;
    }
    Ok(pieces)
}

/// What a backslash and this letter stand for.
fn escape(letter: u8) -> Option<String> {
    Some(match letter {
        // The 25 bytes of §3, `\<` without its backslash: a word boundary in the crate.
        b'p' => r##"[!-.:-?\[\]\{-\}]"##.to_owned(),
        b's' => "[ ]".to_owned(),
        b'w' => "[A-Za-z0-9@_-]".to_owned(),
        b'W' => "[^A-Za-z0-9@_-]".to_owned(),
        b'd' => "[0-9]".to_owned(),
        b'D' => "[^0-9]".to_owned(),
        b'S' => "[^ ]".to_owned(),
        b'.' => "(?s:.)".to_owned(),
        b't' => r"\t".to_owned(),
        b'<' => "<".to_owned(),
        b'$' | b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'\\' | b'|' => {
            format!("\\{}", char::from(letter))
        }
        _ => return None,
    })
}

/// A quantifier at the end of an alternative, closing parentheses aside, is greedy unless a
/// backslash stands before its sign (§6.2).
fn make_greedy(pieces: &mut [Piece]) {
    for index in 0..pieces.len() {
        let after_backslash = index > 0
            && matches!(
                pieces[index - 1].kind,
                Kind::Atom {
                    backslash: true,
                    ..
                }
            );
        let mut rest = pieces[index + 1..]
            .iter()
            .skip_while(|piece| matches!(piece.kind, Kind::Close));
        let last = match rest.next() {
            None => true,
            Some(Piece {
                kind: Kind::Bar, ..
            }) => true,
            Some(Piece {
                kind: Kind::Atom { text, .. },
                ..
            }) => text == "\n" && rest.next().is_none(),
            Some(_) => false,
        };
        if let Kind::Quantifier { lazy, .. } = &mut pieces[index].kind {
            *lazy = after_backslash || !last;
        }
    }
}

/// What PCRE2 refuses in the rewritten pattern.
fn check(pieces: &[Piece]) -> Result<(), PatternError> {
    let refuse = |kind, range: &Range<usize>, message: &str| {
        Err(PatternError::new(kind, range.clone(), message))
    };
    let mut open: Vec<&Range<usize>> = Vec::new();
    for (index, Piece { kind, range }) in pieces.iter().enumerate() {
        match kind {
            Kind::Open if open.len() == DEEPEST_GROUPS => {
                let message = format!("groups are nested deeper than {DEEPEST_GROUPS} levels");
                return refuse(PatternErrorKind::Parenthesis, range, &message);
            }
            Kind::Open => open.push(range),
            Kind::Close if open.pop().is_none() => {
                return refuse(PatternErrorKind::Parenthesis, range, "`)` closes nothing");
            }
            Kind::Quantifier { sign, .. } => {
                let before = index.checked_sub(1).map(|before| &pieces[before].kind);
                if !matches!(before, Some(Kind::Atom { .. } | Kind::Close)) {
                    let message = format!("`{sign}` has nothing to repeat");
                    return refuse(PatternErrorKind::Syntax, range, &message);
                }
            }
            _ => {}
        }
    }
    match open.pop() {
        Some(range) => refuse(
            PatternErrorKind::Parenthesis,
            range,
            "the group is never closed",
        ),
        None => Ok(()),
    }
}

/// The longest text that every match contains.
fn required(pieces: &[Piece]) -> Required {
    let mut runs = Runs::default();
    let mut depth = 0;
    for (index, Piece { kind, .. }) in pieces.iter().enumerate() {
        let next = pieces.get(index + 1).map(|next| &next.kind);
        let repeated = matches!(next, Some(Kind::Quantifier { .. }));
        match kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            Kind::Bar if depth == 0 => return Required::default(),
            // `k` and `s` have a third case beyond ASCII.
            Kind::Atom {
                byte: Some(byte), ..
            } if depth == 0 && !repeated && !b"kKsS".contains(byte) => {
                runs.push(*byte);
                continue;
            }
            _ => {}
        }
        runs.end();
    }
    runs.finish()
}

fn print(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match &piece.kind {
            Kind::Atom { text: atom, .. } => text.push_str(atom),
            Kind::Open => text.push('('),
            Kind::Close => text.push(')'),
            Kind::Bar => text.push('|'),
            Kind::Anchor(anchor) => text.push_str(anchor),
            Kind::Quantifier { sign, lazy } => {
                text.push(*sign);
                if *lazy {
                    text.push('?');
                }
            }
        }
    }
    text
}
