//! Both readers, and cases on the embedded ruleset.

use std::sync::{Arc, LazyLock};

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::Ruleset;
use crate::config;
use crate::diagnostic::{Diagnostic, render};
use crate::dialect::Family;
use crate::engine::{Engine, SessionOptions};
use crate::source::Sources;

static ENGINE: LazyLock<Arc<Engine>> =
    LazyLock::new(|| Arc::new(Engine::new(Ruleset::embedded().unwrap())));

fn read_ini(text: &[u8], family: Family) -> (Suite, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let source = sources.add("a.ini", text);
    let (suite, problems) = ini::read(&sources, source, family, START);
    (suite, problems, sources)
}

fn read_toml(text: &[u8]) -> (Suite, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let source = sources.add("a.test.toml", text);
    let (suite, problems) = toml::read(&sources, source, START.seconds, &TimeZone::UTC);
    (suite, problems, sources)
}

/// What is run: name, and each event with its time behind the start.
fn events(suite: &Suite) -> Vec<String> {
    let lines = suite.cases.iter().flat_map(|case| {
        case.events.iter().flat_map(move |event| {
            event.moments.iter().map(move |at| {
                let text = String::from_utf8_lossy(event.input.text());
                format!("{} | {:+} | {text}", case.name, at.seconds - START.seconds)
            })
        })
    });
    lines.collect()
}

fn unit_test(case: &Case) -> (String, String, String, bool) {
    let last = case.events.last().unwrap();
    match &last.expect[0].wanted {
        Wanted::UnitTest(test) => {
            let [rule, level, decoder] = [&test.rule, &test.level, &test.decoder];
            (
                rule.to_string(),
                level.to_string(),
                decoder.to_string(),
                test.holds,
            )
        }
        other => panic!("{other:?}"),
    }
}

fn status(suite: &Suite) -> Vec<Status> {
    let mut runner = Runner::new(Arc::clone(&ENGINE), SessionOptions::default());
    suite
        .cases
        .iter()
        .map(|case| runner.run(case).status)
        .collect()
}

#[test]
fn ini_files_are_read_as_python_reads_them() {
    // Text, and the events.
    let cases: &[(&str, &[&str])] = &[
        (
            "[s]\nlog 1 pass = a = b: c %d ; d # e",
            &["s: log 1 pass | +0 | a = b: c %d ; d # e"],
        ),
        ("[s]\nLOG 1 Pass: a\n", &["s: log 1 pass | +0 | a"]),
        (
            "\u{feff}[s]\r\nlog 1 pass =  a  \r\n",
            &["s: log 1 pass | +0 | a"],
        ),
        (
            "; x\n# y\n[s]\n  # z\nlog 1 pass = a\n",
            &["s: log 1 pass | +0 | a"],
        ),
        (
            "[s]\nlog 1 pass = a\n  b\n\n  ; no\n\tc\n\n\n",
            &[
                "s: log 1 pass | +0 | a",
                "s: log 1 pass | +1 | b",
                "s: log 1 pass | +2 | ",
                "s: log 1 pass | +3 | c",
            ],
        ),
        (
            "[s]\n  log 1 pass =\n    a\n  log 2 fail = b",
            &[
                "s: log 1 pass | +0 | ",
                "s: log 1 pass | +1 | a",
                "s: log 2 fail | +0 | b",
            ],
        ),
        ("[s]\nlog 1 pass =\n", &["s: log 1 pass | +0 | "]),
        (
            "[a [b] c] rest\nlog 1 pass = a",
            &["a [b] c: log 1 pass | +0 | a"],
        ),
        (
            "[DEFAULT]\nlog 9 fail = z\n[s]\nlog 1 pass = a",
            &["s: log 9 fail | +0 | z", "s: log 1 pass | +0 | a"],
        ),
        ("[s]\nlogs = a\nother = b", &[]),
    ];
    for (text, expected) in cases {
        let text = format!("{text}\n[DEFAULT]\nrule = 1\nalert = 2\ndecoder = d\n");
        let (suite, problems, sources) = read_ini(text.as_bytes(), Family::Ossec);
        assert_eq!(render::short(&problems, &sources), "", "{text}");
        assert_eq!(events(&suite), *expected, "{text}");
    }
}

