//! Records and Windows events: what only Wazuh has.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Run, run};

const DECODERS: &str = r#"
<decoder name="app"><program_name>^app$</program_name></decoder>
<decoder name="app-login">
  <parent>app</parent>
  <prematch>^login</prematch>
  <regex>user (\S+) of (\S+)</regex>
  <order>user, tenant</order>
</decoder>
<decoder name="wall"><prematch>^wall </prematch></decoder>
"#;

const RULES: &str = r#"
<group name="windows,">
  <rule id="1" level="0">
    <category>ossec</category>
    <decoded_as>windows_eventchannel</decoded_as>
    <description>windows</description>
  </rule>
  <rule id="101" level="5">
    <if_sid>1</if_sid>
    <field name="win.system.eventID">^4625$</field>
    <description>failed for $(win.eventdata.targetUserName)</description>
  </rule>
</group>
<group name="app,">
  <rule id="2" level="3"><decoded_as>app</decoded_as><description>app</description></rule>
  <rule id="102" level="4">
    <if_sid>2</if_sid>
    <field name="tenant">^acme$</field>
    <hostname>^web1$</hostname>
    <description>acme on web1</description>
  </rule>
  <rule id="103" level="10" frequency="3" timeframe="60">
    <if_matched_sid>102</if_matched_sid>
    <description>acme often</description>
  </rule>
</group>
"#;

/// An event as an agent sends it.
const AGENT: &str = r#"{"Message":"No \"entry\".\r\n\tUser:\t\tbob","Event":"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>4625</EventID><Level>0</Level><Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2023-11-14T22:13:20.1234567Z'/><Computer>w</Computer></System><EventData><Data Name='TargetUserName'>bob &amp; co</Data><Data Name='Blank'> </Data></EventData></Event>"}"#;

/// The same as a person exports it.
const EXPORTED: &str = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r
<Events>
  <Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">
    <System>
      <Provider Name=\"P\" />
      <EventID>4625</EventID>
      <Level>0</Level>
      <Keywords>0x8010000000000000</Keywords>
      <TimeCreated SystemTime=\"2023-11-14T22:13:20.1234567Z\" />
      <Computer>w</Computer>
    </System>
    <EventData>
      <Data Name=\"TargetUserName\">bob <![CDATA[&]]> co</Data>
      <Data Name=\"Blank\"> </Data>
    </EventData>
    <RenderingInfo Culture=\"en-US\">
      <Message>No \"entry\".\r\n\tUser:\t\tbob</Message>
      <Level>Information</Level>
    </RenderingInfo>
  </Event>
</Events>
";

/// `ossia logtest` with the rules above.
fn logtest(arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    with_dialect("wazuh-4.14", arguments, input)
}

fn with_dialect(dialect: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let folder = TempDir::new().unwrap();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("d.xml"), DECODERS).unwrap();
    std::fs::write(rules.join("r.xml"), RULES).unwrap();
    let mut all = vec!["logtest", "--hostname", "testhost", "--tz", "UTC", "-q"];
    all.extend(["--dialect", dialect]);
    all.extend(arguments);
    all.extend(["--ruleset", rules.to_str().unwrap()]);
    run(folder.path(), &all, input.as_ref())
}

fn objects(arguments: &[&str], input: impl AsRef<[u8]>) -> Vec<Value> {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    logtest(&all, input).objects()
}

fn record(second: u32, agent: &str, tenant: &str) -> String {
    json!({
        "timestamp": format!("2026-01-02T03:04:{second:02}.678+0000"),
        "rule": {"level": 3, "id": "1"},
        "agent": {"id": agent, "name": "web1", "ip": "10.0.0.7"},
        "manager": {"name": "testhost"},
        "full_log": "Jan  2 03:04:05 other app[1]: login user bob of nobody",
        "predecoder": {"program_name": "app", "timestamp": "Jan  2 03:04:05"},
        "decoder": {"parent": "app", "name": "app"},
        "data": {"dstuser": "bob", "tenant": tenant},
        "location": "/var/log/app.log",
    })
    .to_string()
}

#[test]
fn records_are_not_decoded_again() {
    let input = [
        record(5, "007", "acme"),
        record(6, "007", "x"),
        record(7, "000", "acme"),
    ];
    let found = objects(&["--input", "archives"], input.join("\n"));
    let rules: Vec<_> = found.iter().map(|event| event["rule"].clone()).collect();
    assert_eq!(rules, [102, 2, 2]);
    assert_eq!(found[0]["decoder"], "app");
    assert_eq!(found[0]["parent"], "app");
    assert_eq!(found[0]["hostname"], "web1");
    assert_eq!(found[0]["location"], "(web1) 10.0.0.7->/var/log/app.log");
    assert_eq!(found[0]["log"], "login user bob of nobody");
    assert_eq!(
        found[0]["values"],
        json!({"dstuser": "bob", "tenant": "acme"})
    );
    assert_eq!(found[2]["hostname"], "other");
    assert_eq!(found[2]["location"], "/var/log/app.log");
}

#[test]
fn records_bring_their_time() {
    let rules = |step: u32, clock: &[&str]| {
        let input: Vec<_> = (0..5).map(|n| record(n * step, "007", "acme")).collect();
        let mut arguments = vec!["--input", "archives"];
        arguments.extend(clock);
        let found = objects(&arguments, input.join("\n"));
        found.iter().any(|event| event["rule"] == 103)
    };
    assert!(rules(1, &[]));
    assert!(!rules(1, &["--fresh"]));
    let hours = |hour: u32| record(0, "007", "acme").replace("T03:", &format!("T{hour:02}:"));
    let input: Vec<_> = (3..8).map(hours).collect();
    let often = |clock: &[&str]| {
        let mut arguments = vec!["--input", "archives"];
        arguments.extend(clock);
        let found = objects(&arguments, input.join("\n"));
        found.iter().any(|event| event["rule"] == 103)
    };
    assert!(!often(&[]));
    assert!(often(&["--clock", "1700000000"]));
}

