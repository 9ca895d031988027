//! The table of rule elements. A new element is one row here and one arm where it is read.

use super::{Compared, Switches, TextField};

/// What an element of a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
    Description,
    Group,
    Info,
    Cve,
    Options,
    Ignore,
    CheckIfIgnored,
}

/// One element.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The name is compared with case.
    exact_case: bool,
    /// OSSEC 2.8.3 does not know it.
    modern: bool,
}

const fn any_case(name: &'static str, kind: Kind) -> Row {
    Row {
        name,
        kind,
        exact_case: false,
        modern: false,
    }
}

const fn exact_case(name: &'static str, kind: Kind) -> Row {
    Row {
        name,
        kind,
        exact_case: true,
        modern: false,
    }
}

const fn modern(row: Row) -> Row {
    Row {
        modern: true,
        ..row
    }
}

const fn pcre2(name: &'static str, field: TextField) -> Row {
    modern(any_case(name, Kind::Pcre2(field)))
}

/// Every element of a rule (`spec/rules.md` §4.2 to §4.4).
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
    any_case("extra_data", Kind::Text(TextField::Data)),
    pcre2("extra_data_pcre2", TextField::Data),
    any_case("url", Kind::Text(TextField::Url)),
    pcre2("url_pcre2", TextField::Url),
    modern(any_case("srcgeoip", Kind::Text(TextField::SrcGeoip))),
    pcre2("srcgeoip_pcre2", TextField::SrcGeoip),
    modern(any_case("dstgeoip", Kind::Text(TextField::DstGeoip))),
    pcre2("dstgeoip_pcre2", TextField::DstGeoip),
    any_case("action", Kind::Text(TextField::Action)),
    any_case("srcip", Kind::SrcIp),
    any_case("dstip", Kind::DstIp),
    modern(any_case("field", Kind::Field)),
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
    any_case(
        "same_source_ip",
        Kind::Switch(Switches::same(Compared::SrcIp)),
    ),
    any_case("same_user", Kind::Switch(Switches::same(Compared::DstUser))),
    any_case(
        "same_location",
        Kind::Switch(Switches::same(Compared::Location)),
    ),
    any_case(
        "same_src_port",
        Kind::Switch(Switches::same(Compared::SrcPort)),
    ),
    any_case(
        "same_dst_port",
        Kind::Switch(Switches::same(Compared::DstPort)),
    ),
    exact_case("same_id", Kind::Switch(Switches::same(Compared::Id))),
    exact_case(
        "different_url",
        Kind::Switch(Switches::different(Compared::Url)),
    ),
    modern(exact_case(
        "different_srcip",
        Kind::Switch(Switches::different(Compared::SrcIp)),
    )),
    modern(exact_case(
        "different_srcgeoip",
        Kind::Switch(Switches::different(Compared::SrcGeoip)),
    )),
    any_case(
        "not_same_source_ip",
        Kind::Cancel(Switches::same(Compared::SrcIp)),
    ),
    any_case(
        "not_same_user",
        Kind::Cancel(Switches::same(Compared::DstUser)),
    ),
    any_case(
        "not_same_agent",
        Kind::Cancel(Switches::same(Compared::Location)),
    ),
    exact_case("not_same_id", Kind::Cancel(Switches::same(Compared::Id))),
    any_case("description", Kind::Description),
    any_case("group", Kind::Group),
    any_case("info", Kind::Info),
    any_case("cve", Kind::Cve),
    any_case("options", Kind::Options),
    any_case("ignore", Kind::Ignore),
    any_case("check_if_ignored", Kind::CheckIfIgnored),
];

/// The row of an element name; `modern_elements` false leaves out what OSSEC 2.8.3 lacks.
pub(super) fn find(name: &[u8], modern_elements: bool) -> Option<&'static Row> {
    ELEMENTS
        .iter()
        .filter(|row| modern_elements || !row.modern)
        .find(|row| {
            let known = row.name.as_bytes();
            if row.exact_case {
                name == known
            } else {
                name.eq_ignore_ascii_case(known)
            }
        })
}

/// What can be said about a name that [`find`] does not know.
pub(super) fn hint(name: &str, modern_elements: bool) -> Option<String> {
    let same = ELEMENTS
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name));
    if let Some(row) = same {
        return Some(if row.exact_case && row.name != name {
            format!("this one must be written exactly so: `{}`", row.name)
        } else {
            format!("`{}` came with OSSEC 3", row.name)
        });
    }
    let wazuh = [
        "same_srcip",
        "same_dstip",
        "same_field",
        "different_field",
        "same_srcuser",
        "protocol",
        "srcuser",
        "location",
        "data",
        "system_name",
        "mitre",
        "not_same_field",
        "same_dst_ip",
        "global_frequency",
        "different_dstip",
        "same_system_name",
        "same_url",
    ];
    if wazuh.contains(&name) {
        return Some("this element exists only in Wazuh: use `--dialect wazuh-4.14`".to_owned());
    }
    let known = ELEMENTS
        .iter()
        .filter(|row| modern_elements || !row.modern)
        .map(|row| row.name);
    crate::ruleset::suggest::did_you_mean(name, known)
}
