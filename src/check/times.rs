//! Times of the day and days of the week.

use super::context::{Context, WrittenRule, is};
use super::finding::{Draft, Output};
use super::registry::{Check, check};

pub(super) const CHECKS: &[Check] = &[
    check!(
        701 "noon-and-midnight", WARNING, All,
        "`12 am` is noon",
        "`am` changes nothing and `pm` adds twelve hours except to 12, so both `12 am` and `12 pm` are noon. \
         Midnight is `0:00`.",
        Rule(noon)
    ),
    check!(
        702 "negated-night", WARNING, All,
        "a `!` is lost on a range over midnight",
        "A range whose end is before its beginning is kept as the opposite of the hours between, and the `!` \
         is forgotten: `!6 pm - 8 am` means the same as `6 pm - 8 am`. Write the other range without `!`.",
        Rule(negated_night)
    ),
    check!(
        703 "minute-above-59", WARNING, All,
        "the minute of a time is above 59",
        "It is not checked, and compared as a number: `10:75` lies between 10:59 and 11:00.",
        Rule(minute)
    ),
    check!(
        704 "empty-weekday", ERROR, All,
        "an empty `weekday` never holds",
        "No day is named, so the rule holds on no day.",
        Rule(weekday)
    ),
];

/// The two times of a range as written, with their places in the text.
fn times(text: &[u8]) -> Vec<(usize, &[u8])> {
    let mut start = 0;
    text.split(|&byte| byte == b'-')
        .map(|piece| {
            let at = start;
            start += piece.len() + 1;
            (at, piece)
        })
        .collect()
}

/// Hour, minute and whether `a` or `p` stands behind.
fn clock(text: &[u8]) -> Option<(u32, u32, Option<u8>)> {
    let text = std::str::from_utf8(text)
        .ok()?
        .trim()
        .trim_start_matches('!')
        .trim();
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hour = digits(text);
    let number = text[..hour].parse().ok()?;
    let rest = &text[hour..];
    let (minute, rest) = match rest.strip_prefix(':') {
        Some(rest) => (
            rest[..digits(rest)].parse().unwrap_or(0),
            &rest[digits(rest)..],
        ),
        None => (0, rest),
    };
    let half = rest
        .trim()
        .bytes()
        .next()
        .map(|byte| byte.to_ascii_lowercase());
    Some((number, minute, half))
}

fn noon(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in rule.elements("time") {
        for (at, piece) in times(element.content.bytes()) {
            if let Some((12, _, Some(b'a'))) = clock(piece) {
                output.push(
                    Draft::new(format!("`12 am` is noon in rule `{}`", rule.sid()))
                        .at(
                            element.content.span_of(at..at + piece.len()),
                            "12:00, not 0:00",
                        )
                        .help("midnight is `0:00`"),
                );
            }
        }
    }
}

fn negated_night(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in rule.elements("time") {
        let text = element.content.bytes();
        let Some(sign) = memchr::memchr(b'!', text) else {
            continue;
        };
        let clocks: Vec<_> = times(text)
            .into_iter()
            .filter_map(|(_, piece)| clock(piece))
            .collect();
        let minutes = |&(hour, minute, half): &(u32, u32, Option<u8>)| {
            let afternoon = half == Some(b'p') && hour != 12;
            (hour + if afternoon { 12 } else { 0 }, minute)
        };
        if let [first, last] = clocks.as_slice()
            && minutes(first) > minutes(last)
        {
            output.push(
                Draft::new(format!("`!` has no effect in rule `{}`", rule.sid()))
                    .at(
                        element.content.span_of(sign..sign + 1),
                        "lost: the range is over midnight",
                    )
                    .help("write the opposite range without `!`"),
            );
        }
    }
}

fn minute(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in rule.elements("time") {
        for (at, piece) in times(element.content.bytes()) {
            if clock(piece).is_some_and(|(_, minute, _)| (60..100).contains(&minute)) {
                output.push(
                    Draft::new(format!("a minute of rule `{}` is above 59", rule.sid()))
                        .at(element.content.span_of(at..at + piece.len()), "not checked")
                        .help("minutes go from 00 to 59"),
                );
            }
        }
    }
}

fn weekday(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let last = rule
        .ast
        .elements
        .iter()
        .rfind(|element| is(&element.name, "weekday"));
    if let Some(element) = last {
        let empty = element
            .content
            .bytes()
            .iter()
            .all(|byte| b" ,".contains(byte));
        if empty {
            output.push(
                Draft::new(format!("rule `{}` holds on no day", rule.sid()))
                    .at(element.span, "no day is named")
                    .help("name a day, or remove it"),
            );
        }
    }
}
