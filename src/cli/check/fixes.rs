//! `--fix`: files written anew.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Checked, on_disk};
use crate::check::fix;
use crate::cli::failure::{Failure, print_plain, reason};

/// Applies all fixes, says which, and returns how many.
///
/// # Errors
/// A file cannot be written; those before it are.
pub(super) fn write(checked: &Checked) -> Result<usize, Failure> {
    let sources = &checked.inputs.sources;
    let mut count = 0;
    for (source, file) in sources.iter() {
        let Some(fixed) = fix::apply(source, file.bytes(), &checked.findings) else {
            continue;
        };
        let path = on_disk(checked.root.as_deref(), file.path());
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
        replace(&path, &fixed.bytes).map_err(|error| {
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

/// Writes a file beside the old one and puts it into its place, so that nobody ever sees a half.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside: PathBuf = path.with_file_name(name);
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // Nothing more can be done about it.
        let _ = fs::remove_file(&beside);
    }
    written
}
