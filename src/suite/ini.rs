//! The test suites of OSSEC (`contrib/ossec-testing`) and Wazuh (`ruleset/testing`) as they are.
//!
//! ```ini
//! [failed password]
//! log 1 pass = Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2
//! log 2 fail = Jan 12 13:22:01 web1 sshd[1]: Server listening on 0.0.0.0 port 22.
//! rule = 5716
//! alert = 5
//! decoder = sshd
//! ```
//!
//! Each `log` is a case of its own: one run of the test tool with `-U rule:alert:decoder`, in which
//! `alert` is the level. A log of several lines is several events, and the last one decides. The
//! files are read as Python's `configparser` reads them, because that is what the original runners
//! use: names of keys in any case, `=` or `:` behind them, values that go on in lines that stand
//! further in, comments only in lines of their own (`#`, `;`), no meaning of `%`. Wazuh's runner
//! joins repeated keys to lines, OSSEC's takes the last. What stands in `[DEFAULT]` holds for all
//! sections.

use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use indexmap::IndexMap;

use super::{Case, Event, Expectation, Input, LOCATION, Suite, UnitTest, Wanted};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Family;
use crate::engine::Moment;
use crate::source::{SourceId, Sources, Span};

/// What a key is worth.
#[derive(Clone, Debug)]
struct Entry {
    /// Where the key stands.
    place: Span,
    /// One for each line; those of a repeated key are joined.
    lines: Vec<BString>,
}

/// By key, in lower case.
type Entries = IndexMap<BString, Entry>;

const DEFAULT: &str = "DEFAULT";

/// True if a file looks like a suite: some line begins as `log … pass =` or `log … fail =` does.
pub fn is_suite(bytes: &[u8]) -> bool {
    bytes.lines().any(|line| {
        split_key(line).is_some_and(|(key, _)| {
            let key = key.to_ascii_lowercase();
            key.starts_with(b"log ") && (key.ends_with(b"pass") || key.ends_with(b"fail"))
        })
    })
}

/// Reads a suite. Sections with problems are left out.
pub fn read(
    sources: &Sources,
    source: SourceId,
    family: Family,
    start: Moment,
) -> (Suite, Vec<Diagnostic>) {
    let mut reader = Reader {
        source,
        family,
        sections: IndexMap::new(),
        diagnostics: Vec::new(),
    };
    reader.lines(sources.get(source).bytes());
    let defaults = reader
        .sections
        .shift_remove(BStr::new(DEFAULT))
        .unwrap_or_default();
    let mut cases = Vec::new();
    for (name, own) in &reader.sections {
        match section_cases(name.as_bstr(), own, &defaults, start) {
            Ok(found) => cases.extend(found),
            Err(problem) => reader.diagnostics.push(*problem),
        }
    }
    let suite = Suite {
        source,
        ruleset: None,
        cases,
    };
    (suite, reader.diagnostics)
}

/// Cuts a line at its first `=` or `:`. The key may be empty; a line without either is none.
fn split_key(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.find_byteset(b"=:")?;
    Some((line[..at].trim(), line[at + 1..].trim()))
}

/// Python's idea of the width of the indentation: characters, tabs count as one.
fn indentation(line: &[u8]) -> usize {
    line.len() - line.trim_start().len()
}

struct Reader {
    source: SourceId,
    family: Family,
    sections: IndexMap<BString, Entries>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn lines(&mut self, bytes: &BStr) {
        // The section, its current entry, and how far in its key stands.
        let mut section: Option<usize> = None;
        let mut open: Option<usize> = None;
        let mut indent = 0;
        let mut offset = 0;
        for with_end in bytes.lines_with_terminator() {
            let start = offset;
            offset += with_end.len();
            let mut line = with_end;
            if start == 0 {
                line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            }
            let text = line.trim();
            let at = start + (with_end.len() - line.len()) + indentation(line);
            let source = self.source;
            let place = |length: usize| Span::new(source, at..at + length);
            if text.starts_with(b"#") || text.starts_with(b";") {
                continue;
            }
            if text.is_empty() {
                // An empty line inside of a value belongs to it; at its end it is cut off.
                if let Some(entry) = self.entry(section, open) {
                    entry.lines.push(BString::default());
                }
                continue;
            }
            if indentation(line) > indent
                && let Some(entry) = self.entry(section, open)
            {
                entry.lines.push(text.into());
                continue;
            }
            indent = indentation(line);
            if text.starts_with(b"[")
                && let Some(end) = text.rfind_byte(b']').filter(|&end| end > 1)
            {
                // A section that comes again goes on.
                let entry = self.sections.entry(text[1..end].into());
                section = Some(entry.index());
                entry.or_default();
                open = None;
                continue;
            }
            let Some(index) = section else {
                let problem = Diagnostic::error(Code::TEST_SYNTAX, "there is no section yet")
                    .label(
                        place(text.len()),
                        "this stands before the first `[section]`",
                    );
                self.diagnostics.push(problem);
                continue;
            };
            match split_key(text).filter(|(key, _)| !key.is_empty()) {
                Some((key, value)) => {
                    let place = place(key.len());
                    open = self.value(index, key, value, place);
                }
                None => {
                    let problem = Diagnostic::error(Code::TEST_SYNTAX, "this is no `key = value`")
                        .label(place(text.len()), "neither `=` nor `:`")
                        .help("lines that go on with a value stand further in than its key");
                    self.diagnostics.push(problem);
                }
            }
        }
    }

