//! The format of our own for tests, one file beside the rules: `local_rules.test.toml`.
//!
//! ```toml
//! [ruleset]                       # without it: the ruleset of the command line, or the built-in one
//! add = ["local_rules.xml"]       # rules, decoders, lists, config, root, add, dialect
//!
//! [defaults]                      # all of it may stand in a case, too
//! start = 2024-01-06T23:00:00     # what the virtual clock shows at first
//! time_zone = "Europe/Berlin"
//! location = "/var/log/auth.log"
//!
//! [[case]]
//! name = "a failed login"
//! log = "Jan 12 13:22:01 web1 sshd[1]: Failed password for {user} from {srcip} port 22 ssh2"
//! decoder = "sshd"                # false: none
//! fields = { srcip = "{srcip}", user = "{user}" }
//! rule = 5716                     # false: none
//! not_rule = [5710]
//! level = 5
//! alert = true
//! [[case.with]]                   # the case once for each of these
//! srcip = "192.0.2.7"
//! user = "root"
//! [[case.with]]
//! srcip = "2001:db8::1"
//! user = "admin"
//!
//! [[case]]
//! name = "guessing names"
//! todo = "why it is known to fail"
//! [[case.event]]                  # several events: a session in order
//! log = "Jan 12 13:22:01 web1 sshd[1]: Invalid user x from 192.0.2.7"
//! repeat = 8
//! every = "10s"
//! before = { rule = 5710 }        # every time but the last
//! rule = 5712                     # the last time
//! [[case.event]]
//! at = "+2m"                      # behind the event before; or a time: 2024-01-06T23:30:00
//! message = "1:/var/log/auth.log:Jan 12 13:22:01 web1 sshd[1]: Server listening on :: port 22."
//! alert = false
//! ```

mod case;
mod expectations;
mod header;
mod parameters;
mod reader;
mod time;
pub mod write;

use jiff::tz::TimeZone;
use toml::de::{DeTable, DeValue};

use super::Suite;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Sources, Span};
use header::Defaults;
use reader::Reader;

pub use case::{EVENTS, INSTANCES};

/// The end of the names of such files.
pub const SUFFIX: &str = ".test.toml";

/// Reads a suite. Cases with problems are left out. `start` is what the virtual clock shows at
/// first, in Unix seconds, and `zone` its time zone, where the file says nothing else.
pub fn read(
    sources: &Sources,
    source: SourceId,
    start: i64,
    zone: &TimeZone,
) -> (Suite, Vec<Diagnostic>) {
    let mut suite = Suite {
        source,
        ruleset: None,
        cases: Vec::new(),
    };
    let bytes = sources.get(source).bytes();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let problem = Diagnostic::error(Code::TEST_SYNTAX, "a test file is UTF-8")
                .label(Span::new(source, at..at + 1), "this byte is not");
            return (suite, vec![problem]);
        }
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| {
            let span = error.span().unwrap_or(0..0);
            Diagnostic::error(Code::TEST_SYNTAX, error.message().trim())
                .label(Span::new(source, span), "the TOML is broken here")
        });
        return (suite, problems.collect());
    }
    let document = document.get_ref();
    let mut reader = Reader::new(source);
    reader.known(document, "a test file", &["ruleset", "defaults", "case"]);
    if let Some(value) = document.get("ruleset") {
        suite.ruleset = header::ruleset(&mut reader, value);
    }
    let mut defaults = Defaults::new(start, zone);
    if let Some(value) = document.get("defaults")
        && let Some(table) = reader.table(value, "defaults")
    {
        reader.known(table, "[defaults]", &header::KEYS);
        defaults = defaults.changed(&mut reader, table);
    }
    let mut room = EVENTS;
    match document.get("case") {
        None => {}
        Some(value) => match value.get_ref() {
            DeValue::Array(cases) => {
                for value in cases.iter() {
                    if let Some(table) = reader.table(value, "case") {
                        let place = reader.span(value.span());
                        let found = case::read(&mut reader, table, place, &defaults, &mut room);
                        suite.cases.extend(found);
                    }
                }
            }
            _ => reader.wrong(value, "cases are written as `[[case]]`"),
        },
    }
    let mut problems = reader.diagnostics;
    problems.sort_by_key(|problem| problem.primary().map(|span| span.start));
    (suite, problems)
}
