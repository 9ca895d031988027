//! Patterns that look as if they were written in another language.

use std::ops::Range;

use crate::pattern::{Language, pcre2_syntax};

/// A sign of another language: what to look for, and what to say.
struct Sign {
    found: fn(&[u8]) -> bool,
    hint: &'static str,
}

/// If the pattern looks like another language, what its author should know. Most telling first.
///
/// ```
/// use ossia::pattern::{Language, dialect_hint};
///
/// let hint = dialect_hint(Language::OsRegex, b"user .* failed").unwrap();
/// assert!(hint.contains(r"`\.*`"));
/// assert_eq!(dialect_hint(Language::Pcre2, b"user .* failed"), None);
/// ```
pub fn dialect_hint(language: Language, text: &[u8]) -> Option<String> {
    let signs = match language {
        Language::OsMatch => OSMATCH,
        Language::OsRegex => OSREGEX,
        Language::Pcre2 => PCRE2,
    };
    signs
        .iter()
        .find(|sign| (sign.found)(text))
        .map(|sign| sign.hint.to_owned())
}

const OSMATCH: &[Sign] = &[
    Sign {
        found: |text| escaped_any(text, b"dwsWDSpt"),
        hint: "this looks like a regular expression: in osmatch a backslash is a literal; write the \
               pattern as osregex or pcre2",
    },
    Sign {
        found: |text| escaped_any(text, b".()[]|$^*+?{}"),
        hint: "osmatch needs no backslashes, and takes them literally; `|` cannot be escaped",
    },
    Sign {
        found: |text| pair(text, (false, b'.'), &[(false, b'*'), (false, b'+')]),
        hint: "`.*` is a literal dot and star in osmatch, which finds its text anywhere anyway",
    },
    Sign {
        found: bracket_class,
        hint: "osmatch has no bracket classes: this is compared as text; write it as pcre2",
    },
    Sign {
        found: |text| contains(text, b"(?"),
        hint: "osmatch has no groups: this is compared as text; write it as pcre2",
    },
    Sign {
        found: grouped_alternatives,
        hint: "parentheses are literal in osmatch, and `|` splits the whole pattern, not a group",
    },
    Sign {
        found: |text| contains(text, b"|!"),
        hint: "`!` negates only as the first byte of the whole pattern",
    },
];

const OSREGEX: &[Sign] = &[
    Sign {
        found: |text| pair(text, (false, b'('), &[(false, b'?')]),
        hint: "`(?` is not special in osregex, this looks like pcre2: osregex has no look-around, \
               flags or groups without capture",
    },
    Sign {
        found: |text| pair(text, (false, b'.'), &[(false, b'*'), (false, b'+')]),
        hint: "`.*` is a literal dot and star in osregex: any text is `\\.*`",
    },
    Sign {
        found: bracket_class,
        hint: "osregex has no bracket classes: `[a-z]` is compared as text; use `\\w`, `\\d`, `\\p` \
               or write it as pcre2",
    },
    Sign {
        found: |text| escaped_any(text, b"bBnrxfvhAzZQEk0123456789"),
        hint: "this escape belongs to pcre2; osregex knows `\\d \\w \\s \\p \\t \\D \\W \\S \\.`",
    },
    Sign {
        found: counted,
        hint: "osregex has no counted repetition: `{2}` is compared as text; repeat the class or \
               write it as pcre2",
    },
    Sign {
        found: |text| contains(text, b")+") || contains(text, b")*") || contains(text, b")?"),
        hint: "osregex cannot repeat a group: the sign is a literal",
    },
    Sign {
        found: |text| text.first() == Some(&b'!'),
        hint: "a leading `!` negates only in osmatch of Wazuh; here it is a literal",
    },
];

const PCRE2: &[Sign] = &[
    Sign {
        found: |text| pair(text, (true, b'.'), &[(false, b'+'), (false, b'*')]),
        hint: "`\\.` is a literal dot in pcre2; if any text is meant, as in osregex, write `.+`",
    },
    Sign {
        found: |text| pair(text, (true, b'p'), &[(false, b'+'), (false, b'*')]),
        hint: "`\\p` names a Unicode property in pcre2; the signs of osregex are `[[:punct:]]`",
    },
    Sign {
        found: bordered_word,
        hint: "`\\<` and `\\>` are the literal `<` and `>` in pcre2; a word boundary is `\\b`",
    },
    Sign {
        found: |text| text.first() == Some(&b'!'),
        hint: "a leading `!` negates only in osmatch of Wazuh; here it is a literal",
    },
];

fn contains(text: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(text, needle).is_some()
}

/// Pairs of (escaped?, byte).
fn bytes(text: &[u8]) -> impl Iterator<Item = (bool, u8)> + '_ {
    let mut escaped = false;
    text.iter().filter_map(move |&byte| {
        let was = escaped;
        escaped = byte == b'\\' && !was;
        (!escaped).then_some((was, byte))
    })
}

fn escaped_any(text: &[u8], letters: &[u8]) -> bool {
    bytes(text).any(|(escaped, byte)| escaped && letters.contains(&byte))
}

/// One byte directly followed by one of these.
fn pair(text: &[u8], first: (bool, u8), second: &[(bool, u8)]) -> bool {
    let pairs: Vec<_> = bytes(text).collect();
    pairs
        .windows(2)
        .any(|pair| pair[0] == first && second.contains(&pair[1]))
}

