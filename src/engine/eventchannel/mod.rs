//! The Windows event channel: the events of queue `f` (`spec/wazuh.md` §8.3).
//!
//! An agent sends `{"Message": "…", "Event": "<Event …>…</Event>"}`. The original turns it into one
//! JSON object, which becomes the log and is then decoded like any other JSON:
//!
//! ```text
//! {"Message":…,"Event":…} ─▶ event XML, printed again ─▶ walk ─▶ {"win":{"system":…,"eventdata":…}}
//! ```
//!
//! The queue header and the predecoder come before, the field limit and the rules behind.

mod audit;
mod members;
mod message;
mod prefix;
mod severity;
#[cfg(test)]
mod tests;
mod walk;

use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::engine::event::Event;
use crate::engine::json::{self, Style, Tape, Value};
use crate::ruleset::category::Category;
use crate::xml;
use members::Members;
use walk::Win;

/// The text is no event of this queue: nothing reaches the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// It is no JSON object.
    #[error("a message of the Windows event channel must be a JSON object")]
    NotAnObject,
    /// The object has no `Event`.
    #[error("a message of the Windows event channel needs an `Event`")]
    NoEvent,
}

/// The decoder that events of this queue carry.
const DECODER: &str = "windows_eventchannel";

/// Turns an event that was predecoded into one of this queue: the object is its log.
pub(super) fn accept(engine: &Engine, event: &mut Event) -> Result<(), Dropped> {
    let object = decode(event.log())?;
    let object = event.append(&object);
    event.full_log = object;
    event.log = object;
    event.program_name = None;
    event.timestamp = None;
    event.built_in_decoder = engine.ruleset.decoders.built_in(DECODER.into());
    event.category = Category::Ossec;
    event.without_length = true;
    Ok(())
}

/// Builds the object of an event: the new log. `text` is what the predecoder left.
///
/// An `Event` that is no XML for the original's reader is no error: the object holds the message
/// only. Time and memory are linear in the length of the text: a content is copied at most once for
/// each of the 49 attributes that its element may have.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, Dropped> {
    let mut tape = Tape::default();
    let root = json::parse(text, &mut tape).filter(|root| root.is_object());
    let root = root.ok_or(Dropped::NotAnObject)?;
    let event = root
        .member_ignoring_case(b"Event")
        .ok_or(Dropped::NoEvent)?;
    let message = root.member_ignoring_case(b"Message").map(message::text);
    let xml = printed(event);
    let document = xml::parse_event(&xml, Dialect::Wazuh414);
    let event = document
        .as_ref()
        .and_then(|document| document.roots().next());
    let win = event.map(Win::of).unwrap_or_default();
    Ok(object(win, message.as_deref()))
}

/// The value as JSON text. A string keeps its quotes and escapes, and so does everything that is
/// found in it.
fn printed(value: Value<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    value.print(Style::Compact, &mut text);
    text
}

/// Puts the parts together, computed fields behind the others.
fn object(win: Win<'_>, message: Option<&[u8]>) -> Vec<u8> {
    let Win {
        mut system,
        mut eventdata,
        unnamed,
        other,
        facts,
    } = win;
    if let (Some(level), Some(keywords)) = (facts.level, facts.keywords) {
        system.push(b"severityValue", severity::name(level, keywords).as_bytes());
        if let (Some(category), Some(subcategory)) = (facts.category, facts.subcategory) {
            let (category, subcategory) = audit::names(category, subcategory);
            for (name, value) in [("category", category), ("subcategory", subcategory)] {
                if let Some(value) = value {
                    eventdata.push(name.as_bytes(), value.as_bytes());
                }
            }
        }
    }
    if let Some(changes) = facts.policy_changes.and_then(audit::changes) {
        eventdata.push(b"auditPolicyChanges", changes.as_bytes());
    }
    if let Some(data) = unnamed {
        eventdata.push(b"data", &data);
    }
    if let Some(message) = message {
        system.push(b"message", message);
    }
    let mut sections = Members::default();
    sections.push_object(b"system", &system);
    if !eventdata.is_empty() {
        sections.push_object(b"eventdata", &eventdata);
    }
    if let Some(name) = other.name {
        sections.push_object(name, &other.members);
    }
    let mut root = Members::default();
    root.push_object(b"win", &sections);
    root.into_object()
}
