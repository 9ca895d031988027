//! `ossec.conf`, internal options, load order: which files are read, in which order, with which
//! settings.
//!
//! # Overview
//!
//! [`from_configuration`] does what the original does before it reads a decoder: it reads
//! `ossec.conf` (`spec/xml-and-config.md` §2, `spec/wazuh.md` §2), the internal options (§3), and
//! finds the decoder, rule and list files in load order (§4). [`from_files`] takes files that were
//! named one by one. Both return [`Inputs`] and never fail: what is wrong is in its diagnostics,
//! or in [`RulesetFile::source`] if it is to be reported when that file has its turn.
//!
//! # The types that matter
//!
//! * [`FileSystem`]: the only way to files; [`MemoryFiles`] for tests and for the browser.
//! * [`Inputs`]: everything the later stages need.
//! * [`Options`]: the settings.
//!
//! ```
//! use ossia::config::{self, MemoryFiles};
//!
//! let files = MemoryFiles::from_iter([
//!     ("etc/ossec.conf", "<ossec_config><rules><include>a.xml</include></rules></ossec_config>"),
//!     ("etc/decoder.xml", "<decoder name=\"d\"><prematch>x</prematch></decoder>"),
//!     ("rules/a.xml", "<group name=\"a,\"><rule id=\"1\" level=\"1\"><match>x</match></rule></group>"),
//! ]);
//! let inputs = config::from_configuration(&files, "etc/ossec.conf", None, None);
//! let paths: Vec<_> = inputs.files.iter().map(|file| file.shown_path.as_str()).collect();
//! assert_eq!(paths, ["etc/decoder.xml", "rules//a.xml"]);
//! ```

pub(crate) mod constructs;
mod detect;
mod dialect;
mod discovery;
pub mod embedded;
mod files;
mod internal_options;
mod options;
mod ossec_conf;
mod ruleset_section;
mod stored;
#[cfg(test)]
mod tests;

pub use constructs::{foreign_ruleset, has_wazuh_constructs};
pub use detect::detect_dialect;
pub use discovery::{add_files, from_configuration, from_files};
pub use files::{FileSystem, MemoryFiles, normalize};
pub use options::Options;
pub use stored::StoredState;

use std::fmt;

use crate::diagnostic::{Diagnostic, OriginalLine};
use crate::dialect::Dialect;
use crate::source::{SourceId, Sources};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileRole {
    /// `<decoder>`s.
    Decoders,
    /// `<group>`s of `<rule>`s.
    Rules,
}

/// A decoder or rule file in load order.
#[derive(Clone, Debug)]
pub struct RulesetFile {
    /// Decoders or rules.
    pub role: FileRole,
    /// As in the configuration: `t.xml`. Message 1220 shows it.
    pub configured_name: String,
    /// As the messages about its content show it: `rules//t.xml`, `etc/decoder.xml`.
    pub shown_path: String,
    /// The file, or what to report when its turn comes. A warning here: the engine leaves the file
    /// out and goes on.
    pub source: Result<SourceId, Box<Diagnostic>>,
    /// May be missing or without elements: the local decoder file.
    pub optional: bool,
    /// What the original prints last after an error in this file: 1202 or 1220. Already part of the
    /// diagnostic in `source`.
    pub closing_line: OriginalLine,
}

/// A CDB list named in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFile {
    /// As in the configuration.
    pub configured_name: String,
    /// The text file: cut at `.cdb`, with the directory of rules in front if it has none.
    pub text_name: String,
    /// The compiled file.
    pub cdb_name: String,
    /// Content of the text file, if there is one.
    pub text: Option<Vec<u8>>,
    /// Content of the compiled file, if there is one.
    pub cdb: Option<Vec<u8>>,
    /// The text file among the sources, for messages about its lines; see
    /// [`Inputs::add_list_sources`].
    pub source: Option<SourceId>,
}

/// What the original says about what it reads next, without time, program and `INFO:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartMessage {
    /// `Reading decoder file etc/decoder.xml.`
    pub text: String,
    /// It is said when so many of [`Inputs::files`] have been read.
    pub after_files: usize,
}

impl fmt::Display for StartMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The engine to be.
    pub dialect: Dialect,
    /// All files read, in load order.
    pub sources: Sources,
    /// The settings.
    pub options: Options,
    /// Decoder files, then rule files, each in load order.
    pub files: Vec<RulesetFile>,
    /// Lists in the order of the configuration.
    pub lists: Vec<ListFile>,
    /// What the original says while it reads them.
    pub messages: Vec<StartMessage>,
    /// What an earlier run left in the installation.
    pub stored: StoredState,
    /// Problems of the configuration.
    pub diagnostics: Vec<Diagnostic>,
}

impl Inputs {
    /// Makes the text of every list a source, so that messages can point into it. A load does
    /// without: lists may be large.
    pub fn add_list_sources(&mut self) {
        for list in &mut self.lists {
            if let (Some(text), None) = (&list.text, list.source) {
                list.source = Some(self.sources.add(&list.text_name, text.as_slice()));
            }
        }
    }
}
