//! The prompt of a terminal: line editing, history.

use std::fs;
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use crate::cli::Failure;
use crate::cli::failure::print_plain;

/// Lines that the history keeps.
const HISTORY: usize = 1000;

/// What was typed.
pub(super) enum Typed {
    /// Some text; more than one line if it was pasted.
    Text(String),
    /// Ctrl-C: the line is given up.
    Nothing,
    /// Ctrl-D.
    End,
}

/// A prompt with history. The history lives in the state directory of the user; that it cannot be
/// kept is no reason to complain.
pub(super) struct Prompt {
    editor: Editor<(), FileHistory>,
    history: Option<PathBuf>,
}

impl Prompt {
    pub(super) fn new() -> Result<Self, Failure> {
        let config = Config::builder()
            .max_history_size(HISTORY)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(|error| failure(&error))?
            .build();
        let mut editor = Editor::with_config(config).map_err(|error| failure(&error))?;
        let history = history_file();
        if let Some(path) = &history {
            let _ = editor.load_history(path);
        }
        Ok(Prompt { editor, history })
    }

    /// Waits for the next input.
    pub(super) fn read(&mut self) -> Result<Typed, Failure> {
        match self.editor.readline("> ") {
            Ok(text) => {
                let _ = self.editor.add_history_entry(text.as_str());
                if let Some(path) = &self.history {
                    let _ = self.editor.append_history(path);
                }
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted) => {
                print_plain("(Ctrl-D ends)");
                Ok(Typed::Nothing)
            }
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn failure(error: &ReadlineError) -> Failure {
    Failure::Message(format!("cannot read from the terminal: {error}"))
}

/// `ossia/history` in `$XDG_STATE_HOME`, which is `~/.local/state` by default. Its folder is made.
fn history_file() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = given
        // The specification says that a relative path is to be ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    let folder = state.join("ossia");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
