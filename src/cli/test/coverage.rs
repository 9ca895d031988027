//! `--coverage`: which rules and decoders the tests reach, by file.

mod html;
mod lcov;
mod text;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use indexmap::IndexMap;
use serde::Serialize;

use super::super::Failure;
use super::super::failure::reason;
use super::Report;
use super::plan::LoadedRuleset;
use crate::output::Palette;
use crate::source::Span;
use crate::suite::Coverage;

/// Options about coverage.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Coverage")]
pub(super) struct CoverageArgs {
    /// Tell which rules and decoders no test reaches. A rule counts if all its conditions held, as
    /// the result of an event or on the way to a rule below it; a decoder if it matched
    #[arg(long)]
    coverage: bool,
    /// Fail if less than this share of the rules and decoders is reached, in per cent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    coverage_min: Option<f64>,
    /// Form of the coverage; all but `text` need --output
    #[arg(long, value_enum, value_name = "FORMAT")]
    coverage_format: Option<Form>,
    /// Write the coverage to this file
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Only rules and decoders of this file, or of the files below this folder; may be given
    /// several times
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    coverage_only: Vec<PathBuf>,
}

/// `--coverage-format`.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// A page without anything outside of it
    Html,
    /// The form of lcov: a line for each rule and decoder
    Lcov,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("it is a number from 0 to 100".to_owned()),
    }
}

/// A rule or decoder.
#[derive(Clone, Debug, Serialize)]
struct Item {
    #[serde(skip)]
    kind: Kind,
    /// Id of the rule, name of the decoder.
    name: String,
    line: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// How often it matched.
    matched: u64,
    /// How often it was the result; a decoder never is.
    results: u64,
    /// In how many cases it was.
    cases: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Decoder,
    Rule,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Decoder => "decoder",
            Kind::Rule => "rule",
        }
    }
}

/// The rules or decoders of a file, in its order.
type Items = IndexMap<(Kind, String, usize), Item>;

/// What the tests reach, by the name of the file.
struct Files(IndexMap<String, Items>);

/// How many there are, and how many of them are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Share {
    total: usize,
    reached: usize,
    percent: f64,
}

impl Share {
    fn of<'i>(items: impl Iterator<Item = &'i Item>) -> Self {
        let (mut total, mut reached) = (0, 0);
        for item in items {
            total += 1;
            reached += usize::from(item.matched > 0);
        }
        let percent = match total {
            0 => 100.0,
            _ => reached as f64 * 100.0 / total as f64,
        };
        Share {
            total,
            reached,
            percent,
        }
    }
}

/// The object of JSON.
#[derive(Serialize)]
pub(super) struct Json {
    all: Share,
    rules: Share,
    decoders: Share,
    files: Vec<FileJson>,
}

#[derive(Serialize)]
struct FileJson {
    path: String,
    percent: f64,
    rules: Vec<Item>,
    decoders: Vec<Item>,
}

impl CoverageArgs {
    /// Any of the options was given.
    pub(super) fn wanted(&self) -> bool {
        self.coverage
            || self.coverage_min.is_some()
            || self.coverage_format.is_some()
            || self.output.is_some()
            || !self.coverage_only.is_empty()
    }

    /// True if it is only part of the report.
    pub(super) fn in_report(&self) -> bool {
        self.wanted() && self.output.is_none()
    }

    /// What does not fit together.
    ///
    /// # Errors
    /// A form that cannot stand behind the report.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let form = self.coverage_format.unwrap_or_default();
        if form != Form::Text && self.output.is_none() {
            let text = "--coverage-format needs --output FILE, unless it is `text`";
            return Err(Failure::Usage(text.to_owned()));
        }
        Ok(())
    }
}

/// Works out what was asked for.
///
/// # Errors
/// `--coverage-only` names nothing.
pub(super) fn of(report: &Report<'_>, args: &CoverageArgs) -> Result<Reached, Failure> {
    let mut files = Files(IndexMap::new());
    for (ruleset, coverage) in report.plan.rulesets.iter().zip(&report.coverage) {
        files.add(ruleset, coverage);
    }
    if !args.coverage_only.is_empty() {
        let wanted: Vec<PathBuf> = args.coverage_only.iter().map(|path| whole(path)).collect();
        files.0.retain(|path, _| {
            let (plain, whole) = (Path::new(path), whole(Path::new(path)));
            let named = args
                .coverage_only
                .iter()
                .any(|wanted| plain.starts_with(wanted));
            named || wanted.iter().any(|wanted| whole.starts_with(wanted))
        });
        if files.0.is_empty() {
            let names = args.coverage_only.iter().map(|path| path.to_string_lossy());
            let names: Vec<_> = names.collect();
            let text = format!("no rule or decoder is in `{}`", names.join("`, `"));
            return Err(Failure::Message(text));
        }
    }
    for items in files.0.values_mut() {
        items.sort_by(|_, a, _, b| a.line.cmp(&b.line));
    }
    Ok(Reached(files))
}

