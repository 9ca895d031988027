//! Every check on its two examples: the broken file has exactly its mistake, the fixed one none.
//!
//! The examples are also what `ossia check --explain` shows. They stand on the small ruleset here, in
//! OSSEC 4.3 or, if the check is only true there, in Wazuh.

use std::fmt::Write;

use ossia::check::{self, Check, Finding, Fixes, suppress};
use ossia::config::{self, Inputs};
use ossia::diagnostic::Diagnostic;
use ossia::dialect::Dialect;
use ossia::ruleset;

/// What the examples stand on.
const DECODERS: &str = r#"
<decoder name="lamp">
  <program_name>^lampd$</program_name>
</decoder>

<decoder name="lamp-event">
  <parent>lamp</parent>
  <prematch>^switched </prematch>
  <regex offset="after_prematch">^(\w+) by (\S+) from (\S+) id (\d+) port (\d+) in (\S+) end</regex>
  <order>action, srcuser, srcip, id, srcport, room</order>
</decoder>

<decoder name="desk">
  <program_name>^desk$</program_name>
  <prematch>^user </prematch>
  <regex offset="after_prematch">^(\S+) end</regex>
  <order>dstuser</order>
  <fts>name, dstuser</fts>
</decoder>

<decoder name="door">
  <prematch>^door </prematch>
</decoder>

<decoder name="gate">
  <type>web-log</type>
  <prematch>^gate </prematch>
  <regex offset="after_prematch">^(\S+) (\S+) end</regex>
  <order>url, status</order>
</decoder>
"#;

const RULES: &str = r#"
<group name="syslog,">
  <rule id="1" level="0" noalert="1">
    <category>syslog</category>
    <description>a log line</description>
  </rule>
  <rule id="4" level="0" noalert="1">
    <category>web-log</category>
    <description>a request</description>
  </rule>
  <rule id="100" level="0">
    <decoded_as>lamp</decoded_as>
    <description>a lamp</description>
    <group>lamp,</group>
  </rule>
</group>
"#;

const LIST: &str = "cellar:dark\nattic:\n";

fn load(
    dialect: Dialect,
    example: Option<(&str, &str)>,
) -> (Inputs, Vec<Diagnostic>, Vec<Finding>) {
    let mut files = vec![
        ("base_decoders.xml", DECODERS),
        ("base_rules.xml", RULES),
        ("rules/rooms", LIST),
    ];
    // A list of an example takes the place of the one here.
    files.extend(example);
    let files = files
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()));
    let mut inputs = config::from_files(files.collect(), Some(dialect));
    let (ruleset, diagnostics, syntax) = ruleset::build_with_syntax(&inputs);
    inputs.add_list_sources();
    let mut findings = check::run(&inputs, &ruleset, &syntax, &diagnostics);
    suppress::apply(&inputs.sources, &syntax, &mut findings);
    (inputs, diagnostics, findings)
}

fn example<'t>(check: &Check, text: &'t str) -> (&'static str, &'t str) {
    let list = !text.starts_with('<');
    let name = match list {
        true => "rules/rooms",
        // Decoders and rules are told apart by what is in them.
        false => "local_rules.xml",
    };
    assert!(!list || check.name.contains("list") || check.name.contains("key"));
    (name, text)
}

/// `NAME: line:column: severity[ID]: message`, one line each.
fn shown(inputs: &Inputs, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let diagnostic = &finding.diagnostic;
        let place = diagnostic.primary().expect("it has a place");
        let start = inputs.sources.start(place);
        let severity = diagnostic.severity.name();
        let _ = writeln!(
            text,
            "{}:{}:{}: {severity}[{}]: {}",
            inputs.sources.get(place.source).path(),
            start.line,
            start.column,
            diagnostic.code,
            diagnostic.message
        );
    }
    text
}

