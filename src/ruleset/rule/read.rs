//! One rule: its elements, and the checks that need nothing but what was loaded before
//! (`spec/rules.md` §3, §4).

mod values;

use bstr::BString;

use super::attributes::{self, Attributes};
use super::elements::{self, Kind};
use super::{
    AddressCondition, Conditions, Correlation, Definition, Flags, IgnoreKeys, InfoKind, Mitre,
    Rule, Sid, Switches, TextField, tree::Placement,
};
use crate::ast;
use crate::config::Options;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::dialect::Dialect;
use crate::pattern::{Language, Pattern};
use crate::ruleset::category::Category;
use crate::ruleset::condition::{
    AddressEntry, AddressList, CompiledRule, Parsed, TimeRange, Weekdays,
};
use crate::ruleset::decoder::Decoders;
use crate::ruleset::expression::Expression;
use crate::ruleset::lists::Lists;
use crate::ruleset::pattern_error::pattern_diagnostic;
use crate::source::Text;

/// What the rules of a load have in common.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) options: &'a Options,
    pub(crate) decoders: &'a Decoders,
    pub(crate) lists: &'a Lists,
}

/// A rule that was read, and what is to be done with it.
pub(crate) struct ReadRule {
    /// The rule; its category may still change with its place.
    pub(crate) rule: Rule,
    /// Where it goes.
    pub(crate) placement: Placement,
    /// It replaces conditions of the rule with its id instead of getting a place.
    pub(crate) overwrite: bool,
    /// `if_matched_sid`.
    pub(crate) matched_sid: Option<Sid>,
    /// `if_matched_group`.
    pub(crate) matched_group: Option<Pattern>,
}

/// A text that repeated elements append to.
type Joined = Option<Text>;

#[derive(Default)]
struct Draft {
    plain: [Joined; TextField::ALL.len()],
    pcre2: [Joined; TextField::ALL.len()],
    if_sid: Joined,
    if_group: Joined,
    if_level: Joined,
    if_matched_group: Joined,
    if_matched_regex: Joined,
    matched_sid: Option<Sid>,
    category: Option<Category>,
    switches: Switches,
    src: Vec<AddressEntry>,
    dst: Vec<AddressEntry>,
    conditions: Conditions,
    info: Vec<(InfoKind, BString)>,
    info_counter: i64,
    info_text: Option<BString>,
    cve_text: Option<BString>,
    description: Option<BString>,
    groups: BString,
    ignore: u8,
    check_if_ignored: u8,
}

struct Reader<'a> {
    context: Context<'a>,
    attributes: Attributes,
    flags: Flags,
    draft: Draft,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Longest first element of a joined text, in bytes.
const FIRST_LIMIT: usize = 2047;
/// Longest later element, and longest text that still takes one, in bytes.
const LATER_LIMIT: usize = 2048;
/// The counter of information lines may not exceed this before another one is added.
const INFO_LIMIT: i64 = 32;

