//! Lists of keys and values, and the test that a rule makes with one (`spec/rules.md` §9 and §11,
//! `spec/output.md` §7.1, `spec/wazuh.md` §12).
//!
//! The original compiles the text of a list and looks keys up in the compiled file. Here a [`List`]
//! is made from either of them, with the same answers.
//!
//! A rule's `<list>` becomes a [`ListTest`]; the quirks of its look-ups are in [`ListTest::holds`].

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};

use super::cdb::Cdb;
use crate::dialect::Dialect;
use crate::ruleset::field::Field;

/// What differs between the engines.
#[derive(Debug)]
struct ListRules {
    /// `###` begins a comment.
    comments: bool,
    /// Keys and values may stand in quotes.
    quotes: bool,
    /// Longer lines are split, in bytes.
    line_limit: usize,
    /// The negative look-ups hold for a list that is not configured.
    unknown_list_holds: bool,
    /// Further static fields, and dynamic ones.
    more_fields: bool,
    /// The engine compiles the text of a list when it starts.
    compiles: bool,
}

static OSSEC_37: ListRules = ListRules {
    comments: false,
    quotes: false,
    line_limit: 6142,
    unknown_list_holds: true,
    more_fields: false,
    compiles: false,
};
static OSSEC_43: ListRules = ListRules {
    comments: true,
    unknown_list_holds: false,
    ..OSSEC_37
};
static WAZUH: ListRules = ListRules {
    quotes: true,
    line_limit: usize::MAX,
    unknown_list_holds: false,
    more_fields: true,
    compiles: true,
    ..OSSEC_37
};

impl Dialect {
    fn lists(self) -> &'static ListRules {
        match self {
            Dialect::Ossec283 | Dialect::Ossec37 => &OSSEC_37,
            Dialect::Ossec43 => &OSSEC_43,
            Dialect::Wazuh414 => &WAZUH,
        }
    }

    pub(super) fn compiles_lists(self) -> bool {
        self.lists().compiles
    }
}

/// The entries of the text of a list, in file order, equal keys included.
pub fn entries(dialect: Dialect, text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let rules = dialect.lists();
    // The original reads with a buffer: what does not fit is a line of its own.
    let pieces = text
        .split(|&byte| byte == b'\n')
        .flat_map(|line| line.chunks(rules.line_limit));
    pieces.filter_map(|line| entry(rules, line))
}

fn entry<'a>(rules: &ListRules, line: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let end = memchr::memchr2(b'\r', 0, line).unwrap_or(line.len());
    let mut line = &line[..end];
    if rules.comments
        && let Some(comment) = line.find(b"###")
    {
        line = line[..comment].trim_end_with(|char| matches!(char, ' ' | '\t'));
    }
    if !rules.quotes {
        return line.split_once_str(":");
    }
    let quoted_key = match (line.find_byte(b'"'), line.find_byte(b':')) {
        (Some(quote), Some(colon)) => quote < colon,
        (quote, _) => quote.is_some(),
    };
    let (key, value) = if quoted_key {
        let (key, rest) = quoted(line)?;
        (key, rest.split_once_str(":")?.1)
    } else {
        line.split_once_str(":")?
    };
    let value = if value.contains(&b'"') {
        quoted(value)?.0
    } else {
        value
    };
    Some((key, value))
}

/// The text between the first two quotes, and what is behind them.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    text.split_once_str("\"")?.1.split_once_str("\"")
}

/// A list that could be opened.
#[derive(Clone, Debug)]
pub struct List(Contents);

#[derive(Clone, Debug)]
enum Contents {
    Text(HashMap<Box<[u8]>, Box<[u8]>>),
    Compiled(Cdb),
}

impl List {
    /// Reads the text of a list. Lines that are no entry are skipped, silently as in the original.
    pub fn from_text(dialect: Dialect, text: &[u8]) -> List {
        let mut map = HashMap::new();
        for (key, value) in entries(dialect, text) {
            // The first of equal keys counts.
            map.entry(key.into()).or_insert_with(|| value.into());
        }
        List(Contents::Text(map))
    }

