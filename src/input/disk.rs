//! Files on disk below one directory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::{FileSystem, normalize};

/// Largest file of a ruleset, in bytes: beyond it, it is not one that somebody wrote.
const LARGEST: u64 = 256 << 20;

/// Reads a file of a ruleset.
///
/// # Errors
/// It cannot be read, or holds more than 256 MiB (a device, a log file taken for a list).
pub fn read_ruleset_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        let text = "the file is larger than 256 MiB: too large for decoders, rules or a list";
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// The files below a root directory. Paths cannot leave it by `..`; symbolic links are followed.
#[derive(Clone, Debug)]
pub struct DiskFiles {
    root: PathBuf,
}

impl DiskFiles {
    /// Files below `root`, which need not exist.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        DiskFiles { root: root.into() }
    }
}

impl FileSystem for DiskFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        read_ruleset_file(&self.root.join(normalize(path)?))
    }

    /// Names that are not UTF-8 are left out: no path of a configuration can name them.
    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.root.join(normalize(directory)?))? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_the_root_only() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("rules")).unwrap();
        std::fs::write(root.path().join("rules/a.xml"), "x").unwrap();
        let files = DiskFiles::new(root.path());
        assert_eq!(files.read("/rules//a.xml").unwrap(), b"x");
        assert_eq!(files.list("rules").unwrap(), ["a.xml"]);
        assert!(files.read("rules").is_err());
        assert_eq!(
            files.read("../x").unwrap_err().kind(),
            io::ErrorKind::PermissionDenied
        );
    }
}
