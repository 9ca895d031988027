//! When events arrive, and which local time it is then. The core reads no clock.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::Moment;

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The time on the wall.
    Wall,
    /// Always this one, in Unix seconds.
    Fixed(i64),
}

/// Text that is neither `wall` nor a number of seconds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is `wall` or a whole number of seconds since 1970-01-01 00:00 UTC")]
pub struct UnknownTime;

impl std::str::FromStr for Time {
    type Err = UnknownTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "wall" {
            return Ok(Time::Wall);
        }
        text.parse().map(Time::Fixed).map_err(|_| UnknownTime)
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
    /// The last answer. Most events share their second with the one before.
    last: Option<Moment>,
}

impl Clock {
    /// A clock that starts now.
    pub fn new(time: Time, zone: TimeZone) -> Self {
        let start = match time {
            Time::Wall => wall(),
            Time::Fixed(seconds) => seconds,
        };
        Clock {
            time,
            start,
            zone,
            last: None,
        }
    }

    /// The moment of an event that arrives now.
    pub fn now(&mut self) -> Moment {
        let seconds = match self.time {
            Time::Wall => wall(),
            Time::Fixed(seconds) => seconds,
        };
        self.moment(seconds)
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
    Timestamp::try_from(SystemTime::now()).map_or(0, |now| now.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!("wall".parse(), Ok(Time::Wall));
        assert_eq!("-5".parse(), Ok(Time::Fixed(-5)));
        assert_eq!("now".parse::<Time>(), Err(UnknownTime));
        assert_eq!("1.5".parse::<Time>(), Err(UnknownTime));
    }

    #[test]
    fn no_time_panics() {
        let mut clock = Clock::new(Time::Fixed(i64::MAX), TimeZone::UTC);
        assert_eq!(clock.after(i64::MAX).seconds, i64::MAX);
        assert_eq!(clock.after(i64::MIN).utc_offset, 0);
    }
}
