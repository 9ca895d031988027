//! When and where: the parts of a record that all formats of the daemon share
//! (`spec/output.md` §3, §4), and the names of their files.

use std::io::Write;

use bstr::{BStr, ByteSlice};

use super::decimal::{push_number, push_signed, push_two};
use crate::engine::Moment;
use crate::engine::predecode::is_agent_location;
use crate::verdict::Verdict;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `2026 Nov 22 14:49:34`, local time of arrival.
pub(super) fn time(out: &mut Vec<u8>, moment: Moment) {
    let (year, month, day) = month_and_day(moment);
    push_signed(out, year);
    out.push(b' ');
    out.extend_from_slice(month.as_bytes());
    out.push(b' ');
    push_two(out, day);
    out.push(b' ');
    time_of_day(out, moment);
}

/// `2026-11-22T14:49:34`, local time of arrival.
pub(super) fn iso_time(out: &mut Vec<u8>, moment: Moment) {
    let (year, month, day) = moment.date();
    if (1000..10_000).contains(&year) {
        push_signed(out, year);
    } else {
        // Writing to a vector cannot fail.
        let _ = write!(out, "{year:04}");
    }
    for part in [month, day] {
        out.push(b'-');
        push_two(out, part);
    }
    out.push(b'T');
    time_of_day(out, moment);
}

/// `+02:00`, or with another separator.
pub(super) fn utc_offset(out: &mut Vec<u8>, moment: Moment, separator: &str) {
    let minutes = moment.utc_offset.unsigned_abs() / 60;
    out.push(if moment.utc_offset < 0 { b'-' } else { b'+' });
    // No time zone is a hundred hours away; what is not of this world shows all its digits.
    match u8::try_from(minutes / 60) {
        Ok(hours @ 0..100) => push_two(out, hours),
        _ => push_number(out, minutes / 60),
    }
    out.extend_from_slice(separator.as_bytes());
    push_two(out, (minutes % 60) as u8);
}

/// `14:49:34`
fn time_of_day(out: &mut Vec<u8>, moment: Moment) {
    push_two(out, moment.hour());
    out.push(b':');
    push_two(out, moment.minute());
    out.push(b':');
    push_two(out, moment.second());
}

fn month_and_day(moment: Moment) -> (i64, &'static str, u8) {
    let (year, month, day) = moment.date();
    // Months are 1 to 12; a table can do without a panic all the same.
    let name = MONTHS.get(usize::from(month).wrapping_sub(1));
    (year, name.copied().unwrap_or("???"), day)
}

/// Where a record of this moment goes, below the folder `logs`: `log_file("alerts",
/// "ossec-alerts", "log", …)` gives `alerts/2026/Nov/ossec-alerts-22.log` (`spec/output.md` §3).
///
/// ```
/// use ossia::engine::Moment;
///
/// let moment = Moment { seconds: 1_704_103_200, utc_offset: 0 };
/// let path = ossia::output::log_file("alerts", "ossec-alerts", "json", moment);
/// assert_eq!(path, "alerts/2024/Jan/ossec-alerts-01.json");
/// ```
pub fn log_file(folder: &str, name: &str, extension: &str, moment: Moment) -> String {
    let (year, month, day) = month_and_day(moment);
    format!("{folder}/{year}/{month}/{name}-{day:02}.{extension}")
}

/// `host->location`; the location of an agent's message, `(name) ip->file`, stands alone.
pub(super) fn place(out: &mut Vec<u8>, verdict: &Verdict<'_>) {
    if !is_agent_location(verdict.location()) {
        out.extend_from_slice(verdict.hostname());
        out.extend_from_slice(b"->");
    }
    out.extend_from_slice(verdict.location());
}

/// `2026 Nov 22 14:49:34 host->location`.
pub(super) fn time_and_place(out: &mut Vec<u8>, verdict: &Verdict<'_>) {
    time(out, verdict.moment());
    out.push(b' ');
    place(out, verdict);
}

