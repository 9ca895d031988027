//! Decoders that differ.

use std::collections::HashMap;

use bstr::BString;
use indexmap::IndexMap;

use super::element::{Value, name_of};
use super::locate::Locator;
use super::property::Properties;
use super::tree::{Reordering, moved};
use super::{Both, ChangeKind, DecoderChange, FileMoves, Found, Side};
use crate::pattern::Pattern;
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::json_options::{Arrays, Nulls};
use crate::ruleset::decoder::{Decoder, Decoders, FtsKeys, Offset, OrderField, TopDecoder};

/// Finds the decoders that differ. Names need not be unique: of several decoders of one name those
/// that are the same are taken for the same, then those with the same parent, in their order.
pub(super) fn changes(
    old: Side<'_>,
    new: Side<'_>,
    locators: &Both<Locator<'_>>,
    files: &mut FileMoves,
) -> Found<DecoderChange> {
    let lists = Both {
        old: &old.ruleset.decoders.decoders,
        new: &new.ruleset.decoders.decoders,
    };
    let said = Both {
        old: lists.old.iter().map(properties).collect::<Vec<_>>(),
        new: lists.new.iter().map(properties).collect::<Vec<_>>(),
    };
    let mut names: IndexMap<BString, Both<Vec<usize>>> = IndexMap::new();
    let none = || Both {
        old: Vec::new(),
        new: Vec::new(),
    };
    for (index, decoder) in lists.old.iter().enumerate() {
        let name = decoder.name.bytes().to_owned();
        names.entry(name).or_insert_with(none).old.push(index);
    }
    for (index, decoder) in lists.new.iter().enumerate() {
        let name = decoder.name.bytes().to_owned();
        names.entry(name).or_insert_with(none).new.push(index);
    }
    let parent = |decoder: &Decoder| decoder.parent.as_ref().map(|name| name.bytes().to_owned());
    let mut found = Found {
        changes: Vec::new(),
        pairs: Vec::new(),
    };
    for mut indices in names.into_values() {
        let pairs = &mut found.pairs;
        let first = pairs.len();
        pair(&mut indices, pairs, |old, new| {
            said.old[old] == said.new[new]
        });
        let same_parent =
            |old: usize, new: usize| parent(&lists.old[old]) == parent(&lists.new[new]);
        pair(&mut indices, pairs, same_parent);
        pair(&mut indices, pairs, |_, _| true);
        for &(before, after) in &pairs[first..] {
            let decoder = &lists.new[after];
            let old_at = locators.old.place(lists.old[before].span);
            let new_at = locators.new.place(decoder.span);
            files.decoder(Some(&old_at), Some(&new_at));
            let mut elements = said.old[before].differences(&said.new[after]);
            if elements.is_empty() {
                continue;
            }
            for element in &mut elements {
                let names = written_as(element.element);
                let before = &[lists.old[before].span];
                element.old_at = locators.old.element(before, &names);
                element.new_at = locators.new.element(&[decoder.span], &names);
            }
            found.changes.push(DecoderChange {
                old_at: Some(old_at),
                new_at: Some(new_at),
                elements,
                ..change(decoder, ChangeKind::Changed)
            });
        }
        for index in indices.old {
            let decoder = &lists.old[index];
            found.changes.push(DecoderChange {
                old_at: Some(locators.old.place(decoder.span)),
                ..change(decoder, ChangeKind::Removed)
            });
        }
        for index in indices.new {
            let decoder = &lists.new[index];
            found.changes.push(DecoderChange {
                new_at: Some(locators.new.place(decoder.span)),
                ..change(decoder, ChangeKind::Added)
            });
        }
    }
    found
}

fn change(decoder: &Decoder, change: ChangeKind) -> DecoderChange {
    DecoderChange {
        name: name_of(decoder.name.bytes()),
        parent: decoder.parent.as_ref().map(|name| name_of(name.bytes())),
        change,
        old_at: None,
        new_at: None,
        elements: Vec::new(),
    }
}

/// Takes pairs out of the lists, in their order. A decoder that fits to none of the rest is passed
/// over; none is looked at again behind a later one, so the work is linear.
fn pair(
    lists: &mut Both<Vec<usize>>,
    pairs: &mut Vec<(usize, usize)>,
    fits: impl Fn(usize, usize) -> bool,
) {
    let mut rest = Vec::new();
    let mut at = 0;
    lists.old.retain(|&old| {
        let ahead = lists.new[at..].iter().take(LOOK_AHEAD);
        let hit = ahead.enumerate().find(|&(_, &new)| fits(old, new));
        let Some((skipped, &new)) = hit else {
            return true;
        };
        rest.extend_from_slice(&lists.new[at..at + skipped]);
        at += skipped + 1;
        pairs.push((old, new));
        false
    });
    rest.extend_from_slice(&lists.new[at..]);
    lists.new = rest;
}

/// So many decoders of one name are compared with one: with hostile thousands of one name some
/// changes are shown as removed and added.
const LOOK_AHEAD: usize = 64;

