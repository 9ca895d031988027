//! The one loop over the lines, as `ossia scan` has it. What differs from pass to pass is the probe.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use super::NewSession;
use super::probes::Probe;
use super::stream::Stream;
use crate::cli::failure::{Failure, reason};
use crate::output::{AlertLine, Palette};

/// What all passes have in common.
pub(super) struct Pass<'a> {
    stream: &'a Stream,
    session: NewSession<'a>,
    output: Option<&'a Path>,
}

impl<'a> Pass<'a> {
    /// Passes over these lines, each in a new session. Alerts are thrown away or written to a file.
    pub(super) fn new(
        stream: &'a Stream,
        session: NewSession<'a>,
        output: Option<&'a Path>,
    ) -> Self {
        Pass {
            stream,
            session,
            output,
        }
    }

    /// Takes every line through a new session and its alert to the output. Returns the seconds.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn run<P: Probe>(&self, probe: &mut P) -> Result<f64, Failure> {
        let mut session = (self.session)();
        let least = session.engine().ruleset().options.log_alert_level;
        let mut out = BufWriter::with_capacity(64 * 1024, self.sink()?);
        let format = AlertLine::new(Palette::plain());
        let mut alert = Vec::new();
        let location = &self.stream.location[..];
        let started = Instant::now();
        probe.begins();
        self.stream.walk(|line, at| {
            probe.line_read();
            let verdict = session.evaluate_traced(location, line, at, probe).ok();
            probe.evaluated(verdict.as_ref());
            if let Some(verdict) = verdict {
                let excess = verdict.excess().filter(|excess| excess.level >= least);
                if let Some(excess) = excess {
                    alert.clear();
                    format.append_excess(&mut alert, &verdict, &excess);
                    out.write_all(&alert)?;
                }
                if verdict.alert() {
                    alert.clear();
                    format.append(&mut alert, &verdict);
                    out.write_all(&alert)?;
                }
            }
            probe.written();
            Ok(())
        })?;
        out.flush()?;
        Ok(started.elapsed().as_secs_f64())
    }

    fn sink(&self) -> Result<Box<dyn Write>, Failure> {
        let Some(path) = self.output else {
            return Ok(Box::new(io::sink()));
        };
        match File::create(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => {
                let (path, why) = (path.display(), reason(&error));
                Err(Failure::Message(format!("cannot write `{path}`: {why}")))
            }
        }
    }
}
