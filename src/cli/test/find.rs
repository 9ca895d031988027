//! Which files are tests.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexSet;

use super::super::Failure;
use super::super::failure::reason;
use crate::input::read_ruleset_file;
use crate::suite::{ini, toml};

/// How a test file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Form {
    Ini,
    Toml,
}

/// A test file as it was read.
#[derive(Clone, Debug)]
pub(in crate::cli) struct TestFile {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) form: Form,
    pub(in crate::cli) bytes: Vec<u8>,
}

/// Folders that hold what tools have made.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// The test files that are named, and those in the folders that are named.
///
/// # Errors
/// Something that was named cannot be read, or is no test file.
pub(in crate::cli) fn files(given: &[OsString]) -> Result<Vec<TestFile>, Failure> {
    let mut files = Vec::new();
    for path in paths(given)? {
        let Some(form) = form(&path) else {
            let text = format!(
                "`{}` is no test file: names end in `.test.toml`, or `.ini` for suites of OSSEC \
                 and Wazuh",
                path.display()
            );
            return Err(Failure::Message(text));
        };
        let bytes = read(&path)?;
        let named = given.iter().any(|given| path == Path::new(given));
        // There are many `.ini` files in the world.
        if named || form == Form::Toml || ini::is_suite(&bytes) {
            files.push(TestFile { path, form, bytes });
        }
    }
    Ok(files)
}

/// Names of files that are or may be tests, each once.
///
/// # Errors
/// A folder cannot be read.
pub(super) fn paths(given: &[OsString]) -> Result<Vec<PathBuf>, Failure> {
    let here = [OsString::from(".")];
    let given = if given.is_empty() { &here } else { given };
    let mut paths = IndexSet::new();
    for path in given.iter().map(Path::new) {
        if path.is_dir() {
            paths.extend(below(path)?);
        } else {
            paths.insert(path.to_owned());
        }
    }
    Ok(paths.into_iter().collect())
}

fn form(path: &Path) -> Option<Form> {
    let name = path.file_name()?.as_encoded_bytes().to_ascii_lowercase();
    if name.ends_with(toml::SUFFIX.as_bytes()) || name == toml::SUFFIX.as_bytes()[1..] {
        Some(Form::Toml)
    } else if name.ends_with(b".ini") {
        Some(Form::Ini)
    } else {
        None
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_ruleset_file(path).map_err(|error| {
        let (path, why) = (path.display(), reason(&error));
        Failure::Message(format!("cannot read `{path}`: {why}"))
    })
}

/// All files with the names of tests below a folder, in byte order; hidden folders are left out,
/// and symbolic links to folders are not followed.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error: std::io::Error| {
            let (path, why) = (folder.display(), reason(&error));
            Failure::Message(format!("cannot read the folder `{path}`: {why}"))
        };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let hidden = name.as_encoded_bytes().starts_with(b".");
            let path = match folder.as_os_str() == "." {
                true => PathBuf::from(&name),
                false => entry.path(),
            };
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !hidden && !SKIPPED.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if form(&path).is_some() && !path.is_dir() {
                found.push(path);
            }
        }
    }
    found.sort_by(|a, b| {
        let bytes = |path: &PathBuf| path.as_os_str().as_encoded_bytes().to_vec();
        bytes(a).cmp(&bytes(b))
    });
    Ok(found)
}
