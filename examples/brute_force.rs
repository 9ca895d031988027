//! A composite rule of one's own beside the built-in ruleset, with a clock that the program moves.

use std::error::Error;
use std::sync::Arc;

use ossia::config::embedded;
use ossia::{Engine, Moment, Ruleset, Session, SessionOptions};

const RULES: &str = r#"
<group name="local,">
  <rule id="100200" level="10" frequency="4" timeframe="60" ignore="300">
    <if_matched_sid>5716</if_matched_sid>
    <same_source_ip />
    <description>Four failed logins from one address within a minute.</description>
  </rule>
</group>
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = embedded::files();
    files.push(("local_rules.xml".to_owned(), RULES.into()));
    let engine = Arc::new(Engine::new(Ruleset::from_files(files, None)?));
    let mut session = Session::new(engine, SessionOptions::default());
    for second in (0..60).step_by(5) {
        let line =
            "Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2";
        let at = Moment {
            seconds: 1_700_000_000 + second,
            utc_offset: 0,
        };
        if let Ok(verdict) = session.evaluate(b"auth.log", line.as_bytes(), at)
            && let Some(rule) = verdict.rule()
        {
            println!("+{second:2} s  rule {} level {}", rule.sid.0, rule.level);
        }
    }
    Ok(())
}
