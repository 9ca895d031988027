//! The parts that alerts and archives in JSON share (`spec/output.md` §4, §5).

use bstr::{BStr, ByteSlice};

use super::json_object::Object;
use super::origin::{self, Source};
use crate::ruleset::field::Field;
use crate::ruleset::rule::Rule;
use crate::verdict::Verdict;

const PCI_DSS: &[u8] = b"pci_dss_";
const CIS: &[u8] = b"cis_";

/// The members of `rule`.
pub(super) fn rule(object: &mut Object<'_>, verdict: &Verdict<'_>, rule: &Rule) {
    if rule.level != 0 {
        object.number("level", rule.level);
    }
    object.optional("comment", bytes(rule.description.as_ref()));
    object.number("sidid", rule.sid.0);
    object.optional("cve", bytes(rule.cve_text.as_ref()));
    object.optional("info", bytes(rule.info_text.as_ref()));
    if rule.correlation.frequency != 0 {
        object.number("frequency", rule.correlation.frequency);
    }
    object.number("firedtimes", verdict.fired_times());
    object.text("group", &rule.groups);
    let parts = || rule.groups.split_str(",").filter(|part| !part.is_empty());
    // The original drops the last byte of these two kinds and adds undefined ones; here they are
    // as written.
    let standard =
        |prefix: &'static [u8]| parts().filter_map(move |part| part.strip_prefix(prefix));
    object.texts(
        "groups",
        parts().filter(|part| !part.starts_with(PCI_DSS) && !part.starts_with(CIS)),
    );
    object.texts("PCI_DSS", standard(PCI_DSS));
    object.texts("CIS", standard(CIS));
    if rule.groups.find("rootcheck").is_some() {
        rootcheck_keys(object, verdict.log());
    }
}

/// `{Key: a, b}` in the log of a rootcheck event: an array by that key.
fn rootcheck_keys(object: &mut Object<'_>, log: &[u8]) {
    let mut rest = log;
    while let Some((_, behind)) = rest.split_once_str("{") {
        let Some((inside, behind)) = behind.split_once_str("}") else {
            return;
        };
        if let Some((key, values)) = inside.split_once_str(":") {
            let values = values.split_str(",").map(ByteSlice::trim);
            object.named_texts(key, values.filter(|value| !value.is_empty()));
        }
        rest = behind;
    }
}

/// The dynamic fields, in the order of the decoder.
pub(super) fn dynamic_fields(object: &mut Object<'_>, verdict: &Verdict<'_>) {
    for (name, value) in verdict.dynamic_fields() {
        object.named_text(name, value);
    }
}

/// What is known of the decoder; nothing without one.
pub(super) fn decoder(object: &mut Object<'_>, verdict: &Verdict<'_>) {
    let decoder = verdict.final_decoder();
    if let Some(decoder) = decoder.filter(|decoder| !decoder.fts.is_empty()) {
        object.number("fts", decoder.fts.bits());
    }
    if decoder.is_some_and(|decoder| decoder.accumulate) {
        object.number("accumulate", 1u32);
    }
    object.optional("parent", verdict.decoder_parent());
    object.optional("name", verdict.decoder_name());
    let comment = decoder.and_then(|decoder| decoder.fts_comment.as_ref());
    object.optional("ftscomment", bytes(comment));
}

/// Adds static fields that the event has, under the names of the table.
pub(super) fn fields(
    object: &mut Object<'_>,
    verdict: &Verdict<'_>,
    names: &[(&'static str, Field)],
) {
    for &(name, field) in names {
        object.optional(name, verdict.field(field));
    }
}

/// `agent_name` and `agentip`.
pub(super) fn agent(object: &mut Object<'_>, source: &Source<'_>) {
    object.text("agent_name", source.agent_name);
    object.optional("agentip", source.agent_ip);
}

/// `timestamp`: the time of arrival for people.
pub(super) fn timestamp(object: &mut Object<'_>, scratch: &mut Vec<u8>, verdict: &Verdict<'_>) {
    scratch.clear();
    origin::time(scratch, verdict.moment());
    object.text("timestamp", scratch);
}

fn bytes(text: Option<&bstr::BString>) -> Option<&BStr> {
    text.map(|text| text.as_ref())
}
