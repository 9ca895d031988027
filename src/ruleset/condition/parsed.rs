//! What reading a condition gives: a value if the rule can be loaded, and all problems.

use std::fmt::Display;
use std::ops::Range;

use crate::diagnostic::{OriginalLine, Program};

/// Something that is wrong with the text of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// One line, lower case, without a final period.
    pub message: String,
    /// Which bytes of the text; empty for a place where something is missing.
    pub range: Range<usize>,
    /// What the original prints about it, without the final 1220 line of the file.
    pub original: Vec<OriginalLine>,
}

/// The outcome of parsing a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The condition; `None` if the rule file cannot be loaded with it.
    pub value: Option<T>,
    /// In the order in which the original reports them. There may be some beside a value: the
    /// original complains about times that it then accepts.
    pub problems: Vec<Problem>,
}

impl<T> Parsed<T> {
    pub(super) fn value(value: T) -> Self {
        Parsed {
            value: Some(value),
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(problem: Problem) -> Self {
        Parsed {
            value: None,
            problems: vec![problem],
        }
    }

    /// All lines of the original, in order.
    pub fn original_lines(&self) -> impl Iterator<Item = &OriginalLine> {
        self.problems.iter().flat_map(|problem| &problem.original)
    }
}

/// `Invalid configuration. Element 'time': x.`, the line behind most refused values.
pub(super) fn invalid_element(element: &str, text: &[u8]) -> OriginalLine {
    let text = format!(
        "Invalid configuration. Element '{element}': {}.",
        lossy(text)
    );
    OriginalLine::error(Program::Analysisd, 1274, text)
}

/// User text inside of a message.
pub(super) fn lossy(text: &[u8]) -> impl Display {
    String::from_utf8_lossy(text).into_owned()
}
