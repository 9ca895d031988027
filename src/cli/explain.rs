//! `ossia explain`: why a line has its verdict, and why not another one.

mod text;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueHint};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::failure::{print_warning, reason};
use super::format::ReportFormat;
use super::session_args::{self, SessionArgs, Shows};
use super::{Failure, RulesetArgs, color, load, rule};
use crate::engine::{Engine, Moment, Session};
use crate::explain::{self, Answer, Detail, Explanation, Subject};
use crate::input::{Clock, LineReader, Time};
use crate::ruleset::rule::Sid;

const EXAMPLES: &str = "\
Examples:
  ossia explain 'Jan 12 13:22:01 web1 sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2'
  ossia explain --rule 5712 'Jan 12 13:22:01 web1 sshd[1]: Failed password …'
                                          why that rule is not the result
  ossia explain --rule 5712 --repeat 8 --every 10 '…'
                                          the line eight times, ten seconds apart: the last one
  ossia explain --history before.log '…'  these lines come before
  tail -20 /var/log/auth.log | ossia explain
                                          the last line; the others come before it
  ossia explain --all '…'                 with all decoders and rules that the original would try
  ossia explain --format json '…' | jq '.rules[] | select(.outcome == \"matched\").id'

Exit status: 0 if the line was explained (with --rule: that rule is the result), 1 if the rule is
not the result, or the ruleset or the input cannot be used, 2 for mistakes on the command line.";

/// Say why a line has its verdict, and why another rule is not the result
///
/// The line is evaluated, and the engine's own trace is shown: the decoders and rules that were
/// tried, each condition with the value that it saw, and for a pattern how far it got. Lines before
/// the last one belong to the same session, so composite rules count them.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia explain --help")]
pub(crate) struct ExplainArgs {
    /// The log line. Of several the last one is explained, the others come before it. Without one,
    /// lines are read from standard input
    #[arg(value_name = "LINE")]
    lines: Vec<OsString>,
    /// Say why this rule is not the result
    #[arg(long, value_name = "ID")]
    rule: Option<u32>,
    /// Show all decoders and rules that the original would try, not only those that the index of
    /// the engine leaves
    #[arg(short, long)]
    all: bool,
    /// Read lines that come before, from this file; `-` is standard input. May be given several
    /// times
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    history: Vec<PathBuf>,
    /// The line comes so many times; the last time is explained
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    repeat: u32,
    /// So many seconds apart
    #[arg(long, value_name = "SECONDS", default_value_t = 1, requires = "repeat")]
    every: u32,
    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    /// Where the lines come from
    #[arg(long, value_name = "TEXT", default_value = "stdin")]
    location: OsString,
    /// When the lines arrive: `wall`; `log`: when the time stamp of the line says; or seconds since
    /// 1970
    #[arg(
        long,
        value_name = "TIME",
        allow_negative_numbers = true,
        default_value = "wall"
    )]
    clock: Time,
    /// Time zone of conditions on time and weekday: `Europe/Berlin`, `UTC` [default: $TZ or that of
    /// the system]
    #[arg(long, value_name = "NAME", value_parser = session_args::time_zone)]
    tz: Option<TimeZone>,
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    explanation: &'a Explanation,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'a Answer>,
}

