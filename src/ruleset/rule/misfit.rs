//! What keeps a rule from a place in the tree, and what is said about it (`spec/rules.md` §5.3,
//! `spec/wazuh.md` §9.5).

use super::Sid;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::ruleset::category::Category;
use crate::source::{Span, Text};

/// A parent that cannot be found.
///
/// In OSSEC each of them ends the load, except a level 0. In Wazuh the rule is skipped, or only one
/// of its parents.
#[derive(Clone, Debug)]
pub(crate) enum Misfit {
    /// No rule of this id is loaded so far; `itself`: but for the rule in question.
    NoSid {
        parent: Sid,
        span: Span,
        itself: bool,
    },
    /// The same, for the parent that `if_matched_sid` implies.
    NoMatched {
        parent: Sid,
        span: Span,
        itself: bool,
    },
    /// `if_sid` holds something else.
    NotIds { span: Span },
    /// No rule loaded so far is in the group.
    NoGroup { group: Text, near: Option<String> },
    /// No rule loaded so far has this level or a higher one.
    NoLevel { level: u32, span: Span },
    /// `if_level` is 0.
    ZeroLevel { span: Span },
    /// There is no top-level rule for it.
    NoCategory { category: Category, span: Span },
}

impl Misfit {
    /// The id that is not there.
    pub(crate) fn parent(&self) -> Option<Sid> {
        match *self {
            Misfit::NoSid { parent, .. } | Misfit::NoMatched { parent, .. } => Some(parent),
            _ => None,
        }
    }

    /// The place of the reference.
    pub(crate) fn span(&self) -> Span {
        match self {
            Misfit::NoGroup { group, .. } => group.span(),
            Misfit::NoSid { span, .. }
            | Misfit::NoMatched { span, .. }
            | Misfit::NotIds { span }
            | Misfit::NoLevel { span, .. }
            | Misfit::ZeroLevel { span }
            | Misfit::NoCategory { span, .. } => *span,
        }
    }

    /// What is wrong, without severity and lines of the original.
    fn problem(&self) -> Diagnostic {
        let label = self.span();
        match self {
            Misfit::NoSid { parent, itself, .. } | Misfit::NoMatched { parent, itself, .. } => {
                let diagnostic = Diagnostic::error(
                    Code::PARENT_SID,
                    format!("there is no rule `{parent}` to stand below"),
                )
                .label(label, "no rule with this id is loaded so far");
                if *itself {
                    diagnostic.help("a rule cannot stand below itself")
                } else {
                    diagnostic
                }
            }
            Misfit::NotIds { .. } => Diagnostic::error(
                Code::PARENT_SID,
                "`if_sid` holds something else than rule ids",
            )
            .label(label, "not a digit, blank or comma")
            .help("ids are separated by commas or blanks, on one line"),
            Misfit::NoGroup { group, near } => {
                let near = near.clone();
                Diagnostic::error(
                    Code::PARENT_GROUP,
                    format!("no rule loaded so far is in the group `{}`", group.lossy()),
                )
                .label(label, "nothing to stand below")
                .help(near.unwrap_or("parents must be loaded before their children".to_owned()))
            }
            Misfit::NoLevel { level, .. } => Diagnostic::error(
                Code::PARENT_LEVEL,
                format!("no rule loaded so far has level {level} or more"),
            )
            .label(label, "nothing to stand below"),
            Misfit::ZeroLevel { .. } => {
                Diagnostic::error(Code::PARENT_LEVEL, "`if_level` 0 puts the rule nowhere")
                    .label(label, "the rule is never tested, as in the original")
            }
            Misfit::NoCategory { category, .. } => Diagnostic::error(
                Code::PARENT_CATEGORY,
                format!(
                    "there is no top-level rule of the category `{}`",
                    category.name()
                ),
            )
            .label(label, "nothing to stand below")
            .help("top-level rules are those with ids below 10; `if_sid` names another parent"),
        }
    }

    /// As OSSEC says it.
    pub(crate) fn ossec(&self) -> Diagnostic {
        let problem = self.problem();
        let text = match self {
            Misfit::NoSid { parent, .. } | Misfit::NoMatched { parent, .. } => {
                format!("Signature ID '{parent}' not found. Invalid 'if_sid'.")
            }
            Misfit::NotIds { .. } => "Signature ID must be an integer. Exiting...".to_owned(),
            Misfit::NoGroup { group, .. } => {
                format!("Group '{}' not found. Invalid 'if_group'.", group.lossy())
            }
            Misfit::NoLevel { level, .. } => {
                let level = level.saturating_mul(100);
                format!("Level ID '{level}' not found. Invalid 'if_level'.")
            }
            Misfit::ZeroLevel { .. } => {
                let line = OriginalLine::plain(Program::Analysisd, "Invalid level (atoi)");
                return warning(problem).original(line);
            }
            Misfit::NoCategory { category, .. } => {
                let number = category.number();
                format!("Category '{number}' not found. Invalid 'category'.")
            }
        };
        let line = OriginalLine::plain(Program::None, format!("rules_list: {text}"));
        problem.original(line)
    }

    /// As Wazuh says it about this rule, which is skipped unless it has other parents.
    pub(crate) fn wazuh(&self, rule: Sid) -> Diagnostic {
        let (code, text) = match self {
            Misfit::NoSid { parent, .. } => {
                let text = format!(
                    "Signature ID '{parent}' was not found and will be ignored in the 'if_sid' option of rule '{rule}'."
                );
                (7617, text)
            }
            // This message has no blank behind the period.
            Misfit::NoMatched { parent, .. } => {
                let text = format!(
                    "Signature ID '{parent}' was not found. Invalid 'if_matched_sid'.Rule '{rule}' will be ignored."
                );
                (7620, text)
            }
            Misfit::NotIds { .. } => (7607, "Signature ID must be an integer.".to_owned()),
            Misfit::NoGroup { group, .. } => {
                let group = group.lossy();
                let text = format!(
                    "Group '{group}' was not found. Invalid 'if_group'. Rule '{rule}' will be ignored."
                );
                (7610, text)
            }
            Misfit::NoLevel { level, .. } => {
                let text = format!(
                    "Level ID '{level}' was not found. Invalid 'if_level'. Rule '{rule}' will be ignored."
                );
                (7608, text)
            }
            Misfit::ZeroLevel { .. } => {
                let text = format!("Invalid 'if_level' value: '0'. Rule '{rule}' will be ignored.");
                (7609, text)
            }
            Misfit::NoCategory { category, .. } => {
                let name = category.name();
                let text = format!(
                    "Category '{name}' was not found. Invalid 'category'. Rule '{rule}' will be ignored."
                );
                (7611, text)
            }
        };
        warning(self.problem()).original(OriginalLine::wazuh(Severity::Warning, Some(code), text))
    }
}

fn warning(problem: Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..problem
    }
}

/// 7619: no parent is left.
pub(crate) fn no_parent(rule: Sid) -> OriginalLine {
    let text = format!("Empty 'if_sid' value. Rule '{rule}' will be ignored.");
    OriginalLine::wazuh(Severity::Warning, Some(7619), text)
}
