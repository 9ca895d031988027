//! The worked examples of `spec/predecoding.md` §10 and the edges of every form.

use proptest::prelude::*;

use super::*;
use crate::dialect::Dialect;

/// Host, program name and log; `None` is "absent".
fn parts(dialect: Dialect, text: &str) -> (Option<&str>, Option<&str>, &str) {
    let header = header(dialect.predecoding(), text.as_bytes());
    let show = |range: Range<usize>| std::str::from_utf8(&text.as_bytes()[range]).unwrap();
    (
        header.hostname.map(show),
        header.program_name.map(show),
        show(header.log),
    )
}

#[track_caller]
fn check(dialect: Dialect, cases: &[(&str, Option<&str>, Option<&str>, &str)]) {
    for &(line, hostname, program_name, log) in cases {
        assert_eq!(
            parts(dialect, line),
            (hostname, program_name, log),
            "{dialect}: {line}"
        );
    }
}

#[test]
fn worked_examples() {
    let whole = |line: &'static str| (line, None, None, line);
    check(
        Dialect::Ossec43,
        &[
            (
                "Jan 12 13:22:01 web1 sshd[4211]: Accepted",
                Some("web1"),
                Some("sshd"),
                "Accepted",
            ),
            (
                "Jan 12 13:22:01 web1 prg[77] hello",
                Some("web1"),
                Some("prg"),
                "hello",
            ),
            (
                "Jan 12 13:22:01 web1 prg[77]:hello",
                Some("web1"),
                None,
                "prg[77]:hello",
            ),
            ("Jan 12 13:22:01 web1 prg:", Some("web1"), None, "prg:"),
            (
                "Jan 12 13:22:01 web1 : hello",
                Some("web1"),
                Some(""),
                "hello",
            ),
            ("Jan 12 13:22:01 sshd: hello", None, Some("sshd"), "hello"),
            (
                "Jan 12 13:22:01 sshd[12]: hello",
                None,
                None,
                "sshd[12]: hello",
            ),
            (
                "Jan 12 13:22:01   web1 cron: a",
                Some(""),
                None,
                "web1 cron: a",
            ),
            ("Jan 12 13:22:01 webserver", None, None, "webserver"),
            whole("Jan 2 03:02:01 web1 cron: a"),
            (
                "abc de fg:hi:jk web1 cron: a",
                Some("web1"),
                Some("cron"),
                "a",
            ),
            (
                "Jan 12 13:22:01 web1 auth|security:info foo bar baz",
                Some("web1"),
                Some("foo bar baz"),
                " bar baz",
            ),
            (
                "Jan 12 13:22:01 web1 auth|security:info sshd[77] hello",
                Some("web1"),
                Some("sshd"),
                "auth|security:info sshd",
            ),
            (
                "Jan 12 13:22:01 web1 auth|security:info sshd[77]: hello",
                Some("web1"),
                Some("sshd"),
                "hello",
            ),
            (
                "Jan 12 13:22:01 web1 prg: [ID 7 auth]hello [x] more",
                Some("web1"),
                Some("prg"),
                "more",
            ),
            (
                "2015-04-16 21:51:02,805 web1 proftpd[12630]: hello",
                Some("web1"),
                Some("proftpd"),
                "hello",
            ),
            (
                "2007-06-14T15:48:55.3-04:00 web1 sshd[2]: hello",
                Some("web1"),
                Some("sshd"),
                "hello",
            ),
            whole("2024-01-02T10:00:00Z web1 prg: hello hello"),
            (
                "2015 Dec 29 10:00:01 WinEvtLog: Security: A(4624): x",
                None,
                Some("WinEvtLog"),
                "Security: A(4624): x",
            ),
            (
                "2019:11:06-00:08:03 web1 prg[8]: hello",
                Some("web1"),
                Some("prg"),
                "hello",
            ),
            whole("proftpd[12630]: 127.0.0.1 x"),
            (
                "Mon Apr 17 18:27:14 2006 1 64.160.42.130 x",
                None,
                None,
                " 1 64.160.42.130 x",
            ),
            ("01/28-09:13:16.240702 [**] x", None, None, "**] x"),
            ("01/28/1979-09:13:16.240702 ", None, None, ""),
            ("[Fri Feb 11 18:06:35 2004]x", None, None, ""),
            (
                "1140804070.368      3 192.168.1.1 TCP_MISS/200 x",
                None,
                None,
                "3 192.168.1.1 TCP_MISS/200 x",
            ),
            (
                "[Time 2006.12.28 15:53:55 UTC] [Sender sshd] [Message a [b] c] [Host m]",
                Some("m"),
                Some("sshd"),
                "a [b",
            ),
            (
                "[Time 2006.12.28 15:53:55 UTC] [Facility auth] [Sender sshd] [Host m]",
                Some("m"),
                Some("sshd"),
                " UTC] [Facility auth] [Sender sshd",
            ),
            (
                "[Time 2006.12.28 15:53:55 UTC] [Sender sshd",
                None,
                None,
                " UTC] [Sender sshd",
            ),
            // §3: two blanks make up for the byte that is not corrected.
            (
                "Mär  2 10:00:01 web1 cron: a",
                Some("web1"),
                Some("cron"),
                "a",
            ),
            (
                "Jün 02 10:00:01 web1 cron: a",
                None,
                None,
                "Jün 02 10:00:01 web1 cron: a",
            ),
        ],
    );
}

