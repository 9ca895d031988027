//! A rule's conditions as plain sentences.
//!
//! Rule files say what is tested in their own vocabulary, with surprises: `maxsize` is a minimum, a
//! frequency of 6 means eight events, `user` is the destination user first. The sentences here say
//! what the engine does. Text of the ruleset stands in backticks, as it is written there.

use std::fmt::Write as _;

use bstr::{BStr, BString, ByteSlice};

use crate::dialect::{Dialect, Family};
use crate::engine::conditions::Condition;
use crate::pattern::{Language, Pattern};
use crate::ruleset::Ruleset;
use crate::ruleset::expression::{Expression, Test};
use crate::ruleset::field::Field;
use crate::ruleset::list::{ListField, Lookup};
use crate::ruleset::list_condition::ListCondition;
use crate::ruleset::rule::{Compared, Correlation, Rule, Search, Switches, TextField};

/// One condition of a rule: the end of the sentence "the rule matches if …".
pub fn condition(ruleset: &Ruleset, rule: &Rule, condition: &Condition) -> String {
    let written = &rule.conditions.written;
    match condition {
        Condition::DecodedAs(_) => match &rule.conditions.decoded_as {
            Some((_, name)) => format!("the decoder is {}", code(name.bytes())),
            None => "the decoder is the one named by the rule".to_owned(),
        },
        Condition::Text(field, expression) => {
            let value = text_field(*field, ruleset.dialect.family());
            format!("{value} {}", holds(ruleset, expression))
        }
        Condition::Field(field) => format!(
            "the field {} {}",
            code(field.name.as_ref()),
            holds(ruleset, &field.expression)
        ),
        Condition::SrcIp(test) => {
            let entries = entries(ruleset, &written.srcip);
            address("source", &entries, test.negated)
        }
        Condition::DstIp(test) => {
            let entries = entries(ruleset, &written.dstip);
            address("destination", &entries, test.negated)
        }
        Condition::CompiledRule(_) => compiled_rule(ruleset, written.compiled_rule.as_ref()),
        Condition::MinLogLength(least) => {
            format!("the log has at least {least} bytes (`maxsize` is a minimum)")
        }
        Condition::Time(_) => format!(
            "it arrives in the time {}, local time",
            code(written.time.as_ref())
        ),
        Condition::Weekday(_) => format!(
            "it arrives on {}, local time",
            code(written.weekday.as_ref())
        ),
        Condition::CheckDiff => {
            "the log differs from the last one of this rule and host (`check_diff`)".to_owned()
        }
        Condition::IfFts => {
            "the event is seen for the first time, by the `fts` keys of its decoder (`if_fts`)"
                .to_owned()
        }
        Condition::List(list) => list_lookup(ruleset, list),
        Condition::Search => search(ruleset, rule),
    }
}

/// User text in backticks. Control characters are escaped: a terminal would obey them.
pub fn code(text: &BStr) -> String {
    let plain = plain(text);
    // As in Markdown: a text with backticks needs a longer fence.
    let longest = plain.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 {
        format!("{fence} {plain} {fence}")
    } else {
        format!("`{plain}`")
    }
}

/// User text that can be printed: invalid UTF-8 replaced, control characters escaped.
pub fn plain(text: &BStr) -> String {
    let mut out = String::with_capacity(text.len());
    for c in String::from_utf8_lossy(text).chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The name of a pattern language.
pub fn language(language: Language) -> &'static str {
    match language {
        Language::OsMatch => "osmatch",
        Language::OsRegex => "osregex",
        Language::Pcre2 => "pcre2",
    }
}

/// The value that a text condition tests.
fn text_field(field: TextField, family: Family) -> &'static str {
    match field {
        TextField::Data if family == Family::Ossec => "the extra data",
        TextField::ProgramName => "the program name",
        TextField::Id => "the id",
        TextField::Match | TextField::Regex => "the log",
        TextField::SystemName => "the system name",
        TextField::Protocol => "the protocol",
        TextField::Action => "the action",
        TextField::Url => "the url",
        TextField::Location => "the location",
        TextField::SrcPort => "the source port",
        TextField::DstPort => "the destination port",
        TextField::User => "the destination user, or the source user if there is none,",
        TextField::SrcGeoip => "the place of the source address (never known without GeoIP)",
        TextField::DstGeoip => "the place of the destination address (never known without GeoIP)",
        TextField::Data => "the data",
        TextField::ExtraData => "the extra data",
        TextField::Hostname => "the host name",
        TextField::Status => "the status",
    }
}

