//! What the checks look at: the files as written, side by side with what became of them.

use std::collections::HashMap;

use bstr::{BStr, ByteSlice};

use super::reach::Reach;
use crate::ast;
use crate::config::Inputs;
use crate::dialect::{Dialect, Family};
use crate::pattern::{Language, Pattern};
use crate::ruleset::decoder::{Decoder, DecoderId};
use crate::ruleset::rule::{Kind, Rule, RuleId, kind};
use crate::ruleset::{Ruleset, Syntax};
use crate::source::{Sources, Span, Text};

/// A rule in a file.
pub(super) struct WrittenRule<'a> {
    pub(super) ast: &'a ast::Rule,
    /// The element around it.
    pub(super) group: &'a ast::Group,
    /// First rule of its group.
    pub(super) first: bool,
    /// What became of it, and which version it is: 0 the definition, 1 the first that overwrote it.
    /// `None`: it is not in the ruleset.
    pub(super) resolved: Option<(RuleId, usize)>,
}

impl<'a> WrittenRule<'a> {
    /// An attribute of the rule.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a ast::Attribute> {
        let named = |attribute: &&ast::Attribute| is(&attribute.name, name);
        self.ast.attributes.iter().find(named)
    }

    /// The elements of this name.
    pub(super) fn elements(&self, name: &'static str) -> impl Iterator<Item = &'a ast::Element> {
        let elements = self.ast.elements.iter();
        elements.filter(move |element| is(&element.name, name))
    }

    /// The first element of this name.
    pub(super) fn element(&self, name: &'static str) -> Option<&'a ast::Element> {
        self.elements(name).next()
    }

    /// The id as written, for messages.
    pub(super) fn sid(&self) -> String {
        self.attribute("id")
            .map_or_else(|| "?".to_owned(), |id| id.value.lossy())
    }

    /// True if this version overwrites an earlier one.
    pub(super) fn overwrites(&self) -> bool {
        matches!(self.resolved, Some((_, version)) if version > 0)
    }
}

/// A decoder in a file.
pub(super) struct WrittenDecoder<'a> {
    /// Its position in [`Context::decoders`].
    pub(super) index: usize,
    pub(super) ast: &'a ast::Decoder,
    pub(super) resolved: Option<DecoderId>,
}

impl<'a> WrittenDecoder<'a> {
    /// The elements of this name.
    pub(super) fn elements(&self, name: &'static str) -> impl Iterator<Item = &'a ast::Element> {
        let elements = self.ast.elements.iter();
        elements.filter(move |element| is(&element.name, name))
    }

    /// The first element of this name.
    pub(super) fn element(&self, name: &'static str) -> Option<&'a ast::Element> {
        self.elements(name).next()
    }

    /// The name, for messages.
    pub(super) fn name(&self) -> String {
        let name = self.ast.attributes.first();
        name.map(|name| name.value.lossy()).unwrap_or_default()
    }
}

/// Whose pattern it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// Position in [`Context::rules`].
    Rule(usize),
    /// Position in [`Context::decoders`].
    Decoder(usize),
}

/// The pattern of an element, or of repeated ones, which are joined as the engine joins them.
pub(super) struct WrittenPattern<'a> {
    pub(super) owner: Owner,
    /// The tag in lower case.
    pub(super) element: String,
    /// All texts joined, places kept.
    pub(super) text: Text,
    /// `None`: the text is compared as a whole.
    pub(super) language: Option<Language>,
    /// The elements that were joined.
    pub(super) parts: Vec<&'a ast::Element>,
    /// Groups are captures: a decoder's `regex`.
    pub(super) captures: bool,
    /// As the engine tests it, if it does.
    pub(super) compiled: Option<&'a Pattern>,
}

