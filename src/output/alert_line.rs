//! An alert as one line, for people who look through many of them.
//!
//! ```text
//! 2026-11-22T14:49:34+00:00 level 5 rule 100: kv seen | /var/log/messages | Jan  1 10:00:00 h1 kv…
//! ```

use std::io::{self, Write};

use bstr::BStr;

use super::Palette;
use crate::engine::ExcessAlert;
use crate::ruleset::rule::Sid;
use crate::verdict::Verdict;

/// From this level on, alerts are urgent enough for the colour of alerts.
const URGENT: u32 = 10;

/// The format of one line an alert. Control characters become `\x1b` and the like: a log must not
/// be able to command the terminal, nor to look like two alerts.
#[derive(Clone, Debug)]
pub struct AlertLine {
    palette: Palette,
    buffer: Vec<u8>,
}

impl AlertLine {
    /// The format in these colours.
    pub fn new(palette: Palette) -> Self {
        AlertLine {
            palette,
            buffer: Vec::new(),
        }
    }

    /// Writes one event that has a rule; other events have no line.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(&mut self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<()> {
        let Some(rule) = verdict.rule() else {
            return Ok(());
        };
        let line = &mut self.buffer;
        line.clear();
        let (level, sid) = (rule.level, rule.sid);
        let description = verdict.description();
        let description = description.as_deref().unwrap_or(BStr::new("(null)"));
        Self::append(line, self.palette, verdict, (level, sid), description);
        append_visible(line, verdict.full_log());
        line.push(b'\n');
        out.write_all(line)
    }

    /// Writes the alert of the daemon's statistics that an event set off.
    ///
    /// # Errors
    /// As `out`.
    pub fn write_excess(
        &mut self,
        out: &mut dyn Write,
        verdict: &Verdict<'_>,
        excess: &ExcessAlert,
    ) -> io::Result<()> {
        let line = &mut self.buffer;
        line.clear();
        let numbers = (u32::from(excess.level), ExcessAlert::SID);
        let description = BStr::new(ExcessAlert::DESCRIPTION);
        Self::append(line, self.palette, verdict, numbers, description);
        writeln!(line, "{excess}")?;
        out.write_all(line)
    }

    /// Everything up to the log.
    fn append(
        line: &mut Vec<u8>,
        palette: Palette,
        verdict: &Verdict<'_>,
        (level, sid): (u32, Sid),
        description: &BStr,
    ) {
        let at = verdict.moment();
        let (year, month, day) = at.date();
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        let sign = if at.utc_offset < 0 { '-' } else { '+' };
        let offset = at.utc_offset.unsigned_abs() / 60;
        let (off_hours, off_minutes) = (offset / 60, offset % 60);
        let level_style = if level >= URGENT {
            palette.alert
        } else {
            palette.heading
        };
        let rule_style = palette.rule;
        // Writing to a vector cannot fail.
        let _ = write!(
            line,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}\
             {sign}{off_hours:02}:{off_minutes:02} {level_style}level {level}{level_style:#} \
             {rule_style}rule {sid}{rule_style:#}: ",
        );
        append_visible(line, description);
        line.extend_from_slice(b" | ");
        append_visible(line, verdict.location());
        line.extend_from_slice(b" | ");
    }
}

/// Appends text with its control characters made visible. Tabs stay.
pub(crate) fn append_visible(out: &mut Vec<u8>, text: &[u8]) {
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        // The control characters of Latin-1 in UTF-8: some terminals obey them.
        let latin = byte == 0xC2 && bytes.peek().is_some_and(|next| (0x80..0xA0).contains(next));
        if byte != b'\t' && byte.is_ascii_control() || latin {
            // Writing to a vector cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters() {
        let mut out = Vec::new();
        append_visible(&mut out, b"a\tb\x1b[2J\r\n\xc2\x9b1m \xc3\xa4\xff");
        assert_eq!(out, b"a\tb\\x1b[2J\\x0d\\x0a\\xc2\x9b1m \xc3\xa4\xff");
    }
}
