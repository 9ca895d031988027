//! Wazuh's forms, on a small ruleset (`spec/wazuh.md` §13, §14.3).

use std::sync::Arc;

use bstr::ByteSlice;
use serde_json::{Value, json};

use super::*;
use crate::config;
use crate::dialect::Dialect;
use crate::engine::trace::Steps;
use crate::engine::{Engine, Mode, Moment, Session, SessionOptions};
use crate::verdict::Verdict;

/// 2026-11-22 14:49:34 UTC.
const NOON: i64 = 1_795_358_974;

const DECODERS: &str = r#"
<decoder name="prog"><program_name>^prog$</program_name></decoder>
<decoder name="kv"><prematch>^kv: </prematch></decoder>
<decoder name="kv-all"><parent>kv</parent><prematch offset="after_parent">^all </prematch>
  <regex offset="after_prematch">(\S+) (\S+) (\S+) (\S+)</regex>
  <order>srcip, user, a.color, a.list</order></decoder>
"#;

const RULES: &str = r#"
<group name="syslog,demo,">
<rule id="1" level="0" noalert="1"><category>syslog</category><description>root</description></rule>
<rule id="100" level="5"><decoded_as>kv</decoded_as>
  <description>kv of $(srcip), $(a.color)</description>
  <mitre><id>T1110</id><id>T1021.004</id></mitre>
  <group>pci_dss_10.2.4,gdpr_IV_35.7.d,pci_dss_10.2.5,last,</group></rule>
<rule id="101" level="0"><decoded_as>prog</decoded_as><match>quiet</match>
  <description>nothing</description></rule>
<rule id="102" level="12"><decoded_as>prog</decoded_as><match>secret</match>
  <options>no_full_log</options><description>it's "secret"</description></rule>
</group>
"#;

const ALL: &str = "kv: all 10.0.0.1 bob red [1,\"it's\",true]";

fn session(mode: Mode) -> Session {
    let files = vec![
        ("d.xml".into(), DECODERS.as_bytes().to_vec()),
        ("r.xml".into(), RULES.as_bytes().to_vec()),
    ];
    let dialect = Some(Dialect::Wazuh414);
    let (ruleset, problems) = crate::ruleset::build(&config::from_files(files, dialect));
    assert!(problems.is_empty(), "{problems:#?}");
    let hostname = "manager.example".into();
    Session::new(
        Arc::new(Engine::new(ruleset)),
        SessionOptions { hostname, mode },
    )
}

/// What `write` makes of one event.
fn on_event(
    location: &str,
    line: &str,
    write: impl FnOnce(&mut Vec<u8>, &Verdict<'_>, &RuleTrace<'_>),
) -> String {
    let mut session = session(Mode::TestTool);
    let engine = Arc::clone(session.engine());
    let at = Moment {
        seconds: NOON,
        utc_offset: 3600,
    };
    let mut steps = Steps::default();
    let verdict = session.evaluate_traced(location.as_bytes(), line.as_bytes(), at, &mut steps);
    let mut out = Vec::new();
    let trace = RuleTrace::new(&engine, &steps, false);
    write(&mut out, &verdict.unwrap(), &trace);
    out.to_str_lossy().into_owned()
}

fn alert(location: &str, line: &str) -> String {
    on_event(location, line, |out, verdict, _| {
        let mut writer = AlertsJson::new(Dialect::Wazuh414, "manager.example".into());
        writer.write(out, verdict, 77).unwrap();
    })
}

fn parsed(location: &str, line: &str) -> Value {
    serde_json::from_str(&alert(location, line)).unwrap()
}

#[test]
fn the_whole_alert() {
    let expected = concat!(
        r#"{"timestamp":"2026-11-22T15:49:34.000+0100","#,
        r#""rule":{"level":5,"description":"kv of 10.0.0.1, red","id":"100","#,
        r#""mitre":{"id":["T1110","T1021.004"],"tactic":["Credential Access","Lateral Movement"],"#,
        r#""technique":["Brute Force","SSH"]},"#,
        r#""firedtimes":1,"mail":false,"groups":["syslog","demo","last"],"#,
        r#""pci_dss":["10.2.4","10.2.5"],"gdpr":["IV_35.7.d"]},"#,
        r#""agent":{"id":"000","name":"manager.example"},"manager":{"name":"manager.example"},"#,
        r#""id":"1795358974.77","full_log":"kv: all 10.0.0.1 bob red [1,\"it's\",true]","#,
        r#""decoder":{"parent":"kv","name":"kv"},"#,
        r#""data":{"srcip":"10.0.0.1","dstuser":"bob","a":{"color":"red","list":[1,"it's",true]}},"#,
        r#""location":"/var/log/x"}"#,
        "\n",
    );
    assert_eq!(alert("/var/log/x", ALL), expected);
}

