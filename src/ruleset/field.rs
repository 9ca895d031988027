//! The static fields of an event, and the names they have in `<order>` and in output
//! (`spec/decoders.md` §1.3 and §11, `spec/wazuh.md` §7.4).

use bstr::ByteSlice;

use crate::dialect::{Dialect, Family};

/// A field with a place of its own. All others are dynamic and live by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// Destination user; what `user` in an `<order>` means.
    DstUser,
    /// Source user.
    SrcUser,
    /// Source address, as text.
    SrcIp,
    /// Destination address, as text.
    DstIp,
    /// Source port, as text.
    SrcPort,
    /// Destination port, as text.
    DstPort,
    /// Protocol.
    Protocol,
    /// Action.
    Action,
    /// Id.
    Id,
    /// URL.
    Url,
    /// `data`. In OSSEC `extra_data` is another name of it.
    Data,
    /// `extra_data` where it is a field of its own (Wazuh only).
    ExtraData,
    /// Status.
    Status,
    /// System name.
    SystemName,
    /// File name (OSSEC 3.7 and 4.3 only).
    Filename,
}

/// What one piece of an `<order>` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderName<'a> {
    /// A static field.
    Static(Field),
    /// A dynamic field of this name.
    Dynamic(&'a [u8]),
}

/// How the pieces of an `<order>` are read.
#[derive(Debug)]
struct OrderRules {
    names: &'static [(&'static [u8], Field)],
    /// Names are looked for anywhere in the piece; there are no dynamic fields.
    by_substring: bool,
    /// A piece that contains `filename` is that field.
    filename_by_substring: bool,
    /// A dynamic name loses all leading blanks, not just one.
    trims_dynamic: bool,
}

/// The order of this table decides in 2.8.3, where `srcuser` also contains `user`.
static NAMES_283: [(&[u8], Field); 14] = [
    (b"dstuser", Field::DstUser),
    (b"srcuser", Field::SrcUser),
    (b"user", Field::DstUser),
    (b"srcip", Field::SrcIp),
    (b"dstip", Field::DstIp),
    (b"srcport", Field::SrcPort),
    (b"dstport", Field::DstPort),
    (b"protocol", Field::Protocol),
    (b"action", Field::Action),
    (b"id", Field::Id),
    (b"url", Field::Url),
    (b"data", Field::Data),
    (b"status", Field::Status),
    (b"system_name", Field::SystemName),
];

static NAMES_OSSEC: [(&[u8], Field); 15] = names_with_extra_data(Field::Data);
static NAMES_WAZUH: [(&[u8], Field); 15] = names_with_extra_data(Field::ExtraData);

const fn names_with_extra_data(extra_data: Field) -> [(&'static [u8], Field); 15] {
    let mut names: [(&[u8], Field); 15] = [(b"extra_data", extra_data); 15];
    let mut index = 0;
    while index < NAMES_283.len() {
        names[index] = NAMES_283[index];
        index += 1;
    }
    names
}

static ORDER_283: OrderRules = OrderRules {
    names: &NAMES_283,
    by_substring: true,
    filename_by_substring: false,
    trims_dynamic: false,
};
static ORDER_OSSEC: OrderRules = OrderRules {
    names: &NAMES_OSSEC,
    by_substring: false,
    filename_by_substring: true,
    trims_dynamic: false,
};
static ORDER_WAZUH: OrderRules = OrderRules {
    names: &NAMES_WAZUH,
    by_substring: false,
    filename_by_substring: false,
    trims_dynamic: true,
};

impl Dialect {
    fn order(self) -> &'static OrderRules {
        match self {
            Dialect::Ossec283 => &ORDER_283,
            Dialect::Ossec37 | Dialect::Ossec43 => &ORDER_OSSEC,
            Dialect::Wazuh414 => &ORDER_WAZUH,
        }
    }
}

impl Field {
    /// How many there are; `field as usize` is below it.
    pub const COUNT: usize = 15;

    /// Every field, in the order of the enum.
    pub const ALL: [Field; Field::COUNT] = [
        Field::DstUser,
        Field::SrcUser,
        Field::SrcIp,
        Field::DstIp,
        Field::SrcPort,
        Field::DstPort,
        Field::Protocol,
        Field::Action,
        Field::Id,
        Field::Url,
        Field::Data,
        Field::ExtraData,
        Field::Status,
        Field::SystemName,
        Field::Filename,
    ];

