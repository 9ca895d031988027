//! The `regex` crate with the limits that untrusted patterns need.

use regex::bytes::{Regex, RegexBuilder};

/// Memory of one compiled pattern, in bytes. Counted repetitions multiply; 10 MiB is the default
/// of the crate and over a hundred times what the largest pattern of the stock rulesets takes.
const SIZE_LIMIT: usize = 10 << 20;
/// Memory of the lazy automaton of one pattern and thread, in bytes.
const DFA_SIZE_LIMIT: usize = 2 << 20;
/// Nesting that the crate's parser accepts: over PCRE2's 250, which is checked before, since every
/// group of a pattern may become two here.
const NEST_LIMIT: u32 = 600;

/// UTF-8 mode with Unicode case folding: osregex of OSSEC 3.7 and 4.3.
pub(crate) fn unicode(pattern: &str) -> Result<Regex, String> {
    build(RegexBuilder::new(pattern).case_insensitive(true))
}

/// Byte mode: pcre2. Case is spelled out in the pattern.
pub(crate) fn bytes(pattern: &str) -> Result<Regex, String> {
    build(RegexBuilder::new(pattern).unicode(false))
}

fn build(builder: &mut RegexBuilder) -> Result<Regex, String> {
    builder
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(DFA_SIZE_LIMIT)
        .nest_limit(NEST_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(limit) => {
                format!("the pattern needs more than {} MiB of memory", limit >> 20)
            }
            _ => "the pattern is not a valid regular expression".to_owned(),
        })
}
