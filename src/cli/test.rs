//! `ossia test`: tests of rules.

mod coverage;
mod escape;
pub(super) mod find;
mod hint;
mod json;
mod junit;
mod plan;
mod record;
mod text;
mod threads;
mod watch;

use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum, ValueHint};
use jiff::tz::TimeZone;

use super::failure::print_error;
use super::session_args::{self, Manner};
use super::{Failure, RulesetArgs, color};
use crate::output::Palette;
use crate::suite::{self, CaseResult, Coverage, Status};
use coverage::CoverageArgs;
use plan::Plan;
use record::RecordArgs;

const EXAMPLES: &str = "\
Examples:
  ossia test                               all tests below this folder
  ossia test rules/local_rules.test.toml --add rules/local_rules.xml
  ossia test -D /var/ossec ruleset/testing/tests     suites of OSSEC and Wazuh as they are
  ossia test --coverage-min 80 --coverage-format html -o coverage.html
  ossia test --format junit > report.xml
  ossia test --record local_rules.test.toml 'Jan 12 13:22:01 web1 sshd[1]: …'

A test file is a suite of OSSEC or Wazuh (.ini), or has our own format (.test.toml):

  [ruleset]
  add = [\"local_rules.xml\"]                # behind the built-in ruleset

  [[case]]
  name = \"a failed login\"
  log = \"Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2\"
  decoder = \"sshd\"
  fields = { srcip = \"192.0.2.7\" }
  rule = 5716
  alert = true

  [[case]]
  name = \"guessing names\"
  [[case.event]]
  log = \"Jan 12 13:22:01 web1 sshd[1]: Invalid user x from 192.0.2.7 port 22\"
  repeat = 8
  every = \"10s\"                            # on a virtual clock
  before = { rule = 5710 }                 # every time but the last
  rule = 5712                              # the last time
  [[case.event]]
  at = \"+5m\"
  log = \"Jan 12 13:28:01 web1 sshd[1]: Server listening on 0.0.0.0 port 22.\"
  alert = false

Each case has a session of its own: nothing is remembered from case to case. Exit status: 0 if all
cases passed (also those marked `todo`), 1 if one failed, there was none, or something could not be
read, 2 for mistakes on the command line.";

/// Run tests of rules: log lines, or events over time, and what is expected of them
///
/// Test files are suites of OSSEC and Wazuh (.ini) and files of the format below (.test.toml).
/// Times come from a virtual clock, so results do not hang on the day.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia test --help")]
pub(crate) struct TestArgs {
    /// Test files, or folders that are searched for them [default: the current folder]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<OsString>,
    /// Only cases with this text in the name of their file or in their own, in any case; may be
    /// given several times
    #[arg(short, long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Only list the cases
    #[arg(long)]
    list: bool,
    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,
    /// It is no mistake if there is no case
    #[arg(long)]
    allow_empty: bool,
    /// Threads that run cases [default: one for each processor]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Only failures
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Every case
    #[arg(short, long)]
    verbose: bool,
    /// What the virtual clock shows at first, in seconds since 1970, where the file does not say
    /// it [default: 1700000000, Tuesday 2023-11-14 22:13:20 UTC]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    clock: Option<i64>,
    /// Time zone of the virtual clock, where the file does not say it: `Europe/Berlin` [default:
    /// UTC]
    #[arg(long, value_name = "NAME", value_parser = session_args::time_zone)]
    tz: Option<TimeZone>,
    /// Host name of lines that have none, where the file does not say it
    #[arg(long, value_name = "NAME", default_value = "localhost", value_hint = ValueHint::Hostname)]
    hostname: OsString,
    /// Whose manner, where the file does not say it: the test tool's or the daemon's, which honours
    /// `ignore` and `no_log` of Wazuh [default: the test tool's; the daemon's for .test.toml with a
    /// Wazuh ruleset]
    #[arg(long = "as", value_enum, value_name = "WHOM")]
    manner: Option<Manner>,
    /// Run the tests again whenever a test file or a file of the ruleset changes
    #[arg(long, conflicts_with_all = ["list", "record"])]
    watch: bool,
    #[command(flatten)]
    coverage: CoverageArgs,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Form of the report.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// JUnit's XML, which CI systems show
    Junit,
}

/// What came of a case that was run.
#[derive(Clone, Debug)]
struct Finished {
    result: CaseResult,
    took: Duration,
}

/// Everything there is to report.
struct Report<'p> {
    plan: &'p Plan,
    /// By position in [`Plan::selected`]; `None`: not run.
    results: Vec<Option<Finished>>,
    /// By ruleset.
    coverage: Vec<Coverage>,
    took: Duration,
}

impl Report<'_> {
    fn count(&self, status: Status) -> usize {
        let results = self.results.iter().flatten();
        results.filter(|one| one.result.status == status).count()
    }

    fn not_run(&self) -> usize {
        self.results.iter().filter(|one| one.is_none()).count()
    }
}

