//! The places of the tree: walks, counts, and the end of building.

use smallvec::SmallVec;

use super::super::{GroupMark, GroupMemoryId, NodeId, RuleId, Rules, Sid};
use super::LEVEL_ZERO;
use crate::pattern::Pattern;

impl Rules {
    /// The rule with this id; of several, the first that has a place in the tree, depth first.
    pub fn find(&self, sid: Sid) -> Option<RuleId> {
        match self.index.by_sid.get(&sid)?.rules.as_slice() {
            [only] => Some(*only),
            several => self
                .nodes_in_order()
                .into_iter()
                .map(|node| self.node(node).rule)
                .find(|rule| several.contains(rule)),
        }
    }

    /// Every node once, where the first of its places comes, depth first.
    pub(crate) fn nodes_in_order(&self) -> Vec<NodeId> {
        self.depth_first(|list| list.iter())
    }

    /// Every node once, where the last of its places comes, depth first from the end.
    pub(super) fn nodes_from_the_end(&self) -> Vec<NodeId> {
        self.depth_first(|list| list.iter().rev())
    }

    /// Every node once, behind all of its children.
    pub(crate) fn children_first(&self) -> Vec<NodeId> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut seen = vec![false; self.nodes.len()];
        let mut stack = vec![(None, self.top.iter())];
        while let Some((node, list)) = stack.last_mut() {
            match list.next() {
                None => {
                    found.extend(*node);
                    stack.pop();
                }
                Some(&id) => {
                    if !std::mem::replace(&mut seen[id.index()], true) {
                        stack.push((Some(id), self.node(id).children.iter()));
                    }
                }
            }
        }
        found
    }

    fn depth_first<'r, I: Iterator<Item = &'r NodeId>>(
        &'r self,
        ordered: impl Fn(&'r [NodeId]) -> I,
    ) -> Vec<NodeId> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut seen = vec![false; self.nodes.len()];
        // The tree is as deep as its rules are chained, so the walk keeps its own stack.
        let mut stack = vec![ordered(&self.top)];
        while let Some(list) = stack.last_mut() {
            match list.next() {
                None => {
                    stack.pop();
                }
                Some(&id) => {
                    if !std::mem::replace(&mut seen[id.index()], true) {
                        found.push(id);
                        stack.push(ordered(&self.node(id).children));
                    }
                }
            }
        }
        found
    }

    /// Every place with its depth, depth first; the top has depth 0. There may be far more places
    /// than nodes: a node stands for all places of a rule that have the same below them.
    pub fn places(&self) -> impl Iterator<Item = (usize, NodeId)> + '_ {
        let mut stack = vec![self.top.iter()];
        std::iter::from_fn(move || {
            loop {
                match stack.last_mut()?.next() {
                    None => {
                        stack.pop();
                    }
                    Some(&id) => {
                        let depth = stack.len() - 1;
                        stack.push(self.node(id).children.iter());
                        return Some((depth, id));
                    }
                }
            }
        })
    }

    /// The rules that a rule stands below, in the order in which the original adds its places.
    pub fn above(&self, rule: RuleId) -> &[RuleId] {
        let above = self.index.above.get(rule.index());
        above.map_or(&[], |above| above.as_slice())
    }

    /// Marks every rule in the tree whose groups match, once for each of its places.
    pub(crate) fn mark(&mut self, memory: GroupMemoryId, pattern: &Pattern) {
        let matching = self.index.groups.filter(|text| pattern.is_match(text));
        for rule in matching {
            let nodes = self.index.nodes_of[rule.index()].iter();
            let places = nodes.map(|node| self.index.ups[node.index()].places);
            let times = places.fold(0, u64::saturating_add);
            let mark = GroupMark { memory, times };
            self.rules[rule.index()].group_marks.push(mark);
        }
    }

    /// Ends building: replaces the internal levels by those that events get, and lets go of what is
    /// not needed any more.
    pub(crate) fn finish(&mut self) {
        for rule in 0..self.rules.len() {
            let nodes = self.nodes_of(RuleId(rule as u32)).iter();
            let places = nodes.map(|node| self.index.ups[node.index()].places);
            let places = places.fold(0, u64::saturating_add);
            self.rules[rule].level = final_level(self.rules[rule].level, places);
        }
        self.sort_above();
        let doubled = self.index.by_sid.iter();
        let doubled = doubled.filter(|(_, of_sid)| of_sid.rules.len() > 1);
        let first: Vec<_> = doubled
            .filter_map(|(&sid, _)| Some((sid, self.find(sid)?)))
            .collect();
        for (sid, first) in first {
            if let Some(of_sid) = self.index.by_sid.get_mut(&sid) {
                of_sid.rules = SmallVec::from([first]);
            }
        }
        self.index.shrink();
        self.rules.shrink_to_fit();
        self.nodes.shrink_to_fit();
    }

    /// Rules that stand below all of a group or level came there depth first. Where places are added
    /// later does not change the order of those that are there.
    fn sort_above(&mut self) {
        let mut ranks = vec![usize::MAX; self.rules.len()];
        for (rank, node) in self.nodes_in_order().into_iter().enumerate() {
            let of_rule = &mut ranks[self.node(node).rule.index()];
            *of_rule = rank.min(*of_rule);
        }
        for rule in std::mem::take(&mut self.index.below_all) {
            self.index.above[rule.index()].sort_unstable_by_key(|above| ranks[above.index()]);
        }
    }
}

/// A rule with several places comes along several times.
fn final_level(mut level: u32, places: u64) -> u32 {
    for _ in 0..places {
        level = match level {
            LEVEL_ZERO => 0,
            100.. => level / 100,
            _ => break,
        };
    }
    level
}
