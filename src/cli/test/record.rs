//! `--record`: writes tests from lines and their present verdicts.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueHint};
use jiff::tz::TimeZone;

use super::super::failure::{print_plain, reason};
use super::super::load::counted;
use super::super::session_args::Shows;
use super::super::{Failure, color, load, replace_file};
use super::{TestArgs, plan};
use crate::diagnostic::{Diagnostic, render};
use crate::engine::Engine;
use crate::input::read_ruleset_file;
use crate::source::Sources;
use crate::suite::toml::{self, write};
use crate::suite::{LOCATION, Runner, Status, Suite};

/// Options about recording.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Recording")]
pub(super) struct RecordArgs {
    /// Write tests instead of running them: each PATH is a log line then (without any, lines come
    /// from standard input), and its present verdict is added to this file as what is expected.
    /// What the file holds stays as it is
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) record: Option<PathBuf>,
    /// Name of the recorded case [default: the description of the rule]
    #[arg(long, value_name = "TEXT", requires = "record")]
    name: Option<String>,
    /// Where the recorded line comes from
    #[arg(long, value_name = "TEXT", requires = "record", default_value = LOCATION)]
    location: String,
}

/// What a new file begins with.
const HEAD: &str = "# Tests of rules: run them with `ossia test`, see `ossia test --help`\n";

/// Records the lines.
pub(super) fn run(args: &TestArgs, path: &Path) -> Result<ExitCode, Failure> {
    let lines = lines(&args.paths)?;
    let old = old_text(path)?;
    let before = parsed(args, path, &old)?;
    let options = plan::ruleset_of(&args.ruleset, before.ruleset.as_ref(), path);
    let loaded = load::load(&options)?;
    loaded.report(false)?;
    let engine = Arc::new(Engine::new(loaded.ruleset));
    let family = engine.ruleset().dialect.family();
    let options = plan::session_options(args, family, Shows::Records);
    let mut runner = Runner::new(engine, options);
    let mut text = old;
    if text.is_empty() {
        // What it needs to pass when it is run.
        let files = plan::files_of(&args.ruleset, path)?;
        let table = write::ruleset(&files);
        let gap = if table.is_empty() { "" } else { "\n" };
        text = format!("{HEAD}{gap}{table}");
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    for (known, line) in (before.cases.len()..).zip(&lines) {
        let name = args.record.name.as_deref();
        let event = |name: &str| write::event(name, &args.record.location, line);
        // The file decides about clock, host name and manner, so it is asked for the verdict.
        let probe = format!("{text}\n{}alert = false\n", event(name.unwrap_or("a line")));
        let suite = parsed(args, path, &probe)?;
        let Some(case) = suite.cases.get(known) else {
            return Err(unwritable(path));
        };
        let actual = runner.actual(case);
        let description = actual.description.as_ref().map(ToString::to_string);
        let name = name.map(str::to_owned).or(description);
        let name = name.unwrap_or_else(|| "no rule".to_owned());
        text = format!("{text}\n{}{}", event(&name), write::expectations(&actual));
        let suite = parsed(args, path, &text)?;
        let passes = |case| runner.run(case).status == Status::Passed;
        if suite.cases.len() != known + 1 || !suite.cases.get(known).is_some_and(passes) {
            return Err(unwritable(path));
        }
    }
    replace_file(path, text.as_bytes()).map_err(|error| {
        let (path, why) = (path.display(), reason(&error));
        Failure::Message(format!("cannot write `{path}`: {why}"))
    })?;
    if !args.quiet {
        let (count, path) = (counted(lines.len(), "case"), path.display());
        print_plain(format_args!("{count} added to `{path}`"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The lines of the command line, or of standard input.
fn lines(given: &[OsString]) -> Result<Vec<String>, Failure> {
    let not_utf8 = || Failure::Message("a line is not UTF-8, which TOML cannot hold".to_owned());
    if !given.is_empty() {
        let lines = given.iter().map(|line| line.to_str().map(str::to_owned));
        return lines.collect::<Option<Vec<_>>>().ok_or_else(not_utf8);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|error| {
        Failure::Message(format!("cannot read standard input: {}", reason(&error)))
    })?;
    let text = String::from_utf8(bytes).map_err(|_| not_utf8())?;
    let lines = text.lines().filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(Failure::Message("there is no line to record".to_owned()));
    }
    Ok(lines)
}

/// What the file holds; nothing if it is not there.
fn old_text(path: &Path) -> Result<String, Failure> {
    let fails = |why: &str| Failure::Message(format!("cannot read `{}`: {why}", path.display()));
    match read_ruleset_file(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| fails("it is not UTF-8")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(fails(&reason(&error))),
    }
}

fn unwritable(path: &Path) -> Failure {
    let path = path.display();
    Failure::Message(format!(
        "`{path}` cannot take a case at its end, nothing was written: cases must be written as \
         `[[case]]`, and the verdict must be the same each time"
    ))
}

/// The cases of a text; its problems are reported.
fn parsed(args: &TestArgs, path: &Path, text: &str) -> Result<Suite, Failure> {
    let mut sources = Sources::default();
    let source = sources.add(path.to_string_lossy(), text);
    let zone = args.tz.clone().unwrap_or(TimeZone::UTC);
    let (suite, problems) = toml::read(&sources, source, super::start(args), &zone);
    if problems.iter().any(Diagnostic::is_error) {
        let text = render::human(&problems, &sources, color::of_messages());
        // As it is: the renderer has been told whether to use colours.
        let _ = io::stderr().write_all(text.as_bytes());
        return Err(Failure::Message(format!(
            "`{}` has errors, nothing was written",
            path.display()
        )));
    }
    Ok(suite)
}
