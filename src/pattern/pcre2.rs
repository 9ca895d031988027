//! pcre2 elements (`spec/regex.md` §9).
//!
//! Every strategy is exact. In order of preference:
//!
//! 1. [`Matcher::Shortcut`]: OSSEC itself compares plain anchored texts as bytes.
//! 2. [`Matcher::Caseless`], [`Matcher::Exact`]: the pattern is plain text.
//! 3. [`Matcher::Regex`]: the `regex` crate, for the constructs of `pcre2_syntax`; linear time.
//! 4. `Matcher::Pcre2`: PCRE2 itself (feature `pcre2`), for all others, with limits.

use std::ops::Range;

use memchr::memmem;

use super::Look;
use super::dialect::Pcre2Rules;
use super::error::{PatternError, PatternErrorKind};
use super::literal::{Anchored, Finder};
use super::needed_bytes::NeededBytes;
use super::needs::Needs;
use super::pcre2_syntax::{self, Rewritten};
use super::rust_regex::{LazyRegex, Mode, slot};
use super::translate::{MOST_CAPTURES, plain_byte};

/// A compiled pcre2 pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pcre2 {
    matcher: Matcher,
    rules: Pcre2Rules,
}

#[derive(Clone, Debug)]
enum Matcher {
    Shortcut(Anchored),
    Caseless(Finder),
    Exact(Box<memmem::Finder<'static>>),
    Regex(Box<Rewriting>),
    #[cfg(feature = "pcre2")]
    Pcre2(Box<super::pcre2_engine::Engine>),
}

#[derive(Clone, Debug)]
struct Rewriting {
    regex: LazyRegex,
    /// Numbers of the pattern's own groups in `regex`.
    groups: Box<[usize]>,
    /// Numbers of the end markers in `regex`.
    markers: Box<[usize]>,
}

impl Pcre2 {
    /// Compiles.
    pub(crate) fn compile(rules: Pcre2Rules, pattern: &[u8]) -> Result<Self, PatternError> {
        if pattern.is_empty() && rules.refuse_empty {
            return Err(PatternError::new(
                PatternErrorKind::Empty,
                0..0,
                "a pcre2 pattern cannot be empty",
            )
            .with_help("write `.*` to match everything"));
        }
        let plain = |text: &[u8]| text.iter().all(|&byte| plain_byte(byte));
        if rules.shortcut
            && let Some(shortcut) = Anchored::of(pattern, plain)
        {
            return Ok(Pcre2 {
                matcher: Matcher::Shortcut(shortcut),
                rules,
            });
        }
        let matcher = match pcre2_syntax::rewrite(pattern, rules.caseless) {
            Some(rewritten) => Matcher::new(rewritten),
            None => Matcher::original(rules, pattern)?,
        };
        Ok(Pcre2 { matcher, rules })
    }

    /// Compiles for PCRE2 itself, whatever other strategy there is: the other side of the
    /// differential tests.
    #[cfg(all(test, feature = "pcre2"))]
    pub(crate) fn compile_original(
        rules: Pcre2Rules,
        pattern: &[u8],
    ) -> Result<Self, PatternError> {
        Ok(Pcre2 {
            matcher: Matcher::original(rules, pattern)?,
            rules,
        })
    }

    /// Whether the literal shortcut of OSSEC was taken.
    pub(crate) fn is_shortcut(&self) -> bool {
        matches!(self.matcher, Matcher::Shortcut(_))
    }

    /// Whether the automaton, if there is one, could be built.
    #[cfg(all(test, feature = "pcre2"))]
    pub(crate) fn is_built(&self) -> bool {
        match &self.matcher {
            Matcher::Regex(rewriting) => rewriting.regex.regex().is_some(),
            _ => true,
        }
    }

    /// Whether the pattern runs on PCRE2 itself.
    pub(crate) fn is_original(&self) -> bool {
        #[cfg(feature = "pcre2")]
        return matches!(self.matcher, Matcher::Pcre2(_));
        #[cfg(not(feature = "pcre2"))]
        return false;
    }

    /// Whether the input matches.
    #[inline]
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        match &self.matcher {
            Matcher::Shortcut(shortcut) => shortcut.find(input).is_some(),
            Matcher::Caseless(finder) => finder.find(input).is_some(),
            Matcher::Exact(finder) => finder.find(input).is_some(),
            Matcher::Regex(rewriting) => rewriting.regex.is_match(input),
            #[cfg(feature = "pcre2")]
            Matcher::Pcre2(engine) => engine.is_match(input),
        }
    }

