//! All integration tests in one binary: one link instead of one for each file.

mod check;
mod cli;
mod copies;
mod embedded;
mod properties;
mod ui;
mod wazuh;
