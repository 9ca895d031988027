//! Patterns byte by byte.

use crate::pattern::Language;

/// One byte of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    /// Where it stands; of an escaped byte the place of the backslash.
    pub(super) at: usize,
    /// Behind it.
    pub(super) end: usize,
    /// It stands behind a backslash.
    pub(super) escaped: bool,
    /// The byte itself.
    pub(super) byte: u8,
}

impl Sign {
    /// The byte, without a backslash.
    pub(super) fn is(&self, byte: u8) -> bool {
        !self.escaped && self.byte == byte
    }

    /// One of these bytes, without a backslash.
    pub(super) fn is_one(&self, bytes: &[u8]) -> bool {
        !self.escaped && bytes.contains(&self.byte)
    }
}

/// The bytes of a pattern in which a backslash escapes. A backslash at the very end stands alone.
pub(super) fn signs(text: &[u8]) -> Vec<Sign> {
    let mut signs = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let escaped = text[at] == b'\\' && at + 1 < text.len();
        let end = at + 1 + usize::from(escaped);
        signs.push(Sign {
            at,
            end,
            escaped,
            byte: text[end - 1],
        });
        at = end;
    }
    signs
}

/// The bytes of a pcre2 pattern outside of classes and `\Q…\E`; a class is one sign `[`.
pub(super) fn pcre2_signs(text: &[u8]) -> Vec<Sign> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(b"\\Q") {
            at = memchr::memmem::find(rest, b"\\E").map_or(text.len(), |end| at + end + 2);
            continue;
        }
        let escaped = rest[0] == b'\\' && rest.len() > 1;
        let length = match rest[0] {
            b'[' => class_length(rest),
            _ => 1 + usize::from(escaped),
        };
        let byte = rest[usize::from(escaped)];
        found.push(Sign {
            at,
            end: at + length,
            escaped,
            byte,
        });
        at += length;
    }
    found
}

/// The length of the class at the beginning of a text, brackets included.
fn class_length(text: &[u8]) -> usize {
    let mut at = 1 + usize::from(text.get(1) == Some(&b'^'));
    // The first byte may be a closing bracket.
    at += usize::from(text.get(at) == Some(&b']'));
    while at < text.len() {
        match text[at] {
            b']' => return at + 1,
            b'\\' => at += 2,
            b'[' if text[at + 1..].starts_with(b":") => {
                let end = memchr::memmem::find(&text[at..], b":]");
                at += end.map_or(1, |end| end + 2);
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// How many captures a pattern gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) struct Groups {
    /// All of them.
    pub(in crate::check) total: usize,
    /// Those of the alternative with the most: alternatives never take part together.
    pub(in crate::check) most: usize,
}

/// Counts the groups of a pattern. `None`: alternatives may take part in ways that this does not
/// see, such as with conditions, recursion or a reset of the numbers.
pub(in crate::check) fn capture_groups(language: Language, text: &[u8]) -> Option<Groups> {
    let signs = match language {
        Language::OsMatch => return None,
        Language::OsRegex => signs(text),
        Language::Pcre2 => pcre2_signs(text),
    };
    let mut total = 0;
    // For each open group: groups of the current alternative, and of the best one before it.
    let mut levels = vec![(0_usize, 0_usize)];
    for sign in &signs {
        if sign.is(b'(') {
            let behind = &text[sign.end..];
            let captures = match language {
                Language::Pcre2 => is_capture(behind)?,
                _ => true,
            };
            total += usize::from(captures);
            levels.push((usize::from(captures), 0));
        } else if sign.is(b')') {
            let (current, best) = levels.pop()?;
            let level = levels.last_mut()?;
            level.0 += current.max(best);
        } else if sign.is(b'|') {
            let level = levels.last_mut()?;
            level.1 = level.1.max(level.0);
            level.0 = 0;
        }
    }
    let (current, best) = levels.pop()?;
    levels.is_empty().then_some(Groups {
        total,
        most: current.max(best),
    })
}

/// Whether the group whose parenthesis stands before `text` captures.
fn is_capture(text: &[u8]) -> Option<bool> {
    match text {
        // Verbs, recursion, conditions and resets of the numbers are not counted.
        [b'*', ..] | [b'?', b'|' | b'(' | b'R' | b'&' | b'0'..=b'9' | b'+', ..] => None,
        [b'?', b'P', b'=' | b'>', ..] => None,
        [b'?', b'P', b'<', ..] | [b'?', b'\'', ..] => Some(true),
        [b'?', b'<', next, ..] => Some(!matches!(next, b'=' | b'!')),
        [b'?', ..] => Some(false),
        _ => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        let count = |language, text: &str| {
            capture_groups(language, text.as_bytes()).map(|groups| (groups.total, groups.most))
        };
        let osregex = |text| count(Language::OsRegex, text);
        let pcre2 = |text| count(Language::Pcre2, text);
        assert_eq!(osregex(r"^(\S+) from (\d+)"), Some((2, 2)));
        assert_eq!(osregex(r"a \(x\) (\S+)|b (\d+) (\d+)"), Some((3, 2)));
        assert_eq!(osregex(r"((\d+)|(\w+)) (\S+)"), Some((4, 3)));
        assert_eq!(osregex(r"a)"), None);
        assert_eq!(pcre2(r"(?:a)(b)(?<c>d)(?=e)(?<!f)[()](\()"), Some((3, 3)));
        assert_eq!(pcre2(r"[](](a)[^](](b)[[:alpha:](](c)"), Some((3, 3)));
        assert_eq!(pcre2(r"\Q(\E(a)"), Some((1, 1)));
        assert_eq!(pcre2(r"(?|(a)|(b))"), None);
        assert_eq!(pcre2("["), Some((0, 0)));
    }
}
