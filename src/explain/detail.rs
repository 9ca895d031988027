//! Why a condition failed, as a sentence.

use std::fmt::Write as _;

use bstr::BStr;

use super::recorder::{Attempt, Part, Recorder};
use crate::dialect::{Dialect, Family};
use crate::engine::conditions::Condition;
use crate::engine::trace::Fitting;
use crate::engine::{Moment, Seen};
use crate::page::words::{code, static_field};
use crate::pattern::{self, Pattern};
use crate::ruleset::decoder::{Decoder, NameId};
use crate::ruleset::expression::{Expression, Test};
use crate::ruleset::list::ListField;
use crate::ruleset::rule::{Rule, RuleId, TextField};
use crate::verdict::Verdict;

/// A shorter beginning of a pattern says nothing when it is found.
const TELLING: usize = 4;

/// So much of a pattern or text is quoted.
const QUOTED: usize = 40;

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Why a condition of a rule failed; `None`: the condition says it all.
pub(super) fn of_condition<const ALL: bool>(
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    rule: RuleId,
    condition: &Condition,
    fitting: Option<Fitting>,
) -> Option<String> {
    let dialect = verdict.engine().ruleset().dialect;
    let seen = verdict.seen(condition);
    match condition {
        Condition::DecodedAs(name) => Some(other_decoder(verdict, recorder, *name)),
        Condition::Search => Some(too_few(&fitting?)),
        Condition::IfFts => Some(not_first(verdict)),
        Condition::CheckDiff => Some(
            "the log is the first of this rule and host, equals the last one, or is too long to be \
             compared"
                .to_owned(),
        ),
        Condition::CompiledRule(_) => None,
        Condition::Text(field, expression) => match seen {
            Seen::Value(value) => not_held(dialect, expression, value),
            _ => Some(absent(verdict, rule, condition, *field)),
        },
        Condition::Field(field) => match seen {
            Seen::Value(value) => not_held(dialect, &field.expression, value),
            _ => Some(no_value(verdict, &format!("the field {}", code(field.name.as_ref())))),
        },
        Condition::SrcIp(_) | Condition::DstIp(_) | Condition::List(_) => match seen {
            Seen::Value(value) => Some(format!("it is {}", quoted(value))),
            _ => Some(no_value(verdict, &looked_up(condition, dialect.family()))),
        },
        Condition::MinLogLength(_) | Condition::Time(_) | Condition::Weekday(_) => match seen {
            Seen::Length(length) => Some(format!("it has {length}")),
            Seen::Arrival(moment) => Some(format!("it arrived {}", arrival(moment))),
            _ => None,
        },
    }
}

/// How far a pattern got in a text.
pub(super) fn reached(dialect: Dialect, pattern: &Pattern, text: &BStr) -> Option<String> {
    let reach = pattern::reach(dialect, pattern.language(), pattern.text(), text)?;
    let written = pattern.text();
    let missing = quoted(written.get(reach.pattern.end..reach.end)?.into());
    let start = reach.pattern.start;
    let part = &written[reach.pattern];
    let rest = &text[reach.input..];
    if part == "^" && !rest.is_empty() {
        return Some(format!("the text begins with {}", quoted(rest)));
    }
    // Two or three letters are somewhere in every log.
    if part.len() < TELLING && !part.starts_with(b"^") {
        let whole = start == 0 && reach.end == written.len();
        return Some(match whole {
            true => format!("{} is nowhere in it", quoted(written)),
            false => "none of its alternatives is in it".to_owned(),
        });
    }
    let part = code(part);
    Some(if rest.is_empty() {
        format!("{part} matches, and then the text ends: {missing} is missing")
    } else {
        format!(
            "{part} matches, then {missing} does not: there stands {}",
            quoted(rest)
        )
    })
}

/// When an event arrived.
pub(super) fn arrival(moment: Moment) -> String {
    let day = DAYS[usize::from(moment.weekday()) % DAYS.len()];
    format!("{day} {:02}:{:02}", moment.hour(), moment.minute())
}

