//! `ossia coverage`: which decoders and rules the lines of a corpus reach, and which lines reach none.

mod report;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum, ValueHint};

use super::corpus::CorpusArgs;
use super::format::ReportFormat;
use super::scan::input::LineLimits;
use super::session_args::{MannerArgs, Shows};
use super::{Failure, RulesetArgs, color, load};
use crate::coverage::{Missing, Reached, Unmatched};
use crate::engine::Engine;
use report::Report;

const EXAMPLES: &str = "\
Examples:
  ossia coverage --logs auth.log.1.gz auth.log
  ossia coverage -D /var/ossec --logs archive.log.zst --show unmatched    what no rule knows
  ossia coverage --ruleset rules/ decoders/ --logs corpus.log --show never
  ossia coverage --logs all.log --format json | jq '.unmatched.shapes[] | [.lines, .shape]'

A rule is reached if all its conditions hold for some line, whether it is the result or stands on
the way to it; a decoder, if its program name and prematch hold and, if it has one, its regex.

Lines without a decoder or a rule are collected by their shape: numbers, addresses, paths and
quoted text are replaced by what they are, and a word that is another one nearly every time by
`<word>`. At most 10000 shapes are kept; lines of further ones are counted.

Exit status: 0 if all is well; 1 if the ruleset does not load or a file could not be read to its
end; 2 for mistakes on the command line.";

/// Shapes that are kept.
const SHAPES: usize = 10_000;

/// Show which rules and decoders log lines reach, and which lines nothing matches
///
/// Takes every line of a corpus through the ruleset and says which rules and decoders were reached
/// and how often, which never were, and what the lines look like that no decoder or no rule knows.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia coverage --help")]
pub(crate) struct CoverageArgs {
    /// Log files, oldest first: plain, gzip or zstd; `-` is standard input. Several may follow
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        required = true,
        value_hint = ValueHint::FilePath
    )]
    logs: Vec<PathBuf>,
    /// Parts of the report
    #[arg(
        long,
        value_enum,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "files,reached,never,unmatched"
    )]
    show: Vec<Part>,
    /// So many rules, decoders and shapes, the most frequent first [the JSON form has all]
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    /// No warnings about the ruleset, no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    manner: MannerArgs,
    #[command(flatten)]
    corpus: CorpusArgs,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// `--show`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// How much of each file was reached
    Files,
    /// Rules and decoders that were reached, with counts
    Reached,
    /// Rules and decoders that never were, by file
    Never,
    /// Lines without a decoder or a rule
    Unmatched,
}

/// Runs the command.
pub(crate) fn run(args: &CoverageArgs) -> Result<ExitCode, Failure> {
    let loaded = load::load(&args.ruleset)?;
    loaded.report(!args.quiet)?;
    let engine = Arc::new(Engine::new(loaded.ruleset));
    let mut session = args
        .manner
        .begin(Arc::clone(&engine), &loaded.inputs.stored, Shows::Records);
    let mut reached = Reached::new(engine.ruleset());
    let mut unmatched = Unmatched::new(SHAPES);
    let mut dropped = 0_u64;
    let dialect = engine.ruleset().dialect;
    let limits = LineLimits {
        longest: dialect.line_limit(),
        shortest: dialect.shortest_line(),
    };
    let files: Vec<_> = args.logs.iter().map(PathBuf::as_path).collect();
    let each = |location: &[u8], line: &[u8], at| {
        reached.begin();
        match session.evaluate_traced(location, line, at, &mut reached) {
            Ok(verdict) => {
                reached.end(&verdict);
                if let Some(missing) = Missing::of(&verdict) {
                    unmatched.add(missing, &verdict);
                }
            }
            Err(_) => dropped += 1,
        }
    };
    let read = args.corpus.each(&files, limits, args.quiet, each)?;
    let sources = &loaded.inputs.sources;
    let mut report = Report::new(engine.ruleset(), sources, &reached, &unmatched);
    report.events.dropped = dropped;
    report.events.skipped = read.counts.skipped;
    let out = match args.format {
        ReportFormat::Text => text::report(&report, &args.show, args.top, color::of_output()),
        ReportFormat::Json => {
            let mut json = serde_json::to_vec_pretty(&report).map_err(io::Error::from)?;
            json.push(b'\n');
            json
        }
    };
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(&out)?;
    stdout.flush()?;
    Ok(match read.failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}
