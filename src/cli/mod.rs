//! The command line: one command a file.
//!
//! Commands return an exit code or a `Failure`; only [`main`] turns failures into text. Exit
//! codes: 0 all is well, 1 the ruleset cannot be used or something could not be read or written,
//! 2 the command line makes no sense.

mod bench;
mod called_as;
mod check;
mod color;
mod completions;
mod corpus;
mod coverage;
mod diff;
mod explain;
mod failure;
mod fmt;
mod format;
mod load;
mod logtest;
mod makelists;
mod man;
mod ossec_logtest;
mod regex;
mod replace_file;
pub(crate) mod rule;
mod ruleset_args;
mod scan;
mod session_args;
mod short_options;
mod test;
mod tree;
mod wazuh_logtest;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use called_as::Call;
use failure::Failure;
use replace_file::replace_file;
use ruleset_args::RulesetArgs;

/// An OSSEC-compatible rule interpreter: existing decoders and rules in, exact verdicts out
#[derive(Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
struct Arguments {
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    color: color::When,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Logtest(logtest::LogtestArgs),
    Explain(explain::ExplainArgs),
    Test(test::TestArgs),
    Regex(regex::RegexArgs),
    Scan(scan::ScanArgs),
    Check(check::CheckArgs),
    Bench(bench::BenchArgs),
    Coverage(coverage::CoverageArgs),
    Diff(diff::DiffArgs),
    Rule(RuleCommand),
    Fmt(fmt::FmtArgs),
    Tree(tree::TreeArgs),
    Makelists(makelists::MakelistsArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Explain one rule: what it tests, where it stands, what it means
#[derive(clap::Args)]
struct RuleCommand {
    #[command(flatten)]
    rule: rule::RuleArgs,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Runs the program.
pub fn main() -> ExitCode {
    if let Some(call) = Call::of(ossec_logtest::NAME, std::env::args_os()) {
        return call.run(ossec_logtest::run);
    }
    if let Some(call) = Call::of(wazuh_logtest::NAME, std::env::args_os()) {
        return call.run(wazuh_logtest::run);
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    arguments.color.apply();
    match run(&arguments.command) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Logtest(args) => logtest::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Test(args) => test::run(args),
        Command::Regex(args) => regex::run(args),
        Command::Scan(args) => scan::run(args),
        Command::Check(args) => check::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Coverage(args) => coverage::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Makelists(args) => makelists::run(args),
        Command::Rule(args) => {
            let loaded = load::load(&args.ruleset)?;
            Ok(rule::run(
                &args.rule,
                &loaded.inputs.sources,
                &loaded.ruleset,
            ))
        }
        Command::Tree(args) => tree::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// Help and version are wanted and go to standard output; everything else is a mistake.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    if error.use_stderr() {
        return ExitCode::from(2);
    }
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Failure::Output(error).report(),
        _ => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }

    /// What is longer would be broken where it stands out of line.
    #[test]
    fn examples_are_as_wide_as_the_help() {
        for command in super::Arguments::command().get_subcommands() {
            let text = command.get_after_long_help().map(ToString::to_string);
            for line in text.unwrap_or_default().lines() {
                assert!(
                    line.chars().count() <= 100,
                    "{}: {line}",
                    command.get_name()
                );
            }
        }
    }
}
