//! The members of an object, printed as they come.

use crate::engine::json;

/// `"name":"value","name":"value"`: names may come twice. The first letter of every name is put in
/// lower case, if it is ASCII.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(Vec<u8>);

impl Members {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, name: &[u8], value: &[u8]) {
        self.push_name(name);
        json::push_string(value, &mut self.0);
    }

    pub(super) fn push_object(&mut self, name: &[u8], members: &Members) {
        self.push_name(name);
        self.0.push(b'{');
        self.0.extend_from_slice(&members.0);
        self.0.push(b'}');
    }

    /// The whole object.
    pub(super) fn into_object(mut self) -> Vec<u8> {
        self.0.insert(0, b'{');
        self.0.push(b'}');
        self.0
    }

    fn push_name(&mut self, name: &[u8]) {
        if !self.0.is_empty() {
            self.0.push(b',');
        }
        self.0.push(b'"');
        if let Some((first, rest)) = name.split_first() {
            json::push_escaped(&[first.to_ascii_lowercase()], &mut self.0);
            json::push_escaped(rest, &mut self.0);
        }
        self.0.extend_from_slice(b"\":");
    }
}
