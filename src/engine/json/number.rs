//! Numbers: read as C's `strtod` reads them, and written in the two ways of the original.

use std::fmt::{self, Write};

/// Bytes of a field's number; the rest is cut off.
const MAX_FIELD: usize = 63;

/// The longest number at the start of the text, and its length. Too large is infinite.
pub(super) fn read(text: &[u8]) -> Option<(f64, usize)> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let start = usize::from(text.first() == Some(&b'-'));
    let whole = digits(start);
    let mut end = start + whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let number = std::str::from_utf8(&text[..end]).ok()?;
    Some((number.parse().ok()?, end))
}

/// As a field: a whole number if it is one of 32 bits, otherwise six decimals.
pub(super) fn push_field(number: f64, out: &mut Vec<u8>) {
    let whole = number as i32;
    let mut out = Bounded {
        out,
        left: MAX_FIELD,
    };
    // Writing ends with an error where the text is cut off.
    let _ = if f64::from(whole) == number {
        write!(out, "{whole}")
    } else {
        write!(out, "{number:.6}")
    };
}

/// As JSON: 15 significant digits, 17 if these are another number.
pub(super) fn push_json(number: f64, out: &mut Vec<u8>) {
    if !number.is_finite() {
        // JSON has no word for it.
        out.extend_from_slice(b"null");
        return;
    }
    let start = out.len();
    push_general(number, 15, out);
    if read(&out[start..]).map(|(same, _)| same) != Some(number) {
        out.truncate(start);
        push_general(number, 17, out);
    }
}

/// C's `%.Ng`.
fn push_general(number: f64, precision: usize, out: &mut Vec<u8>) {
    let text = format!("{number:.*e}", precision - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.strip_prefix('-').unwrap_or(mantissa);
    if digits.len() < mantissa.len() {
        out.push(b'-');
    }
    let (first, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0').as_bytes();
    out.extend_from_slice(first.as_bytes());
    if exponent < -4 || exponent >= precision as i32 {
        push_fraction(fraction, out);
        let sign = if exponent < 0 { '-' } else { '+' };
        out.extend_from_slice(format!("e{sign}{:02}", exponent.unsigned_abs()).as_bytes());
    } else if exponent < 0 {
        let zeros = exponent.unsigned_abs() as usize;
        let digit = out.pop();
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', zeros - 1));
        out.extend(digit);
        out.extend_from_slice(fraction);
    } else {
        let exponent = exponent as usize;
        let whole = exponent.min(fraction.len());
        out.extend_from_slice(&fraction[..whole]);
        out.extend(std::iter::repeat_n(b'0', exponent - whole));
        push_fraction(&fraction[whole..], out);
    }
}

fn push_fraction(digits: &[u8], out: &mut Vec<u8>) {
    if !digits.is_empty() {
        out.push(b'.');
        out.extend_from_slice(digits);
    }
}

/// Writes at most `left` bytes.
struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let length = text.len().min(self.left);
        self.out.extend_from_slice(&text.as_bytes()[..length]);
        self.left -= length;
        if length == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}
