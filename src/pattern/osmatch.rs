//! osmatch (`spec/regex.md` §4): alternatives of plain text with optional anchors.
//!
//! | engine | reads | module part |
//! |---|---|---|
//! | Wazuh, 2.8.3 | bytes, ASCII case | [`Native`] |
//! | OSSEC 3.7, 4.3 | UTF-8, Unicode case, or the literal shortcut | [`Translated`] |
//!
//! Every strategy here is exact.

use memchr::memmem;
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::dialect::{OsMatchEngine, PatternRules};
use super::error::{PatternError, PatternErrorKind};
use super::literal::{Anchored, Finder, ends_with, starts_with};
use super::many::Many;
use super::needs::{Candidates, NeededText, Needs};

/// A compiled osmatch pattern.
#[derive(Clone, Debug)]
pub(crate) enum OsMatch {
    /// The empty pattern of OSSEC.
    Always,
    /// The byte engine.
    Native(Native),
    /// The literal shortcut of OSSEC.
    Shortcut(Anchored),
    /// What OSSEC gives to PCRE2.
    Translated(Translated),
}

impl OsMatch {
    /// Compiles; only the length and, for OSSEC, invalid UTF-8 can be refused.
    pub(crate) fn compile(rules: &PatternRules, pattern: &[u8]) -> Result<Self, PatternError> {
        PatternError::check_length(rules, pattern)?;
        Ok(match rules.osmatch {
            OsMatchEngine::Native {
                negation,
                e3_is_exact,
            } => OsMatch::Native(Native::new(pattern, negation, e3_is_exact)),
            OsMatchEngine::Translated if pattern.is_empty() => OsMatch::Always,
            OsMatchEngine::Translated => {
                let plain = |text: &[u8]| {
                    !text.is_empty() && !text.iter().any(|byte| b"$^|".contains(byte))
                };
                match Anchored::of(pattern, plain) {
                    Some(shortcut) => OsMatch::Shortcut(shortcut),
                    None => OsMatch::Translated(Translated::new(utf8(pattern)?)),
                }
            }
        })
    }

    /// Whether the input matches. Never allocates.
    #[inline]
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        match self {
            OsMatch::Always => true,
            OsMatch::Native(native) => native.is_match(input),
            OsMatch::Shortcut(shortcut) => shortcut.find(input).is_some(),
            OsMatch::Translated(translated) => translated.is_match(input),
        }
    }
}

impl OsMatch {
    /// What every input has that matches.
    pub(crate) fn needs(&self) -> Needs {
        match self {
            OsMatch::Always => Needs::Anything,
            OsMatch::Native(native) if native.negated => Needs::Anything,
            OsMatch::Native(native) => {
                Needs::any_of(native.alternatives.iter().map(Alternative::needs))
            }
            OsMatch::Shortcut(shortcut) => shortcut.needs(),
            OsMatch::Translated(translated) => {
                Needs::any_of(translated.alternatives.iter().map(|items| needs(items)))
            }
        }
    }
}

/// The pattern as text; the original's result for anything else is undefined (§12).
pub(crate) fn utf8(pattern: &[u8]) -> Result<&str, PatternError> {
    std::str::from_utf8(pattern).map_err(|error| {
        let at = error.valid_up_to();
        let bad = error.error_len().unwrap_or(pattern.len() - at);
        PatternError::new(
            PatternErrorKind::Syntax,
            at..at + bad,
            "the pattern is not valid utf-8",
        )
        .with_help("this dialect reads patterns as utf-8: save the file in that encoding")
    })
}

/// The byte engine of Wazuh and 2.8.3 (§4.2, §10.6).
#[derive(Clone, Debug)]
pub(crate) struct Native {
    negated: bool,
    alternatives: Box<[Alternative]>,
    /// Those that may stand anywhere, if they are many.
    contained: Option<Box<Many>>,
}

#[derive(Clone, Debug)]
enum Alternative {
    Always,
    /// Unanchored with a byte >= 0x80, which the original never finds.
    Never,
    Equals(Box<[u8]>),
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
    Contains(Finder),
    /// 2.8.3 with 0xE3: the lowered text in the input as it is.
    ContainsExactly(Box<memmem::Finder<'static>>),
}

impl Native {
    fn new(pattern: &[u8], negation: bool, e3_is_exact: bool) -> Self {
        let rest = if negation {
            pattern.strip_prefix(b"!")
        } else {
            None
        };
        let exact = e3_is_exact && pattern.contains(&0xe3);
        let alternatives: Box<[Alternative]> = rest
            .unwrap_or(pattern)
            .split(|&byte| byte == b'|')
            .map(|text| Alternative::new(text, exact))
            .collect();
        Native {
            negated: rest.is_some(),
            contained: Many::new(alternatives.iter().filter_map(Alternative::contained)),
            alternatives,
        }
    }

