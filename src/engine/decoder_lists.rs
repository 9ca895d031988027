//! The lists in which decoders are tried, with an index of their members
//! (`spec/decoders.md` §3, §4).

use super::index::{Filtering, Member, Probe, Selector};
use crate::ruleset::decoder::{Decoder, DecoderId, Decoders, TopDecoder};

/// All lists.
#[derive(Clone, Debug)]
pub(super) struct DecoderLists {
    /// For events with a program name.
    pub(super) with_program_name: TopList,
    /// For events without.
    pub(super) without_program_name: TopList,
    /// What the prematch of each decoder needs.
    pub(super) prematches: Vec<Probe>,
    /// What the regex of each decoder needs.
    pub(super) regexes: Vec<Probe>,
}

/// Decoders without parent.
#[derive(Clone, Debug)]
pub(super) struct TopList {
    pub(super) selector: Selector,
    pub(super) families: Vec<Family>,
}

/// A decoder and those below it.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) top: DecoderId,
    pub(super) children: Box<[DecoderId]>,
    /// The children whose prematches are tried, as positions: the prematch of the first link
    /// guards a whole chain, and a child without prematch ends the search.
    pub(super) heads: Box<[u32]>,
    pub(super) selector: Selector,
}

impl DecoderLists {
    pub(super) fn new(decoders: &Decoders, filtering: Filtering) -> Self {
        let all = decoders.decoders.iter();
        let mut lists = DecoderLists {
            with_program_name: TopList::default(),
            without_program_name: TopList::default(),
            prematches: all
                .clone()
                .map(|decoder| Probe::of_pattern(decoder.prematch.as_ref(), filtering))
                .collect(),
            regexes: all
                .map(|decoder| Probe::of_pattern(decoder.regex.as_ref(), filtering))
                .collect(),
        };
        lists.with_program_name = lists.list(decoders, &decoders.with_program_name, filtering);
        lists.without_program_name =
            lists.list(decoders, &decoders.without_program_name, filtering);
        lists
    }

    fn list(&self, decoders: &Decoders, tops: &[TopDecoder], filtering: Filtering) -> TopList {
        let member = |top: &TopDecoder| Member {
            program: Probe::of_pattern(decoders.get(top.decoder).program_name.as_ref(), filtering),
            log: self.prematches[top.decoder.index()].clone(),
            ..Member::default()
        };
        let members: Vec<_> = tops.iter().map(member).collect();
        TopList {
            selector: Selector::new(&members, filtering),
            families: tops
                .iter()
                .map(|top| self.family(decoders, top, filtering))
                .collect(),
        }
    }

    fn family(&self, decoders: &Decoders, top: &TopDecoder, filtering: Filtering) -> Family {
        let heads = heads(decoders, &top.children);
        let member = |&position: &u32| {
            let id = top.children[position as usize];
            let prematch = self.prematches[id.index()].clone();
            if decoders.get(id).prematch_after_parent {
                Member {
                    behind_parent: prematch,
                    ..Member::default()
                }
            } else {
                Member {
                    log: prematch,
                    ..Member::default()
                }
            }
        };
        let members: Vec<_> = heads.iter().map(member).collect();
        Family {
            top: top.decoder,
            children: top.children.as_slice().into(),
            heads: heads.into(),
            selector: Selector::new(&members, filtering),
        }
    }
}

fn heads(decoders: &Decoders, children: &[DecoderId]) -> Vec<u32> {
    let decoder = |position: usize| -> Option<&Decoder> {
        children.get(position).map(|&id| decoders.get(id))
    };
    let mut heads = Vec::new();
    let mut position = 0;
    while let Some(child) = decoder(position) {
        heads.push(position as u32);
        if child.prematch.is_none() {
            break;
        }
        while decoder(position).is_some_and(|child| child.next) {
            position += 1;
        }
        position += 1;
    }
    heads
}

impl Default for TopList {
    fn default() -> Self {
        TopList {
            selector: Selector::All(0),
            families: Vec::new(),
        }
    }
}
