//! What a composite rule compares of two events.

use bstr::BStr;
use smallvec::SmallVec;

use super::events::{Events, Remembered};
use super::plan::Composite;
use crate::engine::Engine;
use crate::engine::event::Event;
use crate::ruleset::category::Category;

/// A composite rule and the events that it can count.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    pub(super) engine: &'v Engine,
    pub(super) composite: &'v Composite,
    pub(super) events: &'v Events,
}

/// All that must be the same in two events.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'k> {
    category: Option<Category>,
    agent: Option<&'k BStr>,
    same: SmallVec<[&'k BStr; 4]>,
}

/// All that must be different.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Others<'o> {
    values: SmallVec<[Option<&'o BStr>; 4]>,
    has_dynamic: bool,
}

impl Key<'_> {
    /// True if nothing is compared.
    pub(super) fn is_empty(&self) -> bool {
        self.category.is_none() && self.agent.is_none() && self.same.is_empty()
    }
}

impl<'v> View<'v> {
    /// The key of the event that is being tested; `None`: no event can fit.
    pub(super) fn key_of_event(&self, event: &'v Event) -> Option<Key<'v>> {
        let kept = &self.engine.correlation.kept;
        self.key(
            event.category,
            event.agent.map(|id| event.get(id)),
            |position| kept[position].value(self.engine, event),
        )
    }

    /// The key of an earlier event; `None`: it fits no event.
    pub(super) fn key_of_remembered(&self, event: &'v Remembered) -> Option<Key<'v>> {
        let plan = &self.engine.correlation;
        self.key(event.category, self.events.agent(event), |position| {
            self.events.value(plan, event, position)
        })
    }

    fn key(
        &self,
        category: Category,
        agent: Option<&'v BStr>,
        value: impl Fn(usize) -> Option<&'v BStr>,
    ) -> Option<Key<'v>> {
        let filters = &self.composite.filters;
        if filters.never {
            return None;
        }
        // The collector of options would not stay on the stack.
        let mut same = SmallVec::new();
        for &position in &filters.same {
            same.push(value(position)?);
        }
        Some(Key {
            category: self.composite.all_events.then_some(category),
            agent: agent.filter(|_| self.composite.per_agent),
            same,
        })
    }

    /// False if the log of an earlier event is not of the kind that the rule counts. What comes out
    /// does not depend on the event that is being tested.
    pub(super) fn has_fitting_log(&self, event: &Remembered) -> bool {
        let rule = self.engine.ruleset.rules.get(self.composite.rule);
        let regex = rule.correlation.regex.as_ref();
        regex
            .filter(|_| self.composite.all_events)
            .is_none_or(|regex| regex.is_match(self.events.log(event)))
    }

    pub(super) fn others_of_event(&self, event: &'v Event) -> Others<'v> {
        let kept = &self.engine.correlation.kept;
        self.others(event.has_dynamic(), |position| {
            kept[position].value(self.engine, event)
        })
    }

    pub(super) fn others_of_remembered(&self, event: &'v Remembered) -> Others<'v> {
        let plan = &self.engine.correlation;
        self.others(event.has_dynamic, |position| {
            self.events.value(plan, event, position)
        })
    }

    fn others(&self, has_dynamic: bool, value: impl Fn(usize) -> Option<&'v BStr>) -> Others<'v> {
        let filters = &self.composite.filters;
        Others {
            values: filters.different.iter().map(|&at| value(at)).collect(),
            has_dynamic: filters.needs_dynamic && has_dynamic,
        }
    }

    /// True if the values of two events differ as the rule demands.
    pub(super) fn differ(&self, now: &Others<'_>, then: &Others<'_>) -> bool {
        let plan = &self.engine.correlation;
        let mut pairs = now.values.iter().zip(&then.values);
        pairs.all(|(now, then)| plan.differ(*now, *then))
            && (!self.composite.filters.needs_dynamic || now.has_dynamic || then.has_dynamic)
    }
}
