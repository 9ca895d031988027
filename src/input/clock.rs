//! When events arrive, and which local time it is then. The core reads no clock.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::LogTime;
use crate::engine::Moment;

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The time on the wall.
    Wall,
    /// Always this one, in Unix seconds.
    Fixed(i64),
    /// That of the time stamp of each line.
    Log,
}

/// Text that is neither `log` nor `wall` nor a number of seconds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is `log`, `wall` or a whole number of seconds since 1970-01-01 00:00 UTC")]
pub struct UnknownTime;

impl std::str::FromStr for Time {
    type Err = UnknownTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "wall" => Ok(Time::Wall),
            "log" => Ok(Time::Log),
            text => text.parse().map(Time::Fixed).map_err(|_| UnknownTime),
        }
    }
}

/// Gives events their moments.
///
/// ```
/// use ossia::input::{Clock, Time};
///
/// let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
/// let mut clock = Clock::new(Time::Fixed(1_700_000_000), berlin);
/// assert_eq!(clock.after(60).seconds, 1_700_000_060);
/// assert_eq!(clock.now().utc_offset, 3600);
/// ```
#[derive(Clone, Debug)]
pub struct Clock {
    time: Time,
    /// What the clock showed at the start.
    start: i64,
    zone: TimeZone,
    /// Reads the stamps of lines.
    log: LogTime,
    /// For [`Time::Log`]: the last time that a line told.
    stamped: Option<i64>,
    /// The offset of the last answer, and the Unix seconds for which it is the same.
    offset: Option<(std::ops::Range<i64>, i32)>,
}

impl Clock {
    /// A clock that starts now.
    pub fn new(time: Time, zone: TimeZone) -> Self {
        let start = match time {
            Time::Wall | Time::Log => wall(),
            Time::Fixed(seconds) => seconds,
        };
        Clock {
            time,
            start,
            log: LogTime::new(zone.clone()),
            stamped: None,
            zone,
            offset: None,
        }
    }

    /// The moment of an event that arrives now. A clock that follows the log shows its last time.
    pub fn now(&mut self) -> Moment {
        let seconds = match self.time {
            Time::Wall => wall(),
            Time::Fixed(seconds) => seconds,
            Time::Log => self.stamped.unwrap_or(self.start),
        };
        self.moment(seconds)
    }

    /// A file begins that was last written at this time; `None`: it is being written.
    ///
    /// Only a clock that follows the log minds: the years of some stamps hang on it, and it is the
    /// time of lines before the first stamp of all.
    pub fn begin(&mut self, written: Option<SystemTime>) {
        let written = written.map_or_else(wall, unix);
        self.log.begin(written);
        if self.time == Time::Log && self.stamped.is_none() {
            self.start = written;
        }
    }

    /// The moment of a log line. A line without a stamp has that of the line before it.
    pub fn of_line(&mut self, line: &[u8]) -> Moment {
        if self.time == Time::Log
            && let Some(seconds) = self.log.of(line)
        {
            self.stamped = Some(seconds);
        }
        self.now()
    }

    /// The moment of an event that arrives so many seconds after the start.
    pub fn after(&mut self, seconds: i64) -> Moment {
        self.moment(self.start.saturating_add(seconds))
    }

    fn moment(&mut self, seconds: i64) -> Moment {
        let utc_offset = match &self.offset {
            Some((same, offset)) if same.contains(&seconds) => *offset,
            _ => self.find_offset(seconds),
        };
        Moment {
            seconds,
            utc_offset,
        }
    }

    #[cold]
    fn find_offset(&mut self, seconds: i64) -> i32 {
        let (Ok(at), Ok(behind)) = (Timestamp::from_second(seconds), Timestamp::new(seconds, 1))
        else {
            // Beyond the years that the time zone library knows, local time is UTC.
            return 0;
        };
        let offset = self.zone.to_offset(at).seconds();
        let since = self.zone.preceding(behind).next();
        let until = self.zone.following(at).next();
        let since = since.map_or(i64::MIN, |change| change.timestamp().as_second());
        let until = until.map_or(i64::MAX, |change| change.timestamp().as_second());
        // What lies beyond the known years is no answer for them.
        let known = Timestamp::MIN.as_second()..Timestamp::MAX.as_second() + 1;
        let same = since.max(known.start)..until.min(known.end);
        self.offset = Some((same, offset));
        offset
    }
}

fn wall() -> i64 {
    unix(SystemTime::now())
}

fn unix(time: SystemTime) -> i64 {
    Timestamp::try_from(time).map_or(0, |time| time.as_second())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times() {
        assert_eq!("wall".parse(), Ok(Time::Wall));
        assert_eq!("log".parse(), Ok(Time::Log));
        assert_eq!("-5".parse(), Ok(Time::Fixed(-5)));
        assert_eq!("now".parse::<Time>(), Err(UnknownTime));
        assert_eq!("1.5".parse::<Time>(), Err(UnknownTime));
    }

    #[test]
    fn the_time_of_lines() {
        let written = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let mut clock = Clock::new(Time::Log, TimeZone::UTC);
        clock.begin(written(1_704_240_000));
        let mut seconds = |line: &str| clock.of_line(line.as_bytes()).seconds;
        assert_eq!(seconds("no stamp"), 1_704_240_000);
        assert_eq!(seconds("Jan  1 00:00:00 h x: y"), 1_704_067_200);
        assert_eq!(seconds("no stamp"), 1_704_067_200);
        clock.begin(written(1_700_000_000));
        assert_eq!(clock.of_line(b"no stamp").seconds, 1_704_067_200);
        let mut clock = Clock::new(Time::Fixed(7), TimeZone::UTC);
        clock.begin(None);
        assert_eq!(clock.of_line(b"Jan  1 00:00:00 h x: y").seconds, 7);
    }

    #[test]
    fn offsets_change_on_the_second() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let mut clock = Clock::new(Time::Fixed(0), berlin.clone());
        // Around the changes of 2024, an hour later, and back again; and before the first of all.
        let changes = [1_711_846_800, 1_729_990_800, 1_711_846_800, -2_422_054_408];
        for change in changes {
            for seconds in [-3600, -1, 0, 1, 3600, 0, -1].map(|step| change + step) {
                let at = Timestamp::from_second(seconds).unwrap();
                let expected = berlin.to_offset(at).seconds();
                assert_eq!(clock.after(seconds).utc_offset, expected, "{seconds}");
            }
        }
        let ends = [Timestamp::MIN, Timestamp::MAX].map(|end| end.as_second());
        for end in ends {
            let at = Timestamp::from_second(end).unwrap();
            let expected = berlin.to_offset(at).seconds();
            assert_eq!(clock.after(end).utc_offset, expected);
        }
        assert_eq!(clock.after(ends[0] - 1).utc_offset, 0);
        assert_eq!(clock.after(ends[1] + 1).utc_offset, 0);
    }

    #[test]
    fn no_time_panics() {
        let mut clock = Clock::new(Time::Fixed(i64::MAX), TimeZone::UTC);
        assert_eq!(clock.after(i64::MAX).seconds, i64::MAX);
        assert_eq!(clock.after(i64::MIN).utc_offset, 0);
    }
}
