//! The end of a rule: patterns are compiled, and what no element alone can tell is checked.

use super::super::{
    AddressCondition, Conditions, Correlation, Definition, IgnoreKeys, Rule, Sid, TextCondition,
    TextField,
};
use super::typing::Typing;
use super::{Draft, ReadRule, Reader};
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::Dialect;
use crate::pattern::{Language, Pattern};
use crate::ruleset::category::Category;
use crate::ruleset::condition::{AddressEntry, AddressList};
use crate::ruleset::expression::Expression;
use crate::ruleset::pattern_error::{foreign_syntax, pattern_diagnostic};
use crate::ruleset::rule::tree::internal_level;
use crate::source::{Span, Text};

impl Reader<'_> {
    /// Compiles the pattern of an element, or of a field of this name.
    pub(super) fn compile(
        &mut self,
        tag: &str,
        text: &Text,
        language: Language,
    ) -> Option<Pattern> {
        let dialect = self.context.dialect;
        match Pattern::compile(dialect, language, text.bytes(), false) {
            Ok(pattern) => {
                self.diagnostics.extend(foreign_syntax(text, language));
                Some(pattern)
            }
            Err(error) => {
                let mut diagnostic = pattern_diagnostic(dialect, text, language, &error);
                if self.rules.typed {
                    let line = format!("Syntax error on tag '{tag}' in rule {}", self.sid());
                    diagnostic.original = vec![OriginalLine::error(Program::Analysisd, 5107, line)];
                }
                self.push(diagnostic);
                None
            }
        }
    }

    /// What can only be said at the end of the rule.
    fn check_structure(&mut self, span: Span, counts: bool) {
        let sid = self.sid();
        let draft = &self.draft;
        let context = !draft.switches.is_empty()
            || !draft.same_fields.is_empty()
            || !draft.different_fields.is_empty();
        if (context || self.attributes.frequency != 0) && !counts && !draft.conditions.check_diff {
            let line = format!(
                "Invalid use of frequency/context options. Missing if_matched on rule '{sid}'."
            );
            self.push(
                Diagnostic::error(
                    Code::RULE_STRUCTURE,
                    format!("rule `{sid}` counts, but does not say what"),
                )
                .label(span, "frequency or a `same_`/`different_` element")
                .help("add `if_matched_sid`, `if_matched_group` or `if_matched_regex`")
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
        }
        // An element that is not known may have been meant to be it.
        let unknown = |found: &Diagnostic| found.code == Code::RULE_ELEMENT && found.is_error();
        if self.rules.needs_description
            && self.draft.description.is_none()
            && !self.diagnostics.iter().any(unknown)
        {
            let line = format!("No such element 'description' in rule '{sid}'.");
            self.push(
                Diagnostic::error(
                    Code::RULE_STRUCTURE,
                    format!("rule `{sid}` has no description"),
                )
                .label(span, "`description` is missing")
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
        }
    }

    pub(super) fn finish(mut self, rule: &ast::Rule) -> ReadRule {
        let parents = &self.draft.parents;
        let counts = parents.matched_sid.is_some()
            || parents.matched_group.is_some()
            || self.draft.if_matched_regex.is_some();
        self.check_structure(rule.span, counts);
        let mut draft = std::mem::take(&mut self.draft);
        let mut conditions = std::mem::take(&mut draft.conditions);
        for field in TextField::ALL {
            self.compile_text(field, &draft, &mut conditions);
        }
        conditions.fields.shrink_to_fit();
        conditions.min_log_length = self.attributes.min_log_length;
        let dialect = self.context.dialect;
        conditions.srcip = addresses(dialect, draft.src, draft.src_negated);
        conditions.dstip = addresses(dialect, draft.dst, draft.dst_negated);
        let regex = draft
            .if_matched_regex
            .as_ref()
            .and_then(|text| self.compile("if_matched_regex", text, Language::OsRegex));
        let matched_group = draft
            .parents
            .matched_group
            .as_ref()
            .and_then(|text| self.compile("if_matched_group", text, Language::OsMatch));
        let attributes = &self.attributes;
        ReadRule {
            span: rule.span,
            overwrite: attributes.overwrite,
            matched_group,
            rule: Rule {
                sid: Sid(attributes.sid),
                level: internal_level(attributes.level, attributes.accuracy),
                category: draft.category.unwrap_or(Category::Syslog),
                groups: draft.groups,
                parents: draft.parents,
                description: draft.description,
                info: draft.info,
                info_text: draft.info_text,
                cve_text: draft.cve_text,
                conditions,
                correlation: Correlation {
                    counts,
                    frequency: attributes.frequency,
                    timeframe: attributes.timeframe,
                    switches: draft.switches,
                    same_fields: draft.same_fields,
                    different_fields: draft.different_fields,
                    regex,
                },
                search: None,
                ignore_seconds: attributes.ignore_seconds,
                ignore: IgnoreKeys(draft.ignore),
                check_if_ignored: IgnoreKeys(draft.check_if_ignored),
                flags: self.flags,
                mitre: draft.mitre.finish(),
                counted_by_sid: false,
                group_marks: Vec::new(),
                definitions: vec![Definition { span: rule.span }],
            },
        }
    }

    /// In OSSEC the plain form wins. Beside it, most pcre2 forms are dropped unread, three are
    /// compiled and kept.
    fn compile_text(&mut self, field: TextField, draft: &Draft, conditions: &mut Conditions) {
        let plain = &draft.plain[field as usize];
        let pcre2 = &draft.pcre2[field as usize];
        let both = matches!(field, TextField::SrcPort | TextField::Id | TextField::Regex);
        if plain.is_none() && pcre2.is_none() {
            return;
        }
        let mut condition = TextCondition::default();
        let tag = field.element(self.context.dialect.family());
        let Typing { language, negated } = draft.typing[field as usize];
        condition.plain = plain.as_ref().and_then(|text| {
            let default = match field {
                TextField::Regex => Some(Language::OsRegex),
                TextField::Action => None,
                _ => Some(Language::OsMatch),
            };
            let expression = match language.or(default) {
                Some(language) => Expression::matches(self.compile(tag, text, language)?),
                None => Expression::equals(text.bytes().to_owned()),
            };
            Some(Expression {
                negated,
                ..expression
            })
        });
        if plain.is_none() || both {
            condition.pcre2 = pcre2
                .as_ref()
                .and_then(|text| self.compile(tag, text, Language::Pcre2))
                .map(Expression::matches);
        }
        conditions.set_text(field, condition);
    }
}

fn addresses(
    dialect: Dialect,
    entries: Vec<AddressEntry>,
    negated: bool,
) -> Option<AddressCondition> {
    (!entries.is_empty()).then(|| AddressCondition {
        list: AddressList::new(dialect, entries),
        negated,
    })
}
