//! `<weekday>`: days of the week (`spec/rules.md` §8.5).

use std::fmt;

use crate::diagnostic::{OriginalLine, Program};
use crate::moment::Moment;

use super::{Parsed, Problem, invalid_element, lossy};

/// A set of days; bit 0 is Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(u8);

/// Each text takes the first of these names that it starts with.
const NAMES: [(&str, u8); 16] = [
    ("sunday", 1),
    ("sun", 1),
    ("monday", 1 << 1),
    ("mon", 1 << 1),
    ("tuesday", 1 << 2),
    ("tue", 1 << 2),
    ("wednesday", 1 << 3),
    ("wed", 1 << 3),
    ("thursday", 1 << 4),
    ("thu", 1 << 4),
    ("friday", 1 << 5),
    ("fri", 1 << 5),
    ("saturday", 1 << 6),
    ("sat", 1 << 6),
    ("weekdays", 0b011_1110),
    ("weekends", 0b100_0001),
];

impl Weekdays {
    /// Reads names, separated by commas and blanks. A `!` is refused. The original asks for no
    /// separator, so `montue` is Monday and Tuesday.
    pub fn parse(text: &[u8]) -> Parsed<Weekdays> {
        let mut days = 0;
        let mut rest = text;
        loop {
            while let [b' ' | b',', tail @ ..] = rest {
                rest = tail;
            }
            if rest.is_empty() {
                return Parsed::value(Weekdays(days));
            }
            let hit = NAMES.iter().find(|(name, _)| {
                let start = rest.get(..name.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
            });
            let Some((name, bits)) = hit else {
                let line = format!("Invalid day format: '{}'.", lossy(rest));
                return Parsed::problem(Problem {
                    message: format!("no name of a day stands here: `{}`", lossy(rest)),
                    range: text.len() - rest.len()..text.len(),
                    original: vec![
                        OriginalLine::error(Program::Tool, 1241, line),
                        invalid_element("weekday", text),
                    ],
                });
            };
            days |= bits;
            rest = &rest[name.len()..];
        }
    }

    /// Does the event arrive on one of the days?
    pub fn holds(self, moment: Moment) -> bool {
        self.0 & (1 << moment.weekday()) != 0
    }
}

/// Equal for equal sets: `mon, tue`.
impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        let days = DAYS.iter().enumerate();
        let chosen = days.filter(|(day, _)| self.0 & (1 << day) != 0);
        let names: Vec<&str> = chosen.map(|(_, name)| *name).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days() {
        // The letters of the week from Sunday on, a dot where the condition fails.
        let cases = [
            ("monday", ".m....."),
            ("mon,wed, fri", ".m.w.f."),
            ("Weekends", "s.....s"),
            ("weekdays", ".mtwtf."),
            ("tuesday thursday", "..t.t.."),
            ("SUN", "s......"),
            ("", "......."),
        ];
        for (text, expected) in cases {
            let days = Weekdays::parse(text.as_bytes()).value.unwrap();
            let shown: String = (0..7)
                .map(|day| {
                    // 1970-01-04 was a Sunday.
                    let moment = Moment {
                        seconds: (3 + day) * 86_400,
                        utc_offset: 0,
                    };
                    if days.holds(moment) {
                        b"smtwtfs"[day as usize] as char
                    } else {
                        '.'
                    }
                })
                .collect();
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn refused() {
        for (text, rest) in [
            ("!monday", "!monday"),
            ("alpha", "alpha"),
            ("mon|tue", "|tue"),
        ] {
            let parsed = Weekdays::parse(text.as_bytes());
            let lines: Vec<_> = parsed.original_lines().map(ToString::to_string).collect();
            assert_eq!(
                lines,
                [
                    format!("ossec-testrule(1241): ERROR: Invalid day format: '{rest}'."),
                    format!(
                        "ossec-analysisd(1274): ERROR: Invalid configuration. Element 'weekday': {text}."
                    ),
                ]
            );
            assert_eq!(&text[parsed.problems[0].range.clone()], rest);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in prop::collection::vec(any::<u8>(), 0..20)) {
            let parsed = Weekdays::parse(&text);
            prop_assert_eq!(parsed.value.is_none(), !parsed.problems.is_empty());
        }
    }
}
