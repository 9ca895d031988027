//! What the dialects' pattern engines differ in (`spec/regex.md` §1, table "Which engine by
//! version"). The engines take these tables at compile time and never ask for the dialect.

use crate::dialect::Dialect;

use super::classes::{ByteSet, CLASSIC_NOT_WORD, OS_WORD};

/// The pattern languages of one dialect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternRules {
    /// Longest osmatch and osregex pattern, in bytes.
    pub(crate) longest: usize,
    /// Engine of osmatch.
    pub(crate) osmatch: OsMatchEngine,
    /// Engine of osregex.
    pub(crate) osregex: OsRegexEngine,
    /// Behaviour of pcre2 elements; `None`: the dialect has none.
    pub(crate) pcre2: Option<Pcre2Rules>,
    /// Number of the message about parentheses.
    pub(crate) parenthesis_code: u8,
    /// How word match treats an empty alternative (§11).
    pub(crate) empty_word: EmptyWord,
    /// Whether string break lets a backslash protect the separator (§11).
    pub(crate) break_escapes: bool,
}

/// Which osmatch (§4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OsMatchEngine {
    /// Bytes (§4.2).
    Native {
        /// A leading `!` negates.
        negation: bool,
        /// A byte 0xE3 anywhere makes unanchored alternatives exact byte searches (§10.6).
        e3_is_exact: bool,
    },
    /// UTF-8, rewritten to PCRE2, with a literal shortcut (§4.3).
    Translated,
}

/// Which osregex.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OsRegexEngine {
    /// The state machine of §5.
    Native(Flavour),
    /// UTF-8, rewritten to PCRE2, with a literal shortcut (§6).
    Translated,
}

/// The two state machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flavour {
    /// The set of `\W`.
    pub(crate) not_word: ByteSet,
    /// A pattern that consumes nothing does not match (§10.2).
    pub(crate) must_consume: bool,
    /// A mark of a hand-over at the last byte stands behind that byte (§10.3).
    pub(crate) last_byte_mark: bool,
}

/// How pcre2 elements are compiled (§9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pcre2Rules {
    /// Compiled caseless, with the literal shortcut, an empty pattern is an error.
    pub(crate) caseless: bool,
    /// Plain anchored texts are compared as bytes.
    pub(crate) shortcut: bool,
    /// An empty pattern is an error.
    pub(crate) refuse_empty: bool,
    /// Unset groups before the last one that took part are empty strings, and a match without
    /// groups leaves the shared list as it was; else unset groups are left out and the list is
    /// cleared first.
    pub(crate) keep_unset: bool,
    /// The raw end is one before the end of the match.
    pub(crate) end_before: bool,
}

/// What an empty alternative of word match does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmptyWord {
    /// Holds.
    True,
    /// Holds if it is the last one; else it is the text `|` + the next alternative, and only if
    /// one more `|` follows.
    TrueIfLast,
}

/// Longest pattern of OSSEC, in bytes.
const OSSEC_LONGEST: usize = 2048;
/// Longest pattern of Wazuh, in bytes.
const WAZUH_LONGEST: usize = 20480;

impl Dialect {
    /// The pattern languages of this dialect.
    pub(crate) fn patterns(self) -> PatternRules {
        let ossec = PatternRules {
            longest: OSSEC_LONGEST,
            osmatch: OsMatchEngine::Translated,
            osregex: OsRegexEngine::Translated,
            pcre2: Some(Pcre2Rules {
                caseless: true,
                shortcut: true,
                refuse_empty: true,
                keep_unset: false,
                end_before: false,
            }),
            parenthesis_code: 6,
            empty_word: EmptyWord::True,
            break_escapes: false,
        };
        match self {
            Dialect::Ossec37 | Dialect::Ossec43 => ossec,
            Dialect::Ossec283 => PatternRules {
                osmatch: OsMatchEngine::Native {
                    negation: false,
                    e3_is_exact: true,
                },
                osregex: OsRegexEngine::Native(Flavour {
                    not_word: CLASSIC_NOT_WORD,
                    must_consume: true,
                    last_byte_mark: true,
                }),
                pcre2: None,
                parenthesis_code: 7,
                empty_word: EmptyWord::TrueIfLast,
                ..ossec
            },
            Dialect::Wazuh414 => PatternRules {
                longest: WAZUH_LONGEST,
                osmatch: OsMatchEngine::Native {
                    negation: true,
                    e3_is_exact: false,
                },
                osregex: OsRegexEngine::Native(Flavour {
                    not_word: OS_WORD.not(),
                    must_consume: false,
                    last_byte_mark: false,
                }),
                pcre2: Some(Pcre2Rules {
                    caseless: false,
                    shortcut: false,
                    refuse_empty: false,
                    keep_unset: true,
                    end_before: true,
                }),
                parenthesis_code: 7,
                empty_word: EmptyWord::TrueIfLast,
                break_escapes: true,
            },
        }
    }
}
