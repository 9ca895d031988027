//! `--format` of the reports that are one object.

use clap::ValueEnum;

/// Form of a report.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON object
    Json,
}
