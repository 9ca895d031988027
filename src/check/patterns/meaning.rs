//! Patterns that are read as they are written, and do not mean what they seem to.

use bstr::ByteSlice;

use super::alternatives::split_bars;
use super::scan::{Sign, signs};
use crate::check::context::{Context, Owner, WrittenPattern, attribute, shown};
use crate::check::finding::{Draft, Output};
use crate::dialect::Dialect;
use crate::pattern::{Language, Pattern};

/// True if a leading `!` of this pattern negates.
fn negates(context: &Context<'_>, pattern: &WrittenPattern<'_>) -> bool {
    // The matcher of `if_matched_group` negates as well.
    context.is_wazuh() && pattern.language == Some(Language::OsMatch)
}

pub(super) fn no_negation(
    context: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    let text = pattern.bytes();
    let places: Vec<usize> = match pattern.language {
        Some(Language::Pcre2) => vec![0],
        _ => split_bars(text).map(|range| range.start).collect(),
    };
    // Text in front of which somebody might want a `!`: not `!!` or a lone one.
    let wanted = |&at: &usize| {
        let behind = text.get(at + 1);
        text.get(at) == Some(&b'!')
            && behind.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"^/\\(".contains(byte))
            && !(at == 0 && negates(context, pattern))
    };
    let Some(at) = places.into_iter().find(wanted) else {
        return;
    };
    let help = if context.is_wazuh() && !matches!(pattern.owner, Owner::Decoder(_)) {
        "use `negate=\"yes\"`"
    } else if matches!(pattern.owner, Owner::Decoder(_)) {
        "decoders cannot negate: order them so that the exception comes first"
    } else {
        "let a child rule of level 0 take the exceptions"
    };
    output.push(
        Draft::new(format!("`!` does not negate in `{}`", pattern.element))
            .at(pattern.text.span_of(at..at + 1), "a literal `!`")
            .help(help),
    );
}

pub(super) fn double_negation(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let negated = pattern
        .parts
        .last()
        .and_then(|last| attribute(last, "negate"));
    let Some(value) = negated.filter(|value| value.bytes().eq_ignore_ascii_case(b"yes")) else {
        return;
    };
    if pattern.language == Some(Language::OsMatch) && pattern.bytes().starts_with(b"!") {
        output.push(
            Draft::new(format!("`{}` is negated twice", pattern.element))
                .at(pattern.text.span_of(0..1), "negates")
                .at(value.span(), "and back again")
                .help("keep one of them"),
        );
    }
}

/// A byte of the input is surely consumed by it.
fn consumes(signs: &[Sign], index: usize) -> bool {
    let Some(sign) = signs.get(index) else {
        return false;
    };
    let plain =
        sign.escaped || sign.byte.is_ascii_alphanumeric() || b" =:/_,;".contains(&sign.byte);
    let starred = sign.escaped && signs.get(index + 1).is_some_and(|next| next.is(b'*'));
    plain && !starred
}

pub(super) fn anchor_inside(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let text = pattern.bytes();
    let found = match pattern.language {
        Some(Language::OsMatch) => split_bars(text).find_map(|range| {
            let piece = &text[range.clone()];
            let inside = |at: &usize| match piece[*at] {
                b'$' => piece[at + 1..]
                    .iter()
                    .any(|&byte| byte != b'$' && byte != b'\n'),
                b'^' => piece[..*at].iter().any(|&byte| byte != b'^'),
                _ => false,
            };
            let at = (0..piece.len()).find(inside)?;
            Some(range.start + at)
        }),
        Some(Language::OsRegex) => {
            let signs = signs(text);
            let inside = |&index: &usize| {
                let sign = signs[index];
                (sign.is(b'$') && consumes(&signs, index + 1))
                    || (sign.is(b'^') && index > 0 && consumes(&signs, index - 1))
            };
            (0..signs.len()).find(inside).map(|index| signs[index].at)
        }
        _ => None,
    };
    if let Some(at) = found {
        let sign = char::from(text[at]);
        let place = if sign == '$' { "end" } else { "beginning" };
        output.push(
            Draft::new(format!("`{sign}` can never match here"))
                .at(
                    pattern.text.span_of(at..at + 1),
                    format!("`{sign}` is the {place} of the text wherever it stands"),
                )
                .help(match pattern.language {
                    Some(Language::OsRegex) => format!("a literal one is `\\{sign}`"),
                    _ => "a literal one needs `regex` or pcre2".to_owned(),
                }),
        );
    }
}

