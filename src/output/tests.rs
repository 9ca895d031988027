//! The captured examples of `spec/output.md`, byte for byte.

use std::sync::Arc;

use bstr::ByteSlice;

use super::*;
use crate::config;
use crate::dialect::Dialect;
use crate::engine::{Engine, Moment, Session, SessionOptions};
use crate::verdict::Verdict;

/// 2026-11-22 14:49:34 UTC.
const NOON: i64 = 1_795_358_974;

/// Decoders of the captured session, without pcre2 so that every version reads them.
const DECODERS: &str = r#"
<decoder name="kv"><program_name>^kv$</program_name></decoder>
<decoder name="kv-all"><parent>kv</parent>
  <regex>srcip=(\S+) user=(\S+) by=(\S+) dstip=(\S+) srcport=(\S+) dstport=(\S+)</regex>
  <order>srcip, user, srcuser, dstip, srcport, dstport</order></decoder>
<decoder name="dyn"><program_name>^dyn$</program_name></decoder>
<decoder name="dyn-f"><parent>dyn</parent>
  <regex>alpha=(\S+) beta=(\S+)</regex><order>alpha, beta</order></decoder>
<decoder name="seen"><program_name>^seen$</program_name><accumulate/>
  <regex>u=(\S+) s=(\S+) i=(\S+)</regex><order>user, srcip, id</order>
  <fts>name, user, srcip</fts><ftscomment>first "login"</ftscomment></decoder>
<decoder name="fw"><program_name>^fw$</program_name><type>firewall</type>
  <regex>(\w+) (\w+) (\S+) (\S+) (\S+)$</regex>
  <order>action, protocol, srcip, dstip, dstport</order></decoder>
<decoder name="never"><prematch>^\ttt</prematch></decoder>
"#;

const RULES: &str = r#"
<group name="syslog,demo,">
<rule id="1" level="0" noalert="1"><category>syslog</category><description>all</description></rule>
<rule id="100" level="5"><decoded_as>kv</decoded_as><description>kv seen</description></rule>
<rule id="101" level="9" frequency="1"><if_matched_sid>100</if_matched_sid><match>more</match>
  <description>kv often</description></rule>
<rule id="102" level="4"><decoded_as>dyn</decoded_as><description>dyn seen</description></rule>
<rule id="106" level="6"><match>ignme</match><check_diff/><description>diff</description></rule>
<rule id="107" level="3"><decoded_as>seen</decoded_as><group>pci_dss_10.2.5,cis_4.1,</group>
  <cve>CVE-1</cve><info>see</info></rule>
<rule id="108" level="2"><match>bare</match><options>no_log</options><description>b</description></rule>
<rule id="2" level="0"><category>firewall</category><description>fw</description></rule>
</group>
"#;

fn session(dialect: Dialect, rules: &str) -> Session {
    let decoders = match dialect {
        Dialect::Ossec283 => DECODERS
            .replace("alpha, beta", "url, id")
            .replace("<accumulate/>", ""),
        _ => DECODERS.to_owned(),
    };
    let files = vec![
        ("d.xml".into(), decoders.into_bytes()),
        ("r.xml".into(), rules.as_bytes().to_vec()),
    ];
    let (ruleset, problems) = crate::ruleset::build(&config::from_files(files, Some(dialect)));
    assert!(
        problems.iter().all(|problem| !problem.is_error()),
        "{problems:#?}"
    );
    let hostname = "testhost".into();
    Session::new(
        Arc::new(Engine::new(ruleset)),
        SessionOptions {
            hostname,
            ..SessionOptions::default()
        },
    )
}

