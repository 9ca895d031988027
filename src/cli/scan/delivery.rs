//! What becomes of the verdicts: counted, chosen, written.

use std::io::{self, Write};

use super::filter::Filter;
use super::summary::Counts;
use crate::engine::{ExcessAlert, Rejection};
use crate::output::{AlertLine, AlertWriter, AlertsJson, JsonLines};
use crate::verdict::Verdict;

/// Writes events in one of the formats.
pub(super) enum Writer {
    Text(AlertLine),
    AlertsLog(AlertWriter),
    /// Ids of alerts come from the text: in some versions they are offsets in it.
    AlertsJson(AlertWriter, AlertsJson),
    Ndjson,
}

impl Writer {
    fn append(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>) {
        match self {
            Writer::Text(format) => format.append(out, verdict),
            Writer::AlertsLog(format) => _ = format.append(out, verdict),
            Writer::AlertsJson(text, format) => {
                let number = text.number(verdict);
                format.append(out, verdict, number);
            }
            Writer::Ndjson => JsonLines.append(out, verdict),
        }
    }

    /// The alert of the daemon's statistics. `alerts.json` has no form for it that is known.
    fn append_excess(
        &mut self,
        out: &mut Vec<u8>,
        verdict: &Verdict<'_>,
        excess: &ExcessAlert,
        event_is_shown: bool,
    ) {
        match self {
            Writer::Text(format) => format.append_excess(out, verdict, excess),
            Writer::AlertsLog(format) => _ = format.append_excess(out, verdict, excess),
            Writer::AlertsJson(..) => {}
            // The object of the event has it.
            Writer::Ndjson if event_is_shown => {}
            Writer::Ndjson => JsonLines.append_excess(out, excess),
        }
    }
}

/// Records are handed over when they are so many bytes.
const ENOUGH: usize = 64 * 1024;

/// Takes verdicts in the order of the stream.
pub(super) struct Delivery<W: Write> {
    pub(super) filter: Filter,
    pub(super) writer: Writer,
    pub(super) counts: Counts,
    /// Alerts of the daemon's statistics below this level are not written.
    pub(super) log_alert_level: u8,
    out: W,
    /// Whole records that were not handed over yet.
    records: Vec<u8>,
}

impl<W: Write> Delivery<W> {
    pub(super) fn new(
        filter: Filter,
        writer: Writer,
        counts: Counts,
        log_alert_level: u8,
        out: W,
    ) -> Self {
        Delivery {
            filter,
            writer,
            counts,
            log_alert_level,
            out,
            records: Vec::with_capacity(ENOUGH),
        }
    }

    /// One more event.
    ///
    /// # Errors
    /// The output cannot be written.
    #[inline]
    pub(super) fn take(&mut self, verdict: Result<Verdict<'_>, Rejection>) -> io::Result<()> {
        let Ok(verdict) = verdict else {
            self.counts.dropped += 1;
            return Ok(());
        };
        self.counts.event(&verdict);
        let shown = self.filter.shows(&verdict);
        if let Some(excess) = verdict.excess()
            && excess.level >= self.log_alert_level
        {
            let records = &mut self.records;
            self.writer.append_excess(records, &verdict, &excess, shown);
        }
        if shown {
            self.counts.shown += 1;
            self.writer.append(&mut self.records, &verdict);
        }
        if self.records.len() >= ENOUGH {
            self.hand_over()?;
        }
        Ok(())
    }

    /// Everything so far goes to the reader of the output.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.hand_over()?;
        self.out.flush()
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let result = self.out.write_all(&self.records);
        self.records.clear();
        result
    }
}
