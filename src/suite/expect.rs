//! What may be expected of an event, and whether it holds.

use std::fmt::Write;

use bstr::{BStr, BString, ByteSlice};

use super::Difference;
use crate::dialect::{Dialect, Family};
use crate::ruleset::field::{Field, OrderName};
use crate::source::Span;
use crate::verdict::Verdict;

/// One thing that must hold for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Where the file says so.
    pub place: Span,
    /// What must hold.
    pub wanted: Wanted,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The event has this decoder, or none.
    Decoder(Option<BString>),
    /// Its rule is this one, or there is none.
    Rule(Option<u32>),
    /// Its rule is another one, or there is none.
    NotRule(u32),
    /// Its rule has this level.
    Level(u32),
    /// There is an alert, or none.
    Alert(bool),
    /// A field has this value, or none.
    Field {
        /// Its name: as in `<order>` or as it is printed.
        name: BString,
        /// Its value.
        value: Option<BString>,
    },
    /// Its rule is in this group.
    Group(BString),
    /// The description of its rule, with the values of the event where the dialect puts them.
    Description(BString),
    /// The comparison of the original's `-U`.
    UnitTest(UnitTest),
}

/// `-U rule:level:decoder` of the original test tools: texts are compared, `05` is not 5; OSSEC
/// ignores the case of the decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTest {
    /// Id of the rule; empty: no rule.
    pub rule: BString,
    /// Level of the rule; empty: no rule.
    pub level: BString,
    /// Name of the decoder; empty: no decoder.
    pub decoder: BString,
    /// False: it must *not* be so.
    pub holds: bool,
}

/// A value for people.
fn shown(value: Option<&BStr>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("`{value}`"))
}

fn shown_rule(verdict: Option<&Verdict<'_>>) -> String {
    match verdict.and_then(Verdict::rule) {
        Some(rule) => format!("{} (level {})", rule.sid.0, rule.level),
        None => "none".to_owned(),
    }
}

fn alerts(alert: bool) -> &'static str {
    if alert { "yes" } else { "no" }
}

impl Expectation {
    /// Adds what differs; nothing if the expectation holds. `None`: the event was rejected or
    /// dropped, so nothing came of it.
    pub(super) fn check(&self, verdict: Option<&Verdict<'_>>, differences: &mut Vec<Difference>) {
        let mut differs = |what: &str, expected: String, actual: String| {
            differences.push(Difference {
                place: self.place,
                what: what.to_owned(),
                expected,
                actual,
            });
        };
        let rule = verdict.and_then(Verdict::rule);
        let decoder = verdict.and_then(Verdict::decoder);
        match &self.wanted {
            Wanted::Decoder(wanted) => {
                let wanted = wanted.as_ref().map(|name| name.as_bstr());
                if decoder != wanted {
                    differs("decoder", shown(wanted), shown(decoder));
                }
            }
            Wanted::Rule(wanted) => {
                if rule.map(|rule| rule.sid.0) != *wanted {
                    let wanted = wanted.map_or_else(|| "none".to_owned(), |id| id.to_string());
                    differs("rule", wanted, shown_rule(verdict));
                }
            }
            Wanted::NotRule(id) => {
                if rule.is_some_and(|rule| rule.sid.0 == *id) {
                    differs("rule", format!("not {id}"), shown_rule(verdict));
                }
            }
            Wanted::Level(level) => {
                if rule.map(|rule| rule.level) != Some(*level) {
                    let actual = rule.map_or_else(|| "no rule".to_owned(), |r| r.level.to_string());
                    differs("level", level.to_string(), actual);
                }
            }
            Wanted::Alert(wanted) => {
                let alert = verdict.is_some_and(Verdict::alert);
                if alert != *wanted {
                    differs(
                        "alert",
                        alerts(*wanted).to_owned(),
                        alerts(alert).to_owned(),
                    );
                }
            }
            Wanted::Field { name, value } => {
                let actual = verdict.and_then(|verdict| field(verdict, name.as_bstr()));
                let wanted = value.as_ref().map(|value| value.as_bstr());
                if actual != wanted {
                    differs(&format!("field {name}"), shown(wanted), shown(actual));
                }
            }
            Wanted::Group(group) => {
                let groups = rule.map(|rule| rule.groups.as_bstr()).unwrap_or_default();
                if !groups
                    .split_str(",")
                    .any(|part| part.trim() == group.as_slice())
                {
                    differs("groups", format!("with `{group}`"), format!("`{groups}`"));
                }
            }
            Wanted::Description(wanted) => {
                let actual = verdict.and_then(Verdict::description);
                if actual.as_deref() != Some(wanted.as_bstr()) {
                    differs(
                        "description",
                        format!("`{wanted}`"),
                        shown(actual.as_deref()),
                    );
                }
            }
            Wanted::UnitTest(test) => test.check(verdict, &mut differs),
        }
    }
}

impl UnitTest {
    /// Where an empty text is compared the original's tool never succeeds. Here it means that
    /// there is none; only what must not hold is as in the original, where nothing can make it
    /// hold.
    fn check(&self, verdict: Option<&Verdict<'_>>, differs: &mut impl FnMut(&str, String, String)) {
        let rule = verdict.and_then(Verdict::rule);
        let id = rule.map(|rule| rule.sid.0.to_string()).unwrap_or_default();
        let level = rule.map(|rule| rule.level.to_string()).unwrap_or_default();
        let decoder = verdict.and_then(Verdict::decoder).unwrap_or_default();
        let ignores_case = verdict.is_some_and(|verdict| verdict.family() == Family::Ossec);
        let same_decoder =
            self.decoder == decoder || ignores_case && self.decoder.eq_ignore_ascii_case(decoder);
        // A level without a rule is how some write that nothing is expected.
        let same_level = self.level == level || self.rule.is_empty() && rule.is_none();
        let same_rule = self.rule == id;
        if !self.holds {
            let full = !(self.rule.is_empty() || self.level.is_empty() || self.decoder.is_empty());
            if full && same_rule && same_level && same_decoder {
                let mut expected = String::from("not ");
                let _ = write!(expected, "rule {id}, level {level}, decoder `{decoder}`");
                differs("verdict", expected, "just that".to_owned());
            }
            return;
        }
        let text = |text: &BStr| match text.is_empty() {
            true => "none".to_owned(),
            false => text.to_string(),
        };
        if !same_rule {
            differs("rule", text(self.rule.as_bstr()), shown_rule(verdict));
        }
        if !same_level {
            differs(
                "level",
                text(self.level.as_bstr()),
                text(level.as_str().into()),
            );
        }
        if !same_decoder {
            differs("decoder", text(self.decoder.as_bstr()), text(decoder));
        }
    }
}

/// A field by the name that is printed, or by that of `<order>`. What only the test tool prints
/// counts, too.
fn field<'v>(verdict: &Verdict<'v>, name: &BStr) -> Option<&'v BStr> {
    let named = |&(known, _): &(&BStr, &BStr)| known == name;
    if let Some((_, value)) = verdict.iter_values().find(named) {
        return Some(value);
    }
    let dialect = match verdict.family() {
        Family::Ossec => Dialect::Ossec43,
        Family::Wazuh => Dialect::Wazuh414,
    };
    if let Some(OrderName::Static(field)) = Field::from_order(dialect, name)
        && let Some(value) = verdict.field(field)
    {
        return Some(value);
    }
    verdict.printed_fields().find(named).map(|(_, value)| value)
}
