//! Syntax of one pattern language in another.

use std::ops::Range;

use super::scan::{Sign, pcre2_signs, signs};
use crate::check::context::{Context, WrittenPattern, shown};
use crate::check::finding::{Draft, Output};
use crate::pattern::{Language, literal_class};

/// Says something about a part of a pattern.
fn report(
    output: &mut Output,
    pattern: &WrittenPattern<'_>,
    range: Range<usize>,
    message: &str,
    label: &str,
    help: &str,
) {
    let part = shown(&pattern.bytes()[range.clone()]);
    let message = message.replace("{}", &part);
    let draft = Draft::new(message)
        .at(pattern.text.span_of(range), label)
        .help(help);
    output.push(draft);
}

/// A class of osregex that nothing but a regular expression has in text: it is repeated.
fn repeated_class(signs: &[Sign]) -> Option<Range<usize>> {
    signs.windows(2).find_map(|pair| {
        let class = pair[0].escaped && b"dwsDWSpt.".contains(&pair[0].byte);
        (class && pair[1].is_one(b"+*")).then_some(pair[0].at..pair[1].end)
    })
}

pub(super) fn regex_in_osmatch(
    context: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    if pattern.language != Some(Language::OsMatch) {
        return;
    }
    let Some(range) = repeated_class(&signs(pattern.bytes())) else {
        return;
    };
    let help = if context.is_wazuh() {
        "add `type=\"osregex\"` to the element"
    } else {
        "use `regex`, or the element with `_pcre2` behind its name"
    };
    let message = format!(
        "`{{}}` is compared as text: `{}` is osmatch",
        pattern.element
    );
    report(
        output,
        pattern,
        range,
        &message,
        "a backslash is an ordinary character here",
        help,
    );
}

pub(super) fn escape_in_osmatch(
    _: &Context<'_>,
    pattern: &WrittenPattern<'_>,
    output: &mut Output,
) {
    if pattern.language != Some(Language::OsMatch) {
        return;
    }
    let signs = signs(pattern.bytes());
    if repeated_class(&signs).is_some() {
        return;
    }
    // `\\.` and `\$` are also in paths of Windows; these are in nothing but patterns.
    let Some(found) = signs
        .iter()
        .find(|sign| sign.escaped && b"()[]|^*+?{}".contains(&sign.byte))
    else {
        return;
    };
    let (label, help) = if found.byte == b'|' {
        (
            "`|` splits the pattern here all the same",
            "a literal `|` needs `regex` (`\\|`) or pcre2",
        )
    } else {
        (
            "the backslash is looked for, too",
            "leave the backslash out",
        )
    };
    report(
        output,
        pattern,
        found.at..found.end,
        "`{}` is no escape in osmatch",
        label,
        help,
    );
}

pub(super) fn dot_star(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let help = match pattern.language {
        Some(Language::OsRegex) => "any text is `\\.*` in osregex",
        Some(Language::OsMatch) => {
            "osmatch finds its text anywhere; to skip text in between use `regex`"
        }
        _ => return,
    };
    let signs = signs(pattern.bytes());
    let found = signs
        .windows(2)
        .find(|pair| pair[0].is(b'.') && pair[1].is_one(b"*+"));
    if let Some(pair) = found {
        let range = pair[0].at..pair[1].end;
        report(
            output,
            pattern,
            range,
            "`{}` is a literal dot and sign here",
            "read as text",
            help,
        );
    }
}

pub(super) fn bracket_class(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let Some(language @ (Language::OsMatch | Language::OsRegex)) = pattern.language else {
        return;
    };
    // The load has told about these.
    if literal_class(language, pattern.bytes()).is_some() {
        return;
    }
    let text = pattern.bytes();
    let open = |&at: &usize| at == 0 || text[at - 1] != b'\\';
    let found = memchr::memchr_iter(b'[', text).filter(open).find_map(|at| {
        let inside = &text[at + 1..];
        let end = memchr::memchr(b']', inside)?;
        let inside = &inside[..end];
        let ranges = inside.len() >= 3 && is_ranges(inside.strip_prefix(b"^").unwrap_or(inside));
        ranges.then_some(at..at + end + 2)
    });
    if let Some(range) = found {
        let help = "use `\\w`, `\\d` or `\\p` of osregex, or write the pattern as pcre2";
        report(
            output,
            pattern,
            range,
            "`{}` is no class here",
            "read as text",
            help,
        );
    }
}

