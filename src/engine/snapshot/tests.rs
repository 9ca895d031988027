//! Snapshots are exact, and nothing that is not one gets through.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::config;
use crate::config::StoredState;
use crate::engine::{Mode, Moment, Rejection};
use crate::verdict::Verdict;

/// A ruleset that remembers everything there is to remember.
const DECODERS: &str = r#"
<decoder name="d"><program_name>^d$</program_name><accumulate/>
  <regex>^(\w+) (\w+) from (\S+)</regex><order>id,user,srcip</order><fts>name,user,srcip</fts></decoder>
<decoder name="i"><type>ids</type><program_name>^i$</program_name>
  <regex>^(\w+) (\S+)</regex><order>id,srcip</order><fts>name,id,srcip</fts></decoder>
<decoder name="wall"><type>firewall</type><program_name>^wall$</program_name>
  <plugin_decoder>SonicWall_Decoder</plugin_decoder></decoder>
<decoder name="none"><prematch>^nothing at all</prematch></decoder>
"#;

const RULES: &str = r#"<group name="t,">
<rule id="1" level="3"><category>syslog</category><description>any</description></rule>
<rule id="101" level="4" ignore="2"><if_sid>1</if_sid><match>a</match><ignore>user</ignore>
  <group>g,</group></rule>
<rule id="102" level="4"><if_sid>1</if_sid><match>b</match><check_if_ignored>user</check_if_ignored>
  <group>g,</group></rule>
<rule id="103" level="5"><if_sid>1</if_sid><if_fts/></rule>
<rule id="104" level="5"><if_sid>1</if_sid><match>c</match><check_diff/></rule>
<rule id="110" level="8" frequency="2" timeframe="50"><if_matched_sid>101</if_matched_sid>
  <same_source_ip/></rule>
<rule id="111" level="9" frequency="3" timeframe="50"><if_matched_group>g,</if_matched_group></rule>
<rule id="112" level="10" frequency="5" timeframe="50"><if_matched_regex>d</if_matched_regex>
  <same_user/></rule>
<rule id="2" level="3"><category>ids</category><if_fts/></rule>
<rule id="3" level="3"><category>firewall</category></rule>
</group>"#;

fn engine_of(rules: &str) -> Arc<Engine> {
    let files = [("d.xml", DECODERS), ("r.xml", rules)]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let inputs = config::from_files(files.into(), None);
    let (ruleset, problems) = crate::ruleset::build(&inputs);
    let errors: Vec<_> = problems.iter().filter(|p| p.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    Arc::new(Engine::new(ruleset))
}

static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| engine_of(RULES));

fn options(mode: Mode) -> SessionOptions {
    SessionOptions {
        mode,
        ..SessionOptions::default()
    }
}

fn new(mode: Mode) -> Session {
    let mut session = Session::new(Arc::clone(&ENGINE), options(mode));
    session.remember_average(None, 24, 3);
    session.recall(&StoredState {
        averages: Vec::new(),
        first_time_seen: vec!["d  seen".into()],
        ignored: vec!["  z     ".into()],
        last_logs: vec![("h".into(), 104, "old".into())],
    });
    session
}

fn restore(mode: Mode, bytes: &[u8]) -> Result<Session, SnapshotError> {
    Session::restore(Arc::clone(&ENGINE), options(mode), bytes)
}

/// All that a verdict says.
fn told(verdict: Result<Verdict<'_>, Rejection>) -> String {
    match verdict {
        Ok(verdict) => format!(
            "{:?}",
            (
                verdict.rule_id(),
                verdict.alert(),
                verdict.fired_times(),
                verdict.excess(),
                verdict.values(),
                verdict.previous_lines().collect::<Vec<_>>(),
            )
        ),
        Err(rejection) => format!("{rejection:?}"),
    }
}

/// A line, and the seconds since the one before.
fn event() -> impl Strategy<Value = (String, i64)> {
    let line = ("[di]", "[abcx]", "[uvz]", 1..4u8, "[ac]?").prop_map(|(p, id, user, ip, end)| {
        match p.as_str() {
            "d" => format!("Jan 12 13:22:01 h d: {id} {user} from 10.0.0.{ip} {end}"),
            _ => format!("Jan 12 13:22:01 h i: {id}{id}{id} 10.0.0.{ip} {end}"),
        }
    });
    // This plugin changes the category of its decoder for good.
    let wall = Just("Jan 12 13:22:01 h wall: id=firewall".to_owned());
    let seconds = prop_oneof![20 => 0..4i64, 1 => 3000..90_000i64];
    (prop_oneof![15 => line, 1 => wall], seconds)
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::TestTool), Just(Mode::Daemon)]
}

