//! `[[case]]`.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::header::Defaults;
use super::parameters::{self, Parameters};
use super::reader::{Reader, Value};
use super::{expectations, header, time};
use crate::source::Span;
use crate::suite::{Case, Event, Expectation, Input};

/// How often a case may come with different parameters.
pub const INSTANCES: usize = 10_000;

/// How many events a file may have, repetitions included.
pub const EVENTS: usize = 2_000_000;

/// Seconds from an event to the next if nothing is said, as somebody types.
const PACE: i64 = 1;

/// What tells an event.
const EVENT_KEYS: [&str; 5] = ["log", "message", "repeat", "every", "before"];

/// Reads a case, once for each set of its parameters. `room` is the number of events that may yet
/// come.
pub(super) fn read(
    reader: &mut Reader,
    table: &DeTable<'_>,
    place: Span,
    defaults: &Defaults,
    room: &mut usize,
) -> Vec<Case> {
    let own = ["name", "todo", "with", "event"];
    let known = [&own[..], &EVENT_KEYS, &header::KEYS, &expectations::KEYS].concat();
    reader.known(table, "[[case]]", &known);
    let sets = match table.get("with") {
        Some(value) => parameters::read(reader, value),
        None => vec![Parameters::default()],
    };
    let mut cases = Vec::new();
    for (index, set) in sets.into_iter().enumerate() {
        reader.parameters = set;
        let problems = reader.diagnostics.len();
        let case = instance(reader, table, place, defaults, room);
        if index == 0 {
            report_unused(reader, table);
        }
        cases.extend(case.filter(|_| reader.diagnostics.len() == problems));
    }
    reader.parameters = Parameters::default();
    cases
}

fn report_unused(reader: &mut Reader, table: &DeTable<'_>) {
    let unused: Vec<String> = reader.parameters.unused().map(str::to_owned).collect();
    if let Some(value) = table.get("with")
        && !unused.is_empty()
    {
        let names = unused.join("`, `");
        let message = format!("the parameter `{names}` stands nowhere in the case");
        let help = format!("texts take it as `{{{}}}`", unused[0]);
        let span = reader.span(value.span());
        reader.misfit(span, &message, "it changes nothing", &help);
    }
}

fn instance(
    reader: &mut Reader,
    table: &DeTable<'_>,
    place: Span,
    defaults: &Defaults,
    room: &mut usize,
) -> Option<Case> {
    let name = match table.get("name").map(Value::get_ref) {
        Some(DeValue::String(name)) => reader.parameters.name(name),
        Some(_) => {
            reader.wrong(&table["name"], "`name` is a text");
            return None;
        }
        None => {
            reader.misfit(
                place,
                "the case has no name",
                "this case",
                "add `name = \"…\"`",
            );
            return None;
        }
    };
    let todo = match table.get("todo") {
        Some(value) => Some(reader.text(value, "todo")?),
        None => None,
    };
    let settings = defaults.changed(reader, table);
    let mut clock = Clock {
        settings: &settings,
        seconds: settings.start,
        first: true,
    };
    let mut events = Vec::new();
    let wanted = expectations::read(reader, table);
    match table.get("event") {
        None => events.extend(event(reader, table, place, &mut clock, wanted, room)),
        Some(value) => {
            only_what_holds_for_all(reader, table);
            let DeValue::Array(list) = value.get_ref() else {
                reader.wrong(value, "events are written as `[[case.event]]`");
                return None;
            };
            for value in list.iter() {
                let own = reader.table(value, "event")?;
                let known = [&EVENT_KEYS[..], &["at", "location"], &expectations::KEYS].concat();
                reader.known(own, "[[case.event]]", &known);
                let place = reader.span(value.span());
                let mut expect = expectations::read(reader, own);
                expect.extend(wanted.iter().cloned());
                let mut event = event(reader, own, place, &mut clock, expect, room)?;
                event.before.extend(wanted.iter().cloned());
                events.push(event);
            }
        }
    }
    let expects = |event: &Event| !(event.expect.is_empty() && event.before.is_empty());
    if !events.is_empty() && !events.iter().any(expects) {
        let help = format!("expectations are {}", expectations::KEYS.join(", "));
        reader.misfit(place, "the case expects nothing", "this case", &help);
    }
    Some(Case {
        name,
        place,
        hostname: settings.hostname,
        mode: settings.mode,
        events,
        todo,
    })
}

