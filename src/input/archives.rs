//! Records of Wazuh: the lines of `archives.json` and `alerts.json` (`spec/wazuh.md` §13.1).
//!
//! A record tells what was decoded, so nothing is decoded again. What rules see and the record does
//! not hold as such is rebuilt: the location of agents, and dotted names of dynamic fields.

use std::ops::ControlFlow;

use bstr::BString;
use serde::de::IgnoredAny;

use super::events::reason;
use crate::dialect::Dialect;
use crate::engine::DecodedEvent;
use crate::engine::json::{self, JsonRules};
use crate::ruleset::decoder::json_options::{Arrays, Nulls};
use crate::ruleset::field::{Field, OrderName};

/// Text values are as the JSON decoder stores them; an absent value and null are the same.
const RULES: JsonRules = JsonRules {
    nulls: Nulls::Discard,
    arrays: Arrays::Array,
};

/// So many fields has an event of Wazuh at the most: `analysisd.decoder_order_size` goes no higher.
const MAX_FIELDS: usize = 1024;

/// Longest names and values of all fields together, in bytes: far more than 1024 fields of a real
/// event need, however deep they stand.
const MAX_FIELD_BYTES: usize = 4 * 1024 * 1024;

/// The id of the manager itself.
const MANAGER: &[u8] = b"000";

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchivedEvent {
    /// What rules see.
    pub event: DecodedEvent,
    /// When the event arrived, as written: `2026-01-02T03:04:05.678+0000`. Empty if it is missing.
    pub timestamp: BString,
}

/// Why a line is no record.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("not a record: {0}")]
    Json(String),
    /// JSON of another kind.
    #[error("not a record: it has none of `full_log`, `location`, `decoder` and `data`")]
    NoRecord,
    /// More than the original decodes.
    #[error("not a record: `data` has more fields than an event of Wazuh can have")]
    TooManyFields,
}

/// Reads records; keeps the memory that this takes from line to line.
///
/// ```
/// use ossia::input::ArchiveReader;
///
/// let line = br#"{"timestamp":"2026-01-02T03:04:05.678+0000","agent":{"id":"007","name":"web1",
///     "ip":"10.0.0.7"},"full_log":"x","decoder":{"name":"json"},"data":{"a":{"b":"1"}},
///     "location":"/var/log/x"}"#;
/// let record = ArchiveReader::default().parse(line).unwrap();
/// assert_eq!(record.event.location, "(web1) 10.0.0.7->/var/log/x");
/// assert_eq!(record.event.dynamic_fields, [("a.b".into(), "1".into())]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ArchiveReader(json::Scratch);

/// The members that count, as written.
#[derive(Default)]
struct Written {
    record: ArchivedEvent,
    /// One of the members that make a record was there.
    is_record: bool,
    agent: Option<Agent>,
    agentless: Option<Agentless>,
    /// Members of `data`, and the length of their names and values.
    fields: usize,
    field_bytes: usize,
}

#[derive(Default)]
struct Agent {
    id: BString,
    name: BString,
    /// Missing if the agent may have any address.
    ip: Option<BString>,
}

#[derive(Default)]
struct Agentless {
    script: BString,
    user: BString,
    host: BString,
}

