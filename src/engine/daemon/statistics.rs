//! Statistics: more events in an hour than usual (`spec/correlation.md` §12).
//!
//! The number of events of the hour is compared with what the same hour of other days had, and
//! with the same hour of the same day of the week. The averages are the files
//! `stats/hourly-average/H` and `stats/weekly-average/D/H` of the original; they come in with
//! [`Session::remember_average`](crate::engine::Session::remember_average).
//!
//! How the original's averages grow is not described. Here each is the mean of the days known,
//! rounded down, and takes up a day when that is over. The files with totals are not modelled.

use std::fmt;

use crate::config::Options;
use crate::engine::snapshot::{Damaged, Reader, Writer};
use crate::moment::Moment;
use crate::ruleset::rule::Sid;

const HOURS: usize = 24;
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
/// Averages of fewer days say nothing.
const DAYS_NEEDED: u64 = 3;
/// At most so many alerts a day.
const ALERTS_A_DAY: u8 = 3;

/// An hour has more events than usual: an alert beside that of the event that was too much.
///
/// Its text, as the full log of the alert has it, is what it displays as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcessAlert {
    /// `<stats>` of the configuration.
    pub level: u8,
    /// The hour, 0–23, local.
    pub hour: u8,
    /// The average is that of this day of the week (0 = Sunday), or of every day.
    pub weekday: Option<u8>,
    /// What is usual.
    pub average: u64,
    /// The number of this event in its hour.
    pub count: u64,
}

impl ExcessAlert {
    /// The rule that the alert names.
    pub const SID: Sid = Sid(11);
    /// Its groups.
    pub const GROUPS: &'static str = "stats,";
    /// Its description.
    pub const DESCRIPTION: &'static str = "Excessive number of events (above normal).";
}

impl fmt::Display for ExcessAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.hour, self.hour + 1);
        write!(
            f,
            "The average number of logs between {from}:00 and {to}:00"
        )?;
        if let Some(name) = self.weekday.and_then(|day| WEEKDAYS.get(usize::from(day))) {
            write!(f, " on {name}")?;
        }
        write!(f, " is {}. We reached {}.", self.average, self.count)
    }
}

/// What is usual for each hour.
#[derive(Clone, Copy, Debug, Default)]
struct Averages {
    by_hour: [u64; HOURS],
    /// So many days are known.
    days: u64,
}

impl Averages {
    fn take_up(&mut self, day: &[u64; HOURS]) {
        let days = u128::from(self.days);
        for (average, &count) in self.by_hour.iter_mut().zip(day) {
            let sum = u128::from(*average) * days + u128::from(count);
            // Never more than the larger of the two.
            *average = u64::try_from(sum / (days + 1)).unwrap_or(u64::MAX);
        }
        self.days = self.days.saturating_add(1);
    }

    /// The average of the hour, if `count` is far above it.
    fn exceeded(&self, hour: u8, count: u64, options: &Options) -> Option<u64> {
        let average = *self.by_hour.get(usize::from(hour))?;
        let percent = u64::from(options.stats_percent_diff);
        let margin = (average.saturating_mul(percent) / 100)
            .saturating_add(1)
            .max(options.stats_mindiff.into())
            .min(options.stats_maxdiff.into());
        let above = count > average && count > average.saturating_add(margin);
        (self.days >= DAYS_NEEDED && above).then_some(average)
    }

    fn save(&self, to: &mut Writer) {
        let Averages { by_hour, days } = self;
        for &average in by_hour.iter().chain([days]) {
            to.number(average);
        }
    }

    fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(Averages {
            by_hour: hours(from)?,
            days: from.number()?,
        })
    }
}

/// Counts and averages of a session.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Statistics {
    /// When the last event came; nothing before the first one.
    last: Option<Moment>,
    /// Events of this hour.
    count: u64,
    /// Events of the hours of this day that are over.
    day: [u64; HOURS],
    alerted_this_hour: bool,
    alerts_today: u8,
    hourly: Averages,
    weekly: [Averages; WEEKDAYS.len()],
}

