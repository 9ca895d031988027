//! `ignore`, `check_if_ignored` and `check_diff`: what a rule remembers of earlier events
//! (`spec/correlation.md` §7 to §9).

use std::collections::{HashMap, HashSet};

use bstr::{BStr, BString};

use super::event::Event;
use super::snapshot::{Damaged, Reader, Writer};
use crate::ruleset::field::Field;
use crate::ruleset::rule::{IgnoreKeys, Rule, Sid};

/// Lines are compared up to this length.
const LINE_LIMIT: usize = 255;
/// A log of this many bytes or more is not compared.
const DIFF_LIMIT: usize = 8192;

/// The lines of the ignore file.
#[derive(Clone, Debug, Default)]
pub(crate) struct IgnoreLines {
    lines: HashSet<BString>,
    /// Where the line of an event is put together.
    scratch: BString,
}

impl IgnoreLines {
    /// Starts with the lines of an earlier run.
    pub(crate) fn remember(&mut self, line: &[u8]) {
        self.lines
            .insert(BString::from(&line[..line.len().min(LINE_LIMIT)]));
    }

    /// Remembers the line of an event of this rule, if the rule has `<ignore>`.
    pub(crate) fn remember_event(
        &mut self,
        event: &Event,
        decoder_name: Option<&BStr>,
        rule: &Rule,
    ) {
        if rule.ignore.is_empty() {
            return;
        }
        write_line(event, decoder_name, rule.ignore, &mut self.scratch);
        if !self.lines.contains(&self.scratch) {
            self.lines.insert(self.scratch.clone());
        }
    }

    /// True if the event is to be ignored by this rule.
    pub(crate) fn hit(&mut self, event: &Event, decoder_name: Option<&BStr>, rule: &Rule) -> bool {
        if rule.check_if_ignored.is_empty() || self.lines.is_empty() {
            return false;
        }
        // The original takes the data column from the words of the rule's `ignore` element.
        let others = rule.check_if_ignored.0 & !IgnoreKeys::DATA.0;
        let keys = IgnoreKeys(others | rule.ignore.0 & IgnoreKeys::DATA.0);
        write_line(event, decoder_name, keys, &mut self.scratch);
        self.lines.contains(&self.scratch)
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let IgnoreLines { lines, scratch: _ } = self;
        to.texts_sorted(lines.iter());
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(IgnoreLines {
            lines: from.sequence(Reader::owned_text)?,
            scratch: BString::default(),
        })
    }
}

/// Eight columns, separated by one blank, each empty unless selected and present.
fn write_line(event: &Event, decoder_name: Option<&BStr>, keys: IgnoreKeys, line: &mut BString) {
    let field = |key, field| {
        if keys.contains(key) {
            event.field(field)
        } else {
            None
        }
    };
    let columns = [
        decoder_name.filter(|_| keys.contains(IgnoreKeys::NAME)),
        field(IgnoreKeys::ID, Field::Id),
        field(IgnoreKeys::USER, Field::DstUser),
        field(IgnoreKeys::SRC_IP, Field::SrcIp),
        field(IgnoreKeys::DST_IP, Field::DstIp),
        field(IgnoreKeys::DATA, Field::Data),
        // No word selects the system name.
        None,
        keys.contains(IgnoreKeys::LOCATION)
            .then(|| event.get(event.location)),
    ];
    line.clear();
    for (index, column) in columns.into_iter().enumerate() {
        if index > 0 {
            line.push(b' ');
        }
        line.extend_from_slice(column.unwrap_or_default());
    }
    line.truncate(LINE_LIMIT);
}

/// The last log of each rule and host, for `check_diff`.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastLogs(HashMap<Sid, HashMap<BString, BString>>);

impl LastLogs {
    /// Starts with the log of an earlier run. `host` is the name of the folder.
    pub(crate) fn remember(&mut self, host: &[u8], sid: Sid, log: &[u8]) {
        let hosts = self.0.entry(sid).or_default();
        hosts.insert(host.into(), log.into());
    }

    /// The earlier log, if there is one and the log of this event differs. Asking stores the log.
    pub(crate) fn changed(&mut self, event: &Event, sid: Sid) -> Option<BString> {
        let log = event.log();
        if log.len() >= DIFF_LIMIT {
            return None;
        }
        let host = host_folder(event.get(event.hostname));
        let hosts = self.0.entry(sid).or_default();
        match hosts.get_mut(host) {
            None => {
                hosts.insert(host.to_owned(), log.to_owned());
                None
            }
            Some(last) if *last == *log => None,
            Some(last) => Some(std::mem::replace(last, log.to_owned())),
        }
    }

    pub(crate) fn save(&self, to: &mut Writer) {
        let logs = self.0.iter().flat_map(|(sid, hosts)| {
            let logs = hosts.iter();
            logs.map(move |(host, log)| (host, sid, log))
        });
        let mut sorted: Vec<_> = logs.collect();
        sorted.sort_unstable();
        to.count(sorted.len());
        for (host, sid, log) in sorted {
            to.text(host);
            to.number(sid.0.into());
            to.text(log);
        }
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut logs = LastLogs::default();
        for _ in 0..from.count()? {
            let (host, sid) = (from.text()?, Sid(from.small_number()?));
            logs.remember(host, sid, from.text()?);
        }
        Ok(logs)
    }
}

/// The host name; of an agent `(name) ip->file` only the name.
fn host_folder(hostname: &BStr) -> &BStr {
    let agent = hostname.strip_prefix(b"(").and_then(|rest| {
        let end = rest.iter().position(|&byte| byte == b')')?;
        Some(BStr::new(&rest[..end]))
    });
    agent.unwrap_or(hostname)
}
