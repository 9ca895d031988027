//! Verdicts as text: one file a format.
//!
//! * [`AlertWriter`][]: `alerts.log`, and what `custom_alert_output` makes of it.
//! * [`AlertsJson`][]: `alerts.json`.
//! * [`ArchivesLog`], [`ArchivesJson`]: every event, whatever its rule.
//! * [`FirewallLog`][]: events of firewalls.
//!
//! All write to any [`std::io::Write`]. The daemon's formats assemble a record in a buffer of their
//! own, which keeps its capacity, and hand it over in one piece.

mod alerts_json;
mod alerts_log;
mod archives;
mod custom_alert;
mod firewall;
mod json_object;
mod json_parts;
mod origin;
#[cfg(test)]
mod tests;

pub use alerts_json::AlertsJson;
pub use alerts_log::{AlertNumbers, AlertWriter};
pub use archives::{ArchivesJson, ArchivesLog};
pub use custom_alert::CustomAlert;
pub use firewall::FirewallLog;
pub use origin::log_file;
