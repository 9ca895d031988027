//! `--tests`: runs the tests of the ruleset on the way.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::cli::session_args::{Shows, usual_mode};
use crate::cli::test::find::{self, Form};
use crate::cli::{Failure, color};
use crate::diagnostic::{Diagnostic, render};
use crate::engine::{Engine, SessionOptions};
use crate::rule_tree::RuleTree;
use crate::source::Sources;
use crate::suite::{self, ini, toml};

/// Runs the tests that are named and notes in the tree what they do with the rules.
///
/// # Errors
/// Something that was named cannot be read, or is no test.
pub(super) fn add(
    tree: &mut RuleTree,
    engine: &Arc<Engine>,
    paths: &[OsString],
) -> Result<(), Failure> {
    let family = engine.ruleset().dialect.family();
    let mut sources = Sources::default();
    let mut suites = Vec::new();
    let mut problems = Vec::new();
    for file in find::files(paths)? {
        let source = sources.add(file.path.to_string_lossy(), file.bytes);
        let ((suite, found), shows) = match file.form {
            Form::Toml => {
                let start = suite::START.seconds;
                let read = toml::read(&sources, source, start, &TimeZone::UTC);
                (read, Shows::Records)
            }
            Form::Ini => {
                let read = ini::read(&sources, source, family, suite::START);
                (read, Shows::TestTool)
            }
        };
        problems.extend(found);
        let options = SessionOptions {
            hostname: "localhost".into(),
            mode: usual_mode(family, shows),
        };
        suites.push((suite, options));
    }
    problems.retain(Diagnostic::is_error);
    let text = render::human(&problems, &sources, color::of_messages());
    // As it is: the renderer has been told whether to use colours.
    let _ = io::stderr().write_all(text.as_bytes());
    if !problems.is_empty() {
        return Err(Failure::Reported);
    }
    if suites.iter().all(|(suite, _)| suite.cases.is_empty()) {
        return Err(Failure::Message(
            "there is no test in what --tests names".to_owned(),
        ));
    }
    for (suite, options) in &suites {
        tree.add_tests(engine, options, &sources, suite);
    }
    Ok(())
}
