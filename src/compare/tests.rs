//! Small rulesets that differ in one thing each.

use super::*;
use crate::config;
use crate::ruleset::build;

const DECODERS: &str = r#"
<decoder name="kv"><program_name>^kv$</program_name></decoder>
<decoder name="kv-a"><parent>kv</parent><regex>^a=(\S+)</regex><order>srcip</order></decoder>
<decoder name="plain"><prematch>^plain </prematch></decoder>
"#;

const RULES: &str = r#"<group name="syslog,demo,">
<rule id="1" level="0" noalert="1"><category>syslog</category><description>any</description></rule>
<rule id="100" level="3"><decoded_as>kv</decoded_as><description>kv</description></rule>
<rule id="101" level="5"><if_sid>100</if_sid><match>bad</match><description>kv bad</description></rule>
<rule id="102" level="5"><if_sid>100</if_sid><match>worse</match><description>kv worse</description></rule>
<rule id="103" level="10" frequency="4" timeframe="60"><if_matched_sid>101</if_matched_sid><same_source_ip /><description>often</description></rule>
</group>"#;

fn load(decoders: &str, rules: &str) -> (Inputs, Ruleset) {
    let files = [("d.xml", decoders), ("r.xml", rules)];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let inputs = config::from_files(files.to_vec(), Some(Dialect::Ossec43));
    let (ruleset, problems) = build(&inputs);
    assert!(
        problems.iter().all(|found| !found.is_error()),
        "{problems:#?}"
    );
    (inputs, ruleset)
}

/// What the report says, in short: `~101 match bad > worse`.
fn told(old: (&str, &str), new: (&str, &str)) -> Vec<String> {
    let (old, new) = (load(old.0, old.1), load(new.0, new.1));
    let changes = rulesets(Side::of(&old), Side::of(&new));
    let sign = |change| match change {
        ChangeKind::Added => '+',
        ChangeKind::Removed => '-',
        ChangeKind::Changed => '~',
    };
    let values = |values: &[Value]| {
        let texts: Vec<String> = values.iter().map(Value::plain).collect();
        texts.join("|")
    };
    let elements = |elements: &[ElementChange]| {
        let told = elements.iter().map(|one| {
            let name = one.name.as_deref().map(|name| format!("({name})"));
            let (old, new) = (values(&one.old), values(&one.new));
            format!(" {}{} {old} > {new}", one.element, name.unwrap_or_default())
        });
        told.collect::<String>()
    };
    let mut told = Vec::new();
    for one in &changes.decoders {
        told.push(format!(
            "{}{}{}",
            sign(one.change),
            one.name,
            elements(&one.elements)
        ));
    }
    for one in &changes.rules {
        let mut text = format!("{}{}{}", sign(one.change), one.id, elements(&one.elements));
        if let Some(Move { left, entered }) = &one.moved {
            text += &format!(" from {left:?} to {entered:?}");
        }
        if one.overwriting_changed() {
            text += " overwritten";
        }
        told.push(text);
    }
    for one in &changes.reordered {
        told.push(format!(
            "order below {}: {}",
            one.below,
            one.moved.join(" ")
        ));
    }
    for one in &changes.file_moves {
        told.push(format!(
            "{} to {}: {}, {}",
            one.old, one.new, one.rules, one.decoders
        ));
    }
    told
}

