//! `SonicWall_Decoder`.
//!
//! The original uses three OSSEC regexes:
//!
//! ```text
//! pri=(\d) c=(\d+) m=(\d+)
//! src=(\d+.\d+.\d+.\d+):(\d+):\S+ dst=(\d+.\d+.\d+.\d+):(\d+):
//! result=(\d+) dstname=(\S+) arg=(\S+)$
//! ```
//!
//! In each of them every repetition is followed by a byte that it cannot match itself (a dot is a
//! literal dot in this language), so there is only one way to match at a given place and a scanner
//! that tries the places from left to right is exact.

use std::ops::Range;

use super::{PluginEvent, Value, at, find};
use crate::ruleset::category::Category;
use crate::ruleset::field::Field;

/// Longest protocol name in bytes.
const PROTOCOL: usize = 6;

pub(super) fn run(utf8: bool, event: &mut impl PluginEvent) {
    event.set_category(Category::Syslog);
    if utf8 && std::str::from_utf8(event.log()).is_err() {
        return;
    }
    let mut found: [Option<(Field, Value)>; 9] = Default::default();
    let category = parse(event.log(), &mut found);
    for (field, value) in found.into_iter().flatten() {
        event.set(field, value);
    }
    if let Some(category) = category {
        event.set_category(category);
    }
}

