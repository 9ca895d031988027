//! `firewall.log`: one line for each complete event of a firewall (`spec/output.md` §6,
//! `spec/correlation.md` §11).

use std::io::{self, Write};

use bstr::ByteSlice;

use super::origin;
use crate::dialect::Dialect;
use crate::ruleset::category::Category;
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

/// What differs between the dialects (`spec/decoders.md` §9).
#[derive(Clone, Copy, Debug)]
struct FirewallRules {
    /// The fields without which an event is incomplete.
    required: &'static [Field],
    /// The word for an action that contains `drop` further behind.
    contains_drop: &'static str,
}

static OSSEC_43: FirewallRules = FirewallRules {
    required: &[Field::Action, Field::SrcIp, Field::DstIp, Field::Protocol],
    contains_drop: "DROP",
};
static OLDER: FirewallRules = FirewallRules {
    required: &[
        Field::Action,
        Field::SrcIp,
        Field::DstIp,
        Field::Protocol,
        Field::SrcPort,
        Field::DstPort,
    ],
    contains_drop: "UNKNOWN",
};

impl Dialect {
    fn firewall(self) -> &'static FirewallRules {
        match self {
            Dialect::Ossec283 | Dialect::Ossec37 => &OLDER,
            Dialect::Ossec43 | Dialect::Wazuh414 => &OSSEC_43,
        }
    }
}

/// Writes firewall events.
#[derive(Clone, Debug)]
pub struct FirewallLog {
    rules: &'static FirewallRules,
    buffer: Vec<u8>,
}

impl FirewallLog {
    /// The format of a dialect.
    pub fn new(dialect: Dialect) -> Self {
        FirewallLog {
            rules: dialect.firewall(),
            buffer: Vec::new(),
        }
    }

    /// True for an event of a firewall that lacks a field of the line. The daemon drops it: no
    /// rules, no archive.
    pub fn is_incomplete(&self, verdict: &Verdict<'_>) -> bool {
        verdict.category() == Category::Firewall
            && self
                .rules
                .required
                .iter()
                .any(|&field| verdict.field(field).is_none())
    }

    /// The word that stands for a decoded action. The daemon's rules see it instead of the action.
    ///
    /// ```
    /// use ossia::dialect::Dialect;
    /// use ossia::output::FirewallLog;
    ///
    /// let log = FirewallLog::new(Dialect::Ossec43);
    /// assert_eq!(log.action(b"Teardown"), "CLOSED");
    /// assert_eq!(log.action(b"monitor-only, not accepted"), "ALLOW");
    /// ```
    pub fn action(&self, action: &[u8]) -> &'static str {
        match action.first().map(u8::to_ascii_lowercase) {
            Some(b'd' | b'r' | b'b') => "DROP",
            Some(b'c' | b't') => "CLOSED",
            Some(b'a' | b'p' | b'o') => "ALLOW",
            _ if action.find("drop").is_some() => self.rules.contains_drop,
            _ if action.find("accept").is_some() => "ALLOW",
            _ => "UNKNOWN",
        }
    }

    /// Writes a complete firewall event; nothing for any other.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(&mut self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<()> {
        if verdict.category() != Category::Firewall || self.is_incomplete(verdict) {
            return Ok(());
        }
        let field = |field, otherwise| verdict.field(field).map_or(otherwise, |value| &**value);
        let word = self.action(field(Field::Action, b""));
        self.buffer.clear();
        origin::time_and_place(&mut self.buffer, verdict);
        let parts = [
            b" ",
            word.as_bytes(),
            b" ",
            field(Field::Protocol, b""),
            b" ",
            field(Field::SrcIp, b""),
            b":",
            field(Field::SrcPort, b"0"),
            b"->",
            field(Field::DstIp, b""),
            b":",
            field(Field::DstPort, b"0"),
            b"\n",
        ];
        for part in parts {
            self.buffer.extend_from_slice(part);
        }
        out.write_all(&self.buffer)
    }
}
