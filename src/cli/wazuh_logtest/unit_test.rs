//! `-U rule:level:decoder` (`spec/wazuh.md` §14.4).

use std::ffi::OsStr;

use crate::output::python_list;

/// The text of `-U` has not two colons.
pub(super) const FORMAT: &str =
    "Unit test configuration wrong syntax: it is \"<rule_id>:<alert_level>:<decoder_name>\"";

/// What is expected of the last event: three texts, any of which may be empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected([Vec<u8>; 3]);

impl Expected {
    /// `None`: there are not exactly two colons.
    pub(super) fn parse(text: &OsStr) -> Option<Self> {
        let parts = text.as_encoded_bytes().split(|&byte| byte == b':');
        let parts: Vec<Vec<u8>> = parts.map(<[u8]>::to_vec).collect();
        Some(Expected(parts.try_into().ok()?))
    }

    /// What is said about an event, with the empty line before it.
    pub(super) fn report(&self, result: &[Vec<u8>; 3]) -> Vec<u8> {
        if self.0 == *result {
            return b"\nUnit test OK\n".to_vec();
        }
        let mut text = b"\nUnit test FAIL. Expected ".to_vec();
        python_list(self.0.iter().map(Vec::as_slice), &mut text);
        text.extend_from_slice(b" , Result ");
        python_list(result.iter().map(Vec::as_slice), &mut text);
        text.push(b'\n');
        text
    }

    /// The exit status by the last event: 1 if it differs, else the number of expectations that are
    /// empty. So success is 0 only if all three were given.
    pub(super) fn status(&self, last: Option<&[Vec<u8>; 3]>) -> u8 {
        if last != Some(&self.0) {
            return 1;
        }
        self.0.iter().map(|part| u8::from(part.is_empty())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_colons() {
        let parse = |text: &str| Expected::parse(OsStr::new(text));
        for wrong in ["", "1", "1:2", "1:2:a:b"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        let parts = [b"1".to_vec(), Vec::new(), b"a b".to_vec()];
        assert_eq!(parse("1::a b"), Some(Expected(parts)));
    }

    #[test]
    fn statuses() {
        let cases = [
            ("1:2:a", ["1", "2", "a"], 0),
            ("1:2:", ["1", "2", ""], 1),
            ("::", ["", "", ""], 3),
            ("1:2:a", ["1", "2", "b"], 1),
            ("01:2:a", ["1", "2", "a"], 1),
        ];
        for (text, result, status) in cases {
            let expected = Expected::parse(OsStr::new(text)).unwrap();
            let result = result.map(|part| part.as_bytes().to_vec());
            assert_eq!(expected.status(Some(&result)), status, "{text}");
        }
        let expected = Expected::parse(OsStr::new("::")).unwrap();
        assert_eq!(expected.status(None), 1);
    }

    #[test]
    fn reports() {
        let expected = Expected::parse(OsStr::new("1::it's")).unwrap();
        let result = [b"1".to_vec(), b"3".to_vec(), Vec::new()];
        let text = String::from_utf8(expected.report(&result)).unwrap();
        assert_eq!(
            text,
            "\nUnit test FAIL. Expected ['1', '', \"it's\"] , Result ['1', '3', '']\n"
        );
        assert_eq!(expected.report(&expected.0), b"\nUnit test OK\n");
    }
}
