//! Frequencies, filters and silence (`spec/wazuh.md` §10.6, §11).

use ossia::engine::Mode;

use super::{Case, moment};

fn composite(attributes: &str, elements: &str) -> Case {
    Case::rules(&format!(
        "<rule id=\"200\" level=\"10\" {attributes}>{elements}<description>many</description></rule>"
    ))
}

#[test]
fn the_nth_event_fires_and_every_nth_after_it() {
    composite(
        r#"frequency="3" timeframe="60""#,
        "<if_matched_sid>100</if_matched_sid>",
    )
    .expect(&[
        (0, "kv: a", "100"),
        (1, "kv: b", "100"),
        (2, "kv: c", "200"),
        (3, "kv: d", "100"),
        (4, "kv: e", "100"),
        (5, "kv: f", "200"),
    ]);
}

#[test]
fn two_fires_from_the_second_event_on() {
    for attributes in [r#"frequency="2" timeframe="60""#, r#"timeframe="60""#] {
        composite(attributes, "<if_matched_sid>100</if_matched_sid>").expect(&[
            (0, "kv: a", "100"),
            (60, "kv: b", "200"),
            (61, "kv: c", "100"),
            (62, "kv: d", "200"),
        ]);
    }
}

#[test]
fn earlier_lines_are_those_that_were_counted() {
    let case = composite(
        r#"frequency="3" timeframe="60""#,
        "<if_matched_sid>100</if_matched_sid>",
    );
    let mut session = case.session(Mode::Daemon);
    for (at, line) in [(0, "kv: a"), (1, "kv: b"), (2, "kv: c")] {
        let verdict = session.evaluate(b"stdin", line.as_bytes(), moment(at));
        let previous: Vec<String> = verdict
            .expect("accepted")
            .previous_lines()
            .map(ToString::to_string)
            .collect();
        let expected: &[&str] = if at == 2 { &["kv: b", "kv: a"] } else { &[] };
        assert_eq!(previous, expected, "{line}");
    }
}

#[test]
fn level_zero_neither_fires_nor_counts() {
    let zero = "<rule id=\"200\" level=\"0\" frequency=\"2\" timeframe=\"60\">\
        <if_matched_sid>100</if_matched_sid><description>many</description></rule>";
    Case::rules(zero).expect(&[(0, "kv: a", "100"), (1, "kv: b", "100")]);
    let target = "<rule id=\"101\" level=\"0\"><if_sid>100</if_sid><description>quiet</description></rule>\
        <rule id=\"200\" level=\"5\" frequency=\"2\" timeframe=\"60\">\
        <if_matched_sid>101</if_matched_sid><description>many</description></rule>";
    Case::rules(target).expect(&[(0, "kv: a", "101!"), (1, "kv: b", "101!")]);
}

#[test]
fn other_sources_do_not_reset_a_count() {
    composite(
        r#"frequency="3" timeframe="60""#,
        "<if_matched_sid>100</if_matched_sid><same_srcip/>",
    )
    .expect(&[
        (0, "kv: src=10.0.0.1 x", "100"),
        (1, "kv: src=10.0.0.2 x", "100"),
        (2, "kv: src=10.0.0.1 x", "100"),
        (3, "kv: no source", "100"),
        (4, "kv: src=10.0.0.1 x", "200"),
    ]);
}

#[test]
fn different_holds_for_missing_values() {
    composite(
        r#"frequency="2" timeframe="60""#,
        "<if_matched_sid>100</if_matched_sid><different_srcip/>",
    )
    .expect(&[
        (0, "kv: src=10.0.0.1 x", "100"),
        (1, "kv: src=10.0.0.1 x", "100"),
        (2, "kv: no source", "200"),
    ]);
}

