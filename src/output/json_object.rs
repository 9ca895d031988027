//! JSON as the original writes it: no blanks, keys in the order of the calls, bytes as they are.
//!
//! Logs need not be UTF-8 and the original copies bytes from 0x80 on unchanged, so the result need
//! not be UTF-8 either. That is why this is not serde.

use std::io::Write;

use bstr::BStr;

use crate::engine::json::push_string;

/// An object that is being written. [`Object::write`] opens and closes it.
pub(super) struct Object<'b> {
    out: &'b mut Vec<u8>,
    empty: bool,
}

impl<'b> Object<'b> {
    /// Appends an object whose members `fill` adds.
    pub(super) fn write(out: &'b mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        out.push(b'{');
        let mut object = Object { out, empty: true };
        fill(&mut object);
        object.out.push(b'}');
    }

    pub(super) fn text(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.key(key.as_ref());
        push_string(value.as_ref(), self.out);
    }

    /// Absent values are left out: the original writes no `null`.
    pub(super) fn optional(&mut self, key: &str, value: Option<&BStr>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(super) fn number(&mut self, key: &str, value: impl Into<i128>) {
        self.key(key.as_bytes());
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "{}", value.into());
    }

    /// An array of strings, left out if it is empty.
    pub(super) fn texts<'v>(
        &mut self,
        key: impl AsRef<[u8]>,
        values: impl Iterator<Item = &'v [u8]>,
    ) {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return;
        }
        self.key(key.as_ref());
        let mut separator = b'[';
        for value in values {
            self.out.push(separator);
            push_string(value, self.out);
            separator = b',';
        }
        self.out.push(b']');
    }

    pub(super) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.key(key.as_bytes());
        Object::write(self.out, fill);
    }

    fn key(&mut self, key: &[u8]) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        push_string(key, self.out);
        self.out.push(b':');
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"", b"\"\""),
            (b"a/b", b"\"a/b\""),
            (b"\"\\", b"\"\\\"\\\\\""),
            (b"\x08\x0c\n\r\t", b"\"\\b\\f\\n\\r\\t\""),
            (b"\x01\x1f\x7f", b"\"\\u0001\\u001f\x7f\""),
            (b"\x80\xff", b"\"\x80\xff\""),
            ("é".as_bytes(), "\"é\"".as_bytes()),
        ];
        for (text, expected) in cases {
            let mut out = Vec::new();
            push_string(text, &mut out);
            assert_eq!(out.as_bstr(), expected.as_bstr());
        }
    }

    #[test]
    fn members() {
        let mut out = Vec::new();
        Object::write(&mut out, |object| {
            object.number("n", -1);
            object.optional("absent", None);
            object.texts("none", std::iter::empty());
            object.texts("two", [&b"a"[..], b"b"].into_iter());
            object.object("inner", |_| {});
            object.object("other", |inner| inner.text("k", "v"));
        });
        let expected = br#"{"n":-1,"two":["a","b"],"inner":{},"other":{"k":"v"}}"#;
        assert_eq!(out.as_bstr(), expected.as_bstr());
    }

    proptest! {
        #[test]
        fn text_comes_back(text: String) {
            let mut out = Vec::new();
            Object::write(&mut out, |object| object.text("text", &text));
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(&read["text"], &serde_json::Value::String(text));
        }
    }
}
