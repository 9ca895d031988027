//! Coverage in the form of lcov: each rule and decoder is a function, and its start tag a line.

use std::io::{self, Write};

use super::Reached;

pub(super) fn write(out: &mut impl Write, reached: &Reached) -> io::Result<()> {
    for (path, items) in reached.files() {
        writeln!(out, "TN:\nSF:{}", one_line(path))?;
        // Names are unique in a record: decoders of one name are told apart by their lines.
        let name = |item: &super::Item| {
            let name = one_line(&item.name);
            format!("{} {name}@{}", item.kind.name(), item.line)
        };
        for item in items.values() {
            writeln!(out, "FN:{},{}", item.line, name(item))?;
        }
        for item in items.values() {
            writeln!(out, "FNDA:{},{}", item.matched, name(item))?;
        }
        let hit = items.values().filter(|item| item.matched > 0).count();
        writeln!(out, "FNF:{}\nFNH:{hit}", items.len())?;
        // Two elements may begin in one line, which is one record.
        let mut lines: Vec<(usize, u64)> = Vec::new();
        for item in items.values() {
            match lines.last_mut() {
                Some((line, matched)) if *line == item.line => *matched += item.matched,
                _ => lines.push((item.line, item.matched)),
            }
        }
        for (line, matched) in &lines {
            writeln!(out, "DA:{line},{matched}")?;
        }
        let hit = lines.iter().filter(|(_, matched)| *matched > 0).count();
        writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", lines.len())?;
    }
    Ok(())
}

/// Records are lines.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
