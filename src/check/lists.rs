//! CDB lists: how rules ask them, and what is in them.

use super::context::{Context, WrittenRule, is, shown};
use super::finding::{Draft, Output};
use super::registry::{Check, check};
use crate::ast;
use crate::config::ListFile;
use crate::ruleset::list::Lookup;
use crate::ruleset::suggest::did_you_mean;
use crate::source::{SourceId, Span};

pub(super) const CHECKS: &[Check] = &[
    check!(
        601 "three-lists", WARNING, All,
        "of three or more lists in a rule only the last two are asked",
        "The engine loses the others while it links them. Put the third one into a child rule.",
        Rule(three)
    ),
    check!(
        602 "missing-check-value", WARNING, All,
        "a look-up of values has no `check_value`",
        "`match_key_value` compares what the key leads to with `check_value`. Without it nothing matches in \
         Wazuh, and what OSSEC does is undefined.",
        Rule(missing_value)
    ),
    check!(
        603 "unused-check-value", INFO, All,
        "`check_value` is ignored by this look-up",
        "Only `match_key_value` and `address_match_key_value` look at the values of a list.",
        Rule(unused_value)
    ),
    check!(
        604 "inverted-lookup", WARNING, All,
        "`address_match_key_value` is inverted",
        "It holds where no key is found, or what the key leads to does not match `check_value`: the opposite \
         of its name, in every engine. Use `match_key_value`, or turn the pattern round on purpose and allow \
         this check.",
        Rule(inverted)
    ),
    check!(
        605 "unknown-list", WARNING, Ossec,
        "a rule asks a list that the configuration does not name",
        "The name must be the one of `<list>` in the configuration, byte for byte, where a name without `/` \
         has `rules/` in front. Look-ups in an unknown list fail, the negative ones as well (in OSSEC 2.8.3 \
         and 3.7 those hold).",
        Ruleset(unknown)
    ),
    check!(
        #[list]
        606 "list-line-without-colon", WARNING, All,
        "a line of a list is no entry",
        "An entry is a key, a colon, and a value that may be empty. A line without a colon is skipped \
         without a word.",
        Files(no_colon)
    ),
    check!(
        #[list]
        607 "repeated-key", INFO, All,
        "a key stands twice in a list",
        "The first entry counts.",
        Files(repeated)
    ),
    check!(
        #[list]
        608 "network-in-list", WARNING, All,
        "a key of a list is a network with a `/`",
        "Lists know no networks: keys are compared as text, and `address_match_key` only tries prefixes that \
         end with a dot. Write `10.1.` for `10.1.0.0/16`.",
        Files(network)
    ),
];

/// The lists of a rule with their look-ups, as far as they are known.
fn lookups<'a>(
    rule: &WrittenRule<'a>,
) -> impl Iterator<Item = (&'a ast::Element, Lookup, Option<&'a ast::Attribute>)> {
    rule.elements("list").filter_map(|element| {
        let named = |name: &'static str| {
            let mut attributes = element.attributes.iter();
            attributes.find(move |attribute| is(&attribute.name, name))
        };
        let lookup = match named("lookup") {
            Some(attribute) => Lookup::parse(attribute.value.bytes())?,
            None => Lookup::default(),
        };
        Some((element, lookup, named("check_value")))
    })
}

fn looks_at_values(lookup: Lookup) -> bool {
    matches!(lookup, Lookup::MatchKeyValue | Lookup::AddressMatchKeyValue)
}

fn three(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let lists: Vec<_> = rule.elements("list").collect();
    if let [lost @ .., _, last] = lists.as_slice()
        && let Some(first) = lost.first()
    {
        output.push(
            Draft::new(format!(
                "rule `{}` asks only the last two of its lists",
                rule.sid()
            ))
            .at(first.span, "never asked")
            .at(last.span, "the last one")
            .help("put the others into a child rule"),
        );
    }
}

fn missing_value(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for (element, lookup, value) in lookups(rule) {
        if looks_at_values(lookup) && value.is_none() {
            output.push(
                Draft::new(format!("`{}` needs `check_value`", lookup.name()))
                    .at(element.span, "no value to compare with")
                    .help("add `check_value=\"…\"`, or use `match_key`"),
            );
        }
    }
}

fn unused_value(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for (_, lookup, value) in lookups(rule) {
        if let Some(value) = value.filter(|_| !looks_at_values(lookup)) {
            output.push(
                Draft::new(format!("`check_value` is ignored by `{}`", lookup.name()))
                    .at(value.span, "without effect")
                    .help("use `lookup=\"match_key_value\"`"),
            );
        }
    }
}

