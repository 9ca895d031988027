//! The id of a rule: is it free, or is there a rule to overwrite (`spec/wazuh.md` §9.6)?

use super::super::{FIRST_CHILD_SID, Sid};
use super::Reader;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::source::Span;

impl Reader<'_> {
    /// Checks the id before any element is looked at, as the original does.
    pub(super) fn check_id(&mut self, span: Span) {
        let sid = Sid(self.sid());
        match (self.context.rules.find(sid), self.attributes.overwrite) {
            (Some(earlier), false) => {
                let mut diagnostic = self.duplicate(sid, span);
                if let Some(first) = self.context.rules.get(earlier).definitions.first() {
                    diagnostic = diagnostic.label(first.span, "the first definition");
                }
                self.push(diagnostic);
            }
            (None, true) if self.rules.skips && sid.0 >= FIRST_CHILD_SID => {
                let line = format!(
                    "Rule ID '{sid}' does not exist but 'overwrite' is set to 'yes'. Still, the rule will be loaded."
                );
                self.push(
                    Diagnostic::warning(
                        Code::OVERWRITE_UNKNOWN,
                        format!("there is no rule `{sid}` to overwrite"),
                    )
                    .label(span, "loaded as a rule of its own")
                    .help("the rule to overwrite must be loaded before")
                    .original(OriginalLine::wazuh(
                        Severity::Warning,
                        Some(7613),
                        line,
                    )),
                );
            }
            _ => {}
        }
    }

    fn duplicate(&mut self, sid: Sid, span: Span) -> Diagnostic {
        let message = format!("rule `{sid}` is defined twice");
        let help =
            "give it another id, or write `overwrite=\"yes\"` to replace the first".to_owned();
        let diagnostic = if self.rules.skips {
            self.skipped = true;
            let line = format!(
                "Rule ID '{sid}' is duplicated. Only the first occurrence will be considered."
            );
            Diagnostic::warning(Code::RULE_DUPLICATE, message)
                .label(span, "the second definition is skipped")
                .original(OriginalLine::wazuh(Severity::Warning, Some(7612), line))
        } else {
            let line = format!("Duplicate rule ID:{sid}");
            Diagnostic::error(Code::RULE_DUPLICATE, message)
                .label(span, "the second definition")
                .original(OriginalLine::plain(Program::Analysisd, line))
        };
        diagnostic.help(help)
    }
}
