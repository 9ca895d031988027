//! The tables of `spec/wazuh.md` §8.1, and what no text may do.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ruleset::decoder::json_options::{Arrays, Nulls};

/// Fields as `path=value`, in their order.
fn fields_with(rules: JsonRules, text: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    flatten(text, rules, &mut Scratch::default(), |path, value| {
        let field = [path, value].map(|part| String::from_utf8_lossy(part).into_owned());
        found.push(field.join("="));
        ControlFlow::Continue(())
    });
    found
}

fn fields(text: &str) -> Vec<String> {
    fields_with(JsonRules::default(), text.as_bytes())
}

fn printed(style: Style, text: &[u8]) -> Option<String> {
    let mut tape = Tape::default();
    let mut out = Vec::new();
    parse(text, &mut tape)?.print(style, &mut out);
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn paths() {
    let cases: [(&str, &[&str]); 9] = [
        (
            r#"{"b":{"c":"1","d":{"e":"2"}},"a":"3"}"#,
            &["b.c=1", "b.d.e=2", "a=3"],
        ),
        (r#"{"a.b":"1","a":{"b":"2"}}"#, &["a.b=1", "a.b=2"]),
        (r#"{"a":"1","a":"2"}"#, &["a=1", "a=2"]),
        (r#"{"b":{"":"1"},"":"2"}"#, &["b.=1", "=2"]),
        (r#"{"a":{},"b":{"c":{}},"d":"1"}"#, &["d=1"]),
        (r#"{"a\u0000b":"x\u0000y"}"#, &["a=x"]),
        (r#"{"a":""}"#, &["a="]),
        (r#"["a"]"#, &[]),
        ("5", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(fields(text), expected, "{text}");
    }
}

#[test]
fn it_stops_when_told() {
    let mut paths = Vec::new();
    flatten(
        br#"{"a":1,"b":{"c":2},"d":3}"#,
        JsonRules::default(),
        &mut Scratch::default(),
        |path, _| {
            paths.push(path.to_vec());
            if paths.len() < 2 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        },
    );
    assert_eq!(paths, [b"a".to_vec(), b"b.c".to_vec()]);
}

#[test]
fn scalars() {
    let cases = [
        (r#""x""#, "x"),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ("1", "1"),
        ("-0", "0"),
        ("007", "7"),
        ("1.", "1"),
        ("1e3", "1000"),
        ("1E-1", "0.100000"),
        ("-.5", "-0.500000"),
        ("1.5", "1.500000"),
        ("2147483647", "2147483647"),
        ("2147483648", "2147483648.000000"),
        ("-2147483648", "-2147483648"),
        ("0.0000005", "0.000000"),
        ("1e400", "inf"),
        ("-1e400", "-inf"),
        ("1e99999999999999999999", "inf"),
        (
            "1e62",
            "100000000000000003502199685943161173046080317798311825604870144",
        ),
        (
            "1e300",
            "100000000000000005250476025520442024870446858110815915491585411",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            fields(&format!(r#"{{"k":{text}}}"#)),
            [format!("k={expected}")],
            "{text}"
        );
    }
}

#[test]
fn strings() {
    let cases: [(&[u8], &str); 9] = [
        (br#"\"\\\/\b\f\n\r\t"#, "\"\\/\x08\x0c\n\r\t"),
        (br"\u00e9\u20AC", "é€"),
        (br"\ud83d\ude00", "😀"),
        (br"a\u0000b\n", "a"),
        (b"a\tb\nc\x01", "a\tb\nc\x01"),
        (b"a\xffb", "a\u{fffd}b"),
        ("héllo".as_bytes(), "héllo"),
        (br"\\", "\\"),
        (b"", ""),
    ];
    for (text, expected) in cases {
        let text = [b"{\"k\":\"", text, b"\"}"].concat();
        assert_eq!(
            fields_with(JsonRules::default(), &text),
            [format!("k={expected}")],
            "{}",
            String::from_utf8_lossy(&text)
        );
    }
}

#[test]
fn what_is_accepted_around_values() {
    let texts: [&[u8]; 5] = [
        b" \t\x01\x1f{ \"k\"\n:\x0c1 \x02} ",
        b"{\"k\":1} behind",
        b"{\"k\":1}{\"l\":",
        b"\xEF\xBB\xBF {\"k\":1}",
        b"{\"k\":1}\0",
    ];
    for text in texts {
        assert_eq!(fields_with(JsonRules::default(), text), ["k=1"], "{text:?}");
    }
}

#[test]
fn an_error_anywhere_gives_no_fields() {
    let texts = [
        "",
        " ",
        "{",
        "x",
        "{\"k\":1",
        "{\"k\":1,}",
        "{,}",
        "{\"k\"}",
        "{\"k\":}",
        "{\"k\" 1}",
        "{k:1}",
        "{'k':1}",
        "{1:1}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":1]",
        "{\"a\":True}",
        "{\"a\":nul}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":-}",
        "{\"a\":-.}",
        "{\"a\":--1}",
        "{\"a\":1-2}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":1.2.3}",
        "{\"a\":0x10}",
        "{\"a\":\"x}",
        "{\"a\":\"x\\",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ude00\"}",
        "{\"a\":\"\\ud800\\n\"}",
        "{\"a\":\"\\ud800\\ud800\"}",
        "{\"a\":1/* */}",
        "// x\n{\"a\":1}",
        " \u{feff}{\"a\":1}",
        "{\"a\":1\0}",
    ];
    for text in texts {
        let text = text.replacen('{', r#"{"first":1,"#, usize::from(text.starts_with("{\"a")));
        assert_eq!(fields(&text), [""; 0], "{text}");
    }
}

#[test]
fn nulls() {
    let rules = JsonRules {
        nulls: Nulls::Discard,
        arrays: Arrays::Array,
    };
    let text = br#"{"a":null,"b":"null","c":[null],"d":{"e":null}}"#;
    assert_eq!(fields_with(rules, text), ["b=null", "c=[null]"]);
}

#[test]
fn arrays_as_text() {
    let cases = [
        ("[]", "[]"),
        (r#"[1,2,"a"]"#, r#"[1, 2, "a"]"#),
        (
            r#"["a\"\\\/\b\f\n\r\t\u0001\u001f\u007fé"]"#,
            "[\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u{7f}é\"]",
        ),
        ("[[],[[1]],null,true]", "[[], [[1]], null, true]"),
        (r#"[{"k":1}]"#, "[{\n\t\t\"k\":\t1\n\t}]"),
        ("[{}]", "[{\n\t}]"),
        (
            r#"[{"a":1,"b":[2,3]},4]"#,
            "[{\n\t\t\"a\":\t1,\n\t\t\"b\":\t[2, 3]\n\t}, 4]",
        ),
        (
            r#"[{"a":{"b":[{"c":1}]}}]"#,
            "[{\n\t\t\"a\":\t{\n\t\t\t\"b\":\t[{\n\t\t\t\t\t\"c\":\t1\n\t\t\t\t}]\n\t\t}\n\t}]",
        ),
        (
            r#"[[{"k":1},{}]]"#,
            "[[{\n\t\t\t\"k\":\t1\n\t\t}, {\n\t\t}]]",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            fields(&format!(r#"{{"k":{text}}}"#)),
            [format!("k={expected}")],
            "{text}"
        );
    }
}

#[test]
fn arrays_as_lists() {
    let rules = JsonRules {
        nulls: Nulls::String,
        arrays: Arrays::Csv,
    };
    let cases: [(&str, &[&str]); 9] = [
        (
            r#"["x","y",1,2.5,null,true,false]"#,
            &["k=x,y,1,2.500000,null,true,false"],
        ),
        (r#"["x",{"a":1},"y"]"#, &["k=x,y"]),
        (r#"[["p"],"x"]"#, &["k=x"]),
        (r#"["x",["p"]]"#, &["k=x,"]),
        (r#"["x,y","z"]"#, &["k=x,y,z"]),
        (r#"["",""]"#, &["k=,"]),
        (r#"[""]"#, &[]),
        ("[]", &[]),
        ("[{},[]]", &[]),
    ];
    for (text, expected) in cases {
        let text = format!(r#"{{"k":{text}}}"#);
        assert_eq!(fields_with(rules, text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn numbers_as_json() {
    let cases = [
        ("0", "0"),
        ("-0", "-0"),
        ("1.50", "1.5"),
        ("-12.25", "-12.25"),
        ("100", "100"),
        ("0.1", "0.1"),
        ("0.0001", "0.0001"),
        ("0.00012345", "0.00012345"),
        ("0.00001", "1e-05"),
        ("1e-7", "1e-07"),
        ("-1.5e-300", "-1.5e-300"),
        ("123456789012345", "123456789012345"),
        ("100000000000000", "100000000000000"),
        ("1e15", "1e+15"),
        ("1e20", "1e+20"),
        ("1.5e100", "1.5e+100"),
        ("123456789012345678", "1.2345678901234568e+17"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("2147483648.5", "2147483648.5"),
        ("1e400", "null"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            printed(Style::Compact, text.as_bytes()).as_deref(),
            Some(expected),
            "{text}"
        );
    }
}

#[test]
fn compact() {
    let text = br#" { "a" : [ 1 , { "b\n" : null } , [ ] ] , "c" : { } , "d" : "\u00e9\/" } "#;
    assert_eq!(
        printed(Style::Compact, text).as_deref(),
        Some(r#"{"a":[1,{"b\n":null},[]],"c":{},"d":"é/"}"#)
    );
}

#[test]
fn depth_is_limited() {
    for (depth, accepted) in [(1000, true), (1001, false), (100_000, false)] {
        let text = nested(depth);
        assert_eq!(
            printed(Style::Compact, text.as_bytes()).is_some(),
            accepted,
            "{depth}"
        );
    }
    let text = format!(r#"{{"a":{},"b":"x"}}"#, nested(999));
    assert_eq!(
        fields(&text),
        [format!("a={}", nested(999)), "b=x".to_owned()]
    );
    let objects = r#"{"a":"#.repeat(1000) + "1" + &"}".repeat(1000);
    assert_eq!(fields(&objects), [format!("a{}=1", ".a".repeat(999))]);
    let text = format!("[{}]", &objects[5..objects.len() - 1]);
    let formatted = printed(Style::Formatted, text.as_bytes()).unwrap();
    assert_eq!(printed(Style::Compact, formatted.as_bytes()), Some(text));
}

#[test]
fn members_are_found_without_case() {
    let mut tape = Tape::default();
    let root = parse(br#"{"a":{"KEY":0},"kEy":1,"key":2}"#, &mut tape).unwrap();
    let mut out = Vec::new();
    root.member_ignoring_case(b"Key")
        .unwrap()
        .print(Style::Compact, &mut out);
    assert_eq!(out, b"1");
    assert!(root.member_ignoring_case(b"b").is_none());
    assert!(
        parse(b"[1]", &mut tape)
            .unwrap()
            .member_ignoring_case(b"")
            .is_none()
    );
}

/// Valid JSON of every kind.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let text = "[a-z\"\\\\\u{1}\t\né😀/]{0,5}";
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i32>().prop_map(|value| json!(f64::from(value))),
        any::<i32>().prop_map(|value| json!(f64::from(value) / 8.0)),
        text.prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|values| json!(values)),
            prop::collection::btree_map(text, inner, 0..6).prop_map(|members| json!(members)),
        ]
    })
}

fn reread(style: Style, text: &str) -> serde_json::Value {
    let printed = printed(style, text.as_bytes()).unwrap();
    // Whole numbers come back as another variant.
    fn as_floats(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Number(number) => json!(number.as_f64()),
            serde_json::Value::Array(values) => values.into_iter().map(as_floats).collect(),
            serde_json::Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, as_floats(value)))
                .collect(),
            other => other,
        }
    }
    as_floats(serde_json::from_str(&printed).unwrap())
}

proptest! {
    #[test]
    fn no_bytes_panic(text in prop::collection::vec(
        prop_oneof![
            4 => prop::sample::select(&b"{}[]\",:\\u0019eE+-.tfn \x00\xff\xd8"[..]),
            1 => any::<u8>(),
        ],
        0..60,
    )) {
        for arrays in [Arrays::Array, Arrays::Csv] {
            fields_with(JsonRules { nulls: Nulls::Discard, arrays }, &text);
        }
        for style in [Style::Compact, Style::Formatted] {
            // What was printed once stays the same.
            if let Some(once) = printed(style, &text) {
                prop_assert_eq!(printed(style, once.as_bytes()), Some(once));
            }
        }
    }

    #[test]
    fn valid_json_is_read_and_printed_as_it_is(value in any_json()) {
        let text = value.to_string();
        prop_assert_eq!(&reread(Style::Compact, &text), &value);
        prop_assert_eq!(&reread(Style::Formatted, &text), &value);
    }

    #[test]
    fn numbers_keep_their_value(number in any::<f64>().prop_filter("finite", |it| it.is_finite())) {
        let mut out = Vec::new();
        number::push_json(number, &mut out);
        prop_assert_eq!(number::read(&out), Some((number, out.len())));
    }
}
