//! Which decoder, and which fields (`spec/wazuh.md` §6 to §8).

use super::{Case, fields};

/// Decoders, a line, and decoder, parent and fields.
const CHAINS: [(&str, &str, &str); 7] = [
    // A child without prematch extracts, but the event stays the parent's.
    (
        r"<decoder name='app'><prematch>^app </prematch></decoder>
          <decoder name='app-x'><parent>app</parent><regex>(\d+)$</regex><order>id</order></decoder>",
        "app 12",
        "app of - : id=12",
    ),
    // With a prematch it is the child's, under the parent's name, or under its own.
    (
        r"<decoder name='app'><prematch>^app </prematch></decoder>
          <decoder name='app-x'><parent>app</parent><prematch>x</prematch><regex>(\d+)$</regex><order>id</order></decoder>",
        "app x12",
        "app of app : id=12",
    ),
    (
        r"<decoder name='app'><prematch>^app </prematch></decoder>
          <decoder name='app-x'><parent>app</parent><use_own_name>true</use_own_name><prematch>x</prematch><regex>(\d+)$</regex><order>id</order></decoder>",
        "app x12",
        "app-x of app : id=12",
    ),
    // Links of a chain add up, failures are passed over, `after_regex` follows the last success.
    (
        r"<decoder name='app'><prematch>^app </prematch></decoder>
          <decoder name='c'><parent>app</parent><regex offset='after_parent'>a=(\w+) </regex><order>a</order></decoder>
          <decoder name='c'><parent>app</parent><regex offset='after_regex'>nothing=(\w+)</regex><order>b</order></decoder>
          <decoder name='c'><parent>app</parent><regex offset='after_regex'>a=(\w+)</regex><order>a</order></decoder>",
        "app a=1 a=2 end",
        "app of - : a=1",
    ),
    // Another name behind a child without prematch is never tried.
    (
        r"<decoder name='app'><prematch>^app </prematch></decoder>
          <decoder name='one'><parent>app</parent><regex>fails (\d)</regex><order>id</order></decoder>
          <decoder name='two'><parent>app</parent><regex>(\d+)</regex><order>id</order></decoder>",
        "app 12",
        "app of - : ",
    ),
    // Names of an order lose blanks, not line breaks.
    (
        "<decoder name='app'><prematch>^app </prematch><regex type='pcre2'>(\\d)(\\w)?(\\d)</regex><order> first, , third</order></decoder>",
        "",
        "error",
    ),
    (
        r"<decoder name='app'><prematch>^app </prematch><regex type='pcre2' offset='after_prematch'>(\d)([a-z])?(\d)</regex><order>first,second, third</order></decoder>",
        "app 12",
        "app of - : first=1 second= third=2",
    ),
];

#[test]
fn chains() {
    for (decoders, line, expected) in CHAINS {
        let case = Case::decoders(&decoders.replace('\'', "\""), "");
        if expected == "error" {
            assert!(
                case.diagnostics
                    .iter()
                    .any(ossia::diagnostic::Diagnostic::is_error)
            );
            continue;
        }
        let shown = case.one(line, |verdict| {
            let name = |name: Option<&bstr::BStr>| name.map_or("-".to_owned(), ToString::to_string);
            format!(
                "{} of {} : {}",
                name(verdict.decoder()),
                name(verdict.decoder_parent()),
                fields(&verdict)
            )
        });
        assert_eq!(shown, expected, "{line}");
    }
}

