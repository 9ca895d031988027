//! `ossia regex`: what a pattern does in a dialect.

mod cases;

use std::io::{self, Write};
use std::process::ExitCode;

use bstr::{BStr, BString, ByteSlice};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::color;
use super::failure::Failure;
use crate::dialect::Dialect;
use crate::output::Palette;
use crate::pattern::{self, Captures, Language, Part, Pattern, PatternError};

/// Test a pattern: does it compile, does it match, what does it capture, what does it mean
///
/// The pattern languages of OSSEC and Wazuh look like regular expressions and are none: a `+` is a
/// literal unless it follows a backslash class, and the same pattern can capture other text in
/// another version.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RegexArgs {
    /// The pattern, as it would stand in a rule or decoder
    #[arg(required_unless_present = "input")]
    pattern: Option<String>,
    /// Texts to match
    #[arg(value_name = "INPUT")]
    texts: Vec<String>,
    /// Language of the pattern
    #[arg(long, value_enum, default_value_t = Engine::Osregex, value_name = "LANGUAGE")]
    engine: Engine,
    /// Engine to reproduce
    #[arg(long, default_value_t, value_name = "NAME", value_parser = super::ruleset_args::dialects())]
    dialect: Dialect,
    /// Compile as elements without captures do (`prematch`, and all elements of rules). The native
    /// engine of OSSEC 2.8.3 and Wazuh may then match other texts
    #[arg(long)]
    no_captures: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Read standard input: JSON Lines with patterns and texts
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["pattern", "texts"])]
    input: Option<Form>,
}

const AFTER_HELP: &str = r#"Examples:
  ossia regex '^user (\S+) from (\S+)' 'user bob from 192.0.2.1'
  ossia regex --engine osmatch '^su: |^sudo: ' 'sudo: bob'
  ossia regex --dialect wazuh-4.14 '\d+a' 111a     the native engine
  ossia regex '(\w+'                               why it does not compile

Cases (--input cases) are JSON Lines, each answered by one object:
  {"pattern": "…", "input": "…", "sub": true}      sub: captures are wanted
  {"pattern_b64": "…", "input_b64": "…"}           bytes that are not UTF-8, as base64
  → {"compiles":true,"match":true,"captures":["…"],"end":7}
"end" is what the engine's own function returns: the offset behind the match in OSSEC 3.7 and 4.3,
(roughly) that of its last byte in 2.8.3 and Wazuh.

Exit status: 0 if every text matches, 1 if one does not, 2 if the pattern does not compile."#;

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    /// Alternatives of plain text with `^` and `$`: `match`, `program_name`, most fields of rules
    Osmatch,
    /// OSSEC's regular expressions: `regex`, `prematch`, `field`
    Osregex,
    /// Perl-compatible regular expressions: `pcre2` and its kin
    Pcre2,
}

impl From<Engine> for Language {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Osmatch => Language::OsMatch,
            Engine::Osregex => Language::OsRegex,
            Engine::Pcre2 => Language::Pcre2,
        }
    }
}

#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One pattern and text a line
    Cases,
}

