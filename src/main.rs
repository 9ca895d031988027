//! The `ossia` binary.

fn main() -> std::process::ExitCode {
    ossia::cli::main()
}