fn inverted(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    for (element, lookup, value) in lookups(rule) {
        if lookup == Lookup::AddressMatchKeyValue && value.is_some() {
            output.push(
                Draft::new("`address_match_key_value` holds where the value does not match")
                    .at(element.span, "the opposite of its name")
                    .help("use `match_key_value`"),
            );
        }
    }
}

/// So many findings say which list may be meant.
const MOST_SUGGESTIONS: usize = 100;

fn unknown(context: &Context<'_>, output: &mut Output) {
    let mut suggestions = MOST_SUGGESTIONS;
    for rule in &context.rules {
        let Some((_, resolved)) = context.in_force(rule) else {
            continue;
        };
        for list in resolved
            .conditions
            .lists
            .iter()
            .filter(|list| list.list.is_none())
        {
            let mut elements = rule.elements("list");
            let Some(element) = elements.find(|element| element.content.bytes() == list.name)
            else {
                continue;
            };
            let name = list.name.to_string();
            let known: Vec<&str> = context
                .inputs
                .lists
                .iter()
                .map(|list| list.text_name.as_str())
                .collect();
            let prefixed = format!("rules/{name}");
            suggestions = suggestions.saturating_sub(1);
            let help = match suggestions {
                0 => None,
                _ if known.contains(&prefixed.as_str()) => Some(format!("write `{prefixed}`")),
                _ => did_you_mean(&name, known),
            };
            output.push(
                Draft::new(format!(
                    "the configuration names no list `{}`",
                    shown(&list.name)
                ))
                .at(element.content.span(), "look-ups fail")
                .help(help.unwrap_or_else(|| {
                    "name it in `<rules>` of the configuration, or give the file to `--ruleset`"
                        .to_owned()
                })),
            );
        }
    }
}

/// The lines of every list that is a source, with their ranges.
fn lines<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a ListFile, SourceId, std::ops::Range<usize>, &'a [u8])> + use<'a> {
    let inputs = context.inputs;
    let lists = inputs
        .lists
        .iter()
        .filter_map(|list| Some((list, list.source?)));
    lists.flat_map(move |(list, source)| {
        let bytes: &'a [u8] = inputs.sources.get(source).bytes();
        let mut start = 0;
        bytes.split(|&byte| byte == b'\n').map(move |line| {
            let range = start..start + line.len();
            start = range.end + 1;
            (list, source, range, line)
        })
    })
}

/// The key of a line, as the engine reads it.
fn key<'a>(context: &Context<'_>, line: &'a [u8]) -> Option<&'a [u8]> {
    let mut entries = crate::ruleset::list::entries(context.dialect, line);
    entries.next().map(|(key, _)| key)
}

fn no_colon(context: &Context<'_>, output: &mut Output) {
    for (_, source, range, line) in lines(context) {
        let text = line.trim_ascii();
        // Blank lines and comments hurt nobody.
        if text.is_empty() || text.starts_with(b"#") || key(context, line).is_some() {
            continue;
        }
        output.push(
            Draft::new(format!("`{}` is no entry of a list", shown(text)))
                .at(Span::new(source, range), "skipped")
                .help("write a colon behind the key"),
        );
    }
}

fn repeated(context: &Context<'_>, output: &mut Output) {
    let mut seen = std::collections::HashMap::new();
    for (_, source, range, line) in lines(context) {
        let Some(key) = key(context, line) else {
            continue;
        };
        let span = Span::new(source, range);
        match seen.entry((source, key)) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(span);
            }
            std::collections::hash_map::Entry::Occupied(entry) => output.push(
                Draft::new(format!("the key `{}` stands here twice", shown(key)))
                    .at(span, "never found")
                    .at(*entry.get(), "this one counts")
                    .help("remove one of them"),
            ),
        }
    }
}

fn network(context: &Context<'_>, output: &mut Output) {
    for (_, source, range, line) in lines(context) {
        let Some(key) = key(context, line) else {
            continue;
        };
        let Some(slash) = memchr::memchr(b'/', key) else {
            continue;
        };
        let (address, prefix) = (&key[..slash], &key[slash + 1..]);
        let dotted = address.len() >= 7
            && address
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let mask = !prefix.is_empty()
            && prefix
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if dotted && mask {
            let start = range.start;
            output.push(
                Draft::new(format!("`{}` is compared as text", shown(key)))
                    .at(Span::new(source, start..start + key.len()), "no network")
                    .help("write a prefix that ends with a dot, such as `10.1.`"),
            );
        }
    }
}
