//! `ossia tree`: the rule tree.

mod tests;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum, ValueHint};

use super::failure::{print_error, print_plain, print_warning, reason};
use super::{Failure, RulesetArgs, color, load, rule};
use crate::engine::Engine;
use crate::output::Palette;
use crate::output::rule_tree::{self as write, TreeText};
use crate::rule_tree::{Numbers, RuleTree, Selection};
use crate::ruleset::Ruleset;
use crate::ruleset::suggest::did_you_mean;

const EXAMPLES: &str = "\
Examples:
  ossia tree --rule 5716                        what leads to a rule and what is below it
  ossia tree --rule 5700 --depth 1 --conditions
  ossia tree -D /var/ossec --level 12..         the severe rules and the ways down to them
  ossia tree --add local_rules.xml --file local_rules.xml
  ossia tree -o tree.html                       everything as one page for the browser
  ossia tree --tests tests/ -o tree.html        … and which rules the tests reach
  ossia tree --group sshd --format dot | dot -Tsvg > sshd.svg
  ossia tree --format json | jq '.rules[] | select(.conditions == [])'

A line of text is `ID (LEVEL) DESCRIPTION`. The first rules are those that the events of a category
meet; siblings stand in the order in which they are tried, and the first that matches decides. A
rule with several parents stands below each of them; what is below it is shown once.

The rules that fit come with those above them (faint in colour). Values of one option are
alternatives, commas separate them; of several options, all must fit.

