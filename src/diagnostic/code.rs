//! The diagnostic codes. A code is never reused for something else.

use std::fmt;

/// `E1xx` XML, `E2xx` decoder, `E3xx` rule, `E4xx` pattern, `E5xx` tree, `E6xx` lists and
/// variables, `E7xx` tests and configuration: what a load says. `OSxxx`: a static check, see
/// [`crate::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub(crate) u16);

/// The numbers of checks begin behind this one, so that both kinds are one type.
const CHECKS: u16 = 10_000;

impl Code {
    /// The code of the static check with this number, `OS012`.
    pub(crate) const fn check(number: u16) -> Code {
        Code(CHECKS + number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(CHECKS) {
            Some(number) => write!(f, "OS{number:03}"),
            None => write!(f, "E{:03}", self.0),
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal;)+) => {
        impl Code {
            $($(#[doc = $doc])+ pub const $name: Code = Code($number);)+

            /// Every code with the sentence that documents it, ascending.
            pub const ALL: &'static [(Code, &'static str)] = &[
                $((Code::$name, concat!($($doc),+))),+
            ];
        }
    };
}

codes! {
    /// The file cannot be read as the XML dialect.
    XML_SYNTAX = 101;
    /// The file cannot be read at all.
    UNREADABLE_FILE = 102;
    /// The file has no element.
    EMPTY_FILE = 103;
    /// The root element is not one that belongs into this kind of file.
    ROOT_ELEMENT = 104;

    /// The decoder has no usable name.
    DECODER_NAME = 201;
    /// The element is not known inside of a decoder.
    DECODER_ELEMENT = 202;
    /// The value of the decoder element is not one of those allowed.
    DECODER_VALUE = 203;
    /// The elements of the decoder do not fit together.
    DECODER_STRUCTURE = 204;
    /// The offset is not possible here.
    DECODER_OFFSET = 205;
    /// The order names a field that cannot be filled.
    DECODER_ORDER = 206;
    /// The siblings of one name do not fit together.
    DECODER_CHAIN = 207;
    /// The parent decoder does not exist.
    DECODER_PARENT = 208;
    /// One of the two decoder lists is empty.
    DECODER_LIST_EMPTY = 209;

    /// The attributes of the rule are wrong.
    RULE_ATTRIBUTE = 301;
    /// The element is not known inside of a rule.
    RULE_ELEMENT = 302;
    /// The value of the rule element is not one of those allowed.
    RULE_VALUE = 303;
    /// The group is malformed.
    RULE_GROUP = 304;
    /// The rule id is used twice.
    RULE_DUPLICATE = 305;
    /// The rule has no conditions or conditions that do not fit together.
    RULE_STRUCTURE = 306;
    /// The text is too long and was dropped.
    RULE_TEXT_DROPPED = 307;
    /// The rule names a decoder that does not exist.
    RULE_DECODER = 308;
    /// The techniques of the rule are not written as they must be.
    RULE_MITRE = 309;

    /// The pattern does not compile.
    PATTERN_SYNTAX = 401;
    /// The pattern is too long.
    PATTERN_TOO_LONG = 402;
    /// The pattern is empty where it must not be.
    PATTERN_EMPTY = 403;
    /// The decoder regex can never capture anything.
    PATTERN_NO_CAPTURES = 404;
    /// The pattern needs PCRE2 and this build is without it.
    PATTERN_NEEDS_PCRE2 = 405;
    /// The pattern is read as text where another language would read a class.
    PATTERN_LANGUAGE = 406;

    /// The parent rule is not loaded.
    PARENT_SID = 501;
    /// No loaded rule is in this group.
    PARENT_GROUP = 502;
    /// No loaded rule has this level.
    PARENT_LEVEL = 503;
    /// No top-level rule has this category.
    PARENT_CATEGORY = 504;
    /// The rule that is to be overwritten is not loaded.
    OVERWRITE_UNKNOWN = 505;
    /// No rule is loaded at all.
    NO_RULES = 506;
    /// The parent of the rule was left out.
    PARENT_SKIPPED = 507;
    /// The rule that is overwritten keeps its parents.
    OVERWRITE_PARENT = 508;
    /// The rule tree has too many connections.
    TREE_TOO_LARGE = 509;

    /// The variable is malformed or unknown.
    VARIABLE = 601;
    /// The list condition is malformed.
    LIST_CONDITION = 602;
    /// The list file is not readable.
    LIST_FILE = 603;

    /// The element is not known in the configuration.
    CONFIG_ELEMENT = 701;
    /// The value of the configuration element is not possible.
    CONFIG_VALUE = 702;
    /// The internal option is missing, malformed or out of range.
    INTERNAL_OPTION = 703;
    /// The files are of a dialect that was not asked for.
    DIALECT = 704;
    /// The test file is not written in its format.
    TEST_SYNTAX = 711;
    /// The key is not known in this table of a test file.
    TEST_KEY = 712;
    /// The value in the test file is not possible.
    TEST_VALUE = 713;
    /// The parts of the test do not fit together.
    TEST_STRUCTURE = 714;
}
