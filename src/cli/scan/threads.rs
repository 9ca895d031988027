//! The stream on several threads, with the output of one.
//!
//! ```text
//! read a batch ─▶ prepare it ─▶ finish it, in order
//! one at a time   all at once   one at a time
//! ```
//!
//! Lines are read in batches. Reading and finishing are roles that one thread has at a time, in the
//! order of the stream; preparing (predecoding, decoding, the part of the rules that depends on the
//! event alone) is what all do at once. Nobody belongs to a role: whoever is free finishes what is
//! ready, or else reads and prepares the next batch. So no thread waits as long as there is work,
//! and the bounded number of batches keeps memory bounded.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::delivery::Delivery;
use super::input::{Input, Next, Report};
use super::progress::Progress;
use crate::engine::{Moment, Prepared, Preparer, Session};

/// Lines of a batch: enough that handing it over costs little, few enough that it stays in the
/// cache.
const BATCH_LINES: usize = 256;
/// Bytes of the lines of a batch; one line more may exceed it.
const BATCH_BYTES: usize = 128 * 1024;
/// Batches on their way, for each thread.
const BATCHES: usize = 4;

/// Evaluates the whole stream on several threads. True if something could not be read.
///
/// # Errors
/// The output cannot be written.
pub(super) fn run<W: Write + Send>(
    threads: NonZero<usize>,
    input: &mut Input,
    session: &mut Session,
    delivery: &mut Delivery<W>,
    progress: &Progress,
) -> io::Result<bool> {
    let preparers: Vec<Preparer> = (0..threads.get()).map(|_| session.preparer()).collect();
    let work = Work {
        input: Mutex::new(Reading {
            input,
            location: Vec::new(),
            read: 0,
        }),
        output: Mutex::new(Finishing {
            session,
            delivery,
            progress,
            failed: false,
        }),
        plan: Mutex::new(Plan {
            free: Vec::new(),
            made: 0,
            most: BATCHES * threads.get(),
            prepared: BTreeMap::new(),
            next: 0,
            reading: false,
            finishing: false,
            ended: false,
            error: None,
        }),
        changed: Condvar::new(),
    };
    thread::scope(|scope| {
        for preparer in preparers {
            scope.spawn(|| work.help(preparer));
        }
    });
    let Work { output, plan, .. } = work;
    if let Some(error) = inner(plan).error {
        return Err(error);
    }
    let output = inner(output);
    output.delivery.flush()?;
    Ok(output.failed)
}

/// What all threads share.
struct Work<'w, W: Write> {
    input: Mutex<Reading<'w>>,
    output: Mutex<Finishing<'w, W>>,
    plan: Mutex<Plan>,
    changed: Condvar,
}

/// What the reading thread needs.
struct Reading<'w> {
    input: &'w mut Input,
    location: Vec<u8>,
    /// Batches that were read.
    read: u64,
}

/// What the finishing thread needs.
struct Finishing<'w, W: Write> {
    session: &'w mut Session,
    delivery: &'w mut Delivery<W>,
    progress: &'w Progress,
    failed: bool,
}

/// Who does what.
struct Plan {
    /// Batches to be filled again.
    free: Vec<Batch>,
    /// Batches that were made, at most so many.
    made: usize,
    most: usize,
    /// Those that wait to be finished, by number.
    prepared: BTreeMap<u64, Batch>,
    /// The one to be finished next.
    next: u64,
    reading: bool,
    finishing: bool,
    /// Nothing more is read.
    ended: bool,
    error: Option<io::Error>,
}

/// Lines that are handed on together.
#[derive(Default)]
struct Batch {
    number: u64,
    location: Vec<u8>,
    /// The lines, one behind the other.
    bytes: Vec<u8>,
    /// Where each of them ends, and when it arrived.
    lines: Vec<(usize, Moment)>,
    /// Room for events, at least one for each line.
    events: Vec<Prepared>,
    /// What comes behind the lines.
    end: End,
}

#[derive(Default)]
enum End {
    /// The next batch.
    #[default]
    Next,
    /// A pause: what was written is handed over.
    Pause,
    Report(Report),
    /// The end of the stream.
    Last,
}

/// What a thread does next.
enum Task {
    Finish(Batch),
    Read(Batch),
    Stop,
}

