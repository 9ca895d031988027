//! Names of dynamic fields as numbers: what rules ask for is looked up by name once, when the
//! engine is built.

use bstr::BString;
use hashbrown::HashTable;
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_64;

use super::Engine;
use super::conditions::Condition;
use super::event::{Event, FieldName};
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::{DecoderId, OrderField};
use crate::ruleset::field::Field;

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
    names: Vec<BString>,
    /// Indices into `names`, by the hashes of the names.
    table: HashTable<u32>,
    /// By index: the static field that JSON logs call so, and how exactly.
    in_json: Vec<Option<(Field, &'static str)>>,
    /// The entries of the order of each decoder; static ones have none.
    orders: Vec<Box<[Option<FieldId>]>>,
}

impl FieldNames {
    pub(super) fn new(ruleset: &Ruleset, conditions: &[Vec<Condition>]) -> Self {
        let mut names = FieldNames {
            names: Vec::new(),
            table: HashTable::new(),
            in_json: Vec::new(),
            orders: Vec::new(),
        };
        for field in Field::in_json() {
            let id = names.add(field.json_name().as_bytes());
            names.in_json[id.index()] = Some((field, field.json_name()));
        }
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
        if let Some(id) = self.id(name) {
            return id;
        }
        let lower = BString::from(name.to_ascii_lowercase());
        let (index, hash) = (self.names.len() as u32, xxh3_64(&lower));
        self.names.push(lower);
        self.in_json.push(None);
        let names = &self.names;
        let hasher = |&index: &u32| xxh3_64(&names[index as usize]);
        self.table.insert_unique(hash, index, hasher);
        FieldId(index)
    }

    /// The number of a name.
    pub(super) fn id(&self, name: &[u8]) -> Option<FieldId> {
        let mut lower = SmallVec::<[u8; 64]>::from_slice(name);
        lower.make_ascii_lowercase();
        let is_it = |&index: &u32| self.names[index as usize] == *lower;
        let index = self.table.find(xxh3_64(&lower), is_it)?;
        Some(FieldId(*index))
    }

    /// The static field that JSON logs call so, with this case.
    pub(super) fn static_in_json(&self, id: FieldId, path: &[u8]) -> Option<Field> {
        let (field, name) = self.in_json[id.index()]?;
        (name.as_bytes() == path).then_some(field)
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
