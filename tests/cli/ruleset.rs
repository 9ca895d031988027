//! Which ruleset is loaded, what is said about it, and exit codes.

use super::{DECODERS, KV, RULES, Run, Sandbox};

const CONFIGURATION: &str = "<ossec_config>
  <rules>
    <include>r.xml</include>
  </rules>
</ossec_config>
";

/// An installation as OSSEC 4.3 has it.
fn installation() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("etc/ossec.conf", CONFIGURATION);
    sandbox.write("etc/decoder.xml", DECODERS);
    sandbox
}

fn ossia(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    super::run(sandbox.folder.path(), arguments, KV.as_bytes())
}

#[test]
fn installations() {
    let sandbox = installation();
    let root = sandbox.folder.path().to_str().unwrap();
    let config = sandbox.path("etc/ossec.conf");
    let config = config.to_str().unwrap();
    sandbox.write("elsewhere/other.conf", CONFIGURATION);
    for arguments in [
        &["-D", root][..],
        &["-c", config],
        &["-c", "etc/ossec.conf"],
        &["-c", "elsewhere/other.conf", "-D", root],
    ] {
        let mut all = vec![
            "logtest",
            "-q",
            "--dialect",
            "ossec-4.3",
            "--format",
            "json",
        ];
        all.extend(arguments);
        let run = ossia(&sandbox, &all).success();
        assert_eq!(run.objects()[0]["rule"], 101, "{arguments:?}");
    }
}

#[test]
fn a_configuration_outside_of_etc() {
    let sandbox = Sandbox::new();
    sandbox.write("test/ossec.conf", CONFIGURATION);
    sandbox.write("test/etc/decoder.xml", DECODERS);
    sandbox.write("test/rules/r.xml", RULES);
    let arguments = ["logtest", "-q", "-c", "test/ossec.conf", "--format", "json"];
    let run = ossia(&sandbox, &arguments).success();
    assert_eq!(run.objects()[0]["rule"], 101);
}

#[test]
fn files_and_folders() {
    let sandbox = Sandbox::new();
    sandbox.write("rules/notes.txt", "not a ruleset file");
    sandbox.write("rules/deeper/broken.xml", "<group");
    let arguments = [
        "logtest",
        "--format",
        "json",
        "--ruleset",
        "rules/r.xml",
        "rules/d.xml",
    ];
    assert_eq!(
        ossia(&sandbox, &arguments).success().objects()[0]["rule"],
        101
    );
    let arguments = [
        "logtest",
        "--format",
        "json",
        "--ruleset",
        "rules",
        "--",
        "-",
    ];
    assert_eq!(
        ossia(&sandbox, &arguments).success().objects()[0]["rule"],
        101
    );
}

#[test]
fn the_embedded_ruleset() {
    let sandbox = Sandbox::new();
    let run = ossia(&sandbox, &["logtest", "-t"]).success();
    assert_eq!(run.text(), "");
    assert!(run.stderr.contains("the ruleset loads: "), "{}", run.stderr);
    assert_eq!(ossia(&sandbox, &["logtest", "-tq"]).success().stderr, "");
}

#[test]
fn a_broken_ruleset() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "rules/r.xml",
        RULES.replace("<if_sid>100<", "<if_sid>1000<"),
    );
    for arguments in [&[][..], &["-t"], &["-q"]] {
        let run = sandbox.logtest(arguments, KV);
        assert_eq!(run.code, Some(1));
        assert_eq!(run.text(), "");
        assert!(run.stderr.contains("error[E501]"), "{}", run.stderr);
        assert!(
            run.stderr.contains("error: the ruleset does not load: "),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn missing_files() {
    let sandbox = Sandbox::new();
    sandbox.write("empty/notes.txt", "");
    for (arguments, text) in [
        (
            ["-c", "missing.conf"],
            "cannot read `missing.conf`: no such file or directory",
        ),
        (["-D", "missing"], "cannot read `etc/ossec.conf`"),
        (
            ["--ruleset", "missing"],
            "cannot read `missing`: no such file or directory",
        ),
        (["--ruleset", "empty"], "there is no .xml file in `empty`"),
    ] {
        let run = ossia(&sandbox, &["logtest", arguments[0], arguments[1]]);
        assert_eq!(run.code, Some(1), "{arguments:?}");
        assert!(run.stderr.contains(text), "{}", run.stderr);
    }
}

#[test]
fn mistakes_on_the_command_line() {
    let sandbox = Sandbox::new();
    for arguments in [
        &[][..],
        &["--nonsense"],
        &["logtest", "--dialect", "ossec"],
        &["logtest", "--clock", "noon"],
        &["logtest", "--tz", "Nowhere/Town"],
        &["logtest", "-D", ".", "--ruleset", "rules"],
        &["logtest", "--input", "queue", "--location", "x"],
    ] {
        let run = ossia(&sandbox, arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert_eq!(run.text(), "");
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn help_version_completions() {
    let sandbox = Sandbox::new();
    let help = ossia(&sandbox, &["logtest", "--help"]).success();
    assert!(help.text().contains("Examples:"));
    let version = ossia(&sandbox, &["--version"]).success();
    assert!(version.text().starts_with("ossia "));
    let script = ossia(&sandbox, &["completions", "bash"]).success();
    assert!(script.text().contains("logtest"));
}
