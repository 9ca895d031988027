//! What the engine says about one event.

mod names;

use std::borrow::Cow;

use bstr::BStr;

use crate::dialect::Family;
use crate::engine::{Engine, Event, ExcessAlert, Moment, description, dynamic};
use crate::ruleset::category::Category;
use crate::ruleset::decoder::Decoder;
use crate::ruleset::field::Field;
use crate::ruleset::rule::{Rule, RuleId};
pub(crate) use names::Names;

/// The result of an event: a view of the session, valid until its next event.
///
/// Text is bytes: logs need not be UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'s> {
    engine: &'s Engine,
    event: &'s Event,
    conclusion: Conclusion,
}

/// What the rules made of an event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conclusion {
    /// The rule, if there is one, and what becomes of the event.
    pub(crate) rule: Option<(RuleId, Outcome)>,
    /// How often the rule was the result, this time included.
    pub(crate) fired_times: u64,
    /// The alert of the daemon's statistics.
    pub(crate) excess: Option<ExcessAlert>,
}

/// How far an event got behind its rule (`spec/rules.md` §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// No rule, level 0, within the ignore time or ignored.
    Nothing,
    /// Remembered for correlation, without an alert.
    Counted,
    /// Remembered, and an alert is due.
    Alert,
}

impl<'s> Verdict<'s> {
    pub(crate) fn new(engine: &'s Engine, event: &'s Event, conclusion: Conclusion) -> Self {
        Verdict {
            engine,
            event,
            conclusion,
        }
    }

