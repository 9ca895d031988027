//! An explanation for people.

use std::io::{self, Write};

use anstyle::Style;

use crate::explain::{
    Answer, ConditionStep, DecoderStep, DecoderTest, Explanation, NamedValue, Outcome, RuleStep,
};
use crate::output::Palette;
use crate::page::facts::RuleLine;

/// Values are cut to so many characters.
const VALUE: usize = 100;

/// The whole trace.
pub(super) fn explanation(
    out: &mut dyn Write,
    palette: Palette,
    explanation: &Explanation,
) -> io::Result<()> {
    let mut page = Page { out, palette };
    page.predecoding(explanation)?;
    page.decoders(explanation)?;
    page.rules(explanation)?;
    page.verdict(explanation)
}

/// Why a rule is not the result.
pub(super) fn answer(
    out: &mut dyn Write,
    palette: Palette,
    explanation: &Explanation,
    answer: &Answer,
) -> io::Result<()> {
    let mut page = Page { out, palette };
    page.predecoding(explanation)?;
    page.heading("Decoding")?;
    page.decoder_and_fields(explanation)?;
    page.verdict(explanation)?;
    page.answer(answer)
}

struct Page<'o> {
    out: &'o mut dyn Write,
    palette: Palette,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        let heading = self.palette.heading;
        writeln!(self.out, "\n{heading}{text}{heading:#}")
    }

    fn value(&mut self, name: &str, value: &str) -> io::Result<()> {
        let label = self.palette.label;
        writeln!(self.out, "  {label}{name}{label:#}: {value}")
    }

    fn predecoding(&mut self, explanation: &Explanation) -> io::Result<()> {
        let heading = self.palette.heading;
        writeln!(self.out, "{heading}Predecoding{heading:#}")?;
        self.value("line", &explanation.line)?;
        self.value("host name", &explanation.hostname)?;
        let program = explanation.program_name.as_deref();
        self.value("program name", program.unwrap_or("none"))?;
        self.value("log", &explanation.log)
    }

    fn decoders(&mut self, explanation: &Explanation) -> io::Result<()> {
        self.heading("Decoders")?;
        for step in &explanation.decoders {
            self.decoder(step)?;
        }
        self.decoder_and_fields(explanation)
    }

    fn decoder(&mut self, step: &DecoderStep) -> io::Result<()> {
        let faint = self.palette.faint;
        let indent = if step.parent.is_some() { "    " } else { "  " };
        self.mark(indent, Some(step.matched))?;
        let element = step.test.element();
        write!(self.out, "{}", step.name)?;
        match (&step.pattern, step.test) {
            (Some(pattern), _) => write!(self.out, " · {element} `{pattern}`")?,
            (None, DecoderTest::Nothing) => write!(self.out, " · tests nothing")?,
            (None, _) => write!(self.out, " · {element}")?,
        }
        writeln!(self.out, "  {faint}{}{faint:#}", step.place)?;
        if let Some(detail) = &step.detail {
            writeln!(self.out, "{indent}    {faint}{detail}{faint:#}")?;
        } else if let Some(saw) = step
            .saw
            .as_ref()
            .filter(|_| step.test == DecoderTest::ProgramName)
        {
            writeln!(
                self.out,
                "{indent}    {faint}the program name is `{}`{faint:#}",
                cut(saw)
            )?;
        }
        for NamedValue { name, value } in &step.fields {
            let label = self.palette.label;
            writeln!(self.out, "{indent}    {label}{name}{label:#} = {value}")?;
        }
        Ok(())
    }

    fn decoder_and_fields(&mut self, explanation: &Explanation) -> io::Result<()> {
        let decoder = explanation.decoder.as_deref();
        self.value("decoder", decoder.unwrap_or("none"))?;
        for NamedValue { name, value } in &explanation.fields {
            self.value(name, value)?;
        }
        Ok(())
    }

    fn rules(&mut self, explanation: &Explanation) -> io::Result<()> {
        self.heading(&format!("Rules of the category {}", explanation.category))?;
        for step in &explanation.rules {
            self.rule(step)?;
        }
        if explanation.rules.is_empty() {
            writeln!(self.out, "  none was tried")?;
        }
        if explanation.more_rules > 0 {
            writeln!(self.out, "  and {} more tries", explanation.more_rules)?;
        }
        Ok(())
    }

    fn rule(&mut self, step: &RuleStep) -> io::Result<()> {
        let Palette { rule, faint, .. } = self.palette;
        let indent = "  ".repeat(step.depth.min(40) + 1);
        let (matched, style) = match step.outcome {
            Outcome::Matched => (Some(true), rule),
            Outcome::Failed => (Some(false), Style::new()),
            Outcome::Unfinished => (None, Style::new()),
        };
        self.mark(&indent, matched)?;
        let description = step.description.as_deref().unwrap_or("(no description)");
        write!(
            self.out,
            "{style}{}{style:#} level {} · {description}",
            step.id, step.level
        )?;
        match &step.place {
            Some(place) => writeln!(self.out, "  {faint}{place}{faint:#}")?,
            None => writeln!(self.out)?,
        }
        for condition in &step.conditions {
            self.condition(&format!("{indent}    "), condition)?;
        }
        Ok(())
    }

    fn condition(&mut self, indent: &str, step: &ConditionStep) -> io::Result<()> {
        let faint = self.palette.faint;
        self.mark(indent, step.holds)?;
        write!(self.out, "{}: {}", step.facts.element, step.facts.words)?;
        // The log stands above; all other values are worth a look.
        if let Some(saw) = step
            .saw
            .as_ref()
            .filter(|_| !is_log(step) && step.detail.is_none())
        {
            write!(self.out, "  {faint}(`{}`){faint:#}", cut(saw))?;
        }
        writeln!(self.out)?;
        if let Some(detail) = &step.detail {
            writeln!(self.out, "{indent}  {faint}{detail}{faint:#}")?;
        }
        Ok(())
    }

    fn mark(&mut self, indent: &str, holds: Option<bool>) -> io::Result<()> {
        let Palette { alert, label, .. } = self.palette;
        match holds {
            Some(true) => write!(self.out, "{indent}{label}✓{label:#} "),
            Some(false) => write!(self.out, "{indent}{alert}✗{alert:#} "),
            None => write!(self.out, "{indent}? "),
        }
    }

    fn verdict(&mut self, explanation: &Explanation) -> io::Result<()> {
        self.heading("Verdict")?;
        if let Some(rule) = &explanation.rule {
            self.line(rule)?;
        }
        for sentence in &explanation.why {
            writeln!(self.out, "  {sentence}")?;
        }
        Ok(())
    }

    fn line(&mut self, line: &RuleLine) -> io::Result<()> {
        let rule = self.palette.rule;
        let description = line.description.as_deref().unwrap_or("(no description)");
        writeln!(
            self.out,
            "  {rule}{}{rule:#} level {} · {description}",
            line.id, line.level
        )
    }

    fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        if answer.wins {
            self.heading(&format!("Rule {} is the result", answer.rule.id))?;
        } else {
            self.heading(&format!("Why not rule {}", answer.rule.id))?;
        }
        self.line(&answer.rule)?;
        if let Some(place) = &answer.place {
            let faint = self.palette.faint;
            writeln!(self.out, "  {faint}{place}{faint:#}")?;
        }
        for reason in &answer.reasons {
            let way: Vec<String> = reason.way.iter().map(u32::to_string).collect();
            if way.len() > 1 {
                let faint = self.palette.faint;
                writeln!(self.out, "  {faint}{}{faint:#}", way.join(" › "))?;
            }
            writeln!(self.out, "  {}", reason.sentence)?;
            if let Some(condition) = &reason.condition {
                self.condition("    ", condition)?;
            }
        }
        if answer.more > 0 {
            writeln!(
                self.out,
                "  and {} more ways that end for other reasons",
                answer.more
            )?;
        }
        if answer.conditions.is_empty() {
            return Ok(());
        }
        let tried = answer
            .reasons
            .iter()
            .any(|reason| reason.at == answer.rule.id);
        let heading = match tried {
            true => "Its conditions with this line",
            false => "Its conditions with this line, if it were reached",
        };
        self.heading(heading)?;
        for condition in &answer.conditions {
            self.condition("  ", condition)?;
        }
        Ok(())
    }
}

/// True if the condition looks at the whole log.
fn is_log(step: &ConditionStep) -> bool {
    matches!(
        step.facts.element,
        "match" | "regex" | "match_pcre2" | "pcre2" | "regex_pcre2"
    )
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
