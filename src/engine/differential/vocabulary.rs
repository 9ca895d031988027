//! The few words that everything is made of, and lines out of them.

use proptest::prelude::*;

/// A CDB list, and its text.
pub(super) const LIST: &str = "lists/l";
pub(super) const LIST_TEXT: &str = "root:x\nalpha:y\n10.0.0.1:z\n192.0.2.:net\n7:\n";

pub(super) const PROGRAMS: [&str; 5] = ["pa", "pb", "pab", "sd", "PA"];

/// Words and more that patterns look for.
pub(super) const WORDS: [&str; 8] = [
    "alpha", "beta", "gamma", "fail", "ok", "user=", "from ", "id=",
];

/// Values of fields, or parts of them.
pub(super) const VALUES: [&str; 10] = [
    "root", "bob", "7", "42", "/a", "/b", "10.0.0.1", "alpha", "o", "2",
];

pub(super) const HOSTS: [&str; 3] = ["h1", "h2", "web.example"];

/// What bodies of lines are made of. Not all of it is UTF-8; some letters are other letters of the
/// vocabulary without regard to case.
const TOKENS: [&[u8]; 26] = [
    b"alpha",
    b"alpha",
    b"beta",
    b"gamma",
    b"fail",
    b"fail",
    b"ok",
    b"user=root",
    b"user=bob",
    b"user=bob,",
    b"from 10.0.0.1",
    b"from 10.0.0.2",
    b"from 192.0.2.7",
    b"id=7",
    b"id=42",
    b"url=/a",
    b"url=/b?x=7",
    b"x:1",
    b"%",
    b"Alpha",
    b"FAIL",
    b"USER=Root",
    b"b\xe9ta",
    b"\xe3\x81",
    "o\u{212a}".as_bytes(),
    b"alphabeta",
];

/// Headers, with `P` where the program name goes.
const HEADERS: [&str; 8] = [
    "",
    "",
    "Jan 12 13:22:01 h1 P: ",
    "Jan 12 13:22:01 h1 P: ",
    "Jan 12 13:22:01 h2 P[7]: ",
    "2024-01-12T13:22:01+00:00 h1 P: ",
    "Jan 12 13:22:01 web.example ",
    "P: ",
];

/// Objects for JSON decoders.
const OBJECTS: [&str; 5] = [
    r#"{"alpha":"beta","user":"root","srcip":"10.0.0.1"}"#,
    r#"{"x":"fail","y":{"z":7},"id":"42"}"#,
    r#"{"x":"alpha","url":"/a","list":["ok","beta"],"n":null}"#,
    r#"{"user":"bob","x":"Fail ok","y":"7"}"#,
    r#"{"x":"alpha"#,
];

/// A log line.
pub(super) fn line() -> impl Strategy<Value = Vec<u8>> {
    let header = (
        prop::sample::select(HEADERS.to_vec()),
        prop::sample::select(PROGRAMS.to_vec()),
    )
        .prop_map(|(header, program)| header.replace('P', program).into_bytes());
    let token = prop::sample::select(TOKENS.to_vec());
    let words = prop::collection::vec(token, 2..12).prop_map(|tokens| tokens.join(&b' '));
    let object = prop::sample::select(OBJECTS.to_vec()).prop_map(|text| text.as_bytes().to_vec());
    let noise = prop::collection::vec(any::<u8>(), 0..20);
    let body = prop_oneof![12 => words, 2 => object, 1 => noise];
    (header, body).prop_map(|(header, body)| [header, body].concat())
}
