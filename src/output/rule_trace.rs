//! The rule trace: which rules were tried, in which order, and what came of it.

use std::io::{self, Write};

use bstr::BStr;

use super::Palette;
use crate::engine::Engine;
use crate::engine::trace::{Step, Steps};
use crate::page::words;
use crate::ruleset::rule::RuleId;

/// How the line of a rule begins in Wazuh.
const TRYING: &str = "Trying rule: ";

/// Writes a line of `rules_debug` with the indentation that Wazuh's test tool gives it.
pub(super) fn write_wazuh_line(out: &mut dyn Write, line: &[u8]) -> io::Result<()> {
    let deep = !line.starts_with(TRYING.as_bytes());
    out.write_all(if deep { b"\t\t" } else { b"\t" })?;
    out.write_all(line)?;
    out.write_all(b"\n")
}

/// The steps of one event, to be written as text (`spec/output.md` §2.3).
#[derive(Clone, Copy, Debug)]
pub struct RuleTrace<'a> {
    engine: &'a Engine,
    steps: &'a Steps,
    reasons: bool,
}

impl<'a> RuleTrace<'a> {
    /// With `reasons`, every rule that does not match gets a line that names the condition that
    /// failed. The original has no such lines.
    pub fn new(engine: &'a Engine, steps: &'a Steps, reasons: bool) -> Self {
        RuleTrace {
            engine,
            steps,
            reasons,
        }
    }

    /// Writes the trace with the original's indentation.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(&self, out: &mut dyn Write, palette: &Palette) -> io::Result<()> {
        let (rule, faint) = (palette.rule, palette.faint);
        for step in &self.steps.0 {
            match *step {
                Step::Rule(id) => {
                    write!(out, "    Trying rule: {} - ", self.sid(id))?;
                    out.write_all(self.description(id))?;
                    out.write_all(b"\n")?;
                }
                Step::RuleMatched(id) => {
                    let sid = self.sid(id);
                    writeln!(out, "       {rule}*Rule {sid} matched.{rule:#}")?;
                }
                Step::Children(_) => out.write_all(b"       *Trying child rules.\n")?,
                Step::ConditionFailed(id, position) if self.reasons => {
                    let reason = self.reason(id, position);
                    writeln!(out, "       {faint}-{reason}{faint:#}")?;
                }
                Step::ConditionFailed(..) | Step::Decoder(..) | Step::DecoderRegex(..) => {}
            }
        }
        Ok(())
    }

    /// Writes the trace as Wazuh's test tool shows it (`spec/wazuh.md` §14.3).
    ///
    /// # Errors
    /// As `out`.
    pub fn write_wazuh(&self, out: &mut dyn Write, palette: &Palette) -> io::Result<()> {
        self.wazuh_lines(palette)
            .try_for_each(|line| write_wazuh_line(out, &line))
    }

    /// What Wazuh's test protocol calls `rules_debug`: the lines of [`RuleTrace::write_wazuh`]
    /// without their indentation. A description may have more than one line.
    pub fn rules_debug(&self) -> Vec<Vec<u8>> {
        self.wazuh_lines(&Palette::plain()).collect()
    }

    /// A line for every step that is shown.
    fn wazuh_lines(&self, palette: &Palette) -> impl Iterator<Item = Vec<u8>> {
        let (rule, faint) = (palette.rule, palette.faint);
        self.steps.0.iter().filter_map(move |step| {
            let line = match *step {
                Step::Rule(id) => {
                    let mut line = format!("{TRYING}{} - ", self.sid(id)).into_bytes();
                    line.extend_from_slice(self.description(id));
                    return Some(line);
                }
                Step::RuleMatched(id) => format!("{rule}*Rule {} matched{rule:#}", self.sid(id)),
                Step::Children(_) => "*Trying child rules".to_owned(),
                Step::ConditionFailed(id, position) if self.reasons => {
                    format!("{faint}-{}{faint:#}", self.reason(id, position))
                }
                Step::ConditionFailed(..) | Step::Decoder(..) | Step::DecoderRegex(..) => {
                    return None;
                }
            };
            Some(line.into_bytes())
        })
    }

    /// The same lines without indentation and colours, for JSON.
    pub fn lines(&self) -> Vec<String> {
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write(&mut text, &Palette::plain());
        let text = String::from_utf8_lossy(&text);
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn sid(&self, id: RuleId) -> u32 {
        self.engine.ruleset().rules.get(id).sid.0
    }

    fn description(&self, id: RuleId) -> &'a BStr {
        let rule = self.engine.ruleset().rules.get(id);
        let description = rule.description.as_ref();
        description.map_or(BStr::new("(null)"), |text| text.as_ref())
    }

    fn reason(&self, id: RuleId, position: usize) -> String {
        let ruleset = self.engine.ruleset();
        let rule = ruleset.rules.get(id);
        let condition = self.engine.conditions(id).get(position);
        let sentence = condition.map(|condition| words::condition(ruleset, rule, condition));
        let sentence = sentence.as_deref().unwrap_or("enough earlier events fit");
        format!("Rule {} failed: {sentence}", rule.sid)
    }
}
