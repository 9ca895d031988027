//! What is said while an installation loads, and when it does not.

use super::{EVERYTHING, Installation, KV, KV_RULES, logged, stderr};

#[test]
fn only_a_load() {
    let installation = Installation::new(KV_RULES);
    installation
        .files
        .write("rules/more.xml", EVERYTHING.replace("\"1\"", "\"2\""));
    installation.files.write("lists/l1", "a:b\n");
    installation.configure(
        "<decoder>etc/decoder.xml</decoder><list>lists/l1</list>\
         <include>t.xml</include><include>more.xml</include>",
    );
    let decoders = "ossec-testrule: INFO: Reading decoder file etc/decoder.xml.";
    let lists = "ossec-testrule: INFO: Reading the lists file: 'lists/l1'";
    let run = installation.run(&["-t"], KV).success();
    assert_eq!(stderr(&run), logged(&[decoders, lists]));
    let run = installation.run(&["-qt"], KV).success();
    assert_eq!(stderr(&run), logged(&[lists]));
    assert_eq!(run.text(), "");
    let run = installation.run(&["-td"], KV).success();
    let expected = logged(&[
        "adding rule: t.xml",
        "adding rule: more.xml",
        "ossec-testrule: DEBUG: Read configuration ...",
        decoders,
        lists,
        "ossec-testrule: INFO: Reading rules file: 't.xml'",
        "ossec-testrule: INFO: Reading rules file: 'more.xml'",
        "0 : rule:1, level 0, timeout: 0",
        "1 : rule:100, level 5, timeout: 0",
        "2 : rule:101, level 8, timeout: 60",
        "0 : rule:2, level 3, timeout: 0",
        "ossec-testrule: INFO: Total rules enabled: '4'",
    ]);
    assert_eq!(stderr(&run), expected);
}

#[test]
fn load_errors() {
    let local = "ossec-testrule: INFO: Reading local decoder file.";
    let failed = "ossec-testrule(1220): ERROR: Error loading the rules: 't.xml'.";
    let broken = KV_RULES.replace("match", "mach");
    let twice = KV_RULES.replace("101", "100");
    let orphan = KV_RULES.replace("<if_sid>100", "<if_sid>99");
    for (rules, lines) in [
        (
            broken,
            &[
                local,
                "ossec-analysisd: Invalid option 'mach' for rule '100'.",
                failed,
            ][..],
        ),
        (
            twice,
            &[local, "ossec-analysisd: Duplicate rule ID:100", failed],
        ),
        (
            orphan,
            &[
                local,
                "rules_list: Signature ID '99' not found. Invalid 'if_sid'.",
            ],
        ),
    ] {
        let installation = Installation::new(&rules);
        for arguments in [&[][..], &["-t"], &["-U", "bad"]] {
            let run = installation.run(arguments, KV);
            assert_eq!((run.code, run.text()), (Some(1), ""));
            assert_eq!(stderr(&run), logged(lines));
        }
    }
}

#[test]
fn errors_of_decoders_and_configuration() {
    let installation = Installation::new(KV_RULES);
    installation.files.write("etc/empty.xml", "");
    installation.configure(
        "<decoder>etc/decoder.xml</decoder><decoder>etc/none.xml</decoder>\
         <list>lists/l1</list><include>t.xml</include>",
    );
    let run = installation.run(&[], KV);
    assert_eq!(run.code, Some(1));
    let expected = logged(&[
        "ossec-testrule: INFO: Reading decoder file etc/decoder.xml.",
        "ossec-testrule: INFO: Reading decoder file etc/none.xml.",
        "ossec-analysisd(1226): ERROR: Error reading XML file 'etc/none.xml': XMLERR: File \
         'etc/none.xml' not found. (line 7).",
        "ossec-testrule(1202): ERROR: Configuration error at 'etc/none.xml'. Exiting.",
    ]);
    let (shown, expected) = (stderr(&run), expected.as_str());
    // The line is that of the file before; it is checked where it belongs.
    let cut = |text: &str| text.split("(line ").next().map(str::to_owned);
    assert_eq!(cut(&shown), cut(expected));
    assert_eq!(shown.lines().last(), expected.lines().last());

    installation.configure("<inclde>t.xml</inclde>");
    let run = installation.run(&[], KV);
    let last = "ossec-testrule(1202): ERROR: Configuration error at 'etc/ossec.conf'. Exiting.";
    let expected = logged(&[
        "ossec-testrule(1230): ERROR: Invalid element in the configuration: 'inclde'.",
        last,
        last,
    ]);
    assert_eq!(run.code, Some(1));
    assert_eq!(stderr(&run), expected);

    let run = installation.bare("", &["-c", "none.conf"], KV);
    let expected = logged(&[
        "ossec-testrule(1226): ERROR: Error reading XML file 'none.conf': XMLERR: File \
         'none.conf' not found. (line 0).",
        "ossec-testrule(1202): ERROR: Configuration error at 'none.conf'. Exiting.",
    ]);
    assert_eq!(run.code, Some(1));
    assert_eq!(stderr(&run), expected);

    installation.configure("<include>t.xml</include>");
    let run = installation.bare("", &["-c", "etc/ossec.conf", "-D", "nowhere"], KV);
    let expected = logged(&[
        "ossec-testrule(1132): ERROR: Unable to chroot to directory 'nowhere' due to \
         [(2)-(No such file or directory)].",
    ]);
    assert_eq!(run.code, Some(1));
    assert_eq!(stderr(&run), expected);
}

#[test]
fn no_rules_at_all() {
    let installation = Installation::new(KV_RULES);
    installation.configure("<list>lists/none</list>");
    installation.run(&["-t"], "").success();
    installation.run(&[], "").success();
    let run = installation.run(&[], KV);
    assert_eq!((run.code, run.text()), (Some(1), ""));
    let tail = "Rules in an inconsistent state. Exiting.\n";
    assert!(run.stderr.ends_with(tail), "{}", run.stderr);
}
