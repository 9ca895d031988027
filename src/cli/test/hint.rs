//! The command that shows why an event is not as expected.

use std::fmt::Write;

use super::super::RulesetArgs;
use crate::engine::{Mode, Moment, SessionOptions};
use crate::suite::{Case, Failure, Input, Wanted};

/// The longest command that is shown with all events before the one in question, in bytes.
const LONGEST: usize = 2000;

/// `ossia explain …` for an event of a case.
pub(super) fn explain(
    ruleset: &RulesetArgs,
    options: &SessionOptions,
    case: &Case,
    failure: &Failure,
) -> String {
    let event = &case.events[failure.event];
    let at = event.moments[failure.time];
    let mut command = String::from("ossia explain");
    if let Input::Message(message) = &event.input {
        // That command takes lines only.
        let message = quoted(&String::from_utf8_lossy(message));
        command = format!("printf '%s\\n' {message} | ossia logtest -v -v --input queue");
        time_options(at, &mut command);
        ruleset_options(ruleset, &mut command);
        return command;
    }
    let last = failure.time + 1 == event.moments.len();
    let wanted = if last { &event.expect } else { &event.before };
    let rule = wanted.iter().find_map(|one| match &one.wanted {
        Wanted::Rule(rule) => rule.map(|rule| rule.to_string()),
        Wanted::UnitTest(test) if test.holds => Some(test.rule.to_string()),
        _ => None,
    });
    if let Some(rule) = rule.filter(|rule| rule.parse() != Ok(failure.actual.rule.unwrap_or(0)))
        && !rule.is_empty()
    {
        let _ = write!(command, " --rule {}", quoted(&rule));
    }
    let first = case.events[0].moments[0];
    let alone = failure.event == 0;
    if alone && failure.time > 0 {
        let every = event.moments[1].seconds - event.moments[0].seconds;
        let _ = write!(command, " --repeat {} --every {every}", failure.time + 1);
    }
    time_options(if alone { first } else { at }, &mut command);
    if let Input::Line { location, .. } = &event.input
        && location != crate::suite::LOCATION
    {
        let _ = write!(command, " --location {}", quoted(&location.to_string()));
    }
    if case.mode.unwrap_or(options.mode) == Mode::Daemon {
        command.push_str(" --as daemon");
    }
    ruleset_options(ruleset, &mut command);
    command.push_str(" --");
    let mut lines = String::new();
    if !alone {
        for before in &case.events[..failure.event] {
            for _ in &before.moments {
                let _ = write!(
                    lines,
                    " {}",
                    quoted(&String::from_utf8_lossy(before.input.text()))
                );
                if lines.len() > LONGEST {
                    break;
                }
            }
        }
        for _ in 0..failure.time {
            let _ = write!(
                lines,
                " {}",
                quoted(&String::from_utf8_lossy(event.input.text()))
            );
            if lines.len() > LONGEST {
                break;
            }
        }
        if lines.len() > LONGEST {
            lines = " …".to_owned();
        }
    }
    let line = quoted(&String::from_utf8_lossy(event.input.text()));
    let _ = write!(command, "{lines} {line}");
    command
}

/// The clock, in local time.
fn time_options(at: Moment, command: &mut String) {
    let _ = write!(command, " --clock {}", at.seconds);
    match at.utc_offset {
        0 => command.push_str(" --tz UTC"),
        offset => {
            // In POSIX the sign says how far local time is behind.
            let sign = if offset > 0 { '-' } else { '+' };
            let (hours, minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
            let _ = write!(command, " --tz '<L>{sign}{hours}:{minutes:02}'");
        }
    }
}

fn ruleset_options(ruleset: &RulesetArgs, command: &mut String) {
    let mut option = |name: &str, value: &std::path::Path| {
        let _ = write!(command, " {name} {}", quoted(&value.to_string_lossy()));
    };
    if let Some(path) = &ruleset.config {
        option("-c", path);
    }
    if let Some(path) = &ruleset.root {
        option("-D", path);
    }
    for path in &ruleset.ruleset {
        option("--ruleset", path);
    }
    for path in &ruleset.add {
        option("--add", path);
    }
    if let Some(dialect) = ruleset.dialect {
        let _ = write!(command, " --dialect {dialect}");
    }
}

/// As a word of a shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+,@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
