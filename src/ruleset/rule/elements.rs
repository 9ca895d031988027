//! The table of rule elements. A new element is one row here and one arm where it is read.

use super::{Compared, Switches, TextField};
use crate::dialect::{Dialect, Family};
use crate::ruleset::dialect::RuleElements;

/// What an element of a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The plain form of a text condition.
    Text(TextField),
    /// The pcre2 form of a text condition.
    Pcre2(TextField),
    DecodedAs,
    Category,
    SrcIp,
    DstIp,
    Field,
    Time,
    Weekday,
    CompiledRule,
    List,
    IfFts,
    CheckDiff,
    IfSid,
    IfGroup,
    IfLevel,
    IfMatchedSid,
    IfMatchedGroup,
    IfMatchedRegex,
    Switch(Switches),
    /// Takes a switch back that an earlier element set.
    Cancel(Switches),
    SameField,
    DifferentField,
    Description,
    Group,
    Info,
    Cve,
    Mitre,
    Options,
    Ignore,
    CheckIfIgnored,
    /// Accepted, without any effect.
    Idle,
    /// As [`Kind::Idle`], with a warning.
    Deprecated,
}

/// What an element is in one line of engines.
#[derive(Clone, Copy)]
struct Meaning {
    kind: Kind,
    /// The name is compared with case.
    exact_case: bool,
}

/// One element.
pub(super) struct Row {
    pub(super) name: &'static str,
    ossec: Option<Meaning>,
    /// OSSEC 2.8.3 does not know it.
    since_3: bool,
    wazuh: Option<Meaning>,
}

impl Row {
    const fn new(name: &'static str, meaning: Meaning) -> Self {
        Row {
            name,
            ossec: Some(meaning),
            since_3: false,
            wazuh: Some(meaning),
        }
    }

    const fn since_3(self) -> Self {
        Row {
            since_3: true,
            ..self
        }
    }

    const fn only_ossec(self) -> Self {
        Row {
            wazuh: None,
            ..self
        }
    }

    const fn only_wazuh(self) -> Self {
        Row {
            ossec: None,
            ..self
        }
    }

    /// It is something else in Wazuh.
    const fn in_wazuh(self, kind: Kind) -> Self {
        Row {
            wazuh: Some(Meaning {
                kind,
                exact_case: false,
            }),
            ..self
        }
    }

    fn meaning(&self, elements: RuleElements) -> Option<Meaning> {
        match elements {
            RuleElements::Ossec2 => self.ossec.filter(|_| !self.since_3),
            RuleElements::Ossec3 => self.ossec,
            RuleElements::Wazuh => self.wazuh,
        }
    }
}

const fn any_case(name: &'static str, kind: Kind) -> Row {
    Row::new(
        name,
        Meaning {
            kind,
            exact_case: false,
        },
    )
}

const fn exact_case(name: &'static str, kind: Kind) -> Row {
    Row::new(
        name,
        Meaning {
            kind,
            exact_case: true,
        },
    )
}

const fn pcre2(name: &'static str, field: TextField) -> Row {
    any_case(name, Kind::Pcre2(field)).since_3().only_ossec()
}

const fn same(name: &'static str, compared: Compared) -> Row {
    any_case(name, Kind::Switch(Switches::same(compared)))
}

const fn same_exact(name: &'static str, compared: Compared) -> Row {
    exact_case(name, Kind::Switch(Switches::same(compared)))
}

const fn different(name: &'static str, compared: Compared) -> Row {
    any_case(name, Kind::Switch(Switches::different(compared)))
}

const fn different_exact(name: &'static str, compared: Compared) -> Row {
    exact_case(name, Kind::Switch(Switches::different(compared)))
}

