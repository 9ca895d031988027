//! The attributes `type` and `negate` (`spec/wazuh.md` §4).

use super::Reader;
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Severity};
use crate::pattern::Language;
use crate::source::Text;

/// How the text of a condition is meant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Typing {
    /// `None`: the default of the element.
    pub(super) language: Option<Language>,
    pub(super) negated: bool,
}

const LANGUAGES: [Language; 3] = [Language::OsMatch, Language::OsRegex, Language::Pcre2];

impl Reader<'_> {
    /// Reads both attributes, where the dialect has them.
    pub(super) fn typing(&mut self, element: &ast::Element) -> Typing {
        let mut typing = Typing::default();
        if !self.rules.typed {
            return typing;
        }
        if let Some(value) = attribute(element, "type") {
            let is = |language: &Language| named(value, language.name());
            typing.language = LANGUAGES.into_iter().find(is);
            if typing.language.is_none() {
                self.invalid_attribute("type", value, "it is one of osmatch, osregex and pcre2");
            }
        }
        typing.negated = self.negation(element);
        typing
    }

    /// Reads `negate` alone: addresses have no `type`, whatever it says.
    pub(super) fn negation(&mut self, element: &ast::Element) -> bool {
        if !self.rules.typed {
            return false;
        }
        let Some(value) = attribute(element, "negate") else {
            return false;
        };
        let negated = named(value, "yes");
        if !negated && !named(value, "no") {
            self.invalid_attribute("negate", value, "it is `yes` or `no`");
        }
        negated
    }

    fn invalid_attribute(&mut self, name: &str, value: &Text, help: &str) {
        let (sid, value_text) = (self.sid(), value.lossy());
        let line = format!("Invalid value '{value_text}' for attribute '{name}' in rule {sid}.");
        self.push(
            Diagnostic::warning(
                Code::RULE_VALUE,
                format!("`{value_text}` is not a value of `{name}`"),
            )
            .label(value.span(), "the default is used")
            .help(help)
            .original(OriginalLine::wazuh(Severity::Warning, Some(7600), line)),
        );
    }
}

/// The value of an attribute of exactly this name.
pub(super) fn attribute<'a>(element: &'a ast::Element, name: &str) -> Option<&'a Text> {
    let mut attributes = element.attributes.iter();
    attributes
        .find(|attribute| attribute.name.bytes() == name)
        .map(|attribute| &attribute.value)
}

fn named(value: &Text, name: &str) -> bool {
    value.bytes().eq_ignore_ascii_case(name.as_bytes())
}
