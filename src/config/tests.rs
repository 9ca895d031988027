//! Tables of §2 to §5: every case is a little installation in memory.

use super::*;
use crate::diagnostic::Severity;

const DECODERS: &str = "<decoder name=\"a\"><prematch>x</prematch></decoder>\n\n";
const RULES: &str =
    "<group name=\"g,\"><rule id=\"1\" level=\"1\"><match>x</match></rule></group>\n";

fn files(config: &str) -> MemoryFiles {
    let mut files = MemoryFiles::from_iter([
        ("etc/ossec.conf", config),
        ("etc/decoder.xml", DECODERS),
        ("etc/d2.xml", DECODERS),
        ("rules/b.xml", RULES),
        ("rules/a.XML", RULES),
        ("rules/c.txt", RULES),
    ]);
    files.0.insert("lists/l".into(), b"k:v\n".to_vec());
    files
}

fn load(dialect: Dialect, config: &str) -> Inputs {
    from_configuration(&files(config), "etc/ossec.conf", None, Some(dialect))
}

fn conf(inside: &str) -> String {
    format!("<ossec_config>{inside}</ossec_config>")
}

fn paths(inputs: &Inputs) -> Vec<&str> {
    inputs
        .files
        .iter()
        .map(|file| file.shown_path.as_str())
        .collect()
}

/// All lines of the original about the configuration, then about the first file it cannot read.
fn original(inputs: &Inputs) -> Vec<String> {
    let files = inputs
        .files
        .iter()
        .filter_map(|file| file.source.as_ref().err());
    let first = files.take(1).map(|found| &**found);
    let all = inputs.diagnostics.iter().chain(first);
    all.flat_map(|found| &found.original)
        .map(|line| line.to_string())
        .collect()
}

#[test]
fn file_names() {
    let inputs = load(
        Dialect::Ossec43,
        &conf(
            "<rules><include>b.xml</include><rule>rules/a.XML</rule><list>lists/l.cdb.x</list><list>m</list></rules>",
        ),
    );
    assert_eq!(inputs.diagnostics, []);
    assert_eq!(
        paths(&inputs),
        ["etc/decoder.xml", "rules//b.xml", "rules/a.XML"]
    );
    assert_eq!(inputs.messages[0].text, "Reading local decoder file.");
    assert_eq!(inputs.lists[0].text_name, "lists/l");
    assert_eq!(inputs.lists[0].text.as_deref(), Some(&b"k:v\n"[..]));
    assert_eq!(inputs.lists[1].cdb_name, "rules/m.cdb");
    assert_eq!(inputs.files[1].configured_name, "b.xml");
    assert_eq!(
        inputs.files[1].closing_line.to_string(),
        "ossec-testrule(1220): ERROR: Error loading the rules: 'b.xml'."
    );
}

