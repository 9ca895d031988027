//! The header forms as tables: length, columns, what is cut (§4, for Wazuh §6.2).
//!
//! Only the named columns are compared; nothing checks digits, month names or ranges unless a
//! column test says so. Forms are tried from the top.

use std::ops::Range;

/// What stands behind the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// Host and program name (family A).
    HostAndProgram,
    /// Nothing more: the rest is the log (family B).
    Log,
    /// Blanks that are cut as well, then the log (squid).
    BlanksAndLog,
    /// Bracketed entries (macOS ASL).
    Brackets,
}

/// What one column has to hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Class {
    Is(u8),
    Either(u8, u8),
    Digit,
}

/// One header form.
#[derive(Debug)]
pub(super) struct Form {
    /// Fewest bytes of the message. The spec counts one byte more (`n`, the C length) and asks for
    /// *more than* its number, so the two are the same.
    length: usize,
    columns: &'static [(usize, Class)],
    /// Bytes that are cut.
    pub(super) skip: usize,
    /// The bytes reported as time stamp; empty: none.
    pub(super) stamp: Range<usize>,
    pub(super) follow: Follow,
}

/// The first form that fits.
pub(super) fn recognise<'f>(forms: &[&'f Form], text: &[u8]) -> Option<&'f Form> {
    // §3: a UTF-8 "ä" as second letter counts as one column, so `Mär` is as wide as `Mar`. The
    // length and what is cut stay as they are.
    let umlaut = text.get(1..3) == Some(&[0xC3, 0xA4]);
    forms.iter().copied().find(|form| {
        text.len() >= form.length
            && form.columns.iter().all(|&(column, class)| {
                let byte = match umlaut {
                    true if column == 1 => Some(b'a'),
                    true if column > 1 => text.get(column + 1).copied(),
                    _ => text.get(column).copied(),
                };
                byte.is_some_and(|byte| match class {
                    Class::Is(wanted) => byte == wanted,
                    Class::Either(one, other) => byte == one || byte == other,
                    Class::Digit => byte.is_ascii_digit(),
                })
            })
    })
}

/// `forms! { NAME = "example", length, [column: class, …], skip, stamp, Follow; }`
macro_rules! forms {
    ($($name:ident = $example:literal, $length:literal,
       [$($column:literal: $class:expr),+], $skip:literal, $stamp:expr, $follow:ident;)+) => {
        $(
            #[doc = concat!("`", $example, "`")]
            static $name: Form = Form {
                length: $length,
                columns: &[$(($column, $class)),+],
                skip: $skip,
                stamp: $stamp,
                follow: Follow::$follow,
            };
        )+
    };
}

const BLANK: Class = Class::Is(b' ');
const COLON: Class = Class::Is(b':');
const DASH: Class = Class::Is(b'-');
const DOT: Class = Class::Is(b'.');
const SLASH: Class = Class::Is(b'/');
const COMMA: Class = Class::Is(b',');
const DOT_OR_COMMA: Class = Class::Either(b'.', b',');
const T: Class = Class::Is(b'T');
const OPEN: Class = Class::Is(b'[');
const CLOSE: Class = Class::Is(b']');
const DIGIT: Class = Class::Digit;

