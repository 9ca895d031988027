//! What an earlier run of the original left in `queue/` and `stats/`: first-time-seen keys, ignored
//! keys, last logs, usual numbers of events (`spec/correlation.md` §8 to §10, §12).

use bstr::BString;

use super::FileSystem;

/// The state that the engines read at their start. All of it is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredState {
    /// Lines of `queue/fts/fts-queue`.
    pub first_time_seen: Vec<BString>,
    /// Lines of `queue/fts/ig-queue`.
    pub ignored: Vec<BString>,
    /// Day of the week (0 = Sunday; `None`: every day), hour (24: number of days) and average number
    /// of events: `stats/hourly-average/HOUR` and `stats/weekly-average/DAY/HOUR`. Only the daemon
    /// asks for them.
    pub averages: Vec<(Option<u8>, u8, u64)>,
    /// Host, rule id and log of every `queue/diff/HOST/SID/last-entry`.
    pub last_logs: Vec<(BString, u32, BString)>,
}

/// Reads what is there; what cannot be read counts as absent, as in the original.
pub(super) fn stored_state(fs: &dyn FileSystem) -> StoredState {
    let lines = |path: &str| -> Vec<BString> {
        let bytes = fs.read(path).unwrap_or_default();
        let lines = bytes.split(|&byte| byte == b'\n');
        lines
            .filter(|line| !line.is_empty())
            .map(BString::from)
            .collect()
    };
    let mut last_logs = Vec::new();
    for host in fs.list("queue/diff").unwrap_or_default() {
        for name in fs.list(&format!("queue/diff/{host}")).unwrap_or_default() {
            let entry = fs.read(&format!("queue/diff/{host}/{name}/last-entry"));
            let (Ok(sid), Ok(mut log)) = (name.parse(), entry) else {
                continue;
            };
            // The file ends with the zero byte of the text.
            if log.last() == Some(&0) {
                log.pop();
            }
            last_logs.push((host.as_str().into(), sid, log.into()));
        }
    }
    let average = |path: String| -> Option<u64> {
        let bytes = fs.read(&path).ok()?;
        std::str::from_utf8(&bytes).ok()?.trim().parse().ok()
    };
    let mut averages = Vec::new();
    for hour in 0..=24 {
        let value = average(format!("stats/hourly-average/{hour}"));
        averages.extend(value.map(|value| (None, hour, value)));
        for day in 0..7 {
            let value = average(format!("stats/weekly-average/{day}/{hour}"));
            averages.extend(value.map(|value| (Some(day), hour, value)));
        }
    }
    StoredState {
        averages,
        first_time_seen: lines("queue/fts/fts-queue"),
        ignored: lines("queue/fts/ig-queue"),
        last_logs,
    }
}
