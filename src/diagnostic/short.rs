//! Diagnostics, a line each.

use std::fmt::Write;

use super::Diagnostic;
use crate::source::Sources;

/// `file:line:column: error[E501]: message`, a line each; the column counts bytes. Without a place:
/// only what follows it.
pub fn short(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        if let Some(span) = diagnostic.primary() {
            let (path, start) = (sources.get(span.source).path(), sources.start(span));
            let _ = write!(text, "{path}:{}:{}: ", start.line, start.column);
        }
        let (severity, code) = (diagnostic.severity.name(), diagnostic.code);
        let _ = writeln!(text, "{severity}[{code}]: {}", diagnostic.message);
    }
    text
}
