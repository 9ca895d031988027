//! Text that is copied but for a few bytes, and numbers: what output does for every event.

/// The first byte that is special. Texts are mostly without any, so whole blocks are tested at
/// once; `is_special` must do without branches for that (`|`, not `||`).
#[inline]
pub(crate) fn find_special(text: &[u8], is_special: impl Fn(u8) -> bool) -> Option<usize> {
    const BLOCK: usize = 16;
    let any = |bytes: &[u8; BLOCK]| {
        bytes
            .iter()
            .fold(false, |any, &byte| any | is_special(byte))
    };
    let first = |bytes: &[u8]| bytes.iter().position(|&byte| is_special(byte));
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    for (index, block) in blocks.iter().enumerate() {
        if any(block) {
            return first(block).map(|at| index * BLOCK + at);
        }
    }
    // The last block again, as far back as it must to be one: what is before `rest` is not special.
    if text.last_chunk().is_some_and(|block| !any(block)) {
        return None;
    }
    first(rest).map(|at| text.len() - rest.len() + at)
}

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

    fn is_special(byte: u8) -> bool {
        (byte < 0x20) | (byte == b'"')
    }

    proptest! {
        #[test]
        fn the_first_special_byte(
            before in proptest::collection::vec(0x30u8..0xFF, 0..70),
            behind in proptest::collection::vec(0u8..0xFF, 0..40),
        ) {
            let text = [&before[..], b"\"", &behind].concat();
            prop_assert_eq!(find_special(&text, is_special), Some(before.len()));
            prop_assert_eq!(find_special(&before, is_special), None);
            let first = behind.iter().position(|&byte| is_special(byte));
            prop_assert_eq!(find_special(&behind, is_special), first);
        }

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
