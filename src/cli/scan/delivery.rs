//! What becomes of the verdicts: counted, chosen, written.

use std::io::{self, Write};

use super::filter::Filter;
use super::summary::Counts;
use crate::engine::{ExcessAlert, Rejection};
use crate::output::{AlertLine, AlertWriter, AlertsJson, JsonLines};
use crate::verdict::Verdict;

/// Writes events in one of the formats, each in one piece: so a buffer behind it never ends in the
/// middle of one.
pub(super) enum Writer {
    Text(AlertLine),
    AlertsLog(AlertWriter),
    /// Ids of alerts come from the text: in some versions they are offsets in it.
    AlertsJson(AlertWriter, AlertsJson),
    Ndjson,
}

impl Writer {
    fn write(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>) -> io::Result<()> {
        match self {
            Writer::Text(format) => format.write(out, verdict),
            Writer::AlertsLog(format) => format.write(out, verdict).map(|_| ()),
            Writer::AlertsJson(text, format) => {
                let number = match text.write(&mut io::sink(), verdict)? {
                    Some(number) => number,
                    None => text.numbers.take(),
                };
                format.write(out, verdict, number)
            }
            Writer::Ndjson => JsonLines.verdict(out, verdict, None, false),
        }
    }

    /// The alert of the daemon's statistics. `alerts.json` has no form for it that is known.
    fn write_excess(
        &mut self,
        out: &mut Vec<u8>,
        verdict: &Verdict<'_>,
        excess: &ExcessAlert,
        event_is_shown: bool,
    ) -> io::Result<()> {
        match self {
            Writer::Text(format) => format.write_excess(out, verdict, excess),
            Writer::AlertsLog(format) => format.write_excess(out, verdict, excess).map(|_| ()),
            Writer::AlertsJson(..) => Ok(()),
            // The object of the event has it.
            Writer::Ndjson if event_is_shown => Ok(()),
            Writer::Ndjson => JsonLines.excess(out, excess),
        }
    }
}

/// Takes verdicts in the order of the stream.
pub(super) struct Delivery<W: Write> {
    pub(super) filter: Filter,
    pub(super) writer: Writer,
    pub(super) counts: Counts,
    /// Alerts of the daemon's statistics below this level are not written.
    pub(super) log_alert_level: u8,
    pub(super) out: W,
    event: Vec<u8>,
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
            event: Vec::new(),
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
            self.event.clear();
            let event = &mut self.event;
            self.writer.write_excess(event, &verdict, &excess, shown)?;
            self.out.write_all(&self.event)?;
        }
        if shown {
            self.counts.shown += 1;
            self.event.clear();
            self.writer.write(&mut self.event, &verdict)?;
            self.out.write_all(&self.event)?;
        }
        Ok(())
    }
}
