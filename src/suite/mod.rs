//! Tests of rules: lines, or events at times of a virtual clock, and what is expected of them.
//!
//! ```text
//! file ─▶ ini::read, toml::read   Suite: cases, their events, expectations, each with its place
//!      ─▶ Runner::run             CaseResult: passed, or what differs; Coverage on the way
//! ```
//!
//! # The types that matter
//!
//! * [`Suite`]: the cases of a file. [`ini`] reads the suites of OSSEC and Wazuh, `toml` our own
//!   format.
//! * [`Case`]: events for one new session, in order.
//! * [`Expectation`]: one thing that must hold for an event, and where the file says so.
//! * [`Runner`]: evaluates cases on an engine.
//! * [`Coverage`]: which rules and decoders matched. [`cover`] is for commands that want to know
//!   only that.
//!
//! Times are part of the cases, so a case has the same result on any day.
//!
//! ```
//! use std::sync::Arc;
//! use ossia::{Engine, Ruleset, SessionOptions};
//! use ossia::source::Sources;
//! use ossia::suite::{self, Runner, Status, ini};
//!
//! let text = b"[sshd]\nlog 1 pass = Jan 12 13:22:01 web1 sshd[1]: Failed password for root \
//!     from 192.0.2.7 port 22 ssh2\nrule = 5716\nalert = 5\ndecoder = sshd\n";
//! let mut sources = Sources::default();
//! let source = sources.add("sshd.ini", *text);
//! let engine = Arc::new(Engine::new(Ruleset::embedded()?));
//! let family = engine.ruleset().dialect.family();
//! let (suite, problems) = ini::read(&sources, source, family, suite::START);
//! assert!(problems.is_empty());
//! let mut runner = Runner::new(engine, SessionOptions::default());
//! assert_eq!(runner.run(&suite.cases[0]).status, Status::Passed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coverage;
mod expect;
pub mod ini;
mod run;
#[cfg(all(test, feature = "cli"))]
mod tests;
#[cfg(feature = "cli")]
pub mod toml;

pub use coverage::{Coverage, RuleUse, cover};
pub use expect::{Expectation, UnitTest, Wanted};
pub use run::{Actual, CaseResult, Difference, Failure, MOST_FAILURES, Runner, Status};

use std::sync::Arc;

use bstr::BString;

use crate::dialect::Dialect;
use crate::engine::{Mode, Moment};
use crate::source::{SourceId, Span};

/// Where lines come from if nothing else is said, as in the test tools.
pub const LOCATION: &str = "stdin";

/// The default of the virtual clock: 1,700,000,000 Unix seconds, Tuesday, 14 November 2023,
/// 22:13:20 UTC: outside of office hours.
pub const START: Moment = Moment {
    seconds: 1_700_000_000,
    utc_offset: 0,
};

/// The tests of a file.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file.
    pub source: SourceId,
    /// The ruleset that the file names.
    pub ruleset: Option<RulesetFiles>,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// A ruleset as a test file names it: paths as written, relative to the file's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesetFiles {
    /// An ossec.conf.
    pub config: Option<String>,
    /// An installation directory.
    pub root: Option<String>,
    /// Decoder files, rule files and lists, in load order.
    pub files: Vec<String>,
    /// Files that are read behind the ruleset.
    pub add: Vec<String>,
    /// Whose semantics.
    pub dialect: Option<Dialect>,
}

/// One test: events that go through a session of their own.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name; need not be unique.
    pub name: String,
    /// Where it begins.
    pub place: Span,
    /// The engine's own host name, in place of the runner's.
    pub hostname: Option<BString>,
    /// Which program of the original it is, in place of the runner's.
    pub mode: Option<Mode>,
    /// In the order of the stream; at least one.
    pub events: Vec<Event>,
    /// Why it is known to fail.
    pub todo: Option<String>,
}

/// An event, or the same one several times.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where the file says what comes.
    pub place: Span,
    /// What comes.
    pub input: Input,
    /// When it comes each time; at least one.
    pub moments: Vec<Moment>,
    /// What every time but the last must fulfil.
    pub before: Vec<Expectation>,
    /// What the last time must fulfil.
    pub expect: Vec<Expectation>,
}

/// What a session gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A log line.
    Line {
        /// Where it comes from.
        location: BString,
        /// The line.
        line: Arc<[u8]>,
    },
    /// A whole queue message, `1:/var/log/x:line`.
    Message(Arc<[u8]>),
}

impl Input {
    /// The line, or the message.
    pub fn text(&self) -> &[u8] {
        match self {
            Input::Line { line, .. } => line,
            Input::Message(message) => message,
        }
    }
}

impl Case {
    /// How many events it has, repetitions included.
    pub fn event_count(&self) -> usize {
        self.events.iter().map(|event| event.moments.len()).sum()
    }
}
