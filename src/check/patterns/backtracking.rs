//! Patterns for which PCRE2 can need exponential time.

use super::scan::{Sign, pcre2_signs};
use crate::check::context::{Context, WrittenPattern, shown};
use crate::check::finding::{Draft, Output};
use crate::pattern::Language;

/// What is known about an open group.
#[derive(Default)]
struct Open {
    /// Where its parenthesis stands.
    at: usize,
    /// In the current alternative: something that must be there, other than one repetition.
    anchored: bool,
    /// In the current alternative: something is repeated without end.
    repeats: bool,
    /// In the current alternative: something is repeated without end and cannot be left out.
    required: bool,
    /// An alternative before was nothing but a repetition and what may be left out.
    loose: bool,
    /// The group cannot give a byte back.
    atomic: bool,
}

impl Open {
    fn end_alternative(&mut self) {
        self.loose |= self.repeats && !self.anchored;
        (self.anchored, self.repeats, self.required) = (false, false, false);
    }
}

/// How a part is repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    /// May be left out, and ends.
    Optional,
    /// Without end, and gives back what it took.
    Endless,
    /// Without end, and may be left out.
    Star,
    /// Never gives back.
    Possessive,
}

pub(super) fn catastrophic(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if pattern.language != Some(Language::Pcre2) {
        return;
    }
    let text = pattern.bytes();
    let signs = pcre2_signs(text);
    let mut open = vec![Open::default()];
    let mut index = 0;
    while index < signs.len() {
        let sign = signs[index];
        index += 1;
        if sign.is(b'(') {
            open.push(Open {
                at: sign.at,
                atomic: text[sign.end..].starts_with(b"?>"),
                ..Open::default()
            });
            // `?:` and its kin are no parts of the pattern.
            while signs.get(index).is_some_and(|sign| sign.is_one(b"?:=!<>"))
                && text[sign.end..].starts_with(b"?")
            {
                index += 1;
            }
            continue;
        }
        let Some(group) = open.last_mut() else {
            return;
        };
        if sign.is(b'|') {
            group.end_alternative();
            continue;
        }
        let closed = if sign.is(b')') {
            group.end_alternative();
            let Some(closed) = open.pop() else { return };
            Some(closed)
        } else {
            None
        };
        let is_group = closed.is_some();
        let (times, length) = times(text, &signs, index);
        index += length;
        let end = index.checked_sub(1).map_or(0, |last| signs[last].end);
        let endless = matches!(times, Times::Endless | Times::Star);
        if let Some(closed) = &closed
            && closed.loose
            && endless
            && !closed.atomic
        {
            let range = closed.at..end;
            output.push(
                Draft::new(format!(
                    "`{}` can be taken apart in exponentially many ways",
                    shown(&text[range.clone()])
                ))
                .at(pattern.text.span_of(range), "a repetition of a repetition")
                .help("repeat only the inner part, or only the group"),
            );
            return;
        }
        let Some(group) = open.last_mut() else {
            return;
        };
        // Brackets around nothing but a repetition change nothing about it.
        let bare = closed.is_some_and(|closed| closed.loose && !closed.atomic);
        match times {
            Times::Once if bare => {
                group.anchored |= group.required;
                group.required = true;
                group.repeats = true;
            }
            Times::Endless | Times::Star if !is_group => {
                // Of two that must both be there each ends the other, so nothing is said of them.
                group.anchored |= group.required && times == Times::Endless;
                group.required |= times == Times::Endless;
                group.repeats = true;
            }
            Times::Star | Times::Optional => {}
            // What takes nothing, such as a word boundary, separates as well.
            _ => group.anchored = true,
        }
    }
}

/// The quantifier at `index`, and how many signs it has.
fn times(text: &[u8], signs: &[Sign], index: usize) -> (Times, usize) {
    let Some(sign) = signs.get(index) else {
        return (Times::Once, 0);
    };
    let (times, length) = match sign {
        sign if sign.is(b'+') => (Times::Endless, 1),
        sign if sign.is(b'*') => (Times::Star, 1),
        sign if sign.is(b'?') => (Times::Optional, 1),
        sign if sign.is(b'{') => {
            let rest = &text[sign.end..];
            let Some(close) = memchr::memchr(b'}', rest) else {
                return (Times::Once, 0);
            };
            let inside = &rest[..close];
            let count = inside
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b',');
            if inside.is_empty() || !count {
                return (Times::Once, 0);
            }
            let times = match (inside.first(), inside.last()) {
                (Some(b'0'), Some(b',')) => Times::Star,
                (_, Some(b',')) => Times::Endless,
                (Some(b'0'), _) => Times::Optional,
                _ => Times::Once,
            };
            (times, close + 2)
        }
        _ => return (Times::Once, 0),
    };
    match signs.get(index + length) {
        Some(next) if next.is(b'+') => (Times::Possessive, length + 1),
        Some(next) if next.is(b'?') => (times, length + 1),
        _ => (times, length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::context::Owner;
    use crate::source::{Sources, Span, Text};

    fn is_catastrophic(text: &str) -> bool {
        // The check needs nothing of its context.
        let mut sources = Sources::default();
        let id = sources.add("x.xml", text);
        let pattern = WrittenPattern {
            owner: Owner::Rule(0),
            element: "regex".to_owned(),
            text: Text::new(text, Span::new(id, 0..text.len())),
            language: Some(Language::Pcre2),
            parts: Vec::new(),
            captures: false,
            compiled: None,
        };
        let mut output = Output::default();
        let inputs = crate::config::from_files(Vec::new(), None);
        let (ruleset, _) = crate::ruleset::build(&inputs);
        let context = Context::new(&inputs, &ruleset, &[]);
        catastrophic(&context, &pattern, &mut output);
        !output.finish().is_empty()
    }

    #[test]
    fn repetitions_of_repetitions() {
        for text in [
            "(a+)+",
            "(a*)*b",
            "^(?:\\w+)*$",
            "((a+))+x",
            "(x|a+)+",
            "(\\s*\\w+\\s*)+",
            "([a-z]+)+\\.",
            "(a+){2,}",
            "(a?b*)+",
        ] {
            assert!(is_catastrophic(text), "{text}");
        }
        for text in [
            "(a+b)+",
            "(a+)",
            "(a+)?",
            "a+b+",
            "(a+)++",
            "(?>a+)+",
            "(a++)+",
            "(,\\d+)*",
            "(?:\\d+\\.)+",
            "(a{2})+",
            "[(a+)]+",
            "(?:ab)+",
            "\\(a+\\)+",
            "(a+){3}",
            "(?=a+)b",
            "(\\b\\w+\\b)+",
            "(a+b+)+",
        ] {
            assert!(!is_catastrophic(text), "{text}");
        }
    }
}
