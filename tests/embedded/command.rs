//! `ossia rule` with the embedded ruleset.

use std::process::{Command, Output};

use super::load;

fn ossia(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ossia"))
        .arg("rule")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_page_of_rule_11209() {
    let output = ossia(&["11209"]);
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
    insta::assert_snapshot!("rule_11209", text(&output.stdout));
}

#[test]
fn an_unknown_rule() {
    let output = ossia(&["112090"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let message = text(&output.stderr);
    assert!(
        message.starts_with("error: there is no rule `112090`\nhelp: near ids are "),
        "{message}"
    );
    assert!(message.contains("`11209`"), "{message}");
}

#[test]
fn rules_as_data() {
    let (_, ruleset, _) = load();
    for sid in [1, 5712, 11209, 40111] {
        let output = ossia(&[&sid.to_string(), "--format", "json"]);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["id"], sid);
        assert!(
            !value["documentation"]["description"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        let rule = ruleset.rules.rules.iter().find(|rule| rule.sid.0 == sid);
        assert_eq!(value["level"], rule.unwrap().level);
    }
}
