//! The string functions beside the patterns (`spec/regex.md` §11).

use bstr::BString;

use crate::dialect::Dialect;

use super::dialect::EmptyWord;
use super::literal::starts_with;

/// Word match: alternatives by `|`, `^X` is a prefix, else a substring; without ASCII case.
///
/// Used for `if_group` against the groups of a rule, and others. An empty pattern is false; what
/// an empty alternative does depends on the dialect (§11).
///
/// ```
/// use ossia::dialect::Dialect;
/// use ossia::pattern::word_match;
///
/// assert!(word_match(Dialect::Wazuh414, b"sshd|^pam", b"syslog,SSHD"));
/// assert!(!word_match(Dialect::Wazuh414, b"^sshd", b"syslog,sshd"));
/// ```
pub fn word_match(dialect: Dialect, pattern: &[u8], input: &[u8]) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let empty = dialect.patterns().empty_word;
    let mut rest = Some(pattern);
    while let Some(text) = rest {
        let bar = text.iter().position(|&byte| byte == b'|');
        let alternative = &text[..bar.unwrap_or(text.len())];
        rest = bar.map(|bar| &text[bar + 1..]);
        if alternative.is_empty() {
            match (empty, rest) {
                (EmptyWord::True, _) | (EmptyWord::TrueIfLast, None) => return true,
                (EmptyWord::TrueIfLast, Some(next)) => {
                    // The bar and the next alternative are one literal text, if one more bar comes.
                    // Without one, the next alternative is simply the last.
                    let Some(length) = next.iter().position(|&byte| byte == b'|') else {
                        continue;
                    };
                    if contains(input, &text[..length + 1]) {
                        return true;
                    }
                    rest = Some(&next[length + 1..]);
                }
            }
        } else if word(alternative, input) {
            return true;
        }
    }
    false
}

fn word(alternative: &[u8], input: &[u8]) -> bool {
    match alternative.strip_prefix(b"^") {
        Some(prefix) => starts_with(input, prefix),
        None => contains(input, alternative),
    }
}

/// Substring search for texts that are met once: nothing is prepared.
fn contains(input: &[u8], text: &[u8]) -> bool {
    !text.is_empty()
        && input
            .windows(text.len())
            .any(|window| window.eq_ignore_ascii_case(text))
}

/// String break: splits at the separator into at most `size` parts; the last one takes the rest
/// with its separators, empty parts are kept. Wazuh: a backslash before a separator protects it
/// and is removed (§11).
///
/// ```
/// use ossia::dialect::Dialect;
/// use ossia::pattern::string_break;
///
/// assert_eq!(string_break(Dialect::Ossec43, b"a,b,c", b',', 2), ["a", "b,c"]);
/// ```
pub fn string_break(dialect: Dialect, input: &[u8], separator: u8, size: usize) -> Vec<BString> {
    let escapes = dialect.patterns().break_escapes;
    let mut parts = Vec::new();
    let mut part = BString::default();
    for (index, &byte) in input.iter().enumerate() {
        if byte != separator || parts.len() + 1 >= size {
            part.push(byte);
        } else if escapes && index > 0 && input[index - 1] == b'\\' {
            part.pop();
            part.push(byte);
        } else {
            parts.push(std::mem::take(&mut part));
        }
    }
    if size > 0 {
        parts.push(part);
    }
    parts
}
