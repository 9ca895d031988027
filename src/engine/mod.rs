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
pub mod conditions;
mod correlate;
mod daemon;
mod decode;
mod decoded;
pub(crate) mod description;
mod dialect;
pub(crate) mod dynamic;
mod event;
mod eventchannel;
mod fts;
mod ignore;
pub(crate) mod json;
mod json_event;
mod plugin_event;
pub mod plugins;
pub mod predecode;
mod previous;
mod rules;
mod session;
mod snapshot;
mod state;
pub mod trace;

pub use crate::moment::Moment;
pub use daemon::ExcessAlert;
pub use decoded::DecodedEvent;
pub use eventchannel::Dropped;
pub use session::{Mode, Rejection, Session, SessionOptions};
pub use snapshot::SnapshotError;

pub(crate) use event::Event;

use conditions::Condition;
use correlate::Plan;
use decoded::DecoderIndex;
use dialect::EvaluationRules;
use predecode::PredecodingRules;
use previous::StorePlan;

use crate::ruleset::Ruleset;
use crate::ruleset::category::Category;
use crate::ruleset::rule::RuleId;

/// A place in the rule tree, its children as a range of one flat list.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) rule: RuleId,
    children: std::ops::Range<u32>,
}

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
    nodes: Vec<Node>,
    children: Vec<u32>,
    /// The top-level nodes with their categories, in the order in which they are tried.
    tops: Vec<(Category, u32)>,
}

impl Engine {
    /// Compiles a ruleset.
    ///
    /// A ruleset with errors compiles too, to what could be resolved of it; whether it may be used
    /// is for the caller to decide.
    pub fn new(ruleset: Ruleset) -> Self {
        let rules = ruleset.dialect.evaluation();
        let correlation = Plan::new(ruleset.dialect, &ruleset.options, &ruleset.rules.rules);
        let mut children = Vec::new();
        let nodes = ruleset.rules.nodes.iter().map(|node| {
            let start = children.len() as u32;
            children.extend(node.children.iter().map(|child| child.index() as u32));
            Node {
                rule: node.rule,
                children: start..children.len() as u32,
            }
        });
        let nodes = nodes.collect();
        let tops = ruleset.rules.top.iter().map(|&top| {
            let rule = ruleset.rules.node(top).rule;
            (ruleset.rules.get(rule).category, top.index() as u32)
        });
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
            conditions: ruleset.rules.rules.iter().map(conditions::of).collect(),
            nodes,
            children,
            tops: tops.collect(),
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

    fn children(&self, node: &Node) -> &[u32] {
        &self.children[node.children.start as usize..node.children.end as usize]
    }

    pub(crate) fn evaluation(&self) -> &EvaluationRules {
        &self.rules
    }
}
