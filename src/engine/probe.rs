//! What a condition sees in an event, and whether a rule would hold that was not tried.
//!
//! For people who ask why: nothing here is on the path of an event.

use bstr::BStr;

use super::conditions::Condition;
use super::{Moment, rules};
use crate::ruleset::rule::RuleId;
use crate::verdict::Verdict;

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'e> {
    /// This value.
    Value(&'e BStr),
    /// A value that the event does not have: the condition fails, negated or not.
    Absent,
    /// The length of the log in bytes.
    Length(usize),
    /// When the event arrived.
    Arrival(Moment),
    /// More than one value, or what is remembered of earlier events.
    Several,
}

impl<'e> Verdict<'e> {
    /// What a condition looks at in this event.
    pub fn seen(&self, condition: &Condition) -> Seen<'e> {
        let value = match condition {
            Condition::MinLogLength(_) => return Seen::Length(self.log().len()),
            Condition::Time(_) | Condition::Weekday(_) => return Seen::Arrival(self.moment()),
            Condition::CompiledRule(_)
            | Condition::CheckDiff
            | Condition::IfFts
            | Condition::Search => return Seen::Several,
            Condition::DecodedAs(_) => self.decoder_name(),
            _ => rules::value(self.engine(), self.event(), condition),
        };
        value.map_or(Seen::Absent, Seen::Value)
    }

    /// Which conditions of a rule this event meets, in the order of their tests; `None`: that hangs
    /// on earlier events.
    pub fn meets(&self, rule: RuleId) -> Vec<Option<bool>> {
        rules::meets(self.engine(), self.event(), rule)
    }
}
