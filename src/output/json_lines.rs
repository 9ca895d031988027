//! One compact JSON object a line, for programs.
//!
//! An event becomes an object with all keys of [`JsonLines::verdict`], absent values as null. Events
//! of Wazuh rulesets have more: `timestamp`, `agent`, `duplicate_fields` and `mitre` (or
//! `mitre_pairs`), and their `fields` are what rules see by name. What
//! is no event becomes one of three small objects: `{"skipped":true}`,
//! `{"dropped":true,"reason":"…"}` and `{"error":"…","input_line":7}`. JSON is UTF-8, so other bytes
//! of a log become U+FFFD.

use std::io::{self, Write};

use bstr::BStr;
use smallvec::SmallVec;

use super::RuleTrace;
use super::json_object::Object;
use super::wazuh::replace_invalid;
use crate::dialect::Family;
use crate::engine::ExcessAlert;
use crate::ruleset::field::Field;
use crate::ruleset::rule::Mitre;
use crate::verdict::{Names, Verdict};

/// The JSON Lines format.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl JsonLines {
    /// Appends the alert of the daemon's statistics, where its event is not shown itself.
    pub fn append_excess(self, out: &mut Vec<u8>, excess: &ExcessAlert) {
        append_line(out, |object| {
            object.object("excess", |object| fill_excess(object, excess));
        });
    }

    /// An event. `truncated` says that what exceeds the longest line was cut off.
    ///
    /// # Errors
    /// As `out`.
    pub fn verdict(
        self,
        out: &mut dyn Write,
        verdict: &Verdict<'_>,
        trace: Option<&RuleTrace<'_>>,
        truncated: bool,
    ) -> io::Result<()> {
        write_line(out, |object| fill(object, verdict, trace, truncated))
    }

    /// The line of an event, without a trace, behind what is in `out`.
    pub fn append(self, out: &mut Vec<u8>, verdict: &Verdict<'_>) {
        append_line(out, |object| fill(object, verdict, None, false));
    }

    /// A line that is too short to be an event.
    ///
    /// # Errors
    /// As `out`.
    pub fn skipped(self, out: &mut dyn Write) -> io::Result<()> {
        write_line(out, |object| object.bool("skipped", true))
    }

    /// A message that the engine does not accept.
    ///
    /// # Errors
    /// As `out`.
    pub fn dropped(self, out: &mut dyn Write, reason: &str, truncated: bool) -> io::Result<()> {
        write_line(out, |object| {
            object.bool("dropped", true);
            object.text("reason", reason);
            if truncated {
                object.bool("truncated", true);
            }
        })
    }

    /// Input that is no event; `line` counts from 1.
    ///
    /// # Errors
    /// As `out`.
    pub fn error(self, out: &mut dyn Write, error: &str, line: u64) -> io::Result<()> {
        write_line(out, |object| {
            object.text("error", error);
            object.number("input_line", line);
        })
    }
}

fn append_line(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    let start = out.len();
    Object::write(out, fill);
    replace_invalid(out, start);
    out.push(b'\n');
}

