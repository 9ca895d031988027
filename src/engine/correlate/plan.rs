//! What composite rules compare, worked out when the engine is built (`spec/correlation.md` §3,
//! `spec/wazuh.md` §11.3).
//!
//! Of a remembered event only those values are kept that some composite rule compares; a rule knows
//! them by their position.

use bstr::{BStr, BString};

use crate::config::Options;
use crate::dialect::{Dialect, Family};
use crate::engine::event::Event;
use crate::engine::{Engine, dynamic};
use crate::ruleset::field::Field;
use crate::ruleset::rule::{Compared, Rule, RuleId, Search, Switches};

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
        Some(Kept::Field(match compared {
            Compared::Location => {
                return Some(match family {
                    Family::Ossec => Kept::Hostname,
                    Family::Wazuh => Kept::Location,
                });
            }
            Compared::SrcGeoip | Compared::DstGeoip => return None,
            Compared::Id => Field::Id,
            Compared::SrcIp => Field::SrcIp,
            Compared::DstIp => Field::DstIp,
            Compared::SrcPort => Field::SrcPort,
            Compared::DstPort => Field::DstPort,
            Compared::SrcUser => Field::SrcUser,
            Compared::DstUser => Field::DstUser,
            Compared::Protocol => Field::Protocol,
            Compared::Action => Field::Action,
            Compared::Url => Field::Url,
            Compared::Data => Field::Data,
            Compared::ExtraData => Field::ExtraData,
            Compared::Status => Field::Status,
            Compared::SystemName => Field::SystemName,
        }))
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
    /// Events of other agents count.
    pub(crate) any_agent: bool,
}

impl Filters {
    /// True if every event counts that is in the memory.
    pub(crate) fn is_empty(&self) -> bool {
        self.same.is_empty() && self.different.is_empty() && !self.needs_dynamic && !self.never
    }
}

/// Everything about correlation that is fixed for an engine.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rules: CorrelationRules,
    pub(crate) limits: Limits,
    /// What is kept of a remembered event.
    pub(crate) kept: Vec<Kept>,
    filters: Vec<Filters>,
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
            filters: Vec::new(),
        };
        plan.filters = rules.iter().map(|rule| plan.filters_of(rule)).collect();
        plan
    }

    /// Which events a rule counts.
    pub(crate) fn filters(&self, rule: RuleId) -> &Filters {
        &self.filters[rule.index()]
    }

    fn filters_of(&mut self, rule: &Rule) -> Filters {
        let Some(search) = &rule.search else {
            return Filters::default();
        };
        let all_events = *search == Search::Events;
        let switches = rule.correlation.switches;
        let mut filters = Filters {
            any_agent: switches.contains(Switches::GLOBAL_FREQUENCY),
            ..Filters::default()
        };
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
