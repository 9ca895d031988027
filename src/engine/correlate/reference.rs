//! The search as the specification writes it: every search walks its memory from the newest event
//! on, and every memory is a list. The tests compare the memories with it.

use std::collections::{HashMap, VecDeque};

use bstr::{BStr, BString};
use smallvec::SmallVec;

use super::PURGE;
use super::plan::{Composite, Limits, Plan};
use crate::engine::Engine;
use crate::engine::event::Event;
use crate::engine::previous::LineStore;
use crate::pattern::Pattern;
use crate::ruleset::category::Category;
use crate::ruleset::rule::{GroupMemoryId, Rule, RuleId, Search};

const LINES_LIMIT: usize = 11;

/// What is kept of an event.
#[derive(Clone, Debug, Default)]
struct Remembered {
    time: i64,
    /// Level of the composite rule that counted it last.
    mark: u32,
    rule: RuleId,
    category: Category,
    full_log: BString,
    log: BString,
    /// Id of the agent; only Wazuh has ids.
    agent: Option<BString>,
    /// The event had a dynamic field.
    has_dynamic: bool,
    /// By [`Plan::kept`].
    values: Vec<Option<BString>>,
    /// How many queues hold it.
    holders: u32,
}

/// The earlier lines that a search noted, as indices into the slab, newest first.
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    indices: [u32; LINES_LIMIT],
    count: usize,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Enough events fit.
    Success,
    /// An event is beyond the time frame.
    TooOld,
    /// An event was counted before, or there are no more.
    Failure,
}

type Queue = VecDeque<u32>;

/// All remembered events of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct PlainMemory {
    slab: Vec<Remembered>,
    free: Vec<u32>,
    /// Every event, oldest in front.
    events: Queue,
    by_sid: HashMap<RuleId, Queue>,
    by_group: Vec<Queue>,
    /// What the searches for the current event noted last.
    noted: Lines,
}

impl PlainMemory {
    pub(super) fn new(groups: usize) -> Self {
        PlainMemory {
            by_group: vec![Queue::new(); groups],
            ..PlainMemory::default()
        }
    }

    /// Times and marks of all events, oldest first.
    pub(super) fn marks(&self) -> Vec<(i64, u32)> {
        let events = self.events.iter().map(|&index| &self.slab[index as usize]);
        events.map(|event| (event.time, event.mark)).collect()
    }

    /// A new event begins: no search has noted lines for it.
    pub(super) fn forget_lines(&mut self) {
        self.noted.count = 0;
    }

    /// True if enough earlier events fit: the events are marked then. The lines of a successful
    /// search go to `event`; with a `store` the lines of every search go there instead.
    pub(super) fn search(
        &mut self,
        engine: &Engine,
        event: &mut Event,
        id: RuleId,
        store: Option<&mut LineStore>,
    ) -> bool {
        let mut lines = Lines::default();
        let ending = self.scan(engine, event, id, &mut lines);
        if ending == Ending::Success {
            event.mark = engine.ruleset.rules.get(id).level;
        }
        let slab = &self.slab;
        let texts = |lines: Lines| {
            (0..lines.count).map(move |at| slab[lines.indices[at] as usize].full_log.as_slice())
        };
        if let Some(store) = store {
            store.replace(texts(lines));
            return ending == Ending::Success;
        }
        // Observed (random-5013, random-5016 of the recorded rule sets): a search that succeeds
        // without a line of its own, frequency 0, shows those of an earlier search for the same
        // event that met a mark, but not of one that met an event beyond its time frame.
        if lines.count > 0 {
            self.noted = lines;
        }
        match ending {
            Ending::Success if self.noted.count > 0 => {
                event.previous.clear();
                for text in texts(self.noted) {
                    let slice = event.append(text);
                    event.previous.push(slice);
                }
            }
            Ending::TooOld => self.noted.count = 0,
            Ending::Success | Ending::Failure => {}
        }
        ending == Ending::Success
    }

