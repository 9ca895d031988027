//! `<custom_alert_output>`: an alert as a text with variables (`spec/output.md` §3.1).
//!
//! The variables are replaced one after the other, each in the whole text, so a value that contains
//! a later variable is filled in, too. The original does that with values out of logs as well.

use std::io::Write;

use bstr::{BStr, BString};
use memchr::memmem;

use crate::dialect::Dialect;
use crate::ruleset::field::Field;
use crate::verdict::Verdict;

/// Values other than the log are cut at so many bytes.
const VALUE_LIMIT: usize = 1023;

/// Ours: an alert that values out of the log blow up beyond so many bytes keeps its remaining
/// variables. A line of 6000 bytes could grow to gigabytes otherwise.
const TEXT_LIMIT: usize = 1 << 20;

/// What a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    Timestamp,
    Number,
    Mail,
    Hostname,
    Location,
    RuleId,
    RuleLevel,
    SrcIp,
    User,
    FullLog,
    Comment,
    Groups,
}

/// In the order in which they are replaced.
const VARIABLES: [(&str, Variable); 12] = [
    ("$TIMESTAMP", Variable::Timestamp),
    ("$FTELL", Variable::Number),
    ("$RULEALERT", Variable::Mail),
    ("$HOSTNAME", Variable::Hostname),
    ("$LOCATION", Variable::Location),
    ("$RULEID", Variable::RuleId),
    ("$RULELEVEL", Variable::RuleLevel),
    ("$SRCIP", Variable::SrcIp),
    ("$DSTUSER", Variable::User),
    ("$FULLLOG", Variable::FullLog),
    ("$RULECOMMENT", Variable::Comment),
    ("$RULEGROUP", Variable::Groups),
];

impl Dialect {
    /// The user that `$DSTUSER` stands for.
    fn custom_alert_user(self) -> Field {
        match self {
            Dialect::Ossec283 => Field::SrcUser,
            Dialect::Ossec37 | Dialect::Ossec43 | Dialect::Wazuh414 => Field::DstUser,
        }
    }
}

/// The format of a configuration, with the buffers that filling it in needs.
#[derive(Clone, Debug)]
pub struct CustomAlert {
    template: BString,
    user: Field,
    text: Vec<u8>,
    replaced: Vec<u8>,
    value: Vec<u8>,
}

impl CustomAlert {
    /// The text of `custom_alert_output`.
    pub fn new(dialect: Dialect, template: &[u8]) -> Self {
        CustomAlert {
            template: template.into(),
            user: dialect.custom_alert_user(),
            text: Vec::new(),
            replaced: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Appends the alert and a newline.
    pub(super) fn append(&mut self, out: &mut Vec<u8>, verdict: &Verdict<'_>, number: u64) {
        self.text.clear();
        self.text.extend_from_slice(&self.template);
        for (name, variable) in VARIABLES {
            if memmem::find(&self.text, name.as_bytes()).is_none() {
                continue;
            }
            self.value.clear();
            append_value(&mut self.value, variable, self.user, verdict, number);
            if variable != Variable::FullLog {
                self.value.truncate(VALUE_LIMIT);
            }
            self.replace(name.as_bytes());
        }
        out.extend_from_slice(&self.text);
        out.push(b'\n');
    }

    /// Replaces `name` by the value everywhere in the text.
    fn replace(&mut self, name: &[u8]) {
        self.replaced.clear();
        let mut rest = self.text.as_slice();
        while let Some(at) = memmem::find(rest, name) {
            let grown = self.replaced.len() + self.value.len() + rest.len();
            if grown > TEXT_LIMIT {
                break;
            }
            self.replaced.extend_from_slice(&rest[..at]);
            self.replaced.extend_from_slice(&self.value);
            rest = &rest[at + name.len()..];
        }
        self.replaced.extend_from_slice(rest);
        std::mem::swap(&mut self.text, &mut self.replaced);
    }
}

fn append_value(
    out: &mut Vec<u8>,
    variable: Variable,
    user: Field,
    verdict: &Verdict<'_>,
    number: u64,
) {
    let rule = verdict.rule();
    let field = |field| verdict.field(field).unwrap_or(BStr::new("None"));
    // Writing to a vector cannot fail.
    let _ = match variable {
        Variable::Timestamp => write!(out, "{}", verdict.moment().seconds),
        Variable::Number => write!(out, "{number}"),
        Variable::Mail => match rule {
            Some(rule) if rule.flags.mail => out.write_all(b"mail "),
            _ => Ok(()),
        },
        Variable::Hostname => out.write_all(verdict.hostname()),
        Variable::Location => out.write_all(verdict.location()),
        Variable::RuleId => rule.map_or(Ok(()), |rule| write!(out, "{}", rule.sid)),
        Variable::RuleLevel => rule.map_or(Ok(()), |rule| write!(out, "{}", rule.level)),
        Variable::SrcIp => out.write_all(field(Field::SrcIp)),
        Variable::User => out.write_all(field(user)),
        Variable::FullLog => {
            for &byte in verdict.full_log().iter() {
                match byte {
                    b'\n' => out.extend_from_slice(b"\\n"),
                    _ => out.push(byte),
                }
            }
            Ok(())
        }
        Variable::Comment => match rule.and_then(|rule| rule.description.as_ref()) {
            Some(description) => out.write_all(description),
            None => Ok(()),
        },
        Variable::Groups => rule.map_or(Ok(()), |rule| out.write_all(&rule.groups)),
    };
}
