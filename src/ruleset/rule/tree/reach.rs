//! Which places of a rule a search for its id finds (`spec/rules.md` §5.3).
//!
//! The search walks the lists of the tree depth first. A hit ends the walk of its own list, and what
//! is below the hit is not walked. So a place is found if on the way down to it every list is
//! walked that far: no connection of the way comes out of a rule with this id, or stands behind one
//! in its list. Such a connection is *cut*.
//!
//! Whether a place is found depends only on what is above it and on the rules with its id, and all
//! of that is loaded before its first child. So the nodes of a rule are sorted out when it gets its
//! first child by id: nodes that stand for places of both kinds are doubled, with the nodes above
//! them. Nearly always there is nothing to do, and [`Rules::is_cut`] sees that without a walk.

use std::collections::{HashMap, HashSet};

use super::super::{NodeId, RuleId, Rules, Sid};

/// A node that leads to the rules in question.
#[derive(Default)]
struct Above {
    /// Connections from above that were not followed so far.
    waits: usize,
    /// Some of its places are found, or ways through them lead on.
    open: bool,
    /// Some of its places are behind a cut.
    cut: bool,
    /// The node that stands for the places behind a cut, if it is not this one.
    twin: Option<NodeId>,
}

impl Rules {
    /// The nodes with an id whose places the search finds. False: the tree has no room to tell them
    /// apart.
    pub(super) fn sort_out(&mut self, sid: Sid) -> bool {
        let Some(of_sid) = self.index.by_sid.get(&sid) else {
            return true;
        };
        if of_sid.sorted_out {
            return true;
        }
        let nodes = self.nodes_with(sid);
        if self.is_cut(sid, &nodes) {
            if !self.split(sid, &nodes) {
                return false;
            }
        } else {
            for node in nodes {
                self.index.ups[node.index()].reached = true;
            }
        }
        if let Some(of_sid) = self.index.by_sid.get_mut(&sid) {
            of_sid.sorted_out = true;
        }
        true
    }

    fn has_sid(&self, node: NodeId, sid: Sid) -> bool {
        self.get(self.node(node).rule).sid == sid
    }

    /// Is there a place of these nodes, which are all with this id, behind a cut?
    fn is_cut(&self, sid: Sid, nodes: &[NodeId]) -> bool {
        if let [only] = nodes
            && self.index.ups[only.index()].parents.len() <= 1
        {
            return false;
        }
        let newest = nodes.iter().map(|&node| self.node(node).rule).max();
        // Nodes behind a cut that may lead to a node with the id: a parent is never younger.
        let suspect = |node: &NodeId| {
            !self.node(*node).children.is_empty() && Some(self.node(*node).rule) <= newest
        };
        let mut suspects: HashSet<NodeId> = nodes.iter().copied().filter(suspect).collect();
        let mut lists = HashSet::new();
        for &node in nodes {
            let parents = &self.index.ups[node.index()].parents;
            let lists_of_node = parents.iter().map(|&parent| Some(parent));
            let top = parents.is_empty().then_some(None);
            for list in lists_of_node.chain(top) {
                if !lists.insert(list) {
                    continue;
                }
                let list = list.map_or(&self.top, |parent| &self.node(parent).children);
                let mut behind = list.iter().skip_while(|&&node| !self.has_sid(node, sid));
                behind.next();
                for &node in behind {
                    if self.has_sid(node, sid) {
                        return true;
                    }
                    if suspect(&node) {
                        suspects.insert(node);
                    }
                }
            }
        }
        let oldest = suspects.iter().map(|&node| self.node(node).rule).min();
        oldest.is_some_and(|oldest| self.is_below(nodes, &suspects, oldest))
    }

    /// Is one of the nodes below one of those `above`, whose rules are not older than `oldest`?
    fn is_below(&self, nodes: &[NodeId], above: &HashSet<NodeId>, oldest: RuleId) -> bool {
        let mut seen = HashSet::new();
        let mut waiting = nodes.to_vec();
        while let Some(node) = waiting.pop() {
            for &parent in &self.index.ups[node.index()].parents {
                if above.contains(&parent) {
                    return true;
                }
                if self.node(parent).rule >= oldest && seen.insert(parent) {
                    waiting.push(parent);
                }
            }
        }
        false
    }

