//! Verdicts as text: one file a format.
//!
//! * [`TestTool`]: the three phases, byte for byte as the original's test tool prints them.
//! * [`JsonLines`]: one object a line, for programs.
//! * [`AlertLine`]: one readable line an alert.
//!
//! They write to any [`std::io::Write`] and keep nothing between events.

mod alert_line;
mod json_lines;
mod palette;
mod rule_trace;
mod test_tool;

pub use alert_line::AlertLine;
pub(crate) use alert_line::append_visible;
pub use json_lines::JsonLines;
pub use palette::Palette;
pub use rule_trace::RuleTrace;
pub use test_tool::TestTool;
