//! What a composite rule knows of the memory that it searches.
//!
//! The events that can fit stand in chains, one for each combination of the values that must be the
//! same. A search looks only at the chain of its own values, and there, if nothing must be
//! different, at one event: the one that would be counted last. An index is brought up to date by
//! the search, so an event that no search asks for costs nothing.
//!
//! What stops the search of the original before it meets the events that fit is known by numbers:
//! the newest event that is too old ([`Queue::newest_before`]) and the newest that was used.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::key::{Key, View};
use super::queue::{Number, Queue, Run};
use super::{Ending, Lines};
use crate::engine::event::Event;

/// An event in its chain. Its neighbours are given by how far away they stand among the links; 0:
/// there is none.
#[derive(Clone, Copy, Debug)]
struct Link {
    event: Number,
    /// How often it counts.
    times: u32,
    chain: u32,
    older: u32,
    newer: u32,
    /// The newest link before it in which the values are others that must be different.
    other: u32,
}

/// The events that agree in all that must be the same.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    hash: u64,
    links: usize,
    /// Positions of links, counted from the first link ever.
    newest: u64,
    /// The link in which the count reaches what fires the rule, or the oldest.
    last: u64,
    /// How often the links behind `last` count.
    behind_last: u64,
    /// The newest event that was used at the level of the rule or above.
    used: Number,
}

/// The index of one composite rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Oldest in front.
    links: VecDeque<Link>,
    /// How many links have left.
    left: u64,
    chains: Vec<Chain>,
    free: Vec<u32>,
    by_key: HashTable<u32>,
    hasher: RandomState,
    /// So many events of the memory have been looked at, counted from the first ever.
    known: u64,
    /// Where marks are looked at before the filters: the newest event of the memory that was used at
    /// the level of the rule or above. Nothing up to it is in the links.
    used: Number,
}

/// The events that a successful search counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    /// The newest of them.
    pub(super) first: Number,
    /// The oldest of them.
    pub(super) last: Number,
}

impl Index {
    /// Brings the index up to date with the memory.
    pub(super) fn follow(&mut self, view: View<'_>, queue: &Queue) {
        let before_filters = !view.engine.correlation.rules.filters_before_mark;
        self.release(queue.oldest());
        for run in queue.since(self.known) {
            let event = view.events.get(run.event);
            let used = event.mark >= view.composite.level;
            if used && before_filters {
                self.used = self.used.max(run.event);
            }
            if self.used >= run.event || !view.has_fitting_log(event) {
                continue;
            }
            if let Some(key) = view.key_of_remembered(event) {
                let chain = self.push(view, run, &key);
                if used {
                    self.chains[chain as usize].used = run.event;
                }
            }
        }
        self.known = queue.arrived();
        self.release(queue.oldest());
    }

    /// An event was used at the level of the rule or above.
    pub(super) fn mark(&mut self, event: Number, before_filters: bool) {
        if before_filters {
            self.used = self.used.max(event);
        } else if let Ok(at) = self.links.binary_search_by_key(&event, |link| link.event) {
            let chain = &mut self.chains[self.links[at].chain as usize];
            chain.used = chain.used.max(event);
        }
    }

    /// Lets go of the events that have left the memory or cannot be reached.
    fn release(&mut self, oldest: Option<Number>) {
        let oldest = oldest.unwrap_or(Number::MAX).max(self.used + 1);
        while self.links.front().is_some_and(|link| link.event < oldest) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(link) = self.links.pop_front() else {
            return;
        };
        let position = self.left;
        self.left += 1;
        let chain = &mut self.chains[link.chain as usize];
        chain.links -= 1;
        if chain.links == 0 {
            let id = link.chain;
            if let Ok(entry) = self.by_key.find_entry(chain.hash, |&other| other == id) {
                entry.remove();
            }
            self.free.push(id);
        } else if chain.last == position {
            chain.last += u64::from(link.newer);
            let last = &self.links[(chain.last - self.left) as usize];
            chain.behind_last -= u64::from(last.times);
        }
    }

