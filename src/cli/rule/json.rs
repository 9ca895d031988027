//! The page as data.

use serde::Serialize;

use super::Documentation;
use crate::page::{Example, ExampleKind, RuleFacts, Section};
use crate::ruleset::Ruleset;

#[derive(Serialize)]
struct Output<'a> {
    dialect: &'static str,
    #[serde(flatten)]
    facts: &'a RuleFacts,
    documentation: Option<Texts<'a>>,
}

/// The sections in their order, as Markdown.
#[derive(Serialize)]
struct Texts<'a> {
    family: &'a str,
    status: &'a str,
    alert_message: &'a str,
    examples: Vec<Lines<'a>>,
    description: &'a str,
    false_positives: &'a str,
    discussion: &'a str,
    tuning_recommendations: &'a str,
    similar_rules: Vec<u32>,
}

#[derive(Serialize)]
struct Lines<'a> {
    /// `lines`, `sequence` or `via`.
    kind: &'static str,
    /// The rule that is reported, if it is another one.
    via: Option<u32>,
    lines: Vec<&'a str>,
}

/// One JSON object and a line end.
pub(super) fn render(
    ruleset: &Ruleset,
    facts: &RuleFacts,
    documentation: Option<&Documentation>,
) -> String {
    let output = Output {
        dialect: ruleset.dialect.name(),
        facts,
        documentation: documentation.map(texts),
    };
    // Nothing here can fail: all keys are strings.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn texts(documentation: &Documentation) -> Texts<'_> {
    let page = &documentation.page;
    Texts {
        family: &documentation.family.title,
        status: page.text(Section::Status),
        alert_message: page.text(Section::AlertMessage),
        examples: page.examples.iter().map(lines).collect(),
        description: page.text(Section::Description),
        false_positives: page.text(Section::FalsePositives),
        discussion: page.text(Section::Discussion),
        tuning_recommendations: page.text(Section::Tuning),
        similar_rules: page.similar.iter().map(|sid| sid.0).collect(),
    }
}

fn lines(example: &Example) -> Lines<'_> {
    let (kind, via) = match example.kind {
        ExampleKind::Lines => ("lines", None),
        ExampleKind::Sequence => ("sequence", None),
        ExampleKind::Via(sid) => ("via", Some(sid.0)),
    };
    Lines {
        kind,
        via,
        lines: example
            .lines
            .iter()
            .map(|(_, line)| line.as_str())
            .collect(),
    }
}
