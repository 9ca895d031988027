//! The reader of page files: a fixed structure, so a few lines instead of a Markdown library.

use super::{Example, ExampleKind, Family, Page, Problem, Section};
use crate::ruleset::rule::Sid;

/// A line of the file with its number, from 1.
type Line<'t> = (usize, &'t str);

pub(super) fn file(path: &str, text: &str) -> (Family, Vec<Problem>) {
    let mut reader = Reader {
        path,
        problems: Vec::new(),
        family: Family {
            path: path.to_owned(),
            ..Family::default()
        },
        intro: Vec::new(),
        draft: None,
    };
    let mut fence = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        // Log lines may begin with anything, headings too.
        if line.starts_with("```") {
            fence = match fence {
                None => Some(number),
                Some(_) => None,
            };
            reader.content((number, line));
        } else if fence.is_some() {
            reader.content((number, line));
        } else {
            reader.line((number, line.trim_end()));
        }
    }
    if let Some(line) = fence {
        reader.problem(line, "the block is never closed");
    }
    reader.finish_page();
    if reader.family.title.is_empty() {
        reader.problem(1, "the file has no title");
    }
    reader.family.intro = prose(&reader.intro);
    if reader.family.intro.is_empty() {
        reader.problem(1, "the file has no introduction");
    }
    reader.problems.sort_by_key(|problem| problem.line);
    (reader.family, reader.problems)
}

/// A page whose end is not reached yet.
struct Draft<'t> {
    sid: Sid,
    line: usize,
    /// In file order, with the lines of their headings.
    sections: Vec<(Section, usize, Vec<Line<'t>>)>,
    /// The heading just read is not that of a section: its text belongs nowhere.
    lost: bool,
}

struct Reader<'t> {
    path: &'t str,
    problems: Vec<Problem>,
    family: Family,
    intro: Vec<Line<'t>>,
    draft: Option<Draft<'t>>,
}

impl<'t> Reader<'t> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem {
            path: self.path.to_owned(),
            line,
            message: message.into(),
        });
    }

    fn line(&mut self, (number, line): Line<'t>) {
        if let Some(title) = line.strip_prefix("### ") {
            self.section(number, title.trim());
        } else if let Some(id) = line.strip_prefix("## ") {
            self.page(number, id.trim());
        } else if let Some(title) = line.strip_prefix("# ") {
            if !self.family.title.is_empty() || self.draft.is_some() {
                self.problem(number, "there is one title, at the top of the file");
            }
            self.family.title = title.trim().to_owned();
        } else {
            self.content((number, line));
        }
    }

    fn page(&mut self, number: usize, id: &str) {
        self.finish_page();
        let sid = id.parse().map(Sid);
        if sid.is_err() {
            self.problem(number, format!("`{id}` is not a rule id"));
        }
        let sid = sid.unwrap_or(Sid(0));
        if self.family.page(sid).is_some() {
            self.problem(number, format!("rule `{sid}` has a page already"));
        }
        self.draft = Some(Draft {
            sid,
            line: number,
            sections: Vec::new(),
            lost: false,
        });
    }

    fn section(&mut self, number: usize, title: &str) {
        let known = Section::ALL
            .into_iter()
            .find(|section| section.title() == title);
        let Some(draft) = &mut self.draft else {
            return self.problem(
                number,
                format!("the section `{title}` stands before any rule"),
            );
        };
        draft.lost = known.is_none();
        let Some(section) = known else {
            return self.problem(number, format!("`{title}` is not a section of a page"));
        };
        let earlier = draft.sections.iter().map(|&(section, ..)| section).max();
        draft.sections.push((section, number, Vec::new()));
        if let Some(earlier) = earlier.filter(|&earlier| earlier >= section) {
            let message = if earlier == section {
                format!("the section `{title}` is there twice")
            } else {
                format!("`{title}` must stand before `{}`", earlier.title())
            };
            self.problem(number, message);
        }
    }

    fn content(&mut self, line: Line<'t>) {
        let Some(draft) = &mut self.draft else {
            self.intro.push(line);
            return;
        };
        if draft.lost {
            return;
        }
        match draft.sections.last_mut() {
            Some((.., lines)) => lines.push(line),
            None if line.1.trim().is_empty() => {}
            None => self.problem(line.0, "text before the first section of the page"),
        }
    }

    fn finish_page(&mut self) {
        let Some(draft) = self.draft.take() else {
            return;
        };
        let sid = draft.sid;
        let mut page = Page {
            sid,
            line: draft.line,
            texts: Default::default(),
            examples: Vec::new(),
            similar: Vec::new(),
        };
        for section in Section::ALL {
            let title = section.title();
            let found = draft.sections.iter().find(|&&(known, ..)| known == section);
            let Some((_, heading, lines)) = found else {
                let message = format!("the page of rule `{sid}` has no section `{title}`");
                self.problem(draft.line, message);
                continue;
            };
            let text = match section {
                Section::AlertMessage => self.quotation(lines),
                Section::Examples => {
                    page.examples = self.examples(lines);
                    let lines = page.examples.iter().flat_map(|example| &example.lines);
                    let lines: Vec<&str> = lines.map(|(_, line)| line.as_str()).collect();
                    lines.join("\n")
                }
                Section::SimilarRules => {
                    page.similar = self.ids(lines);
                    prose(lines)
                }
                _ => prose(lines),
            };
            if text.is_empty() {
                let message = format!("the section `{title}` of rule `{sid}` is empty");
                self.problem(*heading, message);
            }
            page.texts[section as usize] = text;
        }
        self.family.pages.push(page);
    }

    /// The text of `> ` lines, joined by blanks.
    fn quotation(&mut self, lines: &[Line<'t>]) -> String {
        let mut parts = Vec::new();
        for &(number, line) in lines.iter().filter(|(_, line)| !line.trim().is_empty()) {
            match line.strip_prefix('>') {
                Some(part) => parts.push(part.trim()),
                None => self.problem(number, "the alert message is quoted: `> ` and the text"),
            }
        }
        parts.join(" ")
    }

    fn examples(&mut self, lines: &[Line<'t>]) -> Vec<Example> {
        let mut examples: Vec<Example> = Vec::new();
        let mut open = None;
        for &(number, line) in lines {
            match (line.strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    let kind = kind(info.trim());
                    if kind.is_none() {
                        let message = format!(
                            "`{}` is none of `log`, `log sequence` and `log via ID`",
                            info.trim()
                        );
                        self.problem(number, message);
                    }
                    let example = Example {
                        kind: kind.unwrap_or(ExampleKind::Lines),
                        lines: Vec::new(),
                    };
                    open = Some((number, example));
                }
                (Some(_), Some(_)) => {
                    let Some((start, example)) = open.take() else {
                        continue;
                    };
                    if example.lines.is_empty() {
                        self.problem(start, "the block has no line");
                    } else {
                        examples.push(example);
                    }
                }
                (None, Some((_, example))) if !line.is_empty() => {
                    example.lines.push((number, line.to_owned()));
                }
                (None, Some(_)) => {}
                (None, None) if line.is_empty() => {}
                (None, None) => self.problem(number, "only blocks of log lines stand here"),
            }
        }
        examples
    }

    fn ids(&mut self, lines: &[Line<'t>]) -> Vec<Sid> {
        let text = lines.iter().filter(|(_, line)| !line.trim().is_empty());
        let mut ids = Vec::new();
        for &(number, line) in text {
            if line.trim() == "None." {
                continue;
            }
            for word in line.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                match word.parse() {
                    Ok(id) => ids.push(Sid(id)),
                    Err(_) => self.problem(
                        number,
                        format!("`{word}` is not a rule id: ids with commas, or `None.`"),
                    ),
                }
            }
        }
        ids
    }
}

