//! What more rules cost: events a second with a ruleset, with three and with ten times its rules.
//!
//! The rules are disjoint copies, see `support/copies.rs`, of two kinds: copies that match the same
//! events, and copies with decoders of their own that never match. What is measured is
//! `Session::evaluate` on one core, as in `engine.rs`. The last column is what an event costs in
//! comparison with the ruleset alone; runs of all sizes take turns, so that what else the machine
//! does meets them alike. The counts beside it are the same on every machine.
//!
//! What it does not show: rulesets whose additional rules are tried and fail late. The memory of
//! ten times the rules also costs cache misses that no count shows.
//!
//! With a first argument that is a number, so many lines of each stream (50,000).

#[path = "support/copies.rs"]
mod copies;
mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use ossia::engine::Engine;

use copies::Copies;
use support::{Counts, Setup, Stream, moment, session};

/// How many times the rules.
const SIZES: [usize; 3] = [1, 3, 10];
const RUNS: usize = 5;
const LINES: usize = 50_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let lines = arguments.find_map(|argument| argument.parse().ok());
    let lines = lines.unwrap_or(LINES);
    // The largest ruleset is of interest: the last of them.
    let Some(setup) = support::setups().last() else {
        return;
    };
    for kind in [Copies::Matching, Copies::Silent] {
        let engines = SIZES.map(|size| sized(setup, size, kind));
        for stream in support::streams() {
            println!("\n{}, {kind:?} copies, {} lines", setup.name, stream.name);
            measure(&engines, stream, lines);
        }
    }
}

/// The ruleset and its copies.
fn sized(setup: &Setup, size: usize, kind: Copies) -> Arc<Engine> {
    let mut inputs = setup.inputs();
    let files = copies::files(&inputs, size - 1, kind);
    ossia::config::add_files(&mut inputs, files);
    let started = Instant::now();
    let engine = support::engine(&inputs);
    let ruleset = engine.ruleset();
    println!(
        "{} x{size}, {kind:?}: {} decoders, {} rules, {} ms to build",
        setup.name,
        ruleset.decoders.decoders.len(),
        ruleset.rules.rules.len(),
        started.elapsed().as_millis(),
    );
    Arc::new(engine)
}

fn measure(engines: &[Arc<Engine>], stream: &Stream, lines: usize) {
    let mut seconds = vec![Vec::new(); engines.len()];
    for _ in 0..RUNS {
        for (engine, seconds) in engines.iter().zip(&mut seconds) {
            let mut session = session(engine);
            let started = Instant::now();
            for (index, line) in stream.lines().take(lines).enumerate() {
                let _ = black_box(session.evaluate(b"stdin", line, moment(index)));
            }
            seconds.push(started.elapsed().as_secs_f64());
        }
    }
    let count = stream.lines().take(lines).count();
    let mut alone = None;
    for ((engine, mut seconds), size) in engines.iter().zip(seconds).zip(SIZES) {
        seconds.sort_by(f64::total_cmp);
        let median = seconds[seconds.len() / 2].max(f64::MIN_POSITIVE);
        let alone = *alone.get_or_insert(median);
        let counts = Counts::of(&mut session(engine), stream.lines().take(lines));
        println!(
            "x{size:<3} {:>10.0} events/s  {:>6.2} times the cost  {counts}",
            count as f64 / median,
            median / alone,
        );
    }
}
