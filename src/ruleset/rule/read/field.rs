//! `<field name="…">`: dynamic fields (`spec/rules.md` §4.2, `spec/wazuh.md` §9.3).

use super::super::{FieldCondition, TextField};
use super::Reader;
use super::typing::{Typing, attribute};
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::Family;
use crate::pattern::Language;
use crate::ruleset::expression::Expression;
use crate::source::{Span, Text};

/// Names that `field` of Wazuh refuses.
const STATIC_FIELDS: [&str; 17] = [
    "srcip",
    "dstip",
    "srcgeoip",
    "dstgeoip",
    "srcport",
    "dstport",
    "user",
    "srcuser",
    "dstuser",
    "url",
    "id",
    "data",
    "extra_data",
    "status",
    "protocol",
    "system_name",
    "action",
];

/// The way to test a static field.
fn static_element(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let element = match name.as_str() {
        "srcip" | "dstip" => name.as_str(),
        "srcuser" | "dstuser" => {
            return Some("`<user>` tests the destination user, or else the source user".to_owned());
        }
        _ => TextField::ALL
            .iter()
            .map(|field| field.element(Family::Wazuh))
            .find(|&element| element == name)?,
    };
    Some(format!("write `<{element}>`"))
}

impl Reader<'_> {
    pub(super) fn field(&mut self, element: &ast::Element) {
        let Some(name) = self.field_name(element) else {
            return;
        };
        let Typing { language, negated } = self.typing(element);
        let language = language.unwrap_or(Language::OsRegex);
        if let Some(pattern) = self.compile(&name.lossy(), &element.content, language) {
            self.draft.conditions.fields.push(FieldCondition {
                name: name.bytes().to_owned(),
                expression: Expression {
                    negated,
                    ..Expression::matches(pattern)
                },
            });
        }
    }

    /// The attribute `name`: the first one in OSSEC, in Wazuh wherever it stands.
    fn field_name<'a>(&mut self, element: &'a ast::Element) -> Option<&'a Text> {
        let sid = self.sid();
        let failure = |text: &str| format!("Failure to read rule {sid}. {text}");
        let missing = "No such attribute 'name' for field.";
        if self.rules.typed {
            let Some(name) = attribute(element, "name") else {
                self.no_field_name(element.span, None, failure(missing));
                return None;
            };
            let is_static = |field: &&str| name.bytes().eq_ignore_ascii_case(field.as_bytes());
            if STATIC_FIELDS.iter().any(is_static) {
                let text = name.lossy();
                let line = failure(&format!("Field '{text}' is static."));
                let mut diagnostic = Diagnostic::error(
                    Code::RULE_VALUE,
                    format!("`{text}` is a static field, `field` tests dynamic ones"),
                )
                .label(name.span(), "static")
                .original(OriginalLine::plain(Program::Analysisd, line));
                diagnostic.help = static_element(&text);
                self.push(diagnostic);
                return None;
            }
            return Some(name);
        }
        let Some(first) = element.attributes.first() else {
            let note = "the original engine crashes here";
            self.no_field_name(element.span, Some(note), missing.to_owned());
            return None;
        };
        if !first.name.bytes().eq_ignore_ascii_case(b"name") {
            let name = first.name.lossy();
            let line = format!("Bad attribute '{name}' for field.");
            self.push(
                Diagnostic::error(
                    Code::RULE_VALUE,
                    "the first attribute of `field` must be `name`",
                )
                .label(first.name.span(), "not `name`")
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
            return None;
        }
        Some(&first.value)
    }

    fn no_field_name(&mut self, span: Span, note: Option<&str>, line: String) {
        let mut diagnostic =
            Diagnostic::error(Code::RULE_VALUE, "`field` needs the name of a field")
                .label(span, "no attribute `name`")
                .original(OriginalLine::plain(Program::Analysisd, line));
        diagnostic.notes.extend(note.map(ToOwned::to_owned));
        self.push(diagnostic);
    }
}
