//! What composite rules compare, worked out when the engine is built (`spec/correlation.md` §3,
//! `spec/wazuh.md` §11.3).
//!
//! Only events that some composite rule can count go into a memory, and of these only those texts
//! and values are kept that it can ask for; a rule knows the values by their position.

use std::collections::{BTreeSet, HashMap};

use bstr::{BStr, BString};

use crate::config::Options;
use crate::dialect::{Dialect, Family};
use crate::engine::event::Event;
use crate::engine::{Engine, dynamic};
use crate::ruleset::field::Field;
use crate::ruleset::rule::{Compared, GroupMemoryId, Rule, RuleId, Search, Switches};

/// What differs between the searches of the engines (`spec/wazuh.md` §11.2, §11.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct CorrelationRules {
    /// Events that do not fit are passed over before their marks are looked at.
    pub(crate) filters_before_mark: bool,
    /// A successful search marks the newest event of the memory and the last counted one; otherwise
    /// the newest counted one.
    pub(crate) marks_ends: bool,
    /// The line of the last event of a search by group is kept, too.
    pub(crate) group_keeps_last_line: bool,
    /// Only events of the same agent count, unless the rule says otherwise.
    pub(crate) per_agent: bool,
    /// The first event counts for the limit of the event memory.
    first_event_counts: bool,
    /// A `different_` element holds for an event that lacks the value.
    missing_is_different: bool,
    /// How `same_` and `different_` elements are understood.
    family: Family,
}

impl Dialect {
    pub(crate) fn correlation(self) -> CorrelationRules {
        let wazuh = self.family() == Family::Wazuh;
        CorrelationRules {
            filters_before_mark: wazuh,
            marks_ends: !wazuh,
            group_keeps_last_line: wazuh,
            per_agent: wazuh,
            first_event_counts: matches!(self, Dialect::Ossec43 | Dialect::Wazuh414),
            missing_is_different: wazuh,
            family: self.family(),
        }
    }
}

/// At most so many earlier lines go with an alert.
pub(crate) const LINES_LIMIT: u64 = 11;

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

/// A value of an event that is kept for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Field(Field),
    Hostname,
    Location,
    /// The first dynamic field of this name.
    Dynamic(BString),
}

impl Kept {
    /// What a switch compares; `None`: a value that is never there.
    fn of(compared: Compared, family: Family) -> Option<Kept> {
        match (compared, family) {
            (Compared::Location, Family::Ossec) => Some(Kept::Hostname),
            (Compared::Location, Family::Wazuh) => Some(Kept::Location),
            _ => compared.field().map(Kept::Field),
        }
    }

    /// The value of an event.
    pub(crate) fn value<'e>(&self, engine: &'e Engine, event: &'e Event) -> Option<&'e BStr> {
        match self {
            Kept::Field(field) => event.field(*field),
            Kept::Hostname => Some(event.get(event.hostname)),
            Kept::Location => Some(event.get(event.location)),
            Kept::Dynamic(name) => dynamic::find(engine, event, name),
        }
    }
}

/// Which earlier events a composite rule counts. Values are positions among those that are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    /// Present in both events, and equal.
    pub(crate) same: Vec<usize>,
    /// Not equal.
    pub(crate) different: Vec<usize>,
    /// An event counts only if one of the two has a dynamic field.
    pub(crate) needs_dynamic: bool,
    /// No event counts.
    pub(crate) never: bool,
}

impl Filters {
    /// True if an event counts whenever what is to be the same is the same.
    pub(crate) fn only_same(&self) -> bool {
        self.different.is_empty() && !self.needs_dynamic
    }
}

/// Index of a memory that some composite rule searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryId(u32);

impl MemoryId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryPlan {
    /// So many events are in it at most; `None`: no limit of its own.
    pub(crate) limit: Option<usize>,
    /// The composite rules that search it, by their position among all composite rules.
    pub(crate) composites: Vec<usize>,
}

/// A rule that searches a memory.
#[derive(Clone, Debug)]
pub(crate) struct Composite {
    pub(crate) rule: RuleId,
    pub(crate) memory: MemoryId,
    pub(crate) level: u32,
    /// So many earlier events are counted before one more fires the rule.
    pub(crate) frequency: u32,
    /// Seconds.
    pub(crate) timeframe: u32,
    /// Only events of the same agent count.
    pub(crate) per_agent: bool,
    /// Only events of the same category count, and only those whose log fits the pattern that the
    /// rule may have: it searches all events.
    pub(crate) all_events: bool,
    /// At most so many lines are noted.
    pub(crate) lines: u64,
    pub(crate) filters: Filters,
}

