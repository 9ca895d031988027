//! Phase 3: the walk down the rule tree (`spec/rules.md` §7).

use bstr::BStr;

use super::conditions::Condition;
use super::event::Event;
use super::state::RuleState;
use super::trace::{Stage, Trace};
use super::{Engine, Node, dynamic};
use crate::ruleset::condition::CompiledInput;
use crate::ruleset::field::Field;
use crate::ruleset::list::ListField;
use crate::ruleset::list_condition::ListCondition;
use crate::ruleset::rule::{AddressCondition, RuleId, TextField};

/// The rule of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) rule: RuleId,
    /// The rule above it, on the way on which it was found.
    pub(super) parent: Option<RuleId>,
}

/// The rule of the event: the deepest one of the first branch that matches.
pub(super) fn evaluate<T: Trace>(
    engine: &Engine,
    state: &mut RuleState,
    event: &mut Event,
    trace: &mut T,
) -> Option<Found> {
    if event.category == super::Category::OssecAlert {
        // Alerts of another manager bring their rule along.
        let rule = event
            .tied_rule
            .and_then(|sid| engine.ruleset.rules.find(sid))?;
        state.fired(rule);
        return Some(Found { rule, parent: None });
    }
    state.memory.forget_lines();
    let category = event.category;
    let tops = engine.tops.iter().filter(|(of, _)| *of == category);
    let mut walk = Walk {
        engine,
        state,
        event,
        trace,
    };
    for &(_, top) in tops {
        if let Some(found) = walk.check(top) {
            return Some(found);
        }
    }
    None
}

struct Walk<'a, T> {
    engine: &'a Engine,
    state: &'a mut RuleState,
    event: &'a mut Event,
    trace: &'a mut T,
}

impl<T: Trace> Walk<'_, T> {
    /// Depth first, without recursion: rule trees come from files and may be as deep as they like.
    fn check(&mut self, top: u32) -> Option<Found> {
        let engine = self.engine;
        let node = &engine.nodes[top as usize];
        if !self.matches(node) {
            return None;
        }
        let mut stack = vec_on_stack();
        stack.push((node, 0));
        while let Some((node, next)) = stack.last_mut() {
            let child = engine.children(node).get(*next);
            *next += 1;
            match child {
                Some(&child) => {
                    let child = &engine.nodes[child as usize];
                    if self.matches(child) {
                        stack.push((child, 0));
                    }
                }
                None => {
                    let rule = node.rule;
                    if !engine.ruleset.rules.get(rule).flags.noalert {
                        self.state.fired(rule);
                        let above = stack.len().checked_sub(2);
                        let parent = above.map(|position| stack[position].0.rule);
                        return Some(Found { rule, parent });
                    }
                    // A rule that may not be the result lets the search go on behind it.
                    stack.pop();
                }
            }
        }
        None
    }

    fn matches(&mut self, node: &Node) -> bool {
        let rule = node.rule;
        self.trace.rule(rule);
        let conditions = &self.engine.conditions[rule.index()];
        for (position, condition) in conditions.iter().enumerate() {
            let is_stateful = condition.is_stateful();
            if is_stateful {
                self.trace.stage(Stage::Rules);
            }
            let holds = self.holds(rule, condition);
            if is_stateful {
                self.trace.stage(Stage::State);
            }
            if !holds {
                self.trace.condition_failed(rule, position);
                return false;
            }
        }
        self.trace.rule_matched(rule);
        if !self.engine.children(node).is_empty() {
            self.trace.children(rule);
        }
        true
    }

    fn holds(&mut self, id: RuleId, condition: &Condition) -> bool {
        let event = &*self.event;
        match condition {
            Condition::DecodedAs(name) => {
                event.decoder_number(&self.engine.ruleset.decoders) == Some(*name)
            }
            Condition::Text(field, expression) => {
                text(event, *field).is_some_and(|value| expression.holds(value))
            }
            Condition::Field(field) => dynamic::find(self.engine, event, &field.name)
                .is_some_and(|value| field.expression.holds(value)),
            Condition::SrcIp(addresses) => address_holds(addresses, event.field(Field::SrcIp)),
            Condition::DstIp(addresses) => address_holds(addresses, event.field(Field::DstIp)),
            Condition::CompiledRule(test) => test.holds(&compiled_input(event)),
            Condition::MinLogLength(least) => !event.without_length && event.log.len() >= *least,
            Condition::Time(range) => range.holds(event.moment),
            Condition::Weekday(days) => days.holds(event.moment),
            Condition::CheckDiff => {
                let sid = self.engine.ruleset.rules.get(id).sid;
                match self.state.last_logs.changed(event, sid) {
                    Some(old) => {
                        self.keep_old_log(id, &old);
                        true
                    }
                    None => false,
                }
            }
            Condition::IfFts => event.decoder.is_some_and(|decoder| {
                let decoder = self.engine.ruleset.decoders.get(decoder);
                self.state
                    .first_time_seen
                    .check(self.engine, event, decoder)
            }),
            Condition::List(list) => self.list_holds(list),
            Condition::Search => {
                let state = &mut *self.state;
                let store = self.engine.line_stores.find(&mut state.line_stores, id);
                state.memory.search(self.engine, self.event, id, store)
            }
        }
    }

    /// What `check_diff` shows of the earlier log goes where the lines of a search go.
    fn keep_old_log(&mut self, rule: RuleId, old: &[u8]) {
        let lines = [&b"Previous output:"[..], old];
        let stores = &mut self.state.line_stores;
        if let Some(store) = self.engine.line_stores.find(stores, rule) {
            return store.replace(lines.into_iter());
        }
        self.state.memory.forget_lines();
        self.event.previous.clear();
        for line in lines {
            let slice = self.event.append(line);
            self.event.previous.push(slice);
            self.event.previous_log = Some(slice);
        }
    }

    fn list_holds(&self, condition: &ListCondition) -> bool {
        let Some(value) = list_value(self.engine, self.event, &condition.test.field) else {
            return false;
        };
        let check = condition
            .check_value
            .as_ref()
            .map(|pattern| |found: &[u8]| pattern.is_match(found));
        let list = self.engine.ruleset.lists.state(condition.list);
        condition.test.holds(list, value, check)
    }
}

