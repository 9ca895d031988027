//! Resolved decoders: [`Decoder`], and [`Decoders`], the two lists in which they are searched.
//!
//! `read.rs` checks one decoder at a time, `tree.rs` puts it into the lists and gives the final
//! names (`spec/decoders.md` §1 to §3).

pub mod json_options;
mod messages;
mod order;
mod plugin;
mod read;
mod tree;

use json_options::{Arrays, Nulls};
pub(crate) use messages::Messages;
pub use plugin::Plugin;
pub(crate) use read::read;

use std::collections::HashSet;
use std::ops::BitOr;

use bstr::{BStr, BString};
use indexmap::IndexSet;

use crate::pattern::Pattern;
use crate::ruleset::category::Category;
use crate::ruleset::field::Field;
use crate::source::{Span, Text};

/// Index of a decoder in [`Decoders::decoders`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DecoderId(pub(crate) u32);

impl DecoderId {
    /// Its position in [`Decoders::decoders`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number that `decoded_as` compares: one per decoder name, from 1; 0 is the number of a
/// decoder that never got one (`spec/decoders.md` §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NameId(pub(crate) u32);

impl NameId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a regex begins to look (`spec/decoders.md` §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Offset {
    /// At the beginning of the log.
    #[default]
    None,
    /// Behind what the parent's prematch matched.
    AfterParent,
    /// Behind what the prematch of this decoder matched.
    AfterPrematch,
    /// Behind what the regex of the sibling before matched.
    AfterRegex,
}

/// One entry of an `<order>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderField {
    /// One of the engine's own fields.
    Static(Field),
    /// A field that the decoder names.
    Dynamic(BString),
}

/// The keys of `<fts>` as a set (`spec/decoders.md` §1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FtsKeys(pub(crate) u16);

impl FtsKeys {
    /// The decoder name: always part of the key.
    pub const NAME: FtsKeys = FtsKeys(0o1000);
    /// Source user (Wazuh only).
    pub const SRC_USER: FtsKeys = FtsKeys(0o2000);
    /// Destination user.
    pub const DST_USER: FtsKeys = FtsKeys(0o4000);
    /// Source address.
    pub const SRC_IP: FtsKeys = FtsKeys(0o100);
    /// Destination address.
    pub const DST_IP: FtsKeys = FtsKeys(0o200);
    /// Location of the event.
    pub const LOCATION: FtsKeys = FtsKeys(0o400);
    /// Decoded id.
    pub const ID: FtsKeys = FtsKeys(0o10);
    /// Extra data.
    pub const DATA: FtsKeys = FtsKeys(0o20);
    /// System name.
    pub const SYSTEM_NAME: FtsKeys = FtsKeys(0o40);

    /// No key at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if all keys of `other` are in the set.
    pub fn contains(self, other: FtsKeys) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits as JSON alerts show them (`spec/output.md` §4).
    pub fn bits(self) -> u16 {
        self.0
    }
}

impl BitOr for FtsKeys {
    type Output = FtsKeys;

    fn bitor(self, other: FtsKeys) -> FtsKeys {
        FtsKeys(self.0 | other.0)
    }
}

/// A decoder that passed all checks.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The name as written.
    pub name: Text,
    /// The name that events carry: the parent's, unless the decoder uses its own.
    pub shown_name: BString,
    /// The number that `decoded_as` compares.
    pub name_id: NameId,
    /// The text of `<parent>`.
    pub parent: Option<Text>,
    /// Start tag in its file.
    pub span: Span,
    /// Tested against the program name of the event.
    pub program_name: Option<Pattern>,
    /// Must match the log.
    pub prematch: Option<Pattern>,
    /// `offset="after_parent"` on the prematch.
    pub prematch_after_parent: bool,
    /// Extracts the fields.
    pub regex: Option<Pattern>,
    /// Where the regex begins.
    pub regex_offset: Offset,
    /// Group number i goes to entry i.
    pub order: Vec<OrderField>,
    /// First-time-seen keys.
    pub fts: FtsKeys,
    /// Names of the dynamic fields that are part of the key (Wazuh only).
    pub fts_fields: Vec<BString>,
    /// The comment of the first-time-seen keys, only ever shown.
    pub fts_comment: Option<BString>,
    /// Category of the events.
    pub category: Category,
    /// `<use_own_name>true</use_own_name>`.
    pub use_own_name: bool,
    /// Runs instead of a regex.
    pub plugin: Option<Plugin>,
    /// Where the text of `JSON_Decoder` begins if this decoder is the one that matched.
    pub plugin_offset: Offset,
    /// What `JSON_Decoder` does with `null` if this decoder is the one that matched.
    pub json_nulls: Nulls,
    /// What `JSON_Decoder` does with arrays if this decoder is the one that matched.
    pub json_arrays: Arrays,
    /// Takes part in the accumulator.
    pub accumulate: bool,
    /// Internal chain flag: whatever happens here, the next child of the list is tried too.
    pub next: bool,
}

impl Decoder {
    /// True if events can be seen for the first time: `<fts>` names keys or dynamic fields.
    pub fn has_fts(&self) -> bool {
        !(self.fts.is_empty() && self.fts_fields.is_empty())
    }
}

/// A decoder without parent, and its children in the order in which they are tried.
#[derive(Clone, Debug)]
pub struct TopDecoder {
    /// The decoder itself.
    pub decoder: DecoderId,
    /// Its children; a child may stand below several top-level decoders of one name.
    pub children: Vec<DecoderId>,
}

/// All decoders and the two lists (`spec/decoders.md` §3).
#[derive(Clone, Debug, Default)]
pub struct Decoders {
    /// In load order.
    pub decoders: Vec<Decoder>,
    /// List P: top-level decoders with a program name, for events that have one.
    pub with_program_name: Vec<TopDecoder>,
    /// List N: top-level decoders without, for events that have none.
    pub without_program_name: Vec<TopDecoder>,
    /// Every name that `decoded_as` accepts; the number of a name is its position plus 1. Those of
    /// no file come first.
    names: IndexSet<BString>,
    /// How many names are of no file.
    built_in: usize,
    /// Names of decoders that are in a file and could not be read: nothing that refers to them is
    /// reported.
    failed: HashSet<BString>,
    /// Names of children that did not fit to the decoders before them, in load order: rules that
    /// name them are not reported. As parents they would be wrong anyway.
    refused: Vec<BString>,
}

impl Decoders {
    /// Every decoder, in load order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = DecoderId> + use<> {
        (0..self.decoders.len() as u32).map(DecoderId)
    }

    /// The decoder behind an id.
    pub fn get(&self, id: DecoderId) -> &Decoder {
        &self.decoders[id.index()]
    }

    /// The number of a name, if any decoder has it.
    pub fn name_id(&self, name: &BStr) -> Option<NameId> {
        self.names
            .get_index_of(name)
            .map(|index| NameId(index as u32 + 1))
    }

    /// The number of a name that is of no file: an event that the engine decodes itself carries it.
    pub fn built_in(&self, name: &BStr) -> Option<NameId> {
        let index = self.names.get_index_of(name)?;
        (index < self.built_in).then_some(NameId(index as u32 + 1))
    }

    /// The name behind a number.
    pub fn name(&self, id: NameId) -> Option<&BStr> {
        let index = (id.0 as usize).checked_sub(1)?;
        self.names.get_index(index).map(|name| name.as_ref())
    }

    /// Every known name, for suggestions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &BStr> {
        self.names.iter().map(|name| name.as_ref())
    }
}
