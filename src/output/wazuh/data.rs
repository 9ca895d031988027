//! The object `data`: decoded fields, dots in their names made into objects (`spec/wazuh.md` §13.1).

use bstr::BStr;

use super::tree::{Members, NodeId, Tree, Value};
use crate::dialect::Family;
use crate::engine::json::{Style, Tape, parse_whole};
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

/// The static fields in their order.
const STATIC: [Field; 14] = [
    Field::Protocol,
    Field::Action,
    Field::SrcIp,
    Field::SrcPort,
    Field::SrcUser,
    Field::DstIp,
    Field::DstPort,
    Field::DstUser,
    Field::Id,
    Field::Status,
    Field::Url,
    Field::Data,
    Field::ExtraData,
    Field::SystemName,
];

/// Adds `data` to the root, if the event has a field that is shown.
pub(super) fn add<'v>(tree: &mut Tree<'v>, verdict: &Verdict<'v>) {
    let mut fields = Fields { tree, data: None };
    for field in STATIC {
        if let Some(value) = verdict.field(field) {
            let data = fields.data();
            let name = field.printed_name(Family::Wazuh);
            fields.tree.add(data, name.as_bytes(), leaf(value));
        }
    }
    for (name, value) in verdict.dynamic_fields() {
        if !value.is_empty() {
            fields.dynamic(name, value);
        }
    }
}

struct Fields<'t, 'v> {
    tree: &'t mut Tree<'v>,
    data: Option<NodeId>,
}

impl<'v> Fields<'_, 'v> {
    fn data(&mut self) -> NodeId {
        let tree = &mut *self.tree;
        *self
            .data
            .get_or_insert_with(|| tree.object(Tree::ROOT, "data"))
    }

    /// What comes first stays: a path through a value, or to something that is there, is dropped.
    fn dynamic(&mut self, name: &'v BStr, value: &'v BStr) {
        let mut at = self.data();
        let mut parts = name.split(|&byte| byte == b'.').peekable();
        while let Some(part) = parts.next() {
            let known = self.tree.member_ignoring_case(at, part);
            if parts.peek().is_none() {
                if known.is_none() {
                    self.tree.add(at, part, leaf(value));
                }
                return;
            }
            at = match known {
                None => self.tree.add(at, part, Value::Object(Members::default())),
                Some(id) if matches!(self.tree.value(id), Value::Object(_)) => id,
                Some(_) => return,
            };
        }
    }
}

/// A text that is a whole JSON array becomes one.
fn leaf(value: &BStr) -> Value<'_> {
    if value.first() == Some(&b'[') {
        let mut tape = Tape::default();
        if let Some(array) = parse_whole(value, &mut tape) {
            let mut text = Vec::with_capacity(value.len());
            array.print(Style::Compact, &mut text);
            return Value::Array(text);
        }
    }
    let bytes: &[u8] = value;
    Value::Text(bytes.into())
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    #[test]
    fn paths() {
        let cases: [(&[(&str, &str)], &str); 7] = [
            (&[("a.b", "1"), ("a.c", "2")], r#"{"a":{"b":"1","c":"2"}}"#),
            (
                &[("a", "1"), ("a.b", "2"), ("c", "3")],
                r#"{"a":"1","c":"3"}"#,
            ),
            (&[("a.b", "1"), ("a", "2")], r#"{"a":{"b":"1"}}"#),
            (
                &[("A.b", "1"), ("a.B", "2"), ("a.c", "3")],
                r#"{"A":{"b":"1","c":"3"}}"#,
            ),
            (
                &[("a.", "1"), (".b", "2"), ("..", "3")],
                r#"{"a":{"":"1"},"":{"b":"2","":{"":"3"}}}"#,
            ),
            (
                &[
                    ("a", "[1, \"x\", null] "),
                    ("b", "[1"),
                    ("c", "[1] x"),
                    ("d", " [1]"),
                ],
                r#"{"a":[1,"x",null],"b":"[1","c":"[1] x","d":" [1]"}"#,
            ),
            (&[("n", "7"), ("t", "true")], r#"{"n":"7","t":"true"}"#),
        ];
        for (fields, expected) in cases {
            let mut tree = Tree::new();
            let data = Some(Tree::ROOT);
            let mut builder = Fields {
                tree: &mut tree,
                data,
            };
            for (name, value) in fields {
                builder.dynamic(BStr::new(name), BStr::new(value));
            }
            let mut out = Vec::new();
            tree.print(&mut out);
            assert_eq!(out.as_bstr(), expected, "{fields:?}");
        }
    }
}