    #[inline]
    fn is_match(&self, input: &[u8]) -> bool {
        let mut alternatives = self.alternatives.iter();
        let found = match &self.contained {
            None => alternatives.any(|alternative| alternative.is_match(input)),
            Some(many) => {
                let mut others = alternatives.filter(|other| other.contained().is_none());
                others.any(|other| other.is_match(input)) || many.are_in(input)
            }
        };
        found != self.negated
    }
}

impl Alternative {
    fn new(text: &[u8], exact: bool) -> Self {
        if text.is_empty() {
            return Alternative::Always;
        }
        if let Some(rest) = text.strip_prefix(b"^") {
            return match rest.strip_suffix(b"$") {
                Some(whole) => Alternative::Equals(whole.into()),
                None => Alternative::Prefix(rest.into()),
            };
        }
        match text.strip_suffix(b"$") {
            Some(head) => Alternative::Suffix(head.into()),
            None if exact => Alternative::ContainsExactly(Box::new(
                memmem::Finder::new(&text.to_ascii_lowercase()).into_owned(),
            )),
            None if !text.is_ascii() => Alternative::Never,
            None => Alternative::Contains(Finder::new(text)),
        }
    }

    #[inline]
    fn is_match(&self, input: &[u8]) -> bool {
        match self {
            Alternative::Always => true,
            Alternative::Never => false,
            Alternative::Equals(text) => input.eq_ignore_ascii_case(text),
            Alternative::Prefix(text) => starts_with(input, text),
            Alternative::Suffix(text) => ends_with(input, text),
            Alternative::Contains(finder) => finder.find(input).is_some(),
            Alternative::ContainsExactly(finder) => finder.find(input).is_some(),
        }
    }

    fn contained(&self) -> Option<&Finder> {
        match self {
            Alternative::Contains(finder) => Some(finder),
            _ => None,
        }
    }

    fn needs(&self) -> Needs {
        match self {
            Alternative::Always => Needs::Anything,
            Alternative::Never => Needs::NEVER,
            Alternative::Equals(text) => Needs::one(text, true, true),
            Alternative::Prefix(text) => Needs::one(text, true, false),
            Alternative::Suffix(text) => Needs::one(text, false, true),
            Alternative::Contains(finder) => Needs::one(finder.text(), false, false),
            Alternative::ContainsExactly(finder) => Needs::one(finder.needle(), false, false),
        }
    }
}

/// What OSSEC 3.7 and 4.3 rewrite to PCRE2 (§4.3 step 3).
///
/// Plain ASCII alternatives are first tried on bytes. That is exact except on two accounts, which
/// [`Translated::is_match`] adds: the input must be UTF-8, and `k` and `s` also match U+212A and
/// U+017F, so with these letters an input that has one of the two is walked.
#[derive(Clone, Debug)]
pub(crate) struct Translated {
    /// Every alternative as plain ASCII text with anchors, if all of them are.
    plain: Option<Box<[Plain]>>,
    /// Those without anchors, if they are many.
    contained: Option<Box<Many>>,
    /// Some alternative has a `k` or `s`.
    folds_beyond_ascii: bool,
    /// All alternatives in full.
    alternatives: Box<[Box<[Item]>]>,
}

#[derive(Clone, Debug)]
struct Plain {
    finder: Finder,
    begin: bool,
    end: bool,
}

#[derive(Clone, Debug)]
enum Item {
    /// `^`: offset 0.
    Begin,
    /// `$`: the end, or before a newline that is the last byte.
    End,
    /// One of these characters: a character with all of its simple case foldings.
    Char(Box<[char]>),
}

impl Translated {
    fn new(pattern: &str) -> Self {
        let plain: Option<Box<[Plain]>> = pattern.split('|').map(Plain::new).collect();
        let contained = plain.iter().flatten().filter_map(Plain::contained);
        Translated {
            contained: Many::new(contained),
            plain,
            folds_beyond_ascii: pattern.bytes().any(|byte| b"kKsS".contains(&byte)),
            alternatives: pattern
                .split('|')
                .map(|text| text.chars().map(Item::new).collect())
                .collect(),
        }
    }

