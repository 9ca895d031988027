//! Dynamic fields of an event: what they are called and where they live.
//!
//! OSSEC keeps a value for each position of an `<order>`; the names are those of the decoder that
//! the event carries in the end (`spec/decoders.md` §5). Wazuh appends a name and a value for each
//! field, in the order in which they were found, and of equal names the first counts
//! (`spec/wazuh.md` §7.3).

use bstr::BStr;

use super::Engine;
use super::event::{Appended, Event, FieldName, Slice};
use super::field_names::FieldId;
use crate::ruleset::decoder::OrderField;

/// How an engine keeps dynamic fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DynamicFields {
    /// By position in the order of the decoder of the event.
    ByPosition,
    /// By name, one behind the other.
    Appended,
}

/// The value that rules see under this name, compared without case.
pub(crate) fn find<'e>(engine: &'e Engine, event: &'e Event, name: &[u8]) -> Option<&'e BStr> {
    if let Some(id) = engine.field_names.id(name) {
        return find_by_id(engine, event, id);
    }
    // Names of orders all have a number.
    let named = |field: &&Appended| name_of(engine, event, field.name).eq_ignore_ascii_case(name);
    let field = event.appended().iter().find(named)?;
    Some(event.get(field.value))
}

/// The value that rules see under the name with this number.
pub(crate) fn find_by_id<'e>(engine: &Engine, event: &'e Event, id: FieldId) -> Option<&'e BStr> {
    match engine.rules.extraction.dynamic_fields {
        DynamicFields::ByPosition => {
            let order = engine.field_names.order(event.decoder?);
            // The first position with that name decides, filled or not.
            event.dynamic(order.iter().position(|&entry| entry == Some(id))?)
        }
        DynamicFields::Appended => {
            if !event.has_appended(id) {
                return None;
            }
            let field = event.appended().iter().find(|field| field.id == Some(id))?;
            Some(event.get(field.value))
        }
    }
}

/// Every dynamic field with its name. A name may come twice.
pub(crate) fn all<'e>(
    engine: &'e Engine,
    event: &'e Event,
) -> impl Iterator<Item = (&'e BStr, &'e BStr)> + use<'e> {
    let decoder = event.decoder.map(|id| engine.ruleset.decoders.get(id));
    let order = decoder.map_or(&[][..], |decoder| decoder.order.as_slice());
    let by_position = order
        .iter()
        .enumerate()
        .filter_map(|(position, entry)| match entry {
            OrderField::Dynamic(name) => Some((name.as_ref(), event.dynamic(position)?)),
            OrderField::Static(_) => None,
        });
    let appended = event
        .appended()
        .iter()
        .map(|field| (name_of(engine, event, field.name), event.get(field.value)));
    // Of the two kinds one is always empty.
    by_position.chain(appended)
}

/// Gives the event a dynamic field that was decoded before. Where values live by position, one that
/// the decoder of the event does not name has no place.
pub(crate) fn add(engine: &Engine, event: &mut Event, name: &[u8], value: &[u8]) {
    match engine.rules.extraction.dynamic_fields {
        DynamicFields::ByPosition => {
            let decoder = event
                .decoder
                .map(|id| (id, engine.ruleset.decoders.get(id)));
            let place = decoder.and_then(|(id, decoder)| {
                let names = |entry: &OrderField| match entry {
                    OrderField::Dynamic(known) => known == name,
                    OrderField::Static(_) => false,
                };
                Some((id, decoder.order.iter().position(names)?))
            });
            if let Some((id, position)) = place {
                let value = event.append(value);
                event.set_dynamic(position, value);
                let name = FieldName::Order(id, position as u32);
                event.printed.push((name, value));
            }
        }
        DynamicFields::Appended => {
            let name = FieldName::Written(event.append(name));
            let value = event.append(value);
            append(engine, event, name, value);
            event.printed.push((name, value));
        }
    }
}

/// Appends a dynamic field under a name.
pub(crate) fn append(engine: &Engine, event: &mut Event, name: FieldName, value: Slice) {
    let id = engine.field_id(event, name);
    event.append_dynamic(Appended { name, id, value });
}

/// The name of a field of the event.
pub(crate) fn name_of<'e>(engine: &'e Engine, event: &'e Event, name: FieldName) -> &'e BStr {
    let family = engine.ruleset.dialect.family();
    match name {
        FieldName::Static(field) => BStr::new(field.printed_name(family)),
        FieldName::Written(name) => event.get(name),
        FieldName::Order(decoder, position) => {
            match &engine.ruleset.decoders.get(decoder).order[position as usize] {
                OrderField::Dynamic(name) => name.as_ref(),
                OrderField::Static(field) => BStr::new(field.printed_name(family)),
            }
        }
    }
}
