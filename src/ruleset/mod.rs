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
mod pattern_error;
pub mod rule;
mod suggest;

pub use fingerprint::Fingerprint;

use std::collections::{HashMap, HashSet};

use crate::ast;
use crate::config::{FileRole, Inputs, Options, RulesetFile};
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::Dialect;
use crate::source::{Sources, Span};
use crate::xml;
use decoder::Decoders;
use lists::Lists;
use rule::{Context, GroupMemoryId, ReadRule, RuleId, Rules, Search, Sid};

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
        failed: HashSet::new(),
        unknown_parents: Vec::new(),
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
    builder.diagnostics.extend(message);
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
    builder.rules.finish_levels();
    if builder.rules.rules.is_empty() && !builder.diagnostics.iter().any(Diagnostic::is_error) {
        builder.diagnostics.push(
            Diagnostic::warning(Code::NO_RULES, "no rule is loaded: lines are decoded only")
                .note("the original engine ends at the first event"),
        );
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
    /// Rules that are in a file and could not be read: nothing that refers to them is reported.
    failed: HashSet<Sid>,
    /// Diagnostics about parents that are not loaded so far: position and parent.
    unknown_parents: Vec<(usize, Sid)>,
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
                Some(Err(diagnostic)) => self.diagnostics.push(*diagnostic),
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

    fn rule_file(&mut self, file: &RulesetFile) {
        let last = file.closing_line.clone();
        let Some(parsed) = self.parse(file) else {
            return;
        };
        let groups = ast::rules(&parsed.document);
        let mut diagnostics = parsed.diagnostics;
        if groups.is_empty() && diagnostics.is_empty() {
            diagnostics.push(
                empty_file(file, "rule")
                    .original(configuration_error(Program::Analysisd, &file.shown_path)),
            );
        }
        let names: Vec<_> = groups
            .iter()
            .map(|group| group_name(group, &mut diagnostics))
            .collect();
        self.extend(diagnostics, &last);
        for (group, name) in groups.iter().zip(names) {
            let Some(name) = name else {
                self.failed
                    .extend(group.rules.iter().filter_map(written_sid));
                continue;
            };
            if group.rules.is_empty() && !group.damaged {
                let line = format!("Group '{}' without any rule.", group.tag.lossy());
                self.diagnostics.push(
                    Diagnostic::error(Code::RULE_GROUP, "the group has no rules")
                        .label(group.span, "empty")
                        .original(OriginalLine::plain(Program::Analysisd, line))
                        .original(last.clone()),
                );
            }
            for (position, ast) in group.rules.iter().enumerate() {
                if ast.damaged {
                    self.failed.extend(written_sid(ast));
                } else {
                    self.rule(ast, position, name, &last);
                }
            }
        }
    }

    fn rule(
        &mut self,
        ast: &ast::Rule,
        position: usize,
        group: &crate::source::Text,
        last: &OriginalLine,
    ) {
        let context = Context {
            dialect: self.inputs.dialect,
            options: &self.inputs.options,
            decoders: &self.decoders,
            lists: &self.lists,
        };
        let mut diagnostics = Vec::new();
        let read = rule::read(ast, position, group, context, &mut diagnostics);
        if let Some(read) = &read {
            self.check_id(read, ast.span, &mut diagnostics);
        } else {
            self.failed.extend(written_sid(ast));
        }
        let failed = diagnostics.iter().any(Diagnostic::is_error);
        self.extend(diagnostics, last);
        let Some(read) = read else { return };
        if read.overwrite && read.rule.sid.0 >= rule::FIRST_CHILD_SID {
            let (sid, span) = (read.rule.sid, ast.span);
            // The rule that the new version counts gets a memory of its own even though that memory
            // is never searched; so its events no longer reach the memories by group.
            self.count_by_sid(read.matched_sid);
            if !self.rules.overwrite(read.rule) && !self.failed.contains(&sid) {
                let line = format!("Overwrite rule '{sid}' not found.");
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::OVERWRITE_UNKNOWN,
                        format!("there is no rule `{sid}` to overwrite"),
                    )
                    .label(span, "no rule with this id is loaded so far")
                    .original(OriginalLine::plain(Program::Analysisd, line))
                    .original(last.clone()),
                );
            }
            return;
        }
        if failed {
            // Placed all the same, so that its children do not fail for want of a parent.
            self.failed.insert(read.rule.sid);
        }
        self.add(read);
    }

    fn check_id(&self, read: &ReadRule, span: Span, diagnostics: &mut Vec<Diagnostic>) {
        let sid = read.rule.sid;
        if read.overwrite {
            return;
        }
        if let Some(earlier) = self.rules.find(sid) {
            let line = format!("Duplicate rule ID:{sid}");
            let mut diagnostic = Diagnostic::error(
                Code::RULE_DUPLICATE,
                format!("rule `{sid}` is defined twice"),
            )
            .label(span, "the second definition")
            .help("give it another id, or write `overwrite=\"yes\"` to replace the first")
            .original(OriginalLine::plain(Program::Analysisd, line));
            if let Some(definition) = self.rules.get(earlier).definitions.first() {
                diagnostic = diagnostic.label(definition.span, "the first definition");
            }
            // The original finds this before it looks at the elements of the rule.
            diagnostics.insert(0, diagnostic);
        }
    }

    fn add(&mut self, read: ReadRule) {
        let ReadRule {
            rule,
            placement,
            matched_sid,
            matched_group,
            ..
        } = read;
        let id = RuleId(self.rules.rules.len() as u32);
        let matched_regex = rule.correlation.regex.is_some();
        let sid = rule.sid;
        self.rules.rules.push(rule);
        match self.rules.place(self.inputs.dialect, id, &placement) {
            Ok(()) => {}
            Err(rule::Misplaced::Nowhere(diagnostic)) => self.diagnostics.push(*diagnostic),
            Err(rule::Misplaced::Fatal(diagnostic)) => {
                self.failed.insert(sid);
                self.diagnostics.push(*diagnostic);
            }
            Err(rule::Misplaced::UnknownParent(parent, diagnostic)) => {
                // A parent that failed before has its own message.
                if !self.failed.contains(&parent) {
                    self.unknown_parents.push((self.diagnostics.len(), parent));
                    self.diagnostics.push(*diagnostic);
                }
                self.failed.insert(sid);
            }
        }
        let search = if let Some(sid) = matched_sid {
            Some(Search::Sid(sid, self.count_by_sid(matched_sid)))
        } else if let Some(pattern) = matched_group {
            let memory = GroupMemoryId(self.rules.group_patterns.len() as u32);
            for node in self.rules.walk() {
                let rule = &mut self.rules.rules[self.rules.nodes[node.index()].rule.index()];
                if pattern.is_match(&rule.groups) {
                    rule.group_marks.push(memory);
                }
            }
            self.rules.group_patterns.push(pattern);
            Some(Search::Group(memory))
        } else {
            matched_regex.then_some(Search::Events)
        };
        self.rules.rules[id.index()].search = search;
    }

    /// Gives the rule with this id a memory of its own.
    fn count_by_sid(&mut self, sid: Option<Sid>) -> Option<RuleId> {
        let target = self.rules.find(sid?)?;
        self.rules.rules[target.index()].counted_by_sid = true;
        Some(target)
    }

    /// Adds to every "no such parent" whether the rule stands further down, or what was meant: known
    /// only now, behind the last file.
    fn explain_unknown_parents(&mut self) {
        let mut known: HashMap<u32, Span> = HashMap::new();
        for rule in &self.rules.rules {
            if let Some(definition) = rule.definitions.first() {
                known.entry(rule.sid.0).or_insert(definition.span);
            }
        }
        let sources = &self.inputs.sources;
        for &(index, Sid(sid)) in &self.unknown_parents {
            let help = &mut self.diagnostics[index].help;
            if help.is_some() {
                continue;
            }
            *help = if let Some(&span) = known.get(&sid) {
                Some(format!(
                    "rule `{sid}` is defined at {}: a parent must be loaded before its children",
                    place(sources, span)
                ))
            } else {
                nearest_sid(sid, &known).map(|(near, span)| {
                    format!("did you mean `{near}`? ({})", place(sources, span))
                })
            };
        }
    }
}

