//! Constructs that only one of the two families knows: what detection goes by, and what a load under
//! the wrong dialect is explained with.
//!
//! Names of elements are those of the tables in `ruleset`, which a test there holds.

use super::Inputs;
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::{Dialect, Family};
use crate::source::{SourceId, Span};
use crate::xml::{self, ElementRef, Origin};

/// So many constructs are shown.
const SHOWN: usize = 3;

/// Names of one family.
struct Names {
    family: Family,
    /// Sections of `ossec.conf`.
    sections: &'static [&'static str],
    /// Elements of a rule.
    rule: &'static [&'static str],
    /// Elements of a decoder.
    decoder: &'static [&'static str],
    /// Plugin decoders.
    plugins: &'static [&'static str],
    /// Attributes of any element of a rule or decoder, and their values; none: any value.
    attributes: &'static [(&'static str, &'static [&'static str])],
}

const WAZUH: Names = Names {
    family: Family::Wazuh,
    sections: &["ruleset"],
    rule: &[
        "mitre",
        "location",
        "protocol",
        "data",
        "system_name",
        "same_field",
        "not_same_field",
        "different_field",
        "global_frequency",
        "same_agent",
        "same_srcip",
        "same_dstip",
        "same_srcuser",
        "same_srcport",
        "same_dstport",
        "same_protocol",
        "same_action",
        "same_url",
        "same_data",
        "same_extra_data",
        "same_status",
        "same_system_name",
        "same_srcgeoip",
        "same_dstgeoip",
        "different_dstgeoip",
        "different_id",
        "different_user",
        "different_srcuser",
        "different_dstip",
        "different_srcport",
        "different_src_port",
        "different_dstport",
        "different_dst_port",
        "different_location",
        "different_protocol",
        "different_action",
        "different_data",
        "different_extra_data",
        "different_status",
        "different_system_name",
    ],
    decoder: &["json_null_field", "json_array_structure"],
    plugins: &["JSON_Decoder"],
    attributes: &[("type", &["pcre2", "osregex", "osmatch"]), ("negate", &[])],
};

const OSSEC: Names = Names {
    family: Family::Ossec,
    sections: &["rules"],
    rule: &[
        "pcre2",
        "match_pcre2",
        "program_name_pcre2",
        "hostname_pcre2",
        "user_pcre2",
        "srcport_pcre2",
        "dstport_pcre2",
        "id_pcre2",
        "status_pcre2",
        "extra_data_pcre2",
        "url_pcre2",
        "srcgeoip_pcre2",
        "dstgeoip_pcre2",
    ],
    decoder: &["pcre2", "prematch_pcre2", "program_name_pcre2"],
    plugins: &[],
    attributes: &[],
};

/// A construct of one family.
struct Construct {
    family: Family,
    span: Span,
}

/// The family that alone knows a rule element of this name; `None`: both or neither.
#[cfg(test)]
pub(crate) fn family_of_rule_element(name: &str) -> Option<Family> {
    family_of(name, |names| names.rule)
}

/// As [`family_of_rule_element`], for decoders.
#[cfg(test)]
pub(crate) fn family_of_decoder_element(name: &str) -> Option<Family> {
    family_of(name, |names| names.decoder)
}

fn family_of(name: &str, list: fn(&Names) -> &'static [&'static str]) -> Option<Family> {
    let names = [&WAZUH, &OSSEC];
    let hit = names.into_iter().find(|names| {
        list(names)
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    });
    hit.map(|names| names.family)
}

/// True if the bytes hold a name of the family, anywhere: only then they need to be read as XML.
fn mentions(names: &Names, bytes: &[u8]) -> bool {
    let attributes = names.attributes.iter().map(|(name, _)| name);
    let mut all = attributes
        .chain(names.plugins)
        .chain(names.sections)
        .chain(names.rule)
        .chain(names.decoder);
    all.any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some())
}

/// True if a file has a construct of Wazuh: something that every OSSEC refuses, or reads as if it
/// were not there (`negate`, `type`).
pub fn has_wazuh_constructs(bytes: &[u8]) -> bool {
    let mut found = false;
    if mentions(&WAZUH, bytes) {
        each(SourceId::NONE, bytes, |construct| {
            found |= construct.family == Family::Wazuh;
        });
    }
    found
}

