//! Where the earlier lines of a correlation are kept (`spec/correlation.md` §6).
//!
//! OSSEC 4.3 hands them to the event: they stay with it whatever rule is chosen in the end. 2.8.3
//! and 3.7 keep them in the rule that searched: an alert shows what is in the store of the rule that
//! was *chosen*. Children share the store of their parent unless they have one, and a store is only
//! changed by the next search, so a child that is reached on another way can show lines of an
//! earlier or an unsuccessful search.

use bstr::BString;

use super::event::Event;
use super::snapshot::{Damaged, Reader, Writer};
use crate::ruleset::rule::{Rule, RuleId, Rules};

/// Index of the store of each rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorePlan {
    by_rule: Vec<Option<u32>>,
    count: usize,
}

impl StorePlan {
    /// Lines go to the event: there are no stores.
    pub(crate) fn none() -> Self {
        StorePlan::default()
    }

    /// Every composite rule has a store, the rules below share it.
    pub(crate) fn of(rules: &Rules) -> Self {
        let mut plan = StorePlan {
            by_rule: vec![None; rules.rules.len()],
            count: 0,
        };
        // Parents are loaded before their children, and of several that a rule has the first one with
        // a store decides.
        for (index, rule) in rules.rules.iter().enumerate() {
            plan.by_rule[index] = if has_own_store(rule) {
                plan.count += 1;
                Some(plan.count as u32 - 1)
            } else {
                let above = rules.above(RuleId(index as u32)).iter();
                above.copied().find_map(|above| plan.by_rule[above.index()])
            };
        }
        plan
    }

    /// Empty stores for a session.
    pub(crate) fn stores(&self) -> Vec<LineStore> {
        vec![LineStore::default(); self.count]
    }

    /// Reads the stores back.
    pub(crate) fn load(&self, from: &mut Reader<'_>) -> Result<Vec<LineStore>, Damaged> {
        (0..self.count).map(|_| LineStore::load(from)).collect()
    }

    /// The store of a rule among those of a session.
    pub(crate) fn find<'s>(
        &self,
        stores: &'s mut [LineStore],
        rule: RuleId,
    ) -> Option<&'s mut LineStore> {
        let store = self.by_rule.get(rule.index()).copied().flatten()?;
        stores.get_mut(store as usize)
    }
}

fn has_own_store(rule: &Rule) -> bool {
    rule.search.is_some() || rule.conditions.check_diff
}

/// Lines that a rule keeps, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineStore {
    /// Only the first `count` are in use; the others keep their capacity.
    lines: Vec<BString>,
    count: usize,
}

impl LineStore {
    /// Replaces the lines. A search that noted none leaves what is there.
    pub(crate) fn replace<'l>(&mut self, lines: impl ExactSizeIterator<Item = &'l [u8]>) {
        if lines.len() == 0 {
            return;
        }
        self.count = lines.len();
        self.lines
            .resize_with(self.lines.len().max(self.count), BString::default);
        for (kept, line) in self.lines.iter_mut().zip(lines) {
            kept.clear();
            kept.extend_from_slice(line);
        }
    }

    /// Writes the lines in use.
    pub(crate) fn save(&self, to: &mut Writer) {
        to.count(self.count);
        for line in &self.lines[..self.count] {
            to.text(line);
        }
    }

    fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let lines: Vec<BString> = from.sequence(Reader::owned_text)?;
        let count = lines.len();
        Ok(LineStore { lines, count })
    }

    /// Hands the lines to the event whose rule was chosen.
    pub(crate) fn give_to(&self, event: &mut Event) {
        event.previous.clear();
        for line in &self.lines[..self.count] {
            let slice = event.append(line);
            event.previous.push(slice);
        }
    }
}
