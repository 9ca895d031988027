//! Examples of `spec/rules.md` §9 and `spec/wazuh.md` §12.2, with lists of our own.

use proptest::prelude::*;

use super::*;
use crate::ruleset::cdb::write_cdb;

const TEXT: &[u8] = b"web1:front end\ndb1:back end\n192.0.2.7:host\n192.:wide\n192.0.2.:lab\n";

fn both_kinds() -> [List; 2] {
    let cdb = write_cdb(entries(Dialect::Ossec43, TEXT)).unwrap();
    [
        List::from_text(Dialect::Ossec43, TEXT),
        List::from_cdb(Cdb::new(cdb).unwrap()),
    ]
}

#[test]
fn lookups() {
    // Look-up, pattern for the value, values for which it holds, values for which it fails.
    type Values = &'static [&'static str];
    let cases: &[(&str, &str, Values, Values)] = &[
        (
            "match_key",
            "",
            &["web1", "192.0.2.7"],
            &["WEB1", "web", "192.0.2.8"],
        ),
        ("NOT_match_key", "", &["x"], &["web1"]),
        ("match_key_value", "front", &["web1"], &["db1", "x"]),
        (
            "address_match_key",
            "",
            &["192.0.2.7", "192.0.2.99", "192.9.9.9", "192."],
            &["198.51.100.1", "192"],
        ),
        (
            "not_address_match_key",
            "",
            &["198.51.100.1"],
            &["192.0.2.7", "192.0.2.99"],
        ),
        (
            "address_match_key_value",
            "lab",
            &["192.0.2.7", "192.9.9.9", "198.51.100.1"],
            &["192.0.2.99"],
        ),
    ];
    for list in &both_kinds() {
        for &(lookup, pattern, holds, fails) in cases {
            let lookup = Lookup::parse(lookup.as_bytes()).unwrap();
            let test = ListTest::new(Dialect::Ossec43, ListField::User, lookup);
            let check = |value: &str| {
                let pattern = |found: &[u8]| found.starts_with(pattern.as_bytes());
                test.holds(ListState::Open(list), value.as_bytes(), Some(pattern))
            };
            for value in holds {
                assert!(check(value), "{lookup:?} {value}");
            }
            for value in fails {
                assert!(!check(value), "{lookup:?} {value}");
            }
        }
    }
}

#[test]
fn lists_that_are_not_there() {
    // Look-up, not opened, not configured in 3.7.
    let cases = [
        (Lookup::MatchKey, false, false),
        (Lookup::NotMatchKey, true, true),
        (Lookup::MatchKeyValue, false, false),
        (Lookup::AddressMatchKey, true, false),
        (Lookup::NotAddressMatchKey, false, true),
        (Lookup::AddressMatchKeyValue, true, false),
    ];
    let check = Some(|_: &[u8]| true);
    for (lookup, not_opened, not_configured) in cases {
        let test = |dialect| ListTest::new(dialect, ListField::User, lookup);
        for dialect in Dialect::ALL {
            assert_eq!(
                test(dialect).holds(ListState::NotOpened, b"x", check),
                not_opened
            );
        }
        for dialect in [Dialect::Ossec283, Dialect::Ossec37] {
            let holds = test(dialect).holds(ListState::NotConfigured, b"x", check);
            assert_eq!(holds, not_configured, "{lookup:?}");
        }
        assert!(!test(Dialect::Ossec43).holds(ListState::NotConfigured, b"x", check));
    }
}

#[test]
fn without_check_value_nothing_matches() {
    let [list, _] = both_kinds();
    let holds = |lookup| {
        let test = ListTest::new(Dialect::Wazuh414, ListField::User, lookup);
        test.holds(ListState::Open(&list), b"web1", None::<fn(&[u8]) -> bool>)
    };
    assert!(!holds(Lookup::MatchKeyValue));
    assert!(holds(Lookup::AddressMatchKeyValue));
}

#[track_caller]
fn check_entries(dialect: Dialect, text: &str, expected: &[(&str, &str)]) {
    let found: Vec<_> = entries(dialect, text.as_bytes())
        .map(|(key, value)| (key.to_str().unwrap(), value.to_str().unwrap()))
        .collect();
    assert_eq!(found, expected, "{dialect}");
}

#[test]
fn text_form() {
    let text = "### head\nann:x ### tail\n### ben:x\nroot\n#cid:1\n\n a: b\ndora:\ne:f:g\rh\ne:2";
    check_entries(
        Dialect::Ossec43,
        text,
        &[
            ("ann", "x"),
            ("#cid", "1"),
            (" a", " b"),
            ("dora", ""),
            ("e", "f:g"),
            ("e", "2"),
        ],
    );
    check_entries(
        Dialect::Ossec37,
        text,
        &[
            ("ann", "x ### tail"),
            ("### ben", "x"),
            ("#cid", "1"),
            (" a", " b"),
            ("dora", ""),
            ("e", "f:g"),
            ("e", "2"),
        ],
    );
    let list = List::from_text(Dialect::Ossec43, text.as_bytes());
    assert_eq!(list.lookup(b"e"), Some(&b"f:g"[..]));
}

#[test]
fn wazuh_text_form() {
    check_entries(
        Dialect::Wazuh414,
        "key:value\nkey:\nk:\"v:w\" x\nx\"k:1\" y:z\nno colon\n\"open:x\nk:\"open\n\"bare\"\n### c:d\nk:a:b",
        &[
            ("key", "value"),
            ("key", ""),
            ("k", "v:w"),
            ("k:1", "z"),
            ("### c", "d"),
            ("k", "a:b"),
        ],
    );
}

#[test]
fn long_lines_are_split() {
    let text = format!("k:{}second:1", "v".repeat(6140));
    let found: Vec<_> = entries(Dialect::Ossec43, text.as_bytes()).collect();
    assert_eq!(found[0].1.len(), 6140);
    assert_eq!(found[1], (&b"second"[..], &b"1"[..]));
    assert_eq!(entries(Dialect::Wazuh414, text.as_bytes()).count(), 1);
}

#[test]
fn fields() {
    let parse = |dialect, text: &str| ListField::parse(dialect, text.as_bytes());
    assert_eq!(
        parse(Dialect::Ossec43, "SrcIp"),
        Some(ListField::Static(Field::SrcIp))
    );
    assert_eq!(parse(Dialect::Ossec43, "user"), Some(ListField::User));
    assert_eq!(parse(Dialect::Ossec43, "extra_data"), None);
    let extra_data = ListField::Static(Field::ExtraData);
    assert_eq!(parse(Dialect::Wazuh414, "extra_data"), Some(extra_data));
    assert_eq!(
        parse(Dialect::Wazuh414, " a.b c"),
        Some(ListField::Dynamic("a.b".into()))
    );
    assert_eq!(parse(Dialect::Wazuh414, " "), None);
}

proptest! {
    #[test]
    fn any_text_can_be_read(
        text in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"ab:\"#\n\r.".to_vec())], 0..200),
        key in prop::collection::vec(prop::sample::select(b"ab.".to_vec()), 0..6),
    ) {
        for dialect in Dialect::ALL {
            let list = List::from_text(dialect, &text);
            let cdb = Cdb::new(write_cdb(entries(dialect, &text)).unwrap()).unwrap();
            let compiled = List::from_cdb(cdb);
            prop_assert_eq!(list.lookup_address(&key), compiled.lookup_address(&key));
        }
    }
}
