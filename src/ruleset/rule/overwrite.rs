//! `overwrite="yes"`: what the new version replaces and what stays (`spec/rules.md` §6).

use super::{Conditions, Rule, TextField};

impl Rule {
    /// Takes over the parts of `new` that overwriting replaces; what `new` lacks disappears.
    ///
    /// Place, children, category, pcre2 conditions, fields, lists, information lines, ignore
    /// words and the way of counting stay.
    pub(super) fn overwrite(&mut self, new: Rule) {
        self.level = new.level;
        self.groups = new.groups;
        self.description = new.description;
        self.info_text = new.info_text;
        self.cve_text = new.cve_text;
        self.correlation = new.correlation;
        self.ignore_seconds = new.ignore_seconds;
        self.flags = new.flags;
        self.definitions.extend(new.definitions);
        self.conditions.overwrite(new.conditions);
    }
}

impl Conditions {
    fn overwrite(&mut self, new: Conditions) {
        let Conditions {
            decoded_as,
            texts,
            fields: _,
            srcip,
            dstip,
            compiled_rule,
            min_log_length,
            time,
            weekday,
            check_diff,
            if_fts,
            lists: _,
            written,
        } = new;
        for (field, new) in TextField::ALL.into_iter().zip(texts) {
            if !matches!(field, TextField::SrcGeoip | TextField::DstGeoip) {
                self.text_mut(field).plain = new.plain;
            }
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
    /// Overwrites the rule with this id; `false`: there is none.
    pub(crate) fn overwrite(&mut self, new: Rule) -> bool {
        let Some(old) = self.find(new.sid) else {
            return false;
        };
        self.rules[old.index()].overwrite(new);
        true
    }
}
