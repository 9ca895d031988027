//! The protocol of Wazuh's test tool (`spec/wazuh.md` §14): requests in JSON, replies in JSON.
//!
//! [`TestServer`] is what answers in the daemon, without the socket: bytes in, bytes out. Every
//! session has a state of its own; the ruleset, which the original loads for each, is shared.
//!
//! Codes are those of the original; where only the code is known, the words are ours.

mod message;
mod server;
#[cfg(test)]
mod tests;

pub use message::{Reply, Request};
pub use server::TestServer;

use crate::diagnostic::Diagnostic;

/// Largest message in bytes, both ways.
pub const MESSAGE_LIMIT: usize = 65_535;

/// The name of the session with this number: 8 hexadecimal digits.
pub fn token(number: u32) -> String {
    format!("{number:08x}")
}

/// What `messages` says about a load.
pub fn load_messages(diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut messages = Vec::new();
    for problem in diagnostics {
        messages.extend(problem.original.iter().map(ToString::to_string));
        if problem.is_error() {
            // The original ends here; what it would not say by itself it is told.
            if problem.original.is_empty() {
                messages.push(format!("ERROR: {}", problem.message));
            }
            break;
        }
    }
    messages
}