#[test]
fn where_events_come_from() {
    let cases = [
        (
            "[007] (web1) 10.0.0.7->/var/log/a",
            json!({"id": "007", "name": "web1", "ip": "10.0.0.7"}),
            json!("/var/log/a"),
        ),
        (
            "[007] (web1) any->/var/log/a>b",
            json!({"id": "007", "name": "web1"}),
            json!("/var/log/a>b"),
        ),
        (
            "[007] (web1)",
            json!({"id": "007", "name": "web1"}),
            json!(null),
        ),
        (
            "(plain",
            json!({"id": "000", "name": "manager.example"}),
            json!(null),
        ),
    ];
    for (location, agent, file) in cases {
        let alert = parsed(location, "kv: x");
        assert_eq!(alert["agent"], agent, "{location}");
        assert_eq!(alert["location"], file, "{location}");
    }
    let alert = parsed("(ssh_check) root@router->diff", "kv: x");
    let agentless = json!({"script": "ssh_check", "user": "root", "host": "router"});
    assert_eq!(alert["agentless"], agentless);
    assert!(alert.get("agent").is_none());
}

#[test]
fn what_may_be_missing() {
    let secret = parsed("x", "Dec 29 10:00:01 web1 prog: secret");
    assert!(secret.get("full_log").is_none());
    assert!(secret.get("data").is_none());
    assert!(secret["rule"].get("mitre").is_none());
    assert_eq!(secret["rule"]["mail"], true);
    let predecoder = json!({
        "program_name": "prog", "timestamp": "Dec 29 10:00:01", "hostname": "web1"
    });
    assert_eq!(secret["predecoder"], predecoder);
    let quiet = parsed("x", "Dec 29 10:00:01 web1 prog: quiet");
    assert!(quiet["rule"].get("level").is_none());
    assert_eq!(alert("x", "nothing to see"), "");
}