    /// Doubles the nodes that stand for places in front of and behind a cut.
    fn split(&mut self, sid: Sid, nodes: &[NodeId]) -> bool {
        let mut above = self.all_above(nodes);
        let order = self.follow(sid, &mut above);
        let both = |above: &Above| above.open && above.cut;
        let more = above.iter().filter(|(_, above)| both(above));
        let more = more.map(|(&node, _)| 1 + self.node(node).children.len());
        if self.index.is_full(more.sum()) {
            return false;
        }
        for id in &order {
            let Some(node) = above.get_mut(id).filter(|node| both(node)) else {
                continue;
            };
            let rule = self.node(*id).rule;
            let children = self.node(*id).children.clone();
            self.index.count_edges(children.len());
            let twin = self.add_node(rule, children);
            self.index.ups[twin.index()].reached = self.index.ups[id.index()].reached;
            node.twin = Some(twin);
        }
        self.connect(sid, &order, &above);
        for id in nodes {
            let node = &above[id];
            self.index.ups[id.index()].reached = node.open;
            if let Some(twin) = node.twin {
                self.index.ups[twin.index()].reached = false;
            }
        }
        true
    }

    /// The nodes and all above them.
    fn all_above(&self, nodes: &[NodeId]) -> HashMap<NodeId, Above> {
        let mut above = HashMap::new();
        let mut waiting = nodes.to_vec();
        while let Some(node) = waiting.pop() {
            let parents = &self.index.ups[node.index()].parents;
            above.entry(node).or_insert_with(|| {
                waiting.extend_from_slice(parents);
                Above {
                    waits: parents.len(),
                    ..Above::default()
                }
            });
        }
        above
    }

    /// Finds out which of the nodes are in front of and behind cuts. Returns them, every node behind
    /// all those above it.
    fn follow(&self, sid: Sid, above: &mut HashMap<NodeId, Above>) -> Vec<NodeId> {
        let mut order = Vec::with_capacity(above.len());
        let mut hit = false;
        for top in &self.top {
            if let Some(node) = above.get_mut(top) {
                node.open = !hit;
                node.cut = hit;
                order.push(*top);
            }
            hit |= self.has_sid(*top, sid);
        }
        let mut next = 0;
        while let Some(&id) = order.get(next) {
            next += 1;
            let Above { open, cut, .. } = above[&id];
            let mut hit = self.has_sid(id, sid);
            for child in &self.node(id).children {
                if let Some(node) = above.get_mut(child) {
                    node.open |= open && !hit;
                    node.cut |= cut || (open && hit);
                    node.waits -= 1;
                    if node.waits == 0 {
                        order.push(*child);
                    }
                }
                hit |= self.has_sid(*child, sid);
            }
        }
        order
    }

    /// Leads every connection between the nodes to the right one of two twins.
    fn connect(&mut self, sid: Sid, order: &[NodeId], above: &HashMap<NodeId, Above>) {
        for id in order {
            let up = &mut self.index.ups[id.index()];
            if !up.parents.is_empty() {
                up.parents.clear();
                up.places = 0;
            }
        }
        for &id in order {
            let node = &above[&id];
            let versions = [Some((id, node.open)), node.twin.map(|twin| (twin, false))];
            for (parent, open) in versions.into_iter().flatten() {
                let places = self.index.ups[parent.index()].places;
                let mut hit = self.has_sid(parent, sid);
                for position in 0..self.node(parent).children.len() {
                    let child = self.node(parent).children[position];
                    let cut = !open || hit;
                    hit |= self.has_sid(child, sid);
                    let Some(below) = above.get(&child) else {
                        // It leads nowhere near, so twins share it, and its places stay as many.
                        if parent != id {
                            self.index.ups[child.index()].parents.push(parent);
                        }
                        continue;
                    };
                    let child = below.twin.filter(|_| cut).unwrap_or(child);
                    self.nodes[parent.index()].children[position] = child;
                    let up = &mut self.index.ups[child.index()];
                    up.parents.push(parent);
                    up.places = up.places.saturating_add(places);
                }
            }
        }
    }
}
