//! Where a rule goes (`spec/rules.md` §5).

use std::collections::BTreeSet;
use std::ops::Range;

use super::misfit::Misfit;
use super::parents::By;
use super::read::leading_number;
use super::{GroupMark, GroupMemoryId, Node, NodeId, Rule, RuleId, Rules, Sid};
use crate::dialect::Dialect;
use crate::pattern::{Pattern, word_match};
use crate::ruleset::suggest::did_you_mean;
use crate::source::{Span, Text};

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
            self.add_node(None, rule);
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

    /// The first place of a rule with this id, depth first.
    pub(crate) fn find(&self, sid: Sid) -> Option<RuleId> {
        match self.placed.get(&sid)?.as_slice() {
            [only] => Some(*only),
            // Ids of the top level, and of rulesets that are refused.
            several => self
                .walk()
                .into_iter()
                .map(|node| self.node(node).rule)
                .find(|rule| several.contains(rule)),
        }
    }

    /// Every place, depth first.
    pub(crate) fn walk(&self) -> Vec<NodeId> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut stack: Vec<NodeId> = self.top.iter().rev().copied().collect();
        while let Some(id) = stack.pop() {
            found.push(id);
            stack.extend(self.node(id).children.iter().rev());
        }
        found
    }

    /// Every place with its depth, depth first; the top has depth 0.
    pub fn places(&self) -> Vec<(usize, NodeId)> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut stack: Vec<_> = self.top.iter().rev().map(|&top| (0, top)).collect();
        while let Some((depth, id)) = stack.pop() {
            found.push((depth, id));
            let children = self.node(id).children.iter().rev();
            stack.extend(children.map(|&child| (depth + 1, child)));
        }
        found
    }

    /// Replaces the internal levels by those that events get, once all rules are placed.
    pub(crate) fn finish_levels(&mut self) {
        for node in self.walk() {
            let rule = self.node(node).rule;
            let level = &mut self.rules[rule.index()].level;
            // A rule with several places comes along several times.
            if *level == LEVEL_ZERO {
                *level = 0;
            } else if *level >= 100 {
                *level /= 100;
            }
        }
    }

    /// Marks every rule in the tree whose groups match, once for each of its places.
    pub(crate) fn mark(&mut self, memory: GroupMemoryId, pattern: &Pattern) {
        let mut times = vec![0_u64; self.rules.len()];
        for node in self.walk() {
            times[self.node(node).rule.index()] += 1;
        }
        for (rule, times) in self.rules.iter_mut().zip(times) {
            if times > 0 && pattern.is_match(&rule.groups) {
                rule.group_marks.push(GroupMark { memory, times });
            }
        }
    }

    fn add_node(&mut self, parent: Option<NodeId>, rule: RuleId) {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            rule,
            children: Vec::new(),
        });
        let Rule { sid, level, .. } = *self.get(rule);
        let placed = self.placed.entry(sid).or_default();
        if !placed.contains(&rule) {
            placed.push(rule);
        }
        let list = match parent {
            Some(parent) => &self.node(parent).children,
            None => &self.top,
        };
        let position = list
            .iter()
            .position(|&other| self.get(self.node(other).rule).level < level)
            .unwrap_or(list.len());
        match parent {
            Some(parent) => self.nodes[parent.index()].children.insert(position, id),
            None => self.top.insert(position, id),
        }
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

    fn place_below(&mut self, rule: RuleId, sid: Sid) -> Result<(), ()> {
        let mut parents = Vec::new();
        self.collect_by_id(&self.top, sid, &mut parents);
        for &parent in &parents {
            let category = self.get(self.node(parent).rule).category;
            self.rules[rule.index()].category = category;
            self.add_node(Some(parent), rule);
        }
        if parents.is_empty() { Err(()) } else { Ok(()) }
    }

    /// A hit ends the walk of its own list, not of lists elsewhere.
    fn collect_by_id(&self, list: &[NodeId], sid: Sid, found: &mut Vec<NodeId>) {
        // The tree is as deep as its rules are chained, so the walk keeps its own stack.
        let mut stack = vec![list.iter()];
        while let Some(iterator) = stack.last_mut() {
            let Some(&id) = iterator.next() else {
                stack.pop();
                continue;
            };
            let node = self.node(id);
            if self.get(node.rule).sid == sid {
                found.push(id);
                stack.pop();
            } else {
                stack.push(node.children.iter());
            }
        }
    }

    fn place_by_group(
        &mut self,
        dialect: Dialect,
        rule: RuleId,
        text: &Text,
    ) -> Result<(), Misfit> {
        let sid = self.get(rule).sid;
        let holds =
            |other: &Rule| other.sid != sid && word_match(dialect, text.bytes(), &other.groups);
        if self.place_below_all(rule, holds) {
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
        let sid = self.get(rule).sid;
        if self.place_below_all(rule, |other| other.sid != sid && other.level >= least) {
            return Ok(());
        }
        Err(Misfit::NoLevel { level, span })
    }

    /// Adds a place below every node whose rule fits; false if there is none.
    fn place_below_all(&mut self, rule: RuleId, fits: impl Fn(&Rule) -> bool) -> bool {
        let mut parents = self.walk();
        parents.retain(|&node| fits(self.get(self.node(node).rule)));
        for &parent in &parents {
            self.add_node(Some(parent), rule);
        }
        !parents.is_empty()
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
        self.add_node(Some(top), rule);
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
