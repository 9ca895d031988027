//! What is to be run: test files read, rulesets loaded, cases chosen.

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use bstr::BString;
use jiff::tz::TimeZone;

use super::super::load::{self, Loaded};
use super::super::session_args::{Shows, usual_mode};
use super::super::{Failure, RulesetArgs, color};
use super::TestArgs;
use super::find::{self, Form, TestFile};
use crate::diagnostic::{Diagnostic, render};
use crate::dialect::Family;
use crate::engine::{Engine, Moment, SessionOptions};
use crate::source::{SourceId, Sources};
use crate::suite::{Case, RulesetFiles, Suite, ini, toml};

/// A run of tests.
pub(super) struct Plan {
    /// The test files.
    pub(super) sources: Sources,
    pub(super) suites: Vec<PlannedSuite>,
    pub(super) rulesets: Vec<LoadedRuleset>,
    /// The cases that are run: suite and case.
    pub(super) selected: Vec<(usize, usize)>,
    /// There are errors in a test file; they have been reported.
    pub(super) broken: bool,
}

pub(super) struct PlannedSuite {
    pub(super) suite: Suite,
    /// Position in [`Plan::rulesets`].
    pub(super) ruleset: usize,
    /// For cases that say nothing about them.
    pub(super) options: SessionOptions,
}

pub(super) struct LoadedRuleset {
    pub(super) args: RulesetArgs,
    pub(super) engine: Arc<Engine>,
    /// Its files.
    pub(super) sources: Sources,
}

impl Plan {
    /// Reads and loads everything.
    ///
    /// # Errors
    /// A file that was named cannot be read, or a ruleset does not load.
    pub(super) fn new(args: &TestArgs) -> Result<Self, Failure> {
        let mut plan = Plan {
            sources: Sources::default(),
            suites: Vec::new(),
            rulesets: Vec::new(),
            selected: Vec::new(),
            broken: false,
        };
        let mut problems = Vec::new();
        for file in find::files(&args.paths)? {
            plan.add(args, file, &mut problems)?;
        }
        plan.broken = problems.iter().any(Diagnostic::is_error);
        if args.quiet {
            problems.retain(Diagnostic::is_error);
        }
        let text = render::human(&problems, &plan.sources, color::of_messages());
        // As it is: the renderer has been told whether to use colours.
        let _ = io::stderr().write_all(text.as_bytes());
        plan.select(&args.filter);
        Ok(plan)
    }

    fn add(
        &mut self,
        args: &TestArgs,
        file: TestFile,
        problems: &mut Vec<Diagnostic>,
    ) -> Result<(), Failure> {
        let source = self.sources.add(file.path.to_string_lossy(), file.bytes);
        let zone = args.tz.clone().unwrap_or(TimeZone::UTC);
        let (suite, found, ruleset, shows) = match file.form {
            Form::Toml => {
                let start = super::start(args);
                let (suite, found) = toml::read(&self.sources, source, start, &zone);
                let options = ruleset_of(&args.ruleset, suite.ruleset.as_ref(), &file.path);
                let ruleset = self.ruleset(options)?;
                (suite, found, ruleset, Shows::Records)
            }
            Form::Ini => {
                let ruleset = self.ruleset(args.ruleset.clone())?;
                let family = self.rulesets[ruleset].engine.ruleset().dialect.family();
                let start = moment(super::start(args), &zone);
                let (suite, found) = ini::read(&self.sources, source, family, start);
                (suite, found, ruleset, Shows::TestTool)
            }
        };
        problems.extend(found);
        let family = self.rulesets[ruleset].engine.ruleset().dialect.family();
        let options = session_options(args, family, shows);
        self.suites.push(PlannedSuite {
            suite,
            ruleset,
            options,
        });
        Ok(())
    }

    /// The ruleset of these options, loaded once.
    fn ruleset(&mut self, args: RulesetArgs) -> Result<usize, Failure> {
        if let Some(known) = self.rulesets.iter().position(|known| known.args == args) {
            return Ok(known);
        }
        let loaded = load::load(&args)?;
        loaded.report(false)?;
        let Loaded {
            inputs, ruleset, ..
        } = loaded;
        self.rulesets.push(LoadedRuleset {
            args,
            engine: Arc::new(Engine::new(ruleset)),
            sources: inputs.sources,
        });
        Ok(self.rulesets.len() - 1)
    }