#[test]
fn alerts_log() {
    let text = on_event("/var/log/x", ALL, |out, verdict, _| {
        let numbers = AlertNumbers::of_daemon(Dialect::Wazuh414, 0);
        let mut writer = AlertWriter::new(Dialect::Wazuh414, numbers, None);
        writer.write(out, verdict).unwrap();
    });
    let expected = "\
** Alert 1795358974.0: - syslog,demo,pci_dss_10.2.4,gdpr_IV_35.7.d,pci_dss_10.2.5,last,
2026 Nov 22 15:49:34 manager->/var/log/x
Rule: 100 (level 5) -> 'kv of 10.0.0.1, red'
Src IP: 10.0.0.1
User: bob
kv: all 10.0.0.1 bob red [1,\"it's\",true]
a.color: red
a.list: [1,\"it's\",true]

";
    assert_eq!(text, expected);
}

fn phases(line: &str, with_trace: bool) -> String {
    on_event("stdin", line, |out, verdict, trace| {
        let text = Phases::new(Dialect::Wazuh414, "manager".into(), Palette::plain());
        let trace = with_trace.then_some(trace);
        text.write(out, verdict, trace).unwrap();
    })
}

#[test]
fn phases_of_an_alert() {
    let expected = "
**Phase 1: Completed pre-decoding.
\tfull event: 'kv: all 10.0.0.1 bob red [1,\"it's\",true]'

**Phase 2: Completed decoding.
\tname: 'kv'
\tparent: 'kv'
\ta.color: 'red'
\ta.list: '[1, \"it's\", True]'
\tdstuser: 'bob'
\tsrcip: '10.0.0.1'

**Rule debugging:
\tTrying rule: 1 - root
\t\t*Rule 1 matched
\t\t*Trying child rules
\tTrying rule: 101 - nothing
\tTrying rule: 102 - it's \"secret\"
\tTrying rule: 100 - kv of $(srcip), $(a.color)
\t\t*Rule 100 matched

**Phase 3: Completed filtering (rules).
\tid: '100'
\tlevel: '5'
\tdescription: 'kv of 10.0.0.1, red'
\tgroups: '['syslog', 'demo', 'last']'
\tfiredtimes: '1'
\tgdpr: '['IV_35.7.d']'
\tmail: 'False'
\tmitre.id: '['T1110', 'T1021.004']'
\tmitre.tactic: '['Credential Access', 'Lateral Movement']'
\tmitre.technique: '['Brute Force', 'SSH']'
\tpci_dss: '['10.2.4', '10.2.5']'
**Alert to be generated.
";
    assert_eq!(phases(ALL, true), expected);
}

#[test]
fn phases_without_much() {
    let expected = "
**Phase 1: Completed pre-decoding.
\tfull event: 'nothing to see'

**Phase 2: Completed decoding.
\tNo decoder matched.
";
    assert_eq!(phases("nothing to see", false), expected);
    let expected = "
**Phase 1: Completed pre-decoding.
\tfull event: 'Dec 29 10:00:01 web1 prog: quiet'
\ttimestamp: 'Dec 29 10:00:01'
\thostname: 'web1'
\tprogram_name: 'prog'

**Phase 2: Completed decoding.
\tname: 'prog'

**Phase 3: Completed filtering (rules).
\tid: '101'
\tlevel: '0'
\tdescription: 'nothing'
\tgroups: '['syslog', 'demo']'
\tfiredtimes: '1'
\tmail: 'False'
";
    assert_eq!(phases("Dec 29 10:00:01 web1 prog: quiet", false), expected);
}

#[test]
fn json_lines() {
    let text = on_event("stdin", ALL, |out, verdict, _| {
        JsonLines.verdict(out, verdict, None, false).unwrap();
    });
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["agent"], "000");
    assert_eq!(event["mitre"], json!(["T1110", "T1021.004"]));
    assert_eq!(event["description"], "kv of 10.0.0.1, red");
    let fields = json!({
        "dstuser": "bob", "srcip": "10.0.0.1", "a.color": "red", "a.list": "[1,\"it's\",true]"
    });
    assert_eq!(event["fields"], fields);
    assert!(event.get("duplicate_fields").is_none());
}

#[test]
fn json_is_utf_8_whatever_the_log_is() {
    let mut session = session(Mode::TestTool);
    let at = Moment {
        seconds: NOON,
        utc_offset: 0,
    };
    let log = b"kv: all \xff \xc3 \"\x1b [\"\xfe\"]";
    let verdict = session.evaluate(b"/\xff", log, at).unwrap();
    let mut out = Vec::new();
    EventData::new(&verdict, b"\xff".as_bstr(), None).print(&mut out);
    let read: Value = serde_json::from_slice(&out).unwrap();
    let data = &read["output"]["data"];
    let expected = json!({"srcip": "\u{fffd}", "dstuser": "\u{fffd}", "a": {"color": "\"\u{1b}", "list": ["\u{fffd}"]}});
    assert_eq!(*data, expected);

    out.clear();
    let mut alerts = AlertsJson::new(Dialect::Wazuh414, b"\xff".into());
    alerts.write(&mut out, &verdict, 1).unwrap();
    let read: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(read["location"], "/\u{fffd}");
}

#[test]
fn the_old_log_stands_in_the_alert() {
    let rules = r#"<group name="a,">
<rule id="1" level="0"><category>syslog</category><description>root</description></rule>
<rule id="10" level="3"><if_sid>1</if_sid><check_diff/><description>changed</description></rule>
<rule id="20" level="4"><if_sid>10</if_sid><description>below</description></rule></group>"#;
    let decoders = "<decoder name=\"p\"><program_name>^p$</program_name></decoder>\
        <decoder name=\"q\"><prematch>^q: </prematch></decoder>";
    let files = [("d.xml", decoders), ("r.xml", rules)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let inputs = config::from_files(files.to_vec(), Some(Dialect::Wazuh414));
    let engine = Arc::new(Engine::new(crate::ruleset::build(&inputs).0));
    let mut session = Session::new(engine, SessionOptions::default());
    let at = Moment {
        seconds: NOON,
        utc_offset: 0,
    };
    let mut previous_log = |line: &str| {
        let verdict = session.evaluate(b"x", line.as_bytes(), at).unwrap();
        let sid = verdict.rule().map(|rule| rule.sid.0);
        let mut out = Vec::new();
        EventData::new(&verdict, b"m".as_bstr(), None).print(&mut out);
        let read: Value = serde_json::from_slice(&out).unwrap();
        (sid, read["output"]["previous_log"].clone())
    };
    assert_eq!(previous_log("one"), (Some(1), Value::Null));
    // The rule below compares nothing itself.
    assert_eq!(previous_log("two"), (Some(20), json!("one")));
    assert_eq!(previous_log("two"), (Some(1), Value::Null));
}
