//! The copies of a ruleset that the benchmark of its size makes: disjoint, and otherwise alike.

#[path = "../../benches/support/copies.rs"]
mod generator;

use std::path::Path;
use std::sync::Arc;

use generator::Copies;
use ossia::config::{self, Inputs};
use ossia::engine::{Engine, Moment, Session, SessionOptions};
use ossia::input::DiskFiles;
use ossia::ruleset::Ruleset;

const DECODERS: &str = r#"
<decoder name="kv"><program_name>^kv|sd$</program_name></decoder>
<decoder name="kv-user"><parent>kv</parent><regex>user=(\S+)</regex><order>user</order></decoder>
<decoder name="plain"><prematch>^plain |a \| b</prematch></decoder>
"#;

const RULES: &str = r#"
<group name="syslog,demo,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>root</description></rule>
  <rule id="100" level="3"><decoded_as>kv</decoded_as><description>kv \< 3</description></rule>
  <rule id="101" level="5">
    <if_sid>100</if_sid><match>fail</match><group>failed,</group><description>x</description>
  </rule>
  <rule id="102" level="10" frequency="2" timeframe="60">
    <if_matched_group>failed</if_matched_group><description>often</description>
  </rule>
  <rule id="103" level="7"><if_group>failed</if_group><user>root</user><description>y</description></rule>
  <rule id="104" level="2"><match>^odd</match><description>for any decoder</description></rule>
  <rule id="105" level="2"><if_level>9</if_level><match>z</match><description>left out</description></rule>
</group>
"#;

const LINES: [&str; 8] = [
    "Jan  1 10:00:00 h kv: user=bob fail",
    "Jan  1 10:00:00 h kv: user=root fail",
    "plain text",
    "odd text",
    "Jan  1 10:00:00 h kv: user=bob fail",
    "Jan  1 10:00:00 h kv: user=bob fail",
    "Jan  1 10:00:00 h kv: user=bob fail",
    "Jan  1 10:00:00 h other: user=bob",
];

fn tiny() -> Inputs {
    let files = [("d.xml", DECODERS), ("r.xml", RULES)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    config::from_files(files.into(), None)
}

/// The ruleset with its copies.
fn with_copies(mut inputs: Inputs, count: usize, kind: Copies) -> Ruleset {
    let files = generator::files(&inputs, count, kind);
    config::add_files(&mut inputs, files);
    let (ruleset, copied) = ossia::ruleset::build(&inputs);
    let error = copied.iter().find(|problem| problem.is_error());
    assert!(error.is_none(), "{error:?}");
    ruleset
}

/// Of each line the rule, the level, and whether it alerts.
fn results(ruleset: Ruleset) -> Vec<Option<(u32, u32, bool)>> {
    let mut session = Session::new(Arc::new(Engine::new(ruleset)), SessionOptions::default());
    let at = Moment {
        seconds: 1_700_000_000,
        utc_offset: 0,
    };
    LINES
        .iter()
        .map(|line| {
            let verdict = session.evaluate(b"stdin", line.as_bytes(), at).unwrap();
            let rule = verdict.rule()?;
            Some((rule.sid.0, rule.level, verdict.alert()))
        })
        .collect()
}

#[test]
fn verdicts_are_those_of_the_ruleset_alone() {
    let (alone, _) = ossia::ruleset::build(&tiny());
    let rules = alone.rules.rules.len();
    let alone = results(alone);
    let sids: Vec<_> = alone
        .iter()
        .map(|one| one.map_or(0, |rule| rule.0))
        .collect();
    assert_eq!(sids, [101, 103, 0, 104, 101, 101, 102, 0]);
    for kind in [Copies::Matching, Copies::Silent] {
        for count in [0, 1, 4] {
            let ruleset = with_copies(tiny(), count, kind);
            // All but the template and the rule with `if_level`.
            assert_eq!(ruleset.rules.rules.len(), rules + count * (rules - 2));
            assert_eq!(results(ruleset), alone, "{kind:?} {count}");
        }
    }
}

/// A copy of a rule has as many places in the tree as the rule: it hangs below its own copy only.
#[track_caller]
fn assert_disjoint(inputs: &Inputs, kinds: &[Copies], count: usize) {
    let (alone, _) = ossia::ruleset::build(inputs);
    for &kind in kinds {
        let both = with_copies(inputs.clone(), count, kind);
        let times = count + 1;
        let shared = alone
            .rules
            .rules
            .iter()
            .filter(|rule| rule.sid.0 < 10)
            .count();
        let counts = |ruleset: &Ruleset| {
            let rules = &ruleset.rules;
            (rules.rules.len() - shared, rules.nodes.len() - shared)
        };
        let ((rules, nodes), (all_rules, all_nodes)) = (counts(&alone), counts(&both));
        let decoders = both.decoders.decoders.len() / alone.decoders.decoders.len();
        let marks = |ruleset: &Ruleset| {
            let rules = ruleset.rules.rules.iter();
            rules.map(|rule| rule.group_marks.len()).sum::<usize>()
        };
        assert_eq!(decoders, if kind == Copies::Silent { times } else { 1 });
        assert_eq!(
            (all_rules, all_nodes),
            (rules * times, nodes * times),
            "{kind:?}"
        );
        assert_eq!(marks(&both), marks(&alone) * times, "{kind:?}");
    }
}

#[test]
fn copies_are_disjoint() {
    // The rule with `if_level` has no copy.
    let lines = RULES.lines().filter(|line| !line.contains("if_level"));
    let rules = lines.collect::<Vec<_>>().join("\n");
    let files = [("d.xml", DECODERS), ("r.xml", &rules)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let inputs = config::from_files(files.into(), None);
    assert_disjoint(&inputs, &[Copies::Matching, Copies::Silent], 3);
}

#[test]
fn copies_of_a_large_ruleset_are_disjoint() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/rulesets/wazuh-4.14");
    if root.exists() {
        let files = DiskFiles::new(&root);
        let inputs = config::from_configuration(&files, "etc/ossec.conf", None, None);
        assert_disjoint(&inputs, &[Copies::Silent], 1);
    }
}

#[test]
fn silent_copies_match_nothing() {
    let ruleset = with_copies(tiny(), 1, Copies::Silent);
    let mut session = Session::new(Arc::new(Engine::new(ruleset)), SessionOptions::default());
    for line in LINES {
        let at = Moment {
            seconds: 1_700_000_000,
            utc_offset: 0,
        };
        let verdict = session.evaluate(b"stdin", line.as_bytes(), at).unwrap();
        let decoder = verdict.decoder().map(ToString::to_string);
        assert!(!decoder.unwrap_or_default().contains("copy"), "{line}");
    }
    let silent = |line: &str| line.replace("kv:", "Qzxbkv:");
    let line = silent(LINES[0]);
    let at = Moment {
        seconds: 1_700_000_000,
        utc_offset: 0,
    };
    let verdict = session.evaluate(b"stdin", line.as_bytes(), at).unwrap();
    assert_eq!(verdict.decoder().unwrap(), "kv-copyb");
    assert!(verdict.rule().unwrap().sid.0 > 105);
}