/// Reads the rule at `position` (from 0) of a group.
///
/// Every problem becomes a diagnostic, without the final 1220 line of the original. The rule comes
/// back if enough of it is known to be placed, even if parts of it failed, so that rules that
/// depend on it do not fail too.
pub(crate) fn read(
    rule: &ast::Rule,
    position: usize,
    group_name: &Text,
    context: Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ReadRule> {
    if !rule.tag.bytes().eq_ignore_ascii_case(b"rule") {
        let tag = rule.tag.lossy();
        let line = format!("Invalid configuration. '{tag}' is not a valid element.");
        diagnostics.push(
            Diagnostic::error(
                Code::RULE_GROUP,
                format!("`{tag}` is not an element of a group"),
            )
            .label(rule.span, "only `rule` is allowed here")
            .original(OriginalLine::plain(Program::Analysisd, line)),
        );
        return None;
    }
    let default_timeframe = context.options.default_timeframe;
    let attributes = attributes::read(rule, position, default_timeframe, diagnostics)?;
    if rule.elements.is_empty() {
        let line = format!(
            "Rule '{}' without any option. It may lead to false positives and some other problems for the system. Exiting.",
            attributes.sid
        );
        diagnostics.push(
            Diagnostic::error(
                Code::RULE_STRUCTURE,
                format!("rule `{}` is empty", attributes.sid),
            )
            .label(rule.span, "no elements inside: it would match everything")
            .original(OriginalLine::plain(Program::Analysisd, line)),
        );
        return None;
    }
    let flags = Flags {
        log: u32::from(context.options.log_alert_level) <= attributes.level,
        mail: u32::from(context.options.email_alert_level) <= attributes.level,
        noalert: attributes.noalert,
        ..Flags::default()
    };
    let draft = Draft {
        groups: group_name.bytes().to_owned(),
        ..Draft::default()
    };
    let mut reader = Reader {
        context,
        attributes,
        flags,
        draft,
        diagnostics,
    };
    for element in &rule.elements {
        reader.element(element);
    }
    Some(reader.finish(rule))
}

impl Reader<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn sid(&self) -> u32 {
        self.attributes.sid
    }

    fn element(&mut self, element: &ast::Element) {
        let modern = self.context.dialect.rules().modern_elements;
        let Some(row) = elements::find(element.name.bytes(), modern) else {
            return self.unknown_element(element, modern);
        };
        let content = &element.content;
        match row.kind {
            Kind::Text(field) => {
                self.join(row.name, content, |draft| &mut draft.plain[field as usize])
            }
            Kind::Pcre2(field) => {
                self.join(row.name, content, |draft| &mut draft.pcre2[field as usize])
            }
            Kind::IfSid => self.join(row.name, content, |draft| &mut draft.if_sid),
            Kind::IfGroup => self.join(row.name, content, |draft| &mut draft.if_group),
            Kind::IfMatchedGroup => {
                self.join(row.name, content, |draft| &mut draft.if_matched_group)
            }
            Kind::IfMatchedRegex => {
                self.join(row.name, content, |draft| &mut draft.if_matched_regex)
            }
            Kind::IfLevel => {
                if is_number(content) {
                    self.join(row.name, content, |draft| &mut draft.if_level);
                } else {
                    self.bad_number(row.name, content, "a level is a number");
                }
            }
            Kind::IfMatchedSid => {
                if is_number(content) {
                    let number = leading_number(content.bytes());
                    self.draft.matched_sid = (number != 0).then_some(Sid(number));
                } else {
                    self.bad_number(row.name, content, "exactly one rule id, digits only");
                }
            }
            Kind::DecodedAs => self.decoded_as(content),
            Kind::Category => self.category(content),
            Kind::SrcIp => {
                let text = content.bytes().to_owned();
                self.draft.conditions.written.srcip.push(text);
                self.address(row.name, content, |draft| &mut draft.src);
            }
            Kind::DstIp => {
                let text = content.bytes().to_owned();
                self.draft.conditions.written.dstip.push(text);
                self.address(row.name, content, |draft| &mut draft.dst);
            }
            Kind::Field => self.field(element),
            Kind::Time => {
                self.draft.conditions.written.time = content.bytes().to_owned();
                let parsed = TimeRange::parse(content.bytes());
                self.draft.conditions.time = self.parsed(row.name, content, parsed);
            }
            Kind::Weekday => {
                self.draft.conditions.written.weekday = content.bytes().to_owned();
                let parsed = Weekdays::parse(content.bytes());
                self.draft.conditions.weekday = self.parsed(row.name, content, parsed);
            }
            Kind::CompiledRule => {
                self.draft.conditions.written.compiled_rule = content.bytes().to_owned();
                let parsed = CompiledRule::parse(self.context.dialect, content.bytes());
                self.draft.conditions.compiled_rule = self.parsed(row.name, content, parsed);
            }
            Kind::List => self.list(element),
            Kind::IfFts => self.draft.conditions.if_fts = true,
            Kind::CheckDiff => self.draft.conditions.check_diff = true,
            Kind::Switch(switch) => self.draft.switches |= switch,
            Kind::Cancel(switch) => self.draft.switches = self.draft.switches.without(switch),
            Kind::Description => self.description(content),
            Kind::Group => self.draft.groups.extend_from_slice(content.bytes()),
            Kind::Info => self.info(element),
            Kind::Cve => {
                append(&mut self.draft.cve_text, content);
                self.info_line(InfoKind::Cve, content);
            }
            Kind::Options => self.options(content),
            Kind::Ignore => {
                let keys = self.ignore_words("ignore", content, true);
                self.draft.ignore |= keys;
            }
            Kind::CheckIfIgnored => {
                let data = self.context.dialect.rules().check_if_ignored_data;
                let keys = self.ignore_words("check_if_ignored", content, data);
                self.draft.check_if_ignored |= keys;
            }
        }
    }

    fn unknown_element(&mut self, element: &ast::Element, modern: bool) {
        let name = element.name.lossy();
        let mut diagnostic = Diagnostic::error(
            Code::RULE_ELEMENT,
            format!("`{name}` is not an element of a rule"),
        )
        .label(element.name.span(), "not known")
        .original(self.invalid_option(&name));
        diagnostic.help = elements::hint(&name, modern);
        self.push(diagnostic);
    }

    fn invalid_option(&self, name: &str) -> OriginalLine {
        let line = format!("Invalid option '{name}' for rule '{}'.", self.sid());
        OriginalLine::plain(Program::Analysisd, line)
    }

    /// Appends to a joined text. A text that is too long takes everything before it along.
    fn join(&mut self, tag: &str, content: &Text, slot: impl Fn(&mut Draft) -> &mut Joined) {
        let slot = slot(&mut self.draft);
        let fits = match slot {
            None => content.bytes().len() <= FIRST_LIMIT,
            Some(text) => content.bytes().len() <= LATER_LIMIT && text.bytes().len() <= LATER_LIMIT,
        };
        if fits {
            match slot {
                Some(text) => text.join(content),
                None => *slot = Some(content.clone()),
            }
            return;
        }
        *slot = None;
        let line = format!("Maximum string size reached for: {}.", content.bytes());
        self.push(
            Diagnostic::warning(
                Code::RULE_TEXT_DROPPED,
                format!("the text of `{tag}` is too long: the original drops all of it"),
            )
            .label(content.span(), format!("more than {FIRST_LIMIT} bytes"))
            .note("without this condition the rule matches more than it says")
            .original(OriginalLine::error(Program::Analysisd, 1104, line)),
        );
    }

    /// 1274, the line behind most wrong values.
    fn invalid_value(&self, tag: &str, content: &Text) -> OriginalLine {
        let text = format!(
            "Invalid configuration. Element '{tag}': {}.",
            content.bytes()
        );
        OriginalLine::error(Program::Analysisd, 1274, text)
    }

    fn bad_number(&mut self, tag: &str, content: &Text, help: &str) {
        let line = self.invalid_value(tag, content);
        self.push(
            Diagnostic::error(Code::RULE_VALUE, format!("`{tag}` must be a number"))
                .label(content.span(), "not only digits")
                .help(help)
                .original(line),
        );
    }

    /// The value of a condition; all that is wrong with it is one diagnostic.
    fn parsed<T>(&mut self, tag: &str, content: &Text, parsed: Parsed<T>) -> Option<T> {
        let mut problems = parsed.problems.into_iter();
        if let Some(first) = problems.next() {
            let mut diagnostic = Diagnostic::error(Code::RULE_VALUE, first.message)
                .label(content.span_of(first.range), format!("in `{tag}`"));
            // The original complains about some texts that it then accepts.
            if parsed.value.is_some() {
                diagnostic.severity = Severity::Warning;
            }
            diagnostic.original = first.original;
            for problem in problems {
                diagnostic = diagnostic.label(content.span_of(problem.range), problem.message);
                diagnostic.original.extend(problem.original);
            }
            self.push(diagnostic);
        }
        parsed.value
    }

    fn compile(&mut self, text: &Text, language: Language) -> Option<Pattern> {
        match Pattern::compile(self.context.dialect, language, text.bytes(), false) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.push(pattern_diagnostic(
                    self.context.dialect,
                    text,
                    language,
                    &error,
                ));
                None
            }
        }
    }

    fn finish(mut self, rule: &ast::Rule) -> ReadRule {
        let mut draft = std::mem::take(&mut self.draft);
        let counts = draft.matched_sid.is_some()
            || draft.if_matched_group.is_some()
            || draft.if_matched_regex.is_some();
        if (!draft.switches.is_empty() || self.attributes.frequency != 0)
            && !counts
            && !draft.conditions.check_diff
        {
            let sid = self.sid();
            let line = format!(
                "Invalid use of frequency/context options. Missing if_matched on rule '{sid}'."
            );
            self.push(
                Diagnostic::error(
                    Code::RULE_STRUCTURE,
                    format!("rule `{sid}` counts, but does not say what"),
                )
                .label(rule.span, "frequency or a `same_`/`different_` element")
                .help("add `if_matched_sid`, `if_matched_group` or `if_matched_regex`")
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
        }
        let mut conditions = std::mem::take(&mut draft.conditions);
        for field in TextField::ALL {
            self.compile_text(field, &draft, &mut conditions);
        }
        conditions.min_log_length = self.attributes.min_log_length;
        conditions.srcip = addresses(self.context.dialect, draft.src);
        conditions.dstip = addresses(self.context.dialect, draft.dst);
        let regex = draft
            .if_matched_regex
            .as_ref()
            .and_then(|text| self.compile(text, Language::OsRegex));
        let matched_group = draft
            .if_matched_group
            .as_ref()
            .and_then(|text| self.compile(text, Language::OsMatch));
        let attributes = &self.attributes;
        ReadRule {
            placement: Placement::new(
                rule,
                draft.if_sid,
                draft.if_level,
                draft.if_group,
                draft.if_matched_group,
                draft.matched_sid,
            ),
            overwrite: attributes.overwrite,
            matched_sid: draft.matched_sid,
            matched_group,
            rule: Rule {
                sid: Sid(attributes.sid),
                level: super::tree::internal_level(attributes.level, attributes.accuracy),
                category: draft.category.unwrap_or(Category::Syslog),
                groups: draft.groups,
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
                    same_fields: Vec::new(),
                    different_fields: Vec::new(),
                    regex,
                },
                search: None,
                ignore_seconds: attributes.ignore_seconds,
                ignore: IgnoreKeys(draft.ignore),
                check_if_ignored: IgnoreKeys(draft.check_if_ignored),
                flags: self.flags,
                mitre: Mitre::default(),
                counted_by_sid: false,
                group_marks: Vec::new(),
                definitions: vec![Definition { span: rule.span }],
            },
        }
    }

    /// The plain form wins. Beside it, most pcre2 forms are dropped unread, three are compiled and
    /// kept.
    fn compile_text(&mut self, field: TextField, draft: &Draft, conditions: &mut Conditions) {
        let plain = &draft.plain[field as usize];
        let pcre2 = &draft.pcre2[field as usize];
        let language = if field == TextField::Regex {
            Language::OsRegex
        } else {
            Language::OsMatch
        };
        let both = matches!(field, TextField::SrcPort | TextField::Id | TextField::Regex);
        let slot = conditions.text_mut(field);
        slot.plain = plain.as_ref().and_then(|text| {
            if field == TextField::Action {
                return Some(Expression::equals(text.bytes().to_owned()));
            }
            self.compile(text, language).map(Expression::matches)
        });
        if plain.is_none() || both {
            slot.pcre2 = pcre2
                .as_ref()
                .and_then(|text| self.compile(text, Language::Pcre2))
                .map(Expression::matches);
        }
    }
}

fn addresses(dialect: Dialect, entries: Vec<AddressEntry>) -> Option<AddressCondition> {
    (!entries.is_empty()).then(|| AddressCondition {
        list: AddressList::new(dialect, entries),
        negated: false,
    })
}

fn append(slot: &mut Option<BString>, content: &Text) {
    slot.get_or_insert_default()
        .extend_from_slice(content.bytes());
}

fn is_number(text: &Text) -> bool {
    text.bytes().iter().all(u8::is_ascii_digit)
}

/// The decimal number at the beginning, as C's `atoi` reads it; too large a number is the largest.
pub(super) fn leading_number(bytes: &[u8]) -> u32 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0u32, |number, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u32::from(digit - b'0'))
    })
}
