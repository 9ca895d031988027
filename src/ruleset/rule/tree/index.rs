//! What the tree knows of itself while it is built: where rules stand, and who stands in a group.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::super::{Node, NodeId, Rule, RuleId, Rules, Sid};
use super::groups::Groups;

/// The tree has at most so many connections between a node and a child. The original spends a node
/// of its own on every place, so a ruleset that comes here does not load there.
const EDGES_LIMIT: usize = 4_000_000;

/// Answers that would need a walk of the whole tree.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Index {
    /// The rules that have a place, by id.
    pub(super) by_sid: HashMap<Sid, OfSid>,
    /// For each rule the rules above it, in the order in which it came below them.
    pub(super) above: Vec<SmallVec<[RuleId; 1]>>,
    /// The rules whose rules above are not in that order yet.
    pub(super) below_all: Vec<RuleId>,
    /// The nodes of each rule.
    pub(super) nodes_of: Vec<SmallVec<[NodeId; 1]>>,
    /// What is above each node.
    pub(super) ups: Vec<Up>,
    /// The rules that have a place, by their groups.
    pub(super) groups: Groups,
    /// The rule that came last below each rule.
    last_below: Vec<Option<RuleId>>,
    /// A rule was overwritten and has another level now: lists need not be sorted.
    pub(super) unsorted: bool,
    edges: usize,
    full: bool,
}

/// The rules with one id: one, but for ids of the top level and for rulesets that are refused.
#[derive(Clone, Debug, Default)]
pub(super) struct OfSid {
    pub(super) rules: SmallVec<[RuleId; 1]>,
    /// [`Up::reached`] of their nodes is up to date.
    pub(super) sorted_out: bool,
}

/// What is above a node.
#[derive(Clone, Debug)]
pub(super) struct Up {
    /// The nodes above it, once for each connection; none: it is a node of the top level.
    pub(super) parents: SmallVec<[NodeId; 1]>,
    /// How many places it stands for.
    pub(super) places: u64,
    /// A search for its id finds its places; otherwise it finds none of them.
    pub(super) reached: bool,
}

impl Index {
    /// True if the limit of the tree does not allow so many connections more; then no rule gets a
    /// place any more.
    pub(super) fn is_full(&mut self, more: usize) -> bool {
        self.full |= self.edges.saturating_add(more) > EDGES_LIMIT;
        self.full
    }

    pub(super) fn count_edges(&mut self, more: usize) {
        self.edges += more;
    }

    /// A rule has other groups now.
    pub(in super::super) fn regroup(&mut self, rule: RuleId, old: &[u8], new: &[u8]) {
        if old == new {
            return;
        }
        if self.groups.remove(rule, old) {
            self.groups.add(rule, new);
        }
    }

    /// A rule has another level now.
    pub(in super::super) fn relevel(&mut self) {
        self.unsorted = true;
    }

    /// Lets go of what only building needs.
    pub(super) fn shrink(&mut self) {
        self.nodes_of = Vec::new();
        self.ups = Vec::new();
        self.groups = Groups::default();
        self.last_below = Vec::new();
        self.above.shrink_to_fit();
    }
}

impl Rules {
    /// True if rules were left without a place because the tree is too large.
    pub(crate) fn is_full(&self) -> bool {
        self.index.full
    }

    /// True if the rule is in the tree; of interest only while it is built.
    pub(crate) fn has_place(&self, rule: RuleId) -> bool {
        !self.nodes_of(rule).is_empty()
    }

    /// The nodes of a rule.
    pub(super) fn nodes_of(&self, rule: RuleId) -> &[NodeId] {
        let nodes = self.index.nodes_of.get(rule.index());
        nodes.map_or(&[], SmallVec::as_slice)
    }

    /// The nodes of the rules with an id.
    pub(super) fn nodes_with(&self, sid: Sid) -> Vec<NodeId> {
        let rules = self.index.by_sid.get(&sid);
        let rules = rules.into_iter().flat_map(|of_sid| &of_sid.rules);
        rules
            .flat_map(|&rule| self.nodes_of(rule))
            .copied()
            .collect()
    }

    /// A node of a rule that can come below the `parents`: without children, and not one of them.
    pub(super) fn leaf(&mut self, rule: RuleId, parents: &[NodeId]) -> NodeId {
        let fits =
            |node: &&NodeId| self.node(**node).children.is_empty() && !parents.contains(node);
        match self.nodes_of(rule).iter().rev().find(fits) {
            Some(&leaf) => leaf,
            None => self.add_node(rule, Vec::new()),
        }
    }

    /// A node that nothing leads to as yet.
    pub(super) fn add_node(&mut self, rule: RuleId, children: Vec<NodeId>) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { rule, children });
        self.index.ups.push(Up {
            parents: SmallVec::new(),
            places: 0,
            reached: false,
        });
        let known = &mut self.index.nodes_of;
        if known.len() <= rule.index() {
            known.resize_with(rule.index() + 1, SmallVec::new);
        }
        known[rule.index()].push(id);
        if known[rule.index()].len() == 1 {
            let Rule {
                sid, ref groups, ..
            } = self.rules[rule.index()];
            self.index.by_sid.entry(sid).or_default().rules.push(rule);
            self.index.groups.add(rule, groups);
        }
        id
    }

    /// Adds a node of a rule to the top level.
    pub(super) fn add_top(&mut self, rule: RuleId) {
        let node = self.add_node(rule, Vec::new());
        self.index.ups[node.index()].places = 1;
        self.index.count_edges(1);
        self.by_sid_changed(rule);
        let position = self.position(&self.top, rule);
        self.top.insert(position, node);
    }

    /// Adds a node of a rule to the children of each of the `parents`.
    pub(super) fn hang(&mut self, leaf: NodeId, parents: &[NodeId]) {
        let rule = self.node(leaf).rule;
        for &parent in parents {
            let position = self.position(&self.node(parent).children, rule);
            self.nodes[parent.index()].children.insert(position, leaf);
            let places = self.index.ups[parent.index()].places;
            let up = &mut self.index.ups[leaf.index()];
            up.parents.push(parent);
            up.places = up.places.saturating_add(places);
        }
        self.index.count_edges(parents.len());
        self.by_sid_changed(rule);
    }

    /// Remembers that a rule came below another one.
    pub(super) fn note_above(&mut self, rule: RuleId, above: RuleId) {
        let size = self.rules.len();
        self.index.last_below.resize(size, None);
        self.index.above.resize_with(size, SmallVec::new);
        if self.index.last_below[above.index()].replace(rule) != Some(rule) {
            self.index.above[rule.index()].push(above);
        }
    }

    fn by_sid_changed(&mut self, rule: RuleId) {
        let sid = self.get(rule).sid;
        if let Some(of_sid) = self.index.by_sid.get_mut(&sid) {
            of_sid.sorted_out = false;
        }
    }

    /// Before the first child with a smaller level.
    fn position(&self, list: &[NodeId], rule: RuleId) -> usize {
        let level = self.get(rule).level;
        let stays = |&other: &NodeId| self.get(self.node(other).rule).level >= level;
        if self.index.unsorted {
            list.iter()
                .position(|other| !stays(other))
                .unwrap_or(list.len())
        } else {
            list.partition_point(stays)
        }
    }
}
