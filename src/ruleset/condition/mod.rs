//! Conditions of rules that are neither patterns nor lists: addresses, times, days of the week and
//! the tests that the original compiled in (`spec/rules.md` §8).
//!
//! One file each: how the value is written, and when it holds. Every parser returns a [`Parsed`]: a
//! value if the rule can be loaded, and all problems.

mod address;
mod compiled_rule;
mod parsed;
mod time;
mod weekday;

pub use address::{AddressEntry, AddressList};
pub use compiled_rule::{CompiledInput, CompiledRule};
pub use parsed::{Parsed, Problem};
pub use time::TimeRange;
pub use weekday::Weekdays;

use parsed::{invalid_element, lossy};
