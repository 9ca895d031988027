//! `ossia explain --rule`: pairs of a recorded event and a rule that is not its result, picked and
//! judged by hand. `explain.toml` says what stood in the way of each.
//!
//! The verdict must be the recorded one; the reason must be the one of the table.

use std::path::Path;
use std::sync::Arc;

use ossia::engine::Session;
use ossia::explain::{Answer, Outcome, ReasonKind, Subject, why_not};
use ossia::ruleset::rule::Sid;
use ossia::source::Sources;
use serde_json::Value;
use toml::Table;

use crate::Failure;
use crate::lines::{moment, stock};
use crate::micro::text;

/// What an entry must agree with.
const COLUMNS: [&str; 5] = ["kind", "at", "element", "other", "detail"];

pub fn pairs(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    // Not a file of the oracle: the table names files that stand beside it.
    let oracle = path.ancestors().nth(2).expect("the oracle is a folder");
    let table: Table = include_str!("explain.toml").parse().expect("valid TOML");
    let pairs = table["pair"].as_array().expect("a list of pairs");
    let mut failures = Vec::new();
    let mut known: Vec<(String, Sources, Session, Vec<Value>)> = Vec::new();
    for pair in pairs.iter().filter_map(toml::Value::as_table) {
        let file = pair["file"].as_str().expect("a file");
        let at = known.iter().position(|(name, ..)| name == file);
        let at = at.unwrap_or_else(|| {
            let path = oracle.join(file);
            let (sources, session) = stock(&path, file);
            known.push((file.to_owned(), sources, session, crate::rows(&path)));
            known.len() - 1
        });
        let (_, sources, pristine, rows) = &known[at];
        if let Err(detail) = check(sources, pristine.clone(), rows, pair) {
            failures.push(Failure {
                key: format!("{file} {} {}", number(pair, "row"), number(pair, "rule")),
                detail,
            });
        }
    }
    (pairs.len(), failures)
}

/// Any rule may be asked for: the first rules of each line are drawn by its number. What is answered
/// must agree with the verdict and with the conditions themselves.
pub fn any_rule(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let oracle = path.ancestors().nth(2).expect("the oracle is a folder");
    let mut count = 0;
    let mut failures = Vec::new();
    for file in ["ossec-2.8.3.jsonl", "ossec-4.3.jsonl", "wazuh-4.14.jsonl"] {
        let path = oracle.join(file);
        let (sources, pristine) = stock(&path, file);
        let rules = &pristine.engine().ruleset().rules.rules;
        for (index, row) in crate::rows(&path).iter().enumerate() {
            // Two primes: neighbours in the file ask for rules far apart.
            for draw in 0..2 {
                let rule = &rules[(index * 7919 + draw * 104_729) % rules.len()];
                count += 1;
                if let Err(detail) = agrees(&sources, pristine.clone(), row, rule.sid) {
                    let key = format!("{file} {} {}", index + 1, rule.sid);
                    failures.push(Failure { key, detail });
                }
            }
        }
    }
    (count, failures)
}

fn agrees(sources: &Sources, mut session: Session, row: &Value, sid: Sid) -> Result<(), String> {
    let subject = Subject {
        location: b"stdin",
        line: text(row, "line").as_bytes(),
        at: moment(0.0),
    };
    let engine = Arc::clone(session.engine());
    let mut plain = session.clone();
    let verdict = plain
        .evaluate(subject.location, subject.line, subject.at)
        .map_err(|error| error.to_string())?;
    let (explanation, answer) = why_not(sources, &mut session, subject, sid)
        .map_err(|error| error.to_string())?
        .ok_or("there is no such rule")?;
    let result = verdict.rule().map(|rule| rule.sid.0);
    let first = answer.reasons.first().ok_or("no reason")?;
    let rules = &engine.ruleset().rules;
    let consistent = match first.kind {
        ReasonKind::Result => result == Some(sid.0),
        ReasonKind::Condition => {
            let at = rules.find(Sid(first.at)).ok_or("the rule is not loaded")?;
            let meets = verdict.meets(at);
            let failed = first.condition.as_ref().and_then(|step| step.holds) == Some(false);
            // Those before it hold, it does not, or it asks for earlier events.
            failed && meets.iter().any(|holds| *holds != Some(true))
        }
        ReasonKind::CameFirst | ReasonKind::ChildMatched => {
            let other = first.other.as_ref().ok_or("no other rule")?;
            explanation
                .rules
                .iter()
                .any(|step| step.id == other.id && step.outcome == Outcome::Matched)
        }
        ReasonKind::Category => result != Some(first.at),
        ReasonKind::NeverResult | ReasonKind::Silent => result != Some(sid.0),
        ReasonKind::NoPlace | ReasonKind::NotReached => result != Some(sid.0),
    };
    if explanation.rule.map(|rule| rule.id) != result
        || answer.wins != (result == Some(sid.0))
        || !consistent
    {
        return Err(format!("{first:?}\nverdict {result:?}"));
    }
    Ok(())
}

fn number(pair: &Table, key: &str) -> i64 {
    pair[key].as_integer().expect("a number")
}

/// Feeds what came before, asks, and compares.
fn check(
    sources: &Sources,
    mut session: Session,
    rows: &[Value],
    pair: &Table,
) -> Result<(), String> {
    let row = &rows[number(pair, "row") as usize - 1];
    let single = [row.clone()];
    let events = match row["events"].as_array() {
        Some(events) => &events[..number(pair, "event") as usize],
        None => &single,
    };
    let (last, before) = events.split_last().expect("an event");
    let at = |event: &Value| moment(event["t"].as_f64().unwrap_or(0.0));
    for event in before {
        let line = text(event, "line").as_bytes();
        session
            .evaluate(b"stdin", line, at(event))
            .map_err(|error| error.to_string())?;
    }
    let subject = Subject {
        location: b"stdin",
        line: text(last, "line").as_bytes(),
        at: at(last),
    };
    let sid = Sid(number(pair, "rule") as u32);
    let (explanation, answer) = why_not(sources, &mut session, subject, sid)
        .map_err(|error| error.to_string())?
        .ok_or("there is no such rule")?;
    let rule = explanation.rule.map(|rule| i64::from(rule.id));
    if rule != last["rule"].as_i64() {
        return Err(format!("rule {rule:?}, recorded {}", last["rule"]));
    }
    let actual = columns(&answer);
    let wanted = |key: &&&str| pair.contains_key(**key);
    let differ = COLUMNS
        .iter()
        .filter(wanted)
        .any(|key| pair.get(*key) != actual.get(*key));
    let reason = &answer.reasons[0];
    if differ || !pair.contains_key("kind") {
        return Err(format!(
            "{}\n{actual}{} {}",
            subject.line.escape_ascii(),
            reason.sentence,
            reason
                .condition
                .as_ref()
                .map_or("", |step| &step.facts.words)
        ));
    }
    Ok(())
}

/// The first reason as an entry of the table.
fn columns(answer: &Answer) -> Table {
    let reason = &answer.reasons[0];
    let mut table = Table::new();
    let kind = serde_json::to_value(reason.kind).expect("a name");
    table.insert("kind".into(), kind.as_str().unwrap_or_default().into());
    table.insert("at".into(), i64::from(reason.at).into());
    if let Some(step) = &reason.condition {
        table.insert("element".into(), step.facts.element.into());
        let detail = step.detail.clone().unwrap_or_default();
        table.insert("detail".into(), detail.into());
    }
    if let Some(other) = &reason.other {
        table.insert("other".into(), i64::from(other.id).into());
    }
    table
}
