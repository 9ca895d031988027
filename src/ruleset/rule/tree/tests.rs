//! Small rulesets against the [naive tree](naive).

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::{Rule, RuleId, Rules};
use super::naive::{self, By, Written};
use crate::config;
use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::ruleset;

fn build(dialect: Dialect, written: &[Written]) -> Rules {
    let xml: String = written.iter().map(Written::xml).collect();
    let files = vec![("rules.xml".to_owned(), xml.into_bytes())];
    let (ruleset, _) = ruleset::build(&config::from_files(files, Some(dialect)));
    ruleset.rules
}

fn naive(dialect: Dialect, written: &[Written]) -> naive::Tree {
    let mut tree = naive::Tree::new(dialect);
    for rule in written {
        tree.load(rule);
        // What comes behind would only take its time.
        if tree.size() > 20_000 {
            break;
        }
    }
    tree.finish();
    tree
}

/// Everything that the tree decides is as in the naive one.
fn check(dialect: Dialect, written: &[Written]) -> Result<usize, TestCaseError> {
    let naive = naive(dialect, written);
    if naive.size() > 20_000 {
        return Ok(naive.size());
    }
    let rules = build(dialect, written);
    let sids: Vec<_> = rules.rules.iter().map(|rule| rule.sid.0).collect();
    let expected: Vec<_> = naive.rules.iter().map(|rule| rule.sid).collect();
    prop_assert_eq!(sids, expected, "which rules are loaded");
    let places: Vec<_> = rules.places().collect();
    let places: Vec<_> = places
        .into_iter()
        .map(|(depth, node)| (depth, rules.node(node).rule.index()))
        .collect();
    prop_assert_eq!(places, naive.places());
    // A rule that names its own id stands below itself; its nodes are doubled for that and stay so.
    let below_itself = |(index, rule): (usize, &Rule)| {
        let mut above = rules.above(RuleId(index as u32)).iter();
        above.any(|&above| rules.get(above).sid == rule.sid)
    };
    let may_double = rules.rules.iter().enumerate().any(below_itself);
    let mut distinct = HashSet::new();
    for node in &rules.nodes {
        prop_assert!(
            may_double || distinct.insert((node.rule, node.children.clone())),
            "two nodes with the same below them"
        );
    }
    for (index, (rule, expected)) in rules.rules.iter().zip(&naive.rules).enumerate() {
        let sid = expected.sid;
        let marks = rule.group_marks.iter();
        let marks: Vec<_> = marks.map(|mark| (mark.memory.0, mark.times)).collect();
        prop_assert_eq!(&marks, &expected.marks, "marks of {}", sid);
        prop_assert_eq!(rule.level, expected.level, "level of {}", sid);
        prop_assert_eq!(rule.category.name(), expected.category, "of {}", sid);
        let mut above: Vec<usize> = Vec::new();
        for &rule in &expected.above {
            if !above.contains(&rule) {
                above.push(rule);
            }
        }
        let found = rules.above(RuleId(index as u32)).iter();
        let found: Vec<_> = found.map(|rule| rule.index()).collect();
        prop_assert_eq!(found, above, "above {}", sid);
    }
    Ok(naive.size())
}

const CATEGORIES: [&str; 3] = ["syslog", "ids", "web-log"];
const GROUPS: [&str; 5] = ["a,", "b,", "a,b,", "ab,", "c,a,"];
const WORDS: [&str; 6] = ["a", "b", "^a", "b|c", "a,b", "d"];

fn ids() -> impl Strategy<Value = By> {
    // Few ids, so that rules meet often; some of them unknown, the own one, or of the top level.
    let id = prop_oneof![9 => 100_u32..112, 1 => 1_u32..4];
    let ids = prop::collection::vec(id, 1..5);
    (ids, prop::bool::weighted(0.1)).prop_map(|(ids, comma)| By::Ids(ids, comma))
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        8 => ids(),
        1 => (0_u32..12).prop_map(By::Level),
        1 => prop::sample::select(&WORDS[..]).prop_map(By::Group),
        3 => Just(By::Nothing),
    ]
}

