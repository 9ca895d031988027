//! `<compiled_rule>`: tests that are code of the engine (`spec/rules.md` §8.6).

use bstr::ByteSlice;

use crate::diagnostic::{OriginalLine, Program};
use crate::dialect::Dialect;

use super::{Parsed, Problem, invalid_element, lossy};

/// One of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompiledRule {
    /// `check_id_size`: the id has at least ten bytes.
    CheckIdSize,
    /// `comp_srcuser_dstuser`: not two different users.
    CompareUsers,
    /// `comp_mswin_targetuser_calleruser_diff`: target and caller of a Windows event differ.
    TargetAndCallerDiffer,
    /// `is_simple_http_request`: a URL without a query, got with GET if `get_only`.
    SimpleHttpRequest {
        /// The action must be absent or GET (4.3 and Wazuh); otherwise it is not looked at.
        get_only: bool,
    },
    /// `is_valid_crawler`: the log begins with the address of a search engine.
    ValidCrawler,
}

/// What the tests look at.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompiledInput<'a> {
    /// The log behind the header.
    pub log: &'a [u8],
    /// Decoded id.
    pub id: Option<&'a [u8]>,
    /// Decoded source user.
    pub src_user: Option<&'a [u8]>,
    /// Decoded destination user.
    pub dst_user: Option<&'a [u8]>,
    /// Decoded URL.
    pub url: Option<&'a [u8]>,
    /// Decoded action.
    pub action: Option<&'a [u8]>,
}

const CRAWLERS: [&[u8]; 7] = [
    b"72.14.", b"209.85.", b"65.55.", b"207.46.", b"74.6.", b"72.30.", b"67.195.",
];

impl CompiledRule {
    /// Finds a test by its exact name.
    pub fn parse(dialect: Dialect, text: &[u8]) -> Parsed<CompiledRule> {
        let get_only = matches!(dialect, Dialect::Ossec43 | Dialect::Wazuh414);
        Parsed::value(match text {
            b"check_id_size" => CompiledRule::CheckIdSize,
            b"comp_srcuser_dstuser" => CompiledRule::CompareUsers,
            b"comp_mswin_targetuser_calleruser_diff" => CompiledRule::TargetAndCallerDiffer,
            b"is_simple_http_request" => CompiledRule::SimpleHttpRequest { get_only },
            b"is_valid_crawler" => CompiledRule::ValidCrawler,
            _ => {
                let name = lossy(text);
                let line = format!("ERROR: Compiled rule not found: '{name}'");
                return Parsed::problem(Problem {
                    message: format!("there is no compiled rule `{name}`"),
                    range: 0..text.len(),
                    original: vec![
                        OriginalLine::plain(Program::Analysisd, line),
                        invalid_element("compiled_rule", text),
                    ],
                });
            }
        })
    }

    /// Does the test hold?
    ///
    /// The original also lets a crawler pass that a reverse DNS look-up finds in `googlebot.com`;
    /// without a network it does not, and neither does this.
    pub fn holds(self, event: &CompiledInput<'_>) -> bool {
        match self {
            CompiledRule::CheckIdSize => event.id.is_some_and(|id| id.len() >= 10),
            CompiledRule::CompareUsers => match (event.src_user, event.dst_user) {
                (Some(source), Some(destination)) => source == destination,
                _ => true,
            },
            CompiledRule::TargetAndCallerDiffer => target_and_caller_differ(event.log),
            CompiledRule::SimpleHttpRequest { get_only } => {
                let get = |action: &[u8]| action.eq_ignore_ascii_case(b"GET");
                event.url.is_some_and(|url| !url.contains(&b'?'))
                    && (!get_only || event.action.is_none_or(get))
            }
            CompiledRule::ValidCrawler => CRAWLERS
                .iter()
                .any(|address| event.log.starts_with(address)),
        }
    }
}

/// Compares the two texts byte by byte as long as the first one lasts; a tab or two blanks end it.
fn target_and_caller_differ(log: &[u8]) -> bool {
    let behind = |label: &[u8]| {
        let label = log.find(label)?;
        let colon = memchr::memchr(b':', &log[label..])?;
        Some(&log[label + colon + 1..])
    };
    let (Some(target), Some(caller)) =
        (behind(b"Target Account Name"), behind(b"Caller User Name"))
    else {
        return false;
    };
    for (at, &byte) in target.iter().enumerate() {
        if byte == b'\t' || target[at..].starts_with(b"  ") {
            return false;
        }
        if caller.get(at) != Some(&byte) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, dialect: Dialect, cases: &[(CompiledInput<'_>, bool)]) {
        let rule = CompiledRule::parse(dialect, name.as_bytes()).value.unwrap();
        for (event, expected) in cases {
            assert_eq!(rule.holds(event), *expected, "{name} {event:?}");
        }
    }

    #[test]
    fn tests_hold() {
        let none = CompiledInput::default();
        let id = |id| CompiledInput {
            id: Some(id),
            ..none
        };
        check(
            "check_id_size",
            Dialect::Ossec43,
            &[
                (id(b"777777777"), false),
                (id(b"7777777777"), true),
                (none, false),
            ],
        );
        let users = |src_user, dst_user| CompiledInput {
            src_user,
            dst_user,
            ..none
        };
        let (alice, upper): (&[u8], &[u8]) = (b"alice", b"ALICE");
        check(
            "comp_srcuser_dstuser",
            Dialect::Ossec43,
            &[
                (users(Some(alice), Some(alice)), true),
                (users(Some(alice), Some(upper)), false),
                (users(Some(alice), None), true),
                (none, true),
            ],
        );
        let log = |log: &'static str| CompiledInput {
            log: log.as_bytes(),
            ..none
        };
        check(
            "comp_mswin_targetuser_calleruser_diff",
            Dialect::Ossec43,
            &[
                (
                    log("Target Account Name: bob  T Caller User Name: bob  x"),
                    false,
                ),
                (
                    log("Target Account Name: bob  T Caller User Name: eve  x"),
                    true,
                ),
                (
                    log("Caller User Name: eve  Target Account Name: bob  "),
                    true,
                ),
                (log("Target Account Name: bob"), false),
                (log("Target Account Name bob Caller User Name: bob"), false),
            ],
        );
        check(
            "is_valid_crawler",
            Dialect::Ossec43,
            &[(log("72.14.2.2 - GET"), true), (log(" 72.14.2.2"), false)],
        );
    }

    #[test]
    fn requests() {
        let request = |url: &'static str, action: &'static str| CompiledInput {
            url: Some(url.as_bytes()),
            action: (!action.is_empty()).then_some(action.as_bytes()),
            ..CompiledInput::default()
        };
        let always = [
            (request("/", ""), true),
            (request("/a?a=1", ""), false),
            (request("/a", "get"), true),
            (CompiledInput::default(), false),
        ];
        let post = |expected| (request("/a", "POST"), expected);
        for dialect in Dialect::ALL {
            check("is_simple_http_request", dialect, &always);
        }
        check("is_simple_http_request", Dialect::Ossec43, &[post(false)]);
        check("is_simple_http_request", Dialect::Ossec37, &[post(true)]);
    }

    #[test]
    fn unknown_names() {
        let parsed = CompiledRule::parse(Dialect::Ossec43, b"Check_id_size");
        let lines: Vec<_> = parsed.original_lines().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "ossec-analysisd: ERROR: Compiled rule not found: 'Check_id_size'",
                "ossec-analysisd(1274): ERROR: Invalid configuration. Element 'compiled_rule': Check_id_size.",
            ]
        );
    }
}
