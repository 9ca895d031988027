//! `ossia coverage`: counts, what was never reached, and the shapes of what nothing matched.

use serde_json::Value;

use super::{Run, Sandbox, run};

fn coverage(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> Run {
    let rules = sandbox.path("rules");
    let mut all = vec!["coverage", "--hostname", "testhost", "--tz", "UTC"];
    all.extend(arguments);
    all.extend([
        "--clock",
        "1700000000",
        "--ruleset",
        rules.to_str().unwrap(),
    ]);
    run(sandbox.folder.path(), &all, input)
}

const LINES: &str = "Jan  1 10:00:00 h1 kv[7]: srcip=1.2.3.4 user=bob alpha=x
Jan  1 10:00:01 h1 kv[7]: srcip=1.2.3.4 user=bob alpha=x
Jan  1 10:00:02 h1 kv[8]: something else
Jan  1 10:00:03 h1 other[9]: job 12 took 3ms on 10.0.0.1
Jan  1 10:00:04 h1 other[9]: job 13 took 44ms on 10.0.0.2
Jan  1 10:00:04 h1 other[9]: done
plain \x1b[2J
x
";

#[test]
fn text() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINES);
    let run = coverage(&sandbox, &["--logs", "a.log"], b"").success();
    assert_eq!(run.stderr, "");
    let folder = sandbox.folder.path().to_str().unwrap();
    insta::assert_snapshot!(run.text().replace(folder, ""));
}

#[test]
fn json() {
    let sandbox = Sandbox::new();
    let run = coverage(
        &sandbox,
        &["--logs", "-", "--format", "json"],
        LINES.as_bytes(),
    )
    .success();
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["events"]["events"], 7);
    assert_eq!(report["events"]["skipped"], 1);
    assert_eq!(report["events"]["alerts"], 2);
    assert_eq!(report["rules"]["all"], 5);
    assert_eq!(report["rules"]["reached"], 3);
    assert_eq!(report["decoders"]["reached"], 3);
    let rules = report["files"][1]["rules"].as_array().unwrap();
    let counts: Vec<_> = rules
        .iter()
        .map(|rule| ["id", "matched", "results", "alerts"].map(|key| rule[key].as_u64().unwrap()))
        .collect();
    let expected = [
        [1, 7, 0, 0],
        [100, 3, 1, 0],
        [101, 2, 2, 2],
        [102, 0, 0, 0],
        [103, 0, 0, 0],
    ];
    assert_eq!(counts, expected);
    let shapes = report["unmatched"]["shapes"].as_array().unwrap();
    assert_eq!(shapes[0]["shape"], "job <n> took <n>ms on <ip>");
    assert_eq!(shapes[0]["lines"], 2);
    assert_eq!(shapes[0]["program"], "other");
    assert_eq!(shapes[0]["missing"], "decoder_and_rule");
}

#[test]
fn parts_and_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", LINES);
    sandbox.write("empty.log", "");
    let run = coverage(&sandbox, &["--logs", "a.log", "--show", "never"], b"").success();
    assert!(
        run.text().contains("rule 103 (level 3) at night"),
        "{}",
        run.text()
    );
    assert!(!run.text().contains("Unmatched"), "{}", run.text());
    let run = coverage(&sandbox, &["--logs", "empty.log"], b"").success();
    assert!(run.text().starts_with("0 events"), "{}", run.text());
    let run = coverage(&sandbox, &["--logs", "no.log", "a.log"], b"");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("cannot read `no.log`"),
        "{}",
        run.stderr
    );
    assert!(run.text().starts_with("7 events"), "{}", run.text());
    let run = coverage(&sandbox, &[], b"");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--logs"), "{}", run.stderr);
}
