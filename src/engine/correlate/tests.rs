//! The memories against the search as the specification writes it.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;

use super::reference::PlainMemory;
use super::*;
use crate::config;
use crate::dialect::{Dialect, Family};
use crate::engine::dynamic;
use crate::engine::event::Slice;
use crate::engine::snapshot::{Reader, Writer};
use crate::moment::Moment;
use crate::ruleset::category::Category;
use crate::ruleset::field::Field;
use crate::ruleset::rule::Sid;

/// Rules that can be counted: 12 has two places in the tree, 13 three.
const COUNTED: &str = r#"
<rule id="1" level="1"><category>syslog</category><description>d</description></rule>
<rule id="10" level="3"><if_sid>1</if_sid><group>g,</group><description>d</description></rule>
<rule id="11" level="3"><if_sid>1</if_sid><group>h,</group><description>d</description></rule>
<rule id="12" level="3"><if_sid>10, 11</if_sid><group>g,h,</group><description>d</description></rule>
<rule id="13" level="3"><if_sid>1, 12</if_sid><group>g,</group><description>d</description></rule>
"#;

/// What a composite rule looks like.
#[derive(Clone, Debug)]
struct Shape {
    level: u32,
    frequency: u32,
    timeframe: u32,
    kind: &'static str,
    switches: Vec<&'static str>,
}

impl Shape {
    fn xml(&self, id: usize) -> String {
        let Shape {
            level,
            frequency,
            timeframe,
            kind,
            switches,
        } = self;
        format!(
            "<rule id=\"{id}\" level=\"{level}\" frequency=\"{frequency}\" \
             timeframe=\"{timeframe}\">{kind}{}<group>c,</group><description>d</description></rule>",
            switches.concat()
        )
    }
}

fn shape(dialect: Dialect) -> impl Strategy<Value = Shape> {
    let kind = select(&[
        "<if_matched_sid>10</if_matched_sid>",
        "<if_matched_sid>12</if_matched_sid>",
        "<if_matched_sid>100</if_matched_sid>",
        "<if_matched_group>g</if_matched_group>",
        "<if_matched_group>g|h</if_matched_group>",
        "<if_matched_group>c</if_matched_group>",
        "<if_matched_regex>a</if_matched_regex><if_sid>1</if_sid>",
        "<if_matched_regex>x|y</if_matched_regex><if_sid>1</if_sid>",
    ]);
    let ossec = &[
        "<same_source_ip/>",
        "<same_user/>",
        "<same_id/>",
        "<same_location/>",
        "<different_url/>",
    ][..];
    let wazuh = &[
        "<same_source_ip/>",
        "<same_srcuser/>",
        "<same_location/>",
        "<same_field>f</same_field>",
        "<different_field>f</different_field>",
        "<different_url/>",
        "<different_id/>",
        "<not_same_source_ip/>",
        "<global_frequency/>",
        "<different_srcgeoip/>",
    ][..];
    let (switches, frequency) = match dialect.family() {
        Family::Ossec => (ossec, 0..6u32),
        Family::Wazuh => (wazuh, 2..8u32),
    };
    let switches = prop::collection::vec(select(switches), 0..3);
    let many = prop_oneof![9 => frequency, 1 => 15..30u32];
    (0..6u32, many, 0..40u32, kind, switches).prop_map(
        |(level, frequency, timeframe, kind, switches)| Shape {
            level,
            frequency,
            timeframe,
            kind,
            switches,
        },
    )
}

