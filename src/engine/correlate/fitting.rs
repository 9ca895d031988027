//! What a search of a composite rule found, counted the slow way: for people who ask why it failed.

use super::key::View;
use super::{Event, Memory};
use crate::engine::Engine;
use crate::ruleset::rule::RuleId;

/// The events that a composite rule can count when it is asked.
///
/// An event counts as often as its rule has places in the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fitting {
    /// Earlier events that fit, within the time frame, not used up.
    pub count: u64,
    /// So many of them are needed.
    pub needed: u64,
    /// The time frame in seconds.
    pub timeframe: u32,
    /// Earlier events that are remembered for the rule within its time frame, whether their values
    /// fit or not.
    pub remembered: u64,
    /// Events that would fit, but came before the time frame.
    pub too_old: u64,
    /// The count ended at an event that a composite rule of this or a higher level counted before.
    pub used: bool,
    /// The event lacks a value that must be the same, so that nothing can fit.
    pub lacks_value: bool,
}

impl Memory {
    /// Counts what the search of a rule, which failed just now, found.
    pub(crate) fn fitting(&self, engine: &Engine, event: &Event, id: RuleId) -> Fitting {
        let plan = &engine.correlation;
        let Some(position) = plan.composite(id) else {
            return Fitting::default();
        };
        let composite = &plan.composites[position];
        let queue = &self.queues[composite.memory.index()];
        let view = View {
            engine,
            composite,
            events: &self.events,
        };
        let start = event
            .moment
            .seconds
            .saturating_sub(composite.timeframe.into());
        let too_old = queue.newest_before(start);
        let in_time = queue.since(0).filter(|run| run.event > too_old);
        let mut fitting = Fitting {
            needed: u64::from(composite.frequency) + 1,
            timeframe: composite.timeframe,
            remembered: in_time.map(|run| u64::from(run.times)).sum(),
            lacks_value: view.key_of_event(event).is_none(),
            ..Fitting::default()
        };
        let now = view.others_of_event(event);
        let (chain, used) = self.indices[position].chain_of(view, event);
        fitting.used = used > too_old;
        for run in chain {
            let earlier = self.events.get(run.event);
            let differs = view.differ(&now, &view.others_of_remembered(earlier));
            if !composite.filters.only_same() && !differs {
                continue;
            }
            if run.event <= used || earlier.mark >= composite.level {
                fitting.used |= run.event > too_old;
                break;
            }
            if run.event > too_old {
                fitting.count += u64::from(run.times);
            } else {
                fitting.too_old += u64::from(run.times);
            }
        }
        fitting
    }
}
