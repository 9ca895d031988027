//! Arrays as Python shows them: `['a', 'b']` (`spec/wazuh.md` §14.3).
//!
//! The original's tool is a script, and prints what it got as its language does. Arrays come here
//! as compact JSON of ours, so turning one notation into the other takes no parser: outside of
//! strings only commas, colons and three words differ.

use std::io::Write;

/// Appends the Python form of a compact JSON text.
pub(super) fn print(json: &[u8], out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'"' => {
                let (text, behind) = string(rest);
                repr(&text, out);
                rest = behind;
            }
            b',' => out.extend_from_slice(b", "),
            b':' => out.extend_from_slice(b": "),
            b't' | b'f' | b'n' => {
                let (word, length): (&[u8], _) = match byte {
                    b't' => (b"True", 3),
                    b'f' => (b"False", 4),
                    _ => (b"None", 3),
                };
                out.extend_from_slice(word);
                rest = rest.get(length..).unwrap_or_default();
            }
            _ => out.push(byte),
        }
    }
}

/// A list of texts.
pub(crate) fn list<'t>(texts: impl IntoIterator<Item = &'t [u8]>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (position, text) in texts.into_iter().enumerate() {
        if position > 0 {
            out.extend_from_slice(b", ");
        }
        repr(text, out);
    }
    out.push(b']');
}

/// Reads a string up to its closing quote; returns what is behind that.
fn string(json: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut text = Vec::new();
    let mut rest = json;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'"' => break,
            b'\\' => {
                let Some((&letter, behind)) = rest.split_first() else {
                    break;
                };
                rest = behind;
                text.push(match letter {
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    // Only control characters are written so.
                    b'u' => {
                        let digits = rest.get(..4).unwrap_or(rest);
                        rest = &rest[digits.len()..];
                        let digits = std::str::from_utf8(digits).unwrap_or_default();
                        u8::from_str_radix(digits, 16).unwrap_or(b'?')
                    }
                    other => other,
                });
            }
            _ => text.push(byte),
        }
    }
    (text, rest)
}

/// A string as Python shows it inside of a list: in single quotes, unless only they occur in it.
fn repr(text: &[u8], out: &mut Vec<u8>) {
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    // Writing to a vector cannot fail.
    let _ = write!(out, "{quote}");
    for c in String::from_utf8_lossy(text).chars() {
        let _ = match c {
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            _ if c == quote => write!(out, "\\{c}"),
            _ if c < ' ' || ('\u{7f}'..='\u{a0}').contains(&c) || c == '\u{ad}' => {
                write!(out, "\\x{:02x}", u32::from(c))
            }
            _ => write!(out, "{c}"),
        };
    }
    let _ = write!(out, "{quote}");
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    #[test]
    fn notation() {
        let cases = [
            (r#"["a","b"]"#, "['a', 'b']"),
            (
                r#"[1,-2.5,true,false,null,{"k":["v"],"m":{}}]"#,
                "[1, -2.5, True, False, None, {'k': ['v'], 'm': {}}]",
            ),
            (r#"["it's","\"q\"","'\""]"#, r#"["it's", '"q"', '\'"']"#),
            (r#"["a\\b\n\u001b","é:,/"]"#, r"['a\\b\n\x1b', 'é:,/']"),
            ("[]", "[]"),
            ("[\"", "[''"),
        ];
        for (json, expected) in cases {
            let mut out = Vec::new();
            print(json.as_bytes(), &mut out);
            assert_eq!(out.as_bstr(), expected, "{json}");
        }
    }
}
