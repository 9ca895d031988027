//! The time stamp of one line.
//!
//! | form | example |
//! |---|---|
//! | syslog | `Jan 12 13:22:01`, `Jan 12 2024 13:22:01`, `2024 Jan 12 13:22:01` |
//! | ISO 8601 | `2024-01-12T13:22:01.5+01:00`, `2024-01-12 13:22:01,123`, `2024/01/12 13:22:01` |
//! | Apache error log, xferlog | `[Fri Feb 11 18:06:35.123 2004]`, `Fri Feb 11 18:06:35 2004` |
//! | access log, anywhere | `[12/Jan/2024:13:22:01 +0100]` |
//! | epoch | `1140804070.368`, `1700000000123`, `audit(1403598929.839:21)` anywhere |
//! | snort and suricata | `01/28-09:13:16.24`, `01/28/2024-09:13:16.24` |
//! | others of OSSEC's headers | `2019:11:06-00:08:03`, `[Time 2006.12.28 15:53:55 UTC]` |
//! | JSON | `{"timestamp":"2024-01-12T13:22:01+0000"`: the first text that is such a stamp |
//!
//! A syslog priority (`<34>`, `<34>1 `) may stand in front. Fractions of a second are cut off, and a
//! leap second counts as the second before it.

use jiff::civil::Date;
use memchr::{memchr_iter, memmem};
use std::sync::LazyLock;

/// Stamps that need not stand in front are looked for in so many bytes.
const WINDOW: usize = 512;

const DAY: i64 = 86_400;

static AUDIT: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"audit("));

/// What a line says about its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// Unix seconds.
    Instant(i64),
    /// Local time.
    Local {
        /// Syslog stamps have none.
        year: Option<i16>,
        /// From 1.
        month: i8,
        /// From 1.
        day: i8,
        /// Second of the day, from 0.
        second: i32,
    },
}

/// The stamp of a line; `None`: it has none.
///
/// ```
/// use ossia::input::{Stamp, stamp};
///
/// assert_eq!(stamp(b"type=X msg=audit(1403598929.839:21): x"), Some(Stamp::Instant(1403598929)));
/// assert_eq!(stamp(b"Jan 12 24:00:00 h x: y"), None);
/// ```
pub fn stamp(line: &[u8]) -> Option<Stamp> {
    let line = without_priority(line);
    in_front(line).or_else(|| {
        let window = &line[..line.len().min(WINDOW)];
        if line.first() == Some(&b'{') {
            let mut quotes = memchr_iter(b'"', window);
            return quotes.find_map(|quote| Cursor(&line[quote + 1..]).iso());
        }
        memchr_iter(b'[', window)
            .find_map(|bracket| Cursor(&line[bracket + 1..]).access_log())
            .or_else(|| {
                let start = AUDIT.find(window)? + AUDIT.needle().len();
                Cursor(&line[start..]).epoch()
            })
    })
}

/// Without `<34>`, and the version behind it.
fn without_priority(line: &[u8]) -> &[u8] {
    let mut cursor = Cursor(line);
    let digits = |cursor: &mut Cursor<'_>| {
        let count = cursor
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        cursor.0 = &cursor.0[count..];
        (1..=3).contains(&count).then_some(())
    };
    let priority = cursor
        .is(b'<')
        .and_then(|()| digits(&mut cursor))
        .and_then(|()| cursor.is(b'>'));
    match priority {
        Some(()) => cursor.0.strip_prefix(b"1 ").unwrap_or(cursor.0),
        None => line,
    }
}

fn in_front(line: &[u8]) -> Option<Stamp> {
    let line = line.strip_prefix(b"[").unwrap_or(line);
    // The forms exclude each other by their first bytes; this only saves tries.
    if line.first()?.is_ascii_digit() {
        return Cursor(line)
            .iso()
            .or_else(|| Cursor(line).epoch())
            .or_else(|| Cursor(line).year_first())
            .or_else(|| Cursor(line).colons())
            .or_else(|| Cursor(line).slashes());
    }
    Cursor(line)
        .syslog()
        .or_else(|| Cursor(line).with_weekday())
        .or_else(|| Cursor(line.strip_prefix(b"Time ")?).dots())
}

