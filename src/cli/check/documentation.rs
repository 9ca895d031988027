//! `--explain` and `--list`.

use std::io::{self, Write};

use serde_json::json;

use crate::check::{self, Check, Fixes};
use crate::cli::color;

/// Prints the page about a check.
pub(super) fn explain(check: &Check) -> io::Result<()> {
    let palette = color::of_output();
    let (head, label) = (palette.heading, palette.label);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{head}{} {}{head:#}: {}",
        check.id(),
        check.name,
        check.summary
    )?;
    writeln!(
        out,
        "{} in {}{}\n",
        check.severity.name(),
        check.dialects.name(),
        match check.fixes {
            Fixes::None => "",
            Fixes::Safe => ", some of it fixed by --fix",
            Fixes::Unsafe => ", some of it fixed by --fix --unsafe-fixes",
        }
    )?;
    for line in textwrap::wrap(check.explanation, WIDTH) {
        writeln!(out, "{line}")?;
    }
    for (title, example) in [("Found in", check.bad), ("Not found in", check.good)] {
        writeln!(out, "\n{label}{title}:{label:#}\n")?;
        for line in example.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    writeln!(
        out,
        "\nTo allow it for one element, write before it: <!-- ossia: allow {} -->",
        check.name
    )?;
    out.flush()
}

/// Width of the explanation, in columns.
const WIDTH: usize = 90;

/// Prints all checks, one a line.
pub(super) fn list(as_json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for check in check::all() {
        if as_json {
            let object = json!({
                "id": check.id(),
                "name": check.name,
                "severity": check.severity.name(),
                "dialects": check.dialects.name(),
                "summary": check.summary,
                "fixes": match check.fixes {
                    Fixes::None => None,
                    Fixes::Safe => Some("safe"),
                    Fixes::Unsafe => Some("unsafe"),
                },
            });
            writeln!(out, "{object}")?;
        } else {
            writeln!(
                out,
                "{}  {:<7}  {:<26} {}",
                check.id(),
                check.severity.name(),
                check.name,
                check.summary
            )?;
        }
    }
    out.flush()
}
