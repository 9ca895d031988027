//! The `ossia` binary.

fn main() {}
