//! Events that have been decoded before: what a record of Wazuh's `archives.json` or `alerts.json`
//! tells (`spec/wazuh.md` §13.1). Rules meet them as they met the first time; nothing is decoded
//! again.

use bstr::{BStr, BString};

use super::event::{Event, FieldName, Slice};
use super::{Engine, dynamic, predecode};
use crate::ruleset::category::Category;
use crate::ruleset::decoder::{DecoderId, Decoders, NameId};
use crate::ruleset::field::Field;

/// A decoded event. What is absent is `None`; an empty text is a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecodedEvent {
    /// Id of the agent; `None`: the manager itself (`000`).
    pub agent_id: Option<BString>,
    /// Host name that rules see, for agents the agent's name; `None`: that of the header in
    /// `full_log`, else the engine's own.
    pub hostname: Option<BString>,
    /// As rules see it, `(name) ip->file` for agents.
    pub location: BString,
    /// The line as it was received.
    pub full_log: BString,
    /// The part of it that rules see; `None`: what predecoding leaves.
    pub log: Option<BString>,
    /// Program name of the header.
    pub program_name: Option<BString>,
    /// Time stamp of the header as written.
    pub timestamp: Option<BString>,
    /// Name of the decoder. One that the ruleset does not know is no decoder.
    pub decoder: Option<BString>,
    /// Its parent; of several decoders with one name it says which.
    pub decoder_parent: Option<BString>,
    /// Static fields. Of equal ones the last counts.
    pub fields: Vec<(Field, BString)>,
    /// Dynamic fields with their names, in order. Of equal ones the first counts.
    pub dynamic_fields: Vec<(BString, BString)>,
}

/// What a name of a decoder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Loaded(DecoderId),
    BuiltIn(NameId),
}

/// The loaded decoders by the names that events carry.
#[derive(Clone, Debug)]
pub(super) struct DecoderIndex {
    /// Sorted by final name; equal ones in load order.
    by_name: Vec<DecoderId>,
}

impl DecoderIndex {
    pub(super) fn new(decoders: &Decoders) -> Self {
        let mut by_name: Vec<_> = decoders.ids().collect();
        by_name.sort_by(|&a, &b| decoders.get(a).shown_name.cmp(&decoders.get(b).shown_name));
        DecoderIndex { by_name }
    }

    /// The decoder of this name with this parent; without one, the first of the name.
    fn find(&self, decoders: &Decoders, name: &BStr, parent: Option<&BStr>) -> Option<DecoderId> {
        let shown = |id: DecoderId| BStr::new(&decoders.get(id).shown_name);
        let start = self.by_name.partition_point(|&id| shown(id) < name);
        let same_name = || {
            let behind = self.by_name[start..].iter().copied();
            behind.take_while(|&id| shown(id) == name)
        };
        let has_parent = |&id: &DecoderId| {
            let written = &decoders.get(id).parent;
            written.as_ref().map(|text| text.bytes()) == parent
        };
        same_name().find(has_parent).or_else(|| same_name().next())
    }
}

impl Engine {
    /// True if events can carry a decoder of this name: one of a file under its final name, or one
    /// that the engine has itself.
    pub fn knows_decoder(&self, name: &BStr) -> bool {
        self.known_decoder(name, None).is_some()
    }

    fn known_decoder(&self, name: &BStr, parent: Option<&BStr>) -> Option<Known> {
        let decoders = &self.ruleset.decoders;
        let loaded = self.decoder_index.find(decoders, name, parent);
        let built_in = || decoders.built_in(name).map(Known::BuiltIn);
        loaded.map(Known::Loaded).or_else(built_in)
    }
}

/// Fills an empty event with everything up to the end of phase 2.
pub(super) fn fill(
    engine: &Engine,
    own_hostname: &BStr,
    event: &mut Event,
    decoded: &DecodedEvent,
) {
    event.location = event.append(&decoded.location);
    event.agent = optional(event, decoded.agent_id.as_ref());
    event.full_log = event.append(&decoded.full_log);
    let header = predecode::header(engine.predecoding, event.get(event.full_log));
    event.log = match &decoded.log {
        Some(log) => event.append(log),
        None => event.full_log.part(header.log),
    };
    event.program_name = optional(event, decoded.program_name.as_ref());
    event.timestamp = optional(event, decoded.timestamp.as_ref());
    event.hostname = match (&decoded.hostname, header.hostname) {
        (Some(name), _) => event.append(name),
        (None, Some(range)) => event.full_log.part(range),
        (None, None) => event.append(own_hostname),
    };
    if let Some(name) = &decoded.decoder {
        let parent = decoded.decoder_parent.as_ref().map(|name| name.as_ref());
        match engine.known_decoder(name.as_ref(), parent) {
            Some(Known::Loaded(id)) => {
                event.decoder = Some(id);
                event.top_decoder = Some(id);
                event.category = engine.ruleset.decoders.get(id).category;
            }
            Some(Known::BuiltIn(name)) => {
                event.built_in_decoder = Some(name);
                event.category = Category::Ossec;
            }
            None => {}
        }
    }
    for (field, value) in &decoded.fields {
        let value = event.append(value);
        event.set_field(*field, value);
        event.printed.push((FieldName::Static(*field), value));
    }
    for (name, value) in &decoded.dynamic_fields {
        dynamic::add(engine, event, name, value);
    }
}

