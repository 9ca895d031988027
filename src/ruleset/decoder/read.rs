//! One decoder: its elements, and the checks that need nothing but the decoder itself
//! (`spec/decoders.md` §1, §2).

mod attributes;
mod check;

use attributes::{PROGRAM_NAME_TYPES, REGEX_TYPES};
use bstr::BString;

use super::json_options::{Arrays, Nulls};
use super::messages::Messages;
use super::order::{self, OrderError};
use super::{Decoder, FtsKeys, Offset};
use crate::ast;
use crate::config::Options;
use crate::diagnostic::{Code, Diagnostic, OriginalLine};
use crate::dialect::{Dialect, Family};
use crate::pattern::Language;
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
    JsonNullField,
    JsonArrayStructure,
}

/// Which engines know an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    All,
    /// All but OSSEC 2.8.3.
    Modern,
    /// OSSEC 3.7 and 4.3.
    Ossec3,
    Wazuh,
}

impl In {
    fn knows(self, dialect: Dialect) -> bool {
        match self {
            In::All => true,
            In::Modern => dialect != Dialect::Ossec283,
            In::Ossec3 => matches!(dialect, Dialect::Ossec37 | Dialect::Ossec43),
            In::Wazuh => dialect.family() == Family::Wazuh,
        }
    }
}

/// Every element. Names are compared without case, but `type`.
const ELEMENTS: [(&str, Kind, In); 16] = [
    ("parent", Kind::Parent, In::All),
    ("program_name", Kind::ProgramName, In::All),
    ("program_name_pcre2", Kind::ProgramNamePcre2, In::Ossec3),
    ("prematch", Kind::Prematch, In::All),
    ("prematch_pcre2", Kind::PrematchPcre2, In::Ossec3),
    ("regex", Kind::Regex, In::All),
    ("pcre2", Kind::Pcre2, In::Ossec3),
    ("order", Kind::Order, In::All),
    ("fts", Kind::Fts, In::All),
    ("ftscomment", Kind::FtsComment, In::All),
    ("type", Kind::Type, In::All),
    ("use_own_name", Kind::UseOwnName, In::All),
    ("plugin_decoder", Kind::PluginDecoder, In::All),
    ("accumulate", Kind::Accumulate, In::Modern),
    ("json_null_field", Kind::JsonNullField, In::Wazuh),
    ("json_array_structure", Kind::JsonArrayStructure, In::Wazuh),
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
    fts_fields: Vec<BString>,
    fts_span: Option<Span>,
    fts_comment: Option<BString>,
    category: Option<Category>,
    use_own_name: bool,
    plugin: Option<(Plugin, Span)>,
    plugin_offset: Option<(Offset, Span)>,
    json_nulls: Nulls,
    json_arrays: Arrays,
    accumulate: bool,
    /// The `type` attributes of the last elements of a tag.
    types: Types,
}

/// Languages other than the default.
#[derive(Default)]
struct Types {
    program_name: Option<Language>,
    prematch: Option<Language>,
    regex: Option<Language>,
}

struct Reader<'a> {
    rules: DecoderRules,
    dialect: Dialect,
    options: &'a Options,
    name: &'a Text,
    messages: Messages<'a>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Checks one root element of a decoder file.
