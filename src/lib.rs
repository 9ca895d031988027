//! An OSSEC-compatible rule interpreter.

#![warn(missing_docs)]

pub mod ast;
mod bytes;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod dialect;
pub mod engine;
#[cfg(feature = "cli")]
pub mod input;
pub mod moment;
#[cfg(feature = "cli")]
pub mod output;
pub mod page;
pub mod pattern;
pub mod ruleset;
pub mod source;
#[cfg(feature = "cli")]
pub mod test_protocol;
pub mod verdict;
pub mod xml;
