//! Which engine the files are for.

use crate::dialect::Dialect;
use crate::source::Sources;
use crate::xml::{self, ElementRef, Origin};

/// Elements of a rule that no OSSEC knows: they stop its start.
const WAZUH_RULE_ELEMENTS: &[&str] = &[
    "mitre",
    "same_field",
    "not_same_field",
    "different_field",
    "global_frequency",
    "protocol",
    "srcuser",
    "location",
    "data",
    "system_name",
    "same_srcip",
    "same_system_name",
];

/// Elements of a decoder that no OSSEC knows.
const WAZUH_DECODER_ELEMENTS: &[&str] = &["json_null_field", "json_array_structure"];

/// Names that are no elements of their own, beside those of the two lists.
const OTHER_NAMES: &[&str] = &["negate", "type", "JSON_Decoder"];

/// `<ruleset>` in the configuration, or constructs in the files that only Wazuh knows: Wazuh 4.14;
/// otherwise OSSEC 4.3. A configuration with `<rules>` is one of OSSEC whatever the files say.
pub fn detect_dialect<'f>(
    configuration: Option<&[u8]>,
    files: impl IntoIterator<Item = &'f [u8]>,
) -> Dialect {
    let mut sources = Sources::default();
    if let Some(bytes) = configuration {
        let source = sources.add("", Vec::new());
        let parsed = xml::parse(source, bytes, Dialect::Ossec43, Origin::analysisd(""));
        let sections = || parsed.document.roots().flat_map(|root| root.children());
        if sections().any(|section| section.name().bytes() == "ruleset") {
            return Dialect::Wazuh414;
        }
        if sections().any(|section| section.name().bytes() == "rules") {
            return Dialect::Ossec43;
        }
    }
    if files.into_iter().any(has_wazuh_constructs) {
        Dialect::Wazuh414
    } else {
        Dialect::Ossec43
    }
}

/// True if a decoder or rule file has something that every OSSEC refuses, or reads as if it were not
/// there (`negate`, `type`).
pub fn has_wazuh_constructs(bytes: &[u8]) -> bool {
    // Most files of OSSEC hold none of the names and need not be read for the decision.
    let mut names = [WAZUH_RULE_ELEMENTS, WAZUH_DECODER_ELEMENTS, OTHER_NAMES]
        .into_iter()
        .flatten();
    if !names.any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some()) {
        return false;
    }
    let source = Sources::default().add("", Vec::new());
    let parsed = xml::parse(source, bytes, Dialect::Wazuh414, Origin::analysisd(""));
    parsed.document.roots().any(|root| {
        let is = |name: &str| root.name().bytes().eq_ignore_ascii_case(name.as_bytes());
        if is("decoder") {
            root.children().any(|element| decoder_element(element))
        } else {
            is("group")
                && root
                    .children()
                    .flat_map(|rule| rule.children())
                    .any(rule_element)
        }
    })
}

fn decoder_element(element: ElementRef<'_>) -> bool {
    let name = element.name().bytes();
    pattern_attributes(element)
        || WAZUH_DECODER_ELEMENTS.iter().any(|known| name == *known)
        || name == "plugin_decoder" && element.content().bytes() == "JSON_Decoder"
}

fn rule_element(element: ElementRef<'_>) -> bool {
    let name = element.name().bytes();
    pattern_attributes(element)
        || WAZUH_RULE_ELEMENTS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// `negate="…"`, or `type` naming a pattern language.
fn pattern_attributes(element: ElementRef<'_>) -> bool {
    element.attributes().any(|node| {
        let languages = ["pcre2", "osregex", "osmatch"];
        let language = || {
            let value = node.content.bytes();
            languages
                .iter()
                .any(|known| value.eq_ignore_ascii_case(known.as_bytes()))
        };
        node.name.bytes() == "negate" || node.name.bytes() == "type" && language()
    })
}
