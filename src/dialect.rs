//! The four engines that this crate can be.
//!
//! A dialect is data: every stage keeps a table of what differs beside its own code
//! (`impl Dialect` in `xml/dialect.rs`, `pattern/dialect.rs`, …) and asks it once, when it is
//! built. Nothing on the path of an event compares dialects.

use std::fmt;
use std::str::FromStr;

/// The engine whose verdicts are reproduced.
///
/// ```
/// use ossia::dialect::{Dialect, Family};
///
/// let dialect: Dialect = "ossec-3.7".parse().unwrap();
/// assert_eq!(dialect, Dialect::Ossec37);
/// assert_eq!(dialect.family(), Family::Ossec);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Dialect {
    /// OSSEC 2.8.3: the classic pattern engine, eight fields an `<order>`, no PCRE2.
    Ossec283,
    /// OSSEC 3.7.0.
    Ossec37,
    /// OSSEC 4.3, the default.
    #[default]
    Ossec43,
    /// Wazuh 4.14.
    Wazuh414,
}

/// The two lines of descent. They share the pipeline and differ in file format and semantics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// OSSEC 2.8.3, 3.7 and 4.3.
    Ossec,
    /// Wazuh 4.x.
    Wazuh,
}

impl Dialect {
    /// Every dialect, oldest first.
    pub const ALL: [Dialect; 4] = [
        Dialect::Ossec283,
        Dialect::Ossec37,
        Dialect::Ossec43,
        Dialect::Wazuh414,
    ];

    /// The line of descent.
    pub const fn family(self) -> Family {
        match self {
            Dialect::Ossec283 | Dialect::Ossec37 | Dialect::Ossec43 => Family::Ossec,
            Dialect::Wazuh414 => Family::Wazuh,
        }
    }

    /// The name that `--dialect` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Ossec283 => "ossec-2.8.3",
            Dialect::Ossec37 => "ossec-3.7",
            Dialect::Ossec43 => "ossec-4.3",
            Dialect::Wazuh414 => "wazuh-4.14",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is none of the names of [`Dialect::ALL`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`: it is one of ossec-2.8.3, ossec-3.7, ossec-4.3, wazuh-4.14")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Dialect::ALL
            .into_iter()
            .find(|dialect| dialect.name() == text)
            .ok_or_else(|| UnknownDialect(text.to_owned()))
    }
}
