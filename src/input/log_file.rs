//! Log files, plain or packed.
//!
//! What a file is shows in its first bytes, not in its name. Archives may have any number of members
//! (gzip) or frames (zstd), as `cat a.gz b.gz` makes them. Memory stays the same whatever the size
//! of a file; that of zstd depends on the window of the archive, which is at most 128 MiB.
//!
//! Where reading fails, [`LogFile`] ends as if the file did, so what came before is not lost; the
//! reason is kept.

use std::fmt;
use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

/// Bytes asked for at once.
const CHUNK: usize = 64 * 1024;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Packing {
    /// By the first bytes of a file; `None`: these are too few to tell.
    fn of(head: &[u8]) -> Option<Packing> {
        // With a mask for the first byte: zstd has sixteen kinds of frames that are to be skipped,
        // and some programs begin with one.
        const SIGNATURES: [(Packing, u8, &[u8]); 3] = [
            (Packing::Gzip, 0xFF, &[0x1F, 0x8B, 8]),
            (Packing::Zstd, 0xFF, &[0x28, 0xB5, 0x2F, 0xFD]),
            (Packing::Zstd, 0xF0, &[0x50, 0x2A, 0x4D, 0x18]),
        ];
        let mut open = false;
        for (packing, mask, signature) in SIGNATURES {
            let masks = std::iter::once(mask).chain(std::iter::repeat(0xFF));
            let mut pairs = head.iter().zip(signature).zip(masks);
            if pairs.all(|((byte, wanted), mask)| byte & mask == *wanted) {
                if head.len() >= signature.len() {
                    return Some(packing);
                }
                open = true;
            }
        }
        (!open).then_some(Packing::Plain)
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Packing::Plain => "plain",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        })
    }
}

/// Why a file ended early.
#[derive(Debug)]
pub struct ReadProblem {
    /// The reason.
    pub error: io::Error,
    /// So many bytes of the file, as it is stored, had been used.
    pub position: u64,
    /// The archive is damaged. Otherwise the file cannot be read.
    pub damaged: Option<Packing>,
}

/// A log file while it is read, unpacked.
///
/// ```
/// use std::io::{Read, Write};
/// use ossia::input::{LogFile, Packing};
///
/// let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
/// packed.write_all(b"one\ntwo\n").unwrap();
/// let packed = packed.finish().unwrap();
/// let mut file = LogFile::new(&packed[..packed.len() - 4]);
/// let mut text = String::new();
/// file.read_to_string(&mut text).unwrap();
/// assert_eq!((file.packing(), text.as_str()), (Packing::Gzip, "one\ntwo\n"));
/// assert!(file.problem().is_some(), "the check sum is cut off");
/// ```
pub struct LogFile<R: Read> {
    source: Unpacker<R>,
    packing: Packing,
    problem: Option<ReadProblem>,
    unpacked: u64,
}

enum Unpacker<R: Read> {
    Plain(Counted<R>),
    Gzip(Box<MultiGzDecoder<Counted<R>>>),
    Zstd(ZstdDecoder<'static, Counted<R>>),
    /// The decoder could not be made.
    Nothing,
}

impl<R: Read> LogFile<R> {
    /// Reads as much of `source` as is needed to see what it is.
    pub fn new(source: R) -> Self {
        let mut source = Counted::new(source);
        let packing = source.packing();
        let mut problem = None;
        let source = match packing {
            Packing::Plain => Unpacker::Plain(source),
            Packing::Gzip => Unpacker::Gzip(Box::new(MultiGzDecoder::new(source))),
            Packing::Zstd => ZstdDecoder::with_buffer(source).map_or_else(
                |error| {
                    problem = Some(ReadProblem {
                        error,
                        position: 0,
                        damaged: None,
                    });
                    Unpacker::Nothing
                },
                Unpacker::Zstd,
            ),
        };
        LogFile {
            source,
            packing,
            problem,
            unpacked: 0,
        }
    }

    /// What the file is.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// So many bytes of the file, as it is stored, were used.
    pub fn position(&self) -> u64 {
        self.counted().map_or(0, |source| source.used)
    }

    /// So many bytes were returned.
    pub fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// Why the file ended early, if it did.
    pub fn problem(&self) -> Option<&ReadProblem> {
        self.problem.as_ref()
    }

    fn counted(&self) -> Option<&Counted<R>> {
        match &self.source {
            Unpacker::Plain(source) => Some(source),
            Unpacker::Gzip(decoder) => Some(decoder.get_ref()),
            Unpacker::Zstd(decoder) => Some(decoder.get_ref()),
            Unpacker::Nothing => None,
        }
    }
}

impl<R: Read> Read for LogFile<R> {
    /// Never fails: see [`LogFile::problem`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.problem.is_some() {
            return Ok(0);
        }
        let result = match &mut self.source {
            Unpacker::Plain(source) => source.read(buffer),
            Unpacker::Gzip(decoder) => decoder.read(buffer),
            Unpacker::Zstd(decoder) => decoder.read(buffer),
            Unpacker::Nothing => Ok(0),
        };
        let error = match result {
            Ok(count) => {
                self.unpacked += count as u64;
                return Ok(count);
            }
            Err(error) => error,
        };
        let failed = self.counted().is_some_and(|source| source.failed);
        self.problem = Some(ReadProblem {
            error,
            position: self.position(),
            damaged: (!failed).then_some(self.packing),
        });
        Ok(0)
    }
}

