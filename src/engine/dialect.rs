//! What differs between the dialects while events are evaluated.

use super::daemon::{DaemonRules, firewall};
use super::decode::ExtractionRules;
use super::dynamic::DynamicFields;
use super::plugins::PluginRules;
use crate::dialect::{Dialect, Family};

/// Differences of the evaluation (`spec/decoders.md` §11, `spec/correlation.md` §13).
#[derive(Clone, Copy, Debug)]
pub(crate) struct EvaluationRules {
    /// Messages of the Windows event channel are decoded.
    pub(crate) decodes_event_channel: bool,
    /// Differences of decoding.
    pub(crate) extraction: ExtractionRules,
    /// The decoder that is reported is the top-level one, whatever happened below.
    pub(crate) reports_top_decoder: bool,
    /// Earlier lines of a correlation are kept in the rule that searched, not handed to the event.
    pub(crate) lines_stay_in_rule: bool,
    /// `ignore` and `check_if_ignored` elements have an effect.
    pub(crate) keeps_ignore_lines: bool,
    /// The test tool says that an alert is due by the level alone, whatever the options of the rule.
    pub(crate) test_tool_alerts_by_level: bool,
    /// `$(name)` in a description stands for a value of the event.
    pub(crate) description_variables: bool,
    /// Differences of the plugin decoders.
    pub(crate) plugins: PluginRules,
    /// Differences of the daemon; the test tool never asks.
    pub(crate) daemon: DaemonRules,
}

impl Dialect {
    pub(crate) fn evaluation(self) -> EvaluationRules {
        let wazuh = self.family() == Family::Wazuh;
        EvaluationRules {
            decodes_event_channel: wazuh,
            extraction: ExtractionRules {
                regex_moves_decoder: matches!(self, Dialect::Ossec37 | Dialect::Ossec43),
                plugin_ends: !wazuh,
                failure_forgets_rest: !wazuh,
                dynamic_fields: if wazuh {
                    DynamicFields::Appended
                } else {
                    DynamicFields::ByPosition
                },
            },
            reports_top_decoder: matches!(self, Dialect::Ossec283 | Dialect::Ossec37),
            lines_stay_in_rule: matches!(self, Dialect::Ossec283 | Dialect::Ossec37),
            keeps_ignore_lines: !wazuh,
            test_tool_alerts_by_level: wazuh,
            description_variables: wazuh,
            plugins: self.plugins(),
            daemon: self.daemon(),
        }
    }

    fn daemon(self) -> DaemonRules {
        let wazuh = self == Dialect::Wazuh414;
        DaemonRules {
            // OSSEC 2.8.3 accumulates nothing, whatever the order.
            accumulates_first: self != Dialect::Ossec43,
            filters: !wazuh,
            counts: !wazuh,
            silence_falls_to_parent: wazuh,
            firewall: match self {
                Dialect::Ossec43 => &firewall::NEW,
                _ => &firewall::OLD,
            },
        }
    }
}
