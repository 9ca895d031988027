//! One compact JSON object a line, for programs.
//!
//! An event becomes an object with all keys of [`JsonLines::verdict`], absent values as null. Events
//! of Wazuh rulesets have more: `timestamp`, `agent`, `duplicate_fields` and `mitre` (or
//! `mitre_pairs`), and their `fields` are what rules see by name. What
//! is no event becomes one of three small objects: `{"skipped":true}`,
//! `{"dropped":true,"reason":"…"}` and `{"error":"…","input_line":7}`. JSON is UTF-8, so other bytes
//! of a log become U+FFFD.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Write};

use bstr::{BStr, ByteSlice};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::RuleTrace;
use crate::dialect::Family;
use crate::engine::ExcessAlert;
use crate::ruleset::field::Field;
use crate::ruleset::rule::Mitre;
use crate::verdict::Verdict;

/// The JSON Lines format.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

/// The object of an event: keys in this order.
#[derive(Serialize)]
struct Event<'v> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Text<'v>>,
    hostname: Text<'v>,
    program_name: Option<Text<'v>>,
    log: Text<'v>,
    decoder: Option<Text<'v>>,
    parent: Option<Text<'v>>,
    fields: Pairs<'v>,
    /// Further values of names that came twice: name and value, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    duplicate_fields: Vec<(Text<'v>, Text<'v>)>,
    values: Pairs<'v>,
    rule: Option<u32>,
    level: Option<u32>,
    description: Option<Cow<'v, str>>,
    groups: List<'v>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mitre: Option<List<'v>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mitre_pairs: Option<Vec<MitrePair<'v>>>,
    info: Vec<(&'static str, Text<'v>)>,
    alert: bool,
    fired_times: u64,
    previous: List<'v>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Text<'v>>,
    location: Text<'v>,
    full_log: Text<'v>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excess: Option<Excess>,
    #[serde(skip_serializing_if = "is_false")]
    truncated: bool,
}

/// Ids of a tactic and a technique.
#[derive(Serialize)]
struct MitrePair<'v> {
    tactic: Text<'v>,
    technique: Text<'v>,
}

/// The alert of the daemon's statistics beside an event.
#[derive(Serialize)]
struct Excess {
    rule: u32,
    level: u8,
    description: &'static str,
    groups: [&'static str; 1],
    full_log: String,
}

impl Excess {
    fn new(excess: &ExcessAlert) -> Self {
        Excess {
            rule: ExcessAlert::SID.0,
            level: excess.level,
            description: ExcessAlert::DESCRIPTION,
            groups: [ExcessAlert::GROUPS.trim_end_matches(',')],
            full_log: excess.to_string(),
        }
    }
}

#[derive(Serialize)]
struct ExcessOnly {
    excess: Excess,
}

#[derive(Serialize)]
struct Skipped {
    skipped: bool,
}

#[derive(Serialize)]
struct Dropped<'a> {
    dropped: bool,
    reason: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    truncated: bool,
}

#[derive(Serialize)]
struct InputError<'a> {
    error: &'a str,
    input_line: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}

impl JsonLines {
    /// The alert of the daemon's statistics, where its event is not shown itself.
    ///
    /// # Errors
    /// As `out`.
    pub fn excess(self, out: &mut dyn Write, excess: &ExcessAlert) -> io::Result<()> {
        let excess = Excess::new(excess);
        write_line(out, &ExcessOnly { excess })
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
        let rule = verdict.rule();
        let groups = rule.map(|rule| rule.groups.split(|&byte| byte == b','));
        let groups = groups.into_iter().flatten();
        let info = rule.map_or(&[][..], |rule| &rule.info);
        let family = verdict.family();
        let (fields, duplicates) = match family {
            Family::Ossec => (last_of_each_name(verdict.printed_fields()), Vec::new()),
            Family::Wazuh => visible_fields(verdict),
        };
        let (mitre, mitre_pairs) = match rule.map(|rule| &rule.mitre) {
            Some(Mitre::Ids(ids)) if !ids.is_empty() => {
                let ids = ids.iter().map(|id| id.as_ref());
                (Some(List(ids.collect())), None)
            }
            Some(Mitre::Pairs(pairs)) => {
                let pairs = pairs.iter().map(|(tactic, technique)| MitrePair {
                    tactic: Text(tactic.as_ref()),
                    technique: Text(technique.as_ref()),
                });
                (None, Some(pairs.collect()))
            }
            _ => (None, None),
        };
        let event = Event {
            timestamp: verdict.timestamp().map(Text),
            hostname: Text(verdict.hostname()),
            program_name: verdict.program_name().map(Text),
            log: Text(verdict.log()),
            decoder: verdict.decoder().map(Text),
            parent: verdict.decoder_parent().map(Text),
            fields: Pairs(fields),
            duplicate_fields: duplicates,
            values: Pairs(last_of_each_name(verdict.values().into_iter())),
            rule: rule.map(|rule| rule.sid.0),
            level: rule.map(|rule| rule.level),
            description: verdict.description().map(lossy),
            groups: List(
                groups
                    .filter(|part| !part.is_empty())
                    .map(BStr::new)
                    .collect(),
            ),
            mitre,
            mitre_pairs,
            info: info
                .iter()
                .map(|(kind, text)| (kind.name(), Text(text.as_ref())))
                .collect(),
            alert: verdict.alert(),
            fired_times: verdict.fired_times(),
            previous: List(verdict.previous_lines().collect()),
            agent: match family {
                Family::Ossec => None,
                Family::Wazuh => Some(Text(verdict.agent_id().unwrap_or(BStr::new("000")))),
            },
            location: Text(verdict.location()),
            full_log: Text(verdict.full_log()),
            trace: trace.map(RuleTrace::lines),
            excess: verdict.excess().as_ref().map(Excess::new),
            truncated,
        };
        write_line(out, &event)
    }

