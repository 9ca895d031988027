//! Names of groups.

use super::context::{Context, WrittenRule, shown};
use super::finding::{Draft, Edit, Output};
use super::registry::{Check, check};
use crate::source::{Span, Text};

pub(super) const CHECKS: &[Check] = &[
    check!(
        #[fixable(unsafe)]
        801 "missing-comma", WARNING, All,
        "two group names are glued together",
        "The name of the group and all `<group>` texts of a rule are joined without a separator: \
         `name=\"local\"` and `<group>sshd,</group>` are the one name `localsshd`. End every text with a \
         comma.",
        Rule(missing_comma)
    ),
    check!(
        #[fixable(unsafe)]
        802 "blank-in-group", INFO, All,
        "a group name has a blank at its edge",
        "Names are split at commas and not trimmed, so ` web` is another name than `web` in alerts, and \
         for everybody who searches them.",
        Rule(blank)
    ),
];

fn missing_comma(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let name = rule.group.attributes.first().map(|name| &name.value);
    let texts: Vec<&Text> = name
        .into_iter()
        .chain(rule.elements("group").map(|element| &element.content))
        .filter(|text| !text.bytes().is_empty())
        .collect();
    for pair in texts.windows(2) {
        let (before, behind) = (pair[0].bytes(), pair[1].bytes());
        let separated =
            before.trim_ascii_end().ends_with(b",") || behind.trim_ascii_start().starts_with(b",");
        if separated {
            continue;
        }
        let last = before
            .rsplit(|&byte| byte == b',')
            .next()
            .unwrap_or_default();
        let first = behind
            .split(|&byte| byte == b',')
            .next()
            .unwrap_or_default();
        let end = pair[0].span();
        let mut draft = Draft::new(format!(
            "the group names `{}` and `{}` are glued together",
            shown(last.trim_ascii()),
            shown(first.trim_ascii())
        ))
        .at(
            pair[1].span_of(0..first.len()),
            "joined without a separator",
        )
        .at(end, "no comma at the end")
        .help("end every text with a comma");
        if let Some(place) = insertion(pair[0]) {
            let edit = Edit {
                span: place,
                replacement: b",".to_vec(),
            };
            draft = draft.fix("add a comma", vec![edit]);
        }
        output.push(draft);
    }
}

/// The place behind the last byte of a text, if the text stands in the file as it is.
fn insertion(text: &Text) -> Option<Span> {
    let span = text.span();
    (span.range().len() == text.bytes().len()).then_some(Span {
        start: span.end,
        ..span
    })
}

fn blank(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    // The name of the group is looked at once, with its first rule.
    let name = rule.group.attributes.first().filter(|_| rule.first);
    let texts = name
        .map(|name| &name.value)
        .into_iter()
        .chain(rule.elements("group").map(|element| &element.content));
    for text in texts {
        let bytes = text.bytes();
        let mut start = 0;
        let mut edits = Vec::new();
        let mut first = None;
        for piece in bytes.split(|&byte| byte == b',') {
            let range = start..start + piece.len();
            start = range.end + 1;
            let name = piece.trim_ascii();
            // Line breaks between names are how people write long lists.
            if name.is_empty() || name.len() == piece.len() || piece.contains(&b'\n') {
                continue;
            }
            let span = text.span_of(range.clone());
            first.get_or_insert((span, shown(piece)));
            if span.range().len() == piece.len() {
                edits.push(Edit {
                    span,
                    replacement: name.to_vec(),
                });
            }
        }
        if let Some((span, piece)) = first {
            let draft = Draft::new(format!("the group name `{piece}` has a blank at its edge"))
                .at(span, "part of the name")
                .help("remove it");
            output.push(match edits.is_empty() {
                true => draft,
                false => draft.fix("remove the blanks", edits),
            });
        }
    }
}
