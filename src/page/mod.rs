//! What there is to say about one rule: its definition in words, its place among the others, and
//! for the rules that we ship a page of documentation.
//!
//! ```text
//! rules/x_rules.md ──parse_all──▶ Family, Page     written by people, one section after the other
//! Ruleset          ──facts─────▶ RuleFacts        derived, for every ruleset
//! ```
//!
//! # The types that matter
//!
//! * [`Page`]: the eight sections about one rule; [`Section`] gives their order.
//! * [`Example`]: log lines that must lead to the rule. The test suite runs every one of them.
//! * [`RuleFacts`]: plain data, so that every output says the same.
//! * [`words`]: conditions as sentences, for whoever has to explain a verdict.
//!
//! # The format of a page file
//!
//! ````text
//! # proftpd rules
//! introduction
//! ## 11209
//! ### Status
//! … all of Section::ALL, in this order, none of them empty
//! ````
//!
//! Two sections have a form of their own: `Alert message` quotes the description of the rule with
//! `> `, `Example log entries` holds fenced blocks whose info string is one of `log`,
//! `log sequence` and `log via ID`. `Similar rules` is a list of ids, or `None.`

mod counting;
pub mod facts;
mod parse;
mod ways;
pub mod words;

pub(crate) use counting::Counting;
pub use facts::RuleFacts;
pub(crate) use ways::Ways;

use crate::ruleset::rule::Sid;

/// The sections of a page, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// Enabled or not, and what kind of rule it is.
    Status,
    /// The description, quoted.
    AlertMessage,
    /// Log lines.
    Examples,
    /// What has happened.
    Description,
    /// Which harmless events look the same.
    FalsePositives,
    /// What it means and what to do.
    Discussion,
    /// How to make it fit.
    Tuning,
    /// Ids.
    SimilarRules,
}

impl Section {
    /// Every section, in order.
    pub const ALL: [Section; 8] = [
        Section::Status,
        Section::AlertMessage,
        Section::Examples,
        Section::Description,
        Section::FalsePositives,
        Section::Discussion,
        Section::Tuning,
        Section::SimilarRules,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Section::Status => "Status",
            Section::AlertMessage => "Alert message",
            Section::Examples => "Example log entries",
            Section::Description => "Description",
            Section::FalsePositives => "False positives",
            Section::Discussion => "Discussion",
            Section::Tuning => "Tuning recommendations",
            Section::SimilarRules => "Similar rules",
        }
    }
}

/// How the lines of an example lead to the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKind {
    /// Each line alone ends at the rule.
    Lines,
    /// All lines in one session, one second apart: the last one ends at the rule.
    Sequence,
    /// Each line alone ends at the rule named here, and the documented one matched on the way.
    Via(Sid),
}

/// A block of log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// How they lead to the rule.
    pub kind: ExampleKind,
    /// The lines with their line numbers in the page file. Never empty.
    pub lines: Vec<(usize, String)>,
}

/// The documentation of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rule.
    pub sid: Sid,
    /// Line of its heading in the page file, from 1.
    pub line: usize,
    /// The texts of the sections as Markdown paragraphs, by [`Section`].
    texts: [String; Section::ALL.len()],
    /// The blocks of `Example log entries`.
    pub examples: Vec<Example>,
    /// The ids of `Similar rules`.
    pub similar: Vec<Sid>,
}

impl Page {
    /// Reads a page file.
    ///
    /// Never fails: what could be read comes back together with everything that is wrong.
    ///
    /// ```
    /// use ossia::page::Page;
    ///
    /// let (family, problems) = Page::parse_all("rules/x_rules.md", "# x rules\nAbout x.\n## 7\n");
    /// assert_eq!(family.title, "x rules");
    /// assert_eq!(family.pages.len(), 1);
    /// assert_eq!(
    ///     problems[0].to_string(),
    ///     "rules/x_rules.md:3: the page of rule `7` has no section `Status`"
    /// );
    /// ```
    pub fn parse_all(path: &str, text: &str) -> (Family, Vec<Problem>) {
        parse::file(path, text)
    }

    /// A section as Markdown. For `Alert message` without the quotation marks; for
    /// `Example log entries` without the fences.
    pub fn text(&self, section: Section) -> &str {
        &self.texts[section as usize]
    }
}

/// All pages of a page file: those of the rule file beside it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Family {
    /// Path of the page file.
    pub path: String,
    /// The first heading.
    pub title: String,
    /// What is said about all of its rules.
    pub intro: String,
    /// In file order.
    pub pages: Vec<Page>,
}

impl Family {
    /// The page about a rule.
    pub fn page(&self, sid: Sid) -> Option<&Page> {
        self.pages.iter().find(|page| page.sid == sid)
    }
}

/// Something that is wrong with a page file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}")]
pub struct Problem {
    /// Path of the page file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Lower case, without a final period.
    pub message: String,
}
