//! `ossia test`: suites, reports, coverage, recording.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::{KV, Run, Sandbox, command, run};

/// One case of each result.
const TESTS: &str = r#"
[ruleset]
decoders = ["rules/d.xml"]
rules = "rules/r.xml"

[[case]]
name = "an address"
log = "Jan  1 10:00:00 h1 kv[7]: srcip={srcip} user=bob alpha=x"
decoder = "kv"
fields = { srcip = "{srcip}", alpha = "x" }
rule = 101
level = 5
alert = true
with = { srcip = ["192.0.2.7", "2001:db8::7"] }

[[case]]
name = "wrong"
log = "Jan  1 10:00:00 h1 kv[7]: srcip=192.0.2.7 user=bob alpha=x"
decoder = "plain"
fields = { srcip = "192.0.2.8", url = "/" }
rule = 103
alert = false

[[case]]
name = "known"
todo = "not yet"
log = "plain text"
rule = 103

[[case]]
name = "known, wrongly"
todo = "not yet"
log = "plain text"
decoder = "plain"
"#;

/// Four events of rule 101 in time, and too slow.
const COMPOSITE: &str = r#"
[ruleset]
add = ["local.xml"]

[[case]]
name = "{pace} apart"
[[case.event]]
log = "Jan 12 13:22:01 web1 sshd[1]: Invalid user x from 192.0.2.7 port 22"
repeat = 8
every = "10s"
before = { rule = 5710 }
rule = 5712
[[case.event]]
at = "+2h"
log = "Jan 12 15:23:12 web1 sshd[1]: Invalid user x from 192.0.2.7 port 22"
rule = 5710

[[case]]
name = "too slow"
log = "Jan 12 13:22:01 web1 sshd[1]: Invalid user x from 192.0.2.7 port 22"
repeat = 8
every = "1m"
rule = 5712

[[case]]
name = "local rule, only at night"
start = 2024-01-06T23:30:00
time_zone = "Europe/Berlin"
[[case.event]]
log = "at the door"
rule = 100100
[[case.event]]
at = 06:30:00
log = "at the door"
rule = false
"#;

const LOCAL: &str = r#"<group name="local,">
  <rule id="100100" level="3"><match>at the door</match><time>10 pm - 6 am</time></rule>
</group>"#;

fn suite(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.test.toml", text);
    sandbox
}

fn test(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut all = vec!["test"];
    all.extend(arguments);
    run(sandbox.folder.path(), &all, b"")
}

/// Without what differs from run to run.
fn timeless(text: &str) -> String {
    let mut result = String::new();
    for line in text.lines() {
        let line = match line
            .rsplit_once(" (")
            .filter(|(_, end)| end.ends_with(" s)"))
        {
            Some((front, _)) => front.to_owned(),
            None => line.to_owned(),
        };
        let mut parts = line.split(" time=\"");
        result.push_str(parts.next().unwrap_or_default());
        for part in parts {
            result.push_str(" time=\"…");
            result.push_str(&part[part.find('"').unwrap()..]);
        }
        result.push('\n');
    }
    result
}

