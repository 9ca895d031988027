//! A list of decoders or rules, and which of its members an event makes worth a try.

use std::collections::BTreeMap;

use bstr::BStr;
use smallvec::SmallVec;

use super::Filtering;
use super::grams::{FirstKinds, Texts};
use super::probe::{Guard, Probe};
use super::table::{Beginnings, Table};
use crate::engine::event::{Event, Slice};
use crate::engine::field_names::FieldId;
use crate::ruleset::decoder::NameId;
use crate::ruleset::field::Field;

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
    /// What its value needs.
    pub(crate) value: Probe,
    /// The event must have this static field.
    pub(crate) static_field: Option<Field>,
}

/// What members of a list are chosen by.
pub(crate) struct Query<'e, F> {
    pub(crate) event: &'e Event,
    /// The name of its decoder.
    pub(crate) decoder: Option<NameId>,
    /// The log behind the match of the parent decoder.
    pub(crate) rest: Slice,
    /// The values of its dynamic fields.
    pub(crate) field: F,
    /// All members are wanted.
    pub(crate) everything: bool,
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
    /// How many members the list has.
    count: u32,
    by_decoder: ByDecoder,
    by_program: Table,
    by_log: Table,
    by_rest: Table,
    by_field: Vec<ByField>,
    by_static_field: Groups<Field>,
    /// All others, in order.
    others: Vec<u32>,
    /// What guards each of them; empty: nothing is known of any.
    guards: Vec<Guards>,
}

/// The members that want events with one dynamic field, by how its value begins.
#[derive(Clone, Debug)]
struct ByField {
    field: FieldId,
    by_value: Beginnings,
    others: Vec<u32>,
}

impl ByField {
    fn new((field, numbers): (FieldId, Vec<u32>), members: &[Member]) -> Self {
        let probes = numbers.into_iter();
        let probes = probes.map(|number| (number, &members[number as usize].value));
        let (by_value, others) = Beginnings::new(probes);
        ByField {
            field,
            by_value,
            others,
        }
    }
}

/// What guards a member that is not filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Guards {
    log: Guard,
    behind_parent: Guard,
}

/// The members that want events of some decoder.
#[derive(Clone, Debug, Default)]
struct ByDecoder {
    /// By the number of a name: one more than the place of its list; 0: there is none.
    places: Vec<u32>,
    lists: Vec<OfDecoder>,
}

/// The members that want events of one decoder: a list of its own.
#[derive(Clone, Debug)]
struct OfDecoder {
    members: Vec<u32>,
    selector: Selector,
}

/// A member and its place in the list.
type Numbered<'m> = (u32, &'m Member);

/// Members by what they have in common.
type Groups<K> = Vec<(K, Vec<u32>)>;

/// Candidates of one list.
pub(super) type Hits = SmallVec<[u32; 32]>;

impl Selector {
    pub(crate) fn new(members: &[Member], filtering: Filtering) -> Self {
        let all = Selector::All(members.len() as u32);
        if members.len() < SHORTEST || filtering != Filtering::On {
            return all;
        }
        let numbered = (0u32..).zip(members);
        let (with_decoder, others): (Vec<_>, Vec<_>) =
            numbered.partition(|(_, member)| member.decoder.is_some());
        let (by_program, others) = file(members, &others, |member| &member.program);
        let (by_log, others) = file(members, &others, |member| &member.log);
        let (by_rest, others) = file(members, &others, |member| &member.behind_parent);
        let (fields, others) = group(others, |member| member.field);
        let by_field = fields.into_iter().map(|field| ByField::new(field, members));
        let (by_static_field, others) = group(others, |member| member.static_field);
        if others.len() == members.len() {
            return all;
        }
        let mut guards: Vec<_> = others
            .iter()
            .map(|(_, member)| Guards::of(member))
            .collect();
        if guards.iter().all(|&guards| guards == Guards::ANY) {
            guards = Vec::new();
        }
        Selector::Filed(Box::new(Filed {
            count: members.len() as u32,
            by_decoder: ByDecoder::new(with_decoder, filtering),
            by_program,
            by_log,
            by_rest,
            by_field: by_field.collect(),
            by_static_field,
            others: others.into_iter().map(|(number, _)| number).collect(),
            guards,
        }))
    }

    /// True if the list has no members.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Selector::All(0))
    }

    /// Adds the candidates for an event, in the order of the list.
    #[inline]
    pub(crate) fn select<'e>(
        &self,
        texts: &mut Texts,
        query: &Query<'e, impl Fn(FieldId) -> Option<&'e BStr>>,
        to: &mut Vec<u32>,
    ) {
        match self {
            Selector::All(count) => to.extend(0..*count),
            Selector::Filed(filed) if query.everything => to.extend(0..filed.count),
            Selector::Filed(filed) => {
                let mut hits = Hits::new();
                filed.hits(texts, query, &mut hits);
                if filed.guards.is_empty() {
                    return merge(&hits, &filed.others, to);
                }
                let mut others = Hits::new();
                filed.others(texts, query, &mut others);
                merge(&hits, &others, to);
            }
        }
    }
}

