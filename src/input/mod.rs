//! Where files and events come from. Only this part and the commands touch the disk and the clock.

mod archives;
mod clock;
mod disk;
mod events;
mod lines;
mod log_file;
mod log_time;
#[cfg(test)]
mod slow;
mod utf16;
mod windows;

pub use archives::{ArchiveError, ArchiveReader, ArchivedEvent};
pub use clock::{Clock, Time, UnknownTime};
pub use disk::{DiskFiles, read_ruleset_file};
pub use events::{Content, EventError, TimedEvent};
pub use lines::{LineReader, Piece, until_nul};
pub use log_file::{LogFile, Packing, ReadProblem};
pub use log_time::{LogTime, Stamp, stamp};
pub use utf16::FromUtf16;
pub use windows::{ExportedEvents, NoEvent, WindowsInput, event_time};
