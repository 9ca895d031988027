//! Why a pattern is refused.

use std::ops::Range;

use crate::dialect::Dialect;

/// A pattern that the engine of the dialect does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// The class of the problem.
    pub kind: PatternErrorKind,
    /// Which bytes of the pattern are at fault; empty: a place between two bytes.
    pub range: Range<usize>,
    /// One line, lower case, without a final period.
    pub message: String,
    /// The way out, if there is one to name.
    pub help: Option<String>,
}

/// Classes of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatternErrorKind {
    /// Longer than the engine takes (`spec/regex.md` §1).
    TooLong,
    /// An escape, quantifier or other syntax that the engine refuses.
    Syntax,
    /// Parentheses that do not pair, nest too deep or hold what they may not.
    Parenthesis,
    /// An empty pattern where the original refuses one.
    Empty,
    /// The pattern is valid but needs PCRE2 itself, and this build has no feature `pcre2`, or the
    /// dialect has no pcre2 patterns at all (2.8.3).
    NeedsPcre2,
}

impl PatternError {
    pub(crate) fn new(
        kind: PatternErrorKind,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        PatternError {
            kind,
            range,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The number that the original prints in `Syntax error on regex: '…': NUMBER.`
    /// (`spec/decoders.md`, table of messages): 3 too long, 6 bad pattern, 7 bad parentheses (the
    /// native engines), 10 empty pcre2.
    pub fn original_code(&self, dialect: Dialect) -> u8 {
        match self.kind {
            PatternErrorKind::TooLong => 3,
            PatternErrorKind::Syntax | PatternErrorKind::NeedsPcre2 => 6,
            PatternErrorKind::Parenthesis => dialect.patterns().parenthesis_code,
            PatternErrorKind::Empty => 10,
        }
    }
}

impl PatternError {
    /// Refuses an osmatch or osregex pattern that is longer than the dialect takes.
    pub(crate) fn check_length(
        rules: &super::dialect::PatternRules,
        pattern: &[u8],
    ) -> Result<(), PatternError> {
        let longest = rules.longest;
        if pattern.len() <= longest {
            return Ok(());
        }
        Err(PatternError::new(
            PatternErrorKind::TooLong,
            longest..pattern.len(),
            format!(
                "the pattern has {} bytes, at most {longest} are allowed",
                pattern.len()
            ),
        )
        .with_help("split the pattern over several rules or decoders"))
    }
}
