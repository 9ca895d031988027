//! Plugin decoders: code instead of a regex (`spec/decoders.md` §8).
//!
//! A decoder with `<plugin_decoder>` runs one of these on the whole `log`. A plugin sees the event
//! through [`PluginEvent`] and writes only [`Value`]s, which say *where* in the log a value stands;
//! so none of them copies or allocates.
//!
//! Wazuh's `JSON_Decoder` is not here: it fills dynamic fields and is configured by the decoder
//! (`json_event.rs`).

mod ossec_alert;
mod pf;
mod sonicwall;
mod symantec_ws;

use std::ops::Range;

use crate::dialect::Dialect;
use crate::ruleset::category::Category;
use crate::ruleset::decoder::Plugin;
use crate::ruleset::field::Field;

/// The value of a field. Ranges are of the log as it is at the time of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A part of the log; may be empty, the field is then present and empty.
    Slice(Range<usize>),
    /// Two parts of the log, one behind the other.
    Joined(Range<usize>, Range<usize>),
    /// A word of the plugin's own.
    Word(&'static str),
}

impl Value {
    /// Appends the bytes of the value to `out`.
    pub fn write(&self, log: &[u8], out: &mut Vec<u8>) {
        match self {
            Value::Slice(range) => out.extend_from_slice(&log[range.clone()]),
            Value::Joined(one, other) => {
                out.extend_from_slice(&log[one.clone()]);
                out.extend_from_slice(&log[other.clone()]);
            }
            Value::Word(word) => out.extend_from_slice(word.as_bytes()),
        }
    }
}

/// What a plugin can read of an event and do to it.
pub trait PluginEvent {
    /// The text behind the header.
    fn log(&self) -> &[u8];
    /// Where the event came from.
    fn location(&self) -> &[u8];
    /// Sets a field, replacing an older value.
    fn set(&mut self, field: Field, value: Value);
    /// Sets the category of the event.
    fn set_category(&mut self, category: Category);
    /// Is there a rule of this number? Asked by OSSECAlert only.
    fn rule_exists(&self, sid: u32) -> bool;
    /// The result of phase 3 is this rule, without any checking.
    fn tie_to_rule(&mut self, sid: u32);
    /// Replaces the location and the host name.
    fn set_location_and_hostname(&mut self, text: &[u8]);
    /// `full_log` and `log` become this range of `log`. Always the last thing that a plugin does;
    /// values set before are of the old log.
    fn replace_log(&mut self, range: Range<usize>);
}

/// What differs between the engines.
#[derive(Clone, Copy, Debug)]
pub struct PluginRules {
    /// The regexes inside of plugins run on UTF-8: a log that is not valid UTF-8 matches none.
    utf8: bool,
}

impl Dialect {
    /// The rules of the plugins.
    pub(crate) const fn plugins(self) -> PluginRules {
        match self {
            // These two translate their regexes to PCRE2, the others run them on bytes.
            Dialect::Ossec37 | Dialect::Ossec43 => PluginRules { utf8: true },
            Dialect::Ossec283 | Dialect::Wazuh414 => PluginRules { utf8: false },
        }
    }
}

/// Runs a plugin. It never fails: it stops where the log is not what it expects, and keeps the
/// fields set so far.
pub fn run(plugin: Plugin, rules: PluginRules, event: &mut impl PluginEvent) {
    match plugin {
        Plugin::Pf => pf::run(event),
        Plugin::SymantecWs => symantec_ws::run(event),
        Plugin::SonicWall => sonicwall::run(rules.utf8, event),
        Plugin::OssecAlert => ossec_alert::run(event),
        // It fills dynamic fields, too: `engine::json_event` runs it.
        Plugin::Json => {}
    }
}

/// Position of the first `byte` at or behind `from`.
fn find(log: &[u8], from: usize, byte: u8) -> Option<usize> {
    memchr::memchr(byte, log.get(from..)?).map(|at| from + at)
}

/// Does `prefix` stand at `at`?
fn at(log: &[u8], at: usize, prefix: &[u8]) -> bool {
    log.get(at..).is_some_and(|rest| rest.starts_with(prefix))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::Family;

    /// An event that remembers what was done to it.
    #[derive(Default)]
    pub(crate) struct Recorder {
        log: Vec<u8>,
        pub(crate) location: Vec<u8>,
        fields: Vec<(Field, String)>,
        pub(crate) category: Option<Category>,
        pub(crate) rule: Option<u32>,
    }

    impl PluginEvent for Recorder {
        fn log(&self) -> &[u8] {
            &self.log
        }
        fn location(&self) -> &[u8] {
            &self.location
        }
        fn set(&mut self, field: Field, value: Value) {
            let mut bytes = Vec::new();
            value.write(&self.log, &mut bytes);
            self.fields.retain(|(old, _)| *old != field);
            self.fields
                .push((field, String::from_utf8_lossy(&bytes).into_owned()));
        }
        fn set_category(&mut self, category: Category) {
            self.category = Some(category);
        }
        fn rule_exists(&self, sid: u32) -> bool {
            sid == 101
        }
        fn tie_to_rule(&mut self, sid: u32) {
            self.rule = Some(sid);
        }
        fn set_location_and_hostname(&mut self, text: &[u8]) {
            self.location = text.to_vec();
        }
        fn replace_log(&mut self, range: Range<usize>) {
            self.log = self.log[range].to_vec();
        }
    }

    impl Recorder {
        pub(crate) fn run(plugin: Plugin, log: &str) -> Recorder {
            let mut event = Recorder {
                log: log.as_bytes().to_vec(),
                location: b"stdin".to_vec(),
                ..Recorder::default()
            };
            run(plugin, Dialect::Ossec43.plugins(), &mut event);
            event
        }

        /// Fields as `name=value`, in the order of [`Field`], joined by blanks.
        pub(crate) fn fields(&self) -> String {
            let mut fields = self.fields.clone();
            fields.sort();
            let show = |(field, value): &(Field, String)| {
                format!("{}={value}", field.printed_name(Family::Ossec))
            };
            fields.iter().map(show).collect::<Vec<_>>().join(" ")
        }

        pub(crate) fn log_text(&self) -> &str {
            std::str::from_utf8(&self.log).unwrap()
        }
    }

    #[test]
    fn names_are_exact() {
        assert_eq!(
            Plugin::from_name(Dialect::Ossec43, b"PF_Decoder"),
            Some(Plugin::Pf)
        );
        assert_eq!(Plugin::from_name(Dialect::Ossec43, b"pf_decoder"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(
            start in prop::sample::select(vec![
                "", "x) pass: ", "1,2=", "1,10=,", "pri=6 c=32 m=97 ",
                "pri=6 c=3 m=97 src=1.2.3.4:5:x dst=1.2.3.4:6: proto=",
                "ossec: Alert Level: 3; Rule: 101 - x; Location: a;",
                "Alert Level:; : 101 x; Location: ",
            ]),
            rest in "[a-z :;,.=0-9/é>-]{0,40}",
        ) {
            for plugin in Plugin::ALL {
                Recorder::run(plugin, &format!("{start}{rest}"));
            }
        }
    }
}