#[test]
fn repeated_keys_are_joined_by_one_runner_and_replaced_by_the_other() {
    let text = b"[s]\nlog 1 pass = a\nlog 1 pass = b\nrule = 5\nrule = 5\nalert = 1\ndecoder =\n";
    let (suite, problems, _) = read_ini(text, Family::Wazuh);
    assert_eq!(problems, []);
    assert_eq!(
        events(&suite),
        ["s: log 1 pass | +0 | a", "s: log 1 pass | +1 | b"]
    );
    let expected = ("5\n5".to_owned(), "1".to_owned(), String::new(), true);
    assert_eq!(unit_test(&suite.cases[0]), expected);

    let (suite, problems, sources) = read_ini(text, Family::Ossec);
    assert_eq!(events(&suite), ["s: log 1 pass | +0 | b"]);
    insta::assert_snapshot!(render::short(&problems, &sources), @r"
    a.ini:3:1: warning[E714]: `log 1 pass` comes twice in section `s`
    a.ini:5:1: warning[E714]: `rule` comes twice in section `s`
    ");
}

#[test]
fn broken_ini_files_say_where() {
    let text = b"log 0 pass = early\n[s]\nno delimiter\nlog 1 pass = a\nrule = 1\nalert = 2\n= x\n";
    let (suite, problems, sources) = read_ini(text, Family::Wazuh);
    assert!(suite.cases.is_empty());
    insta::assert_snapshot!(render::short(&problems, &sources), @r"
    a.ini:1:1: error[E711]: there is no section yet
    a.ini:3:1: error[E711]: this is no `key = value`
    a.ini:7:1: error[E711]: this is no `key = value`
    a.ini:4:1: error[E714]: section `s` has no `decoder`
    ");
}

#[test]
fn suites_are_told_from_other_ini_files() {
    for (text, is_suite) in [
        ("[a]\nlog 1 pass = x", true),
        ("[a]\nLog 12 Fail: x", true),
        ("[php]\nlog_errors = on", false),
        ("log pass", false),
        ("", false),
    ] {
        assert_eq!(ini::is_suite(text.as_bytes()), is_suite, "{text}");
    }
}

#[test]
fn what_passes_and_fails_in_a_suite() {
    const FAILED: &str =
        "Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2";
    use Status::{Failed, Passed};
    // Expectation, key, result.
    let cases = [
        (["5716", "5", "sshd"], "pass", Passed),
        (["5716", "5", "SSHD"], "pass", Passed),
        (["05716", "5", "sshd"], "pass", Failed),
        (["5716", "5", ""], "pass", Failed),
        (["5716", "5", "sshd"], "fail", Failed),
        (["5716", "6", "sshd"], "fail", Passed),
        // The original's tool never succeeds with an empty part.
        (["5716", "5", ""], "fail", Passed),
        (["5716", "5", "sshd"], "whatever", Passed),
    ];
    for ([rule, alert, decoder], key, expected) in cases {
        let text = format!(
            "[s]\nlog 1 {key} = {FAILED}\nrule = {rule}\nalert = {alert}\ndecoder = {decoder}"
        );
        let (suite, _, _) = read_ini(text.as_bytes(), Family::Ossec);
        assert_eq!(status(&suite), [expected], "{text}");
    }
    let text = b"[none]\nlog 1 pass = nothing of interest\nrule =\nalert = 0\ndecoder =\n";
    assert_eq!(status(&read_ini(text, Family::Ossec).0), [Passed]);
}

#[test]
fn every_kind_of_expectation() {
    // Expectation, and whether it holds.
    let cases = [
        ("decoder = 'sshd'", true),
        ("decoder = 'su'", false),
        ("decoder = false", false),
        ("rule = 5716", true),
        ("rule = '5716'", true),
        ("rule = 5715", false),
        ("rule = false", false),
        ("not_rule = 5715", true),
        ("not_rule = [5715, 5716]", false),
        ("level = 5", true),
        ("level = 6", false),
        ("alert = true", true),
        ("alert = false", false),
        (
            "fields = { srcip = '192.0.2.7', user = 'root', dstuser = 'root' }",
            true,
        ),
        ("fields.srcip = '192.0.2.8'", false),
        ("fields.url = false", true),
        ("fields.srcip = false", false),
        ("fields.a.b = 'x'", false),
        ("groups = ['authentication_failed']", true),
        ("groups = 'authentication'", false),
        ("description = 'SSH login failed.'", true),
        ("description = 'SSH'", false),
    ];
    for (expectation, holds) in cases {
        let text = format!(
            "[[case]]\nname = 'x'\nlog = 'Jan 12 13:22:01 web1 sshd[1]: Failed password for root \
             from 192.0.2.7 port 22 ssh2'\n{expectation}\n"
        );
        let (suite, problems, sources) = read_toml(text.as_bytes());
        assert_eq!(render::short(&problems, &sources), "");
        let expected = if holds {
            Status::Passed
        } else {
            Status::Failed
        };
        assert_eq!(status(&suite), [expected], "{expectation}");
    }
    for (expectation, holds) in [
        ("decoder = false", true),
        ("rule = false", true),
        ("level = 0", false),
    ] {
        let text = format!("[[case]]\nname = 'x'\nlog = 'nothing of interest'\n{expectation}\n");
        let expected = if holds {
            Status::Passed
        } else {
            Status::Failed
        };
        assert_eq!(
            status(&read_toml(text.as_bytes()).0),
            [expected],
            "{expectation}"
        );
    }
}

#[test]
fn the_virtual_clock() {
    let text = br#"
        [defaults]
        start = 2023-11-14T23:13:20
        time_zone = "Europe/Berlin"
        [[case]]
        name = "c"
        alert = false
        [[case.event]]
        log = "a"
        repeat = 3
        every = "10s"
        [[case.event]]
        log = "b"
        [[case.event]]
        log = "c"
        at = "+1m30s"
        [[case.event]]
        log = "d"
        at = 23:20:00
        [[case.event]]
        log = "e"
        at = 23:00:00
        [[case.event]]
        log = "f"
        at = 2024-07-01T00:00:00
        [[case.event]]
        message = "1:x:g"
        at = 2024-07-01T00:00:00+00:00
    "#;
    let (suite, problems, sources) = read_toml(text);
    assert_eq!(render::short(&problems, &sources), "");
    assert_eq!(
        events(&suite),
        [
            "c | +0 | a",
            "c | +10 | a",
            "c | +20 | a",
            "c | +21 | b",
            "c | +111 | c",
            "c | +400 | d",
            "c | +85600 | e",
            "c | +19784800 | f",
            "c | +19792000 | 1:x:g",
        ]
    );
    let offsets = suite.cases[0]
        .events
        .iter()
        .map(|event| event.moments[0].utc_offset);
    assert_eq!(
        offsets.collect::<Vec<_>>(),
        [3600, 3600, 3600, 3600, 3600, 7200, 7200]
    );
}

#[test]
fn parameters() {
    let text = br#"
        [[case]]
        name = "rows"
        log = "{a} {json} {a}{b} {"
        fields.x = "{b}"
        with = [{ a = 1, b = "x" }, { a = "2", b = "{a}" }]
        [[case]]
        name = "{a} and {b}"
        log = "{a}{b}"
        alert = false
        with = { b = ["x", "y"], a = [1, 2] }
    "#;
    let (suite, problems, sources) = read_toml(text);
    assert_eq!(render::short(&problems, &sources), "");
    assert_eq!(
        events(&suite),
        [
            "rows (a=1, b=x) | +0 | 1 {json} 1x {",
            "rows (a=2, b={a}) | +0 | 2 {json} 2{a} {",
            "1 and x | +0 | 1x",
            "2 and x | +0 | 2x",
            "1 and y | +0 | 1y",
            "2 and y | +0 | 2y",
        ]
    );
}

#[test]
fn mistakes_in_a_toml_file_say_where() {
    let text = br#"
[ruleset]
rules = ["a.xml"]
config = "ossec.conf"
dialect = "wazuh-4.1"
[defaults]
time_zone = "Europe/Berln"
start = "yesterday"
as = "demon"
[[cases]]
[[case]]
nam = "x"
[[case]]
name = "no event"
rule = 1
[[case]]
name = "nothing expected"
log = "x"
[[case]]
name = "types"
log = "x"
rule = "many"
level = true
alert = "no"
decoder = 3
fields = "srcip"
repeat = 0
[[case]]
name = "times"
rule = 1
every = "10s"
[[case.event]]
log = "x"
at = "30s"
[[case]]
name = "events"
[[case.event]]
log = "x"
message = "1:x:x"
lvel = 3
[[case.event]]
log = "x"
before = { rule = 1 }
[[case]]
name = "unused"
log = "{srcp}"
alert = false
with = { srcip = [1, 2] }
[[case]]
name = "too many"
log = "{a}"
alert = false
repeat = 4000000
with = { a = 1 }
"#;
    let (suite, problems, sources) = read_toml(text);
    assert!(suite.cases.len() <= 2, "{:#?}", suite.cases);
    insta::assert_snapshot!(render::human(&problems, &sources, false));
}

#[test]
fn broken_toml_says_where() {
    let (_, problems, sources) = read_toml(b"[[case]\nname = \n[defaults]\nx = 1\nx = 2\n");
    insta::assert_snapshot!(render::short(&problems, &sources), @r"
    a.test.toml:1:8: error[E711]: unclosed array table, expected `]`
    a.test.toml:5:1: error[E711]: duplicate key
    ");
    let (_, problems, sources) = read_toml(b"[[case]]\nname = '\xff'\n");
    insta::assert_snapshot!(render::short(&problems, &sources), @"a.test.toml:2:9: error[E711]: a test file is UTF-8");
}

#[test]
fn a_recorded_case_passes() {
    let logs = [
        "Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2",
        "nothing 'of' \"interest\" \\ \t \u{1}",
        r#"192.0.2.7 - - [12/Jan/2024:13:22:01 +0000] "GET /a'b?x=\x41 HTTP/1.1" 404 12 "-" "curl/8 (a, rather, long, name, of, a, program)""#,
    ];
    for log in logs {
        let event = toml::write::event("a \"name\"", "/var/log/x", log);
        let (suite, problems, _) = read_toml(format!("{event}alert = true").as_bytes());
        assert_eq!(problems, [], "{event}");
        let mut runner = Runner::new(Arc::clone(&ENGINE), SessionOptions::default());
        let actual = runner.actual(&suite.cases[0]);
        let text = format!("{event}{}", toml::write::expectations(&actual));
        let (suite, problems, _) = read_toml(text.as_bytes());
        assert_eq!(problems, [], "{text}");
        assert_eq!(status(&suite), [Status::Passed], "{text}");
        let Input::Line { location, line } = &suite.cases[0].events[0].input else {
            panic!("a line");
        };
        assert_eq!(
            (location.as_slice(), &line[..]),
            (&b"/var/log/x"[..], log.as_bytes())
        );
    }
}

#[test]
fn coverage_counts_results_and_the_way_to_them() {
    let text = br#"
        [[case]]
        name = "two of one"
        log = "Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2"
        repeat = 2
        rule = 5716
    "#;
    let (suite, _, _) = read_toml(text);
    let coverage = cover(Arc::clone(&ENGINE), SessionOptions::default(), &suite.cases);
    let of = |sid: u32| {
        let mut rules = coverage.rules(ENGINE.ruleset());
        rules.find(|(rule, _)| rule.sid.0 == sid).unwrap().1
    };
    let used = |matched, results, cases| RuleUse {
        matched,
        results,
        cases,
    };
    assert_eq!(of(5716), used(2, 2, 1));
    assert_eq!(of(5700), used(2, 0, 0));
    assert_eq!(of(5715), used(0, 0, 0));
    let decoders = coverage.decoders(ENGINE.ruleset());
    let matched: Vec<_> = decoders.filter(|(_, matched)| *matched > 0).collect();
    assert!(
        matched
            .iter()
            .any(|(decoder, _)| decoder.shown_name == "sshd")
    );
}

/// A session of the daemon honours what its test tool does not.
#[test]
fn a_case_chooses_the_manner() {
    let rules =
        br#"<group name="g,"><rule id="1" level="3" ignore="60"><match>x</match></rule></group>"#;
    let decoders = br#"<decoder name="d"><prematch>^d</prematch></decoder>"#;
    let files = vec![
        ("r.xml".into(), rules.to_vec()),
        ("d.xml".into(), decoders.to_vec()),
    ];
    let inputs = config::from_files(files, Some(Dialect::Wazuh414));
    let engine = Arc::new(Engine::new(crate::ruleset::build(&inputs).0));
    let text = br#"
        [[case]]
        name = "daemon"
        as = "daemon"
        log = "an x line"
        repeat = 2
        rule = false
        before = { rule = 1 }
        [[case]]
        name = "tool"
        as = "test-tool"
        log = "an x line"
        repeat = 2
        rule = 1
        alert = false
        before = { rule = 1, alert = true }
    "#;
    let (suite, problems, _) = read_toml(text);
    assert_eq!(problems, []);
    let mut runner = Runner::new(engine, SessionOptions::default());
    for case in &suite.cases {
        let result = runner.run(case);
        assert_eq!(result.status, Status::Passed, "{result:#?}");
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"[[case]]\n",
        b"[case.with]\n",
        b"[[case.event]]\n",
        b"[ruleset]\n",
        b"[defaults]\n",
        b"name = 'x'\n",
        b"log = '{a} b'\n",
        b"rule = 5\n",
        b"rule = false\n",
        b"level = 3\n",
        b"alert = true\n",
        b"repeat = 3\n",
        b"repeat = 99999999999\n",
        b"every = '10s'\n",
        b"every = '9223372036854775807s'\n",
        b"at = '+1d'\n",
        b"at = 10:00:00\n",
        b"at = 9999-12-31T23:59:59\n",
        b"start = -9999999999999\n",
        b"start = 2024-02-30\n",
        b"a = [1, 2]\n",
        b"fields = { a = { b = 1 } }\n",
        b"before = { rule = 1 }\n",
        b"[section]\n",
        b"log 1 pass = a\n",
        b"log 2 fail: b\n",
        b"   more\n",
        b"\n",
        b"[",
        b"]",
        b"=",
        b":",
        b"#",
        b"'",
        b"\"\"\"",
        b"{a}",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\r",
        b"\0",
        b"rule = 1\nalert = 2\ndecoder = d\n",
        b"[DEFAULT]\n",
        b"todo = 'why'\n",
        b"with = [{ a = 1 }, { a = 2 }]\n",
        b"message = '1:x:y'\n",
        b"location = 'x'\n",
    ];
    prop_oneof![
        4 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

proptest! {
    #[test]
    fn no_bytes_panic(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        ini::is_suite(&text);
        for family in [Family::Ossec, Family::Wazuh] {
            let (suite, problems, sources) = read_ini(&text, family);
            render::human(&problems, &sources, false);
            status(&suite);
        }
        let (suite, problems, sources) = read_toml(&text);
        render::human(&problems, &sources, false);
        status(&suite);
    }
}
