//! What differs between the dialects when decoders and rules are resolved.

use crate::dialect::Dialect;

/// Differences in decoder files (`spec/decoders.md` §11).
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecoderRules {
    /// `pcre2`, `prematch_pcre2`, `program_name_pcre2` and `accumulate` are known elements.
    pub(crate) modern_elements: bool,
    /// The last piece of an `<order>` keeps what is behind it, instead of being one too many.
    pub(crate) order_keeps_rest: bool,
    /// Glued text of one tag must stay below so many bytes.
    pub(crate) glue_limit: usize,
    /// A regex that is a plain text comparison is refused (1451).
    pub(crate) literal_regex_refused: bool,
    /// An empty `prematch` or `regex` loads and never matches.
    pub(crate) empty_pattern_never_matches: bool,
}

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
            modern_elements: true,
            order_keeps_rest: false,
            glue_limit: 8192,
            literal_regex_refused: true,
            empty_pattern_never_matches: false,
        };
        match self {
            Dialect::Ossec283 => DecoderRules {
                modern_elements: false,
                order_keeps_rest: true,
                glue_limit: 1024,
                literal_regex_refused: false,
                empty_pattern_never_matches: true,
            },
            Dialect::Ossec37 | Dialect::Ossec43 | Dialect::Wazuh414 => modern,
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
