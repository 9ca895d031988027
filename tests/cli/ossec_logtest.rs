//! The tool under its original name: streams, bytes and exit statuses of `spec/output.md` §2.

mod load;

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Run, Sandbox};

/// Every log line of these tests begins so: [`CLOCK`] in UTC.
const TIME: &str = "2024/01/01 10:00:00 ";
const CLOCK: &str = "1704103200";

const DECODERS: &str = r#"
<decoder name="kv">
  <program_name>^kv$</program_name>
</decoder>
<decoder name="plain">
  <prematch>^plain </prematch>
</decoder>
"#;

/// One rule for everything, as in the captured session.
const EVERYTHING: &str = r#"
<group name="syslog,">
  <rule id="1" level="3">
    <category>syslog</category>
    <description>g</description>
  </rule>
</group>
"#;

const KV_RULES: &str = r#"
<group name="syslog,demo,">
  <rule id="1" level="0" noalert="1">
    <category>syslog</category>
    <description>a log line</description>
  </rule>
  <rule id="100" level="5">
    <decoded_as>kv</decoded_as>
    <match>yes</match>
    <description>kv seen</description>
  </rule>
  <rule id="101" level="8" ignore="60">
    <if_sid>100</if_sid>
    <match>child</match>
    <description>kv child</description>
  </rule>
</group>
"#;

const KV: &str = "Jan  1 10:00:00 h1 kv[7]: yes\n";

/// An installation of OSSEC with a link in `bin/`.
struct Installation {
    files: Sandbox,
    link: PathBuf,
}

impl Installation {
    fn new(rules: &str) -> Self {
        let files = Sandbox::new();
        files.write("etc/decoder.xml", DECODERS);
        files.write("rules/t.xml", rules);
        let installation = Installation {
            link: files.path("bin/ossec-logtest"),
            files,
        };
        installation.configure("<include>t.xml</include>");
        std::fs::create_dir(installation.files.path("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_ossia"), &installation.link).unwrap();
        installation
    }

    fn configure(&self, rules: &str) {
        let text = format!("<ossec_config><rules>{rules}</rules></ossec_config>");
        self.files.write("etc/ossec.conf", text);
    }

