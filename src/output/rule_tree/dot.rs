//! The tree for Graphviz: a box a rule, coloured by level.

use std::io::{self, Write};

use crate::rule_tree::{RuleCard, RuleTree};

/// Characters of a description in a box; the tooltip has all of it.
const MOST_CHARACTERS: usize = 48;

/// Fill colours of the levels 0 to 15; higher ones have the last.
const LEVELS: [&str; 16] = [
    "#eceff1", "#e3f2fd", "#d5ecfb", "#cdeef0", "#d0f0e0", "#dcf2cf", "#eaf4c3", "#f6f3b8",
    "#fdeeb0", "#ffe3a0", "#ffd592", "#ffc48a", "#ffb087", "#ff9a85", "#fb8383", "#f06a7c",
];

/// Writes a directed graph. Solid lines lead to children, dotted ones from a rule to the composite
/// rule that counts it by its id.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, tree: &RuleTree) -> io::Result<()> {
    writeln!(out, "digraph rules {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(
        out,
        "  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\", fontsize=10];"
    )?;
    writeln!(out, "  edge [color=\"#78909c\", arrowsize=0.6];")?;
    let category = categories(tree);
    for (position, top) in tree.tops.iter().enumerate() {
        writeln!(
            out,
            "  subgraph {} {{",
            quoted(&format!("cluster_{}", top.category))
        )?;
        writeln!(
            out,
            "    label={}; color=\"#b0bec5\";",
            quoted(top.category)
        )?;
        for (node, _) in category
            .iter()
            .enumerate()
            .filter(|(_, of)| **of == position)
        {
            write!(out, "  ")?;
            write_node(out, &format!("n{node}"), tree.card(node))?;
        }
        writeln!(out, "  }}")?;
    }
    let nodes_of = tree.nodes_by_rule();
    for (rule, card) in tree.rules.iter().enumerate() {
        if nodes_of[rule].is_empty() {
            write_node(out, &format!("r{rule}"), card)?;
        }
    }
    for (position, node) in tree.nodes.iter().enumerate() {
        for child in &node.children {
            writeln!(out, "  n{position} -> n{child};")?;
        }
    }
    write_counting(out, tree, &nodes_of)?;
    writeln!(out, "}}")
}

/// By node: the number of the first top that leads to it.
fn categories(tree: &RuleTree) -> Vec<usize> {
    let mut category = vec![usize::MAX; tree.nodes.len()];
    for (number, top) in tree.tops.iter().enumerate() {
        let mut stack: Vec<usize> = top.nodes.clone();
        while let Some(node) = stack.pop() {
            if category[node] == usize::MAX {
                category[node] = number;
                stack.extend(&tree.nodes[node].children);
            }
        }
    }
    category
}

fn write_node(out: &mut impl Write, name: &str, card: &RuleCard) -> io::Result<()> {
    let description = card.description.as_deref().unwrap_or("(no description)");
    let color = LEVELS[LEVELS.len().min(card.level as usize + 1) - 1];
    // The line break is Graphviz's own, so it is not quoted.
    let label = format!(
        "{}\\n{}",
        escaped(&format!("{} · level {}", card.id, card.level)),
        escaped(&shortened(description))
    );
    let dashed = if card.context {
        ", style=\"filled,rounded,dashed\""
    } else {
        ""
    };
    writeln!(
        out,
        "  {name} [label=\"{label}\", tooltip={}, fillcolor=\"{color}\"{dashed}];",
        quoted(description)
    )
}

/// A rule that is counted as one of a group has no line of its own: there are hundreds.
fn write_counting(
    out: &mut impl Write,
    tree: &RuleTree,
    nodes_of: &[Vec<usize>],
) -> io::Result<()> {
    let mut by_id = std::collections::HashMap::new();
    for (rule, card) in tree.rules.iter().enumerate() {
        if let Some(&first) = nodes_of[rule].first() {
            by_id.entry(card.id).or_insert(first);
        }
    }
    for (rule, card) in tree.rules.iter().enumerate() {
        let counted = card
            .composite
            .as_ref()
            .map(|composite| composite.counts.as_slice());
        let (Some([only]), Some(node)) = (counted, nodes_of[rule].first()) else {
            continue;
        };
        if let Some(counted) = by_id.get(only) {
            writeln!(
                out,
                "  n{counted} -> n{node} [style=dotted, constraint=false, tooltip=\"counted by\"];"
            )?;
        }
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Graphviz reads `\N` and the like as placeholders, and `&name;` as a character.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
