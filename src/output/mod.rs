//! Verdicts as text: one file a format.
//!
//! * [`TestTool`]: the three phases, byte for byte as the original's test tool prints them.
//! * [`JsonLines`]: one object a line, for programs.
//!
//! Both write to any [`std::io::Write`] and keep nothing between events.

mod json_lines;
mod palette;
mod rule_trace;
mod test_tool;

pub use json_lines::JsonLines;
pub use palette::Palette;
pub use rule_trace::RuleTrace;
pub use test_tool::TestTool;
