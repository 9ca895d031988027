//! The pattern languages: osmatch, osregex, pcre2.
//!
//! [`Pattern::compile`] takes the text of an element, the [`Language`] that the element is written
//! in and the [`Dialect`], and picks the engine; [`Pattern::is_match`] and [`Pattern::find`] run
//! it. The same text can match, capture and end differently in two dialects, and each is
//! reproduced (`spec/regex.md`).
//!
//! | type | is |
//! |---|---|
//! | [`Pattern`] | a compiled pattern: immutable, shared by threads |
//! | [`Captures`] | the list of captures that decoders share, and scratch space |
//! | [`PatternError`] | why the engine of the dialect refuses a pattern, and where |
//!
//! | language | 2.8.3 | OSSEC 3.7, 4.3 | Wazuh |
//! |---|---|---|---|
//! | osmatch | `osmatch::Native` | `osmatch::Translated` | `osmatch::Native` |
//! | osregex | `native` | `translate` | `native` |
//! | pcre2 | none | `pcre2`, caseless | `pcre2` |
//!
//! ```
//! use ossia::dialect::Dialect;
//! use ossia::pattern::{Captures, Language, Pattern};
//!
//! let pattern =
//!     Pattern::compile(Dialect::Wazuh414, Language::OsRegex, br"^(\S+) from (\d+)", true)?;
//! let mut captures = Captures::default();
//! let found = pattern.find(b"login from 10.0.0.1", &mut captures).unwrap();
//! assert_eq!(captures.groups(), [0..5, 11..13]);
//! // The native engine reports the first byte of a last run that stands before a mark.
//! assert_eq!((found.raw_end, found.resume), (11, 12));
//! # Ok::<(), ossia::pattern::PatternError>(())
//! ```

mod backtracker;
mod classes;
mod dialect;
mod error;
mod explain;
mod helpers;
mod literal;
mod many;
mod native;
mod needed_bytes;
mod needs;
mod osmatch;
mod pcre2;
#[cfg(feature = "pcre2")]
mod pcre2_engine;
mod pcre2_syntax;
mod rust_regex;
#[cfg(test)]
mod tests;
mod translate;

pub(crate) use classes::ByteSet;
pub use error::{PatternError, PatternErrorKind};
pub use explain::{Part, Reach, dialect_hint, explain, literal_class, reach};
pub use helpers::{string_break, word_match};
pub(crate) use needed_bytes::NeededBytes;
pub(crate) use needs::{NeededText, Needs};

use std::fmt;
use std::ops::Range;

use bstr::{BStr, BString};

use crate::dialect::Dialect;

use self::dialect::OsRegexEngine;
use self::native::Native;
use self::osmatch::OsMatch;
use self::pcre2::Pcre2;
use self::translate::Translated;

/// Which language an element is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Alternatives of plain text with anchors (§4).
    OsMatch,
    /// OSSEC's own regular expressions (§5, §6).
    OsRegex,
    /// Perl-compatible regular expressions (§9).
    Pcre2,
}

impl Language {
    /// The name that the `type` attribute takes.
    pub const fn name(self) -> &'static str {
        match self {
            Language::OsMatch => "osmatch",
            Language::OsRegex => "osregex",
            Language::Pcre2 => "pcre2",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: BString,
    language: Language,
    matcher: Matcher,
}

/// The engines; each one is exact for its language and dialect.
#[derive(Clone, Debug)]
enum Matcher {
    OsMatch(OsMatch),
    Native(Native),
    Translated(Translated),
    Pcre2(Pcre2),
    /// Matches nothing.
    Never,
}

/// Where a match ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The end as the original's function returns it (§7); -1 is possible.
    pub raw_end: i64,
    /// Where the text behind the match begins for `after_prematch`, `after_parent` and
    /// `after_regex`: `0..=input.len()`.
    pub resume: usize,
}

/// What is known about an input before a pattern is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing.
    None,
    /// It seems to have what [`Pattern::needs`] names.
    Likely,
}

/// The list of captures, reusable: ranges into the input of the last pattern that filled it.
#[derive(Clone, Debug, Default)]
pub struct Captures {
    groups: Vec<Range<usize>>,
    marks: Vec<usize>,
}

impl Captures {
    /// The captures in the original's order. Groups that did not take part are left out (OSSEC)
    /// or are empty ranges if a later one did (pcre2 in Wazuh).
    pub fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    /// Forgets all captures.
    pub fn clear(&mut self) {
        self.groups.clear();
    }
}