--format json prints one object:
  dialect, files       paths, to which a place {\"file\": 0, \"line\": 3, \"column\": 5} refers
  rules                every rule once, in load order: id, level, description, groups, category,
                       alerts, noalert, defined_at, overwritten_at, conditions (in the order of the
                       tests), consequences, parents, children, composite, counted_by, and, where
                       there are any, info and mitre. parents and the like are ids of rules.
                       `context` is true if the rule only leads to one that was asked for
  tests                with --tests, {\"cases\", \"failed\"}; then each rule has `tests`, too: how
                       often it matched and was the result, and the cases in which it was or should
                       have been
  tops                 for each category the positions of its first nodes
  nodes                {\"rule\": position in rules, \"children\": positions in nodes}, in the order in
                       which they are tried: the connections of the tree. Nearly every rule is one
                       node. `left_out` counts children that --depth cut off

Exit status: 0 if all is well; 1 if the ruleset does not load (what could be read is shown all the
same), if no rule fits, or if something could not be read or written; 2 for mistakes on the command
line.";

/// Show the rule tree, or a part of it: as text, JSON, for Graphviz or as a page for the browser
///
/// Everything is shown as it was compiled: rules that were overwritten as they are now, conditions in
/// the order of the tests, siblings in the order in which they are tried.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia tree --help")]
pub(crate) struct TreeArgs {
    /// Form of the output [default: by the name of the output file, else text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write to this file; `-` is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Text: below each rule where it is defined and what it tests
    #[arg(long)]
    conditions: bool,
    /// Run these tests, and those of these folders, on this ruleset, and say which rules they reach.
    /// As `ossia test`, but whatever the tests say about their ruleset; failures change no exit status
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    tests: Vec<OsString>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Which rules.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Which rules")]
struct SelectionArgs {
    /// Only this rule, what leads to it and what is below it
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<u32>,
    /// Rules with these ids: 5716, 5700..5799, 100000..
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    id: Vec<Numbers>,
    /// Rules of this group
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    group: Vec<String>,
    /// Rules of these levels: 7, 7..9, 7.. or ..3
    #[arg(long, value_name = "LEVELS", value_delimiter = ',')]
    level: Vec<Numbers>,
    /// Rules of the files whose path contains this
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    file: Vec<String>,
    /// So many steps down from the top, or from the rule of --rule
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For people: indented, one rule a line
    Text,
    /// For programs: one JSON object
    Json,
    /// For Graphviz
    Dot,
    /// For the browser: one file with search and filters
    Html,
}

impl Format {
    fn of(args: &TreeArgs) -> Self {
        let by_name = || {
            let extension = args.output.as_deref()?.extension()?.to_str()?;
            match extension.to_ascii_lowercase().as_str() {
                "json" => Some(Format::Json),
                "dot" | "gv" => Some(Format::Dot),
                "html" | "htm" => Some(Format::Html),
                _ => None,
            }
        };
        args.format.or_else(by_name).unwrap_or(Format::Text)
    }
}

impl SelectionArgs {
    fn selection(&self) -> Selection {
        Selection {
            rules: self.rule.clone(),
            ids: self.id.clone(),
            groups: self.group.clone(),
            levels: self.level.clone(),
            files: self.file.clone(),
            depth: self.depth,
        }
    }
}

/// Prints the tree.
pub(crate) fn run(args: &TreeArgs) -> Result<ExitCode, Failure> {
    let format = Format::of(args);
    let to_file = args
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"));
    if format == Format::Html && to_file.is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "the page is for a browser: name a file with `-o tree.html`".to_owned(),
        ));
    }
    let loaded = load::load(&args.ruleset)?;
    // What could be read may be what somebody who mends a ruleset wants to see.
    let broken = loaded.report(false).is_err();
    let mut tree = RuleTree::new(&loaded.inputs.sources, &loaded.ruleset);
    if tree.rules.is_empty() {
        if broken {
            return Err(Failure::Reported);
        }
        print_warning("no rule is loaded");
        return print(args, format, to_file, &tree);
    }
    if !names_are_known(&args.selection, &loaded.ruleset, &tree) {
        return Err(Failure::Reported);
    }
    if !args.tests.is_empty() {
        if broken {
            return Err(Failure::Reported);
        }
        let engine = Arc::new(Engine::new(loaded.ruleset));
        tests::add(&mut tree, &engine, &args.tests)?;
    }
    let selected = tree.select(&args.selection.selection());
    if selected.rules.is_empty() {
        return Err(Failure::Message(
            "no rule fits all of these options".to_owned(),
        ));
    }
    let code = print(args, format, to_file, &selected)?;
    if broken {
        return Err(Failure::Reported);
    }
    Ok(code)
}

/// False, and says so, if nothing in the ruleset has a name of the options.
fn names_are_known(args: &SelectionArgs, ruleset: &Ruleset, tree: &RuleTree) -> bool {
    let single = args.id.iter().filter(|range| range.first == range.last);
    for id in args
        .rule
        .iter()
        .copied()
        .chain(single.map(|range| range.first))
    {
        if !tree.rules.iter().any(|card| card.id == id) {
            rule::unknown(ruleset, id);
            return false;
        }
    }
    let groups = || {
        tree.rules
            .iter()
            .flat_map(|card| &card.groups)
            .map(String::as_str)
    };
    for group in &args.group {
        if !groups().any(|known| known == group) {
            unknown(&format!("there is no group `{group}`"), group, groups());
            return false;
        }
    }
    for part in &args.file {
        if !tree.files.iter().any(|path| path.contains(part.as_str())) {
            let names = tree.files.iter().map(|path| {
                let name = path.rsplit(['/', '\\']).next();
                name.unwrap_or(path)
            });
            unknown(
                &format!("no rule file has `{part}` in its path"),
                part,
                names,
            );
            return false;
        }
    }
    true
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) {
    print_error(what);
    if let Some(help) = did_you_mean(name, known) {
        print_plain(format_args!("help: {help}"));
    }
}

fn print(
    args: &TreeArgs,
    format: Format,
    to_file: Option<&Path>,
    tree: &RuleTree,
) -> Result<ExitCode, Failure> {
    match to_file {
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            write_to(&mut out, args, format, tree, color::of_output())?;
            out.flush()?;
        }
        Some(path) => File::create(path)
            .map(BufWriter::new)
            .and_then(|mut out| {
                write_to(&mut out, args, format, tree, Palette::plain())?;
                out.flush()
            })
            .map_err(|error| {
                let path = path.display();
                Failure::Message(format!("cannot write `{path}`: {}", reason(&error)))
            })?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_to(
    out: &mut impl Write,
    args: &TreeArgs,
    format: Format,
    tree: &RuleTree,
    palette: Palette,
) -> io::Result<()> {
    match format {
        Format::Text => {
            let look = TreeText {
                palette,
                conditions: args.conditions,
            };
            write::write_text(out, tree, look)
        }
        Format::Json => write::write_json(out, tree),
        Format::Dot => write::write_dot(out, tree),
        Format::Html => write::write_html(out, tree),
    }
}
