//! What differs between the dialects while events are evaluated.

use super::daemon::{DaemonRules, firewall};
use super::dynamic::DynamicFields;
use super::plugins::PluginRules;
use crate::dialect::{Dialect, Family};

/// Differences of the evaluation (`spec/decoders.md` §11, `spec/correlation.md` §13).
#[derive(Clone, Copy, Debug)]
pub(crate) struct EvaluationRules {
    /// A regex that matches makes its decoder the one that the event carries.
    pub(crate) regex_moves_decoder: bool,
    /// The decoder that is reported is the top-level one, whatever happened below.
    pub(crate) reports_top_decoder: bool,
    /// Earlier lines of a correlation are kept in the rule that searched, not handed to the event.
    pub(crate) lines_stay_in_rule: bool,
    /// `$(name)` in a description stands for a value of the event.
    pub(crate) description_variables: bool,
    /// How dynamic fields are kept.
    pub(crate) dynamic_fields: DynamicFields,
    /// Differences of the plugin decoders.
    pub(crate) plugins: PluginRules,
    /// Differences of the daemon; the test tool never asks.
    pub(crate) daemon: DaemonRules,
}

impl Dialect {
    pub(crate) fn evaluation(self) -> EvaluationRules {
        EvaluationRules {
            regex_moves_decoder: matches!(self, Dialect::Ossec37 | Dialect::Ossec43),
            reports_top_decoder: matches!(self, Dialect::Ossec283 | Dialect::Ossec37),
            lines_stay_in_rule: matches!(self, Dialect::Ossec283 | Dialect::Ossec37),
            description_variables: self.family() == Family::Wazuh,
            dynamic_fields: match self.family() {
                Family::Ossec => DynamicFields::ByPosition,
                Family::Wazuh => DynamicFields::Appended,
            },
            plugins: self.plugins(),
            daemon: self.daemon(),
        }
    }

    fn daemon(self) -> DaemonRules {
        match self {
            Dialect::Ossec43 => DaemonRules {
                accumulates_first: false,
                firewall: &firewall::NEW,
            },
            // OSSEC 2.8.3 accumulates nothing, whatever the order.
            Dialect::Ossec283 | Dialect::Ossec37 | Dialect::Wazuh414 => DaemonRules {
                accumulates_first: true,
                firewall: &firewall::OLD,
            },
        }
    }
}