/// Says that the files look like those of the other family, if they do: what the load fails of then,
/// or what is read as if it were not there.
pub fn foreign_ruleset(inputs: &Inputs, failed: bool) -> Option<Diagnostic> {
    let dialect = inputs.dialect;
    let (foreign, suited) = match dialect.family() {
        Family::Ossec => (&WAZUH, Dialect::Wazuh414),
        Family::Wazuh => (&OSSEC, Dialect::Ossec43),
    };
    let (mut others, mut own) = (0_usize, 0_usize);
    let mut shown = Vec::new();
    for (id, source) in inputs.sources.iter() {
        if !mentions(&WAZUH, source.bytes()) && !mentions(&OSSEC, source.bytes()) {
            continue;
        }
        each(id, source.bytes(), |construct| {
            if construct.family == foreign.family {
                others += 1;
                if shown.len() < SHOWN {
                    shown.push(construct.span);
                }
            } else {
                own += 1;
            }
        });
    }
    // A single slip in files of the right family has its own message.
    if others <= own {
        return None;
    }
    let family = match foreign.family {
        Family::Ossec => "OSSEC",
        Family::Wazuh => "Wazuh",
    };
    let message = format!("this looks like a ruleset of {family}: it is loaded as {dialect}");
    let mut diagnostic = if failed {
        Diagnostic::error(Code::DIALECT, message)
    } else {
        Diagnostic::warning(Code::DIALECT, message)
    };
    for span in &shown {
        diagnostic = diagnostic.label(*span, format!("only {family} has this"));
    }
    match others - shown.len() {
        0 => {}
        more => diagnostic = diagnostic.note(format!("and {more} more of that kind")),
    }
    Some(diagnostic.help(format!("load it as what it is: `--dialect {suited}`")))
}

/// Hands out every construct of a file, in the order in which they stand there.
fn each(source: SourceId, bytes: &[u8], mut found: impl FnMut(Construct)) {
    let parsed = xml::parse(source, bytes, Dialect::Wazuh414, Origin::analysisd(""));
    for root in parsed.document.roots() {
        let is = |name: &str| root.name().bytes().eq_ignore_ascii_case(name.as_bytes());
        if is("decoder") {
            for element in root.children() {
                in_element(element, |names| names.decoder, &mut found);
            }
        } else if is("group") {
            for element in root.children().flat_map(|rule| rule.children()) {
                in_element(element, |names| names.rule, &mut found);
            }
        } else if is("ossec_config") {
            for section in root.children() {
                named(section, |names| names.sections, &mut found);
            }
        }
    }
}

/// An element whose name only one family has.
fn named(
    element: ElementRef<'_>,
    list: fn(&Names) -> &'static [&'static str],
    found: &mut impl FnMut(Construct),
) {
    let name = element.name();
    if let Ok(text) = std::str::from_utf8(name.bytes())
        && let Some(family) = family_of(text, list)
    {
        let span = name.span();
        found(Construct { family, span });
    }
}

/// An element of a rule or decoder, with its attributes and what it holds.
fn in_element(
    element: ElementRef<'_>,
    list: fn(&Names) -> &'static [&'static str],
    found: &mut impl FnMut(Construct),
) {
    named(element, list, found);
    for names in [&WAZUH, &OSSEC] {
        let family = names.family;
        let is_plugin = element.name().bytes() == "plugin_decoder"
            && names
                .plugins
                .iter()
                .any(|name| element.content().bytes() == name);
        if is_plugin {
            let span = element.content().span();
            found(Construct { family, span });
        }
        for attribute in element.attributes() {
            let value = attribute.content.bytes();
            let hit = names.attributes.iter().any(|(name, values)| {
                let among = || {
                    values
                        .iter()
                        .any(|known| value.eq_ignore_ascii_case(known.as_bytes()))
                };
                attribute.name.bytes() == name && (values.is_empty() || among())
            });
            if hit {
                let span = attribute.name.span();
                found(Construct { family, span });
            }
        }
    }
}
