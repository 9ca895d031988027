//! Lines in, phases or alerts out.

use std::io::{self, Read, Write};

use super::console::Console;
use super::options::Options;
use super::unit_test::{Expected, Outcome};
use crate::engine::Session;
use crate::engine::trace::{NoTrace, Steps};
use crate::input::LineReader;
use crate::output::{AlertNumbers, AlertWriter, Palette, RuleTrace, TestTool};

/// Where the tool's lines come from.
const LOCATION: &[u8] = b"stdin";

/// One run over standard input.
pub(super) struct Events<'c, O> {
    session: Session,
    line_limit: usize,
    shortest_line: usize,
    text: TestTool,
    /// `-a`; the lines of `custom_alert_output` are for the daemon only.
    alerts: Option<AlertWriter>,
    verbose: bool,
    expected: Option<Expected>,
    console: Console<'c>,
    out: O,
}

impl<'c, O: Write> Events<'c, O> {
    pub(super) fn new(
        session: Session,
        options: &Options,
        expected: Option<Expected>,
        console: Console<'c>,
        out: O,
    ) -> Self {
        let dialect = session.engine().ruleset().dialect;
        let alerts = || AlertWriter::new(dialect, AlertNumbers::counted(), None);
        Events {
            session,
            line_limit: dialect.line_limit(),
            shortest_line: dialect.shortest_line(),
            text: TestTool::new(dialect, Palette::plain()),
            alerts: options.alerts.then(alerts),
            verbose: options.verbose && !options.alerts,
            expected,
            console,
            out,
        }
    }

    /// Evaluates all lines and returns the exit status.
    ///
    /// # Errors
    /// An output cannot be written. Input that cannot be read is at its end, as in the original.
    pub(super) fn read(&mut self, source: impl Read) -> io::Result<u8> {
        let mut lines = LineReader::new(source, self.line_limit);
        let mut status = 0;
        loop {
            // Whoever waits for an answer gets it before this waits for a line.
            if !lines.is_ready() {
                self.flush()?;
            }
            let Ok(Some(piece)) = lines.next() else {
                self.flush()?;
                return Ok(status);
            };
            let text = piece.text();
            if text.len() < self.shortest_line {
                continue;
            }
            match self.event(text)? {
                Outcome::Code(code) => status = code,
                Outcome::End(code) => {
                    self.flush()?;
                    return Ok(code);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.console.err.flush()?;
        self.out.flush()
    }

    fn event(&mut self, line: &[u8]) -> io::Result<Outcome> {
        let at = self.console.now();
        let engine = self.session.engine().clone();
        let mut steps = Steps::default();
        let session = &mut self.session;
        let result = if self.verbose {
            session.evaluate_traced(LOCATION, line, at, &mut steps)
        } else {
            session.evaluate_traced(LOCATION, line, at, &mut NoTrace)
        };
        // What is made out of a line always has the form of a message.
        let Ok(verdict) = result else {
            return Ok(Outcome::Code(0));
        };
        let no_rules = engine.ruleset().rules.top.is_empty();
        if let Some(alerts) = &mut self.alerts {
            if verdict.alert() {
                alerts.write(&mut self.out, &verdict)?;
            }
        } else {
            let trace = (self.verbose && !no_rules).then(|| RuleTrace::new(&engine, &steps, false));
            self.text
                .write(self.console.err, &verdict, trace.as_ref())?;
        }
        if no_rules {
            let text = "ossec-testrule: Rules in an inconsistent state. Exiting.";
            self.console.log(text)?;
            return Ok(Outcome::End(1));
        }
        let Some(expected) = &self.expected else {
            return Ok(Outcome::Code(0));
        };
        let outcome = expected.compare(&verdict, &mut self.console)?;
        if outcome == Outcome::Code(0) {
            // Both streams may be one file: they stay in order.
            self.console.err.flush()?;
            self.out.write_all(b"0\n")?;
            self.out.flush()?;
        }
        Ok(outcome)
    }
}
