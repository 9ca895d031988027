//! Texts for people: descriptions, and techniques of ATT&CK.

use super::context::{Context, WrittenRule, shown};
use super::finding::{Draft, Edit, Output};
use super::registry::{Check, check};

pub(super) const CHECKS: &[Check] = &[
    check!(
        #[fixable(unsafe)]
        851 "entity-in-text", INFO, All,
        "an XML entity is shown as it is written",
        "The reader of these files decodes no entities, so alerts show `&amp;` and not `&`. Only `<` must be \
         written in another way.",
        Rule(entity)
    ),
    check!(
        852 "variable-in-description", WARNING, Ossec,
        "a description has a variable, which OSSEC does not replace",
        "`$(srcip)` in a description is a feature of Wazuh. OSSEC shows the text as it stands; the fields \
         are in the alert anyway.",
        Rule(variable)
    ),
    check!(
        853 "open-variable", WARNING, Wazuh,
        "a variable of a description is not closed",
        "Without its `)` the text `$(srcip` is shown as it stands.",
        Rule(open_variable)
    ),
    check!(
        854 "mitre-id", WARNING, Wazuh,
        "an id of a technique is not written as ATT&CK writes it",
        "Techniques are `T` and four digits, with `.` and three digits for a part of one: `T1110.001`. An id \
         that the table of the engine does not have gives no technique in alerts.",
        Rule(mitre)
    ),
];

fn entity(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    const ENTITIES: [(&[u8], &[u8]); 4] = [
        (b"&gt;", b">"),
        (b"&amp;", b"&"),
        (b"&quot;", b"\""),
        (b"&apos;", b"'"),
    ];
    for description in rule.elements("description") {
        let text = &description.content;
        let mut edits = Vec::new();
        let mut first = None;
        for at in memchr::memchr_iter(b'&', text.bytes()) {
            let rest = &text.bytes()[at..];
            let Some((entity, sign)) = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity))
            else {
                continue;
            };
            let span = text.span_of(at..at + entity.len());
            first.get_or_insert((span, shown(entity)));
            if span.range().len() == entity.len() {
                edits.push(Edit {
                    span,
                    replacement: sign.to_vec(),
                });
            }
        }
        if let Some((span, entity)) = first {
            output.push(
                Draft::new(format!("alerts show `{entity}` as it stands"))
                    .at(span, "not decoded")
                    .help("write the character itself")
                    .fix("write the characters themselves", edits),
            );
        }
    }
}

fn variable(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for description in rule.elements("description") {
        let text = &description.content;
        if let Some(range) = super::reach::variables(text.bytes()).into_iter().next() {
            let place = text.span_of(range.start - 2..range.end + 1);
            output.push(
                Draft::new("alerts show this variable as it stands")
                    .at(place, "not replaced in OSSEC")
                    .help("remove it"),
            );
        }
    }
}

fn open_variable(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for description in rule.elements("description") {
        let text = &description.content;
        let last = memchr::memmem::rfind(text.bytes(), b"$(");
        if let Some(open) = last.filter(|open| !text.bytes()[*open..].contains(&b')')) {
            output.push(
                Draft::new("a variable of this description is not closed")
                    .at(text.span_of(open..open + 2), "no `)` behind it")
                    .help("add the `)`"),
            );
        }
    }
}

fn mitre(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for element in rule.elements("mitre").flat_map(|mitre| &mitre.children) {
        let technique = ["id", "techniqueID"]
            .iter()
            .any(|name| element.name.bytes() == *name);
        let text = element.content.bytes();
        if technique && !text.is_empty() && !is_technique(text) {
            output.push(
                Draft::new(format!("`{}` is no id of a technique", shown(text)))
                    .at(element.content.span(), "not `T` and four digits")
                    .help("write it like `T1110` or `T1110.001`"),
            );
        }
    }
}

fn is_technique(text: &[u8]) -> bool {
    let digits =
        |text: &[u8], count: usize| text.len() == count && text.iter().all(u8::is_ascii_digit);
    match text.strip_prefix(b"T") {
        Some(rest) if rest.len() > 4 => {
            rest[4] == b'.' && digits(&rest[..4], 4) && digits(&rest[5..], 3)
        }
        Some(rest) => digits(rest, 4),
        None => false,
    }
}
