//! The accumulator: values that are carried from one event to the next with the same id
//! (`spec/decoders.md` §7).

use bstr::{BStr, BString};
use std::collections::HashMap;

use super::event::Event;
use crate::ruleset::field::Field;

/// Carried fields, in the order of the original.
const CARRIED: [Field; 7] = [
    Field::DstUser,
    Field::SrcUser,
    Field::DstIp,
    Field::SrcIp,
    Field::DstPort,
    Field::SrcPort,
    Field::Data,
];
/// An entry older than this, in seconds, is forgotten.
const LIFETIME: i64 = 120;
/// Every so many calls all old entries are removed.
const PURGE_EVERY: u32 = 200;
/// Longest value that is carried, in bytes.
const VALUE_LIMIT: usize = 80;
/// A key of this many bytes or more is not used.
const KEY_LIMIT: usize = 256;

#[derive(Clone, Debug, Default)]
struct Entry {
    last_use: i64,
    values: [Option<BString>; CARRIED.len()],
}

/// The remembered values of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accumulator {
    entries: HashMap<BString, Entry>,
    calls: u32,
}

impl Accumulator {
    /// Completes the event from the entry of its key, and the entry from the event.
    ///
    /// `decoder_name` is the name that the event carries.
    pub(crate) fn run(&mut self, event: &mut Event, decoder_name: &BStr) {
        let Some(id) = event.field(Field::Id) else {
            return;
        };
        let key = [event.get(event.hostname), decoder_name, id]
            .map(|part| part.to_vec())
            .join(&b' ');
        if key.len() >= KEY_LIMIT {
            return;
        }
        let now = event.moment.seconds;
        self.calls += 1;
        if self.calls.is_multiple_of(PURGE_EVERY) {
            self.entries
                .retain(|_, entry| now.saturating_sub(entry.last_use) <= LIFETIME);
        }
        let entry = self.entries.entry(key.into()).or_default();
        if now.saturating_sub(entry.last_use) > LIFETIME {
            *entry = Entry::default();
        }
        for (field, stored) in CARRIED.into_iter().zip(&entry.values) {
            let absent = event.field(field).is_none_or(|value| value.is_empty());
            if let (true, Some(value)) = (absent, stored) {
                let slice = event.append(value);
                event.set_field(field, slice);
            }
        }
        entry.last_use = now;
        for (field, stored) in CARRIED.into_iter().zip(&mut entry.values) {
            if stored.is_none()
                && let Some(value) = event.field(field)
                && (1..=VALUE_LIMIT).contains(&value.len())
            {
                *stored = Some(value.to_owned());
            }
        }
    }
}
