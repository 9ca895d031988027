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
