//! Which findings count, and how much.

use crate::diagnostic::{Code, Severity};
use crate::ruleset::suggest::did_you_mean;

use super::finding::Finding;
use super::registry::{all, find};

/// What is made of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Allow,
    /// It is reported with this severity.
    Report(Severity),
}

impl Level {
    /// The names in a configuration.
    pub const NAMES: [&'static str; 4] = ["allow", "info", "warning", "error"];

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Level> {
        Some(match text {
            "allow" => Level::Allow,
            "info" => Level::Report(Severity::Info),
            "warning" => Level::Report(Severity::Warning),
            "error" => Level::Report(Severity::Error),
            _ => return None,
        })
    }
}

/// No check and no code of a load has this id or name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no check `{text}`")]
pub struct UnknownId {
    /// What was written.
    pub text: String,
    /// What may be meant.
    pub help: Option<String>,
}

/// The levels that differ from those of the checks.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Later ones win.
    set: Vec<(Which, Level)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    One(Code),
}

impl Levels {
    /// Sets the level of a check by its id or name, of a message of the load by its code, or of
    /// `all` checks. Later calls win.
    ///
    /// # Errors
    /// Nothing is called so.
    pub fn set(&mut self, text: &str, level: Level) -> Result<(), UnknownId> {
        let which = match text {
            "all" => Which::All,
            _ => Which::One(code(text)?),
        };
        self.set.push((which, level));
        Ok(())
    }

    /// Leaves out what is allowed and gives the others their severity. An error of the load stays:
    /// nothing runs with it.
    pub fn apply(&self, findings: &mut Vec<Finding>) {
        findings.retain_mut(|finding| {
            if finding.check.is_none() && finding.diagnostic.is_error() {
                return true;
            }
            let code = finding.diagnostic.code;
            let hit = self.set.iter().rev().find(|(which, _)| match which {
                Which::All => finding.check.is_some(),
                Which::One(one) => *one == code,
            });
            match hit {
                Some((_, Level::Allow)) => return false,
                Some((_, Level::Report(severity))) => finding.diagnostic.severity = *severity,
                None => {}
            }
            true
        });
    }
}

/// The code that a text means: `OS012`, `bracket-class`, `E603`.
pub(super) fn code(text: &str) -> Result<Code, UnknownId> {
    if let Some(check) = find(text) {
        return Ok(check.code());
    }
    let mut of_load = Code::ALL.iter().map(|(code, _)| *code);
    if let Some(code) = of_load.find(|code| code.to_string().eq_ignore_ascii_case(text)) {
        return Ok(code);
    }
    let help = did_you_mean(text, all().map(|check| check.name));
    Err(UnknownId {
        text: text.to_owned(),
        help: help.or_else(|| Some("`ossia check --list` shows all of them".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        assert_eq!(code("os004"), code("bracket-class"));
        assert_eq!(code("E603"), Ok(Code::LIST_FILE));
        let error = code("bracket-clas").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `bracket-class`?"));
    }
}
