//! Wazuh's test tool under its own name: `ln -s ossia wazuh-logtest`.
//!
//! For scripts that start the original and look at what it says: options, streams, texts and exit
//! statuses are those of `spec/wazuh.md` §14. The original is a client of the running daemon, and
//! all its text is logging, so it goes to standard error; here the ruleset is loaded by the program
//! itself, once.

mod options;
mod unit_test;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bstr::BString;
use jiff::tz::TimeZone;

use super::failure::Failure;
use crate::config;
use crate::dialect::Dialect;
use crate::engine::trace::{NoTrace, Steps};
use crate::engine::{Engine, Mode, Session, SessionOptions};
use crate::input::{Clock, DiskFiles, LineReader, Time, read_ruleset_file};
use crate::output::{EventData, Palette, Phases, RuleTrace, WazuhOutput};
use crate::ruleset;
use crate::test_protocol::{self, Reply, Request};
use options::{Options, Wish};
use unit_test::{Expected, FORMAT};

/// The name that makes the program this tool.
const NAME: &str = "wazuh-logtest";

/// How the tool was started.
pub(super) struct Call {
    program: OsString,
    arguments: Vec<OsString>,
}

impl Call {
    /// Asked for by the name of the program, or, in tests, of the first argument; `None`: this is
    /// a call of something else.
    pub(super) fn of(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let program = arguments.next()?;
        let mut arguments: Vec<_> = arguments.collect();
        if Path::new(&program).file_name() != Some(OsStr::new(NAME)) {
            if arguments.first().is_none_or(|first| first != NAME) {
                return None;
            }
            arguments.remove(0);
        }
        Some(Call { program, arguments })
    }
}

/// Runs the tool.
pub(super) fn main(call: Call) -> ExitCode {
    let mut err = BufWriter::new(io::stderr().lock());
    let status = run(call, &mut err).and_then(|status| {
        err.flush()?;
        Ok(status)
    });
    match status {
        Ok(status) => ExitCode::from(status),
        Err(error) => Failure::Output(error).report(),
    }
}

fn run(call: Call, err: &mut dyn Write) -> io::Result<u8> {
    let options = match options::read(call.arguments, err)? {
        Wish::Run(options) => options,
        Wish::End(status) => return Ok(status),
    };
    let expected = match options.unit_test.as_deref().map(Expected::parse) {
        Some(None) => {
            writeln!(err, "{FORMAT}")?;
            return Ok(1);
        }
        Some(expected) => expected,
        None => None,
    };
    let time = env::var("OSSIA_CLOCK").ok().filter(|text| !text.is_empty());
    let time = match time.map(|text| text.parse()).transpose() {
        Ok(time) => time.unwrap_or(Time::Wall),
        Err(error) => {
            writeln!(err, "OSSIA_CLOCK: {error}")?;
            return Ok(1);
        }
    };
    // Without a time zone the C library takes UTC without a word.
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    if !options.quiet {
        err.write_all(options::start().as_bytes())?;
    }
    let home = options.home(&call.program);
    let mut tool = Tool {
        server: Server::load(&options, &home),
        hostname: gethostname::gethostname().as_encoded_bytes().into(),
        clock: Clock::new(time, zone),
        expected,
        last: None,
        first: true,
        options,
        err,
    };
    tool.read(io::stdin().lock(), &mut io::stdout().lock())
}

/// What the daemon would be.
struct Server {
    /// Nothing: it does not load.
    session: Option<Session>,
    /// What it says about the load.
    messages: Vec<String>,
}

impl Server {
    fn load(options: &Options, home: &Path) -> Self {
        let path = options.configuration(home);
        let shown = path.to_string_lossy();
        let files = DiskFiles::new(home);
        let bytes = read_ruleset_file(&path).ok();
        let dialect = Some(Dialect::Wazuh414);
        let inputs = config::from_configuration(&files, &shown, bytes.as_deref(), dialect);
        let (ruleset, diagnostics) = ruleset::build(&inputs);
        let messages = test_protocol::load_messages(&diagnostics);
        let loads = !diagnostics.iter().any(|problem| problem.is_error());
        let session = loads.then(|| {
            let options = SessionOptions {
                hostname: gethostname::gethostname().as_encoded_bytes().into(),
                mode: Mode::TestTool,
            };
            Session::new(Arc::new(Engine::new(ruleset)), options)
        });
        Server { session, messages }
    }
}