fn kind(info: &str) -> Option<ExampleKind> {
    match info {
        "log" => Some(ExampleKind::Lines),
        "log sequence" => Some(ExampleKind::Sequence),
        _ => {
            let id = info.strip_prefix("log via ")?.parse().ok()?;
            Some(ExampleKind::Via(Sid(id)))
        }
    }
}

/// The lines without the empty ones around them.
fn prose(lines: &[Line<'_>]) -> String {
    let lines: Vec<&str> = lines.iter().map(|&(_, line)| line).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# x rules

About x.

## 700

### Status
Enabled.

### Alert message
> A thing
> happened.

### Example log entries
```log
# not a heading
b
```
```log via 701
c
```

### Description
One.

Two.

### False positives
None.

### Discussion
D

### Tuning recommendations
T

### Similar rules
5503, 5712
";

    fn problems(text: &str) -> Vec<String> {
        let (_, problems) = file("p.md", text);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_complete_page() {
        let (family, problems) = file("p.md", GOOD);
        assert_eq!(problems, []);
        assert_eq!((&*family.title, &*family.intro), ("x rules", "About x."));
        let page = family.page(Sid(700)).unwrap();
        assert_eq!(page.text(Section::AlertMessage), "A thing happened.");
        assert_eq!(page.text(Section::Description), "One.\n\nTwo.");
        assert_eq!(page.similar, [Sid(5503), Sid(5712)]);
        assert_eq!(page.examples.len(), 2);
        assert_eq!(
            page.examples[0].lines[0],
            (16, "# not a heading".to_owned())
        );
        assert_eq!(page.examples[1].kind, ExampleKind::Via(Sid(701)));
    }

    #[test]
    fn what_is_wrong_and_where() {
        let cases = [
            (GOOD.replace("5503, 5712", "None."), vec![]),
            (
                GOOD.replace("5503, 5712", "5503 and others"),
                vec!["p.md:38: `5503 and others` is not a rule id: ids with commas, or `None.`"],
            ),
            (
                GOOD.replace("### Discussion\nD", "### Discussion\n"),
                vec!["p.md:31: the section `Discussion` of rule `700` is empty"],
            ),
            (
                GOOD.replace("### Discussion", "### Discusion"),
                vec![
                    "p.md:5: the page of rule `700` has no section `Discussion`",
                    "p.md:31: `Discusion` is not a section of a page",
                ],
            ),
            (
                GOOD.replace("```log via 701", "```log later"),
                vec!["p.md:19: `log later` is none of `log`, `log sequence` and `log via ID`"],
            ),
            (
                GOOD.replace("> happened.", "happened."),
                vec!["p.md:12: the alert message is quoted: `> ` and the text"],
            ),
            (
                GOOD.replace("### Status\nEnabled.\n", "")
                    .replace("### Similar", "### Status\nEnabled.\n### Similar"),
                vec!["p.md:35: `Status` must stand before `Tuning recommendations`"],
            ),
            (
                format!("{GOOD}## 700\n"),
                vec!["p.md:39: rule `700` has a page already"],
            ),
        ];
        for (text, expected) in cases {
            let mut found = problems(&text);
            // An empty second page lacks everything; that is not the point here.
            found.retain(|problem| !problem.starts_with("p.md:39: the page"));
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(#|##|###|```|> | |log|via|7|Status|Similar rules|\n){0,40}") {
            file("p.md", &text);
        }
    }
}
