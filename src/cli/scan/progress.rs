//! How far a scan is, on a terminal.

use std::io::{self, IsTerminal, Stdout, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::session_args::is_standard_input;

/// A bar on standard error, counting the bytes of files as they are stored. Without a terminal
/// there it is invisible.
#[derive(Clone)]
pub(in crate::cli) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for these files.
    pub(in crate::cli) fn new(files: &[&Path]) -> Self {
        if !io::stderr().is_terminal() {
            return Progress::hidden();
        }
        // Without the size of every file there is no share to show.
        let sizes = files.iter().map(|path| {
            let known = std::fs::metadata(path)
                .ok()
                .filter(|known| known.is_file() && !is_standard_input(path.as_os_str()));
            known.map(|known| known.len())
        });
        let total: Option<u64> = sizes.sum();
        let template = if total.is_some() {
            "{wide_bar} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left"
        } else {
            "{spinner} {binary_bytes}, {binary_bytes_per_sec}"
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        Progress {
            bar: bar.with_style(style),
        }
    }

    /// No bar at all.
    pub(in crate::cli) fn hidden() -> Self {
        Progress {
            bar: ProgressBar::hidden(),
        }
    }

    /// So many bytes were read.
    pub(in crate::cli) fn set(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    /// Takes the bar away.
    pub(in crate::cli) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Does something that may write to the terminal, without the bar in its way.
    pub(in crate::cli) fn aside<T>(&self, action: impl FnOnce() -> T) -> T {
        self.bar.suspend(action)
    }
}

/// Standard output beside a bar.
pub(in crate::cli) struct Screen {
    progress: Progress,
    out: Stdout,
}

impl Screen {
    pub(in crate::cli) fn new(progress: Progress) -> Self {
        Screen {
            progress,
            out: io::stdout(),
        }
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = &mut self.out;
        self.progress.aside(|| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
