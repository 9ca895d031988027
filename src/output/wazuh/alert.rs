//! The object of an event: a line of `alerts.json`, and `output` of the test tool
//! (`spec/wazuh.md` §13.1).

use std::borrow::Cow;

use bstr::{BStr, ByteSlice};

use super::data;
use super::tree::{NodeId, Tree, Value};
use crate::engine::Moment;
use crate::engine::predecode::is_agent_location;
use crate::output::mitre::{self, Tactic};
use crate::output::origin;
use crate::ruleset::rule::{Mitre, Rule};
use crate::verdict::Verdict;

/// What the object says beside the verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'v> {
    /// Full host name of the manager.
    pub(super) manager: &'v BStr,
    /// Behind the dot of the id of the alert.
    pub(super) number: u64,
    /// Where level 0 stands.
    pub(super) level_zero: LevelZero,
}

/// Rules of level 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LevelZero {
    /// The daemon writes no level.
    Absent,
    /// The test tool adds it behind all else.
    Last,
}

/// Groups with these prefixes stand in arrays of their own.
const COMPLIANCE: [(&str, &[u8]); 7] = [
    ("pci_dss", b"pci_dss_"),
    ("gdpr", b"gdpr_"),
    ("gpg13", b"gpg13_"),
    ("hipaa", b"hipaa_"),
    ("nist_800_53", b"nist_800_53_"),
    ("tsc", b"tsc_"),
    ("cis", b"cis_"),
];

/// So much of the groups of a rule is read.
const GROUPS_LIMIT: usize = 1023;

/// Builds the object.
pub(super) fn build<'v>(verdict: &Verdict<'v>, around: Surroundings<'v>) -> Tree<'v> {
    let mut tree = Tree::new();
    let top = Tree::ROOT;
    let at = verdict.moment();
    tree.text(top, "timestamp", timestamp(at));
    let rule = verdict.rule();
    if let Some(rule) = rule {
        self::rule(&mut tree, verdict, rule, around.level_zero);
    }
    let location = verdict.location();
    let agentless = agentless(verdict);
    if agentless.is_none() {
        agent(&mut tree, verdict, around.manager);
    }
    let manager = tree.object(top, "manager");
    tree.text(manager, "name", as_bytes(around.manager));
    let id = format!("{}.{}", at.seconds, around.number);
    tree.text(top, "id", id.into_bytes());
    previous_output(&mut tree, verdict);
    if !rule.is_some_and(|rule| rule.flags.no_full_log) {
        tree.text(top, "full_log", as_bytes(verdict.full_log()));
    }
    predecoder(&mut tree, verdict);
    decoder(&mut tree, verdict);
    tree.optional(top, "previous_log", verdict.previous_log().map(as_bytes));
    data::add(&mut tree, verdict);
    let place = if is_agent_location(location) {
        location.split_once_str(">").map(|(_, file)| file)
    } else {
        Some(as_bytes(location))
    };
    tree.optional(top, "location", place);
    if let Some((script, user, host)) = agentless {
        let object = tree.object(top, "agentless");
        tree.text(object, "script", script);
        tree.text(object, "user", user);
        tree.text(object, "host", host);
    }
    tree
}

/// `2026-11-22T14:49:34.000+0000`, local time. Events carry whole seconds.
fn timestamp(at: Moment) -> Vec<u8> {
    let mut text = Vec::with_capacity(28);
    origin::iso_time(&mut text, at);
    text.extend_from_slice(b".000");
    origin::utc_offset(&mut text, at, "");
    text
}

fn rule<'v>(tree: &mut Tree<'v>, verdict: &Verdict<'v>, rule: &'v Rule, level_zero: LevelZero) {
    let object = tree.object(Tree::ROOT, "rule");
    if rule.level != 0 {
        tree.number(object, "level", rule.level.into());
    }
    if let Some(description) = verdict.description() {
        let text: Cow<'v, [u8]> = match description {
            Cow::Borrowed(text) => Cow::Borrowed(text),
            Cow::Owned(text) => Cow::Owned(text.into()),
        };
        tree.text(object, "description", text);
    }
    tree.text(object, "id", rule.sid.to_string().into_bytes());
    self::mitre(tree, object, &rule.mitre);
    tree.optional(object, "cve", rule.cve_text.as_ref().map(|text| &***text));
    tree.optional(object, "info", rule.info_text.as_ref().map(|text| &***text));
    // The attribute was stored two less; the memory decides, not whether it is still searched.
    if rule.search.is_some() {
        let frequency = u64::from(rule.correlation.frequency) + 2;
        tree.number(object, "frequency", frequency);
    }
    if !rule.flags.no_counter {
        tree.number(object, "firedtimes", verdict.fired_times());
    }
    tree.bool(object, "mail", rule.flags.mail);
    groups(tree, object, rule);
    if rule.level == 0 && level_zero == LevelZero::Last {
        tree.number(object, "level", 0);
    }
}

