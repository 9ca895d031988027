//! What the options of commands that evaluate events resolve to: host name, time zone, files.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::tz::TimeZone;

use super::failure::print_warning;
use crate::engine::SessionOptions;

/// `--tz`.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .or_else(|_| TimeZone::posix(name))
        .map_err(|_| "no such time zone is known, names look like `Europe/Berlin`".to_owned())
}

/// The zone that was given, or that of the system.
pub(super) fn zone_or_local(given: Option<&TimeZone>) -> TimeZone {
    if let Some(zone) = given {
        return zone.clone();
    }
    TimeZone::try_system().unwrap_or_else(|error| {
        // Without any time zone on the machine, UTC is no surprise.
        if std::env::var_os("TZ").is_some_and(|name| !name.is_empty()) {
            print_warning(format_args!(
                "`TZ` is no known time zone, UTC is used: {error}"
            ));
        }
        TimeZone::UTC
    })
}

/// A session with this host name, or that of the machine.
pub(super) fn session_options(hostname: Option<&OsString>) -> SessionOptions {
    let name = hostname.cloned().unwrap_or_else(gethostname::gethostname);
    SessionOptions {
        hostname: name.as_encoded_bytes().into(),
        ..SessionOptions::default()
    }
}

/// The files of a command: none means standard input.
pub(super) fn or_standard_input(files: &[PathBuf]) -> Vec<&Path> {
    if files.is_empty() {
        vec![Path::new("-")]
    } else {
        files.iter().map(PathBuf::as_path).collect()
    }
}

/// `-` stands for standard input.
pub(super) fn is_standard_input(path: &OsStr) -> bool {
    path == "-"
}

/// When a file was last written. Pipes and the like are being written.
pub(super) fn written(file: &File) -> Option<SystemTime> {
    let known = file.metadata().ok().filter(|known| known.is_file())?;
    known.modified().ok()
}
