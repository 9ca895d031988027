//! `JSON_Decoder`: the values of a JSON text become fields of the event (`spec/wazuh.md` §8.1).

use std::ops::ControlFlow;

use super::Engine;
use super::event::{Appended, Event, FieldName};
use super::field_names::FieldId;
use super::json::{self, JsonRules};
use crate::ruleset::decoder::Offset;
use crate::ruleset::field::Field;

/// Memory that is reused from event to event.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonScratch {
    text: Vec<u8>,
    reader: json::Scratch,
}

/// Runs the decoder. Where its text begins, and what becomes of `null` and of arrays, says the
/// decoder that the event carries, not the one that named the plugin.
pub(super) fn run(engine: &Engine, scratch: &mut JsonScratch, event: &mut Event) {
    let Some(decoder) = event.decoder.map(|id| engine.ruleset.decoders.get(id)) else {
        return;
    };
    let start = match decoder.plugin_offset {
        Offset::None => Some(event.log.range().start),
        Offset::AfterParent => event.json_rests.after_parent,
        Offset::AfterPrematch => event.json_rests.after_prematch,
        Offset::AfterRegex => None,
    };
    let Some(start) = start else { return };
    let rules = JsonRules {
        nulls: decoder.json_nulls,
        arrays: decoder.json_arrays,
    };
    fill(engine, scratch, event, start, rules);
}

/// Reads the log from `start`, a position of the buffer, and fills the fields of the event.
pub(super) fn fill(
    engine: &Engine,
    scratch: &mut JsonScratch,
    event: &mut Event,
    start: usize,
    rules: JsonRules,
) {
    let limit = engine.ruleset.options.decoder_order_size;
    let JsonScratch { text, reader } = scratch;
    // Values go into the buffer that the text is read from.
    text.clear();
    text.extend_from_slice(event.get(event.log_from(start)));
    json::flatten(text, rules, reader, |path, value| {
        let id = engine.field_names.id(path);
        match field(engine, event, path, id) {
            Some(field) => {
                let slice = event.append(value);
                event.set_field(field, slice);
            }
            None if event.appended().len() < limit => {
                let value = event.append(value);
                let name = FieldName::Written(event.append(path));
                event.append_dynamic(Appended { name, id, value });
            }
            None => {}
        }
        ControlFlow::Continue(())
    });
}

/// The static field of a path. `user` is the destination user while there is none.
fn field(engine: &Engine, event: &Event, path: &[u8], id: Option<FieldId>) -> Option<Field> {
    if path == b"user" {
        let known = event.field(Field::DstUser);
        return known
            .is_none_or(|user| user.is_empty())
            .then_some(Field::DstUser);
    }
    engine.field_names.static_in_json(id?, path)
}
