//! `alerts.json`: one object a line (`spec/output.md` §4; Wazuh's: `spec/wazuh.md` §13.1).
//!
//! OSSEC's keys have a fixed order and absent values are left out. The decoded `id` is not in the object:
//! the key of that name is the id of the alert.

use std::io::{self, Write};

use bstr::BString;

use super::decimal::{push_number, push_signed};
use super::dialect::AlertForm;
use super::json_object::Object;
use super::json_parts as parts;
use super::origin::Source;
use super::wazuh;
use crate::dialect::Dialect;
use crate::ruleset::field::Field;
use crate::ruleset::rule::Rule;
use crate::verdict::Verdict;

const NETWORK: [(&str, Field); 8] = [
    ("action", Field::Action),
    ("protocol", Field::Protocol),
    ("srcip", Field::SrcIp),
    ("srcport", Field::SrcPort),
    ("srcuser", Field::SrcUser),
    ("dstip", Field::DstIp),
    ("dstport", Field::DstPort),
    ("dstuser", Field::DstUser),
];

const OTHERS: [(&str, Field); 4] = [
    ("status", Field::Status),
    ("url", Field::Url),
    ("data", Field::Data),
    ("systemname", Field::SystemName),
];

/// Writes alerts as JSON.
#[derive(Clone, Debug)]
pub struct AlertsJson {
    form: AlertForm,
    hostname: BString,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
}

impl AlertsJson {
    /// The form of a dialect. `hostname` is the full name of the machine that writes: Wazuh's alerts
    /// say it.
    pub fn new(dialect: Dialect, hostname: BString) -> Self {
        AlertsJson {
            form: dialect.alert_form(),
            hostname,
            buffer: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Writes the alert of an event. `number` is the one that the text alert got:
    /// [`AlertWriter::write`](super::AlertWriter::write) returns it, and without text alerts
    /// [`AlertNumbers::take`](super::AlertNumbers::take) does. An event without a rule has no
    /// alert: nothing is written.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(
        &mut self,
        out: &mut dyn Write,
        verdict: &Verdict<'_>,
        number: u64,
    ) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.append(&mut buffer, verdict, number);
        let result = out.write_all(&buffer);
        self.buffer = buffer;
        result
    }

    /// As [`AlertsJson::write`], behind what is in `out`.
    pub fn append(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>, number: u64) {
        let Some(rule) = verdict.rule() else {
            return;
        };
        match self.form {
            AlertForm::Ossec => self.append_ossec(out, verdict, rule, number),
            AlertForm::Wazuh => {
                wazuh::alert(out, verdict, self.hostname.as_ref(), number);
            }
        }
        out.push(b'\n');
    }

    fn append_ossec(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>, rule: &Rule, number: u64) {
        let scratch = &mut self.scratch;
        Object::write(out, |alert| {
            alert.object("rule", |object| parts::rule(object, verdict, rule));
            let seconds = verdict.moment().seconds;
            scratch.clear();
            push_signed(scratch, seconds);
            scratch.push(b'.');
            push_number(scratch, number);
            alert.text("id", &*scratch);
            alert.milliseconds("TimeStamp", seconds);
            alert.optional("decoder", verdict.decoder_name());
            alert.optional("decoder_parent", verdict.decoder_parent());
            parts::fields(alert, verdict, &NETWORK);
            alert.text("location", verdict.location());
            alert.text("full_log", verdict.full_log());
            // Of all earlier lines the original writes the second; of `check_diff` that is the old
            // log, behind the line that announces it.
            alert.optional("previous_output", verdict.previous_lines().nth(1));
            if let Some(path) = verdict.field(Field::Filename) {
                alert.object("SyscheckFile", |file| file.text("path", path));
            }
            alert.text("hostname", verdict.hostname());
            alert.optional("program_name", verdict.program_name());
            parts::fields(alert, verdict, &OTHERS);
            parts::dynamic_fields(alert, verdict);
            alert.object("decoder_desc", |object| parts::decoder(object, verdict));
            let source = Source::of(verdict);
            parts::agent(alert, &source);
            parts::timestamp(alert, scratch, verdict);
            alert.optional("logfile", source.logfile);
        });
    }
}
