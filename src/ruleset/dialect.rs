//! What differs between the dialects when decoders and rules are resolved.

use crate::dialect::Dialect;

/// Differences in decoder files (`spec/decoders.md` §11, `spec/wazuh.md` §7).
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecoderRules {
    /// The last piece of an `<order>` keeps what is behind it, instead of being one too many.
    pub(crate) order_keeps_rest: bool,
    /// A backslash before a comma of an `<order>` takes its meaning away.
    pub(crate) order_escapes: bool,
    /// Glued text of one tag must stay below so many bytes.
    pub(crate) glue_limit: usize,
    /// A regex that is a plain text comparison is refused (1451).
    pub(crate) literal_regex_refused: bool,
    /// An empty `prematch` or `regex` loads and never matches.
    pub(crate) empty_pattern_never_matches: bool,
    /// An attribute of a decoder that is allowed beside its name, and ignored.
    pub(crate) ignored_attribute: Option<&'static str>,
    /// Patterns have a `type`; other attributes than `offset` and `type` are ignored, offsets are
    /// written in any case, and one that is not known is ignored.
    pub(crate) attributes: bool,
    /// Links of a chain may be plugins.
    pub(crate) plugins_in_chains: bool,
    /// One of the two lists must not be empty.
    pub(crate) needs_both_lists: bool,
    /// Names that exist without any file: events of other queues carry them.
    pub(crate) built_in_names: &'static [&'static str],
}

/// Events of the syscheck, rootcheck and host-information queues carry them.
const OSSEC_BUILT_IN: &[&str] = &[
    "rootcheck",
    "syscheck_integrity_changed",
    "syscheck_integrity_changed_2nd",
    "syscheck_integrity_changed_3rd",
    "syscheck_new_entry",
    "syscheck_deleted",
    "hostinfo_new",
    "hostinfo_modified",
];

/// As above, and those of Wazuh's other queues (`spec/wazuh.md` §7.5).
const WAZUH_BUILT_IN: &[&str] = &[
    "rootcheck",
    "syscheck_integrity_changed",
    "syscheck_new_entry",
    "syscheck_deleted",
    "syscheck_registry_key_added",
    "syscheck_registry_key_modified",
    "syscheck_registry_key_deleted",
    "syscheck_registry_value_added",
    "syscheck_registry_value_modified",
    "syscheck_registry_value_deleted",
    "hostinfo_new",
    "hostinfo_modified",
    "syscollector",
    "ciscat",
    "windows_eventchannel",
    "sca",
];

/// Whose rule elements are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RuleElements {
    /// OSSEC 2.8.3: without the pcre2 elements, `field`, the geoip elements and some switches.
    Ossec2,
    /// OSSEC 3.7 and 4.3.
    Ossec3,
    /// Wazuh.
    Wazuh,
}

/// Differences in rule files (`spec/rules.md` §11, `spec/wazuh.md` §9).
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleRules {
    /// The elements of a rule.
    pub(crate) elements: RuleElements,
    /// A rule with an id, parent or list that cannot be is left out with a warning; otherwise the
    /// load ends.
    pub(crate) skips: bool,
    /// Conditions have the attributes `type` and `negate`.
    pub(crate) typed: bool,
    /// A rule needs a `description`.
    pub(crate) needs_description: bool,
    /// Line breaks disappear from the names of groups.
    pub(crate) joins_group_lines: bool,
    /// A file without a single byte is a rule file.
    pub(crate) allows_empty_file: bool,
    /// `data` is a word of `check_if_ignored`.
    pub(crate) check_if_ignored_data: bool,
    /// How two messages about lists spell `field`.
    pub(crate) list_field_word: &'static str,
    /// What stands in front of three messages about lists, without a blank.
    pub(crate) list_prefix: &'static str,
}

impl Dialect {
    pub(crate) fn decoders(self) -> DecoderRules {
        let modern = DecoderRules {
            order_keeps_rest: false,
            order_escapes: false,
            glue_limit: 8192,
            literal_regex_refused: true,
            empty_pattern_never_matches: false,
            ignored_attribute: None,
            attributes: false,
            plugins_in_chains: false,
            needs_both_lists: false,
            built_in_names: OSSEC_BUILT_IN,
        };
        match self {
            Dialect::Ossec283 => DecoderRules {
                order_keeps_rest: true,
                glue_limit: 1024,
                literal_regex_refused: false,
                empty_pattern_never_matches: true,
                ..modern
            },
            Dialect::Ossec37 | Dialect::Ossec43 => modern,
            Dialect::Wazuh414 => DecoderRules {
                order_escapes: true,
                glue_limit: 1024,
                literal_regex_refused: false,
                ignored_attribute: Some("status"),
                attributes: true,
                plugins_in_chains: true,
                needs_both_lists: true,
                built_in_names: WAZUH_BUILT_IN,
                ..modern
            },
        }
    }

    pub(crate) fn rules(self) -> RuleRules {
        let ossec3 = RuleRules {
            elements: RuleElements::Ossec3,
            skips: false,
            typed: false,
            needs_description: false,
            joins_group_lines: false,
            allows_empty_file: false,
            check_if_ignored_data: true,
            list_field_word: "field",
            list_prefix: "ossec-analysisd:",
        };
        match self {
            Dialect::Ossec283 => RuleRules {
                elements: RuleElements::Ossec2,
                check_if_ignored_data: false,
                list_field_word: "feild",
                ..ossec3
            },
            Dialect::Ossec37 | Dialect::Ossec43 => ossec3,
            Dialect::Wazuh414 => RuleRules {
                elements: RuleElements::Wazuh,
                skips: true,
                typed: true,
                needs_description: true,
                joins_group_lines: true,
                allows_empty_file: true,
                list_prefix: "",
                ..ossec3
            },
        }
    }
}
