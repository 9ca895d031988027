//! The rule tree as text, JSON, for Graphviz and as a page for the browser. All write as they go: a hostile
//! ruleset has far more connections than rules.

mod dot;
mod html;
mod json;
#[cfg(test)]
mod tests;
mod text;

pub use dot::write as write_dot;
pub use html::write as write_html;
pub use json::write as write_json;
pub use text::{TreeText, write as write_text};

use crate::rule_tree::{RuleTree, Spot};

/// `path:line`.
fn place(tree: &RuleTree, spot: Spot) -> String {
    let path = tree.files.get(spot.file).map_or("", String::as_str);
    format!("{path}:{}", spot.line)
}
