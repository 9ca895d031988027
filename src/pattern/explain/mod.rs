//! What a pattern means, part by part, in the dialect that will run it.
//!
//! For people: `explain` reads leniently, so that a pattern that is refused can be explained too.
//! What decides about a match are the engines; nothing here is used by them.
//!
//! | file | explains |
//! |---|---|
//! | `osmatch.rs` | osmatch |
//! | `osregex.rs` | osregex, native and translated |
//! | `pcre2.rs` | pcre2 |
//! | `reach.rs` | how far a pattern gets in a text |
//! | `hint.rs` | patterns that look like another language |

mod hint;
mod osmatch;
mod osregex;
mod pcre2;
mod reach;

pub use hint::{dialect_hint, literal_class};
pub use reach::{Reach, reach};

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::dialect::Dialect;

use super::Language;
use super::dialect::{OsMatchEngine, OsRegexEngine};

/// A part of a pattern and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which bytes of the pattern. Parts come in order, do not overlap and cover all of it.
    pub range: Range<usize>,
    /// These bytes.
    pub text: BString,
    /// One sentence, lower case, without a final period.
    pub meaning: String,
    /// It is plain text, compared byte by byte.
    pub is_text: bool,
}

/// Explains every part of a pattern, whether the dialect accepts it or not.
///
/// ```
/// use ossia::dialect::Dialect;
/// use ossia::pattern::{Language, explain};
///
/// let parts = explain(Dialect::Wazuh414, Language::OsRegex, br"^id \d+a+");
/// assert_eq!(parts[2].text, r"\d+");
/// assert_eq!(
///     parts[2].meaning,
///     "one or more digits; gives up at the first byte that the next part takes"
/// );
/// ```
pub fn explain(dialect: Dialect, language: Language, text: &[u8]) -> Vec<Part> {
    let rules = dialect.patterns();
    let mut parts = Parts {
        pattern: text,
        parts: Vec::new(),
    };
    match language {
        Language::OsMatch => match rules.osmatch {
            OsMatchEngine::Native { negation, .. } => osmatch::explain(&mut parts, Some(negation)),
            OsMatchEngine::Translated => osmatch::explain(&mut parts, None),
        },
        Language::OsRegex => {
            let native = matches!(rules.osregex, OsRegexEngine::Native(_));
            osregex::explain(&mut parts, native);
        }
        Language::Pcre2 => match rules.pcre2 {
            Some(rules) => pcre2::explain(&mut parts, rules),
            None => parts.push(0..text.len(), format!("{dialect} has no pcre2 patterns")),
        },
    }
    parts.parts
}

/// The parts found so far.
struct Parts<'a> {
    pattern: &'a [u8],
    parts: Vec<Part>,
}

