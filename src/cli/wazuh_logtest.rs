//! Wazuh's test tool under its own name: `ln -s ossia wazuh-logtest`.
//!
//! For scripts that start the original and look at what it says: options, streams, texts and exit
//! statuses are those of `spec/wazuh.md` §14. The original is a client of the running daemon, and
//! all its text is logging, so it goes to standard error; here the ruleset is loaded by the program
//! itself, once.

mod options;
mod unit_test;

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use bstr::BString;
use jiff::tz::TimeZone;

use super::called_as::Call;
use super::failure::reason;
use crate::config;
use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::input::{Clock, DiskFiles, LineReader, Time, read_ruleset_file};
use crate::output::{Palette, WazuhPhases};
use crate::ruleset;
use crate::test_protocol::{self, Reply, Request, TestServer};
use options::{Options, Wish};
use unit_test::{Expected, FORMAT};

/// The name that makes the program this tool.
pub(super) const NAME: &str = "wazuh-logtest";

/// Runs the tool and returns its exit status.
///
/// # Errors
/// Standard error cannot be written.
pub(super) fn run(call: Call, err: &mut dyn Write) -> io::Result<u8> {
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
        server: server(&options, &home),
        // The replies hold the name of this machine already.
        phases: WazuhPhases::new(BString::default(), Palette::plain()),
        clock: Clock::new(time, zone),
        expected,
        last: None,
        token: None,
        options,
        err,
    };
    tool.read(io::stdin().lock(), &mut io::stdout().lock())
}

/// What the daemon would be.
fn server(options: &Options, home: &Path) -> TestServer {
    let path = options.configuration(home);
    let shown = path.to_string_lossy();
    let files = DiskFiles::new(home);
    let bytes = read_ruleset_file(&path).ok();
    let dialect = Some(Dialect::Wazuh414);
    let inputs = config::from_configuration(&files, &shown, bytes.as_deref(), dialect);
    let (ruleset, diagnostics) = ruleset::build(&inputs);
    let messages = test_protocol::load_messages(&diagnostics);
    let loads = !diagnostics.iter().any(|problem| problem.is_error());
    let engine = loads.then(|| Arc::new(Engine::new(ruleset)));
    let hostname = gethostname::gethostname();
    TestServer::new(engine, messages, hostname.as_encoded_bytes().into(), 0)
}

/// One run over standard input.
struct Tool<'e> {
    server: TestServer,
    phases: WazuhPhases,
    clock: Clock,
    options: Options,
    expected: Option<Expected>,
    /// What came of the last event: rule, level, decoder.
    last: Option<[Vec<u8>; 3]>,
    /// The session, as the first reply named it.
    token: Option<String>,
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
            match lines.next() {
                Ok(Some(piece)) if piece.text().is_empty() => {}
                Ok(Some(piece)) => self.event(piece.text())?,
                Ok(None) => break,
                Err(error) => {
                    let why = reason(&error);
                    writeln!(
                        self.err,
                        "wazuh-logtest: error: cannot read the input: {why}"
                    )?;
                    return Ok(1);
                }
            }
        }
        let expected = self.expected.as_ref();
        Ok(expected.map_or(0, |expected| expected.status(self.last.as_ref())))
    }

    fn event(&mut self, line: &[u8]) -> io::Result<()> {
        let location = self.options.location.as_deref();
        let request = Request {
            event: line,
            location: location.map_or(b"stdin", OsStr::as_encoded_bytes),
            token: self.token.as_deref(),
            rules_debug: self.options.verbose,
        };
        let show = |err: &mut dyn Write, name: &str, print: &dyn Fn(&mut Vec<u8>)| {
            let mut text = name.as_bytes().to_vec();
            print(&mut text);
            text.push(b'\n');
            err.write_all(&text)
        };
        if self.options.debug {
            show(self.err, "Request: ", &|out| request.print(out))?;
        }
        let reply = self.server.evaluate(request, self.clock.now());
        if self.options.debug {
            show(self.err, "Reply: ", &|out| reply.print(out))?;
        }
        let data = match reply {
            Reply::Event(data) => data,
            Reply::Failed(messages) | Reply::Removed(messages) => {
                self.last = None;
                return failed(self.err, -1, &messages);
            }
            Reply::Refused(refusal, message) => {
                self.last = None;
                return failed(self.err, refusal as i8, &[message]);
            }
        };
        if !self.options.quiet {
            warnings(self.err, &data.messages)?;
            if let (Some(_), Some(new)) = (&self.token, &data.token)
                && self.token != data.token
            {
                writeln!(self.err, "New session was created with token \"{new}\"")?;
            }
            self.phases.write_data(self.err, &data)?;
        }
        if let Some(expected) = &self.expected {
            let parts = data.output().unit_test_parts();
            let result = parts.map(|part| part.into_owned());
            if !self.options.quiet {
                self.err.write_all(&expected.report(&result))?;
            }
            self.last = Some(result);
        }
        self.token = data.token;
        Ok(())
    }
}

/// The warnings among the messages, with an empty line behind them.
fn warnings(err: &mut dyn Write, messages: &[String]) -> io::Result<()> {
    let is_warning = |message: &&String| message.starts_with("WARNING");
    for message in messages.iter().filter(is_warning) {
        writeln!(err, "** Wazuh-Logtest: {message}")?;
    }
    if messages.iter().any(|message| is_warning(&message)) {
        writeln!(err)?;
    }
    Ok(())
}

/// The server cannot answer: it says why.
fn failed(err: &mut dyn Write, code: i8, messages: &[String]) -> io::Result<()> {
    writeln!(err, "** Wazuh-logtest error {code}: ")?;
    for message in messages {
        writeln!(err, "\t{message}")?;
    }
    Ok(())
}
