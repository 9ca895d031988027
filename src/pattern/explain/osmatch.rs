//! osmatch, part by part (`spec/regex.md` §4).

use super::Parts;
use crate::pattern::literal::Anchored;

/// `native`: the byte engine, and whether it knows negation; `None`: OSSEC's rewriting.
pub(super) fn explain(parts: &mut Parts<'_>, native: Option<bool>) {
    let pattern = parts.pattern;
    let plain = |text: &[u8]| !text.is_empty() && !text.iter().any(|byte| b"$^|".contains(byte));
    let shortcut = native.is_none() && Anchored::of(pattern, plain).is_some();
    let mut at = 0;
    if native == Some(true) && pattern.first() == Some(&b'!') {
        parts.push(0..1, "not: matches if nothing of the rest does");
        at = 1;
    }
    loop {
        let length = pattern[at..].iter().position(|&byte| byte == b'|');
        let end = length.map_or(pattern.len(), |length| at + length);
        match native {
            Some(_) => native_alternative(parts, at, end),
            None => translated_alternative(parts, at, end, shortcut),
        }
        if end == pattern.len() {
            return;
        }
        let empty = end == at || end + 1 == pattern.len() || pattern[end + 1] == b'|';
        let always = if empty {
            "; one side is empty and always matches"
        } else {
            ""
        };
        parts.push(end..end + 1, format!("or{always}"));
        at = end + 1;
    }
}

fn native_alternative(parts: &mut Parts<'_>, start: usize, end: usize) {
    let text = &parts.pattern[start..end];
    let begin = usize::from(text.starts_with(b"^"));
    let last = usize::from(text.len() > begin && text.ends_with(b"$"));
    parts.push(start..start + begin, "the start of the input");
    let place = match (begin, last) {
        (0, 0) if !text.is_ascii() => {
            "; never found: bytes outside of ASCII only compare beside an anchor"
        }
        (0, 0) => " anywhere, in any case",
        _ => ", in any case",
    };
    let body = start + begin..end - last;
    let place = format!("{place}{}", literal_note(&parts.pattern[body.clone()]));
    parts.push_text(body, &place);
    parts.push(end - last..end, "the end of the input");
}

/// `^` and `$` are assertions wherever they stand.
fn translated_alternative(parts: &mut Parts<'_>, start: usize, end: usize, shortcut: bool) {
    let mut from = start;
    let pattern = parts.pattern;
    for at in start..=end {
        let sign = pattern.get(at).copied().filter(|_| at < end);
        // The last byte of a shortcut may be a newline: then `$` is text.
        let assertion = match sign {
            Some(b'^') => !shortcut || at == 0,
            Some(b'$') => !shortcut || at + 1 == pattern.len(),
            _ => false,
        };
        if !assertion && at < end {
            continue;
        }
        let note = literal_note(&pattern[from..at]);
        parts.push_text(from..at, &format!(", in any case{note}"));
        from = (at + 1).min(end);
        match sign {
            Some(b'^') if at == start => parts.push(at..at + 1, "the start of the input"),
            Some(b'^') => {
                parts.push(
                    at..at + 1,
                    "the start of the input, here too: nothing can match before it",
                );
            }
            Some(b'$') if shortcut => parts.push(at..at + 1, "the very end of the input"),
            Some(b'$') => {
                let place = "the end of the input, or before a newline that is its last byte";
                let middle = if at + 1 < end {
                    "; nothing can match behind it"
                } else {
                    ""
                };
                parts.push(at..at + 1, format!("{place}{middle}"));
            }
            _ => {}
        }
    }
}

/// What looks like more than text.
fn literal_note(text: &[u8]) -> &'static str {
    if text.contains(&b'\\') {
        "; a backslash is a backslash here"
    } else if text.iter().any(|byte| b".*+?()[]{}".contains(byte)) {
        "; every sign stands for itself"
    } else {
        ""
    }
}