    /// The end of the match, and its groups as the dialect lists them (§9.1, §9.2).
    pub(crate) fn find(
        &self,
        look: Look,
        input: &[u8],
        groups: &mut Vec<Range<usize>>,
        slots: &mut Vec<usize>,
    ) -> Option<usize> {
        if !self.rules.keep_unset && !self.is_shortcut() {
            groups.clear();
        }
        match &self.matcher {
            Matcher::Shortcut(shortcut) => shortcut.find(input),
            Matcher::Caseless(finder) => Some(finder.find(input)? + finder.text().len()),
            Matcher::Exact(finder) => Some(finder.find(input)? + finder.needle().len()),
            Matcher::Regex(rewriting) => rewriting.find(look, input, self.rules, groups, slots),
            #[cfg(feature = "pcre2")]
            Matcher::Pcre2(engine) => {
                let slots = engine.captures(input)?;
                let (_, end) = slots.get(0)?;
                list(
                    self.rules,
                    (1..slots.len()).map(|group| slots.get(group)),
                    groups,
                );
                Some(end)
            }
        }
    }

    /// What every input has that matches.
    pub(crate) fn needs(&self) -> (Needs, NeededBytes) {
        let needs = match &self.matcher {
            Matcher::Regex(rewriting) => return rewriting.regex.needs(),
            Matcher::Shortcut(shortcut) => shortcut.needs(),
            Matcher::Caseless(finder) => Needs::one(finder.text(), false, false),
            Matcher::Exact(finder) => Needs::one(finder.needle(), false, false),
            #[cfg(feature = "pcre2")]
            Matcher::Pcre2(_) => Needs::Anything,
        };
        (needs, NeededBytes::UNKNOWN)
    }

    /// What the original's function returns for a match that ends here.
    pub(crate) fn raw_end(&self, end: usize) -> i64 {
        end as i64 - i64::from(self.rules.end_before)
    }
}

impl Matcher {
    fn new(rewritten: Rewritten) -> Self {
        let Rewritten {
            text,
            groups,
            markers,
            literal,
            required,
        } = rewritten;
        match literal {
            Some((text, true)) => Matcher::Exact(Box::new(memmem::Finder::new(&text).into_owned())),
            Some((text, false)) => Matcher::Caseless(Finder::new(&text)),
            None => Matcher::Regex(Box::new(Rewriting {
                regex: LazyRegex::new(text, Mode::Bytes, required),
                groups: groups.into(),
                markers: markers.into(),
            })),
        }
    }

    #[cfg(feature = "pcre2")]
    fn original(rules: Pcre2Rules, pattern: &[u8]) -> Result<Self, PatternError> {
        let engine = super::pcre2_engine::Engine::compile(pattern, rules.caseless)?;
        Ok(Matcher::Pcre2(Box::new(engine)))
    }

    #[cfg(not(feature = "pcre2"))]
    fn original(_: Pcre2Rules, pattern: &[u8]) -> Result<Self, PatternError> {
        Err(PatternError::new(
            PatternErrorKind::NeedsPcre2,
            0..pattern.len(),
            "the pattern needs pcre2 itself, which this build lacks",
        )
        .with_help("build with the feature `pcre2`"))
    }
}

impl Rewriting {
    fn find(
        &self,
        look: Look,
        input: &[u8],
        rules: Pcre2Rules,
        groups: &mut Vec<Range<usize>>,
        slots: &mut Vec<usize>,
    ) -> Option<usize> {
        let ambiguous = !self.markers.is_empty() && input.ends_with(b"\n");
        if self.groups.is_empty() && !ambiguous {
            return self.regex.find(look, input, false, slots);
        }
        let whole = self.regex.find(look, input, true, slots)?;
        // At most one marker lies on the path of the match; without one the match ends as it is.
        let marker = self.markers.iter().find_map(|&marker| slot(slots, marker));
        let end = marker.map_or(whole, |(start, _)| start);
        let clamp = |(start, stop): (usize, usize)| (start.min(end), stop.min(end));
        list(
            rules,
            self.groups
                .iter()
                .map(|&group| slot(slots, group).map(clamp)),
            groups,
        );
        Some(end)
    }
}

/// Turns groups, set or not, into the list of the dialect.
fn list(
    rules: Pcre2Rules,
    slots: impl Iterator<Item = Option<(usize, usize)>>,
    groups: &mut Vec<Range<usize>>,
) {
    if !rules.keep_unset {
        groups.extend(
            slots
                .flatten()
                .take(MOST_CAPTURES)
                .map(|(start, end)| start..end),
        );
        return;
    }
    // Unset groups wait for a later one that took part; the first one that did clears the list.
    let mut waiting = 0;
    let mut cleared = false;
    for slot in slots {
        let Some((start, end)) = slot else {
            waiting += 1;
            continue;
        };
        if !cleared {
            groups.clear();
            cleared = true;
        }
        groups.extend(std::iter::repeat_n(0..0, waiting));
        groups.push(start..end);
        waiting = 0;
    }
}
