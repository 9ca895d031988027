//! A case as text, to be added to a test file.

use std::fmt::Write;

use bstr::ByteSlice;

use crate::suite::{Actual, LOCATION, RulesetFiles};

/// A line of the file is at most so long where it can be helped.
const WIDTH: usize = 100;

/// The table about the ruleset; nothing if it is the built-in one alone.
pub fn ruleset(files: &RulesetFiles) -> String {
    let one = |path: &Option<String>| path.as_deref().map(quoted);
    let many = |paths: &[String]| {
        let paths: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
        (!paths.is_empty()).then(|| format!("[{}]", paths.join(", ")))
    };
    let entries = [
        ("root", one(&files.root)),
        ("config", one(&files.config)),
        // Decoders and lists may be among them: the keys differ only for people.
        ("rules", many(&files.files)),
        ("add", many(&files.add)),
        (
            "dialect",
            files.dialect.map(|dialect| quoted(dialect.name())),
        ),
    ];
    let entries = entries
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
    let entries: String = entries.collect();
    match entries.as_str() {
        "" => entries,
        _ => format!("[ruleset]\n{entries}"),
    }
}

/// The beginning of a case: its name and its event. What is expected of it follows.
pub fn event(name: &str, location: &str, line: &str) -> String {
    let mut text = format!("[[case]]\nname = {}\n", quoted(name));
    if location != LOCATION {
        let _ = writeln!(text, "location = {}", quoted(location));
    }
    let _ = writeln!(text, "log = {}", quoted(line));
    text
}

/// The expectations that a verdict fulfils. Values that are not UTF-8, which TOML cannot hold, are
/// left out.
pub fn expectations(actual: &Actual) -> String {
    let mut text = String::new();
    let decoder = actual.decoder.as_ref().map(|name| name.as_bstr());
    match decoder.map(|name| name.to_str()) {
        None => text.push_str("decoder = false\n"),
        Some(Ok(name)) => {
            let _ = writeln!(text, "decoder = {}", quoted(name));
        }
        Some(Err(_)) => {}
    }
    let fields = actual.fields.iter().filter_map(|(name, value)| {
        let (name, value) = (name.to_str().ok()?, value.to_str().ok()?);
        Some(format!("{} = {}", key(name), quoted(value)))
    });
    let fields: Vec<String> = fields.collect();
    let inline = format!("fields = {{ {} }}\n", fields.join(", "));
    let fits = inline.chars().count() <= WIDTH && !inline.trim_end().contains('\n');
    if !fields.is_empty() && fits {
        text.push_str(&inline);
    }
    match (actual.rule, actual.level) {
        (Some(rule), Some(level)) => {
            let _ = writeln!(text, "rule = {rule}\nlevel = {level}");
        }
        _ => text.push_str("rule = false\n"),
    }
    let _ = writeln!(text, "alert = {}", actual.alert);
    if !fields.is_empty() && !fits {
        // A table of its own ends the keys of the case.
        let _ = writeln!(text, "[case.fields]\n{}", fields.join("\n"));
    }
    text
}

fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A text of one line: as it is between `'`, if that saves escapes.
fn quoted(text: &str) -> String {
    let control = |letter: char| letter.is_control();
    if text.contains(['"', '\\']) && !text.contains('\'') && !text.contains(control) {
        return format!("'{text}'");
    }
    let mut result = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\t' => result.push_str("\\t"),
            letter if control(letter) => {
                let _ = write!(result, "\\u{:04X}", letter as u32);
            }
            letter => result.push(letter),
        }
    }
    result.push('"');
    result
}
