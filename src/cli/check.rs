//! `ossia check`: what the load says and what the static checks find.

mod documentation;
mod fixes;
mod forms;
mod settings;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum, ValueHint};

use super::failure::{Failure, print_error, print_plain};
use super::load::{self, counted};
use super::{RulesetArgs, color};
use crate::check::{self, Finding, Level, Levels, suppress};
use crate::config::Inputs;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ruleset;

/// Find mistakes in decoders and rules that the engine accepts without a word
///
/// Shows everything that a load says, and what more than a hundred checks find: patterns of another
/// language, conditions that never hold, rules that another one hides, composite rules that cannot
/// fire, decoders that are never tried. A check only says what is true in the dialect at hand.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CheckArgs {
    /// Files and folders to check. With --ruleset, --add, --config or --root only what is found in them is
    /// shown, and files that do not belong to the ruleset are added to it; alone they are the ruleset
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Do not report this check, by id or name; `all`: none. May be given several times
    #[arg(long, value_name = "ID")]
    allow: Vec<String>,
    /// Report this check as an error, by id or name. Wins over --allow. May be given several times
    #[arg(long, value_name = "ID")]
    deny: Vec<String>,
    /// Report only what is at least so bad
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    severity: LeastSeverity,
    /// Repair what can be repaired without changing a verdict or an alert, and say what was done
    #[arg(long)]
    fix: bool,
    /// With --fix, also what changes alerts: names of groups (and so perhaps which rules find them),
    /// descriptions
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
    /// End with 0 even if something was found
    #[arg(long)]
    exit_zero: bool,
    /// Settings [default: ossia.toml beside the first path or the ruleset, or here]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    settings: Option<PathBuf>,
    /// Explain a check: why it matters, a file that has the mistake, and the same file without
    #[arg(long, value_name = "ID", exclusive = true)]
    explain: Option<String>,
    /// List all checks
    #[arg(long, conflicts_with_all = ["paths", "explain", "fix"])]
    list: bool,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

const AFTER_HELP: &str = r#"Examples:
  ossia check rules/ decoders/                         a ruleset of its own
  ossia check -D /var/ossec                            an installation
  ossia check -D /var/ossec etc/rules/local_rules.xml  … but only what is in this file
  ossia check --add local_rules.xml local_rules.xml    with the built-in ruleset
  ossia check --explain OS304                          what is meant, with examples
  ossia check --format sarif -D /var/ossec > o.sarif   for code scanning; `github` for annotations

A comment allows checks for the element behind it, or at the top of a file for all of it:
  <!-- ossia: allow OS026 always-true: the device sends nothing else -->

ossia.toml:
  [check]
  allow = ["OS751"]                  # ids or names
  [check.levels]
  unanchored-number = "error"        # allow, info, warning, error

Without a path or a ruleset, the built-in ruleset is checked.

Exit status: 0 if nothing but information was found, 1 if there are warnings or errors, 2 if the
command line or the settings make no sense."#;

#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// For people, with the lines of the files
    #[default]
    Text,
    /// One line each: `file:line:column: warning[OS012]: message`
    Short,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LeastSeverity {
    /// Everything
    #[default]
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
}

impl LeastSeverity {
    fn allows(self, severity: Severity) -> bool {
        severity
            >= match self {
                LeastSeverity::Info => Severity::Info,
                LeastSeverity::Warning => Severity::Warning,
                LeastSeverity::Error => Severity::Error,
            }
    }
}

/// What was found, and in what.
struct Checked {
    inputs: Inputs,
    /// The root directory of the paths in it.
    root: Option<PathBuf>,
    /// Nothing was named: it is the built-in ruleset.
    is_embedded: bool,
    /// Only what is to be checked was named, no ruleset to which it may belong.
    is_alone: bool,
    findings: Vec<Finding>,
}

/// Fixes that overlap wait for each other so often.
const MOST_ROUNDS: usize = 10;