fn groups<'v>(tree: &mut Tree<'v>, object: NodeId, rule: &'v Rule) {
    let text = &rule.groups[..rule.groups.len().min(GROUPS_LIMIT)];
    let mut plain: Vec<&[u8]> = Vec::new();
    // In order of first appearance.
    let mut compliance: Vec<(&str, Vec<&[u8]>)> = Vec::new();
    for part in text.split(|&byte| byte == b',') {
        let standard = COMPLIANCE
            .iter()
            .find_map(|(name, prefix)| Some((*name, part.strip_prefix(*prefix)?)));
        match standard {
            None if part.is_empty() => {}
            None => plain.push(part),
            Some((name, rest)) => match compliance.iter_mut().find(|(known, _)| *known == name) {
                Some((_, parts)) => parts.push(rest),
                None => compliance.push((name, vec![rest])),
            },
        }
    }
    if !plain.is_empty() {
        tree.texts(object, "groups", plain);
    }
    for (name, parts) in compliance {
        tree.texts(object, name, parts);
    }
}

/// Adds `mitre`, if something about it is known.
fn mitre<'v>(tree: &mut Tree<'v>, object: NodeId, mitre: &'v Mitre) {
    let mut ids: Vec<&[u8]> = Vec::new();
    let mut tactics: Vec<&[u8]> = Vec::new();
    let mut names: Vec<&[u8]> = Vec::new();
    let add = |list: &mut Vec<&'v [u8]>, text: &'v [u8]| {
        let known = list.contains(&text);
        if !known {
            list.push(text);
        }
        !known
    };
    match mitre {
        Mitre::Ids(all) => {
            for id in all {
                ids.push(id);
                let Some(found) = mitre::technique(id) else {
                    continue;
                };
                add(&mut names, found.name.as_bytes());
                for tactic in found.tactics {
                    add(&mut tactics, tactic.name().as_bytes());
                }
            }
        }
        Mitre::Pairs(pairs) => {
            for (tactic, id) in pairs {
                let Some(found) = mitre::technique(id) else {
                    continue;
                };
                let is_meant = |known: &&Tactic| known.id().as_bytes() == tactic.as_bytes();
                let Some(tactic) = found.tactics.iter().find(is_meant) else {
                    continue;
                };
                add(&mut tactics, tactic.name().as_bytes());
                // Sub-techniques of different techniques may share a name: only the first is told.
                if add(&mut names, found.name.as_bytes()) {
                    ids.push(id);
                }
            }
        }
    }
    if tactics.is_empty() {
        return;
    }
    let object = tree.object(object, "mitre");
    tree.texts(object, "id", ids);
    tree.texts(object, "tactic", tactics);
    tree.texts(object, "technique", names);
}

fn agent<'v>(tree: &mut Tree<'v>, verdict: &Verdict<'v>, manager: &'v BStr) {
    let agent = tree.object(Tree::ROOT, "agent");
    let Some(id) = verdict.agent_id() else {
        tree.text(agent, "id", &b"000"[..]);
        tree.text(agent, "name", as_bytes(manager));
        return;
    };
    tree.text(agent, "id", as_bytes(id));
    tree.text(agent, "name", as_bytes(verdict.hostname()));
    let location = as_bytes(verdict.location());
    let ip = location.split_once_str(") ");
    let ip = ip.and_then(|(_, rest)| rest.split_once_str("-"));
    let ip = ip.map(|(ip, _)| ip).filter(|ip| *ip != b"any");
    tree.optional(agent, "ip", ip);
}

