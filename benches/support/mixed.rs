//! The lines of recorded results as one stream.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

/// Every distinct line of the `.jsonl` files of a folder, in an order that is always the same and
/// looks random, repeated until there are `count` of them.
pub fn lines(folder: &Path, count: usize) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("the folder of the results is there");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("it is read").path())
        .collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    files.sort();
    let (mut seen, mut lines) = (HashSet::new(), Vec::new());
    for file in files {
        let text = std::fs::read_to_string(file).expect("results are text");
        for row in text.lines() {
            let row: Value = serde_json::from_str(row).expect("a row is JSON");
            for line in lines_of(&row) {
                // What has a line end in it would become two events.
                if line.len() > 1 && !line.contains('\n') && seen.insert(line.to_owned()) {
                    lines.push(line.to_owned());
                }
            }
        }
    }
    shuffle(&mut lines);
    let mut text = Vec::new();
    for line in lines.iter().cycle().take(count) {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    text
}

/// `line`, `events[].line` and `lines[]`.
fn lines_of(row: &Value) -> impl Iterator<Item = &str> {
    let list = |name| row[name].as_array().into_iter().flatten();
    let events = list("events").map(|event| &event["line"]);
    let all = std::iter::once(&row["line"])
        .chain(events)
        .chain(list("lines"));
    all.filter_map(Value::as_str)
}

/// Fisher and Yates with a generator of fixed seed (xorshift, 64 bits).
fn shuffle<T>(list: &mut [T]) {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    for last in (1..list.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        list.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