impl WrittenPattern<'_> {
    /// The bytes.
    pub(super) fn bytes(&self) -> &BStr {
        self.text.bytes()
    }

    /// True if the pattern tests the text of the log itself, not a field of it.
    pub(super) fn tests_log(&self) -> bool {
        matches!(
            self.element.as_str(),
            "match" | "match_pcre2" | "regex" | "pcre2" | "prematch" | "prematch_pcre2"
        )
    }
}

/// Everything that a check can ask.
pub(super) struct Context<'a> {
    pub(super) dialect: Dialect,
    pub(super) inputs: &'a Inputs,
    pub(super) sources: &'a Sources,
    pub(super) ruleset: &'a Ruleset,
    pub(super) rules: Vec<WrittenRule<'a>>,
    pub(super) decoders: Vec<WrittenDecoder<'a>>,
    pub(super) patterns: Vec<WrittenPattern<'a>>,
    /// Which decoders can lead to which rule.
    pub(super) reach: Reach,
    /// For each rule of the ruleset the version in force, a position in `rules`.
    in_force: Vec<Option<usize>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(inputs: &'a Inputs, ruleset: &'a Ruleset, syntax: &'a [Syntax]) -> Self {
        let mut context = Context {
            dialect: inputs.dialect,
            inputs,
            sources: &inputs.sources,
            ruleset,
            rules: Vec::new(),
            decoders: Vec::new(),
            patterns: Vec::new(),
            reach: Reach::new(ruleset),
            in_force: vec![None; ruleset.rules.rules.len()],
        };
        context.collect_rules(syntax);
        context.collect_decoders(syntax);
        for index in 0..context.rules.len() {
            let patterns = context.patterns_of_rule(index);
            context.patterns.extend(patterns);
        }
        for index in 0..context.decoders.len() {
            let patterns = context.patterns_of_decoder(index);
            context.patterns.extend(patterns);
        }
        context
    }

    fn collect_rules(&mut self, syntax: &'a [Syntax]) {
        let mut resolved = HashMap::new();
        for (index, rule) in self.ruleset.rules.rules.iter().enumerate() {
            for (version, definition) in rule.definitions.iter().enumerate() {
                resolved.insert(definition.span, (RuleId(index as u32), version));
            }
        }
        let groups = syntax.iter().flat_map(|syntax| match syntax {
            Syntax::Rules(groups) => groups.as_slice(),
            Syntax::Decoders(_) => &[],
        });
        for group in groups {
            for (index, ast) in group.rules.iter().enumerate() {
                let resolved = resolved.get(&ast.span).copied();
                if let Some((id, _)) = resolved {
                    // Later versions come later.
                    self.in_force[id.index()] = Some(self.rules.len());
                }
                self.rules.push(WrittenRule {
                    ast,
                    group,
                    first: index == 0,
                    resolved,
                });
            }
        }
    }

    /// The version of a rule that is in force, as it is written.
    pub(super) fn written(&self, rule: RuleId) -> Option<&WrittenRule<'a>> {
        self.in_force[rule.index()].map(|index| &self.rules[index])
    }

    /// The content of the last element of this name in the version in force, else the start tag.
    pub(super) fn place_in(&self, rule: RuleId, element: &'static str) -> Option<Span> {
        let written = self.written(rule);
        let element = written.and_then(|rule| rule.elements(element).last());
        element.map_or_else(
            || self.span_of(rule),
            |element| match element.content.bytes().is_empty() {
                true => Some(element.span),
                false => Some(element.content.span()),
            },
        )
    }

    fn collect_decoders(&mut self, syntax: &'a [Syntax]) {
        let decoders = &self.ruleset.decoders;
        let resolved: HashMap<Span, DecoderId> = decoders
            .ids()
            .map(|id| (decoders.get(id).span, id))
            .collect();
        let files = syntax.iter().flat_map(|syntax| match syntax {
            Syntax::Decoders(decoders) => decoders.as_slice(),
            Syntax::Rules(_) => &[],
        });
        self.decoders
            .extend(files.enumerate().map(|(index, ast)| WrittenDecoder {
                index,
                ast,
                resolved: resolved.get(&ast.span).copied(),
            }));
    }

    /// The rule that a written one became, if this version of it is the one in force.
    pub(super) fn in_force(&self, rule: &WrittenRule<'_>) -> Option<(RuleId, &'a Rule)> {
        let (id, version) = rule.resolved?;
        let rule = self.ruleset.rules.get(id);
        (version + 1 == rule.definitions.len()).then_some((id, rule))
    }

    /// The decoder that a written one became.
    pub(super) fn decoder(&self, decoder: &WrittenDecoder<'_>) -> Option<&'a Decoder> {
        decoder.resolved.map(|id| self.ruleset.decoders.get(id))
    }

    /// Where a rule is defined, for labels.
    pub(super) fn span_of(&self, rule: RuleId) -> Option<Span> {
        let definitions = &self.ruleset.rules.get(rule).definitions;
        definitions.last().map(|definition| definition.span)
    }

    /// `file:line` of a place, for notes.
    pub(super) fn place(&self, span: Span) -> String {
        let path = self.sources.get(span.source).path();
        format!("{path}:{}", self.sources.start(span).line)
    }

    fn patterns_of_rule(&self, index: usize) -> Vec<WrittenPattern<'a>> {
        let rule = &self.rules[index];
        let typed = self.dialect.rules().typed;
        let mut patterns: Vec<(Kind, WrittenPattern<'a>)> = Vec::new();
        // Where the pattern of each kind is, but for fields, each of which has its own.
        let mut known: Vec<(Kind, usize)> = Vec::new();
        for element in &rule.ast.elements {
            let Some(kind) = kind(element.name.bytes(), self.dialect) else {
                continue;
            };
            let Some(language) = default_language(kind) else {
                continue;
            };
            let written = (typed && matches!(kind, Kind::Text(_) | Kind::Field))
                .then(|| attribute(element, "type"))
                .flatten();
            let language = written.and_then(named_language).or(language);
            let joined = known.iter().find(|(other, _)| *other == kind);
            match joined.and_then(|(_, at)| patterns.get_mut(*at)) {
                Some((_, pattern)) => {
                    pattern.text.join(&element.content);
                    // The last of repeated elements says how all of them are meant.
                    pattern.language = language;
                    pattern.parts.push(element);
                    continue;
                }
                None if kind != Kind::Field => known.push((kind, patterns.len())),
                None => {}
            }
            patterns.push((
                kind,
                WrittenPattern {
                    owner: Owner::Rule(index),
                    element: element.name.lossy().to_ascii_lowercase(),
                    text: element.content.clone(),
                    language,
                    parts: vec![element],
                    captures: false,
                    compiled: None,
                },
            ));
        }
        if let Some((_, rule)) = self.in_force(rule) {
            let mut fields = rule.conditions.fields.iter();
            for (kind, pattern) in &mut patterns {
                let found = match kind {
                    Kind::Text(field) => rule.conditions.text(*field).plain.as_ref(),
                    Kind::Pcre2(field) => rule.conditions.text(*field).pcre2.as_ref(),
                    Kind::Field => fields.next().map(|field| &field.expression),
                    _ => None,
                };
                let found = match kind {
                    Kind::IfMatchedRegex => rule.correlation.regex.as_ref(),
                    _ => found.and_then(|expression| expression.pattern()),
                };
                // Overwriting and texts that are too long leave other patterns in force.
                pattern.compiled = found.filter(|found| found.text() == pattern.text.bytes());
            }
        }
        patterns.into_iter().map(|(_, pattern)| pattern).collect()
    }

    fn patterns_of_decoder(&self, index: usize) -> Vec<WrittenPattern<'a>> {
        let decoder = &self.decoders[index];
        let resolved = self.decoder(decoder);
        let typed = self.dialect.decoders().attributes;
        let mut patterns: Vec<WrittenPattern<'a>> = Vec::new();
        for element in &decoder.ast.elements {
            let name = element.name.lossy().to_ascii_lowercase();
            let ossec = !typed;
            let (language, captures) = match name.as_str() {
                "program_name" => (Language::OsMatch, false),
                "prematch" => (Language::OsRegex, false),
                "regex" => (Language::OsRegex, true),
                "program_name_pcre2" | "prematch_pcre2" if ossec => (Language::Pcre2, false),
                "pcre2" if ossec => (Language::Pcre2, true),
                _ => continue,
            };
            let written = typed.then(|| attribute(element, "type")).flatten();
            let language = match written.and_then(named_language) {
                Some(Language::OsMatch) if name != "program_name" => language,
                Some(written) => written,
                None => language,
            };
            match patterns.iter_mut().find(|known| known.element == name) {
                Some(known) => {
                    known.text.join(&element.content);
                    known.language = Some(language);
                    known.parts.push(element);
                }
                None => patterns.push(WrittenPattern {
                    owner: Owner::Decoder(index),
                    element: name,
                    text: element.content.clone(),
                    language: Some(language),
                    parts: vec![element],
                    captures,
                    compiled: None,
                }),
            }
        }
        for pattern in &mut patterns {
            let found = resolved.and_then(|decoder| match pattern.element.as_str() {
                "program_name" | "program_name_pcre2" => decoder.program_name.as_ref(),
                "prematch" | "prematch_pcre2" => decoder.prematch.as_ref(),
                _ => decoder.regex.as_ref(),
            });
            pattern.compiled = found.filter(|found| {
                found.text() == pattern.text.bytes() && Some(found.language()) == pattern.language
            });
        }
        patterns
    }

    /// The patterns of a decoder or rule.
    pub(super) fn patterns_of(&self, owner: Owner) -> impl Iterator<Item = &WrittenPattern<'a>> {
        let start = self
            .patterns
            .partition_point(|pattern| pattern.owner < owner);
        let patterns = self.patterns[start..].iter();
        patterns.take_while(move |pattern| pattern.owner == owner)
    }

    /// True if the engine is one of the Wazuh family.
    pub(super) fn is_wazuh(&self) -> bool {
        self.dialect.family() == Family::Wazuh
    }
}