    fn select(&mut self, filters: &[String]) {
        let filters: Vec<String> = filters.iter().map(|text| text.to_lowercase()).collect();
        for (index, planned) in self.suites.iter().enumerate() {
            let path = self.sources.get(planned.suite.source).path();
            for (number, case) in planned.suite.cases.iter().enumerate() {
                let name = format!("{path}: {}", case.name).to_lowercase();
                if filters.is_empty() || filters.iter().any(|filter| name.contains(filter)) {
                    self.selected.push((index, number));
                }
            }
        }
    }

    pub(super) fn case(&self, index: usize) -> (&PlannedSuite, &Case) {
        let (suite, case) = self.selected[index];
        let suite = &self.suites[suite];
        (suite, &suite.suite.cases[case])
    }

    /// The cases that are run.
    pub(super) fn cases(&self) -> impl Iterator<Item = (&PlannedSuite, &Case)> {
        (0..self.selected.len()).map(|index| self.case(index))
    }

    /// Name of a test file.
    pub(super) fn path(&self, suite: &PlannedSuite) -> &str {
        self.path_of(suite.suite.source)
    }

    fn path_of(&self, source: SourceId) -> &str {
        self.sources.get(source).path()
    }
}

/// What holds for sessions of cases that say nothing else.
pub(super) fn session_options(args: &TestArgs, family: Family, shows: Shows) -> SessionOptions {
    let mode = args.manner.map(|manner| manner.mode());
    SessionOptions {
        hostname: BString::from(args.hostname.as_encoded_bytes()),
        mode: mode.unwrap_or_else(|| usual_mode(family, shows)),
    }
}

fn moment(seconds: i64, zone: &TimeZone) -> Moment {
    let offset = jiff::Timestamp::from_second(seconds).map(|at| zone.to_offset(at).seconds());
    Moment {
        seconds,
        utc_offset: offset.unwrap_or_default(),
    }
}

/// The ruleset of the command line as a test file names it: paths are beside the file.
///
/// # Errors
/// A path is not UTF-8, which a test file cannot hold.
pub(super) fn files_of(given: &RulesetArgs, path: &Path) -> Result<RulesetFiles, Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let beside = |path: &PathBuf| {
        let path = relative(folder, path);
        path.to_str().map(str::to_owned).ok_or_else(|| {
            Failure::Message(format!(
                "`{}` is not UTF-8, which a test file cannot hold",
                path.display()
            ))
        })
    };
    let all = |paths: &[PathBuf]| paths.iter().map(beside).collect::<Result<Vec<_>, _>>();
    Ok(RulesetFiles {
        config: given.config.as_ref().map(beside).transpose()?,
        root: given.root.as_ref().map(beside).transpose()?,
        files: all(&given.ruleset)?,
        add: all(&given.add)?,
        dialect: given.dialect,
    })
}

/// A path as it is written in a file of the folder. Absolute paths stay.
fn relative(folder: &Path, path: &Path) -> PathBuf {
    if path.is_absolute() || folder.as_os_str().is_empty() {
        return path.to_owned();
    }
    let whole = std::path::absolute::<&Path>;
    let (Ok(from), Ok(to)) = (whole(folder), whole(path)) else {
        return path.to_owned();
    };
    let same = from.components().zip(to.components());
    let common = same.take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// The ruleset of a test file: what the command line says, else what the file says. Files that are
/// added on the command line and its dialect go with either.
pub(super) fn ruleset_of(
    given: &RulesetArgs,
    named: Option<&RulesetFiles>,
    path: &Path,
) -> RulesetArgs {
    let chosen = given.config.is_some() || given.root.is_some() || !given.ruleset.is_empty();
    let Some(named) = named.filter(|_| !chosen) else {
        return given.clone();
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let beside = |path: &String| -> PathBuf { folder.join(path) };
    let mut add: Vec<PathBuf> = named.add.iter().map(beside).collect();
    add.extend(given.add.iter().cloned());
    RulesetArgs {
        config: named.config.as_ref().map(beside),
        root: named.root.as_ref().map(beside),
        ruleset: named.files.iter().map(beside).collect(),
        add,
        dialect: given.dialect.or(named.dialect),
    }
}
