//! Names of dynamic fields as numbers: what rules ask for is looked up by name once, when the
//! engine is built.

use bstr::{BString, ByteSlice};
use indexmap::IndexSet;
use smallvec::SmallVec;

use super::Engine;
use super::conditions::Condition;
use super::event::{Event, FieldName};
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::{DecoderId, OrderField};

/// A name that some decoder or rule has, without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldId(u32);

impl FieldId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// All names.
#[derive(Clone, Debug)]
pub(super) struct FieldNames {
    /// In lower case.
    names: IndexSet<BString>,
    /// The entries of the order of each decoder; static ones have none.
    orders: Vec<Box<[Option<FieldId>]>>,
}

impl FieldNames {
    pub(super) fn new(ruleset: &Ruleset, conditions: &[Vec<Condition>]) -> Self {
        let mut names = FieldNames {
            names: IndexSet::new(),
            orders: Vec::new(),
        };
        names.orders = ruleset
            .decoders
            .decoders
            .iter()
            .map(|decoder| {
                let ids = decoder.order.iter().map(|entry| match entry {
                    OrderField::Dynamic(name) => Some(names.add(name)),
                    OrderField::Static(_) => None,
                });
                ids.collect()
            })
            .collect();
        for condition in conditions.iter().flatten() {
            if let Condition::Field(field) = condition {
                names.add(&field.name);
            }
        }
        names
    }

    fn add(&mut self, name: &[u8]) -> FieldId {
        let (index, _) = self.names.insert_full(name.to_ascii_lowercase().into());
        FieldId(index as u32)
    }

    /// The number of a name.
    pub(super) fn id(&self, name: &[u8]) -> Option<FieldId> {
        let mut lower = SmallVec::<[u8; 64]>::from_slice(name);
        lower.make_ascii_lowercase();
        let index = self.names.get_index_of(lower.as_bstr())?;
        Some(FieldId(index as u32))
    }

    /// The entries of the order of a decoder.
    pub(super) fn order(&self, decoder: DecoderId) -> &[Option<FieldId>] {
        &self.orders[decoder.index()]
    }
}

impl Engine {
    /// The number of a name in an event; `None`: nobody asks for it by number.
    pub(super) fn field_id(&self, event: &Event, name: FieldName) -> Option<FieldId> {
        match name {
            FieldName::Static(_) => None,
            FieldName::Order(decoder, position) => {
                self.field_names.order(decoder)[position as usize]
            }
            FieldName::Written(name) => self.field_names.id(event.get(name)),
        }
    }
}