/// What is left of a line. Each method takes a part from the front.
#[derive(Clone, Copy)]
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn is(&mut self, byte: u8) -> Option<()> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        (first == byte).then_some(())
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        bytes.contains(&first).then_some(first)
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |value, byte| {
            byte.is_ascii_digit()
                .then(|| value * 10 + i32::from(byte - b'0'))
        })
    }

    fn year(&mut self) -> Option<i16> {
        let year = self.number(4)?;
        (1970..9999).contains(&year).then_some(year as i16)
    }

    fn month_number(&mut self) -> Option<i8> {
        let month = self.number(2)?;
        (1..=12).contains(&month).then_some(month as i8)
    }

    fn month_name(&mut self) -> Option<i8> {
        const NAMES: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
        let (name, rest) = self.0.split_first_chunk::<3>()?;
        let (names, _) = NAMES.as_chunks::<3>();
        let index = names
            .iter()
            .position(|one| one.eq_ignore_ascii_case(name))?;
        self.0 = rest;
        Some(index as i8 + 1)
    }

    /// `12`, or ` 2` and `02`.
    fn day(&mut self) -> Option<i8> {
        let day = if self.0.first() == Some(&b' ') {
            self.is(b' ')?;
            self.number(1)?
        } else {
            self.number(2)?
        };
        (1..=31).contains(&day).then_some(day as i8)
    }

    /// `13:22:01`, with a fraction that is cut off.
    fn time(&mut self) -> Option<i32> {
        let hour = self.number(2)?;
        self.is(b':')?;
        let minute = self.number(2)?;
        self.is(b':')?;
        let second = self.number(2)?;
        if hour > 23 || minute > 59 || second > 60 || self.at_digit() {
            return None;
        }
        self.fraction();
        Some(hour * 3600 + minute * 60 + second.min(59))
    }

    fn fraction(&mut self) {
        if let [b'.' | b',', first, ..] = self.0
            && first.is_ascii_digit()
        {
            let digits = self.0[1..].iter().take_while(|byte| byte.is_ascii_digit());
            let length = digits.count();
            self.0 = &self.0[1 + length..];
        }
    }

    fn at_digit(&self) -> bool {
        self.0.first().is_some_and(u8::is_ascii_digit)
    }

    /// Seconds east of UTC: `Z`, `+01:00`, `+0100`, `-05`, ` UTC`; `None`: nothing like that.
    fn zone(&mut self) -> Option<i32> {
        let blank = self.0.strip_prefix(b" ");
        let text = blank.unwrap_or(self.0);
        let names: &[&[u8]] = if blank.is_some() {
            &[b"UTC", b"GMT"]
        } else {
            &[b"Z", b"UTC", b"GMT"]
        };
        let ends = |rest: &&[u8]| !rest.first().is_some_and(u8::is_ascii_alphanumeric);
        for &name in names {
            if text.strip_prefix(name).filter(ends).is_some() {
                return Some(0);
            }
        }
        let mut cursor = Cursor(text);
        let sign = if cursor.one_of(b"+-")? == b'+' { 1 } else { -1 };
        let hours = cursor.number(2)?;
        if cursor.0.first() == Some(&b':') {
            cursor.is(b':')?;
        } else if !cursor.at_digit() {
            // Behind a blank, two digits may be anything.
            return (blank.is_none() && hours < 24).then_some(sign * hours * 3600);
        }
        let minutes = cursor.number(2)?;
        (hours < 24 && minutes < 60 && !cursor.at_digit())
            .then_some(sign * (hours * 3600 + minutes * 60))
    }

    fn blank(&mut self) -> Option<()> {
        self.is(b' ')
    }

    /// `Jan 12 13:22:01`, `Jan 12 2024 13:22:01`.
    fn syslog(mut self) -> Option<Stamp> {
        let month = self.month_name()?;
        self.blank()?;
        let day = self.day()?;
        self.blank()?;
        let mut with_year = self;
        let year = with_year.year().filter(|_| with_year.blank().is_some());
        if year.is_some() {
            self = with_year;
        }
        local(year, month, day, self.time()?, None)
    }

    /// `Fri Feb 11 18:06:35.123 2004`, also with the name of a zone in front of the year.
    fn with_weekday(mut self) -> Option<Stamp> {
        const NAMES: &[u8; 21] = b"sunmontuewedthufrisat";
        let (name, rest) = self.0.split_first_chunk::<3>()?;
        let (names, _) = NAMES.as_chunks::<3>();
        if !names.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            return None;
        }
        self.0 = rest;
        self.blank()?;
        let month = self.month_name()?;
        self.blank()?;
        let day = self.day()?;
        self.blank()?;
        let second = self.time()?;
        self.blank()?;
        let letters = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic());
        let (zone, rest) = self.0.split_at(letters.count());
        let offset = matches!(zone, b"UTC" | b"GMT").then_some(0);
        if !zone.is_empty() {
            self.0 = rest;
            self.blank()?;
        }
        local(Some(self.year()?), month, day, second, offset)
    }

    /// `2024-01-12T13:22:01`, also with a blank or slashes.
    fn iso(mut self) -> Option<Stamp> {
        let year = self.year()?;
        let separator = self.one_of(b"-/")?;
        let month = self.month_number()?;
        self.is(separator)?;
        let day = self.day()?;
        self.one_of(b"T t")?;
        let second = self.time()?;
        local(Some(year), month, day, second, self.zone())
    }

    /// `12/Jan/2024:13:22:01 +0100`
    fn access_log(mut self) -> Option<Stamp> {
        let day = self.day()?;
        self.is(b'/')?;
        let month = self.month_name()?;
        self.is(b'/')?;
        let year = self.year()?;
        self.is(b':')?;
        let second = self.time()?;
        local(Some(year), month, day, second, self.zone())
    }

    /// Ten digits, or thirteen with milliseconds. From 2001 to 2286.
    fn epoch(self) -> Option<Stamp> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.take(14).count();
        let behind = self.0.get(length);
        if !matches!(length, 10 | 13)
            || self.0.first() == Some(&b'0')
            || behind.is_some_and(|byte| !b" .:,\t]|;\r".contains(byte))
        {
            return None;
        }
        let number = self.0[..10].iter();
        let seconds = number.fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
        Some(Stamp::Instant(seconds))
    }

    /// `2024 Jan 12 13:22:01`
    fn year_first(mut self) -> Option<Stamp> {
        let year = self.year()?;
        self.blank()?;
        let month = self.month_name()?;
        self.blank()?;
        let day = self.day()?;
        self.blank()?;
        local(Some(year), month, day, self.time()?, None)
    }

    /// `2019:11:06-00:08:03`
    fn colons(mut self) -> Option<Stamp> {
        let year = self.year()?;
        self.is(b':')?;
        let month = self.month_number()?;
        self.is(b':')?;
        let day = self.day()?;
        self.is(b'-')?;
        local(Some(year), month, day, self.time()?, None)
    }

    /// `01/28-09:13:16.24`, `01/28/2024-09:13:16.24`
    fn slashes(mut self) -> Option<Stamp> {
        let month = self.month_number()?;
        self.is(b'/')?;
        let day = self.day()?;
        let year = match self.one_of(b"/-")? {
            b'/' => {
                let year = self.year()?;
                self.is(b'-')?;
                Some(year)
            }
            _ => None,
        };
        local(year, month, day, self.time()?, None)
    }

    /// `2006.12.28 15:53:55 UTC`
    fn dots(mut self) -> Option<Stamp> {
        let year = self.year()?;
        self.is(b'.')?;
        let month = self.month_number()?;
        self.is(b'.')?;
        let day = self.day()?;
        self.blank()?;
        let second = self.time()?;
        local(Some(year), month, day, second, self.zone())
    }
}

/// The stamp of a day that exists. With an offset from UTC it is an instant.
fn local(year: Option<i16>, month: i8, day: i8, second: i32, offset: Option<i32>) -> Option<Stamp> {
    // Without a year, February has 29 days.
    let date = Date::new(year.unwrap_or(2000), month, day).ok()?;
    Some(match offset {
        Some(offset) => Stamp::Instant(naive(date, second) - i64::from(offset)),
        None => Stamp::Local {
            year,
            month,
            day,
            second,
        },
    })
}

/// Seconds since 1970 of a clock that knows no time zones.
pub(super) fn naive(date: Date, second: i32) -> i64 {
    // Years that begin in March have their leap day at the end, so months have fixed offsets.
    let (year, month, day) = (
        i64::from(date.year()),
        i64::from(date.month()),
        i64::from(date.day()),
    );
    let year = year - i64::from(month <= 2);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // From 0000-03-01 to the epoch it is 719,468 days.
    let days = 365 * year + leap_days + day_of_year - 719_468;
    days * DAY + i64::from(second)
}
