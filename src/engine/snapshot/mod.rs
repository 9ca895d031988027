//! The state of a session as bytes: a session is a value.
//!
//! [`Session::snapshot`] writes everything that changes while events are evaluated,
//! [`Session::restore`] makes a session of it that gives the same verdicts from then on. A snapshot
//! belongs to one ruleset: it names rules and decoders by their position, so it carries the
//! ruleset's [fingerprint](crate::ruleset::Fingerprint).
//!
//! ```text
//! offset  length
//!      0       8  magic, `ossia\0` and a format mark
//!      8       4  version, little endian
//!     12      16  fingerprint of the ruleset
//!     28       8  length of the payload, little endian
//!     36       n  payload: what each part of the state writes, one behind the other
//!   36+n       8  XXH3 of everything before, little endian
//! ```
//!
//! The encoder is written by hand: each part of the state has a `save` and a `load` beside its
//! fields, which take the fields apart by name, so a new field does not compile until somebody
//! decides whether it is state. Equal states give equal bytes: hash maps are sorted and remembered
//! events are numbered by their place in the queues.
//!
//! The checksum finds accidents. It does not make foreign bytes harmless; the reader does, it
//! checks every length and index (see [`codec`]).

mod codec;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use codec::{Damaged, Reader, Writer};

use super::{Engine, Session, SessionOptions};

const MAGIC: &[u8; 8] = b"ossia\0S\n";
/// Of the layout and of every `save` and `load`: a change of any of them is a new version.
const VERSION: u32 = 2;
const PAYLOAD: usize = 36;
const CHECKSUM: usize = 8;

/// Why a snapshot cannot be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes do not begin as a snapshot does.
    #[error("not a snapshot")]
    NotASnapshot,
    /// Another version of this library wrote it.
    #[error("a snapshot of version {found}, this build reads {reads}")]
    Version {
        /// Version of the snapshot.
        found: u32,
        /// The only version that this build reads.
        reads: u32,
    },
    /// Decoders, rules, settings or dialect are not those of the session that was written.
    #[error(
        "snapshot of another ruleset: restore it with the files, settings and dialect it was \
         taken with, or begin a new session"
    )]
    OtherRuleset,
    /// The snapshot is cut off, too long or changed.
    #[error("the snapshot is damaged at byte {at}")]
    Damaged {
        /// Where that was noticed, from 0. If only the checksum does not fit, where that stands.
        at: usize,
    },
}

impl Session {
    /// Everything that this session remembers, as bytes. Equal states give equal bytes.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ossia::config;
    /// use ossia::engine::{Engine, Session, SessionOptions};
    ///
    /// let inputs = config::from_files(config::embedded::files(), None);
    /// let engine = Arc::new(Engine::new(ossia::ruleset::build(&inputs).0));
    /// let session = Session::new(Arc::clone(&engine), SessionOptions::default());
    /// let bytes = session.snapshot();
    /// let restored = Session::restore(engine, SessionOptions::default(), &bytes).unwrap();
    /// assert_eq!(restored.snapshot(), bytes);
    /// ```
    pub fn snapshot(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.save(&mut writer);
        let payload = writer.into_bytes();
        seal(self.engine(), &payload)
    }

    /// The session that a snapshot was taken of.
    ///
    /// The options are not part of a snapshot. With other options than those of the first session
    /// the verdicts may differ; what only the daemon remembers is lost to the test tool.
    ///
    /// # Errors
    /// The bytes are no snapshot, one of another version or ruleset, or damaged.
    pub fn restore(
        engine: Arc<Engine>,
        options: SessionOptions,
        bytes: &[u8],
    ) -> Result<Session, SnapshotError> {
        let payload = open(&engine, bytes)?;
        let mut reader = Reader::new(payload);
        Session::load(engine, options, &mut reader)
            .and_then(|session| reader.end().map(|()| session))
            .map_err(|damaged| SnapshotError::Damaged {
                at: PAYLOAD + damaged.at,
            })
    }
}

/// Header, payload and checksum.
fn seal(engine: &Engine, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PAYLOAD + payload.len() + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&engine.ruleset().fingerprint.to_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(payload);
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The payload, if everything around it is right.
fn open<'b>(engine: &Engine, bytes: &'b [u8]) -> Result<&'b [u8], SnapshotError> {
    let cut = SnapshotError::Damaged { at: bytes.len() };
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or(SnapshotError::NotASnapshot)?;
    let (version, rest) = rest.split_first_chunk().ok_or(cut)?;
    // Everything behind it may look different in another version.
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        let reads = VERSION;
        return Err(SnapshotError::Version { found, reads });
    }
    let (fingerprint, rest) = rest.split_first_chunk::<16>().ok_or(cut)?;
    let (length, rest) = rest.split_first_chunk().ok_or(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut)?;
    let (payload, rest) = rest.split_at_checked(length).ok_or(cut)?;
    let (checksum, behind) = rest.split_first_chunk().ok_or(cut)?;
    let end = bytes.len() - behind.len();
    if !behind.is_empty() {
        return Err(SnapshotError::Damaged { at: end });
    }
    let at = end - CHECKSUM;
    if u64::from_le_bytes(*checksum) != xxhash_rust::xxh3::xxh3_64(&bytes[..at]) {
        return Err(SnapshotError::Damaged { at });
    }
    if *fingerprint != engine.ruleset().fingerprint.to_bytes() {
        return Err(SnapshotError::OtherRuleset);
    }
    Ok(payload)
}
