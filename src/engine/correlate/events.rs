//! The remembered events: what a composite rule can ask of them, and not more.
//!
//! Events leave in the order in which they came, so all of this lies in rings: when they have grown
//! to what the limits of the memory ask for, an event allocates nothing.

use std::collections::VecDeque;
use std::ops::Range;

use bstr::{BStr, BString};

use super::plan::Plan;
use super::queue::Number;
use super::texts::Texts;
use crate::engine::Engine;
use crate::engine::event::Event;
use crate::ruleset::category::Category;
use crate::ruleset::rule::RuleId;

/// A part of the texts of one event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(range: Range<usize>) -> Self {
        Span {
            start: range.start as u32,
            end: range.end as u32,
        }
    }
}

/// What is kept of an event.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub(super) time: i64,
    /// Level of the composite rule that counted it last.
    pub(super) mark: u32,
    pub(super) rule: RuleId,
    pub(super) category: Category,
    /// The event had a dynamic field.
    pub(super) has_dynamic: bool,
    /// Where its texts begin in the ring, and how long they are.
    texts: u64,
    length: usize,
    full_log: Span,
    log: Span,
    /// Id of the agent; only Wazuh has ids.
    agent: Option<Span>,
    /// Where its values begin, counted from the first value ever kept.
    values: u64,
}

/// The texts of an event that is to be remembered. What nobody can ask for is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'t> {
    pub(super) full_log: &'t BStr,
    pub(super) log: &'t BStr,
    pub(super) agent: Option<&'t BStr>,
}

/// The event memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    events: VecDeque<Remembered>,
    /// How many events have left.
    left: u64,
    texts: Texts,
    /// The values of each event, as many as the plan keeps for its rule.
    values: VecDeque<Option<Span>>,
    /// How many values have left.
    values_left: u64,
    /// Where the texts of an event are put together.
    scratch: BString,
}

impl Events {
    /// Remembers an event under its rule.
    pub(super) fn push(&mut self, engine: &Engine, event: &Event, rule: RuleId) -> Number {
        let plan = &engine.correlation;
        let keeps = plan.keeps(rule);
        let text = |keep, text| if keep { text } else { BStr::new(b"") };
        let told = Told {
            full_log: text(keeps.full_log, event.get(event.full_log)),
            log: text(keeps.log, event.log()),
            agent: event.agent.filter(|_| keeps.agent).map(|id| event.get(id)),
        };
        let (time, mark) = (event.moment.seconds, event.mark);
        let has_dynamic = event.has_dynamic();
        let remembered = Remembered::new(time, mark, rule, event.category, has_dynamic);
        let values = keeps
            .values
            .iter()
            .map(|&kept| plan.kept[kept].value(engine, event));
        self.add(remembered, told, values)
    }

    /// Adds an event. What it says of its texts is worked out here.
    pub(super) fn add<'t>(
        &mut self,
        mut event: Remembered,
        told: Told<'t>,
        values: impl Iterator<Item = Option<&'t BStr>>,
    ) -> Number {
        let mut texts = std::mem::take(&mut self.scratch);
        texts.clear();
        texts.extend_from_slice(told.full_log);
        let mut span = |text: &BStr| {
            Span::new(part_of(told.full_log, text).unwrap_or_else(|| {
                let start = texts.len();
                texts.extend_from_slice(text);
                start..texts.len()
            }))
        };
        event.full_log = Span::new(0..told.full_log.len());
        event.log = span(told.log);
        event.agent = told.agent.map(&mut span);
        event.values = self.values_left + self.values.len() as u64;
        self.values.extend(values.map(|value| value.map(&mut span)));
        event.length = texts.len();
        event.texts = match self.texts.push(&texts) {
            Some(position) => position,
            None => self.grow_and_push(&texts),
        };
        self.scratch = texts;
        self.events.push_back(event);
        self.left + self.events.len() as u64
    }

    /// Moves all texts to a larger ring.
    #[cold]
    fn grow_and_push(&mut self, text: &[u8]) -> u64 {
        let lengths = || self.events.iter().map(|event| event.length);
        let sum = lengths().fold(text.len(), usize::saturating_add);
        let longest = lengths().fold(text.len(), usize::max);
        // Twice the room that is needed now, so that the moves cost little on the whole.
        let mut texts = Texts::with_room(sum.saturating_mul(2), longest);
        let mut push = |text: &[u8]| texts.push(text).unwrap_or_default();
        for event in &mut self.events {
            event.texts = push(self.texts.get(event.texts, event.length));
        }
        let position = push(text);
        self.texts = texts;
        position
    }

    /// Forgets the oldest event.
    pub(super) fn pop(&mut self, plan: &Plan) -> Option<(Number, Remembered)> {
        let event = self.events.pop_front()?;
        self.left += 1;
        let next = self.events.front();
        self.texts.release_before(next.map(|event| event.texts));
        let values = plan.keeps(event.rule).values.len();
        self.values.drain(..values);
        self.values_left += values as u64;
        Some((self.left, event))
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn oldest(&self) -> Option<&Remembered> {
        self.events.front()
    }

    /// All of them, oldest first.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Remembered> {
        self.events.iter()
    }

    /// The event with a number. It must be there still.
    pub(super) fn get(&self, number: Number) -> &Remembered {
        &self.events[(number - self.left - 1) as usize]
    }

    pub(super) fn get_mut(&mut self, number: Number) -> &mut Remembered {
        &mut self.events[(number - self.left - 1) as usize]
    }

    pub(super) fn full_log<'s>(&'s self, event: &Remembered) -> &'s BStr {
        self.text(event, event.full_log)
    }

    pub(super) fn log<'s>(&'s self, event: &Remembered) -> &'s BStr {
        self.text(event, event.log)
    }

    pub(super) fn agent<'s>(&'s self, event: &Remembered) -> Option<&'s BStr> {
        event.agent.map(|span| self.text(event, span))
    }

    /// The value at a position of [`Plan::kept`], if it is kept for the rule of the event.
    pub(super) fn value<'s>(
        &'s self,
        plan: &Plan,
        event: &Remembered,
        kept: usize,
    ) -> Option<&'s BStr> {
        let position = plan.keeps(event.rule).values.binary_search(&kept).ok()?;
        let index = (event.values - self.values_left) as usize + position;
        self.values[index].map(|span| self.text(event, span))
    }

    /// All values that are kept of an event, in the order of the plan.
    pub(super) fn values<'s>(
        &'s self,
        plan: &Plan,
        event: &'s Remembered,
    ) -> impl Iterator<Item = Option<&'s BStr>> {
        let start = (event.values - self.values_left) as usize;
        self.values
            .range(start..start + plan.keeps(event.rule).values.len())
            .map(|value| value.map(|span| self.text(event, span)))
    }

    fn text(&self, event: &Remembered, span: Span) -> &BStr {
        let texts = self.texts.get(event.texts, event.length);
        BStr::new(&texts[span.start as usize..span.end as usize])
    }
}

impl Remembered {
    /// An event without its texts: they come with [`Events::add`].
    pub(super) fn new(
        time: i64,
        mark: u32,
        rule: RuleId,
        category: Category,
        has_dynamic: bool,
    ) -> Self {
        Remembered {
            time,
            mark,
            rule,
            category,
            has_dynamic,
            texts: 0,
            length: 0,
            full_log: Span::default(),
            log: Span::default(),
            agent: None,
            values: 0,
        }
    }
}

/// Where `part` lies in `whole`, if it is a slice of it and not only equal to one.
fn part_of(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= whole.len()).then_some(start..end)
}
