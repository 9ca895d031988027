//! Decoders: which of them can run, and what of them is used.

mod order;

use std::collections::{HashMap, HashSet};

use super::context::{Context, WrittenDecoder, is, shown};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::ruleset::category::Category;
use crate::ruleset::decoder::{Decoder, DecoderId, TopDecoder};

pub(super) const CHECKS: &[Check] = &[
    check!(
        101 "unused-groups", INFO, All,
        "a regex has more groups than its `order` has fields",
        "Group number n goes to the n-th field. What further groups capture is dropped. In OSSEC groups \
         that took no part are not counted, so groups of different alternatives can share a field.",
        Decoder(order::unused_groups)
    ),
    check!(
        102 "unfilled-fields", WARNING, All,
        "an `order` has more fields than the regex has groups",
        "The last fields are never set, and rules that test them never hold. Put the part that is wanted \
         into parentheses; groups that begin with `(?:` do not capture.",
        Decoder(order::unfilled_fields)
    ),
    check!(
        103 "blank-in-order", WARNING, All,
        "a field name has a line break, tab or blank in it",
        "Names of an `<order>` are split at commas, and only blanks are trimmed. A line break or tab becomes \
         part of the name, or the name itself, and the field that was meant is never set.",
        Decoder(order::blank)
    ),
    check!(
        104 "almost-static-field", WARNING, Modern,
        "a field is named almost like a static one",
        "Names of static fields are compared with case. `SrcIP` is a dynamic field of that name, so \
         `<srcip>`, `same_source_ip` and the address in alerts do not see it.",
        Decoder(order::almost_static)
    ),
    check!(
        105 "fts-source-user", WARNING, Ossec,
        "`srcuser` in `fts` means the destination user",
        "The words of `<fts>` are looked for as parts, and `user` comes first: `srcuser` is read as `user`, \
         which is the destination user. The source user cannot be chosen.",
        Decoder(order::fts_source_user)
    ),
    check!(
        106 "unreachable-decoder", WARNING, All,
        "a child decoder is never tried",
        "The children of a decoder are tried in file order, and the first one without `prematch` ends the \
         search, even if its regex then fails. Children behind it only run as further links of its chain, \
         which have its name. Give it a `prematch`, or put it last.",
        Ruleset(unreachable)
    ),
    check!(
        107 "hidden-decoder", WARNING, All,
        "a top-level decoder is never tried: one before it takes the same events",
        "The first top-level decoder that matches is final. One with the same program name and without a \
         `prematch`, or with the same one, leaves nothing for those behind it. Make them children of one \
         parent.",
        Ruleset(hidden)
    ),
    check!(
        108 "unused-regex", WARNING, All,
        "the regex of a decoder with children is never used",
        "A top-level decoder extracts fields itself only if it has no children at all. As soon as one is \
         there, its own `regex`, `order` and plugin are dead. Move them to a child.",
        Ruleset(unused_regex)
    ),
    check!(
        109 "child-program-name", INFO, All,
        "the `program_name` of a child decoder is never tested",
        "Only top-level decoders are chosen by program name. Use `prematch`.",
        Ruleset(child_program_name)
    ),
    check!(
        110 "lost-type", WARNING, All,
        "a child decoder does not have the type of its parent",
        "`<type>` is not inherited. An event that the child decodes has type syslog again and goes to the \
         rules of that category, not to those of its parent's. Repeat the `<type>`.",
        Ruleset(lost_type)
    ),
    check!(
        111 "idle-switch", WARNING, All,
        "a switch of a decoder has a value that does not do what it says",
        "`use_own_name` is on only for exactly `true`. `accumulate` is on whatever it says, `no` included.",
        Decoder(switch)
    ),
    check!(
        112 "ignored-decoder-attribute", WARNING, Wazuh,
        "an attribute of a decoder element is not read",
        "The elements of decoders know `offset` and `type`, in lower case, and no `negate`. Others are \
         ignored without a word.",
        Decoder(attribute)
    ),
    check!(
        113 "repeated-order", WARNING, All,
        "a decoder has more than one `order`, and the last one replaces the others",
        "Unlike patterns, `<order>` is not joined. Write all fields into one.",
        Decoder(repeated_order)
    ),
];

/// Every top-level decoder with its children.
fn tops<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a TopDecoder> + use<'a> {
    let decoders = &context.ruleset.decoders;
    decoders
        .with_program_name
        .iter()
        .chain(&decoders.without_program_name)
}

