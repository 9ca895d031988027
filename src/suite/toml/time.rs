//! Times of the virtual clock.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use toml::de::DeValue;

use super::reader::{Reader, Value};
use crate::engine::Moment;

/// `90s`, `1m30s`, `2h`, `1d` in seconds; without a unit `None`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].trim_start();
        let letters = unit.find(|letter: char| !letter.is_ascii_alphabetic());
        let (name, behind) = unit.split_at(letters.unwrap_or(unit.len()));
        let seconds = match name {
            "s" | "sec" => 1,
            "m" | "min" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(seconds)?)?;
        rest = behind.trim_start();
    }
    Some(total)
}

/// The moment in this zone; `None`: too far away for a calendar.
pub(super) fn moment(seconds: i64, zone: &TimeZone) -> Option<Moment> {
    let timestamp = Timestamp::from_second(seconds).ok()?;
    Some(Moment {
        seconds,
        utc_offset: zone.to_offset(timestamp).seconds(),
    })
}

/// A point in time as people write it: with an offset, or in the zone.
fn absolute(text: &str, zone: &TimeZone) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_second());
    }
    // Not `Z` and an offset, which `Timestamp` has read.
    let civil = match text.parse::<Date>() {
        Ok(date) if text.len() <= 10 => date.to_datetime(Time::midnight()),
        _ => text.parse::<DateTime>().ok()?,
    };
    let zoned = zone.to_zoned(civil).ok()?;
    Some(zoned.timestamp().as_second())
}

/// `start`: a date and time, or Unix seconds.
pub(super) fn start(reader: &mut Reader, value: &Value<'_>, zone: &TimeZone) -> Option<i64> {
    let seconds = match value.get_ref() {
        DeValue::Datetime(time) => absolute(&time.to_string(), zone),
        DeValue::String(text) => absolute(text, zone),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    let seconds = seconds.filter(|&seconds| moment(seconds, zone).is_some());
    if seconds.is_none() {
        let help = "write 2024-01-06T23:00:00, in the time zone of the case, or with an offset";
        let must = "`start` is a date and time, or Unix seconds";
        reader.wrong_with_help(value, must, Some(help.to_owned()));
    }
    seconds
}

/// `at`: `+30s` behind the event before, or a point in time; a time of day is the next one.
pub(super) fn at(
    reader: &mut Reader,
    value: &Value<'_>,
    before: i64,
    zone: &TimeZone,
) -> Option<i64> {
    let text = match value.get_ref() {
        DeValue::Datetime(time) => time.to_string(),
        DeValue::String(text) => reader.parameters.replace(text),
        _ => String::new(),
    };
    let found = match text.strip_prefix('+') {
        Some(later) => duration(later).and_then(|seconds| before.checked_add(seconds)),
        None => time_of_day(&text, before, zone).or_else(|| absolute(&text, zone)),
    };
    let found = found.filter(|&seconds| moment(seconds, zone).is_some());
    if found.is_none() {
        let help = match duration(&text) {
            Some(_) => format!("did you mean `+{}`?", text.trim()),
            None => "write \"+30s\", \"+1m30s\", 2024-01-06T23:00:00 or 23:00:00".to_owned(),
        };
        let must = "`at` says how long behind the event before, or a time";
        reader.wrong_with_help(value, must, Some(help));
    }
    found
}

fn time_of_day(text: &str, before: i64, zone: &TimeZone) -> Option<i64> {
    // A text with a date is read as a time by its second half.
    let time: Time = (text.len() <= 8).then(|| text.parse().ok())??;
    let now = Timestamp::from_second(before).ok()?.to_zoned(zone.clone());
    let mut day = now.date();
    loop {
        let zoned = zone.to_zoned(day.to_datetime(time)).ok()?;
        let seconds = zoned.timestamp().as_second();
        if seconds >= before {
            return Some(seconds);
        }
        day = day.tomorrow().ok()?;
    }
}

/// `every`: a duration, or seconds.
pub(super) fn every(reader: &mut Reader, value: &Value<'_>) -> Option<i64> {
    let seconds = match value.get_ref() {
        DeValue::String(text) => duration(text),
        DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(i64::from),
        _ => None,
    };
    if seconds.is_none() {
        let help = "write \"10s\", \"1m30s\", \"2h\"".to_owned();
        reader.wrong_with_help(value, "`every` is a length of time", Some(help));
    }
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            ("30s", Some(30)),
            ("1m30s", Some(90)),
            ("2 h 5 min", Some(7500)),
            ("1d", Some(86_400)),
            ("30", None),
            ("", None),
            ("s", None),
            ("5 years", None),
            ("-5s", None),
            ("99999999999999999999s", None),
            ("9223372036854775807d", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(duration(text), seconds, "{text}");
        }
    }

    #[test]
    fn points_in_time() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let cases = [
            ("2024-01-01T10:00:00", Some(1_704_099_600)),
            ("2024-01-01 10:00:00", Some(1_704_099_600)),
            ("2024-01-01T10:00:00Z", Some(1_704_103_200)),
            ("2024-01-01T10:00:00-01:00", Some(1_704_106_800)),
            ("2024-01-01", Some(1_704_063_600)),
            ("tomorrow", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(absolute(text, &berlin), seconds, "{text}");
        }
        let ten = 1_704_099_600;
        assert_eq!(time_of_day("10:00:00", ten, &berlin), Some(ten));
        assert_eq!(time_of_day("09:59:59", ten, &berlin), Some(ten + 86_399));
        assert_eq!(time_of_day("11:00", ten, &berlin), Some(ten + 3600));
    }
}
