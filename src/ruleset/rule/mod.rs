//! Resolved rules: [`Rule`], its [`Conditions`], and [`Rules`], the tree (`spec/rules.md`).
//!
//! `read.rs` turns one rule of a file into a [`Rule`]; `tree.rs` puts it into its places, and
//! `misfit.rs` says what is in the way; `overwrite.rs` changes a rule that is there.

mod attributes;
mod conditions;
mod elements;
mod misfit;
mod overwrite;
mod parents;
mod read;
mod switches;
mod text_field;
mod tree;

pub use conditions::{AddressCondition, Conditions, FieldCondition, TextCondition, Written};
pub(crate) use elements::{Kind, kind};
pub(crate) use misfit::{Misfit, no_parent};
pub use parents::Parents;
pub(crate) use read::{Context, Outcome, ReadRule, read};
pub use switches::{Compared, Switches};
pub use text_field::TextField;
pub(crate) use tree::FIRST_CHILD_SID;

use bstr::BString;

use crate::pattern::Pattern;
use crate::ruleset::category::Category;
use crate::source::Span;

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

/// Dense index of a node of the tree.
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

/// The mark of a rule for the memory of a composite rule with `if_matched_group`
/// (`spec/correlation.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupMark {
    /// The memory that events of the rule go into.
    pub memory: GroupMemoryId,
    /// How often each event enters it: the places that the rule had in the tree when the composite
    /// rule was loaded. At least 1; more places than fit are `u64::MAX`.
    pub times: u64,
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
    /// The group memories that its events go into, in load order of the composite rules.
    pub group_marks: Vec<GroupMark>,
    /// The definition, then those that overwrote it.
    pub definitions: Vec<Definition>,
}

/// All places of a rule in the tree that have the same below them. A rule with several parents has
/// several places.
#[derive(Clone, Debug)]
pub struct Node {
    /// The rule.
    pub rule: RuleId,
    /// Its children there, in the order in which they are tried.
    pub children: Vec<NodeId>,
}

/// All rules and the tree.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// In load order.
    pub rules: Vec<Rule>,
    /// The nodes of the tree. The ways down to a node from the top are its places.
    pub nodes: Vec<Node>,
    /// The top level, in the order in which it is tried.
    pub top: Vec<NodeId>,
    index: tree::Index,
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

    /// All rules in load order.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        let rules = self.rules.iter().enumerate();
        rules.map(|(position, rule)| (RuleId(position as u32), rule))
    }

    /// The node behind an id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }
}
