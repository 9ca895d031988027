//! `ossia check`.

use serde_json::Value;

use super::{Run, Sandbox, run};

/// Four mistakes: two that `--fix` knows, a rule that another one hides, a pattern of another
/// language.
const LOCAL: &str = r#"<group name="local,">
  <rule id="100200" level="5">
    <if_sid>100</if_sid>
    <regex>user .* failed</regex>
    <description>kv &amp; failure</description>
  </rule>
  <rule id="100201" level="5">
    <if_sid>100</if_sid>
    <match>failed|refused|failed</match>
    <description>kv failed</description>
  </rule>
  <rule id="100202" level="3">
    <if_sid>100</if_sid>
    <match>failed again</match>
    <description>kv failed again</description>
  </rule>
</group>
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("local/local_rules.xml", LOCAL);
    sandbox
}

/// `ossia check` of the local rules on the tiny ruleset.
fn check(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut all = vec!["check", "local/local_rules.xml"];
    all.extend(arguments);
    all.extend(["--ruleset", "rules"]);
    run(sandbox.folder.path(), &all, b"")
}

fn ids(run: &Run) -> Vec<String> {
    let objects = run.objects();
    let ids = objects
        .iter()
        .map(|object| object["code"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

#[test]
fn for_people() {
    let found = check(&sandbox(), &[]);
    assert_eq!(found.code, Some(1), "{}", found.stderr);
    insta::assert_snapshot!(found.text());
    insta::assert_snapshot!(
        found.stderr,
        @"2 warnings, 2 notes in 3 files; 1 can be fixed with --fix; 1 more with --fix --unsafe-fixes; `ossia check --explain ID` says more"
    );
}

#[test]
fn one_line_each() {
    let found = check(&sandbox(), &["--format", "short", "--severity", "warning"]);
    insta::assert_snapshot!(found.text(), @r"
    local/local_rules.xml:4:17: warning[OS003]: `.*` is a literal dot and sign here
    local/local_rules.xml:12:3: warning[OS401]: rule `100202` is never reached: rule `100201` holds whenever it does
    ");
}

#[test]
fn for_programs() {
    let found = check(&sandbox(), &["--format", "json"]);
    assert_eq!(found.code, Some(1));
    assert_eq!(found.stderr, "");
    assert_eq!(ids(&found), ["OS003", "OS851", "OS021", "OS401"]);
    let objects = found.objects();
    insta::assert_snapshot!(serde_json::to_string_pretty(&objects[2]).unwrap());
}

#[test]
fn for_code_scanning() {
    let found = check(&sandbox(), &["--format", "sarif"]);
    assert_eq!(found.code, Some(1));
    let mut log: Value = serde_json::from_str(found.text()).unwrap();
    let run = &mut log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 4);
    // The texts are those of the checks.
    run["tool"]["driver"]["rules"]
        .as_array_mut()
        .unwrap()
        .truncate(1);
    run["tool"]["driver"]["version"] = "".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn for_github() {
    insta::assert_snapshot!(check(&sandbox(), &["--format", "github"]).text());
}

#[test]
fn levels_of_the_command_line() {
    let sandbox = sandbox();
    let json = |arguments: &[&str]| {
        let mut all = vec!["--format", "json"];
        all.extend(arguments);
        check(&sandbox, &all)
    };
    let allowed = json(&["--allow", "OS003", "--allow", "shadowed-rule"]);
    // Only information is left.
    assert_eq!((allowed.code, ids(&allowed).len()), (Some(0), 2));
    let denied = json(&["--allow", "all", "--deny", "os021"]);
    assert_eq!(
        (denied.code, ids(&denied)),
        (Some(1), vec!["OS021".to_owned()])
    );
    assert_eq!(denied.objects()[0]["severity"], "error");
    assert_eq!(json(&["--exit-zero"]).code, Some(0));
    let unknown = json(&["--allow", "bracket-clas"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains("did you mean `bracket-class`?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn comments_allow() {
    let sandbox = sandbox();
    let with = |text: &str| {
        sandbox.write("local/local_rules.xml", text);
        ids(&check(&sandbox, &["--format", "json"]))
    };
    let above = |what: &str, comment: &str| LOCAL.replacen(what, &format!("{comment}{what}"), 1);
    let comment = "<!-- ossia: allow OS003, entity-in-text: the device does that -->\n";
    // One element, one rule, the whole file.
    assert_eq!(
        with(&above("<regex>", comment)),
        ["OS851", "OS021", "OS401"]
    );
    assert_eq!(
        with(&above("<rule id=\"100200\"", comment)),
        ["OS021", "OS401"]
    );
    assert_eq!(with(&above("<group ", comment)), ["OS021", "OS401"]);
    assert_eq!(with(&above("<rule id=\"100201\"", comment)).len(), 4);
    let unknown = "<!-- ossia: allow OS999 -->\n";
    assert_eq!(with(&above("<group ", unknown))[0], "OS901");
}

#[test]
fn settings() {
    let sandbox = sandbox();
    sandbox.write(
        "local/ossia.toml",
        "[check]\nallow = [\"OS003\"]\n[check.levels]\nduplicate-alternative = \"error\"\n",
    );
    let found = check(&sandbox, &["--format", "json"]);
    assert_eq!(ids(&found), ["OS851", "OS021", "OS401"]);
    assert_eq!(found.objects()[1]["severity"], "error");
    let mistake = "[check]\nallow = [\"OS003\", \"no-such-check\"]\n";
    sandbox.write("local/ossia.toml", mistake);
    let found = check(&sandbox, &[]);
    assert_eq!(found.code, Some(2));
    assert!(
        found.stderr.contains("local/ossia.toml:2:19"),
        "{}",
        found.stderr
    );
    let found = check(&sandbox, &["--settings", "no.toml"]);
    assert_eq!(found.code, Some(2));
    assert!(
        found.stderr.contains("cannot read `no.toml`"),
        "{}",
        found.stderr
    );
}

#[test]
fn fixes() {
    let sandbox = sandbox();
    let found = check(&sandbox, &["--fix", "--format", "short"]);
    assert_eq!(found.code, Some(1));
    insta::assert_snapshot!(found.stderr, @r"
    fixed local/local_rules.xml:9:27: OS021: remove the second `failed`
    2 warnings, 1 note in 3 files; 1 fixed; 1 with --fix --unsafe-fixes; `ossia check --explain ID` says more
    ");
    let text = std::fs::read_to_string(sandbox.path("local/local_rules.xml")).unwrap();
    assert_eq!(text, LOCAL.replace("|failed<", "<"));
    // What changes alerts needs a word of its own.
    let arguments = ["--fix", "--unsafe-fixes", "--format", "short"];
    let found = check(&sandbox, &arguments);
    insta::assert_snapshot!(found.stderr, @r"
    fixed local/local_rules.xml:5:21: OS851: write the characters themselves
    2 warnings in 3 files; 1 fixed; `ossia check --explain ID` says more
    ");
    let text = std::fs::read_to_string(sandbox.path("local/local_rules.xml")).unwrap();
    let expected = LOCAL.replace("&amp;", "&").replace("|failed<", "<");
    assert_eq!(text, expected);
    let again = check(&sandbox, &["--fix", "--format", "json"]);
    assert_eq!(ids(&again), ["OS003", "OS401"]);
    // Nothing is left beside the file.
    let files = std::fs::read_dir(sandbox.path("local")).unwrap();
    assert_eq!(files.count(), 1);
}

#[test]
fn documentation() {
    let sandbox = sandbox();
    let explain = |id: &str| run(sandbox.folder.path(), &["check", "--explain", id], b"");
    insta::assert_snapshot!(explain("OS401").success().text());
    assert_eq!(explain("shadowed-rule").text(), explain("os401").text());
    assert_eq!(explain("OS999").code, Some(2));
    let list = run(sandbox.folder.path(), &["check", "--list"], b"").success();
    assert!(list.text().lines().count() > 100);
    assert!(list.text().contains("OS401  warning  shadowed-rule"));
}

#[test]
fn what_does_not_load() {
    let sandbox = sandbox();
    let broken = LOCAL.replacen("<if_sid>100<", "<if_sid>10O<", 1);
    sandbox.write("local/local_rules.xml", broken);
    let found = check(&sandbox, &["--format", "json"]);
    assert_eq!(found.code, Some(1));
    // What can be said of a file alone is said, too.
    assert_eq!(ids(&found), ["E501", "OS003", "OS851", "OS021"]);
    assert!(found.stderr.contains("does not load"), "{}", found.stderr);
}

#[test]
fn all_is_well() {
    let sandbox = sandbox();
    let found = run(sandbox.folder.path(), &["check", "rules"], b"").success();
    assert_eq!(
        (found.text(), found.stderr.as_str()),
        ("", "nothing found in 2 files\n")
    );
    // The built-in ruleset, too, and an empty file is said to be one.
    run(sandbox.folder.path(), &["check"], b"").success();
    sandbox.write("empty/r.xml", "");
    let found = run(sandbox.folder.path(), &["check", "empty"], b"");
    assert_eq!(found.code, Some(1));
    assert!(found.text().contains("E103"), "{}", found.text());
    let found = run(sandbox.folder.path(), &["check", "missing"], b"");
    assert_eq!(found.code, Some(1));
    assert!(
        found.stderr.contains("cannot read `missing`"),
        "{}",
        found.stderr
    );
}

/// Local rules stand on the ids of a ruleset that is somewhere else.
#[test]
fn local_rules_and_the_built_in_ruleset() {
    let sandbox = Sandbox::new();
    let rules = LOCAL.replace("<if_sid>100<", "<if_sid>5716<");
    sandbox.write("local.xml", &rules);
    let check = |arguments: &[&str]| {
        let mut all = vec!["check", "--format", "json"];
        all.extend(arguments);
        run(sandbox.folder.path(), &all, b"")
    };
    let alone = check(&["local.xml"]);
    assert_eq!(alone.code, Some(1));
    assert!(
        alone.stderr.contains("help: name the ruleset"),
        "{}",
        alone.stderr
    );
    let added = check(&["--add", "local.xml", "local.xml"]);
    assert_eq!(added.stderr, "");
    assert_eq!(ids(&added), ["OS003", "OS851", "OS021", "OS401"]);
    // A file that is named twice is one.
    let fixed = check(&["--add", "local.xml", "--fix", "local.xml", "./local.xml"]);
    assert_eq!(ids(&fixed), ["OS003", "OS851", "OS401"]);
    let twice = check(&["local.xml", "./local.xml", "."]);
    assert_eq!(twice.text(), check(&["local.xml"]).text());
}
