//! Needed texts by hand, and the property that every match has one of them.

use bstr::ByteSlice;
use proptest::prelude::*;

use super::super::tests::{any_dialect, any_language, config, pattern_bytes};
use super::super::{Captures, Language, NeededBytes, Pattern};
use super::*;
use crate::dialect::Dialect;

const WAZUH: Dialect = Dialect::Wazuh414;
const OSSEC: Dialect = Dialect::Ossec43;

/// `^`, the text, `$`; several with ` | ` between; `*`: anything, `-`: never.
fn shown(needs: &Needs) -> String {
    let one = |needed: &NeededText| {
        let (begins, ends) = (["", "^"], ["", "$"]);
        let text = needed.text.to_str_lossy();
        let begins = begins[usize::from(needed.begins)];
        format!("{begins}{text}{}", ends[usize::from(needed.ends)])
    };
    match needs {
        Needs::Anything => "*".to_owned(),
        Needs::OneOf(texts) if texts.is_empty() => "-".to_owned(),
        Needs::OneOf(texts) => texts.iter().map(one).collect::<Vec<_>>().join(" | "),
    }
}

fn needs(dialect: Dialect, language: Language, pattern: &str) -> String {
    let compiled = Pattern::compile(dialect, language, pattern.as_bytes(), true);
    shown(&compiled.expect("compiles").needs().0)
}

#[test]
fn texts_of_osmatch() {
    let cases = [
        (WAZUH, "Abc|^d|ef$|^gh$", "abc | ^d | ef$ | ^gh$"),
        (WAZUH, "!abc", "*"),
        (WAZUH, "abc|", "*"),
        (WAZUH, "abc|x", "*"),
        (WAZUH, "abc|xabcd|ab", "ab"),
        (WAZUH, "éa", "-"),
        (OSSEC, "^abc$", "^abc$"),
        (OSSEC, "abc$|^^de", "abc | ^de"),
        (OSSEC, "abkcde|fgs", "cde | fg"),
        (OSSEC, "", "*"),
    ];
    for (dialect, pattern, expected) in cases {
        assert_eq!(
            needs(dialect, Language::OsMatch, pattern),
            expected,
            "{pattern}"
        );
    }
}

#[test]
fn texts_of_osregex() {
    let cases = [
        (WAZUH, r"^(foo) \d+ barbaz", " barbaz"),
        (WAZUH, r"^foo\d+x$", "^foo"),
        (WAZUH, r"\d+ foo$", " foo$"),
        // The last literal is forgiven.
        (WAZUH, r"ab\dc", "ab"),
        (WAZUH, r"\dabc", "abc"),
        (WAZUH, r"aé\d", "-"),
        (WAZUH, r"(ab)(cd)", "ab"),
        (WAZUH, r"^()ab", "ab"),
        (WAZUH, r"ab\d|cd\d", "ab | cd"),
        (WAZUH, r"\d+", "*"),
        (OSSEC, r"^abc", "^abc"),
        (OSSEC, r"a(b|c)d|xyz\d", "abd | acd | xyz"),
        (OSSEC, r"^(\S+) foo", " foo"),
        (OSSEC, r"^(ab|cd) \.+", "^ab  | ^cd "),
        (OSSEC, r"^(ab\d+|cd) \.+", "^ab | ^cd"),
        (OSSEC, r"(abc(def)\d+)", "abcdef"),
        (OSSEC, r"ab\d+$", "ab"),
    ];
    for (dialect, pattern, expected) in cases {
        assert_eq!(
            needs(dialect, Language::OsRegex, pattern),
            expected,
            "{pattern}"
        );
    }
}

#[test]
fn texts_of_pcre2() {
    let cases = [
        (OSSEC, r"^ab(?:c|d)+ef", "^ab"),
        (OSSEC, r"^sus$", "^sus$"),
        (OSSEC, r"ab\.cd$", "ab.cd"),
        (WAZUH, r"(?i)ab[cC]d\z", "abcd$"),
        (WAZUH, r"AbC", "abc"),
        (WAZUH, r"(?:ab)?cd{0}e", "ce"),
        (WAZUH, r"^(?:foo\d|bar)", "^foo | ^bar"),
        (WAZUH, r"(?:^|\s)foo", "foo"),
        (WAZUH, r"(?m)^foo.", "foo"),
        (WAZUH, r"(?=foo)foo", "*"),
    ];
    for (dialect, pattern, expected) in cases {
        #[cfg(not(feature = "pcre2"))]
        if pattern.contains("(?=") {
            continue;
        }
        assert_eq!(
            needs(dialect, Language::Pcre2, pattern),
            expected,
            "{pattern}"
        );
    }
}

#[test]
fn sets_and_texts_are_bounded() {
    let many: Vec<String> = (0..=MOST_TEXTS)
        .map(|number| format!("word{number:03}"))
        .collect();
    assert_eq!(needs(WAZUH, Language::OsMatch, &many.join("|")), "*");
    let most = many[1..].join("|");
    assert_eq!(
        needs(WAZUH, Language::OsMatch, &most).matches('|').count(),
        MOST_TEXTS - 1
    );
    let long = "ab".repeat(100);
    for language in [Language::OsMatch, Language::OsRegex, Language::Pcre2] {
        assert_eq!(needs(WAZUH, language, &long).len(), LONGEST_TEXT);
    }
    let product = "[ab]".repeat(100);
    assert!(needs(WAZUH, Language::Pcre2, &product).len() < 1000);
    let nested = format!("{}abc{}", "(".repeat(240), ")".repeat(240));
    assert_eq!(needs(OSSEC, Language::Pcre2, &nested), "*");
}