#[test]
fn the_oldest_engine_knows_fewer_forms() {
    for line in [
        "2015-04-16 21:51:02,805 web1 proftpd[12630]: hello",
        "2007-06-14T15:48:55.3-04:00 web1 sshd[2]: hello",
        "2015 Dec 29 10:00:01 WinEvtLog: Security: A(4624): x",
        "2019:11:06-00:08:03 web1 prg[8]: hello",
    ] {
        check(Dialect::Ossec283, &[(line, None, None, line)]);
    }
    check(
        Dialect::Ossec283,
        &[
            (
                "2007-06-14T15:48:55.321456-04:00 web1 sshd[2]: hello",
                Some("web1"),
                Some("sshd"),
                "hello",
            ),
            (
                "Jan 12 13:22:01 web1 prg: [ID 7 auth]hello",
                Some("web1"),
                Some("prg"),
                "ello",
            ),
            (
                "Jan 12 13:22:01 web1 prg: [ID 7 auth]",
                Some("web1"),
                Some("prg"),
                "",
            ),
        ],
    );
}

#[test]
fn wazuh_cuts_elsewhere_and_reports_the_time_stamp() {
    let cases = [
        (
            "Nov 14 22:13:20 web1 app:hello",
            Some("Nov 14 22:13:20"),
            Some("app"),
            "hello",
        ),
        (
            "Nov 14 22:13:20 web1 app[12]:hello",
            Some("Nov 14 22:13:20"),
            Some("app"),
            "hello",
        ),
        (
            "Nov 14 22:13:20 a b:",
            Some("Nov 14 22:13:20"),
            Some("b"),
            "",
        ),
        (
            "2022-12-19T15:02:53.288Z web1 app: hello there",
            Some("2022-12-19T15:02:53.288Z web1 a"),
            Some("p"),
            "hello there",
        ),
        (
            "2021-04-21 10:16:09.404756-0700  localhost sshd[1]: x",
            Some("2021-04-21 10:16:09.404756-0700"),
            Some("sshd"),
            "x",
        ),
        (
            "Mon Apr 17 18:27:14 2006 1 64.160.42.130 rest",
            Some("Mon Apr 17 18:27:14 2006"),
            None,
            "1 64.160.42.130 rest",
        ),
        (
            "[Fri Feb 11 18:06:35 2004] [warn] x",
            Some("Fri Feb 11 18:06:35 2004"),
            None,
            "[warn] x",
        ),
        (
            "1140701044.525   1231 192.168.1.201 TCP_DENIED/400",
            Some("1140701044.525  "),
            None,
            "1231 192.168.1.201 TCP_DENIED/400",
        ),
    ];
    for (line, timestamp, program_name, log) in cases {
        let header = header(Dialect::Wazuh414.predecoding(), line.as_bytes());
        let stamp = header.timestamp.map(|range| &line[range]);
        assert_eq!(stamp, timestamp, "{line}");
        assert_eq!(parts(Dialect::Wazuh414, line).1, program_name, "{line}");
        assert_eq!(parts(Dialect::Wazuh414, line).2, log, "{line}");
    }
}

#[test]
fn queue_messages() {
    let split = |dialect: Dialect, message: &'static str| {
        split_queue_message(dialect.predecoding(), message.as_bytes())
            .map(|message| (message.location, message.text))
    };
    let ok = |location: &'static str, text: &'static str| {
        Ok::<_, Rejection>((location.as_bytes(), text.as_bytes()))
    };
    use Dialect::{Ossec37, Ossec43, Ossec283, Wazuh414};
    let cases = [
        (Ossec43, "1:stdin:a:b", ok("stdin", "a:b")),
        (Ossec43, "1:stdin:", ok("stdin", "")),
        (Ossec43, "2:fe80::5:text", ok("fe80", ":5:text")),
        (Ossec43, "1:(w) fe80::5->/a:x", ok("(w) fe80::5->/a", "x")),
        (Ossec283, "1:(w) fe80::5->/a:x", ok("(w) fe80", ":5->/a:x")),
        (Ossec43, "1:(w) 10.0.0.5 /a:x", Err(Rejection::NoArrow)),
        (Ossec43, "1:(w) 10:5->/a", Err(Rejection::NoLocation)),
        (Ossec43, "1:hello", Err(Rejection::NoLocation)),
        (Ossec43, "1", Err(Rejection::TooShort)),
        (Ossec43, "1:/a/../x:y", Err(Rejection::ParentDirectory)),
        (Ossec37, "1:/a/../x:y", ok("/a/../x", "y")),
        (Ossec43, "1:..:y", Err(Rejection::ParentDirectory)),
        (Ossec43, "1:/a/..:y", Err(Rejection::ParentDirectory)),
        (Ossec43, "1:/a/..x:y", ok("/a/..x", "y")),
        (Ossec43, "1:...:y", ok("...", "y")),
        (Wazuh414, "1:a|:b||:c:d", ok("a|:b||", "c:d")),
        (Wazuh414, "1:[007:x", Err(Rejection::AgentId)),
    ];
    for (dialect, message, expected) in cases {
        assert_eq!(split(dialect, message), expected, "{dialect}: {message}");
    }
}