/// Script, user and host of `(script) user@host->…` that no agent sent.
fn agentless<'v>(verdict: &Verdict<'v>) -> Option<(&'v [u8], &'v [u8], &'v [u8])> {
    if verdict.agent_id().is_some() {
        return None;
    }
    let rest = as_bytes(verdict.location()).strip_prefix(b"(")?;
    let (script, rest) = rest.split_once_str(") ")?;
    let (who, _) = rest.split_once_str("->")?;
    let (user, host) = who.split_once_str("@")?;
    Some((script, user, host))
}

/// Earlier lines, newest first; one alone is not shown.
fn previous_output<'v>(tree: &mut Tree<'v>, verdict: &Verdict<'v>) {
    let lines: Vec<&[u8]> = verdict.previous_lines().map(as_bytes).collect();
    if lines.len() > 1 {
        tree.text(Tree::ROOT, "previous_output", lines.join(&b'\n'));
    }
}

fn predecoder<'v>(tree: &mut Tree<'v>, verdict: &Verdict<'v>) {
    let program_name = verdict.program_name().map(as_bytes);
    let timestamp = verdict.timestamp().map(as_bytes);
    let hostname = shown_hostname(verdict.full_log());
    if program_name.is_none() && timestamp.is_none() && hostname.is_none() {
        return;
    }
    let object = tree.object(Tree::ROOT, "predecoder");
    tree.optional(object, "program_name", program_name);
    tree.optional(object, "timestamp", timestamp);
    tree.optional(object, "hostname", hostname);
}

/// Not the host name of the event: the first word behind a stamp of the form `Dec 29 10:00:01 ` at
/// the start of the log. Of other stamps it knows nothing, and without a host it is what stands
/// there.
fn shown_hostname(log: &[u8]) -> Option<&[u8]> {
    let is = |at: usize, byte: u8| log.get(at) == Some(&byte);
    let stamped = is(3, b' ') && is(6, b' ') && is(9, b':') && is(12, b':') && is(15, b' ');
    let rest = log.get(16..).filter(|_| stamped)?;
    let rest = rest.trim_start_with(|c| c == ' ');
    let word = rest.split(|&byte| byte == b' ').next()?;
    (!word.is_empty()).then_some(word)
}

fn decoder<'v>(tree: &mut Tree<'v>, verdict: &Verdict<'v>) {
    let object = tree.object(Tree::ROOT, "decoder");
    let decoder = verdict.final_decoder();
    if decoder.is_some_and(|decoder| decoder.accumulate) {
        tree.number(object, "accumulate", 1);
    }
    tree.optional(object, "parent", verdict.decoder_parent().map(as_bytes));
    tree.optional(object, "name", verdict.decoder_name().map(as_bytes));
    let comment = decoder.and_then(|decoder| decoder.fts_comment.as_ref());
    tree.optional(object, "ftscomment", comment.map(|text| &***text));
}

fn as_bytes(text: &BStr) -> &[u8] {
    text
}

impl<'v> Tree<'v> {
    /// The text of a member of a member of the root, as `rule.id`.
    pub(super) fn text_of(&self, object: &str, key: &str) -> Option<Cow<'_, [u8]>> {
        let object = self.member(Tree::ROOT, object)?;
        match self.value(self.member(object, key)?) {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string().into_bytes())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_that_is_shown() {
        let cases = [
            ("Dec 29 10:00:01 web1 sshd[1]: x", Some("web1")),
            ("Dec  9 10:00:01 web1", Some("web1")),
            ("Dec 29 10:00:01 prog: text", Some("prog:")),
            ("2015-12-29T10:00:01.123+00:00 web1 x: y", None),
            ("Dec 29 10:00:01", None),
            ("Dec 29 10:00:01 ", None),
            ("", None),
        ];
        for (log, expected) in cases {
            let found = shown_hostname(log.as_bytes()).map(|host| host.to_str().unwrap());
            assert_eq!(found, expected, "{log}");
        }
    }

    #[test]
    fn stamps() {
        let at = |seconds, utc_offset| {
            let moment = Moment {
                seconds,
                utc_offset,
            };
            String::from_utf8(timestamp(moment)).unwrap()
        };
        assert_eq!(at(1_700_000_000, 0), "2023-11-14T22:13:20.000+0000");
        assert_eq!(at(1_700_000_000, -12_600), "2023-11-14T18:43:20.000-0330");
    }
}
