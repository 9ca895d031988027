//! What the engines' configurations do differently, as data (`spec/xml-and-config.md` §2, §3, §5).

use bstr::BStr;

use super::options::Options;
use crate::diagnostic::Program;
use crate::dialect::Dialect;
use crate::dialect::Dialect::{Ossec37, Ossec43, Ossec283, Wazuh414};

/// What a `rule_dir` with a pattern does behind another one in the same block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecondPattern {
    /// The first pattern stays in force.
    First,
    /// It is never compiled and matches nothing.
    Nothing,
}

/// The differences.
#[derive(Clone, Copy)]
pub(super) struct ConfigRules {
    /// In front of messages about `ossec.conf`.
    pub program: Program,
    pub second_pattern: SecondPattern,
    /// Internal options that the engine looks up.
    pub internal: &'static [InternalOption],
}

/// What is done with the text of an element.
pub(super) enum Value {
    /// Digits only; none at all is 0.
    Number(fn(&mut Options, u64)),
    /// Exactly `yes` or `no`.
    YesNo(fn(&mut Options, bool)),
    Text(fn(&mut Options, &BStr)),
    /// A mail address.
    Mail,
    /// Of no influence here.
    Ignored,
}

/// An element of `<global>`, `<alerts>` or `<syscheck>`, and the engines that know it.
pub(super) struct Setting {
    pub name: &'static str,
    pub since: Dialect,
    pub until: Dialect,
    pub value: Value,
}

impl Setting {
    const fn new(name: &'static str, value: Value) -> Self {
        Setting {
            name,
            since: Ossec283,
            until: Wazuh414,
            value,
        }
    }

    const fn since(self, since: Dialect) -> Self {
        let Setting { name, until, .. } = self;
        // The value moves; written out because a struct update cannot be constant here.
        Setting {
            since,
            name,
            until,
            value: self.value,
        }
    }

    const fn until(self, until: Dialect) -> Self {
        let Setting { name, since, .. } = self;
        Setting {
            since,
            name,
            until,
            value: self.value,
        }
    }

    pub fn known(&self, dialect: Dialect) -> bool {
        (self.since..=self.until).contains(&dialect)
    }
}

const NUMBER: Value = Value::Number(|_, _| {});
const YES_NO: Value = Value::YesNo(|_, _| {});

/// `<global>` (§2.3). Elements that only some builds know are accepted.
pub(super) const GLOBAL: &[Setting] = &[
    Setting::new(
        "memory_size",
        Value::Number(|o, n| o.memory_size = n.max(2048)),
    ),
    Setting::new("stats", Value::Number(|o, n| o.stats = n as u8)),
    Setting::new(
        "integrity_checking",
        Value::Number(|o, n| o.integrity_checking = n as u8),
    ),
    Setting::new(
        "rootkit_detection",
        Value::Number(|o, n| o.rootkit_detection = n as u8),
    ),
    Setting::new(
        "host_information",
        Value::Number(|o, n| o.host_information = n as u8),
    ),
    Setting::new("logall", Value::YesNo(|o, yes| o.logall = yes)),
    Setting::new("logall_json", Value::YesNo(|o, yes| o.logall_json = yes)).since(Ossec37),
    Setting::new(
        "jsonout_output",
        Value::YesNo(|o, yes| o.jsonout_output = yes),
    )
    .since(Ossec37),
    Setting::new("alerts_log", Value::YesNo(|o, yes| o.alerts_log = yes)).since(Wazuh414),
    Setting::new(
        "custom_alert_output",
        Value::Text(|o, text| o.custom_alert_output = Some(text.to_owned())),
    ),
    Setting::new("white_list", Value::Ignored),
    Setting::new("allow_list", Value::Ignored).since(Ossec37),
    Setting::new(
        "email_notification",
        Value::YesNo(|o, yes| o.email_notification = yes),
    ),
    Setting::new("email_to", Value::Mail),
    Setting::new("email_from", Value::Ignored),
    Setting::new("email_reply_to", Value::Ignored),
    Setting::new("email_idsname", Value::Ignored),
    Setting::new("smtp_server", Value::Ignored),
    Setting::new("helo_server", Value::Ignored),
    Setting::new("email_maxperhour", NUMBER),
    Setting::new("auth_smtp", YES_NO).since(Ossec43),
    Setting::new("secure_smtp", YES_NO).since(Ossec43),
    Setting::new("smtp_tls_verify", YES_NO).since(Ossec43),
    Setting::new("smtp_user", Value::Ignored).since(Ossec43),
    Setting::new("smtp_password", Value::Ignored).since(Ossec43),
    Setting::new("smtp_port", Value::Ignored).since(Ossec43),
    Setting::new("prelude_output", YES_NO),
    Setting::new("prelude_profile", Value::Ignored),
    Setting::new("prelude_log_level", NUMBER),
    Setting::new("zeromq_output", YES_NO),
    Setting::new("zeromq_uri", Value::Ignored),
    Setting::new("zeromq_server_cert", Value::Ignored),
    Setting::new("zeromq_client_cert", Value::Ignored),
    Setting::new("picviz_output", YES_NO).until(Ossec283),
    Setting::new("picviz_socket", Value::Ignored).until(Ossec283),
    Setting::new("geoipdb", Value::Ignored).since(Ossec37),
    Setting::new("geoip_db_path", Value::Ignored),
    Setting::new("geoip6_db_path", Value::Ignored),
    Setting::new("compress_alerts", Value::Ignored),
    Setting::new("md5_whitelist", Value::Ignored),
    Setting::new("md5_allowlist", Value::Ignored),
];

