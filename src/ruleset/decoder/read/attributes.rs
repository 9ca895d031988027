//! Attributes and options of the elements of a decoder (`spec/decoders.md` §1.2, `spec/wazuh.md`
//! §4.1, §7.1).

use super::super::Offset;
use super::Reader;
use crate::ast;
use crate::diagnostic::{Code, Diagnostic};
use crate::pattern::Language;
use crate::ruleset::suggest::did_you_mean;
use crate::source::{Span, Text};

/// The values of `offset`.
const OFFSETS: [(&str, Offset); 3] = [
    ("after_parent", Offset::AfterParent),
    ("after_prematch", Offset::AfterPrematch),
    ("after_regex", Offset::AfterRegex),
];

/// The types that a program name may have, the default first (`spec/wazuh.md` §4.1).
pub(super) const PROGRAM_NAME_TYPES: [Language; 3] =
    [Language::OsMatch, Language::OsRegex, Language::Pcre2];
/// The types that a prematch or regex may have, the default first.
pub(super) const REGEX_TYPES: [Language; 2] = [Language::OsRegex, Language::Pcre2];

impl Reader<'_> {
    pub(super) fn offset(
        &mut self,
        slot: &mut Option<(Offset, Span)>,
        repeated: bool,
        element: &ast::Element,
    ) {
        let attribute = if self.rules.attributes {
            let is_offset = |attribute: &&ast::Attribute| attribute.name.bytes() == "offset";
            element.attributes.iter().find(is_offset)
        } else {
            element.attributes.first()
        };
        let Some(attribute) = attribute else {
            return;
        };
        let tag = element.name.lossy();
        if attribute.name.bytes() != "offset" {
            let diagnostic = Diagnostic::error(
                Code::DECODER_OFFSET,
                format!(
                    "`{}` is not an attribute of `{tag}`",
                    attribute.name.lossy()
                ),
            )
            .label(attribute.name.span(), "only `offset` is known here")
            .original(
                self.messages
                    .about(2121, "Invalid decoder attribute", &attribute.name, ""),
            )
            .original(self.configuration_error());
            return self.push(diagnostic);
        }
        let Some(offset) = self.offset_value(&attribute.value) else {
            return self.unknown_offset(&attribute.value, !self.rules.attributes);
        };
        if repeated {
            let diagnostic = Diagnostic::error(
                Code::DECODER_OFFSET,
                format!("only the first `{tag}` of a decoder may have an offset"),
            )
            .label(
                attribute.span,
                "a later one, whose text is glued to the first",
            )
            .original(self.messages.about(
                2109,
                "Duplicated offsets for same regex",
                self.name,
                ".",
            ))
            .original(self.configuration_error());
            return self.push(diagnostic);
        }
        *slot = Some((offset, attribute.span));
    }

    pub(super) fn offset_value(&self, value: &Text) -> Option<Offset> {
        let written = value.bytes();
        let is = |known: &str| {
            if self.rules.attributes {
                written.eq_ignore_ascii_case(known.as_bytes())
            } else {
                written == known
            }
        };
        let known = OFFSETS.iter().find(|(name, _)| is(name));
        known.map(|&(_, offset)| offset)
    }

    pub(super) fn unknown_offset(&mut self, value: &Text, fatal: bool) {
        let shown = value.lossy();
        let own = self.messages.about(2120, "Invalid offset value", value, "");
        let message = format!("`{shown}` is not an offset");
        let mut diagnostic = if fatal {
            Diagnostic::error(Code::DECODER_OFFSET, message)
                .label(value.span(), "not known")
                .original(own)
                .original(self.configuration_error())
        } else {
            Diagnostic::warning(Code::DECODER_OFFSET, message)
                .label(
                    value.span(),
                    "not known, so the pattern begins at the start of the log",
                )
                .original(own)
        };
        let known = OFFSETS.map(|(name, _)| name);
        diagnostic.help = did_you_mean(&shown, known)
            .or_else(|| Some(format!("it is one of {}", known.join(", "))));
        self.push(diagnostic);
    }

    /// The language that a `type` attribute asks for; `None`: the default of the element.
    pub(super) fn language(
        &mut self,
        element: &ast::Element,
        allowed: &[Language],
    ) -> Option<Language> {
        if !self.rules.attributes {
            return None;
        }
        let attribute = element
            .attributes
            .iter()
            .find(|attribute| attribute.name.bytes() == "type")?;
        let value = &attribute.value;
        let known = allowed.iter().find(|language| {
            value
                .bytes()
                .eq_ignore_ascii_case(language.name().as_bytes())
        });
        if known.is_none() {
            let tag = element.name.lossy();
            let names: Vec<&str> = allowed.iter().map(|language| language.name()).collect();
            let line = format!(
                "Invalid value for attribute 'type' in '{tag}' option (decoder `{}`). Default value will be used.",
                self.name.lossy()
            );
            self.push(
                Diagnostic::warning(
                    Code::DECODER_VALUE,
                    format!("`{}` is not a type of `{tag}`", value.lossy()),
                )
                .label(value.span(), "ignored, the default is used")
                .help(format!("it is one of {}", names.join(", ")))
                .original(self.messages.warning(7601, line)),
            );
        }
        known.copied()
    }

    /// The value of one of the two options of `JSON_Decoder`; the first known one is the default.
    pub(super) fn json_option<T: Copy>(
        &mut self,
        tag: &str,
        content: &Text,
        known: &[(&str, T)],
        deprecated: Option<&str>,
    ) -> T {
        let value = content.lossy();
        let found = known.iter().find(|(name, _)| value == *name);
        let is_deprecated = deprecated.is_some_and(|name| value == name);
        if found.is_none() || is_deprecated {
            let (code, word) = if is_deprecated {
                (7603, "Deprecated")
            } else {
                (7602, "Invalid")
            };
            let line = format!(
                "{word} value '{value}' in '{tag}' option (decoder `{}`). Default value will be used.",
                self.name.lossy()
            );
            let names: Vec<&str> = known
                .iter()
                .map(|&(name, _)| name)
                .filter(|&name| Some(name) != deprecated)
                .collect();
            self.push(
                Diagnostic::warning(
                    Code::DECODER_VALUE,
                    format!("`{value}` is not a value of `{tag}`"),
                )
                .label(content.span(), format!("`{}` is used instead", names[0]))
                .help(format!("it is one of {}", names.join(", ")))
                .original(self.messages.warning(code, line)),
            );
        }
        found.unwrap_or(&known[0]).1
    }
}