impl Pattern {
    /// Compiles a pattern. `captures`: the element wants them (a decoder's `regex`); the native
    /// engine then keeps marks, which can change even whether it matches (§5.4).
    ///
    /// # Errors
    /// Whatever makes the original refuse the pattern at load.
    pub fn compile(
        dialect: Dialect,
        language: Language,
        text: &[u8],
        captures: bool,
    ) -> Result<Pattern, PatternError> {
        let rules = dialect.patterns();
        let matcher = match language {
            Language::OsMatch => Matcher::OsMatch(OsMatch::compile(&rules, text)?),
            Language::OsRegex => match rules.osregex {
                OsRegexEngine::Native(flavour) => {
                    Matcher::Native(Native::compile(&rules, flavour, text, captures)?)
                }
                OsRegexEngine::Translated => {
                    Matcher::Translated(Translated::compile(&rules, text)?)
                }
            },
            Language::Pcre2 => {
                let Some(rules) = rules.pcre2 else {
                    let message = format!("{dialect} has no pcre2 patterns");
                    let kind = PatternErrorKind::NeedsPcre2;
                    return Err(PatternError::new(kind, 0..text.len(), message)
                        .with_help("write the pattern as osregex"));
                };
                Matcher::Pcre2(Pcre2::compile(rules, text)?)
            }
        };
        Ok(Pattern {
            text: text.into(),
            language,
            matcher,
        })
    }

    /// A pattern that loads and never matches: an empty osregex of OSSEC 2.8.3
    /// (`spec/decoders.md` §11).
    pub(crate) fn never(text: &[u8]) -> Pattern {
        Pattern {
            text: text.into(),
            language: Language::OsRegex,
            matcher: Matcher::Never,
        }
    }

    /// Whether the input matches.
    #[inline]
    pub fn is_match(&self, input: &[u8]) -> bool {
        match &self.matcher {
            Matcher::OsMatch(osmatch) => osmatch.is_match(input),
            Matcher::Native(native) => native.is_match(input),
            Matcher::Translated(translated) => translated.is_match(input),
            Matcher::Pcre2(pcre2) => pcre2.is_match(input),
            Matcher::Never => false,
        }
    }

    /// Matches and fills the shared list of captures as the original does:
    ///
    /// - the native engine clears it and fills it if captures were wanted;
    /// - osregex and pcre2 of OSSEC clear and fill it always, wanted or not, unless the pattern
    ///   takes the literal shortcut, which leaves it (§6.3);
    /// - pcre2 of Wazuh leaves it unless a group took part (§9.2).
    ///
    /// osmatch has neither captures nor an end: the list stays, the end is 0.
    #[inline]
    pub fn find(&self, input: &[u8], captures: &mut Captures) -> Option<Match> {
        self.find_after(Look::None, input, captures)
    }

    /// As [`Pattern::find`]. What a filter has looked for is not looked for again.
    pub(crate) fn find_after(
        &self,
        look: Look,
        input: &[u8],
        captures: &mut Captures,
    ) -> Option<Match> {
        let Captures { groups, marks } = captures;
        let raw_end = match &self.matcher {
            Matcher::Never => return None,
            Matcher::OsMatch(osmatch) => {
                return osmatch.is_match(input).then_some(Match {
                    raw_end: 0,
                    resume: 0,
                });
            }
            Matcher::Native(native) => {
                groups.clear();
                native.find(look, input, groups, marks)?
            }
            Matcher::Translated(translated) => {
                let end = translated.find(look, input, groups, marks)?;
                return Some(Match {
                    raw_end: end as i64,
                    resume: end,
                });
            }
            Matcher::Pcre2(pcre2) => {
                let end = pcre2.find(look, input, groups, marks)?;
                return Some(Match {
                    raw_end: pcre2.raw_end(end),
                    resume: end,
                });
            }
        };
        // The caller goes on behind the byte at the end, if there is one (§7).
        let resume = match usize::try_from(raw_end) {
            Ok(end) if end < input.len() => end + 1,
            Ok(_) => input.len(),
            Err(_) => 0,
        };
        Some(Match { raw_end, resume })
    }

    /// What every input has that the pattern matches: texts, and bytes and pairs of bytes, of which
    /// patterns that are plain text tell none.
    pub(crate) fn needs(&self) -> (Needs, NeededBytes) {
        let needs = match &self.matcher {
            Matcher::Native(native) => return (native.needs(), native.needed_bytes()),
            Matcher::Translated(translated) => return translated.needs(),
            Matcher::Pcre2(pcre2) => return pcre2.needs(),
            Matcher::OsMatch(osmatch) => osmatch.needs(),
            Matcher::Never => Needs::NEVER,
        };
        (needs, NeededBytes::UNKNOWN)
    }

    /// Whether OSSEC 3.7 or 4.3 compares this pattern as plain anchored text; a decoder's `regex`
    /// of that kind is refused (§2).
    pub fn is_literal_shortcut(&self) -> bool {
        match &self.matcher {
            Matcher::OsMatch(osmatch) => matches!(osmatch, OsMatch::Shortcut(_)),
            Matcher::Translated(translated) => matches!(translated, Translated::Shortcut(_)),
            Matcher::Pcre2(pcre2) => pcre2.is_shortcut(),
            Matcher::Native(_) | Matcher::Never => false,
        }
    }

    /// Whether the pattern runs on PCRE2 itself and not in linear time.
    pub fn backtracks(&self) -> bool {
        matches!(&self.matcher, Matcher::Pcre2(pcre2) if pcre2.is_original())
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &BStr {
        self.text.as_ref()
    }

    /// The language that it is written in.
    pub fn language(&self) -> Language {
        self.language
    }
}