/// `\<word\>`
fn bordered_word(text: &[u8]) -> bool {
    let starts = memchr::memmem::find_iter(text, b"\\<");
    starts.map(|at| &text[at + 2..]).any(|rest| {
        let word = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        word > 0 && rest[word..].starts_with(b"\\>")
    })
}

/// `[a-z…]` or `[^…]` with a `]` behind.
fn bracket_class(text: &[u8]) -> bool {
    text.windows(4).enumerate().any(|(at, window)| {
        let range = window[0] == b'['
            && window[2] == b'-'
            && window[1].is_ascii_alphanumeric()
            && window[3].is_ascii_alphanumeric();
        let negated = window[0] == b'[' && window[1] == b'^';
        (range || negated) && text[at..].contains(&b']')
    })
}

/// A bracket class of another language that this one surely reads as text: it is repeated, which
/// nobody writes behind a text in brackets. Where it stands, and the way out.
///
/// ```
/// use ossia::pattern::{Language, literal_class};
///
/// let (range, _) = literal_class(Language::OsRegex, b"id=[0-9]{3}$").unwrap();
/// assert_eq!(range, 3..11);
/// assert_eq!(literal_class(Language::OsRegex, b"^[client] "), None);
/// assert_eq!(literal_class(Language::Pcre2, b"id=[0-9]{3}$"), None);
/// ```
pub fn literal_class(language: Language, text: &[u8]) -> Option<(Range<usize>, &'static str)> {
    let help = match language {
        Language::OsMatch => "write the pattern as osregex with `\\d` or `\\w`, or as pcre2",
        Language::OsRegex => "use `\\d`, `\\w` or `\\p`, or write the pattern as pcre2",
        Language::Pcre2 => return None,
    };
    let opens = memchr::memchr_iter(b'[', text);
    let mut opens = opens.filter(|&open| open == 0 || text[open - 1] != b'\\');
    let range = opens.find_map(|open| {
        // The first byte of a class may be the closing bracket.
        let close = open + 2 + memchr::memchr(b']', text.get(open + 2..)?)?;
        let inside = &text[open + 1..close];
        let rest = &text[close + 1..];
        let times = pcre2_syntax::counted(rest).map(|_| memchr::memchr(b'}', rest));
        let class = inside.first() == Some(&b'^') || inside.windows(3).any(is_range);
        match (times.flatten(), rest.first()) {
            (Some(end), _) => Some(open..close + end + 2),
            (None, Some(b'+' | b'*')) if class => Some(open..close + 2),
            _ => None,
        }
    })?;
    Some((range, help))
}

/// `a-z`
fn is_range(window: &[u8]) -> bool {
    window[1] == b'-' && window[0].is_ascii_alphanumeric() && window[2].is_ascii_alphanumeric()
}

fn counted(text: &[u8]) -> bool {
    let close = |at: usize| pcre2_syntax::counted(&text[at..]).is_some();
    text.iter()
        .enumerate()
        .any(|(at, &byte)| byte == b'{' && close(at))
}

/// `(a|b)`
fn grouped_alternatives(text: &[u8]) -> bool {
    let bars = memchr::memchr_iter(b'|', text);
    bars.map(|bar| text.split_at(bar)).any(|(before, after)| {
        let open = before.iter().rposition(|&byte| byte == b'(');
        let inside = open.is_some_and(|open| !before[open..].contains(&b')'));
        let close = after.iter().find(|byte| b"()".contains(byte));
        inside && close == Some(&b')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said() {
        let hint = |language, text: &str| {
            dialect_hint(language, text.as_bytes()).unwrap_or_else(|| panic!("no hint: {text}"))
        };
        assert!(hint(Language::OsMatch, r"user \d+").contains("regular expression"));
        assert!(hint(Language::OsMatch, r"a\.b").contains("no backslashes"));
        assert!(hint(Language::OsMatch, "(a|b)c").contains("splits the whole"));
        assert!(hint(Language::OsRegex, "[0-9]+").contains("bracket classes"));
        assert!(hint(Language::OsRegex, r"\bword\b").contains("belongs to pcre2"));
        assert!(hint(Language::OsRegex, r"\d{1,3}").contains("counted"));
        assert!(hint(Language::OsRegex, "(?:a)").contains("pcre2"));
        assert!(hint(Language::OsRegex, r"(\d)+").contains("repeat a group"));
        assert!(hint(Language::Pcre2, r"user (\.+)").contains("literal dot"));
        assert!(hint(Language::Pcre2, r"\<root\>").contains("boundary"));
        assert!(hint(Language::Pcre2, r"a\p+").contains("property"));
        for (language, text) in [
            (Language::OsMatch, "Failed password|^Accepted"),
            (Language::OsMatch, "[error]"),
            (Language::OsMatch, "query (cache) denied|: query (cache)"),
            (Language::Pcre2, r"C:\\.+ <\<\w+\>"),
            (Language::OsRegex, r"^\(?@(\S+)\)"),
            (Language::OsRegex, r"^(\S+) from (\d+.\d+.\d+.\d+) \.+$"),
            (Language::OsRegex, r"[client \S+]"),
            (Language::Pcre2, r"^\S+ [a-z]{2,3}\.(?:com|net)$"),
        ] {
            assert_eq!(dialect_hint(language, text.as_bytes()), None, "{text}");
        }
    }
}
