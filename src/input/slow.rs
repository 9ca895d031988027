//! For tests: what comes in small pieces must be read as what comes at once.

use std::io::{self, Read};

/// Hands out a few bytes at a time.
pub(super) struct Slow<'a>(pub(super) &'a [u8], pub(super) usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}
