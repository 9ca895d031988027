//! `ossia bench`: how fast a ruleset is, and what in it costs most.

mod histogram;
mod memory;
mod passes;
mod probes;
mod profile;
mod report;
mod stream;
mod text;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;

use super::format::ReportFormat;
use super::load::{self, Loaded};
use super::session_args::{self, MannerArgs, Shows};
use super::{Failure, RulesetArgs};
use crate::engine::trace::NoTrace;
use crate::engine::{Engine, Session};
use passes::Pass;
use probes::{Counts, LatencyClock, StageClock};
use profile::Profile;
use report::{Measured, Report};
use stream::Stream;

const EXAMPLES: &str = "\
Examples:
  ossia bench auth.log                            the built-in ruleset on a log
  ossia bench -D /var/ossec --events 200000 archive.log.zst
  ossia bench -D /var/ossec --profile auth.log    which pattern costs most, which rule never matches
  ossia bench --ruleset rules/ decoders/ --format json -- auth.log | jq .events_per_second

What is measured: one thread takes every line through the whole of `ossia scan`: it reads the line
and its time stamp, evaluates it, and makes a line of text of its alert. The lines are in memory
before it begins, so neither the disk nor unpacking counts.

  events/s, MB/s  a pass over all lines that nothing disturbs, the bytes being those of the lines
                  and their line ends. A fresh session for each run
  split only      the same bytes, looking only for line ends: what the machine can do
  load            reading, checking and compiling the ruleset, once for each run
  peak memory     of the process (Linux only), without the lines that are held in memory
  latency         a pass of its own that reads the clock once for each event, behind its alert. What
                  the clock itself takes is measured before and taken off
  stages          a pass of its own that reads the clock between the stages. What the clock takes is
                  taken off, and yet the sum is not exactly the time of the undisturbed pass
  state           searches of composite rules, if_fts, check_diff, ignore, the accumulator, the
                  steps of the daemon, and remembering the event
  per event       decoders and rules that were really tried

All but load and memory are the medians of the runs. Lines that are repeated to reach --events go
on in time where the repetition before them ended.

Exit status: 0 if all is well; 1 if the ruleset does not load, or the file cannot be read or holds
nothing to measure; 2 for mistakes on the command line.";

/// Events of a benchmark without a file.
const EVENTS_OF_EXAMPLES: u64 = 100_000;

/// Measure how fast the ruleset is, and what in it costs most
///
/// Takes the lines of a log, plain, gzip or zstd, through the ruleset several times and says how many
/// events and bytes a second that is, where the time goes, and with --profile which decoders and
/// rules it goes to.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia bench --help")]
pub(crate) struct BenchArgs {
    /// File to read; `-` is standard input [default: the examples of the built-in rules' pages]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Measure so many times and take the medians
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000)
    )]
    runs: usize,
    /// Repeat the lines until a run has at least so many events [default: once; the examples:
    /// 100000 events]
    #[arg(
        long,
        visible_alias = "repeat",
        value_name = "N",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..)
    )]
    events: Option<u64>,
    /// List decoders and rules by time, tries and matches
    #[arg(long)]
    profile: bool,
    /// So many of them
    #[arg(long, value_name = "N", default_value_t = 20, requires = "profile")]
    top: usize,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    /// Write the alerts to this file, anew in each pass [default: they are made and thrown away]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// No warnings about the ruleset, no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    manner: MannerArgs,
    /// Time zone of the stamps, and of conditions on time and weekday: `Europe/Berlin`, `UTC`
    /// [default: $TZ or that of the system]
    #[arg(long, value_name = "NAME", value_parser = session_args::time_zone)]
    tz: Option<TimeZone>,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Runs the command.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode, Failure> {
    // Opened first: a wrong name is told before the ruleset is loaded.
    let source = stream::Source::open(args.file.as_deref())?;
    let (loaded, first_load) = timed_load(args)?;
    loaded.report(!args.quiet)?;
    let Loaded {
        inputs, ruleset, ..
    } = loaded;
    let started = Instant::now();
    let engine = Arc::new(Engine::new(ruleset));
    let first_load = first_load + started.elapsed().as_secs_f64();
    let after_load = memory::peak();
    let zone = session_args::zone_or_local(args.tz.as_ref());
    let wanted = match (&args.file, args.events) {
        (_, Some(events)) => events,
        (Some(_), None) => 1,
        (None, None) => EVENTS_OF_EXAMPLES,
    };
    let stream = Stream::new(source, engine.ruleset().dialect, zone, wanted)?;
    let progress = progress(args);
    let session = || {
        let engine = Arc::clone(&engine);
        args.manner.begin(engine, &inputs.stored, Shows::Records)
    };
    let pass = Pass::new(&stream, &session, args.output.as_deref());
    let mut measured = Measured::new(after_load, first_load);
    let clock = probes::clock_nanoseconds();
    let mut counts = Counts::default();
    pass.run(&mut counts)?;
    for _ in 0..args.runs {
        progress.inc(1);
        measured.split_seconds.push(stream.split());
        measured.seconds.push(pass.run(&mut NoTrace)?);
        let mut latencies = LatencyClock::new(clock, &mut measured.latencies);
        pass.run(&mut latencies)?;
        let mut stages = StageClock::new();
        pass.run(&mut stages)?;
        measured.stages.push(stages.nanoseconds(clock));
    }
    measured.at_end = memory::peak();
    let profile = if args.profile {
        let mut profile = Profile::new(&engine);
        pass.run(&mut profile)?;
        Some(profile.report(&engine, &inputs.sources, clock, args.top))
    } else {
        None
    };
    // At the end, so that two rulesets in memory are not taken for the need of one.
    for _ in 1..args.runs {
        let (loaded, seconds) = timed_load(args)?;
        let started = Instant::now();
        let engine = Engine::new(loaded.ruleset);
        measured
            .load_seconds
            .push(seconds + started.elapsed().as_secs_f64());
        drop(engine);
    }
    progress.finish_and_clear();
    let report = Report::new(
        engine.ruleset(),
        &stream,
        &counts,
        &measured,
        clock,
        profile,
    );
    let mut text = match args.format {
        ReportFormat::Text => text::report(&report).into_bytes(),
        ReportFormat::Json => serde_json::to_vec_pretty(&report).map_err(io::Error::from)?,
    };
    if args.format == ReportFormat::Json {
        text.push(b'\n');
    }
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(&text)?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Loads the ruleset up to the engine, and says how many seconds it took.
fn timed_load(args: &BenchArgs) -> Result<(Loaded, f64), Failure> {
    let started = Instant::now();
    let loaded = load::load(&args.ruleset)?;
    Ok((loaded, started.elapsed().as_secs_f64()))
}

/// A bar for the runs. It is drawn between passes, never during one.
fn progress(args: &BenchArgs) -> ProgressBar {
    if args.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("run {pos} of {len} {wide_bar}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(args.runs as u64).with_style(style)
}

/// Begins a session for a pass.
type NewSession<'a> = &'a dyn Fn() -> Session;