/// `<alerts>` (§2.4).
pub(super) const ALERTS: &[Setting] = &[
    Setting::new(
        "log_alert_level",
        Value::Number(|o, n| o.log_alert_level = n as u8),
    ),
    Setting::new(
        "email_alert_level",
        Value::Number(|o, n| o.email_alert_level = n as u8),
    ),
    Setting::new("use_geoip", YES_NO),
];

/// `<syscheck>`, as far as the analysis side looks (§2.5).
pub(super) const SYSCHECK: &[Setting] = &[
    Setting::new(
        "auto_ignore",
        Value::YesNo(|o, yes| o.syscheck_auto_ignore = yes),
    ),
    Setting::new(
        "alert_new_files",
        Value::YesNo(|o, yes| o.syscheck_alert_new_files = yes),
    ),
];

/// Sections of `ossec.conf` (§2.1).
pub(super) const SECTIONS: &[&str] = &[
    "global",
    "rules",
    "syscheck",
    "alerts",
    "rootcheck",
    "email_alerts",
    "database_output",
    "syslog_output",
    "agentless",
    "localfile",
    "remote",
    "client",
    "command",
    "active-response",
    "reports",
];

/// A key of the group `analysisd` in `internal_options.conf` (§3).
pub(super) struct InternalOption {
    pub key: &'static str,
    pub range: (u64, u64),
    /// The test tool looks it up too, so that without it nothing starts.
    pub tool: bool,
    pub set: fn(&mut Options, u64),
}

macro_rules! option {
    ($key:ident, $low:literal, $high:literal, $tool:literal) => {
        InternalOption {
            key: stringify!($key),
            range: ($low, $high),
            tool: $tool,
            set: |options, value| options.$key = value as _,
        }
    };
}

macro_rules! options {
    ($timeframe:literal, [$($first:expr),*]) => {
        &[
            $($first,)*
            option!(default_timeframe, 60, $timeframe, true),
            option!(fts_list_size, 12, 512, true),
            option!(fts_min_size_for_str, 6, 128, true),
            InternalOption {
                key: "log_fw",
                range: (0, 1),
                tool: false,
                set: |options, value| options.log_fw = value == 1,
            },
            option!(stats_maxdiff, 10, 999_999, false),
            option!(stats_mindiff, 10, 999_999, false),
            option!(stats_percent_diff, 5, 9999, false),
        ]
    };
}

const INTERNAL_283: &[InternalOption] = options!(3600, []);
const INTERNAL_37: &[InternalOption] =
    options!(604_800, [option!(decoder_order_size, 8, 20, true)]);
const INTERNAL_43: &[InternalOption] = options!(
    604_800,
    [
        option!(decoder_order_size, 8, 1024, true),
        InternalOption {
            key: "sid_prev_matched_max",
            range: (16, 65536),
            tool: true,
            set: |options, value| options.sid_prev_matched_max = Some(value as usize),
        }
    ]
);
const INTERNAL_WAZUH: &[InternalOption] =
    options!(3600, [option!(decoder_order_size, 32, 1024, true)]);

impl Dialect {
    /// The configuration's table for this dialect.
    pub(super) const fn config(self) -> ConfigRules {
        let ossec43 = ConfigRules {
            program: Program::Tool,
            second_pattern: SecondPattern::Nothing,
            internal: INTERNAL_43,
        };
        match self {
            Dialect::Ossec283 => ConfigRules {
                program: Program::Config,
                second_pattern: SecondPattern::First,
                internal: INTERNAL_283,
            },
            Dialect::Ossec37 => ConfigRules {
                internal: INTERNAL_37,
                ..ossec43
            },
            Dialect::Ossec43 => ossec43,
            Dialect::Wazuh414 => ConfigRules {
                internal: INTERNAL_WAZUH,
                ..ossec43
            },
        }
    }
}
