//! Composite rules: the memories and the search (`spec/correlation.md` §1 to §6).
//!
//! Remembered events live in one slab; the event memory, the memories by rule and the memories by
//! group are queues of indices into it. An event leaves the slab when the last queue lets go of it.

mod saved;

use std::collections::{HashMap, VecDeque};

use bstr::BString;

use super::event::Event;
use super::previous::LineStore;
use crate::config::Options;
use crate::pattern::Pattern;
use crate::ruleset::category::Category;
use crate::ruleset::field::Field;
use crate::ruleset::rule::{Compared, GroupMemoryId, Rule, RuleId, Search, Switches};

/// At most so many earlier lines go with an alert.
const LINES_LIMIT: usize = 11;
/// When the event memory is full, so many of the oldest events leave at once.
const PURGE: usize = 10;

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
    hostname: BString,
    /// By [`KEPT`].
    fields: [Option<BString>; KEPT.len()],
    /// How many queues hold it.
    holders: u32,
}

/// The fields that a switch can compare.
const KEPT: [Field; 6] = [
    Field::Id,
    Field::SrcIp,
    Field::DstUser,
    Field::SrcPort,
    Field::DstPort,
    Field::Url,
];

/// A switch, the field it compares, and whether searches of the event memory test it too.
const SAME: [(Switches, usize, bool); 5] = [
    (Switches::same(Compared::Id), 0, true),
    (Switches::same(Compared::SrcIp), 1, true),
    (Switches::same(Compared::DstUser), 2, true),
    (Switches::same(Compared::SrcPort), 3, false),
    (Switches::same(Compared::DstPort), 4, false),
];
const URL: usize = 5;

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
pub(crate) struct Memory {
    slab: Vec<Remembered>,
    free: Vec<u32>,
    /// Every event, oldest in front.
    events: Queue,
    by_sid: HashMap<RuleId, Queue>,
    by_group: Vec<Queue>,
    /// What the searches for the current event noted last.
    noted: Lines,
}

/// The limits of a load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// So many events may be in the event memory.
    pub(crate) events: usize,
    /// So many events of one rule are kept; `None`: no limit.
    pub(crate) by_sid: Option<usize>,
    /// Events that are older than this, in seconds, leave a full memory too. The original uses the
    /// largest frequency of all rules here.
    pub(crate) purge_age: i64,
}

impl Limits {
    /// `first_counts`: whether the first event counts for the limit (only in OSSEC 4.3).
    pub(crate) fn new<'a>(
        options: &Options,
        first_counts: bool,
        rules: impl Iterator<Item = &'a Rule>,
    ) -> Self {
        let events = usize::try_from(options.memory_size).unwrap_or(usize::MAX);
        let frequency = rules
            .map(|rule| rule.correlation.frequency)
            .max()
            .unwrap_or(0);
        Limits {
            events: events.saturating_add(usize::from(!first_counts)),
            by_sid: options.sid_prev_matched_max,
            purge_age: i64::from(frequency),
        }
    }
}

impl Memory {
    pub(crate) fn new(groups: usize) -> Self {
        Memory {
            by_group: vec![Queue::new(); groups],
            ..Memory::default()
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
        event: &mut Event,
        rule: &Rule,
        store: Option<&mut LineStore>,
    ) -> bool {
        let mut lines = Lines::default();
        let ending = self.scan(event, rule, &mut lines);
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
    fn scan(&mut self, event: &mut Event, rule: &Rule, lines: &mut Lines) -> Ending {
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
        let by_sid = matches!(rule.search, Some(Search::Sid(..)));
        let all_events = matches!(rule.search, Some(Search::Events));
        let frequency = rule.correlation.frequency as usize;
        let mut count = 0;
        for &index in queue.iter().rev() {
            let earlier = &self.slab[index as usize];
            if event.moment.seconds.saturating_sub(earlier.time)
                > i64::from(rule.correlation.timeframe)
            {
                return Ending::TooOld;
            }
            if earlier.mark >= level {
                return Ending::Failure;
            }
            if all_events && !in_class(event, earlier, rule.correlation.regex.as_ref()) {
                continue;
            }
            if !switches_hold(rule.correlation.switches, event, earlier, all_events) {
                continue;
            }
            // Searches by id keep the line of the last event too, the others only those before.
            if count < LINES_LIMIT && (by_sid || count < frequency) {
                lines.indices[count] = index;
                lines.count = count + 1;
            }
            if count < frequency {
                count += 1;
                continue;
            }
            event.mark = level;
            self.slab[index as usize].mark = level;
            self.slab[newest as usize].mark = level;
            return Ending::Success;
        }
        Ending::Failure
    }

    /// Remembers the event of a rule that passed all steps.
    pub(crate) fn insert(&mut self, event: &Event, id: RuleId, rule: &Rule, limits: Limits) {
        let index = self.store(event, id);
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
            for group in &rule.group_marks {
                self.by_group[group.0 as usize].push_back(index);
                self.slab[index as usize].holders += 1;
            }
        }
        self.events.push_back(index);
        self.slab[index as usize].holders += 1;
    }

    /// Lets the oldest events go when the event memory holds too many.
    ///
    /// `rules` gives the rule of a remembered event.
    pub(crate) fn purge<'r>(
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
                // Each of its group memories loses its oldest entry, whichever that is.
                for group in &rule.group_marks {
                    if let Some(first) = self.by_group[group.0 as usize].pop_front() {
                        self.release(first);
                    }
                }
            }
            self.release(oldest);
        }
    }

    fn store(&mut self, event: &Event, rule: RuleId) -> u32 {
        let remembered = Remembered {
            time: event.moment.seconds,
            mark: event.mark,
            rule,
            category: event.category,
            full_log: event.get(event.full_log).to_owned(),
            log: event.log().to_owned(),
            hostname: event.get(event.hostname).to_owned(),
            fields: KEPT.map(|field| event.field(field).map(ToOwned::to_owned)),
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

/// Whether a search of the event memory looks at this event at all.
fn in_class(event: &Event, earlier: &Remembered, regex: Option<&Pattern>) -> bool {
    earlier.category == event.category && regex.is_none_or(|regex| regex.is_match(&earlier.log))
}

fn switches_hold(
    switches: Switches,
    event: &Event,
    earlier: &Remembered,
    all_events: bool,
) -> bool {
    if switches.is_empty() {
        return true;
    }
    for (switch, kept, tested_always) in SAME {
        if !switches.contains(switch) || (all_events && !tested_always) {
            continue;
        }
        match (event.field(KEPT[kept]), &earlier.fields[kept]) {
            (Some(now), Some(then)) if now == *then => {}
            _ => return false,
        }
    }
    if switches.contains(Switches::same(Compared::Location))
        && !all_events
        && event.get(event.hostname) != earlier.hostname
    {
        return false;
    }
    if switches.contains(Switches::different(Compared::Url)) {
        match (event.field(KEPT[URL]), &earlier.fields[URL]) {
            (Some(now), Some(then)) if now != *then => {}
            _ => return false,
        }
    }
    // Without GeoIP there is never a geographic text to compare.
    !switches.contains(Switches::different(Compared::SrcGeoip))
}
