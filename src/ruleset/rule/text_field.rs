//! The text fields that a rule tests by an element of their name.

use crate::dialect::Family;
use crate::ruleset::field::Field;

/// A text field that a rule can test with a pattern.
///
/// The variants stand in the order in which the original tests them (`spec/rules.md` §7.1); other
/// conditions stand in between, see [`crate::engine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextField {
    /// Program name of the header.
    ProgramName,
    /// Decoded id.
    Id,
    /// Decoded system name (Wazuh only).
    SystemName,
    /// Decoded protocol (Wazuh only).
    Protocol,
    /// The log, by `match`.
    Match,
    /// The log, by `regex`.
    Regex,
    /// Decoded action.
    Action,
    /// Decoded url.
    Url,
    /// Where the event comes from (Wazuh only).
    Location,
    /// Decoded source port.
    SrcPort,
    /// Decoded destination port.
    DstPort,
    /// Destination user, or the source user if there is none.
    User,
    /// Never known without GeoIP.
    SrcGeoip,
    /// Never known without GeoIP.
    DstGeoip,
    /// Decoded data: `extra_data` in OSSEC, `data` in Wazuh.
    Data,
    /// Decoded extra data, where it is a field of its own (Wazuh only).
    ExtraData,
    /// Host name of the header, or the engine's own.
    Hostname,
    /// Decoded status.
    Status,
}

impl TextField {
    /// The field of the event that alone it tests: without it the condition fails.
    pub(crate) fn only_source(self) -> Option<Field> {
        Some(match self {
            TextField::Id => Field::Id,
            TextField::Url => Field::Url,
            TextField::SrcPort => Field::SrcPort,
            TextField::DstPort => Field::DstPort,
            TextField::Data => Field::Data,
            TextField::ExtraData => Field::ExtraData,
            TextField::Action => Field::Action,
            TextField::Protocol => Field::Protocol,
            TextField::SystemName => Field::SystemName,
            TextField::Status => Field::Status,
            TextField::Match
            | TextField::Regex
            | TextField::ProgramName
            | TextField::Hostname
            | TextField::User
            | TextField::Location
            | TextField::SrcGeoip
            | TextField::DstGeoip => return None,
        })
    }

    /// Every field, in the order of the tests.
    pub const ALL: [TextField; 18] = [
        TextField::ProgramName,
        TextField::Id,
        TextField::SystemName,
        TextField::Protocol,
        TextField::Match,
        TextField::Regex,
        TextField::Action,
        TextField::Url,
        TextField::Location,
        TextField::SrcPort,
        TextField::DstPort,
        TextField::User,
        TextField::SrcGeoip,
        TextField::DstGeoip,
        TextField::Data,
        TextField::ExtraData,
        TextField::Hostname,
        TextField::Status,
    ];

    /// The element that tests it.
    pub fn element(self, family: Family) -> &'static str {
        match self {
            TextField::SystemName => "system_name",
            TextField::Protocol => "protocol",
            TextField::Action => "action",
            TextField::Location => "location",
            TextField::Data if family == Family::Wazuh => "data",
            TextField::ProgramName => "program_name",
            TextField::Id => "id",
            TextField::Match => "match",
            TextField::Regex => "regex",
            TextField::Url => "url",
            TextField::SrcPort => "srcport",
            TextField::DstPort => "dstport",
            TextField::User => "user",
            TextField::SrcGeoip => "srcgeoip",
            TextField::DstGeoip => "dstgeoip",
            TextField::Data | TextField::ExtraData => "extra_data",
            TextField::Hostname => "hostname",
            TextField::Status => "status",
        }
    }

    /// The element that tests it with a pcre2 pattern in OSSEC 3.7 and 4.3, if there is one; Wazuh
    /// has an attribute instead.
    pub fn pcre2_element(self) -> Option<&'static str> {
        Some(match self {
            TextField::ProgramName => "program_name_pcre2",
            TextField::Id => "id_pcre2",
            TextField::Match => "match_pcre2",
            TextField::Regex => "pcre2",
            TextField::Url => "url_pcre2",
            TextField::SrcPort => "srcport_pcre2",
            TextField::DstPort => "dstport_pcre2",
            TextField::User => "user_pcre2",
            TextField::SrcGeoip => "srcgeoip_pcre2",
            TextField::DstGeoip => "dstgeoip_pcre2",
            TextField::Data => "extra_data_pcre2",
            TextField::Hostname => "hostname_pcre2",
            TextField::Status => "status_pcre2",
            TextField::SystemName
            | TextField::Protocol
            | TextField::Action
            | TextField::Location
            | TextField::ExtraData => return None,
        })
    }
}
