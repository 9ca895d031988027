//! The tree as one JSON object, documented in `ossia tree --help`.

use std::io::{self, Write};

use crate::rule_tree::RuleTree;

/// One object over several lines, and a line end.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, tree: &RuleTree) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, tree)?;
    out.write_all(b"\n")
}
