//! The command line: one command a file.

pub(crate) mod rule;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An OSSEC-compatible rule interpreter
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Rule(rule::RuleArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let Command::Rule(arguments) = Arguments::parse().command;
    let inputs = crate::config::from_files(crate::config::embedded::files(), None);
    let (ruleset, _) = crate::ruleset::build(&inputs);
    rule::run(&arguments, &inputs.sources, &ruleset)
}
