//! What a rule or decoder says, element by element, so that two can be compared.

use std::collections::HashMap;

use bstr::BString;
use indexmap::IndexMap;

use super::element::{ElementChange, Value, name_of};

/// An element and, where there may be several that mean different things, which of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) element: &'static str,
    pub(super) name: Option<BString>,
}

/// All values of all elements, in the order in which people expect them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties(IndexMap<Key, Vec<Value>>);

impl Properties {
    pub(super) fn add(&mut self, element: &'static str, value: Value) {
        let key = Key {
            element,
            name: None,
        };
        self.0.entry(key).or_default().push(value);
    }

    /// A property that is there or not.
    pub(super) fn flag(&mut self, element: &'static str, on: bool) {
        if on {
            self.add(element, Value::text("yes"));
        }
    }

    pub(super) fn add_named(&mut self, element: &'static str, name: &[u8], value: Value) {
        let name = Some(name.into());
        let values = self.0.entry(Key { element, name }).or_default();
        values.push(value);
        // All of them must hold: their order means nothing.
        values.sort_unstable();
    }

    /// What the other side says differently, without places.
    pub(super) fn differences(&self, new: &Properties) -> Vec<ElementChange> {
        const NONE: &Vec<Value> = &Vec::new();
        let only_new = new.0.keys().filter(|key| !self.0.contains_key(*key));
        let mut changes = Vec::new();
        for key in self.0.keys().chain(only_new) {
            let old = self.0.get(key).unwrap_or(NONE);
            let new = new.0.get(key).unwrap_or(NONE);
            if old == new {
                continue;
            }
            let (mut left, mut entered) = (without(old, new), without(new, old));
            if left.is_empty() && entered.is_empty() {
                (left, entered) = (old.clone(), new.clone());
            }
            changes.push(ElementChange {
                element: key.element,
                name: key.name.as_ref().map(|name| name_of(name.as_ref())),
                old: left,
                new: entered,
                old_at: None,
                new_at: None,
            });
        }
        changes
    }
}

/// The values of `list` that are not in `other`, as often as they are there more.
fn without(list: &[Value], other: &[Value]) -> Vec<Value> {
    let mut counts: HashMap<&Value, usize> = HashMap::new();
    for value in other {
        *counts.entry(value).or_default() += 1;
    }
    let mut rest = Vec::new();
    for value in list {
        match counts.get_mut(value) {
            Some(count) if *count > 0 => *count -= 1,
            _ => rest.push(value.clone()),
        }
    }
    rest
}
