//! A memory: which events are in it, and which of them are too old.

use std::collections::VecDeque;

/// Remembered events are numbered from 1, in the order of their arrival. 0 stands before all events.
pub(super) type Number = u64;

/// An event in a memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) event: Number,
    /// How often it counts: so many places has its rule in the tree.
    pub(super) times: u32,
}

/// The events of a memory, oldest in front.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    runs: VecDeque<Run>,
    /// How many runs have left.
    left: u64,
    /// The events that are older than everything behind them. Their times grow from front to back,
    /// whatever the clock does, and the newest event before a time is always one of them.
    minima: VecDeque<(i64, Number)>,
}

impl Queue {
    pub(super) fn push(&mut self, run: Run, time: i64) {
        while self.minima.back().is_some_and(|&(other, _)| other >= time) {
            self.minima.pop_back();
        }
        self.minima.push_back((time, run.event));
        self.runs.push_back(run);
    }

    /// The oldest event leaves.
    pub(super) fn pop(&mut self) {
        let Some(run) = self.runs.pop_front() else {
            return;
        };
        self.left += 1;
        if self
            .minima
            .front()
            .is_some_and(|&(_, event)| event == run.event)
        {
            self.minima.pop_front();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    pub(super) fn oldest(&self) -> Option<Number> {
        self.runs.front().map(|run| run.event)
    }

    pub(super) fn newest(&self) -> Option<Number> {
        self.runs.back().map(|run| run.event)
    }

    /// How many events ever came.
    pub(super) fn arrived(&self) -> u64 {
        self.left + self.runs.len() as u64
    }

    /// The events that came after the first `known` ones.
    pub(super) fn since(&self, known: u64) -> impl Iterator<Item = Run> {
        let from = known.saturating_sub(self.left) as usize;
        self.runs.range(from.min(self.runs.len())..).copied()
    }

    /// The newest event from before a time; 0 if there is none.
    pub(super) fn newest_before(&self, time: i64) -> Number {
        let count = match self.minima.front() {
            Some(&(oldest, _)) if oldest < time => {
                self.minima.partition_point(|&(other, _)| other < time)
            }
            _ => return 0,
        };
        self.minima[count - 1].1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_newest_event_before_a_time(
            steps in prop::collection::vec((0i64..20, any::<bool>(), 0i64..22), 1..60),
        ) {
            let mut queue = Queue::default();
            let mut model = VecDeque::new();
            for (event, (time, pop, before)) in (1..).zip(steps) {
                queue.push(Run { event, times: 1 }, time);
                model.push_back((event, time));
                if pop && event % 2 == 0 {
                    queue.pop();
                    model.pop_front();
                }
                let expected = model.iter().rev().find(|(_, time)| *time < before);
                prop_assert_eq!(queue.newest_before(before), expected.map_or(0, |&(event, _)| event));
            }
        }
    }
}
