//! The text format, byte for byte.

use super::{KV, Sandbox};

const PHASES: &str = "

**Phase 1: Completed pre-decoding.
       full event: 'Jan  1 10:00:00 h1 kv[7]: srcip=1.2.3.4 user=bob alpha=x'
       hostname: 'h1'
       program_name: 'kv'
       log: 'srcip=1.2.3.4 user=bob alpha=x'

**Phase 2: Completed decoding.
       srcip: '1.2.3.4'
       dstuser: 'bob'
       alpha: 'x'
       decoder: 'kv'

**Phase 3: Completed filtering (rules).
       Rule id: '101'
       Level: '5'
       Description: 'kv with address'
       Info - Text: 'read the manual'
       Info - CVE: '2020-1'
**Alert to be generated.


";

#[test]
fn the_three_phases() {
    let run = Sandbox::new()
        .logtest(&["--dialect", "ossec-4.3"], KV)
        .success();
    assert_eq!(run.text(), PHASES);
    assert_eq!(run.stderr, "");
}

#[test]
fn older_dialects_name_the_decoder_first() {
    let run = Sandbox::new()
        .logtest(&["--dialect", "ossec-3.7"], KV)
        .success();
    let phase = "**Phase 2: Completed decoding.\n       decoder: 'kv'\n       srcip: '1.2.3.4'\n";
    assert!(run.text().contains(phase), "{}", run.text());
}

#[test]
fn nothing_matches() {
    let sandbox = Sandbox::new();
    let newest = sandbox
        .logtest(&["--dialect", "ossec-4.3"], "hello world\n")
        .success();
    let expected = "

**Phase 1: Completed pre-decoding.
       full event: 'hello world'
       hostname: 'testhost'
       program_name: '(null)'
       log: 'hello world'

**Phase 2: Completed decoding.
       No decoder matched.
       decoder: '(null)'
";
    assert_eq!(newest.text(), expected);
    let older = sandbox
        .logtest(&["--dialect", "ossec-3.7"], "hello world\n")
        .success();
    let expected = expected.replace("       decoder: '(null)'\n", "");
    assert_eq!(older.text(), expected);
}

#[test]
fn without_decoders_for_the_line_there_is_no_heading() {
    let sandbox = Sandbox::new();
    let only_programs = super::DECODERS
        .split("<decoder name=\"plain\">")
        .next()
        .unwrap();
    sandbox.write("rules/d.xml", only_programs);
    let run = sandbox
        .logtest(&["-q", "--dialect", "ossec-4.3"], "hello world\n")
        .success();
    let end = "       log: 'hello world'\n       decoder: '(null)'\n";
    assert!(run.text().ends_with(end), "{}", run.text());
}

#[test]
fn the_rule_trace() {
    let sandbox = Sandbox::new();
    let run = sandbox.logtest(&["-v"], KV).success();
    let trace = "
**Rule debugging:
    Trying rule: 1 - a log line
       *Rule 1 matched.
       *Trying child rules.
    Trying rule: 100 - kv seen
       *Rule 100 matched.
       *Trying child rules.
    Trying rule: 101 - kv with address
       *Rule 101 matched.
       *Trying child rules.
    Trying rule: 102 - kv often

**Phase 3: Completed filtering (rules).
";
    assert!(run.text().contains(trace), "{}", run.text());
    let run = sandbox.logtest(&["-vv"], "plain night\n").success();
    let reason = "    Trying rule: 100 - kv seen\n       -Rule 100 failed: the decoder is `kv`\n";
    assert!(run.text().contains(reason), "{}", run.text());
}

#[test]
fn bytes_stay_as_they_are() {
    let run = Sandbox::new()
        .logtest(&["--dialect", "ossec-3.7"], b"a\xff\tb\r\n")
        .success();
    let needle = b"full event: 'a\xff\tb\r'\n";
    assert!(run.stdout.windows(needle.len()).any(|part| part == needle));
}

#[test]
fn colours_only_when_asked_for() {
    let sandbox = Sandbox::new();
    let colored = sandbox.logtest(&["--color", "always"], KV).success();
    assert!(colored.text().contains("\u{1b}["));
    assert!(!sandbox.logtest(&[], KV).text().contains('\u{1b}'));
}

#[test]
fn rejected_messages_are_a_warning() {
    let run = Sandbox::new().logtest(&["--input", "queue"], "nonsense\n1:x:plain text\n");
    assert_eq!(run.code, Some(0));
    assert!(
        run.stderr
            .contains("warning: stdin:1: the event is dropped: "),
        "{}",
        run.stderr
    );
    assert!(run.text().contains("full event: 'plain text'"));
}
