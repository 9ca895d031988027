//! The fingerprint of a ruleset: equal for equal files in the same order, on every machine.

use std::fmt;

use xxhash_rust::xxh3::Xxh3Default;

use crate::config::{FileRole, Inputs, Options};

/// A hash of the dialect, the settings that change verdicts, and the text of all decoder and rule
/// files in load order.
///
/// Names of files do not count, and neither does what the lists hold: lists change while the rules
/// stay the same. It tells rulesets apart by accident only: XXH3 is no cryptographic hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    pub(super) fn of(inputs: &Inputs) -> Self {
        let mut hash = Xxh3Default::new();
        let mut text = |text: &[u8]| {
            // With its length in front no text can continue into the next one.
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        text(inputs.dialect.name().as_bytes());
        for setting in settings(&inputs.options) {
            text(&setting.to_le_bytes());
        }
        for file in &inputs.files {
            text(match file.role {
                FileRole::Decoders => b"decoders",
                FileRole::Rules => b"rules",
            });
            // A file that could not be read is left out of the ruleset, too.
            if let Ok(source) = file.source {
                text(inputs.sources.get(source).bytes());
            }
        }
        Fingerprint(hash.digest128())
    }

    /// The hash, little endian.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The settings that change verdicts or what is remembered. The others concern only output.
fn settings(options: &Options) -> [u64; 13] {
    let &Options {
        memory_size,
        stats,
        log_alert_level,
        decoder_order_size,
        default_timeframe,
        sid_prev_matched_max,
        fts_list_size,
        fts_min_size_for_str,
        log_fw,
        stats_maxdiff,
        stats_mindiff,
        stats_percent_diff,
        integrity_checking: _,
        rootkit_detection: _,
        host_information: _,
        email_alert_level: _,
        email_notification: _,
        logall: _,
        logall_json: _,
        jsonout_output: _,
        alerts_log: _,
        custom_alert_output: _,
        syscheck_auto_ignore: _,
        syscheck_alert_new_files: _,
    } = options;
    [
        memory_size,
        stats.into(),
        log_alert_level.into(),
        decoder_order_size as u64,
        default_timeframe.into(),
        sid_prev_matched_max.is_some().into(),
        sid_prev_matched_max.unwrap_or(0) as u64,
        fts_list_size as u64,
        fts_min_size_for_str as u64,
        log_fw.into(),
        stats_maxdiff.into(),
        stats_mindiff.into(),
        stats_percent_diff.into(),
    ]
}

#[cfg(test)]
mod tests {
    use crate::config;
    use crate::dialect::Dialect;
    use crate::ruleset::{Fingerprint, build};

    fn inputs(dialect: Dialect, files: &[(&str, &str)]) -> config::Inputs {
        let files = files
            .iter()
            .map(|&(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        config::from_files(files.collect(), Some(dialect))
    }

    #[test]
    fn it_tells_rulesets_apart() {
        const DECODER: &str = "<decoder name=\"d\"><prematch>^d</prematch></decoder>";
        const ONE: &str =
            "<group name=\"a,\"><rule id=\"1\" level=\"1\"><match>x</match></rule></group>";
        const OTHER: &str =
            "<group name=\"b,\"><rule id=\"2\" level=\"1\"><match>x</match></rule></group>";
        let of = |dialect, files: &[_]| build(&inputs(dialect, files)).0.fingerprint;
        let new = Dialect::Ossec43;
        let plain = of(new, &[("d.xml", DECODER), ("a.xml", ONE), ("b.xml", OTHER)]);
        // Names do not count.
        let renamed = of(new, &[("x.xml", DECODER), ("y.xml", ONE), ("z.xml", OTHER)]);
        assert_eq!(plain, renamed);
        let swapped = of(new, &[("d.xml", DECODER), ("a.xml", OTHER), ("b.xml", ONE)]);
        assert_ne!(plain, swapped);
        let fewer = of(new, &[("d.xml", DECODER), ("a.xml", ONE)]);
        assert_ne!(plain, fewer);
        let older = of(
            Dialect::Ossec37,
            &[("d.xml", DECODER), ("a.xml", ONE), ("b.xml", OTHER)],
        );
        assert_ne!(plain, older);
        let mut settings = inputs(new, &[("d.xml", DECODER), ("a.xml", ONE), ("b.xml", OTHER)]);
        settings.options.logall = true;
        assert_eq!(plain, Fingerprint::of(&settings));
        settings.options.fts_list_size += 1;
        assert_ne!(plain, Fingerprint::of(&settings));
    }

    #[test]
    fn it_is_the_same_everywhere() {
        let inputs = inputs(
            Dialect::Ossec43,
            &[(
                "d.xml",
                "<decoder name=\"d\"><prematch>^d</prematch></decoder>",
            )],
        );
        assert_eq!(
            Fingerprint::of(&inputs).to_string(),
            "b39a56702bd6cc6bde70576468ce1af7"
        );
    }
}
