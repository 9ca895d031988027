//! From lines to alerts: the loop over the stream. Nothing in it allocates for a line.

use std::io::{self, Write};

use super::delivery::Delivery;
use super::input::{Input, Next};
use super::progress::Progress;
use crate::engine::Session;

/// Evaluates the whole stream on this thread. True if something could not be read.
///
/// # Errors
/// The output cannot be written.
pub(super) fn run<W: Write>(
    input: &mut Input,
    session: &mut Session,
    delivery: &mut Delivery<W>,
    progress: &Progress,
) -> io::Result<bool> {
    let mut location = Vec::new();
    let mut failed = false;
    while let Some(next) = input.next()? {
        match next {
            Next::Line(line, at) => delivery.take(session.evaluate(&location, line, at))?,
            Next::Skipped => {}
            Next::Begin(of_file) => {
                location.clear();
                location.extend_from_slice(of_file);
            }
            Next::Pause => delivery.flush()?,
            Next::Report(report) => {
                failed = true;
                report.print(progress);
            }
        }
    }
    delivery.flush()?;
    Ok(failed)
}
