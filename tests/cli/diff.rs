//! `ossia diff`: what changes, how it is told, and the exit status.

use serde_json::Value;

use super::{DECODERS, KV, RULES, Run, Sandbox, run};

/// A sandbox with a second ruleset that differs from the first.
fn sandbox(change: impl Fn(&str) -> String) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("new/d.xml", DECODERS);
    sandbox.write("new/r.xml", change(RULES));
    sandbox
}

/// `ossia diff` of the first and the second.
fn diff(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut all = vec![
        "diff",
        "rules",
        "new",
        "--tz",
        "UTC",
        "--hostname",
        "testhost",
    ];
    all.extend(arguments);
    run(sandbox.folder.path(), &all, b"")
}

fn louder(rules: &str) -> String {
    rules
        .replace("id=\"101\" level=\"5\"", "id=\"101\" level=\"12\"")
        .replace("<match>night</match>", "<match>evening</match>")
        + "<group name=\"more,\">\n<rule id=\"104\" level=\"4\">\n<if_sid>100</if_sid>\
           <match>alpha</match><description>alpha seen</description></rule></group>"
}

const LINES: &str = "Jan  1 10:00:00 h1 kv[7]: alpha=1
Jan  1 10:00:01 h1 kv[7]: srcip=1.2.3.4 user=bob alpha=x
Jan  1 10:00:02 h1 kv[7]: srcip=1.2.3.4 user=bob alpha=y
Jan  1 10:00:03 h1 other[7]: nothing
";

