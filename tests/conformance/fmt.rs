//! `ossia fmt` on every decoder and rule file of the recorded rulesets: formatting settles, and each
//! ruleset compiled from its formatted files is the same.

use std::io;
use std::path::{Path, PathBuf};

use ossia::config::{self, FileSystem};
use ossia::dialect::Dialect;
use ossia::fmt::{FormatError, format};
use ossia::input::DiskFiles;
use ossia::ruleset;

use crate::Failure;

const RULESETS: [(&str, Dialect); 5] = [
    ("ossec-2.8.3", Dialect::Ossec283),
    ("ossec-3.7", Dialect::Ossec37),
    ("ossec-4.3", Dialect::Ossec43),
    ("wazuh-4.14", Dialect::Wazuh414),
    ("wazuh-4.14-testing", Dialect::Wazuh414),
];

pub fn rulesets(path: &Path, _: &'static str) -> (usize, Vec<Failure>) {
    let shared = path.ancestors().nth(3).expect("the oracle is in a folder");
    let mut rows = 0;
    let mut failures = Vec::new();
    for (name, dialect) in RULESETS {
        let root = shared.join("rulesets").join(name);
        let mut files = Vec::new();
        collect(&root, &mut files);
        for file in files {
            let bytes = std::fs::read(&file).expect("the file can be read");
            let result = match format(&bytes, dialect) {
                // Neither decoders nor rules.
                Err(FormatError::NoRules) => continue,
                Err(error) => Err(error.to_string()),
                Ok(once) if format(&once, dialect).as_ref() == Ok(&once) => Ok(()),
                Ok(_) => Err("formatting it again changes it".to_owned()),
            };
            rows += 1;
            let key = file.strip_prefix(&root).unwrap_or(&file);
            let key = format!("{name}/{}", key.display());
            failures.extend(result.err().map(|detail| Failure { key, detail }));
        }
        rows += 1;
        let disk = DiskFiles::new(&root);
        let before = compiled(&disk, dialect);
        let after = compiled(&Formatted { disk, dialect }, dialect);
        if before != after {
            failures.push(Failure {
                key: name.to_owned(),
                detail: difference(&before, &after),
            });
        }
    }
    (rows, failures)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            files.push(path);
        }
    }
}

/// The same files, formatted.
struct Formatted {
    disk: DiskFiles,
    dialect: Dialect,
}

impl FileSystem for Formatted {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.disk.read(path)?;
        Ok(format(&bytes, self.dialect).unwrap_or(bytes))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        self.disk.list(directory)
    }
}

/// The ruleset as text, without places in files.
fn compiled(files: &dyn FileSystem, dialect: Dialect) -> String {
    let inputs = config::from_configuration(files, "etc/ossec.conf", None, Some(dialect));
    let (ruleset, problems) = ruleset::build(&inputs);
    let problems: Vec<_> = problems.iter().map(|problem| &problem.message).collect();
    let (decoders, rules) = (&ruleset.decoders, &ruleset.rules);
    let text = format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{problems:?}",
        decoders.decoders,
        decoders.with_program_name,
        decoders.without_program_name,
        rules.rules,
        rules.nodes,
        rules.top,
    );
    let place = regex::Regex::new(r"Span \{ source: SourceId\(\d+\), start: \d+, end: \d+ \}");
    place
        .expect("a pattern")
        .replace_all(&text, "Span")
        .into_owned()
}

/// The surroundings of the first difference.
fn difference(before: &str, after: &str) -> String {
    let at = before.bytes().zip(after.bytes()).position(|(a, b)| a != b);
    let at = at.unwrap_or(0);
    let part = |text: &str| {
        let skipped = text.get(..at).map_or(0, |text| text.chars().count());
        let part = text.chars().skip(skipped.saturating_sub(200)).take(400);
        part.collect::<String>()
    };
    format!(
        "the compiled ruleset differs:\n{}\n{}",
        part(before),
        part(after)
    )
}