    /// A compiled list.
    pub fn from_cdb(cdb: Cdb) -> List {
        List(Contents::Compiled(cdb))
    }

    /// The value of a key, compared byte by byte. It may be empty.
    pub fn lookup(&self, key: &[u8]) -> Option<&[u8]> {
        match &self.0 {
            Contents::Text(map) => map.get(key).map(|value| &**value),
            Contents::Compiled(cdb) => cdb.lookup(key),
        }
    }

    /// The value of the key itself or else of its longest prefix that ends in a dot: `10.1.2.3`,
    /// `10.1.2.`, `10.1.`, `10.`.
    pub fn lookup_address(&self, key: &[u8]) -> Option<&[u8]> {
        let prefixes = memchr::memrchr_iter(b'.', key).map(|dot| &key[..=dot]);
        std::iter::once(key)
            .chain(prefixes)
            .find_map(|key| self.lookup(key))
    }
}

/// The `lookup` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lookup {
    /// `match_key`: the value is a key.
    #[default]
    MatchKey,
    /// `not_match_key`
    NotMatchKey,
    /// `match_key_value`: the value is a key, and what it leads to matches `check_value`.
    MatchKeyValue,
    /// `address_match_key`: the value or a prefix of it is a key.
    AddressMatchKey,
    /// `not_address_match_key`
    NotAddressMatchKey,
    /// `address_match_key_value`: inverted, see [`ListTest::holds`].
    AddressMatchKeyValue,
}

impl Lookup {
    const NAMES: [(&'static str, Lookup); 6] = [
        ("match_key", Lookup::MatchKey),
        ("not_match_key", Lookup::NotMatchKey),
        ("match_key_value", Lookup::MatchKeyValue),
        ("address_match_key", Lookup::AddressMatchKey),
        ("not_address_match_key", Lookup::NotAddressMatchKey),
        ("address_match_key_value", Lookup::AddressMatchKeyValue),
    ];

    /// Every name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Lookup::NAMES.iter().map(|&(name, _)| name)
    }

    /// Reads the attribute, without case.
    pub fn parse(text: &[u8]) -> Option<Lookup> {
        let hit = Lookup::NAMES
            .iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes()));
        hit.map(|&(_, lookup)| lookup)
    }

    /// The name in the files.
    pub fn name(self) -> &'static str {
        Lookup::NAMES
            .iter()
            .find(|&&(_, lookup)| lookup == self)
            .map_or("", |&(name, _)| name)
    }
}

/// The `field` attribute: which value is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListField {
    /// The source user, and only if there is none the destination user: the opposite of the
    /// condition `<user>`.
    User,
    /// The host name of the event.
    Hostname,
    /// The program name.
    ProgramName,
    /// A decoded static field.
    Static(Field),
    /// A dynamic field (Wazuh only).
    Dynamic(BString),
}

impl ListField {
    const FIELDS: [(&'static str, ListField); 11] = [
        ("srcip", ListField::Static(Field::SrcIp)),
        ("srcport", ListField::Static(Field::SrcPort)),
        ("dstip", ListField::Static(Field::DstIp)),
        ("dstport", ListField::Static(Field::DstPort)),
        ("user", ListField::User),
        ("url", ListField::Static(Field::Url)),
        ("id", ListField::Static(Field::Id)),
        ("hostname", ListField::Hostname),
        ("program_name", ListField::ProgramName),
        ("status", ListField::Static(Field::Status)),
        ("action", ListField::Static(Field::Action)),
    ];

    /// The names that every engine knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ListField::FIELDS.iter().map(|(name, _)| *name)
    }