    fn entry(&mut self, section: Option<usize>, entry: Option<usize>) -> Option<&mut Entry> {
        let (_, entries) = self.sections.get_index_mut(section?)?;
        let (_, entry) = entries.get_index_mut(entry?)?;
        Some(entry)
    }

    /// Notes a value; the position of its key in the section.
    fn value(&mut self, section: usize, key: &[u8], value: &[u8], place: Span) -> Option<usize> {
        let (name, entries) = self.sections.get_index_mut(section)?;
        let key: BString = key.to_ascii_lowercase().into();
        let Some((index, _, entry)) = entries.get_full_mut(&key) else {
            let lines = vec![value.into()];
            return Some(entries.insert_full(key, Entry { place, lines }).0);
        };
        match self.family {
            Family::Wazuh => entry.lines.push(value.into()),
            Family::Ossec => {
                let message = format!("`{key}` comes twice in section `{name}`");
                let problem = Diagnostic::warning(Code::TEST_STRUCTURE, message)
                    .label(place, "this one counts")
                    .label(entry.place, "this one is lost, as in the original's runner");
                self.diagnostics.push(problem);
                let lines = vec![value.into()];
                *entry = Entry { place, lines };
            }
        }
        Some(index)
    }
}

/// The lines of a value without empty ones at its end.
fn value_lines(entry: &Entry) -> &[BString] {
    let filled = entry.lines.iter().rposition(|line| !line.is_empty());
    &entry.lines[..filled.map_or(0, |last| last + 1)]
}

fn text(entry: &Entry) -> BString {
    bstr::join(b"\n", value_lines(entry)).into()
}

fn section_cases(
    name: &BStr,
    own: &Entries,
    defaults: &Entries,
    start: Moment,
) -> Result<Vec<Case>, Box<Diagnostic>> {
    let inherited = defaults.iter().filter(|(key, _)| !own.contains_key(*key));
    let logs = inherited
        .chain(own)
        .filter(|(key, _)| key.starts_with(b"log "));
    let logs: Vec<(&BString, &Entry)> = logs.collect();
    let Some((_, first)) = logs.first() else {
        return Ok(Vec::new());
    };
    let wanted = |key: &str| {
        let entry = own
            .get(BStr::new(key))
            .or_else(|| defaults.get(BStr::new(key)));
        entry.ok_or_else(|| {
            let message = format!("section `{name}` has no `{key}`");
            let problem = Diagnostic::error(Code::TEST_STRUCTURE, message)
                .label(first.place, "every section with logs needs it")
                .help(format!(
                    "`{key} =` without a value means that there is none"
                ));
            Box::new(problem)
        })
    };
    let rule = wanted("rule")?;
    let test = UnitTest {
        rule: text(rule),
        level: text(wanted("alert")?),
        decoder: text(wanted("decoder")?),
        holds: true,
    };
    let logs = logs.into_iter().map(|(key, log)| {
        let wanted = Wanted::UnitTest(UnitTest {
            // What is neither a pass nor a fail passes.
            holds: !key.ends_with(b"fail"),
            ..test.clone()
        });
        let expectation = Expectation {
            place: rule.place,
            wanted,
        };
        case(format!("{name}: {key}"), log, expectation, start)
    });
    Ok(logs.collect())
}

/// A run of the test tool. A log without any text is one empty line.
fn case(name: String, log: &Entry, expectation: Expectation, start: Moment) -> Case {
    let empty = [BString::default()];
    let lines = match value_lines(log) {
        [] => &empty,
        lines => lines,
    };
    // As somebody types: one a second.
    let event = |(seconds, line): (i64, &BString)| Event {
        place: log.place,
        input: Input::Line {
            location: LOCATION.into(),
            line: Arc::from(line.as_slice()),
        },
        moments: vec![Moment {
            seconds: start.seconds.saturating_add(seconds),
            ..start
        }],
        before: Vec::new(),
        expect: Vec::new(),
    };
    let mut events: Vec<Event> = (0..).zip(lines).map(event).collect();
    if let Some(last) = events.last_mut() {
        last.expect.push(expectation);
    }
    Case {
        name,
        place: log.place,
        hostname: None,
        mode: None,
        events,
        todo: None,
    }
}
