//! `ossia completions SHELL`.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Failure;

/// Print the completion script of a shell
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example: ossia completions bash > ~/.local/share/bash-completion/completions/ossia"
)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    // The generator panics if it cannot write, so it writes to memory.
    let mut script = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(args.shell, &mut command, "ossia", &mut script);
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}