#[test]
fn the_base_has_no_mistakes() {
    // Field names of its own came with OSSEC 3.
    for dialect in [Dialect::Ossec37, Dialect::Ossec43, Dialect::Wazuh414] {
        let (inputs, diagnostics, findings) = load(dialect, None);
        assert_eq!(diagnostics, [], "{dialect}");
        assert_eq!(shown(&inputs, &findings), "", "{dialect}");
    }
}

#[test]
fn every_check_finds_its_mistake() {
    let mut all = String::new();
    let mut wrong = String::new();
    for check in check::all() {
        let dialect = check.dialects.example();
        let (inputs, diagnostics, findings) = load(dialect, Some(example(check, check.bad)));
        let text = shown(&inputs, &findings);
        let errors = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error());
        let exact = matches!(findings.as_slice(), [one] if one.id() == check.id());
        if !exact || errors.count() > 0 {
            let _ = writeln!(wrong, "{check:?} broken: {text}{diagnostics:?}");
        }
        let fixable = findings.iter().any(|finding| finding.fix.is_some());
        if fixable != (check.fixes != Fixes::None) {
            let _ = writeln!(wrong, "{check:?}: fixable {fixable}");
        }
        let _ = write!(all, "{text}");
        let (inputs, diagnostics, findings) = load(dialect, Some(example(check, check.good)));
        if !findings.is_empty() || !diagnostics.is_empty() {
            let text = shown(&inputs, &findings);
            let _ = writeln!(wrong, "{check:?} fixed: {text}{diagnostics:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::assert_snapshot!(all);
}

/// A fix leaves nothing of its kind, and the file loads as before.
#[test]
fn fixes_fix() {
    for check in check::all().filter(|check| check.fixes != Fixes::None) {
        let dialect = check.dialects.example();
        let (name, text) = example(check, check.bad);
        let (inputs, _, findings) = load(dialect, Some((name, text)));
        let place = findings[0].diagnostic.primary().expect("it has a place");
        let source = place.source;
        let bytes = inputs.sources.get(source).bytes();
        let fixed = check::fix::apply(source, bytes, &findings, true).expect("a fix");
        assert_eq!(
            String::from_utf8(fixed.bytes).unwrap(),
            check.good,
            "{check:?}"
        );
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Whatever is in the files, every finding has a place in them, and every fix fits.
        #[test]
        fn places_are_in_the_files(
            picks in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[ -~\\n\u{e9}]{0,6}"), 0..6),
            dialect in prop::sample::select(Dialect::ALL.to_vec()),
        ) {
            let checks: Vec<&Check> = check::all().collect();
            let texts = picks.iter().map(|pick| checks[pick.index(checks.len())].bad);
            let mut text: Vec<u8> = texts.collect::<String>().into_bytes();
            for (at, length, insert) in edits {
                let at = at.index(text.len().max(1)).min(text.len());
                let end = (at + length).min(text.len());
                text.splice(at..end, insert.into_bytes());
            }
            let files = vec![
                ("d.xml".to_owned(), DECODERS.into()),
                ("r.xml".to_owned(), RULES.into()),
                ("local_rules.xml".to_owned(), text.clone()),
                ("rules/rooms".to_owned(), text),
            ];
            let mut inputs = config::from_files(files, Some(dialect));
            let (ruleset, diagnostics, syntax) = ruleset::build_with_syntax(&inputs);
            inputs.add_list_sources();
            let mut findings = check::run(&inputs, &ruleset, &syntax, &diagnostics);
            for finding in &findings {
                for label in &finding.diagnostic.labels {
                    let length = inputs.sources.get(label.span.source).bytes().len();
                    prop_assert!(label.span.range().end <= length, "{finding:?}");
                }
            }
            for (source, file) in inputs.sources.iter() {
                check::fix::apply(source, file.bytes(), &findings, true);
            }
            suppress::apply(&inputs.sources, &syntax, &mut findings);
            shown(&inputs, &findings);
        }
    }
}
