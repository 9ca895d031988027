//! `overwrite="yes"`: what the new version replaces and what stays (`spec/rules.md` §6,
//! `spec/wazuh.md` §9.6).

use super::{Conditions, Rule, RuleId, TextField};
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Severity};
use crate::dialect::Family;
use crate::source::{Span, Text};

impl Rule {
    /// Takes over the parts of `new` that overwriting replaces; what `new` lacks disappears.
    ///
    /// Place, children and parents stay, and the way of counting. In OSSEC also category, pcre2
    /// conditions, fields, lists, information lines and ignore words.
    fn overwrite(&mut self, family: Family, new: Rule) {
        let Rule {
            sid: _,
            level,
            category,
            groups,
            parents: _,
            description,
            info,
            info_text,
            cve_text,
            conditions,
            correlation,
            search: _,
            ignore_seconds,
            ignore,
            check_if_ignored,
            flags,
            mitre,
            counted_by_sid: _,
            group_marks: _,
            definitions,
        } = new;
        self.level = level;
        self.groups = groups;
        self.description = description;
        self.info_text = info_text;
        self.cve_text = cve_text;
        self.correlation = correlation;
        self.ignore_seconds = ignore_seconds;
        self.flags = flags;
        self.definitions.extend(definitions);
        if family == Family::Wazuh {
            self.category = category;
            self.info = info;
            self.ignore = ignore;
            self.check_if_ignored = check_if_ignored;
            self.mitre = mitre;
        }
        self.conditions.overwrite(family, conditions);
    }

    /// What a new version in Wazuh says in vain about its parents.
    fn kept_parents(&self, new: &Rule) -> Option<Diagnostic> {
        let sid = self.sid;
        let kept = self.parents.kept(&new.parents);
        let names: Vec<String> = kept.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!(
            "rule `{sid}` keeps its {}: overwriting does not move a rule",
            names.join(" and ")
        );
        let mut diagnostic = Diagnostic::warning(Code::OVERWRITE_PARENT, message);
        let here = new.definitions.first().map(|definition| definition.span);
        let mut places: Vec<Span> = kept
            .iter()
            .filter_map(|(_, text)| text.map(Text::span).or(here))
            .collect();
        places.dedup();
        for place in places {
            diagnostic = diagnostic.label(place, "without effect");
        }
        for (name, _) in &kept {
            let line = format!(
                "It is not possible to overwrite '{name}' value in rule '{sid}'. The original value is retained."
            );
            diagnostic =
                diagnostic.original(OriginalLine::wazuh(Severity::Warning, Some(7605), line));
        }
        (!kept.is_empty()).then_some(diagnostic)
    }
}

impl Conditions {
    fn overwrite(&mut self, family: Family, new: Conditions) {
        let Conditions {
            decoded_as,
            texts,
            fields,
            srcip,
            dstip,
            compiled_rule,
            min_log_length,
            time,
            weekday,
            check_diff,
            if_fts,
            lists,
            written,
        } = new;
        let kept = |field| matches!(field, TextField::SrcGeoip | TextField::DstGeoip);
        for (_, old) in self.texts.iter_mut().filter(|(field, _)| !kept(*field)) {
            old.plain = None;
        }
        for (field, new) in texts {
            if new.plain.is_some() && !kept(field) {
                self.set_plain(field, new.plain);
            }
        }
        if family == Family::Wazuh {
            self.fields = fields;
            self.lists = lists;
        }
        self.decoded_as = decoded_as;
        self.srcip = srcip;
        self.dstip = dstip;
        self.compiled_rule = compiled_rule;
        self.min_log_length = min_log_length;
        self.time = time;
        self.weekday = weekday;
        self.check_diff = check_diff;
        self.if_fts = if_fts;
        self.written = written;
    }
}

impl super::Rules {
    /// Overwrites a rule, and says what of the new version has no effect.
    pub(crate) fn overwrite(
        &mut self,
        family: Family,
        old: RuleId,
        new: Rule,
    ) -> Option<Diagnostic> {
        let id = old;
        let old = &mut self.rules[id.index()];
        let kept = match family {
            Family::Ossec => None,
            Family::Wazuh => old.kept_parents(&new),
        };
        self.index.regroup(id, &old.groups, &new.groups);
        if old.level != new.level {
            self.index.relevel();
        }
        old.overwrite(family, new);
        kept
    }
}
