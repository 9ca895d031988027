//! What changes between two rulesets: in what they say, and in what they do.
//!
//! # Overview
//!
//! [`rulesets`] compares two rulesets as they were compiled, not their text: comments, white space,
//! and the file in which a rule stands are no change. Rules are told apart by their ids, decoders by
//! their names, and what differs is named by its element, with the place of both. [`Effect`] takes
//! the verdicts of two engines on the same events and groups those that differ.
//!
//! # The types that matter
//!
//! * [`Side`]: a ruleset and the files that it was made of.
//! * [`RulesetChanges`]: everything that differs statically.
//! * [`Effect`]: what differs on a stream of events, in bounded memory.
//!
//! ```
//! use ossia::{compare, config, ruleset};
//!
//! let load = |level: &str| {
//!     let rules = format!("<group name=\"demo,\"><rule id=\"1\" level=\"{level}\">\
//!         <category>syslog</category><description>a line</description></rule></group>");
//!     let inputs = config::from_files(vec![("r.xml".to_owned(), rules.into_bytes())], None);
//!     let (ruleset, _) = ruleset::build(&inputs);
//!     (inputs, ruleset)
//! };
//! let (old, new) = (load("3"), load("5"));
//! let changes = compare::rulesets(compare::Side::of(&old), compare::Side::of(&new));
//! assert_eq!(changes.rules.len(), 1);
//! assert_eq!(changes.rules[0].elements[0].element, "level");
//! ```

mod decoder;
mod effect;
mod element;
mod locate;
mod outcome;
mod property;
mod rule;
mod settings;
#[cfg(test)]
mod tests;
mod tree;

pub use effect::{Effect, EffectGroup, GroupKey, Limits, Sample, Share, Tally};
pub use element::{ElementChange, Value};
pub use outcome::{Aspect, Aspects, Outcome, RuleOutcome};
pub use settings::{ListChange, SettingChange};
pub use tree::Reordering;

use std::collections::BTreeMap;

use crate::config::Inputs;
use crate::dialect::Dialect;
use crate::page::facts::Place;
use crate::ruleset::Ruleset;
use locate::Locator;

/// A ruleset and what it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Side<'r> {
    /// The files.
    pub inputs: &'r Inputs,
    /// What they mean.
    pub ruleset: &'r Ruleset,
}

impl<'r> Side<'r> {
    /// The two halves of a load as one.
    pub fn of((inputs, ruleset): &'r (Inputs, Ruleset)) -> Self {
        Side { inputs, ruleset }
    }
}

/// What became of a rule or decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "cli",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum ChangeKind {
    /// Only the new ruleset has it.
    Added,
    /// Only the old ruleset has it.
    Removed,
    /// Both have it, and they differ.
    Changed,
}

/// What became of one rule.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleChange {
    /// Its id.
    pub id: u32,
    /// What became of it.
    pub change: ChangeKind,
    /// Its level, in the new ruleset if it is there.
    pub level: u32,
    /// Its description, likewise.
    pub description: Option<String>,
    /// Where it is defined first in the old ruleset.
    pub old_at: Option<Place>,
    /// Where it is defined first in the new ruleset.
    pub new_at: Option<Place>,
    /// The definitions that overwrite it in the old ruleset.
    pub old_overwritten_at: Vec<Place>,
    /// The definitions that overwrite it in the new ruleset.
    pub new_overwritten_at: Vec<Place>,
    /// Its place in the tree changed: other parents.
    pub moved: Option<Move>,
    /// What else changed, element by element.
    pub elements: Vec<ElementChange>,
}

impl RuleChange {
    /// One of the rulesets overwrites it more often than the other.
    pub fn overwriting_changed(&self) -> bool {
        self.old_overwritten_at.len() != self.new_overwritten_at.len()
    }
}

/// The parents of a rule that are no longer, or newly, its parents. `None` stands for the top.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Move {
    /// No longer.
    pub left: Vec<Option<u32>>,
    /// Newly.
    pub entered: Vec<Option<u32>>,
}

/// What became of one decoder.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct DecoderChange {
    /// Its name.
    pub name: String,
    /// The name of its parent, in the new ruleset if it is there.
    pub parent: Option<String>,
    /// What became of it.
    pub change: ChangeKind,
    /// Where it stands in the old ruleset.
    pub old_at: Option<Place>,
    /// Where it stands in the new ruleset.
    pub new_at: Option<Place>,
    /// What changed, element by element.
    pub elements: Vec<ElementChange>,
}

