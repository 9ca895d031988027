//! Where a rule goes (`spec/rules.md` §5).
//!
//! In the original's tree each place of a rule is a node with children of its own, so a rule with
//! forty places has its whole subtree forty times. Here places that have the same below them are one
//! [`Node`]: the tree is an acyclic graph, and its places are the ways down from the top. It means
//! exactly the original's tree:
//!
//! * A new place never has anything below it, and comes below places of older rules. So all places
//!   of a rule are there before its first child, and nothing but its own loading adds any.
//! * `if_group` and `if_level` put a rule below *every* place of the rules that fit.
//! * A search by id does not find all places of a rule (`reach.rs`): there nodes are doubled.

mod groups;
mod index;
#[cfg(test)]
#[path = "tree/tests.rs"]
mod model;
#[cfg(test)]
mod naive;
mod places;
mod reach;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::misfit::Misfit;
use super::parents::By;
use super::read::leading_number;
use super::{NodeId, RuleId, Rules, Sid};
use crate::dialect::Dialect;
use crate::pattern::word_match;
use crate::ruleset::suggest::did_you_mean;
use crate::source::{Span, Text};
pub(super) use index::Index;

/// Ids below this one are top-level rules.
pub(crate) const FIRST_CHILD_SID: u32 = 10;

/// Level 0 stands before the levels 1 to 98 while the tree is built.
const LEVEL_ZERO: u32 = 9900;

/// The level by which the tree is ordered: hundredfold, with room for the exceptions.
pub(super) fn internal_level(level: u32, accuracy: u32) -> u32 {
    let internal = if level == 0 { LEVEL_ZERO } else { level * 100 };
    if accuracy == 0 {
        internal / 100
    } else {
        internal
    }
}

impl Rules {
    /// Puts a rule, already in [`Rules::rules`], into all its places, and returns what was left out.
    ///
    /// # Errors
    /// What ended the placement.
    pub(crate) fn place(
        &mut self,
        dialect: Dialect,
        rule: RuleId,
        span: Span,
    ) -> Result<Vec<Misfit>, Misfit> {
        let sid = self.get(rule).sid;
        if sid.0 < FIRST_CHILD_SID {
            if !self.index.is_full(1) {
                self.add_top(rule);
            }
            return Ok(Vec::new());
        }
        let parents = self.get(rule).parents.clone();
        match parents.by() {
            By::Ids(text) => return self.place_by_ids(dialect, rule, text, span),
            By::Id(parent) => self
                .place_below(rule, parent)
                .map_err(|()| Misfit::NoMatched {
                    parent,
                    span,
                    itself: parent == sid,
                }),
            By::Level(text) => self.place_by_level(rule, text),
            By::Group(text) => self.place_by_group(dialect, rule, text),
            By::Category => self.place_by_category(rule, span),
        }
        .map(|()| Vec::new())
    }

    fn place_by_ids(
        &mut self,
        dialect: Dialect,
        rule: RuleId,
        text: &Text,
        span: Span,
    ) -> Result<Vec<Misfit>, Misfit> {
        let goes_on = dialect.rules().skips;
        let mut misfits = Vec::new();
        for number in Numbers::new(text.bytes()) {
            let place = |range: Range<usize>| match range.is_empty() {
                true => span,
                false => text.span_of(range),
            };
            let placed = match number {
                Err(range) => Err(Misfit::NotIds {
                    span: text.span_of(range),
                }),
                Ok((range, 0)) => self.place_by_category(rule, place(range)),
                Ok((range, number)) => {
                    self.place_below(rule, Sid(number))
                        .map_err(|()| Misfit::NoSid {
                            parent: Sid(number),
                            span: text.span_of(range),
                            itself: self.get(rule).sid == Sid(number),
                        })
                }
            };
            match placed {
                Ok(()) => {}
                Err(misfit) if goes_on => misfits.push(misfit),
                Err(misfit) => return Err(misfit),
            }
        }
        Ok(misfits)
    }

    /// Adds a place below every place that a search for the id finds.
    fn place_below(&mut self, rule: RuleId, sid: Sid) -> Result<(), ()> {
        if !self.index.by_sid.contains_key(&sid) {
            return Err(());
        }
        if !self.sort_out(sid) {
            return Ok(());
        }
        let mut parents = self.nodes_with(sid);
        parents.retain(|parent| self.index.ups[parent.index()].reached);
        if self.index.is_full(parents.len()) {
            return Ok(());
        }
        let leaf = self.leaf(rule, &parents);
        let (above, last) = self.in_order(rule, sid, &parents);
        for above in above {
            self.note_above(rule, above);
        }
        if let Some(last) = last {
            self.rules[rule.index()].category = self.get(last).category;
        }
        self.hang(leaf, &parents);
        Ok(())
    }

    /// The rules of the nodes that a search for an id finds, in the order in which it finds them, and
    /// the one that it finds last. A rule can find places of its own, when it has the id of a rule
    /// before it; below itself it keeps the category that it has by then.
    fn in_order(&self, own: RuleId, sid: Sid, found: &[NodeId]) -> (Vec<RuleId>, Option<RuleId>) {
        let rules = &self.index.by_sid[&sid].rules;
        if let [only] = rules.as_slice() {
            return (vec![*only], Some(*only));
        }
        // Every place of these nodes is found, and none is below another.
        let found: HashSet<NodeId> = found.iter().copied().collect();
        let rule = |node: NodeId| found.contains(&node).then(|| self.node(node).rule);
        let mut order: Vec<RuleId> = Vec::new();
        for rule in self.nodes_in_order().into_iter().filter_map(rule) {
            if !order.contains(&rule) {
                order.push(rule);
            }
        }
        let mut from_the_end = self.nodes_from_the_end().into_iter().filter_map(rule);
        let last = from_the_end.find(|&rule| rule != own);
        (order, last)
    }

