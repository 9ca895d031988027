//! `<order>` and `<fts>`: lists of field names (`spec/decoders.md` §1.3, §1.5, §11).

use std::ops::Range;

use bstr::ByteSlice;

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
    // OSSEC 2.8.3 leaves the rest in its last piece instead of refusing it.
    let size = if dialect.decoders().order_keeps_rest {
        limit
    } else {
        1024
    };
    let mut fields = Vec::new();
    for piece in pieces(text, size) {
        let word = &text[piece.clone()];
        let Some(name) = Field::from_order(dialect, word) else {
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
    for piece in pieces(text, 8) {
        let word = &text[piece.clone()];
        match KEYS.iter().find(|(name, _)| word.contains_str(name)) {
            Some(&(_, key)) => keys = keys | key,
            None => return Err(piece),
        }
    }
    Ok(keys)
}

/// Splits at commas into at most `size` pieces; the last one keeps the rest, commas included.
fn pieces(text: &[u8], size: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.splitn(size.max(1), |&byte| byte == b',')
        .map(move |piece| {
            let range = start..start + piece.len();
            start = range.end + 1;
            range
        })
}