    fn command(&self, program: PathBuf, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.files.folder.path())
            .env("OSSIA_CLOCK", CLOCK)
            .env("TZ", "UTC")
            .env_remove("OSSIA_DIALECT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The link, without `-c` and `-D`.
    fn bare(&self, dialect: &str, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(self.link.clone(), arguments);
        command.env("OSSIA_DIALECT", dialect);
        super::finish(command, input.as_bytes())
    }

    fn run_as(&self, dialect: &str, arguments: &[&str], input: &str) -> Run {
        let mut all = vec!["-c", "etc/ossec.conf", "-D", "."];
        all.extend(arguments);
        self.bare(dialect, &all, input)
    }

    fn run(&self, arguments: &[&str], input: &str) -> Run {
        self.run_as("", arguments, input)
    }
}

/// Standard error with the process id of the captured session.
fn stderr(run: &Run) -> String {
    let Some((before, after)) = run.stderr.split_once("(pid: ") else {
        return run.stderr.clone();
    };
    let (pid, after) = after.split_once(')').unwrap();
    assert!(pid.parse::<u32>().is_ok(), "{pid}");
    format!("{before}(pid: 4711){after}")
}

/// Log lines as they appear.
fn logged(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{TIME}{line}\n")).collect()
}

/// What is said up to the first line.
fn started() -> String {
    let lines = logged(&[
        "ossec-testrule: INFO: Reading local decoder file.",
        "ossec-testrule: INFO: Started (pid: 4711).",
    ]);
    lines + "ossec-testrule: Type one log per line.\n\n"
}

fn host() -> String {
    let name = gethostname::gethostname().into_string().unwrap();
    name.split('.').next().unwrap().to_owned()
}

#[test]
fn the_captured_session() {
    let installation = Installation::new(EVERYTHING);
    let run = installation.run(&[], "hello world\n").success();
    let host = host();
    let expected = started()
        + &format!(
            "\n\n\
**Phase 1: Completed pre-decoding.
       full event: 'hello world'
       hostname: '{host}'
       program_name: '(null)'
       log: 'hello world'

**Phase 2: Completed decoding.
       No decoder matched.
       decoder: '(null)'

**Phase 3: Completed filtering (rules).
       Rule id: '1'
       Level: '3'
       Description: 'g'
**Alert to be generated.\n\n\n"
        );
    assert_eq!(stderr(&run), expected);
    assert_eq!(run.text(), "");
}

#[test]
fn the_hidden_command() {
    let installation = Installation::new(EVERYTHING);
    let arguments = ["ossec-logtest", "-t", "-cetc/ossec.conf", "-D", "."];
    let command = installation.command(env!("CARGO_BIN_EXE_ossia").into(), &arguments);
    let run = super::finish(command, b"").success();
    let expected = logged(&["ossec-testrule: INFO: Reading local decoder file."]);
    assert_eq!(stderr(&run), expected);
}

#[test]
fn versions_and_the_trace() {
    let installation = Installation::new(KV_RULES);
    let phases_1 = "\n\n\
**Phase 1: Completed pre-decoding.
       full event: 'Jan  1 10:00:00 h1 kv[7]: yes'
       hostname: 'h1'
       program_name: 'kv'
       log: 'yes'

**Phase 2: Completed decoding.
       decoder: 'kv'
";
    let phase_3 = "
**Phase 3: Completed filtering (rules).
       Rule id: '100'
       Level: '5'
       Description: 'kv seen'
**Alert to be generated.\n\n\n";
    let trace = "
**Rule debugging:
    Trying rule: 1 - a log line
       *Rule 1 matched.
       *Trying child rules.
    Trying rule: 100 - kv seen
       *Rule 100 matched.
       *Trying child rules.
    Trying rule: 101 - kv child
";
    for dialect in ["ossec-2.8.3", "ossec-3.7", "ossec-4.3"] {
        let run = installation.run_as(dialect, &["-v"], KV).success();
        let expected = started() + phases_1 + trace + phase_3;
        assert_eq!(stderr(&run), expected, "{dialect}");
    }
    // Where the decoder's line stands shows without a decoder only.
    let no_decoder = "       No decoder matched.\n";
    let run = installation.run_as("ossec-3.7", &[], "nothing\n");
    assert!(run.stderr.ends_with(no_decoder), "{}", run.stderr);
    let run = installation.run_as("ossec-4.3", &[], "nothing\n");
    let last = format!("{no_decoder}       decoder: '(null)'\n");
    assert!(run.stderr.ends_with(&last), "{}", run.stderr);
}

#[test]
fn unit_tests() {
    let installation = Installation::new(KV_RULES);
    let compared = |decoder: &str, expected: &str| {
        format!("lf->decoder_info->name: '{decoder}'\nut_decoder_name       : '{expected}'\n")
    };
    let differs = "decoder matched : 'kv'\ndecoder expected: 'zz'\n";
    for (expected, status, out, tail) in [
        ("100:5:kv", 0, "0\n", compared("kv", "kv")),
        ("100:5:KV", 0, "0\n", compared("kv", "KV")),
        ("100:6:kv", 1, "", compared("kv", "kv")),
        ("100:05:kv", 1, "", compared("kv", "kv")),
        ("999:5:kv", 2, "", compared("kv", "kv")),
        ("0100:5:kv", 2, "", compared("kv", "kv")),
        ("5:100:kv", 2, "", compared("kv", "kv")),
        ("100:5:zz", 3, "", compared("kv", "zz") + differs),
        (
            "100:5:",
            3,
            "",
            compared("kv", "") + "decoder matched : 'kv'\ndecoder expected: ''\n",
        ),
    ] {
        for arguments in [&["-U", expected][..], &[&format!("-U{expected}")]] {
            let run = installation.run(arguments, KV);
            assert_eq!(run.code, Some(status), "{expected}");
            assert_eq!(run.text(), out, "{expected}");
            let tail = format!("**Alert to be generated.\n\n\n{tail}");
            assert!(run.stderr.ends_with(&tail), "{}", run.stderr);
        }
    }
    for expected in ["100:5", "100"] {
        let run = installation.run(&["-U", expected], KV);
        assert_eq!((run.code, run.text()), (Some(1), ""));
        let lines = logged(&[
            "ossec-testrule: INFO: Reading local decoder file.",
            "ossec-testrule: INFO: Started (pid: 4711).",
            "ossec-testrule: -U requires the matching format to be \
             \"<rule_id>:<alert_level>:<decoder_name>\"",
        ]);
        assert_eq!(stderr(&run), lines);
    }
    // The last event counts, and without any all is well.
    let run = installation.run(&["-U", "100:5:kv"], &format!("{KV}{KV}plain x\n"));
    assert_eq!((run.code, run.text()), (Some(3), "0\n0\n"));
    let run = installation.run(&["-U", "100:5:kv"], &format!("plain x\n\n{KV}x\n"));
    assert_eq!((run.code, run.text()), (Some(0), "0\n"));
    let run = installation.run(&["-U", "100:5:kv"], "");
    assert_eq!((run.code, run.text()), (Some(0), ""));
    let run = installation.run(&["-U", "100:5:kv"], "nothing\n");
    assert_eq!(run.code, Some(3));
    let tail = compared("(null)", "kv") + "decoder matched : 'NULL'\n";
    assert!(run.stderr.ends_with(&tail), "{}", run.stderr);
}

#[test]
fn unit_tests_without_a_rule() {
    let installation = Installation::new(KV_RULES);
    let input = format!("Jan  1 10:00:00 h1 kv[7]: no\n{KV}");
    for (dialect, text) in [
        (
            "ossec-4.3",
            "ossec-testrule: No rule matched for decoder 'kv'. Verify that rules exist for this \
             decoder and check if rules have required dependencies (if_sid, if_matched_sid, \
             if_matched_group, etc.).",
        ),
        ("ossec-3.7", "ossec-testrule: currently_rule not set!"),
    ] {
        let run = installation.run_as(dialect, &["-U", "100:5:kv"], &input);
        assert_eq!((run.code, run.text()), (Some(255), ""));
        let tail = format!("ut_decoder_name       : 'kv'\n{}", logged(&[text]));
        assert!(run.stderr.ends_with(&tail), "{}", run.stderr);
    }
    let run = installation.run_as("ossec-2.8.3", &["-U", "100:5:zz"], KV);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.ends_with("generated.\n\n\n"), "{}", run.stderr);
}