/// Rules and decoders that both rulesets have, in files of different names. No change in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct FileMove {
    /// Name of the file in the old ruleset, without folders.
    pub old: String,
    /// Name of the file in the new ruleset, without folders.
    pub new: String,
    /// So many rules.
    pub rules: usize,
    /// So many decoders.
    pub decoders: usize,
}

/// Everything that differs between two rulesets.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RulesetChanges {
    /// The engines that they are for, if they are not the same.
    pub dialect: Option<DialectChange>,
    /// Settings that change verdicts or alerts.
    pub settings: Vec<SettingChange>,
    /// CDB lists.
    pub lists: Vec<ListChange>,
    /// Decoders, in load order.
    pub decoders: Vec<DecoderChange>,
    /// Rules, by their ids.
    pub rules: Vec<RuleChange>,
    /// Siblings that are tried in another order than before, though they are the same.
    pub reordered: Vec<Reordering>,
    /// What stands in another file than before. No change in itself.
    pub file_moves: Vec<FileMove>,
}

impl RulesetChanges {
    /// True if nothing differs but the files.
    pub fn is_empty(&self) -> bool {
        let RulesetChanges {
            dialect,
            settings,
            lists,
            decoders,
            rules,
            reordered,
            file_moves: _,
        } = self;
        dialect.is_none()
            && settings.is_empty()
            && lists.is_empty()
            && decoders.is_empty()
            && rules.is_empty()
            && reordered.is_empty()
    }
}

/// Two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct DialectChange {
    /// The name of the old one.
    pub old: &'static str,
    /// The name of the new one.
    pub new: &'static str,
}

/// Everything that differs between two rulesets, as they were compiled.
pub fn rulesets(old: Side<'_>, new: Side<'_>) -> RulesetChanges {
    let mut files = FileMoves::default();
    let locators = Both {
        old: Locator::new(old),
        new: Locator::new(new),
    };
    let decoders = decoder::changes(old, new, &locators, &mut files);
    let rules = rule::changes(old, new, &locators, &mut files);
    let mut reordered = decoder::reordered(old.ruleset, new.ruleset, &decoders.pairs);
    reordered.extend(tree::reordered(old.ruleset, new.ruleset, &rules.pairs));
    let dialect = |side: Side<'_>| -> Dialect { side.ruleset.dialect };
    RulesetChanges {
        dialect: (dialect(old) != dialect(new)).then(|| DialectChange {
            old: dialect(old).name(),
            new: dialect(new).name(),
        }),
        settings: settings::settings(&old.ruleset.options, &new.ruleset.options),
        lists: settings::lists(old.inputs, new.inputs),
        decoders: decoders.changes,
        rules: rules.changes,
        reordered,
        file_moves: files.finish(),
    }
}

/// The same of both sides.
struct Both<T> {
    old: T,
    new: T,
}

/// What was found about rules or decoders: the changes, and which of the old ones is which of the
/// new ones.
struct Found<C> {
    changes: Vec<C>,
    /// Indices in load order.
    pairs: Vec<(usize, usize)>,
}

/// Counts what moved from file to file.
#[derive(Default)]
struct FileMoves(BTreeMap<(String, String), (usize, usize)>);

impl FileMoves {
    fn rule(&mut self, old: Option<&Place>, new: Option<&Place>) {
        self.add(old, new, (1, 0));
    }

    fn decoder(&mut self, old: Option<&Place>, new: Option<&Place>) {
        self.add(old, new, (0, 1));
    }

    /// Folders do not count: two rulesets that are compared mostly lie in folders of their own.
    fn add(&mut self, old: Option<&Place>, new: Option<&Place>, (rules, decoders): (usize, usize)) {
        let (Some(old), Some(new)) = (old, new) else {
            return;
        };
        let (old, new) = (file_name(&old.path), file_name(&new.path));
        if old != new {
            let counts = self.0.entry((old.to_owned(), new.to_owned())).or_default();
            counts.0 += rules;
            counts.1 += decoders;
        }
    }

    fn finish(self) -> Vec<FileMove> {
        let moves = self.0.into_iter();
        moves
            .map(|((old, new), (rules, decoders))| FileMove {
                old,
                new,
                rules,
                decoders,
            })
            .collect()
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
