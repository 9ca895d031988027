//! Log files as a stream of events, for commands that only look at the verdicts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::Failure;
use super::scan::input::{Input, LineLimits, Next, ReadCounts};
use super::scan::progress::Progress;
use super::session_args::ClockArgs;
use crate::engine::Moment;

/// How lines become events. The files themselves are named differently by each command.
#[derive(Args, Clone, Debug)]
pub(super) struct CorpusArgs {
    /// Where the lines come from [default: the name of the file, with `_` for colons, which would
    /// end it]
    #[arg(long, value_name = "TEXT")]
    location: Option<OsString>,
    #[command(flatten)]
    clock: ClockArgs,
}

/// The files of a corpus.
#[derive(Args, Clone, Debug)]
pub(super) struct LogsArgs {
    /// Log files, oldest first: plain, gzip or zstd; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub(super) logs: Vec<PathBuf>,
}

/// What became of a corpus.
#[derive(Clone, Copy, Debug)]
pub(super) struct WasRead {
    /// Lines that are no events, and the like.
    pub(super) counts: ReadCounts,
    /// Something could not be read, and was reported.
    pub(super) failed: bool,
}

impl CorpusArgs {
    /// Hands out every event with its location and time.
    ///
    /// # Errors
    /// None of its own: what cannot be read is reported and the rest goes on.
    pub(super) fn each(
        &self,
        files: &[&Path],
        limits: LineLimits,
        quiet: bool,
        mut each: impl FnMut(&[u8], &[u8], Moment),
    ) -> Result<WasRead, Failure> {
        let progress = if quiet {
            Progress::hidden()
        } else {
            Progress::new(files)
        };
        let mut input = Input::new(
            files.iter().map(|&path| path.to_owned()).collect(),
            self.location.clone(),
            limits,
            self.clock.clock(),
            progress.clone(),
            false,
        );
        let mut location = Vec::new();
        let mut failed = false;
        while let Some(next) = input.next()? {
            match next {
                Next::Line(line, at) => each(&location, line, at),
                Next::Begin(of_file) => {
                    location.clear();
                    location.extend_from_slice(of_file);
                }
                Next::Report(report) => {
                    failed = true;
                    report.print(&progress);
                }
                Next::Skipped | Next::Pause => {}
            }
        }
        progress.end();
        Ok(WasRead {
            counts: input.counts(),
            failed,
        })
    }
}