impl Statistics {
    /// Sets an average; see [`Session::remember_average`](crate::engine::Session::remember_average).
    pub(crate) fn remember(&mut self, weekday: Option<u8>, hour: u8, value: u64) {
        let averages = match weekday {
            None => Some(&mut self.hourly),
            Some(day) => self.weekly.get_mut(usize::from(day)),
        };
        let Some(averages) = averages else { return };
        match averages.by_hour.get_mut(usize::from(hour)) {
            Some(average) => *average = value,
            None if usize::from(hour) == HOURS => averages.days = value,
            None => {}
        }
    }

    /// Goes on to the time of an event. True if that is in another hour than the last one.
    pub(crate) fn turn(&mut self, now: Moment) -> bool {
        let Some(last) = self.last.replace(now) else {
            return false;
        };
        let same_day = last.date() == now.date();
        if same_day && last.hour() == now.hour() {
            return false;
        }
        let of_hour = &mut self.day[usize::from(last.hour())];
        *of_hour = of_hour.saturating_add(self.count);
        self.count = 0;
        self.alerted_this_hour = false;
        if !same_day {
            self.hourly.take_up(&self.day);
            self.weekly[usize::from(last.weekday())].take_up(&self.day);
            self.day = [0; HOURS];
            self.alerts_today = 0;
        }
        true
    }

    /// Counts an event of the hour that [`Statistics::turn`] went to.
    pub(crate) fn count(&mut self, options: &Options) -> Option<ExcessAlert> {
        self.count = self.count.saturating_add(1);
        let level = options.stats;
        let is_written = level > 0 && level >= options.log_alert_level;
        if !is_written || self.alerted_this_hour || self.alerts_today >= ALERTS_A_DAY {
            return None;
        }
        let now = self.last?;
        let hour = now.hour();
        let weekday = now.weekday();
        let of_every_day = self.hourly.exceeded(hour, self.count, options);
        let (weekday, average) = match of_every_day {
            Some(average) => (None, average),
            None => {
                let weekly = &self.weekly[usize::from(weekday)];
                let average = weekly.exceeded(hour, self.count, options)?;
                (Some(weekday), average)
            }
        };
        self.alerted_this_hour = true;
        self.alerts_today += 1;
        Some(ExcessAlert {
            level,
            hour,
            weekday,
            average,
            count: self.count,
        })
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let Statistics {
            last,
            count,
            day,
            alerted_this_hour,
            alerts_today,
            hourly,
            weekly,
        } = self;
        to.flag(last.is_some());
        if let Some(last) = last {
            to.time(last.seconds);
            to.time(last.utc_offset.into());
        }
        to.number(*count);
        day.iter().for_each(|&count| to.number(count));
        to.flag(*alerted_this_hour);
        to.byte(*alerts_today);
        hourly.save(to);
        weekly.iter().for_each(|averages| averages.save(to));
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut statistics = Statistics::default();
        if from.flag()? {
            statistics.last = Some(Moment {
                seconds: from.time()?,
                utc_offset: from.checked(Reader::time, |offset| i32::try_from(offset).ok())?,
            });
        }
        statistics.count = from.number()?;
        statistics.day = hours(from)?;
        statistics.alerted_this_hour = from.flag()?;
        statistics.alerts_today =
            from.checked(Reader::byte, |n| (n <= ALERTS_A_DAY).then_some(n))?;
        statistics.hourly = Averages::load(from)?;
        for averages in &mut statistics.weekly {
            *averages = Averages::load(from)?;
        }
        Ok(statistics)
    }
}

fn hours(from: &mut Reader<'_>) -> Result<[u64; HOURS], Damaged> {
    let mut hours = [0; HOURS];
    for hour in &mut hours {
        *hour = from.number()?;
    }
    Ok(hours)
}
