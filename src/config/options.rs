//! The settings that change verdicts or output.

use bstr::BString;

use crate::dialect::Dialect;

/// Settings from `ossec.conf` and `internal_options.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Events kept for correlation; never less than 2048.
    pub memory_size: u64,
    /// Level of the alert about excessive events; 0 = off.
    pub stats: u8,
    /// Level of syscheck alerts.
    pub integrity_checking: u8,
    /// Level of rootcheck alerts.
    pub rootkit_detection: u8,
    /// Level of host information alerts.
    pub host_information: u8,
    /// An event whose rule has a lower level is matched, not logged.
    pub log_alert_level: u8,
    /// Mail from this level on.
    pub email_alert_level: u8,
    /// Mail at all.
    pub email_notification: bool,
    /// All events into the archive.
    pub logall: bool,
    /// All events into the JSON archive.
    pub logall_json: bool,
    /// JSON alerts.
    pub jsonout_output: bool,
    /// Text alerts.
    pub alerts_log: bool,
    /// Format of alerts, if not the usual one.
    pub custom_alert_output: Option<BString>,
    /// Syscheck: ignore files that change too often.
    pub syscheck_auto_ignore: bool,
    /// Syscheck: alert about new files.
    pub syscheck_alert_new_files: bool,
    /// Names in one `<order>`, and dynamic fields of an event.
    pub decoder_order_size: usize,
    /// Time frame of rules without the attribute, in seconds.
    pub default_timeframe: u32,
    /// Events remembered for each counted rule; none: no limit of its own.
    pub sid_prev_matched_max: Option<usize>,
    /// First-time-seen lines of ids decoders that are remembered.
    pub fts_list_size: usize,
    /// Shortest first-time-seen line that is compared loosely, in bytes.
    pub fts_min_size_for_str: usize,
    /// Firewall log; incomplete firewall events are dropped.
    pub log_fw: bool,
    /// Hourly statistics: largest difference.
    pub stats_maxdiff: u32,
    /// Hourly statistics: smallest difference.
    pub stats_mindiff: u32,
    /// Hourly statistics: difference in percent.
    pub stats_percent_diff: u32,
}

impl Options {
    /// The values of the engine with an empty `ossec.conf` and its shipped `internal_options.conf`.
    pub fn shipped(dialect: Dialect) -> Self {
        let classic = dialect == Dialect::Ossec283;
        let wazuh = dialect == Dialect::Wazuh414;
        Options {
            memory_size: 8192,
            stats: 4,
            integrity_checking: 8,
            rootkit_detection: 8,
            host_information: 8,
            log_alert_level: 1,
            email_alert_level: 7,
            email_notification: false,
            logall: false,
            logall_json: false,
            jsonout_output: wazuh,
            alerts_log: true,
            custom_alert_output: None,
            syscheck_auto_ignore: true,
            syscheck_alert_new_files: false,
            decoder_order_size: match dialect {
                Dialect::Ossec283 => 8,
                Dialect::Ossec37 => 10,
                Dialect::Ossec43 | Dialect::Wazuh414 => 256,
            },
            default_timeframe: 360,
            sid_prev_matched_max: (dialect == Dialect::Ossec43).then_some(128),
            fts_list_size: 32,
            fts_min_size_for_str: 14,
            log_fw: true,
            stats_maxdiff: if classic { 25000 } else { 999_000 },
            stats_mindiff: if classic { 250 } else { 1250 },
            stats_percent_diff: if classic { 30 } else { 150 },
        }
    }
}