#[test]
fn dynamic_fields_are_compared_by_name() {
    composite(
        r#"frequency="2" timeframe="60""#,
        "<if_matched_sid>100</if_matched_sid><same_field>COLOR</same_field>",
    )
    .expect(&[
        (0, "kv: color=red x", "100"),
        (1, "kv: color=blue x", "100"),
        (2, "kv: no color", "100"),
        (3, "kv: color=red x", "200"),
    ]);
    composite(
        r#"frequency="2" timeframe="60""#,
        "<if_matched_sid>100</if_matched_sid><not_same_field>color</not_same_field>",
    )
    .expect(&[
        (0, "kv: none", "100"),
        (1, "kv: none", "100"),
        (2, "kv: color=red x", "200"),
    ]);
}

#[test]
fn agents_are_counted_apart_unless_the_rule_says_otherwise() {
    let lines = [
        (0, "[001] (web) any->/x @ kv: a"),
        (1, "[002] (db) any->/x @ kv: b"),
        (2, "[001] (web) any->/x @ kv: c"),
    ];
    for (global, expected) in [
        ("", ["100", "100", "200"]),
        ("<global_frequency/>", ["100", "200", "200"]),
    ] {
        let elements = format!("<if_matched_sid>100</if_matched_sid>{global}");
        let events: Vec<_> = lines
            .iter()
            .zip(expected)
            .map(|(&(at, line), rule)| (at, line, rule))
            .collect();
        composite(r#"frequency="2" timeframe="60""#, &elements).expect(&events);
    }
}

#[test]
fn a_rule_with_two_parents_counts_twice_for_a_group() {
    let rules = "\
        <rule id=\"101\" level=\"4\"><if_sid>100</if_sid><match>a</match><description>one</description></rule>\
        <rule id=\"102\" level=\"4\"><if_sid>100</if_sid><match>b</match><description>other</description></rule>\
        <rule id=\"103\" level=\"5\"><if_sid>101, 102</if_sid><description>both</description><group>twice,</group></rule>\
        <rule id=\"200\" level=\"10\" frequency=\"4\" timeframe=\"60\">\
        <if_matched_group>twice</if_matched_group><match>z</match><description>many</description></rule>";
    // Two events are four entries.
    Case::rules(rules).expect(&[
        (0, "kv: a", "103"),
        (1, "kv: b", "103"),
        (2, "kv: az", "200"),
    ]);
}

#[test]
fn a_rule_counted_by_id_does_not_count_for_its_groups() {
    let rules = "\
        <rule id=\"101\" level=\"4\"><if_sid>100</if_sid><description>one</description><group>probe,</group></rule>\
        <rule id=\"200\" level=\"10\" frequency=\"9\" timeframe=\"60\">\
        <if_matched_sid>101</if_matched_sid><description>by id</description></rule>\
        <rule id=\"201\" level=\"9\" frequency=\"2\" timeframe=\"60\">\
        <if_matched_group>probe</if_matched_group><description>by group</description></rule>";
    Case::rules(rules).expect(&[
        (0, "kv: a", "101"),
        (1, "kv: b", "101"),
        (2, "kv: c", "101"),
    ]);
}

/// The daemon hands the event to the rule above; the test tool shows the rule without an alert, and
/// the first match behind the silence does not begin another one.
#[test]
fn silence_of_a_rule() {
    let rules = "<rule id=\"101\" level=\"7\" ignore=\"60\"><if_sid>100</if_sid><description>once</description></rule>";
    let lines = [0, 10, 60, 61, 62];
    for (mode, expected) in [
        (Mode::Daemon, ["101", "100", "101", "100", "100"]),
        (Mode::TestTool, ["101", "101!", "101", "101", "101!"]),
    ] {
        let events: Vec<_> = lines
            .iter()
            .zip(expected)
            .map(|(&at, rule)| (at, "kv: a", rule))
            .collect();
        Case::rules(rules).expect_as(mode, &events);
    }
}

#[test]
fn the_test_tool_does_not_know_no_log() {
    let rules = "<rule id=\"101\" level=\"7\"><if_sid>100</if_sid><options>no_log</options><description>quiet</description></rule>";
    Case::rules(rules).expect(&[(0, "kv: a", "101!")]);
    Case::rules(rules).expect_as(Mode::TestTool, &[(0, "kv: a", "101")]);
}
