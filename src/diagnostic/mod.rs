//! Problems as plain data: code, severity, message, labelled places, notes and the way out.
//!
//! Stages collect [`Diagnostic`]s and never print; `render` turns them into text.

mod code;
#[cfg(feature = "cli")]
pub mod render;
mod short;

pub use code::Code;
pub use short::short;

use std::fmt;

use crate::source::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing: only static checks say it.
    Info,
    /// The original engine accepts it, silently or with a message; the load goes on.
    Warning,
    /// The original engine refuses to start (or crashes, or hangs): nothing is evaluated.
    Error,
}

impl Severity {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty.
    pub text: String,
}

/// Which program name the original puts in front of a message (`spec/output.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// None: `rules_op:` and `rules_list:` lines.
    None,
    /// `ossec-analysisd`, in the test tool too.
    Analysisd,
    /// The running program: `ossec-testrule` in the test tool.
    Tool,
    /// `ossec-config` (2.8.3 configuration errors).
    Config,
    /// Wazuh: the message is collected with its severity and printed by whoever loads
    /// (`spec/wazuh.md` §9.7).
    Wazuh(Severity),
}

/// One log line of the original engine, without its time stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalLine {
    /// The program name in front.
    pub program: Program,
    /// The number of a numbered message, `1220`.
    pub code: Option<u16>,
    /// What it says, without name, number and severity. With [`Program::None`] the whole line.
    pub text: String,
}

impl OriginalLine {
    /// The numbered form `PROG(CODE): ERROR: TEXT`.
    pub fn error(program: Program, code: u16, text: impl fmt::Display) -> Self {
        OriginalLine {
            program,
            code: Some(code),
            text: text.to_string(),
        }
    }

    /// A line without a number: `PROG: TEXT`, or just the text for [`Program::None`].
    pub fn plain(program: Program, text: impl fmt::Display) -> Self {
        OriginalLine {
            program,
            code: None,
            text: text.to_string(),
        }
    }

    /// A message of Wazuh, `(CODE): TEXT` or, without a code, only the text.
    pub fn wazuh(severity: Severity, code: Option<u16>, text: impl fmt::Display) -> Self {
        OriginalLine {
            program: Program::Wazuh(severity),
            code,
            text: text.to_string(),
        }
    }

    /// The same message as Wazuh gives it. Most have the words that they have in OSSEC and another
    /// frame; those that are Wazuh's already stay.
    ///
    /// Numbered lines of OSSEC are errors, the others as bad as their problem.
    pub fn into_wazuh(self, severity: Severity) -> Self {
        let severity = match (self.program, self.code) {
            (Program::Wazuh(severity), _) => severity,
            (_, Some(_)) => Severity::Error,
            (_, None) => severity,
        };
        let text = self.text.strip_prefix("ERROR: ").unwrap_or(&self.text);
        OriginalLine::wazuh(severity, self.code, text)
    }

    /// Number and text: `(1220): TEXT`.
    pub fn message(&self) -> String {
        match self.code {
            Some(code) => format!("({code}): {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl fmt::Display for OriginalLine {
    /// The line as the test tool prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = match self.program {
            Program::None => return f.write_str(&self.text),
            Program::Wazuh(Severity::Info) => return write!(f, "INFO: {}", self.message()),
            Program::Wazuh(Severity::Warning) => return write!(f, "WARNING: {}", self.message()),
            Program::Wazuh(Severity::Error) => return write!(f, "ERROR: {}", self.message()),
            Program::Analysisd => "ossec-analysisd",
            Program::Tool => "ossec-testrule",
            Program::Config => "ossec-config",
        };
        match self.code {
            Some(code) => write!(f, "{program}({code}): ERROR: {}", self.text),
            None => write!(f, "{program}: {}", self.text),
        }
    }
}

/// One problem of a load.
///
/// Messages are lower case, without a final period, with the user's text in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, see [`Code`].
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// One line that says what is wrong.
    pub message: String,
    /// Places; the first is the primary one. None: the problem has no place in a file.
    pub labels: Vec<Label>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// The way out.
    pub help: Option<String>,
    /// What the original engine prints about it, in its order; empty if it says nothing.
    pub original: Vec<OriginalLine>,
}

impl Diagnostic {
    /// An error without any place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            original: Vec::new(),
        }
    }

    /// A warning without any place yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, message)
        }
    }

    /// Adds a place; the first one added is the primary.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Sets the way out.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a line that the original prints.
    pub fn original(mut self, line: OriginalLine) -> Self {
        self.original.push(line);
        self
    }

    /// Gives the lines of the original the frame that they have in Wazuh.
    pub(crate) fn frame_for_wazuh(&mut self) {
        for line in &mut self.original {
            *line = line.clone().into_wazuh(self.severity);
        }
    }

    /// The primary place.
    pub fn primary(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// True if the load cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
