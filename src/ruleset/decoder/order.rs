//! `<order>` and `<fts>`: lists of field names (`spec/decoders.md` §1.3, §1.5, §11).

use std::borrow::Cow;
use std::ops::Range;

use bstr::{BString, ByteSlice};

use super::{FtsKeys, OrderField};
use crate::dialect::Dialect;
use crate::ruleset::field::{Field, OrderName};

/// What is wrong with one piece of a list.
pub(super) enum OrderError {
    /// The piece (a range of the text) names no field.
    Field(Range<usize>),
    /// More entries than the option allows; the range of the first one too many.
    TooMany(Range<usize>),
}

/// Reads an `<order>`; at most `limit` entries.
pub(super) fn order(
    dialect: Dialect,
    text: &[u8],
    limit: usize,
) -> Result<Vec<OrderField>, OrderError> {
    let rules = dialect.decoders();
    // OSSEC 2.8.3 leaves the rest in its last piece instead of refusing it; the others do so far
    // beyond any limit, but Wazuh, which counts commas.
    let size = match rules {
        rules if rules.order_keeps_rest => limit,
        rules if rules.order_escapes => usize::MAX,
        _ => 1024,
    };
    let mut fields = Vec::new();
    for piece in pieces(text, size, rules.order_escapes) {
        let word = word(text, &piece, rules.order_escapes);
        let Some(name) = Field::from_order(dialect, &word) else {
            return Err(OrderError::Field(piece));
        };
        if fields.len() == limit {
            return Err(OrderError::TooMany(piece));
        }
        fields.push(match name {
            OrderName::Static(field) => OrderField::Static(field),
            OrderName::Dynamic(name) => OrderField::Dynamic(name.into()),
        });
    }
    Ok(fields)
}

/// Reads an `<fts>` list: at most eight pieces, each by substring.
pub(super) fn fts(text: &[u8]) -> Result<FtsKeys, Range<usize>> {
    // The order of the rows decides: `srcuser` contains `user` and so means the destination user.
    const KEYS: [(&[u8], FtsKeys); 8] = [
        (b"user", FtsKeys::DST_USER),
        (b"srcip", FtsKeys::SRC_IP),
        (b"dstip", FtsKeys::DST_IP),
        (b"id", FtsKeys::ID),
        (b"location", FtsKeys::LOCATION),
        (b"data", FtsKeys::DATA),
        (b"system_name", FtsKeys::SYSTEM_NAME),
        (b"name", FtsKeys::NAME),
    ];
    let mut keys = FtsKeys::default();
    for piece in pieces(text, 8, false) {
        let word = &text[piece.clone()];
        match KEYS.iter().find(|(name, _)| word.contains_str(name)) {
            Some(&(_, key)) => keys = keys | key,
            None => return Err(piece),
        }
    }
    Ok(keys)
}

/// The first-time-seen keys of Wazuh, exact (`spec/wazuh.md` §7.6).
const WAZUH_KEYS: [(&[u8], FtsKeys); 11] = [
    (b"name", FtsKeys::NAME),
    (b"srcuser", FtsKeys::SRC_USER),
    (b"dstuser", FtsKeys::DST_USER),
    (b"user", FtsKeys::DST_USER),
    (b"srcip", FtsKeys::SRC_IP),
    (b"dstip", FtsKeys::DST_IP),
    (b"id", FtsKeys::ID),
    (b"location", FtsKeys::LOCATION),
    (b"data", FtsKeys::DATA),
    // Selects the same column: the extra data are never part of the key.
    (b"extra_data", FtsKeys::DATA),
    (b"system_name", FtsKeys::SYSTEM_NAME),
];

/// Reads an `<fts>` list of Wazuh: keys and names of dynamic fields.
///
/// `order` is what the decoder named so far; `None`: no order yet, and unknown names pass silently.
/// Dynamic names are only found before the first static one.
pub(super) fn fts_with_fields(
    text: &[u8],
    order: Option<&[OrderField]>,
) -> Result<(FtsKeys, Vec<BString>), Range<usize>> {
    let mut keys = FtsKeys::default();
    let mut fields = Vec::new();
    for piece in pieces(text, usize::MAX, true) {
        let word = word(text, &piece, true);
        let word = word.trim_start_with(|byte| byte == ' ');
        let word = word.split(|&byte| byte == b' ').next().unwrap_or_default();
        if let Some(&(_, key)) = WAZUH_KEYS.iter().find(|(name, _)| *name == word) {
            keys = keys | key;
            continue;
        }
        let Some(order) = order else { continue };
        let dynamic = order.iter().map_while(|field| match field {
            OrderField::Dynamic(name) => Some(name),
            OrderField::Static(_) => None,
        });
        match dynamic.into_iter().find(|name| name.as_slice() == word) {
            Some(name) => fields.push(name.clone()),
            None => return Err(piece),
        }
    }
    Ok((keys, fields))
}

/// Splits at commas into at most `size` pieces; the last one keeps the rest, commas included. With
/// `escapes` a comma directly behind a backslash is none (`spec/regex.md` §11).
fn pieces(text: &[u8], size: usize, escapes: bool) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let mut before = 0;
    let is_comma = move |&byte: &u8| {
        let escaped = escapes && before == b'\\';
        before = byte;
        byte == b',' && !escaped
    };
    text.splitn(size.max(1), is_comma).map(move |piece| {
        let range = start..start + piece.len();
        start = range.end + 1;
        range
    })
}

/// The text of a piece, without the backslashes that kept its commas.
fn word<'t>(text: &'t [u8], piece: &Range<usize>, escapes: bool) -> Cow<'t, [u8]> {
    let written = &text[piece.clone()];
    if escapes && written.contains_str("\\,") {
        Cow::Owned(written.replace("\\,", ","))
    } else {
        Cow::Borrowed(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_commas() {
        for (text, expected) in [
            (r"a,b", &["a", "b"][..]),
            (r"a\,b,c", &["a,b", "c"]),
            // Backslashes do not protect each other.
            (r"a\\,b", &[r"a\,b"]),
            (r"\,", &[","]),
            (r"a\b,c", &[r"a\b", "c"]),
        ] {
            let fields = order(Dialect::Wazuh414, text.as_bytes(), 8);
            let names = expected
                .iter()
                .map(|&name| OrderField::Dynamic(name.into()));
            assert_eq!(fields.ok(), Some(names.collect()), "{text}");
        }
    }
}