#[test]
fn what_is_no_record_loses_nothing_else() {
    let unknown = record(1, "007", "acme").replace(r#""name":"app""#, r#""name":"nope""#);
    let input = format!(
        "{{\"full_log\"\n\n{{}}\n{unknown}\n{unknown}\n{}\n",
        record(5, "007", "x")
    );
    let run = logtest(&["--input", "archives", "--format", "json"], &input);
    assert_eq!(run.code, Some(1));
    let found = run.objects();
    assert_eq!(found.len(), 5);
    assert_eq!(found[0]["input_line"], 1);
    assert_eq!(found[1]["input_line"], 3);
    assert_eq!(found[2]["decoder"], Value::Null);
    assert_eq!(found[4]["rule"], 2);
    assert_eq!(run.stderr, "", "quiet");
}

#[test]
fn exported_events_are_those_of_agents() {
    let expected = logtest(
        &["--input", "queue", "--format", "json"],
        format!("f:EventChannel:{AGENT}\n"),
    );
    let expected = expected.stdout;
    let event: Value = serde_json::from_slice(&expected).unwrap();
    assert_eq!(event["rule"], 101);
    assert_eq!(event["decoder"], "windows_eventchannel");
    assert_eq!(
        event["values"]["win.eventdata.targetUserName"],
        "bob &amp; co"
    );
    assert_eq!(
        event["values"]["win.system.message"],
        "\"No \"entry\".\r\n\tUser:\t\tbob\""
    );
    let utf16: Vec<u8> = format!("\u{feff}{EXPORTED}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for input in [AGENT.as_bytes(), EXPORTED.as_bytes(), &utf16] {
        let run = logtest(&["--input", "eventchannel", "--format", "json"], input);
        assert_eq!(run.stderr, "");
        assert_eq!(run.stdout, expected);
    }
    let two = EXPORTED.replace("<Events>", "<Events><Event>\n<broken>\n");
    let run = logtest(&["--input", "eventchannel", "--format", "json"], &two);
    assert_eq!(run.code, Some(1));
    let found = run.objects();
    assert_eq!(found[0]["input_line"], 2);
    assert_eq!(found[1]["rule"], 101);
}

#[test]
fn windows_events_have_a_location_and_a_time() {
    let agent = "[001] (win1) 10.0.0.1->EventChannel";
    let arguments = [
        "--input",
        "eventchannel",
        "--location",
        agent,
        "--clock",
        "log",
    ];
    let found = objects(&arguments, EXPORTED);
    assert_eq!(found[0]["hostname"], "win1");
    assert_eq!(found[0]["location"], "(win1) 10.0.0.1->EventChannel");
    let run = logtest(&["--input", "eventchannel"], "<Events/>");
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stderr,
        "error: stdin:1: there is no `<Event>` in this XML\n"
    );
    let run = logtest(&["--input", "eventchannel"], "{}\n");
    assert_eq!(run.code, Some(0));
    assert!(
        run.stderr
            .starts_with("warning: stdin:1: the event is dropped: a message of "),
        "{}",
        run.stderr
    );
    let long = format!("<Event><Data>{}</Data></Event>", "x".repeat(70_000));
    for (input, why) in [
        ("hello\n", "it is neither XML nor a JSON object"),
        (&long, "Wazuh takes at most 65535 bytes of it"),
    ] {
        let run = logtest(&["--input", "eventchannel"], input);
        assert_eq!(run.code, Some(1));
        assert_eq!(run.stderr, format!("error: stdin:1: not an event: {why}\n"));
    }
    // For programs it is what the original makes of it.
    let run = logtest(&["--format", "json", "--input", "eventchannel"], "hello\n");
    assert_eq!(run.code, Some(1));
    let reason = "not an event: it is neither XML nor a JSON object";
    assert_eq!(
        run.stdout,
        format!("{{\"dropped\":true,\"reason\":\"{reason}\"}}\n").as_bytes()
    );
}

#[test]
fn queue_messages_of_wazuh() {
    let input = format!(
        "1:[007] (web1) 10.0.0.7->/var/log/x|:y:Jan  2 03:04:05 h app[1]: login user bob of acme\n\
         1:/var/log/x:wall x\nf:[001] (win1) any->EventChannel:{AGENT}\n1:[007 (web1) x:y\n"
    );
    let found = objects(&["--input", "queue"], input);
    assert_eq!(found[0]["rule"], 102);
    assert_eq!(found[0]["hostname"], "web1");
    assert_eq!(found[0]["location"], "(web1) 10.0.0.7->/var/log/x:y");
    assert_eq!(found[1]["hostname"], "testhost");
    assert_eq!(found[1]["decoder"], "wall");
    assert_eq!(found[2]["rule"], 101);
    assert_eq!(found[2]["hostname"], "win1");
    assert_eq!(found[3]["dropped"], true);
}

#[test]
fn options_that_make_no_sense() {
    let run = logtest(&["--input", "archives", "--location", "x"], "");
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("`--location` has no use with `--input archives`"),
        "{}",
        run.stderr
    );
    let run =
        super::Sandbox::new().logtest(&["--input", "eventchannel", "--dialect", "ossec-4.3"], "");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr
            .contains("`--input eventchannel` needs a ruleset of Wazuh, this one is of ossec-4.3"),
        "{}",
        run.stderr
    );
}
