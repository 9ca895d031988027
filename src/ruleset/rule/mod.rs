//! Resolved rules: [`Rule`], its [`Conditions`], and [`Rules`], the tree (`spec/rules.md`).
//!
//! `read.rs` turns one rule of a file into a [`Rule`] and its placement; `tree.rs` puts it into
//! its places, `overwrite.rs` changes one that is there.

mod attributes;
mod elements;
mod overwrite;
mod read;
mod tree;

pub(crate) use read::{Context, ReadRule, read};
pub(crate) use tree::{FIRST_CHILD_SID, Misplaced};

use std::collections::HashMap;
use std::ops::{BitOr, BitOrAssign};

use bstr::BString;
use smallvec::SmallVec;

use super::decoder::NameId;
use super::list_condition::ListCondition;
use crate::pattern::Pattern;
use crate::ruleset::category::Category;
use crate::ruleset::condition::{AddressList, CompiledRule, TimeRange, Weekdays};
use crate::source::{Span, Text};

/// The number in the XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid(pub u32);

impl std::fmt::Display for Sid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Dense index of a rule in [`Rules::rules`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub(crate) u32);

impl RuleId {
    /// Position in load order, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Dense index of a place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Position in the list of nodes, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a memory that a composite rule with `if_matched_group` searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupMemoryId(pub(crate) u32);

/// A text field that a rule can test with a pattern.
///
/// The variants stand in the order in which the original tests them (`spec/rules.md` §7.1); other
/// conditions stand in between, see [`crate::engine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextField {
    /// Program name of the header.
    ProgramName,
    /// Decoded id.
    Id,
    /// The log, by `match`.
    Match,
    /// The log, by `regex`.
    Regex,
    /// Decoded url.
    Url,
    /// Decoded source port.
    SrcPort,
    /// Decoded destination port.
    DstPort,
    /// Destination user, or the source user if there is none.
    User,
    /// Never known without GeoIP.
    SrcGeoip,
    /// Never known without GeoIP.
    DstGeoip,
    /// Decoded extra data.
    ExtraData,
    /// Host name of the header, or the engine's own.
    Hostname,
    /// Decoded status.
    Status,
}

impl TextField {
    /// Every field, in the order of the tests.
    pub const ALL: [TextField; 13] = [
        TextField::ProgramName,
        TextField::Id,
        TextField::Match,
        TextField::Regex,
        TextField::Url,
        TextField::SrcPort,
        TextField::DstPort,
        TextField::User,
        TextField::SrcGeoip,
        TextField::DstGeoip,
        TextField::ExtraData,
        TextField::Hostname,
        TextField::Status,
    ];

    /// The element that tests it.
    pub fn element(self) -> &'static str {
        match self {
            TextField::ProgramName => "program_name",
            TextField::Id => "id",
            TextField::Match => "match",
            TextField::Regex => "regex",
            TextField::Url => "url",
            TextField::SrcPort => "srcport",
            TextField::DstPort => "dstport",
            TextField::User => "user",
            TextField::SrcGeoip => "srcgeoip",
            TextField::DstGeoip => "dstgeoip",
            TextField::ExtraData => "extra_data",
            TextField::Hostname => "hostname",
            TextField::Status => "status",
        }
    }

    /// The element that tests it with a pcre2 pattern; Wazuh has an attribute instead.
    pub fn pcre2_element(self) -> &'static str {
        match self {
            TextField::ProgramName => "program_name_pcre2",
            TextField::Id => "id_pcre2",
            TextField::Match => "match_pcre2",
            TextField::Regex => "pcre2",
            TextField::Url => "url_pcre2",
            TextField::SrcPort => "srcport_pcre2",
            TextField::DstPort => "dstport_pcre2",
            TextField::User => "user_pcre2",
            TextField::SrcGeoip => "srcgeoip_pcre2",
            TextField::DstGeoip => "dstgeoip_pcre2",
            TextField::ExtraData => "extra_data_pcre2",
            TextField::Hostname => "hostname_pcre2",
            TextField::Status => "status_pcre2",
        }
    }
}

/// A pattern on a text field, in up to two forms of which one is tested.
#[derive(Clone, Debug, Default)]
pub struct TextCondition {
    /// The plain form: tested if it is there.
    pub plain: Option<Pattern>,
    /// The pcre2 form: tested if there is no plain one. Kept beside a plain one because
    /// overwriting replaces only the latter (`spec/rules.md` §6).
    pub pcre2: Option<Pattern>,
}

impl TextCondition {
    /// The form that is tested.
    pub fn pattern(&self) -> Option<&Pattern> {
        self.plain.as_ref().or(self.pcre2.as_ref())
    }
}