/// Room for the depths that occur; deeper trees spill to the heap.
fn vec_on_stack<'a>() -> smallvec::SmallVec<[(&'a Node, usize); 16]> {
    smallvec::SmallVec::new()
}

/// The value that a text condition tests; `None`: the event lacks it.
fn text(event: &Event, field: TextField) -> Option<&BStr> {
    match field {
        TextField::Match | TextField::Regex => Some(event.log()),
        TextField::ProgramName => event.program_name.map(|name| event.get(name)),
        TextField::Hostname => Some(event.get(event.hostname)),
        TextField::User => event.any_user(),
        TextField::Id => event.field(Field::Id),
        TextField::Url => event.field(Field::Url),
        TextField::SrcPort => event.field(Field::SrcPort),
        TextField::DstPort => event.field(Field::DstPort),
        TextField::Data => event.field(Field::Data),
        TextField::ExtraData => event.field(Field::ExtraData),
        TextField::Action => event.field(Field::Action),
        TextField::Protocol => event.field(Field::Protocol),
        TextField::SystemName => event.field(Field::SystemName),
        TextField::Location => Some(event.get(event.location)),
        TextField::Status => event.field(Field::Status),
        TextField::SrcGeoip | TextField::DstGeoip => None,
    }
}

fn address_holds(addresses: &AddressCondition, value: Option<&BStr>) -> bool {
    let found = addresses.list.holds(value.map(|value| &**value));
    if addresses.negated {
        value.is_some() && !found
    } else {
        found
    }
}

fn compiled_input(event: &Event) -> CompiledInput<'_> {
    let field = |field| event.field(field).map(|value| &**value);
    CompiledInput {
        log: event.log(),
        id: field(Field::Id),
        src_user: field(Field::SrcUser),
        dst_user: field(Field::DstUser),
        url: field(Field::Url),
        action: field(Field::Action),
    }
}

/// The value that a list looks up. Unlike `<user>`, it prefers the source user.
fn list_value<'e>(engine: &'e Engine, event: &'e Event, field: &ListField) -> Option<&'e BStr> {
    match field {
        ListField::User => event
            .field(Field::SrcUser)
            .or_else(|| event.field(Field::DstUser)),
        ListField::Hostname => Some(event.get(event.hostname)),
        ListField::ProgramName => event.program_name.map(|name| event.get(name)),
        ListField::Static(field) => event.field(*field),
        ListField::Dynamic(name) => dynamic::find(engine, event, name),
    }
}
