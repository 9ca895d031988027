//! Host and program name behind a syslog-like time stamp (§5; Wazuh §6.3).

use bstr::ByteSlice;

use super::Header;
use super::dialect::{IdTagEnd, PredecodingRules};

/// The bytes of host and program names.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'(' | b')' | b'-' | b'.' | b'/' | b'@' | b'_')
}

/// A place in the text that looks ahead without running over the end.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn starts_with(self, prefix: &[u8]) -> bool {
        self.text[self.at..].starts_with(prefix)
    }

    /// The byte `ahead` bytes further on.
    fn peek(self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn forward(self, bytes: usize) -> Self {
        Cursor {
            at: (self.at + bytes).min(self.text.len()),
            ..self
        }
    }

    /// Behind all bytes that are in the class.
    fn behind(self, class: impl Fn(u8) -> bool) -> Self {
        self.forward(
            self.text[self.at..]
                .iter()
                .take_while(|&&byte| class(byte))
                .count(),
        )
    }

    /// Behind the prefix, if it stands here.
    fn after(self, prefix: &[u8]) -> Option<Self> {
        self.starts_with(prefix).then(|| self.forward(prefix.len()))
    }
}

/// Reads host, program name and log from `text[start..]` into `header`.
pub(super) fn parse(rules: &PredecodingRules, text: &[u8], start: usize, header: &mut Header) {
    let start = Cursor { text, at: start };
    let start = start.after(b" ").unwrap_or(start);
    let end = start.behind(is_name);
    header.log = start.at..text.len();

    // "prog: text", no host. This colon needs its blank in every dialect.
    if let Some(log) = end.after(b": ") {
        header.program_name = Some(start.at..end.at);
        header.log.start = behind_id_tag(rules, log).at;
        return;
    }
    let Some(program) = end.after(b" ") else {
        return;
    };
    header.hostname = Some(start.at..end.at);
    header.log.start = program.at;

    let end = program.behind(is_name);
    let log = match end.peek(0) {
        Some(b':') => behind_colon(rules, end),
        Some(b'[') if end.peek(1).is_some_and(|byte| byte.is_ascii_digit()) => {
            let close = end.forward(1).behind(|byte| byte.is_ascii_digit());
            close
                .after(b"]")
                .and_then(|colon| behind_colon(rules, colon).or_else(|| colon.after(b" ")))
        }
        Some(b'|') if end.peek(1).is_some_and(|byte| byte.is_ascii_lowercase()) => {
            return aix(rules, end, header);
        }
        _ => None,
    };
    if let Some(log) = log {
        header.program_name = Some(program.at..end.at);
        header.log.start = behind_id_tag(rules, log).at;
    }
}

/// Behind the colon (and its blank) that ends a program name.
fn behind_colon<'a>(rules: &PredecodingRules, at: Cursor<'a>) -> Option<Cursor<'a>> {
    at.after(b": ")
        .or_else(|| at.after(b":").filter(|_| rules.blank_after_colon_optional))
}

/// AIX: `auth|security:info prog[pid]: text`, with the bar at `bar`. The two odd ends are the
/// original's.
fn aix(rules: &PredecodingRules, bar: Cursor<'_>, header: &mut Header) {
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let name = bar
        .forward(2)
        .behind(alphanumeric)
        .after(b":")
        .and_then(|level| level.behind(alphanumeric).after(b" "));
    let Some(name) = name else { return };
    let end = name.behind(is_name);
    let log = if let Some(log) = end.after(b": ") {
        header.program_name = Some(name.at..end.at);
        log
    } else if end.starts_with(b"[") && end.peek(1).is_some_and(|byte| byte.is_ascii_digit()) {
        header.program_name = Some(name.at..end.at);
        match end
            .forward(1)
            .behind(|byte| byte.is_ascii_digit())
            .after(b"]: ")
        {
            Some(log) => log,
            None => {
                // The name was cut off inside the log: the log ends there, facility included.
                header.log.end = end.at;
                return;
            }
        }
    } else {
        // The name is never cut off: it is all the rest of the line.
        header.program_name = Some(name.at..name.text.len());
        end
    };
    header.log.start = behind_id_tag(rules, log).at;
}

/// Behind one `[ID 123 facility.level] ` of Solaris, if it stands here and is closed.
fn behind_id_tag<'a>(rules: &PredecodingRules, log: Cursor<'a>) -> Cursor<'a> {
    let Some(tag) = log.after(b"[ID ") else {
        return log;
    };
    let rest = &tag.text[tag.at..];
    match rules.id_tag {
        IdTagEnd::BracketAndBlank => rest.find(b"] "),
        IdTagEnd::BracketAndAnyByte => memchr::memchr(b']', rest),
    }
    .map_or(log, |close| tag.forward(close + 2))
}