#[test]
fn the_report_for_people() {
    let sandbox = suite(TESTS);
    let failed = test(&sandbox, &["-v"]);
    assert_eq!((failed.code, failed.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(timeless(failed.text()));

    let quiet = test(&sandbox, &["-q", "--filter", "ADDRESS"]).success();
    assert_eq!((quiet.text(), quiet.stderr.as_str()), ("", ""));
    let todo = test(&sandbox, &["--filter", "known"]).success();
    insta::assert_snapshot!(timeless(todo.text()));
}

#[test]
fn the_report_for_ci() {
    let sandbox = suite(TESTS);
    let failed = test(&sandbox, &["--format", "junit"]);
    assert_eq!((failed.code, failed.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(timeless(failed.text()));
}

#[test]
fn the_report_for_programs() {
    let sandbox = suite(TESTS);
    let run = test(&sandbox, &["--format", "json", "--coverage"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let report = &run.objects()[0];
    let counts = ["passed", "failed", "todo", "todo_passed", "not_run"];
    assert_eq!(
        counts.map(|key| report[key].as_u64().unwrap()),
        [2, 1, 1, 1, 0]
    );
    let case = &report["cases"][2];
    assert_eq!(
        (&case["name"], &case["status"], &case["line"]),
        (&"wrong".into(), &"failed".into(), &16.into())
    );
    let failure = &case["failures"][0];
    assert_eq!(
        (&failure["rule"], &failure["fields"]["user"]),
        (&101.into(), &Value::Null)
    );
    assert_eq!(failure["fields"]["dstuser"], "bob");
    assert_eq!(failure["differences"][0]["what"], "decoder");
    assert_eq!(report["coverage"]["rules"]["reached"], 3);
    assert_eq!(report["coverage"]["files"][0]["path"], "rules/r.xml");
}

#[test]
fn events_over_time() {
    let sandbox = suite(&COMPOSITE.replace("{pace}", "ten seconds"));
    sandbox.write("local.xml", LOCAL);
    let run = test(&sandbox, &["-v"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(timeless(run.text()));
}

#[test]
fn the_hint_explains() {
    let sandbox = suite(TESTS);
    let failed = test(&sandbox, &["--filter", "wrong"]);
    let hint = failed
        .text()
        .lines()
        .find_map(|line| line.trim().strip_prefix("why: "));
    let words: Vec<&str> = hint.unwrap().splitn(2, " -- ").collect();
    let line = words[1].trim_matches('\'');
    let mut arguments: Vec<&str> = words[0].split(' ').skip(1).collect();
    arguments.extend(["--", line]);
    let explained = run(sandbox.folder.path(), &arguments, b"");
    assert_eq!((explained.code, explained.stderr.as_str()), (Some(1), ""));
    assert!(explained.text().contains("101"), "{}", explained.text());
}

#[test]
fn suites_of_the_original_runners() {
    let sandbox = Sandbox::new();
    let ini = format!(
        "[kv]\nlog 1 pass = {KV}\nlog 2 fail = plain text\nrule = 101\nalert = 5\ndecoder = kv\n\
         [wrong]\nlog 1 pass = {KV}\nrule = 101\nalert = 6\ndecoder = kv\n"
    );
    sandbox.write("tests/kv.ini", ini);
    sandbox.write("tests/php.ini", "[php]\nlog_errors = on\n");
    sandbox.write(".hidden/b.ini", "[x]\nlog 1 pass = x\n");
    let run = test(&sandbox, &["--ruleset", "rules"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(timeless(run.text()));
    // A file that is named is meant.
    let run = test(&sandbox, &["tests/php.ini"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr, "error: there is no case in the test files\n");
}

#[test]
fn selections() {
    let sandbox = suite(TESTS);
    let list = test(&sandbox, &["--list", "--filter", "wrong"]).success();
    assert_eq!(
        list.text(),
        "a.test.toml: wrong\na.test.toml: known, wrongly\n"
    );
    let first = test(
        &sandbox,
        &["--fail-fast", "--jobs", "1", "--format", "json"],
    );
    assert_eq!(first.objects()[0]["not_run"], 2);
    let nothing = test(&sandbox, &["--filter", "nothing"]);
    assert_eq!(nothing.code, Some(1));
    assert_eq!(
        nothing.stderr,
        "error: none of 5 cases has `nothing` in its name\n"
    );
    let allowed = test(&sandbox, &["--filter", "nothing", "--allow-empty"]).success();
    assert_eq!(timeless(allowed.text()), "ok: 0 passed in 1 file\n");
    for jobs in ["1", "7"] {
        let run = test(&sandbox, &["--jobs", jobs, "-v"]);
        assert_eq!(
            timeless(run.text()),
            timeless(test(&sandbox, &["-v"]).text())
        );
    }
}

#[test]
fn what_cannot_be_read() {
    let sandbox = suite("[[case]]\nname = 'x'\nlgo = 'x'\nalert = false\n");
    let broken = test(&sandbox, &[]);
    assert_eq!((broken.code, broken.text()), (Some(1), ""));
    insta::assert_snapshot!(broken.stderr);

    let sandbox = Sandbox::new();
    let cases: &[(&[&str], Option<i32>, &str)] = &[
        (
            &[],
            Some(1),
            "error: there is no test file: names end in `.test.toml`, or `.ini` for suites of OSSEC and Wazuh; `ossia test --help` shows the format\n",
        ),
        (
            &["no.test.toml"],
            Some(1),
            "error: cannot read `no.test.toml`: no such file or directory\n",
        ),
        (
            &["rules/r.xml"],
            Some(1),
            "error: `rules/r.xml` is no test file: names end in `.test.toml`, or `.ini` for suites of OSSEC and Wazuh\n",
        ),
    ];
    for (arguments, code, stderr) in cases {
        let run = test(&sandbox, arguments);
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (*code, *stderr),
            "{arguments:?}"
        );
    }
    for wrong in [
        &["--coverage-min", "101"][..],
        &["--coverage-format", "html"],
        &["--jobs", "0"],
        &["--name", "x"],
        &["-q", "-v"],
    ] {
        assert_eq!(test(&sandbox, wrong).code, Some(2), "{wrong:?}");
    }
    sandbox.write(
        "a.test.toml",
        "[ruleset]\nrules = ['broken.xml']\n[[case]]\nname = 'x'\nlog = 'x'\nalert = false",
    );
    sandbox.write("broken.xml", "<group name=\"a,\"><rule></rule></group>");
    let run = test(&sandbox, &[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("the ruleset does not load"),
        "{}",
        run.stderr
    );
}

#[test]
fn coverage_of_the_ruleset() {
    let sandbox = suite(TESTS);
    let run = test(&sandbox, &["--filter", "address", "--coverage", "-v"]).success();
    let (_, coverage) = run.text().split_once("\nCoverage").unwrap();
    insta::assert_snapshot!(coverage);

    let enough = test(&sandbox, &["--filter", "address", "--coverage-min", "62.5"]).success();
    assert_eq!(enough.stderr, "");
    let least = ["--filter", "address", "--coverage-min", "62.6%"];
    let less = test(&sandbox, &least);
    assert_eq!(less.code, Some(1));
    assert_eq!(
        less.stderr,
        "error: the tests reach 62.5 % of the rules and decoders (5 of 8), less than 62.6 %\n"
    );
    let only = [
        "--filter",
        "address",
        "--coverage-min",
        "60",
        "--coverage-only",
    ];
    test(&sandbox, &[&only[..], &["./rules/d.xml"]].concat()).success();
    let nothing = test(&sandbox, &[&only[..], &["no.xml"]].concat());
    assert_eq!(nothing.stderr, "error: no rule or decoder is in `no.xml`\n");

    let write = |form: &str| {
        let arguments = [
            "--filter",
            "address",
            "--coverage-format",
            form,
            "-o",
            "out",
        ];
        test(&sandbox, &arguments).success();
        std::fs::read_to_string(sandbox.path("out")).unwrap()
    };
    insta::assert_snapshot!("coverage_lcov", write("lcov"));
    let json: Value = serde_json::from_str(&write("json")).unwrap();
    assert_eq!(json["files"][1]["decoders"][2]["name"], "plain");
    let html = write("html");
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    assert!(
        html.contains("rule 101</td>") && !html.contains("http"),
        "{html}"
    );
}

#[test]
fn recording() {
    let sandbox = Sandbox::new();
    let head = "# mine\n[ruleset]\nrules = [\"rules/d.xml\", \"rules/r.xml\"] # kept\n\n[defaults]\nlocation = \"/var/log/kv\"";
    let path = sandbox.write("kv.test.toml", head);
    let recorded = test(
        &sandbox,
        &["--record", "kv.test.toml", KV, "plain \"text\""],
    )
    .success();
    assert_eq!(recorded.stderr, "2 cases added to `kv.test.toml`\n");
    let folder = sandbox.folder.path();
    let third = [
        "test",
        "--record",
        "kv.test.toml",
        "-q",
        "--name",
        "third",
        "--location",
        "/x",
    ];
    let more = run(folder, &third, b"at night\n").success();
    assert_eq!((more.text(), more.stderr.as_str()), ("", ""));
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap());
    let tested = test(&sandbox, &["kv.test.toml"]).success();
    assert_eq!(timeless(tested.text()), "ok: 3 passed in 1 file\n");

    // What cannot be added to stays as it is.
    for broken in ["case = []\n", "[[case]\n", "[[case]]\nname = 'x'\n"] {
        std::fs::write(&path, broken).unwrap();
        assert_eq!(
            test(&sandbox, &["--record", "kv.test.toml", KV]).code,
            Some(1)
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
    }
    test(
        &sandbox,
        &["--record", "new.test.toml", "nothing of interest"],
    )
    .success();
    let new = std::fs::read_to_string(sandbox.path("new.test.toml")).unwrap();
    insta::assert_snapshot!(new);
    std::fs::create_dir_all(sandbox.path("tests/deep")).unwrap();
    // What it stands on is written to it, as seen from where it is.
    let deep = "tests/deep/kv.test.toml";
    let record = ["--record", deep, KV, "--ruleset", "rules"];
    let recorded = test(&sandbox, &record).success();
    assert_eq!(recorded.stderr, format!("1 case added to `{deep}`\n"));
    let written = std::fs::read_to_string(sandbox.path(deep)).unwrap();
    let table = "[ruleset]\nrules = [\"../../rules\"]\n\n[[case]]\nname = \"kv with address\"\n";
    assert!(written.contains(table), "{written}");
    let alone = run(folder, &["test", "tests"], b"").success();
    assert_eq!(timeless(alone.text()), "ok: 1 passed in 1 file\n");
    let nothing = run(folder, &["test", "--record", "new.test.toml"], b"\n");
    assert_eq!(nothing.stderr, "error: there is no line to record\n");
}

#[test]
fn watching() {
    let sandbox = suite(TESTS);
    let mut command = command(
        sandbox.folder.path(),
        &["test", "--watch", "--filter", "an address"],
    );
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = out.next().unwrap().unwrap();
    let rules = std::fs::read_to_string(sandbox.path("rules/r.xml")).unwrap();
    sandbox.write(
        "rules/r.xml",
        rules.replace("\"101\" level=\"5\"", "\"101\" level=\"11\""),
    );
    let second = out
        .find(|line| line.as_ref().unwrap().contains("level"))
        .unwrap()
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.starts_with("ok: 2 passed in 1 file"), "{first}");
    assert_eq!(second, "    level: expected 5, got 11");
}

#[test]
fn the_example_of_the_documentation() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tests");
    let run = run(std::path::Path::new(folder), &["test"], b"").success();
    assert_eq!(timeless(run.text()), "ok: 3 passed, 1 todo in 1 file\n");
}
