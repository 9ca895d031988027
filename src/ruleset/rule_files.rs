//! The rule files of a load, one rule after the other (`spec/rules.md` §2, §5, `spec/wazuh.md` §9).

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::{Builder, Syntax, empty_file};
use crate::ast;
use crate::config::RulesetFile;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::pattern::word_match;
use crate::ruleset::rule::{
    self, Context, FIRST_CHILD_SID, GroupMemoryId, Misfit, Outcome, ReadRule, RuleId, Search, Sid,
};
use crate::source::{Sources, Span, Text};

/// Rules that stand in the files and are not in the ruleset, and who missed them.
#[derive(Default)]
pub(super) struct Absent {
    /// They could not be read: nothing that refers to them is reported.
    failed: HashSet<Sid>,
    /// They were left out with a warning: what refers to them only follows. With their groups.
    skipped: HashMap<Sid, BString>,
    /// Diagnostics about parents that are not loaded so far: position and parent.
    unknown_parents: Vec<(usize, Sid)>,
}

impl Builder<'_> {
    pub(super) fn rule_file(&mut self, file: &RulesetFile) {
        let last = file.closing_line.clone();
        let Some(parsed) = self.parse(file) else {
            return;
        };
        let groups = ast::rules(&parsed.document);
        let mut diagnostics = parsed.diagnostics;
        let nothing = file
            .source
            .as_ref()
            .is_ok_and(|&source| self.inputs.sources.get(source).bytes().is_empty());
        let allowed = nothing && self.inputs.dialect.rules().allows_empty_file;
        if groups.is_empty() && diagnostics.is_empty() && !allowed {
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
                self.absent
                    .failed
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
                    self.absent.failed.extend(written_sid(ast));
                } else {
                    self.rule(ast, position, name, &last);
                }
            }
        }
        if let Some(syntax) = &mut self.syntax {
            syntax.push(Syntax::Rules(groups));
        }
    }

    fn rule(&mut self, ast: &ast::Rule, position: usize, group: &Text, last: &OriginalLine) {
        let context = Context {
            dialect: self.inputs.dialect,
            options: &self.inputs.options,
            decoders: &self.decoders,
            lists: &self.lists,
            rules: &self.rules,
        };
        let mut diagnostics = Vec::new();
        let outcome = rule::read(ast, position, group, context, &mut diagnostics);
        let failed = diagnostics.iter().any(Diagnostic::is_error);
        self.extend(diagnostics, last);
        let read = match outcome {
            Outcome::Read(read) => *read,
            Outcome::Skipped(groups) => {
                let sid = written_sid(ast);
                self.absent.skipped.extend(sid.map(|sid| (sid, groups)));
                return;
            }
            Outcome::Failed => {
                self.absent.failed.extend(written_sid(ast));
                return;
            }
        };
        if read.overwrite && read.rule.sid.0 >= FIRST_CHILD_SID {
            match self.rules.find(read.rule.sid) {
                Some(old) => return self.overwrite(old, read),
                None if self.inputs.dialect.rules().skips => {}
                None => return self.nothing_to_overwrite(&read, last),
            }
        }
        if failed {
            // Placed all the same, so that its children do not fail for want of a parent.
            self.absent.failed.insert(read.rule.sid);
        }
        self.add(read);
    }

    fn overwrite(&mut self, old: RuleId, read: ReadRule) {
        // The rule that the new version counts gets a memory of its own even though that memory
        // is never searched; so its events no longer reach the memories by group.
        self.count_by_sid(read.rule.parents.matched_sid);
        let family = self.inputs.dialect.family();
        let kept = self.rules.overwrite(family, old, read.rule);
        self.diagnostics.extend(kept);
    }

    fn nothing_to_overwrite(&mut self, read: &ReadRule, last: &OriginalLine) {
        let sid = read.rule.sid;
        self.count_by_sid(read.rule.parents.matched_sid);
        if self.absent.failed.contains(&sid) {
            return;
        }
        let line = format!("Overwrite rule '{sid}' not found.");
        self.diagnostics.push(
            Diagnostic::error(
                Code::OVERWRITE_UNKNOWN,
                format!("there is no rule `{sid}` to overwrite"),
            )
            .label(read.span, "no rule with this id is loaded so far")
            .original(OriginalLine::plain(Program::Analysisd, line))
            .original(last.clone()),
        );
    }

    fn add(&mut self, read: ReadRule) {
        let id = RuleId(self.rules.rules.len() as u32);
        let matched_sid = read.rule.parents.matched_sid;
        let matched_regex = read.rule.correlation.regex.is_some();
        self.rules.rules.push(read.rule);
        let was_full = self.rules.is_full();
        let placed = self.place_or_report(id, read.span);
        if self.rules.is_full() && !was_full {
            self.diagnostics.push(too_large(read.span));
        }
        if !placed {
            return;
        }
        let search = if let Some(sid) = matched_sid {
            Some(Search::Sid(sid, self.count_by_sid(matched_sid)))
        } else if let Some(pattern) = read.matched_group {
            let memory = GroupMemoryId(self.rules.group_patterns.len() as u32);
            self.rules.mark(memory, &pattern);
            self.rules.group_patterns.push(pattern);
            Some(Search::Group(memory))
        } else {
            matched_regex.then_some(Search::Events)
        };
        self.rules.rules[id.index()].search = search;
    }

    /// Puts the last rule into the tree; false if it was taken out again.
    fn place_or_report(&mut self, id: RuleId, span: Span) -> bool {
        if self.inputs.dialect.rules().skips {
            return self.place_or_skip(id, span);
        }
        self.place_or_fail(id, span);
        true
    }

    /// OSSEC: a rule without a place ends the load.
    fn place_or_fail(&mut self, id: RuleId, span: Span) {
        let Err(misfit) = self.rules.place(self.inputs.dialect, id, span) else {
            return;
        };
        let diagnostic = misfit.ossec();
        let failed = diagnostic.is_error();
        match misfit.parent() {
            // A parent that failed before has its own message.
            Some(parent) if self.absent.failed.contains(&parent) => {}
            Some(parent) => self.unknown_parent(parent, diagnostic),
            None => self.diagnostics.push(diagnostic),
        }
        if failed {
            self.absent.failed.insert(self.rules.get(id).sid);
        }
    }

    /// Wazuh: the last rule is taken out again if it finds no place. False if so.
    fn place_or_skip(&mut self, id: RuleId, span: Span) -> bool {
        let sid = self.rules.get(id).sid;
        let misfits = match self.rules.place(self.inputs.dialect, id, span) {
            Ok(misfits) => misfits,
            Err(misfit) => vec![misfit],
        };
        let placed = self.rules.has_place(id);
        let by_ids = self.rules.get(id).parents.if_sid.is_some();
        for (index, misfit) in misfits.iter().enumerate() {
            let mut diagnostic = misfit.wazuh(sid);
            if !placed && index + 1 == misfits.len() {
                if by_ids {
                    diagnostic = diagnostic.original(rule::no_parent(sid));
                }
                diagnostic = diagnostic.note(format!("rule `{sid}` is skipped"));
            }
            match misfit.parent() {
                // An error is reported for the parent: this only follows.
                Some(parent) if self.absent.failed.contains(&parent) => {}
                _ if self.follows(misfit) => self.follow(sid, misfit.span(), diagnostic),
                Some(parent) => self.unknown_parent(parent, diagnostic),
                None => self.diagnostics.push(diagnostic),
            }
        }
        if !placed && let Some(rule) = self.rules.rules.pop() {
            self.absent.skipped.insert(sid, rule.groups);
        }
        placed
    }

    fn unknown_parent(&mut self, parent: Sid, diagnostic: Diagnostic) {
        let position = self.diagnostics.len();
        self.absent.unknown_parents.push((position, parent));
        self.diagnostics.push(diagnostic);
    }

    /// Would a rule that was left out have been the parent?
    fn follows(&self, misfit: &Misfit) -> bool {
        let skipped = &self.absent.skipped;
        match misfit {
            Misfit::NoSid { parent, .. } | Misfit::NoMatched { parent, .. } => {
                skipped.contains_key(parent)
            }
            Misfit::NoGroup { group, .. } => skipped
                .values()
                .any(|groups| word_match(self.inputs.dialect, group.bytes(), groups)),
            _ => false,
        }
    }

    /// Reports a reference to a rule that was left out; several in a row are one report.
    fn follow(&mut self, sid: Sid, span: Span, diagnostic: Diagnostic) {
        let text = format!("rule `{sid}` refers to it");
        match self.diagnostics.last_mut() {
            Some(last) if last.code == Code::PARENT_SKIPPED => {
                let label = crate::diagnostic::Label { span, text };
                last.labels.push(label);
                last.notes.extend(diagnostic.notes);
                last.original.extend(diagnostic.original);
            }
            _ => {
                let what = "the parent of a rule was skipped";
                let mut report = Diagnostic::warning(Code::PARENT_SKIPPED, what).label(span, text);
                report.notes = diagnostic.notes;
                report.original = diagnostic.original;
                self.diagnostics.push(report);
            }
        }
    }

    /// Gives the rule with this id a memory of its own.
    fn count_by_sid(&mut self, sid: Option<Sid>) -> Option<RuleId> {
        let target = self.rules.find(sid?)?;
        self.rules.rules[target.index()].counted_by_sid = true;
        Some(target)
    }

    /// Adds to every "no such parent" whether the rule stands further down, or what was meant: known
    /// only now, behind the last file.
    pub(super) fn explain_unknown_parents(&mut self) {
        let mut known: HashMap<u32, Span> = HashMap::new();
        for rule in &self.rules.rules {
            if let Some(definition) = rule.definitions.first() {
                known.entry(rule.sid.0).or_insert(definition.span);
            }
        }
        let sources = &self.inputs.sources;
        for &(index, Sid(sid)) in &self.absent.unknown_parents {
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
                let near = near_sids(sid, &known).into_iter();
                let near: Vec<String> = near
                    .map(|(near, span)| format!("`{near}` ({})", place(sources, span)))
                    .collect();
                (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
            };
        }
    }
}

