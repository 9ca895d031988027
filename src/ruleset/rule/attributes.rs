//! The attributes of a rule (`spec/rules.md` §3, `spec/wazuh.md` §9.2).

use std::ops::RangeInclusive;

use bstr::ByteSlice;

use super::read::leading_number;
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::{Dialect, Family};
use crate::ruleset::suggest::did_you_mean;
use crate::source::Text;

/// How a numeric attribute is read. Anything but digits is refused; an empty text counts as absent.
struct Number {
    /// Its name in the original's message.
    shown: &'static str,
    /// So many digits are read, further ones ignored.
    digits: usize,
    /// So many are allowed at all.
    longest: usize,
    range: RangeInclusive<u32>,
    /// What it must be, in the original's words.
    must: &'static str,
}

impl Number {
    const fn new(shown: &'static str, digits: usize) -> Self {
        Number {
            shown,
            digits,
            longest: usize::MAX,
            range: 0..=u32::MAX,
            must: "integer",
        }
    }

    /// `Ok(None)` for an empty text.
    fn read(&self, text: &Text) -> Result<Option<u32>, ()> {
        let bytes = text.bytes();
        if !bytes.iter().all(u8::is_ascii_digit) || bytes.len() > self.longest {
            return Err(());
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let number = leading_number(&bytes[..bytes.len().min(self.digits)]);
        if self.range.contains(&number) {
            Ok(Some(number))
        } else {
            Err(())
        }
    }

    fn refused(&self, name: &str, value: &Text) -> Diagnostic {
        let (shown, must, text) = (self.shown, self.must, value.lossy());
        let line = format!("rules_op: Invalid {shown}: {text}. Must be {must}");
        let diagnostic = if value.bytes().iter().all(u8::is_ascii_digit) {
            let must = must.trim_end_matches('.');
            let message = format!("`{name}` must be {must}").replace("be integer", "be an integer");
            Diagnostic::error(Code::RULE_ATTRIBUTE, message).label(value.span(), "not allowed")
        } else {
            Diagnostic::error(Code::RULE_ATTRIBUTE, format!("`{name}` must be a number"))
                .label(value.span(), "digits only")
        };
        diagnostic
            .original(OriginalLine::plain(Program::None, line))
            .original(invalid_attribute())
    }
}

/// What differs between the engines.
struct AttributeRules {
    id: Number,
    level: Number,
    /// A level that is no number is simply missing.
    level_may_be_text: bool,
    frequency: Number,
    /// What is taken off a frequency.
    frequency_offset: u32,
    /// `noalert` has a value; otherwise its mere presence counts.
    noalert_value: bool,
    /// The attributes that the message about an unknown one lists.
    listed: &'static str,
}

static OSSEC: AttributeRules = AttributeRules {
    id: Number::new("rule id", 6),
    level: Number::new("level", 4),
    level_may_be_text: false,
    frequency: Number::new("frequency", 4),
    frequency_offset: 0,
    noalert_value: false,
    listed: "id, level, maxsize, accuracy, noalert and timeframe",
};

static WAZUH: AttributeRules = AttributeRules {
    id: Number {
        longest: 6,
        must: "integer (max 6 digits)",
        ..Number::new("rule id", 6)
    },
    level: Number {
        range: 0..=16,
        must: "an integer between 0 and 16.",
        ..Number::new("level", 4)
    },
    level_may_be_text: true,
    frequency: Number {
        range: 2..=9999,
        must: "higher than 1 and lower than 10000.",
        ..Number::new("frequency", usize::MAX)
    },
    frequency_offset: 2,
    noalert_value: true,
    listed: "id, level, maxsize, accuracy, noalert, ignore, frequency and timeframe",
};

const MAX_SIZE: Number = Number::new("maxsize", 4);
const TIMEFRAME: Number = Number::new("timeframe", 5);
const ACCURACY: Number = Number::new("accuracy", 4);
const IGNORE: Number = Number::new("ignore_time", 6);

impl Dialect {
    fn rule_attributes(self) -> &'static AttributeRules {
        match self.family() {
            Family::Ossec => &OSSEC,
            Family::Wazuh => &WAZUH,
        }
    }
}

/// The attributes, numbers already cut to the digits that the original reads.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) sid: u32,
    pub(super) level: u32,
    /// Called `maxsize`, but it is the least size of the log in bytes.
    pub(super) min_log_length: usize,
    /// Seconds.
    pub(super) timeframe: u32,
    pub(super) frequency: u32,
    pub(super) accuracy: u32,
    /// Seconds.
    pub(super) ignore_seconds: u32,
    pub(super) noalert: bool,
    pub(super) overwrite: bool,
}

const NAMES: [&str; 9] = [
    "id",
    "level",
    "maxsize",
    "timeframe",
    "frequency",
    "accuracy",
    "noalert",
    "ignore",
    "overwrite",
];

