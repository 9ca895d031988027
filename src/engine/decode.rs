//! Phase 2: which decoder, and which fields (`spec/decoders.md` §4, §5, `spec/wazuh.md` §7.3).

use bstr::BStr;

use super::Engine;
use super::decoder_lists::Family;
use super::dynamic::{self, DynamicFields};
use super::event::{Event, FieldName, JsonRests, Slice};
use super::field_names::FieldId;
use super::index::{Probe, Query};
use super::prepare::DecodingScratch;
use super::trace::Trace;
use crate::pattern::{Captures, Look, Pattern};
use crate::ruleset::decoder::{Decoder, DecoderId, Offset, OrderField};

/// What differs between the engines once a decoder has matched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtractionRules {
    /// A regex that matches makes its decoder the one that the event carries.
    pub(crate) regex_moves_decoder: bool,
    /// A plugin ends the extraction, even in a chain.
    pub(crate) plugin_ends: bool,
    /// A regex that fails leaves nothing for `after_regex` to go on behind.
    pub(crate) failure_forgets_rest: bool,
    /// How dynamic fields are kept.
    pub(crate) dynamic_fields: DynamicFields,
}

/// Positions in the buffer of the event at which the texts behind earlier matches begin. In the
/// buffer, because a plugin of a chain may put a shorter log in the place of the one they are of.
#[derive(Clone, Copy)]
struct Rests {
    parent: usize,
    prematch: usize,
    regex: Option<usize>,
}

impl Rests {
    fn start(self, offset: Offset, event: &Event) -> usize {
        match offset {
            Offset::None => event.log.range().start,
            Offset::AfterParent => self.parent,
            Offset::AfterPrematch => self.prematch,
            Offset::AfterRegex => self.regex.unwrap_or(self.prematch),
        }
    }
}

/// Decodes the event in place. The category is that of the decoder files.
pub(super) fn decode<T: Trace>(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    trace: &mut T,
) {
    scratch.captures.clear();
    scratch.texts.begin();
    let decoders = &engine.ruleset.decoders;
    let list = match event.program_name {
        Some(_) => &engine.decoder_lists.with_program_name,
        None => &engine.decoder_lists.without_program_name,
    };
    let mut candidates = std::mem::take(&mut scratch.candidates);
    candidates.clear();
    list.selector.select(
        &mut scratch.texts,
        &query::<T>(event, event.log),
        &mut candidates,
    );
    for &number in &candidates {
        let family = &list.families[number as usize];
        trace.decoder_begins();
        let matched = top_matches(engine, family.top, scratch, event, trace);
        trace.decoder(family.top, matched.is_some());
        if let Some(rest) = matched {
            event.top_decoder = Some(family.top);
            event.decoder = Some(family.top);
            event.json_rests.after_prematch = Some(rest);
            // From here on no other top-level decoder is ever tried.
            scratch.candidates = candidates;
            below(engine, scratch, event, family, rest, trace);
            candidates = std::mem::take(&mut scratch.candidates);
            break;
        }
    }
    scratch.candidates = candidates;
    if let Some(decoder) = event.decoder {
        event.category = decoders.get(decoder).category;
    }
}

/// Decoders know neither decoder nor fields of an event.
fn query<'e, T: Trace>(
    event: &'e Event,
    rest: Slice,
) -> Query<'e, impl Fn(FieldId) -> Option<&'e BStr> + use<'e, T>> {
    Query {
        event,
        decoder: None,
        rest,
        field: |_| None,
        everything: T::EVERYTHING,
    }
}

