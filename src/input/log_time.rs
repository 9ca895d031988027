//! The time stamps of log lines.
//!
//! [`stamp`] reads the stamp of one line; [`LogTime`] makes Unix seconds of it and knows what a line
//! alone cannot tell: the time zone, and the year of stamps without one.

mod stamp;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use stamp::naive;
pub use stamp::{Stamp, stamp};

const DAY: i64 = 86_400;

/// A step back of less than this is disorder, not a new year.
const DISORDER: i64 = 31 * DAY;

/// Unix seconds of the lines of log files.
///
/// The year of a stamp without one: the first in a file is not later than a day after the file was
/// last written. Every later one is in the year that brings it closest to the stamp before it;
/// where that would be a step back by more than a month and the year after it is not yet in the
/// future of the file, a year has passed.
///
/// ```
/// use ossia::input::LogTime;
///
/// let mut times = LogTime::new(jiff::tz::TimeZone::UTC);
/// times.begin(1704240000); // 2024-01-03
/// assert_eq!(times.of(b"Dec 31 23:59:59 h su: x"), Some(1704067199)); // of 2023
/// assert_eq!(times.of(b"Jan  1 00:00:00 h su: x"), Some(1704067200)); // of 2024
/// ```
#[derive(Clone, Debug)]
pub struct LogTime {
    zone: TimeZone,
    /// A day after the file was last written.
    newest: i64,
    /// The last stamp of the file, naive.
    last: Option<i64>,
    /// The last local minute and its Unix seconds: time zones are slow, and change on the minute.
    minute: Option<(i64, i64)>,
    /// The day of the last stamp without a year: month, day, naive midnight.
    day: Option<(i8, i8, i64)>,
    known: Option<KnownMinute>,
}

/// A minute whose lines all begin with the same bytes.
#[derive(Clone, Copy, Debug)]
struct KnownMinute {
    /// `Nov 22 10:15:`
    written: [u8; 13],
    naive: i64,
    unix: i64,
}

impl KnownMinute {
    /// The second of a line of this minute.
    fn second(&self, line: &[u8]) -> Option<i64> {
        let (written, rest) = line.split_first_chunk()?;
        let (&[tens @ b'0'..=b'5', ones @ b'0'..=b'9'], rest) = rest.split_first_chunk()? else {
            return None;
        };
        if *written != self.written || rest.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    }
}

impl LogTime {
    /// For stamps without a zone this one counts.
    pub fn new(zone: TimeZone) -> Self {
        LogTime {
            zone,
            newest: 0,
            last: None,
            minute: None,
            day: None,
            known: None,
        }
    }

    /// A file begins that was last written at this time, in Unix seconds.
    pub fn begin(&mut self, written: i64) {
        self.newest = written.saturating_add(DAY);
        self.last = None;
    }

    /// When a line was written, in Unix seconds; `None`: it does not say.
    pub fn of(&mut self, line: &[u8]) -> Option<i64> {
        if let Some(known) = &self.known
            && let Some(second) = known.second(line)
            && self.is_near(known.naive + second)
        {
            let naive = known.naive + second;
            let unix = known.unix + second;
            self.last = Some(naive);
            return Some(unix);
        }
        match stamp(line)? {
            Stamp::Instant(seconds) => {
                self.keep(seconds);
                Some(seconds)
            }
            Stamp::Local {
                year,
                month,
                day,
                second,
            } => {
                let naive = match year {
                    Some(year) => {
                        let naive = naive(Date::new(year, month, day).ok()?, second);
                        self.keep(naive);
                        naive
                    }
                    None => {
                        let naive = self.without_year(month, day, second)?;
                        self.last = Some(naive);
                        let unix = self.unix(naive)?;
                        self.know(line, naive, unix);
                        return Some(unix);
                    }
                };
                self.unix(naive)
            }
        }
    }

    fn without_year(&mut self, month: i8, day: i8, second: i32) -> Option<i64> {
        if let Some((known_month, known_day, midnight)) = self.day
            && (known_month, known_day) == (month, day)
            && self.is_near(midnight + i64::from(second))
        {
            return Some(midnight + i64::from(second));
        }
        let naive = self.in_best_year(month, day, second)?;
        self.day = Some((month, day, naive - i64::from(second)));
        Some(naive)
    }

    /// Whether the last stamp is so near that a stamp without a year that can mean this time does:
    /// in all other years it would be farther away, and it is no step back over new year.
    fn is_near(&self, naive: i64) -> bool {
        self.last
            .is_some_and(|last| last.abs_diff(naive) < DISORDER.unsigned_abs())
    }

    /// Lines that begin like this one, which has no year, are of its minute.
    fn know(&mut self, line: &[u8], naive: i64, unix: i64) {
        let second = naive.rem_euclid(60);
        let known = line.first_chunk().map(|written| KnownMinute {
            written: *written,
            naive: naive - second,
            unix: unix - second,
        });
        // Not behind a priority or a bracket, and not of other forms.
        if let Some(known) = known.filter(|known| is_syslog_minute(&known.written)) {
            self.known = Some(known);
        }
    }

    /// Stamps that know their year tell those that do not. One that is years away is a mistake.
    fn keep(&mut self, naive: i64) {
        let last = self.last.unwrap_or(self.newest);
        let near = naive.abs_diff(last) < 400 * DAY.unsigned_abs();
        if near || self.last.is_none() && naive < last {
            self.last = Some(naive);
        }
    }

    fn in_best_year(&self, month: i8, day: i8, second: i32) -> Option<i64> {
        let in_year = |year: i16| Some(naive(Date::new(year, month, day).ok()?, second));
        let Some(last) = self.last else {
            let newest = year_of(self.newest)?;
            // Up to eight years lie between leap days.
            let mut years = (0..9).filter_map(|back| in_year(newest.checked_sub(back)?));
            return years.find(|&naive| naive <= self.newest);
        };
        let year = year_of(last)?;
        let years = [year.checked_sub(1), Some(year), year.checked_add(1)];
        let candidates = years.into_iter().flatten().filter_map(in_year);
        let best = candidates.min_by_key(|naive| naive.abs_diff(last))?;
        if best < last - DISORDER {
            let next = year_of(best)?.checked_add(1).and_then(in_year);
            return Some(next.filter(|&next| next <= self.newest).unwrap_or(best));
        }
        Some(best)
    }

    fn unix(&mut self, naive: i64) -> Option<i64> {
        let (minute, second) = (naive.div_euclid(60), naive.rem_euclid(60));
        if let Some((known, unix)) = self.minute
            && known == minute
        {
            return Some(unix + second);
        }
        let start = jiff::Timestamp::from_second(minute * 60).ok()?;
        let civil = TimeZone::UTC.to_datetime(start);
        // Of an hour that comes twice the first one, as `mktime` of most systems.
        let unix = self.zone.to_timestamp(civil).ok()?.as_second();
        self.minute = Some((minute, unix));
        Some(unix + second)
    }
}

/// `Nov 22 10:15:`; of a stamp that is known to be one.
fn is_syslog_minute(written: &[u8; 13]) -> bool {
    written[0].is_ascii_alphabetic() && written[9] == b':' && written[12] == b':'
}

/// The year of naive seconds.
fn year_of(naive: i64) -> Option<i16> {
    let at = jiff::Timestamp::from_second(naive).ok()?;
    Some(TimeZone::UTC.to_datetime(at).year())
}

#[cfg(test)]
mod tests;
