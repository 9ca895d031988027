//! Elements that name parents (`spec/rules.md` §4.3, `spec/wazuh.md` §9.5).

use super::super::Sid;
use super::{Reader, leading_number};
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Severity};
use crate::source::Text;

impl Reader<'_> {
    pub(super) fn if_sid(&mut self, content: &Text) {
        // A line break at the very end passes here, and is found when the rule is placed.
        let text = content.bytes();
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let foreign = |byte: &u8| !byte.is_ascii_digit() && !b" ,".contains(byte);
        if self.rules.skips
            && let Some(at) = text.iter().position(foreign)
        {
            let place = content.span_of(at..at + 1);
            let message = "`if_sid` holds something else than rule ids";
            let diagnostic = Diagnostic::warning(Code::PARENT_SID, message)
                .label(place, "not a digit, blank or comma")
                .help("ids are separated by commas or blanks, on one line");
            return self.skip(diagnostic, 7618, "if_sid", content);
        }
        self.join("if_sid", content, |draft| &mut draft.parents.if_sid);
    }

    pub(super) fn if_level(&mut self, content: &Text) {
        if is_number(content) {
            self.join("if_level", content, |draft| &mut draft.parents.if_level);
        } else {
            self.bad_number("if_level", 7609, content, "a level is a number");
        }
    }

    pub(super) fn if_matched_sid(&mut self, content: &Text) {
        if is_number(content) {
            let number = leading_number(content.bytes());
            self.draft.parents.matched_sid = (number != 0).then_some(Sid(number));
        } else {
            let help = "exactly one rule id, digits only";
            self.bad_number("if_matched_sid", 7615, content, help);
        }
    }

    /// An error in OSSEC; in Wazuh the rule is left out, and this is the number of the warning.
    fn bad_number(&mut self, tag: &str, code: u16, content: &Text, help: &str) {
        let message = format!("`{tag}` must be a number");
        let diagnostic = if self.rules.skips {
            Diagnostic::warning(Code::RULE_VALUE, message)
        } else {
            Diagnostic::error(Code::RULE_VALUE, message)
        };
        let diagnostic = diagnostic
            .label(content.span(), "not only digits")
            .help(help);
        if self.rules.skips {
            self.skip(diagnostic, code, tag, content);
        } else {
            let line = self.invalid_value(tag, content);
            self.push(diagnostic.original(line));
        }
    }

    /// Leaves the rule out because of the value of an element.
    fn skip(&mut self, diagnostic: Diagnostic, code: u16, tag: &str, content: &Text) {
        let (sid, value) = (self.sid(), content.lossy());
        let line = format!("Invalid '{tag}' value: '{value}'. Rule '{sid}' will be ignored.");
        let line = OriginalLine::wazuh(Severity::Warning, Some(code), line);
        let note = format!("rule `{sid}` is skipped");
        self.skipped = true;
        self.push(diagnostic.note(note).original(line));
    }
}

fn is_number(text: &Text) -> bool {
    text.bytes().iter().all(u8::is_ascii_digit)
}
