//! Resolved rules: [`Rule`], its [`Conditions`], and [`Rules`], the tree (`spec/rules.md`).
//!
//! `read.rs` turns one rule of a file into a [`Rule`]; `tree.rs` puts it into its places, and
//! `misfit.rs` says what is in the way; `overwrite.rs` changes a rule that is there.

mod attributes;
mod elements;
mod misfit;
mod overwrite;
mod parents;
mod read;
mod tree;

pub(crate) use misfit::{Misfit, no_parent};
pub use parents::Parents;
pub(crate) use read::{Context, Outcome, ReadRule, read};
pub(crate) use tree::FIRST_CHILD_SID;

use std::collections::HashMap;
use std::ops::{BitOr, BitOrAssign};

use bstr::BString;
use smallvec::SmallVec;

use super::decoder::NameId;
use super::expression::Expression;
use super::list_condition::ListCondition;
use crate::dialect::Family;
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
    /// Decoded system name (Wazuh only).
    SystemName,
    /// Decoded protocol (Wazuh only).
    Protocol,
    /// The log, by `match`.
    Match,
    /// The log, by `regex`.
    Regex,
    /// Decoded action.
    Action,
    /// Decoded url.
    Url,
    /// Where the event comes from (Wazuh only).
    Location,
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
    /// Decoded data: `extra_data` in OSSEC, `data` in Wazuh.
    Data,
    /// Decoded extra data, where it is a field of its own (Wazuh only).
    ExtraData,
    /// Host name of the header, or the engine's own.
    Hostname,
    /// Decoded status.
    Status,
}

impl TextField {
    /// Every field, in the order of the tests.
    pub const ALL: [TextField; 18] = [
        TextField::ProgramName,
        TextField::Id,
        TextField::SystemName,
        TextField::Protocol,
        TextField::Match,
        TextField::Regex,
        TextField::Action,
        TextField::Url,
        TextField::Location,
        TextField::SrcPort,
        TextField::DstPort,
        TextField::User,
        TextField::SrcGeoip,
        TextField::DstGeoip,
        TextField::Data,
        TextField::ExtraData,
        TextField::Hostname,
        TextField::Status,
    ];

    /// The element that tests it.
    pub fn element(self, family: Family) -> &'static str {
        match self {
            TextField::SystemName => "system_name",
            TextField::Protocol => "protocol",
            TextField::Action => "action",
            TextField::Location => "location",
            TextField::Data if family == Family::Wazuh => "data",
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
            TextField::Data | TextField::ExtraData => "extra_data",
            TextField::Hostname => "hostname",
            TextField::Status => "status",
        }
    }

    /// The element that tests it with a pcre2 pattern in OSSEC 3.7 and 4.3, if there is one; Wazuh
    /// has an attribute instead.
    pub fn pcre2_element(self) -> Option<&'static str> {
        Some(match self {
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
            TextField::Data => "extra_data_pcre2",
            TextField::Hostname => "hostname_pcre2",
            TextField::Status => "status_pcre2",
            TextField::SystemName
            | TextField::Protocol
            | TextField::Action
            | TextField::Location
            | TextField::ExtraData => return None,
        })
    }
}

/// A test of a text field, in up to two forms of which one is in force.
#[derive(Clone, Debug, Default)]
pub struct TextCondition {
    /// The plain form: tested if it is there. The only one in Wazuh, whatever its type.
    pub plain: Option<Expression>,
    /// The form of the pcre2 elements of OSSEC: tested if there is no plain one. Kept beside a
    /// plain one because overwriting replaces only the latter (`spec/rules.md` §6).
    pub pcre2: Option<Expression>,
}

impl TextCondition {
    /// The form that is tested.
    pub fn in_force(&self) -> Option<&Expression> {
        self.plain.as_ref().or(self.pcre2.as_ref())
    }
}

/// `<field name="…">`.
#[derive(Clone, Debug)]
pub struct FieldCondition {
    /// Name of the dynamic field, compared without case.
    pub name: BString,
    /// Tested against its value.
    pub expression: Expression,
}

