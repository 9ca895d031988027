//! What the daemon does and the test tool does not (`spec/correlation.md` §7, §8, §11, §12).
//!
//! Between decoding and the rules the daemon drops repeated lines and incomplete firewall events,
//! gives firewall actions their names, and counts events for the statistics. One shard is modelled,
//! and events are taken in the order of their arrival: the original's threads promise less, and
//! nothing that they do can be relied upon.
//!
//! | step | 4.3 | 3.7 | 2.8.3 |
//! |---|---|---|---|
//! | accumulator | behind the two steps below | before them | there is none |
//! | complete firewall event | action, srcip, dstip, protocol | and srcport, dstport | as 3.7 |
//! | action that contains `drop` | `DROP` | `UNKNOWN` | `UNKNOWN` |
//!
//! Of Wazuh's daemon only the handling of silent rules is known (`spec/wazuh.md` §10.6); its recorded
//! results show none of these steps.
//!
//! In a session of the test tool none of this exists; the price for it is one comparison an event.

pub(crate) mod firewall;
mod repeated;
mod statistics;
#[cfg(test)]
mod tests;

pub use statistics::ExcessAlert;

use super::event::Event;
use super::prepare::Rejection;
use super::snapshot::{Damaged, Reader, Writer};
use crate::config::Options;
use crate::ruleset::category::Category;
use firewall::FirewallRules;
use repeated::RepeatedLines;
use statistics::Statistics;

/// What differs between the daemons of the dialects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DaemonRules {
    /// Values are accumulated before the firewall step and the test for repeated lines.
    pub(crate) accumulates_first: bool,
    /// Repeated lines and incomplete firewall events are dropped.
    pub(crate) filters: bool,
    /// Events are counted for the statistics, and the counters of the rules begin anew every hour.
    pub(crate) counts: bool,
    /// While a rule is silent its events belong to the rule above it.
    pub(crate) silence_falls_to_parent: bool,
    /// The firewall step.
    pub(crate) firewall: &'static FirewallRules,
}

/// What only the daemon remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct DaemonState {
    repeated: RepeatedLines,
    pub(crate) statistics: Statistics,
    /// The alert of the statistics about this event.
    pub(crate) excess: Option<ExcessAlert>,
}

impl DaemonState {
    /// The firewall step and the test for repeated lines. An event is of one category, so no event
    /// meets both.
    pub(crate) fn filter(
        &mut self,
        rules: &DaemonRules,
        options: &Options,
        event: &mut Event,
    ) -> Result<(), Rejection> {
        match event.category {
            Category::Firewall if options.log_fw => {
                if firewall::complete(rules.firewall, event) {
                    Ok(())
                } else {
                    Err(Rejection::IncompleteFirewallEvent)
                }
            }
            Category::Syslog => {
                if self.repeated.accepts(event.get(event.full_log)) {
                    Ok(())
                } else {
                    Err(Rejection::RepeatedLine)
                }
            }
            _ => Ok(()),
        }
    }

    /// Counts the event. True if another hour has begun.
    pub(crate) fn count(&mut self, event: &Event, options: &Options) -> bool {
        let new_hour = self.statistics.turn(event.moment);
        self.excess = self.statistics.count(options);
        new_hour
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let DaemonState {
            repeated,
            statistics,
            excess: _,
        } = self;
        repeated.save(to);
        statistics.save(to);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(DaemonState {
            repeated: RepeatedLines::load(from)?,
            statistics: Statistics::load(from)?,
            excess: None,
        })
    }
}
