//! A rule's conditions as plain sentences.
//!
//! Rule files say what is tested in their own vocabulary, with surprises: `maxsize` is a minimum, a
//! frequency of 6 means eight events, `user` is the destination user first. The sentences here say
//! what the engine does. Text of the ruleset stands in backticks, as it is written there.

mod search;

pub(crate) use search::compared_name;

use bstr::{BStr, BString, ByteSlice};

use crate::dialect::{Dialect, Family};
use crate::engine::conditions::Condition;
use crate::pattern::{Language, Pattern};
use crate::ruleset::Ruleset;
use crate::ruleset::expression::{Expression, Test};
use crate::ruleset::field::Field;
use crate::ruleset::list::{ListField, Lookup};
use crate::ruleset::list_condition::ListCondition;
use crate::ruleset::rule::{Rule, TextField};

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
        Condition::Search => search::search(ruleset, rule),
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
pub(crate) fn static_field(field: Field, family: Family) -> &'static str {
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

    /// The sentence of the last condition of rule 200 in a Wazuh ruleset.
    fn last_sentence(rule: &str) -> String {
        let rules = format!(
            "<group name=\"syslog,\"><rule id=\"1\" level=\"0\"><category>syslog</category>\
             <description>d</description></rule>\
             <rule id=\"100\" level=\"3\"><if_sid>1</if_sid><description>d</description></rule>\
             {rule}</group>"
        );
        let files = vec![("r.xml".to_owned(), rules.into_bytes())];
        let inputs = crate::config::from_files(files, Some(Dialect::Wazuh414));
        let (ruleset, problems) = crate::ruleset::build(&inputs);
        let rule = ruleset.rules.rules.iter().find(|rule| rule.sid.0 == 200);
        let rule = rule.unwrap_or_else(|| panic!("{problems:#?}"));
        let tests = crate::engine::conditions::of(rule);
        condition(&ruleset, rule, tests.last().unwrap())
    }

    #[test]
    fn sentences_about_wazuh() {
        let cases = [
            (
                "frequency=\"3\" timeframe=\"60\"",
                "<if_matched_sid>100</if_matched_sid><same_srcip/>",
                "at least 2 earlier events of rule `100` came in the last 60 seconds from the same \
                 agent, with the same source address: it fires at the 3rd event",
            ),
            (
                "frequency=\"2\" timeframe=\"60\"",
                "<if_matched_sid>100</if_matched_sid><global_frequency/><same_field>a.b</same_field>\
                 <different_url/>",
                "at least 1 earlier event of rule `100` came in the last 60 seconds from any agent \
                 (`global_frequency`), with the same field `a.b`, with a different url (one that is \
                 missing counts as different): it fires at the 2nd event",
            ),
            (
                "",
                "<if_sid>100</if_sid><match type=\"pcre2\" negate=\"yes\">^a</match>",
                "the log is there, but not so that it matches pcre2 `^a`",
            ),
            (
                "",
                "<if_sid>100</if_sid><action>drop</action>",
                "the action is exactly `drop`",
            ),
            (
                "",
                "<if_sid>100</if_sid><srcip>!10.0.0.1</srcip>",
                "the source address is `10.0.0.1`",
            ),
            (
                "",
                "<if_sid>100</if_sid><data type=\"osregex\">x|y</data>",
                "the data matches osregex `x|y` (any of: `x`, `y`)",
            ),
        ];
        for (attributes, elements, expected) in cases {
            let rule = format!(
                "<rule id=\"200\" level=\"5\" {attributes}>{elements}\
                 <description>d</description></rule>"
            );
            assert_eq!(last_sentence(&rule), expected);
        }
    }
}
