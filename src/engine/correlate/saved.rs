//! The memories as part of a snapshot.

use std::collections::HashMap;

use super::{Lines, Memory, Queue, Remembered};
use crate::engine::Engine;
use crate::engine::snapshot::{Damaged, Reader, Writer};
use crate::ruleset::rule::RuleId;

impl Memory {
    /// Writes the remembered events in the order of the queues, so that the bytes do not depend on
    /// who stood where in the slab before.
    pub(crate) fn save(&self, to: &mut Writer) {
        let Memory {
            slab,
            free: _,
            events,
            by_sid,
            by_group,
            // Of one event only.
            noted: _,
        } = self;
        let mut by_sid: Vec<(&RuleId, &Queue)> = by_sid.iter().collect();
        by_sid.retain(|(_, queue)| !queue.is_empty());
        by_sid.sort_unstable_by_key(|(rule, _)| **rule);
        let queues = std::iter::once(events)
            .chain(by_sid.iter().map(|(_, queue)| *queue))
            .chain(by_group);
        let mut order = Vec::with_capacity(slab.len());
        let mut numbers: Vec<Option<usize>> = vec![None; slab.len()];
        for &index in queues.flatten() {
            let number = &mut numbers[index as usize];
            if number.is_none() {
                *number = Some(order.len());
                order.push(index);
            }
        }
        to.count(order.len());
        for index in order {
            slab[index as usize].save(to);
        }
        let save_queue = |to: &mut Writer, queue: &Queue| {
            to.count(queue.len());
            for number in queue.iter().filter_map(|&index| numbers[index as usize]) {
                to.count(number);
            }
        };
        save_queue(to, events);
        let by_sid = by_sid
            .into_iter()
            .map(|(rule, queue)| (rule.index(), queue));
        to.sparse(by_sid, save_queue);
        let by_group = by_group.iter().enumerate();
        to.sparse(by_group.filter(|(_, queue)| !queue.is_empty()), save_queue);
    }

    pub(crate) fn load(engine: &Engine, from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let rules = engine.ruleset.rules.rules.len();
        let groups = engine.ruleset.rules.group_patterns.len();
        let kept = engine.correlation.kept.len();
        let mut slab: Vec<Remembered> =
            from.sequence(|from| Remembered::load(from, rules, kept))?;
        let count = slab.len();
        let index = |from: &mut Reader<'_>| from.index(count).map(|index| index as u32);
        let load_queue = |from: &mut Reader<'_>| from.sequence::<u32, Queue>(index);
        let events = load_queue(from)?;
        let by_sid = from.sparse(rules, load_queue)?;
        let mut by_group = vec![Queue::new(); groups];
        for (group, queue) in from.sparse(groups, load_queue)? {
            by_group[group] = queue;
        }
        let by_sid: HashMap<RuleId, Queue> = by_sid
            .into_iter()
            .map(|(rule, queue)| (RuleId(rule as u32), queue))
            .collect();
        for &index in [&events]
            .into_iter()
            .chain(by_sid.values())
            .chain(&by_group)
            .flatten()
        {
            slab[index as usize].holders += 1;
        }
        // An event that nobody holds would never leave.
        let free = (0u32..)
            .zip(&slab)
            .filter(|(_, entry)| entry.holders == 0)
            .map(|(index, _)| index)
            .collect();
        Ok(Memory {
            slab,
            free,
            events,
            by_sid,
            by_group,
            noted: Lines::default(),
        })
    }
}

impl Remembered {
    fn save(&self, to: &mut Writer) {
        let Remembered {
            time,
            mark,
            rule,
            category,
            full_log,
            log,
            agent,
            has_dynamic,
            values,
            // Counted again from the queues.
            holders: _,
        } = self;
        to.time(*time);
        to.number((*mark).into());
        to.count(rule.index());
        to.byte(category.number());
        to.text(full_log);
        to.text(log);
        to.optional_text(agent.as_ref());
        to.flag(*has_dynamic);
        for value in values {
            to.optional_text(value.as_ref());
        }
    }

    fn load(from: &mut Reader<'_>, rules: usize, kept: usize) -> Result<Self, Damaged> {
        let mut entry = Remembered {
            time: from.time()?,
            mark: from.small_number()?,
            rule: RuleId(from.index(rules)? as u32),
            category: from.category()?,
            full_log: from.owned_text()?,
            log: from.owned_text()?,
            agent: from.optional_text()?,
            has_dynamic: from.flag()?,
            ..Remembered::default()
        };
        for _ in 0..kept {
            entry.values.push(from.optional_text()?);
        }
        Ok(entry)
    }
}
