//! `ossia explain`: why a line has its verdict, and why not another one.

use insta::assert_snapshot;

use super::{KV, Run, Sandbox, run};

/// `ossia explain` with the tiny ruleset, at 10 in the morning.
fn explain(sandbox: &Sandbox, arguments: &[&str], input: &str) -> Run {
    let rules = sandbox.path("rules");
    let mut all = vec!["explain", "--hostname", "testhost", "--tz", "UTC"];
    all.extend(["--clock", "1704103200"]);
    all.extend(arguments);
    all.extend(["--ruleset", rules.to_str().unwrap()]);
    let mut output = run(sandbox.folder.path(), &all, input.as_bytes());
    let folder = format!("{}/", sandbox.folder.path().display());
    let text = String::from_utf8(output.stdout).unwrap();
    output.stdout = text.replace(&folder, "").into_bytes();
    output
}

#[test]
fn the_way_of_a_line() {
    let sandbox = Sandbox::new();
    let output = explain(&sandbox, &[KV], "").success();
    assert_snapshot!(output.text());
}

#[test]
fn a_line_that_nothing_matches() {
    let sandbox = Sandbox::new();
    let output = explain(&sandbox, &["--all", "plain but at nigh"], "").success();
    assert_snapshot!(output.text());
}

/// One question for each kind of answer.
#[test]
fn why_not_another_rule() {
    let sandbox = Sandbox::new();
    let mut text = String::new();
    let mut ask = |rule: &str, more: &[&str], line: &str| {
        let mut arguments = vec!["--rule", rule];
        arguments.extend(more);
        arguments.push(line);
        let output = explain(&sandbox, &arguments, "");
        let answer = output.text().split("\nVerdict\n").nth(1).unwrap();
        text.push_str(&format!(
            "=== {} {line}\nexit {:?}\n{answer}\n",
            arguments[..arguments.len() - 1].join(" "),
            output.code
        ));
    };
    ask("101", &[], KV);
    ask("100", &[], KV);
    ask("102", &["--repeat", "3", "--every", "20"], KV);
    ask("102", &["--repeat", "3", "--every", "50"], KV);
    ask("103", &[], KV);
    ask("103", &[], "a night at ten");
    ask("101", &[], "srcip=1.2.3.4");
    ask(
        "101",
        &[],
        "Jan  1 10:00:00 h1 kw[7]: srcip=1.2.3.4 user=bob alpha=x",
    );
    ask("1", &[], "x y");
    assert_snapshot!(text);
}

#[test]
fn lines_that_come_before() {
    let sandbox = Sandbox::new();
    let history = sandbox.write("before.log", format!("{KV}\n{KV}\n"));
    let history = history.to_str().unwrap();
    let won = |arguments: &[&str], input: &str| {
        let mut all = vec!["--rule", "102"];
        all.extend(arguments);
        let output = explain(&sandbox, &all, input);
        assert!(output.text().contains("102"), "{}", output.stderr);
        output.code == Some(0)
    };
    let (three, four) = (format!("{KV}\n").repeat(3), format!("{KV}\n").repeat(4));
    assert!(!won(&[], &three));
    assert!(won(&[], &four));
    assert!(won(&["--history", history, KV, KV], ""));
    assert!(won(&["--history", history, "--repeat", "2", KV], ""));
    assert!(!won(&["--history", history, KV], ""));
    assert!(won(&["--history", history, "--history", "-", KV, KV], ""));
}

#[test]
fn as_json() {
    let sandbox = Sandbox::new();
    let output = explain(&sandbox, &["--format", "json", "--rule", "102", KV], "");
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    let object = &output.objects()[0];
    assert_eq!(object["rule"]["id"], 101);
    assert_eq!(object["decoders"][1]["fields"][0]["name"], "srcip");
    let reason = &object["question"]["reasons"][0];
    assert_eq!(reason["kind"], "condition");
    assert_eq!(reason["condition"]["element"], "if_matched_sid");
    assert_eq!(reason["way"].as_array().unwrap().len(), 4);
    let plain = explain(&sandbox, &["--format", "json", KV], "").success();
    assert!(plain.objects()[0].get("question").is_none());
}

#[test]
fn mistakes() {
    let sandbox = Sandbox::new();
    let unknown = explain(&sandbox, &["--rule", "104", KV], "");
    assert_eq!(unknown.code, Some(1));
    assert_snapshot!(unknown.stderr, @r"
    error: there is no rule `104`
    help: near ids are `100`, `101`, `102`, `103`
    ");
    let nothing = explain(&sandbox, &[], "");
    assert_eq!(nothing.code, Some(1));
    assert_snapshot!(nothing.stderr, @"error: there is no line to explain: give one as an argument or on standard input");
    let history = explain(&sandbox, &["--history", "nowhere.log", KV], "");
    assert_eq!(history.code, Some(1));
    assert_snapshot!(history.stderr, @"error: cannot read `nowhere.log`: no such file or directory");
    let never = explain(&sandbox, &["--repeat", "0", KV], "");
    assert_eq!(never.code, Some(2));
}