/// Where the text behind the match of a top-level decoder begins, if it matches.
fn top_matches<T: Trace>(
    engine: &Engine,
    id: DecoderId,
    scratch: &mut DecodingScratch,
    event: &Event,
    trace: &mut T,
) -> Option<usize> {
    let decoder = engine.ruleset.decoders.get(id);
    if let Some(pattern) = &decoder.program_name {
        let name = event.get(event.program_name?);
        if !pattern.is_match(name) {
            return None;
        }
    }
    let start = event.log.range().start;
    match &decoder.prematch {
        Some(prematch) => {
            let probe = &engine.decoder_lists.prematches[id.index()];
            filtered(probe, prematch, event, start, scratch, trace)
        }
        None => Some(start),
    }
}

/// Searches the log from `start` on, as a text of its own, and says where the text behind the match
/// begins. A pattern that needs something that the text lacks is passed over; since one that fails
/// may empty the list of captures, so it is only passed over where that list is empty.
fn filtered<T: Trace>(
    probe: &Probe,
    pattern: &Pattern,
    event: &Event,
    start: usize,
    scratch: &mut DecodingScratch,
    trace: &mut T,
) -> Option<usize> {
    let DecodingScratch {
        texts, captures, ..
    } = scratch;
    let slice = event.log_from(start);
    let text = event.get(slice);
    let mut look = Look::None;
    if captures.groups().is_empty() && !probe.is_any() && !T::EVERYTHING {
        if !probe.may_match(text, || texts.log(event)) {
            trace.decoder_searched(text, None);
            return None;
        }
        look = Look::Likely;
    }
    let found = pattern.find_after(look, text, captures);
    let rest = found.map(|found| found.resume);
    trace.decoder_searched(text, rest);
    Some(slice.range().start + rest?)
}

fn below<T: Trace>(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    family: &Family,
    parent_rest: usize,
    trace: &mut T,
) {
    let mut rests = Rests {
        parent: parent_rest,
        prematch: event.log.range().start,
        regex: None,
    };
    if family.children.is_empty() {
        return extract(engine, scratch, event, &[], family.top, rests, trace);
    }
    let Some((position, prematch_rest)) =
        choose_child(engine, scratch, event, family, parent_rest, trace)
    else {
        return;
    };
    rests.prematch = prematch_rest;
    let Some((&first, behind)) = family.children[position..].split_first() else {
        return;
    };
    extract(engine, scratch, event, behind, first, rests, trace);
}

/// The first child whose prematch matches, or that has none: position and rest.
fn choose_child<T: Trace>(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    family: &Family,
    parent_rest: usize,
    trace: &mut T,
) -> Option<(usize, usize)> {
    let mut candidates = std::mem::take(&mut scratch.candidates);
    candidates.clear();
    if scratch.captures.groups().is_empty() {
        let rest = event.log_from(parent_rest);
        family.selector.select(
            &mut scratch.texts,
            &query::<T>(event, rest),
            &mut candidates,
        );
    } else {
        // See `filtered`.
        candidates.extend(0..family.heads.len() as u32);
    }
    let chosen = candidates.iter().find_map(|&number| {
        let position = family.heads[number as usize] as usize;
        let rest = child_matches(engine, scratch, event, family, position, parent_rest, trace)?;
        Some((position, rest))
    });
    scratch.candidates = candidates;
    chosen
}

/// Where the text behind the match of a child begins, if it is the one.
fn child_matches<T: Trace>(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    family: &Family,
    position: usize,
    parent_rest: usize,
    trace: &mut T,
) -> Option<usize> {
    let id = family.children[position];
    let child = engine.ruleset.decoders.get(id);
    let Some(prematch) = &child.prematch else {
        // A child without prematch ends the search, even if its regex will fail.
        return Some(parent_rest);
    };
    let start = if child.prematch_after_parent {
        parent_rest
    } else {
        event.log.range().start
    };
    let probe = &engine.decoder_lists.prematches[id.index()];
    trace.decoder_begins();
    let rest = filtered(probe, prematch, event, start, scratch, trace);
    trace.decoder(id, rest.is_some());
    if rest.is_some() {
        event.decoder = Some(id);
        event.json_rests = JsonRests {
            after_parent: Some(parent_rest),
            after_prematch: rest,
        };
    }
    rest
}

