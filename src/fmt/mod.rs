//! The formatter of decoder and rule files.
//!
//! ```text
//! bytes ─▶ xml::markup ─▶ layout: a tree of ranges ─▶ print ─▶ bytes ─▶ same: read again, compared
//! ```
//!
//! What it changes: indentation (two spaces a level), one element a line, blank lines, the order
//! and quotes of attributes. What it never touches: the inside of elements that are no containers
//! (groups, rules, decoders, `mitre`), and comments; both stay byte for byte. So patterns,
//! descriptions and everything else that means something keep their blanks, line breaks and odd
//! escapes.
//!
//! [`format()`] reads its result again in every dialect that accepts the file and compares the nodes.
//! A file whose meaning would change is refused, whatever the reason.

mod layout;
mod print;
mod role;
mod same;
#[cfg(test)]
mod tests;

use crate::dialect::Dialect;
use crate::xml;

/// Why a file is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No dialect, or not the one that was asked for, can read it.
    #[error("it cannot be read")]
    Broken,
    /// It holds other elements than decoders, groups of rules and variables.
    #[error("it is no decoder or rule file")]
    NoRules,
    /// A comment stands within a tag.
    #[error("a comment stands within a tag: no formatter can keep both")]
    CommentInTag,
    /// The result would not mean the same. No input is known that leads here.
    #[error("its meaning would change")]
    Changed,
}

/// Formats a decoder or rule file.
///
/// ```
/// use ossia::dialect::Dialect;
/// use ossia::fmt::format;
///
/// let file = b"<group name='demo,'><rule level=\"3\" id=\"1\">\n<match> a </match></rule></group>";
/// let formatted = format(file, Dialect::Ossec43)?;
/// let expected = "<group name=\"demo,\">\n  <rule id=\"1\" level=\"3\">\n    <match> a </match>\n  </rule>\n</group>\n";
/// assert_eq!(String::from_utf8_lossy(&formatted), expected);
/// # Ok::<(), ossia::fmt::FormatError>(())
/// ```
///
/// # Errors
/// Why the file is left as it is.
pub fn format(bytes: &[u8], dialect: Dialect) -> Result<Vec<u8>, FormatError> {
    let (document, markup) = xml::markup(bytes, dialect).ok_or(FormatError::Broken)?;
    let known = |name: &[u8]| {
        [&b"decoder"[..], b"group", b"rule", b"var"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    };
    let mut roots = document.nodes().iter().filter(|node| node.depth == 0);
    if !roots.all(|node| node.kind == xml::NodeKind::Attribute || known(node.name.bytes())) {
        return Err(FormatError::NoRules);
    }
    let items = layout::items(&document, &markup, bytes.len()).ok_or(FormatError::CommentInTag)?;
    let formatted = print::print(bytes, &document, &items);
    for other in Dialect::ALL {
        if let Some((before, markup)) = xml::markup(bytes, other) {
            let (after, new_markup) = xml::markup(&formatted, other).ok_or(FormatError::Changed)?;
            let comments = same::comments(bytes, &markup);
            let same_comments = comments.eq(same::comments(&formatted, &new_markup));
            if !same::same(&before, &after) || !same_comments {
                return Err(FormatError::Changed);
            }
        }
    }
    Ok(formatted)
}
