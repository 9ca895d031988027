//! From a JSON object to fields with dotted paths (`spec/wazuh.md` §8.1).

use std::ops::ControlFlow;

use smallvec::SmallVec;

use super::print::Style;
use super::tape::{Json, Tape, Token, Value};
use super::{number, parse};
use crate::ruleset::decoder::json_options::{Arrays, Nulls};

/// What a decoder says about its JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct JsonRules {
    pub(crate) nulls: Nulls,
    pub(crate) arrays: Arrays,
}

/// Memory that is reused from event to event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    tape: Tape,
    path: Vec<u8>,
    value: Vec<u8>,
}

/// Reads the text and hands out each field, path and value, in the order of the document, until it
/// is told to stop. A path may come twice. Nothing comes out of a text with an error, or whose
/// first value is no object.
pub(crate) fn flatten(
    text: &[u8],
    rules: JsonRules,
    scratch: &mut Scratch,
    mut each: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
) {
    let Scratch { tape, path, value } = scratch;
    let Some(root) = parse(text, tape) else {
        return;
    };
    let json = root.json;
    let Token::Object { end } = json.token(root.at) else {
        return;
    };
    path.clear();
    // Of each open object: where it ends, and how long its own path is.
    let mut open: SmallVec<[(usize, usize); 16]> = SmallVec::new();
    open.push((end as usize, 0));
    let mut at = root.at + 1;
    while let Some(&(end, length)) = open.last() {
        if at == end {
            open.pop();
            continue;
        }
        path.truncate(length);
        if open.len() > 1 {
            path.push(b'.');
        }
        path.extend_from_slice(json.key(at));
        at += 1;
        if let Token::Object { end } = json.token(at) {
            open.push((end as usize, path.len()));
            at += 1;
            continue;
        }
        if let Some(text) = text_of(json, at, rules, value)
            && each(path, text).is_break()
        {
            return;
        }
        at = json.behind(at);
    }
}

/// The text of a value that is no object, if it makes a field.
fn text_of<'s>(
    json: Json<'s>,
    at: usize,
    rules: JsonRules,
    scratch: &'s mut Vec<u8>,
) -> Option<&'s [u8]> {
    scratch.clear();
    match json.token(at) {
        Token::String(string) => return Some(json.bytes(string)),
        Token::Null if rules.nulls == Nulls::Discard => return None,
        Token::Array { .. } if rules.arrays == Arrays::Array => {
            Value { json, at }.print(Style::Formatted, scratch);
        }
        Token::Array { end } => {
            push_list(json, at + 1, end as usize, scratch);
            if scratch.is_empty() {
                return None;
            }
        }
        _ => push_scalar(json, at, scratch),
    }
    Some(scratch)
}

/// The scalars of an array, with a comma behind each unless it is the last element; so the comma
/// stays in front of a container at the end.
fn push_list(json: Json<'_>, mut at: usize, end: usize, out: &mut Vec<u8>) {
    while at < end {
        let next = json.behind(at);
        if !matches!(json.token(at), Token::Array { .. } | Token::Object { .. }) {
            push_scalar(json, at, out);
            if next < end {
                out.push(b',');
            }
        }
        at = next;
    }
}

fn push_scalar(json: Json<'_>, at: usize, out: &mut Vec<u8>) {
    match json.token(at) {
        Token::Null => out.extend_from_slice(b"null"),
        Token::Bool(true) => out.extend_from_slice(b"true"),
        Token::Bool(false) => out.extend_from_slice(b"false"),
        Token::Number(number) => number::push_field(number, out),
        Token::String(string) => out.extend_from_slice(json.bytes(string)),
        Token::Array { .. } | Token::Object { .. } => {}
    }
}
