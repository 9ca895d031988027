//! Phase 3: the walk down the rule tree (`spec/rules.md` §7).

use bstr::BStr;

use super::conditions::Condition;
use super::event::Event;
use super::index::{Query, Texts};
use super::state::RuleState;
use super::trace::{self, Trace};
use super::tree::{BranchId, Hint};
use super::{Engine, dynamic};
use crate::ruleset::category::Category;
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

/// So many places are tried for an event at most, one by one; then it has no rule. Real trees have
/// fewer places, but those that a hostile ruleset shares can be reached on more ways than could ever
/// be walked.
const MOST_TRIES: u32 = 1 << 20;

/// The way of an event down the tree, as far as it has got.
///
/// It can stop before a condition that needs the memories of a session and go on from there later:
/// what comes before depends on the event alone and runs on any thread. Its lists keep their room
/// from event to event.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// The branches from the top down to where the walk is.
    path: Vec<Step>,
    /// The candidates of all branches of the path, one behind the other.
    candidates: Vec<u32>,
    /// Places that were tried.
    tried: u32,
    stage: Stage,
}

/// The branch below a place that matched, and which of its candidates is next.
#[derive(Clone, Copy, Debug)]
struct Step {
    branch: BranchId,
    first: u32,
    next: u32,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    /// Nothing was tried.
    #[default]
    NotBegun,
    /// This place of the last branch waits for a session: the conditions before this one hold.
    Waits { place: u32, condition: usize },
    /// The search is over.
    Ended(Option<Found>),
}

impl Walk {
    /// Before the first rule.
    pub(super) fn begin(&mut self) {
        self.path.clear();
        self.candidates.clear();
        self.tried = 0;
        self.stage = Stage::NotBegun;
    }
}

/// Goes on with the walk as far as that is possible without the memories of a session.
pub(super) fn advance<T: Trace>(
    engine: &Engine,
    texts: &mut Texts,
    event: &mut Event,
    walk: &mut Walk,
    trace: &mut T,
) {
    let mut walker = Walker {
        engine,
        memories: None,
        texts,
        event,
        walk,
        trace,
    };
    walker.run();
}

/// The rule of the event: the deepest one of the first branch that matches.
pub(super) fn finish<T: Trace>(
    engine: &Engine,
    state: &mut RuleState,
    texts: &mut Texts,
    event: &mut Event,
    walk: &mut Walk,
    trace: &mut T,
) -> Option<Found> {
    if event.category == Category::OssecAlert {
        // Alerts of another manager bring their rule along.
        let rule = event
            .tied_rule
            .and_then(|sid| engine.ruleset.rules.find(sid))?;
        state.fired(rule);
        return Some(Found { rule, parent: None });
    }
    state.memory.forget_lines();
    let mut walker = Walker {
        engine,
        memories: Some(state),
        texts,
        event,
        walk,
        trace,
    };
    walker.run();
    let Stage::Ended(found) = walk.stage else {
        return None;
    };
    if let Some(found) = found {
        state.fired(found.rule);
    }
    found
}

/// The one value that a condition looks at, if it looks at one and the event has it.
pub(super) fn value<'e>(
    engine: &'e Engine,
    event: &'e Event,
    condition: &Condition,
) -> Option<&'e BStr> {
    match condition {
        Condition::Text(field, _) => text(event, *field),
        Condition::Field(field) => dynamic::find(engine, event, &field.name),
        Condition::SrcIp(_) => event.field(Field::SrcIp),
        Condition::DstIp(_) => event.field(Field::DstIp),
        Condition::List(list) => list_value(engine, event, &list.test.field),
        _ => None,
    }
}

/// Which conditions of a rule an event meets that has been evaluated; `None`: that hangs on
/// memories.
pub(super) fn meets(engine: &Engine, event: &Event, rule: RuleId) -> Vec<Option<bool>> {
    let mut walker = Walker {
        engine,
        memories: None,
        texts: &mut Texts::default(),
        event: &mut event.clone(),
        walk: &mut Walk::default(),
        trace: &mut trace::NoTrace,
    };
    let conditions = engine.conditions[rule.index()].iter();
    let tests = conditions.zip(engine.tree.hints(rule));
    tests
        .map(|(condition, hint)| walker.holds(rule, condition, hint))
        .collect()
}