    /// The name in the attribute.
    pub fn name(&self) -> &BStr {
        let name = match self {
            ListField::User => "user",
            ListField::Hostname => "hostname",
            ListField::ProgramName => "program_name",
            ListField::Static(Field::SystemName) => "system_name",
            ListField::Static(field) => field.json_name(),
            ListField::Dynamic(name) => return name.as_ref(),
        };
        BStr::new(name)
    }

    /// Reads the attribute, without case. `None`: there is no such field.
    pub fn parse(dialect: Dialect, text: &[u8]) -> Option<ListField> {
        const WAZUH_FIELDS: [(&str, ListField); 4] = [
            ("protocol", ListField::Static(Field::Protocol)),
            ("system_name", ListField::Static(Field::SystemName)),
            ("data", ListField::Static(Field::Data)),
            ("extra_data", ListField::Static(Field::ExtraData)),
        ];
        let more = dialect.lists().more_fields;
        let known = ListField::FIELDS
            .iter()
            .chain(WAZUH_FIELDS.iter().filter(|_| more));
        let mut hits = known.filter(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes()));
        if let Some((_, field)) = hits.next() {
            return Some(field.clone());
        }
        let name = text
            .split_str(" ")
            .find(|word| !word.is_empty())
            .filter(|_| more)?;
        Some(ListField::Dynamic(name.into()))
    }
}

/// What became of the list that a rule names.
#[derive(Clone, Copy, Debug)]
pub enum ListState<'a> {
    /// The configuration names no such list.
    NotConfigured,
    /// It is named, but its file cannot be opened.
    NotOpened,
    /// It can be asked.
    Open(&'a List),
}

/// One `<list>` of a rule, without the list itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTest {
    /// Which value is looked up. Without one the rule fails, for the negative look-ups too.
    pub field: ListField,
    /// How.
    pub lookup: Lookup,
    unknown_list_holds: bool,
}

impl ListTest {
    /// A test as this engine makes it.
    pub fn new(dialect: Dialect, field: ListField, lookup: Lookup) -> Self {
        ListTest {
            field,
            lookup,
            unknown_list_holds: dialect.lists().unknown_list_holds,
        }
    }

    /// Does the test hold for this value?
    ///
    /// * `address_match_key_value` is inverted: it holds if no key is found, or what the longest
    ///   one found leads to does *not* match.
    /// * A list that cannot be opened is asked all the same. The engine takes the failure for an
    ///   answer, so three of the look-ups hold for every value. That it also logs an error (1126)
    ///   is the caller's business.
    /// * Without `check_value` nothing matches (undefined in OSSEC, so in Wazuh).
    pub fn holds(
        &self,
        list: ListState<'_>,
        value: &[u8],
        check_value: Option<impl FnOnce(&[u8]) -> bool>,
    ) -> bool {
        let list = match list {
            ListState::NotConfigured => {
                let negative = matches!(
                    self.lookup,
                    Lookup::NotMatchKey | Lookup::NotAddressMatchKey
                );
                return self.unknown_list_holds && negative;
            }
            ListState::NotOpened => {
                return match self.lookup {
                    Lookup::NotMatchKey
                    | Lookup::AddressMatchKey
                    | Lookup::AddressMatchKeyValue => true,
                    Lookup::MatchKey | Lookup::MatchKeyValue | Lookup::NotAddressMatchKey => false,
                };
            }
            ListState::Open(list) => list,
        };
        let matches = |found: Option<&[u8]>| {
            found.is_some_and(|found| check_value.is_some_and(|check| check(found)))
        };
        match self.lookup {
            Lookup::MatchKey => list.lookup(value).is_some(),
            Lookup::NotMatchKey => list.lookup(value).is_none(),
            Lookup::MatchKeyValue => matches(list.lookup(value)),
            Lookup::AddressMatchKey => list.lookup_address(value).is_some(),
            Lookup::NotAddressMatchKey => list.lookup_address(value).is_none(),
            Lookup::AddressMatchKeyValue => !matches(list.lookup_address(value)),
        }
    }
}

#[cfg(test)]
mod tests;