/// The name of a root element of a rule file, if it is a proper group.
fn group_name<'a>(group: &'a ast::Group, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Text> {
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

/// The limit is ours; the original would not get here.
fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::TREE_TOO_LARGE,
        "the rules stand below each other in too many ways",
    )
    .label(span, "from here on no rule has a place in the tree")
    .note("the original engine keeps a copy of the rule for each of them")
    .help("rules that many others need as a parent can share one parent of their own")
}

/// At most so many ids are suggested.
const SUGGESTIONS: usize = 3;

/// The loaded ids that differ from `sid` by one slip of the keyboard, the likeliest first: of a
/// number people see the beginning best.
fn near_sids(sid: u32, known: &HashMap<u32, Span>) -> Vec<(u32, Span)> {
    let written = sid.to_string();
    let mut near: Vec<_> = known
        .iter()
        .map(|(&other, &span)| (other, span, other.to_string()))
        .filter(|(.., other)| strsim::osa_distance(&written, other) == 1)
        .map(|(other, span, text)| {
            let digits = written.bytes().zip(text.bytes());
            let common = digits.take_while(|(one, other)| one == other).count();
            (std::cmp::Reverse(common), other.abs_diff(sid), other, span)
        })
        .collect();
    near.sort_unstable_by_key(|&(common, distance, other, _)| (common, distance, other));
    near.truncate(SUGGESTIONS);
    near.into_iter()
        .map(|(.., other, span)| (other, span))
        .collect()
}
