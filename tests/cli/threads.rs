//! `ossia scan --threads`: the output of one thread, whatever the number.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};

use super::{Run, Sandbox, command, run};

/// Decoders and rules that remember something from event to event: searches of composite rules,
/// `if_fts`, `check_diff`, `ignore`.
const DECODERS: &str = r#"
<decoder name="kv"><program_name>^kv$</program_name></decoder>
<decoder name="kv-fields">
  <parent>kv</parent>
  <prematch>^srcip</prematch>
  <regex>^srcip=(\S+) user=(\S+)</regex>
  <order>srcip, user</order>
  <fts>name, user, location</fts>
</decoder>
<decoder name="none"><prematch>^never</prematch></decoder>
"#;

const RULES: &str = r#"
<group name="t,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>all</description></rule>
  <rule id="100" level="0"><if_sid>1</if_sid><decoded_as>kv</decoded_as><description>kv</description></rule>
  <rule id="101" level="3"><if_sid>100</if_sid><match>alpha</match><description>alpha</description></rule>
  <rule id="102" level="7" frequency="3" timeframe="60"><if_matched_sid>101</if_matched_sid>
    <same_source_ip /><description>alpha often</description></rule>
  <rule id="103" level="4" ignore="30"><if_sid>100</if_sid><match>beta</match><description>beta</description></rule>
  <rule id="104" level="5"><if_sid>101</if_sid><if_fts /><description>new user</description></rule>
  <rule id="105" level="6"><if_sid>100</if_sid><match>gamma</match><check_diff /><description>changed</description></rule>
</group>
"#;

/// Lines that fire all rules in changing order, one of them long, some that nothing matches.
fn stream(lines: usize) -> String {
    let mut text = String::new();
    // A linear congruence: the same lines on every machine.
    let mut number: u32 = 7;
    for line in 0..lines {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (minute, second) = (line / 600 % 60, line / 10 % 60);
        let word = ["alpha", "beta", "gamma x", "delta"][(number >> 13) as usize % 4];
        let (host, user) = (number >> 20 & 3, number >> 23 & 15);
        let program = if number >> 28 == 0 { "other" } else { "kv" };
        let tail = if line == 500 {
            "z".repeat(5000)
        } else {
            format!("{number:x}")
        };
        let _ = writeln!(
            text,
            "Jan 12 10:{minute:02}:{second:02} h{host} {program}[7]: srcip=10.0.0.{host} user=u{user} {word} {tail}",
        );
    }
    text
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("rules/d.xml", DECODERS);
    sandbox.write("rules/r.xml", RULES);
    sandbox
}

fn scan(sandbox: &Sandbox, threads: &str, arguments: &[&str], input: &str) -> Run {
    let mut all = vec![
        "scan",
        "--hostname",
        "testhost",
        "--tz",
        "UTC",
        "--no-summary",
    ];
    all.extend(["--ruleset", "rules", "--threads", threads]);
    all.extend(arguments);
    run(sandbox.folder.path(), &all, input.as_bytes())
}

/// Every number of threads gives what one gives.
#[track_caller]
fn same_for_all(sandbox: &Sandbox, arguments: &[&str], input: &str) -> Run {
    let one = scan(sandbox, "1", arguments, input);
    for threads in ["2", "3", "8"] {
        let several = scan(sandbox, threads, arguments, input);
        assert_eq!(several.stderr, one.stderr, "{threads}");
        assert_eq!(several.code, one.code, "{threads}");
        assert!(
            several.stdout == one.stdout,
            "{threads} threads, {arguments:?}"
        );
    }
    one
}

#[test]
fn the_output_is_that_of_one_thread() {
    let sandbox = sandbox();
    sandbox.write("kv.log", stream(3000));
    let every_rule = [
        "\"rule\":101",
        "\"rule\":102",
        "\"rule\":103",
        "\"rule\":104",
        "\"rule\":105",
    ];
    for format in ["text", "alerts.log", "alerts.json", "ndjson"] {
        let one = same_for_all(&sandbox, &["--format", format, "kv.log"], "").success();
        if format == "ndjson" {
            let text = one.text();
            let found = every_rule.map(|rule| text.contains(rule));
            assert_eq!(
                found,
                [true; 5],
                "{}",
                text.lines().next().unwrap_or_default()
            );
        }
    }
    same_for_all(&sandbox, &["--as", "daemon", "kv.log"], "").success();
    same_for_all(
        &sandbox,
        &["--all", "--format", "ndjson", "-"],
        &stream(300),
    )
    .success();
}

#[test]
fn files_and_their_ends() {
    let sandbox = sandbox();
    sandbox.write("a.log", stream(700));
    sandbox.write("empty.log", "");
    sandbox.write("short.log", "x\n\n");
    let packed = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(stream(900).as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    sandbox.write("whole.gz", &packed);
    sandbox.write("damaged.gz", &packed[..packed.len() / 2]);
    let files = [
        "empty.log",
        "a.log",
        "missing.log",
        "damaged.gz",
        "short.log",
        "whole.gz",
    ];
    let one = same_for_all(&sandbox, &files, "");
    assert_eq!(one.code, Some(1));
    let told: Vec<_> = one
        .stderr
        .lines()
        .map(|line| line.contains("missing.log"))
        .collect();
    assert_eq!(told, [true, false], "{}", one.stderr);
    assert!(
        one.stderr.contains("damaged.gz: damaged gzip data"),
        "{}",
        one.stderr
    );
    same_for_all(&sandbox, &["empty.log"], "").success();
}

#[test]
fn alerts_come_before_the_next_line_of_a_slow_pipe() {
    let sandbox = sandbox();
    let arguments = [
        "scan",
        "--ruleset",
        "rules",
        "--threads",
        "2",
        "--no-summary",
        "-",
    ];
    let mut child = command(sandbox.folder.path(), &arguments)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for user in ["a", "b", "c"] {
        let line = format!("Jan 12 10:00:00 h kv: srcip=10.0.0.1 user={user} alpha\n");
        input.write_all(line.as_bytes()).unwrap();
        let mut alert = String::new();
        output.read_line(&mut alert).unwrap();
        assert!(alert.contains("104"), "{alert}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_output_ends_the_scan() {
    let sandbox = sandbox();
    sandbox.write("kv.log", stream(20_000));
    let mut codes = Vec::new();
    for threads in ["1", "4"] {
        let arguments = [
            "scan",
            "--ruleset",
            "rules",
            "--threads",
            threads,
            "--format",
            "ndjson",
            "kv.log",
        ];
        let mut child = command(sandbox.folder.path(), &arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        drop(output);
        codes.push(child.wait().unwrap().code());
    }
    assert_eq!(codes[0], codes[1]);
}

#[test]
fn numbers_of_threads() {
    let sandbox = sandbox();
    let none = scan(&sandbox, "0", &["-"], "");
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("--threads"), "{}", none.stderr);
}
