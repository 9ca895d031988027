//! The bracketed entries of the macOS system log (§6).
//!
//! ```text
//! [Time 2006.12.28 15:53:55 UTC] [Facility auth] [Sender sshd] [Message text] [Host m]
//! ```

use super::Header;

/// Reads sender, message and host from `text[start..]` into `header`.
pub(super) fn parse(text: &[u8], start: usize, header: &mut Header) {
    let close = |from: usize| memchr::memchr(b']', &text[from..]).map(|at| from + at);
    // The original ends its strings inside the text: the first bracket that closed an entry also
    // ends a log that still begins at the header.
    let mut first_close = None;
    let mut message = None;
    let mut at = start;
    while let Some(open) = memchr::memchr(b'[', &text[at..]) {
        at += open + 1;
        if header.program_name.is_none() && text[at..].starts_with(b"Sender ") {
            let name = at + b"Sender ".len();
            let Some(end) = close(name) else { break };
            header.program_name = Some(name..end);
            first_close.get_or_insert(end);
            at = end + 1;
        }
        if message.is_none() && text[at..].starts_with(b"Message ") {
            let begin = at + b"Message ".len();
            let end = close(begin);
            message = Some(begin..end.unwrap_or(text.len()));
            let Some(end) = end else { break };
            at = end + 1;
        }
        if text[at..].starts_with(b"Host ") {
            let name = at + b"Host ".len();
            if let Some(end) = close(name) {
                header.hostname = Some(name..end);
                first_close.get_or_insert(end);
            }
            break;
        }
    }
    header.log = message.unwrap_or(start..first_close.unwrap_or(text.len()));
}
