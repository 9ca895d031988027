//! Events and bytes a second on one core.
//!
//! What it shows: for two rulesets and two streams of lines the cost of phases 1 and 2 (`decode`)
//! and of all three (`evaluate`), next to a pass that only splits the same bytes into lines
//! (`split_lines`), and, before the timings, how many rules and decoders are tried per line: these
//! counts are the same on every machine. Also how long the rulesets take to load (`load`), and what
//! it takes to write down and restore a session with full memories (`snapshot`, `restore`).
//!
//! What it does not show: reading files and writing output, which `ossia bench` does; lines that fire
//! composite rules all the time; rulesets full of back-tracking patterns. What more rules cost is in
//! `scaling.rs`.
//!
//! The rulesets are OSSEC 4.3 and Wazuh 4.14 and the streams those of `support`, where `../shared`
//! is; elsewhere the embedded ruleset over the examples of its documentation. `OSSIA_BENCH_LINES`
//! names a file with other lines, `OSSIA_BENCH_ROOT` the installation directory of another ruleset.

mod support;

use std::fmt;
use std::sync::{Arc, LazyLock};

use divan::counter::{BytesCount, ItemsCount};
use ossia::engine::{Engine, Moment, Session, SessionOptions};

use support::{Counts, Stream, moment, session};

fn main() {
    for case in cases() {
        let mut session = session(&case.engine);
        let counts = Counts::of(&mut session, case.stream.lines());
        println!("{case}: {counts}");
    }
    divan::main();
}

/// A ruleset and a stream.
struct Case {
    ruleset: &'static str,
    engine: Arc<Engine>,
    stream: &'static Stream,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.ruleset, self.stream.name)
    }
}

/// All rulesets with all streams.
fn cases() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let setups = support::setups().iter();
        let of_setup = |setup: &support::Setup| {
            let (ruleset, engine) = (setup.name, Arc::new(support::engine(&setup.inputs())));
            support::streams().iter().map(move |stream| Case {
                ruleset,
                engine: Arc::clone(&engine),
                stream,
            })
        };
        setups.flat_map(of_setup).collect()
    });
    &CASES
}

fn stream_names() -> impl Iterator<Item = &'static str> {
    support::streams().iter().map(|stream| stream.name)
}

fn setup_names() -> impl Iterator<Item = &'static str> {
    support::setups().iter().map(|setup| setup.name)
}

#[divan::bench(args = stream_names(), sample_count = 5, sample_size = 1)]
fn split_lines(bencher: divan::Bencher, name: &str) {
    let mut streams = support::streams().iter();
    let stream = streams.find(|stream| stream.name == name);
    let stream = stream.expect("the names are those of the streams");
    counted(bencher, stream).bench(|| {
        let lines = stream.text.split(|&byte| byte == b'\n');
        lines.map(<[u8]>::len).max()
    });
}

#[divan::bench(args = setup_names(), sample_count = 5, sample_size = 1)]
fn load(bencher: divan::Bencher, name: &str) {
    let mut setups = support::setups().iter();
    let setup = setups.find(|setup| setup.name == name);
    let setup = setup.expect("the names are those of the rulesets");
    bencher.bench(|| support::engine(&setup.inputs()));
}

fn counted<'a, 'b>(bencher: divan::Bencher<'a, 'b>, stream: &Stream) -> divan::Bencher<'a, 'b> {
    bencher
        .counter(BytesCount::new(stream.text.len()))
        .counter(ItemsCount::new(stream.lines().len()))
}

/// A fresh session for each sample, and every line through it.
fn through_a_session(
    bencher: divan::Bencher,
    case: &Case,
    step: impl Fn(&mut Session, &[u8], Moment) + Sync,
) {
    counted(bencher, case.stream)
        .with_inputs(|| session(&case.engine))
        .bench_values(|mut session| {
            for (index, line) in case.stream.lines().enumerate() {
                step(&mut session, line, moment(index));
            }
            session
        });
}

#[divan::bench(args = cases(), sample_count = 5, sample_size = 1)]
fn decode(bencher: divan::Bencher, case: &Case) {
    through_a_session(bencher, case, |session, line, at| {
        let _ = divan::black_box(session.decode(b"stdin", line, at));
    });
}

#[divan::bench(args = cases(), sample_count = 5, sample_size = 1)]
fn evaluate(bencher: divan::Bencher, case: &Case) {
    through_a_session(bencher, case, |session, line, at| {
        let _ = divan::black_box(session.evaluate(b"stdin", line, at));
    });
}

/// A session after all lines: its memories are as full as they get.
fn full_session(case: &Case) -> Session {
    let mut session = session(&case.engine);
    for (index, line) in case.stream.lines().enumerate() {
        let _ = session.evaluate(b"stdin", line, moment(index));
    }
    session
}

#[divan::bench(args = cases(), sample_count = 20, sample_size = 1)]
fn snapshot(bencher: divan::Bencher, case: &Case) {
    let session = full_session(case);
    bencher
        .counter(BytesCount::new(session.snapshot().len()))
        .bench(|| session.snapshot());
}

#[divan::bench(args = cases(), sample_count = 20, sample_size = 1)]
fn restore(bencher: divan::Bencher, case: &Case) {
    let bytes = full_session(case).snapshot();
    let engine = &case.engine;
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| Session::restore(Arc::clone(engine), SessionOptions::default(), &bytes));
}
