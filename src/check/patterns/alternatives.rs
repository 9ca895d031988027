//! The alternatives of osmatch: what they look for, and which of them are there in vain.

use std::collections::HashMap;
use std::ops::Range;

use crate::check::Dialects;
use crate::check::context::{Context, WrittenPattern, shown};
use crate::check::finding::{Draft, Edit, Output};
use crate::dialect::Dialect;
use crate::pattern::Language;

/// More alternatives are not compared with each other.
const MOST: usize = 128;

/// An alternative of osmatch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::check) struct Alternative {
    /// In lower case, without anchors.
    text: Vec<u8>,
    begins: bool,
    ends: bool,
    /// It is not found in a log that is not UTF-8 (`spec/regex.md` §4).
    wants_utf8: bool,
}

impl Alternative {
    /// Reads one. `None`: it has signs or letters that the engines treat differently.
    pub(in crate::check) fn new(text: &[u8], dialect: Dialect) -> Option<Alternative> {
        let (begins, text) = match text {
            [b'^', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let (ends, text) = match text {
            [rest @ .., b'$'] => (true, rest),
            _ => (false, text),
        };
        let plain = text.is_ascii() && !text.iter().any(|byte| b"^$\n".contains(byte));
        plain.then(|| Alternative {
            text: text.to_ascii_lowercase(),
            begins,
            ends,
            wants_utf8: !(begins || ends) && Dialects::Ossec3.contain(dialect),
        })
    }

    /// Every text that has this alternative has the `other`, too.
    pub(in crate::check) fn implies(&self, other: &Alternative) -> bool {
        match (other.begins, other.ends) {
            _ if other.wants_utf8 && !self.wants_utf8 => false,
            (false, false) => memchr::memmem::find(&self.text, &other.text).is_some(),
            (true, false) => self.begins && self.text.starts_with(&other.text),
            (false, true) => self.ends && self.text.ends_with(&other.text),
            (true, true) => self.begins && self.ends && self.text == other.text,
        }
    }

    /// No text has both.
    pub(in crate::check) fn excludes(&self, other: &Alternative) -> bool {
        let (one, two) = (&self.text, &other.text);
        let apart = |prefix: &[u8], whole: &[u8]| !whole.starts_with(prefix);
        if self.begins && other.begins {
            // Both at the beginning: one must continue the other.
            if apart(one, two) && apart(two, one) {
                return true;
            }
        }
        if self.ends && other.ends && !one.ends_with(two) && !two.ends_with(one) {
            return true;
        }
        let exact =
            |one: &Alternative, other: &Alternative| one.begins && one.ends && !one.implies(other);
        exact(self, other) || exact(other, self)
    }
}

/// The pieces between the bars of an osmatch.
pub(in crate::check) fn split_bars(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    text.split(|&byte| byte == b'|').map(move |piece| {
        let range = start..start + piece.len();
        start = range.end + 1;
        range
    })
}

/// The alternatives with their places, if the pattern is an osmatch of a size that can be compared.
fn of(pattern: &WrittenPattern<'_>, dialect: Dialect) -> Vec<(Range<usize>, Alternative)> {
    if pattern.language != Some(Language::OsMatch) {
        return Vec::new();
    }
    let text = pattern.bytes();
    if text.starts_with(b"!") || memchr::memchr_iter(b'|', text).count() > MOST {
        return Vec::new();
    }
    let found = split_bars(text)
        .map(|range| Some((range.clone(), Alternative::new(&text[range], dialect)?)))
        .collect::<Option<Vec<_>>>();
    let found = found.unwrap_or_default();
    // An empty one is a mistake of its own.
    if found.iter().any(|(_, one)| one.text.is_empty()) {
        return Vec::new();
    }
    found
}

pub(super) fn duplicate(context: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let mut first: HashMap<&Alternative, &Range<usize>> = HashMap::new();
    let all = of(pattern, context.dialect);
    for (range, alternative) in &all {
        let Some(earlier) = first.get(alternative) else {
            first.insert(alternative, range);
            continue;
        };
        let text = shown(&pattern.bytes()[range.clone()]);
        let mut draft = Draft::new(format!("the alternative `{text}` stands here twice"))
            .at(pattern.text.span_of(range.clone()), "the second time")
            .at(pattern.text.span_of((*earlier).clone()), "the first time")
            .help("remove one of them");
        if let Some(edit) = removal(pattern, range) {
            draft = draft.fix(format!("remove the second `{text}`"), vec![edit]);
        }
        output.push(draft);
    }
}

/// Takes one of several alternatives out, with the bar before it, or, of the first one, behind it.
/// `None`: it does not stand in the file as it is compared.
fn removal(pattern: &WrittenPattern<'_>, range: &Range<usize>) -> Option<Edit> {
    let with_bar = match range.start {
        0 => 0..range.end + 1,
        start => start - 1..range.end,
    };
    let span = pattern.text.span_of(with_bar.clone());
    (span.range().len() == with_bar.len()).then(|| Edit {
        span,
        replacement: Vec::new(),
    })
}

pub(super) fn covered(context: &Context<'_>, pattern: &WrittenPattern<'_>, output: &mut Output) {
    let all = of(pattern, context.dialect);
    for (range, longer) in &all {
        let shorter = all
            .iter()
            .find(|(_, shorter)| shorter != longer && longer.implies(shorter));
        let Some((place, _)) = shorter else {
            continue;
        };
        let text = |range: &Range<usize>| shown(&pattern.bytes()[range.clone()]);
        let mut draft = Draft::new(format!(
            "`{}` is found wherever `{}` is",
            text(place),
            text(range)
        ))
        .at(pattern.text.span_of(range.clone()), "changes nothing")
        .at(pattern.text.span_of(place.clone()), "is found as well")
        .help("remove the longer one, or anchor the shorter one");
        if let Some(edit) = removal(pattern, range) {
            draft = draft.fix(format!("remove `{}`", text(range)), vec![edit]);
        }
        output.push(draft);
        // One is enough to make people look.
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alternative(text: &str) -> Alternative {
        Alternative::new(text.as_bytes(), Dialect::Wazuh414).unwrap()
    }

    #[test]
    fn relations() {
        for (one, other, implies, excludes) in [
            ("sshd", "ssh", true, false),
            ("^sshd", "ssh", true, false),
            ("^sshd", "^ssh", true, false),
            ("sshd", "^ssh", false, false),
            ("^ssh", "^sshd", false, false),
            ("^ssh", "^sudo", false, true),
            ("a$", "b$", false, true),
            ("^a$", "b", false, true),
            ("^ab$", "B", true, false),
            ("a", "b", false, false),
        ] {
            let (one, other) = (alternative(one), alternative(other));
            assert_eq!(one.implies(&other), implies, "{one:?} {other:?}");
            assert_eq!(one.excludes(&other), excludes, "{one:?} {other:?}");
            assert_eq!(other.excludes(&one), excludes, "{one:?} {other:?}");
        }
        assert_eq!(Alternative::new(b"a^b", Dialect::Wazuh414), None);
        // A log that is not UTF-8 may have the one and not the other.
        let [one, other] = [b"^sshd".as_slice(), b"ssh"]
            .map(|text| Alternative::new(text, Dialect::Ossec43).unwrap());
        assert!(!one.implies(&other));
    }
}