    #[inline]
    fn is_match(&self, input: &[u8]) -> bool {
        if let Some(plain) = &self.plain {
            let mut alternatives = plain.iter();
            let found = match &self.contained {
                None => alternatives.any(|alternative| alternative.is_match(input)),
                Some(many) => {
                    let mut others = alternatives.filter(|other| other.contained().is_none());
                    others.any(|other| other.is_match(input)) || many.are_in(input)
                }
            };
            if found {
                return std::str::from_utf8(input).is_ok();
            }
            if !self.folds_beyond_ascii || !has_folding_beyond_ascii(input) {
                return false;
            }
        }
        let Ok(input) = std::str::from_utf8(input) else {
            return false;
        };
        self.alternatives
            .iter()
            .any(|alternative| walk(alternative, input))
    }
}

impl Plain {
    fn new(text: &str) -> Option<Self> {
        let body = text.trim_start_matches('^');
        let (begin, body, whole) = (body.len() < text.len(), body.trim_end_matches('$'), body);
        if !body.is_ascii() || body.contains(['^', '$']) {
            return None;
        }
        Some(Plain {
            finder: Finder::new(body.as_bytes()),
            begin,
            end: body.len() < whole.len(),
        })
    }

    fn contained(&self) -> Option<&Finder> {
        (!self.begin && !self.end).then_some(&self.finder)
    }

    #[inline]
    fn is_match(&self, input: &[u8]) -> bool {
        let text = self.finder.text();
        let before_newline = || input.strip_suffix(b"\n");
        match (self.begin, self.end) {
            (false, false) => self.finder.find(input).is_some(),
            (true, false) => starts_with(input, text),
            (false, true) => {
                ends_with(input, text) || before_newline().is_some_and(|line| ends_with(line, text))
            }
            (true, true) => {
                input.eq_ignore_ascii_case(text)
                    || before_newline().is_some_and(|line| line.eq_ignore_ascii_case(text))
            }
        }
    }
}

impl Item {
    fn new(char: char) -> Self {
        match char {
            '^' => Item::Begin,
            '$' => Item::End,
            _ => {
                let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
                class.case_fold_simple();
                Item::Char(
                    class
                        .iter()
                        .flat_map(|range| range.start()..=range.end())
                        .collect(),
                )
            }
        }
    }
}

/// What every input has that matches one alternative of [`Translated`]. A `$` may stand before a
/// final newline, so that nothing is known of the very end; a character that is written in several
/// ways beyond ASCII case ends a text.
fn needs(items: &[Item]) -> Needs {
    let mut candidates = Candidates::default();
    let mut text = Vec::new();
    let mut begins = false;
    let mut first = true;
    for item in items {
        match item {
            Item::Begin => begins |= first,
            Item::End => {}
            Item::Char(chars) => {
                first = false;
                let all_ascii = chars.iter().all(char::is_ascii);
                match **chars {
                    [char, ..] if all_ascii || chars.len() == 1 => {
                        text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    _ => {
                        candidates.offer(vec![NeededText::new(&text, begins, false)]);
                        text.clear();
                        begins = false;
                    }
                }
            }
        }
    }
    candidates.offer(vec![NeededText::new(&text, begins, false)]);
    candidates.best()
}

/// Whether the input has U+017F or U+212A, the characters whose folding is an ASCII letter.
fn has_folding_beyond_ascii(input: &[u8]) -> bool {
    memmem::find(input, "\u{17f}".as_bytes()).is_some()
        || memmem::find(input, "\u{212a}".as_bytes()).is_some()
}

/// Whether the alternative matches at some character of the input.
fn walk(items: &[Item], input: &str) -> bool {
    let starts = input.char_indices().map(|(at, _)| at).chain([input.len()]);
    for start in starts {
        if walk_at(items, input, start) {
            return true;
        }
        if matches!(items.first(), Some(Item::Begin)) {
            return false;
        }
    }
    false
}

fn walk_at(items: &[Item], input: &str, start: usize) -> bool {
    let mut rest = &input[start..];
    for item in items {
        let holds = match item {
            Item::Begin => rest.len() == input.len(),
            Item::End => rest.is_empty() || rest == "\n",
            Item::Char(chars) => {
                let mut next = rest.chars();
                let fits = next.next().is_some_and(|char| chars.contains(&char));
                rest = next.as_str();
                fits
            }
        };
        if !holds {
            return false;
        }
    }
    true
}
