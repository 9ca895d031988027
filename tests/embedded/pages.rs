//! Every rule has a page, every page a rule, and they say the same.

use std::collections::BTreeMap;

use ossia::page::{Page, RuleFacts, Section};
use ossia::ruleset::rule::Sid;

use super::{families, load};

#[test]
fn pages_are_complete() {
    let (_, problems) = families();
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn every_rule_has_its_page() {
    let (sources, ruleset, _) = load();
    let (families, _) = families();
    let mut pages: BTreeMap<Sid, (&str, &Page)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for family in &families {
        for page in &family.pages {
            if let Some((path, _)) = pages.insert(page.sid, (&family.path, page)) {
                wrong.push(format!(
                    "{}:{}: rule {} has a page in {path} too",
                    family.path, page.line, page.sid
                ));
            }
        }
    }
    for rule in &ruleset.rules.rules {
        let sid = rule.sid;
        let span = rule.definitions[0].span;
        let place = format!(
            "{}:{}",
            sources.get(span.source).path(),
            sources.start(span).line
        );
        let Some((path, page)) = pages.remove(&sid) else {
            wrong.push(format!("{place}: rule {sid} has no page"));
            continue;
        };
        let beside = sources.get(span.source).path().replace(".xml", ".md");
        if path != beside {
            wrong.push(format!(
                "{path}:{}: rule {sid} stands in {place}",
                page.line
            ));
        }
        let description = rule.description.as_ref().map(ToString::to_string);
        let message = page.text(Section::AlertMessage);
        if description.as_deref() != Some(message) {
            wrong.push(format!(
                "{path}:{}: rule {sid} says `{message}`, but its description is `{}`",
                page.line,
                description.unwrap_or_default()
            ));
        }
    }
    for (sid, (path, page)) in pages {
        wrong.push(format!("{path}:{}: there is no rule {sid}", page.line));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ruleset.rules.rules.len() >= 150);
}

/// Rules that others ship may be named too, so for ids that we lack only their form counts.
#[test]
fn similar_rules_are_others() {
    let (families, _) = families();
    let mut wrong = Vec::new();
    for page in families.iter().flat_map(|family| &family.pages) {
        let mut seen = Vec::new();
        for &similar in &page.similar {
            if similar == page.sid
                || seen.contains(&similar)
                || similar.0 == 0
                || similar.0 > 999_999
            {
                wrong.push(format!("rule {}: {similar} is no other rule", page.sid));
            }
            seen.push(similar);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_can_be_told_in_words() {
    let (sources, ruleset, _) = load();
    for rule in &ruleset.rules.rules {
        let facts = RuleFacts::new(&sources, &ruleset, rule.sid).unwrap();
        let sid = facts.id;
        assert!(!facts.paths.is_empty(), "rule {sid} has no place");
        assert!(!facts.consequences.is_empty(), "rule {sid}");
        for condition in &facts.conditions {
            assert!(!condition.words.is_empty(), "rule {sid}");
            let escaped = condition.words.chars().all(|c| !c.is_control());
            assert!(escaped, "rule {sid}: {}", condition.words);
        }
        // Exceptions first, then the most severe.
        let order = |level: u32| if level == 0 { u32::MAX } else { level };
        let levels: Vec<u32> = facts
            .children
            .iter()
            .map(|child| order(child.level))
            .collect();
        let one_place = facts.paths.len() == 1;
        assert!(
            !one_place || levels.is_sorted_by(|a, b| a >= b),
            "rule {sid}: {levels:?}"
        );
    }
    assert_eq!(RuleFacts::new(&sources, &ruleset, Sid(999_999)), None);
}
