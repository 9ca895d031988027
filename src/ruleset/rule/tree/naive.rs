//! The tree as the original builds it: a node with children of its own for every place of a rule.

use crate::dialect::Dialect;
use crate::pattern::word_match;

/// A rule as a test writes it.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) sid: u32,
    pub(super) level: u32,
    pub(super) inaccurate: bool,
    pub(super) category: &'static str,
    pub(super) groups: &'static str,
    pub(super) by: By,
    pub(super) matched_sid: Option<u32>,
    pub(super) matched_group: Option<&'static str>,
    pub(super) overwrite: bool,
}

#[derive(Clone, Debug)]
pub(super) enum By {
    /// Ids, and whether a comma follows.
    Ids(Vec<u32>, bool),
    Level(u32),
    Group(&'static str),
    Nothing,
}

impl Written {
    pub(super) fn xml(&self) -> String {
        let &Written {
            sid,
            level,
            category,
            groups,
            ..
        } = self;
        let mut attributes = format!("id=\"{sid}\" level=\"{level}\"");
        let mut elements = format!("<category>{category}</category>");
        if self.inaccurate {
            attributes += " accuracy=\"0\"";
        }
        if self.overwrite {
            attributes += " overwrite=\"yes\"";
        }
        match &self.by {
            By::Ids(ids, comma) => {
                let ids: Vec<_> = ids.iter().map(u32::to_string).collect();
                let comma = if *comma { "," } else { "" };
                elements += &format!("<if_sid>{}{comma}</if_sid>", ids.join(", "));
            }
            By::Level(level) => elements += &format!("<if_level>{level}</if_level>"),
            By::Group(group) => elements += &format!("<if_group>{group}</if_group>"),
            By::Nothing => {}
        }
        if self.matched_group.is_some() || self.matched_sid.is_some() {
            attributes += " frequency=\"2\" timeframe=\"60\"";
        }
        if let Some(sid) = self.matched_sid {
            elements += &format!("<if_matched_sid>{sid}</if_matched_sid>");
        }
        if let Some(group) = self.matched_group {
            elements += &format!("<if_matched_group>{group}</if_matched_group>");
        }
        format!(
            "<group name=\"{groups}\"><rule {attributes}>{elements}<description>d</description></rule></group>\n"
        )
    }
}

pub(super) struct Rule {
    pub(super) sid: u32,
    pub(super) level: u32,
    pub(super) category: &'static str,
    pub(super) groups: &'static str,
    /// Composite rule, by its number, and how often.
    pub(super) marks: Vec<(u32, u64)>,
    /// Every rule above one of its places, in the order in which the places were added.
    pub(super) above: Vec<usize>,
}

struct Node {
    rule: usize,
    children: Vec<usize>,
}

pub(super) struct Tree {
    dialect: Dialect,
    pub(super) rules: Vec<Rule>,
    nodes: Vec<Node>,
    top: Vec<usize>,
    composites: u32,
}

impl Tree {
    pub(super) fn new(dialect: Dialect) -> Self {
        Tree {
            dialect,
            rules: Vec::new(),
            nodes: Vec::new(),
            top: Vec::new(),
            composites: 0,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.nodes.len()
    }

    /// Every place with its depth and rule.
    pub(super) fn places(&self) -> Vec<(usize, usize)> {
        let walk = self.walk().into_iter();
        walk.map(|(depth, node)| (depth, self.nodes[node].rule))
            .collect()
    }

    fn walk(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut stack: Vec<_> = self.top.iter().rev().map(|&top| (0, top)).collect();
        while let Some((depth, id)) = stack.pop() {
            found.push((depth, id));
            let children = self.nodes[id].children.iter().rev();
            stack.extend(children.map(|&child| (depth + 1, child)));
        }
        found
    }

    pub(super) fn load(&mut self, written: &Written) {
        let skips = self.dialect == Dialect::Wazuh414;
        let old = self
            .places()
            .into_iter()
            .map(|(_, rule)| rule)
            .find(|&rule| self.rules[rule].sid == written.sid);
        let level = match written.level {
            0 => 9900,
            level => level * 100,
        };
        let level = if written.inaccurate {
            level / 100
        } else {
            level
        };
        match old {
            Some(old) if written.overwrite && written.sid >= 10 => {
                let rule = &mut self.rules[old];
                rule.level = level;
                rule.groups = written.groups;
                if skips {
                    rule.category = written.category;
                }
                return;
            }
            Some(_) if !written.overwrite && skips => return,
            None if written.overwrite && written.sid >= 10 && !skips => return,
            _ => {}
        }
        self.rules.push(Rule {
            sid: written.sid,
            level,
            category: written.category,
            groups: written.groups,
            marks: Vec::new(),
            above: Vec::new(),
        });
        let size = self.nodes.len();
        self.place(self.rules.len() - 1, written);
        if self.nodes.len() == size && skips {
            self.rules.pop();
            return;
        }
        if written.matched_sid.is_some() {
            return;
        }
        if let Some(group) = written.matched_group {
            for (_, node) in self.walk() {
                let rule = &mut self.rules[self.nodes[node].rule];
                if rule.groups.contains(group) {
                    match rule.marks.last_mut() {
                        Some((composite, times)) if *composite == self.composites => *times += 1,
                        _ => rule.marks.push((self.composites, 1)),
                    }
                }
            }
            self.composites += 1;
        }
    }

    fn place(&mut self, rule: usize, written: &Written) {
        if written.sid < 10 {
            return self.add(None, rule);
        }
        let group = match (&written.by, written.matched_group) {
            (By::Group(group), _) => Some(*group),
            (By::Ids(..), _) => None,
            (_, group) => group,
        };
        if let (None, Some(sid), By::Level(_) | By::Nothing) =
            (group, written.matched_sid, &written.by)
        {
            self.place_below(rule, sid);
            return;
        }
        match &written.by {
            By::Ids(ids, comma) => {
                for &id in ids.iter().chain(comma.then_some(&0)) {
                    let placed = match id {
                        0 => self.place_by_category(rule),
                        id => self.place_below(rule, id),
                    };
                    if !placed && self.dialect != Dialect::Wazuh414 {
                        return;
                    }
                }
            }
            // A level of 0 puts the rule nowhere.
            By::Level(0) => {}
            &By::Level(level) => self.place_below_all(rule, |other| other.level >= level * 100),
            _ => match group {
                Some(group) => {
                    let dialect = self.dialect;
                    self.place_below_all(rule, |other| {
                        word_match(dialect, group.as_bytes(), other.groups.as_bytes())
                    });
                }
                None => {
                    self.place_by_category(rule);
                }
            },
        }
    }

    fn place_below(&mut self, rule: usize, sid: u32) -> bool {
        let mut found = Vec::new();
        self.collect(&self.top, sid, &mut found);
        for &parent in &found {
            self.rules[rule].category = self.rules[self.nodes[parent].rule].category;
            self.add(Some(parent), rule);
        }
        !found.is_empty()
    }

    /// A hit ends the walk of its own list, not of lists elsewhere.
    fn collect(&self, list: &[usize], sid: u32, found: &mut Vec<usize>) {
        for &node in list {
            if self.rules[self.nodes[node].rule].sid == sid {
                found.push(node);
                return;
            }
            self.collect(&self.nodes[node].children, sid, found);
        }
    }

    fn place_below_all(&mut self, rule: usize, fits: impl Fn(&Rule) -> bool) {
        let sid = self.rules[rule].sid;
        for (_, parent) in self.walk() {
            let other = &self.rules[self.nodes[parent].rule];
            if other.sid != sid && fits(other) {
                self.add(Some(parent), rule);
            }
        }
    }

    fn place_by_category(&mut self, rule: usize) -> bool {
        let category = self.rules[rule].category;
        let mut top = self.top.iter().copied();
        let top = top.find(|&top| self.rules[self.nodes[top].rule].category == category);
        if top.is_some() {
            self.add(top, rule);
        }
        top.is_some()
    }

    fn add(&mut self, parent: Option<usize>, rule: usize) {
        let id = self.nodes.len();
        self.nodes.push(Node {
            rule,
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            let above = self.nodes[parent].rule;
            self.rules[rule].above.push(above);
        }
        let list = match parent {
            Some(parent) => &self.nodes[parent].children,
            None => &self.top,
        };
        let level = self.rules[rule].level;
        let smaller = |&other: &usize| self.rules[self.nodes[other].rule].level < level;
        let position = list.iter().position(smaller).unwrap_or(list.len());
        match parent {
            Some(parent) => self.nodes[parent].children.insert(position, id),
            None => self.top.insert(position, id),
        }
    }

    /// Once for each place.
    pub(super) fn finish(&mut self) {
        for (_, rule) in self.places() {
            let level = &mut self.rules[rule].level;
            if *level == 9900 {
                *level = 0;
            } else if *level >= 100 {
                *level /= 100;
            }
        }
    }
}
