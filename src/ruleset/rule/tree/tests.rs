//! Small rulesets against the [naive tree](naive).

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::{RuleId, Rules};
use super::naive::{self, By, Written};
use crate::config;
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
    let mut distinct = HashSet::new();
    for node in &rules.nodes {
        prop_assert!(
            distinct.insert((node.rule, node.children.clone())),
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
        prop::option::weighted(0.2, prop::sample::select(&WORDS[..2])),
        prop::bool::weighted(0.1),
    )
        .prop_map(
            |(sid, level, inaccurate, category, groups, by, matched_group, overwrite)| Written {
                sid,
                level,
                inaccurate,
                category,
                groups,
                by,
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
