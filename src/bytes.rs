//! Text that is copied but for a few bytes.

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
    }
}
