//! Stage 4: the compiled engine and the road of one event through it.
//!
//! ```text
//! line ─▶ predecode ─▶ decode ─▶ rules ─▶ Verdict
//!         phase 1      phase 2   phase 3
//! ```
//!
//! [`Engine`] is what a [`Ruleset`] becomes for evaluation: immutable, `Send + Sync`, shared by any
//! number of [`Session`]s. [`Session`] holds all that changes. What differs between the dialects
//! was decided when the engine was built; nothing on the path of an event asks for the dialect.

mod accumulate;
mod category;
pub mod conditions;
mod correlate;
mod daemon;
mod decode;
mod decoded;
mod decoder_lists;
pub(crate) mod description;
mod dialect;
#[cfg(test)]
pub(crate) mod differential;
pub(crate) mod dynamic;
mod event;
mod eventchannel;
mod field_names;
mod finish;
mod fts;
mod ignore;
mod index;
pub(crate) mod json;
mod json_event;
mod plugin_event;
pub mod plugins;
pub mod predecode;
mod prepare;
mod previous;
mod probe;
mod rules;
mod session;
mod snapshot;
mod state;
pub mod trace;
mod tree;

pub use crate::moment::Moment;
pub use daemon::ExcessAlert;
pub use decoded::DecodedEvent;
pub use eventchannel::Dropped;
pub use prepare::{Prepared, Preparer, Rejection};
pub use probe::Seen;
pub use session::{Mode, Session, SessionOptions};
pub use snapshot::SnapshotError;

pub(crate) use event::Event;

use category::MovingCategories;
use conditions::Condition;
use correlate::Plan;
use decoded::DecoderIndex;
use decoder_lists::DecoderLists;
use dialect::EvaluationRules;
use field_names::FieldNames;
use index::Filtering;
use predecode::PredecodingRules;
use previous::StorePlan;
use tree::Tree;

use crate::ruleset::Ruleset;
use crate::ruleset::rule::RuleId;

/// A ruleset, compiled.
///
/// ```
/// fn is_shared<T: Send + Sync>() {}
/// is_shared::<ossia::engine::Engine>();
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    ruleset: Ruleset,
    rules: EvaluationRules,
    predecoding: &'static PredecodingRules,
    /// Decoders by the names that events carry.
    decoder_index: DecoderIndex,
    /// What composite rules compare.
    correlation: Plan,
    /// Where rules keep the lines of their searches.
    line_stores: StorePlan,
    /// What each rule tests, in the order of the tests.
    conditions: Vec<Vec<Condition>>,
    /// The decoders in the order in which they are tried.
    decoder_lists: DecoderLists,
    /// Names of dynamic fields.
    field_names: FieldNames,
    /// The rule tree.
    tree: Tree,
    /// Which decoders change their category while events run.
    moving: MovingCategories,
}

impl Engine {
    /// Compiles a ruleset.
    ///
    /// A ruleset with errors compiles too, to what could be resolved of it; whether it may be used
    /// is for the caller to decide.
    pub fn new(ruleset: Ruleset) -> Self {
        Engine::with(ruleset, Filtering::On)
    }

    /// As [`Engine::new`], but every member of a list is tried: what the differential tests compare
    /// with.
    #[cfg(test)]
    pub(crate) fn plain(ruleset: Ruleset) -> Self {
        Engine::with(ruleset, Filtering::Off)
    }

    fn with(ruleset: Ruleset, filtering: Filtering) -> Self {
        let rules = ruleset.dialect.evaluation();
        let correlation = Plan::new(ruleset.dialect, &ruleset.options, &ruleset.rules.rules);
        let conditions: Vec<_> = ruleset.rules.rules.iter().map(conditions::of).collect();
        let field_names = FieldNames::new(&ruleset, &conditions);
        Engine {
            rules,
            predecoding: ruleset.dialect.predecoding(),
            decoder_index: DecoderIndex::new(&ruleset.decoders),
            correlation,
            line_stores: if rules.lines_stay_in_rule {
                StorePlan::of(&ruleset.rules)
            } else {
                StorePlan::none()
            },
            decoder_lists: DecoderLists::new(&ruleset.decoders, filtering),
            tree: Tree::new(&ruleset.rules, &conditions, &field_names, filtering),
            field_names,
            conditions,
            moving: MovingCategories::new(&ruleset.decoders),
            ruleset,
        }
    }

    /// The ruleset that was compiled.
    pub fn ruleset(&self) -> &Ruleset {
        &self.ruleset
    }

    /// What a rule tests, in the order of the tests.
    pub fn conditions(&self, rule: RuleId) -> &[Condition] {
        &self.conditions[rule.index()]
    }

    pub(crate) fn evaluation(&self) -> &EvaluationRules {
        &self.rules
    }
}
