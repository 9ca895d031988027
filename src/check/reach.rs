//! Which decoders an event can have when it comes to a rule, and what follows for the conditions.

mod fields;
mod known;

pub(super) use fields::variables;
pub(super) use known::{Names, Reach};

use super::context::{Context, WrittenRule, is, shown};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::ruleset::rule::{RuleId, TextField};

pub(super) const CHECKS: &[Check] = &[
    check!(
        301 "renamed-decoder", ERROR, All,
        "`decoded_as` names a child decoder, which carries its parent's name",
        "When all decoders are read, a child takes the name of its parent unless it has \
         `<use_own_name>true</use_own_name>`. The old name is still known, so the rule loads, and no \
         event ever has it. Name the parent, and tell the child apart by what it decodes.",
        Ruleset(renamed_decoder)
    ),
    check!(
        302 "other-decoder", ERROR, All,
        "`decoded_as` names another decoder than the parents of the rule",
        "An event has one decoder. Where all parents ask for one decoder and the rule for another one, \
         the rule can never be reached.",
        Ruleset(other_decoder)
    ),
    check!(
        303 "other-category", ERROR, All,
        "the decoder has another type than the events that come to the rule",
        "The walk begins at the top-level rule whose category is the `<type>` of the event's decoder. A \
         rule without parents stands below the one of its own `<category>`, syslog if it has none; if its \
         decoder has another type, its events never get there. Give the rule the category of the decoder. \
         A child decoder does not inherit the type of its parent.",
        Ruleset(other_category)
    ),
    check!(
        304 "unset-field", WARNING, All,
        "a condition tests a field that no decoder sets",
        "A condition on a field fails where the field is missing, negated or not. None of the decoders \
         whose events can come to this rule has the field in its `<order>`, so the rule never holds. Names \
         of static fields are compared with case, so `SrcIP` in an `<order>` is another field.",
        Ruleset(fields::unset_field)
    ),
    check!(
        305 "unset-variable", WARNING, Wazuh,
        "a description shows a field that no decoder sets",
        "`$(name)` in a description is replaced by the field of that name, and by nothing where it is \
         missing. Of the static fields the name is the one of the `<order>`: `$(user)` is always empty, \
         the destination user is `$(dstuser)`.",
        Ruleset(fields::unset_variable)
    ),
    check!(
        306 "program-name-never", WARNING, All,
        "a rule tests the program name of events that have none",
        "Decoders without `program_name` only see events whose header has no program name. A rule for \
         such a decoder that asks for a program name never holds.",
        Ruleset(program_name)
    ),
    check!(
        307 "fts-without-keys", WARNING, All,
        "`if_fts` stands in a rule whose decoders have no `fts`",
        "The condition holds for the first event with new values of the fields that the decoder names in \
         `<fts>`. Where the decoder names none it never holds.",
        Ruleset(if_fts)
    ),
    check!(
        308 "geoip-never", WARNING, All,
        "a condition on GeoIP fields never holds",
        "`srcgeoip` and `dstgeoip` are only known to builds with GeoIP support, which no release has, and \
         without the field the condition fails.",
        Rule(fields::geoip)
    ),
];

fn renamed_decoder(context: &Context<'_>, output: &mut Output) {
    for rule in &context.rules {
        let Some((_, resolved)) = context.in_force(rule) else {
            continue;
        };
        let Some((name, text)) = &resolved.conditions.decoded_as else {
            continue;
        };
        if !context.reach.is_never(*name) {
            continue;
        }
        let decoders = context.ruleset.decoders.decoders.iter();
        let mut parents = decoders
            .filter(|decoder| decoder.name.bytes() == text.bytes())
            .filter_map(|decoder| decoder.parent.as_ref());
        let help = parents.next().map(|parent| {
            format!(
                "its events carry the name of its parent, `{}`",
                parent.lossy()
            )
        });
        let name = shown(text.bytes());
        let draft = Draft::new(format!("no event ever has the decoder name `{name}`"))
            .at(text.span(), "the name of a child decoder");
        output.push(match help {
            Some(help) => draft.help(help),
            None => draft,
        });
    }
}

