//! The event that a session works on: one buffer of bytes, and everything else as ranges of it.
//!
//! The buffer keeps its capacity from event to event, so decoding a line allocates nothing. Text
//! that is not part of the message (plugin values, accumulated values, earlier lines) is appended.

use std::ops::Range;

use bstr::BStr;

use super::field_names::FieldId;
use crate::moment::Moment;
use crate::ruleset::category::Category;
use crate::ruleset::decoder::{DecoderId, Decoders, NameId};
use crate::ruleset::field::Field;
use crate::ruleset::rule::Sid;

/// A range of the buffer of an [`Event`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    start: u32,
    end: u32,
}

impl Slice {
    pub(crate) fn new(range: Range<usize>) -> Self {
        Slice {
            start: range.start as u32,
            end: range.end as u32,
        }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(crate) fn len(self) -> usize {
        self.range().len()
    }

    /// The part `range` of this slice, as a slice of the buffer. What exceeds this slice is left out:
    /// a capture that is left over from an earlier pattern is of another text.
    pub(crate) fn part(self, range: Range<usize>) -> Slice {
        let Range { start, end } = self.range();
        Slice::new((start + range.start).min(end)..(start + range.end).min(end))
    }
}

/// Name of a decoded value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldName {
    Static(Field),
    /// An entry of the order of a decoder.
    Order(DecoderId, u32),
    /// A name that stands in the buffer of the event.
    Written(Slice),
}

/// A dynamic field that brings its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    pub(crate) name: FieldName,
    /// The number of the name, if anybody can ask for it by number.
    pub(crate) id: Option<FieldId>,
    pub(crate) value: Slice,
}

/// Where the text of `JSON_Decoder` can begin, in the buffer of the event (`spec/wazuh.md` §8.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JsonRests {
    /// Known when a child with a prematch matched.
    pub(crate) after_parent: Option<usize>,
    pub(crate) after_prematch: Option<usize>,
}

/// One event, from its message to its decoded fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    bytes: Vec<u8>,
    pub(crate) moment: Moment,
    pub(crate) location: Slice,
    /// Id of the agent that sent it; `None`: the manager itself. Only Wazuh has ids.
    pub(crate) agent: Option<Slice>,
    pub(crate) full_log: Slice,
    pub(crate) log: Slice,
    /// The length of the log counts as 0 for rules: true for the Windows event channel.
    pub(crate) without_length: bool,
    pub(crate) hostname: Slice,
    pub(crate) program_name: Option<Slice>,
    /// The time stamp as written; only Wazuh reports it.
    pub(crate) timestamp: Option<Slice>,
    /// The decoder that the event carries.
    pub(crate) decoder: Option<DecoderId>,
    /// The decoder of the engine itself that the event carries; then it carries no other.
    pub(crate) built_in_decoder: Option<NameId>,
    /// The decoder without parent that matched first.
    pub(crate) top_decoder: Option<DecoderId>,
    pub(crate) category: Category,
    /// What plugins made of the categories of decoders, in this order.
    pub(crate) category_changes: Vec<(DecoderId, Category)>,
    pub(crate) json_rests: JsonRests,
    fields: [Option<Slice>; Field::COUNT],
    /// Values of dynamic fields, by position in the order of the decoder.
    dynamic: Vec<Option<Slice>>,
    /// Dynamic fields that bring their names, in the order in which they were found.
    appended: Vec<Appended>,
    /// The set of their numbers.
    present: Vec<u64>,
    /// What the test tool prints in phase 2, in this order.
    pub(crate) printed: Vec<(FieldName, Slice)>,
    /// The rule that the OSSECAlert plugin found.
    pub(crate) tied_rule: Option<Sid>,
    /// Level of the composite rule that counted the event.
    pub(crate) mark: u32,
    /// Earlier lines that go with an alert, newest first.
    pub(crate) previous: Vec<Slice>,
    /// The log that `check_diff` found different.
    pub(crate) previous_log: Option<Slice>,
    /// The accumulator ran over this event.
    pub(crate) accumulated: bool,
}

