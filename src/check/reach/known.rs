//! What is known of the decoders of the events that come to a rule: never too little.

use std::collections::{BTreeSet, HashMap, HashSet};

use bstr::{BStr, ByteSlice};

use crate::dialect::Family;
use crate::ruleset::Ruleset;
use crate::ruleset::category::Category;
use crate::ruleset::decoder::{NameId, OrderField};
use crate::ruleset::field::Field;
use crate::ruleset::rule::RuleId;

/// More names are as good as any.
const MOST_NAMES: usize = 24;

/// Names of decoders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) enum Names {
    /// Every one, or none at all.
    Any,
    /// One of these.
    Some(BTreeSet<NameId>),
}

impl Names {
    fn join(&mut self, other: &Names) {
        match (&mut *self, other) {
            (Names::Some(all), Names::Some(more)) => {
                all.extend(more);
                if all.len() > MOST_NAMES {
                    *self = Names::Any;
                }
            }
            _ => *self = Names::Any,
        }
    }
}

/// A set of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::check) struct Categories(u16);

impl Categories {
    const ALL: Categories = Categories(u16::MAX);

    fn one(category: Category) -> Self {
        Categories(1 << category.number())
    }

    fn join(&mut self, other: Categories) {
        self.0 |= other.0;
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn meets(self, other: Categories) -> bool {
        self.0 & other.0 != 0
    }

    /// For messages: `ids or squid`.
    pub(super) fn names(self) -> String {
        let known =
            Category::names().filter_map(|name| Category::from_decoder_type(name.as_bytes()));
        let names: Vec<&str> = known
            .filter(|category| self.meets(Categories::one(*category)))
            .map(Category::name)
            .collect();
        names.join(" or ")
    }
}

/// The fields that events with a decoder can have.
#[derive(Clone, Debug, Default)]
struct Fields {
    /// A plugin or a built-in decoder sets fields that are not in any file.
    everything: bool,
    fixed: u32,
    /// In lower case.
    dynamic: HashSet<Vec<u8>>,
}

impl Fields {
    fn add(&mut self, field: &OrderField) {
        match field {
            OrderField::Static(field) => self.fixed |= 1 << *field as u32,
            OrderField::Dynamic(name) => {
                self.dynamic.insert(name.to_ascii_lowercase());
            }
        }
    }
}

/// What is known of the events of one decoder name.
#[derive(Clone, Debug, Default)]
struct OfName {
    /// A decoder that an event can carry has it.
    carried: bool,
    categories: Categories,
    /// The families of decoders that lead to it.
    families: Vec<usize>,
    built_in: bool,
    /// One of its top-level decoders is for events with a program name.
    with_program_name: bool,
    fts: bool,
}

/// What can come to a rule.
#[derive(Clone, Debug)]
struct OfRule {
    /// In front of its own conditions.
    coming: Names,
    /// Behind its `decoded_as`.
    within: Names,
    categories: Categories,
}

/// Which decoders can lead to which rule. Everything is at least what can be: a check that relies
/// on it may miss something and says nothing false.
pub(in crate::check) struct Reach {
    names: HashMap<NameId, OfName>,
    families: Vec<Fields>,
    /// Those of all families together.
    every: Fields,
    rules: Vec<Option<OfRule>>,
    /// Something keeps names from being known: no check says anything.
    blind: bool,
    family: Family,
}

impl Reach {
    pub(in crate::check) fn new(ruleset: &Ruleset) -> Self {
        let mut reach = Reach {
            names: HashMap::new(),
            families: Vec::new(),
            every: Fields::default(),
            rules: vec![None; ruleset.rules.rules.len()],
            blind: false,
            family: ruleset.dialect.family(),
        };
        reach.decoders(ruleset);
        reach.tree(ruleset);
        reach
    }

    fn decoders(&mut self, ruleset: &Ruleset) {
        let decoders = &ruleset.decoders;
        // Children belong to every top-level decoder with the name of their parent.
        let mut by_name: HashMap<&BStr, usize> = HashMap::new();
        let mut headed: HashSet<&BStr> = HashSet::new();
        for decoder in &decoders.decoders {
            let head = decoder.parent.as_ref().unwrap_or(&decoder.name).bytes();
            let next = by_name.len();
            let family = *by_name.entry(head).or_insert(next);
            if decoder.parent.is_none() && decoder.program_name.is_some() {
                headed.insert(head);
            }
            if family == self.families.len() {
                self.families.push(Fields::default());
            }
            let fields = &mut self.families[family];
            fields.everything |= decoder.plugin.is_some();
            self.every.everything |= decoder.plugin.is_some();
            for field in &decoder.order {
                fields.add(field);
                self.every.add(field);
            }
            if decoder.name_id == NameId::default() {
                self.blind = true;
                continue;
            }
            let name = self.names.entry(decoder.name_id).or_default();
            name.carried = true;
            name.fts |= decoder.has_fts();
            if !name.families.contains(&family) {
                name.families.push(family);
            }
            name.categories.join(match decoder.plugin {
                // Plugins change the type of their events.
                Some(_) => Categories::ALL,
                None => Categories::one(decoder.category),
            });
        }
        let heads: HashMap<usize, &BStr> = by_name
            .iter()
            .map(|(head, family)| (*family, *head))
            .collect();
        for name in self.names.values_mut() {
            name.with_program_name = name
                .families
                .iter()
                .any(|family| heads.get(family).is_some_and(|head| headed.contains(head)));
        }
        for name in decoders.names() {
            if let Some(id) = decoders.built_in(name) {
                let known = self.names.entry(id).or_default();
                known.built_in = true;
                known.carried = true;
                known.categories = Categories::ALL;
                known.with_program_name = true;
                known.fts = true;
            }
        }
    }

