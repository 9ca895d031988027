//! Elements of a rule whose value is more than a pattern.

use bstr::ByteSlice;

use super::super::{Flags, IgnoreKeys, InfoKind};
use super::{Draft, INFO_LIMIT, Reader, append};
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::ruleset::category::Category;
use crate::ruleset::condition::AddressEntry;
use crate::ruleset::dialect::RuleElements;
use crate::ruleset::list_condition::{self, ListCondition};
use crate::ruleset::suggest::did_you_mean;
use crate::source::{Span, Text};

/// A value of `options`.
struct RuleOption {
    name: &'static str,
    /// Only Wazuh knows it.
    wazuh: bool,
    set: fn(&mut Flags),
}

const fn option(name: &'static str, wazuh: bool, set: fn(&mut Flags)) -> RuleOption {
    RuleOption { name, wazuh, set }
}

const OPTIONS: [RuleOption; 7] = [
    option("alert_by_email", false, |flags| flags.mail = true),
    option("no_email_alert", false, |flags| {
        // A slip of Wazuh: the flags overlap.
        flags.no_counter &= !flags.mail;
        flags.mail = false;
    }),
    option("log_alert", false, |flags| flags.log = true),
    option("no_log", false, |flags| flags.log = false),
    option("no_ar", false, |flags| flags.no_ar = true),
    option("no_full_log", true, |flags| flags.no_full_log = true),
    option("no_counter", true, |flags| flags.no_counter = true),
];

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

    /// Names of groups, as they are appended to each other.
    pub(super) fn group(&mut self, content: &Text) {
        let joins = self.rules.joins_group_lines;
        let bytes = content.bytes().iter().copied();
        self.draft
            .groups
            .extend(bytes.filter(|&byte| !(joins && byte == b'\n')));
    }

    pub(super) fn deprecated(&mut self, name: &str, span: Span) {
        let line =
            format!("Detected a deprecated field option for rule, {name} is not longer available.");
        self.push(
            Diagnostic::warning(
                Code::RULE_ELEMENT,
                format!("`{name}` has no effect any more"),
            )
            .label(span, "deprecated")
            .original(OriginalLine::wazuh(Severity::Warning, None, line)),
        );
    }

    pub(super) fn list(&mut self, element: &ast::Element) {
        match list_condition::read(element, self.context.dialect, self.context.lists) {
            Ok(condition) if condition.list.is_none() && self.rules.skips => {
                let (sid, name) = (self.sid(), element.content.lossy());
                let line =
                    format!("List '{name}' could not be loaded. Rule '{sid}' will be ignored.");
                let known = self.context.lists.names();
                let mut diagnostic =
                    Diagnostic::warning(Code::LIST_CONDITION, format!("there is no list `{name}`"))
                        .label(
                            element.content.span(),
                            "not in the configuration, or without a file",
                        )
                        .note(format!("rule `{sid}` is skipped"))
                        .original(OriginalLine::wazuh(Severity::Warning, Some(7616), line));
                diagnostic.help = did_you_mean(&name, known.iter().map(String::as_str));
                self.skipped = true;
                self.push(diagnostic);
            }
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
        let wazuh = self.rules.elements == RuleElements::Wazuh;
        let known = || OPTIONS.iter().filter(|option| wazuh || !option.wazuh);
        if let Some(option) = known().find(|option| content.bytes() == option.name) {
            return (option.set)(&mut self.flags);
        }
        let value = content.lossy();
        let line = format!("Invalid value for element 'options': {value}.");
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
        let names: Vec<&str> = known().map(|option| option.name).collect();
        diagnostic.help = did_you_mean(value.trim(), names.iter().copied())
            .or_else(|| Some(format!("it is one of {}", names.join(", "))));
        self.push(diagnostic);
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
