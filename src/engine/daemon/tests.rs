//! The daemon against what was captured from the original (`spec/correlation.md` §7, §11, §12,
//! `spec/output.md` §6).

use std::sync::Arc;

use super::ExcessAlert;
use crate::config;
use crate::dialect::Dialect;
use crate::engine::{Engine, Mode, Moment, Rejection, Session, SessionOptions};
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

const DECODERS: &str = r#"
<decoder name="fw"><type>firewall</type><program_name>^fw$</program_name>
  <regex>^(\S+) (\S+) (\S+) (\S+):(\d+)$</regex><order>action,protocol,srcip,dstip,dstport</order></decoder>
<decoder name="fw-ports"><type>firewall</type><program_name>^fwp$</program_name>
  <regex>^(\S+) (\S+) (\S+):(\d+) (\S+):(\d+)$</regex>
  <order>action,protocol,srcip,srcport,dstip,dstport</order></decoder>
<decoder name="web"><type>web-log</type><program_name>^web$</program_name>
  <prematch>^GET</prematch></decoder>
<decoder name="login"><program_name>^login$</program_name>
  <regex>^(\w+) (\S+) from (\S+)</regex><order>id,user,srcip</order></decoder>
<decoder name="none"><prematch>^nothing at all</prematch></decoder>
"#;

const RULES: &str = r#"<group name="t,">
<rule id="1" level="3"><category>syslog</category><description>line</description></rule>
<rule id="101" level="5" ignore="3"><if_sid>1</if_sid><match>silent</match>
  <description>silent</description></rule>
<rule id="102" level="5"><if_sid>1</if_sid><match>^note</match><ignore>user, srcip</ignore>
  <description>remembers</description></rule>
<rule id="103" level="5"><if_sid>1</if_sid><match>^check</match>
  <check_if_ignored>user, srcip</check_if_ignored><description>asks</description></rule>
<rule id="2" level="3"><category>firewall</category><description>fw</description></rule>
<rule id="201" level="6"><if_sid>2</if_sid><action>DROP</action><description>drop</description></rule>
<rule id="3" level="3"><category>web-log</category><description>web</description></rule>
</group>"#;

/// Sunday 2026-11-22 14:53:42.
const NOW: Moment = Moment {
    seconds: 1_795_359_222,
    utc_offset: 0,
};

fn engine(dialect: Dialect, change: impl FnOnce(&mut config::Options)) -> Arc<Engine> {
    let files = [("d.xml", DECODERS), ("r.xml", RULES)]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let mut inputs = config::from_files(files.into(), Some(dialect));
    change(&mut inputs.options);
    let (ruleset, problems) = crate::ruleset::build(&inputs);
    assert!(problems.is_empty(), "{problems:#?}");
    Arc::new(Engine::new(ruleset))
}

fn session(dialect: Dialect, mode: Mode) -> Session {
    let options = SessionOptions {
        mode,
        ..SessionOptions::default()
    };
    Session::new(engine(dialect, |_| ()), options)
}

fn daemon(dialect: Dialect) -> Session {
    session(dialect, Mode::Daemon)
}

fn after(seconds: i64) -> Moment {
    Moment {
        seconds: NOW.seconds + seconds,
        ..NOW
    }
}

/// `(location, line)` each, and what comes of them: the rule, or why there is none.
fn outcomes(session: &mut Session, events: &[(&str, &str)]) -> Vec<Result<u32, Rejection>> {
    let outcome = |&(location, line): &(&str, &str)| {
        let verdict = session.evaluate(location.as_bytes(), line.as_bytes(), NOW)?;
        Ok(verdict.rule().map_or(0, |rule| rule.sid.0))
    };
    events.iter().map(outcome).collect()
}

#[test]
fn ignore_attribute() {
    // Captured with ignore="3": events at 0, 0, 3.2, 3.2. The lines differ, repeated ones are
    // dropped. The test tool gives two alerts once the silence is over.
    let expected = [
        (Mode::Daemon, [true, false, true, false]),
        (Mode::TestTool, [true, false, true, true]),
    ];
    for (mode, expected) in expected {
        let mut session = session(Dialect::Ossec43, mode);
        for (index, (second, alert)) in [0, 0, 3, 3].into_iter().zip(expected).enumerate() {
            let line = format!("silent {index}");
            let verdict = session.evaluate(b"x", line.as_bytes(), after(second));
            let verdict = verdict.expect("the lines differ");
            assert_eq!(verdict.rule().map(|rule| rule.sid.0), Some(101));
            assert_eq!(verdict.alert(), alert, "{mode:?}, event {index}");
        }
    }
}

