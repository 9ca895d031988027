//! Stage 3: the files of a load as one checked ruleset.
//!
//! [`build`] is the arrow from [`Inputs`] to [`Ruleset`]: it never fails, it returns what could be
//! resolved and every problem. Order is everything here: a parent must be read before its children,
//! a decoder before the rules that name it, and the first error is the one that the original
//! reports; so files are taken in load order and each is finished before the next.

pub mod category;
pub mod cdb;
pub mod condition;
pub mod decoder;
mod dialect;
pub mod expression;
pub mod field;
mod fingerprint;
pub mod list;
pub mod list_condition;
pub mod lists;
mod load;
mod pattern_error;
pub mod rule;
mod rule_files;
pub(crate) mod suggest;

pub use fingerprint::Fingerprint;
pub use load::LoadError;

use crate::ast;
use crate::config::{FileRole, Inputs, Options, RulesetFile};
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::{Dialect, Family};
use crate::source::Span;
use crate::xml;
use decoder::Decoders;
use lists::Lists;
use rule::Rules;
use rule_files::Absent;

/// Checked decoders, rules and lists.
#[derive(Clone, Debug)]
pub struct Ruleset {
    /// What tells it from other rulesets.
    pub fingerprint: Fingerprint,
    /// Whose semantics.
    pub dialect: Dialect,
    /// Settings that have an influence on verdicts.
    pub options: Options,
    /// The decoders.
    pub decoders: Decoders,
    /// The rules and their tree.
    pub rules: Rules,
    /// The lists of the configuration.
    pub lists: Lists,
}

/// Resolves everything that was found.
///
/// The diagnostics of [`Inputs`] come first, then those of the files in load order. If one of them
/// [is an error](Diagnostic::is_error), the original engine would not have started with these
/// files, and the ruleset is only good for looking at.
pub fn build(inputs: &Inputs) -> (Ruleset, Vec<Diagnostic>) {
    let (ruleset, diagnostics, _) = build_in_turn(inputs);
    (ruleset, diagnostics)
}

/// As [`build`]; also says for each of [`Inputs::files`] how many of the diagnostics were there
/// when its turn came, for those who tell the story of a load in the original's order.
pub fn build_in_turn(inputs: &Inputs) -> (Ruleset, Vec<Diagnostic>, Vec<usize>) {
    let mut turns = Vec::with_capacity(inputs.files.len());
    let mut builder = Builder {
        inputs,
        decoders: Decoders::default(),
        rules: Rules::default(),
        lists: Lists::default(),
        diagnostics: inputs.diagnostics.clone(),
        absent: Absent::default(),
    };
    for file in inputs
        .files
        .iter()
        .filter(|file| file.role == FileRole::Decoders)
    {
        turns.push(builder.diagnostics.len());
        builder.decoder_file(file);
    }
    let message = builder.decoders.assign_names(inputs.dialect);
    // A list may be empty only because of what is reported already.
    if !builder.diagnostics.iter().any(Diagnostic::is_error) {
        builder.diagnostics.extend(message);
    }
    let (lists, problems) = Lists::new(inputs.dialect, &inputs.lists);
    builder.lists = lists;
    builder.diagnostics.extend(problems);
    for file in inputs
        .files
        .iter()
        .filter(|file| file.role == FileRole::Rules)
    {
        turns.push(builder.diagnostics.len());
        builder.rule_file(file);
    }
    builder.explain_unknown_parents();
    builder.rules.finish();
    if builder.rules.rules.is_empty() && !builder.diagnostics.iter().any(Diagnostic::is_error) {
        builder.diagnostics.push(
            Diagnostic::warning(Code::NO_RULES, "no rule is loaded: lines are decoded only")
                .note("the original engine ends at the first event"),
        );
    }
    if inputs.dialect.family() == Family::Wazuh {
        builder
            .diagnostics
            .iter_mut()
            .for_each(Diagnostic::frame_for_wazuh);
    }
    let ruleset = Ruleset {
        fingerprint: Fingerprint::of(inputs),
        dialect: inputs.dialect,
        options: inputs.options.clone(),
        decoders: builder.decoders,
        rules: builder.rules,
        lists: builder.lists,
    };
    (ruleset, builder.diagnostics, turns)
}

struct Builder<'a> {
    inputs: &'a Inputs,
    decoders: Decoders,
    rules: Rules,
    lists: Lists,
    diagnostics: Vec<Diagnostic>,
    /// Rules of the files that are not in the ruleset.
    absent: Absent,
}

impl Builder<'_> {
    fn decoder_file(&mut self, file: &RulesetFile) {
        let Some(parsed) = self.parse(file) else {
            return;
        };
        let decoders = ast::decoders(&parsed.document);
        let mut diagnostics = parsed.diagnostics;
        if decoders.is_empty() && diagnostics.is_empty() && !file.optional {
            diagnostics.push(empty_file(file, "decoder").original(OriginalLine::error(
                Program::Tool,
                1231,
                "Invalid NULL element in the configuration.",
            )));
        }
        self.extend(diagnostics, &file.closing_line);
        for ast in &decoders {
            let dialect = self.inputs.dialect;
            let messages = decoder::Messages::new(dialect, &file.shown_path);
            let read = (!ast.damaged)
                .then(|| {
                    decoder::read(
                        ast,
                        dialect,
                        &self.inputs.options,
                        messages,
                        &mut self.diagnostics,
                    )
                })
                .flatten();
            match read.map(|decoder| self.decoders.insert(decoder, dialect.decoders(), messages)) {
                Some(Ok(())) => {}
                Some(Err(diagnostic)) => {
                    self.decoders.refuse(ast);
                    self.diagnostics.push(*diagnostic);
                }
                None => self.decoders.give_up(ast),
            }
        }
    }

    /// Adds the problems of a file. What ends the original ends with the closing line of the file.
    fn extend(&mut self, diagnostics: Vec<Diagnostic>, closing: &OriginalLine) {
        self.diagnostics
            .extend(diagnostics.into_iter().map(|diagnostic| {
                if diagnostic.is_error() {
                    diagnostic.original(closing.clone())
                } else {
                    diagnostic
                }
            }));
    }

    /// Reads the XML of a file; a file that could not be read at all has only its diagnostic.
    fn parse(&mut self, file: &RulesetFile) -> Option<xml::Parsed> {
        match &file.source {
            Ok(source) => {
                let bytes = self.inputs.sources.get(*source).bytes();
                Some(xml::parse_with_variables(
                    *source,
                    bytes,
                    self.inputs.dialect,
                    xml::Origin::analysisd(&file.shown_path),
                ))
            }
            Err(diagnostic) => {
                self.diagnostics.push((**diagnostic).clone());
                None
            }
        }
    }
}

fn empty_file(file: &RulesetFile, what: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        Code::EMPTY_FILE,
        format!("the {what} file `{}` has no elements", file.shown_path),
    );
    match &file.source {
        Ok(source) => diagnostic.label(Span::new(*source, 0..0), "nothing but text and comments"),
        Err(_) => diagnostic,
    }
}
