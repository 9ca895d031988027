//! Conditions on fields that no decoder sets.

use super::{element_of, resolved};
use crate::check::context::{Context, WrittenRule, attribute, shown};
use crate::check::finding::{Draft, Output};
use crate::dialect::Family;
use crate::ruleset::field::Field;
use crate::ruleset::list::ListField;
use crate::ruleset::rule::{RuleId, TextField};
use crate::ruleset::suggest::did_you_mean;
use crate::source::Span;

/// So many findings say what may be meant: names are compared with all others.
const MOST_SUGGESTIONS: usize = 100;

pub(super) fn unset_field(context: &Context<'_>, output: &mut Output) {
    let mut suggestions = MOST_SUGGESTIONS;
    for (id, rule) in resolved(context) {
        let family = context.dialect.family();
        let reach = &context.reach;
        let mut say = |what: &str, at: Option<Span>, help: Option<String>| {
            let Some(at) = at else { return };
            let draft = Draft::new(format!(
                "rule `{}` never holds: no decoder of its events sets {what}",
                rule.sid
            ))
            .at(at, "always missing here");
            output.push(match help {
                Some(help) => draft.help(help),
                None => draft.help("add it to the `<order>` of the decoder, or test another field"),
            });
        };
        for field in TextField::ALL {
            let Some(source) = field.only_source() else {
                if field == TextField::User
                    && rule.conditions.text(field).in_force().is_some()
                    && !reach.sets(id, Field::DstUser)
                    && !reach.sets(id, Field::SrcUser)
                {
                    say("a user", context.place_in(id, "user"), None);
                }
                continue;
            };
            let condition = rule.conditions.text(field);
            if condition.in_force().is_none() || reach.sets(id, source) {
                continue;
            }
            let element = match condition.plain {
                Some(_) => field.element(family),
                None => field.pcre2_element().unwrap_or("pcre2"),
            };
            let name = source.printed_name(family);
            say(&format!("`{name}`"), context.place_in(id, element), None);
        }
        for (condition, field, element) in [
            (&rule.conditions.srcip, Field::SrcIp, "srcip"),
            (&rule.conditions.dstip, Field::DstIp, "dstip"),
        ] {
            if condition.is_some() && !reach.sets(id, field) {
                say(&format!("`{element}`"), context.place_in(id, element), None);
            }
        }
        // One is enough to keep the rule from holding.
        let mut fields = rule.conditions.fields.iter();
        if let Some(field) = fields.find(|field| !reach.sets_dynamic(id, &field.name)) {
            let help = suggest(context, id, &field.name, &mut suggestions);
            let at = field_place(context, id, &field.name);
            say(&format!("the field `{}`", shown(&field.name)), at, help);
        }
        for list in &rule.conditions.lists {
            let unset = match &list.test.field {
                ListField::Static(field) => !reach.sets(id, *field),
                ListField::Dynamic(name) => !reach.sets_dynamic(id, name),
                ListField::User => {
                    !reach.sets(id, Field::DstUser) && !reach.sets(id, Field::SrcUser)
                }
                ListField::Hostname | ListField::ProgramName => false,
            };
            if unset {
                say("the field of this list", context.place_in(id, "list"), None);
            }
        }
    }
}

/// The dynamic field that may be meant.
fn suggest(context: &Context<'_>, id: RuleId, name: &[u8], left: &mut usize) -> Option<String> {
    *left = left.checked_sub(1)?;
    let names = context.reach.dynamic_names(id);
    let name = String::from_utf8_lossy(name);
    did_you_mean(&name, names.iter().map(String::as_str))
}

/// Where a rule tests a dynamic field.
fn field_place(context: &Context<'_>, id: RuleId, name: &[u8]) -> Option<Span> {
    let tests = |element: &&crate::ast::Element| {
        attribute(element, "name").is_some_and(|value| value.bytes().eq_ignore_ascii_case(name))
    };
    let mut elements = context
        .written(id)
        .into_iter()
        .flat_map(|rule| rule.elements("field"));
    let found = elements.find(tests);
    found
        .and_then(|element| attribute(element, "name"))
        .map(|value| value.span())
        .or_else(|| context.span_of(id))
}

/// The names of `$(…)` in a text, with their ranges.
pub(in crate::check) fn variables(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let opens = memchr::memmem::find_iter(text, b"$(");
    let closed = opens.filter_map(|open| {
        let close = memchr::memchr(b')', &text[open + 2..])?;
        Some(open + 2..open + 2 + close)
    });
    closed.collect()
}

pub(super) fn unset_variable(context: &Context<'_>, output: &mut Output) {
    let mut suggestions = MOST_SUGGESTIONS;
    for rule in &context.rules {
        let Some((id, _)) = context.in_force(rule) else {
            continue;
        };
        for description in rule.elements("description") {
            let text: &[u8] = description.content.bytes();
            let unset = |range: &std::ops::Range<usize>| {
                let name = &text[range.clone()];
                let known = [b"program_name".as_slice(), b"hostname"].contains(&name);
                let is_set = match Field::of_wazuh(name) {
                    Some(field) => context.reach.sets(id, field),
                    None => context.reach.sets_dynamic(id, name),
                };
                name == b"user" || !(known || is_set)
            };
            let Some(range) = variables(text).into_iter().find(unset) else {
                continue;
            };
            let name = &text[range.clone()];
            let help = match name {
                b"user" => Some("the destination user is `$(dstuser)`".to_owned()),
                _ => suggest(context, id, name, &mut suggestions),
            };
            let otherwise = "name a field of the decoder, or leave the variable out";
            output.push(
                Draft::new(format!("`$({})` is always empty here", shown(name)))
                    .at(
                        description.content.span_of(range),
                        "no decoder of its events sets it",
                    )
                    .help(help.unwrap_or_else(|| otherwise.to_owned())),
            );
        }
    }
}

pub(super) fn geoip(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let mut names = vec![
        "srcgeoip",
        "dstgeoip",
        "srcgeoip_pcre2",
        "dstgeoip_pcre2",
        "same_srcgeoip",
        "same_dstgeoip",
    ];
    // In Wazuh a missing value counts as different.
    if context.dialect.family() == Family::Ossec {
        names.push("different_srcgeoip");
    }
    for name in names {
        if let Some(element) = element_of(rule, name) {
            output.push(
                Draft::new(format!("`{}` never holds", element.name.lossy()))
                    .at(element.span, "needs GeoIP support")
                    .help("remove the condition, or use a list of addresses"),
            );
            return;
        }
    }
}
