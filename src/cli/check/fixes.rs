//! `--fix`: files written anew.

use std::collections::HashSet;
use std::fs;

use super::{Checked, on_disk};
use crate::check::fix;
use crate::cli::failure::{Failure, print_plain, reason};
use crate::cli::replace_file;

/// Applies the fixes, says which, and returns how many.
///
/// # Errors
/// A file cannot be written; those before it are.
pub(super) fn write(checked: &Checked, unsafe_fixes: bool) -> Result<usize, Failure> {
    let sources = &checked.inputs.sources;
    let mut count = 0;
    // A file may be read twice, as one of the ruleset and with --add.
    let mut done = HashSet::new();
    for (source, file) in sources.iter() {
        let Some(fixed) = fix::apply(source, file.bytes(), &checked.findings, unsafe_fixes) else {
            continue;
        };
        let path = on_disk(checked.root.as_deref(), file.path());
        if !done.insert(path.clone()) {
            continue;
        }
        // What is built in is on no disk, and a file may have changed since it was read.
        match fs::read(&path) {
            Ok(bytes) if file.bytes() == bytes.as_slice() => {}
            Ok(_) => {
                let text = format!(
                    "`{}` has changed meanwhile and is not fixed",
                    path.display()
                );
                return Err(Failure::Message(text));
            }
            Err(_) => continue,
        }
        replace_file(&path, &fixed.bytes).map_err(|error| {
            let reason = reason(&error);
            Failure::Message(format!("cannot write `{}`: {reason}", path.display()))
        })?;
        for finding in &fixed.findings {
            let Some((fix, place)) = finding.fix.as_ref().zip(finding.diagnostic.primary()) else {
                continue;
            };
            let start = sources.start(place);
            print_plain(format_args!(
                "fixed {}:{}:{}: {}: {}",
                file.path(),
                start.line,
                start.column,
                finding.id(),
                fix.title
            ));
        }
        count += fixed.findings.len();
    }
    Ok(count)
}
