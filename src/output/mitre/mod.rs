//! What Wazuh's alerts say about ATT&CK techniques (`spec/wazuh.md` §13.1): names and tactics.
//!
//! Rules name techniques by id only. Wazuh brings the table as a database of its own beside the
//! ruleset; this one is ours.

mod techniques;

use techniques::TECHNIQUES;

/// The tactics of ATT&CK Enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tactic {
    Reconnaissance,
    ResourceDevelopment,
    InitialAccess,
    Execution,
    Persistence,
    PrivilegeEscalation,
    DefenseEvasion,
    CredentialAccess,
    Discovery,
    LateralMovement,
    Collection,
    CommandAndControl,
    Exfiltration,
    Impact,
}

impl Tactic {
    pub(super) fn id(self) -> &'static str {
        self.facts().0
    }

    pub(super) fn name(self) -> &'static str {
        self.facts().1
    }

    fn facts(self) -> (&'static str, &'static str) {
        match self {
            Tactic::Reconnaissance => ("TA0043", "Reconnaissance"),
            Tactic::ResourceDevelopment => ("TA0042", "Resource Development"),
            Tactic::InitialAccess => ("TA0001", "Initial Access"),
            Tactic::Execution => ("TA0002", "Execution"),
            Tactic::Persistence => ("TA0003", "Persistence"),
            Tactic::PrivilegeEscalation => ("TA0004", "Privilege Escalation"),
            Tactic::DefenseEvasion => ("TA0005", "Defense Evasion"),
            Tactic::CredentialAccess => ("TA0006", "Credential Access"),
            Tactic::Discovery => ("TA0007", "Discovery"),
            Tactic::LateralMovement => ("TA0008", "Lateral Movement"),
            Tactic::Collection => ("TA0009", "Collection"),
            Tactic::CommandAndControl => ("TA0011", "Command and Control"),
            Tactic::Exfiltration => ("TA0010", "Exfiltration"),
            Tactic::Impact => ("TA0040", "Impact"),
        }
    }
}

/// A technique or sub-technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Technique {
    /// A sub-technique's own name, without that of its technique.
    pub(super) name: &'static str,
    /// In the order of ATT&CK.
    pub(super) tactics: &'static [Tactic],
}

/// The technique with this id, case counts; `None`: the table does not have it.
pub(super) fn technique(id: &[u8]) -> Option<Technique> {
    let position = TECHNIQUES.binary_search_by(|(known, ..)| known.as_bytes().cmp(id));
    let &(_, name, tactics) = TECHNIQUES.get(position.ok()?)?;
    Some(Technique { name, tactics })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_complete() {
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.0 < b.0));
        for (id, name, tactics) in TECHNIQUES {
            assert!(!name.is_empty() && !tactics.is_empty(), "{id}");
            if let Some((parent, _)) = id.split_once('.') {
                assert_eq!(technique(parent.as_bytes()).unwrap().tactics, tactics);
            }
        }
    }

    #[test]
    fn lookups() {
        let names = |id: &str| {
            let found = technique(id.as_bytes())?;
            let tactics = found.tactics.iter().map(|tactic| tactic.name());
            Some((found.name, tactics.collect::<Vec<_>>()))
        };
        let expected = vec![
            "Defense Evasion",
            "Persistence",
            "Privilege Escalation",
            "Initial Access",
        ];
        assert_eq!(names("T1078"), Some(("Valid Accounts", expected)));
        assert_eq!(names("T1021.004"), Some(("SSH", vec!["Lateral Movement"])));
        assert_eq!(names("t1078"), None);
        assert_eq!(names(""), None);
    }
}