    fn place_by_group(
        &mut self,
        dialect: Dialect,
        rule: RuleId,
        text: &Text,
    ) -> Result<(), Misfit> {
        let sid = self.get(rule).sid;
        let holds = |groups: &[u8]| word_match(dialect, text.bytes(), groups);
        let parents = self.index.groups.search(text.bytes(), holds);
        if self.place_below_all(rule, parents) {
            return Ok(());
        }
        let others = self.rules.iter().filter(|rule| rule.sid != sid);
        let names: BTreeSet<String> = others
            .flat_map(|rule| rule.groups.split(|&byte| byte == b','))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        Err(Misfit::NoGroup {
            group: text.clone(),
            near: did_you_mean(&text.lossy(), names.iter().map(String::as_str)),
        })
    }

    fn place_by_level(&mut self, rule: RuleId, text: &Text) -> Result<(), Misfit> {
        let level = leading_number(text.bytes());
        let span = text.span();
        if level == 0 {
            return Err(Misfit::ZeroLevel { span });
        }
        let least = level.saturating_mul(100);
        let rules = self.rules.iter().enumerate();
        let parents = rules
            .filter(|(_, other)| other.level >= least)
            .map(|(index, _)| RuleId(index as u32))
            .collect();
        if self.place_below_all(rule, parents) {
            return Ok(());
        }
        Err(Misfit::NoLevel { level, span })
    }

    /// Adds a place below every place of the `parents` that have another id; false if there is none.
    fn place_below_all(&mut self, rule: RuleId, mut parents: Vec<RuleId>) -> bool {
        let sid = self.get(rule).sid;
        parents.retain(|&parent| self.get(parent).sid != sid);
        parents.sort_unstable();
        let nodes: Vec<NodeId> = parents
            .iter()
            .flat_map(|&parent| self.nodes_of(parent))
            .copied()
            .collect();
        if nodes.is_empty() {
            return false;
        }
        if self.index.is_full(nodes.len()) {
            return true;
        }
        let leaf = self.leaf(rule, &[]);
        for parent in parents {
            if !self.nodes_of(parent).is_empty() {
                self.note_above(rule, parent);
            }
        }
        self.index.below_all.push(rule);
        self.hang(leaf, &nodes);
        true
    }

    fn place_by_category(&mut self, rule: RuleId, span: Span) -> Result<(), Misfit> {
        let category = self.get(rule).category;
        let top = self
            .top
            .iter()
            .find(|&&top| self.get(self.node(top).rule).category == category);
        let Some(&top) = top else {
            return Err(Misfit::NoCategory { category, span });
        };
        if self.index.is_full(1) {
            return Ok(());
        }
        let leaf = self.leaf(rule, &[top]);
        self.note_above(rule, self.node(top).rule);
        self.hang(leaf, &[top]);
        Ok(())
    }
}

/// The numbers of an `if_sid` text with their places.
///
/// A separator at the very end, or an empty text, is followed by one more number, 0.
struct Numbers<'a> {
    text: &'a [u8],
    at: usize,
    done: bool,
}

impl<'a> Numbers<'a> {
    fn new(text: &'a [u8]) -> Self {
        Numbers {
            text,
            at: 0,
            done: false,
        }
    }
}

impl Iterator for Numbers<'_> {
    type Item = Result<(Range<usize>, u32), Range<usize>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let rest = &self.text[self.at..];
        let skipped = rest
            .iter()
            .take_while(|&&byte| byte == b' ' || byte == b',')
            .count();
        let start = self.at + skipped;
        let digits = self.text[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let end = start + digits;
        self.at = end;
        match self.text.get(end) {
            None => self.done = true,
            Some(b' ' | b',') if digits > 0 => {}
            // Digits directly before the foreign byte were read as a number already.
            Some(_) if digits > 0 => {}
            Some(_) => {
                self.done = true;
                return Some(Err(end..end + 1));
            }
        }
        Some(Ok((start..end, leading_number(&self.text[start..end]))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<Result<u32, usize>> {
        Numbers::new(text.as_bytes())
            .map(|item| item.map(|(_, number)| number).map_err(|range| range.start))
            .collect()
    }

    #[test]
    fn if_sid_texts() {
        assert_eq!(numbers("100"), [Ok(100)]);
        assert_eq!(numbers("100, 101 102"), [Ok(100), Ok(101), Ok(102)]);
        assert_eq!(numbers("100,"), [Ok(100), Ok(0)]);
        assert_eq!(numbers(" 100 "), [Ok(100), Ok(0)]);
        assert_eq!(numbers(""), [Ok(0)]);
        assert_eq!(numbers("1|2"), [Ok(1), Err(1)]);
        assert_eq!(numbers("1\n2"), [Ok(1), Err(1)]);
    }

    #[test]
    fn internal_levels() {
        for (level, accuracy, expected) in [
            (0, 1, 9900),
            (1, 1, 100),
            (98, 1, 9800),
            (99, 1, 9900),
            (100, 1, 10000),
            (0, 0, 99),
            (7, 0, 7),
        ] {
            assert_eq!(
                internal_level(level, accuracy),
                expected,
                "level {level}, {accuracy}"
            );
        }
    }
}