///
/// Every problem becomes a diagnostic; the decoder comes
/// back only if none of them is an error.
pub(crate) fn read(
    decoder: &ast::Decoder,
    dialect: Dialect,
    options: &Options,
    messages: Messages<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Decoder> {
    if !decoder.tag.bytes().eq_ignore_ascii_case(b"decoder") {
        let message = format!(
            "`{}` is not an element of a decoder file",
            decoder.tag.lossy()
        );
        let diagnostic = Diagnostic::error(Code::ROOT_ELEMENT, message)
            .label(decoder.span, "only `decoder` is allowed here")
            .original(invalid_element(messages, &decoder.tag));
        diagnostics.push(messages.closed(diagnostic));
        return None;
    }
    let ignored = |attribute: &ast::Attribute| {
        let known = dialect.decoders().ignored_attribute;
        known.is_some_and(|known| {
            attribute
                .name
                .bytes()
                .eq_ignore_ascii_case(known.as_bytes())
        })
    };
    let name = match decoder.attributes.as_slice() {
        [name, others @ ..]
            if name.name.bytes().eq_ignore_ascii_case(b"name") && others.iter().all(ignored) =>
        {
            &name.value
        }
        attributes => {
            let place = match attributes {
                [first, second, ..] if first.name.bytes().eq_ignore_ascii_case(b"name") => {
                    second.span
                }
                [first, ..] => first.span,
                [] => decoder.span,
            };
            let message = "a decoder needs exactly one attribute, `name`";
            let label = if attributes.is_empty() {
                "no name"
            } else {
                "not allowed here"
            };
            let diagnostic = Diagnostic::error(Code::DECODER_NAME, message)
                .label(place, label)
                .help("write `<decoder name=\"…\">`; settings of a decoder are elements, not attributes")
                .original(invalid_element(messages, &decoder.tag));
            diagnostics.push(messages.closed(diagnostic));
            return None;
        }
    };
    if decoder.elements.is_empty() {
        let diagnostic = Diagnostic::error(
            Code::DECODER_STRUCTURE,
            format!("decoder `{}` is empty", name.lossy()),
        )
        .label(decoder.span, "no elements inside")
        .original(messages.tool_error(1231, "Invalid NULL element in the configuration."));
        diagnostics.push(messages.closed(diagnostic));
        return None;
    }
    let before = diagnostics.len();
    let mut reader = Reader {
        rules: dialect.decoders(),
        dialect,
        options,
        name,
        messages,
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

fn invalid_element(messages: Messages<'_>, tag: &Text) -> OriginalLine {
    let text = format!("Invalid element in the configuration: '{}'.", tag.lossy());
    messages.tool_error(1230, text)
}

impl Reader<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn element(&mut self, draft: &mut Draft, element: &ast::Element) {
        let known = ELEMENTS.iter().find(|&&(name, kind, engines)| {
            engines.knows(self.dialect)
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
            Kind::ProgramName => {
                draft.types.program_name = self.language(element, &PROGRAM_NAME_TYPES);
                self.glue(&mut draft.program_name, content, tag);
            }
            Kind::ProgramNamePcre2 => self.glue(&mut draft.program_name_pcre2, content, tag),
            Kind::Prematch => {
                self.offset(
                    &mut draft.prematch_offset,
                    draft.prematch.is_some(),
                    element,
                );
                draft.types.prematch = self.language(element, &REGEX_TYPES);
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
                draft.types.regex = self.language(element, &REGEX_TYPES);
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
            Kind::JsonNullField => {
                let known = [
                    ("string", Nulls::String),
                    ("discard", Nulls::Discard),
                    ("empty", Nulls::String),
                ];
                draft.json_nulls = self.json_option(tag, content, &known, Some("empty"));
            }
            Kind::JsonArrayStructure => {
                let known = [("array", Arrays::Array), ("csv", Arrays::Csv)];
                draft.json_arrays = self.json_option(tag, content, &known, None);
            }
        }
    }

    fn unknown_element(&mut self, element: &ast::Element) {
        let tag = element.name.lossy();
        let mut diagnostic = Diagnostic::error(
            Code::DECODER_ELEMENT,
            format!("`{tag}` is not an element of a decoder"),
        )
        .label(element.name.span(), "not known")
        .original(
            self.messages
                .plain(format!("Invalid element '{tag}' for decoder 'decoder'")),
        );
        diagnostic = self.messages.closed(diagnostic);
        let known = ELEMENTS
            .iter()
            .filter(|(_, _, engines)| engines.knows(self.dialect))
            .map(|&(name, ..)| name);
        if let Some(&(name, _, engines)) = ELEMENTS
            .iter()
            .find(|(name, ..)| element.name.bytes().eq_ignore_ascii_case(name.as_bytes()))
        {
            let dialect = self.dialect;
            diagnostic = diagnostic.help(match engines {
                In::All => format!("this one must be written in lower case: `{name}`"),
                In::Modern => format!("`{name}` came with OSSEC 3; this is {dialect}"),
                In::Ossec3 if dialect.family() == Family::Wazuh => {
                    let plain = name.strip_suffix("_pcre2").unwrap_or("regex");
                    format!("Wazuh has no `{name}`: write `<{plain} type=\"pcre2\">`")
                }
                In::Ossec3 => format!("`{name}` came with OSSEC 3; this is {dialect}"),
                In::Wazuh => format!("`{name}` exists only in Wazuh: use `--dialect wazuh-4.14`"),
            });
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
            .original(self.messages.error(
                1104,
                format!("Maximum string size reached for: {}.", content.bytes()),
            )),
        );
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
                        .original(self.messages.bare(text)),
                );
            }
            Err(OrderError::TooMany(piece)) => self.push(
                Diagnostic::error(
                    Code::DECODER_ORDER,
                    format!("an order has more than {limit} fields"),
                )
                .label(content.span_of(piece), "one too many")
                .note("the limit is the internal option `analysisd.decoder_order_size`")
                .original(self.messages.plain("Order has too many fields.")),
            ),
        }
    }

    fn fts(&mut self, draft: &mut Draft, element: &ast::Element) {
        let content = element.content.bytes();
        let keys = if self.dialect.family() == Family::Wazuh {
            let order = draft.order.as_ref().map(|(fields, _)| fields.as_slice());
            order::fts_with_fields(content, order)
        } else {
            order::fts(content).map(|keys| (keys, Vec::new()))
        };
        match keys {
            Ok((keys, fields)) => {
                draft.fts = draft.fts | keys;
                draft.fts_fields.extend(fields);
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
                    .original(self.messages.bare(text)),
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
                .original(
                    self.messages
                        .plain(format!("Invalid decoder type '{value}'.")),
                );
                diagnostic = self.messages.closed(diagnostic);
                let known = Category::names();
                if let Some(help) = did_you_mean(value.trim(), known) {
                    diagnostic = diagnostic.help(help);
                }
                self.push(diagnostic);
            }
        }
    }

    fn plugin(&mut self, draft: &mut Draft, element: &ast::Element) {
        if self.rules.attributes
            && let Some(attribute) = element
                .attributes
                .iter()
                .find(|attribute| attribute.name.bytes() == "offset")
        {
            match self.offset_value(&attribute.value) {
                Some(offset) => draft.plugin_offset = Some((offset, attribute.span)),
                None => self.unknown_offset(&attribute.value, true),
            }
        }
        let content = &element.content;
        match Plugin::from_name(self.dialect, content.bytes()) {
            Some(plugin) => draft.plugin = Some((plugin, element.span)),
            None => {
                let value = content.lossy();
                let known: Vec<&str> = Plugin::of(self.dialect).map(Plugin::name).collect();
                let diagnostic = Diagnostic::error(
                    Code::DECODER_VALUE,
                    format!("`{value}` is not a plugin decoder"),
                )
                .label(content.span(), "not known")
                .help(format!("it is one of {}", known.join(", ")))
                .original(self.messages.about(
                    2110,
                    "Invalid decoder argument for plugin_decoder",
                    content,
                    ".",
                ));
                self.push(self.messages.closed(diagnostic));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_one_family_are_known_to_detection() {
        use crate::config::constructs::family_of_decoder_element;
        for (name, _, engines) in ELEMENTS {
            let family = match engines {
                In::All | In::Modern => None,
                In::Ossec3 => Some(Family::Ossec),
                In::Wazuh => Some(Family::Wazuh),
            };
            assert_eq!(family_of_decoder_element(name), family, "{name}");
        }
    }
}
