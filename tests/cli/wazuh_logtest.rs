//! Wazuh's test tool under its own name, and `ossia logtest` with a Wazuh ruleset
//! (`spec/wazuh.md` §13, §14).

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::{Run, Sandbox, run};

const DECODERS: &str = r#"
<decoder name="prog"><program_name>^prog$</program_name></decoder>
<decoder name="kv"><prematch>^kv: </prematch><regex offset="after_prematch">^(\S+) (\S+)</regex>
  <order>srcip, color</order></decoder>
"#;

const RULES: &str = r#"
<group name="syslog,demo,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>root</description></rule>
  <rule id="100" level="5"><decoded_as>kv</decoded_as><description>a $(color) pair</description></rule>
  <rule id="101" level="7"><if_sid>99999</if_sid><description>lost</description></rule>
</group>
"#;

/// What the load says about rule 101.
const WARNINGS: &str = "\
** Wazuh-Logtest: WARNING: (7617): ";

/// An installation of Wazuh with a link in `bin/`.
struct Installation(Sandbox);

impl Installation {
    fn new(rules: &str) -> Self {
        let files = Sandbox::new();
        files.write("ruleset/decoders/0001.xml", DECODERS);
        files.write("ruleset/rules/0001.xml", rules);
        files.write(
            "etc/ossec.conf",
            "<ossec_config><ruleset></ruleset></ossec_config>",
        );
        std::fs::create_dir(files.path("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_ossia"), files.path("bin/wazuh-logtest")).unwrap();
        Installation(files)
    }

    /// Without the rule that the load warns about.
    fn quiet() -> Self {
        let rules: Vec<&str> = RULES.lines().filter(|line| !line.contains("101")).collect();
        Installation::new(&rules.join("\n"))
    }

    fn tool(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = Command::new(self.0.path("bin/wazuh-logtest"));
        command.args(arguments).current_dir(self.0.path(""));
        command.env("OSSIA_CLOCK", "1704103200").env("TZ", "UTC");
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        super::finish(command, input.as_bytes())
    }

    /// `ossia` itself.
    fn ossia(&self, arguments: &[&str], input: &str) -> Run {
        let root = self.0.path("");
        let mut all = arguments.to_vec();
        all.extend(["-D", root.to_str().unwrap(), "--dialect", "wazuh-4.14"]);
        all.extend(["--hostname", "manager.example", "--tz", "UTC"]);
        run(&root, &all, input.as_bytes())
    }
}

const PHASES: &str = "
**Phase 1: Completed pre-decoding.
\tfull event: 'kv: 10.0.0.1 red'

**Phase 2: Completed decoding.
\tname: 'kv'
\tcolor: 'red'
\tsrcip: '10.0.0.1'

**Phase 3: Completed filtering (rules).
\tid: '100'
\tlevel: '5'
\tdescription: 'a red pair'
\tgroups: '['syslog', 'demo']'
\tfiredtimes: '1'
\tmail: 'False'
**Alert to be generated.
";

const START: &str = "Starting wazuh-logtest v4.14.7\nType one log per line\n";

#[test]
fn phases_go_to_standard_error() {
    let run = Installation::quiet().tool(&[], "kv: 10.0.0.1 red\n\n");
    assert_eq!(run.code, Some(0));
    // One newline before each read, that of the end too.
    assert_eq!(run.text(), "\n\n\n");
    assert_eq!(run.stderr, format!("{START}{PHASES}"));
}

#[test]
fn warnings_stand_before_the_first_event() {
    let run = Installation::new(RULES).tool(&[], "kv: 10.0.0.1 red\nkv: 10.0.0.1 red\n");
    let said = run.stderr.strip_prefix(START).unwrap();
    assert!(said.starts_with(WARNINGS), "{said}");
    assert_eq!(said.matches("** Wazuh-Logtest").count(), 2, "{said}");
    assert!(said.contains(&format!("\n\n{PHASES}")), "{said}");
}

#[test]
fn unit_tests() {
    let cases = [
        ("100:5:kv", 0, "\nUnit test OK\n"),
        (
            "100:4:kv",
            1,
            "\nUnit test FAIL. Expected ['100', '4', 'kv'] , Result ['100', '5', 'kv']\n",
        ),
        (
            "100:5:",
            1,
            "\nUnit test FAIL. Expected ['100', '5', ''] , Result ['100', '5', 'kv']\n",
        ),
    ];
    let installation = Installation::quiet();
    for (expected, status, text) in cases {
        let run = installation.tool(&["-U", expected], "kv: 10.0.0.1 red\n");
        assert_eq!(run.code, Some(status), "{expected}");
        assert!(run.stderr.ends_with(text), "{}", run.stderr);
    }
    // No rule, no decoder: equal, and three expectations are empty.
    assert_eq!(installation.tool(&["-qU::"], "nothing\n").code, Some(3));
    let run = installation.tool(&["-U", "1:2"], "");
    assert_eq!(run.code, Some(1));
    assert!(run.text().is_empty());
}

