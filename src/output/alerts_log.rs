//! `alerts.log`, and what the test tool prints with `-a` (`spec/output.md` §2.4, §3; in Wazuh
//! `spec/wazuh.md` §13.2).
//!
//! ```text
//! ** Alert 1795358974.1: - syslog,demo,
//! 2026 Nov 22 14:49:34 h1->/var/log/messages
//! Rule: 100 (level 5) -> 'kv seen'
//! Src IP: 1.2.3.4
//! User: bob
//! Jan  1 10:00:00 h1 kv[7]: srcip=1.2.3.4 user=bob
//!
//! ```

use std::io::{self, Write};

use super::CustomAlert;
use super::decimal::{push_number, push_signed};
use super::dialect::AlertForm;
use super::origin;
use crate::dialect::Dialect;
use crate::engine::ExcessAlert;
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

/// The event's own line and earlier ones are cut at so many bytes.
const LINE_LIMIT: usize = 1256;

/// The decoded fields with a line of their own. A source user has none.
const FIELDS: [(&str, Field); 5] = [
    ("Src IP: ", Field::SrcIp),
    ("Src Port: ", Field::SrcPort),
    ("Dst IP: ", Field::DstIp),
    ("Dst Port: ", Field::DstPort),
    ("User: ", Field::DstUser),
];

/// The numbers behind the dot of alert ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertNumbers {
    /// Alerts are named after their offset in the file, not counted.
    by_offset: bool,
    next: u64,
}

impl AlertNumbers {
    /// 1, 2, 3, …: OSSEC 4.3, and the test tool of every version.
    pub fn counted() -> Self {
        AlertNumbers {
            by_offset: false,
            next: 1,
        }
    }

    /// Size of `alerts.log` in bytes before the alert: OSSEC 2.8.3 and 3.7. `size` is that of the
    /// file at the start.
    pub fn by_offset(size: u64) -> Self {
        AlertNumbers {
            by_offset: true,
            next: size,
        }
    }

    /// What the daemon of a dialect does; `size` is that of `alerts.log` at the start, in bytes.
    pub fn of_daemon(dialect: Dialect, size: u64) -> Self {
        match dialect {
            Dialect::Ossec283 | Dialect::Ossec37 | Dialect::Wazuh414 => {
                AlertNumbers::by_offset(size)
            }
            Dialect::Ossec43 => AlertNumbers::counted(),
        }
    }

    /// The number of the next alert.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Takes the number of an alert that has no text: in 4.3 a rule with only an active response
    /// uses one up, too.
    pub fn take(&mut self) -> u64 {
        self.advance(0)
    }

    /// Takes a number for an alert of so many bytes.
    fn advance(&mut self, bytes: usize) -> u64 {
        let number = self.next;
        let step = if self.by_offset { bytes as u64 } else { 1 };
        self.next = number.saturating_add(step);
        number
    }
}

/// Writes alerts as text.
///
/// ```
/// use std::sync::Arc;
/// use ossia::config;
/// use ossia::dialect::Dialect;
/// use ossia::engine::{Engine, Moment, Session, SessionOptions};
/// use ossia::output::{AlertNumbers, AlertWriter};
///
/// let rules = b"<group name=\"demo,\"><rule id=\"1\" level=\"3\"><category>syslog</category>\
///     <description>a line</description></rule></group>";
/// let inputs = config::from_files(vec![("r.xml".into(), rules.to_vec())], None);
/// let engine = Arc::new(Engine::new(ossia::ruleset::build(&inputs).0));
/// let mut session = Session::new(engine, SessionOptions::default());
/// let at = Moment { seconds: 1_704_103_200, utc_offset: 0 };
/// let verdict = session.evaluate(b"/var/log/x", b"hello", at).unwrap();
///
/// let numbers = AlertNumbers::of_daemon(Dialect::Ossec43, 0);
/// let mut alerts = AlertWriter::new(Dialect::Ossec43, numbers, None);
/// let mut out = Vec::new();
/// if verdict.alert() {
///     alerts.write(&mut out, &verdict).unwrap();
/// }
/// assert_eq!(String::from_utf8(out).unwrap(), "\
/// ** Alert 1704103200.1: - demo,
/// 2024 Jan 01 10:00:00 localhost->/var/log/x
/// Rule: 1 (level 3) -> 'a line'
/// hello
///
/// ");
/// ```
#[derive(Clone, Debug)]
pub struct AlertWriter {
    /// The numbers of the alerts.
    pub numbers: AlertNumbers,
    form: AlertForm,
    custom: Option<CustomAlert>,
    buffer: Vec<u8>,
}

