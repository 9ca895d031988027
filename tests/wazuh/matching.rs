//! What a rule tests (`spec/wazuh.md` §4, §10).

use super::Case;

fn child(elements: &str) -> Case {
    Case::rules(&format!(
        "<rule id=\"101\" level=\"5\"><if_sid>100</if_sid>{elements}<description>hit</description></rule>"
    ))
}

/// Elements of a rule, a line, and whether the rule matches it.
const TESTS: [(&str, &str, bool); 27] = [
    // Negation needs the value.
    (
        "<field name=\"color\" negate=\"yes\">^red$</field>",
        "kv: color=blue x",
        true,
    ),
    (
        "<field name=\"color\" negate=\"yes\">^red$</field>",
        "kv: color=red x",
        false,
    ),
    (
        "<field name=\"color\" negate=\"yes\">^red$</field>",
        "kv: colorless",
        false,
    ),
    // Names of fields ignore case, an empty pattern asks for presence.
    (
        "<field name=\"CoLoR\">^RED$</field>",
        "kv: color=red x",
        true,
    ),
    ("<field name=\"color\"></field>", "kv: color=red x", true),
    ("<field name=\"color\"></field>", "kv: colorless", false),
    // Types: the default ignores case, pcre2 does not.
    (
        "<field name=\"color\" type=\"PCRE2\">^r[aeiou]d$</field>",
        "kv: color=red x",
        true,
    ),
    (
        "<field name=\"color\" type=\"pcre2\">^R.d$</field>",
        "kv: color=red x",
        false,
    ),
    (
        "<match type=\"pcre2\">\\bnoon\\b</match>",
        "kv: at noon",
        true,
    ),
    (
        "<match type=\"osregex\">at \\w+$</match>",
        "kv: at noon",
        true,
    ),
    ("<regex type=\"osmatch\">AT \\w</regex>", "kv: at \\w", true),
    ("<match negate=\"yes\">noon</match>", "kv: at dawn", true),
    ("<match>!noon</match>", "kv: at dawn", true),
    ("<match>!noon</match>", "kv: at noon", false),
    // The type and the negation of the last repetition are those of the joined text.
    (
        "<match negate=\"yes\">no</match><match>on</match>",
        "kv: at noon",
        true,
    ),
    (
        "<match>no</match><match negate=\"yes\">on</match>",
        "kv: at noon",
        false,
    ),
    // The action is compared as a whole and with case, unless it has a type.
    ("<action>drop</action>", "kv: act=drop x", true),
    ("<action>drop</action>", "kv: act=Drop x", false),
    (
        "<action type=\"osmatch\">drop</action>",
        "kv: act=Dropped x",
        true,
    ),
    (
        "<action negate=\"yes\">drop</action>",
        "kv: act=pass x",
        true,
    ),
    // Addresses: `!` has no effect, `negate` has.
    ("<srcip>!10.0.0.1</srcip>", "kv: src=10.0.0.1 x", true),
    (
        "<srcip negate=\"yes\">10.0.0.0/8</srcip>",
        "kv: src=10.0.0.1 x",
        false,
    ),
    (
        "<srcip negate=\"yes\">10.0.0.0/8</srcip>",
        "kv: src=11.0.0.1 x",
        true,
    ),
    (
        "<srcip negate=\"yes\">10.0.0.0/8</srcip>",
        "kv: src=here x",
        true,
    ),
    (
        "<srcip negate=\"yes\">10.0.0.0/8</srcip>",
        "kv: nowhere",
        false,
    ),
    ("<user>^bob$</user>", "kv: user=Bob x", true),
    ("<location>^stdin$</location>", "kv: x", true),
];

#[test]
fn conditions() {
    for (elements, line, holds) in TESTS {
        let rule = child(elements).one(line, |verdict| verdict.rule().map(|rule| rule.sid.0));
        assert_eq!(rule == Some(101), holds, "{elements} on {line}");
    }
}

#[test]
fn descriptions_show_values() {
    for (description, shown) in [
        ("$(dstuser) was here", "ann was here"),
        ("[$(user)]", "[]"),
        ("$(COLOR) $(nothing).", "red ."),
        ("$(Dstuser)|$(hostname)", "|manager"),
        ("open $(dstuser", "open $(dstuser"),
        ("$dstuser $$(dstuser)", "$dstuser $ann"),
    ] {
        let rules = format!(
            "<rule id=\"101\" level=\"5\"><if_sid>100</if_sid><description>{description}</description></rule>"
        );
        let text = Case::rules(&rules).one("kv: user=ann color=red x", |verdict| {
            verdict.description().map(|text| text.to_string())
        });
        assert_eq!(text.as_deref(), Some(shown), "{description}");
    }
}

/// Keys may be quoted, prefixes end in a dot, a line without a colon is no entry, and with three
/// lists only the last two are tested.
#[test]
fn lists() {
    let text = "\"a:b\":\"x:y\"\nplain\nred:warm\n10.1.:lan\n";
    for (list, line, holds) in [
        (
            "<list field=\"color\">etc/lists/l</list>",
            "kv: color=a:b x",
            true,
        ),
        (
            "<list field=\"color\">etc/lists/l</list>",
            "kv: color=plain x",
            false,
        ),
        (
            "<list field=\"color\" lookup=\"match_key_value\" check_value=\"^x:y$\">etc/lists/l</list>",
            "kv: color=a:b x",
            true,
        ),
        (
            "<list field=\"srcip\" lookup=\"address_match_key\">etc/lists/l</list>",
            "kv: src=10.1.2.3 x",
            true,
        ),
        (
            "<list field=\"srcip\" lookup=\"address_match_key_value\" check_value=\"lan\">etc/lists/l</list>",
            "kv: src=10.1.2.3 x",
            false,
        ),
        (
            "<list field=\"srcip\" lookup=\"address_match_key_value\" check_value=\"lan\">etc/lists/l</list>",
            "kv: src=10.2.2.3 x",
            true,
        ),
        (
            "<list field=\"user\" lookup=\"not_match_key\">etc/lists/l</list>",
            "kv: nobody",
            false,
        ),
        (
            "<list field=\"color\">etc/lists/none</list><list field=\"color\">etc/lists/l</list><list field=\"color\">etc/lists/l</list>",
            "kv: color=red x",
            true,
        ),
    ] {
        let rules = format!(
            "<rule id=\"101\" level=\"5\"><if_sid>100</if_sid>{list}<description>listed</description></rule>"
        );
        let case = Case::files("", &rules, &[("l", text), ("none", "other:\n")]);
        let rule = case.one(line, |verdict| verdict.rule().map(|rule| rule.sid.0));
        assert_eq!(rule == Some(101), holds, "{list} on {line}");
    }
}