fn rule(sid: impl Strategy<Value = u32>) -> impl Strategy<Value = Written> {
    let level = prop_oneof![
        12 => 0_u32..8,
        1 => prop::sample::select(vec![99_u32, 100, 300, 9900])
    ];
    (
        sid,
        level,
        prop::bool::weighted(0.05),
        prop::sample::select(&CATEGORIES[..]),
        prop::sample::select(&GROUPS[..]),
        by(),
        prop::option::weighted(0.1, 100_u32..112),
        prop::option::weighted(0.2, prop::sample::select(&WORDS[..2])),
        prop::bool::weighted(0.1),
    )
        .prop_map(
            |(
                sid,
                level,
                inaccurate,
                category,
                groups,
                by,
                matched_sid,
                matched_group,
                overwrite,
            )| Written {
                sid,
                level,
                inaccurate,
                category,
                groups,
                by,
                matched_sid,
                matched_group,
                overwrite,
            },
        )
}

fn rulesets() -> impl Strategy<Value = Vec<Written>> {
    let top = prop::collection::vec(rule(1_u32..4), 1..4);
    // Mostly ascending, so that most references find their rule.
    let below = prop::collection::vec((rule(100_u32..112), prop::bool::weighted(0.1)), 1..14);
    (top, below).prop_map(|(mut rules, below)| {
        for (position, (mut rule, anything)) in below.into_iter().enumerate() {
            if !anything {
                rule.sid = 100 + position as u32;
            }
            rules.push(rule);
        }
        for rule in &mut rules {
            if rule.sid < 10 {
                rule.by = By::Nothing;
                rule.matched_sid = None;
            }
        }
        rules
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn as_the_naive_tree(mut written in rulesets(), wazuh in any::<bool>()) {
        let dialect = if wazuh { Dialect::Wazuh414 } else { Dialect::Ossec43 };
        if wazuh {
            written.iter_mut().for_each(|rule| rule.level = rule.level.min(16));
        }
        check(dialect, &written)?;
    }
}

fn plain(sid: u32, by: By) -> Written {
    Written {
        sid,
        level: 3,
        inaccurate: false,
        category: "syslog",
        groups: "a,",
        by,
        matched_sid: None,
        matched_group: None,
        overwrite: false,
    }
}

fn below(sid: u32, parents: impl IntoIterator<Item = u32>) -> Written {
    plain(sid, By::Ids(parents.into_iter().collect(), false))
}

/// A rule of the top level and layers of rules that each stand below `width` rules of the layer
/// above, then composite rules that count rules of the last one: by id, and all of them by group.
fn layered(width: u32, layers: &[u32], composites: u32) -> Vec<Written> {
    let mut rules = vec![plain(1, By::Nothing)];
    let mut above = 1..2;
    for &size in layers {
        let first = above.end.max(100);
        for place in 0..size {
            let parents = above.len() as u32;
            let parents = (0..width.min(parents)).map(|at| above.start + (place + at) % parents);
            rules.push(below(first + place, parents));
        }
        above = first..first + size;
    }
    for rule in rules.iter_mut().filter(|rule| above.contains(&rule.sid)) {
        rule.groups = "counted,";
    }
    for number in 0..composites {
        let mut composite = plain(above.end + number, By::Nothing);
        if number % 2 == 0 {
            composite.matched_sid = Some(above.start + number % above.len() as u32);
        } else {
            composite.matched_group = Some("counted");
        }
        rules.push(composite);
    }
    rules
}

fn times(rules: &Rules, sid: u32) -> Vec<u64> {
    let mut found = rules.rules.iter().filter(|rule| rule.sid.0 == sid);
    let marks = found.next().map(|rule| rule.group_marks.iter());
    marks.into_iter().flatten().map(|mark| mark.times).collect()
}

#[test]
fn layers_are_as_in_the_naive_tree() {
    for dialect in [Dialect::Ossec43, Dialect::Wazuh414] {
        let rules = layered(5, &[5, 20, 12], 6);
        let places = check(dialect, &rules).unwrap();
        assert!(places > 1000, "{places}");
    }
}

/// The second rule 106 is below the first one and below itself: the first one gives it its category,
/// and below itself nothing changes.
#[test]
fn a_rule_below_itself() {
    let top = |sid: u32, category| Written {
        category,
        ..plain(sid, By::Nothing)
    };
    let rules = [
        top(1, "ids"),
        top(2, "syslog"),
        top(100, "syslog"),
        top(106, "ids"),
        below(106, [100, 106]),
    ];
    check(Dialect::Ossec43, &rules).unwrap();
    let rules = build(Dialect::Ossec43, &rules);
    let categories = rules.rules.iter().map(|rule| rule.category.name());
    assert_eq!(
        categories.collect::<Vec<_>>(),
        ["ids", "syslog", "syslog", "ids", "ids"]
    );
}

/// The shape of rulesets for which the original builds 320,000 nodes.
#[test]
fn many_parents() {
    let written = layered(40, &[40, 460, 190], 10);
    assert_eq!(written.len(), 701);
    let rules = build(Dialect::Wazuh414, &written);
    assert_eq!(rules.rules.len(), 701);
    assert_eq!(rules.nodes.len(), 701);
    // The composites by id add 1600 places each, those by group as many for every rule counted.
    let counted = 190 * 1600;
    assert!(rules.places().take(1_000_000).count() > 40 + 460 * 40 + counted);
    assert_eq!(times(&rules, 600), [1600; 5]);
    // Here the places of a composite rule are in the group: it is counted there, too.
    let mut written = layered(40, &[40, 460, 190], 2);
    written.last_mut().unwrap().groups = "counted,";
    let rules = build(Dialect::Ossec43, &written);
    assert_eq!(times(&rules, 791), [counted as u64]);
}

/// Of several places in one list a search by id finds the first.
#[test]
fn a_chain_that_names_its_parent_again_and_again() {
    let chain = (101..1000).map(|sid| below(sid, [sid - 1; 40]));
    let mut rules = vec![plain(1, By::Nothing), below(100, [1])];
    rules.extend(chain);
    let mut composite = plain(5000, By::Nothing);
    composite.matched_group = Some("a");
    rules.push(composite);
    let rules = build(Dialect::Ossec43, &rules);
    assert_eq!(rules.rules.len(), 902);
    assert_eq!(times(&rules, 100), [1]);
    assert_eq!(times(&rules, 999), [40]);
    assert!(rules.nodes.len() < 3 * 902);
}

#[test]
fn more_places_than_can_be_counted() {
    let mut rules = layered(40, &[40; 20], 2);
    rules.last_mut().unwrap().level = 9900;
    let rules = build(Dialect::Ossec43, &rules);
    assert_eq!(rules.nodes.len(), 803);
    assert_eq!(times(&rules, 899), [u64::MAX]);
    // Once for each place, up to the point where it changes no more.
    assert_eq!(rules.rules.last().unwrap().level, 0);
    assert_eq!(rules.places().take(10_000).count(), 10_000);
}

/// Every rule stands below all rules in front of it.
#[test]
fn a_tree_without_bounds_is_refused() {
    let mut xml = plain(1, By::Nothing).xml();
    for sid in 100..3100 {
        xml += &plain(sid, By::Group("a")).xml();
    }
    let files = vec![("rules.xml".to_owned(), xml.into_bytes())];
    let inputs = config::from_files(files, Some(Dialect::Ossec43));
    let (ruleset, diagnostics) = ruleset::build(&inputs);
    let mut codes = diagnostics.iter().map(|found| found.code);
    assert!(codes.any(|code| code == Code::TREE_TOO_LARGE));
    assert!(codes.all(|code| code != Code::TREE_TOO_LARGE), "said once");
    assert!(ruleset.rules.nodes.len() < 3000);
}
