//! The page for people: headings, wrapped paragraphs, colour where it helps.
//!
//! The text is made with colours; the stream takes them out where they do not belong.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::Documentation;
use crate::page::facts::{RuleFacts, RuleLine};
use crate::page::{ExampleKind, Page, Section};

const TITLE: Style = Style::new().bold();
const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const CODE: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();
const INDENT: &str = "  ";
/// More ways down to a rule than these are only counted: rules below a whole group have hundreds.
const PATHS_LIMIT: usize = 12;
/// A rule at the top of a tree has most of the others as children.
const CHILDREN_LIMIT: usize = 60;

pub(super) fn render(
    facts: &RuleFacts,
    documentation: Option<&Documentation>,
    width: usize,
) -> String {
    let mut page = Writer {
        out: String::new(),
        width,
    };
    page.head(facts, documentation);
    if let Some(documentation) = documentation {
        page.documentation(&documentation.page, facts);
    }
    page.definition(facts);
    page.out
}

struct Writer {
    out: String,
    width: usize,
}

impl Writer {
    fn head(&mut self, facts: &RuleFacts, documentation: Option<&Documentation>) {
        let description = facts.description.as_deref().unwrap_or("(no description)");
        let title = format!("Rule {}: {description}", facts.id);
        for line in textwrap::wrap(&title, self.options()) {
            let _ = writeln!(self.out, "{TITLE}{line}{TITLE:#}");
        }
        let alerts = if facts.alerts { "alerts" } else { "no alert" };
        let mut parts = vec![format!("level {}", facts.level), alerts.to_owned()];
        if facts.alerts && facts.mail {
            parts.push("mail".to_owned());
        }
        parts.extend(documentation.map(|known| known.family.title.clone()));
        parts.extend(facts.defined_at.as_ref().map(ToString::to_string));
        let _ = writeln!(self.out, "{FAINT}{}{FAINT:#}", parts.join(" · "));
    }

    /// The sections that people wrote, always all of them and in one order.
    fn documentation(&mut self, page: &Page, facts: &RuleFacts) {
        for section in Section::ALL {
            self.heading(section.title());
            match section {
                Section::Examples => self.examples(page),
                Section::SimilarRules if page.similar.is_empty() => self.paragraphs("None."),
                _ => self.paragraphs(page.text(section)),
            }
        }
        if !facts.overwritten_at.is_empty() {
            self.out.push('\n');
            self.paragraphs("The text above is about the rule as we ship it; see below for what was overwritten.");
        }
    }

    fn examples(&mut self, page: &Page) {
        for (position, example) in page.examples.iter().enumerate() {
            if position > 0 {
                self.out.push('\n');
            }
            match example.kind {
                ExampleKind::Lines => {}
                ExampleKind::Sequence => {
                    self.paragraphs("All lines together; the last one fires the rule:")
                }
                ExampleKind::Via(sid) => {
                    self.paragraphs(&format!("Passes this rule and ends at rule {sid}:"));
                }
            }
            for (_, line) in &example.lines {
                // Log lines are not wrapped: they are there to be copied.
                let line = crate::page::words::plain(line.as_str().into());
                let _ = writeln!(self.out, "{INDENT}{CODE}{line}{CODE:#}");
            }
        }
    }

    /// What the ruleset says.
    fn definition(&mut self, facts: &RuleFacts) {
        self.heading("Definition");
        if facts.conditions.is_empty() {
            self.paragraphs("It tests nothing: every event that comes to it matches.");
        } else {
            self.paragraphs("It matches if");
            for condition in &facts.conditions {
                self.item(&condition.words);
            }
        }
        for note in &facts.notes {
            self.paragraphs(note);
        }
        self.heading("Level");
        for sentence in &facts.consequences {
            self.paragraphs(sentence);
        }
        self.heading("Groups");
        if facts.groups.is_empty() {
            self.paragraphs("None.");
        } else {
            self.paragraphs(&facts.groups.join(", "));
        }
        if !facts.mitre.is_empty() {
            self.heading("ATT&CK");
            self.paragraphs(&facts.mitre.join(", "));
        }
        self.place(facts);
        self.rules("Counted by", &facts.counted_by);
        if !facts.info.is_empty() {
            self.heading("Information");
            for info in &facts.info {
                self.paragraphs(&format!("{}: {}", info.kind, info.text));
            }
        }
        self.heading("Defined at");
        if let Some(place) = &facts.defined_at {
            self.paragraphs(&place.to_string());
        }
        for place in &facts.overwritten_at {
            self.paragraphs(&format!("{place} (overwrites)"));
        }
    }