#[test]
fn repeated_lines() {
    let again = Err(Rejection::RepeatedLine);
    let one = "Jan 12 13:22:01 h app: one";
    let dialects = [Dialect::Ossec283, Dialect::Ossec37, Dialect::Ossec43];
    for dialect in dialects {
        // Captured: one equal line from six locations is accepted once a shard. Here is one shard.
        let everywhere: Vec<(String, &str)> =
            (0..6).map(|n| (format!("/var/log/l{n}"), one)).collect();
        let everywhere: Vec<_> = everywhere.iter().map(|(l, line)| (&**l, *line)).collect();
        let mut session = daemon(dialect);
        assert_eq!(
            outcomes(&mut session, &everywhere),
            [Ok(1), again, again, again, again, again]
        );
        // The header belongs to the line; three other lines push it out.
        let mut session = daemon(dialect);
        let later = "Jan 12 13:22:02 h app: one";
        let events = [one, later, one, "two", "three", later, one].map(|line| ("x", line));
        assert_eq!(
            outcomes(&mut session, &events),
            [Ok(1), Ok(1), again, Ok(1), Ok(1), again, Ok(1)]
        );
        // Other categories may repeat themselves, and so may everything in the test tool.
        let web = ("x", "Jan 12 13:22:01 h web: GET /");
        assert_eq!(outcomes(&mut session, &[web, web]), [Ok(3), Ok(3)]);
        let mut tool = session_of_tool(dialect);
        assert_eq!(outcomes(&mut tool, &[("x", one); 2]), [Ok(1), Ok(1)]);
    }
}

fn session_of_tool(dialect: Dialect) -> Session {
    session(dialect, Mode::TestTool)
}

/// A line of the firewall log (`spec/output.md` §6), without its date.
fn firewall_line(verdict: &Verdict<'_>) -> String {
    let field = |field, default: &str| {
        verdict
            .field(field)
            .map_or_else(|| default.to_owned(), ToString::to_string)
    };
    format!(
        "{}->{} {} {} {}:{}->{}:{}",
        verdict.hostname(),
        verdict.location(),
        field(Field::Action, ""),
        field(Field::Protocol, ""),
        field(Field::SrcIp, ""),
        field(Field::SrcPort, "0"),
        field(Field::DstIp, ""),
        field(Field::DstPort, "0"),
    )
}