impl<W: Write + Send> Work<'_, W> {
    /// Works until nothing is left to do.
    fn help(&self, mut preparer: Preparer) {
        // Whoever panics takes a role along: the others must not wait for it.
        let _guard = StopOnPanic(self);
        loop {
            match self.task() {
                Task::Stop => return,
                Task::Finish(batch) => self.finish(batch),
                Task::Read(mut batch) => {
                    let result = lock(&self.input).fill(&mut batch);
                    let mut plan = lock(&self.plan);
                    plan.reading = false;
                    plan.ended |= matches!(batch.end, End::Last);
                    if let Err(error) = result {
                        plan.stop(error);
                    }
                    drop(plan);
                    self.changed.notify_all();
                    batch.prepare(&mut preparer);
                    lock(&self.plan).prepared.insert(batch.number, batch);
                    self.changed.notify_all();
                }
            }
        }
    }

    /// Waits for something to do.
    fn task(&self) -> Task {
        let mut plan = lock(&self.plan);
        loop {
            if let Some(task) = plan.task() {
                return task;
            }
            plan = self
                .changed
                .wait(plan)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Finishes batches as long as the next one is ready.
    fn finish(&self, mut batch: Batch) {
        let mut output = lock(&self.output);
        loop {
            let result = output.finish(&mut batch);
            let mut plan = lock(&self.plan);
            plan.free.push(batch);
            plan.next += 1;
            if let Err(error) = result {
                plan.stop(error);
            }
            let next = plan.next;
            let ready = match plan.error {
                None => plan.prepared.remove(&next),
                Some(_) => None,
            };
            plan.finishing = ready.is_some();
            drop(plan);
            match ready {
                Some(ready) => {
                    // There is a batch to be filled.
                    self.changed.notify_all();
                    batch = ready;
                }
                None => return self.changed.notify_all(),
            }
        }
    }
}

impl Plan {
    /// Something to do, if there is.
    fn task(&mut self) -> Option<Task> {
        if self.error.is_some() {
            return Some(Task::Stop);
        }
        if !self.finishing
            && let Some(batch) = self.prepared.remove(&self.next)
        {
            self.finishing = true;
            return Some(Task::Finish(batch));
        }
        if self.ended {
            // A batch that is still prepared is finished by whoever prepares it, or by whoever
            // finishes the one before.
            return Some(Task::Stop);
        }
        if self.reading {
            return None;
        }
        let batch = match self.free.pop() {
            Some(batch) => batch,
            None if self.made < self.most => {
                self.made += 1;
                Batch::default()
            }
            None => return None,
        };
        self.reading = true;
        Some(Task::Read(batch))
    }

    /// Nothing more is done.
    fn stop(&mut self, error: io::Error) {
        self.ended = true;
        self.error.get_or_insert(error);
    }
}

impl Reading<'_> {
    /// Fills a batch with the next lines.
    fn fill(&mut self, batch: &mut Batch) -> io::Result<()> {
        batch.number = self.read;
        self.read += 1;
        batch.bytes.clear();
        batch.lines.clear();
        batch.location.clone_from(&self.location);
        batch.end = loop {
            if batch.lines.len() >= BATCH_LINES || batch.bytes.len() >= BATCH_BYTES {
                break End::Next;
            }
            match self.input.next()? {
                Some(Next::Line(line, at)) => {
                    batch.bytes.extend_from_slice(line);
                    batch.lines.push((batch.bytes.len(), at));
                }
                Some(Next::Skipped) => {}
                Some(Next::Begin(location)) => {
                    self.location.clear();
                    self.location.extend_from_slice(location);
                    if !batch.lines.is_empty() {
                        break End::Next;
                    }
                    batch.location.clone_from(&self.location);
                }
                Some(Next::Pause) => break End::Pause,
                Some(Next::Report(report)) => break End::Report(report),
                None => break End::Last,
            }
        };
        Ok(())
    }
}

impl Batch {
    fn prepare(&mut self, preparer: &mut Preparer) {
        let missing = self.lines.len().saturating_sub(self.events.len());
        self.events
            .extend((0..missing).map(|_| preparer.new_event()));
        let mut start = 0;
        for (&(end, at), event) in self.lines.iter().zip(&mut self.events) {
            preparer.prepare(event, &self.location, &self.bytes[start..end], at);
            start = end;
        }
    }
}

impl<W: Write> Finishing<'_, W> {
    fn finish(&mut self, batch: &mut Batch) -> io::Result<()> {
        for event in &mut batch.events[..batch.lines.len()] {
            self.delivery.take(self.session.finish(event))?;
        }
        match &batch.end {
            End::Next | End::Last => {}
            End::Pause => self.delivery.flush()?,
            End::Report(report) => {
                self.failed = true;
                report.print(self.progress);
            }
        }
        Ok(())
    }
}

/// Lets the other threads go if this one panics; the panic itself goes on.
struct StopOnPanic<'s, 'w, W: Write>(&'s Work<'w, W>);

impl<W: Write> Drop for StopOnPanic<'_, '_, W> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(&self.0.plan).stop(io::Error::other("a thread panicked"));
            self.0.changed.notify_all();
        }
    }
}

/// What a panic left is not looked at: the plan says to stop then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
