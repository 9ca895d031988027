//! Tables of facts from the specification, and properties over random patterns and inputs.

use proptest::prelude::*;

use super::*;

/// Pattern, input, captures wanted: raw end and captures, or nothing.
fn find(
    dialect: Dialect,
    language: Language,
    pattern: &str,
    input: &str,
    wanted: bool,
) -> Option<(i64, Vec<String>)> {
    let compiled = Pattern::compile(dialect, language, pattern.as_bytes(), wanted)
        .unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let mut captures = Captures::default();
    let found = compiled.find(input.as_bytes(), &mut captures);
    assert_eq!(
        found.is_some(),
        compiled.is_match(input.as_bytes()),
        "{pattern} on {input}"
    );
    let groups = captures
        .groups()
        .iter()
        .map(|range| input[range.clone()].to_owned());
    found.map(|found| (found.raw_end, groups.collect()))
}

fn matches(dialect: Dialect, language: Language, pattern: &str, input: &str) -> bool {
    find(dialect, language, pattern, input, false).is_some()
}

fn captures(dialect: Dialect, language: Language, pattern: &str, input: &str) -> Option<String> {
    find(dialect, language, pattern, input, true).map(|(_, groups)| groups.join(","))
}

const WAZUH: Dialect = Dialect::Wazuh414;
const OSSEC: Dialect = Dialect::Ossec43;
const CLASSIC: Dialect = Dialect::Ossec283;

/// §5.4 and §8.2: pattern, input, captures of the native engine (no group: the empty text), of the
/// ordinary regex that OSSEC 4.3 uses.
const KERNELS: &[(&str, &str, Option<&str>, Option<&str>)] = &[
    (r"\d*$", "a", None, Some("")),
    (r"\d*\d*", "", None, Some("")),
    (r"a\d*\s*", "a", None, Some("")),
    (r"\d+1a", "111a", None, Some("")),
    (r"(\.+) a", "a  a", None, Some("a ")),
    (r"^\w+a$", "aaa", None, Some("")),
    (r"(\.+)\s(\S+)$", "a  b", None, Some("a ,b")),
    (r"\d+\s*1", "11", None, Some("")),
    (r"=(\S+)\s*:", "a=x:y :", Some("x:y"), Some("x")),
    (r"=(\S+)\s*:", "a=x:y:", None, Some("x")),
    (r"\d+\d\d", "11a", Some(""), None),
    (r"\d+\d\d*", "1", Some(""), None),
    (r"\s*\d\w*", " ", Some(""), None),
    (r"\s*(\d+)", " ", Some(""), None),
    (r"(\w*)\d+", "a", Some("a"), None),
    (r"(\w+\d+)", "a1", Some(""), Some("a1")),
    (r"(\d+)\s*", "11", Some(""), Some("11")),
    (r"(a)(\d+)", "a1", None, Some("a,1")),
    (r"(a)(b)", "a(b", Some("a"), None),
    (r"(a)(b)", "ab", None, Some("a,b")),
    (r"\s+(\d+)$", "1 2 3", None, Some("3")),
    (r"^\S+b\.*b\.*b\.+1\w*ab", "abbbbab11baab", None, Some("")),
    ("é", "é", None, Some("")),
    ("$b", "a$b", Some(""), None),
    ("a^b", "a^b", Some(""), None),
    (r"(\d+)|(x)", "x1", Some("1"), Some("x")),
];

#[test]
fn kernels_of_difference() {
    for &(pattern, input, native, ordinary) in KERNELS {
        let case = format!("{pattern} on {input}");
        let wazuh = captures(WAZUH, Language::OsRegex, pattern, input);
        assert_eq!(wazuh.as_deref(), native, "wazuh: {case}");
        let ossec = captures(OSSEC, Language::OsRegex, pattern, input);
        // Where the table has the plain regex of §8, lazy and in bytes, only the match is compared.
        assert_eq!(ossec.is_some(), ordinary.is_some(), "ossec: {case}");
    }
}

