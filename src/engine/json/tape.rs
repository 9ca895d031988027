//! A JSON text that was read: all its values in one flat list.

/// One value, or the key of a member. Keys stand directly in front of their values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Null,
    Bool(bool),
    /// Never NaN; may be infinite.
    Number(f64),
    String(Str),
    /// `end` is the position behind the last value that is inside.
    Array {
        end: u32,
    },
    Object {
        end: u32,
    },
}

/// Where the bytes of a string stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Str {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) place: Place,
}

/// Strings without escapes are not copied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Text,
    Unescaped,
}

/// The memory of a text that was read; reused from text to text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape {
    pub(super) tokens: Vec<Token>,
    /// Strings that had escapes.
    pub(super) unescaped: Vec<u8>,
    /// While reading: positions of the arrays and objects that are not closed yet.
    pub(super) open: Vec<u32>,
}

/// A tape with its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'a> {
    pub(super) text: &'a [u8],
    pub(super) tape: &'a Tape,
}

impl<'a> Json<'a> {
    pub(super) fn token(self, at: usize) -> Token {
        self.tape.tokens[at]
    }

    pub(super) fn bytes(self, string: Str) -> &'a [u8] {
        let all = match string.place {
            Place::Text => self.text,
            Place::Unescaped => &self.tape.unescaped,
        };
        &all[string.start as usize..][..string.length as usize]
    }

    /// The string at `at`; keys always are one.
    pub(super) fn key(self, at: usize) -> &'a [u8] {
        match self.token(at) {
            Token::String(string) => self.bytes(string),
            _ => b"",
        }
    }

    /// The position behind the value at `at`.
    pub(super) fn behind(self, at: usize) -> usize {
        match self.token(at) {
            Token::Array { end } | Token::Object { end } => end as usize,
            _ => at + 1,
        }
    }
}

/// One value of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(super) json: Json<'a>,
    pub(super) at: usize,
}

impl<'a> Value<'a> {
    pub(crate) fn is_object(self) -> bool {
        matches!(self.json.token(self.at), Token::Object { .. })
    }

    /// The text of a string.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "for the test protocol")
    )]
    pub(crate) fn as_text(self) -> Option<&'a [u8]> {
        match self.json.token(self.at) {
            Token::String(string) => Some(self.json.bytes(string)),
            _ => None,
        }
    }

    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "for the test protocol")
    )]
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.json.token(self.at) {
            Token::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The first member whose key is `name` in any case (ASCII); none if this is no object.
    pub(crate) fn member_ignoring_case(self, name: &[u8]) -> Option<Value<'a>> {
        let Token::Object { end } = self.json.token(self.at) else {
            return None;
        };
        let json = self.json;
        let mut key = self.at + 1;
        while key < end as usize {
            if json.key(key).eq_ignore_ascii_case(name) {
                return Some(Value { json, at: key + 1 });
            }
            key = json.behind(key + 1);
        }
        None
    }
}