/// Evaluates lines a second apart and collects what `write` makes of each.
fn replay(
    session: &mut Session,
    location: &str,
    lines: &[&str],
    mut write: impl FnMut(&mut Vec<u8>, &Verdict<'_>),
) -> String {
    let mut out = Vec::new();
    for (second, line) in (0..).zip(lines) {
        let at = Moment {
            seconds: NOON + second,
            utc_offset: 0,
        };
        let verdict = session.evaluate(location.as_bytes(), line.as_bytes(), at);
        write(&mut out, &verdict.unwrap());
    }
    out.to_str_lossy().into_owned()
}

fn alerts(dialect: Dialect, rules: &str, location: &str, lines: &[&str]) -> String {
    let mut writer = AlertWriter::new(dialect, AlertNumbers::of_daemon(dialect, 0), None);
    replay(
        &mut session(dialect, rules),
        location,
        lines,
        |out, verdict| {
            if verdict.alert() {
                writer.write(out, verdict).unwrap();
            }
        },
    )
}

fn json(location: &str, lines: &[&str]) -> String {
    let mut numbers = AlertNumbers::counted();
    let mut writer = AlertsJson::new(Dialect::Ossec43, "testhost".into());
    let mut session = session(Dialect::Ossec43, RULES);
    replay(&mut session, location, lines, |out, verdict| {
        if verdict.alert() {
            writer.write(out, verdict, numbers.take()).unwrap();
        }
    })
}

const FULL: &str =
    "Jan  1 10:00:00 h1 kv[7]: srcip=1.2.3.4 user=bob by=al dstip=5.6.7.8 srcport=1 dstport=2";

#[test]
fn an_alert_with_all_lines() {
    let text = alerts(Dialect::Ossec43, RULES, "/var/log/messages", &[FULL]);
    let expected = format!(
        "** Alert 1795358974.1: - syslog,demo,\n\
         2026 Nov 22 14:49:34 h1->/var/log/messages\n\
         Rule: 100 (level 5) -> 'kv seen'\n\
         Src IP: 1.2.3.4\nSrc Port: 1\nDst IP: 5.6.7.8\nDst Port: 2\nUser: bob\n\
         {FULL}\n\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn earlier_lines_and_mail() {
    let line = |word: &str| format!("Jan  1 10:00:00 h1 kv[7]: {word}");
    let lines = [line("first"), line("second"), line("more")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let text = alerts(Dialect::Ossec43, RULES, "/var/log/messages", &lines);
    let last = text.split_inclusive("\n\n").last().unwrap();
    assert_eq!(
        last,
        "** Alert 1795358976.3: mail  - syslog,demo,\n\
         2026 Nov 22 14:49:36 h1->/var/log/messages\n\
         Rule: 101 (level 9) -> 'kv often'\n\
         Jan  1 10:00:00 h1 kv[7]: more\n\
         Jan  1 10:00:00 h1 kv[7]: second\n\
         Jan  1 10:00:00 h1 kv[7]: first\n\n"
    );
    let text = json("/var/log/messages", &lines);
    assert_eq!(
        text.lines().last().unwrap(),
        concat!(
            r#"{"rule":{"level":9,"comment":"kv often","sidid":101,"frequency":1,"firedtimes":1,"#,
            r#""group":"syslog,demo,","groups":["syslog","demo"]},"id":"1795358976.3","#,
            r#""TimeStamp":1795358976000,"decoder":"kv","location":"/var/log/messages","#,
            r#""full_log":"Jan  1 10:00:00 h1 kv[7]: more","#,
            r#""previous_output":"Jan  1 10:00:00 h1 kv[7]: first","hostname":"h1","#,
            r#""program_name":"kv","decoder_desc":{"name":"kv"},"agent_name":"h1","#,
            r#""timestamp":"2026 Nov 22 14:49:36","logfile":"/var/log/messages"}"#,
        )
    );
}

#[test]
fn check_diff_shows_the_old_log() {
    for dialect in [Dialect::Ossec43, Dialect::Ossec37] {
        let text = alerts(dialect, RULES, "/var/log/x", &["ignme 1", "ignme 2"]);
        let number = if dialect == Dialect::Ossec43 { 1 } else { 0 };
        let expected = format!(
            "** Alert 1795358975.{number}: - syslog,demo,\n\
             2026 Nov 22 14:49:35 testhost->/var/log/x\n\
             Rule: 106 (level 6) -> 'diff'\n\
             ignme 2\nPrevious output:\nignme 1\n\n"
        );
        assert_eq!(text, expected);
    }
    assert!(json("x", &["ignme 1", "ignme 2"]).contains(r#","previous_output":"ignme 1","#));
}

#[test]
fn older_versions_number_by_offset() {
    let text = alerts(Dialect::Ossec37, RULES, "x", &[FULL, FULL]);
    let first = text.split_inclusive("\n\n").next().unwrap().len();
    assert!(text.contains(&format!("** Alert 1795358975.{first}: - ")));
}

#[test]
fn long_lines_are_cut() {
    let line = format!("Jan  1 10:00:00 h1 kv[7]: {}", "x".repeat(3000));
    let text = alerts(Dialect::Ossec43, RULES, "x", &[&line]);
    assert_eq!(text.lines().nth(3).unwrap().len(), 1256);
}

#[test]
fn no_description_and_agents() {
    let line = "Jan  1 10:00:00 h1 seen: u=a s=1.1.1.1 i=7";
    let text = alerts(
        Dialect::Ossec43,
        RULES,
        "(agent1) 10.0.0.5->/var/log/auth.log",
        &[line],
    );
    assert!(text.contains("\n2026 Nov 22 14:49:34 (agent1) 10.0.0.5->/var/log/auth.log\n"));
    assert!(text.contains("\nRule: 107 (level 3) -> '(null)'\n"));
    let text = json("(agent1) 10.0.0.5->/var/log/auth.log", &[line]);
    assert_eq!(
        text,
        concat!(
            r#"{"rule":{"level":3,"sidid":107,"cve":"CVE-1","info":"see","firedtimes":1,"#,
            r#""group":"syslog,demo,pci_dss_10.2.5,cis_4.1,","groups":["syslog","demo"],"#,
            r#""PCI_DSS":["10.2.5"],"CIS":["4.1"]},"id":"1795358974.1","TimeStamp":1795358974000,"#,
            r#""decoder":"seen","srcip":"1.1.1.1","dstuser":"a","#,
            r#""location":"(agent1) 10.0.0.5->/var/log/auth.log","#,
            r#""full_log":"Jan  1 10:00:00 h1 seen: u=a s=1.1.1.1 i=7","#,
            r#""hostname":"(agent1) 10.0.0.5->/var/log/auth.log","program_name":"seen","#,
            r#""decoder_desc":{"fts":2624,"accumulate":1,"name":"seen","#,
            r#""ftscomment":"first \"login\""},"agent_name":"agent1","agentip":"10.0.0.5","#,
            r#""timestamp":"2026 Nov 22 14:49:34","logfile":"/var/log/auth.log"}"#,
            "\n",
        )
    );
}

#[test]
fn dynamic_fields_in_json() {
    let line = "Jan  1 10:00:00 h1 dyn[7]: alpha=aa beta=bb";
    assert_eq!(
        json("/var/log/messages", &[line]),
        concat!(
            r#"{"rule":{"level":4,"comment":"dyn seen","sidid":102,"firedtimes":1,"#,
            r#""group":"syslog,demo,","groups":["syslog","demo"]},"id":"1795358974.1","#,
            r#""TimeStamp":1795358974000,"decoder":"dyn","decoder_parent":"dyn","#,
            r#""location":"/var/log/messages","#,
            r#""full_log":"Jan  1 10:00:00 h1 dyn[7]: alpha=aa beta=bb","hostname":"h1","#,
            r#""program_name":"dyn","alpha":"aa","beta":"bb","#,
            r#""decoder_desc":{"parent":"dyn","name":"dyn"},"agent_name":"h1","#,
            r#""timestamp":"2026 Nov 22 14:49:34","logfile":"/var/log/messages"}"#,
            "\n",
        )
    );
}

#[test]
fn archives() {
    let mut session = session(Dialect::Ossec43, RULES);
    let (mut text, mut json) = (ArchivesLog::new(), ArchivesJson::new());
    let lines = ["no rule at all here", "bare", "Jan  1 10:00:00 h1 fw: x"];
    let written = replay(&mut session, "/var/log/x", &lines, |out, verdict| {
        text.write(out, verdict).unwrap();
        json.write(out, verdict).unwrap();
    });
    assert_eq!(
        written,
        concat!(
            "2026 Nov 22 14:49:34 testhost->/var/log/x no rule at all here\n",
            r#"{"log":"no rule at all here","decoder":{},"full_log":"no rule at all here","#,
            r#""timestamp":"2026 Nov 22 14:49:34","agent_name":"testhost","logfile":"/var/log/x"}"#,
            "\n",
            "2026 Nov 22 14:49:35 testhost->/var/log/x bare\n",
            r#"{"log":"bare","rule":{"level":2,"comment":"b","sidid":108,"firedtimes":1,"#,
            r#""group":"syslog,demo,","groups":["syslog","demo"]},"decoder":{},"full_log":"bare","#,
            r#""timestamp":"2026 Nov 22 14:49:35","agent_name":"testhost","logfile":"/var/log/x"}"#,
            "\n",
            "2026 Nov 22 14:49:36 h1->/var/log/x Jan  1 10:00:00 h1 fw: x\n",
            // Level 0: the rule is not written.
            r#"{"program_name":"fw","log":"x","decoder":{"name":"fw"},"#,
            r#""full_log":"Jan  1 10:00:00 h1 fw: x","#,
            r#""timestamp":"2026 Nov 22 14:49:36","agent_name":"h1","logfile":"/var/log/x"}"#,
            "\n",
        )
    );
    let written = replay(
        &mut session,
        "ossec-keepalive",
        &["alive"],
        |out, verdict| {
            text.write(out, verdict).unwrap();
        },
    );
    assert_eq!(written, "");
}

#[test]
fn firewall_lines() {
    let mut session = session(Dialect::Ossec43, RULES);
    let lines = [
        "Nov 22 14:53:42 h1 fw: Deny tcp 1.1.1.1 2.2.2.2 80",
        "Nov 22 14:53:42 h1 fw: incomplete",
        "Nov 22 14:53:42 h1 kv: no firewall",
    ];
    let mut log = FirewallLog::new(Dialect::Ossec43);
    let mut incomplete = Vec::new();
    let written = replay(&mut session, "/var/log/fw", &lines, |out, verdict| {
        incomplete.push(log.is_incomplete(verdict));
        log.write(out, verdict).unwrap();
    });
    assert_eq!(
        written,
        "2026 Nov 22 14:49:34 h1->/var/log/fw DROP tcp 1.1.1.1:0->2.2.2.2:80\n"
    );
    assert_eq!(incomplete, [false, true, false]);
    let old = FirewallLog::new(Dialect::Ossec37);
    for (action, new_word, old_word) in [
        ("Reset", "DROP", "DROP"),
        ("Teardown", "CLOSED", "CLOSED"),
        ("pass", "ALLOW", "ALLOW"),
        ("is dropped", "DROP", "UNKNOWN"),
        ("is accepted", "ALLOW", "ALLOW"),
        ("", "UNKNOWN", "UNKNOWN"),
    ] {
        assert_eq!(log.action(action.as_bytes()), new_word, "{action}");
        assert_eq!(old.action(action.as_bytes()), old_word, "{action}");
    }
}

fn custom(dialect: Dialect, template: &str, line: &str) -> String {
    let custom = CustomAlert::new(dialect, template.as_bytes());
    let mut writer = AlertWriter::new(Dialect::Ossec43, AlertNumbers::counted(), Some(custom));
    replay(
        &mut session(dialect, RULES),
        "/var/log/m",
        &[line],
        |out, verdict| {
            writer.write(out, verdict).unwrap();
        },
    )
}

#[test]
fn custom_alerts() {
    let all = "T=$TIMESTAMP F=$FTELL A=$RULEALERT H=$HOSTNAME L=$LOCATION I=$RULEID V=$RULELEVEL \
               C=$RULECOMMENT S=$SRCIP D=$DSTUSER G=$RULEGROUP M=$FULLLOG";
    let bare = "Jan  1 10:00:00 h1 kv[1]: x";
    let cases = [
        (
            Dialect::Ossec43,
            all,
            FULL,
            format!(
                "T=1795358974 F=1 A= H=h1 L=/var/log/m I=100 V=5 C=kv seen S=1.2.3.4 D=bob \
                 G=syslog,demo, M={FULL}\n"
            ),
        ),
        (
            Dialect::Ossec43,
            "$SRCIP/$DSTUSER",
            bare,
            "None/None\n".to_owned(),
        ),
        (Dialect::Ossec283, "$DSTUSER", FULL, "al\n".to_owned()),
        // Values are filled in again, by later variables only.
        (
            Dialect::Ossec43,
            "$FULLLOG",
            "Jan  1 10:00:00 h1 kv[1]: $RULEGROUP $SRCIP",
            "Jan  1 10:00:00 h1 kv[1]: syslog,demo, $SRCIP\n".to_owned(),
        ),
    ];
    for (dialect, template, line, expected) in cases {
        assert_eq!(custom(dialect, template, line), expected);
    }
}

#[test]
fn custom_alerts_stay_bounded() {
    let user = "$FULLLOG".repeat(120);
    let line = format!(
        "Jan  1 10:00:00 h1 kv[7]: srcip={} user={user} by=a dstip=d srcport=1 dstport=2",
        "$DSTUSER".repeat(120)
    );
    let text = custom(Dialect::Ossec43, &"$SRCIP".repeat(100), &line);
    assert!(text.len() <= (1 << 20) + 1);
}

/// Composite 101 has a store; 102 is below it and below 100, so it can be reached without a search.
const SHARED: &str = r#"
<group name="syslog,">
<rule id="1" level="0" noalert="1"><category>syslog</category><description>all</description></rule>
<rule id="100" level="3"><decoded_as>kv</decoded_as><description>r100</description></rule>
<rule id="101" level="9" frequency="1"><if_matched_sid>100</if_matched_sid><match>many</match>
  <description>r101</description></rule>
<rule id="102" level="5"><if_sid>101, 100</if_sid><match>child</match>
  <description>r102</description></rule>
<rule id="103" level="9" frequency="1" noalert="1"><if_matched_sid>100</if_matched_sid>
  <match>silent</match><description>r103</description></rule>
</group>
"#;

/// The lines of each alert behind the line `Rule: `, without their headers.
fn shown(dialect: Dialect, words: &[&str]) -> Vec<String> {
    let lines: Vec<String> = words
        .iter()
        .map(|word| format!("Jan  1 10:00:00 h1 kv[7]: {word}"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let text = alerts(dialect, SHARED, "x", &lines);
    let alert = |text: &str| {
        let lines = text
            .lines()
            .skip(2)
            .map(|line| match line.split_once(": ") {
                Some(("Rule", rest)) => rest[..3].to_owned(),
                Some((_, word)) => word.to_owned(),
                None => line.to_owned(),
            });
        lines.collect::<Vec<_>>().join(" ")
    };
    text.split_terminator("\n\n").map(alert).collect()
}

#[test]
fn lines_of_a_silent_composite() {
    let words = ["a", "b", "silent"];
    assert_eq!(
        shown(Dialect::Ossec43, &words),
        ["100 a", "100 b", "100 silent b a"]
    );
    for dialect in [Dialect::Ossec37, Dialect::Ossec283] {
        assert_eq!(shown(dialect, &words), ["100 a", "100 b", "100 silent"]);
    }
}

#[test]
fn lines_of_a_shared_store() {
    // The fourth event reaches 102 by 100, without any search.
    let words = ["a", "b", "many child", "child"];
    assert_eq!(
        shown(Dialect::Ossec43, &words),
        ["100 a", "100 b", "102 many child b a", "102 child"]
    );
    for dialect in [Dialect::Ossec37, Dialect::Ossec283] {
        assert_eq!(
            shown(dialect, &words),
            ["100 a", "100 b", "102 many child b a", "102 child b a"]
        );
        // The search of an unsuccessful composite leaves its lines, too.
        assert_eq!(
            shown(dialect, &["a", "many child"]),
            ["100 a", "102 many child a"]
        );
    }
}
