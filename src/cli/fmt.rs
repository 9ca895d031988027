//! `ossia fmt`: formats decoder and rule files.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueHint};
use similar::TextDiff;

use super::failure::{print_error, print_plain, print_warning, reason};
use super::load::counted;
use super::ruleset_args::dialects;
use super::session_args::is_standard_input;
use super::{Failure, color, replace_file};
use crate::config;
use crate::diagnostic::render;
use crate::dialect::Dialect;
use crate::fmt::{FormatError, format};
use crate::input::read_ruleset_file;
use crate::xml::{self, Origin};

const EXAMPLES: &str = "\
Examples:
  ossia fmt rules/ decoders/             format all .xml files of these folders
  ossia fmt --check .                    in CI: exit status 1 if a file is not formatted
  ossia fmt --diff local_rules.xml       show what would change
  ossia fmt - < local_rules.xml          from standard input to standard output

The content of elements (patterns, descriptions) and comments stay byte for byte: only indentation,
blank lines, the order and the quotes of attributes change. The result is read again before a file
is written, and a file whose meaning would change is left alone.

Exit status: 0 if all is well, 1 if a file cannot be formatted, or with --check or --diff is not
formatted, 2 for mistakes on the command line.";

/// Format decoder and rule files, without changing what they mean
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia fmt --help")]
pub(crate) struct FmtArgs {
    /// Files, and folders, whose .xml files are formatted, those in folders below included; `-` is
    /// standard input
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// Write nothing: name the files that are not formatted
    #[arg(long)]
    check: bool,
    /// Write nothing: show what would change
    #[arg(long)]
    diff: bool,
    /// Only say what went wrong
    #[arg(short, long)]
    quiet: bool,
    /// Engine that reads the files [default: detected, file by file]
    #[arg(long, value_name = "NAME", value_parser = dialects())]
    dialect: Option<Dialect>,
}

/// What became of the files.
#[derive(Default)]
struct Counts {
    changed: usize,
    unchanged: usize,
    failed: usize,
}

/// Runs the command.
pub(crate) fn run(args: &FmtArgs) -> Result<ExitCode, Failure> {
    let mut counts = Counts::default();
    for path in &args.paths {
        if is_standard_input(path.as_os_str()) {
            standard_input(args, &mut counts)?;
        } else if path.is_dir() {
            let mut files = Vec::new();
            find(path, &mut files)?;
            if files.is_empty() {
                let text = format!("there is no .xml file in `{}`", path.display());
                return Err(Failure::Message(text));
            }
            for path in &files {
                file(args, path, Named::Found, &mut counts)?;
            }
        } else {
            file(args, path, Named::Given, &mut counts)?;
        }
    }
    let writes = !(args.check || args.diff);
    if !args.quiet {
        let Counts {
            changed, unchanged, ..
        } = counts;
        let what = if writes {
            "formatted"
        } else {
            "to be formatted"
        };
        print_plain(format_args!(
            "{} {what}, {unchanged} left as {}",
            counted(changed, "file"),
            if unchanged == 1 { "it is" } else { "they are" }
        ));
    }
    Ok(if counts.failed > 0 || (!writes && counts.changed > 0) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// How a file came to be formatted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// On the command line.
    Given,
    /// In a folder: it may be something else.
    Found,
}

fn standard_input(args: &FmtArgs, counts: &mut Counts) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(Path::new("-"), &error))?;
    let Some(formatted) = formatted(args, "standard input", &bytes, Named::Given, counts) else {
        return Ok(());
    };
    if args.check || args.diff {
        return show(args, "standard input", &bytes, &formatted, counts);
    }
    let mut out = io::stdout().lock();
    out.write_all(&formatted)?;
    out.flush()?;
    note(counts, formatted != bytes);
    Ok(())
}

fn file(args: &FmtArgs, path: &Path, named: Named, counts: &mut Counts) -> Result<(), Failure> {
    let name = path.display().to_string();
    let bytes = match read_ruleset_file(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            counts.failed += 1;
            print_error(format_args!("cannot read `{name}`: {}", reason(&error)));
            return Ok(());
        }
    };
    let Some(formatted) = formatted(args, &name, &bytes, named, counts) else {
        return Ok(());
    };
    if args.check || args.diff {
        return show(args, &name, &bytes, &formatted, counts);
    }
    if formatted != bytes
        && let Err(error) = replace_file(path, &formatted)
    {
        counts.failed += 1;
        print_error(format_args!("cannot write `{name}`: {}", reason(&error)));
        return Ok(());
    }
    note(counts, formatted != bytes);
    Ok(())
}

fn note(counts: &mut Counts, changed: bool) {
    if changed {
        counts.changed += 1;
    } else {
        counts.unchanged += 1;
    }
}

/// The formatted file; what is in the way is told here.
fn formatted(
    args: &FmtArgs,
    name: &str,
    bytes: &[u8],
    named: Named,
    counts: &mut Counts,
) -> Option<Vec<u8>> {
    let dialect = args.dialect.unwrap_or_else(|| {
        let files = vec![(name.to_owned(), bytes.to_vec())];
        config::from_files(files, None).dialect
    });
    let error = match format(bytes, dialect) {
        Ok(formatted) => return Some(formatted),
        Err(error) => error,
    };
    if error == FormatError::NoRules && named == Named::Found {
        if !args.quiet {
            print_warning(format_args!("`{name}` is left out: {error}"));
        }
        return None;
    }
    counts.failed += 1;
    if error == FormatError::Broken {
        let mut sources = crate::source::Sources::default();
        let id = sources.add(name, bytes);
        let parsed = xml::parse(id, bytes, dialect, Origin::analysisd(name));
        let text = render::human(&parsed.diagnostics, &sources, color::of_messages());
        let _ = io::stderr().write_all(text.as_bytes());
    }
    print_error(format_args!("`{name}` is left as it is: {error}"));
    None
}

/// Tells what would change.
fn show(
    args: &FmtArgs,
    name: &str,
    bytes: &[u8],
    formatted: &[u8],
    counts: &mut Counts,
) -> Result<(), Failure> {
    note(counts, formatted != bytes);
    if formatted == bytes {
        return Ok(());
    }
    let mut out = anstream::stdout().lock();
    if args.diff {
        let (before, after) = (
            String::from_utf8_lossy(bytes),
            String::from_utf8_lossy(formatted),
        );
        let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
        let palette = color::of_output();
        let text = diff.unified_diff().header(name, name).to_string();
        for line in text.split_inclusive('\n') {
            let style = match line.as_bytes().first() {
                Some(b'+') => palette.label,
                Some(b'-') => palette.alert,
                Some(b'@') => palette.faint,
                _ => anstyle::Style::new(),
            };
            let (text, end) = match line.strip_suffix('\n') {
                Some(text) => (text, "\n"),
                None => (line, ""),
            };
            write!(out, "{style}{text}{style:#}{end}")?;
        }
    } else if !args.quiet {
        writeln!(out, "{name}")?;
    }
    out.flush()?;
    Ok(())
}

/// The .xml files of a folder and of all folders in it, in byte order. Links to folders are not
/// followed: they may lead in circles.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(&folder, &error))?;
            let path = entry.path();
            let is_xml = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
            if kind.is_dir() {
                folders.push(path);
            } else if is_xml && path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Message(format!(
        "cannot read `{}`: {}",
        path.display(),
        reason(error)
    ))
}
