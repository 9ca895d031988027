//! Files to a ruleset in one step, for programs that embed the engine.

use std::fmt;

use super::{Ruleset, build};
use crate::config;
use crate::diagnostic::{Diagnostic, short};
use crate::dialect::Dialect;
use crate::source::Sources;

impl Ruleset {
    /// Loads decoder files, rule files (`.xml`, told apart by what is in them) and CDB lists (all
    /// other names), each a name and its bytes, in this order. Without a dialect, what is in the
    /// files chooses. Warnings are dropped; [`build`] has them, too.
    ///
    /// # Errors
    /// The original engine would not start with these files. The error tells every problem at once.
    ///
    /// ```
    /// use ossia::Ruleset;
    ///
    /// let rules = br#"<group name="demo,">
    ///   <rule id="100200" level="5"><match>\d+</match></rule>
    /// </group>"#;
    /// let error = Ruleset::from_files([("local_rules.xml".to_owned(), rules.to_vec())], None);
    /// assert!(error.unwrap_err().to_string().contains("local_rules.xml:2:"));
    /// ```
    pub fn from_files(
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        dialect: Option<Dialect>,
    ) -> Result<Ruleset, LoadError> {
        let inputs = config::from_files(files.into_iter().collect(), dialect);
        let (ruleset, diagnostics) = build(&inputs);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(LoadError {
                diagnostics,
                sources: inputs.sources,
            });
        }
        Ok(ruleset)
    }

    /// The ruleset for a Linux server that is built in.
    ///
    /// # Errors
    /// None: it is tested.
    pub fn embedded() -> Result<Ruleset, LoadError> {
        Ruleset::from_files(config::embedded::files(), None)
    }
}

/// Why files do not load.
#[derive(Clone, Debug)]
pub struct LoadError {
    /// Every problem, warnings included.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that they point into.
    pub sources: Sources,
}

/// One line for each error, `file:line:column: error[E501]: message`.
impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|problem| problem.is_error());
        let errors: Vec<Diagnostic> = errors.cloned().collect();
        f.write_str(short(&errors, &self.sources).trim_end())
    }
}

impl std::error::Error for LoadError {}