/// `<field name="…">`.
#[derive(Clone, Debug)]
pub struct FieldCondition {
    /// Name of the dynamic field, compared without case.
    pub name: BString,
    /// Tested against its value.
    pub pattern: Pattern,
}

/// Texts of conditions whose values do not keep how they were written: for people, never tested.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// `<srcip>` elements, in file order.
    pub srcip: Vec<BString>,
    /// `<dstip>` elements, in file order.
    pub dstip: Vec<BString>,
    /// `<time>`.
    pub time: BString,
    /// `<weekday>`.
    pub weekday: BString,
    /// `<compiled_rule>`.
    pub compiled_rule: BString,
}

/// What a rule tests, one slot a kind, so that overwriting can replace slots.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// The decoder of the event must have this name.
    pub decoded_as: Option<(NameId, Text)>,
    /// By [`TextField`].
    texts: [TextCondition; TextField::ALL.len()],
    /// The action must be exactly this.
    pub action: Option<BString>,
    /// Dynamic fields, in file order.
    pub fields: Vec<FieldCondition>,
    /// Source address.
    pub srcip: Option<AddressList>,
    /// Destination address.
    pub dstip: Option<AddressList>,
    /// One of the tests that the original compiled in.
    pub compiled_rule: Option<CompiledRule>,
    /// Least length of the log in bytes; 0: any. The attribute is called `maxsize`.
    pub min_log_length: usize,
    /// Local time of arrival.
    pub time: Option<TimeRange>,
    /// Local day of arrival.
    pub weekday: Option<Weekdays>,
    /// The log must differ from the last one of this rule and host.
    pub check_diff: bool,
    /// The event must be seen for the first time.
    pub if_fts: bool,
    /// List lookups in file order, already cut to those that the original tests.
    pub lists: Vec<ListCondition>,
    /// How the addresses, times and compiled rules above were written.
    pub written: Written,
}

impl Conditions {
    /// The condition on a text field.
    pub fn text(&self, field: TextField) -> &TextCondition {
        &self.texts[field as usize]
    }

    pub(super) fn text_mut(&mut self, field: TextField) -> &mut TextCondition {
        &mut self.texts[field as usize]
    }
}

/// What two events of a correlation must have in common, or not (`spec/correlation.md` §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Switches(u16);

impl Switches {
    /// Equal decoded ids.
    pub const SAME_ID: Switches = Switches(1);
    /// Equal source addresses.
    pub const SAME_SOURCE_IP: Switches = Switches(1 << 1);
    /// Equal destination users.
    pub const SAME_USER: Switches = Switches(1 << 2);
    /// Equal source ports.
    pub const SAME_SRC_PORT: Switches = Switches(1 << 3);
    /// Equal destination ports.
    pub const SAME_DST_PORT: Switches = Switches(1 << 4);
    /// Equal host names.
    pub const SAME_LOCATION: Switches = Switches(1 << 5);
    /// Different urls.
    pub const DIFFERENT_URL: Switches = Switches(1 << 6);
    /// Accepted and never tested.
    pub const DIFFERENT_SRCIP: Switches = Switches(1 << 7);
    /// Never holds without GeoIP.
    pub const DIFFERENT_SRCGEOIP: Switches = Switches(1 << 8);

    /// True if the switches of `other` are all on.
    pub fn contains(self, other: Switches) -> bool {
        self.0 & other.0 == other.0
    }

    /// True if no switch is on.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set without the switches of `other`.
    pub fn without(self, other: Switches) -> Switches {
        Switches(self.0 & !other.0)
    }
}

impl BitOr for Switches {
    type Output = Switches;

    fn bitor(self, other: Switches) -> Switches {
        Switches(self.0 | other.0)
    }
}

impl BitOrAssign for Switches {
    fn bitor_assign(&mut self, other: Switches) {
        self.0 |= other.0;
    }
}

/// Which memory a composite rule searches (`spec/correlation.md` §1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Events of the rule with this id; `None`: no such rule was loaded, the search never succeeds.
    Sid(Sid, Option<RuleId>),
    /// Events of the rules that were marked for this composite.
    Group(GroupMemoryId),
    /// All events.
    Events,
}

/// Frequency, time frame and switches: what overwriting replaces in a composite rule.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// The version in force has one of the `if_matched_` elements. Without one nothing is searched,
    /// even if an overwritten version had a memory.
    pub counts: bool,
    /// So many earlier events are counted before one more fires the rule.
    pub frequency: u32,
    /// Seconds.
    pub timeframe: u32,
    /// What the events must have in common.
    pub switches: Switches,
    /// `if_matched_regex`: which events of the event memory count.
    pub regex: Option<Pattern>,
}