#[test]
fn one_change_each() {
    let rules = |from: &str, to: &str| {
        assert!(RULES.contains(from), "{from}");
        told((DECODERS, RULES), (DECODERS, &RULES.replace(from, to)))
    };
    let decoders = |from: &str, to: &str| {
        assert!(DECODERS.contains(from), "{from}");
        told((DECODERS, RULES), (&DECODERS.replace(from, to), RULES))
    };
    let nothing: [&str; 0] = [];
    assert_eq!(rules("<rule", "\n\n  <!-- x -->\n<rule"), nothing);
    assert_eq!(
        rules("id=\"101\" level=\"5\"", "level='5'  id=\"101\""),
        nothing
    );
    assert_eq!(
        rules("id=\"101\" level=\"5\"", "id=\"101\" level=\"7\""),
        ["~101 level 5 > 7"]
    );
    assert_eq!(rules(">bad<", ">bad|evil<"), ["~101 match bad > bad|evil"]);
    assert_eq!(
        rules(
            "<match>bad</match>",
            "<match>bad</match><time>6 pm - 8:30 am</time>"
        ),
        ["~101 time  > !08:30 - 18:00"]
    );
    assert_eq!(
        rules(
            "<if_sid>100</if_sid><match>worse",
            "<if_sid>101</if_sid><match>worse"
        ),
        ["~102 from [Some(100)] to [Some(101)]"]
    );
    assert_eq!(
        rules("frequency=\"4\"", "frequency=\"6\""),
        ["~103 frequency 5 earlier events > 7 earlier events"]
    );
    assert_eq!(
        rules("<same_source_ip />", "<same_user/>"),
        ["~103 same source address > destination user"]
    );
    assert_eq!(
        rules("syslog,demo,", "syslog,other,"),
        [
            "~1 group demo > other",
            "~100 group demo > other",
            "~101 group demo > other",
            "~102 group demo > other",
            "~103 group demo > other",
        ]
    );
    assert_eq!(
        rules("<rule id=\"102\"", "<rule id=\"104\""),
        ["-102", "+104"]
    );
    assert_eq!(
        decoders(r"^a=(\S+)", r"^a=(\d+)"),
        [r"~kv-a regex ^a=(\S+) > ^a=(\d+)"]
    );
    assert_eq!(
        decoders(
            r"(\S+)</regex><order>srcip",
            r"(\S+) (\w+)</regex><order>srcip, user"
        ),
        [r"~kv-a regex ^a=(\S+) > ^a=(\S+) (\w+) order  > dstuser"]
    );
    assert_eq!(
        decoders(
            "<decoder name=\"plain\"><prematch>^plain </prematch></decoder>",
            ""
        ),
        ["-plain"]
    );
}

#[test]
fn overwriting_and_order() {
    let overwrite = "</group><group name=\"syslog,demo,\"><rule id=\"101\" level=\"8\" \
        overwrite=\"yes\"><if_sid>100</if_sid><match>bad</match><description>kv bad</description>\
        </rule></group>";
    let new = RULES.replace("</group>", overwrite);
    assert_eq!(
        told((DECODERS, RULES), (DECODERS, &new)),
        ["~101 level 5 > 8 overwritten"]
    );
    let mut lines: Vec<&str> = RULES.lines().collect();
    lines.swap(3, 4);
    let found = told((DECODERS, RULES), (DECODERS, &lines.join("\n")));
    assert_eq!(found, ["order below rule 100: 102"]);
    let twice = format!("{DECODERS}<decoder name=\"late\"><prematch>^l</prematch></decoder>");
    let swapped = format!("<decoder name=\"late\"><prematch>^l</prematch></decoder>{DECODERS}");
    let found = told((&twice, RULES), (&swapped, RULES));
    assert_eq!(
        found,
        ["order below the decoders without a program name: late"]
    );
}

#[test]
fn files_are_no_change() {
    let old = load(DECODERS, RULES);
    let inputs = config::from_files(
        vec![
            ("new/d.xml".to_owned(), DECODERS.into()),
            ("new/all.xml".to_owned(), RULES.into()),
        ],
        Some(Dialect::Ossec43),
    );
    let new = (inputs.clone(), build(&inputs).0);
    let changes = rulesets(Side::of(&old), Side::of(&new));
    assert!(changes.is_empty(), "{changes:#?}");
    let moved = FileMove {
        old: "r.xml".to_owned(),
        new: "all.xml".to_owned(),
        rules: 5,
        decoders: 0,
    };
    assert_eq!(changes.file_moves, [moved]);
}

#[test]
fn places_are_those_of_the_elements() {
    let old = load(DECODERS, RULES);
    let new = RULES.replace("<match>bad</match>", "\n\n<match>evil</match>");
    let new = load(DECODERS, &new);
    let changes = rulesets(Side::of(&old), Side::of(&new));
    let element = &changes.rules[0].elements[0];
    let line = |place: &Option<Place>| place.as_ref().map(|place| place.line);
    assert_eq!(
        (line(&element.old_at), line(&element.new_at)),
        (Some(4), Some(6))
    );
    assert_eq!(line(&changes.rules[0].new_at), Some(4));
}