/// §7: pattern, input, raw end, the text that follows.
const ENDS: &[(&str, &str, i64, &str)] = &[
    (r"^a\d+", "a123", 1, "23"),
    (r"^\d+", "12 x", 2, "x"),
    (r"(\S+)", "ab cd", 0, "b cd"),
    ("", "abc", 0, "bc"),
    ("^", "abc", 0, "bc"),
    ("b", "abc", 1, "c"),
    ("b|a", "abc", 1, "c"),
    (r"a\d*", "abc", 0, "bc"),
    (r"\d*", "abc", -1, "abc"),
    (r"a\d*", "a12", 0, "12"),
];

#[test]
fn ends_and_what_follows() {
    for &(pattern, input, raw_end, rest) in ENDS {
        let compiled = Pattern::compile(WAZUH, Language::OsRegex, pattern.as_bytes(), true);
        let found = compiled
            .unwrap()
            .find(input.as_bytes(), &mut Captures::default());
        let found = found.unwrap_or_else(|| panic!("{pattern} on {input}"));
        assert_eq!(
            (found.raw_end, &input[found.resume..]),
            (raw_end, rest),
            "{pattern} on {input}"
        );
    }
    let ossec = find(OSSEC, Language::OsRegex, r"^a\d+", "a123", false);
    assert_eq!(ossec, Some((4, vec![])));
    let pcre2 = find(WAZUH, Language::Pcre2, "^", "a", true);
    assert_eq!(pcre2, Some((-1, vec![])));
}

#[test]
fn the_classic_engine() {
    let captures = |pattern, input| captures(CLASSIC, Language::OsRegex, pattern, input);
    assert_eq!(captures(r"(\S+)x", "ax").as_deref(), Some("ax"));
    assert_eq!(captures(r"(\S+)x", "axb").as_deref(), Some("a"));
    assert_eq!(captures("^", "abc"), None);
    assert_eq!(captures(r"\W", "-@").as_deref(), Some(""));
    assert_eq!(captures(r"\W", "\u{7f}"), None);
    assert!(!matches(CLASSIC, Language::OsMatch, "!a", "b"));
    let exact = Pattern::compile(CLASSIC, Language::OsMatch, b"A\xe3", false).unwrap();
    assert!(exact.is_match(b"xa\xe3"));
    assert!(!exact.is_match(b"xA\xe3"));
    let error = Pattern::compile(CLASSIC, Language::Pcre2, b"a", false).unwrap_err();
    assert_eq!(error.kind, PatternErrorKind::NeedsPcre2);
}

#[test]
fn the_two_osmatch_engines() {
    let wazuh = |pattern, input| matches(WAZUH, Language::OsMatch, pattern, input);
    let ossec = |pattern, input| matches(OSSEC, Language::OsMatch, pattern, input);
    assert!(wazuh("!abc", "xyz") && !ossec("!abc", "xyz"));
    assert!(!wazuh("!", "") && wazuh("a|!b", "!b"));
    assert!(!wazuh("é", "é") && wazuh("^é", "é") && ossec("é", "É"));
    assert!(!wazuh("^$", "\n") && ossec("^$", "\n") && !ossec("a$", "a\n") && ossec("a$|b", "a\n"));
    assert!(wazuh("a^b", "a^b") && !ossec("a^b", "a^b") && ossec("a$\n|x", "a\n"));
    assert!(ossec("ok|x", "O\u{212a}") && !wazuh("ok|x", "O\u{212a}"));
    let ossec = Pattern::compile(OSSEC, Language::OsMatch, b"abc", false).unwrap();
    assert!(ossec.is_match(b"xabc") && !ossec.is_match(b"\xffabc"));
}

