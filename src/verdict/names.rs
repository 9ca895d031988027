//! Names that came before.

use bstr::BStr;
use smallvec::SmallVec;

/// Names of fields in the order in which they came. Most are new, and a filter of a few bits knows:
/// only names that look alike are compared.
#[derive(Default)]
pub(crate) struct Names<'n> {
    filter: [u64; 4],
    names: SmallVec<[&'n BStr; 16]>,
}

impl<'n> Names<'n> {
    /// The position of the first name that is the same, ASCII letters in any case if `any_case`;
    /// `None`: there is none, and the name is added.
    pub(crate) fn find_or_add(&mut self, name: &'n BStr, any_case: bool) -> Option<usize> {
        let bit = look(name);
        let (word, mask) = (usize::from(bit / 64), 1 << (bit % 64));
        if self.filter[word] & mask != 0 {
            let same = |known: &&BStr| match any_case {
                true => known.eq_ignore_ascii_case(name),
                false => *known == name,
            };
            if let Some(position) = self.names.iter().position(same) {
                return Some(position);
            }
        }
        self.filter[word] |= mask;
        self.names.push(name);
        None
    }
}

/// Equal for names that are the same in any case.
fn look(name: &[u8]) -> u8 {
    let lower = |byte: Option<&u8>| byte.map_or(0, u8::to_ascii_lowercase);
    let middle = lower(name.get(name.len() / 2));
    // The names of one log mostly begin alike; the numbers are odd so that no bit gets lost.
    (name.len() as u8)
        .wrapping_mul(167)
        .wrapping_add(lower(name.last()).wrapping_mul(59))
        .wrapping_add(middle.wrapping_mul(13))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_same_as_a_search(
            names in proptest::collection::vec("[aAbB.]{0,3}", 0..40),
            any_case: bool,
        ) {
            let mut known: Vec<&str> = Vec::new();
            let mut found = Names::default();
            for name in &names {
                let same = |known: &&str| match any_case {
                    true => known.eq_ignore_ascii_case(name),
                    false => known == name,
                };
                let expected = known.iter().position(same);
                if expected.is_none() {
                    known.push(name);
                }
                let name = BStr::new(name.as_str());
                prop_assert_eq!(found.find_or_add(name, any_case), expected);
            }
        }
    }
}
