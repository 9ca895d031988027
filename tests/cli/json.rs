//! `--format json`: the interface for programs.

use serde_json::json;

use super::{KV, Sandbox};

#[test]
fn every_key() {
    let run = Sandbox::new().logtest(&["--format", "json"], KV).success();
    let line = run.text();
    assert_eq!(line.matches('\n').count(), 1);
    let object = &run.objects()[0];
    let expected = json!({
        "hostname": "h1",
        "program_name": "kv",
        "log": "srcip=1.2.3.4 user=bob alpha=x",
        "decoder": "kv",
        "parent": "kv",
        "fields": {"srcip": "1.2.3.4", "dstuser": "bob", "alpha": "x"},
        "values": {"dstuser": "bob", "srcip": "1.2.3.4", "alpha": "x"},
        "rule": 101,
        "level": 5,
        "description": "kv with address",
        "groups": ["syslog", "demo", "extra"],
        "info": [["Text", "read the manual"], ["CVE", "2020-1"]],
        "alert": true,
        "fired_times": 1,
        "previous": [],
        "location": "stdin",
        "full_log": KV,
    });
    assert_eq!(object, &expected);
    assert!(line.starts_with("{\"hostname\":\"h1\",\"program_name\":\"kv\",\"log\":"));
}

#[test]
fn absent_values_are_null() {
    let object = &Sandbox::new().json(&[], "hello world\n")[0];
    for key in [
        "program_name",
        "decoder",
        "parent",
        "rule",
        "level",
        "description",
    ] {
        assert!(object[key].is_null(), "{key}");
        assert!(object.as_object().unwrap().contains_key(key), "{key}");
    }
    assert_eq!(object["hostname"], "testhost");
    assert_eq!(object["groups"], json!([]));
    assert_eq!(object["fields"], json!({}));
    assert_eq!(object["alert"], false);
}

#[test]
fn a_composite_rule_has_earlier_lines() {
    let input = format!("{KV} 1\n{KV} 2\n{KV} 3\n{KV} 4\n");
    let objects = Sandbox::new().json(&["--clock", "1700000000"], &input);
    let rules: Vec<_> = objects.iter().map(|object| &object["rule"]).collect();
    assert!(rules.contains(&&json!(102)), "{rules:?}");
    let composite = objects.iter().find(|object| object["rule"] == 102).unwrap();
    assert!(!composite["previous"].as_array().unwrap().is_empty());
    let fresh = Sandbox::new().json(&["--fresh"], &input);
    assert!(
        fresh
            .iter()
            .all(|object| object["rule"] == 101 && object["fired_times"] == 1)
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced() {
    let object = &Sandbox::new().json(&[], b"a\xffb\n")[0];
    assert_eq!(object["log"], "a\u{fffd}b");
}

#[test]
fn the_trace_is_an_array() {
    let object = &Sandbox::new().json(&["-v"], KV)[0];
    assert_eq!(object["trace"][0], "Trying rule: 1 - a log line");
    assert_eq!(object["trace"][1], "*Rule 1 matched.");
}

#[test]
fn location_and_time() {
    let sandbox = Sandbox::new();
    let object = &sandbox.json(&["--location", "/var/log/x"], "plain text\n")[0];
    assert_eq!(object["location"], "/var/log/x");
    // 22:13:20 UTC, 23:13:20 in Berlin.
    let clock = ["--clock", "1700000000"];
    assert_eq!(sandbox.json(&clock, "plain night\n")[0]["rule"], 103);
    let run = super::run(
        sandbox.folder.path(),
        &[
            "logtest",
            "--clock",
            "1700000000",
            "--tz",
            "CET-1",
            "--format",
            "json",
            "--ruleset",
            "rules",
        ],
        b"plain night\n",
    );
    assert!(run.objects()[0]["rule"].is_null());
}
