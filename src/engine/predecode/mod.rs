//! Phase 1: from a queue message to host, program name and log (`spec/predecoding.md`).
//!
//! ```text
//! 1:stdin:Jan 12 13:22:01 web1 sshd[4211]: Accepted
//!         └── timestamp ┘ host prog        └── log
//! ```
//!
//! Four functions, in this order: [`split_queue_message`] takes the message apart,
//! [`PredecodingRules::origin`] says what the location means, [`clean`] removes control bytes
//! (OSSEC 4.3 only) and [`header`] recognises the header. None of them allocates; all results are
//! ranges of the text that went in.
//!
//! What differs between the engines stands in one [`PredecodingRules`] per dialect
//! (`dialect.rs`), the recognised headers in one table per dialect (`forms.rs`). The time stamp of
//! a line is never read as a time: events carry the time at which they arrived.
//!
//! The host name that rules see at the end (§7) needs to know the machine, so the session puts it
//! together from [`Origin`] and [`Header::hostname`].

mod asl;
mod dialect;
mod forms;
mod message;
mod program;
#[cfg(test)]
mod tests;

pub use dialect::PredecodingRules;
pub(crate) use message::is_plain_location;
pub use message::{Origin, QueueMessage, Rejection, clean, is_agent_location, split_queue_message};

use std::ops::Range;

use forms::Follow;

/// What the header said. All ranges are into the text that [`header`] was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The time stamp as written; only Wazuh reports it.
    pub timestamp: Option<Range<usize>>,
    /// The host name. Absent and empty are different.
    pub hostname: Option<Range<usize>>,
    /// The program name. Absent and empty are different: an empty one selects the decoders with a
    /// `program_name`.
    pub program_name: Option<Range<usize>>,
    /// What decoders and rules look at. It need not reach to the end of the text.
    pub log: Range<usize>,
}

impl Header {
    /// No header was recognised: the whole text is the log.
    fn none(text: &[u8]) -> Self {
        Header {
            timestamp: None,
            hostname: None,
            program_name: None,
            log: 0..text.len(),
        }
    }
}

/// Recognises the header of a message (§3 to §6).
///
/// The first form of the dialect's table whose columns fit decides. Everything fits or nothing:
/// there is no error, an unknown header leaves the whole text as log.
pub fn header(rules: &PredecodingRules, text: &[u8]) -> Header {
    let Some(form) = forms::recognise(rules.forms, text) else {
        return Header::none(text);
    };
    // A text can be shorter than its own header (suricata with exactly 27 bytes); the original
    // reads past the end there, here the log is empty.
    let mut start = form.skip.min(text.len());
    let mut header = Header::none(text);
    let stamp = form.stamp.start..form.stamp.end.min(text.len());
    header.timestamp = (rules.reports_timestamp && !stamp.is_empty()).then_some(stamp);
    match form.follow {
        Follow::HostAndProgram => program::parse(rules, text, start, &mut header),
        Follow::Log => header.log = start..text.len(),
        Follow::BlanksAndLog => {
            start += text[start..]
                .iter()
                .take_while(|&&byte| byte == b' ')
                .count();
            header.log = start..text.len();
            if let Some(stamp) = &mut header.timestamp {
                stamp.end = start.saturating_sub(1).max(stamp.start);
            }
        }
        Follow::Brackets => asl::parse(text, start, &mut header),
    }
    header
}
