//! What the benchmarks share: rulesets, streams of lines, counts.
//!
//! With `../shared` beside the checkout there are two streams: *everyday*, 200,000 lines that
//! `make_stream.py` makes, and *mixed*, all distinct lines of the recorded results, shuffled and
//! repeated to 200,000. Both are left in the temporary directory of the build, so `ossia bench` can
//! measure the same lines.

mod mixed;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use ossia::config::{self, Inputs};
use ossia::engine::trace::Trace;
use ossia::engine::{Engine, Moment, Session, SessionOptions};
use ossia::input::DiskFiles;
use ossia::ruleset::decoder::DecoderId;
use ossia::ruleset::rule::RuleId;

/// Lines of a stream.
pub const LINES: usize = 200_000;

/// Log lines in memory.
pub struct Stream {
    pub name: &'static str,
    /// All lines with their line ends.
    pub text: Vec<u8>,
    /// Where each line is.
    lines: Vec<std::ops::Range<usize>>,
}

impl Stream {
    fn new(name: &'static str, text: Vec<u8>) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split(|&byte| byte == b'\n') {
            if line.len() > 1 {
                lines.push(start..start + line.len());
            }
            start += line.len() + 1;
        }
        Stream { name, text, lines }
    }

    /// The lines without their line ends; those that are no event are left out.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.lines.iter().map(|range| &self.text[range.clone()])
    }
}

/// The streams that there are: without `../shared` the examples of the embedded rules' pages.
/// `OSSIA_BENCH_LINES` names a file to use in their place.
pub fn streams() -> &'static [Stream] {
    static STREAMS: OnceLock<Vec<Stream>> = OnceLock::new();
    STREAMS.get_or_init(|| {
        if let Some(path) = std::env::var_os("OSSIA_BENCH_LINES") {
            let text = std::fs::read(path).expect("OSSIA_BENCH_LINES names a file");
            return vec![Stream::new("lines", text)];
        }
        let script = shared("bench/make_stream.py");
        if !script.exists() {
            let pages = config::embedded::pages().iter().map(|(_, text)| *text);
            return vec![Stream::new("examples", pages.collect::<String>().into())];
        }
        let mut python = Command::new("python3");
        let output = python.arg(script).arg(LINES.to_string()).output();
        let everyday = output.expect("python3 runs").stdout;
        let mixed = mixed::lines(&shared("oracle"), LINES);
        let streams = vec![
            Stream::new("everyday", everyday),
            Stream::new("mixed", mixed),
        ];
        for stream in &streams {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
            let path = folder.join(stream.name).with_extension("log");
            std::fs::write(&path, &stream.text).expect("the directory of the build is there");
            println!(
                "{}: {} lines, {} bytes, {}",
                stream.name,
                stream.lines.len(),
                stream.text.len(),
                path.display()
            );
        }
        streams
    })
}

/// What lies beside the checkout.
pub fn shared(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../shared").join(path)
}

/// A ruleset.
pub struct Setup {
    pub name: &'static str,
    /// Its installation directory; `None`: the embedded one.
    root: Option<PathBuf>,
}

/// The rulesets that there are: without `../shared` the embedded one. `OSSIA_BENCH_ROOT` names an
/// installation directory to use in their place.
pub fn setups() -> &'static [Setup] {
    static SETUPS: OnceLock<Vec<Setup>> = OnceLock::new();
    SETUPS.get_or_init(|| {
        let setup = |name, root| Setup { name, root };
        if let Some(root) = std::env::var_os("OSSIA_BENCH_ROOT") {
            return vec![setup("ruleset", Some(root.into()))];
        }
        let stock = ["ossec-4.3", "wazuh-4.14"].into_iter();
        let stock = stock.map(|name| (name, shared("rulesets").join(name)));
        let mut setups: Vec<Setup> = stock
            .filter(|(_, root)| root.exists())
            .map(|(name, root)| setup(name, Some(root)))
            .collect();
        if setups.is_empty() {
            setups.push(setup("embedded", None));
        }
        setups
    })
}

impl Setup {
    /// The files of the ruleset.
    pub fn inputs(&self) -> Inputs {
        match &self.root {
            Some(root) => {
                config::from_configuration(&DiskFiles::new(root), "etc/ossec.conf", None, None)
            }
            None => config::from_files(config::embedded::files(), None),
        }
    }
}

/// Compiles a ruleset that has no errors.
pub fn engine(inputs: &Inputs) -> Engine {
    let (ruleset, problems) = ossia::ruleset::build(inputs);
    let error = problems.iter().find(|problem| problem.is_error());
    assert!(error.is_none(), "the ruleset does not load: {error:?}");
    Engine::new(ruleset)
}

/// A session of the test tool.
pub fn session(engine: &Arc<Engine>) -> Session {
    Session::new(Arc::clone(engine), SessionOptions::default())
}

/// The clock goes on by one second every hundred lines.
pub fn moment(line: usize) -> Moment {
    Moment {
        seconds: 1_700_000_000 + line as i64 / 100,
        utc_offset: 0,
    }
}

/// What was tried: the same on every machine.
#[derive(Default)]
pub struct Counts {
    events: u64,
    decoders: u64,
    regexes: u64,
    rules: u64,
    alerts: u64,
}

impl Trace for Counts {
    fn decoder(&mut self, _: DecoderId, _: bool) {
        self.decoders += 1;
    }

    fn decoder_regex(&mut self, _: DecoderId, _: bool) {
        self.regexes += 1;
    }

    fn rule(&mut self, _: RuleId) {
        self.rules += 1;
    }
}

impl Counts {
    /// Takes lines through a session.
    pub fn of<'a>(session: &mut Session, lines: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut counts = Counts::default();
        for (index, line) in lines.enumerate() {
            counts.events += 1;
            let verdict = session.evaluate_traced(b"stdin", line, moment(index), &mut counts);
            let alerts = verdict.is_ok_and(|verdict| verdict.alert());
            counts.alerts += u64::from(alerts);
        }
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_line = |count: u64| count as f64 / self.events.max(1) as f64;
        write!(
            f,
            "per line {:.2} prematches, {:.2} decoder regexes, {:.2} rules tried; {} alerts",
            per_line(self.decoders),
            per_line(self.regexes),
            per_line(self.rules),
            self.alerts,
        )
    }
}
