//! What the process has needed of memory at most.

use std::fs;

/// Bytes of memory at the worst moment so far. `None`: the system does not say.
pub(super) fn peak() -> Option<u64> {
    peak_of(&fs::read_to_string("/proc/self/status").ok()?)
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_status() {
        let status = "Name:\tossia\nVmPeak:\t   9 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(peak_of(status), Some(12345 * 1024));
        for other in ["", "VmHWM:", "VmHWM: x kB", "VmHWM: 5", "VmPeak: 5 kB"] {
            assert_eq!(peak_of(other), None, "{other:?}");
        }
    }
}
