//! Which decoders and rules a stream of events reaches, and what of the stream reaches none.
//!
//! [`Reached`] counts: it is a [`Trace`](crate::engine::trace::Trace), and so it sees the rules on
//! the way to the result too. [`Unmatched`] collects the lines without a decoder or a rule by their [`shape`], in bounded
//! memory.
//!
//! ```
//! use std::sync::Arc;
//! use ossia::coverage::Reached;
//! use ossia::{Engine, Moment, Ruleset, Session, SessionOptions};
//!
//! let engine = Arc::new(Engine::new(Ruleset::embedded()?));
//! let mut reached = Reached::new(engine.ruleset());
//! let mut session = Session::new(Arc::clone(&engine), SessionOptions::default());
//! let line = b"Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2";
//! let at = Moment { seconds: 1_700_000_000, utc_offset: 0 };
//! reached.begin();
//! let verdict = session.evaluate_traced(b"stdin", line, at, &mut reached)?;
//! reached.end(&verdict);
//! let result = verdict.rule_id().expect("a rule");
//! assert_eq!(reached.rule(result).results, 1);
//! assert!(reached.rules().filter(|(_, count)| count.matched > 0).count() > 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod dead;
mod group;
mod merge;
mod reached;
mod shape;
mod unmatched;

pub use group::{Missing, Shape};
pub use reached::{DecoderCount, Reached, RuleCount};
pub use shape::shape;
pub use unmatched::Unmatched;
