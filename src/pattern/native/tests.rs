//! The fast engine against the plain text of `spec/regex.md` §5.3.

use bstr::BStr;
use proptest::prelude::*;

use super::*;
use crate::dialect::Dialect;
use crate::pattern::dialect::OsRegexEngine;
use crate::pattern::tests::config;

/// The raw end and the groups by the plain machine alone.
fn plainly(native: &Native, input: &[u8]) -> Option<(i64, Vec<Range<usize>>)> {
    for alternative in &native.alternatives {
        let machine = reference::Machine {
            alternative,
            flavour: native.flavour,
            input,
        };
        let mut marks = vec![UNSET; alternative.marks];
        let end = if native.keep_marks {
            machine.run::<true>(&mut marks)
        } else {
            machine.run::<false>(&mut [])
        };
        if let Some(end) = end {
            if pairs(&marks).any(|(open, close)| open > close) {
                return None;
            }
            return Some((
                end,
                pairs(&marks).map(|(open, close)| open..close).collect(),
            ));
        }
    }
    None
}

const PARTS: &[&str] = &[
    "a", "b", "ab", "A", "1", "1", " ", "-", ":", "%", "\\d", "\\d", "\\d+", "\\d+", "\\d*", "\\w",
    "\\w+", "\\w+", "\\w*", "\\s", "\\s", "\\s+", "\\s*", "\\S", "\\S+", "\\S+", "\\S*", "\\.",
    "\\.+", "\\.+", "\\.*", "\\W", "\\W+", "\\W*", "\\D+", "\\p", "\\p+", "\\p*", "\\t", "\\(",
    "(", "(", ")", ")", "|", "^", "$", "\u{e9}", "+",
];

/// Patterns with their groups closed, mostly.
fn pattern() -> impl Strategy<Value = String> {
    let select = proptest::sample::select;
    let parts = proptest::collection::vec(select(PARTS), 0..12);
    let anchors = (select(&["", "", "^"]), select(&["", "", "", "$"]));
    (parts, anchors).prop_map(|(parts, (begin, end))| {
        let mut pattern = begin.to_owned();
        let mut open = false;
        for part in parts {
            match part {
                "(" | ")" => {
                    pattern.push(if open { ')' } else { '(' });
                    open = !open;
                }
                "|" if open => pattern.push_str(")|"),
                _ => pattern.push_str(part),
            }
            open &= part != "|";
        }
        pattern.push_str(if open { ")" } else { "" });
        pattern + end
    })
}

/// Short ones for the quirks, long runs for what is taken at once.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let bytes = || proptest::sample::select(b"aabbA11  -:%(\t\x7f\xc3\xa9".to_vec());
    let runs = proptest::collection::vec((bytes(), 1usize..30), 0..6).prop_map(|runs| {
        let run = |(byte, length)| std::iter::repeat_n(byte, length);
        runs.into_iter().flat_map(run).collect()
    });
    prop_oneof![
        5 => proptest::collection::vec(bytes(), 0..14),
        1 => proptest::collection::vec(bytes(), 0..60),
        1 => runs,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases * 8, ..config() })]

    #[test]
    fn the_fast_machine_is_the_plain_one(
        pattern in pattern(),
        wanted: bool,
        inputs in proptest::collection::vec(input(), 12),
    ) {
        for dialect in [Dialect::Wazuh414, Dialect::Ossec283] {
            let rules = dialect.patterns();
            let OsRegexEngine::Native(flavour) = rules.osregex else {
                panic!("{dialect} has the native machine");
            };
            let Ok(native) = Native::compile(&rules, flavour, pattern.as_bytes(), wanted) else {
                continue;
            };
            for input in &inputs {
                let expected = plainly(&native, input);
                let (mut groups, mut marks) = (Vec::new(), Vec::new());
                let end = native.find(Look::None, input, &mut groups, &mut marks);
                let case = || format!("{dialect}: {pattern} on {:?}", BStr::new(input));
                prop_assert_eq!(end, expected.as_ref().map(|(end, _)| *end), "{}", case());
                prop_assert_eq!(native.is_match(input), expected.is_some(), "{}", case());
                if let Some((_, expected)) = expected {
                    prop_assert_eq!(groups, expected, "{}", case());
                }
            }
        }
    }
}
