//! `ossia bench`: what is counted is exact, what is timed is at least there.

use serde_json::Value;

use super::{KV, Run, Sandbox, run};

/// `ossia bench` with the tiny ruleset.
fn bench(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> Run {
    let rules = sandbox.path("rules");
    let mut all = vec!["bench", "--hostname", "testhost", "--tz", "UTC"];
    all.extend(arguments);
    all.extend(["--ruleset", rules.to_str().unwrap()]);
    run(sandbox.folder.path(), &all, input)
}

fn json(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> Value {
    let mut all = vec!["--format", "json", "--runs", "2"];
    all.extend(arguments);
    let run = bench(sandbox, &all, input).success();
    assert_eq!(run.stderr, "");
    serde_json::from_slice(&run.stdout).unwrap()
}

/// No number may be missing: JSON has none for what is infinite or undefined.
fn assert_no_null(value: &Value, path: &str) {
    match value {
        Value::Null => assert!(
            path.ends_with("memory_bytes") || path.ends_with("pattern"),
            "{path} is null"
        ),
        Value::Array(list) => list.iter().for_each(|one| assert_no_null(one, path)),
        Value::Object(members) => members
            .iter()
            .for_each(|(key, one)| assert_no_null(one, &format!("{path}.{key}"))),
        _ => {}
    }
}

#[test]
fn counts_and_rates() {
    let sandbox = Sandbox::new();
    let log = format!("{KV}\n\nplain text\nx\nplain night\n");
    sandbox.write("a.log", &log);
    let report = json(&sandbox, &["--dialect", "ossec-4.3", "a.log"], b"");
    let exact = [
        ("runs", 2),
        ("events", 3),
        ("bytes", log.len() as u64),
        ("repetitions", 1),
        ("skipped", 2),
        ("dropped", 0),
        ("alerts", 1),
        ("decoders", 3),
        ("rules", 5),
    ];
    for (key, number) in exact {
        assert_eq!(report[key], number, "{key} of {report}");
    }
    for key in ["events_per_second", "bytes_per_second", "load_seconds"] {
        let median = report[key].as_f64().unwrap();
        let spread = &report["spread"][key];
        assert!(median > 0.0, "{key}");
        assert!(spread["min"].as_f64().unwrap() <= median, "{key}");
        assert!(spread["max"].as_f64().unwrap() >= median, "{key}");
    }
    let memory = report["peak_memory_bytes"].as_u64();
    assert_eq!(memory.is_some(), cfg!(target_os = "linux"));
    assert_eq!(report["latency_nanoseconds"]["measured"], 6);
    let stages = report["stages"].as_array().unwrap();
    let names: Vec<_> = stages.iter().map(|one| one["stage"].as_str()).collect();
    let expected = [
        "reading",
        "predecoding",
        "decoding",
        "rules",
        "state",
        "output",
    ];
    assert_eq!(names, expected.map(Some));
    let sum: f64 = stages.iter().filter_map(|one| one["share"].as_f64()).sum();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    assert_no_null(&report, "");
}

#[test]
fn lines_are_repeated_with_the_time_going_on() {
    let sandbox = Sandbox::new();
    // Two events a second apart, repeated: one every second, so rule 102 counts three within its
    // time frame and fires on every fourth.
    let log = [":00", ":01"].map(|second| KV.replacen(":00 ", &format!("{second} "), 1) + "\n");
    sandbox.write("a.log", log.concat());
    let report = json(&sandbox, &["--events", "9", "a.log"], b"");
    assert_eq!(report["repetitions"], 5);
    assert_eq!(report["events"], 10);
    assert_eq!(report["alerts"], 10);
    let output = sandbox.path("alerts.txt");
    let arguments = ["--repeat", "9", "--output", "alerts.txt", "a.log"];
    bench(&sandbox, &arguments, b"").success();
    let alerts = std::fs::read_to_string(output).unwrap();
    let times: Vec<_> = alerts.lines().map(|line| &line[11..19]).collect();
    assert_eq!(times.len(), 10);
    assert_eq!((times[0], times[9]), ("10:00:00", "10:00:09"));
    assert!(alerts.contains("rule 102"), "{alerts}");
}

#[test]
fn all_kinds_of_sources() {
    let sandbox = Sandbox::new();
    let lines = format!("{KV}\n").repeat(3);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines.as_bytes()).unwrap();
    sandbox.write("packed", packed.finish().unwrap());
    sandbox.write("zstd.log", zstd::encode_all(lines.as_bytes(), 1).unwrap());
    for file in ["packed", "zstd.log", "-"] {
        let report = json(&sandbox, &[file], lines.as_bytes());
        assert_eq!(report["events"], 3, "{file}");
        assert_eq!(report["bytes"], lines.len(), "{file}");
    }
    let arguments = ["bench", "--runs", "1", "--events", "1", "--format", "json"];
    let examples = run(sandbox.folder.path(), &arguments, b"").success();
    let report: Value = serde_json::from_slice(&examples.stdout).unwrap();
    assert!(report["events"].as_u64().unwrap() > 300);
    assert!(report["alerts"].as_u64().unwrap() > 100);
}

#[test]
fn the_profile() {
    let sandbox = Sandbox::new();
    let log = format!("{KV}\nplain text\n{KV}\nnothing\n");
    let report = json(&sandbox, &["--profile", "-"], log.as_bytes());
    let profile = &report["profile"];
    let entry = |list: &str, name: &str, element: &str| {
        let entries = profile[list].as_array().unwrap();
        let mut found = entries.iter().filter(|one| {
            one["name"] == name && (element.is_empty() || one["tests"][0]["element"] == element)
        });
        let entry = found
            .next()
            .unwrap_or_else(|| panic!("{name} in {profile}"));
        assert!(found.next().is_none());
        (
            entry["tries"].as_u64().unwrap(),
            entry["matches"].as_u64().unwrap(),
            entry["place"]["line"].as_u64().unwrap(),
        )
    };
    assert_eq!(entry("by_time", "kv", "program_name"), (2, 2, 2));
    assert_eq!(entry("by_time", "kv-fields", "regex"), (2, 2, 5));
    assert_eq!(entry("by_time", "plain", "prematch"), (2, 1, 10));
    // Rules 1 and 103 stand at the top, 1 is never the result.
    assert_eq!(entry("by_time", "101", ""), (2, 2, 11));
    let (tries, matches, _) = entry("without_a_match", "103", "match");
    assert!(tries > 0 && matches == 0);
    assert_no_null(profile, "profile");
    let arguments = ["--profile", "--top", "1", "--runs", "1", "-"];
    let text = bench(&sandbox, &arguments, log.as_bytes()).success();
    let listed = text.text().lines().filter(|line| line.contains("rules/"));
    assert_eq!(listed.count(), 2, "{}", text.text());
}

#[test]
fn the_report_as_text() {
    let run = bench(&Sandbox::new(), &["--runs", "1", "-"], KV.as_bytes()).success();
    let text = run.text();
    assert!(text.starts_with("1 events, 0.0 MB, 1 run; ossec-4.3: 3 decoders, 5 rules\n"));
    for part in ["events/s", "split only", "peak memory", "p99.9", "decoding"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn nothing_to_measure() {
    let sandbox = Sandbox::new();
    sandbox.write("short.log", "\nx\n\n");
    let fails = |arguments: &[&str], message: &str| {
        let run = bench(&sandbox, arguments, b"");
        assert_eq!((run.code, run.stdout.len()), (Some(1), 0), "{arguments:?}");
        assert_eq!(run.stderr, format!("error: {message}\n"));
    };
    fails(&["-"], "-: there is no line to measure");
    fails(
        &["short.log"],
        "short.log: no line is long enough to be an event",
    );
    fails(
        &["missing.log"],
        "cannot read `missing.log`: no such file or directory",
    );
    fails(&["rules"], "cannot read `rules`: is a directory");
    sandbox.write("a.log", KV);
    fails(
        &["a.log", "--output", "no/such/folder"],
        "cannot write `no/such/folder`: no such file or directory",
    );
    sandbox.write(
        "rules/r.xml",
        "<group name=\"x,\"><rule id=\"1\" level=\"x\">",
    );
    let run = bench(&sandbox, &["a.log"], b"");
    assert_eq!((run.code, run.stdout.len()), (Some(1), 0));
    assert!(
        run.stderr.contains("the ruleset does not load"),
        "{}",
        run.stderr
    );
}

#[test]
fn damaged_archives() {
    let sandbox = Sandbox::new();
    let packed = zstd::encode_all(KV.as_bytes(), 1).unwrap();
    sandbox.write("cut.zst", &packed[..packed.len() - 1]);
    let run = bench(&sandbox, &["cut.zst"], b"");
    assert_eq!((run.code, run.stdout.len()), (Some(1), 0));
    assert!(
        run.stderr
            .starts_with("error: cut.zst: damaged zstd data at byte "),
        "{}",
        run.stderr
    );
}

#[test]
fn mistakes_on_the_command_line() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", KV);
    for arguments in [
        &["a.log", "--runs", "0"][..],
        &["a.log", "--events", "0"],
        &["a.log", "--top", "3"],
        &["a.log", "--format", "xml"],
        &["a.log", "b.log"],
    ] {
        assert_eq!(
            bench(&sandbox, arguments, b"").code,
            Some(2),
            "{arguments:?}"
        );
    }
}
