//! Command lines as `getopt` reads them, for the tools under their original names.

use std::ffi::OsString;

/// The words of the command line, letter by letter.
pub(super) struct Words {
    words: std::vec::IntoIter<OsString>,
    /// What is left of the word with options.
    rest: std::vec::IntoIter<u8>,
    /// Words that are no options.
    operands: Vec<OsString>,
}

impl Words {
    pub(super) fn new(words: Vec<OsString>) -> Self {
        Words {
            words: words.into_iter(),
            rest: Vec::new().into_iter(),
            operands: Vec::new(),
        }
    }

    /// The next option.
    pub(super) fn letter(&mut self) -> Option<u8> {
        loop {
            if let Some(letter) = self.rest.next() {
                return Some(letter);
            }
            let word = self.words.next()?;
            if word == "--" {
                self.operands.extend(self.words.by_ref());
            } else if let Some(letters) = word.as_encoded_bytes().strip_prefix(b"-") {
                let letters = letters.to_vec();
                self.rest = letters.into_iter();
            } else {
                self.operands.push(word);
            }
        }
    }

    /// Words so far that are no options and no values of them.
    pub(super) fn operands(&self) -> &[OsString] {
        &self.operands
    }

    /// The value of the last option: the rest of its word, or the next word whatever it is.
    pub(super) fn value(&mut self) -> Option<OsString> {
        let rest: Vec<u8> = self.rest.by_ref().collect();
        if rest.is_empty() {
            return self.words.next();
        }
        // A part of a word is text here; a path that is not can be a word of its own.
        Some(String::from_utf8_lossy(&rest).into_owned().into())
    }
}
