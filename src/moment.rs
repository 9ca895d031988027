//! A point in time as the engine sees it: the arrival of an event, in local time.
//!
//! The core reads no clock and knows no time zones: whoever drives a session says when an event
//! arrived and how far local time is ahead of UTC then. Everything else is arithmetic.

/// When an event arrived.
///
/// ```
/// use ossia::moment::Moment;
///
/// let moment = Moment { seconds: 1704103200, utc_offset: 0 };
/// assert_eq!(moment.date(), (2024, 1, 1));
/// assert_eq!((moment.hour(), moment.minute(), moment.weekday()), (10, 0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Moment {
    /// Unix time in seconds.
    pub seconds: i64,
    /// Seconds that local time is east (ahead) of UTC.
    pub utc_offset: i32,
}

const DAY: i64 = 86_400;

impl Moment {
    /// Seconds since the epoch of a clock on the wall.
    fn local(self) -> i64 {
        self.seconds.saturating_add(self.utc_offset.into())
    }

    /// Days since 1970-01-01, local.
    fn day_number(self) -> i64 {
        self.local().div_euclid(DAY)
    }

    /// Seconds since local midnight.
    fn second_of_day(self) -> i64 {
        self.local().rem_euclid(DAY)
    }

    /// Hour, 0–23, local.
    pub fn hour(self) -> u8 {
        (self.second_of_day() / 3600) as u8
    }

    /// Minute, 0–59, local.
    pub fn minute(self) -> u8 {
        (self.second_of_day() / 60 % 60) as u8
    }

    /// Second, 0–59.
    pub fn second(self) -> u8 {
        (self.second_of_day() % 60) as u8
    }

    /// Day of the week, 0 = Sunday, local.
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        (self.day_number() + 4).rem_euclid(7) as u8
    }

    /// Year, month (1–12) and day (1–31) of the Gregorian calendar, local.
    pub fn date(self) -> (i64, u8, u8) {
        // Years that begin in March have their leap day at the end, so months have fixed offsets:
        // day 0 here is 0000-03-01, 719,468 days before the epoch. 400 years have 146,097 days.
        let day = self.day_number() + 719_468;
        let era = day.div_euclid(146_097);
        let day_of_era = day.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year, month as u8, day as u8)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days() {
        let date = |seconds| {
            Moment {
                seconds,
                utc_offset: 0,
            }
            .date()
        };
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(-1), (1969, 12, 31));
        assert_eq!(date(951_782_400), (2000, 2, 29));
        assert_eq!(date(951_868_800), (2000, 3, 1));
        assert_eq!(date(4_107_542_399), (2100, 2, 28));
        assert_eq!(date(4_107_542_400), (2100, 3, 1));
        let moment = Moment {
            seconds: 1_700_000_000,
            utc_offset: 0,
        };
        assert_eq!(
            (moment.hour(), moment.minute(), moment.second()),
            (22, 13, 20)
        );
        assert_eq!(moment.weekday(), 2);
    }

    #[test]
    fn the_offset_moves_the_day() {
        let moment = Moment {
            seconds: 1_704_103_200,
            utc_offset: 15 * 3600,
        };
        assert_eq!(moment.date(), (2024, 1, 2));
        assert_eq!((moment.hour(), moment.weekday()), (1, 2));
    }

    proptest! {
        #[test]
        fn days_follow_each_other(seconds in -100_000_000_000i64..100_000_000_000) {
            let today = Moment { seconds, utc_offset: 0 };
            let tomorrow = Moment { seconds: seconds + DAY, utc_offset: 0 };
            let (year, month, day) = today.date();
            prop_assert!((1..=12).contains(&month) && (1..=31).contains(&day));
            prop_assert_eq!((today.weekday() + 1) % 7, tomorrow.weekday());
            let next = tomorrow.date();
            prop_assert!(
                next == (year, month, day + 1)
                    || next == (year, month + 1, 1)
                    || (month, day) == (12, 31) && next == (year + 1, 1, 1)
            );
        }

        #[test]
        fn no_moment_panics(seconds: i64, utc_offset: i32) {
            let moment = Moment { seconds, utc_offset };
            prop_assert!(moment.hour() < 24 && moment.minute() < 60 && moment.second() < 60);
            prop_assert!(moment.weekday() < 7 && moment.date().1 <= 12);
        }
    }
}
