//! `ossia diff`: what changes between two rulesets, in what they say and in what they do.

mod report;
mod side;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum, ValueHint};

use super::corpus::{CorpusArgs, LogsArgs};
use super::failure::print_error;
use super::format::ReportFormat;
use super::scan::input::LineLimits;
use super::session_args::{MannerArgs, Shows};
use super::{Failure, color, load, ruleset_args};
use crate::compare::{self, Aspect, Aspects, Effect, Limits, Side};
use crate::dialect::Dialect;
use crate::engine::{Engine, Session};
use load::Loaded;
use report::{EffectReport, Report, SideReport};
use side::Names;

const EXAMPLES: &str = "\
Examples:
  ossia diff rules-old/ rules-new/
  ossia diff /var/ossec /var/ossec --new-add local_rules.xml --logs auth.log.1.gz auth.log
  ossia diff 3.7/ 4.3/ --old-dialect ossec-3.7 --new-dialect ossec-4.3 --logs all.log.zst
  ossia diff main/ branch/ --logs corpus.log --only effect --fields rule,alert    a gate for CI
  ossia diff embedded /var/ossec --format json | jq '.ruleset.rules[].id'

OLD and NEW are each one of: a folder with etc/ossec.conf or ossec.conf in it; a folder with .xml
files, or with folders of them, like `decoders` and `rules`; an ossec.conf; a .xml file; `embedded`,
the built-in ruleset.

What the rulesets say is compared as it was compiled: comments, white space, the order of attributes
and the names of files are no change. Rules are the same if their ids are. What they do is compared
with --logs: every line goes through both, and lines whose verdicts differ are grouped by the old
and the new rule.

Dialects that are not given are detected, and what is in a ruleset does not tell the versions of
OSSEC from each other: then both run as the newest, and the report says so.

Exit status: 0 no change; 1 changes; 2 a ruleset does not load, something could not be read, or the
command line makes no sense.";

/// Show what changes between two rulesets, and which log lines get another verdict
///
/// Compares decoders, rules, lists and settings of two rulesets, and with --logs their verdicts on
/// every line of a corpus.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia diff --help")]
pub(crate) struct DiffArgs {
    /// The old ruleset: a folder, an ossec.conf, a .xml file or `embedded`
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    old: PathBuf,
    /// The new ruleset
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    new: PathBuf,
    #[command(flatten)]
    logs: LogsArgs,
    /// Engine of the old ruleset [default: detected]
    #[arg(long, value_name = "NAME", value_parser = ruleset_args::dialects())]
    old_dialect: Option<Dialect>,
    /// Engine of the new ruleset [default: detected]
    #[arg(long, value_name = "NAME", value_parser = ruleset_args::dialects())]
    new_dialect: Option<Dialect>,
    /// Read these files or folders too, behind the old ruleset; may be given several times
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    old_add: Vec<PathBuf>,
    /// Read these files or folders too, behind the new ruleset; may be given several times
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    new_add: Vec<PathBuf>,
    /// Compare only what the rulesets say, or only what they do
    #[arg(long, value_enum, value_name = "WHAT")]
    only: Option<Only>,
    /// A line differs if one of these does
    #[arg(
        long,
        value_enum,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "rule,level,alert,decoder,fields"
    )]
    fields: Vec<FieldName>,
    /// Show so many lines of each group
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        value_parser = RangedU64ValueParser::<usize>::new().range(0..=1000)
    )]
    samples: usize,
    /// Each line goes through a session of its own, so that no line has an influence on others
    /// [default: all lines are one stream, as in `ossia scan`]
    #[arg(long)]
    isolated: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    /// No warnings about the rulesets, no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    manner: MannerArgs,
    #[command(flatten)]
    corpus: CorpusArgs,
}

/// `--only`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    /// What the rulesets say
    Static,
    /// What they do with the lines of --logs
    Effect,
}

/// `--fields`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FieldName {
    /// The id of the rule
    Rule,
    /// Its level
    Level,
    /// Whether there is an alert
    Alert,
    /// The decoder
    Decoder,
    /// Everything that decoders extracted
    Fields,
    /// The description, with the values of the event in it
    Description,
}

impl FieldName {
    fn aspect(self) -> Aspect {
        match self {
            FieldName::Rule => Aspect::Rule,
            FieldName::Level => Aspect::Level,
            FieldName::Alert => Aspect::Alert,
            FieldName::Decoder => Aspect::Decoder,
            FieldName::Fields => Aspect::Fields,
            FieldName::Description => Aspect::Description,
        }
    }
}

