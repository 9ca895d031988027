//! How a rule tests one text (`spec/wazuh.md` §4, `spec/rules.md` §4).

use bstr::BString;

use crate::pattern::Pattern;

/// What the text must be like.
#[derive(Clone, Debug)]
pub enum Test {
    /// The pattern matches it.
    Matches(Pattern),
    /// It is exactly this.
    Equals(BString),
}

/// A test, and whether its result is turned round.
///
/// A text that an event lacks is never tested: then the condition fails, negated or not.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The test.
    pub test: Test,
    /// `negate="yes"` (Wazuh only).
    pub negated: bool,
}

impl Expression {
    /// A pattern that must match.
    pub fn matches(pattern: Pattern) -> Self {
        Expression {
            test: Test::Matches(pattern),
            negated: false,
        }
    }

    /// A text that must be there exactly.
    pub fn equals(text: BString) -> Self {
        Expression {
            test: Test::Equals(text),
            negated: false,
        }
    }

    /// Does it hold for this text?
    pub fn holds(&self, text: &[u8]) -> bool {
        let result = match &self.test {
            Test::Matches(pattern) => pattern.is_match(text),
            Test::Equals(wanted) => text == wanted.as_slice(),
        };
        result != self.negated
    }

    /// The pattern, if it is one.
    pub fn pattern(&self) -> Option<&Pattern> {
        match &self.test {
            Test::Matches(pattern) => Some(pattern),
            Test::Equals(_) => None,
        }
    }
}
