//! What the XML readers of the four engines do differently, as data.

use crate::dialect::Dialect;

/// The differences (`spec/xml-and-config.md` §1.6–1.8, `spec/wazuh.md` §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct XmlRules {
    /// A name, a content or an attribute that reaches this many bytes is refused.
    pub max_bytes: usize,
    /// Elements that may be open at once. The engines without a limit of their own die of their
    /// stack; they get the limit of 4.3.
    pub max_depth: usize,
    /// Attributes that one element may have.
    pub max_attributes: Option<usize>,
    /// A byte order mark and `<?xml … ?>` at the start of the file are skipped.
    pub skips_declaration: bool,
    /// `\\<` opens a tag: each backslash toggles. Otherwise every backslash escapes.
    pub backslash_toggles: bool,
    /// `$` is looked at only behind the first variable of the file.
    pub needs_variable: bool,
    /// `$(` never starts a variable.
    pub dollar_parenthesis: bool,
}

impl Dialect {
    /// The reader's table for this dialect.
    pub(crate) const fn xml(self) -> XmlRules {
        let ossec43 = XmlRules {
            max_bytes: 8192,
            max_depth: 1024,
            max_attributes: None,
            skips_declaration: true,
            backslash_toggles: false,
            needs_variable: true,
            dollar_parenthesis: false,
        };
        match self {
            Dialect::Ossec43 => ossec43,
            Dialect::Ossec37 => XmlRules {
                skips_declaration: false,
                ..ossec43
            },
            Dialect::Ossec283 => XmlRules {
                max_bytes: 2048,
                skips_declaration: false,
                needs_variable: false,
                ..ossec43
            },
            Dialect::Wazuh414 => XmlRules {
                max_bytes: 20480,
                max_attributes: Some(49),
                skips_declaration: false,
                backslash_toggles: true,
                dollar_parenthesis: true,
                ..ossec43
            },
        }
    }
}