fn unreachable(context: &Context<'_>, output: &mut Output) {
    let decoders = &context.ruleset.decoders;
    // A child of several parents counts as reached if it is reached below one of them.
    let mut reached: HashSet<DecoderId> = HashSet::new();
    let mut blocked: HashMap<DecoderId, DecoderId> = HashMap::new();
    for top in tops(context) {
        let children = &top.children;
        let mut at = 0;
        let mut blocker = None;
        while let Some(&child) = children.get(at) {
            // A chain runs on from where it begins.
            let mut link = at;
            reached.insert(child);
            while decoders.get(children[link]).next && link + 1 < children.len() {
                link += 1;
                reached.insert(children[link]);
            }
            if decoders.get(child).prematch.is_none() {
                blocker = Some((child, link));
                break;
            }
            while at < children.len() && decoders.get(children[at]).next {
                at += 1;
            }
            at += 1;
        }
        if let Some((blocker, from)) = blocker {
            for &child in &children[from + 1..] {
                blocked.entry(child).or_insert(blocker);
            }
        }
    }
    for id in decoders.ids() {
        let Some(&blocker) = blocked.get(&id).filter(|_| !reached.contains(&id)) else {
            continue;
        };
        let (decoder, blocker) = (decoders.get(id), decoders.get(blocker));
        output.push(
            Draft::new(format!("decoder `{}` is never tried", decoder.name.lossy()))
                .at(decoder.name.span(), "behind the end of the search")
                .at(
                    blocker.name.span(),
                    "has no `prematch`, so the search ends here",
                )
                .help("give the decoder before it a `prematch`, or put that one last"),
        );
    }
}

fn hidden(context: &Context<'_>, output: &mut Output) {
    let decoders = &context.ruleset.decoders;
    let text = |decoder: &Decoder, prematch: bool| {
        let pattern = match prematch {
            true => &decoder.prematch,
            false => &decoder.program_name,
        };
        let pattern = pattern.as_ref();
        pattern.map(|pattern| (pattern.language(), pattern.text().to_owned()))
    };
    for list in [&decoders.with_program_name, &decoders.without_program_name] {
        let mut first: HashMap<_, DecoderId> = HashMap::new();
        for top in list {
            let decoder = decoders.get(top.decoder);
            let (program, prematch) = (text(decoder, false), text(decoder, true));
            let key = |prematch| (program.clone(), prematch);
            let hit = first
                .get(&key(None))
                .or_else(|| first.get(&key(prematch.clone())));
            let Some(&hit) = hit else {
                first.insert(key(prematch), top.decoder);
                continue;
            };
            let earlier = decoders.get(hit);
            // Decoders of one name share their children: a second one with children of its own is
            // another way to write a list.
            output.push(
                Draft::new(format!(
                    "decoder `{}` is never tried: `{}` takes its events",
                    decoder.name.lossy(),
                    earlier.name.lossy()
                ))
                .at(
                    decoder.name.span(),
                    "tests nothing that the other one does not",
                )
                .at(earlier.name.span(), "comes first and is final")
                .help("make it a child of the other one"),
            );
        }
    }
}

fn unused_regex(context: &Context<'_>, output: &mut Output) {
    let parents: HashMap<DecoderId, DecoderId> = tops(context)
        .filter_map(|top| Some((top.decoder, *top.children.first()?)))
        .collect();
    for decoder in &context.decoders {
        let Some(child) = decoder.resolved.and_then(|id| parents.get(&id)) else {
            continue;
        };
        let names = ["regex", "pcre2", "plugin_decoder"];
        let Some(element) = names.into_iter().find_map(|name| decoder.element(name)) else {
            continue;
        };
        let child = context.ruleset.decoders.get(*child);
        output.push(
            Draft::new(format!(
                "decoder `{}` never uses its `{}`: it has children",
                decoder.name(),
                element.name.lossy()
            ))
            .at(element.span, "without effect")
            .at(child.name.span(), "the first child")
            .help("move it to a child"),
        );
    }
}

