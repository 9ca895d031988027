//! `OSSECAlert_Decoder`: an alert that another OSSEC sent on.
//!
//! ```text
//! ossec: Alert Level: 3; Rule: 101 - text; Location: web1->/var/log/x; srcip: 1.2.3.4; user: bob;  original log
//! ```

use super::{PluginEvent, Value, at, find};
use crate::ruleset::category::Category;
use crate::ruleset::field::Field;

/// Longest new location and longest new log, in bytes.
const LOCATION: usize = 255;
const LOG: usize = 4094;

pub(super) fn run(event: &mut impl PluginEvent) {
    // Before anything is known: an event that is no such alert matches no rule either.
    event.set_category(Category::OssecAlert);
    let _ = parse(event);
}

fn parse(event: &mut impl PluginEvent) -> Option<()> {
    let log = event.log();
    if !log.starts_with(b"Alert Level:") && !log.starts_with(b"ossec: Alert Level") {
        return None;
    }
    let level_end = find(log, 0, b';')?;
    let colon = find(log, level_end, b':').filter(|&colon| at(log, colon, b": "))?;
    let sid_end = find(log, colon + 2, b' ')?;
    let sid = std::str::from_utf8(&log[colon + 2..sid_end])
        .ok()?
        .parse()
        .ok()?;
    if !event.rule_exists(sid) {
        return None;
    }
    let log = event.log();
    let rule_end = find(log, sid_end, b';')?;
    let location = rule_end + 1 + b" Location: ".len();
    if !at(log, rule_end + 1, b" Location: ") {
        return None;
    }
    let location_end = find(log, location, b';')?;

    let mut buffer = [0; LOCATION];
    let parts = [event.location(), b"|", &log[location..location_end]];
    let mut length = 0;
    for &byte in parts.into_iter().flatten().take(LOCATION) {
        buffer[length] = byte;
        length += 1;
    }
    event.set_location_and_hostname(&buffer[..length]);

    // A list that ends in two blanks or at the end of the line.
    let mut next = location_end + 1;
    loop {
        let log = event.log();
        if !at(log, next, b" ") || log.get(next + 1).is_none_or(|&byte| byte == b' ') {
            break;
        }
        let part = next + 1;
        let end = find(log, part, b';')?;
        let fields: [(&[u8], Field); 2] = [(b"srcip: ", Field::SrcIp), (b"user: ", Field::DstUser)];
        let hit = fields
            .into_iter()
            .find(|(key, _)| log[part..end].starts_with(key));
        if let Some((key, field)) = hit {
            event.set(field, Value::Slice(part + key.len()..end));
        }
        next = end + 1;
    }
    event.tie_to_rule(sid);
    let log = event.log();
    let start = next + log[next..].iter().take_while(|&&byte| byte == b' ').count();
    let end = log.len().min(start + LOG);
    event.replace_log(start..end);
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::engine::plugins::tests::Recorder;
    use crate::ruleset::category::Category;
    use crate::ruleset::decoder::Plugin;

    #[test]
    fn an_alert_takes_the_place_of_the_event() {
        let event = Recorder::run(
            Plugin::OssecAlert,
            "ossec: Alert Level: 3; Rule: 101 - a: b; Location: web1->/var/log/x; srcip: 1.2.3.4; user: bob;  Jan 12 p: text",
        );
        assert_eq!(event.log_text(), "Jan 12 p: text");
        assert_eq!(event.fields(), "dstuser=bob srcip=1.2.3.4");
        assert_eq!(event.location, b"stdin|web1->/var/log/x");
        assert_eq!(event.rule, Some(101));
        assert_eq!(event.category, Some(Category::OssecAlert));
    }

    #[test]
    fn what_stops_early_is_tied_to_no_rule() {
        for log in [
            "ossec: Alert Level: 3; Rule: 999 - unknown; Location: web1->/var/log/x;  text",
            "ossec: Alert Level: 3; nothing",
            "Alert Level: 3; Rule: 101 - x; Place: y;  text",
            "Alert Level: 3; Rule: 101 - x; Location: y; srcip without an end",
            "something else",
        ] {
            let event = Recorder::run(Plugin::OssecAlert, log);
            assert_eq!(event.rule, None, "{log}");
            assert_eq!(event.log_text(), log);
            assert_eq!(event.category, Some(Category::OssecAlert));
        }
    }
}
