//! Elements of a rule whose value is more than a pattern.

use bstr::ByteSlice;

use super::super::{FieldCondition, IgnoreKeys, InfoKind};
use super::{Draft, INFO_LIMIT, Reader, append};
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::pattern::Language;
use crate::ruleset::category::Category;
use crate::ruleset::condition::AddressEntry;
use crate::ruleset::expression::Expression;
use crate::ruleset::list_condition::{self, ListCondition};
use crate::ruleset::suggest::did_you_mean;
use crate::source::Text;

impl Reader<'_> {
    pub(super) fn decoded_as(&mut self, content: &Text) {
        match self.context.decoders.name_id(content.bytes()) {
            Some(id) => self.draft.conditions.decoded_as = Some((id, content.clone())),
            None => {
                let name = content.lossy();
                let line = format!("Invalid decoder name: '{name}'.");
                let known: Vec<String> = self
                    .context
                    .decoders
                    .names()
                    .map(ToString::to_string)
                    .collect();
                let mut diagnostic =
                    Diagnostic::error(Code::RULE_DECODER, format!("there is no decoder `{name}`"))
                        .label(content.span(), "not loaded")
                        .original(OriginalLine::plain(Program::Analysisd, line));
                diagnostic.help = did_you_mean(&name, known.iter().map(String::as_str));
                self.push(diagnostic);
            }
        }
    }

    pub(super) fn category(&mut self, content: &Text) {
        match Category::from_rule_category(content.bytes()) {
            Some(category) => self.draft.category = Some(category),
            None => {
                let value = content.lossy();
                let line = format!("Invalid category '{value}' chosen.");
                let mut diagnostic =
                    Diagnostic::error(Code::RULE_VALUE, format!("`{value}` is not a category"))
                        .label(content.span(), "not known")
                        .original(OriginalLine::error(Program::Analysisd, 1273, line));
                let known = Category::names();
                diagnostic.help = did_you_mean(value.trim(), known);
                self.push(diagnostic);
            }
        }
    }

    pub(super) fn address(
        &mut self,
        tag: &str,
        content: &Text,
        list: impl Fn(&mut Draft) -> &mut Vec<AddressEntry>,
    ) {
        let parsed = AddressEntry::parse(self.context.dialect, content.bytes());
        if let Some(entry) = self.parsed(tag, content, parsed) {
            list(&mut self.draft).push(entry);
        }
    }

    pub(super) fn field(&mut self, element: &ast::Element) {
        let attribute = element.attributes.first();
        let Some(attribute) = attribute else {
            let line = "No such attribute 'name' for field.";
            return self.push(
                Diagnostic::error(Code::RULE_VALUE, "`field` needs the name of a field")
                    .label(element.span, "no attribute `name`")
                    .note("the original engine crashes here")
                    .original(OriginalLine::plain(Program::Analysisd, line)),
            );
        };
        if !attribute.name.bytes().eq_ignore_ascii_case(b"name") {
            let name = attribute.name.lossy();
            let line = format!("Bad attribute '{name}' for field.");
            return self.push(
                Diagnostic::error(
                    Code::RULE_VALUE,
                    "the first attribute of `field` must be `name`",
                )
                .label(attribute.name.span(), "not `name`")
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
        }
        if let Some(pattern) = self.compile(&element.content, Language::OsRegex) {
            self.draft.conditions.fields.push(FieldCondition {
                name: attribute.value.bytes().to_owned(),
                expression: Expression::matches(pattern),
            });
        }
    }

    pub(super) fn list(&mut self, element: &ast::Element) {
        match list_condition::read(element, self.context.dialect, self.context.lists) {
            Ok(condition) => {
                let lists: &mut Vec<ListCondition> = &mut self.draft.conditions.lists;
                lists.push(condition);
                // Of three or more list elements the original keeps the last two.
                if lists.len() > 2 {
                    lists.remove(0);
                    self.push(
                        Diagnostic::warning(
                            Code::LIST_CONDITION,
                            format!("rule `{}` has more than two list elements", self.sid()),
                        )
                        .label(
                            element.span,
                            "only the last two are tested, as in the original",
                        ),
                    );
                }
            }
            Err(diagnostic) => self.push(*diagnostic),
        }
    }

    pub(super) fn description(&mut self, content: &Text) {
        let mut text = content.bytes().to_vec();
        // Only the first line break of each element becomes a blank.
        if let Some(at) = text.find_byte(b'\n') {
            text[at] = b' ';
        }
        self.draft
            .description
            .get_or_insert_default()
            .extend_from_slice(&text);
    }

    pub(super) fn info(&mut self, element: &ast::Element) {
        let mut kind = InfoKind::Text;
        for attribute in &element.attributes {
            let known = attribute.name.bytes().eq_ignore_ascii_case(b"type");
            kind = match attribute.value.bytes().as_bytes() {
                b"text" if known => InfoKind::Text,
                b"link" if known => InfoKind::Link,
                b"cve" if known => InfoKind::Cve,
                b"osvdb" if known => InfoKind::Osvdb,
                _ => {
                    return self.push(
                        Diagnostic::error(
                            Code::RULE_VALUE,
                            "this attribute of `info` is not known",
                        )
                        .label(attribute.span, "`type` is one of text, link, cve, osvdb")
                        .note("the original engine never ends here"),
                    );
                }
            };
        }
        append(&mut self.draft.info_text, &element.content);
        self.info_line(kind, &element.content);
    }

    /// Keeps an information line, with the odd count of the original: nine fit.
    pub(super) fn info_line(&mut self, kind: InfoKind, content: &Text) {
        let draft = &mut self.draft;
        draft.info_counter += draft.info.len() as i64 - 1;
        if draft.info_counter <= INFO_LIMIT {
            draft.info.push((kind, content.bytes().to_owned()));
        }
    }

    pub(super) fn options(&mut self, content: &Text) {
        match content.bytes().as_bytes() {
            b"alert_by_email" => self.flags.mail = true,
            b"no_email_alert" => self.flags.mail = false,
            b"log_alert" => self.flags.log = true,
            b"no_log" => self.flags.log = false,
            b"no_ar" => self.flags.no_ar = true,
            _ => {
                let value = content.lossy();
                let line = format!("Invalid value for element 'options': {value}.");
                let known = [
                    "alert_by_email",
                    "no_email_alert",
                    "log_alert",
                    "no_log",
                    "no_ar",
                ];
                let mut diagnostic = Diagnostic::error(
                    Code::RULE_VALUE,
                    format!("`{value}` is not an option of a rule"),
                )
                .label(
                    content.span(),
                    "one option an element, exactly as written here",
                )
                .original(OriginalLine::error(Program::Analysisd, 1235, line))
                .original(self.invalid_option("options"));
                diagnostic.help = did_you_mean(value.trim(), known)
                    .or_else(|| Some(format!("it is one of {}", known.join(", "))));
                self.push(diagnostic);
            }
        }
    }

    pub(super) fn ignore_words(&mut self, tag: &str, content: &Text, data: bool) -> u8 {
        const WORDS: [(&str, IgnoreKeys); 7] = [
            ("user", IgnoreKeys::USER),
            ("srcip", IgnoreKeys::SRC_IP),
            ("dstip", IgnoreKeys::DST_IP),
            ("id", IgnoreKeys::ID),
            ("location", IgnoreKeys::LOCATION),
            ("data", IgnoreKeys::DATA),
            ("name", IgnoreKeys::NAME),
        ];
        // Words are looked for as substrings.
        let keys = WORDS
            .iter()
            .filter(|(word, key)| {
                content.bytes().contains_str(word) && (data || *key != IgnoreKeys::DATA)
            })
            .fold(0, |keys, (_, key)| keys | key.0);
        if keys == 0 {
            let value = content.lossy();
            let line = format!("Wrong {tag} option: '{value}'");
            self.push(
                Diagnostic::error(
                    Code::RULE_VALUE,
                    format!("`{tag}` names nothing to remember"),
                )
                .label(content.span(), "none of the known words")
                .help("the words are user, srcip, dstip, id, location, data and name")
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
        }
        keys
    }
}