/// The path that is the same for all ways to write it.
fn whole(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

impl Files {
    fn add(&mut self, ruleset: &LoadedRuleset, coverage: &Coverage) {
        let engine = ruleset.engine.ruleset();
        let lossy = |text: &bstr::BStr| text.to_string();
        for (rule, uses) in coverage.rules(engine) {
            // The version that counts.
            let Some(definition) = rule.definitions.last() else {
                continue;
            };
            let description = rule.description.as_ref();
            self.item(
                ruleset,
                definition.span,
                Item {
                    kind: Kind::Rule,
                    name: rule.sid.0.to_string(),
                    line: 0,
                    description: description.map_or_else(String::new, ToString::to_string),
                    matched: uses.matched,
                    results: uses.results,
                    cases: uses.cases.into(),
                },
            );
        }
        for (decoder, matched) in coverage.decoders(engine) {
            self.item(
                ruleset,
                decoder.span,
                Item {
                    kind: Kind::Decoder,
                    name: lossy(decoder.name.bytes()),
                    line: 0,
                    description: String::new(),
                    matched,
                    results: 0,
                    cases: 0,
                },
            );
        }
    }

    /// The same rule of two rulesets is one.
    fn item(&mut self, ruleset: &LoadedRuleset, span: Span, mut item: Item) {
        let path = ruleset.sources.get(span.source).path();
        // Paths of an installation are below its folder.
        let path = match &ruleset.args.root {
            Some(root) if ruleset.args.config.is_none() => {
                let path = root.join(path.trim_start_matches('/'));
                path.to_string_lossy().replace("//", "/")
            }
            _ => path.to_owned(),
        };
        item.line = ruleset.sources.start(span).line;
        let items = self.0.entry(path).or_default();
        let key = (item.kind, item.name.clone(), item.line);
        match items.get_mut(&key) {
            Some(known) => {
                known.matched += item.matched;
                known.results += item.results;
                known.cases += item.cases;
            }
            None => {
                items.insert(key, item);
            }
        }
    }
}

/// What the tests reach.
pub(super) struct Reached(Files);

impl Reached {
    fn files(&self) -> impl Iterator<Item = (&str, &Items)> {
        self.0.0.iter().map(|(path, items)| (path.as_str(), items))
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.0.values().flat_map(IndexMap::values)
    }

    fn share(&self) -> Share {
        Share::of(self.items())
    }

    fn share_of(&self, kind: Kind) -> Share {
        Share::of(self.items().filter(|item| item.kind == kind))
    }

    /// Why it is not enough.
    pub(super) fn too_little(&self, args: &CoverageArgs) -> Option<String> {
        let (share, least) = (self.share(), args.coverage_min?);
        (share.percent < least).then(|| {
            let (percent, reached, total) = (floor(share.percent), share.reached, share.total);
            format!(
                "the tests reach {percent} % of the rules and decoders ({reached} of {total}), \
                 less than {least} %"
            )
        })
    }

    /// The object of JSON.
    pub(super) fn json(&self) -> Json {
        let of = |items: &Items, kind| {
            let items = items.values().filter(|item| item.kind == kind);
            items.cloned().collect()
        };
        let files = self.files().map(|(path, items)| FileJson {
            path: path.to_owned(),
            percent: Share::of(items.values()).percent,
            rules: of(items, Kind::Rule),
            decoders: of(items, Kind::Decoder),
        });
        Json {
            all: self.share(),
            rules: self.share_of(Kind::Rule),
            decoders: self.share_of(Kind::Decoder),
            files: files.collect(),
        }
    }

    /// Writes it behind the report for people.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn write_text(
        &self,
        out: &mut impl Write,
        verbose: bool,
        palette: Palette,
    ) -> io::Result<()> {
        text::write(out, self, verbose, palette)
    }

    /// Writes it to the file of `--output`, if there is one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write_file(&self, args: &CoverageArgs) -> Result<(), Failure> {
        let Some(path) = &args.output else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        match args.coverage_format.unwrap_or_default() {
            Form::Text => text::write(&mut bytes, self, true, Palette::plain())?,
            Form::Json => {
                serde_json::to_writer(&mut bytes, &self.json()).map_err(io::Error::from)?;
                bytes.push(b'\n');
            }
            Form::Html => html::write(&mut bytes, self)?,
            Form::Lcov => lcov::write(&mut bytes, self)?,
        }
        fs::write(path, bytes).map_err(|error| {
            let (path, why) = (path.display(), reason(&error));
            Failure::Message(format!("cannot write the coverage to `{path}`: {why}"))
        })
    }
}

/// Per cent with one digit, never more than there is.
fn floor(percent: f64) -> f64 {
    (percent * 10.0).floor() / 10.0
}
