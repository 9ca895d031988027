//! The memories as part of a snapshot.
//!
//! Only the events are written: the memories follow from the rules of the events, and the indices
//! are made anew by the next search.

use bstr::BStr;

use super::Memory;
use super::events::{Remembered, Told};
use crate::engine::Engine;
use crate::engine::snapshot::{Damaged, Reader, Writer};
use crate::ruleset::rule::RuleId;

impl Memory {
    /// Writes the remembered events, oldest first, with what is kept of each by its rule.
    pub(crate) fn save(&self, engine: &Engine, to: &mut Writer) {
        let Memory {
            events,
            queues: _,
            indices: _,
            // Of one event only.
            noted: _,
        } = self;
        let plan = &engine.correlation;
        to.count(events.len());
        for event in events.iter() {
            let keeps = plan.keeps(event.rule);
            to.time(event.time);
            to.number(event.mark.into());
            to.count(event.rule.index());
            to.byte(event.category.number());
            to.flag(event.has_dynamic);
            if keeps.full_log {
                to.text(events.full_log(event));
            }
            if keeps.log {
                to.text(events.log(event));
            }
            if keeps.agent {
                to.optional_text(events.agent(event));
            }
            for value in events.values(plan, event) {
                to.optional_text(value);
            }
        }
    }

    pub(crate) fn load(engine: &Engine, from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let rules = engine.ruleset.rules.rules.len();
        let mut memory = Memory::new(engine);
        // The values of one event.
        let mut values = Vec::new();
        for _ in 0..from.count()? {
            let time = from.time()?;
            let mark = from.small_number()?;
            let rule = RuleId(from.index(rules)? as u32);
            let category = from.category()?;
            let has_dynamic = from.flag()?;
            let keeps = engine.correlation.keeps(rule);
            let mut text = |keep| {
                if keep {
                    from.text()
                } else {
                    Ok(BStr::new(b""))
                }
            };
            let told = Told {
                full_log: text(keeps.full_log)?,
                log: text(keeps.log)?,
                agent: if keeps.agent {
                    from.optional_text()?
                } else {
                    None
                },
            };
            values.clear();
            for _ in &keeps.values {
                values.push(from.optional_text()?);
            }
            let event = Remembered::new(time, mark, rule, category, has_dynamic);
            let number = memory.events.add(event, told, values.iter().copied());
            memory.enter(engine, number, time, rule);
        }
        Ok(memory)
    }
}