/// Reads the attributes of the rule that stands at `position` (from 0) in its group.
///
/// Pushes what is wrong; `None` if the id or level cannot be known.
pub(super) fn read(
    rule: &ast::Rule,
    position: usize,
    dialect: Dialect,
    default_timeframe: u32,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Attributes> {
    if rule.attributes.is_empty() {
        let line =
            format!("Invalid rule '{position}'. You must specify an ID and a level at least.");
        diagnostics.push(
            Diagnostic::error(Code::RULE_ATTRIBUTE, "a rule needs an id and a level")
                .label(rule.span, "no attributes")
                .help("write `<rule id=\"100000\" level=\"3\">`")
                .original(OriginalLine::plain(Program::Analysisd, line)),
        );
        return None;
    }
    let mut sid = None;
    let mut level = None;
    let mut read = Attributes {
        sid: 0,
        level: 0,
        min_log_length: 0,
        timeframe: default_timeframe,
        frequency: 0,
        accuracy: 1,
        ignore_seconds: 0,
        noalert: false,
        overwrite: false,
    };
    let mut failed = false;
    let rules = dialect.rule_attributes();
    for attribute in &rule.attributes {
        let name = attribute.name.lossy().to_ascii_lowercase();
        let value = &attribute.value;
        let mut number = |number: &Number| {
            number.read(value).unwrap_or_else(|()| {
                failed = true;
                diagnostics.push(number.refused(&name, value));
                None
            })
        };
        let is_text = || !value.bytes().iter().all(u8::is_ascii_digit);
        match name.as_str() {
            "id" => sid = number(&rules.id).or(sid),
            "level" if rules.level_may_be_text && is_text() => {}
            "level" => level = number(&rules.level).or(level),
            "maxsize" => {
                if let Some(size) = number(&MAX_SIZE) {
                    read.min_log_length = size as usize;
                }
            }
            "timeframe" => read.timeframe = number(&TIMEFRAME).unwrap_or(read.timeframe),
            "frequency" => {
                if let Some(frequency) = number(&rules.frequency) {
                    read.frequency = frequency - rules.frequency_offset;
                }
            }
            "accuracy" => read.accuracy = number(&ACCURACY).unwrap_or(read.accuracy),
            "ignore" => read.ignore_seconds = number(&IGNORE).unwrap_or(read.ignore_seconds),
            "noalert" if rules.noalert_value => match value.bytes().as_bytes() {
                b"0" => read.noalert = false,
                b"1" => read.noalert = true,
                _ => diagnostics.push(
                    Diagnostic::warning(Code::RULE_ATTRIBUTE, "`noalert` must be `0` or `1`")
                        .label(value.span(), "neither of them: it has no effect")
                        .original(OriginalLine::plain(
                            Program::None,
                            "Invalid value for attribute 'noalert'",
                        )),
                ),
            },
            "noalert" => read.noalert = true,
            "overwrite" if value.bytes() == "yes" => read.overwrite = true,
            "overwrite" if value.bytes() == "no" => read.overwrite = false,
            "overwrite" => {
                failed = true;
                let line = format!(
                    "rules_op: Invalid overwrite: {}. Can only by 'yes' or 'no'.",
                    value.lossy()
                );
                diagnostics.push(
                    Diagnostic::error(Code::RULE_ATTRIBUTE, "`overwrite` must be `yes` or `no`")
                        .label(value.span(), "neither of them")
                        .original(OriginalLine::plain(Program::None, line))
                        .original(invalid_attribute()),
                );
            }
            _ => {
                failed = true;
                let written = attribute.name.lossy();
                let line = format!(
                    "rules_op: Invalid attribute \"{written}\". Only {} are allowed.",
                    rules.listed
                );
                let mut diagnostic = Diagnostic::error(
                    Code::RULE_ATTRIBUTE,
                    format!("`{written}` is not an attribute of a rule"),
                )
                .label(attribute.name.span(), "not known")
                .original(OriginalLine::plain(Program::None, line))
                .original(invalid_attribute());
                diagnostic.help = did_you_mean(&written, NAMES);
                diagnostics.push(diagnostic);
            }
        }
    }
    match (sid, level) {
        (Some(sid), Some(level)) => Some(Attributes { sid, level, ..read }),
        // An attribute that is there and wrong has its message already.
        _ if failed => None,
        _ => {
            let line = format!("No rule id or level specified for rule '{position}'.");
            let missing = if sid.is_none() { "id" } else { "level" };
            diagnostics.push(
                Diagnostic::error(
                    Code::RULE_ATTRIBUTE,
                    format!("a rule needs an {missing}").replace("an level", "a level"),
                )
                .label(rule.span, format!("no `{missing}`, or an empty one"))
                .original(OriginalLine::plain(Program::Analysisd, line)),
            );
            None
        }
    }
}

fn invalid_attribute() -> OriginalLine {
    OriginalLine::plain(Program::Analysisd, "Invalid attribute for rule.")
}