    /// The search itself; what it notes goes to `lines`.
    fn scan(&mut self, engine: &Engine, event: &Event, id: RuleId, lines: &mut Lines) -> Ending {
        let rule = engine.ruleset.rules.get(id);
        let plan = &engine.correlation;
        let queue = match &rule.search {
            Some(Search::Sid(_, Some(target))) => self.by_sid.get(target),
            Some(Search::Group(GroupMemoryId(group))) => self.by_group.get(*group as usize),
            Some(Search::Events) => Some(&self.events),
            Some(Search::Sid(_, None)) | None => None,
        };
        let Some((queue, &newest)) = queue.and_then(|queue| Some((queue, queue.back()?))) else {
            return Ending::Failure;
        };
        let level = rule.level;
        let keeps_last_line = match rule.search {
            Some(Search::Sid(..)) => true,
            Some(Search::Group(_)) => plan.rules.group_keeps_last_line,
            _ => false,
        };
        let wanted = Wanted::new(engine, event, id, rule);
        let frequency = rule.correlation.frequency as usize;
        let mut count = 0;
        let mut first = None;
        for &index in queue.iter().rev() {
            let earlier = &self.slab[index as usize];
            if event.moment.seconds.saturating_sub(earlier.time)
                > i64::from(rule.correlation.timeframe)
            {
                return Ending::TooOld;
            }
            let used = earlier.mark >= level;
            if used && !plan.rules.filters_before_mark {
                return Ending::Failure;
            }
            if !wanted.fits(plan, earlier) {
                continue;
            }
            if used {
                return Ending::Failure;
            }
            if count < LINES_LIMIT && (keeps_last_line || count < frequency) {
                lines.indices[count] = index;
                lines.count = count + 1;
            }
            if count < frequency {
                count += 1;
                first.get_or_insert(index);
                continue;
            }
            let marked = if plan.rules.marks_ends {
                [Some(index), Some(newest)]
            } else {
                [first, None]
            };
            for index in marked.into_iter().flatten() {
                self.slab[index as usize].mark = level;
            }
            return Ending::Success;
        }
        Ending::Failure
    }

    /// Remembers the event of a rule that passed all steps.
    pub(super) fn insert(&mut self, engine: &Engine, event: &Event, id: RuleId) {
        let rule = engine.ruleset.rules.get(id);
        let limits = engine.correlation.limits;
        let index = self.store(engine, event, id);
        if rule.counted_by_sid {
            let queue = self.by_sid.entry(id).or_default();
            queue.push_back(index);
            self.slab[index as usize].holders += 1;
            if limits.by_sid.is_some_and(|limit| queue.len() > limit)
                && let Some(oldest) = queue.pop_front()
            {
                self.release(oldest);
            }
        } else {
            for mark in &rule.group_marks {
                for _ in 0..mark.times {
                    self.by_group[mark.memory.0 as usize].push_back(index);
                    self.slab[index as usize].holders += 1;
                }
            }
        }
        self.events.push_back(index);
        self.slab[index as usize].holders += 1;
    }

