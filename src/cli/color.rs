//! `--color`.

use std::io;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

use crate::output::Palette;

/// When output has colours.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum When {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl When {
    /// Makes it the choice of the whole process.
    pub(crate) fn apply(self) {
        match self {
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        }
        .write_global();
    }
}

/// The colours of standard output.
pub(crate) fn of_output() -> Palette {
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        Palette::plain()
    } else {
        Palette::colored()
    }
}

/// True if messages have colours.
pub(crate) fn of_messages() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}
