//! The formats of a small tree.

use super::*;
use crate::output::Palette;
use crate::rule_tree::tests::{LOCAL, RULES, demo, tree_of};

fn text(tree: &RuleTree, look: TreeText) -> String {
    let mut out = Vec::new();
    write_text(&mut out, tree, look).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_text() {
    insta::assert_snapshot!(text(&demo(), TreeText::default()));
}

#[test]
fn the_text_with_conditions() {
    let look = TreeText {
        conditions: true,
        ..TreeText::default()
    };
    insta::assert_snapshot!(text(&demo(), look));
}

#[test]
fn colours_change_nothing_else() {
    let colored = TreeText {
        palette: Palette::colored(),
        conditions: true,
    };
    let plain = TreeText {
        palette: Palette::plain(),
        conditions: true,
    };
    let colored = text(&demo(), colored);
    assert!(colored.contains('\u{1b}'));
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, text(&demo(), plain));
}

#[test]
fn json() {
    let mut out = Vec::new();
    write_json(&mut out, &demo()).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn dot() {
    let mut out = Vec::new();
    write_dot(&mut out, &demo()).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

/// A rule whose texts try to get out of every format.
fn hostile() -> RuleTree {
    let local = LOCAL.replace(
        "door opened at night",
        r#"\</script>\<script>alert(1)\</script> " \N &quot; ' {{data}}"#,
    );
    tree_of(&[("demo_rules.xml", RULES), ("local\"&\\_rules.xml", &local)])
}

/// Strings of Graphviz end at the first quotation mark that has no backslash before it.
#[test]
fn hostile_dot() {
    let mut out = Vec::new();
    write_dot(&mut out, &hostile()).unwrap();
    let text = String::from_utf8(out).unwrap();
    let line = text.lines().find(|line| line.contains("102 ·")).unwrap();
    let mut strings = Vec::new();
    let mut rest = line;
    while let Some((_, behind)) = rest.split_once('"') {
        let mut escape = false;
        let end = behind.bytes().position(|byte| {
            let ends = byte == b'"' && !escape;
            escape = byte == b'\\' && !escape;
            ends
        });
        let end = end.unwrap();
        strings.push(&behind[..end]);
        rest = &behind[end + 1..];
    }
    assert_eq!(strings.len(), 3, "{line}");
    assert!(strings[1].contains(r#"\" \\N &amp;quot; '"#), "{line}");
}

/// The page, and what the browser finds in its data.
fn page(tree: &RuleTree) -> (String, serde_json::Value) {
    let mut out = Vec::new();
    write_html(&mut out, tree).unwrap();
    let page = String::from_utf8(out).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = data.split_once("</script>").unwrap();
    let data = serde_json::from_str(data).unwrap();
    (page, data)
}

#[test]
fn the_page_has_the_data_of_json() {
    let tree = demo();
    let mut json = Vec::new();
    write_json(&mut json, &tree).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let (page, data) = page(&tree);
    assert_eq!(data, json);
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(page.contains("<title>Rules · ossec-4.3</title>"));
}

/// One file, and nothing from the network.
#[test]
fn the_page_stands_alone() {
    let (page, _) = page(&tree_of(&[]));
    for foreign in [
        "http:", "https:", "src=", "@import", "url(", "import(", "fetch(", "{{",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    // Whatever comes from the data is set as text.
    for markup in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
    ] {
        assert!(!page.contains(markup), "{markup}");
    }
}

#[test]
fn hostile_page() {
    let (empty, _) = page(&tree_of(&[]));
    let (page, data) = page(&hostile());
    let count = |text: &str, what: &str| text.matches(what).count();
    for what in ["<script", "</script", "<!--"] {
        assert_eq!(count(&page, what), count(&empty, what), "{what}");
    }
    let cards = data["rules"].as_array().unwrap();
    let card = cards.iter().find(|card| card["id"] == 102).unwrap();
    let description = card["description"].as_str().unwrap();
    assert!(description.contains("</script>"), "{description}");
    assert!(description.contains("{{data}}"), "{description}");
}

/// Each layer stands below both rules of the layer before: two to the fortieth places.
#[test]
fn text_of_a_tree_with_very_many_places() {
    let mut rules = RULES.trim_end().trim_end_matches("</group>").to_owned();
    for layer in 20..60 {
        let parents = match layer {
            20 => "100".to_owned(),
            _ => format!("{0}0, {0}1", layer - 1),
        };
        for rule in 0..2 {
            rules += &format!(
                "<rule id=\"{layer}{rule}\" level=\"1\"><if_sid>{parents}</if_sid><match>x</match><description>d</description></rule>\n"
            );
        }
    }
    rules += "</group>\n";
    let tree = tree_of(&[("r.xml", &rules)]);
    let text = text(&tree, TreeText::default());
    let connections: usize = tree.nodes.iter().map(|node| node.children.len()).sum();
    // And the category.
    assert_eq!(
        text.lines().count(),
        connections + tree.tops[0].nodes.len() + 1
    );
}

/// A chain of rules does not make lines as long as the chain.
#[test]
fn deep_text() {
    let mut rules = RULES.trim_end().trim_end_matches("</group>").to_owned();
    for id in 200..3200 {
        let parent = if id == 200 { 100 } else { id - 1 };
        rules += &format!(
            "<rule id=\"{id}\" level=\"1\"><if_sid>{parent}</if_sid><description>d</description></rule>\n"
        );
    }
    rules += "</group>\n";
    let text = text(&tree_of(&[("r.xml", &rules)]), TreeText::default());
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(200));
    assert!(
        text.contains("3002 levels down: "),
        "{}",
        &text[text.len() - 300..]
    );
}
