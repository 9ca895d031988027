//! `<order>` and `<fts>`.

use bstr::ByteSlice;

use crate::check::context::{Context, Owner, WrittenDecoder, WrittenPattern, shown};
use crate::check::finding::{Draft, Output};
use crate::check::patterns::capture_groups;
use crate::dialect::Family;
use crate::pattern::Language;
use crate::ruleset::decoder::OrderField;
use crate::ruleset::field::Field;

/// The regex of a decoder that is tested, with the number of its groups and of its fields.
fn counts<'c, 'a>(
    context: &'c Context<'a>,
    decoder: &WrittenDecoder<'a>,
) -> Option<(&'c WrittenPattern<'a>, usize, usize)> {
    let resolved = context.decoder(decoder)?;
    let compiled = resolved.regex.as_ref()?;
    let mut patterns = context.patterns_of(Owner::Decoder(decoder.index));
    let pattern = patterns.find(|pattern| pattern.captures && pattern.compiled.is_some())?;
    let groups = capture_groups(compiled.language(), compiled.text())?;
    // Wazuh's pcre2 keeps the numbers of groups that take no part.
    let numbered =
        context.dialect.family() == Family::Wazuh && compiled.language() == Language::Pcre2;
    let groups = if numbered { groups.total } else { groups.most };
    Some((pattern, groups, resolved.order.len()))
}

/// For labels: `2 groups for 1 field`.
fn groups_and_fields(groups: usize, fields: usize) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (many, more) = (plural(groups), plural(fields));
    format!("{groups} group{many} for {fields} field{more}")
}

pub(super) fn unused_groups(
    context: &Context<'_>,
    decoder: &WrittenDecoder<'_>,
    output: &mut Output,
) {
    let Some((pattern, groups, fields)) = counts(context, decoder) else {
        return;
    };
    if groups > fields {
        output.push(
            Draft::new(format!(
                "decoder `{}` drops what its regex captures: its groups are more than its fields",
                decoder.name()
            ))
            .at(pattern.text.span(), groups_and_fields(groups, fields))
            .help("name all of them in `<order>`, or remove parentheses"),
        );
    }
}

pub(super) fn unfilled_fields(
    context: &Context<'_>,
    decoder: &WrittenDecoder<'_>,
    output: &mut Output,
) {
    let Some((pattern, groups, fields)) = counts(context, decoder) else {
        return;
    };
    let (Some(order), true) = (decoder.elements("order").last(), groups < fields) else {
        return;
    };
    let text = order.content.bytes();
    let start = text.splitn(groups + 1, |&byte| byte == b',').take(groups);
    let start: usize = start.map(|piece| piece.len() + 1).sum();
    output.push(
        Draft::new(format!(
            "decoder `{}` never sets its last fields: its regex has fewer groups",
            decoder.name()
        ))
        .at(
            order.content.span_of(start.min(text.len())..text.len()),
            "never set",
        )
        .at(pattern.text.span(), groups_and_fields(groups, fields))
        .help("put what is wanted into parentheses"),
    );
}

pub(super) fn blank(context: &Context<'_>, decoder: &WrittenDecoder<'_>, output: &mut Output) {
    let Some(resolved) = context.decoder(decoder) else {
        return;
    };
    for field in &resolved.order {
        let OrderField::Dynamic(name) = field else {
            continue;
        };
        let Some(order) = decoder.elements("order").last() else {
            continue;
        };
        if !name.iter().any(u8::is_ascii_whitespace) {
            continue;
        }
        let text = &order.content;
        let at = text.bytes().find(name.as_slice()).unwrap_or(0);
        let end = (at + name.len()).min(text.bytes().len());
        // Without blanks and line breaks the names are those that were meant.
        let clean: Vec<&[u8]> = text
            .bytes()
            .split(|&byte| byte == b',')
            .map(|piece| piece.trim_ascii())
            .collect();
        let draft = Draft::new(format!(
            "decoder `{}` has a field named `{}`",
            decoder.name(),
            shown(name)
        ))
        .at(text.span_of(at..end), "blanks are part of the name")
        .help(format!("write `{}`", shown(&clean.join(b", ".as_slice()))));
        output.push(draft);
        return;
    }
}

pub(super) fn almost_static(
    context: &Context<'_>,
    decoder: &WrittenDecoder<'_>,
    output: &mut Output,
) {
    let Some(resolved) = context.decoder(decoder) else {
        return;
    };
    let family = context.dialect.family();
    for field in &resolved.order {
        let OrderField::Dynamic(name) = field else {
            continue;
        };
        let meant = Field::ALL.into_iter().find(|field| {
            *field != Field::Filename
                && field
                    .printed_name(family)
                    .as_bytes()
                    .eq_ignore_ascii_case(name)
        });
        let Some(meant) = meant else { continue };
        let order = decoder.elements("order").last();
        let place = order.and_then(|order| {
            let at = order.content.bytes().find(name.as_slice())?;
            Some(order.content.span_of(at..at + name.len()))
        });
        let written = meant.order_name();
        if let Some(place) = place {
            output.push(
                Draft::new(format!(
                    "`{}` is not the static field `{}`",
                    shown(name),
                    meant.printed_name(family)
                ))
                .at(place, "a dynamic field of this name")
                .help(format!("write `{written}`")),
            );
        }
    }
}

pub(super) fn fts_source_user(_: &Context<'_>, decoder: &WrittenDecoder<'_>, output: &mut Output) {
    for fts in decoder.elements("fts") {
        if let Some(at) = fts.content.bytes().find("srcuser") {
            output.push(
                Draft::new("`srcuser` is read as the destination user in `fts`")
                    .at(fts.content.span_of(at..at + 7), "means `dstuser`")
                    .help("write `dstuser` if that is meant"),
            );
        }
    }
}