/// Takes a `same_` switch back in OSSEC, asks for a difference in Wazuh.
const fn not_same(
    name: &'static str,
    compared: Compared,
    ossec_exact: bool,
    wazuh_exact: bool,
) -> Row {
    Row {
        name,
        ossec: Some(Meaning {
            kind: Kind::Cancel(Switches::same(compared)),
            exact_case: ossec_exact,
        }),
        since_3: false,
        wazuh: Some(Meaning {
            kind: Kind::Switch(Switches::different(compared)),
            exact_case: wazuh_exact,
        }),
    }
}

/// Every element of a rule (`spec/rules.md` §4.2 to §4.4, `spec/wazuh.md` §9.3 and §11.3).
pub(super) const ELEMENTS: &[Row] = &[
    any_case("match", Kind::Text(TextField::Match)),
    pcre2("match_pcre2", TextField::Match),
    any_case("regex", Kind::Text(TextField::Regex)),
    pcre2("pcre2", TextField::Regex),
    any_case("decoded_as", Kind::DecodedAs),
    any_case("category", Kind::Category),
    any_case("program_name", Kind::Text(TextField::ProgramName)),
    pcre2("program_name_pcre2", TextField::ProgramName),
    any_case("hostname", Kind::Text(TextField::Hostname)),
    pcre2("hostname_pcre2", TextField::Hostname),
    any_case("user", Kind::Text(TextField::User)),
    pcre2("user_pcre2", TextField::User),
    any_case("srcport", Kind::Text(TextField::SrcPort)),
    pcre2("srcport_pcre2", TextField::SrcPort),
    any_case("dstport", Kind::Text(TextField::DstPort)),
    pcre2("dstport_pcre2", TextField::DstPort),
    any_case("id", Kind::Text(TextField::Id)),
    pcre2("id_pcre2", TextField::Id),
    any_case("status", Kind::Text(TextField::Status)),
    pcre2("status_pcre2", TextField::Status),
    any_case("extra_data", Kind::Text(TextField::Data)).in_wazuh(Kind::Text(TextField::ExtraData)),
    pcre2("extra_data_pcre2", TextField::Data),
    any_case("data", Kind::Text(TextField::Data)).only_wazuh(),
    any_case("url", Kind::Text(TextField::Url)),
    pcre2("url_pcre2", TextField::Url),
    any_case("srcgeoip", Kind::Text(TextField::SrcGeoip)).since_3(),
    pcre2("srcgeoip_pcre2", TextField::SrcGeoip),
    any_case("dstgeoip", Kind::Text(TextField::DstGeoip)).since_3(),
    pcre2("dstgeoip_pcre2", TextField::DstGeoip),
    any_case("action", Kind::Text(TextField::Action)),
    any_case("location", Kind::Text(TextField::Location)).only_wazuh(),
    any_case("protocol", Kind::Text(TextField::Protocol)).only_wazuh(),
    any_case("system_name", Kind::Text(TextField::SystemName)).only_wazuh(),
    any_case("srcip", Kind::SrcIp),
    any_case("dstip", Kind::DstIp),
    any_case("field", Kind::Field).since_3(),
    any_case("time", Kind::Time),
    any_case("weekday", Kind::Weekday),
    any_case("compiled_rule", Kind::CompiledRule),
    any_case("list", Kind::List),
    any_case("if_fts", Kind::IfFts),
    any_case("check_diff", Kind::CheckDiff),
    any_case("if_sid", Kind::IfSid),
    any_case("if_group", Kind::IfGroup),
    any_case("if_level", Kind::IfLevel),
    any_case("if_matched_sid", Kind::IfMatchedSid),
    any_case("if_matched_group", Kind::IfMatchedGroup),
    any_case("if_matched_regex", Kind::IfMatchedRegex),
    // What the events of a composite rule have in common.
    same("same_source_ip", Compared::SrcIp),
    same("same_srcip", Compared::SrcIp).only_wazuh(),
    same("same_dstip", Compared::DstIp).only_wazuh(),
    same("same_user", Compared::DstUser),
    same("same_srcuser", Compared::SrcUser).only_wazuh(),
    same("same_location", Compared::Location),
    same("same_src_port", Compared::SrcPort),
    same("same_srcport", Compared::SrcPort).only_wazuh(),
    same("same_dst_port", Compared::DstPort),
    same("same_dstport", Compared::DstPort).only_wazuh(),
    same_exact("same_id", Compared::Id),
    same("same_protocol", Compared::Protocol).only_wazuh(),
    same("same_action", Compared::Action).only_wazuh(),
    same_exact("same_url", Compared::Url).only_wazuh(),
    same_exact("same_data", Compared::Data).only_wazuh(),
    same_exact("same_extra_data", Compared::ExtraData).only_wazuh(),
    same_exact("same_status", Compared::Status).only_wazuh(),
    same_exact("same_system_name", Compared::SystemName).only_wazuh(),
    same_exact("same_srcgeoip", Compared::SrcGeoip).only_wazuh(),
    same_exact("same_dstgeoip", Compared::DstGeoip).only_wazuh(),
    any_case("same_field", Kind::SameField).only_wazuh(),
    // What they must not have in common.
    different_exact("different_url", Compared::Url),
    different_exact("different_srcip", Compared::SrcIp).since_3(),
    different_exact("different_srcgeoip", Compared::SrcGeoip).since_3(),
    different_exact("different_dstgeoip", Compared::DstGeoip).only_wazuh(),
    different_exact("different_id", Compared::Id).only_wazuh(),
    different("different_user", Compared::DstUser).only_wazuh(),
    different("different_srcuser", Compared::SrcUser).only_wazuh(),
    different("different_dstip", Compared::DstIp).only_wazuh(),
    different("different_srcport", Compared::SrcPort).only_wazuh(),
    different("different_src_port", Compared::SrcPort).only_wazuh(),
    different("different_dstport", Compared::DstPort).only_wazuh(),
    different("different_dst_port", Compared::DstPort).only_wazuh(),
    different("different_location", Compared::Location).only_wazuh(),
    different_exact("different_protocol", Compared::Protocol).only_wazuh(),
    different_exact("different_action", Compared::Action).only_wazuh(),
    different_exact("different_data", Compared::Data).only_wazuh(),
    different_exact("different_extra_data", Compared::ExtraData).only_wazuh(),
    different_exact("different_status", Compared::Status).only_wazuh(),
    different_exact("different_system_name", Compared::SystemName).only_wazuh(),
    any_case("different_field", Kind::DifferentField).only_wazuh(),
    any_case("not_same_field", Kind::DifferentField).only_wazuh(),
    // These take a switch back in OSSEC, and ask for a difference in Wazuh.
    not_same("not_same_source_ip", Compared::SrcIp, false, true),
    not_same("not_same_user", Compared::DstUser, false, false),
    not_same("not_same_id", Compared::Id, true, true),
    any_case(
        "not_same_agent",
        Kind::Cancel(Switches::same(Compared::Location)),
    )
    .in_wazuh(Kind::Deprecated),
    any_case("same_agent", Kind::Deprecated).only_wazuh(),
    any_case("global_frequency", Kind::Switch(Switches::GLOBAL_FREQUENCY)).only_wazuh(),
    // Information.
    any_case("description", Kind::Description),
    any_case("group", Kind::Group),
    any_case("info", Kind::Info),
    any_case("cve", Kind::Cve),
    any_case("mitre", Kind::Mitre).only_wazuh(),
    any_case("options", Kind::Options),
    any_case("ignore", Kind::Ignore).in_wazuh(Kind::Idle),
    any_case("check_if_ignored", Kind::CheckIfIgnored).in_wazuh(Kind::Idle),
];

