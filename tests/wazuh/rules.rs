//! Attributes and elements of rules, and what the original says about them (`spec/wazuh.md` §9).

use super::Case;

/// A rule below 100 with these elements; single quotes for double ones.
fn rule(attributes: &str, elements: &str) -> Case {
    let rule = format!(
        "<rule id='101' {attributes}><if_sid>100</if_sid>{elements}<description>x</description></rule>"
    );
    Case::rules(&rule.replace('\'', "\""))
}

#[test]
fn attributes() {
    for (attributes, said) in [
        ("level='16'", ""),
        (
            "level='3' noalert='1' ignore='60' accuracy='0' maxsize='10'",
            "",
        ),
        ("level='3' noalert='0'", ""),
        (
            "level='3' noalert='on'",
            "WARNING: Invalid value for attribute 'noalert'",
        ),
        (
            "level='17'",
            "ERROR: rules_op: Invalid level: 17. Must be an integer between 0 and 16.",
        ),
        (
            "level='x'",
            "ERROR: No rule id or level specified for rule '0'.",
        ),
        (
            "level='3' frequency='10000'",
            "ERROR: rules_op: Invalid frequency: 10000. Must be higher than 1 and lower than 10000.",
        ),
        (
            "level='3' timeframe='1m'",
            "ERROR: rules_op: Invalid timeframe: 1m. Must be integer",
        ),
        (
            "level='3' colour='red'",
            "ERROR: rules_op: Invalid attribute \"colour\". Only id, level, maxsize, accuracy, noalert, ignore, frequency and timeframe are allowed.",
        ),
    ] {
        let case = rule(attributes, "");
        let first = case.original().first().cloned().unwrap_or_default();
        assert_eq!(first, said, "{attributes}");
    }
}

#[test]
fn blocks_of_mitre() {
    for (elements, mitre, said) in [
        (
            "<mitre><id>T1</id><id>T2</id></mitre><mitre><id>T1</id></mitre>",
            "T1 T2",
            0,
        ),
        (
            "<mitre><id>T1</id></mitre><mitre><tacticID>TA1</tacticID><techniqueID>T2</techniqueID></mitre>",
            "TA1/T2",
            0,
        ),
        (
            "<mitre><id>T1</id></mitre><mitre><id></id></mitre>",
            "T1",
            1,
        ),
        ("<mitre><tacticID>TA1</tacticID></mitre>", "", 1),
        ("<mitre><id>T1</id><name>x</name></mitre>", "", 1),
        ("<mitre>T1</mitre>", "", 1),
    ] {
        let case = rule("level='3'", elements);
        assert_eq!(case.diagnostics.len(), said, "{elements}");
        assert_eq!(
            case.one("kv: a", |verdict| shown_mitre(&verdict)),
            mitre,
            "{elements}"
        );
    }
}

fn shown_mitre(verdict: &ossia::verdict::Verdict<'_>) -> String {
    use ossia::ruleset::rule::Mitre;
    match &verdict.rule().expect("a rule matches").mitre {
        Mitre::Ids(ids) => ids
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        Mitre::Pairs(pairs) => pairs
            .iter()
            .map(|(tactic, technique)| format!("{tactic}/{technique}"))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

#[test]
fn options_are_applied_in_order() {
    let option = |name: &str| format!("<options>{name}</options>");
    for (names, no_counter, mail) in [
        (["no_counter", "no_full_log", "log_alert"], true, false),
        (["no_counter", "no_email_alert", "no_ar"], true, false),
        // A slip of the original: switching mail off takes the other option along.
        (
            ["alert_by_email", "no_counter", "no_email_alert"],
            false,
            false,
        ),
        (
            ["no_email_alert", "no_counter", "alert_by_email"],
            true,
            true,
        ),
    ] {
        let case = rule("level='3'", &names.map(option).concat());
        let flags = case.one("kv: a", |verdict| verdict.rule().map(|rule| rule.flags));
        let flags = flags.expect("a rule matches");
        assert_eq!(
            (flags.no_counter, flags.mail),
            (no_counter, mail),
            "{names:?}"
        );
    }
}

#[test]
fn odd_if_sid_texts() {
    for (text, said, rule) in [
        ("100 ,1", 0, "101"),
        // One line break at the end passes the first check and ends the list.
        ("100\n", 1, "101"),
        ("100\n\n", 1, "100"),
        ("999,100", 1, "101"),
    ] {
        let case = Case::rules(&format!(
            "<rule id=\"101\" level=\"5\"><if_sid>{text}</if_sid><description>x</description></rule>"
        ));
        assert_eq!(
            case.original().len(),
            said,
            "{text:?}: {:?}",
            case.original()
        );
        case.expect(&[(0, "kv: a", rule)]);
    }
}

/// A rule that only follows another one is not reported as a mistake of its own, and the
/// original's lines are all there, in order.
#[test]
fn rules_that_follow_a_skipped_one() {
    let case = Case::rules(
        "<rule id=\"101\" level=\"5\"><if_level>high</if_level><description>x</description></rule>\
         <rule id=\"102\" level=\"5\"><if_sid>101</if_sid><description>x</description></rule>\
         <rule id=\"103\" level=\"5\"><if_matched_sid>102</if_matched_sid><description>x</description></rule>",
    );
    assert_eq!(case.diagnostics.len(), 2, "{:#?}", case.diagnostics);
    assert_eq!(
        case.original(),
        [
            "WARNING: (7609): Invalid 'if_level' value: 'high'. Rule '101' will be ignored.",
            "WARNING: (7617): Signature ID '101' was not found and will be ignored in the 'if_sid' option of rule '102'.",
            "WARNING: (7619): Empty 'if_sid' value. Rule '102' will be ignored.",
            "WARNING: (7620): Signature ID '102' was not found. Invalid 'if_matched_sid'.Rule '103' will be ignored.",
        ]
    );
}

/// An overwritten rule takes everything over but its place.
#[test]
fn overwriting_replaces_what_ossec_keeps() {
    let case = Case::rules(
        "<rule id=\"101\" level=\"5\"><if_sid>100</if_sid><field name=\"color\">red</field><description>x</description></rule>\
         <rule id=\"101\" level=\"0\" overwrite=\"yes\"><field name=\"color\" negate=\"yes\">red</field><description>y</description></rule>",
    );
    assert!(case.diagnostics.is_empty(), "{:#?}", case.diagnostics);
    case.expect(&[
        (0, "kv: color=red x", "100"),
        (1, "kv: color=blue x", "101!"),
    ]);
}

/// Addresses have no `type`, so nothing is said about one; `negate` is theirs.
#[test]
fn attributes_of_addresses() {
    for (elements, holds, said) in [
        ("<srcip type='glob'>10.0.0.1</srcip>", true, 0),
        ("<srcip type='pcre2'>10.0.0.1</srcip>", true, 0),
        ("<srcip negate='perhaps'>10.0.0.1</srcip>", true, 1),
        ("<srcip type='glob' negate='YES'>10.0.0.1</srcip>", false, 0),
    ] {
        let case = rule("level='3'", elements);
        assert_eq!(case.original().len(), said, "{elements}");
        let found = case.one("kv: src=10.0.0.1 x", |verdict| {
            verdict.rule().map(|rule| rule.sid.0)
        });
        assert_eq!(found == Some(101), holds, "{elements}");
    }
}
