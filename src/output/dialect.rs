//! Which forms the output of a dialect has.

use std::io::{self, Write};

use bstr::BString;

use super::{Palette, RuleTrace, TestTool, WazuhPhases};
use crate::dialect::{Dialect, Family};
use crate::verdict::Verdict;

/// The forms of the daemon's alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AlertForm {
    /// `spec/output.md` §3, §4.
    Ossec,
    /// `spec/wazuh.md` §13.
    Wazuh,
}

impl Dialect {
    pub(super) fn alert_form(self) -> AlertForm {
        match self.family() {
            Family::Ossec => AlertForm::Ossec,
            Family::Wazuh => AlertForm::Wazuh,
        }
    }
}

/// The text of the test tool of a dialect.
#[derive(Clone, Debug)]
pub enum Phases {
    /// `ossec-logtest`.
    Ossec(TestTool),
    /// `wazuh-logtest`.
    Wazuh(WazuhPhases),
}

impl Phases {
    /// The text of this dialect, on a machine of this name.
    pub fn new(dialect: Dialect, hostname: BString, palette: Palette) -> Self {
        match dialect.family() {
            Family::Ossec => Phases::Ossec(TestTool::new(dialect, palette)),
            Family::Wazuh => Phases::Wazuh(WazuhPhases::new(hostname, palette)),
        }
    }

    /// Writes one event; with a trace, what the original's `-v` shows.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(
        &self,
        out: &mut dyn Write,
        verdict: &Verdict<'_>,
        trace: Option<&RuleTrace<'_>>,
    ) -> io::Result<()> {
        match self {
            Phases::Ossec(text) => text.write(out, verdict, trace),
            Phases::Wazuh(text) => text.write(out, verdict, trace),
        }
    }
}
