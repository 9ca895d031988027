//! Ids of rules.

use super::context::{Context, WrittenRule};
use super::finding::{Draft, Output};
use super::registry::{Check, check};

pub(super) const CHECKS: &[Check] = &[
    check!(
        751 "local-id", INFO, All,
        "a local rule has an id of the range of shipped rules",
        "Ids from 100000 to 120000 are for local rules. An id below can be taken by a later version of the \
         shipped rules, which then does not load (OSSEC) or loses one of the two (Wazuh). Found in files \
         whose name begins with `local`.",
        Rule(local)
    ),
    check!(
        752 "reserved-id", WARNING, Ossec,
        "an id is used by the engine itself",
        "The daemon makes alerts of its own about unusual numbers of events with rule 11. A rule with this \
         id cannot be told from them.",
        Rule(reserved)
    ),
];

/// The first id for local rules.
const FIRST_LOCAL: u32 = 100_000;

fn id(rule: &WrittenRule<'_>) -> Option<u32> {
    rule.attribute("id")?.value.lossy().parse().ok()
}

fn local(context: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    let path = context.sources.get(rule.ast.span.source).path();
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let Some(attribute) = rule.attribute("id").filter(|_| name.starts_with("local")) else {
        return;
    };
    // Overwriting needs the id of the shipped rule.
    let overwrites = rule.attribute("overwrite").is_some();
    // Top-level rules have no other ids.
    if id(rule).is_some_and(|id| (10..FIRST_LOCAL).contains(&id)) && !overwrites {
        output.push(
            Draft::new(format!(
                "local rule `{}` has an id of the shipped rules",
                rule.sid()
            ))
            .at(attribute.value.span(), "below 100000")
            .help("use an id from 100000 to 120000"),
        );
    }
}

fn reserved(_: &Context<'_>, rule: &WrittenRule<'_>, output: &mut Output) {
    if let Some(attribute) = rule.attribute("id").filter(|_| id(rule) == Some(11)) {
        output.push(
            Draft::new("rule id `11` is the one of the engine's own statistics")
                .at(attribute.value.span(), "not to be told apart")
                .help("use another id"),
        );
    }
}
