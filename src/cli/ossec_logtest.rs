//! The original's test tool under its own name: `ln -s ossia ossec-logtest`.
//!
//! For scripts that start the original and parse what it says: options, streams, texts and exit
//! statuses are those of `spec/output.md` §1, §2 and §9, byte for byte. `ossia logtest` is the tool
//! for people.
//!
//! Nothing of the original's surroundings is needed: no root, no users, no change of root; paths are
//! looked up below the home directory all the same. No `logs/ossec.log` is written: what the
//! original writes there comes on standard error too. Two variables of the environment choose what
//! has no option: `OSSIA_DIALECT` the version (`ossec-3.7`), `OSSIA_CLOCK` a time that stands still,
//! in Unix seconds.

mod console;
mod events;
mod help;
mod options;
mod startup;
mod unit_test;

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::called_as::Call;
use crate::dialect::Dialect;
use crate::engine::{Engine, Session, SessionOptions};
use crate::input::{Clock, Time};
use console::Console;
use events::Events;
use options::{Options, Wish};
use unit_test::{Expected, FORMAT};

/// The name that makes the program this tool.
pub(super) const NAME: &str = "ossec-logtest";

/// What the environment says.
fn environment() -> Result<(Option<Dialect>, Time), String> {
    let value = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let dialect = value("OSSIA_DIALECT").map(|name| name.parse()).transpose();
    let dialect = dialect.map_err(|error| format!("OSSIA_DIALECT: {error}"))?;
    let time = value("OSSIA_CLOCK").map(|time| time.parse()).transpose();
    let time = time.map_err(|error| format!("OSSIA_CLOCK: {error}"))?;
    Ok((dialect, time.unwrap_or(Time::Wall)))
}

/// Runs the tool and returns its exit status.
///
/// # Errors
/// Standard error cannot be written.
pub(super) fn run(call: Call, err: &mut dyn Write) -> io::Result<u8> {
    // Without a time zone the C library takes UTC without a word.
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let (dialect, time) = match environment() {
        Ok(found) => found,
        Err(text) => {
            let mut console = Console::new(err, Clock::new(Time::Wall, zone));
            console.log(format_args!("ossec-testrule: ERROR: {text}"))?;
            return Ok(1);
        }
    };
    let mut console = Console::new(err, Clock::new(time, zone));
    // The version cannot be told from a configuration that has not been opened yet.
    let assumed = dialect.unwrap_or_default();
    let options = match options::read(&call.program, call.arguments, assumed, &mut console)? {
        Wish::Run(options) => options,
        Wish::End(status) => return Ok(status),
    };
    let Some((ruleset, stored)) = startup::load(&options, dialect, &mut console)? else {
        return Ok(1);
    };
    if options.test {
        return Ok(0);
    }
    let pid = std::process::id();
    console.info(format_args!("Started (pid: {pid})."))?;
    if options.debug {
        for text in [
            "OS_CreateEventList completed.",
            "DEBUG: FTSInit completed.",
            "DEBUG: Accumulator Init completed.",
        ] {
            console.log(format_args!("ossec-analysisd: {text}"))?;
        }
    }
    let expected = match options
        .unit_test
        .as_deref()
        .map(|text| Expected::parse(text, ruleset.dialect))
    {
        Some(None) => {
            console.log(FORMAT)?;
            return Ok(1);
        }
        Some(expected) => expected,
        None => None,
    };
    if !options.alerts {
        console.plain(b"ossec-testrule: Type one log per line.\n\n")?;
    }
    let mut session = Session::new(
        Arc::new(Engine::new(ruleset)),
        SessionOptions {
            hostname: gethostname::gethostname().as_encoded_bytes().into(),
            ..SessionOptions::default()
        },
    );
    session.recall(&stored);
    let out = BufWriter::new(io::stdout().lock());
    let mut events = Events::new(session, &options, expected, console, out);
    events.read(io::stdin().lock())
}

impl Options {
    fn home(&self) -> &Path {
        let home = self.home.as_deref();
        Path::new(home.unwrap_or(OsStr::new(help::PREFIX)))
    }

    /// The default is not below `-D`: the original knows it before it knows the home directory.
    fn configuration(&self) -> &Path {
        let path = self.configuration.as_deref();
        Path::new(path.unwrap_or(OsStr::new(help::CONFIGURATION)))
    }
}
