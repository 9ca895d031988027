//! Where files and events come from. Only this part and the commands touch the disk.

mod disk;

pub use disk::DiskFiles;
