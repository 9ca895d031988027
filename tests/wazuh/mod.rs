//! The observable behaviours of the Wazuh dialect (`spec/wazuh.md` §17), one small ruleset each.
//!
//! A case is a ruleset below a common base and a table of events: second, line, and the rule that
//! is the result, `!` behind it if no alert is due.

mod correlation;
mod decoding;
mod loading;
mod matching;
mod rules;

use std::sync::Arc;

use ossia::config::{self, MemoryFiles};
use ossia::diagnostic::{Diagnostic, OriginalLine};
use ossia::dialect::Dialect;
use ossia::engine::{Engine, Mode, Moment, Session, SessionOptions};
use ossia::verdict::Verdict;

/// Decoders of every case: `kv` (`a=…` fields by name), `json`, and `prog` with a program name.
const DECODERS: &str = r#"
<decoder name="prog"><program_name>^prog$</program_name></decoder>
<decoder name="kv"><prematch>^kv: </prematch></decoder>
<decoder name="kv"><parent>kv</parent><regex offset="after_parent">src=(\S+) </regex><order>srcip</order></decoder>
<decoder name="kv"><parent>kv</parent><regex offset="after_parent">user=(\S+) </regex><order>user</order></decoder>
<decoder name="kv"><parent>kv</parent><regex offset="after_parent">act=(\S+) </regex><order>action</order></decoder>
<decoder name="kv"><parent>kv</parent><regex offset="after_parent">color=(\S+) </regex><order>color</order></decoder>
<decoder name="json"><prematch>^{</prematch><plugin_decoder>JSON_Decoder</plugin_decoder></decoder>
"#;

/// Rules of every case: the root, and 100 for everything that `kv` decodes.
const RULES: &str = r#"
<group name="syslog,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>root</description></rule>
</group>
<group name="base,">
  <rule id="100" level="3"><decoded_as>kv</decoded_as><description>a pair</description></rule>
</group>
"#;

/// A loaded ruleset.
struct Case {
    engine: Arc<Engine>,
    diagnostics: Vec<Diagnostic>,
}

impl Case {
    /// The base and these rules.
    fn rules(rules: &str) -> Case {
        Case::files("", rules, &[])
    }

    /// The base and these decoders and rules.
    fn decoders(decoders: &str, rules: &str) -> Case {
        Case::files(decoders, rules, &[])
    }

    /// The base, decoders, rules, and lists by name.
    fn files(decoders: &str, rules: &str, lists: &[(&str, &str)]) -> Case {
        let mut configuration = String::from("<ossec_config><ruleset>");
        let mut files = MemoryFiles::from_iter([
            (
                "ruleset/decoders/0001-base.xml",
                format!("{DECODERS}{decoders}"),
            ),
            ("ruleset/rules/0001-base.xml", RULES.to_owned()),
        ]);
        if !rules.is_empty() {
            let rules = format!("<group name=\"local,\">{rules}</group>");
            files
                .0
                .insert("ruleset/rules/0002-case.xml".to_owned(), rules.into());
        }
        for (name, text) in lists {
            configuration.push_str(&format!("<list>etc/lists/{name}</list>"));
            files.0.insert(format!("etc/lists/{name}"), (*text).into());
        }
        configuration.push_str("</ruleset></ossec_config>");
        files
            .0
            .insert("etc/ossec.conf".to_owned(), configuration.into());
        let dialect = Some(Dialect::Wazuh414);
        let inputs = config::from_configuration(&files, "etc/ossec.conf", None, dialect);
        let (ruleset, diagnostics) = ossia::ruleset::build(&inputs);
        Case {
            engine: Arc::new(Engine::new(ruleset)),
            diagnostics,
        }
    }

    /// What the original prints about the load.
    fn original(&self) -> Vec<String> {
        let lines = self
            .diagnostics
            .iter()
            .flat_map(|problem| &problem.original);
        lines.map(OriginalLine::to_string).collect()
    }

    fn session(&self, mode: Mode) -> Session {
        assert!(
            !self.diagnostics.iter().any(Diagnostic::is_error),
            "{:#?}",
            self.diagnostics
        );
        let options = SessionOptions {
            hostname: "manager.example".into(),
            mode,
        };
        Session::new(Arc::clone(&self.engine), options)
    }

    /// Evaluates the events in one session of the daemon and compares the rules.
    #[track_caller]
    fn expect(&self, events: &[(i64, &str, &str)]) {
        self.expect_as(Mode::Daemon, events);
    }

    #[track_caller]
    fn expect_as(&self, mode: Mode, events: &[(i64, &str, &str)]) {
        let mut session = self.session(mode);
        let mut actual = Vec::new();
        for &(at, line, _) in events {
            let (location, line) = line.split_once(" @ ").unwrap_or(("stdin", line));
            let verdict = session
                .evaluate(location.as_bytes(), line.as_bytes(), moment(at))
                .expect("the line is accepted");
            actual.push(shown(&verdict));
        }
        let expected: Vec<&str> = events.iter().map(|&(_, _, rule)| rule).collect();
        assert_eq!(actual, expected);
    }

    /// One event, handed to `look`.
    fn one<R>(&self, line: &str, look: impl FnOnce(Verdict<'_>) -> R) -> R {
        let mut session = self.session(Mode::Daemon);
        let verdict = session.evaluate(b"stdin", line.as_bytes(), moment(0));
        look(verdict.expect("the line is accepted"))
    }
}

fn moment(seconds: i64) -> Moment {
    Moment {
        seconds: 1_700_000_000 + seconds,
        utc_offset: 0,
    }
}

fn shown(verdict: &Verdict<'_>) -> String {
    match verdict.rule() {
        None => "-".to_owned(),
        Some(rule) if verdict.alert() => rule.sid.to_string(),
        Some(rule) => format!("{}!", rule.sid),
    }
}

/// Every field that rules see, as `name=value`.
fn fields(verdict: &Verdict<'_>) -> String {
    let values = verdict.values().into_iter();
    let shown: Vec<String> = values
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    shown.join(" ")
}
