//! The tree for people: one rule a line, its parents by indentation.
//!
//! A rule below several parents stands below each of them, but what is below it is shown only once:
//! so there are never more lines than connections.

use std::io::{self, Write};

use anstyle::Style;

use super::place;
use crate::output::Palette;
use crate::rule_tree::{RuleCard, RuleTree};

/// Levels of indentation that are drawn. A deeper rule says how deep it is: lines of a chain of
/// thousands of rules would otherwise be as long as the chain.
const MOST_GUIDES: usize = 40;
/// Rules from this level on are the colour of alerts.
const SEVERE: u32 = 12;
/// Rules from this level on stand out.
const NOTABLE: u32 = 7;

/// How the text looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct TreeText {
    /// Its colours.
    pub palette: Palette,
    /// Below each rule its place in the files and what it tests.
    pub conditions: bool,
}

/// Writes the tree.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, tree: &RuleTree, look: TreeText) -> io::Result<()> {
    let mut writer = Writer {
        out,
        tree,
        look,
        guides: Vec::new(),
        shown_below: vec![None; tree.nodes.len()],
    };
    for (position, top) in tree.tops.iter().enumerate() {
        if position > 0 {
            writeln!(writer.out)?;
        }
        writer.heading(top.category)?;
        writer.branch(&top.nodes)?;
    }
    writer.without_place()
}

struct Writer<'t, W> {
    out: &'t mut W,
    tree: &'t RuleTree,
    look: TreeText,
    /// For each step down: more siblings follow.
    guides: Vec<bool>,
    /// Of the nodes whose children were shown: below which rule.
    shown_below: Vec<Option<Above>>,
}

#[derive(Clone, Copy)]
enum Above {
    Top,
    Rule(u32),
}