/// Runs the command; exit code 1 if the rule that was asked for is not the result.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let loaded = load::load(&args.ruleset)?;
    loaded.report(false)?;
    let sources = loaded.inputs.sources;
    if let Some(id) = args.rule
        && loaded
            .ruleset
            .rules
            .rules
            .iter()
            .all(|rule| rule.sid != Sid(id))
    {
        rule::unknown(&loaded.ruleset, id);
        return Ok(ExitCode::FAILURE);
    }
    let engine = Arc::new(Engine::new(loaded.ruleset));
    let session = args
        .session
        .begin(engine, &loaded.inputs.stored, Shows::TestTool)?;
    let zone = session_args::zone_or_local(args.tz.as_ref());
    let mut feed = Feed {
        session,
        clock: Clock::new(args.clock, zone),
        location: args.location.as_encoded_bytes(),
        last: None,
    };
    feed.read_all(args)?;
    feed.repeat(args.repeat, args.every);
    let Feed {
        mut session, last, ..
    } = feed;
    let Some((line, at)) = last else {
        return Err(Failure::Message(
            "there is no line to explain: give one as an argument or on standard input".to_owned(),
        ));
    };
    let subject = Subject {
        location: args.location.as_encoded_bytes(),
        line: &line,
        at,
    };
    let rejected =
        |rejection| Failure::Message(format!("the line never gets to the rules: {rejection}"));
    let (explanation, answer) = match args.rule {
        Some(id) => explain::why_not(&sources, &mut session, subject, Sid(id))
            .map_err(rejected)?
            .map(|(explanation, answer)| (explanation, Some(answer)))
            .ok_or(Failure::Reported)?,
        None => {
            let detail = match args.all {
                true => Detail::Everything,
                false => Detail::Candidates,
            };
            let explained = explain::explain(&sources, &mut session, subject, detail);
            (explained.map_err(rejected)?, None)
        }
    };
    args.session.end(&session)?;
    let mut out = anstream::stdout().lock();
    match args.format {
        ReportFormat::Text => {
            let palette = color::of_output();
            match &answer {
                Some(answer) => text::answer(&mut out, palette, &explanation, answer)?,
                None => text::explanation(&mut out, palette, &explanation)?,
            }
        }
        ReportFormat::Json => {
            let json = Json {
                explanation: &explanation,
                question: answer.as_ref(),
            };
            serde_json::to_writer(&mut out, &json).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(match answer {
        Some(answer) if !answer.wins => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// Lines on their way into the session. The last one waits: it may be the one to explain.
struct Feed<'a> {
    session: Session,
    clock: Clock,
    location: &'a [u8],
    last: Option<(Vec<u8>, Moment)>,
}

impl Feed<'_> {
    fn read_all(&mut self, args: &ExplainArgs) -> Result<(), Failure> {
        for path in &args.history {
            self.read_file(path)?;
        }
        for line in &args.lines {
            self.read(Path::new("LINE"), line.as_encoded_bytes())?;
        }
        if args.lines.is_empty() && !args.history.iter().any(|path| path.as_os_str() == "-") {
            self.read_file(Path::new("-"))?;
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Failure> {
        if session_args::is_standard_input(path.as_os_str()) {
            return self.read(path, io::stdin().lock());
        }
        match File::open(path) {
            Ok(file) => {
                self.clock.begin(session_args::written(&file));
                self.read(path, file)
            }
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// Lines as the test tool reads them: pieces of limited length.
    fn read(&mut self, path: &Path, source: impl Read) -> Result<(), Failure> {
        let dialect = self.session.engine().ruleset().dialect;
        let mut lines = LineReader::new(source, dialect.line_limit());
        loop {
            let piece = match lines.next() {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(()),
                Err(error) => return Err(unreadable(path, &error)),
            };
            if piece.unfinished && !piece.continues {
                print_warning(format_args!(
                    "a line is longer than {} bytes: as in the original, each piece is an event",
                    dialect.line_limit()
                ));
            }
            let text = piece.text();
            if text.len() < dialect.shortest_line() {
                continue;
            }
            let at = if piece.continues {
                self.clock.now()
            } else {
                self.clock.of_line(text)
            };
            let text = text.to_vec();
            self.pass_on();
            self.last = Some((text, at));
        }
    }

    /// The line that waited was not the last one.
    fn pass_on(&mut self) {
        if let Some((line, at)) = self.last.take() {
            // What is rejected or dropped leaves nothing behind, as in the original.
            let _ = self.session.evaluate(self.location, &line, at);
        }
    }

    fn repeat(&mut self, times: u32, every: u32) {
        let Some((line, first)) = self.last.take() else {
            return;
        };
        let mut at = first;
        for _ in 1..times {
            let _ = self.session.evaluate(self.location, &line, at);
            at.seconds = at.seconds.saturating_add(every.into());
        }
        self.last = Some((line, at));
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Message(format!(
        "cannot read `{}`: {}",
        path.display(),
        reason(error)
    ))
}
