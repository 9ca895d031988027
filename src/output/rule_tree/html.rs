//! The tree as one file for the browser: no network, no other files.
//!
//! The page is the template with the style sheet, the programs and the data in it. The data is the
//! JSON of `--format json` in an element that the browser does not run.

use std::io::{self, Write};

use crate::rule_tree::RuleTree;

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const MODEL: &str = include_str!("page/model.js");
const DETAIL: &str = include_str!("page/detail.js");
const LIST: &str = include_str!("page/list.js");
const CONTROLS: &str = include_str!("page/controls.js");

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, tree: &RuleTree) -> io::Result<()> {
    let mut rest = TEMPLATE;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let (name, behind) = behind.split_once("}}").unwrap_or((behind, ""));
        match name {
            "style" => out.write_all(STYLE.as_bytes())?,
            "model" => out.write_all(MODEL.as_bytes())?,
            "detail" => out.write_all(DETAIL.as_bytes())?,
            "list" => out.write_all(LIST.as_bytes())?,
            "controls" => out.write_all(CONTROLS.as_bytes())?,
            "title" => write!(out, "Rules · {}", tree.dialect)?,
            _ => serde_json::to_writer(ForScript(out), tree)?,
        }
        rest = behind;
    }
    out.write_all(rest.as_bytes())
}

/// JSON inside of a `script` element. In JSON these characters stand only in strings, and there they
/// may be escaped: so no description ends the element or begins a comment.
struct ForScript<'o, W>(&'o mut W);

impl<W: Write> Write for ForScript<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| b"<>&".contains(byte)) {
            self.0.write_all(&rest[..at])?;
            write!(self.0, "\\u{:04x}", rest[at])?;
            rest = &rest[at + 1..];
        }
        self.0.write_all(rest)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
