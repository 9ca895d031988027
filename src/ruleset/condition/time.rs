//! `<time>`: a range of the day (`spec/rules.md` §8.4).
//!
//! ```text
//! [!] T - T        with T = H[:MM] [am|pm]
//! ```

use std::fmt;

use crate::diagnostic::{OriginalLine, Program};
use crate::moment::Moment;

use super::{Parsed, Problem, invalid_element, lossy};

/// A minute of the day. The minute is not range-checked by the original, so `10:75` is a time of
/// its own between 10:59 and 11:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Clock {
    hour: u8,
    minute: u8,
}

/// The value of a `<time>` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    first: Clock,
    last: Clock,
    negated: bool,
}

impl TimeRange {
    /// Reads the text of the element.
    ///
    /// A time that does not start with a digit is complained about and read as hour 0, so there can
    /// be problems beside a value (`- 11:00`).
    pub fn parse(text: &[u8]) -> Parsed<TimeRange> {
        let mut reader = Reader {
            text,
            at: 0,
            problems: Vec::new(),
        };
        let value = reader.range();
        let mut problems = reader.problems;
        if value.is_none() {
            let line = invalid_element("time", text);
            match problems.last_mut() {
                // The complaint at the place where reading ended is the reason already.
                Some(last) if last.range.start == reader.at => last.original.push(line),
                _ => problems.push(Problem {
                    message: format!(
                        "`{}` is not a time range such as `6 pm - 8:30 am`",
                        lossy(text)
                    ),
                    range: reader.at.min(text.len())..text.len(),
                    original: vec![line],
                }),
            }
        }
        Parsed { value, problems }
    }

    /// Does the event arrive in the range? Both ends count, to the minute.
    pub fn holds(&self, moment: Moment) -> bool {
        let now = Clock {
            hour: moment.hour(),
            minute: moment.minute(),
        };
        (self.first <= now && now <= self.last) != self.negated
    }
}

