//! The recorded sessions again, with a snapshot after every event.
//!
//! Each snapshot is one row of the table. It has to hold three times over:
//!
//! * the next event, evaluated in a session that was restored from a session that was restored …,
//!   has the recorded result;
//! * that chain of restored sessions and the session that was never interrupted give equal bytes;
//! * restored once, the session gives all remaining verdicts as the uninterrupted one does, earlier
//!   lines and counters included.

use std::path::Path;
use std::sync::Arc;

use ossia::engine::{Session, SessionOptions};
use ossia::ruleset::rule::RuleId;
use serde_json::Value;

use crate::Failure;
use crate::lines::{moment, stock_session};
use crate::micro::{HOST, text};
use crate::sessions::{check, events};

pub fn replay(path: &Path, name: &'static str) -> (usize, Vec<Failure>) {
    // There is no such folder: the rows are those of the file in the folder above.
    let file = name.trim_start_matches("snapshots/");
    let oracle = path.ancestors().nth(2).expect("the oracle is a folder");
    let path = &oracle.join(file);
    let pristine = stock_session(path, file);
    let mut count = 0;
    let mut failures = Vec::new();
    for (index, row) in crate::rows(path).iter().enumerate() {
        let events = events(row);
        count += events.len();
        for (position, detail) in session(&pristine, events) {
            failures.push(Failure {
                key: format!("{}.{position}", index + 1),
                detail,
            });
        }
    }
    (count, failures)
}

/// The events whose snapshots do not hold, at most one failure for each.
fn session(pristine: &Session, events: &[Value]) -> Vec<(usize, String)> {
    let mut failures = Vec::new();
    let mut whole = pristine.clone();
    let mut chain = pristine.clone();
    let mut told = Vec::with_capacity(events.len());
    let mut snapshots = Vec::with_capacity(events.len());
    for (position, event) in events.iter().enumerate() {
        told.push(tell(&mut whole, event));
        let snapshot = whole.snapshot();
        let mut outcome = check(&mut chain, event);
        let chained = chain.snapshot();
        if outcome.is_ok() && chained != snapshot {
            outcome = Err("a chain of restored sessions remembers something else".to_owned());
        }
        match restore(pristine, &chained) {
            Ok(restored) => chain = restored,
            Err(error) => outcome = Err(error),
        }
        snapshots.push(snapshot);
        failures.extend(outcome.err().map(|detail| (position, detail)));
    }
    for (position, snapshot) in snapshots.iter().enumerate() {
        let outcome = restore(pristine, snapshot).and_then(|mut restored| {
            let rest = events.iter().zip(&told).enumerate().skip(position + 1);
            for (later, (event, expected)) in rest {
                let actual = tell(&mut restored, event);
                if actual != *expected {
                    return Err(format!(
                        "event {later}\n  expected {expected:?}\n  actual   {actual:?}"
                    ));
                }
            }
            Ok(())
        });
        failures.extend(outcome.err().map(|detail| (position, detail)));
    }
    failures.sort_by_key(|&(position, _)| position);
    failures.dedup_by_key(|(position, _)| *position);
    failures
}

fn restore(pristine: &Session, bytes: &[u8]) -> Result<Session, String> {
    let options = SessionOptions {
        hostname: HOST.into(),
        ..SessionOptions::default()
    };
    Session::restore(Arc::clone(pristine.engine()), options, bytes)
        .map_err(|error| error.to_string())
}

/// What memory can change in a verdict: rule, alert, counter, fields and earlier lines.
type Told = (Option<RuleId>, bool, u64, Vec<Vec<u8>>);

fn tell(session: &mut Session, event: &Value) -> Option<Told> {
    let at = moment(event["t"].as_f64().expect("an event has a time"));
    let line = text(event, "line").as_bytes();
    let verdict = session.evaluate(b"stdin", line, at).ok()?;
    let values = verdict.values().into_iter().map(|(_, value)| value);
    Some((
        verdict.rule_id(),
        verdict.alert(),
        verdict.fired_times(),
        values
            .chain(verdict.previous_lines())
            .map(|text| text.to_vec())
            .collect(),
    ))
}