    /// A line that is too short to be an event.
    ///
    /// # Errors
    /// As `out`.
    pub fn skipped(self, out: &mut dyn Write) -> io::Result<()> {
        write_line(out, &Skipped { skipped: true })
    }

    /// A message that the engine does not accept.
    ///
    /// # Errors
    /// As `out`.
    pub fn dropped(self, out: &mut dyn Write, reason: &str, truncated: bool) -> io::Result<()> {
        let dropped = Dropped {
            dropped: true,
            reason,
            truncated,
        };
        write_line(out, &dropped)
    }

    /// Input that is no event; `line` counts from 1.
    ///
    /// # Errors
    /// As `out`.
    pub fn error(self, out: &mut dyn Write, error: &str, line: u64) -> io::Result<()> {
        let error = InputError {
            error,
            input_line: line,
        };
        write_line(out, &error)
    }
}

fn write_line(out: &mut dyn Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    out.write_all(b"\n")
}

/// Bytes as a string.
struct Text<'v>(&'v BStr);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_str_lossy())
    }
}

/// An array of strings.
struct List<'v>(Vec<&'v BStr>);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for text in &self.0 {
            list.serialize_element(&Text(text))?;
        }
        list.end()
    }
}

fn lossy(text: Cow<'_, BStr>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => text.to_str_lossy(),
        Cow::Owned(text) => Cow::Owned(text.to_str_lossy().into_owned()),
    }
}

/// What rules see by name: static fields, then the dynamic ones; and further values of names that
/// came twice. The dynamic field `system_name` may stand beside the static one, which therefore has
/// the name that JSON logs have for it.
fn visible_fields<'v>(verdict: &Verdict<'v>) -> (Named<'v>, Vec<(Text<'v>, Text<'v>)>) {
    let statics = Field::ALL
        .into_iter()
        .filter_map(|field| Some((BStr::new(field.json_name()), verdict.field(field)?)));
    let mut fields: Named<'v> = Vec::new();
    let mut duplicates = Vec::new();
    let mut known = HashSet::new();
    for (name, value) in statics.chain(verdict.dynamic_fields()) {
        if known.insert(name) {
            fields.push((name, value));
        } else {
            duplicates.push((Text(name), Text(value)));
        }
    }
    (fields, duplicates)
}

/// Names and values, in order.
type Named<'v> = Vec<(&'v BStr, &'v BStr)>;

/// An object, in this order.
struct Pairs<'v>(Vec<(&'v BStr, &'v BStr)>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(&Text(name), &Text(value))?;
        }
        map.end()
    }
}

/// Keeps the place of the first and the value of the last of equal names: what a reader of the
/// test tool's text gets who puts the lines into a dictionary.
fn last_of_each_name<'v>(
    pairs: impl Iterator<Item = (&'v BStr, &'v BStr)>,
) -> Vec<(&'v BStr, &'v BStr)> {
    let mut result: Vec<(&BStr, &BStr)> = Vec::new();
    for (name, value) in pairs {
        match result.iter_mut().find(|(known, _)| *known == name) {
            Some(pair) => pair.1 = value,
            None => result.push((name, value)),
        }
    }
    result
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
        assert_eq!(last_of_each_name(pairs.into_iter()), expected);
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
        let text = serde_json::to_string(&Text(BStr::new(b"a\xffb\x01"))).unwrap();
        assert_eq!(text, "\"a\u{fffd}b\\u0001\"");
    }
}
