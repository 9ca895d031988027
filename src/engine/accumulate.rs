//! The accumulator: values that are carried from one event to the next with the same id
//! (`spec/decoders.md` §7).

use bstr::{BStr, BString};
use std::collections::HashMap;

use super::event::Event;
use super::snapshot::{Damaged, Reader, Writer};
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
    /// Calls since the last removal of old entries.
    calls: u32,
    /// Where the key of an event is put together.
    scratch: BString,
}

impl Accumulator {
    /// Completes the event from the entry of its key, and the entry from the event.
    ///
    /// `decoder_name` is the name that the event carries.
    pub(crate) fn run(&mut self, event: &mut Event, decoder_name: &BStr) {
        let Some(id) = event.field(Field::Id) else {
            return;
        };
        let key = &mut self.scratch;
        key.clear();
        key.extend_from_slice(event.get(event.hostname));
        for part in [decoder_name, id] {
            key.push(b' ');
            key.extend_from_slice(part);
        }
        if key.len() >= KEY_LIMIT {
            return;
        }
        let now = event.moment.seconds;
        self.calls = (self.calls + 1) % PURGE_EVERY;
        if self.calls == 0 {
            self.entries
                .retain(|_, entry| now.saturating_sub(entry.last_use) <= LIFETIME);
        }
        // Looked up by its bytes first: most keys are known.
        if !self.entries.contains_key(&*key) {
            self.entries.insert(key.clone(), Entry::default());
        }
        let Some(entry) = self.entries.get_mut(&*key) else {
            return;
        };
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

    pub(crate) fn save(&self, to: &mut Writer) {
        let Accumulator {
            entries,
            calls,
            scratch: _,
        } = self;
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        to.count(sorted.len());
        for (key, entry) in sorted {
            let Entry { last_use, values } = entry;
            to.text(key);
            to.time(*last_use);
            for value in values {
                to.optional_text(value.as_ref());
            }
        }
        to.number(u64::from(*calls));
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(Accumulator {
            entries: from.sequence(|from| {
                let key = from.owned_text()?;
                let mut entry = Entry {
                    last_use: from.time()?,
                    ..Entry::default()
                };
                for value in &mut entry.values {
                    *value = from.optional_text()?.map(ToOwned::to_owned);
                }
                Ok((key, entry))
            })?,
            calls: from.checked(Reader::small_number, |calls| {
                (calls < PURGE_EVERY).then_some(calls)
            })?,
            scratch: BString::default(),
        })
    }
}
