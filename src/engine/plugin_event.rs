//! The bridge from plugin decoders to the event of a session.

use std::ops::Range;

use super::event::{Event, Slice};
use super::plugins::{self, PluginEvent, Value};
use super::prepare::DecodingScratch;
use super::{Engine, json_event};
use crate::ruleset::category::Category;
use crate::ruleset::decoder::Plugin;
use crate::ruleset::field::Field;
use crate::ruleset::rule::Sid;

/// Runs a plugin on the event.
pub(super) fn run(
    engine: &Engine,
    scratch: &mut DecodingScratch,
    event: &mut Event,
    plugin: Plugin,
) {
    if plugin == Plugin::Json {
        return json_event::run(engine, &mut scratch.json, event);
    }
    plugins::run(plugin, engine.rules.plugins, &mut Bridge { engine, event });
}

struct Bridge<'a> {
    engine: &'a Engine,
    event: &'a mut Event,
}

impl PluginEvent for Bridge<'_> {
    fn log(&self) -> &[u8] {
        self.event.log()
    }

    fn location(&self) -> &[u8] {
        self.event.get(self.event.location)
    }

    fn set(&mut self, field: Field, value: Value) {
        let log = self.event.log;
        let slice = match value {
            Value::Slice(range) => log.part(range),
            Value::Word(word) => self.event.append(word.as_bytes()),
            Value::Joined(one, other) => {
                let bytes = self.event.bytes_mut();
                let start = bytes.len();
                for range in [one, other] {
                    let part = log.part(range).range();
                    bytes.extend_from_within(part);
                }
                Slice::new(start..bytes.len())
            }
        };
        self.event.set_field(field, slice);
    }

    fn set_category(&mut self, category: Category) {
        if let Some(decoder) = self.event.decoder {
            self.event.category_changes.push((decoder, category));
        }
    }

    fn rule_exists(&self, sid: u32) -> bool {
        self.engine.ruleset.rules.find(Sid(sid)).is_some()
    }

    fn tie_to_rule(&mut self, sid: u32) {
        self.event.tied_rule = Some(Sid(sid));
    }

    fn set_location_and_hostname(&mut self, text: &[u8]) {
        let slice = self.event.append(text);
        self.event.location = slice;
        self.event.hostname = slice;
    }

    fn replace_log(&mut self, range: Range<usize>) {
        let log = self.event.log.part(range);
        self.event.full_log = log;
        self.event.log = log;
    }
}
