//! The bytes of a snapshot: how values are written and read back.
//!
//! * Counts, lengths, indices and counters are LEB128: seven bits a byte, lowest first.
//! * Times are eight bytes, little endian.
//! * Text is its length and its bytes.
//!
//! The reader trusts nothing: it never looks behind the end, and it allocates only for bytes that
//! are there. Every element of a sequence takes a byte at least, so a count that is larger than the
//! number of bytes left is refused before anything is made of it.

use bstr::{BStr, BString};

use crate::ruleset::category::Category;

/// The bytes from here on are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// Position in the payload.
    pub(crate) at: usize,
}

/// Takes values.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(flag.into());
    }

    /// Any number that is usually small.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    pub(crate) fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// Unix seconds.
    pub(crate) fn time(&mut self, seconds: i64) {
        self.bytes.extend_from_slice(&seconds.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &[u8]) {
        self.count(text.len());
        self.bytes.extend_from_slice(text);
    }

    pub(crate) fn optional_text(&mut self, text: Option<impl AsRef<[u8]>>) {
        self.flag(text.is_some());
        if let Some(text) = text {
            self.text(text.as_ref());
        }
    }

    /// The text of a set, in an order that depends on nothing but the text.
    pub(crate) fn texts_sorted<'t>(&mut self, texts: impl Iterator<Item = &'t BString>) {
        let mut texts: Vec<&BString> = texts.collect();
        texts.sort_unstable();
        self.count(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    /// A few values of a long table, with their indices.
    pub(crate) fn sparse<T>(
        &mut self,
        values: impl Iterator<Item = (usize, T)>,
        write: impl Fn(&mut Writer, T),
    ) {
        let values: Vec<(usize, T)> = values.collect();
        self.count(values.len());
        for (index, value) in values {
            self.count(index);
            write(self, value);
        }
    }
}

/// Gives the values back in the order in which they were written.
#[derive(Debug)]
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), Damaged> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Damaged { at: self.at })
        }
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Damaged> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..length).ok_or(Damaged { at: self.at })?;
        self.at += length;
        Ok(taken)
    }

    /// Reads a value; if it is not a possible one, the damage is where it begins.
    pub(crate) fn checked<T, U>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Damaged>,
        check: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, Damaged> {
        let at = self.at;
        check(read(self)?).ok_or(Damaged { at })
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        self.take(1).map(|taken| taken[0])
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Damaged> {
        self.checked(Self::byte, |byte| match byte {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }

    pub(crate) fn number(&mut self) -> Result<u64, Damaged> {
        let at = self.at;
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Damaged { at })
    }

    /// A number below 2³².
    pub(crate) fn small_number(&mut self) -> Result<u32, Damaged> {
        self.checked(Self::number, |number| u32::try_from(number).ok())
    }

    /// How many elements follow.
    pub(crate) fn count(&mut self) -> Result<usize, Damaged> {
        let left = self.bytes.len() - self.at;
        self.checked(Self::number, |count| {
            usize::try_from(count).ok().filter(|&count| count <= left)
        })
    }

    /// An index of a table of `limit` elements.
    pub(crate) fn index(&mut self, limit: usize) -> Result<usize, Damaged> {
        self.checked(Self::number, |index| {
            usize::try_from(index).ok().filter(|&index| index < limit)
        })
    }

    pub(crate) fn time(&mut self) -> Result<i64, Damaged> {
        let mut seconds = [0; 8];
        seconds.copy_from_slice(self.take(8)?);
        Ok(i64::from_le_bytes(seconds))
    }

    pub(crate) fn text(&mut self) -> Result<&'b BStr, Damaged> {
        let length = self.count()?;
        self.take(length).map(BStr::new)
    }

    pub(crate) fn owned_text(&mut self) -> Result<BString, Damaged> {
        self.text().map(ToOwned::to_owned)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'b BStr>, Damaged> {
        if self.flag()? {
            self.text().map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn category(&mut self) -> Result<Category, Damaged> {
        self.checked(Self::byte, Category::from_number)
    }

    /// A sequence into any collection.
    pub(crate) fn sequence<T, C: FromIterator<T>>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Damaged>,
    ) -> Result<C, Damaged> {
        let count = self.count()?;
        // `Result`'s own collector reserves nothing in advance.
        (0..count).map(|_| read(self)).collect()
    }

    /// A few values of a table of `limit` elements, with their indices.
    pub(crate) fn sparse<T>(
        &mut self,
        limit: usize,
        read: impl Fn(&mut Self) -> Result<T, Damaged>,
    ) -> Result<Vec<(usize, T)>, Damaged> {
        self.sequence(|from| Ok((from.index(limit)?, read(from)?)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(number: u64, seconds: i64, text: Vec<u8>, flag: bool) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.time(seconds);
            writer.text(&text);
            writer.flag(flag);
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.time(), Ok(seconds));
            prop_assert_eq!(reader.text(), Ok(BStr::new(&text)));
            prop_assert_eq!(reader.flag(), Ok(flag));
            prop_assert_eq!(reader.end(), Ok(()));
        }
    }

    #[test]
    fn damage_is_where_the_value_begins() {
        let mut too_long = Reader::new(&[0xff; 11]);
        assert_eq!(too_long.number(), Err(Damaged { at: 0 }));
        let mut cut = Reader::new(&[1, 0x80]);
        assert_eq!(cut.byte(), Ok(1));
        assert_eq!(cut.number(), Err(Damaged { at: 2 }));
        // A count of elements that cannot be there.
        let mut count = Reader::new(&[0, 100, 1, 1]);
        assert_eq!(count.byte(), Ok(0));
        assert_eq!(count.count(), Err(Damaged { at: 1 }));
        assert_eq!(Reader::new(&[9]).index(9), Err(Damaged { at: 0 }));
        assert_eq!(Reader::new(&[2]).flag(), Err(Damaged { at: 0 }));
        assert_eq!(Reader::new(&[1]).end(), Err(Damaged { at: 0 }));
    }
}
