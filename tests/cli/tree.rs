//! `ossia tree`.

use serde_json::Value;

use super::{KV, Run, Sandbox, run};

fn tree(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut all = vec!["tree"];
    all.extend(arguments);
    all.extend(["--ruleset", "rules"]);
    run(sandbox.folder.path(), &all, b"")
}

fn text(arguments: &[&str]) -> String {
    let run = tree(&Sandbox::new(), arguments).success();
    assert_eq!(run.stderr, "");
    run.text().to_owned()
}

const WHOLE: &str = "\
syslog
└─ 1 (0) a log line [noalert]
   ├─ 100 (0) kv seen
   │  └─ 101 (5) kv with address
   │     └─ 102 (10) kv often [4 in 60 s]
   └─ 103 (3) at night
";

#[test]
fn everything() {
    assert_eq!(text(&[]), WHOLE);
}

#[test]
fn filters() {
    let chain = "\
syslog
└─ 1 (0) a log line [noalert]
   └─ 100 (0) kv seen
      └─ 101 (5) kv with address
";
    assert_eq!(text(&["--id", "101"]), chain);
    assert_eq!(text(&["--group", "extra"]), chain);
    assert_eq!(text(&["--level", "4..9"]), chain);
    assert_eq!(text(&["--file", "r.xml"]), WHOLE);
    let beside = "\
syslog
└─ 1 (0) a log line [noalert]
   └─ 100 (0) kv seen
      └─ … 1 more
";
    assert_eq!(text(&["--rule", "100", "--depth", "0"]), beside);
    assert!(
        text(&["--id", "103", "--conditions"]).contains("it arrives in the time `10 pm - 11 pm`")
    );
}

#[test]
fn unknown_names() {
    let sandbox = Sandbox::new();
    for (arguments, message) in [
        (
            ["--rule", "1001"],
            "error: there is no rule `1001`\nhelp: near ids are `100`, `101`, `102`, `103`\n",
        ),
        (
            ["--id", "1001"],
            "error: there is no rule `1001`\nhelp: near ids are `100`, `101`, `102`, `103`\n",
        ),
        (
            ["--group", "extr"],
            "error: there is no group `extr`\nhelp: did you mean `extra`?\n",
        ),
        (
            ["--file", "rr.xml"],
            "error: no rule file has `rr.xml` in its path\nhelp: did you mean `r.xml`?\n",
        ),
        (
            ["--level", "15"],
            "error: no rule fits all of these options\n",
        ),
    ] {
        let run = tree(&sandbox, &arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), message));
        assert_eq!(run.text(), "");
    }
    let run = tree(&sandbox, &["--level", "9..7"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("the range ends before it begins"),
        "{}",
        run.stderr
    );
}

#[test]
fn json_has_rules_and_connections() {
    let value: Value = serde_json::from_str(&text(&["--format", "json", "--rule", "101"])).unwrap();
    let ids: Vec<_> = value["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["id"])
        .collect();
    assert_eq!(ids, [1, 100, 101, 102]);
    assert_eq!(value["rules"][0]["context"], true);
    assert_eq!(value["rules"][2]["context"], Value::Null);
    assert_eq!(value["rules"][2]["conditions"][0]["element"], "match");
    assert_eq!(value["rules"][3]["composite"]["counts"][0], 101);
    assert_eq!(value["nodes"][2]["children"][0], 3);
}

/// The name of a file says what to write, `--format` decides.
#[test]
fn files() {
    let sandbox = Sandbox::new();
    let read = |name: &str| std::fs::read_to_string(sandbox.path(name)).unwrap();
    for (name, begin) in [
        ("t.json", "{"),
        ("t.dot", "digraph"),
        ("t.txt", "syslog\n"),
        ("t.HTML", "<!doctype html>"),
    ] {
        let run = tree(&sandbox, &["-o", name]).success();
        assert_eq!(run.text(), "");
        assert!(read(name).starts_with(begin), "{name}");
    }
    tree(&sandbox, &["--output", "t.json", "--format", "text"]).success();
    assert_eq!(read("t.json"), WHOLE);
    let run = tree(&sandbox, &["-o", "missing/t.dot"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr,
        "error: cannot write `missing/t.dot`: no such file or directory\n"
    );
}

#[test]
fn no_rules() {
    let sandbox = Sandbox::new();
    std::fs::remove_file(sandbox.path("rules/r.xml")).unwrap();
    let run = tree(&sandbox, &[]).success();
    assert_eq!(
        (run.text(), run.stderr.as_str()),
        ("", "warning: no rule is loaded\n")
    );
    let value: Value = serde_json::from_str(tree(&sandbox, &["--format", "json"]).text()).unwrap();
    assert_eq!(value["rules"], Value::Array(Vec::new()));
}

/// What could be read is shown beside the errors, and the status tells of them.
#[test]
fn a_broken_ruleset() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "rules/z.xml",
        "<group name=\"z,\"><rule id=\"500\" level=\"1\"><if_sid>99</if_sid><description>lost</description></rule></group>",
    );
    let run = tree(&sandbox, &[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("there is no rule `99`"),
        "{}",
        run.stderr
    );
    assert!(run.text().starts_with(WHOLE), "{}", run.text());
}

#[test]
fn tests_and_what_they_reach() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "tests/kv.test.toml",
        format!("[[case]]\nname = \"an address\"\nlog = \"{KV}\"\nrule = 101\n\n[[case]]\nname = \"often\"\nlog = \"kv[7]: x\"\nrule = 102\n"),
    );
    let run = tree(&sandbox, &["--tests", "tests", "--format", "text"]).success();
    assert_eq!(
        run.text(),
        "\
syslog
└─ 1 (0) a log line [noalert]
   ├─ 100 (0) kv seen
   │  └─ 101 (5) kv with address
   │     └─ 102 (10) kv often [4 in 60 s] [a test fails] [untested]
   └─ 103 (3) at night [untested]
"
    );
    let run = tree(
        &sandbox,
        &["--format", "json", "--tests", "tests/kv.test.toml"],
    )
    .success();
    let value: Value = serde_json::from_str(run.text()).unwrap();
    assert_eq!(value["tests"]["cases"], 2);
    assert_eq!(value["tests"]["failed"], 1);
    let rule = value["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["id"] == 101);
    let tests = &rule.unwrap()["tests"];
    assert_eq!(tests["results"], 1);
    assert_eq!(tests["cases"][0]["name"], "an address");
    assert_eq!(tests["cases"][0]["status"], "passed");
    let run = tree(&sandbox, &["--tests", "rules"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr,
        "error: there is no test in what --tests names\n"
    );
}

#[test]
fn colours() {
    let sandbox = Sandbox::new();
    let run = tree(&sandbox, &["--color", "always"]).success();
    assert!(run.text().contains('\u{1b}'));
}
