//! `SymantecWS_Decoder`: `20070717,73614,1=5,11=1.2.3.4,10=userX,60=http://a,3=1,2=27`.

use super::{PluginEvent, Value};
use crate::ruleset::field::Field;

/// Longest user and address, and longest URL, in bytes; the rest is cut off.
const SHORT: usize = 128;
const LONG: usize = 1024;
/// The id is so many bytes from its own key on, commas included.
const ID: usize = 9;

pub(super) fn run(event: &mut impl PluginEvent) {
    for (field, value) in parse(event.log()).into_iter().flatten() {
        event.set(field, value);
    }
}

fn parse(log: &[u8]) -> [Option<(Field, Value)>; 4] {
    let [mut user, mut address, mut url, mut id] = [const { None }; 4];
    for start in memchr::memchr_iter(b',', log).map(|comma| comma + 1) {
        let part = &log[start..];
        let value = |key: usize, limit: usize| {
            let length = memchr::memchr(b',', &part[key..]).unwrap_or(part.len() - key);
            Value::Slice(start + key..start + key + length.min(limit))
        };
        // Of each key the first one counts.
        if part.starts_with(b"10=") {
            user.get_or_insert_with(|| (Field::DstUser, value(3, SHORT)));
        } else if part.starts_with(b"11=") {
            address.get_or_insert_with(|| (Field::SrcIp, value(3, SHORT)));
        } else if part.starts_with(b"60=") {
            url.get_or_insert_with(|| (Field::Url, value(3, LONG)));
        } else if part.starts_with(b"2=") || part.starts_with(b"3=") {
            let end = start + part.len().min(ID);
            id.get_or_insert((Field::Id, Value::Slice(start..end)));
        }
    }
    [user, address, url, id]
}

#[cfg(test)]
mod tests {
    use crate::engine::plugins::tests::Recorder;
    use crate::ruleset::decoder::Plugin;

    #[test]
    fn parts() {
        let cases = [
            (
                "20070717,73614,1=5,11=1.2.3.4,1106=News,60=http://a.b/c,10=userX,1000=x,2=27",
                "dstuser=userX srcip=1.2.3.4 id=2=27 url=http://a.b/c",
            ),
            (
                "1,1=5,11=10.1.1.3,10=userc,3=1,2=1",
                "dstuser=userc srcip=10.1.1.3 id=3=1,2=1",
            ),
            ("1,2=12345678901", "id=2=1234567"),
            ("20070717,73613,x", ""),
            ("10=first part does not count", ""),
            ("1,10=a,10=b,11=,60=", "dstuser=a srcip= url="),
        ];
        for (log, expected) in cases {
            assert_eq!(
                Recorder::run(Plugin::SymantecWs, log).fields(),
                expected,
                "{log}"
            );
        }
    }
}
