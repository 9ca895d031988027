//! What the test protocol and the tool's `-U` look at.

use std::borrow::Cow;

use bstr::BStr;

use super::alert::{self, LevelZero, Surroundings};
use super::tree::Tree;
use crate::verdict::Verdict;

/// The object `output` of Wazuh's test protocol about one event (`spec/wazuh.md` §14.2).
#[derive(Clone, Debug)]
pub struct WazuhOutput<'v> {
    tree: Tree<'v>,
}

impl<'v> WazuhOutput<'v> {
    /// The object, on a manager of this name.
    pub fn new(verdict: &Verdict<'v>, manager: &'v BStr) -> Self {
        let around = Surroundings {
            manager,
            // Nothing is written to the file whose size this is.
            number: 0,
            level_zero: LevelZero::Last,
        };
        WazuhOutput {
            tree: alert::build(verdict, around),
        }
    }

    /// Appends it as compact JSON. What is not UTF-8 becomes U+FFFD.
    pub fn print(&self, out: &mut Vec<u8>) {
        self.tree.print(out);
    }

    /// Rule id, level and name of the decoder as texts; what is missing is empty.
    pub fn unit_test_parts(&self) -> [Cow<'_, [u8]>; 3] {
        [("rule", "id"), ("rule", "level"), ("decoder", "name")]
            .map(|(object, key)| self.tree.text_of(object, key).unwrap_or_default())
    }

    pub(super) fn tree(&self) -> &Tree<'v> {
        &self.tree
    }
}
