//! The conditions of rules as sets that can be compared.

use std::collections::HashMap;

use crate::check::patterns::{Alternative, split_bars};
use crate::dialect::{Dialect, Family};
use crate::pattern::Language;
use crate::ruleset::Ruleset;
use crate::ruleset::expression::{Expression, Test};
use crate::ruleset::rule::{Rule, RuleId, TextField};

/// Most alternatives of an osmatch that is compared.
const MOST_ALTERNATIVES: usize = 32;

/// What an osmatch tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Form(TextField);

impl Form {
    /// The element, for places and messages.
    pub(super) fn element(self, family: Family) -> &'static str {
        self.0.element(family)
    }
}

/// An osmatch of a rule.
pub(super) struct Matched {
    pub(super) form: Form,
    /// Its key among those of the rule.
    pub(super) key: u32,
    pub(super) alternatives: Vec<Alternative>,
}

/// The conditions of one rule.
pub(super) struct OfRule {
    /// Each condition as a number, ascending; equal conditions have equal numbers.
    pub(super) keys: Vec<u32>,
    /// Those that are osmatch.
    pub(super) matches: Vec<Matched>,
    /// The keys are all that decides, and the rule is the result if they hold.
    pub(super) certain: bool,
}

/// The conditions of all rules.
pub(super) struct Conditions(Vec<OfRule>);

impl Conditions {
    pub(super) fn new(ruleset: &Ruleset) -> Self {
        let mut numbers = Numbers::default();
        let rules = ruleset.rules.rules.iter();
        Conditions(
            rules
                .map(|rule| of_rule(rule, ruleset.dialect, &mut numbers))
                .collect(),
        )
    }

    pub(super) fn of(&self, rule: RuleId) -> &OfRule {
        &self.0[rule.index()]
    }
}

/// Numbers of conditions by what they say.
#[derive(Default)]
struct Numbers(HashMap<Vec<u8>, u32>);

impl Numbers {
    fn of(&mut self, parts: &[&[u8]]) -> u32 {
        // Lengths keep parts apart.
        let mut text = Vec::new();
        for part in parts {
            text.extend((part.len() as u64).to_le_bytes());
            text.extend_from_slice(part);
        }
        let next = self.0.len() as u32;
        *self.0.entry(text).or_insert(next)
    }

    fn expression(&mut self, what: &[u8], expression: &Expression) -> u32 {
        let (language, text) = match &expression.test {
            Test::Matches(pattern) => (pattern.language().name(), pattern.text().as_ref()),
            Test::Equals(text) => ("equal", text.as_slice()),
        };
        let negated: &[u8] = if expression.negated { b"not" } else { b"" };
        self.of(&[what, language.as_bytes(), text, negated])
    }
}

fn of_rule(rule: &Rule, dialect: Dialect, numbers: &mut Numbers) -> OfRule {
    let family = dialect.family();
    let conditions = &rule.conditions;
    let mut keys = Vec::new();
    let mut matches = Vec::new();
    if let Some((name, _)) = &conditions.decoded_as {
        keys.push(numbers.of(&[b"decoded_as", &(name.index() as u64).to_le_bytes()]));
    }
    for field in TextField::ALL {
        let Some(expression) = conditions.text(field).in_force() else {
            continue;
        };
        let what = field.element(family).as_bytes();
        let key = numbers.expression(what, expression);
        keys.push(key);
        if let Some(alternatives) = alternatives(expression, dialect) {
            matches.push(Matched {
                form: Form(field),
                key,
                alternatives,
            });
        }
    }
    for field in &conditions.fields {
        let name = field.name.to_ascii_lowercase();
        let what = [b"field ".as_slice(), &name].concat();
        keys.push(numbers.expression(&what, &field.expression));
    }
    let written = &conditions.written;
    for (what, texts, address) in [
        (b"srcip", &written.srcip, &conditions.srcip),
        (b"dstip", &written.dstip, &conditions.dstip),
    ] {
        if let Some(address) = address {
            let negated: &[u8] = if address.negated { b"not" } else { b"" };
            let mut parts: Vec<&[u8]> = vec![what, negated];
            parts.extend(texts.iter().map(|text| text.as_slice()));
            keys.push(numbers.of(&parts));
        }
    }
    if conditions.compiled_rule.is_some() {
        keys.push(numbers.of(&[b"compiled_rule", &written.compiled_rule]));
    }
    if conditions.min_log_length > 0 {
        let length = (conditions.min_log_length as u64).to_le_bytes();
        keys.push(numbers.of(&[b"maxsize", &length]));
    }
    if conditions.time.is_some() {
        keys.push(numbers.of(&[b"time", &written.time]));
    }
    if conditions.weekday.is_some() {
        keys.push(numbers.of(&[b"weekday", &written.weekday]));
    }
    for list in &conditions.lists {
        let value = list.check_value.as_ref();
        let value = value.map_or(&b""[..], |value| value.text());
        let test = format!("{:?}", list.test);
        keys.push(numbers.of(&[b"list", &list.name, test.as_bytes(), value]));
    }
    keys.sort_unstable();
    keys.dedup();
    let correlated = rule.correlation.counts || rule.search.is_some();
    let remembers = conditions.check_diff || conditions.if_fts || correlated;
    OfRule {
        keys,
        matches,
        certain: !remembers && !rule.flags.noalert,
    }
}

/// The alternatives of an osmatch that is not negated.
fn alternatives(expression: &Expression, dialect: Dialect) -> Option<Vec<Alternative>> {
    let pattern = expression.pattern().filter(|_| !expression.negated)?;
    let text = pattern.text();
    let negated = dialect.family() == Family::Wazuh && text.starts_with(b"!");
    if pattern.language() != Language::OsMatch || negated {
        return None;
    }
    if memchr::memchr_iter(b'|', text).count() >= MOST_ALTERNATIVES {
        return None;
    }
    split_bars(text)
        .map(|range| Alternative::new(&text[range], dialect))
        .collect()
}
