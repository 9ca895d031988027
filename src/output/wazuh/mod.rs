//! Wazuh's forms of a verdict (`spec/wazuh.md` §13, §14).
//!
//! One object, [`alert::build`], is behind all of them: a line of `alerts.json`, the answer of the
//! test protocol, and the text that the test tool makes out of that answer.

mod alert;
mod data;
mod event_data;
mod output;
mod phases;
mod python;
mod tree;

pub use event_data::EventData;
pub use output::WazuhOutput;
pub use phases::WazuhPhases;
pub(crate) use python::list as python_list;
pub(crate) use tree::replace_invalid;

use bstr::BStr;

use super::Palette;
use crate::verdict::Verdict;
use alert::{LevelZero, Surroundings};

/// Appends the object of an alert as a line of `alerts.json` has it, without a line end. `number`
/// stands behind the dot of its id.
pub(super) fn alert(out: &mut Vec<u8>, verdict: &Verdict<'_>, manager: &BStr, number: u64) {
    let around = Surroundings {
        manager,
        number,
        level_zero: LevelZero::Absent,
    };
    alert::build(verdict, around).print(out);
}
