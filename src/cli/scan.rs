//! `ossia scan`: alerts of whole log files.

mod delivery;
mod evaluate;
mod filter;
pub(super) mod input;
pub(super) mod progress;
mod summary;
mod threads;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use clap::{Args, ValueEnum, ValueHint};

use super::failure::print_plain;
use super::load;
use super::session_args::{self, ClockArgs, SessionArgs, Shows};
use super::{Failure, RulesetArgs, color};
use crate::engine::Engine;
use crate::output::{AlertLine, AlertNumbers, AlertWriter, AlertsJson, CustomAlert};
use delivery::{Delivery, Writer};
use filter::Filter;
pub(super) use input::location_of;
use input::{Input, LineLimits};
use progress::{Progress, Screen};
use summary::Counts;

const EXAMPLES: &str = "\
Examples:
  ossia scan /var/log/auth.log.2.gz /var/log/auth.log.1 /var/log/auth.log
  ossia scan -D /var/ossec --min-level 7 archive.log.zst
  ossia scan --format ndjson --rule 5712,5720 auth.log | jq -r .values.srcip | sort | uniq -c
  ossia scan --fail-on 10 --no-summary build.log       in CI: exit status 3 on such an alert
  journalctl -o short-iso | ossia scan --location journal

Files that are packed with gzip or zstd are unpacked, whatever their names. All files are one stream
of events: name rotated ones oldest first.

The clock follows the log: an event arrives when its time stamp says. Stamps without a zone are in
that of --tz. Stamps without a year (syslog): the first of a file is not later than a day after the
file was last written; from there on the year changes at new year. Lines without a stamp have the
time of the line before. What follows the clock, like rules on frequency, time of day and ignored
repetitions, then gives the same alerts today as tomorrow.

Exit status: 0 if all is well, alerts or not; 1 if the ruleset does not load or a file could not be
read to its end; 2 for mistakes on the command line; 3 with --fail-on, if nothing else is wrong.";

/// Evaluate whole log files and print the alerts
///
/// Reads log files, plain, gzip or zstd, as one stream of events at the times of their stamps.
/// Alerts go to standard output, a summary to standard error. Memory does not grow with the files.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia scan --help")]
pub(crate) struct ScanArgs {
    /// Files to read, oldest first; `-` is standard input, which is also the default
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Only alerts of at least this level
    #[arg(
        long,
        value_name = "LEVEL",
        default_value_t = 0,
        hide_default_value = true
    )]
    min_level: u32,
    /// Only alerts of these rules; may be given several times
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<u32>,
    /// Only alerts of rules in one of these groups; may be given several times
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    group: Vec<String>,
    /// Every event that has a rule, not only alerts
    #[arg(long)]
    all: bool,
    /// Exit status 3 if there was an alert of at least this level, shown or not
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<u32>,
    /// Form of the summary on standard error
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORM",
        conflicts_with = "no_summary"
    )]
    summary: SummaryForm,
    /// No summary
    #[arg(long)]
    no_summary: bool,
    /// No warnings about the ruleset, no progress
    #[arg(short, long)]
    quiet: bool,
    /// Where the lines come from [default: the name of the file, with `_` for colons, which would
    /// end it]
    #[arg(long, value_name = "TEXT")]
    location: Option<OsString>,
    /// Threads that evaluate; the output is the same for every number [default: one for each
    /// processor]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Form of the output.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// One readable line an alert
    #[default]
    Text,
    /// As the daemon writes them to alerts.log, in the configuration's own format if it has one
    #[value(name = "alerts.log")]
    AlertsLog,
    /// As the daemon writes them to alerts.json
    #[value(name = "alerts.json")]
    AlertsJson,
    /// One JSON object a line, as of `ossia logtest --format json`
    Ndjson,
}

/// Form of the summary.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SummaryForm {
    /// Tables
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// Runs the command.
pub(crate) fn run(args: &ScanArgs) -> Result<ExitCode, Failure> {
    let loaded = load::load(&args.ruleset)?;
    loaded.report(!args.quiet)?;
    let files = session_args::or_standard_input(&args.files);
    let engine = Arc::new(Engine::new(loaded.ruleset));
    let filter = Filter::new(args, engine.ruleset());
    let mut session =
        args.session
            .begin(Arc::clone(&engine), &loaded.inputs.stored, Shows::Records)?;
    let progress = if args.quiet {
        Progress::hidden()
    } else {
        Progress::new(&files)
    };
    let out = Screen::new(progress.clone());
    let ruleset = engine.ruleset();
    let dialect = ruleset.dialect;
    let template = loaded.inputs.options.custom_alert_output.as_ref();
    let custom = template.map(|template| CustomAlert::new(dialect, template));
    let alerts_log = AlertWriter::new(dialect, AlertNumbers::of_daemon(dialect, 0), custom);
    let writer = match args.format {
        Format::Text => Writer::Text(AlertLine::new(color::of_output())),
        Format::AlertsLog => Writer::AlertsLog(alerts_log),
        Format::AlertsJson => Writer::AlertsJson(
            alerts_log,
            AlertsJson::new(dialect, args.session.hostname()),
        ),
        Format::Ndjson => Writer::Ndjson,
    };
    let counts = Counts::new(ruleset.rules.rules.len());
    let log_alert_level = ruleset.options.log_alert_level;
    let mut delivery = Delivery::new(filter, writer, counts, log_alert_level, out);
    let mut input = Input::new(
        files.into_iter().map(Path::to_owned).collect(),
        args.location.clone(),
        LineLimits {
            longest: dialect.line_limit(),
            shortest: dialect.shortest_line(),
        },
        args.clock.clock(),
        progress.clone(),
        io::stdout().is_terminal(),
    );
    let started = Instant::now();
    let failed = match args.threads.unwrap_or_else(processors) {
        NonZero::<usize>::MIN => evaluate::run(&mut input, &mut session, &mut delivery, &progress)?,
        threads => threads::run(threads, &mut input, &mut session, &mut delivery, &progress)?,
    };
    progress.end();
    let mut counts = delivery.counts;
    counts.read = input.counts();
    args.session.end(&session)?;
    let summary = counts.summary(engine.ruleset(), started.elapsed());
    if !args.no_summary {
        match args.summary {
            SummaryForm::Text => print_plain(summary.text()),
            SummaryForm::Json => {
                let mut json = serde_json::to_vec(&summary).map_err(io::Error::from)?;
                json.push(b'\n');
                // Nobody is left to be told if standard error is closed.
                let _ = io::stderr().write_all(&json);
            }
        }
    }
    let alarm = args
        .fail_on
        .is_some_and(|level| summary.highest_level().is_some_and(|found| found >= level));
    Ok(match (failed, alarm) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(3),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// The number of processors, as far as it is known.
fn processors() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}
