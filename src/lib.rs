//! An OSSEC-compatible rule interpreter.

#![warn(missing_docs)]

pub mod diagnostic;
pub mod dialect;
pub mod pattern;
pub mod source;
