//! Patterns: another language's syntax, what holds always or never, what backtracks without end.

mod alternatives;
mod backtracking;
mod foreign;
mod meaning;
mod scan;

pub(super) use alternatives::{Alternative, split_bars};
pub(super) use scan::capture_groups;

use super::registry::{Check, check};

pub(super) const CHECKS: &[Check] = &[
    check!(
        1 "regex-in-osmatch", WARNING, All,
        "a regular expression stands where osmatch is read",
        "`match` and most fields of rules are osmatch: plain text with `^`, `$` and `|`. A backslash is \
         an ordinary byte there, so `\\d+` is searched for as these three characters and the condition \
         never holds. Use `regex`, or in Wazuh `type=\"osregex\"` or `type=\"pcre2\"`, in OSSEC the \
         element with `_pcre2` behind its name.",
        Pattern(foreign::regex_in_osmatch)
    ),
    check!(
        2 "escape-in-osmatch", WARNING, All,
        "a sign is escaped where osmatch is read",
        "osmatch has no escapes: `\\.` is a backslash and a dot, and `\\|` still splits the pattern into \
         two alternatives, the first of which ends in a backslash. Leave the backslashes out; a literal \
         `|` can only be tested with another language.",
        Pattern(foreign::escape_in_osmatch)
    ),
    check!(
        3 "literal-dot-star", WARNING, All,
        "`.*` or `.+` is read as two literal characters",
        "In osregex any byte is `\\.`, and a dot alone is a dot; so any text is `\\.*`. In osmatch nothing \
         is repeated, and the text between two parts cannot be skipped at all. The pattern waits for a \
         dot followed by a star.",
        Pattern(foreign::dot_star)
    ),
    check!(
        4 "bracket-class", WARNING, All,
        "`[a-z]` is read as text",
        "osmatch and osregex know no bracket classes: `[a-z]` is searched for as these five characters. \
         Use `\\w`, `\\d` or `\\p` of osregex, or write the pattern as pcre2.",
        Pattern(foreign::bracket_class)
    ),
    check!(
        5 "special-group", WARNING, All,
        "`(?` is read as text",
        "Groups without capture, look-around and flags such as `(?i)` belong to pcre2. In osregex the \
         question mark is a literal behind an opening group, in osmatch all of it is text. osmatch and \
         osregex ignore case anyway.",
        Pattern(foreign::special_group)
    ),
    check!(
        6 "counted-repetition", WARNING, All,
        "`{2}` is read as text",
        "osregex has no counted repetition: `\\d{2}` is a digit and the text `{2}`. Repeat the class \
         (`\\d\\d`) or write the pattern as pcre2.",
        Pattern(foreign::counted)
    ),
    check!(
        7 "repeated-group", WARNING, All,
        "a `+` or `*` behind a group is read as text",
        "osregex repeats only the classes that begin with a backslash. Behind a group the sign is a \
         literal: `(ab)+` waits for `ab+`.",
        Pattern(foreign::repeated_group)
    ),
    check!(
        8 "osregex-in-pcre2", WARNING, Modern,
        "`\\.+` or `\\.*` in pcre2 repeats a literal dot",
        "In osregex `\\.` is any byte. In pcre2 it is a dot, and any byte is `.`: the pattern waits for a \
         row of dots. Write `.+` or `.*`.",
        Pattern(foreign::osregex_in_pcre2)
    ),
    check!(
        9 "word-border", WARNING, Modern,
        "`\\<word\\>` is read as text in pcre2",
        "PCRE2 knows no `\\<` and `\\>`; they are the characters `<` and `>`. A word boundary is `\\b`.",
        Pattern(foreign::word_border)
    ),
    check!(
        10 "group-in-osmatch", WARNING, All,
        "`(a|b)` does not group in osmatch",
        "A `|` of osmatch splits the whole pattern, and parentheses are text: `user (bob|eve) failed` is \
         the two texts `user (bob` and `eve) failed`. Write all alternatives in full, or use pcre2.",
        Pattern(foreign::group_in_osmatch)
    ),
    check!(
        11 "no-negation", WARNING, All,
        "a `!` in front of a pattern does not negate",
        "Only osmatch of Wazuh negates, and only by a `!` that is the first byte of the whole pattern. \
         Everywhere else it is a literal: in every pattern of OSSEC, in osregex and pcre2, behind a `|`. \
         Wazuh has `negate=\"yes\"`; in OSSEC a child rule of level 0 takes the exceptions.",
        Pattern(meaning::no_negation)
    ),
    check!(
        12 "double-negation", WARNING, Wazuh,
        "`negate=\"yes\"` and a leading `!` cancel each other",
        "A leading `!` of osmatch negates, and the attribute negates once more, so the condition holds \
         where the text is found. Keep one of them.",
        Pattern(meaning::double_negation)
    ),
    check!(
        13 "anchor-inside", WARNING, Ossec3,
        "`^` or `$` inside of a pattern keeps it from ever matching",
        "OSSEC 3 and 4 turn osmatch and osregex into PCRE2, where `^` and `$` are anchors wherever they \
         stand: behind other text the beginning of the log can no longer come. A literal `$` is written \
         `\\$` in osregex; osmatch cannot write it, use pcre2.",
        Pattern(meaning::anchor_inside)
    ),
    check!(
        14 "literal-anchor", WARNING, Native,
        "`^` is an anchor only at the beginning of an alternative",
        "In a group or behind other text `^` is compared as a character. Move it to the beginning of the \
         alternative, or write the pattern as pcre2.",
        Pattern(meaning::literal_anchor)
    ),
    check!(
        15 "empty-alternative", WARNING, All,
        "an empty alternative makes the pattern match everything",
        "A `|` at the beginning or end of a pattern, or two in a row, add an empty alternative, which \
         every text matches. Often a line was removed from a list and its `|` stayed. So does a lone `$`: \
         `^0|$` holds for any text.",
        Pattern(meaning::empty_alternative)
    ),
    check!(
        16 "always-true", INFO, All,
        "a pattern matches every log",
        "The condition tests nothing. Leave it out, or say what it should look for.",
        Pattern(meaning::always_true)
    ),
    check!(
        17 "line-break-in-pattern", WARNING, All,
        "a line break is part of the pattern",
        "The text of an element is not trimmed: line breaks and the blanks behind them are compared as \
         they stand, and a log line has no line break. Write the pattern on one line, or repeat the \
         element: the texts of repeated elements are joined.",
        Pattern(meaning::line_break)
    ),
    check!(
        18 "adjacent-groups", WARNING, Native,
        "two groups without anything between them do not match",
        "The pattern engine passes only one parenthesis at a time: of `)(` the second one is compared \
         as the text `(`. Put something between the groups, or write the pattern as pcre2.",
        Pattern(meaning::adjacent_groups)
    ),
    check!(
        19 "non-ascii", WARNING, Native,
        "bytes beyond ASCII never match in osregex and unanchored osmatch",
        "The engine compares a signed with an unsigned byte, so a literal letter with an accent never \
         equals one of the log. Classes take such bytes: write `\\S` or `\\.` for each byte, or use pcre2.",
        Pattern(meaning::non_ascii)
    ),
    check!(
        20 "catastrophic-pattern", WARNING, Modern,
        "a repeated group can be taken apart in exponentially many ways",
        "For a text that almost matches, PCRE2 tries every way to divide it between an inner and an outer \
         repetition, such as in `(a+)+`. The original gives up after ten million steps for one line, \
         which an attacker who writes the log can use to stall it. Repeat once.",
        Pattern(backtracking::catastrophic)
    ),
    check!(
        #[fixable]
        21 "duplicate-alternative", INFO, All,
        "an alternative stands twice in a pattern",
        "The second one changes nothing.",
        Pattern(alternatives::duplicate)
    ),
    check!(
        #[fixable]
        22 "covered-alternative", INFO, All,
        "an alternative is part of a longer one",
        "osmatch looks for its texts anywhere, so where the longer alternative is found the shorter one is \
         found as well: the longer one changes nothing.",
        Pattern(alternatives::covered)
    ),
    check!(
        23 "glued-patterns", WARNING, All,
        "repeated elements are joined without a separator",
        "The texts of repeated elements are one pattern: `<match>a</match><match>b</match>` is `ab`, not \
         `a` and `b`, and not `a|b`. End the first one with `|` if alternatives are meant; for two \
         conditions that must both hold use two different elements or a child rule.",
        Pattern(meaning::glued)
    ),
    check!(
        24 "mixed-attributes", WARNING, Wazuh,
        "repeated elements have different attributes, and the last ones count for all",
        "The texts are joined to one pattern, which has one `type` and one `negate`: those of the last \
         element. An attribute that it lacks has its default again.",
        Pattern(meaning::mixed_attributes)
    ),
    check!(
        25 "pattern-in-action", WARNING, All,
        "`action` compares the whole text, and its signs are characters",
        "Unlike its neighbours `action` is no pattern: `|`, `^` and `$` are characters, the case counts, \
         and all of the text must be equal. In Wazuh give it a `type`; in OSSEC write one rule for each \
         action.",
        Pattern(meaning::pattern_in_action)
    ),
    check!(
        26 "unanchored-number", INFO, All,
        "a number is found inside of longer numbers, too",
        "osmatch looks for its text anywhere: `22` is also in 2222, 220 and 8022. Write `^22$`.",
        Pattern(meaning::unanchored_number)
    ),
    check!(
        27 "entity-in-pattern", WARNING, All,
        "an XML entity is not decoded",
        "The reader of these files knows no entities: `&lt;` is compared as these four characters. Write \
         `\\<` for `<` in osregex and pcre2, and `>`, `&` and `\"` as they are. If the log really holds \
         entities, as HTML does, allow this check for the rule.",
        Pattern(meaning::entity)
    ),
    check!(
        28 "ignored-pcre2", WARNING, Ossec3,
        "a pcre2 element is ignored beside its plain form",
        "Where both `match` and `match_pcre2` (or `regex` and `pcre2`, `user` and `user_pcre2`, and so on) \
         stand in a rule or decoder, only the plain one is tested. Put the second condition into a child \
         rule.",
        Pattern(meaning::ignored_pcre2)
    ),
];