fn parse(log: &[u8], found: &mut [Option<(Field, Value)>; 9]) -> Option<Category> {
    let [
        status,
        id,
        srcip,
        srcport,
        dstip,
        dstport,
        protocol,
        action,
        url,
    ] = found;
    let slice = |field: Field, range: &Range<usize>| Some((field, Value::Slice(range.clone())));

    let (first, end) = search(log, 0, |scan| {
        scan.literal(b"pri=")?;
        let priority = scan.digit()?;
        scan.literal(b" c=")?;
        let category = scan.digits()?;
        scan.literal(b" m=")?;
        let message = scan.digits()?;
        scan.literal(b" ")?;
        Some([priority, category, message])
    })?;
    let [priority, category, message] = first;
    *status = slice(Field::Status, &priority);
    *id = slice(Field::Id, &message);

    let (addresses, end) = search(log, end, |scan| {
        scan.literal(b"src=")?;
        let source = scan.address()?;
        scan.literal(b":")?;
        let source_port = scan.digits()?;
        scan.literal(b":")?;
        scan.not_blank()?;
        scan.literal(b" dst=")?;
        let destination = scan.address()?;
        scan.literal(b":")?;
        let destination_port = scan.digits()?;
        scan.literal(b":")?;
        Some([source, source_port, destination, destination_port])
    })?;
    *srcip = slice(Field::SrcIp, &addresses[0]);
    *srcport = slice(Field::SrcPort, &addresses[1]);
    *dstip = slice(Field::DstIp, &addresses[2]);
    *dstport = slice(Field::DstPort, &addresses[3]);

    if let Some(start) = find(log, end, b' ').map(|blank| blank + 1)
        && at(log, start, b"proto=")
    {
        let start = start + b"proto=".len();
        let limit = log.len().min(start + PROTOCOL);
        let end = find(&log[..limit], start, b'/').unwrap_or(limit);
        *protocol = slice(Field::Protocol, &(start..end));
    }

    if number(&log[category]) == Some(32) {
        return Some(Category::Ids);
    }
    let (word, category) = match number(&log[message])? {
        98 | 597 | 598 => ("pass", Category::Firewall),
        36 | 37 | 38 | 173 | 174 => ("drop", Category::Firewall),
        537 => ("close", Category::Firewall),
        97 => {
            let proxy = search(log, end, |scan| {
                scan.literal(b"result=")?;
                let result = scan.digits()?;
                scan.literal(b" dstname=")?;
                let name = scan.not_blank()?;
                scan.literal(b" arg=")?;
                let path = scan.not_blank()?;
                (scan.at == scan.log.len()).then_some([result, name, path])
            });
            if let Some(([result, name, path], _)) = proxy {
                *id = slice(Field::Id, &result);
                *url = Some((Field::Url, Value::Joined(name, path)));
            }
            return Some(Category::Squid);
        }
        _ => return None,
    };
    *action = Some((Field::Action, Value::Word(word)));
    Some(category)
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The first place at or behind `from` where `pattern` holds, with the end of the match.
fn search<T>(
    log: &[u8],
    from: usize,
    pattern: impl Fn(&mut Scan<'_>) -> Option<T>,
) -> Option<(T, usize)> {
    (from..log.len()).find_map(|at| {
        let mut scan = Scan { log, at };
        pattern(&mut scan).map(|groups| (groups, scan.at))
    })
}

/// A place in the log that moves forward item by item.
struct Scan<'a> {
    log: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    /// The text, without regard to ASCII case.
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        let end = self.at + text.len();
        self.log
            .get(self.at..end)?
            .eq_ignore_ascii_case(text)
            .then(|| self.at = end)
    }

    /// `\d`
    fn digit(&mut self) -> Option<Range<usize>> {
        self.log.get(self.at)?.is_ascii_digit().then(|| {
            self.at += 1;
            self.at - 1..self.at
        })
    }

    /// `\d+`
    fn digits(&mut self) -> Option<Range<usize>> {
        self.run(|byte| byte.is_ascii_digit())
    }

    /// `\S+`
    fn not_blank(&mut self) -> Option<Range<usize>> {
        self.run(|byte| byte != b' ')
    }

    fn run(&mut self, class: impl Fn(u8) -> bool) -> Option<Range<usize>> {
        let start = self.at;
        self.at += self.log[start..]
            .iter()
            .take_while(|&&byte| class(byte))
            .count();
        (self.at > start).then_some(start..self.at)
    }

    /// `\d+.\d+.\d+.\d+`
    fn address(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.digits()?;
        for _ in 0..3 {
            self.literal(b".")?;
            self.digits()?;
        }
        Some(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::plugins::tests::Recorder;
    use crate::ruleset::category::Category;
    use crate::ruleset::decoder::Plugin;

    #[test]
    fn messages_and_categories() {
        let addresses = "src=2.2.2.2:36701:WAN dst=1.1.1.1:50000:LAN";
        let ports = "srcip=2.2.2.2 dstip=1.1.1.1 srcport=36701 dstport=50000";
        let cases = [
            (
                format!("fw=1 pri=6 c=262144 m=98 msg=\"t\" n=2 {addresses} proto=tcp/50000"),
                format!("{ports} proto=tcp action=pass id=98 status=6"),
                Category::Firewall,
            ),
            (
                format!("fw=1 pri=6 c=32 m=36 {addresses}"),
                format!("{ports} id=36 status=6"),
                Category::Ids,
            ),
            (
                format!("pri=6 c=1 m=537 {addresses} proto=abcdefghij/1"),
                format!("{ports} proto=abcdef action=close id=537 status=6"),
                Category::Firewall,
            ),
            (
                format!("pri=6 c=1 m=5 {addresses} proto="),
                format!("{ports} proto= id=5 status=6"),
                Category::Syslog,
            ),
            (
                format!(
                    "pri=6 c=1024 m=97 {addresses} proto=tcp/80 op=GET result=404 dstname=www.x.org arg=/a/b.html"
                ),
                format!("{ports} proto=tcp id=404 url=www.x.org/a/b.html status=6"),
                Category::Squid,
            ),
            (
                format!("pri=6 c=1024 m=97 {addresses} result=404 dstname=www.x.org arg=/a b"),
                format!("{ports} id=97 status=6"),
                Category::Squid,
            ),
            (
                "id=firewall nothing else".into(),
                String::new(),
                Category::Syslog,
            ),
            (
                "pri=6 c=1 m=36 no addresses".into(),
                "id=36 status=6".into(),
                Category::Syslog,
            ),
        ];
        for (log, fields, category) in cases {
            let event = Recorder::run(Plugin::SonicWall, &log);
            assert_eq!(event.fields(), fields, "{log}");
            assert_eq!(event.category, Some(category), "{log}");
        }
    }
}