proptest! {
    /// At any point: the restored session goes on as the first one does.
    #[test]
    fn a_restored_session_goes_on(
        mode in mode(),
        events in prop::collection::vec(event(), 1..80),
        point in any::<prop::sample::Index>(),
    ) {
        let point = point.index(events.len());
        let mut session = new(mode);
        let mut restored = None;
        let mut seconds = 1_700_000_000;
        for (index, (line, step)) in events.iter().enumerate() {
            if index == point {
                let bytes = session.snapshot();
                let copy = restore(mode, &bytes).unwrap();
                prop_assert_eq!(copy.snapshot(), bytes);
                restored = Some(copy);
            }
            seconds += step;
            let at = Moment { seconds, utc_offset: 3600 };
            let expected = told(session.evaluate(b"x", line.as_bytes(), at));
            if let Some(restored) = &mut restored {
                prop_assert_eq!(told(restored.evaluate(b"x", line.as_bytes(), at)), expected);
            }
        }
        let restored = restored.expect("the point is one of the events");
        prop_assert_eq!(restored.snapshot(), session.snapshot());
    }

    #[test]
    fn any_bytes_give_an_error(bytes: Vec<u8>, version: u32) {
        prop_assert_eq!(restore(Mode::Daemon, &bytes).err(), Some(SnapshotError::NotASnapshot));
        let begun = [&MAGIC[..], &version.to_le_bytes(), &bytes].concat();
        prop_assert!(restore(Mode::Daemon, &begun).is_err());
        // Even with everything around it in order.
        if let Ok(mut session) = restore(Mode::Daemon, &seal(&ENGINE, &bytes)) {
            let _ = session.evaluate(b"x", b"line", Moment::default());
        }
    }

    /// Changed payloads with a proper checksum: an error, or a session that works.
    #[test]
    fn foreign_payloads_are_harmless(
        events in prop::collection::vec(event(), 1..40),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        more in prop::collection::vec(event(), 1..40),
    ) {
        let mut session = new(Mode::Daemon);
        for (index, (line, _)) in (0..).zip(&events) {
            let at = Moment { seconds: 1_700_000_000 + index, utc_offset: 0 };
            let _ = session.evaluate(b"x", line.as_bytes(), at);
        }
        let bytes = session.snapshot();
        let mut payload = bytes[PAYLOAD..bytes.len() - CHECKSUM].to_vec();
        for (at, byte) in changes {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        if let Ok(mut session) = restore(Mode::Daemon, &seal(&ENGINE, &payload)) {
            for (index, (line, _)) in (0..).zip(&more) {
                let at = Moment { seconds: 1_700_000_000 + index, utc_offset: 0 };
                let _ = told(session.evaluate(b"x", line.as_bytes(), at));
            }
            let _ = session.snapshot();
        }
    }
}

fn filled() -> Vec<u8> {
    let mut session = new(Mode::Daemon);
    for index in 0..20 {
        let line = format!("Jan 12 13:22:01 h d: a u{index} from 10.0.0.1");
        let at = Moment {
            seconds: 1_700_000_000 + index,
            utc_offset: 0,
        };
        let _ = session.evaluate(b"x", line.as_bytes(), at);
    }
    session.snapshot()
}

#[test]
fn every_cut_and_every_changed_byte_is_found() {
    let bytes = filled();
    assert!(restore(Mode::Daemon, &bytes).is_ok());
    for length in 0..bytes.len() {
        let error = restore(Mode::Daemon, &bytes[..length]).err();
        let expected = if length < MAGIC.len() {
            SnapshotError::NotASnapshot
        } else {
            SnapshotError::Damaged { at: length }
        };
        assert_eq!(error, Some(expected));
    }
    let mut changed = bytes.clone();
    for at in 0..bytes.len() {
        changed[at] ^= 0x10;
        assert!(restore(Mode::Daemon, &changed).is_err(), "byte {at}");
        changed[at] = bytes[at];
    }
    let longer = [&bytes[..], b"x"].concat();
    let at = bytes.len();
    assert_eq!(
        restore(Mode::Daemon, &longer).err(),
        Some(SnapshotError::Damaged { at })
    );
}

#[test]
fn messages() {
    let bytes = filled();
    let error = |bytes: &[u8]| restore(Mode::Daemon, bytes).expect_err("wrong").to_string();
    assert_eq!(error(b"something else"), "not a snapshot");
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert_eq!(error(&newer), "a snapshot of version 9, this build reads 2");
    assert_eq!(error(&bytes[..20]), "the snapshot is damaged at byte 20");
    let other = engine_of(&RULES.replace("level=\"8\"", "level=\"7\""));
    let other = Session::restore(other, options(Mode::Daemon), &bytes).expect_err("other rules");
    assert_eq!(other, SnapshotError::OtherRuleset);
    assert!(
        other
            .to_string()
            .starts_with("snapshot of another ruleset: ")
    );
    // A payload that goes on behind its end.
    let payload = [&bytes[PAYLOAD..bytes.len() - CHECKSUM], b"x"].concat();
    let at = bytes.len() - CHECKSUM;
    assert_eq!(
        restore(Mode::Daemon, &seal(&ENGINE, &payload)).err(),
        Some(SnapshotError::Damaged { at })
    );
}

#[test]
fn the_test_tool_forgets_what_only_the_daemon_knows() {
    let daemon = filled();
    let tool = restore(Mode::TestTool, &daemon).unwrap().snapshot();
    assert!(tool.len() < daemon.len());
    assert!(restore(Mode::Daemon, &tool).is_ok());
}
