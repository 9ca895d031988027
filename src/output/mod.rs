//! Verdicts as text: one file a format.
//!
//! What people see:
//!
//! * [`TestTool`]: the three phases, byte for byte as the original's test tool prints them.
//! * [`JsonLines`]: one object a line, for programs.
//!
//! What the original's daemon writes, byte for byte (and the test tool with `-a`):
//!
//! * [`AlertWriter`]: the text of `alerts.log`, and what `custom_alert_output` makes of it.
//! * [`AlertsJson`]: the objects of `alerts.json`.
//! * [`ArchivesLog`] and [`ArchivesJson`]: every event, whatever its rule.
//! * [`FirewallLog`]: events of firewalls.
//!
//! All write to any [`std::io::Write`] and remember nothing of earlier events but the number of the
//! next alert. The daemon's formats are those of the OSSEC dialects.

mod alerts_json;
mod alerts_log;
mod archives;
mod custom_alert;
mod firewall;
mod json_lines;
mod json_object;
mod json_parts;
mod origin;
mod palette;
mod rule_trace;
mod test_tool;
#[cfg(test)]
mod tests;

pub use alerts_json::AlertsJson;
pub use alerts_log::{AlertNumbers, AlertWriter};
pub use archives::{ArchivesJson, ArchivesLog};
pub use custom_alert::CustomAlert;
pub use firewall::FirewallLog;
pub use json_lines::JsonLines;
pub use origin::log_file;
pub use palette::Palette;
pub use rule_trace::RuleTrace;
pub use test_tool::TestTool;
