//! What is skipped, what ends the load, and overwriting (`spec/wazuh.md` §9).

use ossia::config;
use ossia::dialect::Dialect;

use super::Case;

/// Rules, and what the original says about them.
const SAID: [(&str, &[&str]); 9] = [
    (
        "<rule id='101' level='5'><if_sid>100, 999</if_sid><description>x</description></rule>",
        &[
            "WARNING: (7617): Signature ID '999' was not found and will be ignored in the 'if_sid' option of rule '101'.",
        ],
    ),
    (
        "<rule id='101' level='5'><if_sid>999</if_sid><description>x</description></rule>",
        &[
            "WARNING: (7617): Signature ID '999' was not found and will be ignored in the 'if_sid' option of rule '101'.",
            "WARNING: (7619): Empty 'if_sid' value. Rule '101' will be ignored.",
        ],
    ),
    (
        "<rule id='101' level='5'><if_sid>100|1</if_sid><description>x</description></rule>",
        &["WARNING: (7618): Invalid 'if_sid' value: '100|1'. Rule '101' will be ignored."],
    ),
    (
        "<rule id='101' level='5'><if_group>nobody</if_group><description>x</description></rule>",
        &[
            "WARNING: (7610): Group 'nobody' was not found. Invalid 'if_group'. Rule '101' will be ignored.",
        ],
    ),
    (
        "<rule id='100' level='5'><description>x</description></rule>",
        &[
            "WARNING: (7612): Rule ID '100' is duplicated. Only the first occurrence will be considered.",
        ],
    ),
    (
        "<rule id='101' level='5' overwrite='yes'><if_sid>100</if_sid><description>x</description></rule>",
        &[
            "WARNING: (7613): Rule ID '101' does not exist but 'overwrite' is set to 'yes'. Still, the rule will be loaded.",
        ],
    ),
    (
        "<rule id='101' level='5'><if_sid>100</if_sid><match type='glob'>x</match><description>x</description></rule>",
        &["WARNING: (7600): Invalid value 'glob' for attribute 'type' in rule 101."],
    ),
    (
        "<rule id='101' level='5'><if_sid>100</if_sid><list field='color'>etc/lists/none</list><description>x</description></rule>",
        &[
            "WARNING: (7616): List 'etc/lists/none' could not be loaded. Rule '101' will be ignored.",
        ],
    ),
    (
        "<rule id='101' level='5'><if_matched_sid>999</if_matched_sid><description>x</description></rule>",
        &[
            "WARNING: (7620): Signature ID '999' was not found. Invalid 'if_matched_sid'.Rule '101' will be ignored.",
        ],
    ),
];

#[test]
fn skipped_rules_and_values() {
    for (rules, said) in SAID {
        let case = Case::rules(&rules.replace('\'', "\""));
        assert_eq!(case.original(), said, "{rules}");
        assert!(
            case.diagnostics
                .iter()
                .all(|problem| !problem.is_error() && problem.primary().is_some())
        );
    }
}

#[test]
fn mistakes_that_end_the_load() {
    for rules in [
        "<rule id='101' level='5'><if_sid>100</if_sid><field name='srcip'>x</field><description>x</description></rule>",
        "<rule id='101' level='5'><if_sid>100</if_sid><options>quiet</options><description>x</description></rule>",
        "<rule id='101' level='5'><if_sid>100</if_sid><pcre2>x</pcre2><description>x</description></rule>",
        "<rule id='101' level='5'><decoded_as>nobody</decoded_as><description>x</description></rule>",
        "<rule id='101' level='5'><if_sid>100</if_sid><regex>\\b</regex><description>x</description></rule>",
        "<rule id='101' level='5'><if_sid>100</if_sid></rule>",
        "<rule id='101' level='17'><if_sid>100</if_sid><description>x</description></rule>",
    ] {
        let case = Case::rules(&rules.replace('\'', "\""));
        let errors = case.diagnostics.iter().filter(|problem| problem.is_error());
        assert_eq!(errors.count(), 1, "{rules}: {:#?}", case.diagnostics);
    }
}

/// What a mistake in a decoder makes the original say; what only follows from it is not told.
#[test]
fn mistakes_in_decoders() {
    for (decoders, rules, said) in [
        // Keys that are dynamic fields are keys.
        (
            "<decoder name='a'><prematch>^a</prematch></decoder>
             <decoder name='b'><parent>a</parent><regex>(\\w)</regex><order>x</order></decoder>
             <decoder name='b'><parent>a</parent><regex>(\\d)</regex><order>y</order><fts>y</fts></decoder>",
            "",
            &["(2103)", "(2105)", "(2106)"][..],
        ),
        // The name of a child that does not fit is known to the rules.
        (
            "<decoder name='b'><parent>a</parent><use_own_name>true</use_own_name><prematch>x</prematch></decoder>",
            "<rule id='101' level='3'><decoded_as>b</decoded_as><description>x</description></rule>",
            &["(2101)", "(2106)"],
        ),
    ] {
        let case = Case::decoders(&decoders.replace('\'', "\""), &rules.replace('\'', "\""));
        let original = case.original();
        let codes: Vec<&str> = original.iter().filter_map(|line| line.split_whitespace().nth(1)).collect();
        let codes: Vec<&str> = codes.iter().map(|code| code.trim_end_matches(':')).collect();
        assert_eq!(codes, said, "{original:#?}");
    }
}

/// A list is not called empty when a decoder that failed could be what it lacks.
#[test]
fn a_list_that_only_a_failed_decoder_could_fill() {
    for (file, said) in [
        (
            "<decoder name=\"a\"><prematch>a</prematch></decoder>",
            "(2106)",
        ),
        (
            "<decoder name=\"a\"><prematch>a</prematch></decoder><decoder name=\"b\"><program_name>b</program_name><order>id</order></decoder>",
            "(2107)",
        ),
    ] {
        let files = vec![("one.xml".to_owned(), file.into())];
        let inputs = config::from_files(files, Some(Dialect::Wazuh414));
        let (_, diagnostics) = ossia::ruleset::build(&inputs);
        let errors: Vec<_> = diagnostics
            .iter()
            .filter(|problem| problem.is_error())
            .collect();
        assert_eq!(errors.len(), 1, "{diagnostics:#?}");
        assert!(
            errors[0].original[0].to_string().contains(said),
            "{errors:#?}"
        );
    }
}

/// Overwriting replaces conditions, level and description, and keeps the place and the children.
#[test]
fn overwriting() {
    let rules = "<rule id=\"101\" level=\"5\"><if_sid>100</if_sid><match>old</match><description>x</description></rule>\
        <rule id=\"102\" level=\"6\"><if_sid>101</if_sid><match>child</match><description>x</description></rule>\
        <rule id=\"101\" level=\"9\" overwrite=\"yes\"><if_sid>1</if_sid><match>new</match><description>y</description></rule>";
    let case = Case::rules(rules);
    assert_eq!(case.diagnostics.len(), 1, "{:#?}", case.diagnostics);
    assert!(case.original()[0].starts_with("WARNING: (7605)"));
    case.expect(&[
        (0, "kv: old", "100"),
        (1, "kv: new", "101"),
        (2, "kv: new child", "102"),
    ]);
}