    fn tree(&mut self, ruleset: &Ruleset) {
        let rules = &ruleset.rules;
        let mut coming: Vec<Option<(Names, Categories)>> = vec![None; rules.nodes.len()];
        for &top in &rules.top {
            let category = rules.get(rules.node(top).rule).category;
            coming[top.index()] = Some((Names::Any, Categories::one(category)));
        }
        // Parents first.
        for node in rules.children_first().into_iter().rev() {
            let Some((names, categories)) = coming[node.index()].clone() else {
                continue;
            };
            let id = rules.node(node).rule;
            let own = &rules.get(id).conditions.decoded_as;
            let within = match (&names, own) {
                (_, None) => names.clone(),
                (Names::Some(names), Some((name, _))) if !names.contains(name) => {
                    Names::Some(BTreeSet::new())
                }
                (_, Some((name, _))) => Names::Some(BTreeSet::from([*name])),
            };
            for &child in &rules.node(node).children {
                match &mut coming[child.index()] {
                    Some((known, kinds)) => {
                        known.join(&within);
                        kinds.join(categories);
                    }
                    none => *none = Some((within.clone(), categories)),
                }
            }
            match &mut self.rules[id.index()] {
                Some(known) => {
                    known.coming.join(&names);
                    known.within.join(&within);
                    known.categories.join(categories);
                }
                none => {
                    *none = Some(OfRule {
                        coming: names,
                        within,
                        categories,
                    });
                }
            }
        }
    }

    fn of_rule(&self, rule: RuleId) -> Option<&OfRule> {
        let known = self.rules.get(rule.index())?.as_ref();
        known.filter(|_| !self.blind)
    }

    /// The decoders of events that its parents let through.
    pub(super) fn coming(&self, rule: RuleId) -> &Names {
        self.of_rule(rule)
            .map_or(&Names::Any, |known| &known.coming)
    }

    /// The decoders of events that also meet its `decoded_as`.
    pub(super) fn within(&self, rule: RuleId) -> &Names {
        self.of_rule(rule)
            .map_or(&Names::Any, |known| &known.within)
    }

    /// The types of the events that come.
    pub(super) fn coming_categories(&self, rule: RuleId) -> Categories {
        let known = self.of_rule(rule).map(|known| known.categories);
        known.unwrap_or(Categories::ALL)
    }

    /// The types of the events with this decoder.
    pub(super) fn categories(&self, name: NameId) -> Categories {
        let known = self.names.get(&name).map(|known| known.categories);
        known.unwrap_or(Categories::ALL)
    }

    /// True if no event ever has this decoder name.
    pub(super) fn is_never(&self, name: NameId) -> bool {
        !self.blind && !self.names.get(&name).is_some_and(|known| known.carried)
    }

    /// True if events with this decoder can have a program name.
    pub(super) fn has_program_name(&self, name: NameId) -> bool {
        let known = self.names.get(&name);
        known.is_none_or(|known| known.with_program_name || self.sets_everything(known))
    }

    /// True if a decoder of this name has first-time-seen keys.
    pub(super) fn has_fts(&self, name: NameId) -> bool {
        self.names.get(&name).is_none_or(|known| known.fts)
    }

    /// True if any decoder of a file has first-time-seen keys.
    pub(super) fn any_fts(&self) -> bool {
        self.names
            .values()
            .any(|known| known.fts && !known.built_in)
    }

    fn sets_everything(&self, name: &OfName) -> bool {
        name.built_in
            || name
                .families
                .iter()
                .any(|&family| self.families[family].everything)
    }

    /// The fields that events of a rule can have.
    fn fields(&self, rule: RuleId) -> Option<Vec<&Fields>> {
        if self.blind {
            return None;
        }
        let of_rule = self.of_rule(rule)?;
        match &of_rule.within {
            Names::Some(names) => {
                let mut fields = Vec::new();
                for name in names {
                    let known = self.names.get(name)?;
                    if known.built_in {
                        return None;
                    }
                    fields.extend(known.families.iter().map(|&family| &self.families[family]));
                }
                // Nothing comes at all: that is another mistake.
                (!fields.is_empty()).then_some(fields)
            }
            // Events that the engine decodes itself come to rules of any decoder, too.
            Names::Any if self.family == Family::Wazuh => None,
            Names::Any if of_rule.categories.meets(Categories::one(Category::Ossec)) => None,
            Names::Any => Some(vec![&self.every]),
        }
    }

    /// True if an event that comes to the rule can have the field.
    pub(in crate::check) fn sets(&self, rule: RuleId, field: Field) -> bool {
        let Some(fields) = self.fields(rule) else {
            return true;
        };
        let bit = 1 << field as u32;
        fields
            .iter()
            .any(|known| known.everything || known.fixed & bit != 0)
    }

    /// True if an event that comes to the rule can have the dynamic field.
    pub(in crate::check) fn sets_dynamic(&self, rule: RuleId, name: &[u8]) -> bool {
        let Some(fields) = self.fields(rule) else {
            return true;
        };
        let name = name.to_ascii_lowercase();
        fields
            .iter()
            .any(|known| known.everything || known.dynamic.contains(&name))
    }

    /// The dynamic fields of its decoders, for suggestions.
    pub(super) fn dynamic_names(&self, rule: RuleId) -> BTreeSet<String> {
        let fields = self.fields(rule).into_iter().flatten();
        let names = fields.flat_map(|known| &known.dynamic);
        names.map(|name| name.as_bstr().to_string()).collect()
    }
}
