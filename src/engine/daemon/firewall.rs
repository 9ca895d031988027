//! The firewall step (`spec/decoders.md` §9): incomplete events go, actions get one of five names.

use bstr::ByteSlice;

use crate::engine::event::Event;
use crate::ruleset::field::Field;

/// Differences of the firewall step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirewallRules {
    /// An event without one of these is dropped.
    required: &'static [Field],
    /// What an action becomes that contains `drop` and begins with none of the known letters.
    contained_drop: &'static str,
}

/// OSSEC 4.3.
pub(crate) static NEW: FirewallRules = FirewallRules {
    required: &[Field::Action, Field::SrcIp, Field::DstIp, Field::Protocol],
    contained_drop: "DROP",
};

/// OSSEC 2.8.3 and 3.7.
pub(crate) static OLD: FirewallRules = FirewallRules {
    required: &[
        Field::Action,
        Field::SrcIp,
        Field::DstIp,
        Field::SrcPort,
        Field::DstPort,
        Field::Protocol,
    ],
    contained_drop: "UNKNOWN",
};

/// False if the event is to be dropped. The action of a complete event is rewritten: rules and the
/// firewall log see the new word.
pub(crate) fn complete(rules: &FirewallRules, event: &mut Event) -> bool {
    if rules
        .required
        .iter()
        .any(|&field| event.field(field).is_none())
    {
        return false;
    }
    if let Some(action) = event.field(Field::Action) {
        let word = name(rules, action);
        let slice = event.append(word.as_bytes());
        event.set_field(Field::Action, slice);
    }
    true
}

/// The name of an action. Its first letter decides in any case; what it contains, in this case.
fn name(rules: &FirewallRules, action: &[u8]) -> &'static str {
    match action.first().map(u8::to_ascii_lowercase) {
        Some(b'd' | b'r' | b'b') => "DROP",
        Some(b'c' | b't') => "CLOSED",
        Some(b'a' | b'p' | b'o') => "ALLOW",
        _ if action.contains_str("drop") => rules.contained_drop,
        _ if action.contains_str("accept") => "ALLOW",
        _ => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_actions() {
        let table: &[(&str, &str, &str)] = &[
            // action, 4.3, before
            ("drop", "DROP", "DROP"),
            ("Deny", "DROP", "DROP"),
            ("REJECT", "DROP", "DROP"),
            ("block", "DROP", "DROP"),
            ("Close", "CLOSED", "CLOSED"),
            ("teardown", "CLOSED", "CLOSED"),
            ("accept", "ALLOW", "ALLOW"),
            ("PASS", "ALLOW", "ALLOW"),
            ("open", "ALLOW", "ALLOW"),
            ("x-drop", "DROP", "UNKNOWN"),
            ("x-accept", "ALLOW", "ALLOW"),
            ("x-drop-accept", "DROP", "UNKNOWN"),
            ("log", "UNKNOWN", "UNKNOWN"),
            ("", "UNKNOWN", "UNKNOWN"),
        ];
        for &(action, new, old) in table {
            assert_eq!(name(&NEW, action.as_bytes()), new, "{action}");
            assert_eq!(name(&OLD, action.as_bytes()), old, "{action}");
        }
    }
}
