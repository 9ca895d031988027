//! First time seen (`spec/decoders.md` §6, `spec/correlation.md` §10).

use std::collections::{HashSet, VecDeque};

use bstr::BString;

use super::event::Event;
use super::snapshot::{Damaged, Reader, Writer};
use super::{Engine, dynamic};
use crate::ruleset::category::Category;
use crate::ruleset::decoder::{Decoder, FtsKeys};
use crate::ruleset::field::Field;

/// Keys are cut to so many bytes.
const KEY_LIMIT: usize = 255;
/// So many similar lines make an intrusion-detection key a group of its own.
const SIMILAR: usize = 3;

/// The keys that were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstTimeSeen {
    seen: HashSet<BString>,
    /// The last lines of intrusion-detection decoders, newest in front.
    recent: VecDeque<BString>,
    /// Where the key of an event is put together.
    scratch: BString,
}

impl FirstTimeSeen {
    /// Starts with the lines of an earlier run.
    pub(crate) fn remember(&mut self, key: &[u8]) {
        self.seen.insert(key.into());
    }

    /// True if the event is seen for the first time. Asking stores its key.
    pub(crate) fn check(&mut self, engine: &Engine, event: &Event, decoder: &Decoder) -> bool {
        let options = &engine.ruleset.options;
        if !decoder.has_fts() {
            return false;
        }
        let key = &mut self.scratch;
        write_key(engine, event, decoder, key);
        if self.seen.contains(&*key) {
            return false;
        }
        if event.category == Category::Ids {
            let shortest = options.fts_min_size_for_str;
            let similar = |line: &&BString| common_prefix(line, key) > shortest;
            if self.recent.iter().filter(similar).count() >= SIMILAR {
                key.truncate(shortest);
            }
            self.recent.push_front(key.clone());
            self.recent.truncate(options.fts_list_size);
        }
        self.seen.insert(key.clone())
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let FirstTimeSeen {
            seen,
            recent,
            scratch: _,
        } = self;
        to.texts_sorted(seen.iter());
        to.count(recent.len());
        for line in recent {
            to.text(line);
        }
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(FirstTimeSeen {
            seen: from.sequence(Reader::owned_text)?,
            recent: from.sequence(Reader::owned_text)?,
            scratch: BString::default(),
        })
    }
}

fn write_key(engine: &Engine, event: &Event, decoder: &Decoder, key: &mut BString) {
    let columns = [
        (FtsKeys::ID, Field::Id),
        (FtsKeys::DST_USER, Field::DstUser),
        // No word of an OSSEC `<fts>` selects the source user: there the column is always empty.
        (FtsKeys::SRC_USER, Field::SrcUser),
        (FtsKeys::SRC_IP, Field::SrcIp),
        (FtsKeys::DST_IP, Field::DstIp),
        (FtsKeys::DATA, Field::Data),
        (FtsKeys::SYSTEM_NAME, Field::SystemName),
    ];
    key.clear();
    key.extend_from_slice(&decoder.shown_name);
    for (selected, field) in columns {
        key.push(b' ');
        if decoder.fts.contains(selected)
            && let Some(value) = event.field(field)
        {
            key.extend_from_slice(value);
        }
    }
    key.push(b' ');
    if decoder.fts.contains(FtsKeys::LOCATION) {
        key.extend_from_slice(event.get(event.location));
    }
    for name in &decoder.fts_fields {
        key.push(b' ');
        key.extend_from_slice(dynamic::find(engine, event, name).unwrap_or_default());
    }
    key.truncate(KEY_LIMIT);
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
