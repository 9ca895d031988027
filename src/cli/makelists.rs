//! `ossia makelists`: compiles CDB lists, as `ossec-makelists` does (`spec/output.md` §7.2).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueHint};

use super::failure::{print_error, reason};
use super::load;
use super::{Failure, RulesetArgs};
use crate::config::normalize;
use crate::dialect::Dialect;
use crate::ruleset::cdb::write_cdb;
use crate::ruleset::list::entries;

const EXAMPLES: &str = "\
Examples:
  ossia makelists -D /var/ossec            every list that etc/ossec.conf names
  ossia makelists -F -c /tmp/ossec.conf    compile all of them, and show their entries
  ossia makelists lists/blocked lists/users

The engines of OSSEC read only compiled lists; ossia reads their text where there is no compiled
file. A list is written to NAME.tmp and then renamed to NAME.cdb, so its old file is in use until
the new one is complete.

Exit status: 0 if all is well, and if the text of a list is missing, as in the original (1 with
--strict); 1 if the configuration does not load or a list could not be written; 2 for mistakes on
the command line.";

/// Compile CDB lists
///
/// Compiles those whose text is newer than their compiled file: the lists that the configuration
/// names, or those that are named here.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia makelists --help")]
pub(crate) struct MakelistsArgs {
    /// Text files of lists, instead of those of the configuration
    #[arg(value_name = "LIST", value_hint = ValueHint::FilePath)]
    lists: Vec<PathBuf>,
    /// Compile every list, and show every entry
    #[arg(short = 'F', long)]
    force: bool,
    /// Do nothing, as in the original
    #[arg(short = 't', long)]
    test: bool,
    /// A list without text is an error
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Text file and compiled file of a list: where they are, and how messages call them.
struct Names {
    text: PathBuf,
    compiled: PathBuf,
    temporary: PathBuf,
    shown_text: String,
    shown_compiled: String,
}

impl Names {
    /// `shown` is the name without `.cdb`; `path` is where that is.
    fn new(path: PathBuf, shown: String) -> Self {
        let with = |extension: &str| {
            let mut path = path.clone().into_os_string();
            path.push(extension);
            PathBuf::from(path)
        };
        Names {
            compiled: with(".cdb"),
            temporary: with(".tmp"),
            shown_compiled: format!("{shown}.cdb"),
            shown_text: shown,
            text: path,
        }
    }
}

/// What came of a list.
enum Outcome {
    Done,
    /// Its text cannot be read.
    NoText,
    Failed,
}

/// Runs the command.
pub(crate) fn run(args: &MakelistsArgs) -> Result<ExitCode, Failure> {
    if args.test {
        return Ok(ExitCode::SUCCESS);
    }
    let (dialect, lists) = lists(args)?;
    let mut failed = false;
    for names in &lists {
        failed |= match make(args, dialect, names)? {
            Outcome::Done => false,
            Outcome::NoText => args.strict,
            Outcome::Failed => true,
        };
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn lists(args: &MakelistsArgs) -> Result<(Dialect, Vec<Names>), Failure> {
    let options = &args.ruleset;
    let configured = options.config.is_some() || options.root.is_some();
    if args.lists.is_empty() && !configured && options.ruleset.is_empty() && options.add.is_empty()
    {
        let text = "no list is named: name text files, or a configuration with `-c` or `-D`";
        return Err(Failure::Usage(text.to_owned()));
    }
    let (inputs, root) = load::inputs(options)?;
    if !args.lists.is_empty() {
        let named = args.lists.iter().map(|path| {
            let (path, shown) = without_cdb(path);
            Names::new(path, shown)
        });
        return Ok((inputs.dialect, named.collect()));
    }
    load::report(&inputs.diagnostics, &inputs.sources, true)?;
    let mut lists = Vec::new();
    for list in inputs.lists {
        // What `--add` names is not below the root directory of the configuration.
        let is_added = |path: &PathBuf| without_cdb(path).0 == Path::new(&list.text_name);
        let path = match &root {
            Some(root) if !options.add.iter().any(is_added) => match normalize(&list.text_name) {
                Ok(path) => root.join(path),
                Err(error) => return Err(Failure::Message(error.to_string())),
            },
            _ => PathBuf::from(&list.text_name),
        };
        lists.push(Names::new(path, list.text_name));
    }
    Ok((inputs.dialect, lists))
}

/// The path of a list's text, however the list is named, and how to show it.
fn without_cdb(path: &Path) -> (PathBuf, String) {
    let path = match path.extension() {
        Some(extension) if extension == "cdb" => path.with_extension(""),
        _ => path.to_owned(),
    };
    let shown = path.to_string_lossy().into_owned();
    (path, shown)
}

/// Compiles one list if that is due.
///
/// # Errors
/// Standard output cannot be written.
fn make(args: &MakelistsArgs, dialect: Dialect, names: &Names) -> io::Result<Outcome> {
    let text_time = seconds(&names.text);
    let due = args.force || text_time > seconds(&names.compiled);
    let what = if due {
        "needs to be updated"
    } else {
        "does not need to be compiled"
    };
    // At once, so that it stands in front of what follows on standard error.
    let mut stdout = io::stdout().lock();
    writeln!(stdout, " * File {} {what}", names.shown_compiled)?;
    stdout.flush()?;
    // The original notices only with -F that there is no text.
    if !due && text_time.is_some() {
        return Ok(Outcome::Done);
    }
    let text = match fs::read(&names.text) {
        Ok(text) => text,
        Err(error) => {
            missing(&names.shown_text, &error);
            return Ok(Outcome::NoText);
        }
    };
    if args.force {
        // Nobody is left to be told if standard error is closed.
        let _ = show(dialect, &text);
    }
    let failed = |why: &str| {
        print_error(format_args!(
            "cannot write `{}`: {why}; what was there is unchanged",
            names.shown_compiled
        ));
        Ok(Outcome::Failed)
    };
    let compiled = match write_cdb(entries(dialect, &text)) {
        Ok(compiled) => compiled,
        Err(error) => return failed(&error.to_string()),
    };
    match replace(names, &compiled) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) => failed(&reason(&error)),
    }
}

/// The time of the last change in whole seconds; `None`, which is before all others: there is none.
fn seconds(path: &Path) -> Option<i128> {
    let changed: SystemTime = fs::metadata(path).ok()?.modified().ok()?;
    Some(match changed.duration_since(UNIX_EPOCH) {
        Ok(after) => i128::from(after.as_secs()),
        Err(before) => -i128::from(before.duration().as_secs()),
    })
}

/// Message 1103.
fn missing(name: &str, error: &io::Error) {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let number = error.raw_os_error().unwrap_or_default();
    // As in the original, without colours.
    let _ = writeln!(
        io::stderr(),
        "ossec-analysisd(1103): ERROR: Could not open file '{name}' due to [({number})-({text})]."
    );
}

fn show(dialect: Dialect, text: &[u8]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stderr().lock());
    for (key, value) in entries(dialect, text) {
        out.write_all(b"  * adding - key: ")?;
        out.write_all(key)?;
        out.write_all(b" value: ")?;
        out.write_all(value)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes the compiled file. The old one stays until the new one is complete and on disk.
fn replace(names: &Names, bytes: &[u8]) -> io::Result<()> {
    let written =
        write(&names.temporary, bytes).and_then(|()| fs::rename(&names.temporary, &names.compiled));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&names.temporary);
    }
    written
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What an earlier run left behind, or somebody's symbolic link.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
