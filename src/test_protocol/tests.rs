use std::sync::Arc;

use serde_json::{Value, json};

use super::{Reply, Request, TestServer};
use crate::config;
use crate::dialect::Dialect;
use crate::engine::{Engine, Moment};

const DECODERS: &str = r#"
<decoder name="prog"><program_name>^prog$</program_name></decoder>
<decoder name="kv"><prematch>^kv: </prematch></decoder>
"#;

const RULES: &str = r#"
<group name="syslog,">
  <rule id="1" level="0" noalert="1"><category>syslog</category><description>root</description></rule>
  <rule id="100" level="3"><decoded_as>kv</decoded_as><description>a pair</description></rule>
</group>
"#;

fn engine() -> Arc<Engine> {
    let files = vec![
        ("d.xml".into(), DECODERS.as_bytes().to_vec()),
        ("r.xml".into(), RULES.as_bytes().to_vec()),
    ];
    let inputs = config::from_files(files, Some(Dialect::Wazuh414));
    let (ruleset, problems) = crate::ruleset::build(&inputs);
    assert!(problems.is_empty(), "{problems:#?}");
    Arc::new(Engine::new(ruleset))
}

fn server() -> TestServer {
    TestServer::new(Some(engine()), Vec::new(), "manager".into(), 0x0a1b_2c3d)
}

fn ask(server: &mut TestServer, seconds: i64, request: &Value) -> Value {
    let at = Moment {
        seconds,
        utc_offset: 0,
    };
    let reply = server.handle(request.to_string().as_bytes(), at);
    serde_json::from_slice(&reply).unwrap()
}

fn event(parameters: Value) -> Value {
    let mut all = json!({"location": "stdin", "log_format": "syslog", "event": "kv: a"});
    let given = parameters.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(given);
    json!({"version": 1, "command": "log_processing", "parameters": all})
}

#[test]
fn a_session() {
    let mut server = server();
    let first = ask(&mut server, 0, &event(json!({})));
    let data = &first["data"];
    assert_eq!(first["error"], 0);
    assert_eq!(data["token"], "0a1b2c3d");
    let message = "INFO: (7202): Session initialized with token '0a1b2c3d'";
    assert_eq!(data["messages"], json!([message]));
    assert_eq!(data["alert"], true);
    assert_eq!(data["codemsg"], 0);
    assert_eq!(data["output"]["rule"]["firedtimes"], 1);
    assert_eq!(data["output"]["manager"], json!({"name": "manager"}));
    assert!(data.get("rules_debug").is_none());

    let options = json!({"rules_debug": true});
    let request = event(json!({"token": "0a1b2c3d", "options": options}));
    let second = ask(&mut server, 1, &request);
    assert_eq!(second["data"]["output"]["rule"]["firedtimes"], 2);
    assert!(second["data"].get("messages").is_none());
    let lines = [
        "Trying rule: 1 - root",
        "*Rule 1 matched",
        "*Trying child rules",
        "Trying rule: 100 - a pair",
        "*Rule 100 matched",
    ];
    assert_eq!(second["data"]["rules_debug"], json!(lines));

    let removal = json!({"command": "remove_session", "parameters": {"token": "0a1b2c3d"}});
    assert_eq!(ask(&mut server, 2, &removal)["error"], 0);
    assert_eq!(ask(&mut server, 2, &removal)["error"], 4);
}

#[test]
fn warnings() {
    let cases = [
        (json!({"token": "short"}), "(7309)"),
        (json!({"token": 5}), "(7309)"),
        (json!({"token": "ffffffff"}), "(7003)"),
        (json!({"options": 1}), "(7005)"),
        (json!({"options": {"rules_debug": "yes"}}), "(7006)"),
    ];
    for (parameters, code) in cases {
        let reply = ask(&mut server(), 0, &event(parameters));
        let first = reply["data"]["messages"][0].as_str().unwrap();
        assert!(first.starts_with(&format!("WARNING: {code}: ")), "{first}");
        assert_eq!(reply["data"]["codemsg"], 1);
    }
}

#[test]
fn a_session_ends_by_time() {
    let mut server = server();
    ask(&mut server, 0, &event(json!({})));
    let again = event(json!({"token": "0a1b2c3d"}));
    assert_eq!(ask(&mut server, 899, &again)["data"]["codemsg"], 0);
    let late = ask(&mut server, 899 + 900, &again);
    assert_eq!(late["data"]["token"], "0a1b2c3e");
}

#[test]
fn events_and_refusals() {
    let object = event(json!({"event": {"b": 1, "a": [true]}}));
    let reply = ask(&mut server(), 0, &object);
    assert_eq!(reply["data"]["output"]["full_log"], r#"{"a":[true],"b":1}"#);

    let cases = [
        (json!(5), 1),
        (json!({}), 2),
        (json!({"command": "log_processing"}), 2),
        (event(json!({"event": ""})), 2),
        (event(json!({"event": {}})), 2),
        (event(json!({"location": ""})), 2),
        (event(json!({"log_format": 1})), 2),
        (json!({"command": "x", "parameters": {}}), 3),
        (json!({"command": "remove_session", "parameters": {}}), 4),
    ];
    for (request, code) in cases {
        let reply = ask(&mut server(), 0, &request);
        assert_eq!(reply["error"], code, "{request}");
        assert_eq!(reply["data"], json!({}));
    }
    let large = event(json!({"event": "x".repeat(70_000)}));
    let reply = ask(&mut server(), 0, &large);
    assert_eq!(reply["error"], 5);
    assert!(reply.get("data").is_none());
}

#[test]
fn a_ruleset_that_does_not_load() {
    let messages = vec!["ERROR: (1226): bad".to_owned()];
    let mut server = TestServer::new(None, messages, "manager".into(), 0);
    let reply = ask(&mut server, 0, &event(json!({})));
    let expected = json!({"messages": ["ERROR: (1226): bad"], "codemsg": -1});
    assert_eq!(reply, json!({"error": 0, "data": expected}));
}

#[test]
fn an_error_while_loading_ends_the_session_even_if_loading_went_on() {
    let messages = vec!["ERROR: (1104): too long".to_owned()];
    let mut server = TestServer::new(Some(engine()), messages.clone(), "manager".into(), 0);
    let reply = ask(&mut server, 0, &event(json!({})));
    assert_eq!(reply["data"], json!({"messages": messages, "codemsg": -1}));
}

#[test]
fn requests_without_json() {
    let request = Request {
        event: b"kv: \xff",
        location: b"stdin",
        token: None,
        rules_debug: true,
    };
    let at = Moment {
        seconds: 0,
        utc_offset: 0,
    };
    let mut server = server();
    let printed = |reply: Reply<'_>| {
        let mut out = Vec::new();
        reply.print(&mut out);
        serde_json::from_slice::<Value>(&out).unwrap()
    };
    let reply = printed(server.evaluate(request, at));
    assert_eq!(reply["data"]["output"]["rule"]["id"], "100");
    assert_eq!(reply["data"]["output"]["full_log"], "kv: \u{fffd}");
    assert_eq!(reply["data"]["rules_debug"][0], "Trying rule: 1 - root");
    for (event, location) in [(&b""[..], &b"x"[..]), (b"x", b"")] {
        let request = Request {
            event,
            location,
            ..request
        };
        assert_eq!(printed(server.evaluate(request, at))["error"], 2);
    }
}