/// What JSON says about the machine that an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source<'v> {
    /// Host name, or the name of the agent.
    pub(super) agent_name: &'v BStr,
    /// Only of agents.
    pub(super) agent_ip: Option<&'v BStr>,
    /// Location without the agent; `None` if an agent's location has no file.
    pub(super) logfile: Option<&'v BStr>,
}

impl<'v> Source<'v> {
    pub(super) fn of(verdict: &Verdict<'v>) -> Self {
        Source::new(verdict.hostname(), verdict.location())
    }

    fn new(hostname: &'v BStr, location: &'v BStr) -> Self {
        let not_an_agent = Source {
            agent_name: hostname,
            agent_ip: None,
            logfile: Some(location),
        };
        if !is_agent_location(location) {
            return not_an_agent;
        }
        let Some((name, _)) = location[1..].split_once_str(")") else {
            return not_an_agent;
        };
        let ip = location
            .split_once_str(") ")
            .and_then(|(_, rest)| rest.split_once_str("-"));
        Source {
            agent_name: BStr::new(name),
            agent_ip: ip.map(|(ip, _)| BStr::new(ip)),
            logfile: location
                .split_once_str(">")
                .map(|(_, file)| BStr::new(file)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        let cases = [
            // host name, location → agent_name, agentip, logfile
            (("h1", "/var/log/x"), ("h1", None, Some("/var/log/x"))),
            (
                ("h3", "10.1.1.1->/var/log/b"),
                ("h3", None, Some("10.1.1.1->/var/log/b")),
            ),
            (
                ("(a) 10.0.0.5->/l", "(a) 10.0.0.5->/l"),
                ("a", Some("10.0.0.5"), Some("/l")),
            ),
            (
                ("(a) any->x>y", "(a) any->x>y"),
                ("a", Some("any"), Some("x>y")),
            ),
            (("(a)", "(a)"), ("a", None, None)),
            (("h", "(a"), ("h", None, Some("(a"))),
            (("", ""), ("", None, Some(""))),
        ];
        for ((host, location), (name, ip, file)) in cases {
            let expected = Source {
                agent_name: BStr::new(name),
                agent_ip: ip.map(BStr::new),
                logfile: file.map(BStr::new),
            };
            assert_eq!(Source::new(host.into(), location.into()), expected);
        }
    }

    #[test]
    fn iso_times() {
        let at = |seconds, offset| {
            let mut out = Vec::new();
            let moment = Moment {
                seconds,
                utc_offset: offset,
            };
            iso_time(&mut out, moment);
            utc_offset(&mut out, moment, ":");
            String::from_utf8(out).unwrap()
        };
        assert_eq!(at(1_700_000_000, 0), "2023-11-14T22:13:20+00:00");
        assert_eq!(at(1_700_000_000, -12_600), "2023-11-14T18:43:20-03:30");
        assert_eq!(at(-30_700_000_000, 0), "0997-02-25T22:13:20+00:00");
        assert_eq!(at(-70_000_000_000, 0), "-249-10-15T19:33:20+00:00");
        assert_eq!(at(0, 360_060), "1970-01-05T04:01:00+100:01");
    }

    #[test]
    fn times_are_local() {
        let at = |seconds, utc_offset| {
            let mut out = Vec::new();
            time(
                &mut out,
                Moment {
                    seconds,
                    utc_offset,
                },
            );
            String::from_utf8(out).unwrap()
        };
        assert_eq!(at(1_795_358_974, 0), "2026 Nov 22 14:49:34");
        assert_eq!(at(1_704_103_200, 0), "2024 Jan 01 10:00:00");
        assert_eq!(at(1_704_103_200, 14 * 3600), "2024 Jan 02 00:00:00");
        assert_eq!(at(-1, -3600), "1969 Dec 31 22:59:59");
    }
}
