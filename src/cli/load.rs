//! From the ruleset options to a ruleset.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::failure::{Failure, print_error, reason};
use super::{RulesetArgs, color};
use crate::config::{self, Inputs};
use crate::diagnostic::{Diagnostic, render};
use crate::input::{DiskFiles, read_ruleset_file};
use crate::ruleset::{self, Ruleset};
use crate::source::Sources;

/// A ruleset and all there is to say about it.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What was read.
    pub(crate) inputs: Inputs,
    /// What it means.
    pub(crate) ruleset: Ruleset,
    /// What is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Prints what is wrong with the ruleset: its errors and, if wanted, the warnings.
    ///
    /// # Errors
    /// The ruleset cannot be used.
    pub(crate) fn report(&self, warnings: bool) -> Result<(), Failure> {
        report(&self.diagnostics, &self.inputs.sources, warnings)
    }
}

/// As [`Loaded::report`].
///
/// # Errors
/// One of the problems is an error.
pub(crate) fn report(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    warnings: bool,
) -> Result<(), Failure> {
    let wanted = |found: &&Diagnostic| warnings || found.is_error();
    let shown: Vec<_> = diagnostics.iter().filter(wanted).cloned().collect();
    let text = render::human(&shown, sources, color::of_messages());
    // As it is: the renderer has been told whether to use colours.
    let _ = io::stderr().write_all(text.as_bytes());
    let errors = diagnostics.iter().filter(|found| found.is_error()).count();
    if errors > 0 {
        print_error(format_args!(
            "the ruleset does not load: {}",
            counted(errors, "error")
        ));
        return Err(Failure::Reported);
    }
    Ok(())
}

/// `1 rule`, `2 rules`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Loads the ruleset that the options mean.
///
/// # Errors
/// A file that was named on the command line cannot be read. All other problems are in
/// [`Loaded::diagnostics`].
pub(crate) fn load(args: &RulesetArgs) -> Result<Loaded, Failure> {
    let (inputs, _) = inputs(args)?;
    let (ruleset, mut diagnostics) = ruleset::build(&inputs);
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    // What was not asked for was found out, and then nothing is read as if it were not there.
    if failed || args.dialect.is_some() {
        diagnostics.splice(0..0, config::foreign_ruleset(&inputs, failed));
    }
    Ok(Loaded {
        inputs,
        ruleset,
        diagnostics,
    })
}

/// What is read, and the root directory of its paths, if they have one.
///
/// # Errors
/// As [`load`].
pub(crate) fn inputs(args: &RulesetArgs) -> Result<(Inputs, Option<PathBuf>), Failure> {
    let (mut inputs, root) = main_inputs(args)?;
    config::add_files(&mut inputs, read_all(&args.add)?);
    Ok((inputs, root))
}

fn main_inputs(args: &RulesetArgs) -> Result<(Inputs, Option<PathBuf>), Failure> {
    if !args.ruleset.is_empty() {
        let files = read_all(&args.ruleset)?;
        return Ok((config::from_files(files, args.dialect), None));
    }
    match (&args.config, &args.root) {
        (Some(config), root) => {
            // Like the original: the path is looked up before the root directory counts.
            let bytes = read(config)?;
            let root = root.clone().unwrap_or_else(|| root_of(config));
            let shown = config.to_string_lossy();
            let files = DiskFiles::new(&root);
            let inputs = config::from_configuration(&files, &shown, Some(&bytes), args.dialect);
            Ok((inputs, Some(root)))
        }
        (None, Some(root)) => {
            let files = DiskFiles::new(root);
            let inputs = config::from_configuration(&files, "etc/ossec.conf", None, args.dialect);
            Ok((inputs, Some(root.clone())))
        }
        (None, None) => {
            let files = config::embedded::files();
            Ok((config::from_files(files, args.dialect), None))
        }
    }
}

/// The installation directory of a configuration: above `etc`, else where the file is.
pub(super) fn root_of(config: &Path) -> PathBuf {
    let path = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
    let folder = path.parent().unwrap_or(Path::new("/"));
    match folder.parent() {
        Some(above) if folder.file_name().is_some_and(|name| name == "etc") => above.to_owned(),
        _ => folder.to_owned(),
    }
}

/// The files of `--ruleset`, folders replaced by their XML files. A file that is named beside its
/// folder is read once.
fn read_all(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    for path in all_files(paths)? {
        files.push((path.to_string_lossy().into_owned(), read(&path)?));
    }
    Ok(files)
}

fn all_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut known = HashSet::new();
    let mut add = |file: PathBuf| {
        let whole = file.canonicalize().unwrap_or_else(|_| file.clone());
        if known.insert(whole) {
            files.push(file);
        }
    };
    for path in paths {
        if path.is_dir() {
            let found = xml_files(path)?;
            if found.is_empty() {
                let text = format!("there is no .xml file in `{}`", path.display());
                return Err(Failure::Message(text));
            }
            found.into_iter().for_each(&mut add);
        } else {
            add(path.clone());
        }
    }
    Ok(files)
}

/// The `.xml` files of a folder, but not of the folders in it, in byte order of their names.
pub(super) fn xml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let is_xml = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
        if is_xml && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort_by(|a, b| {
        a.as_os_str()
            .as_encoded_bytes()
            .cmp(b.as_os_str().as_encoded_bytes())
    });
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_ruleset_file(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Message(format!(
        "cannot read `{}`: {}",
        path.display(),
        reason(error)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_configuration() {
        assert_eq!(
            root_of(Path::new("/var/ossec/etc/ossec.conf")),
            Path::new("/var/ossec")
        );
        assert_eq!(
            root_of(Path::new("/tmp/test/ossec.conf")),
            Path::new("/tmp/test")
        );
        assert_eq!(root_of(Path::new("/etc/ossec.conf")), Path::new("/"));
        assert_eq!(root_of(Path::new("/ossec.conf")), Path::new("/"));
        assert!(root_of(Path::new("ossec.conf")).is_absolute());
    }

    #[test]
    fn folders_are_read_in_byte_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.xml", "a.XML", "B.xml", "note.txt"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        fs::create_dir(folder.path().join("c.xml")).unwrap();
        let files = read_all(&[folder.path().to_owned()]).unwrap();
        let bytes: Vec<_> = files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        assert_eq!(bytes, [b"B.xml", b"a.XML", b"b.xml"]);
    }
}
