//! The few colours of the text formats.

use anstyle::{AnsiColor, Style};

/// Styles by what they stand for. The plain palette changes no byte of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// Headings of the phases.
    pub heading: Style,
    /// Names of fields and other labels.
    pub label: Style,
    /// The rule of an event.
    pub rule: Style,
    /// An alert is due.
    pub alert: Style,
    /// Rules of the trace that do not match.
    pub faint: Style,
}

impl Palette {
    /// No colours at all.
    pub const fn plain() -> Self {
        const NONE: Style = Style::new();
        Palette {
            heading: NONE,
            label: NONE,
            rule: NONE,
            alert: NONE,
            faint: NONE,
        }
    }

    /// True if it has any colours.
    pub fn is_colored(&self) -> bool {
        *self != Palette::plain()
    }

    /// Colours for a terminal.
    pub const fn colored() -> Self {
        Palette {
            heading: Style::new().bold(),
            label: AnsiColor::Cyan.on_default(),
            rule: AnsiColor::Yellow.on_default().bold(),
            alert: AnsiColor::Red.on_default().bold(),
            faint: Style::new().dimmed(),
        }
    }
}
