//! What ends a command early, and messages to people.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// Why a command ends before its work is done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something went wrong; the text says what.
    Message(String),
    /// The options do not fit together.
    Usage(String),
    /// The result cannot be written.
    Output(io::Error),
    /// All has been said already.
    Reported,
}

impl From<io::Error> for Failure {
    /// Commands handle errors of their input themselves; what they pass on comes from the output.
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

impl Failure {
    /// Prints it.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            // Whoever reads has seen enough: `ossia logtest … | head`.
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Failure::Output(error) => {
                print_error(format_args!("cannot write the output: {}", reason(error)));
            }
            Failure::Message(text) => print_error(text),
            Failure::Usage(text) => {
                print_error(text);
                print_plain("\nFor more information, try '--help'.");
                return ExitCode::from(2);
            }
            Failure::Reported => {}
        }
        ExitCode::FAILURE
    }
}

/// `error: TEXT` on standard error.
pub(crate) fn print_error(text: impl Display) {
    print_with("error", AnsiColor::Red.on_default().bold(), text);
}

/// `warning: TEXT` on standard error.
pub(crate) fn print_warning(text: impl Display) {
    print_with("warning", AnsiColor::Yellow.on_default().bold(), text);
}

/// A line on standard error.
pub(crate) fn print_plain(text: impl Display) {
    // Nobody is left to be told if standard error is closed.
    let _ = writeln!(anstream::stderr(), "{text}");
}

fn print_with(word: &str, style: Style, text: impl Display) {
    print_plain(format_args!("{style}{word}{style:#}: {text}"));
}

/// The reason of an error as the end of a sentence: `no such file or directory`.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        assert_eq!(
            reason(&io::Error::from_raw_os_error(2)),
            "no such file or directory"
        );
        assert_eq!(reason(&io::Error::other("")), "");
    }
}
