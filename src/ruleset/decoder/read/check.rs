//! Whether the elements of one decoder fit together (`spec/decoders.md` §2), and its patterns.

use super::super::{Decoder, NameId, Offset};
use super::{Draft, Reader};
use crate::diagnostic::{Code, Diagnostic, OriginalLine};
use crate::pattern::{Language, Pattern};
use crate::ruleset::category::Category;
use crate::ruleset::pattern_error::{foreign_syntax, pattern_diagnostic};
use crate::source::{Span, Text};

impl Reader<'_> {
    pub(super) fn configuration_error(&self) -> OriginalLine {
        self.messages.configuration_error(self.name)
    }

    /// A structural error: its own message of the original, 2107, and the final line.
    fn structure(
        &mut self,
        code: Code,
        span: Span,
        message: String,
        label: &str,
        own: Option<OriginalLine>,
    ) {
        let mut diagnostic = Diagnostic::error(code, message).label(span, label);
        diagnostic.original.extend(own);
        let diagnostic = diagnostic.original(self.configuration_error());
        self.push(self.messages.closed(diagnostic));
    }

    /// The checks of §2 in their order; the first that fails ends the original.
    pub(super) fn check(&mut self, mut draft: Draft, span: Span) -> Option<Decoder> {
        let name = self.name;
        let shown = name.lossy();
        let has_prematch = draft.prematch.is_some() || draft.prematch_pcre2.is_some();
        let has_program_name = draft.program_name.is_some() || draft.program_name_pcre2.is_some();
        let has_regex = draft.regex.is_some() || draft.pcre2.is_some();
        let has_parent = draft.parent.is_some();

        if !has_prematch && !has_parent && !has_program_name {
            let own = self
                .messages
                .about(2108, "No 'prematch' found in decoder", name, ".");
            self.structure(
                Code::DECODER_STRUCTURE,
                span,
                format!("decoder `{shown}` can match anything"),
                "it needs a `prematch`, a `program_name` or a `parent`",
                Some(own),
            );
            return None;
        }
        if !(has_regex || draft.fts.is_empty() && draft.fts_fields.is_empty()) {
            let place = draft.fts_span.unwrap_or(span);
            self.structure(
                Code::DECODER_STRUCTURE,
                place,
                format!("decoder `{shown}` has first-time-seen keys but no regex"),
                "nothing can fill these keys",
                None,
            );
            return None;
        }
        match &draft.order {
            Some((_, place)) if !has_regex => {
                let place = *place;
                self.structure(
                    Code::DECODER_STRUCTURE,
                    place,
                    format!("decoder `{shown}` has an order but no regex"),
                    "nothing can fill these fields",
                    None,
                );
                return None;
            }
            None if has_regex => {
                self.structure(
                    Code::DECODER_STRUCTURE,
                    span,
                    format!("decoder `{shown}` has a regex but no order"),
                    "`order` says which group goes into which field",
                    None,
                );
                return None;
            }
            _ => {}
        }
        if let Some((offset, place)) = draft.regex_offset {
            let problem = match offset {
                Offset::AfterParent if !has_parent => Some("the decoder has no parent"),
                Offset::AfterPrematch if has_parent && !has_prematch => {
                    Some("the decoder has no prematch of its own")
                }
                Offset::AfterRegex if !has_parent || !has_regex => {
                    Some("only a sibling with a regex can go on behind another one")
                }
                _ => None,
            };
            if let Some(label) = problem {
                return self.impossible_offset(offset, place, label);
            }
            if offset == Offset::AfterPrematch && !has_parent {
                draft.regex_offset = Some((Offset::AfterParent, place));
            }
        }
        if let Some((offset, place)) = draft.prematch_offset {
            if !has_parent {
                return self.impossible_offset(offset, place, "the decoder has no parent");
            }
            if offset != Offset::AfterParent {
                self.structure(
                    Code::DECODER_OFFSET,
                    place,
                    "a prematch can only begin behind the parent's".to_owned(),
                    "only `after_parent` is possible here",
                    None,
                );
                return None;
            }
        }
        if let Some((offset, place)) = draft.plugin_offset {
            let problem = match offset {
                Offset::AfterParent if !has_parent => Some("the decoder has no parent"),
                _ => None,
            };
            if let Some(label) = problem {
                return self.impossible_offset(offset, place, label);
            }
        }
        let types = &draft.types;
        let prematch = self.compile(
            &draft.prematch,
            &draft.prematch_pcre2,
            types.prematch.unwrap_or(Language::OsRegex),
            false,
        )?;
        let program_name = self.compile(
            &draft.program_name,
            &draft.program_name_pcre2,
            types.program_name.unwrap_or(Language::OsMatch),
            false,
        )?;
        let regex_language = types.regex.unwrap_or(Language::OsRegex);
        let regex = self.compile(&draft.regex, &draft.pcre2, regex_language, true)?;
        if let (Some(text), Some(pattern)) = (&draft.regex, &regex)
            && self.rules.literal_regex_refused
            && pattern.is_literal_shortcut()
        {
            let diagnostic = Diagnostic::error(
                Code::PATTERN_NO_CAPTURES,
                "the regex is a plain text: it has no groups to fill the order",
            )
            .label(text.span(), "a literal with `^` or `$`")
            .help("put what is to be extracted into parentheses, or make it a `prematch`")
            .original(self.messages.about(
                1451,
                "Missing sub_strings on regex",
                text,
                ".",
            ));
            self.push(self.messages.closed(diagnostic));
            return None;
        }
        if let Some((_, place)) = draft.plugin
            && (draft.regex.is_some() || draft.pcre2.is_some() || draft.order.is_some())
        {
            let diagnostic = Diagnostic::error(
                Code::DECODER_STRUCTURE,
                format!("decoder `{shown}` has a plugin and a regex or order"),
            )
            .label(place, "a plugin fills its fields by itself")
            .original(self.messages.about(
                2111,
                "Additional data to plugin decoder",
                name,
                ".",
            ));
            self.push(self.messages.closed(diagnostic));
            return None;
        }
        Some(Decoder {
            name: name.clone(),
            shown_name: name.bytes().to_owned(),
            name_id: NameId::default(),
            parent: draft.parent,
            span,
            program_name,
            prematch,
            prematch_after_parent: draft.prematch_offset.is_some(),
            regex,
            regex_offset: draft
                .regex_offset
                .map(|(offset, _)| offset)
                .unwrap_or_default(),
            order: draft.order.map(|(fields, _)| fields).unwrap_or_default(),
            fts: draft.fts,
            fts_fields: draft.fts_fields,
            fts_comment: draft.fts_comment,
            category: draft.category.unwrap_or(Category::Syslog),
            use_own_name: draft.use_own_name,
            plugin: draft.plugin.map(|(plugin, _)| plugin),
            plugin_offset: draft
                .plugin_offset
                .map(|(offset, _)| offset)
                .unwrap_or_default(),
            json_nulls: draft.json_nulls,
            json_arrays: draft.json_arrays,
            accumulate: draft.accumulate,
            next: false,
        })
    }

    fn impossible_offset(&mut self, offset: Offset, place: Span, label: &str) -> Option<Decoder> {
        let value = match offset {
            Offset::AfterParent => "after_parent",
            Offset::AfterPrematch => "after_prematch",
            Offset::AfterRegex => "after_regex",
            Offset::None => "",
        };
        let own = self
            .messages
            .error(2120, format!("Invalid offset value: '{value}'"));
        self.structure(
            Code::DECODER_OFFSET,
            place,
            format!("the offset `{value}` is not possible here"),
            label,
            Some(own),
        );
        None
    }

    /// Compiles the plain form, or the pcre2 form if there is no plain one.
    ///
    /// `None`: it failed and a diagnostic says why. `Some(None)`: there is nothing to compile.
    fn compile(
        &mut self,
        plain: &Option<Text>,
        pcre2: &Option<Text>,
        language: Language,
        captures: bool,
    ) -> Option<Option<Pattern>> {
        let (text, language) = match (plain, pcre2) {
            (Some(text), _) => (text, language),
            (None, Some(text)) => (text, Language::Pcre2),
            (None, None) => return Some(None),
        };
        if language == Language::OsRegex
            && text.bytes().is_empty()
            && self.rules.empty_pattern_never_matches
        {
            return Some(Some(Pattern::never(text.bytes())));
        }
        match Pattern::compile(self.dialect, language, text.bytes(), captures) {
            Ok(pattern) => {
                self.diagnostics.extend(foreign_syntax(text, language));
                Some(Some(pattern))
            }
            Err(error) => {
                let mut diagnostic = pattern_diagnostic(self.dialect, text, language, &error);
                if self.rules.attributes {
                    diagnostic = diagnostic.original(self.configuration_error());
                }
                self.push(self.messages.closed(diagnostic));
                None
            }
        }
    }
}
