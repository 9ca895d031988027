//! Fixes: bytes of files replaced.

use std::collections::BTreeMap;

use super::finding::{Edit, Finding, Fix};
use crate::source::SourceId;

/// What became of the fixes of one file.
#[derive(Debug)]
pub struct Fixed<'f> {
    /// The whole file afterwards.
    pub bytes: Vec<u8>,
    /// The findings that were fixed, in the order of the file.
    pub findings: Vec<&'f Finding>,
}

/// Applies the fixes of the findings in a file, those that change alerts only with `unsafe_fixes`. Of
/// two that overlap, the later one has to wait for another run. `None`: there is nothing to fix.
pub fn apply<'f>(
    source: SourceId,
    bytes: &[u8],
    findings: &'f [Finding],
    unsafe_fixes: bool,
) -> Option<Fixed<'f>> {
    // What is taken, by its beginning; nothing of it overlaps.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut edits: Vec<&Edit> = Vec::new();
    let mut fixed = Vec::new();
    for finding in findings {
        let fix = finding.fix(unsafe_fixes);
        let Some(fix) = fix.filter(|fix| lies_in(fix, source, bytes.len())) else {
            continue;
        };
        let ranges = fix.edits.iter().map(|edit| edit.span.range());
        // Two insertions at one place overlap, too: their order would be a guess.
        let free = ranges.clone().all(|range| {
            let before = taken.range(..=range.end).next_back();
            before.is_none_or(|(_, &end)| end < range.start)
        });
        if free {
            taken.extend(ranges.map(|range| (range.start, range.end)));
            edits.extend(&fix.edits);
            fixed.push(finding);
        }
    }
    if edits.is_empty() {
        return None;
    }
    // From the end, so that the places before stay where they are.
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut bytes = bytes.to_vec();
    for edit in edits {
        bytes.splice(edit.span.range(), edit.replacement.iter().copied());
    }
    Some(Fixed {
        bytes,
        findings: fixed,
    })
}

/// True if all of the fix is in this file.
fn lies_in(fix: &Fix, source: SourceId, length: usize) -> bool {
    fix.edits
        .iter()
        .all(|edit| edit.span.source == source && edit.span.range().end <= length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::source::{Sources, Span};

    #[test]
    fn overlaps_wait() {
        let mut sources = Sources::default();
        let text = b"a|a|b|b";
        let id = sources.add("x", text.as_slice());
        let finding = |range: std::ops::Range<usize>, replacement: &str| Finding {
            check: None,
            diagnostic: Diagnostic::warning(Code::check(1), ""),
            fix: Some(Fix {
                title: String::new(),
                edits: vec![Edit {
                    span: Span::new(id, range),
                    replacement: replacement.into(),
                }],
            }),
        };
        let findings = [finding(5..7, ""), finding(1..3, ""), finding(2..4, "x")];
        let fixed = apply(id, text, &findings, false).unwrap();
        assert_eq!(fixed.bytes, b"a|b");
        assert_eq!(fixed.findings.len(), 2);
        assert!(apply(id, text, &[], false).is_none());
    }
}