/// The beginning of a text in backticks.
fn quoted(text: &BStr) -> String {
    if text.len() <= QUOTED {
        return code(text);
    }
    let mut end = QUOTED;
    // Not within a character of UTF-8.
    while end > 0 && text[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    format!("{}…", code(text[..end].into()))
}

fn not_held(dialect: Dialect, expression: &Expression, value: &BStr) -> Option<String> {
    if expression.negated {
        return Some(format!("it is {}", quoted(value)));
    }
    match &expression.test {
        Test::Matches(pattern) => {
            let reached = reached(dialect, pattern, value);
            // Of a short value, the whole says more.
            if value.len() <= QUOTED {
                return Some(format!("it is {}", quoted(value)));
            }
            reached
        }
        Test::Equals(_) => Some(format!("it is {}", quoted(value))),
    }
}

fn absent(verdict: &Verdict<'_>, rule: RuleId, condition: &Condition, field: TextField) -> String {
    if field == TextField::ProgramName {
        return "the line has no program name".to_owned();
    }
    let ruleset = verdict.engine().ruleset();
    let element = crate::page::facts::element(ruleset, ruleset.rules.get(rule), condition);
    no_value(verdict, &format!("the field `{element}`"))
}

fn looked_up(condition: &Condition, family: Family) -> String {
    match condition {
        Condition::SrcIp(_) => "the source address".to_owned(),
        Condition::DstIp(_) => "the destination address".to_owned(),
        Condition::List(list) => match &list.test.field {
            ListField::User => "the user".to_owned(),
            ListField::Hostname => "the host name".to_owned(),
            ListField::ProgramName => "the program name".to_owned(),
            ListField::Static(field) => static_field(*field, family).to_owned(),
            ListField::Dynamic(name) => format!("the field {}", code(name.as_ref())),
        },
        _ => "the value".to_owned(),
    }
}

/// A value that the event lacks, and what that hangs on.
fn no_value(verdict: &Verdict<'_>, what: &str) -> String {
    match verdict.decoder_name() {
        Some(decoder) => format!(
            "{what} is absent: the decoder {} did not set it",
            code(decoder)
        ),
        None => format!("{what} is absent: no decoder matched the line"),
    }
}

/// Why the event does not have this decoder.
fn other_decoder<const ALL: bool>(
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    name: NameId,
) -> String {
    let has = match verdict.decoder_name() {
        Some(decoder) => format!("the decoder is {}", code(decoder)),
        None => "no decoder matched".to_owned(),
    };
    match why_not_decoder(verdict, recorder, name) {
        Some(why) => format!("{has}; {why}"),
        None => has,
    }
}

fn why_not_decoder<const ALL: bool>(
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    name: NameId,
) -> Option<String> {
    let decoders = &verdict.engine().ruleset().decoders;
    let wanted = |decoder: &&Decoder| decoder.name_id == name;
    let shown = code(decoders.name(name)?);
    let tops = || {
        decoders
            .decoders
            .iter()
            .filter(wanted)
            .filter(|decoder| decoder.parent.is_none())
    };
    let has_tops = tops().next().is_some();
    match verdict.program_name() {
        None if has_tops && tops().all(|decoder| decoder.program_name.is_some()) => {
            return Some(format!(
                "{shown} needs a program name, and the line has none"
            ));
        }
        Some(program) if has_tops && tops().all(|decoder| decoder.program_name.is_none()) => {
            return Some(format!(
                "{shown} is for lines without a program name, and this one has {}",
                code(program)
            ));
        }
        _ => {}
    }
    let heads = recorder.attempts.iter().filter(|attempt| {
        attempt.part == Part::Head && decoders.get(attempt.decoder).name_id == name
    });
    if let Some(attempt) = heads.clone().find(|attempt| !attempt.matched) {
        return Some(head_failed(verdict, recorder, &shown, attempt));
    }
    let matched = verdict.decoder_name()?;
    (ALL && heads.clone().next().is_none())
        .then(|| format!("{shown} was not tried, as {} comes first", code(matched)))
}

fn head_failed<const ALL: bool>(
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    shown: &str,
    attempt: &Attempt,
) -> String {
    let ruleset = verdict.engine().ruleset();
    let decoder = ruleset.decoders.get(attempt.decoder);
    let Some(searched) = attempt.searched else {
        let pattern = decoder
            .program_name
            .as_ref()
            .map(|pattern| code(pattern.text()));
        let program = verdict.program_name().map(code).unwrap_or_default();
        return format!(
            "{shown} needs a program name that matches {}, this one is {program}",
            pattern.unwrap_or_default()
        );
    };
    let text = recorder.text(searched);
    let prematch = decoder.prematch.as_ref();
    let written = prematch
        .map(|pattern| code(pattern.text()))
        .unwrap_or_default();
    match prematch.and_then(|pattern| reached(ruleset.dialect, pattern, text)) {
        Some(how) => format!("the prematch {written} of {shown} does not match: {how}"),
        None => format!("the prematch {written} of {shown} does not match"),
    }
}

/// Why an event is not seen for the first time.
fn not_first(verdict: &Verdict<'_>) -> String {
    match verdict.final_decoder() {
        None => "no decoder matched, so there are no keys".to_owned(),
        Some(decoder) if !decoder.has_fts() => {
            format!(
                "the decoder {} names no `fts` keys",
                code(decoder.name.bytes())
            )
        }
        Some(_) => "its keys were seen before".to_owned(),
    }
}

/// `3 of 8 events in 120 s`, and where the others are.
fn too_few(fitting: &Fitting) -> String {
    let Fitting {
        count,
        needed,
        timeframe,
        remembered,
        too_old,
        used,
        lacks_value,
    } = *fitting;
    let mut text = format!(
        "{} of {} events in {timeframe} s, this one included",
        count.saturating_add(1),
        needed.saturating_add(1)
    );
    if lacks_value {
        text.push_str("; this one lacks a value that must be the same");
    } else if remembered > count {
        let others = remembered - count;
        let are = if others == 1 { "is" } else { "are" };
        let _ = write!(text, "; {others} more {are} remembered, but do not fit");
    }
    if too_old > 0 {
        let _ = write!(text, "; {too_old} came before the time frame");
    }
    if used {
        text.push_str(
            "; earlier ones were counted already by a composite rule of this or a higher level",
        );
    }
    text
}

/// A rule by its id.
pub(super) fn named(rule: &Rule) -> String {
    format!("rule {}", rule.sid)
}
