//! OLD and NEW: which ruleset is meant.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, reason};
use crate::cli::load::{self, Loaded};
use crate::cli::ruleset_args::RulesetArgs;
use crate::dialect::Dialect;

/// The word for the built-in ruleset.
const EMBEDDED: &str = "embedded";

/// How the report calls the two rulesets.
pub(super) struct Names {
    pub(super) old: String,
    pub(super) new: String,
}

impl Names {
    pub(super) fn new(old: &Path, new: &Path) -> Self {
        Names {
            old: old.display().to_string(),
            new: new.display().to_string(),
        }
    }
}

/// Loads one of them.
///
/// # Errors
/// There is no ruleset, or a file cannot be read.
pub(super) fn load(
    path: &Path,
    dialect: Option<Dialect>,
    add: &[PathBuf],
) -> Result<Loaded, Failure> {
    let mut args = RulesetArgs {
        dialect,
        add: add.to_vec(),
        ..RulesetArgs::default()
    };
    if path.as_os_str() != EMBEDDED {
        find(path, &mut args)?;
    }
    load::load(&args)
}

/// Decides by what is there.
fn find(path: &Path, args: &mut RulesetArgs) -> Result<(), Failure> {
    let known = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !known.is_dir() {
        match path.extension() {
            Some(extension) if extension == "conf" => args.config = Some(path.to_owned()),
            _ => args.ruleset = vec![path.to_owned()],
        }
        return Ok(());
    }
    let in_folder = path.join("ossec.conf");
    if path.join("etc/ossec.conf").is_file() {
        args.root = Some(path.to_owned());
    } else if in_folder.is_file() {
        args.config = Some(in_folder);
    } else {
        args.ruleset = folders(path)?;
    }
    Ok(())
}

/// The folder, if there are `.xml` files in it; otherwise its folders with such files.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if has_xml(path)? {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let below = entry.map_err(|error| unreadable(path, &error))?.path();
        if below.is_dir() && has_xml(&below)? {
            found.push(below);
        }
    }
    if found.is_empty() {
        return Err(Failure::Message(format!(
            "`{}` holds no ruleset: there is no etc/ossec.conf, no ossec.conf and no .xml file in it \
             or in its folders",
            path.display()
        )));
    }
    found.sort();
    Ok(found)
}

fn has_xml(folder: &Path) -> Result<bool, Failure> {
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let is_xml = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
        if is_xml && path.is_file() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Message(format!(
        "cannot read `{}`: {}",
        path.display(),
        reason(error)
    ))
}
