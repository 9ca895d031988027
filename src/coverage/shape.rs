//! What lines of one kind have in common: their text without what changes from line to line.

use std::net::{Ipv4Addr, Ipv6Addr};

use bstr::BString;

/// Bytes of a text that are looked at.
const LONGEST: usize = 400;

/// The text with numbers, addresses, paths and quoted text replaced by what they are.
///
/// ```
/// use ossia::coverage::shape;
///
/// let line = b"user bob7 (0x3fa9) opened \"a b\" from 192.0.2.7:443 in /var/log/x after 12 s";
/// assert_eq!(shape(line), "user bob<n> (<hex>) opened \"<text>\" from <ip>:<n> in <path> after <n> s");
/// ```
pub fn shape(text: &[u8]) -> BString {
    let cut = text.len() > LONGEST;
    let text = &text[..text.len().min(LONGEST)];
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte.is_ascii_whitespace() {
            let rest = &text[at..];
            at += rest
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            out.push(b' ');
        } else if let Some(length) = quoted(text, at) {
            out.push(byte);
            out.extend_from_slice(b"<text>");
            out.push(byte);
            at += length;
        } else if is_word(byte) {
            let rest = &text[at..];
            let length = rest.iter().take_while(|&&byte| is_word(byte)).count();
            word(&rest[..length], &mut out);
            at += length;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    if cut {
        out.extend_from_slice("…".as_bytes());
    }
    out.into()
}

/// The length of the quoted text that begins here, quotes included.
fn quoted(text: &[u8], at: usize) -> Option<usize> {
    let quote = text[at];
    if quote != b'"' && quote != b'\'' {
        return None;
    }
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    // An apostrophe.
    if quote == b'\'' && letter(at.checked_sub(1).and_then(|before| text.get(before))) {
        return None;
    }
    let length = memchr::memchr(quote, &text[at + 1..])? + 2;
    let is_end = quote == b'"' || !letter(text.get(at + length));
    is_end.then_some(length)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"._:/\\-@%+~#".contains(&byte)
}

/// Replaces a word, but for the punctuation around it.
fn word(word: &[u8], out: &mut Vec<u8>) {
    let is_end = |byte: &&u8| b".:-".contains(byte);
    let end = word.len() - word.iter().rev().take_while(is_end).count();
    let (word, behind) = word.split_at(end);
    match whole(word) {
        Some(replacement) => out.extend_from_slice(replacement.as_bytes()),
        None => parts(word, out),
    }
    out.extend_from_slice(behind);
}

/// What a word is as a whole.
fn whole(word: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(word).ok()?;
    if text.contains("://") {
        return Some("<url>");
    }
    let is_drive = word.len() > 2 && word[0].is_ascii_alphabetic() && word[1..].starts_with(b":\\");
    let is_path = (text.starts_with('/') || text.starts_with("~/") || text.starts_with("\\\\"))
        && word[1..].iter().any(u8::is_ascii_alphanumeric);
    if is_drive || is_path {
        return Some("<path>");
    }
    if let Some((user, host)) = text.split_once('@')
        && !user.is_empty()
        && host.contains('.')
    {
        return Some("<email>");
    }
    if text.parse::<Ipv4Addr>().is_ok() || (text.contains(':') && text.parse::<Ipv6Addr>().is_ok())
    {
        return Some("<ip>");
    }
    if let Some((address, port)) = text.rsplit_once([':', '/', '#'])
        && address.parse::<Ipv4Addr>().is_ok()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        let is_network = text.contains('/');
        return Some(if is_network { "<ip>/<n>" } else { "<ip>:<n>" });
    }
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = |separator: char| {
        let parts = text.split(separator);
        let lengths = parts.map(|part| if is_hex(part) { part.len() } else { 0 });
        lengths.collect::<Vec<_>>()
    };
    if lengths('-') == [8, 4, 4, 4, 12] {
        return Some("<uuid>");
    }
    if lengths(':') == [2; 6] || lengths('-') == [2; 6] {
        return Some("<mac>");
    }
    None
}

/// Replaces the numbers in a word.
fn parts(word: &[u8], out: &mut Vec<u8>) {
    for part in word.split_inclusive(|byte| !byte.is_ascii_alphanumeric()) {
        let length = part
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let (part, separator) = part.split_at(length);
        if is_hex_number(part) {
            out.extend_from_slice(b"<hex>");
        } else {
            let mut in_number = false;
            for &byte in part {
                match byte.is_ascii_digit() {
                    true if in_number => {}
                    true => out.extend_from_slice(b"<n>"),
                    false => out.push(byte),
                }
                in_number = byte.is_ascii_digit();
            }
        }
        out.extend_from_slice(separator);
    }
}

/// `0x1f`, or at least six digits with letters among them.
fn is_hex_number(part: &[u8]) -> bool {
    if let [b'0', b'x' | b'X', rest @ ..] = part {
        return !rest.is_empty() && rest.iter().all(u8::is_ascii_hexdigit);
    }
    part.len() >= 6
        && part.iter().all(u8::is_ascii_hexdigit)
        && part.iter().any(u8::is_ascii_digit)
        && part.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shapes() {
        for (text, expected) in [
            (
                "plain words stay: as they are.",
                "plain words stay: as they are.",
            ),
            ("  a\t\tb ", " a b "),
            ("12 of 345", "<n> of <n>"),
            ("eth0 node-17.a3", "eth<n> node-<n>.a<n>"),
            (
                "10:22:33 2024-01-02T03:04:05Z",
                "<n>:<n>:<n> <n>-<n>-<n>T<n>:<n>:<n>Z",
            ),
            ("from 10.0.0.1.", "from <ip>."),
            (
                "10.0.0.1:80 10.0.0.0/8 fe80::1 10.0.0.1#53:",
                "<ip>:<n> <ip>/<n> <ip> <ip>:<n>:",
            ),
            ("1.2.3", "<n>.<n>.<n>"),
            ("0x1F deadbeef deadbee7 1234567", "<hex> deadbeef <hex> <n>"),
            ("550e8400-e29b-41d4-a716-446655440000", "<uuid>"),
            ("aa:bb:cc:dd:ee:01 aa-bb-cc-dd-ee-01", "<mac> <mac>"),
            (
                "/etc/passwd C:\\a\\b ~/x and/or",
                "<path> <path> <path> and/or",
            ),
            ("see https://example.org/a?b=1", "see <url>?b=<n>"),
            ("to <bob@example.org>,", "to <<email>>,"),
            (
                "don't 'quote me' \"x\" \"open",
                "don't '<text>' \"<text>\" \"open",
            ),
            ("x='a b' k=7", "x='<text>' k=<n>"),
            ("", ""),
            ("grüße 7", "grüße <n>"),
        ] {
            assert_eq!(shape(text.as_bytes()), expected, "{text}");
        }
        assert!(shape(&[b'a'; 1000]).ends_with("a…".as_bytes()));
        assert_eq!(
            shape(b"\xff\xfe 7"),
            BString::from(b"\xff\xfe <n>".to_vec())
        );
    }

    proptest! {
        /// Numbers are what changes most: no two lines that differ only in them have two shapes.
        #[test]
        fn numbers_do_not_count(one in 0u32..1_000_000, other in 0u32..1_000_000) {
            let line = |number: u32| format!("job {number} of queue-{number} took {number}ms");
            prop_assert_eq!(shape(line(one).as_bytes()), shape(line(other).as_bytes()));
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = shape(&bytes);
        }
    }
}
