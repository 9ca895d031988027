//! The attributes of a rule (`spec/rules.md` §3).

use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::ruleset::suggest::did_you_mean;
use crate::source::Text;

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
    for attribute in &rule.attributes {
        let name = attribute.name.lossy().to_ascii_lowercase();
        let value = &attribute.value;
        let mut number = |width: usize, shown: &str| match self::number(value, width) {
            Ok(number) => number,
            Err(()) => {
                failed = true;
                diagnostics.push(not_a_number(value, &name, shown));
                None
            }
        };
        match name.as_str() {
            "id" => sid = number(6, "rule id").or(sid),
            "level" => level = number(4, "level").or(level),
            "maxsize" => {
                if let Some(size) = number(4, "maxsize") {
                    read.min_log_length = size as usize;
                }
            }
            "timeframe" => read.timeframe = number(5, "timeframe").unwrap_or(read.timeframe),
            "frequency" => read.frequency = number(4, "frequency").unwrap_or(read.frequency),
            "accuracy" => read.accuracy = number(4, "accuracy").unwrap_or(read.accuracy),
            "ignore" => {
                read.ignore_seconds = number(6, "ignore_time").unwrap_or(read.ignore_seconds)
            }
            // Its mere presence counts, whatever the value.
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
                    "rules_op: Invalid attribute \"{written}\". Only id, level, maxsize, accuracy, noalert and timeframe are allowed."
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

/// The number in the first `width` bytes; `Ok(None)` for an empty text, `Err` if there is anything
/// but digits anywhere.
fn number(text: &Text, width: usize) -> Result<Option<u32>, ()> {
    let bytes = text.bytes();
    if !bytes.iter().all(u8::is_ascii_digit) {
        return Err(());
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let digits = bytes.iter().take(width);
    Ok(Some(digits.fold(0, |number, digit| {
        number * 10 + u32::from(digit - b'0')
    })))
}

fn not_a_number(value: &Text, name: &str, shown: &str) -> Diagnostic {
    let line = format!(
        "rules_op: Invalid {shown}: {}. Must be integer",
        value.lossy()
    );
    Diagnostic::error(Code::RULE_ATTRIBUTE, format!("`{name}` must be a number"))
        .label(value.span(), "digits only")
        .original(OriginalLine::plain(Program::None, line))
        .original(invalid_attribute())
}

fn invalid_attribute() -> OriginalLine {
    OriginalLine::plain(Program::Analysisd, "Invalid attribute for rule.")
}
