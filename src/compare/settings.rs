//! Settings and CDB lists that differ.

use std::collections::HashMap;

use crate::config::{Inputs, ListFile, Options};
use crate::dialect::Dialect;
use crate::ruleset::list;

use super::ChangeKind;

/// A setting of the configuration that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct SettingChange {
    /// Its name in `ossec.conf` or among the internal options.
    pub name: &'static str,
    /// The old value.
    pub old: String,
    /// The new value.
    pub new: String,
}

/// A CDB list that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct ListChange {
    /// Its name in the configuration.
    pub name: String,
    /// What became of it.
    pub change: ChangeKind,
    /// Keys that only the new one has.
    pub added_keys: usize,
    /// Keys that only the old one has.
    pub removed_keys: usize,
    /// Keys that both have, with different values.
    pub changed_values: usize,
}

/// Settings that differ.
pub(super) fn settings(old: &Options, new: &Options) -> Vec<SettingChange> {
    let (old, new) = (values(old), values(new));
    let differ = old.into_iter().zip(new).filter(|(old, new)| old != new);
    differ
        .map(|((name, old), (_, new))| SettingChange { name, old, new })
        .collect()
}

/// Every setting. What is added to [`Options`] must find its place here.
fn values(options: &Options) -> [(&'static str, String); 24] {
    macro_rules! values {
        ($($name:ident),+) => {{
            let Options { $($name),+ } = options;
            [$((stringify!($name), value($name))),+]
        }};
    }
    values!(
        memory_size,
        stats,
        integrity_checking,
        rootkit_detection,
        host_information,
        log_alert_level,
        email_alert_level,
        email_notification,
        logall,
        logall_json,
        jsonout_output,
        alerts_log,
        custom_alert_output,
        syscheck_auto_ignore,
        syscheck_alert_new_files,
        decoder_order_size,
        default_timeframe,
        sid_prev_matched_max,
        fts_list_size,
        fts_min_size_for_str,
        log_fw,
        stats_maxdiff,
        stats_mindiff,
        stats_percent_diff
    )
}

/// A setting as people write it.
fn value(value: &impl Shown) -> String {
    value.shown()
}

trait Shown {
    fn shown(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Shown for $number {
            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

numbers!(u8, u32, u64, usize);

impl Shown for bool {
    fn shown(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }
}

impl Shown for Option<usize> {
    fn shown(&self) -> String {
        self.map_or_else(|| "none".to_owned(), |number| number.to_string())
    }
}

impl Shown for Option<bstr::BString> {
    fn shown(&self) -> String {
        let text = self.as_ref().map(|text| text.as_ref());
        text.map_or_else(|| "none".to_owned(), crate::page::words::plain)
    }
}

/// Lists that differ, by their names in the order of the configurations.
pub(super) fn lists(old: &Inputs, new: &Inputs) -> Vec<ListChange> {
    let mut changes = Vec::new();
    for list in &old.lists {
        match counterpart(list, &old.lists, &new.lists) {
            None => changes.push(change(name(list), ChangeKind::Removed)),
            Some(other) => changes.extend(differ(list, old.dialect, other, new.dialect)),
        }
    }
    for list in &new.lists {
        if counterpart(list, &new.lists, &old.lists).is_none() {
            changes.push(change(name(list), ChangeKind::Added));
        }
    }
    changes
}

/// The list of the same name. Files that were named one by one have their folders in front, which
/// are not the same: there the name of the file is enough, if no other list has it.
fn counterpart<'l>(
    list: &ListFile,
    own: &[ListFile],
    others: &'l [ListFile],
) -> Option<&'l ListFile> {
    let same_name = |other: &&ListFile| name(other) == name(list);
    if let Some(other) = others.iter().find(same_name) {
        return Some(other);
    }
    let file = |list: &ListFile| super::file_name(name(list)).to_owned();
    let only = |lists: &'l [ListFile]| {
        let mut same_file = lists.iter().filter(|other| file(other) == file(list));
        same_file.next().filter(|_| same_file.next().is_none())
    };
    let mut twins = own.iter().filter(|other| file(other) == file(list));
    let other = only(others)?;
    let is_taken = own.iter().any(|one| name(one) == name(other));
    (twins.nth(1).is_none() && !is_taken).then_some(other)
}

fn name(list: &ListFile) -> &str {
    &list.configured_name
}

fn change(name: &str, change: ChangeKind) -> ListChange {
    ListChange {
        name: name.to_owned(),
        change,
        added_keys: 0,
        removed_keys: 0,
        changed_values: 0,
    }
}

fn differ(
    old: &ListFile,
    old_dialect: Dialect,
    new: &ListFile,
    new_dialect: Dialect,
) -> Option<ListChange> {
    if old.text == new.text && old.cdb == new.cdb && old_dialect == new_dialect {
        return None;
    }
    let mut found = change(name(old), ChangeKind::Changed);
    let (old_keys, new_keys) = (entries(old_dialect, old), entries(new_dialect, new));
    for (key, value) in &old_keys {
        match new_keys.get(key) {
            None => found.removed_keys += 1,
            Some(other) => found.changed_values += usize::from(value != other),
        }
    }
    let added = new_keys.keys().filter(|key| !old_keys.contains_key(*key));
    found.added_keys = added.count();
    let same_keys = found.removed_keys + found.added_keys + found.changed_values == 0;
    (!same_keys || old.cdb != new.cdb).then_some(found)
}

/// The first of equal keys counts.
fn entries(dialect: Dialect, list: &ListFile) -> HashMap<&[u8], &[u8]> {
    let mut entries = HashMap::new();
    for (key, value) in list::entries(dialect, list.text.as_deref().unwrap_or_default()) {
        entries.entry(key).or_insert(value);
    }
    entries
}