/// The name of a root element of a rule file, if it is a proper group.
fn group_name<'a>(
    group: &'a ast::Group,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'a crate::source::Text> {
    if !group.tag.bytes().eq_ignore_ascii_case(b"group") {
        let tag = group.tag.lossy();
        let line = format!("rules_op: Invalid root element \"{tag}\".Only \"group\" is allowed");
        diagnostics.push(
            Diagnostic::error(
                Code::ROOT_ELEMENT,
                format!("`{tag}` is not an element of a rule file"),
            )
            .label(group.span, "only `group` and `var` are allowed here")
            .help("rules stand inside of `<group name=\"…,\">`")
            .original(OriginalLine::plain(Program::None, line)),
        );
        return None;
    }
    match group.attributes.as_slice() {
        [name] if name.name.bytes().eq_ignore_ascii_case(b"name") => Some(&name.value),
        _ => {
            let line = format!(
                "rules_op: Invalid root element '{}'.Only the group name is allowed",
                group.tag.lossy()
            );
            diagnostics.push(
                Diagnostic::error(
                    Code::RULE_GROUP,
                    "a group needs exactly one attribute, `name`",
                )
                .label(group.span, "not exactly `name`")
                .original(OriginalLine::plain(Program::None, line)),
            );
            None
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

fn configuration_error(program: Program, path: &str) -> OriginalLine {
    OriginalLine::error(
        program,
        1202,
        format!("Configuration error at '{path}'. Exiting."),
    )
}

/// The id as written, for rules that could not be read.
fn written_sid(rule: &ast::Rule) -> Option<Sid> {
    let id = rule
        .attributes
        .iter()
        .find(|attribute| attribute.name.bytes().eq_ignore_ascii_case(b"id"))?;
    std::str::from_utf8(id.value.bytes())
        .ok()?
        .parse()
        .ok()
        .map(Sid)
}

fn place(sources: &Sources, span: Span) -> String {
    format!(
        "{}:{}",
        sources.get(span.source).path(),
        sources.start(span).line
    )
}

fn nearest_sid(sid: u32, known: &HashMap<u32, Span>) -> Option<(u32, Span)> {
    let written = sid.to_string();
    known
        .iter()
        .map(|(&other, &span)| {
            (
                strsim::osa_distance(&written, &other.to_string()),
                other,
                span,
            )
        })
        .filter(|&(distance, ..)| distance == 1)
        .min_by_key(|&(_, other, _)| other.abs_diff(sid))
        .map(|(_, other, span)| (other, span))
}
