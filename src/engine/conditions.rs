//! What a rule tests, as a flat list in the order of the tests (`spec/rules.md` §7.1, §8).
//!
//! `of` is the one place that knows this order.

use crate::ruleset::condition::{CompiledRule, TimeRange, Weekdays};
use crate::ruleset::decoder::NameId;
use crate::ruleset::expression::Expression;
use crate::ruleset::list_condition::ListCondition;
use crate::ruleset::rule::{AddressCondition, FieldCondition, Rule, TextField};

/// One test. All tests of a rule must hold.
#[derive(Clone, Debug)]
pub enum Condition {
    /// The decoder of the event has this name.
    DecodedAs(NameId),
    /// The test of a field holds; it fails if the event lacks the field.
    Text(TextField, Expression),
    /// The test of a dynamic field holds; it fails if the event lacks the field.
    Field(FieldCondition),
    /// The source address is one of these.
    SrcIp(AddressCondition),
    /// The destination address is one of these.
    DstIp(AddressCondition),
    /// A test that the original compiled in.
    CompiledRule(CompiledRule),
    /// The log has at least so many bytes.
    MinLogLength(usize),
    /// The local time of arrival is in this range.
    Time(TimeRange),
    /// The local day of arrival is one of these.
    Weekday(Weekdays),
    /// The log differs from the last one of this rule and host. Remembers the log.
    CheckDiff,
    /// The event is seen for the first time. Remembers its key.
    IfFts,
    /// A list lookup holds.
    List(ListCondition),
    /// Enough earlier events fit. Marks them.
    Search,
}

impl Condition {
    /// The test looks at what is remembered of earlier events, or remembers something.
    pub(crate) fn uses_memories(&self) -> bool {
        matches!(
            self,
            Condition::CheckDiff | Condition::IfFts | Condition::Search
        )
    }
}

/// The conditions of a rule in the order in which the original tests them.
pub(crate) fn of(rule: &Rule) -> Vec<Condition> {
    let slots = &rule.conditions;
    let mut list = Vec::new();
    let text = |list: &mut Vec<Condition>, field: TextField| {
        let expression = slots.text(field).in_force().cloned();
        list.extend(expression.map(|expression| Condition::Text(field, expression)));
    };
    list.extend(
        slots
            .decoded_as
            .as_ref()
            .map(|(name, _)| Condition::DecodedAs(*name)),
    );
    text(&mut list, TextField::ProgramName);
    text(&mut list, TextField::Id);
    text(&mut list, TextField::SystemName);
    text(&mut list, TextField::Protocol);
    text(&mut list, TextField::Match);
    text(&mut list, TextField::Regex);
    text(&mut list, TextField::Action);
    text(&mut list, TextField::Url);
    text(&mut list, TextField::Location);
    list.extend(slots.fields.iter().cloned().map(Condition::Field));
    list.extend(slots.srcip.clone().map(Condition::SrcIp));
    list.extend(slots.dstip.clone().map(Condition::DstIp));
    text(&mut list, TextField::SrcPort);
    text(&mut list, TextField::DstPort);
    list.extend(slots.compiled_rule.map(Condition::CompiledRule));
    text(&mut list, TextField::User);
    text(&mut list, TextField::SrcGeoip);
    text(&mut list, TextField::DstGeoip);
    if slots.min_log_length > 0 {
        list.push(Condition::MinLogLength(slots.min_log_length));
    }
    list.extend(slots.time.map(Condition::Time));
    list.extend(slots.weekday.map(Condition::Weekday));
    text(&mut list, TextField::Data);
    text(&mut list, TextField::ExtraData);
    text(&mut list, TextField::Hostname);
    text(&mut list, TextField::Status);
    if slots.check_diff {
        list.push(Condition::CheckDiff);
    }
    if slots.if_fts {
        list.push(Condition::IfFts);
    }
    list.extend(slots.lists.iter().cloned().map(Condition::List));
    // With check_diff, nothing is searched: it alone decides.
    if rule.search.is_some() && rule.correlation.counts && !slots.check_diff {
        list.push(Condition::Search);
    }
    list
}