/// What happens: an event comes, some rules search for it, and some rule is the result.
#[derive(Clone, Debug)]
struct Step {
    seconds: i64,
    letter: &'static str,
    /// The value of each thing that is compared; 0: it lacks it.
    values: [u8; 7],
    is_ids: bool,
    /// Its values and its log do not stand in the line.
    apart: bool,
    searches: Vec<prop::sample::Index>,
    rule: Option<prop::sample::Index>,
    /// A snapshot is taken and restored before it.
    restored: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let seconds = prop_oneof![
        20 => 0..4i64,
        2 => -9..9i64,
        1 => select(&[-1000, 1000, i64::MAX, i64::MIN]),
    ];
    let value = || prop_oneof![1 => Just(0u8), 6 => 1..3u8];
    let values = prop::array::uniform7(value());
    let searches = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let rule = prop::option::weighted(0.9, any::<prop::sample::Index>());
    let flags = (
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.02),
    );
    (
        seconds,
        select(&["a", "x", "z"]),
        values,
        searches,
        rule,
        flags,
    )
        .prop_map(
            |(seconds, letter, values, searches, rule, (is_ids, apart, restored))| Step {
                seconds,
                letter,
                values,
                is_ids,
                apart,
                searches,
                rule,
                restored,
            },
        )
}

impl Step {
    fn event(&self, engine: &Engine, seconds: i64, number: usize) -> Event {
        let mut event = Event::default();
        event.clear(Moment {
            seconds,
            utc_offset: 0,
        });
        let line = format!("head: {} {number} v1 v2", self.letter);
        event.full_log = event.append(line.as_bytes());
        let start = event.full_log.range().start;
        event.log = event.full_log.part("head: ".len()..line.len());
        if self.apart {
            event.log = event.append(format!("{} of another text", self.letter).as_bytes());
        }
        let value = |event: &mut Event, value: u8| -> Option<Slice> {
            let text = format!("v{value}");
            match value {
                0 => None,
                _ if self.apart => Some(event.append(text.as_bytes())),
                _ => {
                    let at = start + line.find(&text).expect("it stands in the line");
                    Some(Slice::new(at..at + text.len()))
                }
            }
        };
        let [ip, user, id, url, host, agent, field] = self.values;
        for (field, number) in [
            (Field::SrcIp, ip),
            (Field::DstUser, user),
            (Field::SrcUser, user),
            (Field::Id, id),
            (Field::Url, url),
        ] {
            if let Some(slice) = value(&mut event, number) {
                event.set_field(field, slice);
            }
        }
        event.hostname = value(&mut event, host).unwrap_or_default();
        event.location = event.hostname;
        event.agent = value(&mut event, agent);
        if field > 0 {
            dynamic::add(engine, &mut event, b"f", &[field]);
        }
        if self.is_ids {
            event.category = Category::Ids;
        }
        event
    }
}

#[derive(Clone, Debug)]
struct Case {
    dialect: Dialect,
    shapes: Vec<Shape>,
    memory: u64,
    by_sid: Option<usize>,
    has_stores: bool,
    steps: Vec<Step>,
}

fn case_of(dialect: Dialect) -> impl Strategy<Value = Case> {
    let shapes = prop::collection::vec(shape(dialect), 1..6);
    let limits = (3..80u64, prop::option::of(1..20usize), any::<bool>());
    let steps = prop::collection::vec(step(), 1..250);
    (shapes, limits, steps).prop_map(move |(shapes, (memory, by_sid, has_stores), steps)| Case {
        dialect,
        shapes,
        memory,
        by_sid,
        has_stores,
        steps,
    })
}

fn case() -> impl Strategy<Value = Case> {
    select(&Dialect::ALL[..]).prop_flat_map(case_of)
}

impl Case {
    fn engine(&self) -> Engine {
        let mut xml = format!("<group name=\"t,\">{COUNTED}");
        // Rule 100 is always there to be counted.
        let plain = "<rule id=\"100\" level=\"5\" frequency=\"2\" timeframe=\"9\">\
                     <if_matched_sid>11</if_matched_sid><description>d</description></rule>";
        xml.push_str(plain);
        for (id, shape) in (101..).zip(&self.shapes) {
            xml.push_str(&shape.xml(id));
        }
        xml.push_str("</group>");
        let decoder = "<decoder name=\"d\"><prematch>^d</prematch></decoder>";
        let files = [("d.xml", decoder), ("r.xml", &xml)]
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let mut inputs = config::from_files(files.into(), Some(self.dialect));
        inputs.options.memory_size = self.memory;
        inputs.options.sid_prev_matched_max = self.by_sid;
        Engine::new(crate::ruleset::build(&inputs).0)
    }

