//! Candidates: which decoders and rules are worth a try for an event.
//!
//! A list of decoders or rules is tried from front to back, and most members fail at their first
//! test. At load each member is filed under one thing that it cannot match without: the decoder
//! of the event, the beginning of the program name or of the log, or three letters in a row
//! somewhere in them. For an event the list gives the members whose thing is there, in their order,
//! and those that nothing was known about.
//!
//! **Why it is sound.** A filter only skips members that cannot match:
//!
//! - a rule with `decoded_as` fails on events of another decoder, one with `field` on events that
//!   lack the field;
//! - a pattern fails on a text that meets none of its [`Needs`](crate::pattern::Needs);
//! - a rule or prematch that fails changes nothing, neither in the event nor in what is remembered,
//!   because the tests that remember something (`check_diff`, `if_fts`, searches) come behind all
//!   tests by which members are filed. Patterns that fail may empty the list of captures; where it
//!   is not empty, `decode.rs` asks no filter.
//!
//! So the first member that matches is the same with and without filter, and so are all that match
//! before it.
//!
//! | part | is |
//! |---|---|
//! | [`grams`] | what is in a text: its beginning, its end, pieces of three letters, single bytes |
//! | [`probe`] | what a pattern needs, in the same terms |
//! | [`table`] | members filed by their probes of one text |
//! | [`selector`] | a whole list: by decoder, program name, log, dynamic field, and the rest |

mod grams;
mod probe;
mod selector;
mod table;
#[cfg(test)]
mod tests;

pub(super) use grams::Texts;
pub(super) use probe::Probe;
pub(super) use selector::{Member, Query, Selector};

/// Whether candidates are filtered. Without filter every member of a list is tried: the plain
/// evaluation, which the differential tests compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filtering {
    On,
    #[cfg(test)]
    Off,
}
