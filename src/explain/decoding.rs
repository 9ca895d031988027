//! What decoders did.

use bstr::{BStr, ByteSlice};

use super::detail::reached;
use super::recorder::{Attempt, Part, Recorder};
use crate::page::facts::Place;
use crate::page::words::plain;
use crate::pattern::{Captures, Pattern};
use crate::ruleset::Ruleset;
use crate::ruleset::decoder::{Decoder, OrderField};
use crate::source::Sources;
use crate::verdict::Verdict;

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct NamedValue {
    /// The name, as the test tool prints it.
    pub name: String,
    /// The value.
    pub value: String,
}

impl NamedValue {
    pub(super) fn new(name: &BStr, value: &BStr) -> Self {
        NamedValue {
            name: plain(name),
            value: plain(value),
        }
    }
}

/// What of a decoder was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "snake_case"))]
pub enum DecoderTest {
    /// It tests nothing: it always matches.
    Nothing,
    /// Its program name.
    ProgramName,
    /// Its prematch.
    Prematch,
    /// Its regex.
    Regex,
    /// Its plugin ran.
    PluginDecoder,
}

impl DecoderTest {
    /// The name of the element.
    pub fn element(self) -> &'static str {
        match self {
            DecoderTest::Nothing => "decoder",
            DecoderTest::ProgramName => "program_name",
            DecoderTest::Prematch => "prematch",
            DecoderTest::Regex => "regex",
            DecoderTest::PluginDecoder => "plugin_decoder",
        }
    }
}

/// A decoder that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct DecoderStep {
    /// Its name.
    pub name: String,
    /// Its parent.
    pub parent: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// What was tried.
    pub test: DecoderTest,
    /// The pattern, if it has one.
    pub pattern: Option<String>,
    /// The text that was tested.
    pub saw: Option<String>,
    /// It matched.
    pub matched: bool,
    /// The fields that it took out of the text.
    pub fields: Vec<NamedValue>,
    /// What is behind its match: where `after_prematch` and the like go on.
    pub rest: Option<String>,
    /// Why it failed.
    pub detail: Option<String>,
}

/// All decoders that were tried.
pub(super) fn steps<const ALL: bool>(
    sources: &Sources,
    ruleset: &Ruleset,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
) -> Vec<DecoderStep> {
    let attempts = recorder.attempts.iter();
    attempts
        .map(|&attempt| step(sources, ruleset, verdict, recorder, attempt))
        .collect()
}

pub(super) fn step<const ALL: bool>(
    sources: &Sources,
    ruleset: &Ruleset,
    verdict: &Verdict<'_>,
    recorder: &Recorder<ALL>,
    attempt: Attempt,
) -> DecoderStep {
    let decoder = ruleset.decoders.get(attempt.decoder);
    let test = match attempt.part {
        Part::Plugin => DecoderTest::PluginDecoder,
        Part::Regex => DecoderTest::Regex,
        // The prematch is only searched when the program name fits.
        Part::Head if attempt.searched.is_some() => DecoderTest::Prematch,
        Part::Head if decoder.program_name.is_some() => DecoderTest::ProgramName,
        Part::Head => DecoderTest::Nothing,
    };
    let pattern = match test {
        DecoderTest::ProgramName => decoder.program_name.as_ref(),
        DecoderTest::Prematch => decoder.prematch.as_ref(),
        DecoderTest::Regex => decoder.regex.as_ref(),
        DecoderTest::Nothing | DecoderTest::PluginDecoder => None,
    };
    let searched = attempt.searched.map(|searched| recorder.text(searched));
    let saw = match test {
        DecoderTest::ProgramName => verdict.program_name(),
        _ => searched,
    };
    let failed = pattern.zip(saw).filter(|_| !attempt.matched);
    DecoderStep {
        name: plain(decoder.name.bytes()),
        parent: decoder.parent.as_ref().map(|name| plain(name.bytes())),
        place: Place::of(sources, decoder.span),
        test,
        pattern: pattern.map(|pattern| plain(pattern.text())),
        saw: saw.map(plain),
        matched: attempt.matched,
        fields: match (test, pattern, searched) {
            (DecoderTest::Regex, Some(pattern), Some(text)) if attempt.matched => {
                captured(ruleset, decoder, pattern, text)
            }
            _ => Vec::new(),
        },
        rest: attempt.searched.and_then(|searched| {
            let text = recorder.text(searched);
            Some(plain(text.get(searched.rest?..)?.into()))
        }),
        detail: failed.and_then(|(pattern, saw)| reached(ruleset.dialect, pattern, saw)),
    }
}

/// What a regex captures, by the names of the order.
fn captured(
    ruleset: &Ruleset,
    decoder: &Decoder,
    pattern: &Pattern,
    text: &BStr,
) -> Vec<NamedValue> {
    let mut captures = Captures::default();
    pattern.find(text, &mut captures);
    let family = ruleset.dialect.family();
    let groups = decoder.order.iter().zip(captures.groups());
    groups
        .map(|(entry, group)| {
            let name = match entry {
                OrderField::Static(field) => BStr::new(field.printed_name(family)),
                OrderField::Dynamic(name) => name.as_bstr(),
            };
            NamedValue::new(name, text[group.clone()].into())
        })
        .collect()
}
