//! `-U rule:level:decoder` (`spec/output.md` §2.5).

use std::ffi::OsStr;
use std::io::{self, Write};

use super::console::Console;
use crate::dialect::Dialect;
use crate::verdict::Verdict;

/// The text of `-U` lacks a colon.
pub(super) const FORMAT: &str = "ossec-testrule: -U requires the matching format to be \
                                 \"<rule_id>:<alert_level>:<decoder_name>\"";

/// Exit status if the decoder is right and no rule matched.
const NO_RULE: u8 = 255;

/// What the versions say about a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Talk {
    /// Nothing about decoders. Without a rule 2.8.3 crashes; here it says what 4.3 says.
    Little,
    /// A short line if there is no rule.
    Short,
    /// A long one.
    Long,
}

impl Dialect {
    fn talk(self) -> Talk {
        match self {
            Dialect::Ossec283 => Talk::Little,
            Dialect::Ossec37 => Talk::Short,
            Dialect::Ossec43 | Dialect::Wazuh414 => Talk::Long,
        }
    }
}

/// What is expected of every event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected {
    talk: Talk,
    rule: Vec<u8>,
    level: Vec<u8>,
    decoder: Vec<u8>,
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The code of the comparison: the exit status, if this is the last event.
    Code(u8),
    /// The original ends here, with this status.
    End(u8),
}

impl Expected {
    /// Cuts the text at its first two colons.
    pub(super) fn parse(text: &OsStr, dialect: Dialect) -> Option<Self> {
        let mut parts = text.as_encoded_bytes().splitn(3, |&byte| byte == b':');
        let mut part = || parts.next().map(<[u8]>::to_vec);
        Some(Expected {
            talk: dialect.talk(),
            rule: part()?,
            level: part()?,
            decoder: part()?,
        })
    }

    /// Compares, and says on standard error what the original says.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub(super) fn compare(
        &self,
        verdict: &Verdict<'_>,
        console: &mut Console<'_>,
    ) -> io::Result<Outcome> {
        let name = verdict.decoder().map(|name| &**name);
        let talks = self.talk != Talk::Little;
        if talks {
            quoted(
                console,
                "lf->decoder_info->name: ",
                name.unwrap_or(b"(null)"),
            )?;
            quoted(console, "ut_decoder_name       : ", &self.decoder)?;
        }
        if !name.is_some_and(|name| name.eq_ignore_ascii_case(&self.decoder)) {
            if talks {
                quoted(console, "decoder matched : ", name.unwrap_or(b"NULL"))?;
                if name.is_some() {
                    quoted(console, "decoder expected: ", &self.decoder)?;
                }
            }
            return Ok(Outcome::Code(3));
        }
        let Some(rule) = verdict.rule() else {
            console.log(self.no_rule())?;
            return Ok(Outcome::End(NO_RULE));
        };
        // Texts are compared, not numbers: `05` is not 5.
        let code = if self.rule != rule.sid.to_string().as_bytes() {
            2
        } else if self.level != rule.level.to_string().as_bytes() {
            1
        } else {
            0
        };
        Ok(Outcome::Code(code))
    }

    fn no_rule(&self) -> String {
        if self.talk == Talk::Short {
            return "ossec-testrule: currently_rule not set!".to_owned();
        }
        let decoder = String::from_utf8_lossy(&self.decoder);
        format!(
            "ossec-testrule: No rule matched for decoder '{decoder}'. Verify that rules exist for \
             this decoder and check if rules have required dependencies (if_sid, if_matched_sid, \
             if_matched_group, etc.)."
        )
    }
}

fn quoted(console: &mut Console<'_>, label: &str, value: &[u8]) -> io::Result<()> {
    let err = &mut console.err;
    write!(err, "{label}'")?;
    err.write_all(value)?;
    err.write_all(b"'\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_colons() {
        let parse = |text: &str| Expected::parse(OsStr::new(text), Dialect::Ossec43);
        assert_eq!(parse("100"), None);
        assert_eq!(parse("100:5"), None);
        let expected = Expected {
            talk: Talk::Long,
            rule: b"100".to_vec(),
            level: Vec::new(),
            decoder: b"a:b".to_vec(),
        };
        assert_eq!(parse("100::a:b"), Some(expected));
    }
}
