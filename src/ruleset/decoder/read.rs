//! One decoder: its elements, and the checks that need nothing but the decoder itself
//! (`spec/decoders.md` §1, §2).

use bstr::{BString, ByteSlice};

use super::order::{self, OrderError};
use super::{Decoder, FtsKeys, NameId, Offset};
use crate::ast;
use crate::config::Options;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::Dialect;
use crate::engine::category::Category;
use crate::engine::plugins::Plugin;
use crate::pattern::{Language, Pattern};
use crate::ruleset::dialect::DecoderRules;
use crate::ruleset::pattern_error::pattern_diagnostic;
use crate::ruleset::suggest::did_you_mean;
use crate::source::{Span, Text};

/// What an element of a decoder is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Parent,
    ProgramName,
    ProgramNamePcre2,
    Prematch,
    PrematchPcre2,
    Regex,
    Pcre2,
    Order,
    Fts,
    FtsComment,
    Type,
    UseOwnName,
    PluginDecoder,
    Accumulate,
}

/// Every element, with whether OSSEC 2.8.3 lacks it. Names are compared without case, but `type`.
const ELEMENTS: [(&str, Kind, bool); 14] = [
    ("parent", Kind::Parent, false),
    ("program_name", Kind::ProgramName, false),
    ("program_name_pcre2", Kind::ProgramNamePcre2, true),
    ("prematch", Kind::Prematch, false),
    ("prematch_pcre2", Kind::PrematchPcre2, true),
    ("regex", Kind::Regex, false),
    ("pcre2", Kind::Pcre2, true),
    ("order", Kind::Order, false),
    ("fts", Kind::Fts, false),
    ("ftscomment", Kind::FtsComment, false),
    ("type", Kind::Type, false),
    ("use_own_name", Kind::UseOwnName, false),
    ("plugin_decoder", Kind::PluginDecoder, false),
    ("accumulate", Kind::Accumulate, true),
];

/// Element texts and flags before the checks.
#[derive(Default)]
struct Draft {
    parent: Option<Text>,
    program_name: Option<Text>,
    program_name_pcre2: Option<Text>,
    prematch: Option<Text>,
    prematch_pcre2: Option<Text>,
    prematch_offset: Option<(Offset, Span)>,
    regex: Option<Text>,
    pcre2: Option<Text>,
    regex_offset: Option<(Offset, Span)>,
    order: Option<(Vec<super::OrderField>, Span)>,
    fts: FtsKeys,
    fts_span: Option<Span>,
    fts_comment: Option<BString>,
    category: Option<Category>,
    use_own_name: bool,
    plugin: Option<(Plugin, Span)>,
    accumulate: bool,
}

struct Reader<'a> {
    rules: DecoderRules,
    dialect: Dialect,
    options: &'a Options,
    name: &'a Text,
    path: &'a str,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Checks one root element of a decoder file.