/// Beside events a case may say what is never to happen; all else belongs to one of them.
fn only_what_holds_for_all(reader: &mut Reader, table: &DeTable<'_>) {
    let misplaced = EVENT_KEYS.iter().chain(&expectations::KEYS);
    for key in misplaced.filter(|key| **key != "not_rule") {
        let Some((key, value)) = table.get_key_value(*key) else {
            continue;
        };
        let name: &str = key.get_ref();
        if name == "alert" && matches!(value.get_ref(), DeValue::Boolean(false)) {
            continue;
        }
        let message = format!("`{name}` belongs to one of the events");
        let span = reader.span(key.span());
        let help = "for all events of a case there are only `not_rule` and `alert = false`";
        reader.misfit(span, &message, "the case has events", help);
    }
}

/// The virtual clock of a case.
struct Clock<'d> {
    settings: &'d Defaults,
    /// What it showed at the last event.
    seconds: i64,
    /// No event yet.
    first: bool,
}

fn event(
    reader: &mut Reader,
    table: &DeTable<'_>,
    place: Span,
    clock: &mut Clock<'_>,
    expect: Vec<Expectation>,
    room: &mut usize,
) -> Option<Event> {
    let place = match table.get("log").or_else(|| table.get("message")) {
        Some(value) => reader.span(value.span()),
        None => place,
    };
    let input = match (table.get("log"), table.get("message")) {
        (Some(log), None) => {
            let line = reader.text(log, "log")?;
            let location = match table.get("location") {
                Some(value) => reader.bytes(value, "location")?,
                None => clock.settings.location.clone(),
            };
            Input::Line {
                location,
                line: Arc::from(line.into_bytes()),
            }
        }
        (None, Some(message)) => {
            Input::Message(Arc::from(reader.text(message, "message")?.into_bytes()))
        }
        (Some(_), Some(_)) => {
            let message = "`log` and `message` exclude each other";
            let help = "`message` is a whole queue message, with its location";
            reader.misfit(place, message, "an event is one of them", help);
            return None;
        }
        (None, None) => {
            let help = "add `log = \"…\"`, or `[[case.event]]` for several";
            reader.misfit(place, "there is no event", "nothing comes here", help);
            return None;
        }
    };
    let next = if clock.first { 0 } else { PACE };
    let seconds = match table.get("at") {
        Some(value) => time::at(reader, value, clock.seconds, &clock.settings.zone)?,
        None => clock.seconds.saturating_add(next),
    };
    let times = repetitions(reader, table, room)?;
    let every = match table.get("every") {
        Some(value) => time::every(reader, value)?,
        None => PACE,
    };
    let moments = (0..times).map(|time| {
        let seconds = seconds.checked_add(every.checked_mul(i64::from(time))?)?;
        time::moment(seconds, &clock.settings.zone)
    });
    let Some(moments) = moments.collect::<Option<Vec<_>>>() else {
        let help = "the calendar ends in the year 9999";
        reader.misfit(place, "the event is too far away", "at this time", help);
        return None;
    };
    clock.first = false;
    clock.seconds = moments.last().map_or(seconds, |last| last.seconds);
    let before = match table.get("before") {
        Some(value) => {
            let table = reader.table(value, "before")?;
            reader.known(table, "before", &expectations::KEYS);
            if times == 1 {
                let span = reader.span(value.span());
                let why = "the event comes once";
                reader.misfit(
                    span,
                    "nothing comes before the last time",
                    why,
                    "add `repeat`",
                );
            }
            expectations::read(reader, table)
        }
        None => Vec::new(),
    };
    Some(Event {
        place,
        input,
        moments,
        before,
        expect,
    })
}

fn repetitions(reader: &mut Reader, table: &DeTable<'_>, room: &mut usize) -> Option<u32> {
    let times = match table.get("repeat") {
        Some(value) => {
            let times = reader.number(value, "repeat")?;
            if times == 0 {
                reader.impossible(value, "`repeat` is at least 1", "the event never comes");
                return None;
            }
            times
        }
        None => {
            if let Some((key, _)) = table.get_key_value("every") {
                let span = reader.span(key.span());
                let why = "the event comes once";
                reader.misfit(span, "`every` goes with `repeat`", why, "add `repeat`");
            }
            1
        }
    };
    match room.checked_sub(times as usize) {
        Some(left) => *room = left,
        None => {
            let span = table.get("repeat").map_or(0..0, Value::span);
            let span = reader.span(span);
            let message = format!("a test file has at most {EVENTS} events");
            reader.misfit(span, &message, "here are more", "split the file");
            return None;
        }
    }
    Some(times)
}