    /// Puts an event at the end of the chain of its key.
    fn push<'v>(&mut self, view: View<'v>, run: Run, key: &Key<'v>) -> u32 {
        let position = self.left + self.links.len() as u64;
        let hash = self.hash(key);
        let found = self.find(view, key, hash);
        let id = found.unwrap_or_else(|| {
            self.add(Chain {
                hash,
                newest: position,
                last: position,
                ..Chain::default()
            })
        });
        let chain = &mut self.chains[id as usize];
        chain.links += 1;
        let mut link = Link {
            event: run.event,
            times: run.times,
            chain: id,
            older: 0,
            newer: 0,
            other: 0,
        };
        if found.is_none() {
            self.links.push_back(link);
            return id;
        }
        let before = &mut self.links[(chain.newest - self.left) as usize];
        // No memory has room for so many links that the distance would be too large.
        let distance = (position - chain.newest) as u32;
        before.newer = distance;
        link.older = distance;
        link.other = distance;
        if !view.composite.filters.only_same() {
            let [now, then] = [run.event, before.event]
                .map(|event| view.others_of_remembered(view.events.get(event)));
            if now == then {
                link.other = if before.other == 0 {
                    0
                } else {
                    distance + before.other
                };
            }
        }
        self.links.push_back(link);
        chain.newest = position;
        chain.behind_last += u64::from(run.times);
        // One more than the frequency fires the rule.
        while chain.behind_last > u64::from(view.composite.frequency) {
            let last = &self.links[(chain.last - self.left) as usize];
            chain.last += u64::from(last.newer);
            let last = &self.links[(chain.last - self.left) as usize];
            chain.behind_last -= u64::from(last.times);
        }
        id
    }

    fn add(&mut self, chain: Chain) -> u32 {
        let id = match self.free.pop() {
            Some(id) => {
                self.chains[id as usize] = chain;
                id
            }
            None => {
                self.chains.push(chain);
                self.chains.len() as u32 - 1
            }
        };
        let chains = &self.chains;
        self.by_key
            .insert_unique(chain.hash, id, |&id| chains[id as usize].hash);
        id
    }

    fn hash(&self, key: &Key<'_>) -> u64 {
        if key.is_empty() {
            0
        } else {
            self.hasher.hash_one(key)
        }
    }

    fn find<'v>(&self, view: View<'v>, key: &Key<'v>, hash: u64) -> Option<u32> {
        let has_key = |&id: &u32| {
            let newest = self.link(self.chains[id as usize].newest);
            newest.is_some_and(|newest| {
                let event = view.events.get(newest.event);
                view.key_of_remembered(event).as_ref() == Some(key)
            })
        };
        self.by_key.find(hash, has_key).copied()
    }

    fn link(&self, position: u64) -> Option<&Link> {
        let index = position.checked_sub(self.left)?;
        self.links.get(index as usize)
    }

    /// The link `distance` before a position, with its own position.
    fn before(&self, position: u64, distance: u32) -> Option<(u64, &Link)> {
        let position = position.checked_sub(u64::from(distance))?;
        let link = self.link(position).filter(|_| distance > 0)?;
        Some((position, link))
    }

    /// Searches for an event. The index must be up to date; `too_old` is the newest event of the
    /// memory that is beyond the time frame.
    pub(super) fn search(
        &self,
        view: View<'_>,
        event: &Event,
        too_old: Number,
        lines: &mut Lines,
    ) -> Result<Counted, Ending> {
        // Of an event that is both too old and used, the age is looked at first.
        let stopped = |used: Number| {
            if too_old > 0 && too_old >= used {
                Ending::TooOld
            } else {
                Ending::Failure
            }
        };
        let chain = view.key_of_event(event).and_then(|key| {
            let id = self.find(view, &key, self.hash(&key))?;
            Some(&self.chains[id as usize])
        });
        let Some(chain) = chain else {
            return Err(stopped(self.used));
        };
        if !view.composite.filters.only_same() {
            let walked = self.walk(view, event, chain, too_old, lines);
            return walked.unwrap_or_else(|| Err(stopped(self.used)));
        }
        let used = self.used.max(chain.used);
        let stop = used.max(too_old);
        self.note_newest(view, chain, stop, lines);
        let ends = self.link(chain.newest).zip(self.link(chain.last));
        ends.filter(|(_, last)| {
            last.event > stop
                && chain.behind_last + u64::from(last.times) > u64::from(view.composite.frequency)
        })
        .map(|(first, last)| Counted {
            first: first.event,
            last: last.event,
        })
        .ok_or_else(|| stopped(used))
    }

    /// The events of the chain of an event, newest first, and the newest event that was used at the
    /// level of the rule or above and stands before all that fit. The index must be up to date.
    pub(super) fn chain_of(
        &self,
        view: View<'_>,
        event: &Event,
    ) -> (impl Iterator<Item = Run> + '_, Number) {
        let chain = view.key_of_event(event).and_then(|key| {
            let id = self.find(view, &key, self.hash(&key))?;
            Some(&self.chains[id as usize])
        });
        let newest = chain.and_then(|chain| Some((chain.newest, self.link(chain.newest)?)));
        let links = std::iter::successors(newest, |&(position, link)| {
            self.before(position, link.older)
        });
        let runs = links.map(|(_, link)| Run {
            event: link.event,
            times: link.times,
        });
        let used = chain.map_or(0, |chain| chain.used);
        (runs, self.used.max(used))
    }

    /// Notes the lines of the newest events of a chain in which all events fit.
    fn note_newest(&self, view: View<'_>, chain: &Chain, stop: Number, lines: &mut Lines) {
        let newest = self.link(chain.newest).map(|link| (chain.newest, link));
        let mut next = newest.filter(|(_, link)| link.event > stop);
        while let Some((position, link)) = next {
            if !lines.note(link.event, link.times, view.composite.lines) {
                return;
            }
            next = self
                .before(position, link.older)
                .filter(|(_, link)| link.event > stop);
        }
    }

    /// Counts the events of a chain of which some may not differ from the event. Of neighbours that
    /// differ in the same way only one is compared. `None`: the walk met neither enough events nor
    /// one that fits and was used.
    fn walk(
        &self,
        view: View<'_>,
        event: &Event,
        chain: &Chain,
        too_old: Number,
        lines: &mut Lines,
    ) -> Option<Result<Counted, Ending>> {
        let now = view.others_of_event(event);
        let stop = too_old.max(self.used);
        let mut count = 0;
        let mut first = None;
        let newest = self.link(chain.newest).map(|link| (chain.newest, link));
        let mut next = newest;
        while let Some((position, link)) = next.filter(|(_, link)| link.event > stop) {
            let earlier = view.events.get(link.event);
            if !view.differ(&now, &view.others_of_remembered(earlier)) {
                next = self.before(position, link.other);
                continue;
            }
            if earlier.mark >= view.composite.level {
                return Some(Err(Ending::Failure));
            }
            lines.note(link.event, link.times, view.composite.lines);
            let first = *first.get_or_insert(link.event);
            count += u64::from(link.times);
            if count > u64::from(view.composite.frequency) {
                let last = link.event;
                return Some(Ok(Counted { first, last }));
            }
            next = self.before(position, link.older);
        }
        None
    }
}
