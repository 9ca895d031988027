//! Composite rules: the memories and the search (`spec/correlation.md` §1 to §6).
//!
//! The event memory is a ring ([`events`]); the memories by rule and by group are queues of the
//! numbers of events in it ([`queue`]), and each composite rule has an index of the one that it
//! searches ([`index`]). An event leaves all of them when it leaves the event memory. What a search
//! costs depends neither on how many events are remembered nor on how many of them fit; only with
//! elements that ask for different values, events are walked until enough fit.

mod events;
mod fitting;
mod index;
mod key;
mod plan;
mod queue;
#[cfg(test)]
mod reference;
mod saved;
#[cfg(test)]
mod tests;
mod texts;

pub use fitting::Fitting;
pub(crate) use plan::Plan;

use super::Engine;
use super::event::Event;
use super::previous::LineStore;
use crate::ruleset::rule::RuleId;
use events::Events;
use index::{Counted, Index};
use key::View;
use plan::LINES_LIMIT;
use queue::{Number, Queue, Run};

/// When the event memory is full, so many of the oldest events leave at once.
const PURGE: usize = 10;

/// The earlier events whose lines a search noted, newest first.
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    events: [Number; LINES_LIMIT as usize],
    count: usize,
}

impl Lines {
    /// Notes the line of an event as often as it counts; false if there is no room for more.
    fn note(&mut self, event: Number, times: u32, limit: u64) -> bool {
        let limit = limit.min(LINES_LIMIT) as usize;
        let end = limit.min(self.count.saturating_add(times as usize));
        while self.count < end {
            self.events[self.count] = event;
            self.count += 1;
        }
        self.count < limit
    }
}

/// How a search ended without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// An event is beyond the time frame.
    TooOld,
    /// An event was counted before, or there are no more.
    Failure,
}

/// All remembered events of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    events: Events,
    /// The memories that are searched, by the engine's plan.
    queues: Vec<Queue>,
    /// By composite rule.
    indices: Vec<Index>,
    /// What the searches for the current event noted last.
    noted: Lines,
}

impl Memory {
    pub(crate) fn new(engine: &Engine) -> Self {
        let plan = &engine.correlation;
        Memory {
            events: Events::default(),
            queues: vec![Queue::default(); plan.memories.len()],
            indices: vec![Index::default(); plan.composites.len()],
            noted: Lines::default(),
        }
    }

    /// A new event begins: no search has noted lines for it.
    pub(crate) fn forget_lines(&mut self) {
        self.noted.count = 0;
    }

    /// True if enough earlier events fit: the events are marked then. The lines of a successful
    /// search go to `event`; with a `store` the lines of every search go there instead.
    pub(crate) fn search(
        &mut self,
        engine: &Engine,
        event: &mut Event,
        id: RuleId,
        store: Option<&mut LineStore>,
    ) -> bool {
        let mut lines = Lines::default();
        let result = self.scan(engine, event, id, &mut lines);
        if result.is_ok() {
            event.mark = engine.ruleset.rules.get(id).level;
        }
        let events = &self.events;
        let texts = |lines: Lines| {
            let text = move |at: usize| events.full_log(events.get(lines.events[at]));
            (0..lines.count).map(move |at| text(at).as_ref())
        };
        if let Some(store) = store {
            store.replace(texts(lines));
            return result.is_ok();
        }
        // Observed (random-5013, random-5016 of the recorded rule sets): a search that succeeds
        // without a line of its own, frequency 0, shows those of an earlier search for the same
        // event that met a mark, but not of one that met an event beyond its time frame.
        if lines.count > 0 {
            self.noted = lines;
        }
        match result {
            Ok(()) if self.noted.count > 0 => {
                event.previous.clear();
                for text in texts(self.noted) {
                    let slice = event.append(text);
                    event.previous.push(slice);
                }
            }
            Err(Ending::TooOld) => self.noted.count = 0,
            Ok(()) | Err(Ending::Failure) => {}
        }
        result.is_ok()
    }

    /// The search itself; what it notes goes to `lines`.
    fn scan(
        &mut self,
        engine: &Engine,
        event: &Event,
        id: RuleId,
        lines: &mut Lines,
    ) -> Result<(), Ending> {
        let plan = &engine.correlation;
        let position = plan.composite(id).ok_or(Ending::Failure)?;
        let composite = &plan.composites[position];
        let queue = &self.queues[composite.memory.index()];
        let newest = queue.newest().ok_or(Ending::Failure)?;
        let index = &mut self.indices[position];
        let view = View {
            engine,
            composite,
            events: &self.events,
        };
        index.follow(view, queue);
        let frame = i64::from(composite.timeframe);
        let too_old = queue.newest_before(event.moment.seconds.saturating_sub(frame));
        let Counted { first, last } = index.search(view, event, too_old, lines)?;
        let level = composite.level;
        if plan.rules.marks_ends {
            self.mark(engine, last, level);
            self.mark(engine, newest, level);
        } else if composite.frequency > 0 {
            self.mark(engine, first, level);
        }
        Ok(())
    }

    /// Marks an event as used. No search that can use it saw a mark as high as this one.
    fn mark(&mut self, engine: &Engine, number: Number, level: u32) {
        let plan = &engine.correlation;
        let event = self.events.get_mut(number);
        event.mark = level;
        for (memory, _) in plan.memories(event.rule) {
            for &composite in &plan.memories[memory.index()].composites {
                if plan.composites[composite].level <= level {
                    self.indices[composite].mark(number, !plan.rules.filters_before_mark);
                }
            }
        }
    }

    /// Remembers the event of a rule that passed all steps.
    pub(crate) fn insert(&mut self, engine: &Engine, event: &Event, id: RuleId) {
        let number = self.events.push(engine, event, id);
        self.enter(engine, number, event.moment.seconds, id);
    }

    /// Puts the newest event into the memories of its rule.
    fn enter(&mut self, engine: &Engine, event: Number, time: i64, rule: RuleId) {
        let plan = &engine.correlation;
        for &(memory, times) in plan.memories(rule) {
            let queue = &mut self.queues[memory.index()];
            queue.push(Run { event, times }, time);
            let limit = plan.memories[memory.index()].limit;
            if limit.is_some_and(|limit| queue.len() > limit) {
                queue.pop();
            }
        }
    }

    /// Lets the oldest events go when the event memory holds too many.
    pub(crate) fn purge(&mut self, engine: &Engine, now: i64) {
        let plan = &engine.correlation;
        if self.events.len() <= plan.limits.events {
            return;
        }
        let mut removed = 0;
        while let Some(oldest) = self.events.oldest() {
            let age = now.saturating_sub(oldest.time);
            if removed >= PURGE && age <= plan.limits.purge_age {
                break;
            }
            removed += 1;
            let Some((number, event)) = self.events.pop(plan) else {
                break;
            };
            // The original takes an entry off each group memory for every mark of the rule. It is
            // always this event: events come to all memories and leave them in the same order.
            for (memory, _) in plan.memories(event.rule) {
                let queue = &mut self.queues[memory.index()];
                if queue.oldest() == Some(number) {
                    queue.pop();
                }
            }
        }
    }
}