#[test]
fn firewall_events() {
    const PLAIN: &str = "Nov 22 14:53:42 h1 fw: drop tcp 1.1.1.1 2.2.2.2:80";
    const PORTS: &str = "Nov 22 14:53:42 h1 fwp: x-drop tcp 1.1.1.1:5 2.2.2.2:80";
    const CUT: &str = "Nov 22 14:53:42 h1 fw: drop tcp 1.1.1.1";
    type Row = (
        Dialect,
        &'static str,
        Result<(&'static str, u32), Rejection>,
    );
    let dropped = Err(Rejection::IncompleteFirewallEvent);
    let table: &[Row] = &[
        (
            // Captured.
            Dialect::Ossec43,
            PLAIN,
            Ok(("h1->/var/log/fw DROP tcp 1.1.1.1:0->2.2.2.2:80", 201)),
        ),
        (
            Dialect::Ossec43,
            PORTS,
            Ok(("h1->/var/log/fw DROP tcp 1.1.1.1:5->2.2.2.2:80", 201)),
        ),
        (Dialect::Ossec43, CUT, dropped),
        // The older ones want ports, and do not know a `drop` further inside.
        (Dialect::Ossec37, PLAIN, dropped),
        (
            Dialect::Ossec37,
            PORTS,
            Ok(("h1->/var/log/fw UNKNOWN tcp 1.1.1.1:5->2.2.2.2:80", 2)),
        ),
        (Dialect::Ossec283, PLAIN, dropped),
        (
            Dialect::Ossec283,
            PORTS,
            Ok(("h1->/var/log/fw UNKNOWN tcp 1.1.1.1:5->2.2.2.2:80", 2)),
        ),
    ];
    for &(dialect, line, expected) in table {
        let mut session = daemon(dialect);
        // Twice: repetitions are no matter here.
        for _ in 0..2 {
            let outcome = session.evaluate(b"/var/log/fw", line.as_bytes(), NOW);
            let outcome = outcome.map(|verdict| {
                let sid = verdict.rule().map_or(0, |rule| rule.sid.0);
                (firewall_line(&verdict), sid)
            });
            let expected = expected.map(|(line, sid)| (line.to_owned(), sid));
            assert_eq!(outcome, expected, "{dialect}: {line}");
        }
    }
    // The test tool shows the word of the log; so does the daemon without its firewall log.
    let mut tool = session(Dialect::Ossec43, Mode::TestTool);
    let engine = engine(Dialect::Ossec43, |options| options.log_fw = false);
    let options = SessionOptions {
        mode: Mode::Daemon,
        ..SessionOptions::default()
    };
    for session in [&mut tool, &mut Session::new(engine, options)] {
        let verdict = session.evaluate(b"x", PLAIN.as_bytes(), NOW);
        let verdict = verdict.expect("nothing is dropped");
        assert_eq!(verdict.field(Field::Action), Some("drop".into()));
        assert!(session.evaluate(b"x", CUT.as_bytes(), NOW).is_ok());
    }
}

#[test]
fn ignore_lines() {
    let events = [
        "Jan 12 13:22:01 h login: check bob from 1.2.3.4",
        "Jan 12 13:22:01 h login: note bob from 1.2.3.4",
        "Jan 12 13:22:02 h login: check bob from 1.2.3.4",
        "Jan 12 13:22:03 h login: check eve from 1.2.3.4",
    ];
    let alerts = |mode| {
        let mut session = session(Dialect::Ossec43, mode);
        let alert = |line: &&str| {
            let verdict = session.evaluate(b"x", line.as_bytes(), NOW);
            verdict.expect("the lines differ").alert()
        };
        events.iter().map(alert).collect::<Vec<_>>()
    };
    assert_eq!(alerts(Mode::Daemon), [true, true, false, true]);
    // The test tool never writes the file.
    assert_eq!(alerts(Mode::TestTool), [true, true, true, true]);
}

/// Averages of 10 events, and a margin of 5.
fn counting(days: u64, weekday: Option<u8>) -> Session {
    let engine = engine(Dialect::Ossec43, |options| {
        options.stats_percent_diff = 10;
        options.stats_mindiff = 5;
    });
    let options = SessionOptions {
        mode: Mode::Daemon,
        ..SessionOptions::default()
    };
    let mut session = Session::new(engine, options);
    for hour in 0..24 {
        session.remember_average(weekday, hour, 10);
    }
    session.remember_average(weekday, 24, days);
    // Nothing is there to hold it.
    session.remember_average(Some(7), 0, 1);
    session.remember_average(None, 25, 1);
    session
}

/// The alerts of so many events in each hour, the first hour being that of [`NOW`].
fn excesses(session: &mut Session, hours: &[u64]) -> Vec<(u64, ExcessAlert)> {
    let mut alerts = Vec::new();
    for (hour, &count) in (0..).zip(hours) {
        for index in 0..count {
            let line = format!("hour {hour} event {index}");
            let verdict = session.evaluate(b"x", line.as_bytes(), after(hour * 3600));
            let verdict = verdict.expect("the lines differ");
            assert_eq!(verdict.rule().map(|rule| rule.sid.0), Some(1));
            // Every hour counts anew.
            assert_eq!(verdict.fired_times(), index + 1);
            alerts.extend(verdict.excess().map(|alert| (index + 1, alert)));
        }
    }
    alerts
}

#[test]
fn statistics() {
    let alerts = excesses(&mut counting(3, None), &[20, 15, 16, 16, 16]);
    let expected = ExcessAlert {
        level: 4,
        hour: 14,
        weekday: None,
        average: 10,
        count: 16,
    };
    // One an hour, three a day.
    let hours: Vec<_> = alerts.iter().map(|&(at, alert)| (at, alert.hour)).collect();
    assert_eq!(hours, [(16, 14), (16, 16), (16, 17)]);
    assert_eq!(alerts[0].1, expected);
    assert_eq!(
        expected.to_string(),
        "The average number of logs between 14:00 and 15:00 is 10. We reached 16."
    );
    // Too few days.
    assert_eq!(excesses(&mut counting(2, None), &[100]), []);
    let alerts = excesses(&mut counting(3, Some(0)), &[16]);
    assert_eq!(
        alerts[0].1.to_string(),
        "The average number of logs between 14:00 and 15:00 on Sunday is 10. We reached 16."
    );
    // Other days of the week do not matter.
    assert_eq!(excesses(&mut counting(3, Some(1)), &[16]), []);
}

#[test]
fn a_day_becomes_part_of_the_averages() {
    let mut session = counting(2, None);
    // 14 events make (10 · 2 + 14) / 3 = 11 of the average.
    assert_eq!(excesses(&mut session, &[14]), []);
    let mut alert = None;
    for index in 0..17 {
        let line = format!("next day {index}");
        let at = after(24 * 3600);
        let verdict = session.evaluate(b"x", line.as_bytes(), at);
        alert = verdict.expect("the lines differ").excess().or(alert);
    }
    let alert = alert.expect("three days are known by now");
    assert_eq!((alert.average, alert.count), (11, 17));
}

#[test]
fn the_test_tool_counts_nothing() {
    let mut tool = session(Dialect::Ossec43, Mode::TestTool);
    tool.remember_average(None, 24, 3);
    for index in 0..5000 {
        let line = format!("event {index}");
        let verdict = tool.evaluate(b"x", line.as_bytes(), NOW);
        assert_eq!(verdict.expect("it has a form").excess(), None);
    }
}
