//! `--watch`: runs the tests again when a file changes that they hang on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime};

use super::super::failure::print_plain;
use super::super::load::{counted, root_of};
use super::super::{Failure, RulesetArgs};
use super::find::{self, Form};
use super::{TestArgs, plan};
use crate::source::Sources;
use crate::suite::toml;

/// From look to look.
const PAUSE: Duration = Duration::from_millis(300);

/// Files of an installation that are looked at.
const MOST: usize = 20_000;

/// Folders of an installation that hold what its engine reads.
const FOLDERS: [&str; 5] = ["etc", "rules", "decoders", "lists", "ruleset"];

/// Files as they were at a look; `None`: not there.
type State = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Runs the tests for ever, or until the output is closed.
pub(super) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    loop {
        // Before the run, so that no change during it is lost.
        let rulesets = ruleset_files(args);
        let state = look(args, &rulesets);
        if io::stdout().is_terminal() {
            let mut out = io::stdout().lock();
            write!(out, "\x1b[2J\x1b[H").and_then(|()| out.flush())?;
        }
        match super::once(args) {
            Ok(_) => {}
            Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
                return Err(Failure::Output(error));
            }
            Err(failure) => {
                failure.report();
            }
        }
        let files = counted(state.len(), "file");
        print_plain(format_args!("watching {files}, Ctrl+C ends"));
        let mut now = state.clone();
        while now == state {
            thread::sleep(PAUSE);
            now = look(args, &rulesets);
        }
        // Editors write in several steps: it goes on when all is quiet.
        loop {
            thread::sleep(PAUSE);
            let later = look(args, &rulesets);
            if later == now {
                break;
            }
            now = later;
        }
    }
}

/// The test files and those of the rulesets.
fn look(args: &TestArgs, rulesets: &BTreeSet<PathBuf>) -> State {
    let tests = find::paths(&args.paths).unwrap_or_default();
    let mut folders = Vec::new();
    let mut files: BTreeSet<PathBuf> = tests.into_iter().collect();
    for path in rulesets {
        if path.is_dir() {
            folders.push(path.clone());
        } else {
            files.insert(path.clone());
        }
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if files.len() >= MOST {
                break;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => {
                    files.insert(entry.path());
                }
            }
        }
    }
    let stat = |path: PathBuf| {
        let known = fs::metadata(&path).ok();
        let known = known.and_then(|known| Some((known.modified().ok()?, known.len())));
        (path, known)
    };
    files.into_iter().map(stat).collect()
}

/// Files and folders of all rulesets that the tests name.
fn ruleset_files(args: &TestArgs) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    add_ruleset(&args.ruleset, &mut found);
    for file in find::files(&args.paths).unwrap_or_default() {
        if file.form == Form::Toml {
            let mut sources = Sources::default();
            let source = sources.add(file.path.to_string_lossy(), file.bytes);
            let utc = jiff::tz::TimeZone::UTC;
            let (suite, _) = toml::read(&sources, source, super::start(args), &utc);
            let ruleset = plan::ruleset_of(&args.ruleset, suite.ruleset.as_ref(), &file.path);
            add_ruleset(&ruleset, &mut found);
        }
    }
    found
}

fn add_ruleset(ruleset: &RulesetArgs, found: &mut BTreeSet<PathBuf>) {
    found.extend(ruleset.ruleset.iter().chain(&ruleset.add).cloned());
    found.extend(ruleset.config.clone());
    let of_config = || ruleset.config.as_deref().map(root_of);
    if let Some(root) = ruleset.root.clone().or_else(of_config) {
        let folders = FOLDERS.iter().map(|folder| root.join(folder));
        found.extend(folders.filter(|path: &PathBuf| Path::is_dir(path)));
    }
}
