//! Patterns of all languages out of the vocabulary.

use proptest::prelude::*;

use super::vocabulary::{VALUES, WORDS};
use crate::dialect::{Dialect, Family};

/// The text of a pattern element, and which language it is in.
#[derive(Clone, Debug)]
pub(super) struct PatternDraft {
    pub(super) language: Written,
    text: String,
    /// In Wazuh the condition may be turned around.
    pub(super) negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    OsMatch,
    OsRegex,
    Pcre2,
}

impl PatternDraft {
    /// An element of this name, or what stands for it in the dialect, with an offset.
    pub(super) fn element(&self, dialect: Dialect, plain: &str, offset: Option<&str>) -> String {
        let text = match (dialect, self.language) {
            // OSSEC 2 has no pcre2: there the nearest of its own stands.
            (Dialect::Ossec283, Written::Pcre2) => without_pcre2(&self.text),
            _ => self.text.clone(),
        };
        let offset = offset.map_or_else(String::new, |to| format!(" offset=\"{to}\""));
        let is_pcre2 = self.language == Written::Pcre2;
        match dialect.family() {
            Family::Ossec => {
                // The name of an element says which language is in it.
                let name = match (plain, self.language) {
                    ("match", Written::OsRegex) => "regex".to_owned(),
                    ("regex", Written::OsMatch) => "match".to_owned(),
                    _ if !is_pcre2 => plain.to_owned(),
                    ("match", _) if dialect == Dialect::Ossec283 => "regex".to_owned(),
                    _ if dialect == Dialect::Ossec283 => plain.to_owned(),
                    ("regex", _) => "pcre2".to_owned(),
                    _ => format!("{plain}_pcre2"),
                };
                format!("<{name}{offset}>{text}</{name}>")
            }
            Family::Wazuh => {
                let language = match self.language {
                    Written::OsMatch => "osmatch",
                    Written::OsRegex => "osregex",
                    Written::Pcre2 => "pcre2",
                };
                format!("<{plain} type=\"{language}\"{offset}>{text}</{plain}>")
            }
        }
    }

    /// As [`PatternDraft::element`], for a rule: it may be negated.
    pub(super) fn condition(&self, dialect: Dialect, plain: &str) -> String {
        let element = self.element(dialect, plain, None);
        match dialect.family() {
            Family::Wazuh if self.negated => element.replacen(" type=", " negate=\"yes\" type=", 1),
            _ => element,
        }
    }
}

/// A pattern of the pieces below in osregex.
fn without_pcre2(text: &str) -> String {
    let others = [
        ("(?:alpha|ok)", "alpha"),
        ("[a-f]+", r"\w+"),
        (".*", r"\.*"),
        ("(?i)", ""),
        ("(?=f)", ""),
        (r"\b", ""),
        (r"\d{1,2}", r"\d+"),
        ("(a)?", "a"),
        ("(a)|(f)", "a|f"),
        ("(o)(k)?", "o"),
        ("[^ ]", r"\S"),
        (r"\w+?", r"\w+"),
    ];
    let start = text.to_owned();
    others
        .iter()
        .fold(start, |text, (pcre2, osregex)| text.replace(pcre2, osregex))
}

fn word() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(WORDS.to_vec())
}

fn value() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(VALUES.to_vec())
}

/// Alternatives of `piece`, some of them anchored.
fn alternatives(
    piece: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = String> {
    let anchor =
        |sign: &'static str, weight| prop_oneof![10 - weight => Just(""), weight => Just(sign)];
    let one = (anchor("^", 2), piece, anchor("$", 1))
        .prop_map(|(begin, piece, end)| format!("{begin}{piece}{end}"));
    let count = prop_oneof![5 => Just(1usize), 2 => Just(2), 1 => Just(3)];
    count
        .prop_flat_map(move |count| prop::collection::vec(one.clone(), count))
        .prop_map(|all| all.join("|"))
}

fn pieces(
    words: impl Strategy<Value = &'static str> + Clone + 'static,
    others: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = String> + Clone {
    let piece = prop_oneof![3 => words, 2 => prop::sample::select(others.to_vec())];
    let list = prop_oneof![
        4 => prop::collection::vec(piece.clone(), 1..2),
        1 => prop::collection::vec(piece, 1..most),
    ];
    list.prop_map(|pieces| pieces.concat())
}

fn draft(
    language: Written,
    text: impl Strategy<Value = String>,
) -> impl Strategy<Value = PatternDraft> {
    let negated = prop_oneof![9 => Just(false), 1 => Just(true)];
    (text, negated).prop_map(move |(text, negated)| PatternDraft {
        language,
        text,
        negated,
    })
}

/// A pattern of any language out of such words; osmatch so many times as often as the others.
fn of(
    words: impl Strategy<Value = &'static str> + Clone + 'static,
    os_match: u32,
) -> impl Strategy<Value = PatternDraft> {
    let osmatch = pieces(words.clone(), &["a", "o", " ", "=", "%", "K"], 3);
    let osmatch = alternatives(osmatch).boxed();
    let osregex = pieces(
        words.clone(),
        &[
            r"\d+", r"\S+", r"\w+", r"\.+", r"\.*", r"\s", r"\p", r"\d", r"\W", " ", "a", r"(\w+)",
            r"(\d+)",
        ],
        5,
    );
    let pcre2 = pieces(
        words,
        &[
            r"\d+",
            r"\S+",
            "(?:alpha|ok)",
            "[a-f]+",
            ".*",
            "(?i)",
            "(?=f)",
            r"\b",
            " ",
            r"\d{1,2}",
            r"(\w+)",
            "(l)",
            "(a)?",
            "[^ ]",
            r"\w+?",
        ],
        5,
    );
    prop_oneof![
        os_match => draft(Written::OsMatch, osmatch),
        1 => draft(Written::OsRegex, alternatives(osregex)),
        1 => draft(Written::Pcre2, alternatives(pcre2)),
    ]
}

/// Tested against logs.
pub(super) fn of_log() -> impl Strategy<Value = PatternDraft> {
    of(word(), 1)
}

/// The prematch of a decoder: one in four captures something.
pub(super) fn of_prematch() -> impl Strategy<Value = PatternDraft> {
    let groups = vec![
        r"(\w+)",
        "(a)|(f)",
        r"user=(\S+)",
        "(l)",
        "^(a)?",
        "(o)(k)?",
    ];
    let groups = prop::sample::select(groups).prop_map(str::to_owned);
    prop_oneof![3 => of_log(), 1 => draft(Written::Pcre2, groups)]
}

/// Tested against fields.
pub(super) fn of_value() -> impl Strategy<Value = PatternDraft> {
    of(value(), 4)
}

/// A short osmatch pattern of names.
pub(super) fn of_names(names: &'static [&'static str]) -> impl Strategy<Value = PatternDraft> {
    let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    let all = prop_oneof![8 => alternatives(name), 1 => Just(String::new())];
    draft(Written::OsMatch, all)
}