    /// The name that the family's test tool prints.
    pub const fn printed_name(self, family: Family) -> &'static str {
        match (self, family) {
            (Field::DstUser, _) => "dstuser",
            (Field::SrcUser, _) => "srcuser",
            (Field::SrcIp, _) => "srcip",
            (Field::DstIp, _) => "dstip",
            (Field::SrcPort, _) => "srcport",
            (Field::DstPort, _) => "dstport",
            (Field::Protocol, Family::Ossec) => "proto",
            (Field::Protocol, Family::Wazuh) => "protocol",
            (Field::Action, _) => "action",
            (Field::Id, _) => "id",
            (Field::Url, _) => "url",
            (Field::Data, Family::Ossec) | (Field::ExtraData, _) => "extra_data",
            (Field::Data, Family::Wazuh) => "data",
            (Field::Status, _) => "status",
            (Field::SystemName, _) => "system_name",
            (Field::Filename, _) => "filename",
        }
    }

    /// The name in `<order>` of every dialect that has the field.
    pub(crate) const fn order_name(self) -> &'static str {
        match self {
            Field::Protocol => "protocol",
            Field::ExtraData => "extra_data",
            Field::Data => "data",
            field => field.printed_name(Family::Wazuh),
        }
    }

    /// The field that Wazuh calls so, in its output and in descriptions.
    pub fn of_wazuh(name: &[u8]) -> Option<Field> {
        Field::in_wazuh().find(|field| field.printed_name(Family::Wazuh).as_bytes() == name)
    }

    /// The name in JSON logs, in which `system_name` is a dynamic field (`spec/wazuh.md` §8.1).
    pub const fn json_name(self) -> &'static str {
        match self {
            Field::SystemName => "systemname",
            field => field.printed_name(Family::Wazuh),
        }
    }

    /// The fields that JSON logs can set; their names are compared with case (`spec/wazuh.md` §8.1).
    pub(crate) fn in_json() -> impl Iterator<Item = Field> {
        Field::in_wazuh()
    }

    fn in_wazuh() -> impl Iterator<Item = Field> {
        let known = |field: &Field| *field != Field::Filename;
        Field::ALL.into_iter().filter(known)
    }

    /// Reads one piece of an `<order>`, the text between two commas. `None`: the piece names
    /// nothing (an empty word; in 2.8.3 also an unknown one), which is fatal in every engine.
    ///
    /// Only blanks (0x20) are trimmed: a newline in an `<order>` becomes part of a dynamic name.
    pub fn from_order(dialect: Dialect, piece: &[u8]) -> Option<OrderName<'_>> {
        let rules = dialect.order();
        if rules.by_substring {
            let hit = rules
                .names
                .iter()
                .find(|(name, _)| piece.find(name).is_some());
            return hit.map(|&(_, field)| OrderName::Static(field));
        }
        let start = piece.iter().position(|&byte| byte != b' ')?;
        let length = memchr::memchr(b' ', &piece[start..]).unwrap_or(piece.len() - start);
        let word = &piece[start..start + length];
        if let Some(&(_, field)) = rules.names.iter().find(|&&(name, _)| name == word) {
            return Some(OrderName::Static(field));
        }
        if rules.filename_by_substring && piece.find(b"filename").is_some() {
            return Some(OrderName::Static(Field::Filename));
        }
        // The first of several leading blanks is lost, the others belong to the name.
        let from = if rules.trims_dynamic {
            start
        } else {
            start.min(1)
        };
        Some(OrderName::Dynamic(&piece[from..start + length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_pieces() {
        use OrderName::{Dynamic, Static};
        let cases: &[(Dialect, &[u8], Option<OrderName<'_>>)] = &[
            (Dialect::Ossec43, b"user", Some(Static(Field::DstUser))),
            (
                Dialect::Ossec43,
                b"  srcip  rest",
                Some(Static(Field::SrcIp)),
            ),
            (Dialect::Ossec43, b"extra_data", Some(Static(Field::Data))),
            (
                Dialect::Ossec43,
                b"my_filename_x",
                Some(Static(Field::Filename)),
            ),
            (Dialect::Ossec43, b"  two", Some(Dynamic(b" two"))),
            (Dialect::Ossec43, b" two x", Some(Dynamic(b"two"))),
            (Dialect::Ossec43, b"\n url", Some(Dynamic(b"\n"))),
            (Dialect::Ossec43, b"SrcIp", Some(Dynamic(b"SrcIp"))),
            (Dialect::Ossec43, b"", None),
            (Dialect::Ossec43, b"  ", None),
            (
                Dialect::Ossec283,
                b"\n the_dstuser",
                Some(Static(Field::DstUser)),
            ),
            (Dialect::Ossec283, b"srcuser", Some(Static(Field::SrcUser))),
            (Dialect::Ossec283, b"extra_data", Some(Static(Field::Data))),
            (Dialect::Ossec283, b"filename", None),
            (
                Dialect::Wazuh414,
                b"extra_data",
                Some(Static(Field::ExtraData)),
            ),
            (Dialect::Wazuh414, b"data", Some(Static(Field::Data))),
            (Dialect::Wazuh414, b"   a.b c", Some(Dynamic(b"a.b"))),
            (Dialect::Wazuh414, b"filename", Some(Dynamic(b"filename"))),
        ];
        for &(dialect, piece, expected) in cases {
            assert_eq!(
                Field::from_order(dialect, piece),
                expected,
                "{dialect} {piece:?}"
            );
        }
    }

    #[test]
    fn fields_are_dense() {
        for (index, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, index);
        }
    }
}
