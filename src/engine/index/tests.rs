//! A filter only skips what cannot match.

use proptest::prelude::*;

use super::grams::Pieces;
use super::*;
use crate::dialect::Dialect;
use crate::engine::event::{Event, Slice};
use crate::pattern::{Language, Pattern};

fn pieces_of(text: &[u8]) -> Pieces {
    let mut pieces = Pieces::EMPTY;
    pieces.fill(text);
    pieces
}

/// Patterns of all languages out of few letters, so that they match often.
fn pattern() -> impl Strategy<Value = (Dialect, Language, String)> {
    let dialect = prop::sample::select(vec![
        Dialect::Ossec283,
        Dialect::Ossec37,
        Dialect::Ossec43,
        Dialect::Wazuh414,
    ]);
    let osmatch =
        "[\\^]?[abK% ]{0,5}(\\|[ab1$]{1,4}){0,2}[$]?".prop_map(|text| (Language::OsMatch, text));
    let osregex = prop::collection::vec(
        prop::sample::select(vec![
            "a", "b", "ab", "%", ":", "1", "K", "s", r"\d+", r"\d", r"\w*", r"\S+", r"\.+", r"\s",
            r"\p", "(", ")", "|", "$",
        ]),
        1..7,
    )
    .prop_map(|parts| parts.concat());
    let osregex = (any::<bool>(), osregex).prop_map(|(begin, text)| {
        let text = if begin { format!("^{text}") } else { text };
        (Language::OsRegex, text)
    });
    let pcre2 = prop::collection::vec(
        prop::sample::select(vec![
            "a", "b", "ab", "%", ":", "1", "K", r"\d+", r"\d{2}", "[ab]?", "(?:a|b:)", "(?:ab)+",
            ".*", "|", "^", "$", "(?i)", r"\b",
        ]),
        1..6,
    )
    .prop_map(|parts| (Language::Pcre2, parts.concat()));
    (dialect, prop_oneof![osmatch, osregex, pcre2])
        .prop_map(|(dialect, (language, text))| (dialect, language, text))
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    let letters = b"aabbABKks%%::1122 \xe9".to_vec();
    prop::collection::vec(prop::sample::select(letters), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_text_that_matches_meets_its_probe(
        (dialect, language, text) in pattern(),
        inputs in prop::collection::vec(input(), 1..8),
        before in input(),
    ) {
        let Ok(pattern) = Pattern::compile(dialect, language, text.as_bytes(), false) else {
            return Ok(());
        };
        let probe = Probe::of_pattern(Some(&pattern), Filtering::On);
        for input in inputs {
            if pattern.is_match(&input) {
                let own = pieces_of(&input);
                prop_assert!(probe.may_match(&input, || &own), "{language} `{text}` on {input:?}");
                // The pieces may be those of a longer text with the same end.
                let whole = pieces_of(&[before.as_slice(), &input].concat());
                prop_assert!(probe.may_match(&input, || &whole));
            }
        }
    }

    #[test]
    fn a_list_gives_every_member_that_matches_in_order(
        patterns in prop::collection::vec(pattern(), 4..40),
        log in input(),
        program in prop::option::of(input()),
        parent in 0..4usize,
    ) {
        // One dialect for a list; every third member tests the program name, the log, or the log
        // behind a parent's match.
        let dialect = patterns[0].0;
        let patterns: Vec<Pattern> = patterns
            .iter()
            .filter_map(|(_, language, text)| {
                Pattern::compile(dialect, *language, text.as_bytes(), false).ok()
            })
            .collect();
        let probe = |pattern: &Pattern| Probe::of_pattern(Some(pattern), Filtering::On);
        let members: Vec<Member> = patterns.iter().enumerate().map(|(number, pattern)| {
            let mut member = Member::default();
            match number % 3 {
                0 => member.program = probe(pattern),
                1 => member.log = probe(pattern),
                _ => member.behind_parent = probe(pattern),
            }
            member
        }).collect();
        let mut event = Event::default();
        event.log = event.append(&log);
        event.program_name = program.as_ref().map(|name| event.append(name));
        let parent = parent.min(log.len());
        let rest = Slice::new(parent..log.len());
        let mut candidates = Vec::new();
        let selector = Selector::new(&members, Filtering::On);
        let query = Query { event: &event, decoder: None, rest, field: |_| None, everything: false };
        selector.select(&mut Texts::default(), &query, &mut candidates);
        prop_assert!(candidates.is_sorted_by(|a, b| a < b), "{candidates:?}");
        for (number, pattern) in patterns.iter().enumerate() {
            let matches = match number % 3 {
                0 => program.as_ref().is_some_and(|name| pattern.is_match(name)),
                1 => pattern.is_match(&log),
                _ => pattern.is_match(&log[parent..]),
            };
            prop_assert!(
                !matches || candidates.contains(&(number as u32)),
                "`{}` on {log:?}, {program:?}", pattern.text()
            );
        }
    }
}