/// The elements that say it.
fn written_as(element: &'static str) -> Vec<&'static str> {
    match element {
        "regex" => vec!["regex", "pcre2"],
        "prematch" => vec!["prematch", "prematch_pcre2"],
        "program_name" => vec!["program_name", "program_name_pcre2"],
        "regex offset" => vec!["regex", "pcre2"],
        "prematch offset" => vec!["prematch", "prematch_pcre2"],
        "plugin offset" => vec!["plugin_decoder"],
        element => vec![element],
    }
}

/// What a decoder says. What only follows from other decoders, like its number, is not among it.
fn properties(decoder: &Decoder) -> Properties {
    let Decoder {
        name: _,
        shown_name: _,
        name_id: _,
        parent,
        span: _,
        program_name,
        prematch,
        prematch_after_parent,
        regex,
        regex_offset,
        order,
        fts,
        fts_fields,
        fts_comment,
        category,
        use_own_name,
        plugin,
        plugin_offset,
        json_nulls,
        json_arrays,
        accumulate,
        next: _,
    } = decoder;
    let mut all = Properties::default();
    if let Some(parent) = parent {
        all.add("parent", Value::text(parent.bytes()));
    }
    let mut pattern = |element, pattern: &Option<Pattern>| {
        if let Some(pattern) = pattern {
            all.add(element, Value::pattern(pattern));
        }
    };
    pattern("program_name", program_name);
    pattern("prematch", prematch);
    pattern("regex", regex);
    if *prematch_after_parent {
        all.add("prematch offset", Value::text("after_parent"));
    }
    offset("regex offset", *regex_offset, &mut all);
    for field in order {
        all.add(
            "order",
            match field {
                OrderField::Static(field) => Value::text(field.json_name()),
                OrderField::Dynamic(name) => Value::text(name),
            },
        );
    }
    for (key, name) in [
        (FtsKeys::NAME, "name"),
        (FtsKeys::SRC_USER, "srcuser"),
        (FtsKeys::DST_USER, "user"),
        (FtsKeys::SRC_IP, "srcip"),
        (FtsKeys::DST_IP, "dstip"),
        (FtsKeys::LOCATION, "location"),
        (FtsKeys::ID, "id"),
        (FtsKeys::DATA, "data"),
        (FtsKeys::SYSTEM_NAME, "system_name"),
    ] {
        if fts.contains(key) {
            all.add("fts", Value::text(name));
        }
    }
    for name in fts_fields {
        all.add("fts", Value::text([b"field ", name.as_slice()].concat()));
    }
    if let Some(comment) = fts_comment {
        all.add("ftscomment", Value::text(comment));
    }
    all.add("type", Value::text(category.name()));
    all.flag("use_own_name", *use_own_name);
    if let Some(plugin) = plugin {
        all.add("plugin_decoder", Value::text(plugin.name()));
        offset("plugin offset", *plugin_offset, &mut all);
    }
    if *json_nulls == Nulls::Discard {
        all.add("json_null_field", Value::text("discard"));
    }
    if *json_arrays == Arrays::Csv {
        all.add("json_array_structure", Value::text("csv"));
    }
    all.flag("accumulate", *accumulate);
    all
}

fn offset(element: &'static str, offset: Offset, all: &mut Properties) {
    let name = match offset {
        Offset::None => return,
        Offset::AfterParent => "after_parent",
        Offset::AfterPrematch => "after_prematch",
        Offset::AfterRegex => "after_regex",
    };
    all.add(element, Value::text(name));
}

/// Finds decoders that are tried in another order. `pairs` are those that both rulesets have.
pub(super) fn reordered(old: &Ruleset, new: &Ruleset, pairs: &[(usize, usize)]) -> Vec<Reordering> {
    let counterpart: HashMap<usize, usize> = pairs.iter().copied().collect();
    let (old, new) = (&old.decoders, &new.decoders);
    let mut found = Vec::new();
    let name = |index: &usize| name_of(new.decoders[*index].name.bytes());
    let mut add = |below: String, before: Vec<usize>, after: Vec<usize>| {
        let before = before.iter();
        let before = before.filter_map(|index| counterpart.get(index).copied());
        let moved = moved(before, &after);
        if !moved.is_empty() {
            let moved = moved.iter().map(name).collect();
            found.push(Reordering { below, moved });
        }
    };
    for (below, before, after) in [
        (
            "the decoders with a program name",
            &old.with_program_name,
            &new.with_program_name,
        ),
        (
            "the decoders without a program name",
            &old.without_program_name,
            &new.without_program_name,
        ),
    ] {
        let tops = |list: &[TopDecoder]| list.iter().map(|top| top.decoder.index()).collect();
        add(below.to_owned(), tops(before), tops(after));
    }
    let (old_children, new_children) = (children(old), children(new));
    for &(before, after) in pairs {
        if let (Some(before), Some(after)) = (old_children.get(&before), new_children.get(&after)) {
            let below = new.decoders[after.0].name.bytes();
            let below = format!("decoder {}", name_of(below));
            add(below, before.1.clone(), after.1.clone());
        }
    }
    found
}

/// The children of each top-level decoder, by its index, which is given again.
fn children(decoders: &Decoders) -> HashMap<usize, (usize, Vec<usize>)> {
    let tops = decoders
        .with_program_name
        .iter()
        .chain(&decoders.without_program_name);
    tops.filter(|top| !top.children.is_empty())
        .map(|top| {
            let children = top.children.iter().map(|child| child.index());
            let index = top.decoder.index();
            (index, (index, children.collect()))
        })
        .collect()
}
