//! The three phases as the original's test tool prints them (`spec/output.md` §2.3).
//!
//! Texts are written as the bytes they are: the original has `%s` there.

use std::io::{self, Write};

use bstr::BStr;

use super::{Palette, RuleTrace};
use crate::dialect::Dialect;
use crate::verdict::Verdict;

/// Where the dialect prints the name of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DecoderLine {
    /// In front of the fields, and only if there is a decoder.
    First,
    /// Behind the fields, always.
    Last,
}

impl Dialect {
    fn decoder_line(self) -> DecoderLine {
        match self {
            Dialect::Ossec283 | Dialect::Ossec37 => DecoderLine::First,
            Dialect::Ossec43 | Dialect::Wazuh414 => DecoderLine::Last,
        }
    }
}

/// The test tool's text format. Without colours it equals the original byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct TestTool {
    decoder_line: DecoderLine,
    palette: Palette,
}

impl TestTool {
    /// The format of a dialect.
    pub fn new(dialect: Dialect, palette: Palette) -> Self {
        TestTool {
            decoder_line: dialect.decoder_line(),
            palette,
        }
    }

    /// Writes one event; with a trace, what the original's `-v` shows.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(
        &self,
        out: &mut dyn Write,
        verdict: &Verdict<'_>,
        trace: Option<&RuleTrace<'_>>,
    ) -> io::Result<()> {
        out.write_all(b"\n\n")?;
        self.heading(out, "**Phase 1: Completed pre-decoding.")?;
        self.line(out, b"full event", Some(verdict.full_log()))?;
        self.line(out, b"hostname", Some(verdict.hostname()))?;
        self.line(out, b"program_name", verdict.program_name())?;
        self.line(out, b"log", Some(verdict.log()))?;
        self.decoding(out, verdict)?;
        if verdict.accumulated() {
            out.write_all(b"\n**ACCUMULATOR: LEVEL UP!!**\n\n")?;
        }
        if let Some(trace) = trace {
            out.write_all(b"\n")?;
            self.heading(out, "**Rule debugging:")?;
            trace.write(out, &self.palette)?;
        }
        self.filtering(out, verdict)?;
        if verdict.alert() {
            let alert = self.palette.alert;
            write!(out, "{alert}**Alert to be generated.{alert:#}\n\n\n")?;
        }
        Ok(())
    }

    fn decoding(&self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<()> {
        let decoder = verdict.decoder();
        // The heading stands in the loop over the decoders: no decoders, no heading.
        if verdict.has_decoder_list() {
            out.write_all(b"\n")?;
            self.heading(out, "**Phase 2: Completed decoding.")?;
            if self.decoder_line == DecoderLine::First && decoder.is_some() {
                self.line(out, b"decoder", decoder)?;
            }
            for (name, value) in verdict.printed_fields() {
                self.line(out, name, Some(value))?;
            }
            if decoder.is_none() {
                out.write_all(b"       No decoder matched.\n")?;
            }
        }
        if self.decoder_line == DecoderLine::Last {
            self.line(out, b"decoder", decoder)?;
        }
        Ok(())
    }

    fn filtering(&self, out: &mut dyn Write, verdict: &Verdict<'_>) -> io::Result<()> {
        let Some(rule) = verdict.rule() else {
            return Ok(());
        };
        out.write_all(b"\n")?;
        self.heading(out, "**Phase 3: Completed filtering (rules).")?;
        let (label, style) = (self.palette.label, self.palette.rule);
        let sid = rule.sid;
        writeln!(
            out,
            "       {label}Rule id{label:#}: {style}'{sid}'{style:#}"
        )?;
        writeln!(out, "       {label}Level{label:#}: '{}'", rule.level)?;
        let description = rule.description.as_ref().map(|text| text.as_ref());
        self.line(out, b"Description", description)?;
        for (kind, text) in &rule.info {
            write!(out, "       {label}Info - {}{label:#}: '", kind.name())?;
            out.write_all(text)?;
            out.write_all(b"'\n")?;
        }
        Ok(())
    }

    fn heading(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        let heading = self.palette.heading;
        writeln!(out, "{heading}{text}{heading:#}")
    }

    fn line(&self, out: &mut dyn Write, name: &[u8], value: Option<&BStr>) -> io::Result<()> {
        let label = self.palette.label;
        write!(out, "       {label}")?;
        out.write_all(name)?;
        write!(out, "{label:#}: '")?;
        out.write_all(value.map_or(b"(null)", |value| value))?;
        out.write_all(b"'\n")
    }
}
