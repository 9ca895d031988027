//! `ossia scan`: files, archives, filters, the clock of the log, the summary.

use std::io::{Read, Write};
use std::process::Stdio;

use serde_json::Value;

use super::{KV, Run, Sandbox, command, run};

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).unwrap()
}

/// `ossia scan` with the tiny ruleset.
fn scan(sandbox: &Sandbox, arguments: &[&str], input: &str) -> Run {
    let rules = sandbox.path("rules");
    let mut all = vec!["scan", "--hostname", "testhost", "--tz", "UTC"];
    all.extend(arguments);
    all.extend(["--ruleset", rules.to_str().unwrap()]);
    run(sandbox.folder.path(), &all, input.as_bytes())
}

fn ndjson(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["--format", "ndjson", "--no-summary"];
    all.extend(arguments);
    let run = scan(sandbox, &all, "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.objects()
}

/// The summary of a scan of some text.
fn summary(sandbox: &Sandbox, arguments: &[&str], input: &str) -> Value {
    let mut all = vec!["--summary", "json"];
    all.extend(arguments);
    let run = scan(sandbox, &all, input);
    serde_json::from_str(&run.stderr).unwrap()
}

/// An event of rule 101 at this time of January.
fn at(time: &str) -> String {
    format!("Jan {time} h1 kv[7]: srcip=1.2.3.4 user=bob alpha=x\n")
}

#[test]
fn text_has_one_line_an_alert() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a:b.log",
        "2024-01-12T13:22:01+00:00 h1 kv: srcip \x1b[2J\nnothing here\n",
    );
    let arguments = ["--no-summary", "--tz", "UTC-5:30", "--", "a:b.log"];
    let rules = sandbox.path("rules");
    let mut all = vec!["scan", "--ruleset", rules.to_str().unwrap()];
    all.extend(arguments);
    let run = run(sandbox.folder.path(), &all, b"").success();
    let (front, log) = run.text().rsplit_once(" | ").unwrap();
    assert_eq!(
        front,
        "2024-01-12T18:52:01+05:30 level 5 rule 101: kv with address | a_b.log"
    );
    // OSSEC 4.3 replaces control characters itself.
    assert!(log.ends_with('\n') && !log.contains('\x1b'), "{log:?}");
}

#[test]
fn the_formats_of_the_daemon() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", at(" 1 10:00:00").repeat(2));
    let output = |format| {
        let year = ["--clock", "1704103200", "--dialect", "ossec-4.3", "a.log"];
        let mut all = vec!["--no-summary", "--format", format];
        all.extend(year);
        scan(&sandbox, &all, "").success()
    };
    let text = output("alerts.log");
    let expected = "** Alert 1704103200.1: - syslog,demo,extra,\n2024 Jan 01 10:00:00 h1->a.log\n\
                    Rule: 101 (level 5) -> 'kv with address'\n";
    assert!(text.text().starts_with(expected), "{}", text.text());
    let ids: Vec<_> = output("alerts.json")
        .objects()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, ["1704103200.1", "1704103200.2"]);
}

