//! Random rules.

use std::fmt::Write;

use proptest::prelude::*;

use super::decoders::Families;
use super::patterns::{self, PatternDraft};
use super::vocabulary::{HOSTS, LIST, PROGRAMS};
use crate::dialect::{Dialect, Family};

/// The id of the first random rule.
const FIRST: usize = 100;
const GROUPS: [&str; 4] = ["ga,", "gb,", "gab,", "ga,gc,"];

/// Where a rule stands.
#[derive(Clone, Debug)]
enum Parent {
    /// Below the template of its category.
    Category,
    Decoder(usize),
    /// Below one of the rules right before it.
    Recent(usize),
    /// Below several rules.
    Several(usize, usize),
    Group(&'static str),
    Level(u32),
    /// Composite rules.
    MatchedSid(usize, &'static [&'static str]),
    MatchedGroup(&'static str, &'static [&'static str]),
    MatchedRegex(&'static str, &'static [&'static str]),
}

/// What a rule tests.
#[derive(Clone, Debug)]
enum Test {
    /// An element with a pattern.
    Text(&'static str, PatternDraft),
    Field(&'static str, PatternDraft),
    /// As it stands there.
    Element(&'static str),
    List(&'static str, &'static str),
}

#[derive(Clone, Debug)]
struct RuleDraft {
    level: u32,
    parent: Parent,
    tests: Vec<Test>,
    group: Option<&'static str>,
    /// Attributes.
    ignore: bool,
    noalert: bool,
    /// The rule takes the place of an earlier one.
    overwrite: Option<usize>,
    other: Option<&'static str>,
}

/// All rules of a ruleset.
#[derive(Clone, Debug)]
pub(super) struct RuleDrafts(Vec<RuleDraft>);

/// What the events of composite rules have in common, in OSSEC and in Wazuh.
const COMMON: [&[&str]; 5] = [
    &[],
    &[],
    &["same_source_ip"],
    &["same_user"],
    &["same_id", "same_location"],
];

fn parent() -> impl Strategy<Value = Parent> {
    let common = || prop::sample::select(COMMON.to_vec());
    let group = || prop::sample::select(vec!["ga", "gb", "gab", "gc"]);
    prop_oneof![
        3 => Just(Parent::Category),
        3 => any::<usize>().prop_map(Parent::Decoder),
        26 => (0..3usize).prop_map(Parent::Recent),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Parent::Several(one, other)),
        1 => group().prop_map(Parent::Group),
        1 => (0..10u32).prop_map(Parent::Level),
        4 => (any::<usize>(), common()).prop_map(|(sid, common)| Parent::MatchedSid(sid, common)),
        1 => (group(), common()).prop_map(|(group, common)| Parent::MatchedGroup(group, common)),
        1 => (prop::sample::select(vec!["fail", "user=", "alpha"]), common())
            .prop_map(|(regex, common)| Parent::MatchedRegex(regex, common)),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let fields = vec!["user", "id", "url", "status", "extra_data"];
    let other = vec![
        "<srcip>10.0.0.0/8</srcip>",
        "<srcip>!10.0.0.1</srcip>",
        "<dstip>192.0.2.7</dstip>",
        "<action>alpha</action>",
        "<if_fts />",
        "<check_diff />",
        "<time>1 am - 11 pm</time>",
        "<weekday>weekdays</weekday>",
    ];
    prop_oneof![
        12 => (prop::sample::select(vec!["match", "match", "regex"]), patterns::of_log())
            .prop_map(|(name, pattern)| Test::Text(name, pattern)),
        2 => patterns::of_names(&PROGRAMS).prop_map(|name| Test::Text("program_name", name)),
        1 => patterns::of_names(&HOSTS).prop_map(|name| Test::Text("hostname", name)),
        2 => (prop::sample::select(fields), patterns::of_value())
            .prop_map(|(name, pattern)| Test::Text(name, pattern)),
        1 => (prop::sample::select(vec!["x", "y", "y.z"]), patterns::of_value())
            .prop_map(|(name, pattern)| Test::Field(name, pattern)),
        2 => prop::sample::select(other).prop_map(Test::Element),
        1 => (
            prop::sample::select(vec!["user", "srcip", "id"]),
            prop::sample::select(vec!["match_key", "not_match_key", "address_match_key"]),
        )
            .prop_map(|(field, lookup)| Test::List(field, lookup)),
    ]
}

fn rule() -> impl Strategy<Value = RuleDraft> {
    let level = prop_oneof![1 => Just(0u32), 8 => 1..13u32];
    let count = prop_oneof![3 => Just(0usize), 9 => Just(1), 2 => Just(2), 1 => Just(3)];
    let tests = count.prop_flat_map(|count| prop::collection::vec(test(), count));
    let rarely = |weight: f64| prop::bool::weighted(weight);
    let other = prop::option::weighted(
        0.15,
        prop::sample::select(vec![
            "<options>no_log</options>",
            "<options>alert_by_email</options>",
            "<ignore>user,srcip</ignore>",
            "<check_if_ignored>user,srcip</check_if_ignored>",
        ]),
    );
    let group = prop::option::of(prop::sample::select(GROUPS.to_vec()));
    let overwrite = prop::option::weighted(0.04, any::<usize>());
    (
        level,
        parent(),
        tests,
        group,
        rarely(0.05),
        rarely(0.1),
        overwrite,
        other,
    )
        .prop_map(
            |(level, parent, tests, group, ignore, noalert, overwrite, other)| RuleDraft {
                level,
                parent,
                tests,
                group,
                ignore,
                noalert,
                overwrite,
                other,
            },
        )
}

/// Random rules: enough for lists of children with filters.
pub(super) fn drafts() -> impl Strategy<Value = RuleDrafts> {
    prop::collection::vec(rule(), 10..70).prop_map(RuleDrafts)
}

impl RuleDrafts {
    /// The rule file.
    pub(super) fn xml(&self, dialect: Dialect, families: &Families) -> String {
        let mut out = String::from(
            "<group name=\"base,\">\n\
             <rule id=\"1\" level=\"0\" noalert=\"1\"><category>syslog</category>\
             <description>any</description></rule>\n\
             <rule id=\"2\" level=\"1\"><category>firewall</category>\
             <description>any</description></rule>\n\
             <rule id=\"3\" level=\"0\" noalert=\"1\"><category>ids</category>\
             <description>any</description></rule>\n",
        );
        for (number, group) in ["ga", "gb", "gab", "gc"].iter().enumerate() {
            // A parent by group must be there.
            let _ = writeln!(
                out,
                "<rule id=\"9{number}\" level=\"10\"><match>no log has this</match>\
                 <group>{group},</group><description>none</description></rule>",
            );
        }
        let mut placed = Vec::new();
        for (number, rule) in self.0.iter().enumerate() {
            rule.xml(&mut out, dialect, families, number, &mut placed);
        }
        out.push_str("</group>\n");
        out
    }
}

impl RuleDraft {
    /// Writes the rule. `placed` are the ids of the rules before it, and afterwards its own.
    fn xml(
        &self,
        out: &mut String,
        dialect: Dialect,
        families: &Families,
        number: usize,
        placed: &mut Vec<usize>,
    ) {
        let before = placed.len();
        let overwritten = self.overwrite.filter(|_| before > 0);
        let id = overwritten.map_or(FIRST + number, |index| placed[index % before]);
        if overwritten.is_none() {
            placed.push(id);
        }
        let placed = &placed[..before];
        // Of the rules before this one, or the template.
        let earlier = |index: usize| match placed {
            [] => 1,
            placed => placed[index % placed.len()],
        };
        let _ = write!(out, "<rule id=\"{id}\" level=\"{}\"", self.level);
        if overwritten.is_some() {
            out.push_str(" overwrite=\"yes\"");
        }
        if self.ignore {
            out.push_str(" ignore=\"5\"");
        }
        if self.noalert {
            out.push_str(" noalert=\"1\"");
        }
        let is_composite = matches!(
            self.parent,
            Parent::MatchedSid(..) | Parent::MatchedGroup(..) | Parent::MatchedRegex(..)
        );
        if is_composite {
            // Wazuh needs two more than what it counts.
            let frequency = match dialect.family() {
                Family::Ossec => 1,
                Family::Wazuh => 2,
            };
            let _ = write!(out, " frequency=\"{frequency}\" timeframe=\"60\"");
        }
        out.push('>');
        let mut common: &[&str] = &[];
        let _ = match &self.parent {
            Parent::Category => Ok(()),
            Parent::Decoder(index) => {
                write!(out, "<decoded_as>{}</decoded_as>", families.name(*index))
            }
            Parent::Recent(back) => {
                let index = before.saturating_sub(back + 1);
                write!(out, "<if_sid>{}</if_sid>", earlier(index))
            }
            Parent::Several(one, other) => {
                let (one, other) = (earlier(*one), earlier(*other));
                write!(out, "<if_sid>{one}, {other}</if_sid>")
            }
            Parent::Group(group) => write!(out, "<if_group>{group}</if_group>"),
            Parent::Level(level) => write!(out, "<if_level>{level}</if_level>"),
            Parent::MatchedSid(index, of) => {
                common = of;
                write!(out, "<if_matched_sid>{}</if_matched_sid>", earlier(*index))
            }
            Parent::MatchedGroup(group, of) => {
                common = of;
                write!(out, "<if_matched_group>{group}</if_matched_group>")
            }
            Parent::MatchedRegex(regex, of) => {
                common = of;
                write!(out, "<if_matched_regex>{regex}</if_matched_regex>")
            }
        };
        for element in common {
            let _ = write!(out, "<{element} />");
        }
        for test in &self.tests {
            test.xml(out, dialect);
        }
        if let Some(group) = self.group {
            let _ = write!(out, "<group>{group}</group>");
        }
        out.extend(self.other);
        let _ = writeln!(out, "<description>rule {id}</description></rule>");
    }
}

impl Test {
    fn xml(&self, out: &mut String, dialect: Dialect) {
        match self {
            // Values are compared as text in some elements: any text is a pattern of theirs.
            Test::Text(name, pattern) => out.push_str(&pattern.condition(dialect, name)),
            Test::Field(_, _) if dialect == Dialect::Ossec283 => {}
            Test::Field(name, pattern) => {
                let element = pattern.condition(dialect, "field");
                let named = format!("<field name=\"{name}\"");
                // OSSEC has one language here.
                let element = match dialect.family() {
                    Family::Ossec => element.replace("field_pcre2", "field"),
                    Family::Wazuh => element,
                };
                out.push_str(&element.replacen("<field", &named, 1));
            }
            Test::Element(text) => out.push_str(text),
            Test::List(field, lookup) => {
                let _ = write!(
                    out,
                    "<list field=\"{field}\" lookup=\"{lookup}\">{LIST}</list>"
                );
            }
        }
    }
}