/// What an expression asks of the value before it.
fn holds(ruleset: &Ruleset, expression: &Expression) -> String {
    let sentence = match &expression.test {
        Test::Matches(pattern) => matches(ruleset, pattern),
        Test::Equals(text) => format!("is exactly {}", code(text.as_ref())),
    };
    if expression.negated {
        format!("is there, but not so that it {sentence}")
    } else {
        sentence
    }
}

/// `matches …`, with the alternatives of simple patterns spelled out.
fn matches(ruleset: &Ruleset, pattern: &Pattern) -> String {
    let text = pattern.text();
    let name = language(pattern.language());
    let parts = match pattern.language() {
        // There, a leading `!` turns the answer round.
        Language::OsMatch
            if ruleset.dialect.family() == Family::Wazuh && text.starts_with(b"!") =>
        {
            None
        }
        Language::OsMatch => osmatch_parts(text),
        Language::OsRegex => osregex_parts(text),
        Language::Pcre2 => None,
    };
    match parts.as_deref() {
        None => format!("matches {name} {}", code(text)),
        // Without an anchor, the pattern is the text that it looks for.
        Some([only]) if only.ends_with(&code(text)) => format!("{only} ({name})"),
        Some([only]) => format!("{only} ({name} {})", code(text)),
        Some(several) => format!(
            "matches {name} {} (any of: {})",
            code(text),
            several.join(", ")
        ),
    }
}

/// What each alternative asks for; `None` if an anchor stands where the engines disagree.
fn osmatch_parts(text: &BStr) -> Option<Vec<String>> {
    let alternatives = text.split(|&byte| byte == b'|');
    let part = |alternative: &[u8]| {
        let rest = alternative.strip_prefix(b"^");
        let at_start = rest.is_some();
        let rest = rest.unwrap_or(alternative);
        let inner = rest.strip_suffix(b"$");
        let at_end = inner.is_some();
        let inner = inner.unwrap_or(rest);
        if inner.contains(&b'^') || inner.contains(&b'$') {
            return None;
        }
        if inner.is_empty() {
            return Some(if at_start && at_end {
                "is empty".to_owned()
            } else {
                "is anything".to_owned()
            });
        }
        let verb = match (at_start, at_end) {
            (true, true) => "is",
            (true, false) => "begins with",
            (false, true) => "ends with",
            (false, false) => "contains",
        };
        Some(format!("{verb} {}", code(inner.into())))
    };
    alternatives.map(part).collect()
}

/// The alternatives, if there are several and all of them are at the top level.
fn osregex_parts(text: &BStr) -> Option<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'(' | b')' => return None,
            b'|' => parts.push(Vec::new()),
            _ => {
                let part = parts.last_mut()?;
                part.push(byte);
                if byte == b'\\' {
                    part.extend(bytes.next());
                }
            }
        }
    }
    let shown = parts.iter().map(|part| code(part.as_slice().into()));
    (parts.len() > 1).then(|| shown.collect())
}

/// Address entries as they count: in Wazuh a leading `!` has no effect (`spec/wazuh.md` §10.4).
fn entries<'w>(ruleset: &Ruleset, written: &'w [BString]) -> Vec<&'w BStr> {
    let wazuh = ruleset.dialect.family() == Family::Wazuh;
    let count = |entry: &'w BString| match entry.strip_prefix(b"!") {
        Some(rest) if wazuh => BStr::new(rest),
        _ => entry.as_ref(),
    };
    written.iter().map(count).collect()
}

fn address(which: &str, entries: &[&BStr], all_negated: bool) -> String {
    if all_negated {
        let sentence = address(which, entries, false);
        return format!("the {which} address is known, and it is not so that {sentence}");
    }
    let shown: Vec<String> = entries.iter().map(|entry| code(entry)).collect();
    let negated = entries.iter().any(|entry| entry.starts_with(b"!"));
    match shown.as_slice() {
        [one] if !negated && one.contains('/') => format!("the {which} address lies in {one}"),
        [one] if !negated => format!("the {which} address is {one}"),
        [one] => format!("the {which} address is known, and {one} holds"),
        several if !negated => {
            format!("the {which} address lies in one of {}", several.join(", "))
        }
        several => format!(
            "the {which} address is accepted by {}: the first that it lies in decides",
            several.join(", ")
        ),
    }
}

