//! Names of audit policies (`spec/wazuh.md` §8.3, step 5).

use bstr::ByteSlice;

use super::prefix;
use crate::dialect::Dialect;
use crate::pattern::string_break;

/// Codes that are read of one `auditPolicyChanges`.
const MAX_CHANGES: usize = 4;

/// A category and its subcategories, whose numbers follow each other.
struct Category {
    id: i32,
    name: &'static str,
    /// Number of the first subcategory.
    first: i32,
    names: &'static [&'static str],
}

/// Names of a category and of a subcategory, which must be one of that category.
pub(super) fn names(
    category: &[u8],
    subcategory: &[u8],
) -> (Option<&'static str>, Option<&'static str>) {
    let id = number(category);
    let Some(category) = CATEGORIES.iter().find(|category| category.id == id) else {
        return (None, None);
    };
    let index = usize::try_from(number(subcategory).wrapping_sub(category.first)).ok();
    let subcategory = index.and_then(|index| category.names.get(index));
    (Some(category.name), subcategory.copied())
}

/// `%%8449, %%8451` in words; none if no code is known.
pub(super) fn changes(codes: &[u8]) -> Option<String> {
    let codes = codes.replace("%%", "");
    let codes = string_break(Dialect::Wazuh414, &codes, b',', MAX_CHANGES);
    let names = codes.iter().filter_map(|code| match prefix::decimal(code) {
        8448 => Some("Success removed"),
        8449 => Some("Success added"),
        8450 => Some("Failure removed"),
        8451 => Some("Failure added"),
        _ => None,
    });
    let names: Vec<_> = names.collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// `%%8273` is 8273.
fn number(text: &[u8]) -> i32 {
    prefix::decimal(&text.replace("%%", ""))
}

const CATEGORIES: [Category; 9] = [
    Category {
        id: 8272,
        name: "System",
        first: 12288,
        names: &[
            "Security State Change",
            "Security System Extension",
            "System Integrity",
            "IPsec Driver",
            "Other System Events",
        ],
    },
    Category {
        id: 8273,
        name: "Logon/Logoff",
        first: 12544,
        names: &[
            "Logon",
            "Logoff",
            "Account Lockout",
            "IPsec Main Mode",
            "Special Logon",
            "IPSec Extended Mode",
            "IPSec Quick Mode",
            "Other Logon/Logoff Events",
            "Network Policy Server",
            "User/Device Claims",
            "Group Membership",
        ],
    },
    Category {
        id: 8274,
        name: "Object Access",
        first: 12800,
        names: &[
            "File System",
            "Registry",
            "Kernel Object",
            "SAM",
            "Other Object Access Events",
            "Certification Services",
            "Application Generated",
            "Handle Manipulation",
            "File Share",
            "Filtering Platform Packet Drop",
            "Filtering Platform Connection",
            "Detailed File Share",
            "Removable Storage",
            "Central Policy Staging",
        ],
    },
    Category {
        id: 8275,
        name: "Privilege Use",
        first: 13056,
        names: &[
            "Sensitive Privilege Use",
            "Non Sensitive Privilege Use",
            "Other Privilege Use Events",
        ],
    },
    Category {
        id: 8276,
        name: "Detailed Tracking",
        first: 13312,
        names: &[
            "Process Creation",
            "Process Termination",
            "DPAPI Activity",
            "RPC Events",
            "Plug and Play Events",
            "Token Right Adjusted Events",
        ],
    },
    Category {
        id: 8277,
        name: "Policy Change",
        first: 13568,
        names: &[
            "Audit Policy Change",
            "Authentication Policy Change",
            "Authorization Policy Change",
            "MPSSVC Rule-Level Policy Change",
            "Filtering Platform Policy Change",
            "Other Policy Change Events",
        ],
    },
    Category {
        id: 8278,
        name: "Account Management",
        first: 13824,
        names: &[
            "User Account Management",
            "Computer Account Management",
            "Security Group Management",
            "Distribution Group Management",
            "Application Group Management",
            "Other Account Management Events",
        ],
    },
    Category {
        id: 8279,
        name: "DS Access",
        first: 14080,
        names: &[
            "Directory Service Access",
            "Directory Service Changes",
            "Directory Service Replication",
            "Detailed Directory Service Replication",
        ],
    },
    Category {
        id: 8280,
        name: "Account Logon",
        first: 14336,
        names: &[
            "Credential Validation",
            "Kerberos Service Ticket Operations",
            "Other Account Logon Events",
            "Kerberos Authentication Service",
        ],
    },
];