#[test]
fn refusals() {
    use PatternErrorKind::*;
    let cases: &[(Dialect, Language, &str, PatternErrorKind, Range<usize>)] = &[
        (WAZUH, Language::OsRegex, r"a\b", Syntax, 1..3),
        (WAZUH, Language::OsRegex, r"a\", Syntax, 1..2),
        (WAZUH, Language::OsRegex, r"\d(a", Parenthesis, 2..3),
        (WAZUH, Language::OsRegex, r"a)", Parenthesis, 1..2),
        (WAZUH, Language::OsRegex, r"((a))", Parenthesis, 1..2),
        (WAZUH, Language::OsRegex, r"(a|b)", Parenthesis, 2..3),
        (OSSEC, Language::OsRegex, "", Syntax, 0..0),
        (OSSEC, Language::OsRegex, r"a\", Syntax, 1..2),
        (OSSEC, Language::OsRegex, r"\\++", Syntax, 3..4),
        (OSSEC, Language::OsRegex, r"\\|+", Syntax, 3..4),
        (OSSEC, Language::OsRegex, r"\\(+)", Syntax, 3..4),
        (OSSEC, Language::OsRegex, r"\\^+", Syntax, 3..4),
        (OSSEC, Language::OsRegex, r"\\$+", Syntax, 3..4),
        (OSSEC, Language::OsRegex, "(a", Parenthesis, 0..1),
        (OSSEC, Language::Pcre2, "", Empty, 0..0),
    ];
    for (dialect, language, pattern, kind, range) in cases {
        let error = Pattern::compile(*dialect, *language, pattern.as_bytes(), true).unwrap_err();
        assert_eq!(
            (error.kind, &error.range),
            (*kind, range),
            "{pattern}: {error}"
        );
    }
    let long = "a".repeat(2049);
    let error = Pattern::compile(OSSEC, Language::OsMatch, long.as_bytes(), false).unwrap_err();
    assert_eq!((error.kind, error.original_code(OSSEC)), (TooLong, 3));
    assert!(Pattern::compile(WAZUH, Language::OsMatch, long.as_bytes(), false).is_ok());
}

#[test]
fn quantifiers_two_bytes_behind_a_backslash() {
    let captures = |pattern, input| captures(OSSEC, Language::OsRegex, pattern, input);
    assert_eq!(captures(r"(\\x+)y", r"\xxxy").as_deref(), Some(r"\xxx"));
    // The pass that makes quantifiers greedy does not see a sign behind an escaped backslash.
    assert_eq!(captures(r"(\\+)", r"\\\").as_deref(), Some(r"\"));
    assert_eq!(captures(r"(\d+)", "123").as_deref(), Some("123"));
    assert_eq!(captures(r"((a)b)|(c)", "c").as_deref(), Some("c"));
    assert_eq!(captures(r"(\d)+", "1+").as_deref(), Some("1"));
}

#[test]
fn the_list_of_captures() {
    let mut captures = Captures::default();
    let compile = |dialect, pattern: &str| {
        Pattern::compile(dialect, Language::Pcre2, pattern.as_bytes(), true).unwrap()
    };
    compile(WAZUH, "(a)(x)?(b)")
        .find(b"ab", &mut captures)
        .unwrap();
    assert_eq!(captures.groups(), [0..1, 0..0, 1..2]);
    // No group takes part: the list stays.
    compile(WAZUH, "a(x)?").find(b"ab", &mut captures).unwrap();
    assert_eq!(captures.groups().len(), 3);
    compile(OSSEC, "^ab$").find(b"ab", &mut captures).unwrap();
    assert_eq!(captures.groups().len(), 3);
    compile(OSSEC, "(a)(x)?(b)")
        .find(b"ab", &mut captures)
        .unwrap();
    assert_eq!(captures.groups(), [0..1, 1..2]);
    compile(OSSEC, "a.").find(b"ab", &mut captures).unwrap();
    assert!(captures.groups().is_empty());
}

#[test]
fn a_final_newline_is_not_part_of_the_match() {
    for (pattern, input, end, group) in [
        (r"(\w+)$", "abc\n", 3, 0..3),
        (r"(\w+$)", "abc\n", 3, 0..3),
        (r"(\w+$|x)", "abc", 3, 0..3),
        (r"(\w+\s)\Z", "abc\n", 4, 0..4),
        (r"(c(?:$)?)", "abc\n", 3, 2..3),
    ] {
        let compiled = Pattern::compile(WAZUH, Language::Pcre2, pattern.as_bytes(), true).unwrap();
        let mut captures = Captures::default();
        let found = compiled.find(input.as_bytes(), &mut captures).unwrap();
        assert_eq!(
            (found.resume, captures.groups()),
            (end, &[group][..]),
            "{pattern}"
        );
        assert!(!compiled.backtracks(), "{pattern}");
    }
}

/// Which patterns leave the automaton.
#[cfg(feature = "pcre2")]
#[test]
fn the_way_to_pcre2() {
    let backtracks = |pattern: &str| {
        Pattern::compile(WAZUH, Language::Pcre2, pattern.as_bytes(), true)
            .unwrap()
            .backtracks()
    };
    for pattern in [
        r"^\d+ \<x\> [\<a]",
        r"a{,3}",
        r"a{",
        r"}",
        r"(?i)a[[:alpha:]]",
        r"\x41\.",
        r"(?<n>a)(?P<m>b)",
        r"[]a]",
        r"[a&&b]",
        r"[^\d\]]",
        r"\h\v\N".trim_end_matches(r"\N"),
        "é+",
        r"(?:a|)?b$",
    ] {
        assert!(!backtracks(pattern), "{pattern}");
    }
    for pattern in [
        "(?=a)",
        "(?!a)b",
        r"(a)\1",
        "(?x) a",
        "a++",
        r"\Qa\E",
        "(?:a*)*",
        "$a",
        "(?m)^",
        r"\R",
        "[a-c-e]",
        r"(*UTF)é",
        "(a{1000}){30}",
    ] {
        assert!(backtracks(pattern), "{pattern}");
    }
}

#[cfg(feature = "pcre2")]
#[test]
fn pcre2_is_bounded_and_points_at_its_errors() {
    let slow = Pattern::compile(WAZUH, Language::Pcre2, b"(?=x?)(?:a+)+$", false).unwrap();
    assert!(slow.backtracks() && slow.is_match(&b"a".repeat(40)));
    let mut input = b"a".repeat(40);
    input.push(b'b');
    assert!(!slow.is_match(&input));
    for (pattern, range, part) in [
        (&b"a(b"[..], 2..3, "parenthesis"),
        (b"a\xff(?<n>b", 7..8, "parenthesis"),
        (b"[z-a]", 2..3, "range"),
    ] {
        let error = Pattern::compile(WAZUH, Language::Pcre2, pattern, false).unwrap_err();
        assert!(error.message.contains(part), "{error}");
        assert_eq!(error.kind, PatternErrorKind::Syntax);
        assert!(
            error.range.end <= pattern.len(),
            "{error} {:?}",
            error.range
        );
        let _ = range;
    }
}

/// 512 cases, or as many as `PROPTEST_CASES` says.
pub(super) fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        default.cases
    } else {
        512
    };
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..default
    }
}

pub(super) fn any_language() -> impl Strategy<Value = Language> {
    prop_oneof![
        Just(Language::OsMatch),
        Just(Language::OsRegex),
        Just(Language::Pcre2)
    ]
}

pub(super) fn any_dialect() -> impl Strategy<Value = Dialect> {
    (0..Dialect::ALL.len()).prop_map(|index| Dialect::ALL[index])
}

/// Bytes that mean something in a pattern, mostly.
pub(super) fn pattern_bytes() -> impl Strategy<Value = Vec<u8>> {
    let signs = b"aab1 \\\\\\()()|^$+*?.[]{},-:dDwWsSpP<>!kK\n\xc3\xa9\xe3\xff".to_vec();
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(signs), 0..24),
        proptest::collection::vec(1u8..=255, 0..24),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_panics(
        dialect in any_dialect(),
        language in any_language(),
        pattern in pattern_bytes(),
        wanted: bool,
        inputs in proptest::collection::vec(pattern_bytes(), 4),
    ) {
        let compiled = match Pattern::compile(dialect, language, &pattern, wanted) {
            Ok(compiled) => compiled,
            Err(error) => {
                prop_assert!(error.range.start <= error.range.end && error.range.end <= pattern.len());
                return Ok(());
            }
        };
        let mut captures = Captures::default();
        for input in inputs {
            let found = compiled.find(&input, &mut captures);
            prop_assert_eq!(found.is_some(), compiled.is_match(&input));
            if let Some(found) = found {
                prop_assert!(found.resume <= input.len());
                for range in captures.groups() {
                    prop_assert!(range.start <= range.end && range.end <= input.len());
                }
            }
            captures.clear();
        }
    }
}