fn other_decoder(context: &Context<'_>, output: &mut Output) {
    for rule in &context.rules {
        let Some((id, resolved)) = context.in_force(rule) else {
            continue;
        };
        let Some((name, text)) = &resolved.conditions.decoded_as else {
            continue;
        };
        let Names::Some(names) = context.reach.coming(id) else {
            continue;
        };
        if context.reach.is_never(*name) || names.is_empty() || names.contains(name) {
            continue;
        }
        let names: Vec<String> = names
            .iter()
            .filter_map(|name| context.ruleset.decoders.name(*name))
            .map(|name| format!("`{name}`"))
            .collect();
        output.push(
            Draft::new(format!(
                "rule `{}` can never be reached with the decoder `{}`",
                rule.sid(),
                shown(text.bytes())
            ))
            .at(text.span(), "not the decoder of its parents")
            .note(format!("events come here with {}", names.join(" or ")))
            .help("remove the condition, or put the rule below other parents"),
        );
    }
}

fn other_category(context: &Context<'_>, output: &mut Output) {
    for rule in &context.rules {
        let Some((id, resolved)) = context.in_force(rule) else {
            continue;
        };
        let Some((name, text)) = &resolved.conditions.decoded_as else {
            continue;
        };
        let types = context.reach.categories(*name);
        let coming = context.reach.coming_categories(id);
        if context.reach.is_never(*name) || coming.is_empty() || types.meets(coming) {
            continue;
        }
        let (types, coming) = (types.names(), coming.names());
        let place = rule
            .element("category")
            .filter(|_| rule.element("if_sid").is_none());
        let draft = Draft::new(format!(
            "events of the decoder `{}` never come to rule `{}`",
            shown(text.bytes()),
            rule.sid()
        ))
        .at(text.span(), format!("its events are of type {types}"));
        let draft = match place {
            Some(category) => draft.at(category.content.span(), "another type"),
            None => draft,
        };
        output.push(
            draft
                .note(format!(
                    "the rule stands below top-level rules of type {coming}"
                ))
                .help(format!(
                    "write `<category>{types}</category>`, without parents of another type"
                )),
        );
    }
}

fn program_name(context: &Context<'_>, output: &mut Output) {
    for (id, rule) in resolved(context) {
        if rule
            .conditions
            .text(TextField::ProgramName)
            .in_force()
            .is_none()
        {
            continue;
        }
        let Names::Some(names) = context.reach.within(id) else {
            continue;
        };
        let without =
            |name: &crate::ruleset::decoder::NameId| !context.reach.has_program_name(*name);
        if names.is_empty() || !names.iter().all(without) {
            continue;
        }
        let Some(place) = context.place_in(id, "program_name") else {
            continue;
        };
        output.push(
            Draft::new(format!(
                "rule `{}` never holds: its events have no program name",
                rule.sid
            ))
            .at(place, "always missing here")
            .help("remove the condition"),
        );
    }
}

fn if_fts(context: &Context<'_>, output: &mut Output) {
    for (id, rule) in resolved(context) {
        if !rule.conditions.if_fts {
            continue;
        }
        let missing = match context.reach.within(id) {
            Names::Some(names) => {
                !names.is_empty() && names.iter().all(|name| !context.reach.has_fts(*name))
            }
            Names::Any => !context.reach.any_fts(),
        };
        if missing && let Some(place) = context.place_in(id, "if_fts") {
            output.push(
                Draft::new(format!("`if_fts` never holds in rule `{}`", rule.sid))
                    .at(place, "none of its decoders has `fts`")
                    .help("name the fields in `<fts>` of the decoder"),
            );
        }
    }
}

/// The rules of the ruleset that are in the tree.
fn resolved<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (RuleId, &'a crate::ruleset::rule::Rule)> {
    let rules = context.ruleset.rules.rules.iter().enumerate();
    rules.map(|(index, rule)| (RuleId(index as u32), rule))
}

/// An element that names a field of an event, in messages.
fn element_of<'a>(rule: &WrittenRule<'a>, name: &str) -> Option<&'a crate::ast::Element> {
    rule.ast
        .elements
        .iter()
        .find(|element| is(&element.name, name))
}