    pub(crate) fn engine(&self) -> &'s Engine {
        self.engine
    }

    pub(crate) fn event(&self) -> &'s Event {
        self.event
    }

    /// The line of descent of the engine: what the names of fields are like.
    pub fn family(&self) -> Family {
        self.engine.ruleset().dialect.family()
    }

    /// When the event arrived.
    pub fn moment(&self) -> Moment {
        self.event.moment
    }

    /// Where the event comes from, `stdin` for instance.
    pub fn location(&self) -> &'s BStr {
        self.event.get(self.event.location)
    }

    /// The line as it was received (in OSSEC 4.3 without control characters).
    pub fn full_log(&self) -> &'s BStr {
        self.event.get(self.event.full_log)
    }

    /// The part of the line that decoders and rules see.
    pub fn log(&self) -> &'s BStr {
        self.event.log()
    }

    /// Host name of the header, of the agent, or the engine's own. May be empty.
    pub fn hostname(&self) -> &'s BStr {
        self.event.get(self.event.hostname)
    }

    /// Program name of the header. Absent and empty are different.
    pub fn program_name(&self) -> Option<&'s BStr> {
        self.event.program_name.map(|name| self.event.get(name))
    }

    /// The time stamp of the header as written; only Wazuh keeps it (`spec/wazuh.md` §6.2).
    pub fn timestamp(&self) -> Option<&'s BStr> {
        self.event.timestamp.map(|stamp| self.event.get(stamp))
    }

    /// Id of the agent that sent the event; `None` for events of the manager itself (`000`) and in
    /// OSSEC, which has no ids.
    pub fn agent_id(&self) -> Option<&'s BStr> {
        self.event.agent.map(|id| self.event.get(id))
    }

    /// Name of the decoder as the test tool of the dialect reports it.
    pub fn decoder(&self) -> Option<&'s BStr> {
        let decoders = &self.engine.ruleset().decoders;
        if self.engine.evaluation().reports_top_decoder {
            let top = self.event.top_decoder?;
            return Some(decoders.get(top).shown_name.as_ref());
        }
        self.decoder_name()
    }

    /// Name of the decoder that the event carries in the end, those without a file included.
    pub fn decoder_name(&self) -> Option<&'s BStr> {
        self.event.decoder_name(&self.engine.ruleset().decoders)
    }

    /// Name of the parent, if the decoder that the event carries is a child.
    pub fn decoder_parent(&self) -> Option<&'s BStr> {
        self.final_decoder()?
            .parent
            .as_ref()
            .map(|parent| parent.bytes())
    }

    /// The decoder that the event carries in the end: it decides category and dynamic names.
    pub fn final_decoder(&self) -> Option<&'s Decoder> {
        self.event
            .decoder
            .map(|id| self.engine.ruleset().decoders.get(id))
    }

    /// The fields that the test tool prints in phase 2, in its order. A name may come twice; values
    /// of plugin decoders and of the accumulator are not among them.
    pub fn printed_fields(&self) -> impl Iterator<Item = (&'s BStr, &'s BStr)> + use<'s> {
        let Verdict { engine, event, .. } = *self;
        let printed = event.printed.iter();
        printed.map(move |&(name, value)| (dynamic::name_of(engine, event, name), event.get(value)))
    }

    /// Everything that rules can test: static fields, then the dynamic fields; of two equal dynamic
    /// names the first counts.
    pub fn values(&self) -> Vec<(&'s BStr, &'s BStr)> {
        self.iter_values().collect()
    }

    /// [`Verdict::values`] one by one.
    pub(crate) fn iter_values(&self) -> impl Iterator<Item = (&'s BStr, &'s BStr)> + use<'s> {
        let family = self.family();
        let event = self.event;
        let fields = Field::ALL.into_iter().filter_map(move |field| {
            event
                .field(field)
                .map(|value| (BStr::new(field.printed_name(family)), value))
        });
        let mut known = Names::default();
        let first_of_its_name =
            move |&(name, _): &(&'s BStr, &'s BStr)| known.find_or_add(name, true).is_none();
        fields.chain(self.dynamic_fields().filter(first_of_its_name))
    }

    /// The dynamic fields: in OSSEC in the order of the decoder that the event carries, which names
    /// them, in Wazuh in the order in which they were found. A name may come twice.
    pub fn dynamic_fields(&self) -> impl Iterator<Item = (&'s BStr, &'s BStr)> + use<'s> {
        dynamic::all(self.engine, self.event)
    }

    /// The category of the event: which top-level rules are tried.
    pub fn category(&self) -> Category {
        self.event.category
    }

    /// A static field.
    pub fn field(&self, field: Field) -> Option<&'s BStr> {
        self.event.field(field)
    }

    /// True if there are decoders for lines like this one: with, or without, a program name.
    pub fn has_decoder_list(&self) -> bool {
        let decoders = &self.engine.ruleset().decoders;
        let list = match self.event.program_name {
            Some(_) => &decoders.with_program_name,
            None => &decoders.without_program_name,
        };
        !list.is_empty()
    }

    /// The accumulator ran.
    pub fn accumulated(&self) -> bool {
        self.event.accumulated
    }

    /// The rule of the event.
    pub fn rule(&self) -> Option<&'s Rule> {
        self.rule_id().map(|id| self.engine.ruleset().rules.get(id))
    }

    /// The description of the rule; in Wazuh with the values of the event in the places of its
    /// variables (`spec/wazuh.md` §10.9).
    pub fn description(&self) -> Option<Cow<'s, BStr>> {
        let written = self.rule()?.description.as_ref()?;
        Some(description::expand(
            self.engine,
            self.event,
            written.as_ref(),
        ))
    }

    /// The index of that rule.
    pub fn rule_id(&self) -> Option<RuleId> {
        self.conclusion.rule.map(|(rule, _)| rule)
    }

    /// How far the event got; nowhere without a rule.
    fn outcome(&self) -> Outcome {
        let rule = self.conclusion.rule;
        rule.map_or(Outcome::Nothing, |(_, outcome)| outcome)
    }

    /// An alert is due.
    pub fn alert(&self) -> bool {
        self.outcome() == Outcome::Alert
    }

    /// The event got past level 0 and the ignore steps: it is remembered for correlation, whether
    /// an alert is due or not.
    pub fn counts(&self) -> bool {
        self.outcome() >= Outcome::Counted
    }

    /// The alert of the daemon's statistics that goes before the event's own; never in the test
    /// tool.
    pub fn excess(&self) -> Option<ExcessAlert> {
        self.conclusion.excess
    }

    /// How often the rule has been the result so far, this event included; 0 without a rule. The
    /// daemon counts anew with every hour.
    pub fn fired_times(&self) -> u64 {
        self.conclusion.fired_times
    }

    /// The last log of this rule and host, if a `check_diff` found that this one differs.
    pub fn previous_log(&self) -> Option<&'s BStr> {
        self.event.previous_log.map(|log| self.event.get(log))
    }

    /// Earlier lines that belong to the alert, newest first.
    pub fn previous_lines(&self) -> impl Iterator<Item = &'s BStr> + use<'s> {
        let event = self.event;
        event.previous.iter().map(|&line| event.get(line))
    }
}
