//! What a ruleset says about one of its rules, as data: every output is made from it.

use crate::dialect::Family;
use crate::engine::conditions::{self, Condition};
use crate::page::{Counting, Ways, words};
use crate::pattern::{Language, Pattern};
use crate::ruleset::Ruleset;
use crate::ruleset::rule::{IgnoreKeys, Mitre, Rule, RuleId, Search, Sid};
use crate::source::{Sources, Span};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Place {
    /// Path as messages show it.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
}

impl Place {
    /// Where the span begins.
    pub(crate) fn of(sources: &Sources, span: Span) -> Self {
        Place {
            path: sources.get(span.source).path().to_owned(),
            line: sources.start(span).line,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Another rule, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleLine {
    /// Its id.
    pub id: u32,
    /// Its level.
    pub level: u32,
    /// Its description.
    pub description: Option<String>,
}

impl RuleLine {
    pub(crate) fn of(rule: &Rule) -> Self {
        let description = rule.description.as_ref();
        RuleLine {
            id: rule.sid.0,
            level: rule.level,
            description: description.map(|text| words::plain(text.as_ref())),
        }
    }
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct ConditionFacts {
    /// The element or attribute that asks for it.
    pub element: &'static str,
    /// The condition as a sentence.
    pub words: String,
    /// The pattern as written, if it is one.
    pub pattern: Option<String>,
    /// The language of the pattern.
    pub language: Option<&'static str>,
}

/// One information line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct InfoFacts {
    /// `Text`, `Link`, `CVE` or `OSVDB`.
    pub kind: &'static str,
    /// The line.
    pub text: String,
}

/// Everything about one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct RuleFacts {
    /// Its id.
    pub id: u32,
    /// The level of its events.
    pub level: u32,
    /// Its description.
    pub description: Option<String>,
    /// Its events raise alerts.
    pub alerts: bool,
    /// Its alerts ask for mail.
    pub mail: bool,
    /// What the level and the options do, one sentence each.
    pub consequences: Vec<String>,
    /// Type of the decoders whose events come to it.
    pub category: &'static str,
    /// Its groups, in file order.
    pub groups: Vec<String>,
    /// Where it is defined first.
    pub defined_at: Option<Place>,
    /// The definitions that overwrote parts of it, in load order.
    pub overwritten_at: Vec<Place>,
    /// What it tests, in the order of the tests.
    pub conditions: Vec<ConditionFacts>,
    /// What else there is to know about its conditions.
    pub notes: Vec<String>,
    /// The ways down to it, from the top of the tree to its parent; of very many only the first. A
    /// rule at the top has one empty path, a rule without a place none.
    pub paths: Vec<Vec<RuleLine>>,
    /// How many paths are not in `paths`.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "is_zero"))]
    pub more_paths: u64,
    /// Its children in the order in which they are tried.
    pub children: Vec<RuleLine>,
    /// Composite rules that count its events.
    pub counted_by: Vec<RuleLine>,
    /// Information lines of its alerts.
    pub info: Vec<InfoFacts>,
    /// ATT&CK techniques, or a tactic and a technique with a colon between them.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Vec::is_empty"))]
    pub mitre: Vec<String>,
}

impl RuleFacts {
    /// Collects everything about the rule with this id; `None`: it is not loaded.
    ///
    /// Of several rules with one id, which is an error of the ruleset, the first.
    pub fn new(sources: &Sources, ruleset: &Ruleset, sid: Sid) -> Option<RuleFacts> {
        let position = ruleset
            .rules
            .rules
            .iter()
            .position(|rule| rule.sid == sid)?;
        let rule = &ruleset.rules.rules[position];
        let ways = Ways::new(ruleset, RuleId(position as u32));
        let mut places = rule
            .definitions
            .iter()
            .map(|definition| Place::of(sources, definition.span));
        let tests = conditions::of(rule);
        let lines = |rules: Vec<RuleId>| -> Vec<RuleLine> {
            let rules = rules.into_iter();
            rules
                .map(|id| RuleLine::of(ruleset.rules.get(id)))
                .collect()
        };
        let paths = ways.paths();
        let mut shown: Vec<ConditionFacts> = tests
            .iter()
            .map(|test| ConditionFacts::new(ruleset, rule, test))
            .collect();
        if paths.iter().any(Vec::is_empty) {
            shown.insert(0, top_condition(rule));
        }
        Some(RuleFacts {
            id: rule.sid.0,
            level: rule.level,
            description: rule
                .description
                .as_ref()
                .map(|text| words::plain(text.as_ref())),
            alerts: alerts(rule),
            mail: rule.level > 0 && rule.flags.mail && !rule.flags.noalert,
            consequences: consequences(ruleset, rule),
            category: rule.category.name(),
            groups: groups(rule),
            defined_at: places.next(),
            overwritten_at: places.collect(),
            conditions: shown,
            notes: notes(ruleset, &tests),
            children: lines(ways.children()),
            more_paths: ways.places().saturating_sub(paths.len() as u64),
            paths: paths.into_iter().map(lines).collect(),
            counted_by: counted_by(ruleset, RuleId(position as u32)),
            mitre: mitre(rule),
            info: info(rule),
        })
    }
}

impl ConditionFacts {
    pub(crate) fn new(ruleset: &Ruleset, rule: &Rule, test: &Condition) -> Self {
        let pattern: Option<&Pattern> = match test {
            Condition::Text(_, expression) => expression.pattern(),
            Condition::Field(field) => field.expression.pattern(),
            Condition::List(list) => list.check_value.as_ref(),
            Condition::Search => match &rule.search {
                Some(Search::Group(memory)) => ruleset.rules.group_pattern(*memory),
                Some(Search::Events) => rule.correlation.regex.as_ref(),
                _ => None,
            },
            _ => None,
        };
        ConditionFacts {
            element: element(ruleset, rule, test),
            words: words::condition(ruleset, rule, test),
            pattern: pattern.map(|pattern| String::from_utf8_lossy(pattern.text()).into_owned()),
            language: pattern.map(|pattern| words::language(pattern.language())),
        }
    }
}

/// The element or attribute behind a condition.
pub(crate) fn element(ruleset: &Ruleset, rule: &Rule, test: &Condition) -> &'static str {
    match test {
        Condition::DecodedAs(_) => "decoded_as",
        Condition::Text(field, expression) => {
            let family = ruleset.dialect.family();
            let is_pcre2 = |pattern: &Pattern| pattern.language() == Language::Pcre2;
            if family == Family::Ossec
                && expression.pattern().is_some_and(is_pcre2)
                && let Some(element) = field.pcre2_element()
            {
                return element;
            }
            field.element(family)
        }
        Condition::Field(_) => "field",
        Condition::SrcIp(_) => "srcip",
        Condition::DstIp(_) => "dstip",
        Condition::CompiledRule(_) => "compiled_rule",
        Condition::MinLogLength(_) => "maxsize",
        Condition::Time(_) => "time",
        Condition::Weekday(_) => "weekday",
        Condition::CheckDiff => "check_diff",
        Condition::IfFts => "if_fts",
        Condition::List(_) => "list",
        Condition::Search => match rule.search {
            Some(Search::Sid(..)) | None => "if_matched_sid",
            Some(Search::Group(_)) => "if_matched_group",
            Some(Search::Events) => "if_matched_regex",
        },
    }
}

/// Top rules are chosen by category before anything else is tested.
pub(crate) fn top_condition(rule: &Rule) -> ConditionFacts {
    ConditionFacts {
        element: "category",
        words: format!(
            "the type of the event's decoder is `{}`",
            rule.category.name()
        ),
        pattern: None,
        language: None,
    }
}

fn notes(ruleset: &Ruleset, tests: &[Condition]) -> Vec<String> {
    let mut notes = Vec::new();
    let patterns = tests
        .iter()
        .any(|test| matches!(test, Condition::Text(..) | Condition::Field(_)));
    if patterns {
        notes.push(match ruleset.dialect.family() {
            Family::Ossec => "Patterns are compared without regard to case.".to_owned(),
            Family::Wazuh => {
                "Patterns are compared without regard to case, except pcre2.".to_owned()
            }
        });
    }
    if tests.iter().any(|test| matches!(test, Condition::Search)) {
        notes.push(match ruleset.dialect.family() {
            Family::Ossec => "Counting ends at the first event that is too old or that a composite rule of this or a higher level has counted already.".to_owned(),
            Family::Wazuh => "Events that do not fit are passed over. Counting ends at the first one that is too old, or that fits and that a composite rule of this or a higher level has counted already.".to_owned(),
        });
    }
    notes
}

/// Its events raise alerts.
pub(crate) fn alerts(rule: &Rule) -> bool {
    rule.level > 0 && rule.flags.log && !rule.flags.noalert
}

/// What follows from level and options.
pub(crate) fn consequences(ruleset: &Ruleset, rule: &Rule) -> Vec<String> {
    let level = rule.level;
    let least = u32::from(ruleset.options.log_alert_level);
    let mail_from = u32::from(ruleset.options.email_alert_level);
    let family = ruleset.dialect.family();
    let mut list = Vec::new();
    if rule.flags.noalert {
        list.push(
            "The rule is never the result (`noalert`): if no child matches, the search goes on behind it."
                .to_owned(),
        );
    } else if level == 0 {
        list.push(
            "Level 0: its events are known and harmless. They never alert and no composite rule counts them."
                .to_owned(),
        );
    } else {
        list.push(match (rule.flags.log, level >= least) {
            (true, true) => format!("Level {level}: its events alert (alerts begin at level {least})."),
            (true, false) => format!(
                "Level {level}: its events alert although alerts begin at level {least} (`log_alert`)."
            ),
            (false, true) => format!(
                "Level {level}: its events do not alert (`no_log`), but composite rules count them."
            ),
            (false, false) => format!(
                "Level {level}: its events do not alert, because alerts begin at level {least}, but composite rules count them."
            ),
        });
        if rule.flags.log {
            list.push(match (rule.flags.mail, level >= mail_from) {
                (true, true) => format!("Its alerts ask for mail (mail begins at level {mail_from})."),
                (true, false) => format!(
                    "Its alerts ask for mail although mail begins at level {mail_from} (`alert_by_email`)."
                ),
                (false, true) => "Its alerts ask for no mail (`no_email_alert`).".to_owned(),
                (false, false) => {
                    format!("Its alerts ask for no mail (mail begins at level {mail_from}).")
                }
            });
        }
    }
    if rule.flags.no_full_log {
        list.push("Its alerts do not show the log (`no_full_log`).".to_owned());
    }
    if rule.flags.no_counter {
        list.push("Its alerts do not say how often it fired (`no_counter`).".to_owned());
    }
    if rule.ignore_seconds > 0 {
        let seconds = rule.ignore_seconds;
        list.push(match family {
            Family::Ossec => format!("After an alert it is silent for {seconds} seconds (`ignore`)."),
            Family::Wazuh => format!(
                "For {seconds} seconds after an alert the rule above it is reported instead (`ignore`)."
            ),
        });
    }
    if family == Family::Wazuh {
        if !(rule.ignore.is_empty() && rule.check_if_ignored.is_empty()) {
            list.push("The elements `ignore` and `check_if_ignored` have no effect.".to_owned());
        }
    } else {
        ignored_lines(rule, &mut list);
    }
    if rule.flags.no_ar {
        list.push("It starts no active response (`no_ar`).".to_owned());
    }
    list
}

/// What `ignore` and `check_if_ignored` do in OSSEC.
fn ignored_lines(rule: &Rule, list: &mut Vec<String>) {
    if !rule.ignore.is_empty() {
        list.push(format!(
            "Its events are remembered by {} (`ignore`), for rules with `check_if_ignored`.",
            ignore_words(rule.ignore)
        ));
    }
    if !rule.check_if_ignored.is_empty() {
        list.push(format!(
            "It stays silent for events that are known by {} (`check_if_ignored`).",
            ignore_words(rule.check_if_ignored)
        ));
    }
}

fn ignore_words(keys: IgnoreKeys) -> String {
    const WORDS: [(IgnoreKeys, &str); 7] = [
        (IgnoreKeys::USER, "user"),
        (IgnoreKeys::SRC_IP, "source address"),
        (IgnoreKeys::DST_IP, "destination address"),
        (IgnoreKeys::ID, "id"),
        (IgnoreKeys::LOCATION, "location"),
        (IgnoreKeys::DATA, "extra data"),
        (IgnoreKeys::NAME, "decoder name"),
    ];
    let on = WORDS.iter().filter(|(key, _)| keys.contains(*key));
    let words: Vec<&str> = on.map(|&(_, word)| word).collect();
    words.join(", ")
}

pub(crate) fn info(rule: &Rule) -> Vec<InfoFacts> {
    let lines = rule.info.iter();
    lines
        .map(|(kind, text)| InfoFacts {
            kind: kind.name(),
            text: words::plain(text.as_ref()),
        })
        .collect()
}

pub(crate) fn mitre(rule: &Rule) -> Vec<String> {
    match &rule.mitre {
        Mitre::Ids(ids) => ids.iter().map(|id| words::plain(id.as_ref())).collect(),
        Mitre::Pairs(pairs) => pairs
            .iter()
            .map(|(tactic, technique)| {
                let (tactic, technique) = (tactic.as_ref(), technique.as_ref());
                format!("{}:{}", words::plain(tactic), words::plain(technique))
            })
            .collect(),
    }
}

#[cfg(feature = "cli")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

pub(crate) fn groups(rule: &Rule) -> Vec<String> {
    rule.groups
        .split(|&byte| byte == b',')
        .map(|name| words::plain(name.trim_ascii().into()))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The composite rules that count events of this rule.
fn counted_by(ruleset: &Ruleset, id: RuleId) -> Vec<RuleLine> {
    let counting = Counting::new(ruleset);
    let composites = counting.counted_by[id.index()].iter();
    composites
        .map(|&composite| RuleLine::of(ruleset.rules.get(composite)))
        .collect()
}