/// Runs the command.
pub(crate) fn run(args: &RegexArgs) -> Result<ExitCode, Failure> {
    let language = Language::from(args.engine);
    let Some(text) = &args.pattern else {
        return cases::run(args.dialect, language);
    };
    let compiled = Pattern::compile(args.dialect, language, text.as_bytes(), !args.no_captures);
    let report = Report {
        dialect: args.dialect,
        language,
        pattern: text.as_bytes().into(),
        hint: pattern::dialect_hint(language, text.as_bytes()),
        results: match &compiled {
            Ok(compiled) => {
                let texts = args.texts.iter();
                texts
                    .map(|text| Found::new(compiled, !args.no_captures, text))
                    .collect()
            }
            Err(_) => Vec::new(),
        },
        parts: pattern::explain(args.dialect, language, text.as_bytes()),
        error: compiled.err(),
    };
    match args.format {
        Format::Text => {
            let mut out = anstream::stdout().lock();
            report.write(&mut out, color::of_output())?;
            out.flush()?;
        }
        Format::Json => {
            let mut out = io::stdout().lock();
            serde_json::to_writer(&mut out, &report.json()).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(ExitCode::from(if report.error.is_some() {
        2
    } else {
        u8::from(report.results.iter().any(|found| found.end.is_none()))
    }))
}

/// What a text gave.
struct Found {
    text: BString,
    /// Raw end and place of the text behind; `None`: no match.
    end: Option<(i64, usize)>,
    /// `None`: the language or element has no captures.
    captures: Option<Vec<BString>>,
}

impl Found {
    fn new(pattern: &Pattern, wanted: bool, text: &str) -> Self {
        let mut captures = Captures::default();
        let found = pattern.find(text.as_bytes(), &mut captures);
        let wanted = wanted && pattern.language() != Language::OsMatch;
        let groups = captures
            .groups()
            .iter()
            .map(|range| text.as_bytes()[range.clone()].into());
        Found {
            text: text.into(),
            end: found.map(|found| (found.raw_end, found.resume)),
            captures: (wanted && found.is_some()).then(|| groups.collect()),
        }
    }
}

/// Everything there is to say about a pattern.
struct Report {
    dialect: Dialect,
    language: Language,
    pattern: BString,
    error: Option<PatternError>,
    hint: Option<String>,
    results: Vec<Found>,
    parts: Vec<Part>,
}

impl Report {
    fn write(&self, out: &mut impl Write, palette: Palette) -> io::Result<()> {
        let Palette {
            heading,
            label,
            alert,
            ..
        } = palette;
        let text = shown(self.pattern.as_ref());
        writeln!(out, "{heading}{text}{heading:#}")?;
        if let Some(error) = &self.error {
            let start = shown(BStr::new(
                &self.pattern[..error.range.start.min(self.pattern.len())],
            ));
            let part = &self.pattern[error.range.start.min(self.pattern.len())
                ..error.range.end.min(self.pattern.len())];
            let carets = "^".repeat(shown(BStr::new(part)).chars().count().max(1));
            let blanks = " ".repeat(start.chars().count());
            writeln!(out, "{blanks}{alert}{carets} {}{alert:#}", error.message)?;
            writeln!(
                out,
                "does not compile as {} of {}",
                self.language, self.dialect
            )?;
            if let Some(help) = &error.help {
                writeln!(out, "{label}help{label:#}: {help}")?;
            }
        } else {
            writeln!(out, "compiles as {} of {}", self.language, self.dialect)?;
        }
        if let Some(hint) = &self.hint {
            writeln!(out, "{label}hint{label:#}: {hint}")?;
        }
        for found in &self.results {
            self.write_found(out, palette, found)?;
        }
        if !self.parts.is_empty() {
            writeln!(out)?;
            let width = self
                .parts
                .iter()
                .map(|part| shown(part.text.as_ref()).chars().count());
            let width = width.max().unwrap_or_default().min(24);
            for Part { text, meaning, .. } in &self.parts {
                let text = shown(text.as_ref());
                let blanks = " ".repeat(width.saturating_sub(text.chars().count()));
                writeln!(out, "  {label}{text}{label:#}{blanks}  {meaning}")?;
            }
        }
        Ok(())
    }

    fn write_found(&self, out: &mut impl Write, palette: Palette, found: &Found) -> io::Result<()> {
        let Palette {
            heading,
            label,
            rule,
            faint,
            ..
        } = palette;
        let text = shown(found.text.as_ref());
        let Some((end, resume)) = found.end else {
            return writeln!(
                out,
                "\n{heading}{text}{heading:#}\n  {faint}no match{faint:#}"
            );
        };
        writeln!(out, "\n{heading}{text}{heading:#}\n  {rule}match{rule:#}")?;
        for (index, group) in found.captures.iter().flatten().enumerate() {
            writeln!(
                out,
                "  {label}{}{label:#} '{}'",
                index + 1,
                shown(group.as_ref())
            )?;
        }
        if self.language != Language::OsMatch {
            let rest = shown(BStr::new(&found.text[resume..]));
            writeln!(
                out,
                "  {label}end{label:#} {end}, the text behind begins at {resume}: '{rest}'"
            )?;
        }
        Ok(())
    }

    fn json(&self) -> Json<'_> {
        Json {
            pattern: shown(self.pattern.as_ref()),
            language: self.language.name(),
            dialect: self.dialect.name(),
            compiles: self.error.is_none(),
            error: self.error.as_ref().map(|error| JsonError {
                message: &error.message,
                start: error.range.start,
                end: error.range.end,
                help: error.help.as_deref(),
            }),
            hint: self.hint.as_deref(),
            results: self.results.iter().map(JsonFound::new).collect(),
            parts: self
                .parts
                .iter()
                .map(|part| JsonPart {
                    text: shown(part.text.as_ref()),
                    meaning: &part.meaning,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Json<'r> {
    pattern: String,
    language: &'static str,
    dialect: &'static str,
    compiles: bool,
    error: Option<JsonError<'r>>,
    hint: Option<&'r str>,
    results: Vec<JsonFound>,
    parts: Vec<JsonPart<'r>>,
}

#[derive(Serialize)]
struct JsonError<'r> {
    message: &'r str,
    start: usize,
    end: usize,
    help: Option<&'r str>,
}

#[derive(Serialize)]
struct JsonFound {
    input: String,
    r#match: bool,
    captures: Option<Vec<String>>,
    end: Option<i64>,
    resume: Option<usize>,
}

impl JsonFound {
    fn new(found: &Found) -> Self {
        let captures = found.captures.as_ref();
        JsonFound {
            input: shown(found.text.as_ref()),
            r#match: found.end.is_some(),
            captures: captures.map(|list| list.iter().map(|text| shown(text.as_ref())).collect()),
            end: found.end.map(|(end, _)| end),
            resume: found.end.map(|(_, resume)| resume),
        }
    }
}

#[derive(Serialize)]
struct JsonPart<'r> {
    text: String,
    meaning: &'r str,
}

/// Bytes for people.
fn shown(text: &BStr) -> String {
    text.to_str_lossy().into_owned()
}
