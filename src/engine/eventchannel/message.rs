//! The text of an event (`spec/wazuh.md` §8.3, step 6).

use super::printed;
use crate::engine::json::Value;

/// `Message` printed as a JSON value, a string with its quotes, then the escapes of one letter
/// resolved; `\u00xx` stays. The original removes white space at the end; a printed value has none.
pub(super) fn text(message: Value<'_>) -> Vec<u8> {
    let printed = printed(message);
    let mut text = Vec::with_capacity(printed.len());
    let mut bytes = printed.into_iter();
    while let Some(byte) = bytes.next() {
        let escaped = match byte {
            b'\\' => bytes.next(),
            _ => None,
        };
        match escaped {
            None => text.push(byte),
            Some(b'b') => text.push(0x08),
            Some(b'f') => text.push(0x0c),
            Some(b'n') => text.push(b'\n'),
            Some(b'r') => text.push(b'\r'),
            Some(b't') => text.push(b'\t'),
            Some(byte @ (b'"' | b'\\')) => text.push(byte),
            Some(other) => text.extend_from_slice(&[b'\\', other]),
        }
    }
    text
}
