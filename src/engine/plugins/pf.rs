//! `PF_Decoder`: `… rule 2/(match) pass in on xl0: 1.2.3.4.6667 > 5.6.7.8.80: P 1:2(3)`.

use std::ops::Range;

use super::{PluginEvent, Value, at, find};
use crate::ruleset::field::Field;

pub(super) fn run(event: &mut impl PluginEvent) {
    // Steps as in the spec; each fills what it found, the first that fails is the last.
    let mut found: [Option<(Field, Value)>; 6] = Default::default();
    parse(event.log(), &mut found);
    for (field, value) in found.into_iter().flatten() {
        event.set(field, value);
    }
}

fn parse(log: &[u8], found: &mut [Option<(Field, Value)>; 6]) -> Option<()> {
    let [action, srcip, srcport, dstip, dstport, protocol] = found;
    let close = find(log, 0, b')').filter(|&close| at(log, close, b") "))?;
    let word = match log.get(close + 2)? {
        b'p' => "pass",
        b'b' => "block",
        _ => return None,
    };
    *action = Some((Field::Action, Value::Word(word)));

    let colon = find(log, close + 2, b':').filter(|&colon| at(log, colon, b": "))?;
    let source = colon + 2;
    let blank = find(log, source, b' ')?;
    let (address, port) = split(log, source..blank);
    *srcip = Some((Field::SrcIp, Value::Slice(address)));
    *srcport = port.map(|port| (Field::SrcPort, Value::Slice(port)));

    if !at(log, blank + 1, b"> ") {
        return None;
    }
    let destination = blank + 3;
    let colon = find(log, destination, b':')?;
    let (address, port) = split(log, destination..colon);
    *dstip = Some((Field::DstIp, Value::Slice(address)));
    *dstport = port.map(|port| (Field::DstPort, Value::Slice(port)));

    let word = match log[colon + 1..].iter().find(|&&byte| byte != b' ')? {
        b'u' => "UDP",
        b'i' => "ICMP",
        _ => "TCP",
    };
    *protocol = Some((Field::Protocol, Value::Word(word)));
    Some(())
}

/// Splits `1.2.3.4.80` at its fourth dot.
fn split(log: &[u8], range: Range<usize>) -> (Range<usize>, Option<Range<usize>>) {
    match memchr::memchr_iter(b'.', &log[range.clone()]).nth(3) {
        Some(dot) => {
            let dot = range.start + dot;
            (range.start..dot, Some(dot + 1..range.end))
        }
        None => (range, None),
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::plugins::tests::Recorder;
    use crate::ruleset::decoder::Plugin;

    #[test]
    fn every_step_may_be_the_last() {
        let cases = [
            (
                "Mar 30 15:32:33 rule 2/(match) pass in on xl0: 140.211.166.3.6667 > 10.0.0.2.1: P 7:8(9)",
                "srcip=140.211.166.3 dstip=10.0.0.2 srcport=6667 dstport=1 proto=TCP action=pass",
            ),
            (
                "rule 3/(match) block out on xl0: 10.0.0.1.1514 > 10.0.0.2.1030:  udp 73",
                "srcip=10.0.0.1 dstip=10.0.0.2 srcport=1514 dstport=1030 proto=UDP action=block",
            ),
            (
                "rule 2/(match) pass in on lo0: 127.0.0.1 > 127.0.0.2: icmp: echo",
                "srcip=127.0.0.1 dstip=127.0.0.2 proto=ICMP action=pass",
            ),
            ("no parenthesis here", ""),
            ("rule 1(match) frob in on a: 1.2.3.4 > 5.6.7.8: x", ""),
            ("r (m)pass in on a: 1.2.3.4.5 > 5.6.7.8.9: x", ""),
            ("r (m) pass in on a:1.2.3.4.5 > 5.6.7.8.9: x", "action=pass"),
            (
                "r (m) pass in on a: 1.2.3.4.5 < 5.6.7.8.9: x",
                "srcip=1.2.3.4 srcport=5 action=pass",
            ),
            (
                "r (m) pass in on a: 1.2.3.4.5 > 5.6.7.8.9 x",
                "srcip=1.2.3.4 srcport=5 action=pass",
            ),
            (
                "r (m) pass in on a: 1.2.3.4.5 > 5.6.7.8.9:  ",
                "srcip=1.2.3.4 dstip=5.6.7.8 srcport=5 dstport=9 action=pass",
            ),
        ];
        for (log, expected) in cases {
            assert_eq!(Recorder::run(Plugin::Pf, log).fields(), expected, "{log}");
        }
    }
}