#[test]
fn alerts() {
    let installation = Installation::new(KV_RULES);
    let child = "Jan  1 10:00:00 h1 kv[7]: yes child\n";
    // The third is within the time that rule 101 ignores: no text, no number.
    let input = format!("{KV}{child}nothing\n{child}{KV}");
    for arguments in [&["-a"][..], &["-av"]] {
        let run = installation.run(arguments, &input).success();
        let alert = |number, mail, rule, line: &str| {
            format!(
                "** Alert {CLOCK}.{number}:{mail} - syslog,demo,\n\
                 2024 Jan 01 10:00:00 h1->stdin\n{rule}\n{line}\n"
            )
        };
        let seen = "Rule: 100 (level 5) -> 'kv seen'";
        let text = alert(1, "", seen, KV)
            + &alert(2, " mail ", "Rule: 101 (level 8) -> 'kv child'", child)
            + &alert(3, "", seen, KV);
        assert_eq!(run.text(), text);
        let expected = logged(&[
            "ossec-testrule: INFO: Reading local decoder file.",
            "ossec-testrule: INFO: Started (pid: 4711).",
        ]);
        assert_eq!(stderr(&run), expected);
    }
}

#[test]
fn lines() {
    let installation = Installation::new(EVERYTHING);
    let long = "x".repeat(6135 + 3);
    let run = installation
        .run(&[], &format!("\na\n{long}\nx\ty"))
        .success();
    let events: Vec<_> = run
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("       full event: '"))
        .map(|line| line.trim_end_matches('\'').len())
        .collect();
    assert_eq!(events, [6135, 3, 2]);
    assert!(run.stderr.contains("full event: 'xy'"));
}

#[test]
fn help_and_mistakes() {
    let help = " \n\
OSSEC HIDS v4.2.0 - OSSEC Foundation (contact@ossec.net)
https://www.ossec.net
  ossec-testrule: -[Vhdtva] [-c config] [-D dir] [-U rule:alert:decoder]
    -V          Version and license message
    -h          This help message
    -d          Execute in debug mode. This parameter
                can be specified multiple times
                to increase the debug level.
    -t          Test configuration
    -a          Alerts output
    -v          Verbose (full) output/rule debugging
    -c <config> Configuration file to use (default: /var/ossec/etc/ossec.conf)
    -D <dir>    Directory to chroot into (default: /var/ossec)
    -U <rule:alert:decoder>  Unit test. Refer to contrib/ossec-testing/runtests.py
 \n";
    let installation = Installation::new(EVERYTHING);
    let run = installation.bare("", &["-h"], "").success();
    assert_eq!((run.stderr.as_str(), run.text()), (help, ""));
    let run = installation.bare("ossec-3.7", &["-h"], "");
    assert_eq!(run.code, Some(1));
    let run = installation.bare("", &["-V"], "").success();
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 8);
    assert_eq!(
        lines[..3],
        [" ", "OSSEC HIDS v4.2.0 - OSSEC Foundation", " "]
    );
    assert_eq!(lines[6..], ["http://www.ossec.net/main/license/", ""]);
    let run = installation.bare("", &["-z"], "");
    assert_eq!(run.code, Some(1));
    let path = installation.link.display();
    assert_eq!(run.stderr, format!("{path}: invalid option -- 'z'\n{help}"));
    let run = installation.bare("ossec-5", &["-t"], "");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("ERROR: OSSIA_DIALECT: unknown"),
        "{}",
        run.stderr
    );
}
