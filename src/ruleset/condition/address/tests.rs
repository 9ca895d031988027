//! The examples of `spec/rules.md` §8.2 and §11 and of `spec/wazuh.md` §10.4, and the edges.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(dialect: Dialect, entries: &[&str], values: &[(&str, bool)]) {
    let entries: Vec<_> = entries
        .iter()
        .map(|text| {
            AddressEntry::parse(dialect, text.as_bytes())
                .value
                .expect(text)
        })
        .collect();
    let list = AddressList::new(dialect, entries.clone());
    assert!(!list.holds(None));
    for (value, expected) in values {
        assert_eq!(
            list.holds(Some(value.as_bytes())),
            *expected,
            "{entries:?} {value}"
        );
    }
}

#[test]
fn newer_ossec() {
    for dialect in [Dialect::Ossec37, Dialect::Ossec43] {
        check(
            dialect,
            &["!10.1.2.3", "10.1.2.0/24"],
            &[
                ("10.1.2.3", false),
                ("10.1.2.77", true),
                ("203.0.113.9", false),
            ],
        );
        check(
            dialect,
            &["10.1.2.3", "!10.1.2.77"],
            &[
                ("10.1.2.3", true),
                ("10.1.2.77", false),
                ("203.0.113.9", true),
            ],
        );
        check(dialect, &["any"], &[("10.1.2.3", true), ("alpha", false)]);
        check(dialect, &["!any"], &[("10.1.2.3", false), ("alpha", false)]);
        check(
            dialect,
            &["!10.1.2.3"],
            &[("alpha", false), ("203.0.113.9", true)],
        );
        check(
            dialect,
            &["10.1.2.3/25"],
            &[("10.1.2.100", true), ("10.1.2.200", false)],
        );
        check(
            dialect,
            &["10.1.2.3/0"],
            &[("203.0.113.9", true), ("::1", true)],
        );
        check(
            dialect,
            &["2001:db8:1::/48"],
            &[
                ("2001:db8:1::5", true),
                ("2001:db9::1", false),
                ("10.1.2.3", false),
            ],
        );
        check(
            dialect,
            &["10.5"],
            &[("10.0.0.5", true), ("10.5", true), ("10.1.2.3", false)],
        );
        check(
            dialect,
            &["0x7f.1"],
            &[("127.0.0.1", true), ("0177.0.0.01", true)],
        );
        check(
            dialect,
            &["::ffff:10.0.0.5"],
            &[("10.0.0.5", false), ("::ffff:a00:5", true)],
        );
    }
}

#[test]
fn oldest_ossec() {
    check(
        Dialect::Ossec283,
        &["!10.1.2.3", "10.1.2.0/255.255.255.0"],
        &[
            ("10.1.2.3", false),
            ("10.1.2.77", false),
            ("203.0.113.9", true),
        ],
    );
    check(
        Dialect::Ossec283,
        &["any"],
        &[("10.1.2.3", true), ("alpha", true)],
    );
    check(Dialect::Ossec283, &["!any"], &[("alpha", false)]);
    check(
        Dialect::Ossec283,
        &["10.1.2.3/0"],
        &[("1.2.3.4", true), ("::1", true)],
    );
    check(
        Dialect::Ossec283,
        &["!10.1.2.3"],
        &[("alpha", true), ("203.0.113.9", true)],
    );
}

#[test]
fn wazuh() {
    check(
        Dialect::Wazuh414,
        &["!10.0.0.1"],
        &[("10.0.0.1", true), ("10.0.0.2", false)],
    );
    check(
        Dialect::Wazuh414,
        &["any"],
        &[("10.0.0.1", true), ("alpha", false), ("10.1", false)],
    );
    check(
        Dialect::Wazuh414,
        &["10.0.0.0/255.0.0.0"],
        &[("10.9.9.9", true), ("::1", false)],
    );
    check(
        Dialect::Wazuh414,
        &["::1"],
        &[("::1", true), ("::2", false), ("10.0.0.1", true)],
    );
    check(
        Dialect::Wazuh414,
        &["2001:db8::/32"],
        &[("2001:db8::1", true), ("10.0.0.1", false)],
    );
    check(
        Dialect::Wazuh414,
        &["::ffff:10.0.0.1"],
        &[("10.0.0.1", true), ("10.0.0.2", false)],
    );
}

#[test]
fn refused() {
    use Dialect::{Ossec43, Ossec283, Wazuh414};
    // Dialect, text, what the message names.
    let cases = [
        (Ossec43, "alpha", "alpha"),
        (Ossec43, "", ""),
        (Ossec43, "10.1.2.3,10.1.2.77", "10.1.2.3,10.1.2.77"),
        (Ossec43, "10.1.2.3/255.255.255.0", "10.1.2.3/255.255.255.0"),
        (Ossec43, "10.1.2.3/33", "10.1.2.3/33"),
        (Ossec43, "::1/129", "::1/129"),
        (Ossec43, " 10.1.2.3", " 10.1.2.3"),
        (Ossec43, "10.1.2.3.1", "10.1.2.3.1"),
        (Ossec43, "10.1.2.3.", "10.1.2.3."),
        (Ossec43, "10.1.2.256", "10.1.2.256"),
        (Ossec43, "08.1", "08.1"),
        (Ossec43, "0x", "0x"),
        (Ossec43, "fe80::1%eth0", "fe80::1%eth0"),
        (Ossec43, "ANY", "ANY"),
        (Ossec283, "10.1.2.3/33", "10.1.2.3"),
        (Ossec283, "2001:db8:1::/48", "2001:db8:1::/48"),
        (Ossec283, "10.5", "10.5"),
        (Wazuh414, "10.5", "10.5"),
    ];
    for (dialect, text, shown) in cases {
        let parsed = AddressEntry::parse(dialect, text.as_bytes());
        assert_eq!(parsed.value, None, "{text}");
        let lines: Vec<_> = parsed.original_lines().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [format!(
                "ossec-analysisd(1237): ERROR: Invalid ip address: '{shown}'."
            )]
        );
    }
}

#[test]
fn numbers_of_the_c_library() {
    let cases: &[(&str, Option<u32>)] = &[
        ("10.5", Some(0x0a00_0005)),
        ("10.1.256", Some(0x0a01_0100)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("1.16777216", None),
        ("1.2.3.0400", None),
        ("256.1", None),
        ("1..2", None),
        (".1", None),
        ("+1", None),
        ("0x+1", None),
    ];
    for &(text, expected) in cases {
        assert_eq!(short_ipv4(text.as_bytes()), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(
        entry in prop::collection::vec(prop::sample::select(b"!0129.x:f/any ".to_vec()), 0..20),
        value in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        for dialect in Dialect::ALL {
            let parsed = AddressEntry::parse(dialect, &entry);
            let list = AddressList::new(dialect, parsed.value.into_iter().collect());
            list.holds(Some(&value));
            list.holds(Some(&entry));
        }
    }
}