    /// Lets the oldest events go when the event memory holds too many.
    ///
    /// `rules` gives the rule of a remembered event.
    pub(super) fn purge<'r>(
        &mut self,
        now: i64,
        limits: Limits,
        rules: impl Fn(RuleId) -> &'r Rule,
    ) {
        if self.events.len() <= limits.events {
            return;
        }
        let mut removed = 0;
        while let Some(&oldest) = self.events.front() {
            let age = now.saturating_sub(self.slab[oldest as usize].time);
            if removed >= PURGE && age <= limits.purge_age {
                break;
            }
            removed += 1;
            self.events.pop_front();
            let id = self.slab[oldest as usize].rule;
            let rule = rules(id);
            if rule.counted_by_sid {
                if let Some(queue) = self.by_sid.get_mut(&id)
                    && let Some(at) = queue.iter().position(|&index| index == oldest)
                {
                    queue.remove(at);
                    self.release(oldest);
                }
            } else {
                // For each mark a group memory loses its oldest entry, whichever that is.
                for mark in &rule.group_marks {
                    for _ in 0..mark.times {
                        let Some(first) = self.by_group[mark.memory.0 as usize].pop_front() else {
                            break;
                        };
                        self.release(first);
                    }
                }
            }
            self.release(oldest);
        }
    }

    fn store(&mut self, engine: &Engine, event: &Event, rule: RuleId) -> u32 {
        let kept = engine.correlation.kept.iter();
        let values = kept.map(|kept| kept.value(engine, event).map(ToOwned::to_owned));
        let remembered = Remembered {
            time: event.moment.seconds,
            mark: event.mark,
            rule,
            category: event.category,
            full_log: event.get(event.full_log).to_owned(),
            log: event.log().to_owned(),
            agent: event.agent.map(|id| event.get(id).to_owned()),
            has_dynamic: event.has_dynamic(),
            values: values.collect(),
            holders: 0,
        };
        match self.free.pop() {
            Some(index) => {
                self.slab[index as usize] = remembered;
                index
            }
            None => {
                self.slab.push(remembered);
                self.slab.len() as u32 - 1
            }
        }
    }

    fn release(&mut self, index: u32) {
        let entry = &mut self.slab[index as usize];
        entry.holders -= 1;
        if entry.holders == 0 {
            *entry = Remembered::default();
            self.free.push(index);
        }
    }
}

/// Which earlier events a search counts: the filters of the rule and the values of the event.
struct Wanted<'e> {
    composite: &'e Composite,
    agent: Option<&'e BStr>,
    has_dynamic: bool,
    same: Values<'e>,
    different: Values<'e>,
    /// In searches of all events: of which category, and what their logs are like.
    class: Option<(Category, Option<&'e Pattern>)>,
}

/// Values of the event, each with the position of the kept one to compare.
type Values<'e> = SmallVec<[(usize, Option<&'e BStr>); 4]>;

impl<'e> Wanted<'e> {
    fn new(engine: &'e Engine, event: &'e Event, id: RuleId, rule: &'e Rule) -> Self {
        let plan = &engine.correlation;
        let composite = &plan.composites[plan.composite(id).expect("it searches")];
        let filters = &composite.filters;
        let values = |positions: &[usize]| -> Values<'e> {
            positions
                .iter()
                .map(|&position| (position, plan.kept[position].value(engine, event)))
                .collect()
        };
        Wanted {
            composite,
            agent: event.agent.map(|id| event.get(id)),
            has_dynamic: event.has_dynamic(),
            same: values(&filters.same),
            different: values(&filters.different),
            class: (rule.search == Some(Search::Events))
                .then_some((event.category, rule.correlation.regex.as_ref())),
        }
    }

    fn fits(&self, plan: &Plan, earlier: &Remembered) -> bool {
        if self.composite.per_agent && self.agent != earlier.agent.as_ref().map(|id| id.as_ref()) {
            return false;
        }
        let in_class = self.class.is_none_or(|(category, regex)| {
            earlier.category == category && regex.is_none_or(|regex| regex.is_match(&earlier.log))
        });
        if !in_class {
            return false;
        }
        let filters = &self.composite.filters;
        let then = |position: usize| {
            earlier.values[position]
                .as_ref()
                .map(|value| value.as_ref())
        };
        let same =
            |&(position, now): &(usize, Option<&BStr>)| now.is_some() && now == then(position);
        let different =
            |&(position, now): &(usize, Option<&BStr>)| plan.differ(now, then(position));
        !filters.never
            && self.same.iter().all(same)
            && self.different.iter().all(different)
            && (!filters.needs_dynamic || self.has_dynamic || earlier.has_dynamic)
    }
}