/// Runs the command.
pub(crate) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    if let Some(text) = &args.explain {
        let check = check::find(text).ok_or_else(|| unknown(text))?;
        documentation::explain(check)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.list {
        documentation::list(args.format == Format::Json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let levels = levels(args)?;
    let mut checked = checked(args, &levels)?;
    let mut fixed = 0;
    for _ in 0..if args.fix { MOST_ROUNDS } else { 0 } {
        let now = fixes::write(&checked, args.unsafe_fixes)?;
        if now == 0 {
            break;
        }
        fixed += now;
        // What is left stands elsewhere now, and what overlapped can be fixed.
        checked = self::checked(args, &levels)?;
    }
    report(args, &checked, fixed)
}

fn unknown(text: &str) -> Failure {
    let mut levels = Levels::default();
    let help = levels.set(text, Level::Allow).err();
    let help = help.and_then(|error| error.help);
    let help = help.map(|help| format!(": {help}")).unwrap_or_default();
    Failure::Usage(format!("there is no check `{text}`{help}"))
}

/// The settings, then the command line.
fn levels(args: &CheckArgs) -> Result<Levels, Failure> {
    let mut levels = Levels::default();
    settings::read(args, &mut levels)?;
    let denied = Level::Report(Severity::Error);
    let allowed = args.allow.iter().map(|text| (text, Level::Allow));
    for (text, level) in allowed.chain(args.deny.iter().map(|text| (text, denied))) {
        levels.set(text, level).map_err(|_| unknown(text))?;
    }
    Ok(levels)
}

fn checked(args: &CheckArgs, levels: &Levels) -> Result<Checked, Failure> {
    let named = !args.ruleset.ruleset.is_empty()
        || !args.ruleset.add.is_empty()
        || args.ruleset.config.is_some()
        || args.ruleset.root.is_some();
    let mut ruleset_args = args.ruleset.clone();
    if !named {
        ruleset_args.ruleset.clone_from(&args.paths);
    }
    let (mut inputs, mut root) = load::inputs(&ruleset_args)?;
    if named {
        let foreign = args
            .paths
            .iter()
            .filter(|path| !holds(&inputs, root.as_deref(), path));
        let foreign: Vec<PathBuf> = foreign.cloned().collect();
        if !foreign.is_empty() {
            ruleset_args.add.extend(foreign);
            (inputs, root) = load::inputs(&ruleset_args)?;
        }
    }
    let (ruleset, mut diagnostics, syntax) = ruleset::build_with_syntax(&inputs);
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    if failed || args.ruleset.dialect.is_some() {
        let foreign = crate::config::foreign_ruleset(&inputs, failed);
        diagnostics.splice(0..0, foreign);
    }
    inputs.add_list_sources();
    let mut findings = check::run(&inputs, &ruleset, &syntax, &diagnostics);
    findings.extend(diagnostics.into_iter().map(Finding::of_load));
    suppress::apply(&inputs.sources, &syntax, &mut findings);
    levels.apply(&mut findings);
    findings.retain(|finding| args.severity.allows(finding.diagnostic.severity));
    if named && !args.paths.is_empty() {
        findings.retain(|finding| lies_in(&inputs, root.as_deref(), finding, &args.paths));
    }
    check::sort(&mut findings);
    Ok(Checked {
        inputs,
        root,
        is_embedded: !named && args.paths.is_empty(),
        is_alone: !named && !args.paths.is_empty(),
        findings,
    })
}

/// Where a file of the ruleset is on the disk.
fn on_disk(root: Option<&Path>, path: &str) -> PathBuf {
    let path = match root {
        Some(root) => root.join(path.trim_start_matches('/')),
        None => PathBuf::from(path),
    };
    path.canonicalize().unwrap_or(path)
}

/// Whether a path is a file of the ruleset, or a folder with one of them.
fn holds(inputs: &Inputs, root: Option<&Path>, path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let mut files = inputs.sources.iter();
    files.any(|(_, file)| on_disk(root, file.path()).starts_with(&path))
}

fn lies_in(inputs: &Inputs, root: Option<&Path>, finding: &Finding, paths: &[PathBuf]) -> bool {
    // What has no place is about the whole.
    let Some(place) = finding.diagnostic.primary() else {
        return true;
    };
    let file = on_disk(root, inputs.sources.get(place.source).path());
    paths.iter().any(|path| {
        let path = path.canonicalize();
        path.is_ok_and(|path| file.starts_with(path))
    })
}

fn report(args: &CheckArgs, checked: &Checked, fixed: usize) -> Result<ExitCode, Failure> {
    let findings = &checked.findings;
    let sources = &checked.inputs.sources;
    let colored = args.format == Format::Text && color::of_output().is_colored();
    let text = match args.format {
        Format::Text => forms::text(findings, sources, colored),
        Format::Short => forms::short(findings, sources),
        Format::Json => forms::json(findings, sources),
        Format::Sarif => forms::sarif(findings, sources),
        Format::Github => forms::github(findings, sources),
    };
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()?;
    drop(output);
    let of = |severity| {
        let findings = findings.iter();
        findings
            .filter(|finding| finding.diagnostic.severity == severity)
            .count()
    };
    let (errors, warnings, notes) = (
        of(Severity::Error),
        of(Severity::Warning),
        of(Severity::Info),
    );
    if matches!(args.format, Format::Text | Format::Short) {
        print_plain(summary(args, checked, (errors, warnings, notes), fixed));
    }
    if findings
        .iter()
        .any(|finding| finding.check.is_none() && finding.diagnostic.is_error())
    {
        print_error("the ruleset does not load, so checks that need all of it did not run");
        if checked.is_alone {
            print_plain(
                "help: name the ruleset that it belongs to: --ruleset, -D or -c; or --add for the \
                 built-in one",
            );
        }
    }
    let failed = errors + warnings > 0 && !args.exit_zero;
    Ok(ExitCode::from(u8::from(failed)))
}

/// The last line.
fn summary(
    args: &CheckArgs,
    checked: &Checked,
    counts: (usize, usize, usize),
    fixed: usize,
) -> String {
    let (errors, warnings, notes) = counts;
    let files = counted(checked.inputs.files.len(), "file");
    let place = match checked.is_embedded {
        true => format!("the built-in ruleset ({files})"),
        false => files,
    };
    let mut text = match (errors, warnings, notes) {
        (0, 0, 0) => format!("nothing found in {place}"),
        _ => {
            let parts = [(errors, "error"), (warnings, "warning"), (notes, "note")];
            let parts = parts.into_iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts.map(|(count, what)| counted(count, what)).collect();
            format!("{} in {place}", parts.join(", "))
        }
    };
    let fixable = |unsafe_fixes| {
        let findings = checked.findings.iter();
        findings
            .filter(|finding| finding.fix(unsafe_fixes).is_some())
            .count()
    };
    let (safe, all) = (fixable(false), fixable(true));
    if args.fix {
        text.push_str(&format!("; {fixed} fixed"));
    } else if safe > 0 {
        text.push_str(&format!("; {safe} can be fixed with --fix"));
    }
    if all > safe && !args.unsafe_fixes {
        let more = if safe > 0 && !args.fix { " more" } else { "" };
        let count = all - safe;
        text.push_str(&format!("; {count}{more} with --fix --unsafe-fixes"));
    }
    if checked
        .findings
        .iter()
        .any(|finding| finding.check.is_some())
    {
        text.push_str("; `ossia check --explain ID` says more");
    }
    text
}
