//! What differs between the engines in phase 1 (`spec/predecoding.md` §8, `spec/wazuh.md` §6).

use super::forms::{self, Form};
use crate::dialect::Dialect;

/// The differences as data.
#[derive(Debug)]
pub struct PredecodingRules {
    /// Longest line of the test tool in bytes; the rest of a longer line is the next event.
    pub line_limit: usize,
    /// Shortest line of the test tool in bytes; shorter ones are skipped.
    pub shortest_line: usize,
    /// Header forms in the order in which they are tried.
    pub(super) forms: &'static [&'static Form],
    pub(super) location: LocationEnd,
    /// A location with a `..` part is rejected.
    pub(super) rejects_parent_directory: bool,
    /// Bytes 1–31 and 127 are removed from the message.
    pub(super) removes_control_bytes: bool,
    /// The time stamp is reported.
    pub(super) reports_timestamp: bool,
    /// `prog:text` and `prog[1]:text` are program names without the blank behind the colon.
    pub(super) blank_after_colon_optional: bool,
    pub(super) id_tag: IdTagEnd,
}

/// Which colon ends the location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocationEnd {
    /// The first one.
    FirstColon,
    /// The first one, but for agents the first behind `->`.
    ColonAfterArrow,
    /// The first one that no `|` escapes.
    UnescapedColon,
}

/// Where `[ID 123 facility.level] ` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdTagEnd {
    /// Behind the first `] `.
    BracketAndBlank,
    /// One byte behind the first `]`, whatever that byte is.
    BracketAndAnyByte,
}

static OSSEC_283: PredecodingRules = PredecodingRules {
    line_limit: 6135,
    shortest_line: 2,
    forms: &forms::OSSEC_283,
    location: LocationEnd::FirstColon,
    rejects_parent_directory: false,
    removes_control_bytes: false,
    reports_timestamp: false,
    blank_after_colon_optional: false,
    id_tag: IdTagEnd::BracketAndAnyByte,
};

static OSSEC_37: PredecodingRules = PredecodingRules {
    forms: &forms::OSSEC,
    location: LocationEnd::ColonAfterArrow,
    id_tag: IdTagEnd::BracketAndBlank,
    ..OSSEC_283
};

static OSSEC_43: PredecodingRules = PredecodingRules {
    rejects_parent_directory: true,
    removes_control_bytes: true,
    ..OSSEC_37
};

static WAZUH_414: PredecodingRules = PredecodingRules {
    // The longest message of the test protocol (`spec/wazuh.md` §14).
    line_limit: 65535,
    shortest_line: 1,
    forms: &forms::WAZUH,
    location: LocationEnd::UnescapedColon,
    reports_timestamp: true,
    blank_after_colon_optional: true,
    ..OSSEC_283
};

impl Dialect {
    /// Longest line of the test tool in bytes; the rest of a longer line is the next event.
    pub fn line_limit(self) -> usize {
        self.predecoding().line_limit
    }

    /// Shortest line of the test tool in bytes; shorter ones are skipped.
    pub fn shortest_line(self) -> usize {
        self.predecoding().shortest_line
    }

    /// The rules of phase 1.
    pub(crate) fn predecoding(self) -> &'static PredecodingRules {
        match self {
            Dialect::Ossec283 => &OSSEC_283,
            Dialect::Ossec37 => &OSSEC_37,
            Dialect::Ossec43 => &OSSEC_43,
            Dialect::Wazuh414 => &WAZUH_414,
        }
    }
}