impl Parts<'_> {
    /// Adds a part; an empty one is left out.
    fn push(&mut self, range: Range<usize>, meaning: impl Into<String>) {
        self.push_part(range, meaning.into(), false);
    }

    fn push_part(&mut self, range: Range<usize>, meaning: String, is_text: bool) {
        let range = range.start.min(self.pattern.len())..range.end.min(self.pattern.len());
        if !range.is_empty() {
            let text = self.pattern[range.clone()].into();
            self.parts.push(Part {
                range,
                text,
                meaning,
                is_text,
            });
        }
    }

    /// A text that is compared byte by byte.
    fn push_text(&mut self, range: Range<usize>, rest: &str) {
        let text = self.pattern.get(range.clone()).unwrap_or_default();
        let shown = text.escape_bytes().to_string().replace("\\\\", "\\");
        let shown = if text.is_utf8() {
            text.to_str_lossy().into_owned()
        } else {
            shown
        };
        self.push_part(range, format!("the text `{shown}`{rest}"), true);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(dialect: Dialect, language: Language, pattern: &str) -> String {
        let line = |part: Part| format!("{} = {}\n", part.text, part.meaning);
        explain(dialect, language, pattern.as_bytes())
            .into_iter()
            .map(line)
            .collect()
    }

    #[test]
    fn native_osregex() {
        let text = table(Dialect::Wazuh414, Language::OsRegex, r"^a+(\S+) é$x|\b\.*$");
        insta::assert_snapshot!(text, @r##"
        ^ = the start of the input
        a = the text `a`, in any case
        + = a literal `+`: quantifiers only follow a backslash class
        ( = begins group 1
        \S+ = one or more bytes that are no blanks; gives up at the first byte that the next part takes
        ) = ends group 1
         é = the text ` é`; never matches: bytes outside of ASCII in a pattern equal none of the input
        $ = a literal `$`: an anchor only ends an alternative
        x = the text `x`, in any case
        | = or, if nothing before it matches anywhere
        \b = not an escape of osregex: the pattern is refused
        \.* = any number, also none, of bytes of any kind; takes as many as there are
        $ = the very end of the input
        "##);
    }

    #[test]
    fn translated_osregex() {
        let text = table(Dialect::Ossec43, Language::OsRegex, r"a$b(\S+)|(\\x+)\>");
        insta::assert_snapshot!(text, @r##"
        a = the text `a`, in any case
        $ = the very end of the input; nothing can match behind it
        b = the text `b`, in any case
        ( = begins group 1
        \S+ = one or more characters that are no blanks; takes as many as there are
        ) = ends group 1
        | = or
        ( = begins group 2
        \\ = a literal `\`
        x = the text `x`, in any case
        + = the part before it, one or more times: the sign stands two bytes behind a backslash, which is all that this dialect looks at
        ) = ends group 2
        \> = not an escape of osregex: the pattern is refused
        "##);
        let text = table(Dialect::Ossec43, Language::OsRegex, r"^sshd$");
        insta::assert_snapshot!(text, @r##"
        ^ = the start of the input; plain text with an anchor is compared without a regex
        sshd = the text `sshd`, in any case
        $ = the very end of the input; plain text with an anchor is compared without a regex
        "##);
    }

    #[test]
    fn both_osmatch() {
        let text = table(Dialect::Wazuh414, Language::OsMatch, r"!^a.*$|\d|b^|é||x$");
        insta::assert_snapshot!(text, @r##"
        ! = not: matches if nothing of the rest does
        ^ = the start of the input
        a.* = the text `a.*`, in any case; every sign stands for itself
        $ = the end of the input
        | = or
        \d = the text `\d` anywhere, in any case; a backslash is a backslash here
        | = or
        b^ = the text `b^` anywhere, in any case
        | = or
        é = the text `é`; never found: bytes outside of ASCII only compare beside an anchor
        | = or; one side is empty and always matches
        | = or; one side is empty and always matches
        x = the text `x`, in any case
        $ = the end of the input
        "##);
        let text = table(Dialect::Ossec43, Language::OsMatch, r"!a|b^c");
        insta::assert_snapshot!(text, @r##"
        !a = the text `!a`, in any case
        | = or
        b = the text `b`, in any case
        ^ = the start of the input, here too: nothing can match before it
        c = the text `c`, in any case
        "##);
        let text = table(Dialect::Ossec43, Language::OsMatch, r"^a$");
        insta::assert_snapshot!(text, @r##"
        ^ = the start of the input
        a = the text `a`, in any case
        $ = the very end of the input
        "##);
    }

    #[test]
    fn pcre2() {
        let pattern = r"^(?i)(\S+?)(?:ab+|[^a-z]*){2,3}(?<n>.)\.\x41(?=x)\1$";
        let text = table(Dialect::Wazuh414, Language::Pcre2, pattern);
        insta::assert_snapshot!(text, @r##"
        ^ = the start of the input
        (?i) = from here to the end of the group: case does not count
        ( = begins group 1
        \S+? = a byte that is no white space, taken one or more times, as few as the rest allows
        ) = ends group 1
        (?: = begins a group without capture
        a = `a`, in any case
        b+ = `b`, in any case, taken one or more times
        | = or
        [^a-z]* = one byte not out of `a-z`, taken any number of times, also none
        ){2,3} = ends the group without capture, which occurs 2 to 3 times
        (?<n> = begins group 2, with a name
        . = any byte but a newline
        ) = ends group 2
        \. = a literal `.`
        \x41 = the byte with this number
        (?= = from here must match what is in parentheses
        x = the text `x`, in any case
        ) = ends the look-ahead
        \1 = what a group captured before
        $ = the end of the input, or before a newline that is its last byte
        "##);
        let text = table(Dialect::Ossec37, Language::Pcre2, r"^foo$");
        insta::assert_snapshot!(text, @r##"
        ^ = the start of the input; plain text with an anchor is compared without a regex
        foo = the text `foo`, in any case
        $ = the very end of the input; plain text with an anchor is compared without a regex
        "##);
    }

    proptest! {
        #[test]
        fn parts_cover_the_pattern(
            pattern in proptest::collection::vec(any::<u8>(), 0..20),
            signs in r"[a(){}\[\]\\?*+|^$.,:0-9dsSwQE<!=-]{0,20}",
            dialect in 0..4usize,
        ) {
            for pattern in [&pattern[..], signs.as_bytes()] {
                for language in [Language::OsMatch, Language::OsRegex, Language::Pcre2] {
                    let parts = explain(Dialect::ALL[dialect], language, pattern);
                    let mut at = 0;
                    for part in parts {
                        prop_assert_eq!(part.range.start, at);
                        at = part.range.end;
                    }
                    prop_assert_eq!(at, pattern.len());
                    dialect_hint(language, pattern);
                }
            }
        }
    }
}