#[test]
fn directories() {
    let names = |dialect, inside: &str| {
        let inputs = load(dialect, &conf(&format!("<rules>{inside}</rules>")));
        let rules = inputs
            .files
            .iter()
            .filter(|file| file.role == FileRole::Rules);
        rules
            .map(|file| file.shown_path.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let new = Dialect::Ossec43;
    let old = Dialect::Ossec283;
    assert_eq!(
        names(new, "<rule_dir>rules</rule_dir>"),
        "rules/a.XML rules/b.xml"
    );
    assert_eq!(
        names(new, "<include>b.xml</include><rule_dir>rules</rule_dir>"),
        "rules//b.xml rules/a.XML"
    );
    assert_eq!(names(new, "<rule_dir>none</rule_dir>"), "");
    assert_eq!(
        names(new, "<rule_dir x='y'>rules</rule_dir>"),
        "rules/a.XML rules/b.xml"
    );
    let two =
        "<rule_dir pattern='.txt$'>rules</rule_dir><rule_dir pattern='a.xml'>rules</rule_dir>";
    assert_eq!(names(new, two), "rules/c.txt");
    assert_eq!(names(old, two), "rules/c.txt");
    let between = "<rule_dir pattern='.txt$'>rules</rule_dir><decoder_dir>none</decoder_dir>\
                   <rule_dir pattern='a.xml'>rules</rule_dir>";
    assert_eq!(names(new, between), "rules/c.txt rules/a.XML");
    let plain = "<rule_dir pattern='.txt$'>rules</rule_dir><rule_dir>rules</rule_dir>";
    assert_eq!(names(new, plain), "rules/c.txt rules/a.XML rules/b.xml");
}

#[test]
fn blocks_replace_each_other() {
    let two = conf(
        "<rules><include>none.xml</include><decoder>etc/d2.xml</decoder></rules><rules><include>b.xml</include></rules>",
    );
    let inputs = load(Dialect::Ossec43, &two);
    assert_eq!(paths(&inputs), ["etc/d2.xml", "rules//b.xml"]);
    assert_eq!(inputs.diagnostics.len(), 1);
    assert_eq!(inputs.diagnostics[0].severity, Severity::Warning);
}

#[test]
fn errors_of_the_configuration() {
    let exit = "ossec-testrule(1202): ERROR: Configuration error at 'etc/ossec.conf'. Exiting.";
    let cases = [
        (
            "<foo><a>b</a></foo>",
            "1230): ERROR: Invalid element in the configuration: 'foo'.",
        ),
        (
            "<rules><foo>x</foo></rules>",
            "1230): ERROR: Invalid element in the configuration: 'foo'.",
        ),
        (
            "<alerts></alerts>",
            "1230): ERROR: Invalid element in the configuration: 'alerts'.",
        ),
        (
            "<alerts><log_alert_level> 3</log_alert_level></alerts>",
            "1235): ERROR: Invalid value for element 'log_alert_level':  3.",
        ),
        (
            "<global><logall>Yes</logall></global>",
            "1235): ERROR: Invalid value for element 'logall': Yes.",
        ),
        (
            "<global><picviz_output>no</picviz_output></global>",
            "1230): ERROR: Invalid element in the configuration: 'picviz_output'.",
        ),
        (
            "<ruleset><list>x</list></ruleset>",
            "1230): ERROR: Invalid element in the configuration: 'ruleset'.",
        ),
    ];
    for (inside, line) in cases {
        let inputs = load(Dialect::Ossec43, &conf(inside));
        assert_eq!(
            original(&inputs),
            [&format!("ossec-testrule({line}"), exit, exit],
            "{inside}"
        );
    }
    let inputs = load(Dialect::Ossec43, "<ossec_config><rules></ossec_config>");
    assert_eq!(
        original(&inputs),
        [
            "ossec-testrule(1226): ERROR: Error reading XML file 'etc/ossec.conf': XMLERR: Element 'rules' not closed. (line 1).",
            exit
        ]
    );
    let none = from_configuration(&MemoryFiles::default(), "F", None, Some(Dialect::Ossec43));
    assert_eq!(
        original(&none)[..2],
        [
            "ossec-testrule(1226): ERROR: Error reading XML file 'F': XMLERR: File 'F' not found. (line 0).",
            "ossec-testrule(1202): ERROR: Configuration error at 'F'. Exiting."
        ]
    );
    let old = load(
        Dialect::Ossec283,
        &conf("<global><jsonout_output>no</jsonout_output></global>"),
    );
    assert!(original(&old)[0].starts_with("ossec-config(1230)"));
}

#[test]
fn missing_files_show_a_line_left_over() {
    let inputs = load(
        Dialect::Ossec43,
        &(conf("<rules><include>x</include></rules>") + "\n"),
    );
    let line = "ossec-analysisd(1226): ERROR: Error reading XML file 'rules//x': XMLERR: File \
                'rules//x' not found. (line 3).";
    let end = "ossec-testrule(1220): ERROR: Error loading the rules: 'x'.";
    assert_eq!(original(&inputs), [line, end]);
    let inputs = load(
        Dialect::Ossec43,
        &(conf("<rules><decoder>x</decoder></rules>") + "\n"),
    );
    let line = "ossec-analysisd(1226): ERROR: Error reading XML file 'x': XMLERR: File 'x' not \
                found. (line 2).";
    let end = "ossec-testrule(1202): ERROR: Configuration error at 'x'. Exiting.";
    assert_eq!(original(&inputs), [line, end]);
}

#[test]
fn settings() {
    let inside = "<global><memory_size>5</memory_size><stats>260</stats><logall>yes</logall>\
                  <white_list>::1</white_list><logall_json>no</logall_json></global>\
                  <alerts><log_alert_level>257</log_alert_level><email_alert_level/></alerts>\
                  <syscheck><auto_ignore>no</auto_ignore><directories>/etc</directories></syscheck>\
                  <remote><x/></remote><var name='x'>y</var>";
    let inputs = load(Dialect::Ossec43, &conf(inside));
    assert_eq!(inputs.diagnostics, []);
    let expect = Options {
        memory_size: 2048,
        logall: true,
        email_alert_level: 0,
        syscheck_auto_ignore: false,
        ..Options::shipped(Dialect::Ossec43)
    };
    assert_eq!(inputs.options, expect);
    assert_eq!(
        load(Dialect::Ossec43, "").options,
        Options::shipped(Dialect::Ossec43)
    );
}

#[test]
fn internal_options() {
    let shipped = "# x\nanalysisd.decoder_order_size=64\r\nanalysisd.default_timeframe=360\n\
                   analysisd.sid_prev_matched_max=99\nanalysisd.fts_list_size=32\n\
                   analysisd.fts_min_size_for_str=14\nanalysisd.log_fw=0\n\
                   analysisd.stats_maxdiff=20\nanalysisd.stats_mindiff=20\n\
                   analysisd.stats_percent_diff=20\nsyscheck.debug=2\n";
    let read = |local: Option<&str>, shipped: &str| {
        let mut files = files(&conf(""));
        files
            .0
            .insert("etc/internal_options.conf".into(), shipped.into());
        if let Some(local) = local {
            files
                .0
                .insert("etc/local_internal_options.conf".into(), local.into());
        }
        from_configuration(&files, "etc/ossec.conf", None, Some(Dialect::Ossec43))
    };
    let inputs = read(Some("analysisd.default_timeframe=60\n"), shipped);
    assert_eq!(inputs.diagnostics, []);
    assert_eq!(inputs.options.decoder_order_size, 64);
    assert_eq!(inputs.options.default_timeframe, 60);
    assert_eq!(inputs.options.sid_prev_matched_max, Some(99));
    assert!(!inputs.options.log_fw);
    let missing = read(None, &shipped.replace("fts_list_size=", "fts_list_size ="));
    assert_eq!(
        original(&missing),
        ["ossec-testrule(2301): ERROR: Definition not found for: 'analysisd.fts_list_size'."]
    );
    let bad = read(Some("analysisd.decoder_order_size=7"), shipped);
    assert_eq!(
        original(&bad),
        ["ossec-testrule(2302): ERROR: Invalid definition for analysisd.decoder_order_size: '7'."]
    );
    assert_eq!(
        read(Some("nothing\n"), shipped).diagnostics[0].severity,
        Severity::Warning
    );
}

#[test]
fn wazuh() {
    let mut files = MemoryFiles::from_iter([
        ("ruleset/rules/0010-a.xml", RULES),
        ("ruleset/rules/0020-b.xml", RULES),
        ("ruleset/decoders/0005-x.xml", DECODERS),
        ("etc/rules/0015-c.xml", RULES),
        ("etc/rules/local_rules.xml", RULES),
    ]);
    let rules = |files: &MemoryFiles| {
        let inputs = from_configuration(files, "etc/ossec.conf", None, None);
        assert_eq!(inputs.dialect, Dialect::Wazuh414);
        let rules = inputs
            .files
            .iter()
            .filter(|file| file.role == FileRole::Rules);
        rules
            .map(|file| file.shown_path.clone())
            .collect::<Vec<_>>()
    };
    let all = ["ruleset/rules/0010-a.xml", "ruleset/rules/0020-b.xml"];
    files
        .0
        .insert("etc/ossec.conf".into(), conf("<wodle><x/></wodle>").into());
    assert_eq!(rules(&files), all);
    let section = "<ruleset><rule_dir>ruleset/rules</rule_dir><rule_dir>etc/rules</rule_dir>\
                   <rule_exclude>0020-b.xml</rule_exclude></ruleset>";
    files
        .0
        .insert("etc/ossec.conf".into(), conf(section).into());
    let sorted = [
        "ruleset/rules/0010-a.xml",
        "etc/rules/0015-c.xml",
        "etc/rules/local_rules.xml",
    ];
    assert_eq!(rules(&files), sorted);
}

#[test]
fn detection() {
    let detect = |text: &str| detect_dialect(None, [text.as_bytes()]);
    for text in [
        "<group name='a'><rule id='1'><match negate='yes'>x</match></rule></group>",
        "<group name='a'><rule id='1'><regex type='PCRE2'>x</regex></rule></group>",
        "<group name='a'><rule id='1'><mitre><id>T1</id></mitre></rule></group>",
        "<decoder name='json'><plugin_decoder>JSON_Decoder</plugin_decoder></decoder>",
    ] {
        assert_eq!(detect(text), Dialect::Wazuh414, "{text}");
    }
    for text in [
        RULES,
        "<group name='a'><rule id='1'><pcre2>x</pcre2><list field='user'>l</list></rule></group>",
        "<group name='a'><rule id='1'><info type='pcre2x'>x</info></rule></group>",
        "<decoder name='a'><type>windows</type><order>location</order></decoder>",
    ] {
        assert_eq!(detect(text), Dialect::Ossec43, "{text}");
    }
}

#[test]
fn a_configuration_of_the_other_family() {
    for (section, dialect, expected) in [
        (
            "<ruleset><rule_dir>r</rule_dir></ruleset>",
            Dialect::Ossec43,
            true,
        ),
        (
            "<ruleset><rule_dir>r</rule_dir></ruleset>",
            Dialect::Wazuh414,
            false,
        ),
        (
            "<rules><include>a.xml</include></rules>",
            Dialect::Wazuh414,
            true,
        ),
        (
            "<rules><include>a.xml</include></rules>",
            Dialect::Ossec43,
            false,
        ),
    ] {
        let text = format!("<ossec_config>{section}</ossec_config>");
        let files = MemoryFiles::from_iter([("etc/ossec.conf", text.as_str())]);
        let inputs = from_configuration(&files, "etc/ossec.conf", None, Some(dialect));
        let said = foreign_ruleset(&inputs, true);
        assert_eq!(said.is_some(), expected, "{dialect} {section}");
    }
}

#[test]
fn files_by_hand() {
    let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    let inputs = from_files(
        vec![
            file("r.xml", RULES),
            file("d.xml", DECODERS),
            file("lists/l", "a:b"),
            file("lists/l.cdb", ""),
        ],
        None,
    );
    assert_eq!(paths(&inputs), ["d.xml", "r.xml"]);
    assert_eq!(inputs.lists.len(), 1);
    assert!(inputs.lists[0].text.is_some() && inputs.lists[0].cdb.is_some());
    assert!(MemoryFiles::default().read("../x").is_err());
    assert_eq!(normalize("/a//./b/../c").unwrap(), "a/c");
}
