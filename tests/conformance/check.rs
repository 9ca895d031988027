//! `ossia check`: what it calls dead must not live in any recorded event.
//!
//! Every ruleset of the oracle is checked, the stock ones and the small ones that were made for odd
//! cases, and its events are evaluated. A rule that is said never to hold must not match, not even on
//! the way to another one, and neither must a decoder that is said never to be tried.

use std::path::Path;
use std::sync::Arc;

use ossia::check;
use ossia::config::{self, Inputs, MemoryFiles};
use ossia::coverage::Reached;
use ossia::coverage::dead::{self, Dead};
use ossia::dialect::Dialect;
use ossia::engine::{Engine, Mode, Moment, Session, SessionOptions};
use serde_json::Value;

use crate::lines::{moment, stock_inputs};
use crate::micro::{HOST, text};
use crate::{Failure, rules, wazuh};

/// The stock rulesets and their lines.
pub fn stock(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let oracle = path.ancestors().nth(2).expect("the oracle is a folder");
    let mut claims = 0;
    let mut failures = Vec::new();
    for file in [
        "ossec-2.8.3.jsonl",
        "ossec-3.7.jsonl",
        "ossec-4.3.jsonl",
        "wazuh-4.14.jsonl",
    ] {
        let path = oracle.join(file);
        let Some(mut case) = Case::new(stock_inputs(&path, file)) else {
            panic!("{file}: the ruleset does not load");
        };
        let synthetic = oracle.join(file.replace(".jsonl", "-synthetic.jsonl"));
        let rows = crate::rows(&path).into_iter();
        let more = synthetic.exists().then(|| crate::rows(&synthetic));
        for row in rows.chain(more.into_iter().flatten()) {
            let mut session = case.session();
            case.event(&mut session, text(&row, "line"), moment(0.0));
        }
        let sessions = crate::rows(&oracle.join(file.replace(".jsonl", "-sessions.jsonl")));
        let (mut session, mut name) = (case.session(), String::new());
        for row in &sessions {
            // One row for a session, or one for each of its events.
            if row["events"].is_array() || text(row, "session") != name {
                session = case.session();
                name = text(row, "session").to_owned();
            }
            let events = row["events"].as_array().cloned();
            for event in events.unwrap_or_else(|| vec![row.clone()]) {
                let at = moment(event["t"].as_f64().expect("an event has a time"));
                case.event(&mut session, text(&event, "line"), at);
            }
        }
        let (count, found) = case.result(file);
        assert!(count > 5, "{file}: only {count} claims");
        claims += count;
        failures.extend(found);
    }
    (claims, failures)
}

/// The small rulesets and their events.
pub fn micro(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let oracle = path.ancestors().nth(2).expect("the oracle is a folder");
    let mut cases: Vec<(MemoryFiles, Dialect, String, Value)> = Vec::new();
    for row in crate::rows(&oracle.join("wazuh-micro.jsonl")) {
        let files = wazuh::files(&row);
        cases.push((files, Dialect::Wazuh414, text(&row, "name").into(), row));
    }
    let path = oracle.join("rules.jsonl");
    for (row, dialect, name) in rules::cases(&path) {
        let files = rules::files(&row, &rules::default_decoders(&path), dialect);
        cases.push((files, dialect, name, row));
    }
    let mut claims = 0;
    let mut failures = Vec::new();
    for (files, dialect, name, row) in cases {
        let inputs = config::from_configuration(&files, "etc/ossec.conf", None, Some(dialect));
        let Some(mut case) = Case::new(inputs) else {
            continue;
        };
        let mut session = case.session();
        for event in row["events"].as_array().into_iter().flatten() {
            let at = moment(event["t"].as_f64().unwrap_or(0.0));
            case.event(&mut session, text(event, "line"), at);
        }
        let (count, found) = case.result(&name);
        claims += count;
        failures.extend(found);
    }
    assert!(claims > 20, "only {claims} claims");
    (claims, failures)
}

/// A ruleset, what is said of it, and what its events reach.
struct Case {
    engine: Arc<Engine>,
    dead: Vec<Dead>,
    reached: Reached,
}

impl Case {
    /// `None`: the ruleset does not load.
    fn new(mut inputs: Inputs) -> Option<Self> {
        inputs.add_list_sources();
        let (ruleset, diagnostics, syntax) = ossia::ruleset::build_with_syntax(&inputs);
        if diagnostics.iter().any(|problem| problem.is_error()) {
            return None;
        }
        let findings = check::run(&inputs, &ruleset, &syntax, &diagnostics);
        let dead = dead::said(&ruleset, &findings);
        Some(Case {
            reached: Reached::new(&ruleset),
            engine: Arc::new(Engine::new(ruleset)),
            dead,
        })
    }

    fn session(&self) -> Session {
        let options = SessionOptions {
            hostname: HOST.into(),
            mode: Mode::Daemon,
        };
        Session::new(Arc::clone(&self.engine), options)
    }

    fn event(&mut self, session: &mut Session, line: &str, at: Moment) {
        self.reached.begin();
        let evaluated = session.evaluate_traced(b"stdin", line.as_bytes(), at, &mut self.reached);
        // What is dropped reaches nothing.
        if let Ok(verdict) = evaluated {
            self.reached.end(&verdict);
        }
    }

    /// How much is said to be dead, and what of it lives.
    fn result(self, name: &str) -> (usize, Vec<Failure>) {
        let lives = |dead: &&Dead| dead.lives(&self.reached);
        let failures = self.dead.iter().filter(lives).map(|dead| Failure {
            key: format!("{name}: {}", dead.message),
            detail: "an event shows that it lives".to_owned(),
        });
        (self.dead.len(), failures.collect())
    }
}
