//! Numbers as text, without the machinery of format strings: what output does for every event.

/// Appends a number as decimal digits.
pub(crate) fn push_number(out: &mut Vec<u8>, number: impl Into<u64>) {
    let mut number = number.into();
    // 2^64 has 20 digits.
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// As [`push_number`], below zero with a minus.
pub(crate) fn push_signed(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    push_number(out, number.unsigned_abs());
}

/// Appends a number below 100 as two digits.
pub(crate) fn push_two(out: &mut Vec<u8>, number: u8) {
    out.extend_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers(number: i64, short in 0u8..100) {
            let mut out = Vec::new();
            push_signed(&mut out, number);
            out.push(b' ');
            push_number(&mut out, number.unsigned_abs());
            out.push(b' ');
            push_two(&mut out, short);
            let expected = format!("{number} {} {short:02}", number.unsigned_abs());
            prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn extreme_numbers() {
        for number in [0, 9, 10, u64::MAX] {
            let mut out = Vec::new();
            push_number(&mut out, number);
            assert_eq!(out, number.to_string().as_bytes());
        }
    }
}
