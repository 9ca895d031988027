//! Events and bytes a second on one core.
//!
//! What it shows: the cost of phases 1 and 2 (`decode`) and of all three (`evaluate`) on everyday
//! log lines with a large ruleset, next to a pass that only splits the same bytes into lines
//! (`split_lines`), and, before the timings, how many rules and decoders are tried per line: these
//! counts are the same on every machine.
//! Also what it takes to write down and restore a session with full memories (`snapshot`,
//! `restore`).
//!
//! What it does not show: reading files, writing output, loading; lines that fire composite rules
//! all the time; rulesets full of back-tracking patterns.
//!
//! The lines come from the file that `OSSIA_BENCH_LINES` names, the ruleset from the installation
//! directory that `OSSIA_BENCH_ROOT` names. Without them: `../shared/bench/make_stream.py 200000`
//! and the OSSEC 4.3 ruleset beside it, or, where these are not there, the embedded ruleset over
//! the example lines of its documentation.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use divan::counter::{BytesCount, ItemsCount};
use ossia::config;
use ossia::engine::trace::Trace;
use ossia::engine::{Engine, Moment, Session, SessionOptions};
use ossia::input::DiskFiles;
use ossia::ruleset::decoder::DecoderId;
use ossia::ruleset::rule::RuleId;

fn main() {
    let lines = lines();
    println!(
        "{} lines, {} bytes; {}",
        lines.len(),
        bytes(lines),
        SETUP.what
    );
    print_counts(lines);
    divan::main();
}

struct Setup {
    engine: Arc<Engine>,
    text: Vec<u8>,
    what: String,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let root = std::env::var_os("OSSIA_BENCH_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(shared.join("rulesets/ossec-4.3")).filter(|path| path.exists()));
    let inputs = match &root {
        Some(root) => {
            config::from_configuration(&DiskFiles::new(root), "etc/ossec.conf", None, None)
        }
        None => config::from_files(config::embedded::files(), None),
    };
    let (ruleset, problems) = ossia::ruleset::build(&inputs);
    assert!(
        !problems.iter().any(|problem| problem.is_error()),
        "the ruleset does not load"
    );
    let what = format!("{} rules", ruleset.rules.rules.len());
    let stream = shared.join("bench/make_stream.py");
    let text = if let Some(path) = std::env::var_os("OSSIA_BENCH_LINES") {
        std::fs::read(path).expect("OSSIA_BENCH_LINES names a file")
    } else if stream.exists() {
        let output = Command::new("python3").arg(stream).arg("200000").output();
        output.expect("python3 runs").stdout
    } else {
        let pages = config::embedded::pages().iter().map(|(_, text)| *text);
        pages.collect::<String>().into_bytes()
    };
    Setup {
        engine: Arc::new(Engine::new(ruleset)),
        text,
        what,
    }
});

fn lines() -> &'static [&'static [u8]] {
    static LINES: LazyLock<Vec<&'static [u8]>> = LazyLock::new(|| {
        SETUP
            .text
            .split(|&byte| byte == b'\n')
            .filter(|line| line.len() > 1)
            .collect()
    });
    &LINES
}

fn bytes(lines: &[&[u8]]) -> usize {
    lines.iter().map(|line| line.len() + 1).sum()
}

fn session() -> Session {
    Session::new(Arc::clone(&SETUP.engine), SessionOptions::default())
}

/// The clock goes on by one second every hundred lines.
fn moment(line: usize) -> Moment {
    Moment {
        seconds: 1_700_000_000 + line as i64 / 100,
        utc_offset: 0,
    }
}

#[derive(Default)]
struct Counts {
    decoders: u64,
    regexes: u64,
    rules: u64,
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

fn print_counts(lines: &[&[u8]]) {
    let mut counts = Counts::default();
    let mut session = session();
    let mut alerts = 0;
    for (index, line) in lines.iter().enumerate() {
        if let Ok(verdict) = session.evaluate_traced(b"stdin", line, moment(index), &mut counts) {
            alerts += u64::from(verdict.alert());
        }
    }
    let per_line = |count: u64| count as f64 / lines.len().max(1) as f64;
    println!(
        "per line: {:.1} prematches, {:.1} decoder regexes, {:.1} rules tried; {alerts} alerts",
        per_line(counts.decoders),
        per_line(counts.regexes),
        per_line(counts.rules),
    );
    println!("a snapshot at the end: {} bytes", session.snapshot().len());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn split_lines(bencher: divan::Bencher) {
    let lines = lines();
    bencher
        .counter(BytesCount::new(bytes(lines)))
        .counter(ItemsCount::new(lines.len()))
        .bench(|| {
            SETUP
                .text
                .split(|&byte| byte == b'\n')
                .map(<[u8]>::len)
                .max()
        });
}

/// A fresh session for each sample, and every line through it.
fn through_a_session(bencher: divan::Bencher, step: impl Fn(&mut Session, &[u8], Moment) + Sync) {
    let lines = lines();
    bencher
        .counter(BytesCount::new(bytes(lines)))
        .counter(ItemsCount::new(lines.len()))
        .with_inputs(session)
        .bench_values(|mut session| {
            for (index, line) in lines.iter().enumerate() {
                step(&mut session, line, moment(index));
            }
            session
        });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn decode(bencher: divan::Bencher) {
    through_a_session(bencher, |session, line, at| {
        let _ = divan::black_box(session.decode(b"stdin", line, at));
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn evaluate(bencher: divan::Bencher) {
    through_a_session(bencher, |session, line, at| {
        let _ = divan::black_box(session.evaluate(b"stdin", line, at));
    });
}

/// A session after all lines: its memories are as full as they get.
fn full_session() -> Session {
    let mut session = session();
    for (index, line) in lines().iter().enumerate() {
        let _ = session.evaluate(b"stdin", line, moment(index));
    }
    session
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn snapshot(bencher: divan::Bencher) {
    let session = full_session();
    bencher
        .counter(BytesCount::new(session.snapshot().len()))
        .bench(|| session.snapshot());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn restore(bencher: divan::Bencher) {
    let bytes = full_session().snapshot();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| Session::restore(Arc::clone(&SETUP.engine), SessionOptions::default(), &bytes));
}