/// The row of an element name, and what the element is for.
pub(super) fn find(name: &[u8], elements: RuleElements) -> Option<(&'static Row, Kind)> {
    ELEMENTS.iter().find_map(|row| {
        let Meaning { kind, exact_case } = row.meaning(elements)?;
        let known = row.name.as_bytes();
        let hit = if exact_case {
            name == known
        } else {
            name.eq_ignore_ascii_case(known)
        };
        hit.then_some((row, kind))
    })
}

/// What an element of this name is for, in this dialect.
pub(crate) fn kind(name: &[u8], dialect: Dialect) -> Option<Kind> {
    find(name, dialect.rules().elements).map(|(_, kind)| kind)
}

/// What can be said about a name that [`find`] does not know.
pub(super) fn hint(name: &str, elements: RuleElements) -> Option<String> {
    let same = ELEMENTS
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name));
    if let Some(row) = same {
        return Some(match row.meaning(elements) {
            Some(_) => format!("this one must be written exactly so: `{}`", row.name),
            None if elements == RuleElements::Wazuh => match row.ossec.map(|ossec| ossec.kind) {
                Some(Kind::Pcre2(field)) => format!(
                    "in Wazuh it is an attribute: `<{} type=\"pcre2\">`",
                    field.element(Family::Wazuh)
                ),
                _ => format!("`{}` exists only in OSSEC", row.name),
            },
            None if row.ossec.is_some() => format!("`{}` came with OSSEC 3", row.name),
            None => "this element exists only in Wazuh: use `--dialect wazuh-4.14`".to_owned(),
        });
    }
    let known = ELEMENTS
        .iter()
        .filter(|row| row.meaning(elements).is_some())
        .map(|row| row.name);
    crate::ruleset::suggest::did_you_mean(name, known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        use RuleElements::{Ossec2, Ossec3, Wazuh};
        let known = |name: &str, elements| find(name.as_bytes(), elements).map(|(_, kind)| kind);
        for (name, ossec2, ossec3, wazuh) in [
            ("match", true, true, true),
            ("MATCH", true, true, true),
            ("field", false, true, true),
            ("pcre2", false, true, false),
            ("mitre", false, false, true),
            ("same_id", true, true, true),
            ("Same_id", false, false, false),
            ("not_same_id", true, true, true),
            ("Not_same_source_ip", true, true, false),
            ("different_protocol", false, false, true),
            ("Different_protocol", false, false, false),
            ("Same_srcip", false, false, true),
        ] {
            let found = [Ossec2, Ossec3, Wazuh].map(|elements| known(name, elements).is_some());
            assert_eq!(found, [ossec2, ossec3, wazuh], "{name}");
        }
        let data = Some(Kind::Text(TextField::Data));
        assert_eq!(known("extra_data", Ossec3), data);
        assert_eq!(known("data", Wazuh), data);
        let source = Compared::SrcIp;
        let cancel = Kind::Cancel(Switches::same(source));
        let switch = Kind::Switch(Switches::different(source));
        assert_eq!(known("not_same_source_ip", Ossec3), Some(cancel));
        assert_eq!(known("not_same_source_ip", Wazuh), Some(switch));
    }

    #[test]
    fn hints() {
        for (name, elements, hint) in [
            ("colour", RuleElements::Wazuh, None),
            (
                "descripton",
                RuleElements::Wazuh,
                Some("did you mean `description`?"),
            ),
            (
                "pcre2",
                RuleElements::Wazuh,
                Some("in Wazuh it is an attribute: `<regex type=\"pcre2\">`"),
            ),
            (
                "mitre",
                RuleElements::Ossec3,
                Some("this element exists only in Wazuh: use `--dialect wazuh-4.14`"),
            ),
            (
                "field",
                RuleElements::Ossec2,
                Some("`field` came with OSSEC 3"),
            ),
        ] {
            assert_eq!(super::hint(name, elements).as_deref(), hint, "{name}");
        }
    }

    #[test]
    fn the_names_of_one_family_are_known_to_detection() {
        use crate::config::constructs::family_of_rule_element;
        for row in ELEMENTS {
            let family = match (row.ossec, row.wazuh) {
                (Some(_), None) => Some(Family::Ossec),
                (None, Some(_)) => Some(Family::Wazuh),
                _ => None,
            };
            assert_eq!(family_of_rule_element(row.name), family, "{}", row.name);
        }
    }
}