/// What is kept of the events of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeps {
    pub(crate) full_log: bool,
    pub(crate) log: bool,
    pub(crate) agent: bool,
    /// Positions of [`Plan::kept`], in rising order.
    pub(crate) values: Vec<usize>,
}

/// The part of a rule.
#[derive(Clone, Debug, Default)]
struct RulePlan {
    /// Position among all composite rules.
    composite: Option<usize>,
    /// The memories that its events go into, and how often they count there.
    memories: Vec<(MemoryId, u32)>,
    keeps: Keeps,
}

/// Everything about correlation that is fixed for an engine.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rules: CorrelationRules,
    pub(crate) limits: Limits,
    /// What can be kept of a remembered event.
    pub(crate) kept: Vec<Kept>,
    pub(crate) composites: Vec<Composite>,
    pub(crate) memories: Vec<MemoryPlan>,
    by_rule: Vec<RulePlan>,
}

impl Plan {
    pub(crate) fn new(dialect: Dialect, options: &Options, rules: &[Rule]) -> Self {
        let correlation = dialect.correlation();
        let events = usize::try_from(options.memory_size).unwrap_or(usize::MAX);
        let frequencies = rules.iter().map(|rule| rule.correlation.frequency);
        let mut plan = Plan {
            rules: correlation,
            limits: Limits {
                events: events.saturating_add(usize::from(!correlation.first_event_counts)),
                by_sid: options.sid_prev_matched_max,
                purge_age: i64::from(frequencies.max().unwrap_or(0)),
            },
            kept: Vec::new(),
            composites: Vec::new(),
            memories: Vec::new(),
            by_rule: vec![RulePlan::default(); rules.len()],
        };
        let places = plan.add_composites(rules);
        for (rule, part) in rules.iter().enumerate() {
            let memories = places.of(RuleId(rule as u32), part);
            plan.by_rule[rule].keeps = plan.keeps_of(&memories, rules);
            plan.by_rule[rule].memories = memories;
        }
        plan
    }

    /// The composite rule behind a rule that searches.
    pub(crate) fn composite(&self, rule: RuleId) -> Option<usize> {
        self.by_rule[rule.index()].composite
    }

    /// The memories that the events of a rule go into.
    pub(crate) fn memories(&self, rule: RuleId) -> &[(MemoryId, u32)] {
        &self.by_rule[rule.index()].memories
    }

    /// What is kept of the events of a rule.
    pub(crate) fn keeps(&self, rule: RuleId) -> &Keeps {
        &self.by_rule[rule.index()].keeps
    }

    fn add_composites(&mut self, rules: &[Rule]) -> Places {
        let mut places = Places::default();
        for (id, rule) in (0..).map(RuleId).zip(rules) {
            if !rule.correlation.counts || rule.conditions.check_diff {
                continue;
            }
            let mut add = |limit| {
                self.memories.push(MemoryPlan {
                    limit,
                    composites: Vec::new(),
                });
                MemoryId(self.memories.len() as u32 - 1)
            };
            let by_sid = self.limits.by_sid;
            let (memory, keeps_last_line) = match &rule.search {
                Some(Search::Sid(_, Some(target))) => {
                    let memory = places.by_sid.entry(*target).or_insert_with(|| add(by_sid));
                    (*memory, true)
                }
                Some(Search::Group(group)) => {
                    let memory = places.by_group.entry(*group).or_insert_with(|| add(None));
                    (*memory, self.rules.group_keeps_last_line)
                }
                Some(Search::Events) => (*places.all.get_or_insert_with(|| add(None)), false),
                // The search never succeeds.
                Some(Search::Sid(_, None)) | None => continue,
            };
            let filters = self.filters_of(rule);
            let frequency = rule.correlation.frequency;
            let global = rule
                .correlation
                .switches
                .contains(Switches::GLOBAL_FREQUENCY);
            let composite = self.composites.len();
            self.memories[memory.index()].composites.push(composite);
            self.by_rule[id.index()].composite = Some(composite);
            self.composites.push(Composite {
                rule: id,
                memory,
                level: rule.level,
                frequency,
                timeframe: rule.correlation.timeframe,
                per_agent: self.rules.per_agent && !global,
                all_events: rule.search == Some(Search::Events),
                lines: LINES_LIMIT.min(u64::from(frequency) + u64::from(keeps_last_line)),
                filters,
            });
        }
        places
    }

