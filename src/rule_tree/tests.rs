//! Small rulesets, told as their trees.

use std::sync::Arc;

use super::*;
use crate::config;
use crate::dialect::{Dialect, Family};
use crate::engine::{Engine, SessionOptions};
use crate::suite::{self, ini};

/// A rule below two parents, one that counts another, and one that is overwritten.
pub(crate) const RULES: &str = r#"<group name="syslog,demo,">
  <rule id="1" level="0" noalert="1">
    <category>syslog</category>
    <description>a log line</description>
  </rule>
  <rule id="100" level="0">
    <match>door</match>
    <description>a door</description>
  </rule>
  <rule id="101" level="5">
    <if_sid>100</if_sid>
    <match>forced</match>
    <description>door forced</description>
    <group>attack,</group>
  </rule>
  <rule id="102" level="3">
    <if_sid>100</if_sid>
    <match>opened</match>
    <description>door opened</description>
  </rule>
  <rule id="103" level="12">
    <if_sid>101, 102</if_sid>
    <match>vault</match>
    <description>vault touched</description>
  </rule>
  <rule id="104" level="7">
    <if_sid>103</if_sid>
    <match>again</match>
    <description>vault touched again</description>
  </rule>
  <rule id="105" level="10" frequency="4" timeframe="60">
    <if_matched_sid>101</if_matched_sid>
    <same_location />
    <description>many doors forced</description>
  </rule>
  <rule id="106" level="9" frequency="2" timeframe="90">
    <if_matched_group>attack</if_matched_group>
    <description>under attack</description>
  </rule>
</group>
"#;

pub(crate) const LOCAL: &str = r#"<group name="local,">
  <rule id="102" level="4" overwrite="yes">
    <if_sid>100</if_sid>
    <match>opened at night</match>
    <description>door opened at night</description>
  </rule>
</group>
"#;

