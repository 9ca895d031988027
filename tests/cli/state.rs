//! `--state` and `--as`: a stream that is interrupted, and the manner of the daemon.

use serde_json::Value;

use super::{KV, Run, Sandbox};

/// Rules of the lines, at a clock that stands still.
fn rules(sandbox: &Sandbox, arguments: &[&str], lines: usize) -> Vec<Value> {
    let input = format!("{KV}\n").repeat(lines);
    let arguments = [&["--clock", "1700000000"], arguments].concat();
    let objects = sandbox.json(&arguments, input.as_bytes());
    objects
        .iter()
        .map(|object| object["rule"].clone())
        .collect()
}

#[test]
fn a_stream_goes_on_where_it_was_interrupted() {
    let sandbox = Sandbox::new();
    let whole = rules(&sandbox, &[], 8);
    assert_eq!(whole[3], 102, "the composite rule fires at the fourth line");
    for cut in 1..8 {
        let state = format!("state-{cut}");
        let mut parts = rules(&sandbox, &["--state", &state], cut);
        parts.extend(rules(&sandbox, &["--state", &state], 8 - cut));
        assert_eq!(parts, whole, "cut behind line {cut}");
    }
}

/// Runs `logtest` on one line.
fn logtest(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let arguments = [&["logtest"], arguments].concat();
    super::run(sandbox.folder.path(), &arguments, b"plain text\n")
}

#[test]
fn states_that_cannot_be_used() {
    let sandbox = Sandbox::new();
    sandbox.write("state", "no state at all");
    let run = logtest(&sandbox, &["--state", "state", "--ruleset", "rules"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("`state`: not a snapshot"),
        "{}",
        run.stderr
    );
    // It has no end.
    let run = logtest(&sandbox, &["--state", "/dev/zero", "--ruleset", "rules"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("not a regular file"), "{}", run.stderr);

    let run = logtest(&sandbox, &["--state", "other", "--ruleset", "rules"]);
    assert_eq!(run.code, Some(0));
    let run = logtest(&sandbox, &["--state", "other"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("snapshot of another ruleset"),
        "{}",
        run.stderr
    );

    let run = logtest(
        &sandbox,
        &["--state", "no/such/folder", "--ruleset", "rules"],
    );
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("cannot write the state"),
        "{}",
        run.stderr
    );

    let run = logtest(
        &sandbox,
        &["--state", "state", "--fresh", "--ruleset", "rules"],
    );
    assert_eq!(run.code, Some(2));
}

#[test]
fn the_daemon_drops_repeated_lines() {
    let sandbox = Sandbox::new();
    let daemon = sandbox.json(&["--as", "daemon"], format!("{KV}\n{KV}\n").as_bytes());
    assert_eq!(daemon[0]["rule"], 101);
    assert_eq!(daemon[1]["dropped"], true);
    assert_eq!(rules(&sandbox, &[], 2), [101, 101]);
}

/// The averages of an installation make the daemon complain about more events than usual.
#[test]
fn the_daemon_counts_events() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "etc/ossec.conf",
        "<ossec_config><rules><include>r.xml</include></rules></ossec_config>",
    );
    sandbox.write("etc/decoder.xml", super::DECODERS);
    sandbox.write("stats/hourly-average/24", "5\n");
    sandbox.write("stats/hourly-average/22", "10\n");
    let input: String = (0..1400).map(|n| format!("plain {n}\n")).collect();
    let run = |format: &str| {
        let arguments = [
            "scan",
            "-D",
            ".",
            "--as",
            "daemon",
            "--clock",
            "1700000000",
            "--tz",
            "UTC",
            "--hostname",
            "h1",
            "--location",
            "/x",
            "--no-summary",
            "--format",
            format,
        ];
        super::run(sandbox.folder.path(), &arguments, input.as_bytes()).success()
    };
    // The average, 10, and at least 1250 more.
    let text = "The average number of logs between 22:00 and 23:00 is 10. We reached 1261.";
    let alert = format!(
        "** Alert 1700000000.1: - stats,\n2023 Nov 14 22:13:20 h1->/x\n\
         Rule: 11 (level 4) -> 'Excessive number of events (above normal).'\n{text}\n\n"
    );
    assert_eq!(run("alerts.log").text(), alert);
    assert!(run("text").text().ends_with(&format!("| /x | {text}\n")));
    let object = &run("ndjson").objects()[0];
    assert_eq!(object["excess"]["rule"], 11);
    assert_eq!(object["excess"]["full_log"], text);
}