fn compiled_rule(ruleset: &Ruleset, name: &BStr) -> String {
    let meaning = match name.as_bytes() {
        b"check_id_size" => "the id has at least 10 bytes",
        b"comp_srcuser_dstuser" => "one of the two users is absent, or both are equal",
        b"comp_mswin_targetuser_calleruser_diff" => {
            "target account and caller of the Windows event differ"
        }
        b"is_simple_http_request" => match ruleset.dialect {
            Dialect::Ossec283 | Dialect::Ossec37 => "the url is known and has no `?`",
            Dialect::Ossec43 | Dialect::Wazuh414 => {
                "the url is known and has no `?`, and the action is absent or GET"
            }
        },
        b"is_valid_crawler" => "the log begins with an address of a known search engine",
        _ => "a test of the engine holds",
    };
    format!("{meaning} (compiled rule {})", code(name))
}

/// A static field in a sentence.
fn static_field(field: Field, family: Family) -> &'static str {
    match field {
        Field::DstUser => "the destination user",
        Field::SrcUser => "the source user",
        Field::SrcIp => "the source address",
        Field::DstIp => "the destination address",
        Field::SrcPort => "the source port",
        Field::DstPort => "the destination port",
        Field::Protocol => "the protocol",
        Field::Action => "the action",
        Field::Id => "the id",
        Field::Url => "the url",
        Field::Data if family == Family::Wazuh => "the data",
        Field::Data | Field::ExtraData => "the extra data",
        Field::Status => "the status",
        Field::SystemName => "the system name",
        Field::Filename => "the file name",
    }
}

fn list_lookup(ruleset: &Ruleset, list: &ListCondition) -> String {
    let name = code(list.name.as_ref());
    let field = match &list.test.field {
        ListField::User => "the source user, or the destination user if there is none,".to_owned(),
        ListField::Hostname => "the host name".to_owned(),
        ListField::ProgramName => "the program name".to_owned(),
        ListField::Static(field) => static_field(*field, ruleset.dialect.family()).to_owned(),
        ListField::Dynamic(name) => format!("the field {}", code(name.as_ref())),
    };
    let value = match &list.check_value {
        Some(pattern) => matches(ruleset, pattern),
        None => "is tested without a `check_value`".to_owned(),
    };
    let mut sentence = match list.test.lookup {
        Lookup::MatchKey => format!("{field} is a key of the list {name}"),
        Lookup::NotMatchKey => format!("{field} is known and no key of the list {name}"),
        Lookup::MatchKeyValue => {
            format!("{field} is a key of the list {name}, and its value {value}")
        }
        Lookup::AddressMatchKey => {
            format!(
                "{field}, or one of its networks that end with a dot, is a key of the list {name}"
            )
        }
        Lookup::NotAddressMatchKey => format!(
            "{field} is known, and neither it nor one of its networks that end with a dot is a key of the list {name}"
        ),
        Lookup::AddressMatchKeyValue => format!(
            "{field} and its networks that end with a dot are no keys of the list {name}, or the value of the longest key does not hold: it {value}"
        ),
    };
    if list.list.is_none() {
        sentence.push_str("; the configuration names no such list");
    }
    sentence
}

/// The last condition of a composite rule.
fn search(ruleset: &Ruleset, rule: &Rule) -> String {
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
fn compared_name(compared: Compared) -> &'static str {
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

fn switches(on: Switches, all_events: bool) -> String {
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

/// `1st`, `2nd`, `3rd`, `4th`, …
pub fn ordinal(number: u64) -> String {
    let suffix = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives() {
        let cases: [(&str, Option<&[&str]>); 6] = [
            ("a", Some(&["contains `a`"])),
            ("^a$", Some(&["is `a`"])),
            (
                "^a|b$|",
                Some(&["begins with `a`", "ends with `b`", "is anything"]),
            ),
            ("^$", Some(&["is empty"])),
            ("a^b|c", None),
            (r"a\|b", Some(&[r"contains `a\`", "contains `b`"])),
        ];
        for (text, expected) in cases {
            let parts = osmatch_parts(text.into());
            let parts = parts.as_ref().map(|parts| parts.iter().map(String::as_str));
            assert_eq!(
                parts.map(Iterator::collect::<Vec<_>>).as_deref(),
                expected,
                "{text}"
            );
        }
        assert_eq!(osregex_parts(r"a\|b".into()), None);
        assert_eq!(osregex_parts("(a|b)".into()), None);
        assert_eq!(
            osregex_parts("^a|b".into()),
            Some(vec!["`^a`".to_owned(), "`b`".to_owned()])
        );
    }

    #[test]
    fn user_text() {
        assert_eq!(code("a b".into()), "`a b`");
        assert_eq!(code("a`b".into()), "`` a`b ``");
        assert_eq!(code(BStr::new(b"\x1b[2J\xff")), "`\\u{1b}[2J\u{fffd}`");
    }

    #[test]
    fn ordinals() {
        let shown: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).into();
        let expected = "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th";
        assert_eq!(shown.join(" "), expected);
    }

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