forms! {
    SYSLOG = "Dec 29 10:00:01 ", 17,
        [3: BLANK, 6: BLANK, 9: COLON, 12: COLON, 15: BLANK], 16, 0..15, HostAndProgram;
    COMMA_MILLIS = "2015-04-16 21:51:02,805", 24,
        [4: DASH, 7: DASH, 10: BLANK, 13: COLON, 16: COLON, 19: COMMA], 23, 0..0, HostAndProgram;
    ISO = "2007-06-14T15:48:55-04:00 ", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 22: COLON, 25: BLANK],
        26, 0..25, HostAndProgram;
    // The zone's colon tells how many fraction digits there are; the leftmost one counts.
    ISO_1 = "2007-06-14T15:48:55.3-04:00", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT_OR_COMMA, 24: COLON],
        27, 0..0, HostAndProgram;
    ISO_2 = "2007-06-14T15:48:55.32-04:00", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT_OR_COMMA, 25: COLON],
        28, 0..0, HostAndProgram;
    ISO_3 = "2007-06-14T15:48:55.321-04:00", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT_OR_COMMA, 26: COLON],
        29, 0..0, HostAndProgram;
    ISO_4 = "2007-06-14T15:48:55.3214-04:00", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT_OR_COMMA, 27: COLON],
        30, 0..0, HostAndProgram;
    ISO_5 = "2007-06-14T15:48:55.32145-04:00", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT_OR_COMMA, 28: COLON],
        31, 0..0, HostAndProgram;
    ISO_6 = "2007-06-14T15:48:55.321456-04:00", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT_OR_COMMA, 29: COLON],
        32, 0..0, HostAndProgram;
    ISO_6_DOT = "2007-06-14T15:48:55.321456-04:00 (2.8.3)", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT, 29: COLON],
        32, 0..0, HostAndProgram;
    YEAR_FIRST = "2015 Dec 29 10:00:01 ", 21,
        [0: DIGIT, 4: BLANK, 8: BLANK, 11: BLANK, 14: COLON, 17: COLON, 20: BLANK],
        21, 0..20, HostAndProgram;
    COLONS = "2019:11:06-00:08:03", 20,
        [0: DIGIT, 4: COLON, 7: COLON, 10: DASH, 13: COLON, 16: COLON], 20, 0..0, HostAndProgram;
    XFERLOG = "Mon Apr 17 18:27:14 2006 1 64.160…", 28,
        [3: BLANK, 7: BLANK, 10: BLANK, 13: COLON, 16: COLON, 19: BLANK, 24: BLANK, 26: BLANK],
        24, 0..0, Log;
    SNORT = "01/28-09:13:16.240702  [**]", 24,
        [2: SLASH, 5: DASH, 8: COLON, 11: COLON, 14: DOT, 21: BLANK], 23, 0..22, Log;
    SURICATA = "01/28/1979-09:13:16.240702  [**]", 26,
        [2: SLASH, 5: SLASH, 10: DASH, 13: COLON, 16: COLON, 19: DOT, 26: BLANK], 28, 0..0, Log;
    APACHE = "[Fri Feb 11 18:06:35 2004] [warn]", 27,
        [0: OPEN, 4: BLANK, 8: BLANK, 11: BLANK, 14: COLON, 17: COLON, 20: BLANK, 25: CLOSE],
        27, 1..25, Log;
    ASL = "[Time 2006.12.28 15:53:55 UTC] …", 26,
        [0: OPEN, 1: T, 5: BLANK, 10: DOT, 13: DOT, 16: BLANK, 19: COLON], 25, 0..0, Brackets;
    SQUID_21 = "1140804070.368  11623 …", 32,
        [0: Class::Is(b'1'), 1: DIGIT, 2: DIGIT, 3: DIGIT, 10: DOT, 13: DIGIT, 14: BLANK, 21: BLANK],
        14, 0..13, BlanksAndLog;
    SQUID_22 = "1140804070.368  11623  …", 32,
        [0: Class::Is(b'1'), 1: DIGIT, 2: DIGIT, 3: DIGIT, 10: DOT, 13: DIGIT, 14: BLANK, 22: BLANK],
        14, 0..13, BlanksAndLog;

    // Wazuh: other lengths, other cuts, and a form of its own.
    WAZUH_COMMA_MILLIS = "2015-04-16 21:51:02,805 ", 24,
        [4: DASH, 7: DASH, 10: BLANK, 13: COLON, 16: COLON, 19: COMMA], 24, 0..23, HostAndProgram;
    WAZUH_ISO_3 = "2022-12-19T15:02:53.288+00:00 ", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT, 26: COLON],
        30, 0..29, HostAndProgram;
    WAZUH_ISO_6 = "2009-05-22T09:36:46.214994-07:00 ", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT, 29: COLON],
        33, 0..32, HostAndProgram;
    WAZUH_ISO_ANY = "2022-12-19T15:02:53.288456Z host", 33,
        [10: T, 4: DASH, 7: DASH, 13: COLON, 16: COLON, 19: DOT], 32, 0..31, HostAndProgram;
    WAZUH_MACOS = "2021-04-21 10:16:09.404756-0700 ", 33,
        [4: DASH, 7: DASH, 10: BLANK, 13: COLON, 16: COLON, 19: DOT, 26: Class::Either(b'+', b'-'),
         31: BLANK], 32, 0..31, HostAndProgram;
    WAZUH_XFERLOG = "Mon Apr 17 18:27:14 2006 1 64.160…", 28,
        [3: BLANK, 7: BLANK, 10: BLANK, 13: COLON, 16: COLON, 19: BLANK, 24: BLANK, 26: BLANK],
        25, 0..24, Log;
    WAZUH_SURICATA = "01/28/1979-09:13:16.240702  [**]", 28,
        [2: SLASH, 5: SLASH, 10: DASH, 13: COLON, 16: COLON, 19: DOT, 26: BLANK], 28, 0..27, Log;
}

/// OSSEC 2.8.3: four forms fewer, fractions only with six digits behind a dot.
pub(super) static OSSEC_283: [&Form; 10] = [
    &SYSLOG, &ISO, &ISO_6_DOT, &XFERLOG, &SNORT, &SURICATA, &APACHE, &ASL, &SQUID_21, &SQUID_22,
];

/// OSSEC 3.7 and 4.3.
pub(super) static OSSEC: [&Form; 18] = [
    &SYSLOG,
    &COMMA_MILLIS,
    &ISO,
    &ISO_1,
    &ISO_2,
    &ISO_3,
    &ISO_4,
    &ISO_5,
    &ISO_6,
    &YEAR_FIRST,
    &COLONS,
    &XFERLOG,
    &SNORT,
    &SURICATA,
    &APACHE,
    &ASL,
    &SQUID_21,
    &SQUID_22,
];

/// Wazuh 4.14.
pub(super) static WAZUH: [&Form; 15] = [
    &SYSLOG,
    &WAZUH_COMMA_MILLIS,
    &ISO,
    &WAZUH_ISO_3,
    &WAZUH_ISO_6,
    &WAZUH_ISO_ANY,
    &YEAR_FIRST,
    &WAZUH_MACOS,
    &WAZUH_XFERLOG,
    &SNORT,
    &WAZUH_SURICATA,
    &APACHE,
    &ASL,
    &SQUID_21,
    &SQUID_22,
];
