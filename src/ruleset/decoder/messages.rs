//! What the originals say about decoders: the same codes and mostly the same texts. Lines of Wazuh
//! get their frame at the end of the load.

use std::fmt::Display;

use crate::diagnostic::{Diagnostic, OriginalLine, Program, Severity};
use crate::dialect::{Dialect, Family};
use crate::source::Text;

/// The messages about one file.
#[derive(Clone, Copy)]
pub(crate) struct Messages<'a> {
    family: Family,
    /// The file as messages show it.
    path: &'a str,
}

impl<'a> Messages<'a> {
    pub(crate) fn new(dialect: Dialect, path: &'a str) -> Self {
        Messages {
            family: dialect.family(),
            path,
        }
    }

    /// An error with a number.
    pub(super) fn error(self, code: u16, text: impl Display) -> OriginalLine {
        OriginalLine::error(Program::Analysisd, code, text)
    }

    /// An error with a number that the test tool of OSSEC prints under its own name.
    pub(super) fn tool_error(self, code: u16, text: impl Display) -> OriginalLine {
        OriginalLine::error(Program::Tool, code, text)
    }

    /// `TEXT: 'NAME'END`
    pub(super) fn about(self, code: u16, text: &str, name: &Text, end: &str) -> OriginalLine {
        self.error(code, format!("{text}: '{}'{end}", name.lossy()))
    }

    /// An error without a number, under the name of the engine.
    pub(super) fn plain(self, text: impl Display) -> OriginalLine {
        OriginalLine::plain(Program::Analysisd, text)
    }

    /// An error without number and name.
    pub(super) fn bare(self, text: impl Display) -> OriginalLine {
        OriginalLine::plain(Program::None, text)
    }

    /// A warning; only Wazuh has warnings about decoders.
    pub(super) fn warning(self, code: u16, text: impl Display) -> OriginalLine {
        OriginalLine::wazuh(Severity::Warning, Some(code), text)
    }

    /// 2105: the decoder with this name does not fit to those before it.
    pub(super) fn not_loaded(self, name: &Text) -> OriginalLine {
        const TEXT: &str = "Error loading decoder options";
        match self.family {
            Family::Ossec => self.about(2105, TEXT, name, "."),
            Family::Wazuh => self.error(2105, format!("{TEXT}.")),
        }
    }

    /// 2106: the lists could not be completed.
    pub(super) fn not_added(self) -> OriginalLine {
        self.error(2106, "Error adding decoder plugin.")
    }

    /// The line behind most errors of a decoder's own structure.
    pub(super) fn configuration_error(self, name: &Text) -> OriginalLine {
        self.about(2107, "Decoder configuration error", name, ".")
    }

    /// What follows when a decoder does not fit to those before it.
    pub(super) fn misfit(self, diagnostic: Diagnostic, name: &Text) -> Diagnostic {
        let diagnostic = diagnostic.original(self.not_loaded(name));
        match self.family {
            Family::Ossec => self.closed(diagnostic),
            Family::Wazuh => diagnostic.original(self.not_added()),
        }
    }

    /// What follows when the parent of a decoder is not there.
    pub(super) fn no_parent(self, diagnostic: Diagnostic, parent: &Text) -> Diagnostic {
        match self.family {
            Family::Ossec => self.misfit(diagnostic, parent),
            Family::Wazuh => diagnostic.original(self.not_added()),
        }
    }

    /// With the line that ends nearly every failed load of a decoder file in OSSEC.
    pub(super) fn closed(self, diagnostic: Diagnostic) -> Diagnostic {
        match self.family {
            Family::Ossec => {
                let text = format!("Configuration error at '{}'. Exiting.", self.path);
                diagnostic.original(OriginalLine::error(Program::Tool, 1202, text))
            }
            Family::Wazuh => diagnostic,
        }
    }
}
