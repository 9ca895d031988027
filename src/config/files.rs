//! Access to files: the core does no IO of its own.

use std::collections::BTreeMap;
use std::io;

/// The files of an installation. A path is relative to its root directory, as the engine uses it
/// after its change of root; a `/` in front changes nothing.
pub trait FileSystem {
    /// The whole file.
    ///
    /// # Errors
    /// The file is missing or cannot be read, or the path leaves the root directory.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The names of the entries of a directory, in any order, without `.` and `..`.
    ///
    /// # Errors
    /// The directory is missing or cannot be read, or the path leaves the root directory.
    fn list(&self, directory: &str) -> io::Result<Vec<String>>;
}

/// The path without `.`, doubled and leading `/`.
///
/// # Errors
/// `..` leaves the root directory.
pub fn normalize(path: &str) -> io::Result<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                let text = format!("`{path}` is outside of the root directory");
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Files in memory, by normalized path.
///
/// ```
/// use ossia::config::{FileSystem, MemoryFiles};
///
/// let files = MemoryFiles::from_iter([("rules/a.xml", "<group/>")]);
/// assert_eq!(files.read("/rules//a.xml").unwrap(), b"<group/>");
/// assert_eq!(files.list("rules").unwrap(), ["a.xml"]);
/// assert!(files.read("../etc/passwd").is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<String, Vec<u8>>);

impl<P: AsRef<str>, B: Into<Vec<u8>>> FromIterator<(P, B)> for MemoryFiles {
    /// Paths that leave the root directory are left out.
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        let known = |(path, bytes): (P, B)| Some((normalize(path.as_ref()).ok()?, bytes.into()));
        MemoryFiles(files.into_iter().filter_map(known).collect())
    }
}

impl FileSystem for MemoryFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let path = normalize(path)?;
        self.0
            .get(&path)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut prefix = normalize(directory)?;
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let inside = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let mut names: Vec<String> = inside
            .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
            .collect();
        names.dedup();
        if names.is_empty() {
            Err(io::ErrorKind::NotFound.into())
        } else {
            Ok(names)
        }
    }
}