/// The words of `ignore` and `check_if_ignored`, as a set of key columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct IgnoreKeys(pub(crate) u8);

impl IgnoreKeys {
    /// Destination user.
    pub const USER: IgnoreKeys = IgnoreKeys(1);
    /// Source address.
    pub const SRC_IP: IgnoreKeys = IgnoreKeys(1 << 1);
    /// Destination address.
    pub const DST_IP: IgnoreKeys = IgnoreKeys(1 << 2);
    /// Decoded id.
    pub const ID: IgnoreKeys = IgnoreKeys(1 << 3);
    /// Location of the event.
    pub const LOCATION: IgnoreKeys = IgnoreKeys(1 << 4);
    /// Extra data.
    pub const DATA: IgnoreKeys = IgnoreKeys(1 << 5);
    /// Decoder name.
    pub const NAME: IgnoreKeys = IgnoreKeys(1 << 6);

    /// No column at all: the element is absent.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if all columns of `other` are in the set.
    pub fn contains(self, other: IgnoreKeys) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Kind of an information line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InfoKind {
    /// Free text.
    Text,
    /// An address on the web.
    Link,
    /// A CVE number.
    Cve,
    /// An OSVDB number.
    Osvdb,
}

impl InfoKind {
    /// As the test tool prints it.
    pub fn name(self) -> &'static str {
        match self {
            InfoKind::Text => "Text",
            InfoKind::Link => "Link",
            InfoKind::Cve => "CVE",
            InfoKind::Osvdb => "OSVDB",
        }
    }
}

/// Flags of a rule that say what is done with its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flags {
    /// Alerts are written.
    pub log: bool,
    /// The alert asks for mail.
    pub mail: bool,
    /// No active response is bound.
    pub no_ar: bool,
    /// The rule is never the result.
    pub noalert: bool,
}

/// Where a version of a rule stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The start tag.
    pub span: Span,
}

/// A rule that passed all checks.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The number in the XML.
    pub sid: Sid,
    /// While the tree is built: the internal level that orders it. In a finished [`Rules`]: the
    /// level that events get (`spec/rules.md` §5.5).
    pub level: u32,
    /// The category, changed by the place in the tree.
    pub category: Category,
    /// Name of the group and all `<group>` texts, joined.
    pub groups: BString,
    /// Joined description; `None` prints as `(null)`.
    pub description: Option<BString>,
    /// The information lines that the test tool prints.
    pub info: Vec<(InfoKind, BString)>,
    /// All `<info>` texts joined, for JSON output.
    pub info_text: Option<BString>,
    /// All `<cve>` texts joined, for JSON output.
    pub cve_text: Option<BString>,
    /// What the rule tests.
    pub conditions: Conditions,
    /// Frequency and so on; of interest only together with `search`.
    pub correlation: Correlation,
    /// The memory that the rule searches as its last condition.
    pub search: Option<Search>,
    /// Seconds of silence after an alert; 0: none.
    pub ignore_seconds: u32,
    /// `<ignore>`.
    pub ignore: IgnoreKeys,
    /// `<check_if_ignored>`.
    pub check_if_ignored: IgnoreKeys,
    /// What is done with its events.
    pub flags: Flags,
    /// Its events go into a memory of its own because a composite rule counts it by id.
    pub counted_by_sid: bool,
    /// The group memories that its events go into; one entry for each place of the rule.
    pub group_marks: Vec<GroupMemoryId>,
    /// The definition, then those that overwrote it.
    pub definitions: Vec<Definition>,
}

/// A place in the tree. A rule with several parents has several.
#[derive(Clone, Debug)]
pub struct Node {
    /// The rule.
    pub rule: RuleId,
    /// Its children here, in the order in which they are tried.
    pub children: Vec<NodeId>,
}

/// All rules and the tree.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// In load order.
    pub rules: Vec<Rule>,
    /// Every place of the tree.
    pub nodes: Vec<Node>,
    /// The places of the top level, in the order in which they are tried.
    pub top: Vec<NodeId>,
    /// The rules that have a place, by id.
    placed: HashMap<Sid, SmallVec<[RuleId; 1]>>,
    /// The `if_matched_group` patterns of composite rules, by [`GroupMemoryId`]: each owns a memory.
    pub group_patterns: Vec<Pattern>,
}

impl Rules {
    /// The pattern that chooses the groups of a memory.
    pub fn group_pattern(&self, id: GroupMemoryId) -> Option<&Pattern> {
        self.group_patterns.get(id.0 as usize)
    }

    /// The rule behind an id.
    pub fn get(&self, id: RuleId) -> &Rule {
        &self.rules[id.index()]
    }

    /// The place behind an id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }
}