/// A plugin does not end a chain, and this one puts a shorter log in the place of the line: offsets
/// still mean the text behind the earlier match, and no offset the new log.
#[test]
fn a_chain_goes_on_behind_a_log_that_was_replaced() {
    const LINE: &str =
        "ossec: Alert Level: 3; Rule: 100 - x; Location: web->/var/log/x;  {\"k\":\"v\"} tail";
    for (top, link, expected) in [
        (
            "Location: ",
            "<regex offset='after_parent'>^(\\S+)</regex><order>a</order>",
            "a=web->/var/log/x;",
        ),
        (
            " tail",
            "<regex offset='after_parent'>(\\S+)</regex><order>a</order>",
            "",
        ),
        (
            "Location: ",
            "<regex>^(\\S+)</regex><order>a</order>",
            "a={\"k\":\"v\"}",
        ),
        (
            "Location: ",
            "<plugin_decoder>JSON_Decoder</plugin_decoder>",
            "k=v",
        ),
    ] {
        let decoders = format!(
            "<decoder name='oa'><prematch>{top}</prematch></decoder>
             <decoder name='c'><parent>oa</parent><plugin_decoder>OSSECAlert_Decoder</plugin_decoder></decoder>
             <decoder name='c'><parent>oa</parent>{link}</decoder>"
        );
        let case = Case::decoders(&decoders.replace('\'', "\""), "");
        assert_eq!(
            case.one(LINE, |verdict| fields(&verdict)),
            expected,
            "{top} {link}"
        );
    }
    // The decoder that matched may ask for a rest that the new log does not reach.
    for (offset, expected) in [("after_prematch", ""), ("after_parent", "k=v")] {
        let decoders = format!(
            "<decoder name='oa'><prematch>/x;  </prematch></decoder>
             <decoder name='c'><parent>oa</parent><prematch>tail$</prematch><plugin_decoder offset='{offset}'>OSSECAlert_Decoder</plugin_decoder></decoder>
             <decoder name='c'><parent>oa</parent><plugin_decoder>JSON_Decoder</plugin_decoder></decoder>"
        );
        let case = Case::decoders(&decoders.replace('\'', "\""), "");
        assert_eq!(
            case.one(LINE, |verdict| fields(&verdict)),
            expected,
            "{offset}"
        );
    }
}

#[test]
fn json_values() {
    for (json, expected) in [
        (
            r#"{"a":1.5,"b":1e3,"c":2147483648}"#,
            "a=1.500000 b=1000 c=2147483648.000000",
        ),
        (r#"{"a":{"b":true,"c":{}},"d":null}"#, "a.b=true d=null"),
        (
            r#"{"a":[1,"x",{"k":1}]}"#,
            "a=[1, \"x\", {\n\t\t\"k\":\t1\n\t}]",
        ),
        (r#"{"id":7,"x":{"id":8}}"#, "id=7 x.id=8"),
        (r#"{"user":"ann","user":"bob"}"#, "dstuser=ann user=bob"),
        (
            r#"{"systemname":"s","system_name":"d"}"#,
            "system_name=s system_name=d",
        ),
        (r#"{"a":1,"#, ""),
        (r#"{"a":"\u0000b"} rest"#, "a="),
    ] {
        let shown = Case::rules("").one(json, |verdict| fields(&verdict));
        assert_eq!(shown, expected, "{json}");
    }
}

#[test]
fn location_and_agent() {
    let case = Case::rules("");
    let mut session = case.session(ossia::engine::Mode::Daemon);
    for (location, agent, hostname, shown) in [
        ("stdin", None, "manager", "stdin"),
        (
            "[001] (web) 1.2.3.4->/x",
            Some("001"),
            "web",
            "(web) 1.2.3.4->/x",
        ),
        ("[001] file", Some("001"), "", "file"),
        ("[001]", Some("001"), "", ""),
        // The manager's own id, written out.
        ("[000] (m) any->/x", None, "m", "(m) any->/x"),
        ("(web) 1.2.3.4->/x", None, "manager", "(web) 1.2.3.4->/x"),
    ] {
        let verdict = session
            .evaluate(location.as_bytes(), b"kv: x", super::moment(0))
            .expect("accepted");
        assert_eq!(
            verdict.agent_id().map(ToString::to_string).as_deref(),
            agent
        );
        assert_eq!(verdict.hostname(), hostname, "{location}");
        assert_eq!(verdict.location(), shown, "{location}");
    }
}

/// Elements of a first-time-seen decoder, and whether it loads as the second of a chain.
#[test]
fn only_the_first_of_a_chain_has_first_time_seen_keys() {
    for (elements, loads) in [
        ("<order>f1</order>", true),
        ("<order>f1</order><fts>name</fts>", false),
        ("<order>f1</order><fts>f1</fts>", false),
        // Nothing is known of the order yet, so there is no key.
        ("<fts>f1</fts><order>f1</order>", true),
    ] {
        let decoders = format!(
            r#"<decoder name="app"><prematch>^app </prematch></decoder>
               <decoder name="c"><parent>app</parent><regex>a=(\w)</regex><order>f0</order></decoder>
               <decoder name="c"><parent>app</parent><regex>b=(\w)</regex>{elements}</decoder>"#
        );
        let case = Case::decoders(&decoders, "");
        let original = case.original();
        assert_eq!(original.is_empty(), loads, "{elements}: {original:?}");
        let refused = original.iter().any(|line| line.contains("(2103)"));
        assert_eq!(refused, !loads, "{elements}: {original:?}");
    }
}
