//! The `regex` crate with the limits that untrusted patterns need, compiled on first use.
//!
//! A ruleset has thousands of patterns and a line runs a few dozen, so that compiling all of them
//! would be most of the start of a short run. Whether a pattern compiles is known without it: the
//! readers of [`translate`](super::translate) and [`pcre2_syntax`](super::pcre2_syntax) print only
//! what the crate accepts, and bound its size far below [`SIZE_LIMIT`].

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use super::Look;
use super::backtracker::{Program, UNSET};
use super::literal::Required;
use super::needed_bytes::{self, NeededBytes};
use super::needs::{self, Needs};

/// Memory of one compiled pattern, in bytes. The worst patterns that the readers let pass (2048
/// bytes of osregex, [`LARGEST`](super::pcre2_syntax::LARGEST) of pcre2) need up to 2 MiB.
const SIZE_LIMIT: usize = 10 << 20;
/// Memory of the lazy automaton of one pattern and thread, in bytes.
const DFA_SIZE_LIMIT: usize = 2 << 20;
/// Nesting that the crate's parser accepts: over PCRE2's 250, which is checked before, since every
/// group of a pattern may become two here.
const NEST_LIMIT: u32 = 600;

/// How the pattern and the input are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// UTF-8 with Unicode case folding: osregex of OSSEC 3.7 and 4.3.
    Unicode,
    /// Bytes, case spelled out in the pattern: pcre2.
    Bytes,
}

/// A pattern of the `regex` crate.
#[derive(Clone, Debug)]
pub(crate) struct LazyRegex {
    pattern: Box<str>,
    mode: Mode,
    required: Required,
    regex: OnceLock<Option<Regex>>,
    /// What most searches take instead.
    program: OnceLock<Option<Box<Program>>>,
}

impl LazyRegex {
    /// Takes a pattern that the crate accepts, and a text that every match contains.
    pub(crate) fn new(pattern: String, mode: Mode, required: Required) -> Self {
        LazyRegex {
            pattern: pattern.into(),
            mode,
            required,
            regex: OnceLock::new(),
            program: OnceLock::new(),
        }
    }

    /// Whether the input matches.
    #[inline]
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        if self.required.is_missing(input) {
            return false;
        }
        if let Some(program) = self.program(input)
            && let Ok(found) = program.find::<false>(input, &mut Vec::new())
        {
            return found.is_some();
        }
        self.regex().is_some_and(|regex| regex.is_match(input))
    }

    /// The end of the match, if `groups` is wanted with its groups: two offsets for each, the first
    /// two being of no use.
    pub(crate) fn find(
        &self,
        look: Look,
        input: &[u8],
        groups: bool,
        slots: &mut Vec<usize>,
    ) -> Option<usize> {
        if look == Look::None && self.required.is_missing(input) {
            return None;
        }
        slots.clear();
        if let Some(program) = self.program(input) {
            let found = if groups {
                program.find::<true>(input, slots)
            } else {
                program.find::<false>(input, slots)
            };
            if let Ok(found) = found {
                return found;
            }
        }
        let regex = self.regex()?;
        if !groups || regex.captures_len() == 1 {
            slots.clear();
            return Some(regex.find(input)?.end());
        }
        let mut locations = regex.capture_locations();
        let end = regex.captures_read(&mut locations, input)?.end();
        slots.clear();
        slots.extend((0..locations.len()).flat_map(|group| {
            let (start, end) = locations.get(group).unwrap_or((UNSET, UNSET));
            [start, end]
        }));
        Some(end)
    }

    /// The backtracker, if there is one for the pattern and it may read the input.
    #[inline]
    fn program(&self, input: &[u8]) -> Option<&Program> {
        let unicode = self.mode == Mode::Unicode;
        if unicode && !input.is_ascii() {
            return None;
        }
        self.program
            .get_or_init(|| Program::new(&self.tree()?, unicode).map(Box::new))
            .as_deref()
    }

    /// What every input has that matches.
    pub(crate) fn needs(&self) -> (Needs, NeededBytes) {
        match self.tree() {
            Some(tree) => (needs::hir::needs(&tree), needed_bytes::of_regex(&tree)),
            None => (Needs::Anything, NeededBytes::UNKNOWN),
        }
    }

    /// The syntax tree. Always there, as the regex is.
    fn tree(&self) -> Option<Hir> {
        let unicode = self.mode == Mode::Unicode;
        let mut parser = ParserBuilder::new()
            .utf8(false)
            .unicode(unicode)
            .case_insensitive(unicode)
            .nest_limit(NEST_LIMIT)
            .build();
        parser.parse(&self.pattern).ok()
    }

    /// The compiled pattern. Always there (see the module); without it, nothing matches.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.regex
            .get_or_init(|| build(&self.pattern, self.mode))
            .as_ref()
    }
}

/// A group of the offsets that [`LazyRegex::find`] fills, if it took part.
#[inline]
pub(crate) fn slot(slots: &[usize], group: usize) -> Option<(usize, usize)> {
    match (slots.get(2 * group), slots.get(2 * group + 1)) {
        (Some(&start), Some(&end)) if start != UNSET && end != UNSET => Some((start, end)),
        _ => None,
    }
}

fn build(pattern: &str, mode: Mode) -> Option<Regex> {
    let unicode = mode == Mode::Unicode;
    RegexBuilder::new(pattern)
        .unicode(unicode)
        .case_insensitive(unicode)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(DFA_SIZE_LIMIT)
        .nest_limit(NEST_LIMIT)
        .build()
        .ok()
}
