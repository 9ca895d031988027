//! Lines, events, queue messages, files.

use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{KV, Sandbox, command};

fn logs(objects: &[Value]) -> Vec<&str> {
    objects
        .iter()
        .map(|object| object["full_log"].as_str().unwrap())
        .collect()
}

#[test]
fn lines_are_split_and_short_ones_skipped() {
    let long = "x".repeat(6135 * 2 + 1);
    let input = format!("{long}\n\na\nab\nlast line");
    let objects = Sandbox::new().json(&["--dialect", "ossec-4.3"], &input);
    let lengths: Vec<usize> = logs(&objects).iter().map(|log| log.len()).collect();
    assert_eq!(lengths, [6135, 6135, 2, 9]);
}

#[test]
fn zero_bytes_end_lines() {
    let objects = Sandbox::new().json(&[], b"one\0two\nthree\n");
    assert_eq!(logs(&objects), ["one", "three"]);
}

#[test]
fn one_object_for_each_event() {
    let long = "x".repeat(7000);
    let input = [
        json!({"t": 0, "line": KV}).to_string(),
        json!({"t": 1.7, "line": "x"}).to_string(),
        json!({"t": 2, "line": long}).to_string(),
        "{nonsense".to_owned(),
        String::new(),
        json!({"t": 3, "line_b64": "YWL/"}).to_string(),
        json!({"t": 3, "message": "nonsense"}).to_string(),
        json!({"t": 3, "message": "1:/var/log/x:plain text"}).to_string(),
        json!({"t": 4, "line": "plain text\n", "location": "here"}).to_string(),
        json!({"t": 4}).to_string(),
    ]
    .join("\n");
    let sandbox = Sandbox::new();
    let arguments = [
        "--dialect",
        "ossec-4.3",
        "--format",
        "json",
        "--input",
        "events",
    ];
    let run = sandbox.logtest(&arguments, &input);
    assert_eq!(run.code, Some(1));
    let objects = run.objects();
    assert_eq!(objects.len(), 9);
    assert_eq!(objects[0]["rule"], 101);
    assert_eq!(objects[1], json!({"skipped": true}));
    assert_eq!(objects[2]["truncated"], true);
    assert_eq!(objects[2]["full_log"].as_str().unwrap().len(), 6135);
    assert_eq!(objects[3]["input_line"], 4);
    assert!(objects[3]["error"].is_string());
    assert_eq!(objects[4]["full_log"], "ab\u{fffd}");
    assert_eq!(objects[5]["dropped"], true);
    assert!(objects[5]["reason"].is_string());
    assert_eq!(objects[6]["location"], "/var/log/x");
    assert_eq!(objects[7]["location"], "here");
    assert_eq!(objects[7]["full_log"], "plain text");
    assert_eq!(objects[8]["input_line"], 10);
    assert_eq!(run.stderr, "");
}

#[test]
fn events_bring_their_time() {
    let event = |t: i64| json!({"t": t, "line": KV}).to_string();
    // Far apart: the composite rule never fires. Close together: it does.
    let sandbox = Sandbox::new();
    let rules = |times: [i64; 5]| {
        let input = times.map(event).join("\n");
        let objects = sandbox.json(&["--input", "events"], input);
        objects.iter().any(|object| object["rule"] == 102)
    };
    assert!(!rules([0, 100, 200, 300, 400]));
    assert!(rules([0, 1, 2, 3, 4]));
}

#[test]
fn events_as_text() {
    let input = "{\"line\":\"plain text\"}\n{\n";
    let run = Sandbox::new().logtest(&["--input", "events"], input);
    assert_eq!(run.code, Some(1));
    assert!(run.text().contains("full event: 'plain text'"));
    assert!(
        run.stderr.contains("error: stdin:2: not an event: "),
        "{}",
        run.stderr
    );
}

#[test]
fn queue_messages() {
    let long = format!("1:/var/log/x:{}", "y".repeat(7000));
    let input = format!("2:10.1.1.1:plain text\n{long}\n8:x:y\n");
    let objects = Sandbox::new().json(&["--input", "queue"], input);
    assert_eq!(objects.len(), 3);
    assert_eq!(objects[0]["location"], "10.1.1.1");
    assert_eq!(objects[1]["truncated"], true);
    assert_eq!(objects[2]["dropped"], true);
}

#[test]
fn files_share_a_session() {
    let sandbox = Sandbox::new();
    sandbox.write("a.log", format!("{KV}\n"));
    sandbox.write("b.log", format!("{KV}\n"));
    let run = sandbox.logtest(
        &["--format", "json", "a.log", "missing.log", "-", "b.log"],
        KV,
    );
    assert_eq!(run.code, Some(1));
    let fired: Vec<_> = run
        .objects()
        .iter()
        .map(|object| object["fired_times"].clone())
        .collect();
    assert_eq!(fired, [1, 2, 3]);
    assert_eq!(
        run.stderr,
        "error: cannot read `missing.log`: no such file or directory\n"
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::new();
    sandbox.write("big.log", "plain text\n".repeat(50_000));
    let mut child = command(
        sandbox.folder.path(),
        &["logtest", "--ruleset", "rules", "--", "big.log"],
    )
    .spawn()
    .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported() {
    let sandbox = Sandbox::new();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    sandbox.write("a.log", "plain text\n");
    let output = command(
        sandbox.folder.path(),
        &["logtest", "--ruleset", "rules", "--", "a.log"],
    )
    .stdout(full)
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        stderr,
        "error: cannot write the output: no space left on device\n"
    );
}

#[test]
fn verdicts_do_not_wait_for_the_next_line() {
    use std::io::{BufRead, BufReader, Write};
    let sandbox = Sandbox::new();
    let mut child = command(
        sandbox.folder.path(),
        &["logtest", "--format", "json", "--ruleset", "rules"],
    )
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..2 {
        stdin.write_all(b"plain text\n").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains("\"decoder\":\"plain\""), "{line}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
