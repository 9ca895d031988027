//! Verdicts of the built-in ruleset for lines of standard input, as tab-separated columns.
//!
//! ```sh
//! cargo run --example verdicts < /var/log/auth.log
//! ```

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ossia::{Engine, Moment, Ruleset, Session, SessionOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Arc::new(Engine::new(Ruleset::embedded()?));
    let mut session = Session::new(engine, SessionOptions::default());
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        // The core reads no clock: whoever has one says when an event arrived.
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let at = Moment {
            seconds: now.as_secs().try_into()?,
            utc_offset: 0,
        };
        let line = line?;
        match session.evaluate(b"stdin", &line, at) {
            Ok(verdict) => match verdict.rule() {
                Some(rule) => writeln!(out, "{}\t{}\t{}", rule.sid.0, rule.level, verdict.log())?,
                None => writeln!(out, "-\t-\t{}", verdict.log())?,
            },
            Err(rejection) => writeln!(out, "{rejection:?}")?,
        }
    }
    out.flush()?;
    Ok(())
}
