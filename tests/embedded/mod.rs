//! The ruleset that we ship, held to its own documentation.

#[cfg(feature = "cli")]
mod command;
mod examples;
mod pages;

use std::sync::Arc;

use ossia::check::suppress;
use ossia::config::{self, embedded};
use ossia::diagnostic::{Diagnostic, Severity};
use ossia::engine::trace::Trace;
use ossia::engine::{Engine, Moment, Session, SessionOptions};
use ossia::page::{Family, Page, Problem};
use ossia::ruleset::Ruleset;
use ossia::ruleset::rule::{RuleId, Sid};
use ossia::source::Sources;

/// The embedded ruleset as `ossia` loads it.
fn load() -> (Sources, Ruleset, Vec<Diagnostic>) {
    let inputs = config::from_files(embedded::files(), None);
    let (ruleset, diagnostics) = ossia::ruleset::build(&inputs);
    (inputs.sources, ruleset, diagnostics)
}

/// All page files.
fn families() -> (Vec<Family>, Vec<Problem>) {
    let mut families = Vec::new();
    let mut problems = Vec::new();
    for (path, text) in embedded::pages() {
        let (family, found) = Page::parse_all(path, text);
        families.push(family);
        problems.extend(found);
    }
    (families, problems)
}

/// Remembers which rules matched, results or not.
#[derive(Default)]
struct Matched(Vec<RuleId>);

impl Trace for Matched {
    fn rule_matched(&mut self, rule: RuleId) {
        self.0.push(rule);
    }
}

/// What became of a line.
struct Outcome {
    rule: Option<Sid>,
    level: u32,
    alert: bool,
    decoder: String,
    fields: Vec<(String, String)>,
    matched: Vec<Sid>,
}

/// A session with a clock that goes one second on with each line.
struct Run {
    session: Session,
    seconds: i64,
}

impl Run {
    fn new(engine: &Arc<Engine>) -> Self {
        Run {
            session: Session::new(Arc::clone(engine), SessionOptions::default()),
            // Friday, 2024-01-12, 13:22:00 UTC: the time of most examples.
            seconds: 1_705_065_720,
        }
    }

    fn line(&mut self, line: &str) -> Outcome {
        self.seconds += 1;
        let at = Moment {
            seconds: self.seconds,
            utc_offset: 0,
        };
        let mut trace = Matched::default();
        let engine = Arc::clone(self.session.engine());
        let verdict = self
            .session
            .evaluate_traced(b"stdin", line.as_bytes(), at, &mut trace)
            .expect("lines of a file are never rejected");
        let sid = |id: RuleId| engine.ruleset().rules.get(id).sid;
        Outcome {
            rule: verdict.rule().map(|rule| rule.sid),
            level: verdict.rule().map_or(0, |rule| rule.level),
            alert: verdict.alert(),
            decoder: verdict
                .decoder()
                .map(ToString::to_string)
                .unwrap_or_default(),
            fields: verdict
                .values()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            matched: trace.0.into_iter().map(sid).collect(),
        }
    }
}

#[test]
fn it_loads_without_a_word() {
    let (sources, _, diagnostics) = load();
    let shown: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.primary().map(|span| {
                let path = sources.get(span.source).path();
                format!("{path}:{}: ", sources.start(span).line)
            });
            format!("{}{}", place.unwrap_or_default(), diagnostic.message)
        })
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn the_checks_find_no_mistake() {
    let mut inputs = config::from_files(embedded::files(), None);
    inputs.add_list_sources();
    let (ruleset, diagnostics, syntax) = ossia::ruleset::build_with_syntax(&inputs);
    let mut findings = ossia::check::run(&inputs, &ruleset, &syntax, &diagnostics);
    suppress::apply(&inputs.sources, &syntax, &mut findings);
    findings.retain(|finding| finding.diagnostic.severity >= Severity::Warning);
    let shown: Vec<_> = findings
        .iter()
        .map(|finding| format!("{} {}", finding.id(), finding.diagnostic.message))
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

/// The line that the product is named by in its description: it lost its header on the way.
#[test]
fn the_line_without_a_header() {
    let (_, ruleset, _) = load();
    let engine = Arc::new(Engine::new(ruleset));
    let outcome = Run::new(&engine).line(
        "proftpd[12630]: 127.0.0.1 (1.2.3.4[1.2.3.4]) - Refused PORT 192,168,1,34,206,55 (address mismatch)",
    );
    assert_eq!(outcome.decoder, "proftpd");
    let srcip = ("srcip".to_owned(), "1.2.3.4".to_owned());
    assert!(outcome.fields.contains(&srcip), "{:?}", outcome.fields);
    assert_eq!(outcome.rule, Some(Sid(11209)));
    assert_eq!((outcome.level, outcome.alert), (14, true));
}
