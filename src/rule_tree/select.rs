//! A part of the tree: the rules that are wanted, and what leads to them.

use std::collections::VecDeque;
use std::str::FromStr;

use super::{RuleCard, RuleTree, Top, TreeNode};

/// Which rules are wanted. Values of one kind are alternatives; all kinds that are given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these rules and what is below them, by id.
    pub rules: Vec<u32>,
    /// Ids.
    pub ids: Vec<Numbers>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Numbers.
    pub levels: Vec<Numbers>,
    /// Parts of the paths of rule files.
    pub files: Vec<String>,
    /// Steps down from the top of the tree, or from [`Selection::rules`], the shortest way.
    pub depth: Option<usize>,
}

/// A range of numbers, ends included: `7`, `7..`, `..3`, `7..9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The smallest.
    pub first: u32,
    /// The largest.
    pub last: u32,
}

impl Numbers {
    /// True if the number is in the range.
    pub fn contains(self, number: u32) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| {
            let number = part.trim().parse::<u32>();
            number
                .map_err(|_| format!("`{part}` is no number; ranges look like 7, 7..9, 7.. or ..9"))
        };
        let (first, last) = match text.split_once("..") {
            None => {
                let only = number(text)?;
                (only, only)
            }
            Some(("", "")) => (0, u32::MAX),
            Some((first, "")) => (number(first)?, u32::MAX),
            Some(("", last)) => (0, number(last)?),
            Some((first, last)) => (number(first)?, number(last)?),
        };
        if first > last {
            return Err("the range ends before it begins".to_owned());
        }
        Ok(Numbers { first, last })
    }
}

impl Selection {
    /// The rule fits, wherever it stands.
    fn fits(&self, tree: &RuleTree, card: &RuleCard) -> bool {
        let any = |list: &[Numbers], number| {
            list.is_empty() || list.iter().any(|range| range.contains(number))
        };
        let in_group = || self.groups.iter().any(|name| card.groups.contains(name));
        let in_file = || {
            let spots = card.defined_at.iter().chain(&card.overwritten_at);
            let mut paths = spots.filter_map(|spot| tree.files.get(spot.file));
            paths.any(|path| self.files.iter().any(|part| path.contains(part.as_str())))
        };
        any(&self.ids, card.id)
            && any(&self.levels, card.level)
            && (self.groups.is_empty() || in_group())
            && (self.files.is_empty() || in_file())
    }
}

impl RuleTree {
    /// The rules of a selection and, as [context](RuleCard::context), those on the ways down to
    /// them. What a card says about other rules does not change.
    pub fn select(&self, selection: &Selection) -> RuleTree {
        let fits: Vec<bool> = self
            .rules
            .iter()
            .map(|card| selection.fits(self, card))
            .collect();
        let is_start = |card: &RuleCard| selection.rules.contains(&card.id);
        let starts: Vec<usize> = match selection.rules.is_empty() {
            true => self
                .tops
                .iter()
                .flat_map(|top| &top.nodes)
                .copied()
                .collect(),
            false => (0..self.nodes.len())
                .filter(|&node| is_start(self.card(node)))
                .collect(),
        };
        let distance = self.distances(&starts);
        let limit = selection.depth.unwrap_or(usize::MAX);
        let wanted: Vec<bool> = (0..self.nodes.len())
            .map(|node| {
                let near = distance[node].is_some_and(|steps| steps <= limit);
                near && fits[self.nodes[node].rule]
            })
            .collect();
        let ways = Ways {
            up: self.leading_to(&starts, |_, _| true),
            last: distance
                .iter()
                .map(|steps| steps.is_some_and(|steps| steps >= limit))
                .collect(),
            down: distance.iter().map(Option::is_some).collect(),
        };
        let found: Vec<usize> = (0..wanted.len()).filter(|&node| wanted[node]).collect();
        let kept_nodes = self.leading_to(&found, |parent, child| ways.go(parent, child));
        let mut placed = vec![false; self.rules.len()];
        let mut shown = vec![false; self.rules.len()];
        let mut context = vec![true; self.rules.len()];
        for (position, node) in self.nodes.iter().enumerate() {
            placed[node.rule] = true;
            shown[node.rule] |= kept_nodes[position];
            context[node.rule] &= !wanted[position];
        }
        for (rule, card) in self.rules.iter().enumerate() {
            let asked = selection.rules.is_empty() || is_start(card);
            if !placed[rule] && fits[rule] && asked {
                shown[rule] = true;
                context[rule] = false;
            }
        }
        self.cut(&shown, &context, &kept_nodes, &ways)
    }