pub(super) fn literal_anchor(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let text = pattern.bytes();
    let found = match pattern.language {
        Some(Language::OsRegex) => {
            let signs = signs(text);
            // Directly in a group, where an anchor is surely meant.
            let pair = signs
                .windows(2)
                .find(|pair| pair[0].is(b'(') && pair[1].is(b'^'));
            pair.map(|pair| pair[1].at)
        }
        Some(Language::OsMatch) => memchr::memmem::find(text, b"(^").map(|at| at + 1),
        _ => None,
    };
    if let Some(at) = found {
        output.push(
            Draft::new("`^` is compared as a character inside of a group")
                .at(pattern.text.span_of(at..at + 1), "no anchor")
                .help("put it in front of the group"),
        );
    }
}

pub(super) fn empty_alternative(
    context: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    let text = pattern.bytes();
    let bars: Vec<usize> = match pattern.language {
        Some(Language::OsMatch) => memchr::memchr_iter(b'|', text).collect(),
        Some(Language::OsRegex) => {
            let mut depth = 0_usize;
            let mut bars = Vec::new();
            for sign in signs(text) {
                match sign.byte {
                    b'(' if !sign.escaped => depth += 1,
                    b')' if !sign.escaped => depth = depth.saturating_sub(1),
                    b'|' if !sign.escaped && depth == 0 => bars.push(sign.at),
                    _ => {}
                }
            }
            bars
        }
        _ => return,
    };
    let start = usize::from(text.starts_with(b"!") && negates(context, pattern));
    let empty = bars.iter().copied().find(|&bar| {
        bar == start || bar + 1 == text.len() || bars.binary_search(&(bar + 1)).is_ok()
    });
    // The engine of 2.8.3 lets an alternative that consumes nothing match only in osmatch.
    let never = context.dialect == Dialect::Ossec283 && pattern.language == Some(Language::OsRegex);
    if let Some(bar) = empty.filter(|_| !never) {
        output.push(
            Draft::new(format!("`{}` matches everything", pattern.element))
                .at(pattern.text.span_of(bar..bar + 1), "an empty alternative")
                .help("remove the `|`"),
        );
        return;
    }
    // Between its bars a lone anchor is as good as nothing, if the engine at hand takes it so.
    let ends = bars.iter().copied().chain([text.len()]);
    let starts = [start].into_iter().chain(bars.iter().map(|bar| bar + 1));
    let lone = starts
        .zip(ends)
        .map(|(start, end)| start..end)
        .find(|range| matches!(&text.as_bytes()[range.clone()], b"^" | b"$"));
    let all = |compiled: &Pattern| PROBES.iter().all(|probe| compiled.is_match(probe));
    if let Some(range) = lone.filter(|_| !bars.is_empty() && pattern.compiled.is_some_and(all)) {
        output.push(
            Draft::new(format!("`{}` matches everything", pattern.element))
                .at(pattern.text.span_of(range), "an anchor of nothing")
                .help("remove this alternative, or write what begins or ends the text"),
        );
    }
}

/// Texts that have nothing in common.
const PROBES: [&[u8]; 4] = [b"", b"\x01", b"Zq, x", b"0"];

