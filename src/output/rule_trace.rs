//! The rule trace: which rules were tried, in which order, and what came of it.

use std::io::{self, Write};

use bstr::{BStr, ByteSlice};

use super::Palette;
use crate::engine::Engine;
use crate::engine::trace::{Step, Steps};
use crate::page::words;
use crate::ruleset::rule::RuleId;

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
        let (rule, faint) = (palette.rule, palette.faint);
        for step in &self.steps.0 {
            match *step {
                Step::RuleMatched(id) => {
                    let sid = self.sid(id);
                    writeln!(out, "\t\t{rule}*Rule {sid} matched{rule:#}")?;
                }
                Step::Children(_) => out.write_all(b"\t\t*Trying child rules\n")?,
                Step::ConditionFailed(id, position) if self.reasons => {
                    let reason = self.reason(id, position);
                    writeln!(out, "\t\t{faint}-{reason}{faint:#}")?;
                }
                Step::Rule(id) => {
                    write!(out, "\tTrying rule: {} - ", self.sid(id))?;
                    out.write_all(self.description(id))?;
                    out.write_all(b"\n")?;
                }
                Step::ConditionFailed(..) | Step::Decoder(..) | Step::DecoderRegex(..) => {}
            }
        }
        Ok(())
    }

    /// What Wazuh's test protocol calls `rules_debug`: the lines of [`RuleTrace::write_wazuh`]
    /// without their indentation.
    pub fn rules_debug(&self) -> Vec<Vec<u8>> {
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write_wazuh(&mut text, &Palette::plain());
        let lines = text.lines();
        lines.map(|line| line.trim_start().to_vec()).collect()
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