#[test]
fn a_ruleset_that_does_not_load() {
    let rules = "<group name=\"a,\"><rule id=\"1\" level=\"0\"><nonsense/></rule></group>";
    let run = Installation::new(rules).tool(&[], "kv: x y\n");
    let said = run.stderr.strip_prefix(START).unwrap();
    let errors = said.strip_prefix("** Wazuh-logtest error -1: \n\tERROR: ");
    assert!(errors.is_some(), "{said}");
}

#[test]
fn requests_and_replies() {
    let run =
        Installation::quiet().tool(&["-d", "-l", "[007] (web1) any->/x"], "kv: 10.0.0.1 red\n");
    let line = |name: &str| {
        let line = run.stderr.lines().find_map(|line| line.strip_prefix(name));
        serde_json::from_str::<serde_json::Value>(line.unwrap()).unwrap()
    };
    let request = line("Request: ");
    assert_eq!(request["parameters"]["event"], "kv: 10.0.0.1 red");
    let reply = line("Reply: ");
    assert_eq!(reply["error"], 0);
    assert_eq!(reply["data"]["output"]["agent"]["id"], "007");
}

#[test]
fn what_cannot_be_answered() {
    let installation = Installation::quiet();
    let run = installation.tool(&["-l", ""], "kv: x y\n");
    let said = run.stderr.strip_prefix(START).unwrap();
    assert_eq!(
        said,
        "** Wazuh-logtest error 2: \n\tthe text `location` is missing\n"
    );
    // Too long, so the condition is lost, and the original tells it as an error.
    let long = format!("<match>{}</match><description>long", "x".repeat(2048));
    let rules = RULES.replace("<description>a $(color)", &long);
    let run = Installation::new(&rules).tool(&["-d"], "kv: x y\n");
    assert!(
        run.stderr.contains("\n** Wazuh-logtest error -1: \n"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("\tERROR: (1104): "), "{}", run.stderr);
    assert!(run.stderr.contains(",\"codemsg\":-1}}"), "{}", run.stderr);
}

#[test]
fn logtest_shows_the_same() {
    let installation = Installation::quiet();
    let run = installation.ossia(&["logtest", "-q"], "kv: 10.0.0.1 red\n");
    assert_eq!(run.success().text(), PHASES);
    let arguments = ["logtest", "-q", "--format", "wazuh", "-v"];
    let data = installation
        .ossia(&arguments, "kv: 10.0.0.1 red\n")
        .objects();
    assert_eq!(data[0]["alert"], true);
    assert_eq!(data[0]["output"]["manager"]["name"], "manager.example");
    assert_eq!(data[0]["rules_debug"][0], "Trying rule: 1 - root");
    let event = &installation.ossia(&["logtest", "--format", "json"], "kv: 10.0.0.1 red\n");
    assert_eq!(event.objects()[0]["fields"]["color"], "red");
}

#[test]
fn scan_writes_the_alerts() {
    let installation = Installation::quiet();
    let arguments = [
        "scan",
        "-q",
        "--no-summary",
        "--clock",
        "1704103200",
        "--location",
        "/x",
    ];
    let mut json = arguments.to_vec();
    json.extend(["--format", "alerts.json"]);
    let alert = &installation.ossia(&json, "kv: 10.0.0.1 red\n").objects()[0];
    assert_eq!(alert["id"], "1704103200.0");
    assert_eq!(alert["timestamp"], "2024-01-01T10:00:00.000+0000");
    assert_eq!(alert["data"]["color"], "red");
    let mut text = arguments.to_vec();
    text.extend(["--format", "alerts.log"]);
    let run = installation.ossia(&text, "kv: 10.0.0.1 red\n").success();
    let expected = "\
** Alert 1704103200.0: - syslog,demo,
2024 Jan 01 10:00:00 manager->/x
Rule: 100 (level 5) -> 'a red pair'
Src IP: 10.0.0.1
kv: 10.0.0.1 red
color: red

";
    assert_eq!(run.text(), expected);
}

#[test]
fn other_dialects_have_no_such_answer() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.logtest(&["--format", "wazuh"], "x").code, Some(2));
}