fn optional(event: &mut Event, text: Option<&BString>) -> Option<Slice> {
    text.map(|text| event.append(text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config;
    use crate::dialect::Dialect;
    use crate::engine::trace::NoTrace;
    use crate::engine::{Session, SessionOptions};
    use crate::moment::Moment;

    const DECODERS: &str = r#"
        <decoder name="app"><program_name>^app$</program_name></decoder>
        <decoder name="app-login"><parent>app</parent><prematch>login</prematch>
          <regex>user (\S+) of (\S+)</regex><order>user,tenant</order></decoder>
        <decoder name="wall"><type>firewall</type><prematch>^wall</prematch></decoder>"#;
    const RULES: &str = r#"<group name="x,">
        <rule id="1" level="0"><category>ossec</category><decoded_as>rootcheck</decoded_as><description>d</description></rule>
        <rule id="102" level="3"><if_sid>1</if_sid><match>bad</match><description>d</description></rule>
        <rule id="3" level="4"><category>firewall</category><action>DROP</action><description>d</description></rule>
        <rule id="4" level="5"><decoded_as>app</decoded_as><field name="tenant">^acme$</field><description>d</description></rule>
        <rule id="105" level="6"><if_sid>4</if_sid><hostname>^web1$</hostname><description>d</description></rule>
      </group>"#;

    fn session(dialect: Dialect) -> Session {
        let files = [("d.xml", DECODERS), ("r.xml", RULES)];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let inputs = config::from_files(files.to_vec(), Some(dialect));
        let (ruleset, problems) = crate::ruleset::build(&inputs);
        assert!(
            problems.iter().all(|problem| !problem.is_error()),
            "{problems:?}"
        );
        Session::new(Arc::new(Engine::new(ruleset)), SessionOptions::default())
    }

    /// `decoder rule hostname log`.
    #[track_caller]
    fn check(dialect: Dialect, event: &DecodedEvent, expected: &str) {
        let at = Moment {
            seconds: 1_700_000_000,
            utc_offset: 0,
        };
        let mut session = session(dialect);
        let verdict = session.evaluate_decoded(event, at, &mut NoTrace).unwrap();
        let actual = format!(
            "{} {} {} {}",
            verdict.decoder().unwrap_or("-".into()),
            verdict.rule().map_or(0, |rule| rule.sid.0),
            verdict.hostname(),
            verdict.log()
        );
        assert_eq!(actual, expected);
    }

    fn event(decoder: &str, full_log: &str) -> DecodedEvent {
        DecodedEvent {
            decoder: Some(decoder.into()),
            full_log: full_log.into(),
            location: "/var/log/x".into(),
            ..DecodedEvent::default()
        }
    }

    #[test]
    fn nothing_is_decoded_again() {
        let wazuh = Dialect::Wazuh414;
        // The decoder would match and find a user.
        let line = "Jan 12 13:22:01 web1 app: login user bob of acme";
        check(
            wazuh,
            &event("wall", line),
            "wall 0 web1 login user bob of acme",
        );
        let mut given = event("app", line);
        given.program_name = Some("app".into());
        given.dynamic_fields = vec![("tenant".into(), "acme".into())];
        check(wazuh, &given, "app 105 web1 login user bob of acme");
        given.hostname = Some("web2".into());
        check(wazuh, &given, "app 4 web2 login user bob of acme");
        given.log = Some("other".into());
        check(wazuh, &given, "app 4 web2 other");
    }

    #[test]
    fn names_of_decoders() {
        let wazuh = Dialect::Wazuh414;
        check(
            wazuh,
            &event("rootcheck", "a bad file"),
            "rootcheck 102 localhost a bad file",
        );
        check(wazuh, &event("app-login", "x"), "- 0 localhost x");
        check(wazuh, &event("", "x"), "- 0 localhost x");
        let mut wall = event("wall", "");
        wall.fields = vec![
            (Field::Action, "PASS".into()),
            (Field::Action, "DROP".into()),
        ];
        check(wazuh, &wall, "wall 3 localhost ");
        let engine = session(wazuh).engine().clone();
        for (name, known) in [("app", true), ("app-login", false), ("sca", true)] {
            assert_eq!(engine.knows_decoder(name.into()), known, "{name}");
        }
        let engine = session(Dialect::Ossec43).engine().clone();
        assert!(!engine.knows_decoder("sca".into()));
    }

    #[test]
    fn the_parent_says_which_decoder() {
        let session = session(Dialect::Ossec43);
        let decoders = &session.engine().ruleset.decoders;
        let index = DecoderIndex::new(decoders);
        let parent = |parent: Option<&str>| {
            let found = index.find(decoders, "app".into(), parent.map(BStr::new));
            found.map(|id| decoders.get(id).name.lossy())
        };
        assert_eq!(parent(None).as_deref(), Some("app"));
        assert_eq!(parent(Some("app")).as_deref(), Some("app-login"));
        assert_eq!(parent(Some("unknown")).as_deref(), Some("app"));
    }

    #[test]
    fn values_by_position_need_a_name_in_the_order() {
        let mut given = event("app", "login");
        given.decoder_parent = Some("app".into());
        given.dynamic_fields = vec![("tenant".into(), "acme".into()), ("x".into(), "y".into())];
        check(Dialect::Ossec43, &given, "app 4 localhost login");
        given.decoder_parent = None;
        check(Dialect::Ossec43, &given, "app 0 localhost login");
    }
}
