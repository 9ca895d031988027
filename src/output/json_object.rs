//! JSON as the original writes it: no blanks, keys in the order of the calls, bytes as they are.
//!
//! Logs need not be UTF-8 and the original copies bytes from 0x80 on unchanged, so the result need
//! not be UTF-8 either. That is why this is not serde.

use bstr::BStr;

use super::decimal::{push_number, push_signed};
use crate::engine::json::push_string;

/// An object that is being written. [`Object::write`] opens and closes it.
///
/// Keys that are known are copied as they are; those of logs and rulesets are `named_…`.
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

    pub(super) fn text(&mut self, key: &'static str, value: impl AsRef<[u8]>) {
        self.key(key);
        push_string(value.as_ref(), self.out);
    }

    pub(super) fn named_text(&mut self, name: &[u8], value: &[u8]) {
        self.name(name);
        push_string(value, self.out);
    }

    /// Absent values are left out: the original writes no `null`.
    pub(super) fn optional(&mut self, key: &'static str, value: Option<&BStr>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    pub(super) fn text_or_null(&mut self, key: &'static str, value: Option<&BStr>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.null(key),
        }
    }

    pub(super) fn number(&mut self, key: &'static str, value: impl Into<u64>) {
        self.key(key);
        push_number(self.out, value);
    }

    /// A number of seconds in milliseconds.
    pub(super) fn milliseconds(&mut self, key: &'static str, seconds: i64) {
        self.key(key);
        push_signed(self.out, seconds);
        if seconds != 0 {
            self.out.extend_from_slice(b"000");
        }
    }

    pub(super) fn number_or_null(&mut self, key: &'static str, value: Option<u32>) {
        match value {
            Some(value) => self.number(key, value),
            None => self.null(key),
        }
    }

    pub(super) fn bool(&mut self, key: &'static str, value: bool) {
        self.key(key);
        let text = if value { "true" } else { "false" };
        self.out.extend_from_slice(text.as_bytes());
    }

    pub(super) fn null(&mut self, key: &'static str) {
        self.key(key);
        self.out.extend_from_slice(b"null");
    }

    /// An array of strings, left out if it is empty.
    pub(super) fn texts<'v>(&mut self, key: &'static str, values: impl Iterator<Item = &'v [u8]>) {
        self.named_texts(key.as_bytes(), values);
    }

    /// An array of strings, left out if it is empty.
    pub(super) fn named_texts<'v>(&mut self, name: &[u8], values: impl Iterator<Item = &'v [u8]>) {
        let mut values = values.peekable();
        if values.peek().is_some() {
            self.name(name);
            array(self.out, values, |out, value| push_string(value, out));
        }
    }

    /// An array of strings.
    pub(super) fn list<'v>(&mut self, key: &'static str, values: impl Iterator<Item = &'v [u8]>) {
        self.key(key);
        array(self.out, values, |out, value| push_string(value, out));
    }

    /// An array of arrays of two strings.
    pub(super) fn pairs<'v>(
        &mut self,
        key: &'static str,
        values: impl Iterator<Item = (&'v [u8], &'v [u8])>,
    ) {
        self.key(key);
        array(self.out, values, |out, (first, second)| {
            array(out, [first, second].into_iter(), |out, value| {
                push_string(value, out);
            });
        });
    }

    /// An array of objects.
    pub(super) fn objects<T>(
        &mut self,
        key: &'static str,
        values: impl Iterator<Item = T>,
        mut fill: impl FnMut(&mut Object<'_>, T),
    ) {
        self.key(key);
        array(self.out, values, |out, value| {
            Object::write(out, |object| fill(object, value));
        });
    }

    pub(super) fn object(&mut self, key: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        Object::write(self.out, fill);
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
    }

    fn key(&mut self, key: &'static str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn name(&mut self, name: &[u8]) {
        self.separate();
        push_string(name, self.out);
        self.out.push(b':');
    }
}

fn array<T>(
    out: &mut Vec<u8>,
    values: impl Iterator<Item = T>,
    mut push: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(out, value);
    }
    out.push(b']');
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
            object.milliseconds("n", i64::MIN);
            object.milliseconds("z", 0);
            object.number("u", u64::MAX);
            object.optional("absent", None);
            object.texts("none", std::iter::empty());
            object.texts("two", [&b"a"[..], b"b"].into_iter());
            object.list("list", std::iter::empty());
            object.pairs("pairs", [(&b"a"[..], &b"b"[..]), (b"c", b"d")].into_iter());
            object.objects("objects", [1u32, 2].into_iter(), |inner, n| {
                inner.number("n", n)
            });
            object.text_or_null("null", None);
            object.number_or_null("nothing", None);
            object.bool("yes", true);
            object.named_text(b"\"", b"\n");
            object.object("inner", |_| {});
            object.object("other", |inner| inner.text("k", "v"));
        });
        let expected = concat!(
            r#"{"n":-9223372036854775808000,"z":0,"u":18446744073709551615,"two":["a","b"],"list":[],"#,
            r#""pairs":[["a","b"],["c","d"]],"objects":[{"n":1},{"n":2}],"null":null,"#,
            r#""nothing":null,"yes":true,"\"":"\n","inner":{},"other":{"k":"v"}}"#,
        );
        assert_eq!(out.as_bstr(), expected);
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