impl AlertWriter {
    /// A writer; with `custom` in the format of the configuration.
    pub fn new(dialect: Dialect, numbers: AlertNumbers, custom: Option<CustomAlert>) -> Self {
        AlertWriter {
            numbers,
            form: dialect.alert_form(),
            custom,
            buffer: Vec::new(),
        }
    }

    /// Writes the alert of an event and returns its number. An event without a rule has none:
    /// nothing is written. Whether an alert is due ([`Verdict::alert`]) is for the caller to ask.
    ///
    /// # Errors
    /// As `out`. The number is used up.
    pub fn write(&mut self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<Option<u64>> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let number = self.append(&mut buffer, verdict);
        let result = out.write_all(&buffer);
        self.buffer = buffer;
        result.map(|()| number)
    }

    /// As [`AlertWriter::write`], behind what is in `out`.
    pub fn append(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>) -> Option<u64> {
        let start = out.len();
        match &mut self.custom {
            Some(custom) if verdict.rule().is_some() => {
                custom.append(out, verdict, self.numbers.next());
            }
            _ => append(out, self.form, verdict, self.numbers.next()),
        }
        let length = out.len() - start;
        (length > 0).then(|| self.numbers.advance(length))
    }

    /// The number of an alert whose text is not wanted, which takes it all the same.
    pub fn number(&mut self, verdict: &Verdict<'_>) -> u64 {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let number = self.append(&mut buffer, verdict);
        self.buffer = buffer;
        number.unwrap_or_else(|| self.numbers.take())
    }

    /// Appends the alert of the daemon's statistics that an event set off; it carries the header of
    /// that event (`spec/correlation.md` §12). It never has the format of the configuration. Returns
    /// its number.
    pub fn append_excess(
        &mut self,
        buffer: &mut Vec<u8>,
        verdict: &Verdict<'_>,
        excess: &ExcessAlert,
    ) -> u64 {
        let start = buffer.len();
        let (seconds, number) = (verdict.moment().seconds, self.numbers.next());
        // Writing to a vector cannot fail.
        let _ = writeln!(
            buffer,
            "** Alert {seconds}.{number}: - {}",
            ExcessAlert::GROUPS
        );
        origin::time_and_place(buffer, verdict);
        let (sid, description) = (ExcessAlert::SID, ExcessAlert::DESCRIPTION);
        let _ = write!(
            buffer,
            "\nRule: {sid} (level {}) -> '{description}'\n{excess}\n\n",
            excess.level
        );
        self.numbers.advance(buffer.len() - start)
    }
}

fn append(out: &mut Vec<u8>, form: AlertForm, verdict: &Verdict<'_>, number: u64) {
    let Some(rule) = verdict.rule() else {
        return;
    };
    out.extend_from_slice(b"** Alert ");
    push_signed(out, verdict.moment().seconds);
    out.push(b'.');
    push_number(out, number);
    out.extend_from_slice(if rule.flags.mail {
        b": mail  - "
    } else {
        b": - "
    });
    out.extend_from_slice(&rule.groups);
    out.push(b'\n');
    origin::time_and_place(out, verdict);
    out.extend_from_slice(b"\nRule: ");
    push_number(out, rule.sid.0);
    out.extend_from_slice(b" (level ");
    push_number(out, rule.level);
    out.extend_from_slice(b") -> '");
    let description = verdict.description();
    out.extend_from_slice(description.as_deref().map_or(b"(null)", |text| text));
    out.extend_from_slice(b"'\n");
    for (label, field) in FIELDS {
        if let Some(value) = verdict.field(field) {
            out.extend_from_slice(label.as_bytes());
            out.extend_from_slice(value);
            out.push(b'\n');
        }
    }
    line(out, verdict.full_log());
    if form == AlertForm::Wazuh {
        for (name, value) in verdict.dynamic_fields() {
            if !value.is_empty() {
                out.extend_from_slice(name);
                out.extend_from_slice(b": ");
                out.extend_from_slice(value);
                out.push(b'\n');
            }
        }
    }
    for earlier in verdict.previous_lines() {
        line(out, earlier);
    }
    out.push(b'\n');
}

fn line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&text[..text.len().min(LINE_LIMIT)]);
    out.push(b'\n');
}
