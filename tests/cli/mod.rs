//! The real binary, with tiny rulesets in folders of their own.

mod bench;
mod check;
mod coverage;
mod diff;
mod explain;
mod fmt;
mod input;
mod json;
mod makelists;
mod man;
#[cfg(unix)]
mod ossec_logtest;
mod ruleset;
mod scan;
mod state;
mod suite;
mod text;
mod threads;
mod tree;
mod wazuh_input;
#[cfg(unix)]
mod wazuh_logtest;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Enough of a ruleset for every phase: a decoder with fields, a rule with information lines, a
/// composite rule.
const DECODERS: &str = r#"
<decoder name="kv">
  <program_name>^kv$</program_name>
</decoder>
<decoder name="kv-fields">
  <parent>kv</parent>
  <regex>^srcip=(\S+) user=(\S+) alpha=(\S+)</regex>
  <order>srcip, user, alpha</order>
</decoder>
<decoder name="plain">
  <prematch>^plain </prematch>
</decoder>
"#;

const RULES: &str = r#"
<group name="syslog,demo,">
  <rule id="1" level="0" noalert="1">
    <category>syslog</category>
    <description>a log line</description>
  </rule>
  <rule id="100" level="0">
    <decoded_as>kv</decoded_as>
    <description>kv seen</description>
  </rule>
  <rule id="101" level="5">
    <if_sid>100</if_sid>
    <match>srcip</match>
    <description>kv with address</description>
    <info>read the manual</info>
    <info type="cve">2020-1</info>
    <group>extra,</group>
  </rule>
  <rule id="102" level="10" frequency="2" timeframe="60">
    <if_matched_sid>101</if_matched_sid>
    <same_source_ip />
    <description>kv often</description>
  </rule>
  <rule id="103" level="3">
    <match>night</match>
    <time>10 pm - 11 pm</time>
    <description>at night</description>
  </rule>
</group>
"#;

/// A line that gets rule 101.
const KV: &str = "Jan  1 10:00:00 h1 kv[7]: srcip=1.2.3.4 user=bob alpha=x";

/// A folder with the tiny ruleset.
struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let sandbox = Sandbox {
            folder: tempfile::tempdir().unwrap(),
        };
        sandbox.write("rules/d.xml", DECODERS);
        sandbox.write("rules/r.xml", RULES);
        sandbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// `ossia logtest` with the tiny ruleset.
    fn logtest(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
        let rules = self.path("rules");
        let mut all = vec!["logtest", "--hostname", "testhost", "--tz", "UTC"];
        all.extend(arguments);
        all.extend(["--ruleset", rules.to_str().unwrap()]);
        run(self.folder.path(), &all, input.as_ref())
    }

    /// The same with `--format json`: its objects.
    fn json(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Vec<Value> {
        let mut all = vec!["--format", "json"];
        all.extend(arguments);
        self.logtest(&all, input).objects()
    }
}

/// How the program ended.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl Run {
    #[track_caller]
    fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    #[track_caller]
    fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    #[track_caller]
    fn objects(&self) -> Vec<Value> {
        let lines = self.text().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ossia"));
    command.args(arguments).current_dir(folder);
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    finish(command(folder, arguments), input)
}

fn finish(mut command: Command, input: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = std::thread::scope(|scope| {
        // The program may end without reading everything.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    Run {
        code: status.code(),
        stdout,
        stderr: String::from_utf8(stderr).unwrap(),
    }
}