#[test]
fn archives_of_all_kinds_share_a_session() {
    let sandbox = Sandbox::new();
    let (first, second) = (at(" 1 10:00:00"), at(" 1 10:00:01"));
    let members = [gzip(&first), gzip(&second)].concat();
    sandbox.write("members", members);
    sandbox.write("frames.log", [zstd(&second), zstd(&second)].concat());
    sandbox.write("plain.gz", &second);
    let objects = ndjson(&sandbox, &["members", "frames.log", "-", "plain.gz"]);
    let seen: Vec<_> = objects
        .iter()
        .map(|one| {
            (
                one["rule"].as_u64().unwrap(),
                one["location"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (101, "members"),
        (101, "members"),
        (101, "frames.log"),
        (102, "frames.log"),
        (101, "plain.gz"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_same_as_logtest() {
    let sandbox = Sandbox::new();
    let mut log = String::from("no stamp yet, plain\n");
    for n in 0..300 {
        let (minute, second) = (n / 60, n % 60);
        log += &at(&format!("{:2} 22:{minute:02}:{second:02}", 1 + n % 3));
        if n % 7 == 0 {
            log += "plain night without a stamp\n";
        }
        if n % 50 == 0 {
            log += &format!("Jan  1 10:00:00 h1 kv: {}srcip\n\nx\n", "y".repeat(7000));
        }
    }
    sandbox.write("a.log", &log);
    let arguments = ["--location", "here", "--all", "a.log"];
    let scanned = ndjson(&sandbox, &arguments);
    let arguments = ["--location", "here", "--clock", "log", "a.log"];
    let mut tested = sandbox.json(&arguments, "");
    tested.retain(|one| !one["rule"].is_null());
    assert!(scanned.len() > 200);
    assert_eq!(scanned, tested);
}

#[test]
fn filters() {
    let sandbox = Sandbox::new();
    let log: String = (0..6).map(|n| at(&format!(" 1 10:00:0{n}"))).collect();
    sandbox.write(
        "a.log",
        log + "plain night\nJan  1 22:10:00 h kv: night\nplain x\n",
    );
    let rules = |arguments: &[&str]| {
        let mut all = vec!["a.log"];
        all.extend(arguments);
        let objects = ndjson(&sandbox, &all);
        let mut rules: Vec<_> = objects
            .iter()
            .map(|one| one["rule"].as_u64().unwrap())
            .collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    };
    assert_eq!(rules(&[]), [101, 102]);
    assert_eq!(rules(&["--all"]), [100, 101, 102]);
    assert_eq!(rules(&["--min-level", "6"]), [102]);
    assert_eq!(rules(&["--rule", "101,100"]), [101]);
    assert_eq!(rules(&["--rule", "101", "--rule", "102"]), [101, 102]);
    assert_eq!(rules(&["--rule", "100", "--all"]), [100]);
    assert_eq!(rules(&["--group", "extra"]), [101]);
    assert_eq!(rules(&["--group", "demo", "--min-level", "7"]), [102]);
    let run = scan(
        &sandbox,
        &["--rule", "7", "--group", "dem", "--no-summary", "a.log"],
        "",
    );
    assert_eq!(
        run.success().stderr,
        "warning: the ruleset has no rule `7`\nwarning: no rule is in the group `dem`\n"
    );
}

#[test]
fn the_summary_counts() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(7000);
    let log = format!("{KV}\n{KV}\n{KV}\n{KV}\nplain text\n\n{long}\nx\n");
    let summary = summary(&sandbox, &["--dialect", "ossec-4.3", "--rule", "102"], &log);
    let expected = [
        ("events", 7),
        ("bytes", log.len() as u64),
        ("decoded", 5),
        ("unmatched", 3),
        ("skipped", 2),
        ("split", 1),
        ("dropped", 0),
        ("alerts", 4),
        ("shown", 1),
    ];
    for (key, count) in expected {
        assert_eq!(summary[key], count, "{key} of {summary}");
    }
    assert_eq!(summary["alerts_by_level"]["5"], 3);
    assert_eq!(summary["alerts_by_level"]["10"], 1);
    assert_eq!(summary["alerts_by_rule"][0]["rule"], 101);
    assert_eq!(
        summary["alerts_by_rule"][0]["description"],
        "kv with address"
    );
    assert!(summary["events_per_second"].is_u64() && summary["seconds"].is_f64());
}

#[test]
fn the_summary_as_text() {
    let run = scan(&Sandbox::new(), &[], &format!("{KV}\n")).success();
    let stderr = &run.stderr;
    assert!(stderr.starts_with("ossia: 1 events, 57 B in "), "{stderr}");
    assert!(
        stderr.contains("  alerts                                1\n"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("     101      5              1  kv with address\n"),
        "{stderr}"
    );
}

#[test]
fn damaged_archives() {
    let sandbox = Sandbox::new();
    let log: String = (0..2000).map(|n| format!("line {n}\n")).collect();
    let packed = gzip(&(at(" 1 10:00:00") + &log));
    let half = packed.len() / 2;
    sandbox.write("cut.gz", &packed[..half]);
    sandbox.write("good.log", at(" 1 10:00:01"));
    let packed = zstd(&(at(" 1 10:00:00") + &log));
    sandbox.write("cut.zst", &packed[..packed.len() - 1]);
    let files = ["cut.gz", "missing.log", "rules", "cut.zst", "good.log"];
    let mut arguments = vec!["--no-summary", "--format", "ndjson", "--rule", "101"];
    arguments.extend(files);
    let run = scan(&sandbox, &arguments, "");
    assert_eq!(run.code, Some(1));
    let messages: Vec<_> = run.stderr.lines().collect();
    let ending = "; what was read before it is evaluated";
    let start = format!("error: cut.gz: damaged gzip data at byte {half}: ");
    assert!(
        messages[0].starts_with(&start) && messages[0].ends_with(ending),
        "{}",
        run.stderr
    );
    assert_eq!(
        messages[1],
        "error: cannot read `missing.log`: no such file or directory"
    );
    assert_eq!(messages[2], "error: cannot read `rules`: is a directory");
    assert!(
        messages[3].starts_with("error: cut.zst: damaged zstd data at byte "),
        "{}",
        run.stderr
    );
    assert_eq!(messages.len(), 4);
    let locations: Vec<_> = run
        .objects()
        .iter()
        .map(|one| one["location"].clone())
        .collect();
    assert!(locations.contains(&"cut.gz".into()) && locations.contains(&"good.log".into()));
}

#[test]
fn exit_status() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", at(" 1 10:00:00"));
    let code = |arguments: &[&str]| scan(&sandbox, arguments, "").code;
    assert_eq!(code(&["a.log"]), Some(0));
    assert_eq!(code(&["a.log", "--fail-on", "6"]), Some(0));
    assert_eq!(code(&["a.log", "--fail-on", "5"]), Some(3));
    assert_eq!(
        code(&["a.log", "--fail-on", "5", "--min-level", "9"]),
        Some(3)
    );
    assert_eq!(code(&["a.log", "--fail-on", "5", "missing.log"]), Some(1));
    assert_eq!(
        code(&["a.log", "--summary", "json", "--no-summary"]),
        Some(2)
    );
    assert_eq!(code(&["a.log", "--clock", "soon"]), Some(2));
}

#[test]
fn the_year_changes() {
    let sandbox = Sandbox::new();
    let lines = |one: &str, two: &str| {
        let event = |time: &str| format!("{time} h1 kv: srcip=1.2.3.4 user=bob alpha=x\n");
        event(one) + &event(two)
    };
    // Two seconds apart, whatever year it is.
    let log = lines("Dec 31 23:59:59", "Jan  1 00:00:01");
    let path = sandbox.write("a.log", log);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let written = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_704_240_000);
    file.set_modified(written).unwrap();
    let run = scan(&sandbox, &["--no-summary", "a.log"], "").success();
    let times: Vec<_> = run.text().lines().map(|line| &line[..19]).collect();
    assert_eq!(times, ["2023-12-31T23:59:59", "2024-01-01T00:00:01"]);
}

#[test]
fn the_clock_follows_the_log() {
    let sandbox = Sandbox::new();
    let log = |step: usize| -> String {
        let minutes = (0..5).map(|n| at(&format!(" 1 10:{:02}:00", n * step)));
        minutes.collect()
    };
    let composite = |arguments: &[&str], step| {
        let summary = summary(&sandbox, arguments, &log(step));
        summary["alerts_by_level"]["10"]
            .as_u64()
            .unwrap_or_default()
            > 0
    };
    assert!(!composite(&[], 5));
    assert!(composite(&[], 0));
    assert!(composite(&["--clock", "wall"], 5));
    assert!(composite(&["--clock", "1700000000"], 5));
}

#[test]
fn logtest_knows_the_clock_of_the_log() {
    let sandbox = Sandbox::new();
    let night = "1:here:2024-01-12T22:10:00+00:00 h1 app: night";
    let rules = |arguments: &[&str], input: &str| sandbox.json(arguments, input)[0]["rule"].clone();
    assert_eq!(rules(&["--clock", "log", "--input", "queue"], night), 103);
    assert_eq!(rules(&["--clock", "log"], &night[7..]), 103);
    assert!(rules(&["--clock", "1705053600"], &night[7..]).is_null());
    let run = sandbox.logtest(&["--clock", "log", "--input", "events"], "");
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::new();
    sandbox.write("big.log", at(" 1 10:00:00").repeat(20_000));
    let arguments = ["scan", "--ruleset", "rules", "--", "big.log"];
    let mut child = command(sandbox.folder.path(), &arguments).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn alerts_of_a_pipe_do_not_wait() {
    use std::io::{BufRead, BufReader};
    let sandbox = Sandbox::new();
    let arguments = ["scan", "--ruleset", "rules"];
    let mut child = command(sandbox.folder.path(), &arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(at(" 1 10:00:00").as_bytes()).unwrap();
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("rule 101"), "{line}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// The most memory that a process ever had, in KiB.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn a_line_of_20_megabytes_needs_no_memory() {
    let sandbox = Sandbox::new();
    let arguments = ["scan", "--ruleset", "rules", "--summary", "json"];
    let mut child = command(sandbox.folder.path(), &arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut feed = |megabytes: usize| stdin.write_all(&vec![b'x'; megabytes << 20]).unwrap();
    // What a pipe does not hold has been read when the write is done.
    feed(2);
    let before = peak(child.id());
    feed(20);
    let after = peak(child.id());
    assert!(after - before < 4096, "{before} KiB, then {after} KiB");
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(summary["bytes"], 22 << 20);
    assert_eq!(summary["split"], 1);
}