/// What [`run`] returns when something is wrong: 1 says that there are changes.
const TROUBLE: u8 = 2;

/// Runs the command.
pub(crate) fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    match compare(args) {
        Ok(code) => Ok(code),
        // Whoever reads has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Failure::Output(error))
        }
        Err(failure) => {
            failure.report();
            Ok(ExitCode::from(TROUBLE))
        }
    }
}

fn compare(args: &DiffArgs) -> Result<ExitCode, Failure> {
    if args.only == Some(Only::Effect) && args.logs.logs.is_empty() {
        let text = "`--only effect` needs the lines to compare: --logs FILE...";
        return Err(Failure::Usage(text.to_owned()));
    }
    let names = Names::new(&args.old, &args.new);
    let old = side::load(&args.old, args.old_dialect, &args.old_add)?;
    let new = side::load(&args.new, args.new_dialect, &args.new_add)?;
    let sides = [("old", &old, &names.old), ("new", &new, &names.new)];
    let broken = sides.map(|(which, side, name)| {
        let failed = side.report(!args.quiet).is_err();
        if failed {
            print_error(format_args!("this was the {which} ruleset, `{name}`"));
        }
        failed
    });
    let broken = broken.contains(&true);
    let changes = (args.only != Some(Only::Effect)).then(|| {
        let side = |loaded| -> Side<'_> {
            let Loaded {
                inputs, ruleset, ..
            }: &Loaded = loaded;
            Side { inputs, ruleset }
        };
        compare::rulesets(side(&old), side(&new))
    });
    let sides = [
        SideReport::new(names.old, &old, args.old_dialect.is_some()),
        SideReport::new(names.new, &new, args.new_dialect.is_some()),
    ];
    let wants_effect = args.only != Some(Only::Static) && !args.logs.logs.is_empty();
    let effect = (wants_effect && !broken)
        .then(|| effect(args, old, new))
        .transpose()?;
    let failed = broken || effect.as_ref().is_some_and(|effect| effect.unreadable);
    let report = Report::new(sides, changes, effect, wants_effect && broken);
    let mut out = match args.format {
        ReportFormat::Text => text::report(&report, color::of_output()),
        ReportFormat::Json => serde_json::to_vec_pretty(&report).map_err(io::Error::from)?,
    };
    if args.format == ReportFormat::Json {
        out.push(b'\n');
    }
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(&out)?;
    stdout.flush()?;
    Ok(match (failed, report.changed) {
        (true, _) => ExitCode::from(TROUBLE),
        (false, true) => ExitCode::FAILURE,
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Takes every line through both engines.
fn effect(args: &DiffArgs, old: Loaded, new: Loaded) -> Result<EffectReport, Failure> {
    let aspects: Aspects = args.fields.iter().map(|name| name.aspect()).collect();
    let limits = Limits {
        samples: args.samples,
        ..Limits::default()
    };
    let mut effect = Effect::new(aspects, limits);
    let begin = |loaded: Loaded| -> Session {
        let engine = Arc::new(Engine::new(loaded.ruleset));
        let stored = &loaded.inputs.stored;
        args.manner.begin(engine, stored, Shows::Records)
    };
    let (mut old, mut new) = (begin(old), begin(new));
    let lines = {
        let dialects = [&old, &new].map(|session| session.engine().ruleset().dialect);
        // Both must see the same lines.
        LineLimits {
            longest: dialects
                .map(Dialect::line_limit)
                .into_iter()
                .min()
                .unwrap_or_default(),
            shortest: dialects
                .map(Dialect::shortest_line)
                .into_iter()
                .max()
                .unwrap_or_default(),
        }
    };
    let fresh = args.isolated.then(|| (old.clone(), new.clone()));
    let files: Vec<_> = args.logs.logs.iter().map(PathBuf::as_path).collect();
    let read = args
        .corpus
        .each(&files, lines, args.quiet, |location, line, at| {
            if let Some(fresh) = &fresh {
                old.clone_from(&fresh.0);
                new.clone_from(&fresh.1);
            }
            let before = old.evaluate(location, line, at);
            let after = new.evaluate(location, line, at);
            effect.add(location, line, &before, &after);
        })?;
    Ok(EffectReport::new(&effect, aspects, args.isolated, read))
}