fn meets(needs: &Needs, input: &[u8]) -> bool {
    let input = input.to_ascii_lowercase();
    let Needs::OneOf(texts) = needs else {
        return true;
    };
    texts
        .iter()
        .any(|NeededText { text, begins, ends }| match (begins, ends) {
            (false, false) => input.contains_str(text),
            (true, false) => input.starts_with(text),
            (false, true) => input.ends_with(text),
            (true, true) => *input == **text,
        })
}

fn has(needed: &NeededBytes, input: &[u8]) -> bool {
    let mut first = needed.first.iter().zip(input);
    let lowered = input.to_ascii_lowercase();
    first.all(|(set, &byte)| set.contains(byte))
        && (0..=u8::MAX).all(|byte| !needed.somewhere.contains(byte) || lowered.contains(&byte))
        && needed.pairs.iter().all(|pair| {
            let mut places = (1..input.len()).filter(|&at| lowered[at - 1] == pair.byte);
            places.any(|at| pair.next.contains(input[at]))
        })
}

/// Parts of patterns of all languages, mostly text.
const PARTS: &[&str] = &[
    "ab", "Ab", "abc", "b", "a", "k", "s", "1", "12", " ", "-", "é", "\\d", "\\d+", "\\d*", "\\w",
    "\\w+", "\\w*", "\\s", "\\s+", "\\S+", "\\S*", "\\.", "\\.+", "\\.*", "\\W", "\\p", "(", "(",
    "(", ")", ")", ")", "|", "|", "^", "$", "[ab]", "[^a]", "?", "+", "*", "{2}", ".*", ".+",
    "(?:", "(?i)", "(?m)", "\\z", "\\A", "\\Z", "\\b", "!", "\n", "(?=a)", "\\\\", "\\(",
];

fn pattern() -> impl Strategy<Value = Vec<u8>> {
    let parts = proptest::collection::vec(proptest::sample::select(PARTS), 1..10);
    let anchor = proptest::sample::select(&["", "", "^"]);
    let written = (anchor, parts)
        .prop_map(|(anchor, parts)| format!("{anchor}{}", parts.concat()).into_bytes());
    prop_oneof![9 => written, 1 => pattern_bytes()]
}

/// A text that the pattern may well match: its escapes replaced by what they take, `choices` says
/// how.
fn alike(pattern: &[u8], choices: &[u8]) -> Vec<u8> {
    let mut choices = choices.iter().copied().cycle();
    let mut choose = |most: u8| choices.next().unwrap_or(0) % most;
    let mut input = Vec::new();
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                let takes: &[u8] = match pattern.get(at) {
                    Some(b'd') => b"123",
                    Some(b'w') => b"ab1",
                    Some(b's') => b"   ",
                    Some(b'.' | b'S') => b"ab-",
                    Some(b'W' | b'p') => b":()",
                    Some(b'\\') => b"\\\\\\",
                    _ => b"",
                };
                at += 1;
                for _ in 0..[1, 1, 0, 2, 3][usize::from(choose(5))] {
                    input.extend(takes.get(usize::from(choose(3))));
                }
            }
            b'|' if choose(2) == 0 => return input,
            b'|' => input.clear(),
            b'(' | b')' | b'^' | b'$' | b'?' | b'+' | b'*' | b':' | b'!' if choose(8) > 0 => {}
            b'k' | b'K' if choose(4) == 0 => input.extend("\u{212a}".bytes()),
            b's' | b'S' if choose(4) == 0 => input.extend("\u{17f}".bytes()),
            _ if choose(30) == 0 => input.push(b'x'),
            _ if choose(2) == 0 => input.push(byte.to_ascii_uppercase()),
            _ => input.push(byte),
        }
    }
    input
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases * 4, ..config() })]

    #[test]
    fn every_match_has_what_is_needed(
        dialect in any_dialect(),
        language in any_language(),
        pattern in pattern(),
        wanted: bool,
        choices in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 12), 8),
        others in proptest::collection::vec("[abkAS1 x\u{17f}\u{212a}\n-]{0,6}", 4),
        tail in "[ab 1\n]{0,2}",
    ) {
        let Ok(compiled) = Pattern::compile(dialect, language, &pattern, wanted) else {
            return Ok(());
        };
        let (needs, bytes) = compiled.needs();
        if let Needs::OneOf(texts) = &needs {
            prop_assert!(texts.len() <= MOST_TEXTS);
            prop_assert!(texts.iter().all(|text| !text.text.is_empty() && text.text.len() <= LONGEST_TEXT));
        }
        let built = choices.iter().map(|choices| alike(&pattern, choices));
        let longer = choices.iter().map(|choices| {
            let mut input = tail.clone().into_bytes();
            input.extend(alike(&pattern, choices));
            input.extend(tail.bytes());
            input
        });
        let others = others.iter().map(|text| text.clone().into_bytes());
        for input in built.chain(longer).chain(others) {
            let matched = compiled.find(&input, &mut Captures::default()).is_some();
            prop_assert!(
                !matched || meets(&needs, &input),
                "{:?} needs {}, and matches {:?}",
                pattern.as_bstr(),
                shown(&needs),
                input.as_bstr()
            );
            prop_assert!(
                !matched || has(&bytes, &input),
                "{:?} needs {bytes:?}, and matches {:?}",
                pattern.as_bstr(),
                input.as_bstr()
            );
        }
    }
}