    /// Both memories see the same.
    fn run(&self) -> Result<usize, TestCaseError> {
        let engine = self.engine();
        let rules = &engine.ruleset.rules;
        let composites: Vec<RuleId> = engine
            .correlation
            .composites
            .iter()
            .map(|composite| composite.rule)
            .collect();
        let finals: Vec<RuleId> = [10, 10, 11, 12, 13, 100]
            .into_iter()
            .filter_map(|sid| rules.find(Sid(sid)))
            .chain(composites.iter().copied())
            .collect();
        let mut memory = Memory::new(&engine);
        let mut plain = PlainMemory::new(rules.group_patterns.len());
        let mut stores = [LineStore::default(), LineStore::default()];
        let mut seconds: i64 = 1_700_000_000;
        let mut fired = 0;
        for (number, step) in self.steps.iter().enumerate() {
            if step.restored {
                memory = restored(&engine, &memory);
            }
            seconds = match step.seconds {
                i64::MAX | i64::MIN => step.seconds,
                // Back from the end of time.
                _ if seconds.unsigned_abs() > 1 << 60 => 1_700_000_000,
                more => seconds + more,
            };
            let mut event = step.event(&engine, seconds, number);
            let mut copy = event.clone();
            memory.forget_lines();
            plain.forget_lines();
            for search in &step.searches {
                let id = *search.get(&composites);
                let [store, other] = &mut stores;
                let [store, other] = [store, other].map(|store| self.has_stores.then_some(store));
                let result = memory.search(&engine, &mut event, id, store);
                let expected = plain.search(&engine, &mut copy, id, other);
                prop_assert_eq!(
                    result,
                    expected,
                    "event {}, rule {:?}",
                    number,
                    rules.get(id).sid
                );
                fired += usize::from(result);
                prop_assert_eq!(event.mark, copy.mark);
                prop_assert_eq!(previous(&event), previous(&copy));
                let [store, other] = &stores;
                prop_assert_eq!(kept(store), kept(other), "event {}", number);
            }
            if let Some(id) = &step.rule {
                let id = *id.get(&finals);
                memory.insert(&engine, &event, id);
                memory.purge(&engine, seconds);
                plain.insert(&engine, &copy, id);
                plain.purge(seconds, engine.correlation.limits, |id| rules.get(id));
            }
            let marks: Vec<(i64, u32)> = memory.events.iter().map(|e| (e.time, e.mark)).collect();
            prop_assert_eq!(marks, plain.marks());
        }
        Ok(fired)
    }
}

/// The memory of a session that was restored from a snapshot.
fn restored(engine: &Engine, memory: &Memory) -> Memory {
    let bytes = |memory: &Memory| {
        let mut writer = Writer::default();
        memory.save(engine, &mut writer);
        writer.into_bytes()
    };
    let before = bytes(memory);
    let restored = Memory::load(engine, &mut Reader::new(&before)).expect("it was just written");
    assert_eq!(bytes(&restored), before);
    restored
}

fn previous(event: &Event) -> Vec<&bstr::BStr> {
    event.previous.iter().map(|line| event.get(*line)).collect()
}

fn kept(store: &LineStore) -> Vec<String> {
    let mut event = Event::default();
    store.give_to(&mut event);
    previous(&event).iter().map(ToString::to_string).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_search_ends_as_the_plain_one(case in case()) {
        case.run()?;
    }
}

/// The property would be worth little if hardly a search succeeded.
#[test]
fn random_cases_fire() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for dialect in Dialect::ALL {
        let mut fired = 0;
        for _ in 0..20 {
            let tree = case_of(dialect).new_tree(&mut runner).expect("a case");
            fired += tree.current().run().expect("equal");
        }
        assert!(fired > 100, "{dialect:?}: {fired}");
    }
}