pub(super) fn always_true(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if !matches!(pattern.owner, Owner::Rule(_)) || !pattern.tests_log() {
        return;
    }
    let Some(compiled) = pattern.compiled else {
        return;
    };
    let negated = pattern
        .parts
        .last()
        .and_then(|last| attribute(last, "negate"));
    if negated.is_some_and(|value| value.bytes().eq_ignore_ascii_case(b"yes")) {
        return;
    }
    // An empty text is said to be one, and an empty alternative has a check of its own.
    let text = pattern.bytes();
    let bar = text.starts_with(b"|") || text.ends_with(b"|") || contains(text, b"||");
    if !text.is_empty() && !bar && PROBES.iter().all(|probe| compiled.is_match(probe)) {
        output.push(
            Draft::new(format!("`{}` matches every log", pattern.element))
                .at(pattern.text.span(), "holds for any text")
                .help("leave the condition out, or say what it should look for"),
        );
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

pub(super) fn line_break(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let extended = pattern.language == Some(Language::Pcre2) && pattern.bytes().starts_with(b"(?");
    let at = memchr::memchr2(b'\n', b'\r', pattern.bytes());
    if let Some(at) = at.filter(|_| !extended) {
        output.push(
            Draft::new(format!(
                "the pattern of `{}` has a line break in it",
                pattern.element
            ))
            .at(pattern.text.span_of(at..at), "compared as it stands")
            .help("write it on one line, or repeat the element"),
        );
    }
}

pub(super) fn adjacent_groups(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if pattern.language != Some(Language::OsRegex) {
        return;
    }
    let signs = signs(pattern.bytes());
    let adjacent = |pair: &&[Sign]| pair.iter().all(|sign| sign.is_one(b"()"));
    if let Some(pair) = signs.windows(2).find(adjacent) {
        output.push(
            Draft::new("of two parentheses in a row the second one is compared as text")
                .at(
                    pattern.text.span_of(pair[0].at..pair[1].end),
                    "nothing between them",
                )
                .help("put something between them, or write the pattern as pcre2"),
        );
    }
}

pub(super) fn non_ascii(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let text = pattern.bytes();
    let foreign = |byte: &u8| !byte.is_ascii();
    let at = match pattern.language {
        Some(Language::OsRegex) => text.iter().position(foreign),
        Some(Language::OsMatch) => split_bars(text).find_map(|range| {
            let piece = &text[range.clone()];
            let free = !piece.starts_with(b"^") && !piece.ends_with(b"$");
            let at = piece.iter().position(foreign).filter(|_| free)?;
            Some(range.start + at)
        }),
        _ => None,
    };
    if let Some(at) = at {
        let end = at + text[at..].iter().take_while(|byte| foreign(byte)).count();
        output.push(
            Draft::new(format!("`{}` never matches this text", pattern.element))
                .at(
                    pattern.text.span_of(at..end),
                    "bytes beyond ASCII equal none of the log",
                )
                .help("write `\\S` of osregex for each of these bytes, or use pcre2"),
        );
    }
}

pub(super) fn glued(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    for pair in pattern.parts.windows(2) {
        let (before, behind) = (pair[0].content.bytes(), pair[1].content.bytes());
        // Long patterns are broken at any place on purpose, but hardly within a word, and an anchor
        // between two parts is the end or beginning of a whole one.
        let words = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let broken_word = words(before.last()) && words(behind.first()) && !escapes(before);
        let anchor = behind.starts_with(b"^") || (before.ends_with(b"$") && !escapes(before));
        if !(broken_word || anchor) || before.ends_with(b"|") || behind.starts_with(b"|") {
            continue;
        }
        let name = &pattern.element;
        output.push(
            Draft::new(format!(
                "these `{name}` elements are one pattern without a separator"
            ))
            .at(pair[1].span, format!("continues the `{name}` before"))
            .at(pair[0].span, "the first part")
            .note(format!("together they are `{}`", shown(pattern.bytes())))
            .help("end the first one with `|` if alternatives are meant"),
        );
        return;
    }
}

/// The last byte stands behind a backslash.
fn escapes(text: &[u8]) -> bool {
    let before = text.len().saturating_sub(1);
    text[..before].ends_with(b"\\")
}

pub(super) fn mixed_attributes(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let Some((last, others)) = pattern.parts.split_last() else {
        return;
    };
    for name in ["type", "negate"] {
        let default = if name == "negate" { "no" } else { "" };
        let value = |element: &crate::ast::Element| {
            let value = attribute(element, name).map(|value| value.lossy().to_lowercase());
            value.unwrap_or_else(|| default.to_owned())
        };
        if let Some(other) = others.iter().find(|other| value(other) != value(last)) {
            output.push(
                Draft::new(format!(
                    "the last `{}` says `{name}` for all of them",
                    pattern.element
                ))
                .at(other.span, "has another one")
                .at(last.span, "this one counts")
                .help("give all of them the same attributes, or use one element"),
            );
            return;
        }
    }
}

pub(super) fn pattern_in_action(
    context: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    if pattern.language.is_some() {
        return;
    }
    let text = pattern.bytes();
    let at = match memchr::memchr(b'|', text) {
        None if text.starts_with(b"^") || text.starts_with(b"!") => Some(0),
        None if text.ends_with(b"$") && text.len() > 1 => Some(text.len() - 1),
        found => found,
    };
    if let Some(at) = at {
        let sign = char::from(text[at]);
        output.push(
            Draft::new(format!("`{sign}` is an ordinary character in `action`"))
                .at(pattern.text.span_of(at..at + 1), "compared as it stands")
                .help(if context.is_wazuh() {
                    "add `type=\"osmatch\"`"
                } else {
                    "write one rule for each action"
                }),
        );
    }
}

pub(super) fn unanchored_number(
    _: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    let numeric = ["id", "srcport", "dstport", "status"].contains(&pattern.element.as_str());
    if !numeric || pattern.language != Some(Language::OsMatch) {
        return;
    }
    let text = pattern.bytes();
    let found = split_bars(text).find(|range| {
        let piece = &text[range.clone()];
        !piece.is_empty() && piece.iter().all(u8::is_ascii_digit)
    });
    if let Some(range) = found {
        let number = shown(&text[range.clone()]);
        output.push(
            Draft::new(format!("`{number}` is also found in longer numbers"))
                .at(pattern.text.span_of(range), "anywhere in the field")
                .help(format!("write `^{number}$`")),
        );
    }
}

pub(super) fn entity(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    const ENTITIES: [&[u8]; 5] = [b"&lt;", b"&gt;", b"&amp;", b"&quot;", b"&apos;"];
    let text = pattern.bytes();
    let found = memchr::memchr_iter(b'&', text).find_map(|at| {
        let entity = ENTITIES
            .iter()
            .find(|entity| text[at..].starts_with(entity))?;
        Some(at..at + entity.len())
    });
    if let Some(range) = found {
        let entity = shown(&text[range.clone()]);
        output.push(
            Draft::new(format!("`{entity}` is compared as it stands"))
                .at(pattern.text.span_of(range), "entities are not decoded")
                .help("write the character itself; `<` is `\\<` in osregex and pcre2"),
        );
    }
}

pub(super) fn ignored_pcre2(
    context: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    let plain = match pattern.element.as_str() {
        "pcre2" => "regex",
        name => match name.strip_suffix("_pcre2") {
            Some(plain) => plain,
            None => return,
        },
    };
    let elements = match pattern.owner {
        Owner::Rule(index) => &context.rules[index].ast.elements,
        Owner::Decoder(index) => &context.decoders[index].ast.elements,
    };
    let is_plain = |element: &&crate::ast::Element| {
        element.name.bytes().eq_ignore_ascii_case(plain.as_bytes())
    };
    if let (Some(twin), Some(part)) = (elements.iter().find(is_plain), pattern.parts.first()) {
        let place = match pattern.owner {
            Owner::Rule(_) => "move one of them to a child rule",
            Owner::Decoder(_) => "keep one of them",
        };
        output.push(
            Draft::new(format!("`{}` is ignored beside `{plain}`", pattern.element))
                .at(part.span, "never tested")
                .at(twin.span, "this one counts")
                .help(place),
        );
    }
}
