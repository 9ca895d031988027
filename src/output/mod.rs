//! Verdicts as text: one file a format.
//!
//! * [`Phases`]: the three phases, byte for byte as the dialect's test tool prints them:
//!   [`TestTool`] or [`WazuhPhases`].
//! * [`JsonLines`]: one object a line, for programs.
//! * [`AlertLine`]: one readable line an alert.
//! * [`AlertWriter`]: `alerts.log`, and what `custom_alert_output` makes of it.
//! * [`AlertsJson`] writes `alerts.json`.
//! * [`EventData`], [`WazuhOutput`]: what Wazuh's test protocol says about an event.
//! * [`ArchivesLog`], [`ArchivesJson`]: every event, whatever its rule.
//! * [`FirewallLog`]: events of firewalls.
//! * [`rule_tree`] is about rules, not events: the tree as text, JSON, Graphviz and a page.
//!
//! All write to any [`std::io::Write`]. The daemon's formats and [`AlertLine`] assemble a record in
//! a buffer of their own, which keeps its capacity, and hand it over in one piece; the others keep
//! nothing between events.

mod alert_line;
mod alerts_json;
mod alerts_log;
mod archives;
mod custom_alert;
mod decimal;
mod dialect;
mod firewall;
mod json_lines;
mod json_object;
mod json_parts;
mod mitre;
mod origin;
mod palette;
mod rule_trace;
pub mod rule_tree;
mod test_tool;
#[cfg(test)]
mod tests;
mod wazuh;
#[cfg(test)]
mod wazuh_tests;

pub use alert_line::AlertLine;
pub(crate) use alert_line::append_visible;
pub use alerts_json::AlertsJson;
pub use alerts_log::{AlertNumbers, AlertWriter};
pub use archives::{ArchivesJson, ArchivesLog};
pub use custom_alert::CustomAlert;
pub use dialect::Phases;
pub use firewall::FirewallLog;
pub use json_lines::JsonLines;
pub use origin::log_file;
pub use palette::Palette;
pub use rule_trace::RuleTrace;
pub use test_tool::TestTool;
pub use wazuh::{EventData, WazuhOutput, WazuhPhases};
pub(crate) use wazuh::{python_list, replace_invalid};