impl Event {
    /// Forgets everything but the capacity of the buffers.
    pub(crate) fn clear(&mut self, moment: Moment) {
        let Event {
            bytes,
            moment: last,
            location,
            agent,
            full_log,
            log,
            without_length,
            hostname,
            program_name,
            timestamp,
            decoder,
            built_in_decoder,
            top_decoder,
            category,
            category_changes,
            json_rests,
            fields,
            dynamic,
            appended,
            present,
            printed,
            tied_rule,
            mark,
            previous,
            previous_log,
            accumulated,
        } = self;
        bytes.clear();
        *last = moment;
        (*location, *full_log, *log, *hostname) = Default::default();
        (*agent, *program_name, *timestamp, *previous_log) = Default::default();
        (*decoder, *built_in_decoder, *top_decoder) = Default::default();
        *category = Category::default();
        category_changes.clear();
        *json_rests = JsonRests::default();
        fields.fill(None);
        dynamic.clear();
        appended.clear();
        present.clear();
        printed.clear();
        *tied_rule = None;
        *mark = 0;
        previous.clear();
        (*without_length, *accumulated) = Default::default();
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> Slice {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Slice::new(start..self.bytes.len())
    }

    pub(crate) fn get(&self, slice: Slice) -> &BStr {
        BStr::new(&self.bytes[slice.range()])
    }

    pub(crate) fn log(&self) -> &BStr {
        self.get(self.log)
    }

    /// The log from a position of the buffer on; nothing if the log ends before it.
    pub(crate) fn log_from(&self, start: usize) -> Slice {
        let end = self.log.range().end;
        Slice::new(start.min(end)..end)
    }

    pub(crate) fn field_slice(&self, field: Field) -> Option<Slice> {
        self.fields[field as usize]
    }

    pub(crate) fn field(&self, field: Field) -> Option<&BStr> {
        self.field_slice(field).map(|slice| self.get(slice))
    }

    pub(crate) fn set_field(&mut self, field: Field, slice: Slice) {
        self.fields[field as usize] = Some(slice);
    }

    pub(crate) fn set_dynamic(&mut self, position: usize, slice: Slice) {
        if self.dynamic.len() <= position {
            self.dynamic.resize(position + 1, None);
        }
        self.dynamic[position] = Some(slice);
    }

    pub(crate) fn dynamic(&self, position: usize) -> Option<&BStr> {
        self.dynamic
            .get(position)
            .copied()
            .flatten()
            .map(|slice| self.get(slice))
    }

    /// Adds a dynamic field that brings its name.
    pub(crate) fn append_dynamic(&mut self, field: Appended) {
        if let Some(id) = field.id {
            let word = id.index() / 64;
            if self.present.len() <= word {
                self.present.resize(word + 1, 0);
            }
            self.present[word] |= 1 << (id.index() % 64);
        }
        self.appended.push(field);
    }

    /// Whether a field with this name was appended.
    pub(crate) fn has_appended(&self, id: FieldId) -> bool {
        let word = self.present.get(id.index() / 64);
        word.is_some_and(|word| word >> (id.index() % 64) & 1 != 0)
    }

    /// True if any dynamic field was found.
    pub(crate) fn has_dynamic(&self) -> bool {
        !self.appended.is_empty() || self.dynamic.iter().any(Option::is_some)
    }

    /// The dynamic fields that bring their names.
    pub(crate) fn appended(&self) -> &[Appended] {
        &self.appended
    }

    /// The number that `decoded_as` compares.
    pub(crate) fn decoder_number(&self, decoders: &Decoders) -> Option<NameId> {
        match self.decoder {
            Some(id) => Some(decoders.get(id).name_id),
            None => self.built_in_decoder,
        }
    }

    /// The name of the decoder that the event carries.
    pub(crate) fn decoder_name<'d>(&self, decoders: &'d Decoders) -> Option<&'d BStr> {
        match self.decoder {
            Some(id) => Some(decoders.get(id).shown_name.as_ref()),
            None => decoders.name(self.built_in_decoder?),
        }
    }

    /// The user that `<user>` tests: the destination user, or the source user if there is none.
    pub(crate) fn any_user(&self) -> Option<&BStr> {
        self.field(Field::DstUser)
            .or_else(|| self.field(Field::SrcUser))
    }
}
