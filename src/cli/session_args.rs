//! What the options of commands that evaluate events resolve to: host name, time zone, files.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bstr::BString;
use clap::{Args, ValueEnum, ValueHint};
use jiff::tz::TimeZone;

use super::failure::{Failure, print_warning, reason};
use super::replace_file;
use crate::config::StoredState;
use crate::dialect::Family;
use crate::engine::{Engine, Mode, Session, SessionOptions};
use crate::input::{Clock, Time};

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

/// When the lines of a log arrive.
#[derive(Args, Clone, Debug)]
pub(super) struct ClockArgs {
    /// When events arrive: `log`: when the time stamp of the line says; `wall`; or seconds since
    /// 1970
    #[arg(
        long,
        value_name = "TIME",
        default_value = "log",
        allow_negative_numbers = true
    )]
    clock: Time,
    /// Time zone of the stamps, and of conditions on time and weekday: `Europe/Berlin`, `UTC`
    /// [default: $TZ or that of the system]
    #[arg(long, value_name = "NAME", value_parser = time_zone)]
    tz: Option<TimeZone>,
}

impl ClockArgs {
    /// The clock that they mean.
    pub(super) fn clock(&self) -> Clock {
        Clock::new(self.clock, zone_or_local(self.tz.as_ref()))
    }
}

/// Options about a session that begins anew.
#[derive(Args, Clone, Debug)]
pub(super) struct MannerArgs {
    /// Host name of lines that have none [default: the name of this machine]
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Hostname)]
    hostname: Option<OsString>,
    /// Whose manner: the test tool's, which evaluates every line, or the daemon's, which drops
    /// repeated lines and incomplete firewall events, rewrites firewall actions and counts events.
    /// Wazuh's two differ in the `ignore` time and in `no_log` [default: the test tool's; with a
    /// Wazuh ruleset the daemon's, except for the three phases]
    #[arg(long = "as", value_enum, value_name = "WHOM")]
    manner: Option<Manner>,
}

/// Options about the session that evaluates.
#[derive(Args, Clone, Debug)]
pub(super) struct SessionArgs {
    #[command(flatten)]
    manner: MannerArgs,
    /// Go on from the state in this file, if it is there, and write the state to it at the end:
    /// counts of composite rules, first-time-seen keys, ignore times and all else that is remembered
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    state: Option<PathBuf>,
}

/// `--as`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// The test tool
    #[value(alias = "logtest")]
    TestTool,
    /// The daemon
    Daemon,
}

impl Manner {
    pub(super) fn mode(self) -> Mode {
        match self {
            Manner::TestTool => Mode::TestTool,
            Manner::Daemon => Mode::Daemon,
        }
    }
}

/// What the events of a command become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// What the original's test tool shows.
    TestTool,
    /// Records of alerts and events.
    Records,
}

/// Whose manner it is if nobody says so.
pub(super) fn usual_mode(family: Family, shows: Shows) -> Mode {
    match (family, shows) {
        (Family::Ossec, _) | (Family::Wazuh, Shows::TestTool) => Mode::TestTool,
        (Family::Wazuh, Shows::Records) => Mode::Daemon,
    }
}

impl MannerArgs {
    /// The name of this machine, as the options say.
    fn hostname(&self) -> BString {
        let name = self.hostname.clone();
        let name = name.unwrap_or_else(gethostname::gethostname);
        name.as_encoded_bytes().into()
    }

    fn options(&self, family: Family, shows: Shows) -> SessionOptions {
        SessionOptions {
            hostname: self.hostname(),
            mode: match self.manner {
                Some(manner) => manner.mode(),
                None => usual_mode(family, shows),
            },
        }
    }

    /// A new session that knows what the installation remembers.
    pub(super) fn begin(&self, engine: Arc<Engine>, stored: &StoredState, shows: Shows) -> Session {
        let options = self.options(engine.ruleset().dialect.family(), shows);
        let mut session = Session::new(engine, options);
        session.recall(stored);
        session
    }
}

impl SessionArgs {
    /// The name of this machine, as the options say.
    pub(super) fn hostname(&self) -> BString {
        self.manner.hostname()
    }

    /// The session that the options ask for: the stored one, or a new one that knows what the
    /// installation remembers.
    ///
    /// # Errors
    /// The state cannot be read, is damaged, or is that of another ruleset.
    pub(super) fn begin(
        &self,
        engine: Arc<Engine>,
        stored: &StoredState,
        shows: Shows,
    ) -> Result<Session, Failure> {
        if let Some(path) = &self.state {
            match read_file(path) {
                Ok(bytes) => {
                    let family = engine.ruleset().dialect.family();
                    let options = self.manner.options(family, shows);
                    return Session::restore(engine, options, &bytes).map_err(|error| {
                        Failure::Message(format!("`{}`: {error}", path.display()))
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(state_failure("read", path, &error)),
            }
        }
        Ok(self.manner.begin(engine, stored, shows))
    }

    /// Writes the state, if it is to be kept.
    ///
    /// # Errors
    /// It cannot be written; the file is as it was before.
    pub(super) fn end(&self, session: &Session) -> Result<(), Failure> {
        let Some(path) = &self.state else {
            return Ok(());
        };
        replace_file(path, &session.snapshot())
            .map_err(|error| state_failure("write", path, &error))
    }

    /// True if the state is kept.
    pub(super) fn keeps_state(&self) -> bool {
        self.state.is_some()
    }
}

/// Reads a file that has an end: devices and pipes need not have one.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::read(path)
}

fn state_failure(what: &str, path: &Path, error: &io::Error) -> Failure {
    let (path, why) = (path.display(), reason(error));
    Failure::Message(format!("cannot {what} the state `{path}`: {why}"))
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