fn child_program_name(context: &Context<'_>, output: &mut Output) {
    for decoder in &context.decoders {
        let is_child = context
            .decoder(decoder)
            .is_some_and(|decoder| decoder.parent.is_some());
        let names = ["program_name", "program_name_pcre2"];
        let element = names.into_iter().find_map(|name| decoder.element(name));
        if let Some(element) = element.filter(|_| is_child) {
            output.push(
                Draft::new(format!(
                    "child decoder `{}` does not test its program name",
                    decoder.name()
                ))
                .at(element.span, "without effect")
                .help("use `prematch`, or remove it"),
            );
        }
    }
}

fn lost_type(context: &Context<'_>, output: &mut Output) {
    let decoders = &context.ruleset.decoders;
    // The type of the parent, if all parents of the name agree.
    let mut types: HashMap<_, Option<Category>> = HashMap::new();
    for top in tops(context) {
        let parent = decoders.get(top.decoder);
        let known = types
            .entry(parent.name.bytes())
            .or_insert(Some(parent.category));
        if *known != Some(parent.category) {
            *known = None;
        }
    }
    for written in &context.decoders {
        let Some(decoder) = context.decoder(written) else {
            continue;
        };
        let Some(parent) = &decoder.parent else {
            continue;
        };
        let Some(Some(category)) = types.get(parent.bytes()).copied() else {
            continue;
        };
        // Only the decoder that an event carries gives it a type: in Wazuh and 2.8.3 a child that was
        // chosen by its prematch, since 3.7 also one whose regex matched.
        let carried = decoder.prematch.is_some()
            || (super::registry::Dialects::Ossec3.contain(context.dialect)
                && decoder.regex.is_some());
        let changes = category != Category::Syslog && decoder.plugin.is_none();
        if !carried || !changes || written.elements("type").next().is_some() {
            continue;
        }
        output.push(
            Draft::new(format!(
                "events of decoder `{}` have type syslog",
                written.name()
            ))
            .at(decoder.name.span(), "no `type`")
            .at(
                parent.span(),
                format!("its parent has type {}", category.name()),
            )
            .help(format!("add `<type>{}</type>`", category.name())),
        );
    }
}

fn switch(_: &Context<'_>, decoder: &WrittenDecoder<'_>, output: &mut Output) {
    for element in decoder.elements("use_own_name") {
        let text = element.content.bytes();
        if text != "true" && text != "false" && text != "no" {
            output.push(
                Draft::new(format!(
                    "`use_own_name` is off in decoder `{}`",
                    decoder.name()
                ))
                .at(element.content.span(), "only `true` switches it on")
                .help("write `true`"),
            );
        }
    }
    for element in decoder.elements("accumulate") {
        let text = element.content.lossy().trim().to_ascii_lowercase();
        if ["no", "false", "0", "off"].contains(&text.as_str()) {
            output.push(
                Draft::new(format!(
                    "`accumulate` is on in decoder `{}`",
                    decoder.name()
                ))
                .at(element.content.span(), "the value is not looked at")
                .help("remove the element"),
            );
        }
    }
}

fn attribute(_: &Context<'_>, decoder: &WrittenDecoder<'_>, output: &mut Output) {
    for element in &decoder.ast.elements {
        let known: &[&str] = match element.name.lossy().to_ascii_lowercase().as_str() {
            "prematch" | "regex" => &["offset", "type"],
            "program_name" => &["type"],
            "plugin_decoder" => &["offset"],
            _ => &[],
        };
        for attribute in &element.attributes {
            if known.iter().any(|name| attribute.name.bytes() == *name) {
                continue;
            }
            let name = attribute.name.lossy();
            let lower = known.iter().find(|known| is(&attribute.name, known));
            let help = lower.map_or_else(
                || "remove it".to_owned(),
                |known| format!("write it in lower case: `{known}`"),
            );
            output.push(
                Draft::new(format!(
                    "`{}` is not read in `{}`",
                    shown(name.as_bytes()),
                    element.name.lossy()
                ))
                .at(attribute.span, "without effect")
                .help(help),
            );
        }
    }
}

fn repeated_order(_: &Context<'_>, decoder: &WrittenDecoder<'_>, output: &mut Output) {
    let orders: Vec<_> = decoder.elements("order").collect();
    if let [lost, .., last] = orders.as_slice() {
        output.push(
            Draft::new(format!(
                "decoder `{}` has more than one `order`",
                decoder.name()
            ))
            .at(lost.span, "without effect")
            .at(last.span, "this one counts")
            .help("write all fields into one"),
        );
    }
}