/// A buffer that counts the bytes that were taken out of it.
struct Counted<R> {
    source: R,
    buffer: Box<[u8]>,
    /// What was read and not yet taken.
    pending: std::ops::Range<usize>,
    used: u64,
    /// The source itself failed.
    failed: bool,
    /// A failure to be returned by the next read.
    error: Option<io::Error>,
}

impl<R: Read> Counted<R> {
    fn new(source: R) -> Self {
        Counted {
            source,
            buffer: vec![0; CHUNK].into(),
            pending: 0..0,
            used: 0,
            failed: false,
            error: None,
        }
    }

    /// Looks at the first bytes. Somebody who types is not kept waiting for more than needed.
    fn packing(&mut self) -> Packing {
        loop {
            if let Some(packing) = Packing::of(&self.buffer[self.pending.clone()]) {
                return packing;
            }
            match self.more() {
                Ok(0) => return Packing::Plain,
                Ok(_) => {}
                Err(error) => {
                    self.error = Some(error);
                    return Packing::Plain;
                }
            }
        }
    }

    /// Reads once, behind what is pending.
    fn more(&mut self) -> io::Result<usize> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let room = &mut self.buffer[self.pending.end..];
        let count = read_once(&mut self.source, room).inspect_err(|_| self.failed = true)?;
        self.pending.end += count;
        Ok(count)
    }
}

/// Reads once, whatever interrupts it.
fn read_once(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.pending.is_empty() {
            self.pending = 0..0;
            self.more()?;
        }
        Ok(&self.buffer[self.pending.clone()])
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.pending.len());
        self.pending.start += count;
        self.used += count as u64;
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What asks for no less than a chunk needs no buffer in between.
        if self.pending.is_empty() && buffer.len() >= CHUNK && self.error.is_none() {
            let count = read_once(&mut self.source, buffer).inspect_err(|_| self.failed = true)?;
            self.used += count as u64;
            return Ok(count);
        }
        let pending = self.fill_buf()?;
        let count = pending.len().min(buffer.len());
        buffer[..count].copy_from_slice(&pending[..count]);
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    /// Hands out one byte at a time, and fails at the end.
    struct Slow<'a>(&'a [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                let failure = Err(io::Error::other("no more"));
                return if self.1 { failure } else { Ok(0) };
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn read(source: impl Read) -> (Packing, Vec<u8>, Option<ReadProblem>) {
        let mut file = LogFile::new(source);
        let mut text = Vec::new();
        file.read_to_end(&mut text).unwrap();
        assert_eq!(file.unpacked(), text.len() as u64);
        (file.packing(), text, file.problem)
    }

    #[track_caller]
    fn check(bytes: &[u8], packing: Packing, text: &[u8]) {
        for result in [read(bytes), read(Slow(bytes, false))] {
            assert_eq!((result.0, &*result.1), (packing, text));
            assert!(result.2.is_none(), "{:?}", result.2);
        }
    }

    #[test]
    fn kinds() {
        check(b"", Packing::Plain, b"");
        check(b"(", Packing::Plain, b"(");
        check(b"one\ntwo", Packing::Plain, b"one\ntwo");
        check(&[0x1F, 0x8B], Packing::Plain, &[0x1F, 0x8B]);
        check(&gzip(b"one\n"), Packing::Gzip, b"one\n");
        check(&zstd(b"one\n"), Packing::Zstd, b"one\n");
        let two = [gzip(b"one\n"), gzip(b""), gzip(b"two\n")].concat();
        check(&two, Packing::Gzip, b"one\ntwo\n");
        let skipped = [0x5A, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9].to_vec();
        let two = [skipped, zstd(b"one\n"), zstd(b"two\n")].concat();
        check(&two, Packing::Zstd, b"one\ntwo\n");
    }

    #[test]
    fn what_comes_before_the_damage_counts() {
        let text: Vec<u8> = (0..200_000u32)
            .flat_map(|n| n.to_string().into_bytes())
            .collect();
        for (packed, packing) in [(gzip(&text), Packing::Gzip), (zstd(&text), Packing::Zstd)] {
            let half = packed.len() / 2;
            let (_, found, problem) = read(&packed[..half]);
            let problem = problem.unwrap();
            assert!(found.len() > 1000 && text.starts_with(&found));
            assert_eq!(problem.damaged, Some(packing));
            assert_eq!(problem.position, half as u64);
        }
    }

    #[test]
    fn a_source_that_fails() {
        for head in [&b""[..], b"abc\n", &gzip(b"abc\n")[..15]] {
            let (_, _, problem) = read(Slow(head, true));
            let problem = problem.unwrap();
            assert!(problem.damaged.is_none());
            assert_eq!(problem.error.to_string(), "no more");
            assert_eq!(problem.position, head.len() as u64);
        }
    }

    #[test]
    fn any_damage_is_survived() {
        let text = b"one two three\n".repeat(50);
        for packed in [gzip(&text), zstd(&text)] {
            for at in 0..packed.len() {
                for bit in [1, 0x80] {
                    let mut damaged = packed.clone();
                    damaged[at] ^= bit;
                    read(&damaged[..]);
                    read(&damaged[..at]);
                }
            }
        }
    }
}
