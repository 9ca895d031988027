//! An OSSEC-compatible rule interpreter.

#![warn(missing_docs)]

pub mod diagnostic;
pub mod dialect;
pub mod engine;
pub mod ruleset;
pub mod source;
pub mod xml;
