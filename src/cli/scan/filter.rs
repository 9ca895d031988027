//! Which events are shown.

use super::ScanArgs;
use crate::cli::failure::print_warning;
use crate::ruleset::Ruleset;
use crate::verdict::Verdict;

/// The options that choose events, resolved to rules: what is asked of each event is one look-up.
pub(super) struct Filter {
    /// Not only alerts.
    all: bool,
    /// By the index of rules.
    wanted: Vec<bool>,
}

impl Filter {
    /// Warns of rules and groups that do not exist: nothing would be shown, and nobody would know
    /// why.
    pub(super) fn new(args: &ScanArgs, ruleset: &Ruleset) -> Self {
        let rules = &ruleset.rules.rules;
        for &id in &args.rule {
            if !rules.iter().any(|rule| rule.sid.0 == id) {
                print_warning(format_args!("the ruleset has no rule `{id}`"));
            }
        }
        for name in &args.group {
            if !rules.iter().any(|rule| is_in_group(&rule.groups, name)) {
                print_warning(format_args!("no rule is in the group `{name}`"));
            }
        }
        let wanted = rules.iter().map(|rule| {
            rule.level >= args.min_level
                && (args.rule.is_empty() || args.rule.contains(&rule.sid.0))
                && (args.group.is_empty()
                    || args
                        .group
                        .iter()
                        .any(|name| is_in_group(&rule.groups, name)))
        });
        Filter {
            all: args.all,
            wanted: wanted.collect(),
        }
    }

    /// True if the event is to be shown.
    pub(super) fn shows(&self, verdict: &Verdict<'_>) -> bool {
        let rule = verdict.rule_id();
        (self.all || verdict.alert())
            && rule.is_some_and(|rule| self.wanted.get(rule.index()).copied().unwrap_or_default())
    }
}

/// Groups are `one,two,`.
fn is_in_group(groups: &[u8], name: &str) -> bool {
    let mut parts = groups.split(|&byte| byte == b',');
    parts.any(|part| part.trim_ascii() == name.as_bytes())
}
