//! The compiled form of lists: a constant database (`spec/output.md` §7.2).
//!
//! The format is public and common. All numbers are 32 bits, little endian:
//!
//! ```text
//! 2048 bytes     256 × (position, slots) of the hash tables
//! records        (key length, value length, key, value) …
//! 256 tables     slots × (hash, position of the record); position 0: free
//! ```
//!
//! The hash of a key is `h = 5381`, then `h = (h · 33) xor byte`. Its table is `h mod 256`, the slot
//! where the search begins `(h / 256) mod slots`; a table has twice as many slots as entries. Of
//! equal keys the first one written is the first one found.
//!
//! A file may be damaged or hostile: reading never goes out of bounds and ends after one round
//! through a table.

/// Bytes of the table of tables in front.
const HEADER: usize = 2048;

/// A compiled list.
///
/// ```
/// use ossia::ruleset::cdb::{Cdb, write_cdb};
///
/// let bytes = write_cdb([(&b"k1"[..], &b"v1"[..]), (b"k2", b"v2")]).unwrap();
/// assert_eq!(bytes.len(), 2104);
/// let cdb = Cdb::new(bytes).unwrap();
/// assert_eq!(cdb.lookup(b"k2"), Some(&b"v2"[..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdb {
    bytes: Vec<u8>,
}

/// The bytes cannot be a constant database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a compiled list has at least {HEADER} bytes, this file has {length}")]
pub struct TooShort {
    /// Length of the file in bytes.
    pub length: usize,
}

/// The entries do not fit into the 4 GiB that the format can address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is too large to be compiled: the format ends at 4 GiB")]
pub struct TooLarge;

impl Cdb {
    /// Takes the bytes of a file. Only its length is tested; damaged parts are found, as "no such
    /// key", by the look-ups that hit them.
    ///
    /// # Errors
    /// If the table of tables is not complete.
    pub fn new(bytes: Vec<u8>) -> Result<Cdb, TooShort> {
        match bytes.len() {
            length if length < HEADER => Err(TooShort { length }),
            _ => Ok(Cdb { bytes }),
        }
    }

    /// The value of the first entry with this key.
    pub fn lookup(&self, key: &[u8]) -> Option<&[u8]> {
        let hash = hash(key);
        let (table, slots) = self.pair(u64::from(hash % 256) * 8)?;
        let first = (hash / 256).checked_rem(slots)?;
        for step in 0..slots {
            let slot = (u64::from(first) + u64::from(step)) % u64::from(slots);
            let (entry_hash, record) = self.pair(u64::from(table) + slot * 8)?;
            if record == 0 {
                return None;
            }
            if entry_hash == hash {
                let (found, value) = self.record(record)?;
                if found == key {
                    return Some(value);
                }
            }
        }
        None
    }

    fn record(&self, position: u32) -> Option<(&[u8], &[u8])> {
        let (key, value) = self.pair(position.into())?;
        let rest = self.bytes.get(position as usize + 8..)?;
        let (key, rest) = rest.split_at_checked(key as usize)?;
        Some((key, rest.get(..value as usize)?))
    }

    /// Two numbers, one behind the other.
    fn pair(&self, position: u64) -> Option<(u32, u32)> {
        let bytes = self
            .bytes
            .get(usize::try_from(position).ok()?..)?
            .first_chunk::<8>()?;
        let [a, b, c, d, e, f, g, h] = *bytes;
        Some((
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        ))
    }
}

/// Writes a constant database with these entries, equal keys included, in this order.
///
/// # Errors
/// If the file would have 4 GiB or more.
pub fn write_cdb<'a>(
    entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<Vec<u8>, TooLarge> {
    let number = |length: usize| u32::try_from(length).map_err(|_| TooLarge);
    let mut out = vec![0; HEADER];
    let mut tables: Vec<Vec<(u32, u32)>> = vec![Vec::new(); 256];
    for (key, value) in entries {
        let hash = hash(key);
        tables[(hash % 256) as usize].push((hash, number(out.len())?));
        out.extend(number(key.len())?.to_le_bytes());
        out.extend(number(value.len())?.to_le_bytes());
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    for (index, entries) in tables.iter().enumerate() {
        let position = number(out.len())?;
        let mut slots = vec![(0, 0); entries.len() * 2];
        for &(hash, record) in entries {
            let mut slot = (hash / 256) as usize % slots.len();
            // Half of the slots stay free, so this ends.
            while slots[slot].1 != 0 {
                slot = (slot + 1) % slots.len();
            }
            slots[slot] = (hash, record);
        }
        let head = &mut out[index * 8..index * 8 + 8];
        head[..4].copy_from_slice(&position.to_le_bytes());
        head[4..].copy_from_slice(&number(slots.len())?.to_le_bytes());
        for (hash, record) in slots {
            out.extend(hash.to_le_bytes());
            out.extend(record.to_le_bytes());
        }
    }
    number(out.len())?;
    Ok(out)
}

fn hash(key: &[u8]) -> u32 {
    key.iter().fold(5381, |hash: u32, &byte| {
        hash.wrapping_mul(33) ^ u32::from(byte)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn layout() {
        let bytes = write_cdb([(&b"k1"[..], &b"v1"[..]), (b"k2", b"v2")]).unwrap();
        assert_eq!(bytes.len(), 2104);
        assert_eq!(&bytes[2048..2060], b"\x02\0\0\0\x02\0\0\0k1v1");
        assert_eq!(write_cdb([]).unwrap().len(), 2048);
    }

    #[test]
    fn the_first_of_equal_keys_is_found() {
        let bytes = write_cdb([(&b"k"[..], &b"one"[..]), (b"k", b"two"), (b"", b"")]).unwrap();
        let cdb = Cdb::new(bytes).unwrap();
        assert_eq!(cdb.lookup(b"k"), Some(&b"one"[..]));
        assert_eq!(cdb.lookup(b""), Some(&b""[..]));
        assert_eq!(cdb.lookup(b"K"), None);
    }

    #[test]
    fn short_files() {
        assert_eq!(Cdb::new(vec![0; 2047]), Err(TooShort { length: 2047 }));
        assert_eq!(Cdb::new(vec![0; 2048]).unwrap().lookup(b"k"), None);
        // Every table is endless and lies behind the file.
        assert_eq!(Cdb::new(vec![0xff; 4096]).unwrap().lookup(b"k"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_found(
            entries in prop::collection::vec(("[a-c]{0,3}", "[a-z]{0,5}"), 0..60),
            missing in "[d-f]{1,3}",
        ) {
            let pairs = entries.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
            let cdb = Cdb::new(write_cdb(pairs).unwrap()).unwrap();
            for (key, _) in &entries {
                let first = entries.iter().find(|(other, _)| other == key);
                prop_assert_eq!(cdb.lookup(key.as_bytes()), first.map(|(_, v)| v.as_bytes()));
            }
            prop_assert_eq!(cdb.lookup(missing.as_bytes()), None);
        }

        #[test]
        fn damaged_files_do_not_panic(
            damage in prop::collection::vec((0usize..2200, any::<u8>()), 0..40),
            length in 2048usize..2200,
        ) {
            let mut bytes = write_cdb([(&b"k1"[..], &b"v1"[..]), (b"k2", b"v2")]).unwrap();
            bytes.resize(length, 0);
            for (at, byte) in damage {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            let cdb = Cdb::new(bytes).unwrap();
            cdb.lookup(b"k1");
            cdb.lookup(b"k2");
        }
    }
}
