//! An alert as one line, for people who look through many of them.
//!
//! ```text
//! 2026-11-22T14:49:34+00:00 level 5 rule 100: kv seen | /var/log/messages | Jan  1 10:00:00 h1 kv…
//! ```

use std::io::Write;

use anstyle::Style;
use bstr::BStr;

use super::Palette;
use super::decimal::push_number;
use super::origin;
use crate::bytes::find_special;
use crate::engine::ExcessAlert;
use crate::ruleset::rule::Sid;
use crate::verdict::Verdict;

/// From this level on, alerts are urgent enough for the colour of alerts.
const URGENT: u32 = 10;

/// The format of one line an alert. Control characters become `\x1b` and the like: a log must not
/// be able to command the terminal, nor to look like two alerts.
#[derive(Clone, Copy, Debug)]
pub struct AlertLine {
    palette: Palette,
}

impl AlertLine {
    /// The format in these colours.
    pub fn new(palette: Palette) -> Self {
        AlertLine { palette }
    }

    /// Appends one event that has a rule; other events have no line.
    pub fn append(&self, line: &mut Vec<u8>, verdict: &Verdict<'_>) {
        let Some(rule) = verdict.rule() else {
            return;
        };
        let (level, sid) = (rule.level, rule.sid);
        let description = verdict.description();
        let description = description.as_deref().unwrap_or(BStr::new("(null)"));
        self.append_head(line, verdict, (level, sid), description);
        append_visible(line, verdict.full_log());
        line.push(b'\n');
    }

    /// Appends the alert of the daemon's statistics that an event set off.
    pub fn append_excess(&self, line: &mut Vec<u8>, verdict: &Verdict<'_>, excess: &ExcessAlert) {
        let numbers = (u32::from(excess.level), ExcessAlert::SID);
        let description = BStr::new(ExcessAlert::DESCRIPTION);
        self.append_head(line, verdict, numbers, description);
        // Writing to a vector cannot fail.
        let _ = writeln!(line, "{excess}");
    }

    /// Everything up to the log.
    fn append_head(
        &self,
        line: &mut Vec<u8>,
        verdict: &Verdict<'_>,
        (level, sid): (u32, Sid),
        description: &BStr,
    ) {
        let palette = &self.palette;
        let at = verdict.moment();
        origin::iso_time(line, at);
        origin::utc_offset(line, at, ":");
        let level_style = if level >= URGENT {
            palette.alert
        } else {
            palette.heading
        };
        line.push(b' ');
        append_styled(line, level_style, "level ", level);
        line.push(b' ');
        append_styled(line, palette.rule, "rule ", sid.0);
        line.extend_from_slice(b": ");
        append_visible(line, description);
        line.extend_from_slice(b" | ");
        append_visible(line, verdict.location());
        line.extend_from_slice(b" | ");
    }
}

fn append_styled(line: &mut Vec<u8>, style: Style, word: &str, number: u32) {
    let plain = style == Style::new();
    // Writing to a vector cannot fail.
    if !plain {
        let _ = write!(line, "{style}");
    }
    line.extend_from_slice(word.as_bytes());
    push_number(line, number);
    if !plain {
        let _ = write!(line, "{style:#}");
    }
}

/// Appends text with its control characters made visible. Tabs stay.
pub(crate) fn append_visible(out: &mut Vec<u8>, text: &[u8]) {
    const LATIN: u8 = 0xC2;
    let is_special = |byte| (byte < 0x20) & (byte != b'\t') | (byte == 0x7F) | (byte == LATIN);
    let mut rest = text;
    while let Some(at) = find_special(rest, is_special) {
        out.extend_from_slice(&rest[..at]);
        let byte = rest[at];
        rest = &rest[at + 1..];
        // The control characters of Latin-1 in UTF-8: some terminals obey them.
        let harmless =
            byte == LATIN && !rest.first().is_some_and(|next| (0x80..0xA0).contains(next));
        if harmless {
            out.push(byte);
        } else {
            // Writing to a vector cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.extend_from_slice(rest);
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
