//! What an engine said about an event, kept to be compared and shown.

use bstr::{BStr, BString};

use crate::dialect::Family;
use crate::engine::Rejection;
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

/// A part of a verdict that can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "cli",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Aspect {
    /// The id of the rule, or that there is one, or that the line is an event.
    Rule,
    /// The level.
    Level,
    /// Whether there is an alert.
    Alert,
    /// The name of the decoder.
    Decoder,
    /// What rules can test by name.
    Fields,
    /// The description, with the values of the event in it.
    Description,
}

impl Aspect {
    /// Every one.
    pub const ALL: [Aspect; 6] = [
        Aspect::Rule,
        Aspect::Level,
        Aspect::Alert,
        Aspect::Decoder,
        Aspect::Fields,
        Aspect::Description,
    ];

    /// The name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Aspect::Rule => "rule",
            Aspect::Level => "level",
            Aspect::Alert => "alert",
            Aspect::Decoder => "decoder",
            Aspect::Fields => "fields",
            Aspect::Description => "description",
        }
    }
}

/// A set of aspects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Aspects(u8);

impl Aspects {
    /// True if it is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if the aspect is in the set.
    pub fn contains(self, aspect: Aspect) -> bool {
        self.0 & (1 << aspect as u8) != 0
    }

    /// The aspects of the set, in their order.
    pub fn iter(self) -> impl Iterator<Item = Aspect> {
        let all = Aspect::ALL.into_iter();
        all.filter(move |&aspect| self.contains(aspect))
    }

    fn add(&mut self, aspect: Aspect, differs: bool) {
        self.0 |= u8::from(differs) << aspect as u8;
    }

    fn common(self, other: Aspects) -> Aspects {
        Aspects(self.0 & other.0)
    }
}

impl FromIterator<Aspect> for Aspects {
    fn from_iter<I: IntoIterator<Item = Aspect>>(aspects: I) -> Self {
        let bits = aspects.into_iter().map(|aspect| 1 << aspect as u8);
        Aspects(bits.fold(0, |all, bit| all | bit))
    }
}

/// What the rules said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "cli",
    derive(serde::Serialize),
    serde(tag = "outcome", rename_all = "snake_case")
)]
pub enum RuleOutcome {
    /// The engine does not take the line as an event, or drops it.
    NoEvent,
    /// No rule.
    NoRule,
    /// A rule.
    Rule {
        /// Its id.
        id: u32,
        /// Its level.
        level: u32,
        /// There is an alert.
        alert: bool,
    },
}

impl RuleOutcome {
    pub(super) fn of(verdict: &Result<Verdict<'_>, Rejection>) -> Self {
        let Ok(verdict) = verdict else {
            return RuleOutcome::NoEvent;
        };
        match verdict.rule() {
            None => RuleOutcome::NoRule,
            Some(rule) => RuleOutcome::Rule {
                id: rule.sid.0,
                level: rule.level,
                alert: verdict.alert(),
            },
        }
    }

    pub(super) fn alert(self) -> bool {
        matches!(self, RuleOutcome::Rule { alert: true, .. })
    }

    fn id(self) -> (u8, u32) {
        match self {
            RuleOutcome::NoEvent => (0, 0),
            RuleOutcome::NoRule => (1, 0),
            RuleOutcome::Rule { id, .. } => (2, id),
        }
    }

    fn level(self) -> Option<u32> {
        match self {
            RuleOutcome::Rule { level, .. } => Some(level),
            _ => None,
        }
    }
}

/// A verdict as it is shown in a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Outcome {
    /// What the rules said.
    #[cfg_attr(feature = "cli", serde(flatten))]
    pub rule: RuleOutcome,
    /// Why it is no event.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Option::is_none"))]
    pub reason: Option<String>,
    /// Name of the decoder.
    pub decoder: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The fields that the other verdict does not have, or not with this value.
    pub fields: Vec<(String, String)>,
}

impl Outcome {
    /// How large it is, about.
    pub(super) fn bytes(&self) -> usize {
        let fields = self.fields.iter();
        let fields: usize = fields.map(|(name, value)| name.len() + value.len()).sum();
        let texts = [&self.reason, &self.decoder, &self.description];
        let texts = texts.into_iter().flatten().map(String::len);
        fields + texts.sum::<usize>()
    }
}

/// Fields by name; of a name that comes twice the first.
pub(super) type Fields<'v> = Vec<(&'v BStr, &'v BStr)>;

/// The aspects in which two verdicts on one line differ.
pub(super) fn differences(
    wanted: Aspects,
    old: &Result<Verdict<'_>, Rejection>,
    new: &Result<Verdict<'_>, Rejection>,
) -> Aspects {
    let mut found = Aspects::default();
    let (old_rule, new_rule) = (RuleOutcome::of(old), RuleOutcome::of(new));
    found.add(Aspect::Rule, old_rule.id() != new_rule.id());
    found.add(Aspect::Level, old_rule.level() != new_rule.level());
    found.add(Aspect::Alert, old_rule.alert() != new_rule.alert());
    if let (Ok(old), Ok(new)) = (old, new) {
        found.add(Aspect::Decoder, old.decoder() != new.decoder());
        if wanted.contains(Aspect::Description) {
            found.add(Aspect::Description, old.description() != new.description());
        }
        if wanted.contains(Aspect::Fields) {
            let same = old.iter_values().eq(new.iter_values());
            found.add(Aspect::Fields, !same && fields_differ(old, new));
        }
    }
    found.common(wanted)
}

fn fields_differ(old: &Verdict<'_>, new: &Verdict<'_>) -> bool {
    let names = new.family();
    let (mut old, mut new) = (fields(old, names), fields(new, names));
    old.sort_unstable();
    new.sort_unstable();
    old != new
}

/// The fields of an event, with the names of one family for both sides.
pub(super) fn fields<'v>(verdict: &Verdict<'v>, names: Family) -> Fields<'v> {
    let mut all: Fields<'v> = Field::ALL
        .into_iter()
        .filter_map(|field| {
            let value = verdict.field(field)?;
            Some((BStr::new(field.printed_name(names)), value))
        })
        .collect();
    let fixed = all.len();
    for (name, value) in verdict.dynamic_fields() {
        if !all[fixed..].iter().any(|(known, _)| *known == name) {
            all.push((name, value));
        }
    }
    all
}

/// A verdict without what it has in common with the `other` one.
pub(super) fn outcome(
    verdict: &Result<Verdict<'_>, Rejection>,
    other: &Result<Verdict<'_>, Rejection>,
    names: Family,
    clip: impl Fn(&BStr) -> String,
) -> Outcome {
    let rule = RuleOutcome::of(verdict);
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(rejection) => {
            return Outcome {
                rule,
                reason: Some(rejection.to_string()),
                decoder: None,
                description: None,
                fields: Vec::new(),
            };
        }
    };
    let known = other.as_ref().map_or_else(
        |_| Fields::new(),
        |other| {
            let mut known = fields(other, names);
            known.sort_unstable();
            known
        },
    );
    let own = fields(verdict, names).into_iter();
    let own = own.filter(|field| known.binary_search(field).is_err());
    Outcome {
        rule,
        reason: None,
        decoder: verdict.decoder().map(&clip),
        description: verdict.description().map(|text| {
            let text: BString = text.into_owned();
            clip(text.as_ref())
        }),
        fields: own
            .take(FIELDS)
            .map(|(name, value)| (clip(name), clip(value)))
            .collect(),
    }
}

/// So many fields are shown in a sample.
const FIELDS: usize = 64;
