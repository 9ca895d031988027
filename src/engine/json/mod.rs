//! `JSON_Decoder` and its JSON library (`spec/wazuh.md` §8.1).
//!
//! ```text
//! text ─▶ reader ─▶ Tape ─▶ flatten   dotted paths and values
//!                        └▶ print     compact or formatted text
//! ```
//!
//! The library of the original is laxer than the standard where it reads, and has a form of its own
//! for numbers where it prints; no other library gives the same bytes. An error anywhere in the
//! text means that there is no value at all, so the text is read to its end first, into a flat
//! [`Tape`] that is reused from event to event. Nothing here recurses: the depth of the text costs
//! heap memory only, and is limited.

mod flatten;
mod number;
mod print;
mod reader;
mod tape;
#[cfg(test)]
mod tests;

pub(crate) use flatten::{JsonRules, Scratch, flatten};
pub(crate) use print::{Style, push_escaped, push_string};
pub(crate) use reader::parse;
#[cfg(feature = "cli")]
pub(crate) use reader::parse_whole;
pub(crate) use tape::{Tape, Value};
