//! The queue message `id:location:text`, and what the location means (§1, §2, Wazuh §6.1).

use std::borrow::Cow;

use bstr::ByteSlice;
use memchr::memchr;

use super::dialect::{LocationEnd, PredecodingRules};

/// A queue message in its three parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueMessage<'a> {
    /// Which queue: `1` local file, `8` syscheck, `9` rootcheck, `3` host information, ….
    pub id: u8,
    /// Where the event comes from. With Wazuh still escaped, see [`PredecodingRules::origin`].
    pub location: &'a [u8],
    /// The event as received.
    pub text: &'a [u8],
}

impl<'a> QueueMessage<'a> {
    /// The message of a line, `1:location:line`, from a location that
    /// [is plain](is_plain_location).
    pub(crate) fn of_line(location: &'a [u8], line: &'a [u8]) -> Self {
        QueueMessage {
            id: b'1',
            location,
            text: until_zero(line),
        }
    }
}

/// Whether a location means itself in every dialect: it ends where it ends, nothing in it is
/// escaped, it names no agent, and it is not rejected.
pub(crate) fn is_plain_location(location: &[u8]) -> bool {
    !location.starts_with(b"(")
        && !location.starts_with(b"[")
        && location.find(b"..").is_none()
        && !location.iter().any(|byte| b":|\0".contains(byte))
}

/// Like the original, a text ends at its first zero byte.
fn until_zero(text: &[u8]) -> &[u8] {
    &text[..memchr(0, text).unwrap_or(text.len())]
}

/// Why a queue message is dropped. The original reports 1106 and 1222 for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not even `id:`.
    #[error("the message is shorter than its queue id")]
    TooShort,
    /// The colon behind the location is missing.
    #[error("no colon ends the location of the message")]
    NoLocation,
    /// An agent's location (it starts with `(`) has no `->`.
    #[error("the location starts with `(` but has no `->` behind the agent")]
    NoArrow,
    /// A part of the location is `..`.
    #[error("a part of the location is `..`")]
    ParentDirectory,
    /// Wazuh: the location starts with `[` but has no `]`.
    #[error("the location starts with `[` but no `]` ends the agent id")]
    AgentId,
}

/// Takes a queue message apart. Like the original, the text ends at the first zero byte.
///
/// # Errors
/// If the message does not have the form `id:location:text`; the event is then dropped and the next
/// one goes on.
pub fn split_queue_message<'a>(
    rules: &PredecodingRules,
    message: &'a [u8],
) -> Result<QueueMessage<'a>, Rejection> {
    let message = until_zero(message);
    // The second byte is never compared.
    let (&[id, _], rest) = message
        .split_first_chunk::<2>()
        .ok_or(Rejection::TooShort)?;
    let colon = match rules.location {
        LocationEnd::ColonAfterArrow if rest.starts_with(b"(") => {
            // Both colons have to exist: the first one is looked for before the arrow is.
            memchr(b':', rest).ok_or(Rejection::NoLocation)?;
            let arrow = rest.find(b"->").ok_or(Rejection::NoArrow)?;
            memchr(b':', &rest[arrow..]).map(|at| arrow + at)
        }
        LocationEnd::FirstColon | LocationEnd::ColonAfterArrow => memchr(b':', rest),
        LocationEnd::UnescapedColon => unescaped_colon(rest),
    };
    let colon = colon.ok_or(Rejection::NoLocation)?;
    let (location, text) = (&rest[..colon], &rest[colon + 1..]);
    if rules.rejects_parent_directory
        && location
            .split(|&byte| byte == b'/')
            .any(|part| part == b"..")
    {
        return Err(Rejection::ParentDirectory);
    }
    if rules.location == LocationEnd::UnescapedColon
        && location.starts_with(b"[")
        && memchr(b']', location).is_none()
    {
        return Err(Rejection::AgentId);
    }
    Ok(QueueMessage { id, location, text })
}

/// The first colon that no bar escapes; a bar escapes any byte behind it.
fn unescaped_colon(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b':', b'|', &text[from..]).map(|at| from + at) {
        if text[at] == b':' {
            return Some(at);
        }
        from = (at + 2).min(text.len());
    }
    None
}

/// Removes control bytes from `text[from..]` in place, if the dialect does so (4.3 only: bytes
/// 1–31 and 127, tabs included). This happens before `full_log` is stored.
pub fn clean(rules: &PredecodingRules, text: &mut Vec<u8>, from: usize) {
    if !rules.removes_control_bytes {
        return;
    }
    let is_control = |byte: u8| matches!(byte, 1..=31 | 127);
    // Without early end: so it is one pass of vector instructions.
    let found = text[from..]
        .iter()
        .fold(false, |found, &byte| found | is_control(byte));
    if !found {
        return;
    }
    let mut to = from;
    for at in from..text.len() {
        let byte = text[at];
        if !is_control(byte) {
            text[to] = byte;
            to += 1;
        }
    }
    text.truncate(to);
}

/// True if the location is that of an OSSEC agent, `(name) ip->file`: it then is the host name,
/// whatever the header said (§7).
pub fn is_agent_location(location: &[u8]) -> bool {
    location.starts_with(b"(")
}

/// What the location says about the machine that an event comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Wazuh's agent id; `None` in OSSEC and for the manager itself (`000`).
    pub agent_id: Option<&'a [u8]>,
    /// The host name that replaces the one of the header. May be empty.
    pub hostname: Option<Cow<'a, [u8]>>,
    /// The location that rules, lists and output see.
    pub location: Cow<'a, [u8]>,
}

impl PredecodingRules {
    /// Reads the location of an accepted message (OSSEC §7, Wazuh §6.1).
    pub fn origin<'a>(&self, location: &'a [u8]) -> Origin<'a> {
        if self.location != LocationEnd::UnescapedColon {
            let location = Cow::Borrowed(location);
            let hostname = is_agent_location(&location).then(|| location.clone());
            return Origin {
                agent_id: None,
                hostname,
                location,
            };
        }
        let agent = location
            .strip_prefix(b"[")
            .and_then(|rest| memchr(b']', rest).map(|at| (&rest[..at], &rest[at + 1..])));
        let Some((agent_id, rest)) = agent else {
            return Origin {
                agent_id: None,
                hostname: None,
                location: unescape(location),
            };
        };
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let name = rest
            .strip_prefix(b"(")
            .and_then(|name| memchr(b')', name).map(|at| &name[..at]))
            .unwrap_or_default();
        Origin {
            agent_id: Some(agent_id).filter(|&id| id != b"000"),
            hostname: Some(unescape(name)),
            location: unescape(rest),
        }
    }
}

/// Takes the bars away: `|:` is a colon, `||` a bar. A bar before anything else stays.
fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'|', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped = bytes.next_if(|&next| byte == b'|' && matches!(next, b':' | b'|'));
        out.push(escaped.unwrap_or(byte));
    }
    Cow::Owned(out)
}
