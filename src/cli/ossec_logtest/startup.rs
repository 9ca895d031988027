//! The load, told in the order in which the original does it (`spec/output.md` §2.3, §2.6, §8).
//!
//! Stages collect all diagnostics; the original speaks as it goes and ends at the first error. So
//! the story is told behind the load: files in their order, before each what is said about it, then
//! its lines, up to the first error.

use std::io;

use super::console::Console;
use super::options::Options;
use crate::config::{self, FileRole, Inputs, MemoryFiles, RulesetFile, StoredState};
use crate::diagnostic::{Diagnostic, OriginalLine, Program};
use crate::dialect::Dialect;
use crate::input::DiskFiles;
use crate::ruleset::{self, Ruleset};

/// Loads the installation; `None`: it does not load, and the reason has been given.
///
/// # Errors
/// Standard error cannot be written.
pub(super) fn load(
    options: &Options,
    dialect: Option<Dialect>,
    console: &mut Console<'_>,
) -> io::Result<Option<(Ruleset, StoredState)>> {
    let inputs = inputs(options, dialect);
    let (ruleset, diagnostics, turns) = ruleset::build_in_turn(&inputs);
    let mut story = Story {
        inputs: &inputs,
        options,
        diagnostics: &diagnostics,
        told: 0,
        console,
    };
    if !story.tell(&turns)? {
        return Ok(None);
    }
    if options.debug {
        debug_rules(&ruleset, console)?;
    }
    Ok(Some((ruleset, inputs.stored)))
}

fn inputs(options: &Options, dialect: Option<Dialect>) -> Inputs {
    let path = options.configuration();
    let shown = path.to_string_lossy();
    let home = DiskFiles::new(options.home());
    // The original opens it before the home directory becomes the root.
    match std::fs::read(path) {
        Ok(bytes) => config::from_configuration(&home, &shown, Some(&bytes), dialect),
        // A directory opens like a file and reads as nothing.
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
            config::from_configuration(&home, &shown, Some(b""), dialect)
        }
        // Nothing is looked up behind this error.
        Err(_) => config::from_configuration(&MemoryFiles::default(), &shown, None, dialect),
    }
}

/// The home directory as a root that cannot be entered; `None`: it can.
fn closed_home(options: &Options) -> Option<OriginalLine> {
    let home = options.home();
    let error = match std::fs::metadata(home) {
        Ok(found) if found.is_dir() => return None,
        // What the system says about a file in the place of a directory.
        Ok(_) => io::Error::from_raw_os_error(20),
        Err(error) => error,
    };
    let number = error.raw_os_error().unwrap_or_default();
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let text = format!(
        "Unable to chroot to directory '{}' due to [({number})-({text})].",
        home.display()
    );
    Some(OriginalLine::error(Program::Tool, 1132, text))
}

struct Story<'a, 'c> {
    inputs: &'a Inputs,
    options: &'a Options,
    diagnostics: &'a [Diagnostic],
    /// So many of the diagnostics have been told.
    told: usize,
    console: &'a mut Console<'c>,
}

impl Story<'_, '_> {
    /// True if it has a happy end. `turns`: see [`ruleset::build_in_turn`].
    fn tell(&mut self, turns: &[usize]) -> io::Result<bool> {
        let inputs = self.inputs;
        if !self.lines(inputs.diagnostics.len())? {
            return Ok(false);
        }
        if self.options.debug {
            for file in rule_files(inputs) {
                let name = &file.configured_name;
                self.console.log(format_args!("adding rule: {name}"))?;
            }
            let text = "ossec-testrule: DEBUG: Read configuration ...";
            self.console.log(text)?;
        }
        if let Some(line) = closed_home(self.options) {
            self.console.log(line)?;
            return Ok(false);
        }
        for (index, file) in inputs.files.iter().enumerate() {
            let turn = turns.get(index).copied().unwrap_or(usize::MAX);
            if !self.lines(turn)? {
                return Ok(false);
            }
            self.messages(index)?;
            if self.options.debug && file.role == FileRole::Rules {
                let name = &file.configured_name;
                self.console
                    .info(format_args!("Reading rules file: '{name}'"))?;
            }
        }
        if !self.lines(usize::MAX)? {
            return Ok(false);
        }
        self.messages(inputs.files.len())?;
        Ok(true)
    }

    /// Tells the diagnostics up to this one; false: an error ended it.
    fn lines(&mut self, end: usize) -> io::Result<bool> {
        let end = end.clamp(self.told, self.diagnostics.len());
        let (from, diagnostics) = (self.told, self.diagnostics);
        self.told = end;
        for diagnostic in &diagnostics[from..end] {
            for line in &diagnostic.original {
                self.console.log(line)?;
            }
            if diagnostic.is_error() {
                if diagnostic.original.is_empty() {
                    // The original crashes or hangs here. Nobody shall search in the dark.
                    let message = &diagnostic.message;
                    self.console
                        .log(format_args!("ossec-testrule: ERROR: {message}"))?;
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is said behind so many files.
    fn messages(&mut self, files: usize) -> io::Result<()> {
        let said = &self.inputs.messages;
        for message in said.iter().filter(|message| message.after_files == files) {
            if !(self.options.quiet && message.text.starts_with("Reading decoder file ")) {
                self.console.info(message)?;
            }
        }
        Ok(())
    }
}

fn rule_files(inputs: &Inputs) -> impl Iterator<Item = &RulesetFile> {
    let files = inputs.files.iter();
    files.filter(|file| file.role == FileRole::Rules)
}

/// Every place in the tree, and how many there are.
fn debug_rules(ruleset: &Ruleset, console: &mut Console<'_>) -> io::Result<()> {
    let mut count = 0_u64;
    for (depth, node) in ruleset.rules.places() {
        count += 1;
        let rule = ruleset.rules.get(ruleset.rules.node(node).rule);
        let (sid, level, ignore) = (rule.sid, rule.level, rule.ignore_seconds);
        console.log(format_args!(
            "{depth} : rule:{sid}, level {level}, timeout: {ignore}"
        ))?;
    }
    console.info(format_args!("Total rules enabled: '{count}'"))
}