impl<W: Write> Writer<'_, W> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        let style = self.look.palette.heading;
        writeln!(self.out, "{style}{text}{style:#}")
    }

    /// Nodes and what is below them. The walk keeps its own stack: trees are as deep as they like.
    fn branch(&mut self, top: &[usize]) -> io::Result<()> {
        let tree = self.tree;
        let mut stack = vec![(Above::Top, top.iter())];
        self.guides.clear();
        while let Some((above, rest)) = stack.last_mut() {
            let above = *above;
            let Some(&position) = rest.next() else {
                stack.pop();
                self.guides.pop();
                continue;
            };
            let more = !rest.as_slice().is_empty();
            let node = &tree.nodes[position];
            let card = tree.card(position);
            self.guides.truncate(stack.len() - 1);
            self.guides.push(more);
            let shown = self.shown_below[position].filter(|_| !node.children.is_empty());
            self.rule(card, shown.map(|above| (above, node.children.len())))?;
            if shown.is_some() {
                continue;
            }
            self.shown_below[position] = Some(above);
            if self.look.conditions {
                self.conditions(card, !node.children.is_empty() || node.left_out > 0)?;
            }
            if node.left_out > 0 {
                self.guides.push(false);
                self.left_out(node.left_out)?;
                self.guides.pop();
            }
            if !node.children.is_empty() {
                stack.push((Above::Rule(card.id), node.children.iter()));
            }
        }
        Ok(())
    }

    /// The lines before a rule; the last one ends at it.
    fn indent(&mut self) -> io::Result<()> {
        let faint = self.look.palette.faint;
        write!(self.out, "{faint}")?;
        let skipped = self.guides.len().saturating_sub(MOST_GUIDES);
        if skipped > 0 {
            write!(self.out, "{} levels down: ", self.guides.len())?;
        }
        let guides = self.guides[skipped..].split_last();
        if let Some((last, before)) = guides {
            for &more in before {
                self.out
                    .write_all(if more { "│  " } else { "   " }.as_bytes())?;
            }
            self.out
                .write_all(if *last { "├─ " } else { "└─ " }.as_bytes())?;
        }
        write!(self.out, "{faint:#}")
    }

    fn rule(&mut self, card: &RuleCard, shown: Option<(Above, usize)>) -> io::Result<()> {
        self.indent()?;
        let Palette {
            rule,
            alert,
            label,
            faint,
            ..
        } = self.look.palette;
        let plain = Style::new();
        let (id, level, text) = match card.level {
            _ if card.context => (faint, faint, faint),
            SEVERE.. => (rule, alert, plain),
            NOTABLE.. => (rule, rule, plain),
            1.. => (rule, plain, plain),
            0 => (rule, faint, plain),
        };
        let description = card.description.as_deref().unwrap_or("(no description)");
        write!(
            self.out,
            "{id}{}{id:#} {level}({}){level:#} {text}{description}{text:#}",
            card.id, card.level
        )?;
        for tag in tags(self.tree, card) {
            write!(self.out, " {label}[{tag}]{label:#}")?;
        }
        if let Some((above, count)) = shown {
            let children = if count == 1 {
                "1 child is"
            } else {
                &format!("{count} children are")
            };
            match above {
                Above::Top => write!(self.out, " {faint}({children} shown above){faint:#}")?,
                Above::Rule(id) => {
                    write!(
                        self.out,
                        " {faint}({children} shown above, below {id}){faint:#}"
                    )?;
                }
            }
        }
        writeln!(self.out)
    }

    /// What `--conditions` adds, below the rule and beside the line to its children.
    fn conditions(&mut self, card: &RuleCard, has_children: bool) -> io::Result<()> {
        let faint = self.look.palette.faint;
        let spots = card.defined_at.iter().chain(&card.overwritten_at);
        let places: Vec<String> = spots.map(|&spot| place(self.tree, spot)).collect();
        let words = card.conditions.iter().map(|condition| &condition.words);
        let skipped = self.guides.len().saturating_sub(MOST_GUIDES);
        let guides = self.guides[skipped..].iter().chain([&has_children]);
        let before: String = guides
            .map(|&more| if more { "│  " } else { "   " })
            .collect();
        for line in [&places.join(", ")].into_iter().chain(words) {
            writeln!(self.out, "{faint}{before}· {line}{faint:#}")?;
        }
        Ok(())
    }

    fn left_out(&mut self, count: usize) -> io::Result<()> {
        self.indent()?;
        let faint = self.look.palette.faint;
        writeln!(self.out, "{faint}… {count} more{faint:#}")
    }

    /// Rules that no event ever comes to.
    fn without_place(&mut self) -> io::Result<()> {
        let mut placed = vec![false; self.tree.rules.len()];
        for node in &self.tree.nodes {
            placed[node.rule] = true;
        }
        let tree = self.tree;
        let cards = tree.rules.iter().zip(placed);
        let lost: Vec<&RuleCard> = cards
            .filter(|(_, placed)| !placed)
            .map(|(card, _)| card)
            .collect();
        if let Some((last, others)) = lost.split_last() {
            if !tree.tops.is_empty() {
                writeln!(self.out)?;
            }
            self.heading("without a place in the tree")?;
            for (card, more) in others
                .iter()
                .map(|card| (card, true))
                .chain([(last, false)])
            {
                self.guides = vec![more];
                self.rule(card, None)?;
                if self.look.conditions {
                    self.conditions(card, false)?;
                }
            }
        }
        Ok(())
    }
}

/// What is special about a rule, in a word or two.
fn tags(tree: &RuleTree, card: &RuleCard) -> Vec<String> {
    let mut tags = Vec::new();
    if card.noalert {
        tags.push("noalert".to_owned());
    }
    if let Some(composite) = &card.composite {
        tags.push(format!("{} in {} s", composite.events, composite.timeframe));
    }
    if let Some(&last) = card.overwritten_at.last() {
        tags.push(format!("overwritten at {}", place(tree, last)));
    }
    if let Some(tests) = &card.tests {
        if tests.fails() {
            tags.push("a test fails".to_owned());
        }
        if tests.matched == 0 {
            tags.push("untested".to_owned());
        }
    }
    tags
}