/// `<srcip>` or `<dstip>`: all elements of a rule are one list.
#[derive(Clone, Debug)]
pub struct AddressCondition {
    /// The event's address must be in it.
    pub list: AddressList,
    /// `negate="yes"` (Wazuh only): it must not. The event needs an address all the same.
    pub negated: bool,
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
    /// Dynamic fields, in file order.
    pub fields: Vec<FieldCondition>,
    /// Source address.
    pub srcip: Option<AddressCondition>,
    /// Destination address.
    pub dstip: Option<AddressCondition>,
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

/// What two events of a correlation can be compared by (`spec/correlation.md` §3,
/// `spec/wazuh.md` §11.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Compared {
    /// The decoded id.
    Id,
    /// The source address.
    SrcIp,
    /// The destination address.
    DstIp,
    /// The source port.
    SrcPort,
    /// The destination port.
    DstPort,
    /// The source user.
    SrcUser,
    /// The destination user.
    DstUser,
    /// The host name in OSSEC, the location in Wazuh.
    Location,
    /// The protocol.
    Protocol,
    /// The action.
    Action,
    /// The url.
    Url,
    /// The data.
    Data,
    /// The extra data (Wazuh only).
    ExtraData,
    /// The status.
    Status,
    /// The system name.
    SystemName,
    /// Never known without GeoIP.
    SrcGeoip,
    /// Never known without GeoIP.
    DstGeoip,
}

impl Compared {
    /// How many there are.
    pub const COUNT: usize = 17;

    /// Every one, in the order of the enum.
    pub const ALL: [Compared; Compared::COUNT] = [
        Compared::Id,
        Compared::SrcIp,
        Compared::DstIp,
        Compared::SrcPort,
        Compared::DstPort,
        Compared::SrcUser,
        Compared::DstUser,
        Compared::Location,
        Compared::Protocol,
        Compared::Action,
        Compared::Url,
        Compared::Data,
        Compared::ExtraData,
        Compared::Status,
        Compared::SystemName,
        Compared::SrcGeoip,
        Compared::DstGeoip,
    ];
}

/// What two events of a correlation must have in common, or not (`spec/correlation.md` §3,
/// `spec/wazuh.md` §11.3). Dynamic fields have lists of their own, see [`Correlation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Switches(u64);

impl Switches {
    /// `global_frequency` (Wazuh only): events of all agents count.
    pub const GLOBAL_FREQUENCY: Switches = Switches(1 << 63);

    /// The `same_` element of this.
    pub const fn same(compared: Compared) -> Switches {
        Switches(1 << compared as u8)
    }

    /// The `different_` element of this.
    pub const fn different(compared: Compared) -> Switches {
        Switches(1 << (32 + compared as u8))
    }

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
    /// So many earlier events are counted before one more fires the rule. In Wazuh two less than
    /// the attribute says.
    pub frequency: u32,
    /// Seconds.
    pub timeframe: u32,
    /// What the events must have in common.
    pub switches: Switches,
    /// `same_field`: names of dynamic fields (Wazuh only).
    pub same_fields: Vec<BString>,
    /// `different_field`: names of dynamic fields (Wazuh only).
    pub different_fields: Vec<BString>,
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
    /// `no_full_log` (Wazuh only): alerts do not show the log.
    pub no_full_log: bool,
    /// `no_counter` (Wazuh only): alerts do not show how often the rule fired.
    pub no_counter: bool,
}

/// `<mitre>` (`spec/wazuh.md` §9.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mitre {
    /// Ids of techniques as written, without duplicates.
    Ids(Vec<BString>),
    /// Pairs of the ids of a tactic and of a technique, without duplicates.
    Pairs(Vec<(BString, BString)>),
}

impl Default for Mitre {
    fn default() -> Self {
        Mitre::Ids(Vec::new())
    }
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
    /// How the first version names its parents.
    pub parents: Parents,
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
    /// Techniques of the ATT&CK table (Wazuh only).
    pub mitre: Mitre,
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