    fn keeps_of(&self, memories: &[(MemoryId, u32)], rules: &[Rule]) -> Keeps {
        let mut keeps = Keeps {
            full_log: !memories.is_empty(),
            ..Keeps::default()
        };
        let mut values = BTreeSet::new();
        for (memory, _) in memories {
            for &composite in &self.memories[memory.index()].composites {
                let composite = &self.composites[composite];
                let filters = &composite.filters;
                keeps.agent |= composite.per_agent;
                keeps.log |= composite.all_events
                    && rules[composite.rule.index()].correlation.regex.is_some();
                values.extend(filters.same.iter().chain(&filters.different));
            }
        }
        keeps.values = values.into_iter().collect();
        keeps
    }

    fn filters_of(&mut self, rule: &Rule) -> Filters {
        let Some(search) = &rule.search else {
            return Filters::default();
        };
        let all_events = *search == Search::Events;
        let switches = rule.correlation.switches;
        let mut filters = Filters::default();
        for compared in Compared::ALL {
            if switches.contains(Switches::same(compared)) && self.tests_same(compared, all_events)
            {
                match Kept::of(compared, self.rules.family) {
                    Some(kept) => filters.same.push(self.keep(kept)),
                    None => filters.never = true,
                }
            }
            if switches.contains(Switches::different(compared)) && self.tests_different(compared) {
                match Kept::of(compared, self.rules.family) {
                    Some(kept) => filters.different.push(self.keep(kept)),
                    None => filters.never |= !self.rules.missing_is_different,
                }
            }
        }
        for name in &rule.correlation.same_fields {
            filters.same.push(self.keep(Kept::Dynamic(name.clone())));
        }
        for name in &rule.correlation.different_fields {
            filters.needs_dynamic = true;
            filters
                .different
                .push(self.keep(Kept::Dynamic(name.clone())));
        }
        filters
    }

    /// OSSEC tests only some of the `same_` elements in searches of all events.
    fn tests_same(&self, compared: Compared, all_events: bool) -> bool {
        let tested_always = matches!(compared, Compared::Id | Compared::SrcIp | Compared::DstUser);
        self.rules.family == Family::Wazuh || !all_events || tested_always
    }

    /// OSSEC accepts `different_srcip` and never tests it.
    fn tests_different(&self, compared: Compared) -> bool {
        self.rules.family == Family::Wazuh || compared != Compared::SrcIp
    }

    fn keep(&mut self, kept: Kept) -> usize {
        let known = self.kept.iter().position(|other| *other == kept);
        known.unwrap_or_else(|| {
            self.kept.push(kept);
            self.kept.len() - 1
        })
    }

    /// True if the two values satisfy a `different_` element.
    pub(crate) fn differ(&self, now: Option<&BStr>, then: Option<&BStr>) -> bool {
        match (now, then) {
            (Some(now), Some(then)) => now != then,
            _ => self.rules.missing_is_different,
        }
    }
}

/// Which memories are searched at all.
#[derive(Debug, Default)]
struct Places {
    by_sid: HashMap<RuleId, MemoryId>,
    by_group: HashMap<GroupMemoryId, MemoryId>,
    all: Option<MemoryId>,
}

impl Places {
    /// The memories that the events of a rule go into, with the times that they count there. Events
    /// that have a memory by rule go into none by group (`spec/correlation.md` §1).
    fn of(&self, id: RuleId, rule: &Rule) -> Vec<(MemoryId, u32)> {
        let mut memories = Vec::new();
        if rule.counted_by_sid {
            memories.extend(self.by_sid.get(&id).map(|&memory| (memory, 1)));
        } else {
            // No frequency is as large as the largest number of times that is told apart.
            memories.extend(rule.group_marks.iter().filter_map(|mark| {
                let times = u32::try_from(mark.times).unwrap_or(u32::MAX);
                Some((*self.by_group.get(&mark.memory)?, times))
            }));
        }
        memories.extend(self.all.map(|memory| (memory, 1)));
        memories
    }
}
