//! `ossia man [COMMAND]`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Failure;

/// Print the manual page of the program or of a command
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  ossia man scan | man -l -
  ossia man --all ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Which command [default: the program itself]
    #[arg(conflicts_with = "all")]
    command: Option<String>,
    /// Write all pages to this folder, which is made if it is missing
    #[arg(long, value_name = "FOLDER")]
    all: Option<PathBuf>,
}

/// Prints or writes pages.
pub(crate) fn run(args: &ManArgs) -> Result<ExitCode, Failure> {
    let mut program = super::Arguments::command();
    program.build();
    if let Some(folder) = &args.all {
        return write_all(&program, folder).map_err(|error| {
            Failure::Message(format!("cannot write to `{}`: {error}", folder.display()))
        });
    }
    let page = match &args.command {
        None => program.clone(),
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                let names: Vec<&str> = pages(&program).map(clap::Command::get_name).collect();
                return Err(Failure::Usage(format!(
                    "there is no command `{name}`: there are {}",
                    names.join(", ")
                )));
            }
        },
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(&render(page)?)?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn write_all(program: &clap::Command, folder: &Path) -> io::Result<ExitCode> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("ossia.1"), render(program.clone())?)?;
    for command in pages(program) {
        let file = format!("ossia-{}.1", command.get_name());
        fs::write(folder.join(file), render(command.clone())?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The commands that have a page.
fn pages(program: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    let commands = program.get_subcommands();
    commands.filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

fn render(page: clap::Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    Ok(text)
}