/// `a-z`, `A-Za-z0-9_.-`: at least one range from a letter to a later one, and nothing but ranges
/// and single signs.
fn is_ranges(text: &[u8]) -> bool {
    const RANGES: [&[u8]; 5] = [b"a-z", b"A-Z", b"0-9", b"a-f", b"A-F"];
    text.windows(3).any(|window| RANGES.contains(&window)) && !text.contains(&b' ')
}

pub(super) fn special_group(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let signs = signs(pattern.bytes());
    let found = match pattern.language {
        Some(Language::OsMatch | Language::OsRegex) => signs
            .windows(3)
            .find(|three| three[0].is(b'(') && three[1].is(b'?') && three[2].is_one(b":=!<i#>P")),
        _ => None,
    };
    if let Some(three) = found {
        let range = three[0].at..three[2].end;
        let help = "write the pattern as pcre2";
        report(
            output,
            pattern,
            range,
            "`{}` is not special here",
            "belongs to pcre2",
            help,
        );
    }
}

pub(super) fn counted(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let Some(language @ Language::OsRegex) = pattern.language else {
        return;
    };
    if literal_class(language, pattern.bytes()).is_some() {
        return;
    }
    let text = pattern.bytes();
    let signs = signs(text);
    let found = signs.windows(2).find_map(|pair| {
        let class = pair[0].escaped && b"dwsDWSp.".contains(&pair[0].byte);
        if !(class && pair[1].is(b'{')) {
            return None;
        }
        let rest = &text[pair[1].end..];
        let close = memchr::memchr(b'}', rest)?;
        let number = |byte: &u8| byte.is_ascii_digit() || *byte == b',';
        (close > 0 && rest[..close].iter().all(number))
            .then_some(pair[0].at..pair[1].end + close + 1)
    });
    if let Some(range) = found {
        let help = "repeat the class, or write the pattern as pcre2";
        report(
            output,
            pattern,
            range,
            "`{}` does not count here",
            "the braces are text",
            help,
        );
    }
}

pub(super) fn repeated_group(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if pattern.language != Some(Language::OsRegex) {
        return;
    }
    let signs = signs(pattern.bytes());
    let found = signs
        .windows(2)
        .find(|pair| pair[0].is(b')') && pair[1].is_one(b"+*"));
    if let Some(pair) = found {
        let range = pair[1].at..pair[1].end;
        let help = "repeat a class, or write the pattern as pcre2";
        report(
            output,
            pattern,
            range,
            "`{}` does not repeat a group",
            "read as text",
            help,
        );
    }
}

pub(super) fn osregex_in_pcre2(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if pattern.language != Some(Language::Pcre2) {
        return;
    }
    let signs = pcre2_signs(pattern.bytes());
    let found = signs
        .windows(2)
        .find(|pair| pair[0].escaped && pair[0].byte == b'.' && pair[1].is_one(b"+*"));
    if let Some(pair) = found {
        let range = pair[0].at..pair[1].end;
        let help = "if any text is meant, as in osregex, leave the backslash out";
        report(
            output,
            pattern,
            range,
            "`{}` is a row of dots in pcre2",
            "repeats a literal dot",
            help,
        );
    }
}

pub(super) fn word_border(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if pattern.language != Some(Language::Pcre2) {
        return;
    }
    let text = pattern.bytes();
    let found = memchr::memmem::find_iter(text, b"\\<").find_map(|at| {
        let rest = &text[at + 2..];
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric());
        let word = word.count();
        (word > 0 && rest[word..].starts_with(b"\\>")).then_some(at..at + word + 4)
    });
    if let Some(range) = found {
        let help = "a word boundary is `\\b` in pcre2";
        report(
            output,
            pattern,
            range,
            "`{}` is text in pcre2",
            "the characters `<` and `>`",
            help,
        );
    }
}

pub(super) fn group_in_osmatch(_: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    if pattern.language != Some(Language::OsMatch) {
        return;
    }
    let text = pattern.bytes();
    // A group with only words and bars in it: texts of logs in parentheses have no bars.
    let found = memchr::memchr_iter(b'(', text).find_map(|open| {
        let close = open + memchr::memchr(b')', &text[open..])?;
        let inside = &text[open + 1..close];
        let words = |byte: &u8| byte.is_ascii_alphanumeric() || b"|_-.".contains(byte);
        let group = inside.contains(&b'|') && inside.iter().all(words);
        (group && !inside.starts_with(b"|")).then_some(open..close + 1)
    });
    if let Some(range) = found {
        let help = "write every alternative in full, or use pcre2";
        report(
            output,
            pattern,
            range,
            "`{}` is no group in osmatch",
            "`|` splits the whole pattern",
            help,
        );
    }
}
