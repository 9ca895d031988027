//! Stage 3: what the files mean together.

pub mod cdb;
pub mod list;
