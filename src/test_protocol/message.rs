//! The two kinds of messages as text.

use crate::engine::json::push_string;
use crate::output::{EventData, replace_invalid};

/// A request to evaluate one event.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The log.
    pub event: &'a [u8],
    /// Where it comes from; may have the header of an agent.
    pub location: &'a [u8],
    /// The session; none: a new one.
    pub token: Option<&'a str>,
    /// The rules that were tried are wanted.
    pub rules_debug: bool,
}

impl Request<'_> {
    /// Appends the request as compact JSON. What is not UTF-8 becomes U+FFFD.
    pub fn print(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(
            b"{\"version\":1,\"origin\":{\"name\":\"wazuh-logtest\",\"module\":\"wazuh-logtest\"},\
              \"command\":\"log_processing\",\"parameters\":{\"location\":",
        );
        push_string(self.location, out);
        out.extend_from_slice(b",\"log_format\":\"syslog\",\"event\":");
        push_string(self.event, out);
        if let Some(token) = self.token {
            out.extend_from_slice(b",\"token\":");
            push_string(token.as_bytes(), out);
        }
        if self.rules_debug {
            out.extend_from_slice(b",\"options\":{\"rules_debug\":true}");
        }
        out.extend_from_slice(b"}}");
        replace_invalid(out, start);
    }
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no JSON.
    NotJson = 1,
    /// Fields are missing or wrong.
    Fields = 2,
    /// No such command.
    Command = 3,
    /// There is no session with this token.
    Token = 4,
    /// It is too large.
    TooLarge = 5,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Reply<'v> {
    /// About an event.
    Event(EventData<'v>),
    /// The event was not evaluated: the messages say why.
    Failed(Vec<String>),
    /// A session was removed.
    Removed(Vec<String>),
    /// The request makes no sense.
    Refused(Refusal, String),
}

impl Reply<'_> {
    /// Appends the reply as compact JSON.
    pub fn print(&self, out: &mut Vec<u8>) {
        match self {
            Reply::Event(data) => {
                out.extend_from_slice(b"{\"error\":0,\"data\":");
                data.print(out);
                out.push(b'}');
            }
            Reply::Failed(messages) => session_data(messages, -1, out),
            Reply::Removed(messages) => session_data(messages, 0, out),
            Reply::Refused(refusal, message) => {
                let code = *refusal as u8;
                out.extend_from_slice(format!("{{\"error\":{code},\"message\":").as_bytes());
                push_string(message.as_bytes(), out);
                if *refusal != Refusal::TooLarge {
                    out.extend_from_slice(b",\"data\":{}");
                }
                out.push(b'}');
            }
        }
    }
}

fn session_data(messages: &[String], code: i8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"error\":0,\"data\":{");
    if !messages.is_empty() {
        out.extend_from_slice(b"\"messages\":[");
        for (position, message) in messages.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            push_string(message.as_bytes(), out);
        }
        out.extend_from_slice(b"],");
    }
    out.extend_from_slice(format!("\"codemsg\":{code}}}}}").as_bytes());
}
