//! Runs cases on several threads; the results are in the order of the cases.

use std::io::{self, IsTerminal};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::plan::Plan;
use super::{Finished, Format, TestArgs};
use crate::suite::{Coverage, Runner, Status};

/// What a thread did: results by position, and coverage by ruleset.
type Share = (Vec<(usize, Finished)>, Vec<Coverage>);

/// Runs all cases of a plan, or those before and about the first failure.
pub(super) fn run(args: &TestArgs, plan: &Plan) -> (Vec<Option<Finished>>, Vec<Coverage>) {
    let total = plan.selected.len();
    let bar = bar(args, total);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let work = || -> Share {
        let mut runners: Vec<Option<Runner>> = plan.suites.iter().map(|_| None).collect();
        let mut finished = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= total {
                break;
            }
            let (suite_index, _) = plan.selected[index];
            let (suite, case) = plan.case(index);
            let runner = runners[suite_index].get_or_insert_with(|| {
                let engine = Arc::clone(&plan.rulesets[suite.ruleset].engine);
                Runner::new(engine, suite.options.clone())
            });
            let started = Instant::now();
            let result = runner.run(case);
            let took = started.elapsed();
            if args.fail_fast && result.status == Status::Failed {
                stop.store(true, Ordering::Relaxed);
            }
            finished.push((index, Finished { result, took }));
            bar.inc(1);
        }
        let mut coverage = nothing(plan);
        for (suite, runner) in plan.suites.iter().zip(&runners) {
            if let Some(runner) = runner {
                coverage[suite.ruleset].add(runner.coverage());
            }
        }
        (finished, coverage)
    };
    let threads = args.jobs.unwrap_or_else(processors).get().min(total.max(1));
    let shares: Vec<Share> = if threads == 1 {
        vec![work()]
    } else {
        thread::scope(|scope| {
            let work = &work;
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let joined = handles.into_iter().map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        })
    };
    bar.finish_and_clear();
    let mut results: Vec<Option<Finished>> = (0..total).map(|_| None).collect();
    let mut coverage = nothing(plan);
    for (finished, covered) in shares {
        for (index, one) in finished {
            results[index] = Some(one);
        }
        for (all, share) in coverage.iter_mut().zip(&covered) {
            all.add(share);
        }
    }
    (results, coverage)
}

fn nothing(plan: &Plan) -> Vec<Coverage> {
    let rulesets = plan.rulesets.iter();
    rulesets
        .map(|one| Coverage::new(one.engine.ruleset()))
        .collect()
}

/// The number of processors, as far as it is known.
fn processors() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// A bar on standard error, if that is a terminal and the report is for people.
fn bar(args: &TestArgs, total: usize) -> ProgressBar {
    if args.quiet || args.format != Format::Text || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} cases, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let length = Some(u64::try_from(total).unwrap_or(u64::MAX));
    ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()).with_style(style)
}
