//! Categories of decoders that change while events run.
//!
//! Some plugins give an event its category by changing that of the decoder that the event carries,
//! and the change stays (`spec/decoders.md` §8). So the category of these few decoders is part of
//! what a session remembers; that of all others is known when the ruleset is loaded.

use super::Engine;
use super::event::Event;
use super::snapshot::{Damaged, Reader, Writer};
use crate::ruleset::category::Category;
use crate::ruleset::decoder::{DecoderId, Decoders, Plugin, TopDecoder};

/// Which decoders change their category while events run.
#[derive(Clone, Debug)]
pub(super) struct MovingCategories(Vec<bool>);

impl MovingCategories {
    pub(super) fn new(decoders: &Decoders) -> Self {
        let mut moving = vec![false; decoders.decoders.len()];
        let moves = |id: DecoderId| {
            let plugin = decoders.get(id).plugin;
            matches!(plugin, Some(Plugin::SonicWall | Plugin::OssecAlert))
        };
        // A plugin changes the decoder that the event carries, which is any of its relatives.
        let tops = decoders.with_program_name.iter();
        for top in tops.chain(&decoders.without_program_name) {
            if family(top).any(moves) {
                family(top).for_each(|id| moving[id.index()] = true);
            }
        }
        MovingCategories(moving)
    }

    /// True if the category of the event is known to the session only.
    pub(super) fn holds(&self, event: &Event) -> bool {
        event.decoder.is_some_and(|id| self.0[id.index()])
    }
}

fn family(top: &TopDecoder) -> impl Iterator<Item = DecoderId> {
    std::iter::once(top.decoder).chain(top.children.iter().copied())
}

/// The category of each decoder, as it is now.
#[derive(Clone, Debug, Default)]
pub(super) struct Categories(Vec<Category>);

impl Categories {
    pub(super) fn new(engine: &Engine) -> Self {
        let decoders = &engine.ruleset.decoders.decoders;
        Categories(decoders.iter().map(|decoder| decoder.category).collect())
    }

    /// Takes over what the plugins changed for this event, and gives the event its category.
    pub(super) fn settle(&mut self, event: &mut Event) {
        for &(decoder, category) in &event.category_changes {
            self.0[decoder.index()] = category;
        }
        if let Some(decoder) = event.decoder {
            event.category = self.0[decoder.index()];
        }
    }

    /// Writes the categories that are no longer those of the decoder files.
    pub(super) fn save(&self, engine: &Engine, to: &mut Writer) {
        let decoders = engine.ruleset.decoders.decoders.iter();
        let changed = self
            .0
            .iter()
            .zip(decoders)
            .enumerate()
            .filter(|(_, (now, decoder))| **now != decoder.category)
            .map(|(index, (now, _))| (index, *now));
        to.sparse(changed, |to, category| to.byte(category.number()));
    }

    pub(super) fn load(engine: &Engine, from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut categories = Categories::new(engine);
        let changed = from.sparse(categories.0.len(), Reader::category)?;
        for (index, category) in changed {
            categories.0[index] = category;
        }
        Ok(categories)
    }
}
