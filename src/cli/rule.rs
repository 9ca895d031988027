//! `ossia rule ID`: the page about one rule.

mod json;
mod text;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::config::embedded;
use crate::page::{Family, Page, RuleFacts};
use crate::ruleset::Ruleset;
use crate::ruleset::rule::Sid;
use crate::source::Sources;

/// Widest text, in columns: longer lines are hard to read.
const MAX_WIDTH: usize = 100;
/// Width of text that does not go to a terminal.
const PLAIN_WIDTH: usize = 80;
/// So many ids are offered instead of an unknown one.
const NEAR_IDS: usize = 4;

/// Explain one rule: what it tests, where it stands, what it means
#[derive(Args, Clone, Debug)]
pub(crate) struct RuleArgs {
    /// Id of the rule
    #[arg(value_name = "ID")]
    id: u32,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For people
    Text,
    /// For programs: one JSON object
    Json,
}

/// What we have written about a rule that we ship.
struct Documentation {
    family: Family,
    page: Page,
}

/// Prints the page; exit code 1 if the rule does not exist.
pub(crate) fn run(args: &RuleArgs, sources: &Sources, ruleset: &Ruleset) -> ExitCode {
    let sid = Sid(args.id);
    let Some(facts) = RuleFacts::new(sources, ruleset, sid) else {
        unknown(ruleset, args.id);
        return ExitCode::FAILURE;
    };
    let documentation = documentation(sources, ruleset, sid);
    let output = match args.format {
        Format::Text => text::render(&facts, documentation.as_ref(), width()),
        Format::Json => json::render(ruleset, &facts, documentation.as_ref()),
    };
    let mut stdout = anstream::stdout().lock();
    match stdout
        .write_all(output.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => Failure::Output(error).report(),
    }
}

/// The page belongs to the definition that we ship: a rule with the same id in other files may be
/// something else.
fn documentation(sources: &Sources, ruleset: &Ruleset, sid: Sid) -> Option<Documentation> {
    let rule = ruleset.rules.rules.iter().find(|rule| rule.sid == sid)?;
    let source = sources.get(rule.definitions.first()?.span.source);
    embedded::files()
        .iter()
        .find(|(path, text)| path == source.path() && text == source.bytes())?;
    embedded::pages().iter().find_map(|(path, text)| {
        let (family, _) = Page::parse_all(path, text);
        let page = family.page(sid)?.clone();
        Some(Documentation { family, page })
    })
}

/// Says that there is no such rule, and which ids may have been meant.
pub(super) fn unknown(ruleset: &Ruleset, id: u32) {
    let near = near_ids(ruleset.rules.rules.iter().map(|rule| rule.sid.0), id);
    let red = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{red}error{red:#}: there is no rule `{id}`");
    if ruleset.rules.rules.is_empty() {
        anstream::eprintln!("help: no rule is loaded at all");
    } else if !near.is_empty() {
        let near: Vec<String> = near.iter().map(|id| format!("`{id}`")).collect();
        anstream::eprintln!("help: near ids are {}", near.join(", "));
    }
}

/// Ids that a slip of the keyboard may have meant, then the nearest numbers; ascending.
fn near_ids(known: impl Iterator<Item = u32>, id: u32) -> Vec<u32> {
    let written = id.to_string();
    let mut near: Vec<(usize, u32, u32)> = known
        .map(|other| {
            let slips = strsim::osa_distance(&written, &other.to_string());
            (slips.max(1), other.abs_diff(id), other)
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    let mut ids: Vec<u32> = near.into_iter().map(|(.., id)| id).take(NEAR_IDS).collect();
    ids.sort_unstable();
    ids
}

fn width() -> usize {
    if io::stdout().is_terminal() {
        textwrap::termwidth().min(MAX_WIDTH)
    } else {
        PLAIN_WIDTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_meant() {
        let known = [1, 5700, 5710, 5715, 5716, 5720, 11209];
        assert_eq!(near_ids(known.into_iter(), 5717), [5710, 5715, 5716, 5720]);
        assert_eq!(near_ids(known.into_iter(), 1209)[3], 11209);
        assert!(near_ids(std::iter::empty(), 7).is_empty());
    }
}