fn write_line(out: &mut dyn Write, fill: impl FnOnce(&mut Object<'_>)) -> io::Result<()> {
    let mut line = Vec::with_capacity(1024);
    append_line(&mut line, fill);
    out.write_all(&line)
}

/// The object of an event: keys in this order.
fn fill(
    object: &mut Object<'_>,
    verdict: &Verdict<'_>,
    trace: Option<&RuleTrace<'_>>,
    truncated: bool,
) {
    object.optional("timestamp", verdict.timestamp());
    object.text("hostname", verdict.hostname());
    object.text_or_null("program_name", verdict.program_name());
    object.text("log", verdict.log());
    object.text_or_null("decoder", verdict.decoder());
    object.text_or_null("parent", verdict.decoder_parent());
    fill_fields(object, verdict);
    object.object("values", |object| {
        fill_pairs(object, &last_of_each_name(verdict.iter_values()));
    });
    fill_rule(object, verdict);
    object.bool("alert", verdict.alert());
    object.number("fired_times", verdict.fired_times());
    object.list("previous", verdict.previous_lines().map(bytes));
    if verdict.family() == Family::Wazuh {
        object.text("agent", verdict.agent_id().unwrap_or(BStr::new("000")));
    }
    object.text("location", verdict.location());
    object.text("full_log", verdict.full_log());
    if let Some(trace) = trace {
        let lines = trace.lines();
        object.list("trace", lines.iter().map(|line| line.as_bytes()));
    }
    if let Some(excess) = verdict.excess() {
        object.object("excess", |object| fill_excess(object, &excess));
    }
    if truncated {
        object.bool("truncated", true);
    }
}

/// What decoders found. In Wazuh that is what rules see by name: static fields, then the dynamic
/// ones; further values of names that came twice stand apart. The dynamic field `system_name` may
/// stand beside the static one, which therefore has the name that JSON logs have for it.
fn fill_fields(object: &mut Object<'_>, verdict: &Verdict<'_>) {
    if verdict.family() == Family::Ossec {
        object.object("fields", |object| {
            fill_pairs(object, &last_of_each_name(verdict.printed_fields()));
        });
        return;
    }
    let statics = Field::ALL
        .into_iter()
        .filter_map(|field| Some((BStr::new(field.json_name()), verdict.field(field)?)));
    let mut duplicates = Named::new();
    let mut known = Names::default();
    object.object("fields", |object| {
        for (name, value) in statics.chain(verdict.dynamic_fields()) {
            match known.find_or_add(name, false) {
                None => object.named_text(name, value),
                Some(_) => duplicates.push((name, value)),
            }
        }
    });
    if !duplicates.is_empty() {
        let duplicates = duplicates.iter();
        object.pairs(
            "duplicate_fields",
            duplicates.map(|(name, value)| (bytes(name), bytes(value))),
        );
    }
}

fn fill_rule(object: &mut Object<'_>, verdict: &Verdict<'_>) {
    let rule = verdict.rule();
    object.number_or_null("rule", rule.map(|rule| rule.sid.0));
    object.number_or_null("level", rule.map(|rule| rule.level));
    object.text_or_null("description", verdict.description().as_deref());
    let groups = rule.map(|rule| rule.groups.split(|&byte| byte == b','));
    let groups = groups.into_iter().flatten();
    object.list("groups", groups.filter(|part| !part.is_empty()));
    match rule.map(|rule| &rule.mitre) {
        Some(Mitre::Ids(ids)) if !ids.is_empty() => {
            object.list("mitre", ids.iter().map(|id| &***id));
        }
        Some(Mitre::Pairs(pairs)) => {
            object.objects(
                "mitre_pairs",
                pairs.iter(),
                |object, (tactic, technique)| {
                    object.text("tactic", tactic);
                    object.text("technique", technique);
                },
            );
        }
        _ => {}
    }
    let info = rule.map_or(&[][..], |rule| &rule.info).iter();
    object.pairs(
        "info",
        info.map(|(kind, text)| (kind.name().as_bytes(), &***text)),
    );
}

/// The alert of the daemon's statistics.
fn fill_excess(object: &mut Object<'_>, excess: &ExcessAlert) {
    object.number("rule", ExcessAlert::SID.0);
    object.number("level", excess.level);
    object.text("description", ExcessAlert::DESCRIPTION);
    let group = ExcessAlert::GROUPS.trim_end_matches(',');
    object.list("groups", std::iter::once(group.as_bytes()));
    object.text("full_log", excess.to_string());
}

/// Names and values, in order.
type Named<'v> = SmallVec<[(&'v BStr, &'v BStr); 16]>;

fn fill_pairs(object: &mut Object<'_>, pairs: &Named<'_>) {
    for (name, value) in pairs {
        object.named_text(name, value);
    }
}

/// Keeps the place of the first and the value of the last of equal names: what a reader of the
/// test tool's text gets who puts the lines into a dictionary.
fn last_of_each_name<'v>(pairs: impl Iterator<Item = (&'v BStr, &'v BStr)>) -> Named<'v> {
    let mut result = Named::new();
    let mut known = Names::default();
    for (name, value) in pairs {
        match known.find_or_add(name, false) {
            Some(position) => result[position].1 = value,
            None => result.push((name, value)),
        }
    }
    result
}

fn bytes(text: &BStr) -> &[u8] {
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_names() {
        let pairs = [("a", "1"), ("b", "2"), ("a", "3")];
        let pairs = pairs.map(|(name, value)| (BStr::new(name), BStr::new(value)));
        let expected = [("a", "3"), ("b", "2")];
        let expected = expected.map(|(name, value)| (BStr::new(name), BStr::new(value)));
        assert_eq!(last_of_each_name(pairs.into_iter()).as_slice(), expected);
    }

    #[test]
    fn small_objects() {
        let mut out = Vec::new();
        JsonLines.skipped(&mut out).unwrap();
        JsonLines.dropped(&mut out, "no `\"`", false).unwrap();
        JsonLines.error(&mut out, "bad", 7).unwrap();
        let expected = concat!(
            "{\"skipped\":true}\n",
            "{\"dropped\":true,\"reason\":\"no `\\\"`\"}\n",
            "{\"error\":\"bad\",\"input_line\":7}\n",
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn text_is_utf_8() {
        let mut out = b"\xff".to_vec();
        append_line(&mut out, |object| object.text("t", b"a\xffb\x01\xc3"));
        assert_eq!(out, b"\xff{\"t\":\"a\xef\xbf\xbdb\\u0001\xef\xbf\xbd\"}\n");
    }
}