/// The automaton and PCRE2 itself, on patterns of which many can run on both.
#[cfg(feature = "pcre2")]
mod differential {
    use super::*;

    const ATOMS: &[&str] = &[
        "a",
        "b",
        "A",
        "1",
        " ",
        ":",
        "é",
        ".",
        "\\.",
        "\\d",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "\\D",
        "\\h",
        "\\v",
        "\\b",
        "\\B",
        "^",
        "$",
        "\\Z",
        "\\z",
        "\\A",
        "[a-b]",
        "[^a]",
        "[]a]",
        "[^]a]",
        "[a\\]]",
        "[\\<a]",
        "[a&&b]",
        "[a~~b]",
        "[[:alpha:]]",
        "[[:^lower:]]",
        "[[:upper:]1]",
        "[a-]",
        "[-a]",
        "[\\d-]",
        "[\\s\\S]",
        "[^\\W]",
        "[\\x61-c]",
        "[[a]",
        "[é]",
        "\\<",
        "\\>",
        "\\x41",
        "\\x{61}",
        "\\n",
        "\\t",
        "\\x",
        "\\-",
        "{",
        "}",
        "]",
        "{,2}",
        "{a",
        "{1",
        "(?i)",
        "(?-i)",
        "(?s)",
        "(?m)",
        "(?i-s)",
        "\\0",
        "\\e",
        "\n",
        "\\_",
        "a{0}",
        "\\é",
    ];
    const QUANTIFIERS: &[&str] = &[
        "", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,1}", "{1,2}?", "{2,1}",
        "++",
    ];
    const OPENINGS: &[&str] = &["(", "(", "(?:", "(?i:", "(?<n>", "(?P<m>", "(?s-i:"];

    fn pattern() -> impl Strategy<Value = String> {
        let select = proptest::sample::select::<&'static str>;
        let atom =
            (select(ATOMS), select(QUANTIFIERS)).prop_map(|(atom, sign)| format!("{atom}{sign}"));
        atom.prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..5).prop_map(|parts| parts.concat()),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}|{b}")),
                (select(OPENINGS), inner, select(QUANTIFIERS))
                    .prop_map(|(open, inner, sign)| format!("{open}{inner}){sign}")),
            ]
        })
    }

    fn input() -> impl Strategy<Value = Vec<u8>> {
        let bytes = b"aabbAB1 :-<>{}],&~[\\\n\t\x01\x1b_\xc3\xa9\xff".to_vec();
        (
            proptest::collection::vec(proptest::sample::select(bytes), 0..10),
            any::<bool>(),
        )
            .prop_map(|(mut input, newline)| {
                input.extend(newline.then_some(b'\n'));
                input
            })
    }

    fn both(dialect: Dialect, pattern: &[u8], inputs: &[Vec<u8>]) -> Result<bool, TestCaseError> {
        let rules = dialect.patterns().pcre2.expect("the dialect has pcre2");
        if pattern.is_empty() {
            return Ok(false);
        }
        let ours = Pattern::compile(dialect, Language::Pcre2, pattern, true);
        let theirs = Pcre2::compile_original(rules, pattern);
        prop_assert_eq!(
            ours.is_ok(),
            theirs.is_ok(),
            "{:?} {:?}",
            ours.err(),
            theirs.err()
        );
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else {
            return Ok(false);
        };
        if ours.is_literal_shortcut() || ours.backtracks() {
            return Ok(false);
        }
        prop_assert!(matches!(&ours.matcher, Matcher::Pcre2(pcre2) if pcre2.is_built()));
        for input in inputs {
            let (mut a, mut b) = (Captures::default(), Captures::default());
            let ours = ours.find(input, &mut a).map(|found| found.resume);
            let theirs = theirs.find(Look::None, input, &mut b.groups, &mut b.marks);
            prop_assert_eq!(ours, theirs, "{:?}", BStr::new(input));
            prop_assert_eq!(a.groups(), b.groups(), "{:?}", BStr::new(input));
        }
        Ok(true)
    }

    /// osregex as OSSEC writes it, with the odd places of §6.2.
    fn osregex() -> impl Strategy<Value = String> {
        let parts = [
            "a", "b", "k", "S", "1", " ", "é", "\u{17f}", "-", ":", "\\d", "\\w", "\\W", "\\s",
            "\\S", "\\D", "\\.", "\\p", "\\t", "\\\\", "\\(", "\\|", "\\$", "\\<", "\\[", "+", "+",
            "*", "*", "(", "(", ")", ")", "|", "^", "$", "\n", "?", ".", "{", "]",
        ];
        proptest::collection::vec(proptest::sample::select(parts.to_vec()), 1..12)
            .prop_map(|parts| parts.concat())
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let parts = [
            "a", "A", "b", "K", "s", "1", " ", "É", "\u{212a}", "\u{17f}", "-", ":", "\\", "\n",
            "\t", "(",
        ];
        let text = proptest::collection::vec(proptest::sample::select(parts.to_vec()), 0..10);
        (text, 0..20).prop_map(|(parts, broken)| {
            let mut text = parts.concat().into_bytes();
            if broken == 0 {
                text.push(0xe9);
            }
            text
        })
    }

    fn osregex_both(pattern: &str, inputs: &[Vec<u8>]) -> Result<(), TestCaseError> {
        let ours = Pattern::compile(OSSEC, Language::OsRegex, pattern.as_bytes(), true);
        let Ok(printed) = translate::printed(pattern.as_bytes()) else {
            prop_assert!(ours.map_or(true, |ours| ours.is_literal_shortcut()));
            return Ok(());
        };
        let theirs = ::pcre2::bytes::RegexBuilder::new()
            .utf(true)
            .caseless(true)
            .build(&printed);
        prop_assert_eq!(
            ours.is_ok(),
            theirs.is_ok(),
            "{} {:?}",
            printed,
            theirs.err()
        );
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else {
            return Ok(());
        };
        for input in inputs.iter().filter(|_| !ours.is_literal_shortcut()) {
            let mut captures = Captures::default();
            let found = ours.find(input, &mut captures).map(|found| found.resume);
            let mut slots = theirs.capture_locations();
            let theirs = theirs.captures_read(&mut slots, input).ok().flatten();
            prop_assert_eq!(
                found,
                theirs.map(|found| found.end()),
                "{:?}",
                BStr::new(input)
            );
            let groups = (1..slots.len()).filter_map(|group| slots.get(group));
            let groups: Vec<_> = groups.map(|(start, end)| start..end).collect();
            if theirs.is_some() {
                prop_assert_eq!(captures.groups(), groups, "{:?}", BStr::new(input));
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn the_automaton_answers_as_pcre2_does(
            dialect in prop_oneof![Just(OSSEC), Just(WAZUH)],
            pattern in pattern(),
            inputs in proptest::collection::vec(input(), 6),
        ) {
            both(dialect, pattern.as_bytes(), &inputs)?;
        }

        #[test]
        fn random_bytes_are_refused_by_both_or_none(
            dialect in prop_oneof![Just(OSSEC), Just(WAZUH)],
            pattern in pattern_bytes(),
            inputs in proptest::collection::vec(input(), 3),
        ) {
            both(dialect, &pattern, &inputs)?;
        }

        #[test]
        fn translated_osregex_answers_as_pcre2_does(
            pattern in osregex(),
            inputs in proptest::collection::vec(text(), 6),
        ) {
            osregex_both(&pattern, &inputs)?;
        }
    }
}
