//! Replacing a file in one piece.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Puts these bytes in the place of a file, which need not be there. Whoever reads it sees the old
/// bytes or the new ones, and if something goes wrong it is as it was. Permissions stay; of a
/// symbolic link the file behind it is replaced.
///
/// # Errors
/// It cannot be written.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // Beside the file: a file can only be renamed within its file system.
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    write(&path, &beside, bytes).inspect_err(|_| {
        // It may not even be there.
        let _ = fs::remove_file(&beside);
    })
}

fn write(path: &Path, beside: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(beside)?;
    file.write_all(bytes)?;
    if let Ok(known) = fs::metadata(path) {
        fs::set_permissions(beside, known.permissions())?;
    }
    // A full disk may only be noticed here.
    file.sync_all()?;
    fs::rename(beside, path)
}
