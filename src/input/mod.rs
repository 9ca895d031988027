//! Where files and events come from. Only this part and the commands touch the disk and the clock.

mod clock;
mod disk;
mod events;
mod lines;

pub use clock::{Clock, Time, UnknownTime};
pub use disk::DiskFiles;
pub use events::{Content, EventError, TimedEvent};
pub use lines::{LineReader, Piece, until_nul};