/// Runs the command.
pub(crate) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    args.coverage.check()?;
    if let Some(path) = &args.record.record {
        return record::run(args, path);
    }
    if args.watch {
        return watch::run(args);
    }
    once(args)
}

/// One run of the tests.
fn once(args: &TestArgs) -> Result<ExitCode, Failure> {
    let plan = Plan::new(args)?;
    if args.list {
        let mut out = io::stdout().lock();
        for (suite, case) in plan.cases() {
            writeln!(out, "{}: {}", plan.path(suite), case.name)?;
        }
    }
    if plan.selected.is_empty() && !args.allow_empty {
        return Err(no_case(args, &plan));
    }
    if args.list {
        return Ok(code(!plan.broken));
    }
    let started = Instant::now();
    let (results, coverage) = threads::run(args, &plan);
    let report = Report {
        plan: &plan,
        results,
        coverage,
        took: started.elapsed(),
    };
    let wanted = args.coverage.wanted();
    let reached = wanted
        .then(|| coverage::of(&report, &args.coverage))
        .transpose()?;
    let in_report = reached.as_ref().filter(|_| args.coverage.in_report());
    let palette = color::of_output();
    let mut out = io::stdout().lock();
    match args.format {
        Format::Text => {
            text::write(&mut out, &report, args, palette)?;
            if let Some(reached) = in_report {
                reached.write_text(&mut out, args.verbose, palette)?;
            }
        }
        Format::Json => json::write(&mut out, &report, in_report.map(|one| one.json()))?,
        Format::Junit => {
            junit::write(&mut out, &report)?;
            if let Some(reached) = in_report {
                // The report is XML and nothing else.
                reached.write_text(&mut io::stderr(), args.verbose, Palette::plain())?;
            }
        }
    }
    out.flush()?;
    let mut well = !plan.broken && report.count(Status::Failed) == 0;
    if let Some(reached) = &reached {
        reached.write_file(&args.coverage)?;
        if let Some(text) = reached.too_little(&args.coverage) {
            print_error(text);
            well = false;
        }
    }
    Ok(code(well))
}

fn code(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn no_case(args: &TestArgs, plan: &Plan) -> Failure {
    if plan.broken {
        return Failure::Reported;
    }
    let all: usize = plan
        .suites
        .iter()
        .map(|suite| suite.suite.cases.len())
        .sum();
    let message = if all > 0 {
        let filters = args.filter.join("`, `");
        format!("none of {all} cases has `{filters}` in its name")
    } else if plan.suites.is_empty() {
        "there is no test file: names end in `.test.toml`, or `.ini` for suites of OSSEC and Wazuh; \
         `ossia test --help` shows the format"
            .to_owned()
    } else {
        "there is no case in the test files".to_owned()
    };
    Failure::Message(message)
}

/// When the virtual clock begins.
fn start(args: &TestArgs) -> i64 {
    args.clock.unwrap_or(suite::START.seconds)
}
