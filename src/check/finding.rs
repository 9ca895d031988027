//! What a check has found.

use super::{Check, Fixes};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

/// Bytes of a file to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which bytes; an empty span: a place to insert at.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: Vec<u8>,
}

/// A change that makes the finding go away. What else it changes the check says: [`super::Fixes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does: `remove the second one`.
    pub title: String,
    /// The changes; they do not overlap.
    pub edits: Vec<Edit>,
}

/// A place that a check has something to say about.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which check; `None`: the load itself said it.
    pub check: Option<&'static Check>,
    /// What and where, with the severity in force.
    pub diagnostic: Diagnostic,
    /// The way out, if it can be gone without a person.
    pub fix: Option<Fix>,
}

impl Finding {
    /// What the load said.
    pub fn of_load(diagnostic: Diagnostic) -> Self {
        Finding {
            check: None,
            diagnostic,
            fix: None,
        }
    }

    /// Its fix, if it has one; of those that change alerts only with `unsafe_fixes`.
    pub fn fix(&self, unsafe_fixes: bool) -> Option<&Fix> {
        let fixes = self.check.map(|check| check.fixes);
        let allowed = unsafe_fixes || fixes != Some(Fixes::Unsafe);
        self.fix.as_ref().filter(|_| allowed)
    }

    /// The stable id: `OS012` of a check, `E501` of the load.
    pub fn id(&self) -> String {
        self.diagnostic.code.to_string()
    }
}

/// A finding in the making: as a diagnostic, but the check says its code and severity.
pub(super) struct Draft {
    diagnostic: Diagnostic,
    fix: Option<Fix>,
}

impl Draft {
    /// One line that says what is wrong: lower case, the user's text in backticks.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Draft {
            // Replaced when it is handed over.
            diagnostic: Diagnostic::warning(crate::diagnostic::Code::check(0), message),
            fix: None,
        }
    }

    /// Adds a place; the first one is the primary.
    pub(super) fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.label(span, label);
        self
    }

    /// Adds a fact.
    pub(super) fn note(mut self, text: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.note(text);
        self
    }

    /// Sets the way out.
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(text);
        self
    }

    /// Sets the change.
    pub(super) fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix = Some(Fix {
            title: title.into(),
            edits,
        });
        self
    }
}

/// Collects what the checks find.
#[derive(Default)]
pub(super) struct Output {
    check: Option<&'static Check>,
    findings: Vec<Finding>,
}

impl Output {
    /// From here on findings are of this check.
    pub(super) fn begin(&mut self, check: &'static Check) {
        self.check = Some(check);
    }

    /// Adds a finding of the check that runs.
    pub(super) fn push(&mut self, draft: Draft) {
        let Draft {
            mut diagnostic,
            fix,
        } = draft;
        if let Some(check) = self.check {
            diagnostic.code = check.code();
            diagnostic.severity = check.severity;
        }
        self.findings.push(Finding {
            check: self.check,
            diagnostic,
            fix,
        });
    }

    /// All findings, by file and place.
    pub(super) fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        sort(&mut findings);
        findings
    }
}

/// Puts findings into the order of the files; those without a place come first.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| {
        let place = finding.diagnostic.primary();
        let place = place.map(|span| (span.source, span.start));
        (
            place,
            std::cmp::Reverse(finding.diagnostic.severity),
            finding.diagnostic.code,
        )
    });
}

/// The severity that a check has unless somebody says otherwise.
pub(super) const ERROR: Severity = Severity::Error;
/// As [`ERROR`].
pub(super) const WARNING: Severity = Severity::Warning;
/// As [`ERROR`].
pub(super) const INFO: Severity = Severity::Info;