/// The language of an element; inner `None`: the text is compared as a whole. `None`: no pattern.
fn default_language(kind: Kind) -> Option<Option<Language>> {
    use crate::ruleset::rule::TextField;
    Some(Some(match kind {
        Kind::Text(TextField::Action) => return Some(None),
        Kind::Text(TextField::Regex) | Kind::Field | Kind::IfMatchedRegex => Language::OsRegex,
        Kind::Text(_) | Kind::IfMatchedGroup => Language::OsMatch,
        Kind::Pcre2(_) => Language::Pcre2,
        _ => return None,
    }))
}

/// A language by the value of `type`; `None`: not known, so the default counts.
fn named_language(value: &Text) -> Option<Language> {
    let all = [Language::OsMatch, Language::OsRegex, Language::Pcre2];
    let named = |language: &Language| {
        let name = language.name().as_bytes();
        value.bytes().eq_ignore_ascii_case(name)
    };
    all.into_iter().find(named)
}

/// The value of an attribute of exactly this name.
pub(super) fn attribute<'a>(element: &'a ast::Element, name: &str) -> Option<&'a Text> {
    let mut attributes = element.attributes.iter();
    let found = attributes.find(|attribute| attribute.name.bytes() == name);
    found.map(|attribute| &attribute.value)
}

/// Whether a name is this one, in any case.
pub(super) fn is(name: &Text, wanted: &str) -> bool {
    name.bytes().eq_ignore_ascii_case(wanted.as_bytes())
}

/// Text for messages: cut to a length that people read.
pub(super) fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = text.as_bstr().to_string().replace(['\n', '\r'], "⏎");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
