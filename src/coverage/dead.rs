//! What findings say is dead, in a form that events can contradict.
//!
//! Recordings of the original engines and random events are held against it: a rule that is said
//! never to hold must not match, and so on.

use std::collections::BTreeMap;

use super::Reached;
use crate::check::Finding;
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::DecoderId;
use crate::ruleset::rule::RuleId;

/// What can be dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// The rule or decoder matches.
    Matches,
    /// The rule is a result.
    Wins,
    /// The rule raises an alert.
    Alerts,
    /// The regex or plugin of the decoder finds something.
    Extracts,
}

/// The checks that say so of the rule or decoder around their place.
const CLAIMS: [(&str, Life); 18] = [
    ("unreachable-decoder", Life::Matches),
    ("hidden-decoder", Life::Matches),
    ("unused-regex", Life::Extracts),
    ("noalert-by-presence", Life::Wins),
    ("alert-of-level-0", Life::Alerts),
    ("renamed-decoder", Life::Matches),
    ("other-decoder", Life::Matches),
    ("other-category", Life::Matches),
    ("unset-field", Life::Matches),
    ("program-name-never", Life::Matches),
    ("geoip-never", Life::Matches),
    ("shadowed-rule", Life::Matches),
    ("contradicting-rule", Life::Matches),
    ("composite-level-0", Life::Matches),
    ("never-remembered", Life::Matches),
    ("unknown-target", Life::Matches),
    ("no-rule-in-group", Life::Matches),
    ("frequency-above-memory", Life::Matches),
];

/// Something that is said to be dead.
#[derive(Clone, Debug)]
pub struct Dead {
    subject: Subject,
    life: Life,
    /// What the finding says.
    pub message: String,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Rule(RuleId),
    Decoder(DecoderId),
}

impl Dead {
    /// The events of these counts show that it is not.
    pub fn lives(&self, reached: &Reached) -> bool {
        let times = match self.subject {
            Subject::Rule(id) => {
                let count = reached.rule(id);
                match self.life {
                    Life::Matches => count.matched,
                    Life::Wins => count.results,
                    Life::Alerts => count.alerts,
                    Life::Extracts => 0,
                }
            }
            Subject::Decoder(id) => {
                let count = reached.decoder(id);
                match self.life {
                    Life::Matches => count.matched,
                    Life::Extracts => count.extracted,
                    Life::Wins | Life::Alerts => 0,
                }
            }
        };
        times > 0
    }
}

/// What these findings say of the rules and decoders around their places.
pub fn said(ruleset: &Ruleset, findings: &[Finding]) -> Vec<Dead> {
    // Where rules and decoders begin; what stands behind belongs to them.
    let mut starts = BTreeMap::new();
    for (id, rule) in (0..).map(RuleId).zip(&ruleset.rules.rules) {
        for definition in &rule.definitions {
            let start = (definition.span.source, definition.span.start);
            starts.insert(start, Subject::Rule(id));
        }
    }
    for (id, decoder) in (0..).map(DecoderId).zip(&ruleset.decoders.decoders) {
        let span = decoder.span;
        starts.insert((span.source, span.start), Subject::Decoder(id));
    }
    let dead = |finding: &Finding| {
        let check = finding.check?.name;
        let (_, life) = CLAIMS.iter().find(|(name, _)| *name == check)?;
        let place = finding.diagnostic.primary()?;
        let mut before = starts.range(..=(place.source, place.start));
        let ((source, _), subject) = before.next_back()?;
        (*source == place.source).then(|| Dead {
            subject: *subject,
            life: *life,
            message: finding.diagnostic.message.clone(),
        })
    };
    findings.iter().filter_map(dead).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::check;
    use crate::dialect::Dialect;
    use crate::engine::Engine;
    use crate::engine::differential::case;

    /// Random rulesets; each runs in every dialect.
    const CASES: u32 = 500;

    /// Random events do not contradict what the checks say of random rulesets. What does not load
    /// in one of them is left out of it, so that most can be used.
    #[test]
    fn random_events_contradict_nothing() {
        let mut runner = TestRunner::deterministic();
        let mut claims = 0;
        for _ in 0..CASES {
            let case = case().new_tree(&mut runner).unwrap().current();
            for dialect in Dialect::ALL {
                let inputs = case.inputs(dialect);
                let (ruleset, _, syntax) = crate::ruleset::build_with_syntax(&inputs);
                let findings = check::run(&inputs, &ruleset, &syntax, &[]);
                let said = said(&ruleset, &findings);
                claims += said.len();
                let mut reached = Reached::new(&ruleset);
                let mut session = case.session(&Arc::new(Engine::new(ruleset)));
                for (at, location, line) in case.events() {
                    reached.begin();
                    if let Ok(verdict) = session.evaluate_traced(location, line, at, &mut reached) {
                        reached.end(&verdict);
                    }
                }
                let contradicted = said.iter().find(|dead| dead.lives(&reached));
                let files = inputs
                    .sources
                    .iter()
                    .map(|(_, file)| file.bytes().to_string());
                let files: Vec<_> = files.collect();
                assert!(
                    contradicted.is_none(),
                    "{dialect:?}: {}\n{}",
                    contradicted.map_or("", |dead| dead.message.as_str()),
                    files.join("\n")
                );
            }
        }
        assert!(claims > 1000, "only {claims} claims");
    }
}
