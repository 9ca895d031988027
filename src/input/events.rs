//! Events with times, as JSON Lines: `{"t": 12, "line": "…"}`.
//!
//! Other members of the object are ignored, so recorded results can be fed back as they are.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Number;

/// What arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A log line.
    Line(Cow<'a, [u8]>),
    /// A whole queue message, `id:location:text`.
    Message(Cow<'a, [u8]>),
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedEvent<'a> {
    /// Seconds after the start; `None`: at the time of the event before.
    pub seconds: Option<i64>,
    /// Where it comes from, if it says so.
    pub location: Option<Cow<'a, str>>,
    /// What arrives.
    pub content: Content<'a>,
}

/// The JSON as written. Strings are borrowed where they hold no escapes.
#[derive(Deserialize)]
struct Written<'a> {
    t: Option<Number>,
    #[serde(borrow)]
    line: Option<Cow<'a, str>>,
    #[serde(borrow)]
    line_b64: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    location: Option<Cow<'a, str>>,
}

/// Why a line is no event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not JSON, or members of the wrong type.
    #[error("not an event: {0}")]
    Json(String),
    /// Nothing that could be evaluated.
    #[error("the event has none of `line`, `line_b64` and `message`")]
    NoContent,
    /// More than one thing to evaluate.
    #[error("the event has more than one of `line`, `line_b64` and `message`")]
    TwoContents,
    /// The bytes cannot be read.
    #[error("`line_b64` is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// A message has its location in itself.
    #[error("the location of a `message` is part of the message: leave `location` out")]
    LocationOfMessage,
}

impl<'a> TimedEvent<'a> {
    /// Reads one line.
    ///
    /// # Errors
    /// The line is not an event.
    pub fn parse(json: &'a [u8]) -> Result<Self, EventError> {
        let written: Written<'a> =
            serde_json::from_slice(json).map_err(|error| EventError::Json(reason(&error)))?;
        let content = match (written.line, written.line_b64, written.message) {
            (Some(line), None, None) => Content::Line(bytes(line)),
            (None, Some(coded), None) => {
                Content::Line(Cow::Owned(BASE64_STANDARD.decode(coded.as_bytes())?))
            }
            (None, None, Some(_)) if written.location.is_some() => {
                return Err(EventError::LocationOfMessage);
            }
            (None, None, Some(message)) => Content::Message(bytes(message)),
            (None, None, None) => return Err(EventError::NoContent),
            _ => return Err(EventError::TwoContents),
        };
        Ok(TimedEvent {
            seconds: written.t.map(|t| whole_seconds(&t)),
            location: written.location,
            content,
        })
    }
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The floor; numbers beyond what a clock can show become the last that it can.
fn whole_seconds(t: &Number) -> i64 {
    match t.as_i64() {
        Some(seconds) => seconds,
        None => t.as_f64().unwrap_or_default().floor() as i64,
    }
}

/// The message of the JSON reader without its line number, which is always 1.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.strip_suffix(&format!(
        " at line {} column {}",
        error.line(),
        error.column()
    )) {
        Some(text) => format!("{text} (column {})", error.column()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        TimedEvent::parse(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn events() {
        let event = TimedEvent::parse(br#"{"t": 3.9, "line": "a\tb", "rule": 5}"#).unwrap();
        assert_eq!(event.seconds, Some(3));
        assert_eq!(event.content, Content::Line(Cow::Borrowed(b"a\tb")));
        let event = TimedEvent::parse(br#"{"t":-0.5,"line_b64":"/wA=","location":"x"}"#).unwrap();
        assert_eq!(event.seconds, Some(-1));
        assert_eq!(event.content, Content::Line(Cow::Borrowed(b"\xff\0")));
        assert_eq!(event.location.as_deref(), Some("x"));
        let event = TimedEvent::parse(br#"{"message":"1:a:b"}"#).unwrap();
        assert_eq!(event.seconds, None);
        assert_eq!(event.content, Content::Message(Cow::Borrowed(b"1:a:b")));
        let event = TimedEvent::parse(br#"{"t":1e300,"line":""}"#).unwrap();
        assert_eq!(event.seconds, Some(i64::MAX));
    }

    #[test]
    fn what_is_no_event() {
        assert!(error("{").starts_with("not an event: EOF while parsing an object (column"));
        assert!(error("[1]").starts_with("not an event: "));
        assert!(error(r#"{"t":"1","line":""}"#).starts_with("not an event: invalid type"));
        assert!(error("{}").contains("none of"));
        assert!(error(r#"{"line":"","message":""}"#).contains("more than one"));
        assert!(error(r#"{"line_b64":"?"}"#).contains("base64"));
        assert!(error(r#"{"message":"1:a:b","location":"x"}"#).contains("leave `location` out"));
        assert!(TimedEvent::parse(b"\xff{}").is_err());
        assert!(TimedEvent::parse(&b"[".repeat(100_000)).is_err());
    }
}