#[test]
fn the_whole_report() {
    let sandbox = sandbox(louder);
    sandbox.write("a.log", LINES);
    let run = diff(&sandbox, &["--logs", "a.log", "--clock", "1700000000"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(run.text());
}

#[test]
fn nothing_changes() {
    let sandbox = sandbox(|rules| rules.replace('\n', "\n\n ") + "<!-- the same -->");
    sandbox.write("a.log", LINES);
    let run = diff(&sandbox, &["--logs", "a.log"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.text());
}

#[test]
fn one_half_or_the_other() {
    let sandbox = sandbox(|rules| rules.replace("<description>kv seen", "<description>kv came"));
    sandbox.write("a.log", LINES);
    assert_eq!(diff(&sandbox, &["--logs", "a.log"]).code, Some(1));
    let run = diff(&sandbox, &["--logs", "a.log", "--only", "effect"]);
    assert_eq!(run.code, Some(0), "{}", run.text());
    assert!(!run.text().contains("description"), "{}", run.text());
    let run = diff(&sandbox, &["--logs", "a.log", "--only", "static"]);
    assert_eq!(run.code, Some(1), "{}", run.text());
    assert!(!run.text().contains("Effect"), "{}", run.text());
    let run = diff(
        &sandbox,
        &[
            "--logs",
            "a.log",
            "--only",
            "effect",
            "--fields",
            "description",
        ],
    );
    assert_eq!(run.code, Some(1), "{}", run.text());
    assert!(
        run.text().contains("description `kv came`"),
        "{}",
        run.text()
    );
    let run = diff(&sandbox, &["--only", "effect"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--logs"), "{}", run.stderr);
}

/// Composite rules count in a stream, and not if every line is alone.
#[test]
fn a_stream_or_single_lines() {
    let sandbox = sandbox(|rules| rules.replace("frequency=\"2\"", "frequency=\"1\""));
    sandbox.write("a.log", format!("{KV}\n").repeat(4));
    let arguments = [
        "--logs",
        "a.log",
        "--clock",
        "1700000000",
        "--only",
        "effect",
    ];
    let run = diff(&sandbox, &arguments);
    assert_eq!(run.code, Some(1), "{}", run.text());
    assert!(
        run.text()
            .contains("101 (level 5, alert) → 102 (level 10, alert): 1 event")
    );
    let run = diff(&sandbox, &[&arguments[..], &["--isolated"]].concat());
    assert_eq!(run.code, Some(0), "{}", run.text());
}

#[test]
fn json() {
    let sandbox = sandbox(louder);
    sandbox.write("a.log", LINES);
    let run = diff(
        &sandbox,
        &["--logs", "a.log", "--format", "json", "--samples", "1"],
    );
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["changed"], true);
    assert_eq!(report["old"]["dialect"], "ossec-4.3");
    assert_eq!(report["old"]["dialect_given"], false);
    let rules = report["ruleset"]["rules"].as_array().unwrap();
    let ids: Vec<_> = rules
        .iter()
        .map(|rule| rule["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [101, 103, 104]);
    assert_eq!(rules[0]["change"], "changed");
    assert_eq!(rules[0]["elements"][0]["element"], "level");
    assert_eq!(rules[0]["elements"][0]["new"][0]["text"], "12");
    assert_eq!(rules[2]["change"], "added");
    let groups = report["effect"]["groups"].as_array().unwrap();
    assert_eq!(groups[0]["events"], 2);
    assert_eq!(groups[0]["old"]["id"], 101);
    assert_eq!(groups[0]["new"]["level"], 12);
    assert_eq!(groups[0]["samples"].as_array().unwrap().len(), 1);
}

#[test]
fn what_goes_wrong() {
    let sandbox = sandbox(|rules| rules.replace("<if_sid>100", "<if_sid>1000"));
    sandbox.write("a.log", LINES);
    let broken = diff(&sandbox, &["--logs", "a.log"]);
    assert_eq!(broken.code, Some(2));
    assert!(
        broken.stderr.contains("there is no rule `1000`"),
        "{}",
        broken.stderr
    );
    let told = "the new ruleset does not load";
    assert!(broken.text().contains(told), "{}", broken.text());
    assert!(
        broken.text().contains("the lines were not compared"),
        "{}",
        broken.text()
    );
    let of = |arguments: &[&str]| run(sandbox.folder.path(), arguments, b"");
    let missing = of(&["diff", "rules", "nowhere"]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.stderr.contains("cannot read `nowhere`"),
        "{}",
        missing.stderr
    );
    sandbox.write("empty/readme.txt", "x");
    let empty = of(&["diff", "rules", "empty"]);
    assert_eq!(empty.code, Some(2));
    assert!(
        empty.stderr.contains("holds no ruleset"),
        "{}",
        empty.stderr
    );
    let no_log = of(&["diff", "rules", "rules", "--logs", "no.log"]);
    assert_eq!(no_log.code, Some(2));
    assert!(
        no_log.stderr.contains("cannot read `no.log`"),
        "{}",
        no_log.stderr
    );
    assert_eq!(of(&["diff", "rules"]).code, Some(2));
}

/// The forms in which a ruleset can be named.
#[test]
fn rulesets() {
    let sandbox = Sandbox::new();
    sandbox.write("split/decoders/d.xml", DECODERS);
    sandbox.write("split/rules/r.xml", RULES);
    sandbox.write("root/etc/decoder.xml", DECODERS);
    sandbox.write("root/rules/r.xml", RULES);
    let conf = "<ossec_config><rules><include>r.xml</include></rules></ossec_config>";
    sandbox.write("root/etc/ossec.conf", conf);
    let of = |new: &[&str]| {
        let all = [&["diff", "--only", "static", "rules"], new].concat();
        let run = run(sandbox.folder.path(), &all, b"");
        (run.code, run.text().to_owned() + &run.stderr)
    };
    for new in ["split", "root", "root/etc", "root/etc/ossec.conf"] {
        let (code, text) = of(&[new]);
        assert_eq!(code, Some(0), "{new}: {text}");
    }
    let (code, text) = of(&["rules/r.xml"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = of(&["embedded"]);
    assert_eq!(code, Some(1), "{text}");
    let local =
        "<group name=\"l,\"><rule id=\"900\" level=\"4\"><if_sid>100</if_sid></rule></group>";
    sandbox.write("local.xml", local);
    let (code, text) = of(&["rules", "--new-add", "local.xml"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("+ 900 (level 4)"), "{text}");
}

/// What engine it is must be said where it was a guess.
#[test]
fn dialects() {
    let sandbox = sandbox(str::to_owned);
    let guess = diff(&sandbox, &[]);
    assert_eq!(guess.code, Some(0));
    let note = "both rulesets run as ossec-4.3; without --old-dialect and --new-dialect";
    assert!(guess.text().contains(note), "{}", guess.text());
    let given = diff(
        &sandbox,
        &["--old-dialect", "ossec-3.7", "--new-dialect", "ossec-3.7"],
    );
    let note = "both rulesets run as ossec-3.7, as the options say";
    assert!(given.text().contains(note), "{}", given.text());
    let two = diff(&sandbox, &["--old-dialect", "ossec-3.7"]);
    assert_eq!(two.code, Some(1));
    let note = "the rulesets run as different engines, ossec-3.7 and ossec-4.3";
    assert!(two.text().contains(note), "{}", two.text());
    assert!(
        two.text().contains("engine: ossec-3.7 → ossec-4.3"),
        "{}",
        two.text()
    );
}