/// Equal for equal ranges: `18:00 - 20:30`, with `!` in front if the event must not arrive in it.
impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TimeRange {
            first,
            last,
            negated,
        } = self;
        let not = if *negated { "!" } else { "" };
        write!(
            f,
            "{not}{:02}:{:02} - {:02}:{:02}",
            first.hour, first.minute, last.hour, last.minute
        )
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn range(&mut self) -> Option<TimeRange> {
        self.blanks();
        let negated = self.peek() == Some(b'!');
        if negated {
            self.at += 1;
        }
        let first = self.clock()?;
        if self.peek() != Some(b'-') {
            return None;
        }
        self.at += 1;
        let last = self.clock()?;
        if self.at < self.text.len() {
            return None;
        }
        // A range over midnight is kept as the negation of the hours between, ends included,
        // whatever the `!` said.
        Some(if first > last {
            TimeRange {
                first: last,
                last: first,
                negated: true,
            }
        } else {
            TimeRange {
                first,
                last,
                negated,
            }
        })
    }

    /// One time and the blanks around it.
    fn clock(&mut self) -> Option<Clock> {
        self.blanks();
        let start = self.at;
        let digits = self.text[start..]
            .iter()
            .take(2)
            .take_while(|byte| byte.is_ascii_digit());
        let (length, mut hour) = digits.fold((0, 0), |(length, hour), byte| {
            (length + 1, hour * 10 + (byte - b'0'))
        });
        if length == 0 {
            self.complain("a time starts with the hour, 0 to 23");
        } else if hour > 23 {
            self.complain("the hour is above 23");
            return None;
        }
        self.at += length;

        let mut minute = 0;
        if self.peek() == Some(b':') {
            self.at += 1;
            // Two bytes are skipped whatever they are; the number is read from their digits.
            let end = self.text.len().min(self.at + 2);
            for byte in self.text[self.at..end]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
            {
                minute = minute * 10 + (byte - b'0');
            }
            self.at = end;
        }

        self.blanks();
        if let Some(half @ (b'a' | b'A' | b'p' | b'P')) = self.peek() {
            self.at += 1;
            // `12 am` is noon: only `pm` moves the hour.
            if half.eq_ignore_ascii_case(&b'p') && hour != 12 {
                hour += 12;
            }
            if !matches!(self.peek(), Some(b'm' | b'M')) {
                self.complain("`am` or `pm` was expected here");
                return None;
            }
            if hour > 23 {
                self.complain("the hour with `pm` is above 23");
                return None;
            }
            self.at += 1;
        }
        self.blanks();
        Some(Clock { hour, minute })
    }

    /// A 1240 line about the rest of the text.
    fn complain(&mut self, message: &str) {
        let rest = lossy(&self.text[self.at..]);
        let line = format!("Invalid time format: '{rest}'.");
        self.problems.push(Problem {
            message: format!("{message}: `{}`", lossy(self.text)),
            range: self.at..self.text.len(),
            original: vec![OriginalLine::error(Program::Tool, 1240, line)],
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64, minute: i64) -> Moment {
        Moment {
            seconds: hour * 3600 + minute * 60 + 59,
            utc_offset: 0,
        }
    }

    #[test]
    fn ranges() {
        // Text, minutes at which it holds, minutes at which it does not.
        type Minutes = &'static [(i64, i64)];
        let cases: &[(&str, Minutes, Minutes)] = &[
            (
                "10:30 - 11:15",
                &[(10, 30), (11, 15)],
                &[(10, 29), (11, 16)],
            ),
            ("!10:30-11:15", &[(10, 29), (11, 16)], &[(10, 30), (11, 15)]),
            (
                "6 pm - 8:30 am",
                &[(0, 0), (8, 29), (18, 1)],
                &[(8, 30), (12, 0), (18, 0)],
            ),
            (
                "!6 PM-8:30am",
                &[(0, 0), (8, 29), (18, 1)],
                &[(8, 30), (12, 0), (18, 0)],
            ),
            ("12 am - 1 pm", &[(12, 0), (13, 0)], &[(0, 0), (13, 1)]),
            ("12 pm - 13:30", &[(12, 0), (13, 30)], &[(0, 0)]),
            ("10-11", &[(10, 0), (11, 0)], &[(11, 1)]),
            (" ! 9 am - 11 am ", &[(8, 59), (11, 1)], &[(9, 0), (11, 0)]),
            ("10:00 - 10:75", &[(10, 59)], &[(11, 0)]),
            ("10:00-10:00", &[(10, 0)], &[(10, 1), (9, 59)]),
        ];
        for (text, holds, fails) in cases {
            let parsed = TimeRange::parse(text.as_bytes());
            assert_eq!(parsed.problems, [], "{text}");
            let range = parsed.value.unwrap();
            for &(hour, minute) in *holds {
                assert!(range.holds(at(hour, minute)), "{text} at {hour}:{minute}");
            }
            for &(hour, minute) in *fails {
                assert!(!range.holds(at(hour, minute)), "{text} at {hour}:{minute}");
            }
        }
    }

    #[test]
    fn refused() {
        let cases: &[(&str, &[&str])] = &[
            ("10-24", &["24"]),
            ("24:00-01:00", &["24:00-01:00"]),
            ("10:00", &[]),
            ("10:00 11:00", &[]),
            ("alpha", &["alpha", "lpha"]),
            ("zinc", &["zinc"]),
            ("13 pm - 11 pm", &["m - 11 pm"]),
            ("10:00-11:00 alpha", &["lpha"]),
            ("10:00-11:00 zinc", &[]),
        ];
        for (text, rests) in cases {
            let parsed = TimeRange::parse(text.as_bytes());
            assert_eq!(parsed.value, None, "{text}");
            let lines: Vec<_> = parsed.original_lines().map(ToString::to_string).collect();
            let mut expected: Vec<_> = rests
                .iter()
                .map(|rest| format!("ossec-testrule(1240): ERROR: Invalid time format: '{rest}'."))
                .collect();
            expected.push(format!(
                "ossec-analysisd(1274): ERROR: Invalid configuration. Element 'time': {text}."
            ));
            assert_eq!(lines, expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"!0129: -apm".to_vec())], 0..20)
        ) {
            let parsed = TimeRange::parse(&text);
            prop_assert!(parsed.value.is_some() || !parsed.problems.is_empty());
            for problem in parsed.problems {
                prop_assert!(problem.range.start <= problem.range.end);
                prop_assert!(problem.range.end <= text.len());
            }
        }
    }
}
