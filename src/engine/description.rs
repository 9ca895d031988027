//! Descriptions with variables (`spec/wazuh.md` §10.9).

use std::borrow::Cow;

use bstr::BStr;

use super::event::Event;
use super::{Engine, dynamic};
use crate::ruleset::field::Field;

/// A description that would get so long is shown with its variables as written.
const LIMIT: usize = 1024;

/// The description with the values of the event in the places of `$(name)`.
pub(crate) fn expand<'e>(
    engine: &'e Engine,
    event: &'e Event,
    description: &'e BStr,
) -> Cow<'e, BStr> {
    if !engine.rules.description_variables || memchr::memmem::find(description, b"$(").is_none() {
        return Cow::Borrowed(description);
    }
    let mut text = Vec::with_capacity(description.len() + 32);
    let mut rest: &[u8] = description;
    while let Some(start) = memchr::memmem::find(rest, b"$(") {
        let Some(length) = memchr::memchr(b')', &rest[start + 2..]) else {
            break;
        };
        text.extend_from_slice(&rest[..start]);
        let end = start + 2 + length;
        text.extend_from_slice(value(engine, event, &rest[start + 2..end]).unwrap_or_default());
        rest = &rest[end + 1..];
    }
    text.extend_from_slice(rest);
    if text.len() >= LIMIT {
        return Cow::Borrowed(description);
    }
    Cow::Owned(text.into())
}

/// Static names are exact; all others are dynamic fields, compared without case.
fn value<'e>(engine: &'e Engine, event: &'e Event, name: &[u8]) -> Option<&'e [u8]> {
    let value = match name {
        b"hostname" => Some(event.get(event.hostname)),
        b"program_name" => event.program_name.map(|name| event.get(name)),
        _ => match Field::of_wazuh(name) {
            Some(field) => event.field(field),
            None => dynamic::find(engine, event, name),
        },
    };
    value.map(|value| &**value)
}
