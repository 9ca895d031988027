//! Prints a value as the original's JSON library does (`spec/wazuh.md` §8.1).

use smallvec::SmallVec;

use super::number;
use super::tape::{Token, Value};
use crate::bytes::find_special;

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// No white space.
    Compact,
    /// A blank behind the commas of arrays; objects over several lines, with a tab for each
    /// container around.
    Formatted,
}

/// A container that is being printed.
#[derive(Clone, Copy)]
struct Open {
    end: usize,
    object: bool,
}

impl Value<'_> {
    /// Appends the value. Time and memory are linear in its length; formatted, a member costs a tab
    /// for each of the at most 1000 containers around it.
    pub(crate) fn print(self, style: Style, out: &mut Vec<u8>) {
        let json = self.json;
        let formatted = style == Style::Formatted;
        let mut open: SmallVec<[Open; 16]> = SmallVec::new();
        let mut at = self.at;
        loop {
            let mut first = false;
            match json.token(at) {
                Token::Null => out.extend_from_slice(b"null"),
                Token::Bool(true) => out.extend_from_slice(b"true"),
                Token::Bool(false) => out.extend_from_slice(b"false"),
                Token::Number(number) => number::push_json(number, out),
                Token::String(string) => push_string(json.bytes(string), out),
                Token::Array { end } | Token::Object { end } => {
                    let object = matches!(json.token(at), Token::Object { .. });
                    let end = end as usize;
                    out.push(if object { b'{' } else { b'[' });
                    if object && formatted {
                        out.push(b'\n');
                    }
                    open.push(Open { end, object });
                    first = true;
                }
            }
            at += 1;
            while let Some(&Open { end, object }) = open.last()
                && at == end
            {
                open.pop();
                if object && formatted {
                    if !first {
                        out.push(b'\n');
                    }
                    push_tabs(open.len(), out);
                }
                out.push(if object { b'}' } else { b']' });
                first = false;
            }
            let Some(&Open { object, .. }) = open.last() else {
                return;
            };
            if !first {
                out.push(b',');
                if formatted {
                    out.push(if object { b'\n' } else { b' ' });
                }
            }
            if object {
                if formatted {
                    push_tabs(open.len(), out);
                }
                push_string(json.key(at), out);
                out.push(b':');
                if formatted {
                    out.push(b'\t');
                }
                at += 1;
            }
        }
    }
}

fn push_tabs(count: usize, out: &mut Vec<u8>) {
    out.extend(std::iter::repeat_n(b'\t', count));
}

/// Appends a string with its quotes.
pub(crate) fn push_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    push_escaped(text, out);
    out.push(b'"');
}

/// Appends the inside of a string. `/` and everything that is not ASCII stay as they are, valid
/// UTF-8 or not.
pub(crate) fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let is_special = |byte| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    let mut rest = text;
    while let Some(at) = find_special(rest, is_special) {
        let byte = rest[at];
        let letter = match byte {
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => b'u',
            _ => byte,
        };
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        out.extend_from_slice(&[b'\\', letter]);
        if letter == b'u' {
            let low = HEX[usize::from(byte & 0xF)];
            out.extend_from_slice(&[b'0', b'0', b'0' + (byte >> 4), low]);
        }
    }
    out.extend_from_slice(rest);
}
