//! What a rule tests, as it is resolved from its elements.

use bstr::BString;

use super::TextField;
use crate::ruleset::condition::{AddressList, CompiledRule, TimeRange, Weekdays};
use crate::ruleset::decoder::NameId;
use crate::ruleset::expression::Expression;
use crate::ruleset::list_condition::ListCondition;
use crate::source::Text;

/// A test of a text field, in up to two forms of which one is in force.
#[derive(Clone, Debug, Default)]
pub struct TextCondition {
    /// The plain form: tested if it is there. The only one in Wazuh, whatever its type.
    pub plain: Option<Expression>,
    /// The form of the pcre2 elements of OSSEC: tested if there is no plain one. Kept beside a
    /// plain one because overwriting replaces only the latter (`spec/rules.md` §6).
    pub pcre2: Option<Expression>,
}

impl TextCondition {
    /// The form that is tested.
    pub fn in_force(&self) -> Option<&Expression> {
        self.plain.as_ref().or(self.pcre2.as_ref())
    }
}

/// `<field name="…">`.
#[derive(Clone, Debug)]
pub struct FieldCondition {
    /// Name of the dynamic field, compared without case.
    pub name: BString,
    /// Tested against its value.
    pub expression: Expression,
}

/// `<srcip>` or `<dstip>`: all elements of a rule are one list.
#[derive(Clone, Debug)]
pub struct AddressCondition {
    /// The event's address must be in it.
    pub list: AddressList,
    /// `negate="yes"` (Wazuh only): it must not. The event needs an address all the same.
    pub negated: bool,
}

/// Texts of conditions whose values do not keep how they were written: for people, never tested.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// `<srcip>` elements, in file order.
    pub srcip: Vec<BString>,
    /// `<dstip>` elements, in file order.
    pub dstip: Vec<BString>,
    /// `<time>`.
    pub time: BString,
    /// `<weekday>`.
    pub weekday: BString,
    /// `<compiled_rule>`.
    pub compiled_rule: BString,
}

/// What a rule tests, one slot a kind, so that overwriting can replace slots.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// The decoder of the event must have this name.
    pub decoded_as: Option<(NameId, Text)>,
    /// Those that are there or were: most rules test one or two.
    pub(super) texts: Vec<(TextField, TextCondition)>,
    /// Dynamic fields, in file order.
    pub fields: Vec<FieldCondition>,
    /// Source address.
    pub srcip: Option<AddressCondition>,
    /// Destination address.
    pub dstip: Option<AddressCondition>,
    /// One of the tests that the original compiled in.
    pub compiled_rule: Option<CompiledRule>,
    /// Least length of the log in bytes; 0: any. The attribute is called `maxsize`.
    pub min_log_length: usize,
    /// Local time of arrival.
    pub time: Option<TimeRange>,
    /// Local day of arrival.
    pub weekday: Option<Weekdays>,
    /// The log must differ from the last one of this rule and host.
    pub check_diff: bool,
    /// The event must be seen for the first time.
    pub if_fts: bool,
    /// List lookups in file order, already cut to those that the original tests.
    pub lists: Vec<ListCondition>,
    /// How the addresses, times and compiled rules above were written.
    pub written: Written,
}

impl Conditions {
    /// The condition on a text field.
    pub fn text(&self, field: TextField) -> &TextCondition {
        static NONE: TextCondition = TextCondition {
            plain: None,
            pcre2: None,
        };
        let mut texts = self.texts.iter();
        let found = texts.find(|(known, _)| *known == field);
        found.map_or(&NONE, |(_, text)| text)
    }

    /// Sets the condition on a text field that has none.
    pub(super) fn set_text(&mut self, field: TextField, condition: TextCondition) {
        self.texts.reserve_exact(1);
        self.texts.push((field, condition));
    }

    /// Replaces the plain form.
    pub(super) fn set_plain(&mut self, field: TextField, plain: Option<Expression>) {
        let mut texts = self.texts.iter_mut();
        match texts.find(|(known, _)| *known == field) {
            Some((_, text)) => text.plain = plain,
            None => self.set_text(field, TextCondition { plain, pcre2: None }),
        }
    }
}