    /// By node: how many steps it is below the nearest of the `starts`, if it is below any.
    fn distances(&self, starts: &[usize]) -> Vec<Option<usize>> {
        let mut distance = vec![None; self.nodes.len()];
        let mut queue: VecDeque<(usize, usize)> = starts.iter().map(|&node| (node, 0)).collect();
        while let Some((node, steps)) = queue.pop_front() {
            if distance[node].is_none() {
                distance[node] = Some(steps);
                let children = self.nodes[node].children.iter();
                queue.extend(children.map(|&child| (child, steps + 1)));
            }
        }
        distance
    }

    /// By node: it is one of these, or the ways down to them go through it.
    fn leading_to(&self, nodes: &[usize], goes: impl Fn(usize, usize) -> bool) -> Vec<bool> {
        let above = self.nodes_above();
        let mut leads = vec![false; self.nodes.len()];
        let mut stack = nodes.to_vec();
        for &node in nodes {
            leads[node] = true;
        }
        while let Some(node) = stack.pop() {
            for &parent in &above[node] {
                if goes(parent, node) && !std::mem::replace(&mut leads[parent], true) {
                    stack.push(parent);
                }
            }
        }
        leads
    }

    /// The tree without what is not kept, with new positions.
    fn cut(&self, rules: &[bool], context: &[bool], nodes: &[bool], ways: &Ways) -> RuleTree {
        let new_rule = positions(rules);
        let new_node = positions(nodes);
        let kept = |list: &[usize]| list.iter().filter_map(|&node| new_node[node]).collect();
        let below = |parent: usize| {
            let children = self.nodes[parent].children.iter().copied();
            let children: Vec<usize> = children.filter(|&child| ways.go(parent, child)).collect();
            kept(&children)
        };
        let cards = self.rules.iter().zip(context).zip(rules);
        let cards: Vec<RuleCard> = cards
            .filter(|(_, shown)| **shown)
            .map(|((card, &context), _)| RuleCard {
                context,
                ..card.clone()
            })
            .collect();
        let tops = self.tops.iter().map(|top| Top {
            category: top.category,
            nodes: kept(&top.nodes),
        });
        let nodes = self.nodes.iter().enumerate();
        RuleTree {
            dialect: self.dialect,
            files: self.files.clone(),
            tests: self.tests,
            rules: cards,
            tops: tops.filter(|top| !top.nodes.is_empty()).collect(),
            nodes: nodes
                .filter(|(position, _)| new_node[*position].is_some())
                .filter_map(|(position, node)| {
                    Some(TreeNode {
                        rule: new_rule[node.rule]?,
                        children: below(position),
                        left_out: if ways.last[position] {
                            node.children.len()
                        } else {
                            0
                        },
                    })
                })
                .collect(),
        }
    }
}

/// Which connections belong to a selection: those below its starts, and those that lead to them.
struct Ways {
    /// By node: it is a start or above one.
    up: Vec<bool>,
    /// By node: it is a start or below one.
    down: Vec<bool>,
    /// By node: it is as far down as wanted.
    last: Vec<bool>,
}

impl Ways {
    fn go(&self, parent: usize, child: usize) -> bool {
        !self.last[parent] && (self.up[child] || self.down[parent] && self.down[child])
    }
}

/// The new position of each thing that is kept.
fn positions(kept: &[bool]) -> Vec<Option<usize>> {
    let mut next = 0;
    let place = |&kept: &bool| {
        kept.then(|| {
            next += 1;
            next - 1
        })
    };
    kept.iter().map(place).collect()
}
