//! What people read when a load fails: every file of `cases/` on top of the embedded ruleset, and
//! the diagnostics beside it.

use ossia::config;
use ossia::diagnostic::{Diagnostic, render};
use ossia::dialect::Dialect;

/// What the cases called `wazuh_…` stand behind: decoders and the top rule.
const WAZUH: [(&str, &str); 2] = [
    (
        "decoders.xml",
        "<decoder name=\"lamp\"><program_name>^lampd$</program_name></decoder>\n\
         <decoder name=\"switch\"><prematch>^switch </prematch></decoder>\n",
    ),
    (
        "base_rules.xml",
        "<group name=\"syslog,\">\n<rule id=\"1\" level=\"0\" noalert=\"1\">\
         <category>syslog</category><description>syslog</description></rule>\n</group>\n",
    ),
];

/// Loads a file behind the embedded ruleset.
fn diagnostics(name: &str, text: &str) -> (config::Inputs, Vec<Diagnostic>) {
    let (mut files, dialect) = if name.starts_with("wazuh_") {
        let files = WAZUH.map(|(name, text)| (name.to_owned(), text.into()));
        (files.to_vec(), Dialect::Wazuh414)
    } else {
        (config::embedded::files(), Dialect::Ossec43)
    };
    files.push((name.to_owned(), text.as_bytes().to_vec()));
    let inputs = config::from_files(files, Some(dialect));
    let (_, diagnostics) = ossia::ruleset::build(&inputs);
    (inputs, diagnostics)
}

#[test]
fn diagnostics_read_well() {
    insta::glob!("cases/*.xml", |path| {
        let text = std::fs::read_to_string(path).expect("a case is text");
        let name = path
            .file_name()
            .expect("a case is a file")
            .to_string_lossy();
        let (inputs, diagnostics) = diagnostics(&name, &text);
        let shown = render::human(&diagnostics, &inputs.sources, false);
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(shown) });
    });
}

/// A file with three mistakes gives three diagnostics, each at its own place.
#[test]
fn every_mistake_is_reported_in_one_run() {
    let text = include_str!("cases/three_mistakes.xml");
    let (inputs, diagnostics) = diagnostics("rules/local_rules.xml", text);
    let lines: Vec<_> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| {
            let place = diagnostic.primary().expect("it has a place");
            inputs.sources.start(place).line
        })
        .collect();
    assert_eq!(lines, [5, 11, 16]);
}

/// What the files of `foreign/` stand on: it is the same in both families.
const BASE: &str = r#"
<decoder name="portal"><program_name>^portal$</program_name></decoder>
<decoder name="other"><prematch>^other</prematch></decoder>"#;
const BASE_RULES: &str = r#"
<group name="base,">
  <rule id="1" level="0">
    <category>syslog</category>
    <description>a log line</description>
  </rule>
</group>"#;

/// Files of one family, loaded as the other: what it is all about comes first.
#[test]
fn foreign_rulesets() {
    insta::glob!("foreign/*.xml", |path| {
        let text = std::fs::read(path).expect("a case is there");
        let name = path.file_name().expect("a case is a file");
        let name = name.to_string_lossy();
        let dialect = if name.starts_with("ossec") {
            Dialect::Wazuh414
        } else {
            Dialect::Ossec43
        };
        let files = vec![
            ("base_decoders.xml".to_owned(), BASE.into()),
            ("base_rules.xml".to_owned(), BASE_RULES.into()),
            (name.into_owned(), text),
        ];
        let inputs = config::from_files(files, Some(dialect));
        let (_, mut diagnostics) = ossia::ruleset::build(&inputs);
        let failed = diagnostics.iter().any(Diagnostic::is_error);
        diagnostics.splice(0..0, config::foreign_ruleset(&inputs, failed));
        let shown = render::human(&diagnostics, &inputs.sources, false);
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(shown) });
    });
}

/// Nothing is said about files that are of the right family, or of none.
#[test]
fn a_slip_is_no_foreign_ruleset() {
    let rule = |elements: &str| {
        let text = format!("<group name='a,'><rule id='1' level='1'>{elements}</rule></group>");
        vec![("r.xml".to_owned(), text.into_bytes())]
    };
    for (elements, ossec, wazuh) in [
        ("<match>x</match>", false, false),
        ("<pcre2>x</pcre2>", false, true),
        ("<mitre/>", true, false),
        ("<mitre/><pcre2>x</pcre2>", false, false),
        ("<mitre/><pcre2>x</pcre2><data>x</data>", true, false),
    ] {
        for (dialect, expected) in [(Dialect::Ossec43, ossec), (Dialect::Wazuh414, wazuh)] {
            let inputs = config::from_files(rule(elements), Some(dialect));
            let said = config::foreign_ruleset(&inputs, true).is_some();
            assert_eq!(said, expected, "{dialect} {elements}");
        }
    }
}