#[test]
fn origins() {
    let wazuh = Dialect::Wazuh414.predecoding();
    let origin = wazuh.origin(b"[007] (web1) fe80|:|:7->/a");
    assert_eq!(origin.agent_id, Some(&b"007"[..]));
    assert_eq!(origin.hostname.as_deref(), Some(&b"web1"[..]));
    assert_eq!(&*origin.location, b"(web1) fe80::7->/a");
    let origin = wazuh.origin(b"[007] something");
    assert_eq!(origin.hostname.as_deref(), Some(&b""[..]));
    assert_eq!(&*origin.location, b"something");
    assert_eq!(wazuh.origin(b"(web1) x->/a").agent_id, None);
    assert_eq!(wazuh.origin(b"(web1) x->/a").hostname, None);
    let origin = Dialect::Ossec43.predecoding().origin(b"(web1) x->/a");
    assert_eq!(origin.hostname.as_deref(), Some(&b"(web1) x->/a"[..]));
}

#[test]
fn control_bytes_go_in_one_dialect_only() {
    for dialect in Dialect::ALL {
        let mut text = b"a\tb\ta\x7f\x1b\xe4\r".to_vec();
        clean(dialect.predecoding(), &mut text, 2);
        let expected: &[u8] = match dialect {
            Dialect::Ossec43 => b"a\tba\xe4",
            _ => b"a\tb\ta\x7f\x1b\xe4\r",
        };
        assert_eq!(text, expected, "{dialect}");
    }
}

/// Bytes that look enough like headers to get past the first columns.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let starts = prop::sample::select(vec![
        "",
        "Jan 12 13:22:01 ",
        "Jan 12 13:22:01 web1 auth|security:info ",
        "Jan 12 13:22:01 web1 prg: [ID ",
        "2007-06-14T15:48:55.3-04:00 ",
        "01/28/1979-09:13:16.240702 ",
        "[Time 2006.12.28 15:53:55 UTC] [Sender ",
        "1140804070.368      3 ",
    ]);
    let rest = prop::collection::vec(
        prop_oneof![any::<u8>(), prop::sample::select(b" :[]|-a1/".to_vec())],
        0..60,
    );
    (starts, rest, any::<bool>()).prop_map(|(start, rest, asl)| {
        let middle: &[u8] = if asl { b"x] [Message " } else { b"" };
        [start.as_bytes(), middle, &rest].concat()
    })
}

proptest! {
    #[test]
    fn ranges_stay_inside_and_in_order(text in lines()) {
        for dialect in Dialect::ALL {
            let header = header(dialect.predecoding(), &text);
            let ranges =
                [Some(header.log), header.hostname, header.program_name, header.timestamp];
            for range in ranges.into_iter().flatten() {
                prop_assert!(range.start <= range.end && range.end <= text.len());
            }
        }
    }

    #[test]
    fn messages_never_panic(message in prop::collection::vec(any::<u8>(), 0..40)) {
        for dialect in Dialect::ALL {
            let rules = dialect.predecoding();
            if let Ok(message) = split_queue_message(rules, &message) {
                rules.origin(message.location);
            }
        }
    }
}

#[test]
fn a_plain_location_makes_the_message_that_is_taken_apart() {
    for location in [
        "stdin",
        "",
        "/var/log/a.log",
        "a:b",
        "a|b",
        "(agent) any->/x",
        "[001] (a) 1->/x",
        "a/../b",
        "a..b",
        "a\0b",
    ] {
        let plain = is_plain_location(location.as_bytes());
        for dialect in Dialect::ALL {
            let rules = dialect.predecoding();
            let line = b"Jan 12 13:22:01 host prog: a\0b";
            let message = [&b"1:"[..], location.as_bytes(), b":", line].concat();
            let split = split_queue_message(rules, &message);
            if plain {
                let of_line = QueueMessage::of_line(location.as_bytes(), line);
                assert_eq!(split, Ok(of_line), "{location} {dialect}");
                let origin = rules.origin(location.as_bytes());
                assert_eq!(&*origin.location, location.as_bytes());
                assert_eq!((origin.agent_id, origin.hostname), (None, None));
            }
        }
    }
    assert!(is_plain_location(b"/var/log/a.log") && !is_plain_location(b"a:b"));
}
