//! The table of checks.

use super::context::{Context, WrittenDecoder, WrittenPattern, WrittenRule};
use super::finding::Output;
use crate::diagnostic::{Code, Severity};
use crate::dialect::{Dialect, Family};

/// What a check looks at, and the function.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Every pattern of a rule or decoder, repeated elements already joined.
    Pattern(fn(&Context<'_>, &WrittenPattern<'_>, &mut Output)),
    /// Every rule as written; the files need not load.
    Rule(fn(&Context<'_>, &WrittenRule<'_>, &mut Output)),
    /// Every decoder as written; the files need not load.
    Decoder(fn(&Context<'_>, &WrittenDecoder<'_>, &mut Output)),
    /// The files; they need not load.
    Files(fn(&Context<'_>, &mut Output)),
    /// The whole ruleset, only if it loads.
    Ruleset(fn(&Context<'_>, &mut Output)),
}

/// In which dialects a check is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialects {
    /// In every one.
    All,
    /// OSSEC 2.8.3, 3.7 and 4.3.
    Ossec,
    /// OSSEC 3.7 and 4.3.
    Ossec3,
    /// Only OSSEC 4.3.
    Ossec43,
    /// Wazuh.
    Wazuh,
    /// Wazuh and OSSEC 2.8.3, whose pattern engines are of their own.
    Native,
    /// All but OSSEC 2.8.3: those with pcre2.
    Modern,
}

impl Dialects {
    /// True if the dialect is one of them.
    pub fn contain(self, dialect: Dialect) -> bool {
        match self {
            Dialects::All => true,
            Dialects::Ossec => dialect.family() == Family::Ossec,
            Dialects::Ossec3 => matches!(dialect, Dialect::Ossec37 | Dialect::Ossec43),
            Dialects::Ossec43 => dialect == Dialect::Ossec43,
            Dialects::Wazuh => dialect.family() == Family::Wazuh,
            Dialects::Native => matches!(dialect, Dialect::Ossec283 | Dialect::Wazuh414),
            Dialects::Modern => dialect != Dialect::Ossec283,
        }
    }

    /// For people: `OSSEC 3.7 and 4.3`.
    pub fn name(self) -> &'static str {
        match self {
            Dialects::All => "all dialects",
            Dialects::Ossec => "OSSEC",
            Dialects::Ossec3 => "OSSEC 3.7 and 4.3",
            Dialects::Ossec43 => "OSSEC 4.3",
            Dialects::Wazuh => "Wazuh",
            Dialects::Native => "Wazuh and OSSEC 2.8.3",
            Dialects::Modern => "OSSEC 3.7, 4.3 and Wazuh",
        }
    }

    /// The dialect of the examples.
    pub fn example(self) -> Dialect {
        match self {
            Dialects::Wazuh | Dialects::Native => Dialect::Wazuh414,
            _ => Dialect::Ossec43,
        }
    }
}

/// What the fixes of a check change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixes {
    /// There are none: a person has to decide.
    None,
    /// Nothing but the file: every verdict and every alert stays as it is.
    Safe,
    /// What alerts say, or the groups of a rule, and so perhaps which rules find it.
    Unsafe,
}

/// One thing to look for.
pub struct Check {
    pub(super) number: u16,
    /// Kebab-case, reads well behind "allow": `bracket-class`.
    pub name: &'static str,
    /// How bad, unless a configuration says otherwise.
    pub severity: Severity,
    /// Where it is true.
    pub dialects: Dialects,
    /// One line: what is found.
    pub summary: &'static str,
    /// Why it matters and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A file in which it is found once.
    pub bad: &'static str,
    /// The same file without it.
    pub good: &'static str,
    /// What can be fixed, and how safely.
    pub fixes: Fixes,
    pub(super) run: Run,
}

impl Check {
    /// The code in diagnostics.
    pub fn code(&self) -> Code {
        Code::check(self.number)
    }

    /// The stable id, `OS012`.
    pub fn id(&self) -> String {
        self.code().to_string()
    }

    /// Whether a text names it: by id or name, in any case.
    pub fn is_called(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case(self.name) || text.eq_ignore_ascii_case(&self.id())
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.id(), self.name)
    }
}

/// One entry of a table of checks. The two examples are `tests/check/NAME.broken.xml` and
/// `NAME.fixed.xml`; with `#[list]` they are lists, with `#[fixable]` or
/// `#[fixable(unsafe)]` `--fix` can help.
macro_rules! check {
    (#[list] $number:literal $name:literal, $($rest:tt)*) => {
        $crate::check::registry::check!(@ $number, $name, "list", None, $($rest)*)
    };
    (#[fixable] $number:literal $name:literal, $($rest:tt)*) => {
        $crate::check::registry::check!(@ $number, $name, "xml", Safe, $($rest)*)
    };
    (#[fixable(unsafe)] $number:literal $name:literal, $($rest:tt)*) => {
        $crate::check::registry::check!(@ $number, $name, "xml", Unsafe, $($rest)*)
    };
    ($number:literal $name:literal, $($rest:tt)*) => {
        $crate::check::registry::check!(@ $number, $name, "xml", None, $($rest)*)
    };
    (
        @ $number:literal, $name:literal, $kind:literal, $fixes:ident,
        $severity:ident, $dialects:ident,
        $summary:literal, $explanation:literal, $run:ident($function:expr)
    ) => {
        $crate::check::registry::Check {
            number: $number,
            name: $name,
            severity: $crate::check::finding::$severity,
            dialects: $crate::check::registry::Dialects::$dialects,
            summary: $summary,
            explanation: $explanation,
            bad: include_str!(concat!("../../tests/check/", $name, ".broken.", $kind)),
            good: include_str!(concat!("../../tests/check/", $name, ".fixed.", $kind)),
            fixes: $crate::check::registry::Fixes::$fixes,
            run: $crate::check::registry::Run::$run($function),
        }
    };
}

pub(super) use check;

/// The tables, by subject.
const TABLES: &[&[Check]] = &[
    super::patterns::CHECKS,
    super::decoders::CHECKS,
    super::rules::CHECKS,
    super::parents::CHECKS,
    super::reach::CHECKS,
    super::shadow::CHECKS,
    super::overwrite::CHECKS,
    super::composite::CHECKS,
    super::lists::CHECKS,
    super::values::CHECKS,
    super::times::CHECKS,
    super::ids::CHECKS,
    super::groups::CHECKS,
    super::text::CHECKS,
    super::suppress::CHECKS,
];

/// Every check.
pub fn all() -> impl Iterator<Item = &'static Check> {
    TABLES.iter().copied().flatten()
}

/// The check with this id or name.
pub fn find(text: &str) -> Option<&'static Check> {
    all().find(|check| check.is_called(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_unique_and_ascend() {
        let checks: Vec<&Check> = all().collect();
        for pair in checks.windows(2) {
            assert!(pair[0].number < pair[1].number, "{pair:?}");
        }
        for check in &checks {
            let same = checks.iter().filter(|other| other.name == check.name);
            assert_eq!(same.count(), 1, "{check:?}");
            let kebab =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(check.name.bytes().all(kebab), "{check:?}");
            assert!(!check.summary.ends_with('.'), "{check:?}");
            assert!(check.explanation.ends_with('.'), "{check:?}");
        }
    }
}
