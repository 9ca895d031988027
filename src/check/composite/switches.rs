//! What the events must have in common.

use super::composites;
use crate::check::context::{Context, WrittenRule};
use crate::check::finding::{Draft, Output};
use crate::dialect::Family;
use crate::ruleset::field::Field;
use crate::ruleset::rule::{Compared, Kind, Search, Switches, kind};

pub(super) fn untested_switch(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let by_regex = rule.element("if_matched_regex").is_some()
        && rule.element("if_matched_sid").is_none()
        && rule.element("if_matched_group").is_none();
    for element in &rule.ast.elements {
        let name = element.name.lossy().to_ascii_lowercase();
        let never = name == "different_srcip";
        let here = by_regex
            && ["same_location", "same_src_port", "same_dst_port"].contains(&name.as_str());
        if kind(element.name.bytes(), context.dialect).is_some() && (never || here) {
            output.push(
                Draft::new(format!("`{name}` is not tested"))
                    .at(
                        element.span,
                        if never {
                            "by no search"
                        } else {
                            "by the search of `if_matched_regex`"
                        },
                    )
                    .help("remove it, or count by `if_matched_sid` or `if_matched_group`"),
            );
        }
    }
}

pub(super) fn cancels_nothing(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let mut on = Switches::default();
    for element in &rule.ast.elements {
        match kind(element.name.bytes(), context.dialect) {
            Some(Kind::Switch(switch)) => on |= switch,
            Some(Kind::Cancel(switch)) if on.contains(switch) => on = on.without(switch),
            Some(Kind::Cancel(_)) => output.push(
                Draft::new(format!("`{}` has no effect", element.name.lossy()))
                    .at(
                        element.span,
                        "takes back a `same_` element that is not there",
                    )
                    .help("OSSEC has no such test; remove it"),
            ),
            _ => {}
        }
    }
}

pub(super) fn unset_same(context: &Context<'_>, output: &mut Output) {
    for (id, rule, search) in composites(context) {
        let correlation = &rule.correlation;
        let mut missing = Vec::new();
        for compared in Compared::ALL {
            let tested = !matches!(
                (context.dialect.family(), search, compared),
                (
                    Family::Ossec,
                    Search::Events,
                    Compared::SrcPort | Compared::DstPort
                )
            );
            if correlation.switches.contains(Switches::same(compared))
                && tested
                && let Some(field) = compared.field()
                && !context.reach.sets(id, field)
            {
                missing.push(field.printed_name(context.dialect.family()).to_owned());
            }
        }
        for name in &correlation.same_fields {
            // A static field has a check of its own.
            if Field::of_wazuh(name).is_none() && !context.reach.sets_dynamic(id, name) {
                missing.push(name.to_string());
            }
        }
        let written = context.written(id);
        for name in missing {
            let shares = |element: &&crate::ast::Element| {
                let tag = element.name.lossy().to_ascii_lowercase();
                let fits = match kind(element.name.bytes(), context.dialect) {
                    Some(Kind::Switch(switch)) => Compared::ALL.into_iter().any(|compared| {
                        switch == Switches::same(compared)
                            && compared.field().is_some_and(|field| {
                                field.printed_name(context.dialect.family()) == name
                            })
                    }),
                    Some(Kind::SameField) => element.content.bytes() == name.as_str(),
                    _ => false,
                };
                fits && tag.starts_with("same_")
            };
            let element = written.and_then(|rule| rule.ast.elements.iter().find(shares));
            let place = element
                .map(|element| element.span)
                .or_else(|| context.span_of(id));
            if let Some(place) = place {
                output.push(
                    Draft::new(format!(
                        "rule `{}` never fires: no decoder of its events sets `{name}`",
                        rule.sid
                    ))
                    .at(place, "nothing to have in common")
                    .help("compare a field that the decoders set"),
                );
            }
        }
    }
}

pub(super) fn static_same(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in &rule.ast.elements {
        let different = match kind(element.name.bytes(), context.dialect) {
            Some(Kind::SameField) => false,
            Some(Kind::DifferentField) => true,
            _ => continue,
        };
        let name = element.content.lossy();
        if Field::of_wazuh(element.content.bytes()).is_none() && name != "user" {
            continue;
        }
        let own = format!("{}{name}", if different { "different_" } else { "same_" });
        let draft = Draft::new(format!(
            "`{name}` is a static field, which `{}` does not see",
            element.name.lossy()
        ))
        .at(element.content.span(), "not a dynamic field");
        let known = kind(own.as_bytes(), context.dialect).is_some();
        output.push(if known {
            draft.help(format!("use `<{own} />`"))
        } else {
            draft.help("use the element of the field")
        });
    }
}
