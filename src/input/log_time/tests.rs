use jiff::civil::DateTime;
use proptest::prelude::*;

use super::*;

/// Naive seconds of `2024-01-12T13:22:01`.
fn at(text: &str) -> i64 {
    let civil: DateTime = text.parse().unwrap();
    TimeZone::UTC.to_timestamp(civil).unwrap().as_second()
}

/// What the stamp is, as text: a local time, or an instant with `Z`.
fn shown(line: &[u8]) -> String {
    match stamp(line) {
        None => "-".to_owned(),
        Some(Stamp::Instant(seconds)) => jiff::Timestamp::from_second(seconds).unwrap().to_string(),
        Some(Stamp::Local {
            year,
            month,
            day,
            second,
        }) => {
            let year = year.map_or("?".to_owned(), |year| year.to_string());
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
        }
    }
}

#[test]
fn forms() {
    let table = [
        ("Jan 12 13:22:01 h su: x", "?-01-12T13:22:01"),
        ("Jan  2 13:22:01 h su: x", "?-01-02T13:22:01"),
        ("jan 02 13:22:01 h su: x", "?-01-02T13:22:01"),
        ("Feb 29 00:00:00", "?-02-29T00:00:00"),
        ("<34>Oct 11 22:14:15 h su: x", "?-10-11T22:14:15"),
        (
            "<34>1 2003-10-11T22:14:15.003Z h su",
            "2003-10-11T22:14:15Z",
        ),
        ("Jan 12 2024 13:22:01: %ASA-6", "2024-01-12T13:22:01"),
        ("Jan 12 2024 h su: x", "-"),
        ("2024 Jan 12 13:22:01 h su: x", "2024-01-12T13:22:01"),
        ("2024-01-12T13:22:01.5+01:00 h su", "2024-01-12T12:22:01Z"),
        ("2024-01-12T13:22:01-0530 h su", "2024-01-12T18:52:01Z"),
        ("2024-01-12T13:22:01+01 h", "2024-01-12T12:22:01Z"),
        ("2024-01-12 13:22:01.123 UTC [7]", "2024-01-12T13:22:01Z"),
        ("2024-01-12 13:22:01 +0200 x", "2024-01-12T11:22:01Z"),
        ("2024-01-12 13:22:01,123 h su", "2024-01-12T13:22:01"),
        ("2024-01-12 13:22:01 -12 apples", "2024-01-12T13:22:01"),
        ("2024-01-12 13:22:01 - x", "2024-01-12T13:22:01"),
        ("2024-01-12T13:22:01", "2024-01-12T13:22:01"),
        ("2024-01-12T13:22:01Zebra", "2024-01-12T13:22:01"),
        ("2024/01/12 13:22:01 [error]", "2024-01-12T13:22:01"),
        ("2016-12-31T23:59:60Z leap", "2016-12-31T23:59:59Z"),
        ("[2024-01-12 13:22:01] x", "2024-01-12T13:22:01"),
        ("[Fri Feb 11 18:06:35 2004] [warn]", "2004-02-11T18:06:35"),
        ("[Fri Feb 11 18:06:35.123 2004] [x]", "2004-02-11T18:06:35"),
        ("Mon Apr 17 18:27:14 2006 1 64.1", "2006-04-17T18:27:14"),
        ("Mon Apr 17 18:27:14 UTC 2006 x", "2006-04-17T18:27:14Z"),
        ("Mon Apr 17 18:27:14 CEST 2006 x", "2006-04-17T18:27:14"),
        (
            "1.2.3.4 - - [12/Jan/2024:13:22:01 +0100] \"GET",
            "2024-01-12T12:22:01Z",
        ),
        (
            "[1] h [12/Jan/2024:13:22:01 -0330] x",
            "2024-01-12T16:52:01Z",
        ),
        ("1140804070.368  11623 1.2.3.4", "2006-02-24T18:01:10Z"),
        ("1700000000123 x", "2023-11-14T22:13:20Z"),
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("0700000000 x", "-"),
        ("1700000000x", "-"),
        ("170000000 x", "-"),
        ("17000000000 x", "-"),
        (
            "type=SYSCALL msg=audit(1403598929.839:21): x",
            "2014-06-24T08:35:29Z",
        ),
        ("01/28-09:13:16.240702  [**]", "?-01-28T09:13:16"),
        ("01/28/1979-09:13:16.240702  [**]", "1979-01-28T09:13:16"),
        ("2019:11:06-00:08:03 h", "2019-11-06T00:08:03"),
        ("[Time 2006.12.28 15:53:55 UTC] x", "2006-12-28T15:53:55Z"),
        (
            r#"{"a":"b","timestamp":"2024-01-12T13:22:01.7+0000","#,
            "2024-01-12T13:22:01Z",
        ),
        (r#"{"a":"b"}"#, "-"),
        ("", "-"),
        ("[", "-"),
        ("<34>", "-"),
        ("hello world", "-"),
        ("Jan 32 13:22:01 h", "-"),
        ("Apr 31 13:22:01 h", "-"),
        ("Jan 12 24:00:00 h", "-"),
        ("Jan 12 13:60:00 h", "-"),
        ("Jan 12 13:22:61 h", "-"),
        ("2023-02-29T00:00:00Z", "-"),
        ("0000-01-01T00:00:00Z", "-"),
        ("2024-13-01T00:00:00Z", "-"),
        ("2024-01-01T00:00:00+99:00", "2024-01-01T00:00:00"),
    ];
    for (line, expected) in table {
        assert_eq!(shown(line.as_bytes()), expected, "{line}");
    }
}

/// A file written on `written`, and what its lines mean in UTC.
#[track_caller]
fn check(written: &str, lines: &[(&str, &str)]) {
    let mut times = LogTime::new(TimeZone::UTC);
    times.begin(at(written));
    for (line, expected) in lines {
        assert_eq!(times.of(line.as_bytes()), Some(at(expected)), "{line}");
    }
}

#[test]
fn the_year_of_the_file() {
    check(
        "2024-06-01T00:00:00",
        &[
            ("May 30 10:00:00 h x: y", "2024-05-30T10:00:00"),
            ("May 31 10:00:00 h x: y", "2024-05-31T10:00:00"),
            // Other time zones, slow clocks.
            ("Jun  1 12:00:00 h x: y", "2024-06-01T12:00:00"),
        ],
    );
    check(
        "2024-06-01T00:00:00",
        &[("Jul  1 12:00:00 h x: y", "2023-07-01T12:00:00")],
    );
    check(
        "2023-06-01T00:00:00",
        &[("Feb 29 12:00:00 h x: y", "2020-02-29T12:00:00")],
    );
}

#[test]
fn over_new_year_and_back() {
    check(
        "2024-01-20T00:00:00",
        &[
            ("Dec 31 23:59:59 h x: y", "2023-12-31T23:59:59"),
            ("Jan  1 00:00:00 h x: y", "2024-01-01T00:00:00"),
            ("Dec 31 23:59:58 h x: y", "2023-12-31T23:59:58"),
            ("Jan 19 00:00:00 h x: y", "2024-01-19T00:00:00"),
        ],
    );
}

#[test]
fn sparse_logs_and_mixed_clocks() {
    // Ten months without a line.
    check(
        "2024-01-16T00:00:00",
        &[
            ("Mar 10 00:00:00 h x: y", "2023-03-10T00:00:00"),
            ("Jan 15 00:00:00 h x: y", "2024-01-15T00:00:00"),
        ],
    );
    // A host whose clock is two months late does not drive the years on.
    check(
        "2024-03-11T00:00:00",
        &[
            ("Mar 10 00:00:00 h x: y", "2024-03-10T00:00:00"),
            ("Jan 10 00:00:00 g x: y", "2024-01-10T00:00:00"),
            ("Mar 10 00:00:01 h x: y", "2024-03-10T00:00:01"),
            ("Jan 10 00:00:01 g x: y", "2024-01-10T00:00:01"),
        ],
    );
}

#[test]
fn stamps_with_a_year_tell_the_others() {
    check(
        "2024-06-01T00:00:00",
        &[
            ("2022-05-30T10:00:00Z x", "2022-05-30T10:00:00"),
            ("May 30 10:00:01 h x: y", "2022-05-30T10:00:01"),
            // Nonsense changes only its own line.
            ("2091-05-30T10:00:00Z x", "2091-05-30T10:00:00"),
            ("May 30 10:00:02 h x: y", "2022-05-30T10:00:02"),
        ],
    );
}

#[test]
fn zones() {
    let mut times = LogTime::new(TimeZone::get("Europe/Berlin").unwrap());
    times.begin(at("2024-12-01T00:00:00"));
    let mut utc = |line: &str| times.of(line.as_bytes()).unwrap();
    // Does not exist.
    assert_eq!(utc("Mar 31 02:30:00 h"), at("2024-03-31T01:30:00"));
    assert_eq!(utc("Jul  1 12:00:00 h"), at("2024-07-01T10:00:00"));
    assert_eq!(utc("Jul  1 12:00:30 h"), at("2024-07-01T10:00:30"));
    // Exists twice.
    assert_eq!(utc("Oct 27 02:30:00 h"), at("2024-10-27T00:30:00"));
    assert_eq!(utc("Nov  1 12:00:00 h"), at("2024-11-01T11:00:00"));
}

#[test]
fn extremes() {
    let mut times = LogTime::new(TimeZone::UTC);
    for written in [i64::MIN, 0, i64::MAX] {
        times.begin(written);
        times.of(b"Jan 12 13:22:01 h x: y");
        times.of(b"9998-12-31T23:59:59Z");
        times.of(b"Jan 12 13:22:01 h x: y");
    }
}

/// Lines of a log: some of one minute, some not, with and without a year.
fn line() -> impl Strategy<Value = String> {
    let month = prop::sample::select(vec!["Jan", "Feb", "Dec", "dec"]);
    let day = prop::sample::select(vec![" 1", "01", "29", "31"]);
    let minute = prop::sample::select(vec!["00:00", "23:59", "23:60"]);
    let rest = prop::sample::select(vec![" h x: y", "", ".5 h", "7", ":"]);
    let stamp = (month, day, minute, 0..62, rest).prop_map(|(month, day, minute, second, rest)| {
        format!("{month} {day} {minute}:{second:02}{rest}")
    });
    let others = prop::sample::select(vec![
        "2023-12-31T23:59:59 x",
        "2024-01-01T00:00:00Z x",
        "2024-08-01T00:00:00Z x",
        "[Dec 31 23:59:58 x",
        "<7>Dec 31 23:59:57 x",
        "12/31-23:59:56 x",
        "no stamp",
    ]);
    prop_oneof![4 => stamp, 1 => others.prop_map(str::to_owned)]
}

proptest! {
    /// What is known of earlier lines saves time and changes nothing.
    #[test]
    fn nothing_known_is_the_same(
        lines in proptest::collection::vec(line(), 0..40),
        berlin: bool,
    ) {
        let zone = if berlin { "Europe/Berlin" } else { "UTC" };
        let mut times = LogTime::new(TimeZone::get(zone).unwrap());
        times.begin(at("2024-01-02T00:00:00"));
        let mut plain = times.clone();
        for line in &lines {
            (plain.day, plain.known, plain.minute) = (None, None, None);
            prop_assert_eq!(times.of(line.as_bytes()), plain.of(line.as_bytes()), "{}", line);
        }
    }

    #[test]
    fn days_are_those_of_the_calendar(day in -4_000_000i32..2_900_000) {
        use jiff::ToSpan;
        if let Ok(date) = jiff::civil::date(1970, 1, 1).checked_add(day.days()) {
            prop_assert_eq!(naive(date, 1), i64::from(day) * DAY + 1);
        }
    }

    #[test]
    fn no_line_panics(line in "[<\\[{]?([A-Za-z]{3} |[0-9]{1,4}[-/:.T ]|[0-9:+Z. ]|\")*", written: i64) {
        let mut times = LogTime::new(TimeZone::UTC);
        times.begin(written);
        times.of(line.as_bytes());
    }
}
