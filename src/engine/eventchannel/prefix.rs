//! The number at the start of a text, as C reads it: white space, a sign, digits, and whatever
//! follows.

/// `strtol` into an `int`: no number is 0, too large is the largest before it is cut to 32 bits.
pub(super) fn decimal(text: &[u8]) -> i32 {
    let (negative, digits) = signed(text);
    let number = digits
        .iter()
        .map_while(|&digit| char::from(digit).to_digit(10))
        .fold(0i64, |number, digit| {
            let digit = i64::from(digit);
            let shifted = number.saturating_mul(10);
            if negative {
                shifted.saturating_sub(digit)
            } else {
                shifted.saturating_add(digit)
            }
        });
    number as i32
}

/// `strtoull` with base 16: `0x` is optional, too large is all bits.
pub(super) fn hexadecimal(text: &[u8]) -> u64 {
    let (negative, digits) = signed(text);
    let digits = match digits {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        all => all,
    };
    let number = digits
        .iter()
        .map_while(|&digit| char::from(digit).to_digit(16))
        .try_fold(0u64, |number, digit| {
            let shifted = number.checked_mul(16)?;
            Some(shifted | u64::from(digit))
        });
    match number {
        Some(number) if negative => number.wrapping_neg(),
        Some(number) => number,
        None => u64::MAX,
    }
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text.trim_ascii_start() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        let cases: [(&str, i32); 11] = [
            ("", 0),
            ("x", 0),
            ("4", 4),
            (" 4x", 4),
            ("-4", -4),
            ("+4", 4),
            ("- 4", 0),
            ("0x4", 0),
            ("4294967297", 1),
            ("99999999999999999999", -1),
            ("-99999999999999999999", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn hexadecimals() {
        let cases = [
            ("", 0),
            ("0x", 0),
            ("0x1F", 31),
            ("1fg", 31),
            (" 0X10", 16),
            ("-1", u64::MAX),
            ("ffffffffffffffff", u64::MAX),
            ("10000000000000000", u64::MAX),
        ];
        for (text, expected) in cases {
            assert_eq!(hexadecimal(text.as_bytes()), expected, "{text}");
        }
    }
}
