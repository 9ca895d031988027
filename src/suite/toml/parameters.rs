//! `with`: values that stand in texts as `{name}`, the case once for each set of them.

use std::fmt::Write;

use toml::de::{DeTable, DeValue};

use super::case::INSTANCES;
use super::reader::{Reader, Value};

/// The values of one instance of a case.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    values: Vec<(String, String)>,
    /// By position: it stands in some text.
    used: Vec<bool>,
}

impl Parameters {
    pub(super) fn new(values: Vec<(String, String)>) -> Self {
        Parameters {
            used: vec![false; values.len()],
            values,
        }
    }

    /// Puts values into the places of their names. Other braces stay: logs are full of them.
    pub(super) fn replace(&mut self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            result.push_str(&rest[..open]);
            rest = &rest[open..];
            let name = rest[1..].split_once('}').map(|(name, _)| name);
            let known = name.and_then(|name| self.values.iter().position(|(one, _)| one == name));
            match known {
                Some(index) => {
                    self.used[index] = true;
                    let (name, value) = &self.values[index];
                    result.push_str(value);
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    result.push('{');
                    rest = &rest[1..];
                }
            }
        }
        result.push_str(rest);
        result
    }

    /// Names that stand in no text.
    pub(super) fn unused(&self) -> impl Iterator<Item = &str> {
        let values = self.values.iter().zip(&self.used);
        values
            .filter(|(_, used)| !**used)
            .map(|((name, _), _)| name.as_str())
    }

    /// The name of the instance: with the values behind it, unless it has some of them in it.
    pub(super) fn name(&mut self, written: &str) -> String {
        let mut name = self.replace(written);
        if self.values.is_empty() || name != written {
            return name;
        }
        for (index, (parameter, value)) in self.values.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            let _ = write!(name, "{before}{parameter}={value}");
        }
        name.push(')');
        name
    }
}

/// The sets of values that `with` lists: `[[case.with]]` one set each, `[case.with]` every
/// combination of the values of its arrays.
pub(super) fn read(reader: &mut Reader, value: &Value<'_>) -> Vec<Parameters> {
    let mut sets: Vec<Vec<(String, String)>> = Vec::new();
    match value.get_ref() {
        DeValue::Array(rows) => {
            for row in rows.iter().take(INSTANCES + 1) {
                if let Some(table) = reader.table(row, "with") {
                    sets.extend(combinations(reader, table));
                }
            }
        }
        DeValue::Table(table) => sets = combinations(reader, table),
        _ => reader.wrong(value, "`with` is a table, or an array of tables"),
    }
    if sets.len() > INSTANCES {
        let must = format!("a case comes at most {INSTANCES} times");
        reader.impossible(value, &must, "these are too many combinations");
        sets.clear();
    }
    sets.into_iter().map(Parameters::new).collect()
}

/// Ends early where there are too many.
fn combinations(reader: &mut Reader, table: &DeTable<'_>) -> Vec<Vec<(String, String)>> {
    let mut sets: Vec<Vec<(String, String)>> = vec![Vec::new()];
    // In the order of the file.
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let values = reader.one_or_more(value, plain);
        let mut more = Vec::new();
        'all: for set in &sets {
            for value in &values {
                let mut set = set.clone();
                set.push((key.get_ref().to_string(), value.clone()));
                more.push(set);
                if more.len() > INSTANCES {
                    break 'all;
                }
            }
        }
        sets = more;
    }
    sets
}

/// The value as it stands in a text.
fn plain(reader: &mut Reader, value: &Value<'_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => {
            reader.wrong(
                value,
                "a parameter is a text or a number, or an array of them",
            );
            None
        }
    }
}