pub(crate) fn tree_of(files: &[(&str, &str)]) -> RuleTree {
    let files = files
        .iter()
        .map(|&(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let inputs = config::from_files(files.collect::<Vec<_>>(), Some(Dialect::Ossec43));
    let (ruleset, _) = crate::ruleset::build(&inputs);
    RuleTree::new(&inputs.sources, &ruleset)
}

pub(crate) fn demo() -> RuleTree {
    tree_of(&[("demo_rules.xml", RULES), ("local_rules.xml", LOCAL)])
}

/// `id(children)`, with `~` before what is only context and `+n` for children that were left out.
fn outline(tree: &RuleTree) -> String {
    fn walk(tree: &RuleTree, nodes: &[usize]) -> String {
        let of_node = |&node: &usize| {
            let card = tree.card(node);
            let mut text = format!("{}{}", if card.context { "~" } else { "" }, card.id);
            let TreeNode {
                children, left_out, ..
            } = &tree.nodes[node];
            if !children.is_empty() {
                text += &format!("({})", walk(tree, children));
            }
            if *left_out > 0 {
                text += &format!("+{left_out}");
            }
            text
        };
        nodes.iter().map(of_node).collect::<Vec<_>>().join(" ")
    }
    let tops = tree.tops.iter();
    tops.map(|top| format!("{}: {}", top.category, walk(tree, &top.nodes)))
        .collect()
}

#[test]
fn a_rule_below_two_parents_is_one_node() {
    let tree = demo();
    let whole = "syslog: 1(100(101(103(104) 105 106) 102(103(104))))";
    assert_eq!(outline(&tree), whole);
    assert_eq!(tree.nodes.len(), tree.rules.len());
    let card = |id| tree.rules.iter().find(|card| card.id == id).unwrap();
    assert_eq!(card(103).parents, [101, 102]);
    assert_eq!(card(101).children, [103, 105, 106]);
    assert_eq!(card(101).counted_by, [105]);
    assert_eq!(card(105).composite.as_ref().unwrap().counts, [101]);
    assert_eq!(card(105).composite.as_ref().unwrap().events, 6);
}

#[test]
fn an_overwritten_rule_is_as_it_is_now() {
    let tree = demo();
    let card = tree.rules.iter().find(|card| card.id == 102).unwrap();
    assert_eq!(card.level, 4);
    assert_eq!(card.description.as_deref(), Some("door opened at night"));
    let place = |spot: Spot| (tree.files[spot.file].as_str(), spot.line, spot.column);
    assert_eq!(place(card.defined_at.unwrap()), ("demo_rules.xml", 16, 3));
    assert_eq!(place(card.overwritten_at[0]), ("local_rules.xml", 2, 3));
    let words: Vec<&str> = card.conditions.iter().map(|c| c.words.as_str()).collect();
    assert_eq!(words, ["the log contains `opened at night` (osmatch)"]);
}

#[test]
fn selections() {
    let tree = demo();
    let numbers = |text: &str| vec![text.parse::<Numbers>().unwrap()];
    let names = |name: &str| vec![name.to_owned()];
    let none = Selection::default;
    for (selection, expected) in [
        (
            none(),
            "syslog: 1(100(101(103(104) 105 106) 102(103(104))))",
        ),
        (
            Selection {
                rules: vec![102],
                ..none()
            },
            "syslog: ~1(~100(102(103(104))))",
        ),
        (
            Selection {
                rules: vec![102],
                depth: Some(1),
                ..none()
            },
            "syslog: ~1(~100(102(103+1)))",
        ),
        (
            Selection {
                rules: vec![102],
                depth: Some(0),
                ..none()
            },
            "syslog: ~1(~100(102+1))",
        ),
        (
            Selection {
                rules: vec![102],
                levels: numbers("7"),
                ..none()
            },
            "syslog: ~1(~100(~102(~103(104))))",
        ),
        (
            Selection {
                depth: Some(1),
                ..none()
            },
            "syslog: 1(100+2)",
        ),
        (
            Selection {
                levels: numbers("10.."),
                ..none()
            },
            "syslog: ~1(~100(~101(103 105) ~102(103)))",
        ),
        (
            Selection {
                groups: names("attack"),
                ..none()
            },
            "syslog: ~1(~100(101))",
        ),
        (
            Selection {
                files: names("local"),
                ..none()
            },
            "syslog: ~1(~100(102))",
        ),
        (
            Selection {
                ids: numbers("..100"),
                ..none()
            },
            "syslog: 1(100)",
        ),
        (
            Selection {
                levels: numbers("15"),
                ..none()
            },
            "",
        ),
    ] {
        assert_eq!(outline(&tree.select(&selection)), expected, "{selection:?}");
    }
    assert_eq!(tree.select(&none()), tree);
}

#[test]
fn ranges() {
    let range = |text: &str| {
        text.parse::<Numbers>()
            .map(|range| (range.first, range.last))
    };
    assert_eq!(range("7"), Ok((7, 7)));
    assert_eq!(range("7.."), Ok((7, u32::MAX)));
    assert_eq!(range("..9"), Ok((0, 9)));
    assert_eq!(range("7..9"), Ok((7, 9)));
    assert!(range("9..7").is_err());
    assert!(range("x").is_err());
    assert!(range("").is_err());
    assert!(range("-1").is_err());
}

#[test]
fn a_ruleset_without_rules() {
    let tree = tree_of(&[]);
    assert!(tree.rules.is_empty() && tree.nodes.is_empty() && tree.tops.is_empty());
    assert_eq!(tree.select(&Selection::default()), tree);
}

#[test]
fn tests_of_rules() {
    let files = vec![("demo_rules.xml".to_owned(), RULES.as_bytes().to_vec())];
    let inputs = config::from_files(files, Some(Dialect::Ossec43));
    let (ruleset, _) = crate::ruleset::build(&inputs);
    let mut tree = RuleTree::new(&inputs.sources, &ruleset);
    let engine = Arc::new(Engine::new(ruleset));
    let text = "[demo]\nlog 1 pass = door forced\nrule = 101\nalert = 5\ndecoder =\n\
                [demo 2]\nlog 1 pass = door opened\nrule = 101\nalert = 5\ndecoder =\n";
    let mut sources = Sources::default();
    let source = sources.add("demo.ini", text);
    let (suite, problems) = ini::read(&sources, source, Family::Ossec, suite::START);
    assert!(problems.is_empty(), "{problems:?}");
    let options = SessionOptions::default();
    tree.add_tests(&engine, &options, &sources, &suite);
    let Tests { cases, failed } = tree.tests.unwrap();
    assert_eq!((cases, failed), (2, 1));
    let told: Vec<String> = tree
        .rules
        .iter()
        .map(|card| {
            let tests = card.tests.as_ref().unwrap();
            let cases = tests.cases.iter();
            let cases: Vec<_> = cases
                .map(|test| format!("{:?} {}", test.status, test.place))
                .collect();
            let (id, matched, results) = (card.id, tests.matched, tests.results);
            format!("{id}: {matched} {results} {}", cases.join(", "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "1: 2 0 ",
            "100: 2 0 ",
            "101: 1 1 Passed demo.ini:2, Failed demo.ini:7",
            "102: 1 1 Failed demo.ini:7",
            "103: 0 0 ",
            "104: 0 0 ",
            "105: 0 0 ",
            "106: 0 0 ",
        ]
    );
}

/// A chain as long as this would end a walk that calls itself.
#[test]
fn very_deep_trees() {
    let mut text = RULES.replace("</group>\n", "");
    for id in 200..20_200 {
        let parent = if id == 200 { 100 } else { id - 1 };
        text += &format!(
            "<rule id=\"{id}\" level=\"1\"><if_sid>{parent}</if_sid><description>d</description></rule>\n"
        );
    }
    text += "</group>\n";
    let tree = tree_of(&[("demo_rules.xml", &text)]);
    let deep = Selection {
        rules: vec![20_199],
        ..Selection::default()
    };
    assert_eq!(tree.select(&deep).nodes.len(), 20_002);
}
