//! The report as data; its fields are the keys of the JSON form.

use serde::Serialize;

use crate::cli::corpus::WasRead;
use crate::cli::load::Loaded;
use crate::compare::{Aspect, Aspects, Effect, EffectGroup, RulesetChanges, Tally};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::{Dialect, Family};

/// One of the two rulesets.
#[derive(Serialize)]
pub(super) struct SideReport {
    /// As it was named.
    pub(super) name: String,
    /// The engine.
    #[serde(serialize_with = "name")]
    pub(super) dialect: Dialect,
    /// It was named; otherwise it was detected.
    pub(super) dialect_given: bool,
    pub(super) decoders: usize,
    pub(super) rules: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    /// What is in it is of the other family than its dialect.
    foreign: bool,
}

fn name<S: serde::Serializer>(dialect: &Dialect, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(dialect.name())
}

impl SideReport {
    pub(super) fn new(name: String, loaded: &Loaded, dialect_given: bool) -> Self {
        let found = &loaded.diagnostics;
        let errors = found.iter().filter(|found| found.is_error()).count();
        let is_foreign = |found: &Diagnostic| found.code == Code::DIALECT;
        SideReport {
            name,
            dialect: loaded.ruleset.dialect,
            dialect_given,
            decoders: loaded.ruleset.decoders.decoders.len(),
            rules: loaded.ruleset.rules.rules.len(),
            errors,
            warnings: found.len() - errors,
            foreign: found.iter().any(is_foreign),
        }
    }
}

/// What the lines did.
#[derive(Serialize)]
pub(super) struct EffectReport {
    /// Each line went through a session of its own.
    pub(super) isolated: bool,
    /// What counts as a difference.
    pub(super) fields: Vec<Aspect>,
    #[serde(flatten)]
    pub(super) tally: Tally,
    /// Lines that are too short to be events.
    pub(super) skipped: u64,
    pub(super) groups: Vec<EffectGroup>,
    /// Events that differ and are in no group, because there are too many.
    pub(super) in_further_groups: u64,
    /// Some of the lines could not be read.
    pub(super) unreadable: bool,
}

impl EffectReport {
    pub(super) fn new(effect: &Effect, aspects: Aspects, isolated: bool, read: WasRead) -> Self {
        EffectReport {
            isolated,
            fields: aspects.iter().collect(),
            tally: effect.tally(),
            skipped: read.counts.skipped,
            groups: effect.groups(),
            in_further_groups: effect.beyond(),
            unreadable: read.failed,
        }
    }
}

/// Everything.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) old: SideReport,
    pub(super) new: SideReport,
    /// What one must know to read the rest.
    pub(super) notes: Vec<String>,
    /// Something that was asked for differs.
    pub(super) changed: bool,
    /// What the rulesets say.
    pub(super) ruleset: Option<RulesetChanges>,
    /// What they do.
    pub(super) effect: Option<EffectReport>,
}

impl Report {
    pub(super) fn new(
        sides: [SideReport; 2],
        ruleset: Option<RulesetChanges>,
        effect: Option<EffectReport>,
        effect_is_missing: bool,
    ) -> Self {
        let [old, new] = sides;
        let mut notes = dialect_notes(&old, &new);
        for (side, which) in [(&old, "old"), (&new, "new")] {
            if side.errors > 0 {
                notes.push(format!(
                    "the {which} ruleset does not load: the original engine would not start with it, \
                     and what is said about it is about the part that could be read"
                ));
            }
        }
        if effect_is_missing {
            notes.push("the lines were not compared: that takes two rulesets that load".to_owned());
        }
        if effect.as_ref().is_some_and(|effect| effect.unreadable) {
            notes.push("some of the lines could not be read".to_owned());
        }
        let changed = ruleset.as_ref().is_some_and(|changes| !changes.is_empty())
            || effect
                .as_ref()
                .is_some_and(|effect| effect.tally.changed > 0);
        Report {
            old,
            new,
            notes,
            changed,
            ruleset,
            effect,
        }
    }
}

/// What there is to know about the engines.
fn dialect_notes(old: &SideReport, new: &SideReport) -> Vec<String> {
    let mut notes = Vec::new();
    for (side, which) in [(old, "old"), (new, "new")] {
        if side.foreign {
            notes.push(format!(
                "the {which} ruleset runs as {}, but it looks like one of another engine",
                side.dialect
            ));
        }
    }
    if old.dialect != new.dialect {
        notes.push(format!(
            "the rulesets run as different engines, {} and {}: some lines may change only because \
             of that",
            old.dialect, new.dialect
        ));
        return notes;
    }
    let assumed: Vec<&str> = [(old, "--old-dialect"), (new, "--new-dialect")]
        .into_iter()
        .filter(|(side, _)| !side.dialect_given)
        .map(|(_, option)| option)
        .collect();
    // There is only one version of Wazuh.
    if old.dialect.family() == Family::Ossec {
        let shared = format!("both rulesets run as {}", old.dialect);
        notes.push(match assumed.as_slice() {
            [] => {
                format!(
                    "{shared}, as the options say: what the versions do differently does not show"
                )
            }
            options => format!(
                "{shared}; without {} that is a guess, because a ruleset does not say for which \
                 version of OSSEC it is. What the versions do differently does not show",
                options.join(" and ")
            ),
        });
    }
    notes
}
