//! An OSSEC-compatible rule interpreter: it loads decoders and rules of OSSEC and Wazuh 4.x as they
//! are and gives every log line the verdict of the original engine.
//!
//! | type | is |
//! |---|---|
//! | [`Ruleset`] | decoders, rules and lists, checked: what an original engine would have after its start |
//! | [`Engine`] | a ruleset compiled: immutable, shared by any number of threads |
//! | [`Session`] | the memory of one stream of events, and the way of an event through the engine |
//! | [`Verdict`] | what came of an event: decoder, fields, rule, alert |
//! | [`Trace`] | a sink for the steps of an evaluation; what it does not ask for costs nothing |
//!
//! ```
//! use std::sync::Arc;
//! use ossia::{Engine, Moment, Ruleset, Session, SessionOptions};
//!
//! let engine = Arc::new(Engine::new(Ruleset::embedded()?));
//! let mut session = Session::new(engine, SessionOptions::default());
//! let line = b"Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2";
//! let at = Moment { seconds: 1_700_000_000, utc_offset: 0 };
//! let verdict = session.evaluate(b"/var/log/auth.log", line, at)?;
//! let rule = verdict.rule().expect("a rule");
//! assert_eq!((rule.sid.0, rule.level, verdict.alert()), (5716, 5, true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! These seven names and [`LoadError`] are the small API that stays; `examples/` shows them at
//! work. The modules are the stages of the pipeline (see ARCHITECTURE.md), for those who need more:
//! rulesets from an installation ([`config::from_configuration`]), diagnostics
//! ([`ruleset::build`]), threads ([`engine::Preparer`]). Beside the pipeline stands what rule authors
//! use: [`explain`], [`check`], [`suite`] (tests), [`coverage`], [`compare`], [`rule_tree`], [`fmt`].
//!
//! The core does no IO, reads no clock and starts no thread: time comes with each event.
//! `default-features = false` leaves out the command line and PCRE2.

#![warn(missing_docs)]

pub mod ast;
mod bytes;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compare;
pub mod config;
pub mod coverage;
pub mod diagnostic;
pub mod dialect;
pub mod engine;
pub mod explain;
pub mod fmt;
#[cfg(feature = "cli")]
pub mod input;
pub mod moment;
#[cfg(feature = "cli")]
pub mod output;
pub mod page;
pub mod pattern;
pub mod rule_tree;
pub mod ruleset;
pub mod source;
pub mod suite;
#[cfg(feature = "cli")]
pub mod test_protocol;
pub mod verdict;
pub mod xml;

pub use engine::trace::Trace;
pub use engine::{Engine, Session, SessionOptions};
pub use moment::Moment;
pub use ruleset::{LoadError, Ruleset};
pub use verdict::Verdict;