    fn place(&mut self, facts: &RuleFacts) {
        self.heading("Parents");
        match facts.paths.as_slice() {
            [] => self.paragraphs("It has no place in the tree: no event ever comes to it."),
            [only] if only.is_empty() => self.paragraphs(&format!(
                "None: it stands at the top of the tree, for events of the category {}.",
                facts.category
            )),
            paths => {
                for path in paths.iter().take(PATHS_LIMIT) {
                    self.path(path);
                }
                let rest = paths.len().saturating_sub(PATHS_LIMIT) as u64;
                let rest = rest.saturating_add(facts.more_paths);
                let shown = match facts.more_paths {
                    0 => "all".to_owned(),
                    _ => format!("the first {}", paths.len()),
                };
                if rest > 0 {
                    self.paragraphs(&format!("and {rest} more; `--format json` shows {shown}."));
                }
            }
        }
        if facts.children.is_empty() {
            self.heading("Children");
            self.paragraphs("None.");
        } else {
            self.rules(
                "Children, in the order in which they are tried",
                &facts.children,
            );
            if facts.children.iter().any(|child| child.level == 0) && facts.children.len() > 1 {
                self.paragraphs(
                    "Children of level 0 are exceptions and come first; then the highest level, and among equals the one loaded first.",
                );
            }
        }
    }

    /// A way down to the rule, and what its parent at the end of it is.
    fn path(&mut self, path: &[RuleLine]) {
        let Some(parent) = path.last() else {
            return self.paragraphs("the top of the tree");
        };
        let steps: Vec<String> = path.iter().map(|step| step.id.to_string()).collect();
        let description = parent.description.as_deref().unwrap_or("(no description)");
        let text = format!(
            "{}  level {}  {description}",
            steps.join(" › "),
            parent.level
        );
        self.wrapped(&text, INDENT, "      ");
    }

    fn rules(&mut self, heading: &str, rules: &[RuleLine]) {
        if rules.is_empty() {
            return;
        }
        self.heading(heading);
        self.table(rules.iter().take(CHILDREN_LIMIT));
        if let Some(rest @ 1..) = rules.len().checked_sub(CHILDREN_LIMIT) {
            self.paragraphs(&format!("and {rest} more; `--format json` shows all."));
        }
    }

    /// One rule a line: id, level, description.
    fn table<'r>(&mut self, rules: impl Iterator<Item = &'r RuleLine>) {
        for rule in rules {
            let description = rule.description.as_deref().unwrap_or("(no description)");
            let first = format!("{INDENT}{:>6}  level {:>2}  ", rule.id, rule.level);
            let rest = " ".repeat(first.len());
            self.wrapped(description, &first, &rest);
        }
    }

    fn heading(&mut self, text: &str) {
        let _ = writeln!(self.out, "\n{HEADING}{text}{HEADING:#}");
    }

    /// Markdown paragraphs and lists.
    fn paragraphs(&mut self, text: &str) {
        let mut paragraph = String::new();
        for line in text.lines() {
            let is_item = line.starts_with("- ") || line.starts_with("* ");
            if line.trim().is_empty() || is_item {
                self.paragraph(&mut paragraph);
                if !is_item {
                    self.out.push('\n');
                }
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
        self.paragraph(&mut paragraph);
    }

    fn paragraph(&mut self, text: &mut String) {
        if text.is_empty() {
            return;
        }
        match text.strip_prefix("- ").or(text.strip_prefix("* ")) {
            Some(item) => self.item(item),
            None => self.wrapped(text, INDENT, INDENT),
        }
        text.clear();
    }

    fn item(&mut self, text: &str) {
        self.wrapped(text, "  - ", "    ");
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        let options = self.options().initial_indent(first).subsequent_indent(rest);
        let mut code = false;
        for line in textwrap::wrap(text, options) {
            colour_code(&mut self.out, &line, &mut code);
            self.out.push('\n');
        }
        // A pattern that holds a backtick may leave the colour on.
        if code {
            let _ = write!(self.out, "{CODE:#}");
        }
    }

    fn options(&self) -> Options<'static> {
        Options::new(self.width)
            .break_words(false)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation)
    }
}

/// Words end at blanks, but not inside of backticks: a pattern is one word, and it is shown whole.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut code = false;
    let mut blank = false;
    for (index, c) in line.char_indices() {
        if blank && c != ' ' {
            words.push(Word::from(&line[start..index]));
            start = index;
        }
        code ^= c == '`';
        blank = c == ' ' && !code;
    }
    if start < line.len() {
        words.push(Word::from(&line[start..]));
    }
    Box::new(words.into_iter())
}

/// Colours what stands in backticks. `code` goes on from line to line.
fn colour_code(out: &mut String, line: &str, code: &mut bool) {
    for (position, part) in line.split('`').enumerate() {
        if position > 0 {
            if *code {
                let _ = write!(out, "`{CODE:#}");
            } else {
                let _ = write!(out, "{CODE}`");
            }
            *code = !*code;
        }
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(text: &str, width: usize) -> String {
        let mut page = Writer {
            out: String::new(),
            width,
        };
        page.paragraphs(text);
        anstream::adapter::strip_str(&page.out).to_string()
    }

    #[test]
    fn patterns_stay_whole() {
        assert_eq!(
            wrap("the log matches osmatch `a b  c d e` and more", 20),
            "  the log matches\n  osmatch\n  `a b  c d e` and\n  more\n"
        );
    }

    #[test]
    fn paragraphs_and_lists() {
        assert_eq!(
            wrap("One\nparagraph.\n\n- first item\n- second", 14),
            "  One\n  paragraph.\n\n  - first item\n  - second\n"
        );
    }
}
