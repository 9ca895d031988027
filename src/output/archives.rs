//! `archives.log` and `archives.json`: every event that was decoded (`spec/output.md` §5).
//!
//! Events of level 0, ignored ones and those without a rule are here, too. That repeated lines and
//! incomplete firewall events are not is for the caller to see to.

use std::io::{self, Write};

use super::json_object::Object;
use super::json_parts as parts;
use super::origin::{self, Source};
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

/// The fields in the order of the archive, which is not that of the alerts.
const FIELDS: [(&str, Field); 14] = [
    ("srcip", Field::SrcIp),
    ("dstip", Field::DstIp),
    ("srcport", Field::SrcPort),
    ("dstport", Field::DstPort),
    ("protocol", Field::Protocol),
    ("action", Field::Action),
    ("srcuser", Field::SrcUser),
    ("dstuser", Field::DstUser),
    ("id", Field::Id),
    ("status", Field::Status),
    ("url", Field::Url),
    ("data", Field::Data),
    ("systemname", Field::SystemName),
    ("filename", Field::Filename),
];

/// Signs of life of agents are not written as text.
fn is_keep_alive(location: &[u8]) -> bool {
    location == b"ossec-keepalive" || location.ends_with(b"->ossec-keepalive")
}

/// Writes events as lines of text.
#[derive(Clone, Debug, Default)]
pub struct ArchivesLog {
    buffer: Vec<u8>,
}

impl ArchivesLog {
    /// A writer with an empty buffer.
    pub fn new() -> Self {
        ArchivesLog::default()
    }

    /// Writes an event; keep-alive messages are left out.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(&mut self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<()> {
        if is_keep_alive(verdict.location()) {
            return Ok(());
        }
        self.buffer.clear();
        origin::time_and_place(&mut self.buffer, verdict);
        self.buffer.push(b' ');
        self.buffer.extend_from_slice(verdict.full_log());
        self.buffer.push(b'\n');
        out.write_all(&self.buffer)
    }
}

/// Writes events as JSON, one object a line.
#[derive(Clone, Debug, Default)]
pub struct ArchivesJson {
    buffer: Vec<u8>,
    scratch: Vec<u8>,
}

impl ArchivesJson {
    /// A writer with empty buffers.
    pub fn new() -> Self {
        ArchivesJson::default()
    }

    /// Writes an event. Its rule is written only if the event got past level 0 and the ignore
    /// steps.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(&mut self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<()> {
        self.buffer.clear();
        let scratch = &mut self.scratch;
        Object::write(&mut self.buffer, |event| {
            event.optional("program_name", verdict.program_name());
            event.text("log", verdict.log());
            parts::fields(event, verdict, &FIELDS);
            if let Some(rule) = verdict.rule().filter(|_| verdict.counts()) {
                event.object("rule", |object| parts::rule(object, verdict, rule));
            }
            parts::dynamic_fields(event, verdict);
            event.object("decoder", |object| parts::decoder(object, verdict));
            event.text("full_log", verdict.full_log());
            parts::timestamp(event, scratch, verdict);
            let source = Source::of(verdict);
            parts::agent(event, &source);
            event.optional("logfile", source.logfile);
        });
        self.buffer.push(b'\n');
        out.write_all(&self.buffer)
    }
}
