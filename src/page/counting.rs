//! Which rules composite rules count: the connections beside those of the tree.

use crate::ruleset::Ruleset;
use crate::ruleset::rule::{RuleId, Search};

/// Who counts whom.
pub(crate) struct Counting {
    /// By composite rule: the rules whose events it counts, in load order. Empty for a search of all
    /// events, which is not about rules.
    pub(crate) counts: Vec<Vec<RuleId>>,
    /// By rule: the composite rules that count its events, in load order.
    pub(crate) counted_by: Vec<Vec<RuleId>>,
}

impl Counting {
    pub(crate) fn new(ruleset: &Ruleset) -> Self {
        let mut of_memory = vec![None; ruleset.rules.group_patterns.len()];
        for (id, rule) in ruleset.rules.iter() {
            if rule.correlation.counts
                && let Some(Search::Group(memory)) = rule.search
                && let Some(owner) = of_memory.get_mut(memory.0 as usize)
            {
                *owner = Some(id);
            }
        }
        let count = ruleset.rules.rules.len();
        let mut counting = Counting {
            counts: vec![Vec::new(); count],
            counted_by: vec![Vec::new(); count],
        };
        for (id, rule) in ruleset.rules.iter() {
            if rule.correlation.counts
                && let Some(Search::Sid(_, Some(counted))) = rule.search
            {
                counting.add(id, counted);
            }
            // Events of rules that are counted by id go into no memory of a group.
            if !rule.counted_by_sid {
                let memories = rule.group_marks.iter().map(|mark| mark.memory.0 as usize);
                let owners = memories.filter_map(|memory| of_memory.get(memory).copied().flatten());
                for composite in owners {
                    counting.add(composite, id);
                }
            }
        }
        for list in counting.counts.iter_mut().chain(&mut counting.counted_by) {
            list.sort_unstable();
            list.dedup();
        }
        counting
    }

    fn add(&mut self, composite: RuleId, counted: RuleId) {
        self.counts[composite.index()].push(counted);
        self.counted_by[counted.index()].push(composite);
    }
}