impl ArchiveReader {
    /// Reads one line.
    ///
    /// # Errors
    /// The line is not a record.
    pub fn parse(&mut self, line: &[u8]) -> Result<ArchivedEvent, ArchiveError> {
        let mut written = Written::default();
        let mut members = 0_usize;
        json::flatten(line, RULES, &mut self.0, |path, value| {
            members += 1;
            written.member(path, value);
            if written.has_too_many_fields() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        if written.has_too_many_fields() {
            return Err(ArchiveError::TooManyFields);
        }
        if members == 0
            && let Err(error) = serde_json::from_slice::<IgnoredAny>(line)
        {
            return Err(ArchiveError::Json(reason(&error)));
        }
        written.record().ok_or(ArchiveError::NoRecord)
    }
}

impl Written {
    /// One value with its dotted path.
    fn member(&mut self, path: &[u8], value: &[u8]) {
        if path.starts_with(b"data.") {
            self.fields += 1;
            self.field_bytes += path.len() + value.len();
            if self.has_too_many_fields() {
                return;
            }
        }
        let event = &mut self.record.event;
        let value = || BString::from(value);
        if let Some(name) = path.strip_prefix(b"data.") {
            self.is_record = true;
            match Field::from_order(Dialect::Wazuh414, name) {
                // The names of an `<order>`, but for `user`: here it is what it is called.
                Some(OrderName::Static(field)) if name != b"user" && !name.contains(&b' ') => {
                    event.fields.push((field, value()));
                }
                _ => event.dynamic_fields.push((name.into(), value())),
            }
            return;
        }
        let agent = &mut self.agent;
        let agentless = &mut self.agentless;
        match path {
            b"timestamp" => self.record.timestamp = value(),
            b"agent.id" => agent.get_or_insert_default().id = value(),
            b"agent.name" => agent.get_or_insert_default().name = value(),
            b"agent.ip" => agent.get_or_insert_default().ip = Some(value()),
            b"agentless.script" => agentless.get_or_insert_default().script = value(),
            b"agentless.user" => agentless.get_or_insert_default().user = value(),
            b"agentless.host" => agentless.get_or_insert_default().host = value(),
            b"predecoder.program_name" => event.program_name = Some(value()),
            b"predecoder.timestamp" => event.timestamp = Some(value()),
            b"decoder.parent" => event.decoder_parent = Some(value()),
            b"full_log" => {
                event.full_log = value();
                self.is_record = true;
            }
            b"location" => {
                event.location = value();
                self.is_record = true;
            }
            b"decoder.name" => {
                event.decoder = Some(value());
                self.is_record = true;
            }
            _ => {}
        }
    }

    /// True if no event of Wazuh has so many: the line was made to cost time.
    fn has_too_many_fields(&self) -> bool {
        self.fields > MAX_FIELDS || self.field_bytes > MAX_FIELD_BYTES
    }

    /// Puts together what rules saw; `None`: this is no record.
    fn record(self) -> Option<ArchivedEvent> {
        let Written {
            mut record,
            is_record,
            agent,
            agentless,
            ..
        } = self;
        if !is_record {
            return None;
        }
        let event = &mut record.event;
        if let Some(agent) = agent.filter(|agent| !agent.id.is_empty() && agent.id != MANAGER) {
            event.location = agent.location(&event.location);
            event.agent_id = Some(agent.id);
            event.hostname = Some(agent.name);
        } else if let Some(agentless) = agentless {
            event.location = agentless.location(&event.location);
        }
        Some(record)
    }
}

impl Agent {
    /// The record holds what is behind `->`. An agent without a name had no such location.
    fn location(&self, file: &BString) -> BString {
        if self.name.is_empty() || file.starts_with(b"(") {
            return file.clone();
        }
        let ip = self.ip.as_ref().map_or(&b"any"[..], |ip| ip);
        let arrow: &[u8] = if file.is_empty() { b"" } else { b"->" };
        [b"(", &self.name[..], b") ", ip, arrow, &file[..]]
            .concat()
            .into()
    }
}

impl Agentless {
    fn location(&self, file: &BString) -> BString {
        if file.starts_with(b"(") {
            return file.clone();
        }
        let (script, user, host) = (&self.script[..], &self.user[..], &self.host[..]);
        [b"(", script, b") ", user, b"@", host, b"->", &file[..]]
            .concat()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn parse(line: &str) -> ArchivedEvent {
        let line = line.replace("\n", " ");
        ArchiveReader::default().parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn an_alert_of_an_agent() {
        let record = parse(
            r#"{"timestamp":"2026-01-02T03:04:05.678+0000","rule":{"level":5,"id":"1","groups":["a"]},
            "agent":{"id":"007","name":"web1","ip":"10.0.0.7"},"manager":{"name":"m"},"id":"1.2",
            "previous_output":"p","full_log":"Jan  2 03:04:05 h app[1]: bob\nx",
            "predecoder":{"program_name":"app","timestamp":"Jan  2 03:04:05","hostname":"h"},
            "decoder":{"parent":"app","name":"app"},
            "data":{"srcip":"1.2.3.4","id":"","system_name":"s","user":"u","srcip2":"x",
              "win":{"system":{"eventID":"4624"}},"list":["1",2,{"k":"v"}],"none":null},
            "syscheck":{"path":"/etc/passwd"},"location":"/var/log/x"}"#,
        );
        assert_eq!(record.timestamp, "2026-01-02T03:04:05.678+0000");
        let expected = DecodedEvent {
            agent_id: Some("007".into()),
            hostname: Some("web1".into()),
            location: "(web1) 10.0.0.7->/var/log/x".into(),
            full_log: "Jan  2 03:04:05 h app[1]: bob\nx".into(),
            log: None,
            program_name: Some("app".into()),
            timestamp: Some("Jan  2 03:04:05".into()),
            decoder: Some("app".into()),
            decoder_parent: Some("app".into()),
            fields: vec![
                (Field::SrcIp, "1.2.3.4".into()),
                (Field::Id, "".into()),
                (Field::SystemName, "s".into()),
            ],
            dynamic_fields: vec![
                ("user".into(), "u".into()),
                ("srcip2".into(), "x".into()),
                ("win.system.eventID".into(), "4624".into()),
                (
                    "list".into(),
                    "[\"1\", 2, {\n\t\t\"k\":\t\"v\"\n\t}]".into(),
                ),
            ],
        };
        assert_eq!(record.event, expected);
    }

    #[test]
    fn locations() {
        let location = |source: &str, location: &str| {
            let line = format!(r#"{{{source}"full_log":"x"{location}}}"#);
            let event = parse(&line).event;
            let host = event
                .hostname
                .map_or("-".to_owned(), |name| name.to_string());
            format!("{host} {}", event.location)
        };
        let file = r#","location":"f""#;
        let agent = |rest: &str| format!(r#""agent":{{"id":"001"{rest}}},"#);
        assert_eq!(location("", file), "- f");
        assert_eq!(location(r#""agent":{"id":"000","name":"m"},"#, file), "- f");
        assert_eq!(
            location(&agent(r#","name":"a b""#), file),
            "a b (a b) any->f"
        );
        assert_eq!(
            location(&agent(r#","name":"a","ip":"::1""#), file),
            "a (a) ::1->f"
        );
        assert_eq!(
            location(&agent(r#","name":"a","ip":"::1""#), ""),
            "a (a) ::1"
        );
        assert_eq!(location(&agent(""), file), " f");
        let whole = r#","location":"(a) 1.2.3.4->f""#;
        assert_eq!(
            location(&agent(r#","name":"a""#), whole),
            "a (a) 1.2.3.4->f"
        );
        let agentless = r#""agentless":{"script":"s","user":"u","host":"h"},"#;
        assert_eq!(location(agentless, file), "- (s) u@h->f");
    }

    #[test]
    fn what_is_missing_is_empty() {
        let record = parse(r#"{"decoder":{},"location":"x"}"#);
        let expected = DecodedEvent {
            location: "x".into(),
            ..DecodedEvent::default()
        };
        assert_eq!(record.event, expected);
        assert_eq!(record.timestamp, "");
    }

    #[test]
    fn what_is_no_record() {
        let error = |line: &[u8]| {
            let error = ArchiveReader::default().parse(line).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            error(b"{\"full_log\":"),
            "not a record: EOF while parsing a value (column 12)"
        );
        for line in [
            &b"{}"[..],
            b"[1]",
            b"5",
            br#"{"a":1}"#,
            br#"{"full_log":null}"#,
        ] {
            assert!(error(line).contains("none of `full_log`"), "{line:?}");
        }
        let fields = |count: usize, name: &str| {
            let data: Vec<_> = (0..count)
                .map(|at| format!("\"{name}{at}\":\"\""))
                .collect();
            format!("{{\"data\":{{{}}}}}", data.join(",")).into_bytes()
        };
        assert!(ArchiveReader::default().parse(&fields(1024, "k")).is_ok());
        for (count, name) in [(1025, "k".to_owned()), (20, "a.".repeat(1_000_000))] {
            let line = fields(count, &name);
            assert!(error(&line).contains("more fields than"), "{count}");
        }
        assert!(error(&b"[".repeat(100_000)).starts_with("not a record: "));
        assert!(error(b"\xff").starts_with("not a record: "));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            let _ = ArchiveReader::default().parse(&bytes);
        }

        #[test]
        fn no_record_panics(pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", ":", ",", "\"agent\"", "\"id\"", "\"007\"", "\"name\"", "\"data\"", "\"a.b\"",
            "\"location\"", "\"full_log\"", "\"\"", "[", "]", "null", "1e400",
        ]), 0..30)) {
            let _ = ArchiveReader::default().parse(pieces.concat().as_bytes());
        }
    }
}
