//! `ossia.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::CheckArgs;
use crate::check::{Level, Levels};
use crate::cli::color;
use crate::cli::failure::{Failure, reason};
use crate::diagnostic::{Code, Diagnostic, render};
use crate::source::{Sources, Span};

const NAME: &str = "ossia.toml";

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    check: Section,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Section {
    /// Checks that are not reported.
    #[serde(default)]
    allow: Vec<Spanned<String>>,
    /// Checks by the level that they have.
    #[serde(default)]
    levels: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Reads the settings that belong to the arguments.
///
/// # Errors
/// The file cannot be read, or something in it is not known; that is shown at its place.
pub(super) fn read(args: &CheckArgs, levels: &mut Levels) -> Result<(), Failure> {
    let path = match &args.settings {
        Some(path) => path.clone(),
        None => match found(args) {
            Some(path) => path,
            None => return Ok(()),
        },
    };
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::Usage(format!(
            "cannot read `{}`: {}",
            path.display(),
            reason(&error)
        ))
    })?;
    let shown = path.to_string_lossy();
    apply(&shown, &text, levels).map_err(|problem| {
        let (diagnostic, sources) = *problem;
        let text = render::human(&[diagnostic], &sources, color::of_messages());
        let _ = io::stderr().write_all(text.as_bytes());
        Failure::Usage(format!("`{shown}` cannot be used"))
    })
}

/// Beside the first path, the ruleset or the installation; else in the current folder.
fn found(args: &CheckArgs) -> Option<PathBuf> {
    let named = args.paths.iter().chain(&args.ruleset.ruleset).take(1);
    let folders = named
        .chain(&args.ruleset.root)
        .chain(&args.ruleset.config)
        .map(|path| match path.is_dir() {
            true => path.clone(),
            false => path.parent().unwrap_or(Path::new("")).to_owned(),
        })
        .chain([PathBuf::new()]);
    folders
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
}

fn apply(path: &str, text: &str, levels: &mut Levels) -> Result<(), Box<(Diagnostic, Sources)>> {
    let mut sources = Sources::default();
    let source = sources.add(path, text);
    let problem = |range: std::ops::Range<usize>, message: String, help: Option<String>| {
        let label =
            Diagnostic::error(Code::CONFIG_VALUE, message).label(Span::new(source, range), "");
        Box::new(match help {
            Some(help) => label.help(help),
            None => label,
        })
    };
    let file: Result<File, toml::de::Error> = toml::from_str(text);
    let checked = file.map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        problem(range, error.message().trim().to_owned(), None)
    });
    let applied = checked.and_then(|file| {
        let allowed = file.check.allow.iter().map(|id| (id, Ok(Level::Allow)));
        let leveled = file.check.levels.iter().map(|(id, name)| {
            let level = Level::parse(name.get_ref()).ok_or_else(|| {
                let message = format!("`{}` is no level", name.get_ref());
                let help = format!("it is one of {}", Level::NAMES.join(", "));
                problem(name.span(), message, Some(help))
            });
            (id, level)
        });
        for (id, level) in allowed.chain(leveled) {
            levels
                .set(id.get_ref(), level?)
                .map_err(|error| problem(id.span(), error.to_string(), error.help))?;
        }
        Ok(())
    });
    applied.map_err(|diagnostic| Box::new((*diagnostic, sources)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        match apply("ossia.toml", text, &mut Levels::default()) {
            Ok(()) => String::new(),
            Err(problem) => render::human(&[problem.0], &problem.1, false),
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        assert_eq!(
            message("[check]\nallow = [\"OS004\", \"always-true\"]\n"),
            ""
        );
        assert_eq!(message("[check.levels]\nbracket-class = \"error\"\n"), "");
        let mistakes = [
            "[check]\nallow = [\"OS004\", \"alwyas-true\"]\n",
            "[check.levels]\nbracket-class = \"fatal\"\n",
            "[check]\nalow = []\n",
            "[check\n",
        ];
        insta::assert_snapshot!(mistakes.map(message).concat());
    }
}
