//! A trace of one's own: which rules were tried for a line, and which of them matched.

use std::error::Error;
use std::sync::Arc;

use ossia::ruleset::rule::RuleId;
use ossia::{Engine, Moment, Ruleset, Session, SessionOptions, Trace};

/// The rules that were tried, and whether they matched.
#[derive(Default)]
struct Tried(Vec<(RuleId, bool)>);

impl Trace for Tried {
    // Without this, rules that the engine knows not to match are left out.
    const EVERYTHING: bool = true;

    fn rule(&mut self, rule: RuleId) {
        self.0.push((rule, false));
    }

    fn rule_matched(&mut self, rule: RuleId) {
        self.0.extend([(rule, true)]);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Arc::new(Engine::new(Ruleset::embedded()?));
    let mut session = Session::new(Arc::clone(&engine), SessionOptions::default());
    let at = Moment {
        seconds: 1_700_000_000,
        utc_offset: 0,
    };
    let line =
        b"Jan 12 13:22:01 web1 sshd[1]: Accepted password for jo from 192.0.2.7 port 22 ssh2";
    let mut tried = Tried::default();
    let verdict = session.evaluate_traced(b"auth.log", line, at, &mut tried)?;
    let winner = verdict.rule_id();
    for (id, matched) in tried.0 {
        let sid = engine.ruleset().rules.get(id).sid.0;
        let what = match (matched, Some(id) == winner) {
            (false, _) => "tried",
            (true, false) => "  matched",
            (true, true) => "  matched, and is the verdict",
        };
        println!("{sid:6} {what}");
    }
    Ok(())
}
