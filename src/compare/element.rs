//! One element that differs.

use bstr::{BStr, BString};

use crate::page::facts::Place;
use crate::page::words;
use crate::pattern::Language;
use crate::ruleset::expression::{Expression, Test};

/// A value of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value {
    /// The text of a pattern as written, or the value in a form in which equal values are the same.
    pub text: BString,
    /// The language, if it is a pattern.
    pub language: Option<Language>,
    /// The test is turned round.
    pub negated: bool,
}

impl Value {
    pub(super) fn text(text: impl AsRef<[u8]>) -> Value {
        Value {
            text: text.as_ref().into(),
            language: None,
            negated: false,
        }
    }

    pub(super) fn pattern(pattern: &crate::pattern::Pattern) -> Value {
        Value {
            text: pattern.text().to_owned(),
            language: Some(pattern.language()),
            negated: false,
        }
    }

    pub(super) fn expression(expression: &Expression) -> Value {
        let value = match &expression.test {
            Test::Matches(pattern) => Value::pattern(pattern),
            Test::Equals(text) => Value::text(text),
        };
        Value {
            negated: expression.negated,
            ..value
        }
    }

    /// The text for people: invalid UTF-8 replaced, control characters escaped.
    pub fn plain(&self) -> String {
        words::plain(self.text.as_ref())
    }
}

/// One element of a rule or decoder that differs. Values that both sides have are left out, unless
/// only their order differs.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct ElementChange {
    /// The element, attribute or property: `match`, `level`.
    pub element: &'static str,
    /// Which of the elements of this name: the field of `field`, the list of `list`.
    pub name: Option<String>,
    /// Values that only the old ruleset has.
    pub old: Vec<Value>,
    /// Values that only the new ruleset has.
    pub new: Vec<Value>,
    /// Where the old ruleset says so.
    pub old_at: Option<Place>,
    /// Where the new ruleset says so.
    pub new_at: Option<Place>,
}

#[cfg(feature = "cli")]
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut object = serializer.serialize_struct("Value", 3)?;
        object.serialize_field("text", &String::from_utf8_lossy(&self.text))?;
        object.serialize_field("language", &self.language.map(Language::name))?;
        object.serialize_field("negated", &self.negated)?;
        object.end()
    }
}

pub(super) fn name_of(text: &BStr) -> String {
    words::plain(text)
}