/// Runs a decoder and, while they are flagged, its neighbours in the list.
fn extract<T: Trace>(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    behind: &[DecoderId],
    first: DecoderId,
    mut rests: Rests,
    trace: &mut T,
) {
    let decoders = &engine.ruleset.decoders;
    let mut behind = behind.iter();
    let mut id = first;
    loop {
        let decoder = decoders.get(id);
        if let Some(plugin) = decoder.plugin {
            trace.decoder_begins();
            super::plugin_event::run(engine, scratch, event, plugin);
            trace.decoder_plugin(id);
            if engine.rules.extraction.plugin_ends {
                return;
            }
        } else if let Some(regex) = &decoder.regex {
            if !extract_one(engine, scratch, event, id, regex, &mut rests, trace) {
                return;
            }
        } else {
            return;
        }
        if !decoder.next {
            return;
        }
        match behind.next() {
            Some(&next) => id = next,
            None => return,
        }
    }
}

/// Runs the regex of a decoder. False if nothing more may be extracted.
fn extract_one<T: Trace>(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    id: DecoderId,
    regex: &Pattern,
    rests: &mut Rests,
    trace: &mut T,
) -> bool {
    let rules = &engine.rules.extraction;
    let decoder = engine.ruleset.decoders.get(id);
    let start = rests.start(decoder.regex_offset, event);
    let probe = &engine.decoder_lists.regexes[id.index()];
    trace.decoder_begins();
    let rest = filtered(probe, regex, event, start, scratch, trace);
    trace.decoder_regex(id, rest.is_some());
    if rest.is_some() || rules.failure_forgets_rest {
        rests.regex = rest;
    }
    if rest.is_none() {
        return true;
    }
    if rules.regex_moves_decoder {
        event.decoder = Some(id);
    }
    match rules.dynamic_fields {
        DynamicFields::ByPosition => {
            store(decoder, id, start, &scratch.captures, event);
            true
        }
        DynamicFields::Appended => {
            let limit = engine.ruleset.options.decoder_order_size;
            let appended = append(engine, id, start, &scratch.captures, event, limit);
            // The fields take the captures out of the list. Only those of a prematch stay in it, for
            // a pcre2 regex without any of its own.
            scratch.captures.clear();
            appended
        }
    }
}

/// Group number i goes to order entry i.
fn store(decoder: &Decoder, id: DecoderId, start: usize, captures: &Captures, event: &mut Event) {
    let text = event.log_from(start);
    for (position, (entry, group)) in decoder.order.iter().zip(captures.groups()).enumerate() {
        let value = text.part(group.clone());
        match entry {
            OrderField::Static(field) => {
                event.set_field(*field, value);
                event.printed.push((FieldName::Static(*field), value));
            }
            OrderField::Dynamic(_) => {
                event.set_dynamic(position, value);
                event
                    .printed
                    .push((FieldName::Order(id, position as u32), value));
            }
        }
    }
}

/// Group number i goes to order entry i; dynamic fields are appended. False, and nothing is stored,
/// if the event already has as many of them as it can.
fn append(
    engine: &Engine,
    id: DecoderId,
    start: usize,
    captures: &Captures,
    event: &mut Event,
    limit: usize,
) -> bool {
    let decoder = engine.ruleset.decoders.get(id);
    if event.appended().len() >= limit {
        return false;
    }
    let text = event.log_from(start);
    for (position, (entry, group)) in decoder.order.iter().zip(captures.groups()).enumerate() {
        let value = text.part(group.clone());
        match entry {
            OrderField::Static(field) => event.set_field(*field, value),
            OrderField::Dynamic(_) if event.appended().len() < limit => {
                let name = FieldName::Order(id, position as u32);
                dynamic::append(engine, event, name, value);
            }
            OrderField::Dynamic(_) => {}
        }
    }
    true
}