/// A test of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Holds,
    Fails,
    /// This condition needs memories, and there are none.
    Waits(usize),
}

struct Walker<'a, T> {
    engine: &'a Engine,
    memories: Option<&'a mut RuleState>,
    texts: &'a mut Texts,
    event: &'a mut Event,
    walk: &'a mut Walk,
    trace: &'a mut T,
}

impl<T: Trace> Walker<'_, T> {
    /// Depth first, without recursion: rule trees come from files and may be as deep as they like.
    fn run(&mut self) {
        let engine = self.engine;
        let mut resumed = None;
        match self.walk.stage {
            Stage::Ended(_) => return,
            Stage::NotBegun => self.enter(engine.tree.top(self.event.category)),
            Stage::Waits { place, condition } => resumed = Some((place, condition)),
        }
        while let Some(step) = self.walk.path.last_mut() {
            let (place, condition) = match resumed.take() {
                Some(waiting) => waiting,
                None => match self.walk.candidates.get(step.next as usize) {
                    Some(_) if self.walk.tried == MOST_TRIES => break,
                    Some(&number) => {
                        self.walk.tried += 1;
                        step.next += 1;
                        let place = engine.tree.place(step.branch, number);
                        self.trace.rule(engine.tree.rule(place));
                        (place, 0)
                    }
                    None => match self.leave() {
                        None => continue,
                        found => return self.walk.stage = Stage::Ended(found),
                    },
                },
            };
            match self.test(place, condition) {
                Test::Fails => {}
                Test::Holds => self.enter(place),
                Test::Waits(condition) => {
                    return self.walk.stage = Stage::Waits { place, condition };
                }
            }
        }
        self.walk.stage = Stage::Ended(None);
    }

    /// Goes down a branch.
    fn enter(&mut self, branch: BranchId) {
        let Walk {
            path, candidates, ..
        } = self.walk;
        let first = candidates.len() as u32;
        let (engine, event) = (self.engine, &*self.event);
        let query = Query {
            event,
            decoder: event.decoder_number(&engine.ruleset.decoders),
            rest: event.log,
            field: |id| dynamic::find_by_id(engine, event, id),
            everything: T::EVERYTHING,
        };
        let selector = engine.tree.selector(branch);
        selector.select(self.texts, &query, candidates);
        path.push(Step {
            branch,
            first,
            next: first,
        });
    }

    /// No child of the last place matched: it is the result, unless it may not be. Then the search
    /// goes on behind it.
    fn leave(&mut self) -> Option<Found> {
        let Walk {
            path, candidates, ..
        } = self.walk;
        let step = path.pop()?;
        candidates.truncate(step.first as usize);
        // The first branch is that of the category, which is no rule.
        let above = path.last()?;
        let tree = &self.engine.tree;
        let rule = tree.rule(step.branch);
        self.trace.rule_left(rule);
        if self.engine.ruleset.rules.get(rule).flags.noalert {
            return None;
        }
        let parent = (path.len() > 1).then(|| tree.rule(above.branch));
        Some(Found { rule, parent })
    }

    /// Tests the conditions of a rule from one of them on.
    fn test(&mut self, place: u32, first: usize) -> Test {
        let engine = self.engine;
        let rule = engine.tree.rule(place);
        let conditions = &engine.conditions[rule.index()];
        let hints = engine.tree.hints(rule);
        for (position, condition) in conditions.iter().enumerate().skip(first) {
            let hint = &hints[position];
            let uses_memories = condition.uses_memories() && self.memories.is_some();
            if uses_memories {
                self.trace.stage(trace::Stage::Rules);
            }
            let holds = match T::EVERYTHING || self.may_hold(hint) {
                true => self.holds(rule, condition, hint),
                false => Some(false),
            };
            if uses_memories {
                self.trace.stage(trace::Stage::State);
            }
            match holds {
                Some(true) => {}
                Some(false) => {
                    self.trace.condition_failed(rule, position);
                    return Test::Fails;
                }
                None => return Test::Waits(position),
            }
        }
        self.trace.rule_matched(rule);
        if !engine.tree.selector(place).is_empty() {
            self.trace.children(rule);
        }
        Test::Holds
    }

    fn may_hold(&mut self, hint: &Hint) -> bool {
        let (event, texts) = (&*self.event, &mut *self.texts);
        let Hint { log, url, field: _ } = hint;
        if !url.is_any()
            && let Some(slice) = event.field_slice(Field::Url)
        {
            return url.may_match(event.get(slice), || texts.url(event, slice));
        }
        log.may_match(event.log(), || texts.log(event))
    }

    /// Whether a condition holds; `None`: it needs memories, and there are none.
    fn holds(&mut self, id: RuleId, condition: &Condition, hint: &Hint) -> Option<bool> {
        let event = &*self.event;
        Some(match condition {
            Condition::DecodedAs(name) => {
                event.decoder_number(&self.engine.ruleset.decoders) == Some(*name)
            }
            Condition::Text(field, expression) => {
                text(event, *field).is_some_and(|value| expression.holds(value))
            }
            Condition::Field(field) => hint
                .field
                .and_then(|id| dynamic::find_by_id(self.engine, event, id))
                .is_some_and(|value| field.expression.holds(value)),
            Condition::SrcIp(addresses) => address_holds(addresses, event.field(Field::SrcIp)),
            Condition::DstIp(addresses) => address_holds(addresses, event.field(Field::DstIp)),
            Condition::CompiledRule(test) => test.holds(&compiled_input(event)),
            Condition::MinLogLength(least) => !event.without_length && event.log.len() >= *least,
            Condition::Time(range) => range.holds(event.moment),
            Condition::Weekday(days) => days.holds(event.moment),
            Condition::List(list) => self.list_holds(list),
            Condition::CheckDiff => {
                let sid = self.engine.ruleset.rules.get(id).sid;
                match self.memories.as_mut()?.last_logs.changed(event, sid) {
                    Some(old) => {
                        self.keep_old_log(id, &old);
                        true
                    }
                    None => false,
                }
            }
            Condition::IfFts => {
                let seen = &mut self.memories.as_mut()?.first_time_seen;
                event.decoder.is_some_and(|decoder| {
                    let decoder = self.engine.ruleset.decoders.get(decoder);
                    seen.check(self.engine, event, decoder)
                })
            }
            Condition::Search => {
                let state = self.memories.as_mut()?;
                let store = self.engine.line_stores.find(&mut state.line_stores, id);
                let fits = state.memory.search(self.engine, self.event, id, store);
                if !fits {
                    let (engine, event, memory) = (self.engine, &*self.event, &state.memory);
                    self.trace
                        .search_failed(id, || memory.fitting(engine, event, id));
                }
                fits
            }
        })
    }

    /// What `check_diff` shows of the earlier log goes where the lines of a search go.
    fn keep_old_log(&mut self, rule: RuleId, old: &[u8]) {
        let Some(state) = self.memories.as_mut() else {
            return;
        };
        let lines = [&b"Previous output:"[..], old];
        let stores = &mut state.line_stores;
        if let Some(store) = self.engine.line_stores.find(stores, rule) {
            return store.replace(lines.into_iter());
        }
        state.memory.forget_lines();
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

/// The value that a text condition tests; `None`: the event lacks it.
fn text(event: &Event, field: TextField) -> Option<&BStr> {
    match field {
        TextField::Match | TextField::Regex => Some(event.log()),
        TextField::ProgramName => event.program_name.map(|name| event.get(name)),
        TextField::Hostname => Some(event.get(event.hostname)),
        TextField::User => event.any_user(),
        TextField::Location => Some(event.get(event.location)),
        _ => event.field(field.only_source()?),
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
