//! What the micro-cases have in common: a ruleset out of texts, and its verdicts as JSON.

use std::sync::Arc;

use ossia::config::{self, Inputs, MemoryFiles, StoredState};
use ossia::diagnostic::Diagnostic;
use ossia::dialect::Dialect;
use ossia::engine::{Engine, Mode, Session, SessionOptions};
use serde_json::Value;

/// Host name of the machine on which the results were recorded.
pub const HOST: &str = "testhost";

/// A text of a row, empty if absent.
pub fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What a load gave.
pub struct Loaded {
    /// The engine; only to be used if there are no errors.
    pub engine: Arc<Engine>,
    /// What an earlier run left in the installation.
    stored: StoredState,
    /// All problems.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Loads what `inputs` found.
    pub fn new(inputs: &Inputs) -> Self {
        let (ruleset, diagnostics) = ossia::ruleset::build(inputs);
        Loaded {
            engine: Arc::new(Engine::new(ruleset)),
            stored: inputs.stored.clone(),
            diagnostics,
        }
    }

    /// Loads an installation that is held in memory.
    pub fn from_memory(files: MemoryFiles, dialect: Dialect) -> Self {
        Loaded::new(&config::from_configuration(
            &files,
            "etc/ossec.conf",
            None,
            Some(dialect),
        ))
    }

    /// A session as the test tool has it.
    pub fn session(&self) -> Session {
        self.session_as(Mode::TestTool)
    }

    /// A session of one of the two programs.
    pub fn session_as(&self, mode: Mode) -> Session {
        let options = SessionOptions {
            hostname: HOST.into(),
            mode,
        };
        let mut session = Session::new(Arc::clone(&self.engine), options);
        session.recall(&self.stored);
        session
    }

    /// The lines that the original prints while it loads, up to the end of the first error.
    pub fn original_lines(&self) -> (Vec<String>, bool) {
        let mut lines = Vec::new();
        for diagnostic in &self.diagnostics {
            lines.extend(diagnostic.original.iter().map(ToString::to_string));
            if diagnostic.is_error() {
                return (lines, true);
            }
        }
        (lines, false)
    }
}

/// Compares two values and describes the first difference.
pub fn compare(what: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    Err(format!(
        "{what}\n  expected {expected}\n  actual   {actual}"
    ))
}