#[test]
fn lists() {
    let load = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|&(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let inputs = config::from_files(files.collect(), Some(Dialect::Ossec43));
        let ruleset = build(&inputs).0;
        (inputs, ruleset)
    };
    let told = |old: &[(&str, &str)], new: &[(&str, &str)]| {
        let (old, new) = (load(old), load(new));
        let changes = rulesets(Side::of(&old), Side::of(&new)).lists.into_iter();
        let told = changes.map(|one| {
            let counts = [one.added_keys, one.removed_keys, one.changed_values];
            format!("{:?} {} {counts:?}", one.change, one.name)
        });
        told.collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(told(&[("a/x", "k:v\n")], &[("b/x", "k:v\n")]), nothing);
    assert_eq!(told(&[("a/x", "k:v\n")], &[("b/x", "k:v\r\n")]), nothing);
    assert_eq!(
        told(&[("a/x", "k:v\nl:w\n")], &[("b/x", "k:u\nm:w\nn:\n")]),
        ["Changed a/x [2, 1, 1]"]
    );
    assert_eq!(
        told(&[("a/x", "k:v")], &[("a/y", "k:v")]),
        ["Removed a/x [0, 0, 0]", "Added a/y [0, 0, 0]"]
    );
    // Two files of one name are told apart by their folders.
    let two = [("a/x", "k:v"), ("b/x", "l:v")];
    assert_eq!(told(&two, &two), nothing);
    assert_eq!(
        told(&two, &[("c/x", "k:v")]),
        [
            "Removed a/x [0, 0, 0]",
            "Removed b/x [0, 0, 0]",
            "Added c/x [0, 0, 0]"
        ]
    );
}

#[test]
fn settings() {
    let old = load(DECODERS, RULES);
    let mut new = load(DECODERS, RULES);
    new.1.options.fts_list_size = 99;
    new.1.options.logall = true;
    let changes = rulesets(Side::of(&old), Side::of(&new))
        .settings
        .into_iter();
    let told: Vec<_> = changes
        .map(|one| format!("{}: {} > {}", one.name, one.old, one.new))
        .collect();
    assert_eq!(told, ["logall: no > yes", "fts_list_size: 32 > 99"]);
}

/// Ten thousand decoders of one name take no time to speak of.
#[test]
fn many_of_one_name() {
    let decoders = |from: usize| -> String {
        let all = (from..from + 10_000).map(|number| {
            format!("<decoder name=\"d\"><prematch>^{number} </prematch></decoder>\n")
        });
        DECODERS.to_owned() + &all.collect::<String>()
    };
    let found = told((&decoders(0), RULES), (&decoders(1), RULES));
    assert_eq!(found.len(), 2, "{found:?}");
}

/// The stock rulesets, where they lie beside the checkout: nothing differs from itself.
#[test]
fn stock_rulesets() {
    let rulesets_of = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/rulesets");
    for (folder, dialect) in [
        ("ossec-2.8.3", Dialect::Ossec283),
        ("ossec-3.7", Dialect::Ossec37),
        ("ossec-4.3", Dialect::Ossec43),
        ("wazuh-4.14", Dialect::Wazuh414),
    ] {
        let root = rulesets_of.join(folder);
        let Ok(configuration) = std::fs::read(root.join("etc/ossec.conf")) else {
            continue;
        };
        let files = Disk(root);
        let path = "etc/ossec.conf";
        let inputs = config::from_configuration(&files, path, Some(&configuration), Some(dialect));
        let loaded = (inputs.clone(), build(&inputs).0);
        assert!(loaded.1.rules.rules.len() > 500, "{folder}");
        let changes = rulesets(Side::of(&loaded), Side::of(&loaded));
        assert!(changes.is_empty(), "{folder}: {changes:#?}");
        let mut fewer = loaded.clone();
        fewer.1.rules.rules[700].level = 16;
        let changes = rulesets(Side::of(&loaded), Side::of(&fewer));
        assert_eq!(changes.rules.len(), 1, "{folder}: {changes:#?}");
        assert_eq!(changes.rules[0].elements[0].element, "level");
    }
}

struct Disk(std::path::PathBuf);

impl config::FileSystem for Disk {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path.trim_start_matches('/')))
    }

    fn list(&self, directory: &str) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.0.join(directory.trim_start_matches('/')))? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }
}
