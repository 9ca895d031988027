//! What is expected of an event.

use bstr::BString;
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Value};
use crate::suite::{Expectation, Wanted};

/// The keys of expectations.
pub(super) const KEYS: [&str; 8] = [
    "decoder",
    "fields",
    "rule",
    "not_rule",
    "level",
    "alert",
    "groups",
    "description",
];

/// Reads them from a table. Other keys of the table are not looked at.
pub(super) fn read(reader: &mut Reader, table: &DeTable<'_>) -> Vec<Expectation> {
    let mut found: Vec<(&Value<'_>, Wanted)> = Vec::new();
    for key in KEYS {
        let Some(value) = table.get(key) else {
            continue;
        };
        match key {
            "decoder" => {
                let name = reader.text_or_none(value, key);
                found.extend(name.map(|name| (value, Wanted::Decoder(name))));
            }
            "rule" => match value.get_ref() {
                DeValue::Boolean(false) => found.push((value, Wanted::Rule(None))),
                _ => {
                    let id = reader.number(value, key);
                    found.extend(id.map(|id| (value, Wanted::Rule(Some(id)))));
                }
            },
            "not_rule" => {
                let ids = reader.one_or_more(value, |reader, one| reader.number(one, key));
                found.extend(ids.into_iter().map(|id| (value, Wanted::NotRule(id))));
            }
            "level" => {
                let level = reader.number(value, key);
                found.extend(level.map(|level| (value, Wanted::Level(level))));
            }
            "alert" => {
                let alert = reader.boolean(value, key);
                found.extend(alert.map(|alert| (value, Wanted::Alert(alert))));
            }
            "groups" => {
                let groups = reader.one_or_more(value, |reader, one| reader.bytes(one, key));
                found.extend(groups.into_iter().map(|name| (value, Wanted::Group(name))));
            }
            "description" => {
                let text = reader.bytes(value, key);
                found.extend(text.map(|text| (value, Wanted::Description(text))));
            }
            _ => {
                if let Some(table) = reader.table(value, key) {
                    fields(reader, table, &mut found);
                }
            }
        }
    }
    let expectations = found.into_iter().map(|(value, wanted)| Expectation {
        place: reader.span(value.span()),
        wanted,
    });
    expectations.collect()
}

/// Tables in tables are names with points: `win.system.eventID`.
fn fields<'t, 'i>(
    reader: &mut Reader,
    table: &'t DeTable<'i>,
    found: &mut Vec<(&'t Value<'i>, Wanted)>,
) {
    let mut tables = vec![(String::new(), table)];
    while let Some((prefix, table)) = tables.pop() {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let wanted = match value.get_ref() {
                DeValue::Table(inner) => {
                    tables.push((format!("{name}."), inner));
                    continue;
                }
                DeValue::Integer(number) => Some(BString::from(number.to_string())),
                DeValue::Boolean(false) => None,
                _ => match reader.bytes(value, &name) {
                    Some(text) => Some(text),
                    None => continue,
                },
            };
            let name = BString::from(name);
            found.push((
                value,
                Wanted::Field {
                    name,
                    value: wanted,
                },
            ));
        }
    }
}