///
/// `path` is the file as messages show it. Every problem becomes a diagnostic; the decoder comes
/// back only if none of them is an error.
pub(crate) fn read(
    decoder: &ast::Decoder,
    dialect: Dialect,
    options: &Options,
    path: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Decoder> {
    if !decoder.tag.bytes().eq_ignore_ascii_case(b"decoder") {
        let message = format!(
            "`{}` is not an element of a decoder file",
            decoder.tag.lossy()
        );
        diagnostics.push(
            Diagnostic::error(Code::ROOT_ELEMENT, message)
                .label(decoder.span, "only `decoder` is allowed here")
                .original(invalid_element(&decoder.tag))
                .original(exiting(path)),
        );
        return None;
    }
    let name = match decoder.attributes.as_slice() {
        [name] if name.name.bytes().eq_ignore_ascii_case(b"name") => &name.value,
        attributes => {
            let place = match attributes {
                [first, second, ..] if first.name.bytes().eq_ignore_ascii_case(b"name") => {
                    second.span
                }
                [first, ..] => first.span,
                [] => decoder.span,
            };
            diagnostics.push(
                Diagnostic::error(Code::DECODER_NAME, "a decoder needs exactly one attribute, `name`")
                    .label(place, if attributes.is_empty() { "no name" } else { "not allowed here" })
                    .help("write `<decoder name=\"…\">`; settings of a decoder are elements, not attributes")
                    .original(invalid_element(&decoder.tag))
                    .original(exiting(path)),
            );
            return None;
        }
    };
    if decoder.elements.is_empty() {
        diagnostics.push(
            Diagnostic::error(
                Code::DECODER_STRUCTURE,
                format!("decoder `{}` is empty", name.lossy()),
            )
            .label(decoder.span, "no elements inside")
            .original(OriginalLine::error(
                Program::Tool,
                1231,
                "Invalid NULL element in the configuration.",
            ))
            .original(exiting(path)),
        );
        return None;
    }
    let before = diagnostics.len();
    let mut reader = Reader {
        rules: dialect.decoders(),
        dialect,
        options,
        name,
        path,
        diagnostics,
    };
    let mut draft = Draft::default();
    for element in &decoder.elements {
        reader.element(&mut draft, element);
    }
    // The checks assume that every element was understood.
    if reader.diagnostics[before..]
        .iter()
        .any(Diagnostic::is_error)
    {
        return None;
    }
    let decoder = reader.check(draft, decoder.span);
    let failed = diagnostics[before..].iter().any(Diagnostic::is_error);
    decoder.filter(|_| !failed)
}

fn invalid_element(tag: &Text) -> OriginalLine {
    let text = format!("Invalid element in the configuration: '{}'.", tag.lossy());
    OriginalLine::error(Program::Tool, 1230, text)
}

/// The line that ends nearly every failed load of a decoder file.
pub(super) fn exiting(path: &str) -> OriginalLine {
    let text = format!("Configuration error at '{path}'. Exiting.");
    OriginalLine::error(Program::Tool, 1202, text)
}

/// `PROG(CODE): ERROR: TEXT: 'NAME'END`
pub(super) fn numbered(code: u16, text: &str, name: &Text, end: &str) -> OriginalLine {
    let text = format!("{text}: '{}'{end}", name.lossy());
    OriginalLine::error(Program::Analysisd, code, text)
}

impl Reader<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn element(&mut self, draft: &mut Draft, element: &ast::Element) {
        let known = ELEMENTS.iter().find(|&&(name, kind, modern)| {
            (!modern || self.rules.modern_elements)
                && match kind {
                    Kind::Type => element.name.bytes() == name,
                    _ => element.name.bytes().eq_ignore_ascii_case(name.as_bytes()),
                }
        });
        let Some(&(tag, kind, _)) = known else {
            return self.unknown_element(element);
        };
        let content = &element.content;
        match kind {
            Kind::Parent => self.glue(&mut draft.parent, content, tag),
            Kind::ProgramName => self.glue(&mut draft.program_name, content, tag),
            Kind::ProgramNamePcre2 => self.glue(&mut draft.program_name_pcre2, content, tag),
            Kind::Prematch => {
                self.offset(
                    &mut draft.prematch_offset,
                    draft.prematch.is_some(),
                    element,
                );
                self.glue(&mut draft.prematch, content, tag);
            }
            Kind::PrematchPcre2 => {
                self.offset(
                    &mut draft.prematch_offset,
                    draft.prematch_pcre2.is_some(),
                    element,
                );
                self.glue(&mut draft.prematch_pcre2, content, tag);
            }
            Kind::Regex => {
                self.offset(&mut draft.regex_offset, draft.regex.is_some(), element);
                self.glue(&mut draft.regex, content, tag);
            }
            Kind::Pcre2 => {
                self.offset(&mut draft.regex_offset, draft.pcre2.is_some(), element);
                self.glue(&mut draft.pcre2, content, tag);
            }
            Kind::Order => self.order(draft, element),
            Kind::Fts => self.fts(draft, element),
            Kind::FtsComment => draft.fts_comment = Some(content.bytes().to_owned()),
            Kind::Type => self.category(draft, element),
            Kind::UseOwnName => draft.use_own_name |= content.bytes() == "true",
            Kind::PluginDecoder => self.plugin(draft, element),
            Kind::Accumulate => draft.accumulate = true,
        }
    }

    fn unknown_element(&mut self, element: &ast::Element) {
        let tag = element.name.lossy();
        let mut diagnostic = Diagnostic::error(
            Code::DECODER_ELEMENT,
            format!("`{tag}` is not an element of a decoder"),
        )
        .label(element.name.span(), "not known")
        .original(OriginalLine::plain(
            Program::Analysisd,
            format!("Invalid element '{tag}' for decoder 'decoder'"),
        ))
        .original(exiting(self.path));
        let known = ELEMENTS
            .iter()
            .filter(|&&(_, _, modern)| !modern || self.rules.modern_elements)
            .map(|&(name, ..)| name);
        if let Some(&(name, ..)) = ELEMENTS
            .iter()
            .find(|(name, ..)| element.name.bytes().eq_ignore_ascii_case(name.as_bytes()))
        {
            diagnostic = if name == "type" {
                diagnostic.help("this one must be written in lower case: `type`")
            } else {
                diagnostic.help(format!(
                    "`{name}` came with OSSEC 3; this is {}",
                    self.dialect
                ))
            };
        } else if let Some(help) = did_you_mean(&tag, known) {
            diagnostic = diagnostic.help(help);
        }
        self.push(diagnostic);
    }

    /// Contents of one tag are joined without a separator, up to a limit.
    fn glue(&mut self, slot: &mut Option<Text>, content: &Text, tag: &str) {
        let limit = self.rules.glue_limit;
        let length = slot.as_ref().map_or(0, |text| text.bytes().len()) + content.bytes().len();
        if length < limit {
            match slot {
                Some(text) => text.join(content),
                None => *slot = Some(content.clone()),
            }
            return;
        }
        *slot = None;
        self.push(
            Diagnostic::warning(
                Code::RULE_TEXT_DROPPED,
                format!("the text of `{tag}` is too long: all of it is dropped"),
            )
            .label(
                content.span(),
                format!("{length} bytes, at most {} are allowed", limit - 1),
            )
            .original(OriginalLine::error(
                Program::Analysisd,
                1104,
                format!("Maximum string size reached for: {}.", content.bytes()),
            )),
        );
    }

    fn offset(
        &mut self,
        slot: &mut Option<(Offset, Span)>,
        repeated: bool,
        element: &ast::Element,
    ) {
        let Some(attribute) = element.attributes.first() else {
            return;
        };
        let tag = element.name.lossy();
        if attribute.name.bytes() != "offset" {
            let diagnostic = Diagnostic::error(
                Code::DECODER_OFFSET,
                format!(
                    "`{}` is not an attribute of `{tag}`",
                    attribute.name.lossy()
                ),
            )
            .label(attribute.name.span(), "only `offset` is known here")
            .original(numbered(
                2121,
                "Invalid decoder attribute",
                &attribute.name,
                "",
            ))
            .original(self.configuration_error());
            return self.push(diagnostic);
        }
        let offset = match attribute.value.bytes().as_bytes() {
            b"after_parent" => Offset::AfterParent,
            b"after_prematch" => Offset::AfterPrematch,
            b"after_regex" => Offset::AfterRegex,
            _ => {
                let value = attribute.value.lossy();
                let mut diagnostic =
                    Diagnostic::error(Code::DECODER_OFFSET, format!("`{value}` is not an offset"))
                        .label(attribute.value.span(), "not known")
                        .original(numbered(2120, "Invalid offset value", &attribute.value, ""))
                        .original(self.configuration_error());
                let known = ["after_parent", "after_prematch", "after_regex"];
                diagnostic = diagnostic.help(
                    did_you_mean(&value, known)
                        .unwrap_or_else(|| format!("it is one of {}", known.join(", "))),
                );
                return self.push(diagnostic);
            }
        };
        if repeated {
            let diagnostic = Diagnostic::error(
                Code::DECODER_OFFSET,
                format!("only the first `{tag}` of a decoder may have an offset"),
            )
            .label(
                attribute.span,
                "a later one, whose text is glued to the first",
            )
            .original(numbered(
                2109,
                "Duplicated offsets for same regex",
                self.name,
                ".",
            ))
            .original(self.configuration_error());
            return self.push(diagnostic);
        }
        *slot = Some((offset, attribute.span));
    }

    fn order(&mut self, draft: &mut Draft, element: &ast::Element) {
        let content = &element.content;
        let limit = self.options.decoder_order_size;
        match order::order(self.dialect, content.bytes(), limit) {
            Ok(fields) => draft.order = Some((fields, content.span())),
            Err(OrderError::Field(piece)) => {
                let word = String::from_utf8_lossy(&content.bytes()[piece.clone()]).into_owned();
                let message = if word.trim().is_empty() {
                    "an order has an empty field name".to_owned()
                } else {
                    format!("`{}` is not a field", word.trim())
                };
                let text = format!(
                    "decode-xml: Wrong field '{word}' in the order of decoder '{}'",
                    self.name.lossy()
                );
                self.push(
                    Diagnostic::error(Code::DECODER_ORDER, message)
                        .label(content.span_of(piece), "here")
                        .help("fields are separated by single commas, without one at the end")
                        .original(OriginalLine::plain(Program::None, text)),
                );
            }
            Err(OrderError::TooMany(piece)) => self.push(
                Diagnostic::error(
                    Code::DECODER_ORDER,
                    format!("an order has more than {limit} fields"),
                )
                .label(content.span_of(piece), "one too many")
                .note("the limit is the internal option `analysisd.decoder_order_size`")
                .original(OriginalLine::plain(
                    Program::Analysisd,
                    "Order has too many fields.",
                )),
            ),
        }
    }

    fn fts(&mut self, draft: &mut Draft, element: &ast::Element) {
        match order::fts(element.content.bytes()) {
            Ok(keys) => {
                draft.fts = draft.fts | keys;
                draft.fts_span = Some(element.span);
            }
            Err(piece) => {
                let word =
                    String::from_utf8_lossy(&element.content.bytes()[piece.clone()]).into_owned();
                let text = format!(
                    "decode-xml: Wrong field '{word}' in the fts decoder '{}'",
                    self.name.lossy()
                );
                self.push(
                    Diagnostic::error(
                        Code::DECODER_ORDER,
                        format!("`{}` is not a first-time-seen key", word.trim()),
                    )
                    .label(element.content.span_of(piece), "not known")
                    .help(
                        "the keys are name, user, srcip, dstip, id, location, data and system_name",
                    )
                    .original(OriginalLine::plain(Program::None, text)),
                );
            }
        }
    }

    fn category(&mut self, draft: &mut Draft, element: &ast::Element) {
        let content = &element.content;
        match Category::from_decoder_type(content.bytes()) {
            Some(category) => draft.category = Some(category),
            None => {
                let value = content.lossy();
                let mut diagnostic = Diagnostic::error(
                    Code::DECODER_VALUE,
                    format!("`{value}` is not a decoder type"),
                )
                .label(content.span(), "not known")
                .original(OriginalLine::plain(
                    Program::Analysisd,
                    format!("Invalid decoder type '{value}'."),
                ))
                .original(exiting(self.path));
                let known = Category::names();
                if let Some(help) = did_you_mean(value.trim(), known) {
                    diagnostic = diagnostic.help(help);
                }
                self.push(diagnostic);
            }
        }
    }

    fn plugin(&mut self, draft: &mut Draft, element: &ast::Element) {
        let content = &element.content;
        match Plugin::from_name(content.bytes()) {
            Some(plugin) => draft.plugin = Some((plugin, element.span)),
            None => {
                let value = content.lossy();
                let diagnostic = Diagnostic::error(
                    Code::DECODER_VALUE,
                    format!("`{value}` is not a plugin decoder"),
                )
                .label(content.span(), "not known")
                .help("PF_Decoder, SymantecWS_Decoder, SonicWall_Decoder and OSSECAlert_Decoder exist")
                .original(numbered(2110, "Invalid decoder argument for plugin_decoder", content, "."))
                .original(exiting(self.path));
                self.push(diagnostic);
            }
        }
    }

    fn configuration_error(&self) -> OriginalLine {
        numbered(2107, "Decoder configuration error", self.name, ".")
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
        let diagnostic = diagnostic
            .original(self.configuration_error())
            .original(exiting(self.path));
        self.push(diagnostic);
    }

    /// The checks of §2 in their order; the first that fails ends the original.
    fn check(&mut self, mut draft: Draft, span: Span) -> Option<Decoder> {
        let name = self.name;
        let shown = name.lossy();
        let has_prematch = draft.prematch.is_some() || draft.prematch_pcre2.is_some();
        let has_program_name = draft.program_name.is_some() || draft.program_name_pcre2.is_some();
        let has_regex = draft.regex.is_some() || draft.pcre2.is_some();
        let has_parent = draft.parent.is_some();

        if !has_prematch && !has_parent && !has_program_name {
            let own = numbered(2108, "No 'prematch' found in decoder", name, ".");
            self.structure(
                Code::DECODER_STRUCTURE,
                span,
                format!("decoder `{shown}` can match anything"),
                "it needs a `prematch`, a `program_name` or a `parent`",
                Some(own),
            );
            return None;
        }
        if !has_regex && !draft.fts.is_empty() {
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
        let prematch = self.compile(
            &draft.prematch,
            &draft.prematch_pcre2,
            Language::OsRegex,
            false,
        )?;
        let program_name = self.compile(
            &draft.program_name,
            &draft.program_name_pcre2,
            Language::OsMatch,
            false,
        )?;
        let regex = self.compile(&draft.regex, &draft.pcre2, Language::OsRegex, true)?;
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
            .original(numbered(1451, "Missing sub_strings on regex", text, "."))
            .original(exiting(self.path));
            self.push(diagnostic);
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
            .original(numbered(
                2111,
                "Additional data to plugin decoder",
                name,
                ".",
            ))
            .original(exiting(self.path));
            self.push(diagnostic);
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
            fts_comment: draft.fts_comment,
            category: draft.category.unwrap_or(Category::Syslog),
            use_own_name: draft.use_own_name,
            plugin: draft.plugin.map(|(plugin, _)| plugin),
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
        let own = OriginalLine::error(
            Program::Analysisd,
            2120,
            format!("Invalid offset value: '{value}'"),
        );
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
            Ok(pattern) => Some(Some(pattern)),
            Err(error) => {
                let diagnostic = pattern_diagnostic(self.dialect, text, language, &error)
                    .original(exiting(self.path));
                self.push(diagnostic);
                None
            }
        }
    }
}
