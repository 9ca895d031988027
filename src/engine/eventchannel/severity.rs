//! `severityValue` (`spec/wazuh.md` §8.3, step 5).

use super::prefix;

const AUDIT_FAILURE: u64 = 0x10_0000_0000_0000;
const AUDIT_SUCCESS: u64 = 0x20_0000_0000_0000;

/// The name of a level; level 0 is of an audit event, and its keywords tell.
pub(super) fn name(level: &[u8], keywords: &[u8]) -> &'static str {
    match prefix::decimal(level) {
        0 => {
            let keywords = prefix::hexadecimal(keywords);
            if keywords & AUDIT_FAILURE != 0 {
                "AUDIT_FAILURE"
            } else if keywords & AUDIT_SUCCESS != 0 {
                "AUDIT_SUCCESS"
            } else {
                "UNKNOWN"
            }
        }
        1 => "CRITICAL",
        2 => "ERROR",
        3 => "WARNING",
        4 => "INFORMATION",
        5 => "VERBOSE",
        _ => "UNKNOWN",
    }
}
