//! Sentences about composite rules: what is counted, and what the events must have in common.

use std::fmt::Write as _;

use bstr::BString;

use super::{code, matches, ordinal};
use crate::dialect::Family;
use crate::ruleset::Ruleset;
use crate::ruleset::rule::{Compared, Correlation, Rule, Search, Switches};

/// The last condition of a composite rule.
pub(super) fn search(ruleset: &Ruleset, rule: &Rule) -> String {
    let correlation = &rule.correlation;
    let frequency = u64::from(correlation.frequency);
    let whose = match &rule.search {
        None => return "nothing is counted".to_owned(),
        Some(Search::Sid(sid, Some(_))) => format!(" of rule `{sid}`"),
        Some(Search::Sid(sid, None)) => {
            return format!(
                "enough events of rule `{sid}` came before; it is not loaded, so never"
            );
        }
        Some(Search::Group(memory)) => match ruleset.rules.group_pattern(*memory) {
            Some(pattern) => format!(" of rules whose groups match {}", code(pattern.text())),
            None => " of the counted rules".to_owned(),
        },
        Some(Search::Events) => match &correlation.regex {
            Some(regex) => format!(
                " of the same category whose log {}",
                matches(ruleset, regex)
            ),
            None => " of the same category".to_owned(),
        },
    };
    let earlier = frequency + 1;
    let plural = if earlier == 1 { "" } else { "s" };
    let mut sentence = format!(
        "at least {earlier} earlier event{plural}{whose} came in the last {} seconds",
        correlation.timeframe
    );
    let wazuh = ruleset.dialect.family() == Family::Wazuh;
    if wazuh {
        sentence.push_str(&compared(correlation));
    } else {
        let all_events = matches!(rule.search, Some(Search::Events));
        sentence.push_str(&switches(correlation.switches, all_events));
    }
    let _ = write!(
        sentence,
        ": it fires at the {} event",
        ordinal(frequency + 2)
    );
    if !wazuh {
        let _ = write!(
            sentence,
            " (frequency {frequency} counts {frequency} + 2 events)"
        );
    }
    sentence
}

/// What the events of a search must have in common in Wazuh (`spec/wazuh.md` §11.3).
fn compared(correlation: &Correlation) -> String {
    let on = correlation.switches;
    let both = |of: fn(Compared) -> Switches| {
        let all = Compared::ALL.into_iter();
        let chosen = all.filter(move |&one| on.contains(of(one)));
        chosen.map(compared_name).map(str::to_owned)
    };
    let named = |names: &[BString]| {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("field {}", code(name.as_ref())))
            .collect();
        names
    };
    let same: Vec<String> = both(Switches::same)
        .chain(named(&correlation.same_fields))
        .collect();
    let different: Vec<String> = both(Switches::different)
        .chain(named(&correlation.different_fields))
        .collect();
    let mut text = if on.contains(Switches::GLOBAL_FREQUENCY) {
        " from any agent (`global_frequency`)".to_owned()
    } else {
        " from the same agent".to_owned()
    };
    for name in same {
        let _ = write!(text, ", with the same {name}");
    }
    for name in &different {
        let _ = write!(text, ", with a different {name}");
    }
    if !different.is_empty() {
        text.push_str(" (one that is missing counts as different)");
    }
    text
}

/// What is compared, in a sentence about Wazuh.
pub(crate) fn compared_name(compared: Compared) -> &'static str {
    match compared {
        Compared::Id => "id",
        Compared::SrcIp => "source address",
        Compared::DstIp => "destination address",
        Compared::SrcPort => "source port",
        Compared::DstPort => "destination port",
        Compared::SrcUser => "source user",
        Compared::DstUser => "destination user",
        Compared::Location => "location",
        Compared::Protocol => "protocol",
        Compared::Action => "action",
        Compared::Url => "url",
        Compared::Data => "data",
        Compared::ExtraData => "extra data",
        Compared::Status => "status",
        Compared::SystemName => "system name",
        Compared::SrcGeoip => "place of the source address (never known without GeoIP)",
        Compared::DstGeoip => "place of the destination address (never known without GeoIP)",
    }
}

/// A switch, its element, its words, and whether searches of all events test it.
const SWITCHES: [(Switches, &str, &str, bool); 7] = [
    (
        Switches::same(Compared::SrcIp),
        "same_source_ip",
        "the same source address",
        true,
    ),
    (
        Switches::same(Compared::DstUser),
        "same_user",
        "the same destination user",
        true,
    ),
    (Switches::same(Compared::Id), "same_id", "the same id", true),
    (
        Switches::same(Compared::SrcPort),
        "same_src_port",
        "the same source port",
        false,
    ),
    (
        Switches::same(Compared::DstPort),
        "same_dst_port",
        "the same destination port",
        false,
    ),
    (
        Switches::same(Compared::Location),
        "same_location",
        "the same host name",
        false,
    ),
    (
        Switches::different(Compared::Url),
        "different_url",
        "a different url",
        true,
    ),
];

pub(super) fn switches(on: Switches, all_events: bool) -> String {
    let mut tested = Vec::new();
    let mut ignored = Vec::new();
    for (switch, element, words, always) in SWITCHES {
        if !on.contains(switch) {
            continue;
        }
        if always || !all_events {
            tested.push(words);
        } else {
            ignored.push(element);
        }
    }
    if on.contains(Switches::different(Compared::SrcIp)) {
        ignored.push("different_srcip");
    }
    let mut text = String::new();
    if on.contains(Switches::different(Compared::SrcGeoip)) {
        tested.push("a different place of the source, which is never known without GeoIP");
    }
    if let Some((last, others)) = tested.split_last() {
        text.push_str(", with ");
        if !others.is_empty() {
            let _ = write!(text, "{} and ", others.join(", "));
        }
        text.push_str(last);
    }
    for element in ignored {
        let _ = write!(text, " (`{element}` is not tested here)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared() {
        let on = Switches::same(Compared::SrcIp)
            | Switches::same(Compared::Location)
            | Switches::different(Compared::SrcIp);
        assert_eq!(
            switches(on, false),
            ", with the same source address and the same host name (`different_srcip` is not tested here)"
        );
        assert_eq!(
            switches(Switches::same(Compared::Location), true),
            " (`same_location` is not tested here)"
        );
    }
}
