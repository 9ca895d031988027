//! A list of decoders or rules, and which of its members an event makes worth a try.

use super::Filtering;
use super::grams::Texts;
use super::probe::Probe;
use super::table::Table;
use crate::engine::event::{Event, Slice};
use crate::engine::field_names::FieldId;
use crate::ruleset::decoder::NameId;

/// Shorter lists are tried as they are.
const SHORTEST: usize = 4;

/// What is known about a member of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    /// The event must carry a decoder of this name.
    pub(crate) decoder: Option<NameId>,
    /// What the program name needs; the event must have one unless nothing is known.
    pub(crate) program: Probe,
    /// What the log needs.
    pub(crate) log: Probe,
    /// What the log behind the match of the parent decoder needs.
    pub(crate) behind_parent: Probe,
    /// The event must have this dynamic field.
    pub(crate) field: Option<FieldId>,
}

/// What members of a list are chosen by.
pub(crate) struct Query<'e, F> {
    pub(crate) event: &'e Event,
    /// The name of its decoder.
    pub(crate) decoder: Option<NameId>,
    /// The log behind the match of the parent decoder.
    pub(crate) rest: Slice,
    /// Whether it has a dynamic field.
    pub(crate) has_field: F,
}

/// A list of members, known by their places in it.
#[derive(Clone, Debug)]
pub(crate) enum Selector {
    /// So many, all of which are tried.
    All(u32),
    /// Filed by what they need.
    Filed(Box<Filed>),
}

#[derive(Clone, Debug)]
pub(crate) struct Filed {
    /// Sorted.
    by_decoder: Vec<(NameId, u32)>,
    by_program: Table,
    by_log: Table,
    by_rest: Table,
    by_field: Vec<(FieldId, Vec<u32>)>,
    /// Always tried, in order.
    others: Vec<u32>,
}

impl Selector {
    pub(crate) fn new(members: &[Member], filtering: Filtering) -> Self {
        let all = Selector::All(members.len() as u32);
        if members.len() < SHORTEST || filtering != Filtering::On {
            return all;
        }
        let numbered = (0u32..).zip(members);
        let (with_decoder, others): (Vec<_>, Vec<_>) =
            numbered.partition(|(_, member)| member.decoder.is_some());
        let mut by_decoder: Vec<_> = with_decoder
            .into_iter()
            .filter_map(|(number, member)| Some((member.decoder?, number)))
            .collect();
        by_decoder.sort_unstable();
        let (by_program, others) = file(members, &others, |member| &member.program);
        let (by_log, others) = file(members, &others, |member| &member.log);
        let (by_rest, others) = file(members, &others, |member| &member.behind_parent);
        let mut by_field: Vec<(FieldId, Vec<u32>)> = Vec::new();
        let mut unfiled = Vec::new();
        for (number, member) in others {
            match member.field {
                Some(field) => match by_field.iter_mut().find(|(other, _)| *other == field) {
                    Some((_, numbers)) => numbers.push(number),
                    None => by_field.push((field, vec![number])),
                },
                None => unfiled.push(number),
            }
        }
        if unfiled.len() == members.len() {
            return all;
        }
        Selector::Filed(Box::new(Filed {
            by_decoder,
            by_program,
            by_log,
            by_rest,
            by_field,
            others: unfiled,
        }))
    }

    /// True if the list has no members.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Selector::All(0))
    }

    /// Adds the candidates for an event, in the order of the list.
    #[inline]
    pub(crate) fn select(
        &self,
        texts: &mut Texts,
        query: Query<'_, impl Fn(FieldId) -> bool>,
        to: &mut Vec<u32>,
    ) {
        match self {
            Selector::All(count) => to.extend(0..*count),
            Selector::Filed(filed) => filed.select(texts, query, to),
        }
    }
}

/// Files members by one of their probes. Those that cannot be filed come back.
fn file<'m>(
    members: &'m [Member],
    numbered: &[(u32, &'m Member)],
    probe: impl Fn(&'m Member) -> &'m Probe,
) -> (Table, Vec<(u32, &'m Member)>) {
    let probes = numbered
        .iter()
        .map(|&(number, member)| (number, probe(member)));
    let (table, unfiled) = Table::new(probes);
    let unfiled = unfiled.into_iter();
    (
        table,
        unfiled
            .map(|number| (number, &members[number as usize]))
            .collect(),
    )
}

impl Filed {
    fn select(
        &self,
        texts: &mut Texts,
        query: Query<'_, impl Fn(FieldId) -> bool>,
        to: &mut Vec<u32>,
    ) {
        let Query {
            event,
            decoder,
            rest,
            has_field,
        } = query;
        let mut hits = std::mem::take(&mut texts.hits);
        hits.clear();
        if let Some(decoder) = decoder {
            let start = self.by_decoder.partition_point(|&(name, _)| name < decoder);
            let same = self.by_decoder[start..].iter();
            let same = same.take_while(|&&(name, _)| name == decoder);
            hits.extend(same.map(|&(_, member)| member));
        }
        if let Some(name) = event.program_name
            && !self.by_program.is_empty()
        {
            self.by_program
                .select(event.get(name), || texts.program(event, name), &mut hits);
        }
        if !self.by_log.is_empty() {
            self.by_log
                .select(event.log(), || texts.log(event), &mut hits);
        }
        if !self.by_rest.is_empty() {
            self.by_rest
                .select(event.get(rest), || texts.log(event), &mut hits);
        }
        let present = self.by_field.iter().filter(|(field, _)| has_field(*field));
        for (_, members) in present {
            hits.extend_from_slice(members);
        }
        if hits.len() > 1 {
            hits.sort_unstable();
            hits.dedup();
        }
        merge(&hits, &self.others, to);
        texts.hits = hits;
    }
}

/// Adds the numbers of two sorted lists without common ones, in order.
fn merge(hits: &[u32], others: &[u32], to: &mut Vec<u32>) {
    let mut waiting = others;
    for &hit in hits {
        let before = waiting.partition_point(|&other| other < hit);
        to.extend_from_slice(&waiting[..before]);
        waiting = &waiting[before..];
        to.push(hit);
    }
    to.extend_from_slice(waiting);
}
