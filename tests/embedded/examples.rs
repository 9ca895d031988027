//! Every log line of every page, through the real engine.

use std::fmt::Write as _;
use std::sync::Arc;

use ossia::engine::Engine;
use ossia::page::{ExampleKind, Family, Page};
use ossia::ruleset::rule::Sid;

use super::{Outcome, Run, families, load};

#[test]
fn every_example_fires_its_rule() {
    let (_, ruleset, _) = load();
    let engine = Arc::new(Engine::new(ruleset));
    let (families, _) = families();
    let mut report = Report::default();
    for family in &families {
        for page in &family.pages {
            check(&engine, family, page, &mut report);
        }
    }
    assert!(
        report.failures == 0,
        "{} of {} examples fail:\n{}",
        report.failures,
        report.examples,
        report.text
    );
    assert!(report.examples >= 300, "only {} examples", report.examples);
}

fn check(engine: &Arc<Engine>, family: &Family, page: &Page, report: &mut Report) {
    for example in &page.examples {
        match example.kind {
            ExampleKind::Lines => {
                for (number, line) in &example.lines {
                    let outcome = Run::new(engine).line(line);
                    report.compare(family, page, *number, line, page.sid, &outcome);
                }
            }
            ExampleKind::Via(result) => {
                for (number, line) in &example.lines {
                    let outcome = Run::new(engine).line(line);
                    report.compare(family, page, *number, line, result, &outcome);
                }
            }
            ExampleKind::Sequence => {
                let mut run = Run::new(engine);
                let mut last = None;
                for (number, line) in &example.lines {
                    last = Some((number, line, run.line(line)));
                }
                if let Some((number, line, outcome)) = last {
                    report.compare(family, page, *number, line, page.sid, &outcome);
                }
            }
        }
    }
}

/// All failures, so that one run shows everything there is to repair.
#[derive(Default)]
struct Report {
    examples: usize,
    failures: usize,
    text: String,
}

impl Report {
    fn compare(
        &mut self,
        family: &Family,
        page: &Page,
        number: usize,
        line: &str,
        expected: Sid,
        outcome: &Outcome,
    ) {
        self.examples += 1;
        let on_the_way = outcome.matched.contains(&page.sid);
        if outcome.rule == Some(expected) && on_the_way {
            return;
        }
        self.failures += 1;
        let actual = outcome
            .rule
            .map_or("none".to_owned(), |sid| sid.to_string());
        let why = if on_the_way { "" } else { ", it never matched" };
        let _ = writeln!(
            self.text,
            "{}:{number}: page of rule {}: expected {expected}, got {actual}{why}, decoder `{}`\n    {line}",
            family.path, page.sid, outcome.decoder
        );
    }
}
