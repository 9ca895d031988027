//! One decoder: its elements, and the checks that need nothing but the decoder itself
//! (`spec/decoders.md` §1, §2).

mod check;

use bstr::{BString, ByteSlice};

use super::order::{self, OrderError};
use super::{Decoder, FtsKeys, Offset};
use crate::ast;
use crate::config::Options;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::Dialect;
use crate::ruleset::category::Category;
use crate::ruleset::decoder::Plugin;
use crate::ruleset::dialect::DecoderRules;
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
}
