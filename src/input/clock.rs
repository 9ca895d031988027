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
    /// The last answer. Most events share their second with the one before.
    last: Option<Moment>,
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
            last: None,
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
        if let Some(last) = self.last.filter(|last| last.seconds == seconds) {
            return last;
        }
        // Beyond the years that the time zone library knows, local time is UTC.
        let utc_offset =
            Timestamp::from_second(seconds).map_or(0, |at| self.zone.to_offset(at).seconds());
        let moment = Moment {
            seconds,
            utc_offset,
        };
        self.last = Some(moment);
        moment
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
    fn no_time_panics() {
        let mut clock = Clock::new(Time::Fixed(i64::MAX), TimeZone::UTC);
        assert_eq!(clock.after(i64::MAX).seconds, i64::MAX);
        assert_eq!(clock.after(i64::MIN).utc_offset, 0);
    }
}