/// One run over standard input.
struct Tool<'e> {
    server: Server,
    hostname: BString,
    clock: Clock,
    options: Options,
    expected: Option<Expected>,
    /// What came of the last event: rule, level, decoder.
    last: Option<[Vec<u8>; 3]>,
    /// No event has been answered yet.
    first: bool,
    err: &'e mut dyn Write,
}

impl Tool<'_> {
    /// Evaluates all lines and returns the exit status.
    fn read(&mut self, source: impl Read, out: &mut dyn Write) -> io::Result<u8> {
        let limit = Dialect::Wazuh414.line_limit();
        let mut lines = LineReader::new(source, limit);
        loop {
            // Both streams may be one terminal: they stay in order.
            self.err.flush()?;
            out.write_all(b"\n")?;
            out.flush()?;
            // Input that cannot be read is at its end.
            let Ok(Some(piece)) = lines.next() else {
                break;
            };
            if !piece.text().is_empty() {
                self.event(piece.text())?;
            }
        }
        let expected = self.expected.as_ref();
        Ok(expected.map_or(0, |expected| expected.status(self.last.as_ref())))
    }

    fn event(&mut self, line: &[u8]) -> io::Result<()> {
        let at = self.clock.now();
        let location = self.options.location.as_deref();
        let location = location.unwrap_or(OsStr::new("stdin")).as_encoded_bytes();
        // The original names its session by what the first reply said; here one session is all.
        let token = (!self.first).then(|| test_protocol::token(0));
        if self.options.debug {
            let request = Request {
                event: line,
                location,
                token: token.as_deref(),
                rules_debug: self.options.verbose,
            };
            let mut text = b"Request: ".to_vec();
            request.print(&mut text);
            text.push(b'\n');
            self.err.write_all(&text)?;
        }
        let Some(session) = &mut self.server.session else {
            return self.failed(&[]);
        };
        let engine = Arc::clone(session.engine());
        let mut steps = Steps::default();
        let result = if self.options.verbose {
            session.evaluate_traced(location, line, at, &mut steps)
        } else {
            session.evaluate_traced(location, line, at, &mut NoTrace)
        };
        let verdict = match result {
            Ok(verdict) => verdict,
            Err(rejection) => return self.failed(&[format!("ERROR: {rejection}")]),
        };
        let trace = RuleTrace::new(&engine, &steps, false);
        let trace = self.options.verbose.then_some(&trace);
        let messages = if self.first {
            self.server.messages.as_slice()
        } else {
            &[]
        };
        self.first = false;
        if self.options.debug {
            let mut data = EventData::new(&verdict, self.hostname.as_ref(), trace);
            data.messages = messages.to_vec();
            data.token = Some(test_protocol::token(0));
            let mut text = b"Reply: ".to_vec();
            Reply::Event(data).print(&mut text);
            text.push(b'\n');
            self.err.write_all(&text)?;
        }
        if !self.options.quiet {
            let mut warnings = messages
                .iter()
                .filter(|message| message.starts_with("WARNING"))
                .peekable();
            if warnings.peek().is_some() {
                for warning in warnings {
                    writeln!(self.err, "** Wazuh-Logtest: {warning}")?;
                }
                writeln!(self.err)?;
            }
            let hostname = self.hostname.clone();
            Phases::new(Dialect::Wazuh414, hostname, Palette::plain())
                .write(self.err, &verdict, trace)?;
        }
        if let Some(expected) = &self.expected {
            let output = WazuhOutput::new(&verdict, self.hostname.as_ref());
            let result = output.unit_test_parts().map(|part| part.into_owned());
            if !self.options.quiet {
                self.err.write_all(&expected.report(&result))?;
            }
            self.last = Some(result);
        }
        Ok(())
    }

    /// The server cannot answer: it says why.
    fn failed(&mut self, messages: &[String]) -> io::Result<()> {
        writeln!(self.err, "** Wazuh-logtest error -1: ")?;
        for message in self.server.messages.iter().chain(messages) {
            writeln!(self.err, "\t{message}")?;
        }
        self.last = None;
        Ok(())
    }
}
