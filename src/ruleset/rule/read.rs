//! One rule: its elements, and the checks that need nothing but what was loaded before
//! (`spec/rules.md` §3, §4, `spec/wazuh.md` §9.2, §9.3).

mod field;
mod finish;
mod identity;
mod mitre;
mod parents;
mod typing;
mod values;

use bstr::BString;

use super::attributes::{self, Attributes};
use super::elements::{self, Kind};
use super::{Conditions, Flags, InfoKind, Parents, Rule, Rules, Switches, TextField};
use crate::ast;
use crate::config::Options;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::dialect::Dialect;
use crate::pattern::Pattern;
use crate::ruleset::category::Category;
use crate::ruleset::condition::{AddressEntry, CompiledRule, Parsed, TimeRange, Weekdays};
use crate::ruleset::decoder::Decoders;
use crate::ruleset::dialect::RuleRules;
use crate::ruleset::lists::Lists;
use crate::source::{Span, Text};
use mitre::MitreBlocks;
use typing::Typing;

/// What the rules of a load have in common, and what was loaded before this one.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) options: &'a Options,
    pub(crate) decoders: &'a Decoders,
    pub(crate) lists: &'a Lists,
    pub(crate) rules: &'a Rules,
}

/// What became of a rule.
pub(crate) enum Outcome {
    /// Enough of it is known to be placed, even if parts of it failed, so that rules that depend
    /// on it do not fail too.
    Read(Box<ReadRule>),
    /// A warning says why it is left out. Its groups, as far as they were read.
    Skipped(BString),
    /// Nothing can be done with it.
    Failed,
}

/// A rule that was read, and what is to be done with it.
pub(crate) struct ReadRule {
    /// The rule; its category may still change with its place.
    pub(crate) rule: Rule,
    /// Its start tag.
    pub(crate) span: Span,
    /// It replaces conditions of the rule with its id instead of getting a place.
    pub(crate) overwrite: bool,
    /// `if_matched_group`.
    pub(crate) matched_group: Option<Pattern>,
}

/// A text that repeated elements append to.
type Joined = Option<Text>;

#[derive(Default)]
struct Draft {
    plain: [Joined; TextField::ALL.len()],
    pcre2: [Joined; TextField::ALL.len()],
    /// Of the last repetition of each text condition.
    typing: [Typing; TextField::ALL.len()],
    parents: Parents,
    if_matched_regex: Joined,
    category: Option<Category>,
    switches: Switches,
    same_fields: Vec<BString>,
    different_fields: Vec<BString>,
    src: Vec<AddressEntry>,
    src_negated: bool,
    dst: Vec<AddressEntry>,
    dst_negated: bool,
    conditions: Conditions,
    info: Vec<(InfoKind, BString)>,
    info_counter: i64,
    info_text: Option<BString>,
    cve_text: Option<BString>,
    description: Option<BString>,
    groups: BString,
    ignore: u8,
    check_if_ignored: u8,
    mitre: MitreBlocks,
}

struct Reader<'a> {
    context: Context<'a>,
    rules: RuleRules,
    attributes: Attributes,
    flags: Flags,
    draft: Draft,
    /// A diagnostic says why the rule is left out.
    skipped: bool,
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
/// Every problem becomes a diagnostic, without the final 1220 line of the original.
pub(crate) fn read(
    rule: &ast::Rule,
    position: usize,
    group_name: &Text,
    context: Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Outcome {
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
        return Outcome::Failed;
    }
    let timeframe = context.options.default_timeframe;
    let attributes = attributes::read(rule, position, context.dialect, timeframe, diagnostics);
    let Some(attributes) = attributes else {
        return Outcome::Failed;
    };
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
        return Outcome::Failed;
    }
    let flags = Flags {
        log: u32::from(context.options.log_alert_level) <= attributes.level,
        mail: u32::from(context.options.email_alert_level) <= attributes.level,
        noalert: attributes.noalert,
        ..Flags::default()
    };
    let mut reader = Reader {
        context,
        rules: context.dialect.rules(),
        attributes,
        flags,
        draft: Draft::default(),
        skipped: false,
        diagnostics,
    };
    reader.group(group_name);
    reader.check_id(rule.span);
    for element in &rule.elements {
        // Nobody looks at the rest of a rule that is left out.
        if reader.skipped {
            return Outcome::Skipped(reader.draft.groups);
        }
        reader.element(element);
    }
    if reader.skipped {
        return Outcome::Skipped(reader.draft.groups);
    }
    Outcome::Read(Box::new(reader.finish(rule)))
}

impl Reader<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn sid(&self) -> u32 {
        self.attributes.sid
    }

    fn element(&mut self, element: &ast::Element) {
        let Some((row, kind)) = elements::find(element.name.bytes(), self.rules.elements) else {
            return self.unknown_element(element);
        };
        let content = &element.content;
        match kind {
            Kind::Text(field) => {
                self.draft.typing[field as usize] = self.typing(element);
                self.join(row.name, content, |draft| &mut draft.plain[field as usize])
            }
            Kind::Pcre2(field) => {
                self.join(row.name, content, |draft| &mut draft.pcre2[field as usize])
            }
            Kind::IfSid => self.if_sid(content),
            Kind::IfGroup => self.join(row.name, content, |draft| &mut draft.parents.if_group),
            Kind::IfLevel => self.if_level(content),
            Kind::IfMatchedSid => self.if_matched_sid(content),
            Kind::IfMatchedGroup => {
                self.join(row.name, content, |draft| &mut draft.parents.matched_group)
            }
            Kind::IfMatchedRegex => {
                self.join(row.name, content, |draft| &mut draft.if_matched_regex)
            }
            Kind::DecodedAs => self.decoded_as(content),
            Kind::Category => self.category(content),
            Kind::SrcIp => {
                let text = content.bytes().to_owned();
                self.draft.conditions.written.srcip.push(text);
                self.draft.src_negated = self.negation(element);
                self.address(row.name, content, |draft| &mut draft.src);
            }
            Kind::DstIp => {
                let text = content.bytes().to_owned();
                self.draft.conditions.written.dstip.push(text);
                self.draft.dst_negated = self.negation(element);
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
            Kind::SameField => self.draft.same_fields.push(content.bytes().to_owned()),
            Kind::DifferentField => self.draft.different_fields.push(content.bytes().to_owned()),
            Kind::Description => self.description(content),
            Kind::Group => self.group(content),
            Kind::Info => self.info(element),
            Kind::Cve => {
                append(&mut self.draft.cve_text, content);
                self.info_line(InfoKind::Cve, content);
            }
            Kind::Mitre => self.mitre(element),
            Kind::Options => self.options(content),
            Kind::Ignore => {
                let keys = self.ignore_words("ignore", content, true);
                self.draft.ignore |= keys;
            }
            Kind::CheckIfIgnored => {
                let data = self.rules.check_if_ignored_data;
                let keys = self.ignore_words("check_if_ignored", content, data);
                self.draft.check_if_ignored |= keys;
            }
            Kind::Idle => {}
            Kind::Deprecated => self.deprecated(row.name, element.span),
        }
    }

    fn unknown_element(&mut self, element: &ast::Element) {
        let name = element.name.lossy();
        let mut diagnostic = Diagnostic::error(
            Code::RULE_ELEMENT,
            format!("`{name}` is not an element of a rule"),
        )
        .label(element.name.span(), "not known")
        .original(self.invalid_option(&name));
        diagnostic.help = elements::hint(&name, self.rules.elements);
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
}

fn append(slot: &mut Option<BString>, content: &Text) {
    slot.get_or_insert_default()
        .extend_from_slice(content.bytes());
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