/// Files members by one of their probes. Those that cannot be filed come back.
fn file<'m>(
    members: &'m [Member],
    numbered: &[Numbered<'m>],
    probe: impl Fn(&'m Member) -> &'m Probe,
) -> (Table, Vec<Numbered<'m>>) {
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

/// Groups members by what they must have. Those that need nothing come back.
fn group<'m, K: PartialEq>(
    numbered: Vec<Numbered<'m>>,
    key: impl Fn(&Member) -> Option<K>,
) -> (Groups<K>, Vec<Numbered<'m>>) {
    let mut groups: Groups<K> = Vec::new();
    let mut ungrouped = Vec::new();
    for (number, member) in numbered {
        match key(member) {
            Some(key) => match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, numbers)) => numbers.push(number),
                None => groups.push((key, vec![number])),
            },
            None => ungrouped.push((number, member)),
        }
    }
    (groups, ungrouped)
}

impl ByDecoder {
    /// The members of each list are filed by what else they need.
    fn new(numbered: Vec<Numbered<'_>>, filtering: Filtering) -> Self {
        let mut lists: BTreeMap<NameId, (Vec<u32>, Vec<Member>)> = BTreeMap::new();
        for (number, member) in numbered {
            if let Some(name) = member.decoder {
                let (numbers, members) = lists.entry(name).or_default();
                numbers.push(number);
                members.push(Member {
                    decoder: None,
                    ..member.clone()
                });
            }
        }
        let last = lists.keys().next_back();
        let mut by_decoder = ByDecoder {
            places: vec![0; last.map_or(0, |name| name.index() + 1)],
            lists: Vec::with_capacity(lists.len()),
        };
        for (name, (numbers, members)) in lists {
            by_decoder.lists.push(OfDecoder {
                members: numbers,
                selector: Selector::new(&members, filtering),
            });
            by_decoder.places[name.index()] = by_decoder.lists.len() as u32;
        }
        by_decoder
    }

    #[inline]
    fn get(&self, name: NameId) -> Option<&OfDecoder> {
        let place = self.places.get(name.index())?.checked_sub(1)?;
        self.lists.get(place as usize)
    }
}

impl Filed {
    /// The candidates that were filed, in order.
    fn hits<'e>(
        &self,
        texts: &mut Texts,
        query: &Query<'e, impl Fn(FieldId) -> Option<&'e BStr>>,
        hits: &mut Hits,
    ) {
        let event = query.event;
        if let Some(name) = query.decoder
            && let Some(OfDecoder { members, selector }) = self.by_decoder.get(name)
        {
            match selector {
                Selector::All(_) => hits.extend_from_slice(members),
                Selector::Filed(filed) => {
                    filed.hits(texts, query, hits);
                    filed.others(texts, query, hits);
                    for hit in hits.iter_mut() {
                        *hit = members[*hit as usize];
                    }
                }
            }
        }
        if let Some(name) = event.program_name
            && !self.by_program.is_empty()
        {
            self.by_program
                .select(event.get(name), || texts.program(event, name), hits);
        }
        if !self.by_log.is_empty() {
            self.by_log.select(event.log(), || texts.log(event), hits);
        }
        if !self.by_rest.is_empty() {
            self.by_rest
                .select(event.get(query.rest), || texts.log(event), hits);
        }
        for ByField {
            field,
            by_value,
            others,
        } in &self.by_field
        {
            if let Some(value) = (query.field)(*field) {
                by_value.select(value, hits);
                hits.extend_from_slice(others);
            }
        }
        for (field, members) in &self.by_static_field {
            if event.field_slice(*field).is_some() {
                hits.extend_from_slice(members);
            }
        }
        if hits.len() > 1 {
            hits.sort_unstable();
            hits.dedup();
        }
    }
}

impl Filed {
    /// Those that are not filed and may match, in order.
    fn others<'e>(
        &self,
        texts: &mut Texts,
        query: &Query<'e, impl Fn(FieldId) -> Option<&'e BStr>>,
        to: &mut Hits,
    ) {
        if self.guards.is_empty() {
            return to.extend_from_slice(&self.others);
        }
        let event = query.event;
        let log = FirstKinds::of(event.log());
        let rest = FirstKinds::of(event.get(query.rest));
        for (&member, guards) in self.others.iter().zip(&self.guards) {
            if guards.log.may_match(log, || texts.log(event))
                && guards.behind_parent.may_match(rest, || texts.log(event))
            {
                to.push(member);
            }
        }
    }
}

impl Guards {
    const ANY: Guards = Guards {
        log: Guard::ANY,
        behind_parent: Guard::ANY,
    };

    fn of(member: &Member) -> Self {
        Guards {
            log: member.log.guard(),
            behind_parent: member.behind_parent.guard(),
        }
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
