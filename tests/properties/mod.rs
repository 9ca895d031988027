//! Nothing panics, whatever the input: files, patterns and lines made of random pieces through the
//! whole pipeline, in every dialect.

use std::sync::{Arc, LazyLock};

use ossia::config;
use ossia::dialect::Dialect;
use ossia::engine::trace::{NoTrace, Steps};
use ossia::engine::{Engine, Moment, Session, SessionOptions};
use proptest::prelude::*;

/// The embedded ruleset in each dialect. OSSEC 2.8.3 and Wazuh lack its pcre2 elements, so they run
/// what is left of it.
static ENGINES: LazyLock<Vec<Arc<Engine>>> = LazyLock::new(|| {
    let engine = |dialect| {
        let inputs = config::from_files(config::embedded::files(), Some(dialect));
        Arc::new(Engine::new(ossia::ruleset::build(&inputs).0))
    };
    Dialect::ALL.into_iter().map(engine).collect()
});

/// Pieces of rule and decoder files, well-formed or not.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "<group name=\"g,\">",
            "</group>",
            "<rule id=\"100\" level=\"3\">",
            "<rule id=\"1\" level=\"0\">",
            "<rule id=\"100\" level=\"12\" overwrite=\"yes\" frequency=\"2\">",
            "</rule>",
            "<if_sid>1</if_sid>",
            "<if_sid>100,</if_sid>",
            "<if_group>g</if_group>",
            "<if_level>1</if_level>",
            "<match>a|^b$</match>",
            "<regex>(\\d+)\\.+$</regex>",
            "<pcre2>(a|b)*?$</pcre2>",
            "<srcip>!10.0.0.0/8</srcip>",
            "<time>10 pm - 6 am</time>",
            "<weekday>weekends</weekday>",
            "<if_matched_sid>100</if_matched_sid>",
            "<same_source_ip />",
            "<list field=\"user\">lists/x</list>",
            "<category>syslog</category>",
            "<decoder name=\"d\">",
            "</decoder>",
            "<prematch>^d</prematch>",
            "<parent>d</parent>",
            "<order>id, x</order>",
            "<program_name>^p</program_name>",
            "<var name=\"V\">v</var>",
            "$V",
            "<!--",
            "-->",
            "<fts>name</fts>",
            "<plugin_decoder>PF_Decoder</plugin_decoder>",
            "<plugin_decoder>OSSECAlert_Decoder</plugin_decoder>",
            "<check_diff />",
            "<if_fts />",
            "<description>$(x) $(id</description>",
            "<field name=\"x\" type=\"pcre2\" negate=\"yes\">^(a)|b</field>",
            "<regex type=\"pcre2\" offset=\"after_regex\">(a)?(b)?</regex>",
            "<plugin_decoder offset=\"after_parent\">JSON_Decoder</plugin_decoder>",
            "<json_array_structure>csv</json_array_structure>",
            "<mitre><id>T1110</id></mitre>",
            "<same_field>x</same_field>",
            "<different_srcip />",
            "<global_frequency />",
            "<if_matched_group>g</if_matched_group>",
            "<options>no_full_log</options>",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Lines that look like logs up to a point.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let start = prop::sample::select(vec![
        "",
        "Jan 12 13:22:01 h sshd[1]: ",
        "Jan 12 13:22:01 h d: ",
        "2024-01-02T10:00:00+00:00 h kernel: ",
        "[Time 2006.12.28 15:53:55 UTC] [Sender ",
        "01/28-09:13:16.240702  ",
        "1140804070.368      3 ",
        "proftpd[1]: 127.0.0.1 (1.2.3.4[1.2.3.4]) - ",
        "ossec: Alert Level: 3; Rule: 100 - x; Location: ",
        "192.0.2.1 - - [12/Jan/2024:10:00:00 +0000] \"GET /",
        "Failed password for invalid user ",
        "{\"a\":{\"b\":[1,{\"c\":null},",
        "{\"a\":1e400,\"user\":\"x\\u0000\",\"b\":",
        "f:EventChannel:{\"Message\":\"x\",\"Event\":\"<Event><System><Level>",
        "f:[001] (w) any->EventChannel:{\"Event\":\"<Event><EventData><Data Name='",
    ]);
    (start, prop::collection::vec(any::<u8>(), 0..200))
        .prop_map(|(start, rest)| [start.as_bytes(), &rest].concat())
}

fn moment() -> impl Strategy<Value = Moment> {
    (any::<i64>(), -50_000..50_000i32).prop_map(|(seconds, utc_offset)| Moment {
        seconds: seconds / 4,
        utc_offset,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_files_load(one in file(), other in file(), lines in prop::collection::vec(line(), 0..4), at in moment()) {
        for dialect in Dialect::ALL {
            let files = vec![("one.xml".to_owned(), one.clone()), ("other.xml".to_owned(), other.clone())];
            let inputs = config::from_files(files, Some(dialect));
            let (ruleset, diagnostics) = ossia::ruleset::build(&inputs);
            let shown = ossia::diagnostic::render::human(&diagnostics, &inputs.sources, true);
            prop_assert_eq!(shown.is_empty(), diagnostics.is_empty());
            // Even what is left of a broken ruleset evaluates.
            let mut session = Session::new(Arc::new(Engine::new(ruleset)), SessionOptions::default());
            for line in &lines {
                let _ = session.evaluate(b"stdin", line, at);
            }
        }
    }

    #[test]
    fn random_lines_evaluate(lines in prop::collection::vec((line(), moment()), 1..20)) {
        for engine in ENGINES.iter() {
            let mut session = Session::new(Arc::clone(engine), SessionOptions::default());
            for (line, at) in &lines {
                let _ = session.evaluate(b"(agent) 10.0.0.1->/var/log/x", line, *at);
                let _ = session.evaluate_message(line, *at, &mut NoTrace);
            }
        }
    }

    /// Looking at an evaluation does not change it, and the same events give the same verdicts.
    #[test]
    fn a_trace_changes_nothing(lines in prop::collection::vec(line(), 1..20), at in moment()) {
        for engine in ENGINES.iter() {
            let mut plain = Session::new(Arc::clone(engine), SessionOptions::default());
            let mut traced = plain.clone();
            for (index, line) in lines.iter().enumerate() {
                let at = Moment { seconds: at.seconds.saturating_add(index as i64), ..at };
                let one = plain.evaluate(b"stdin", line, at).map(|verdict| format!("{:?}", (verdict.rule_id(), verdict.alert(), verdict.values())));
                let mut steps = Steps::default();
                let other = traced.evaluate_traced(b"stdin", line, at, &mut steps).map(|verdict| format!("{:?}", (verdict.rule_id(), verdict.alert(), verdict.values())));
                prop_assert_eq!(one, other);
            }
        }
    }
}
