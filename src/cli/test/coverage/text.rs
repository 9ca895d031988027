//! Coverage for people.

use std::io::{self, Write};

use super::{Item, Kind, Reached, Share, floor};
use crate::cli::test::text::visible;
use crate::output::Palette;

/// How much of a description is shown, in characters.
const DESCRIPTION: usize = 60;

pub(super) fn write(
    out: &mut impl Write,
    reached: &Reached,
    verbose: bool,
    palette: Palette,
) -> io::Result<()> {
    let Palette { heading, faint, .. } = palette;
    writeln!(out, "\n{heading}Coverage{heading:#}")?;
    let width = reached
        .files()
        .map(|(path, _)| visible(path.as_bytes()).chars().count());
    let width = width.max().unwrap_or_default();
    for (path, items) in reached.files() {
        let Share {
            total,
            reached,
            percent,
        } = Share::of(items.values());
        let percent = floor(percent);
        let path = visible(path.as_bytes());
        writeln!(
            out,
            "  {path:width$} {percent:>5.1} %  {reached} of {total}"
        )?;
    }
    for kind in [Kind::Rule, Kind::Decoder] {
        untested(out, reached, kind, palette)?;
    }
    if verbose {
        let on_the_way =
            |item: &&Item| item.kind == Kind::Rule && item.matched > 0 && item.results == 0;
        let ids: Vec<&str> = reached
            .items()
            .filter(on_the_way)
            .map(|item| item.name.as_str())
            .collect();
        if !ids.is_empty() {
            let ids = ids.join(", ");
            writeln!(out, "\n{heading}Rules only on the way to others{heading:#}")?;
            writeln!(out, "  {faint}{ids}{faint:#}")?;
        }
    }
    let line = |what: &str, share: Share| {
        let (total, reached, percent) = (share.total, share.reached, floor(share.percent));
        format!("{percent:.1} % of {what} ({reached} of {total})")
    };
    writeln!(
        out,
        "\n{}, {}, {}",
        line("rules", reached.share_of(Kind::Rule)),
        line("decoders", reached.share_of(Kind::Decoder)),
        line("both", reached.share())
    )
}

fn untested(
    out: &mut impl Write,
    reached: &Reached,
    kind: Kind,
    palette: Palette,
) -> io::Result<()> {
    let Palette {
        heading,
        rule,
        faint,
        ..
    } = palette;
    let missing = |item: &&Item| item.kind == kind && item.matched == 0;
    let width = reached
        .items()
        .filter(missing)
        .map(|item| item.name.chars().count());
    let Some(width) = width.max() else {
        return Ok(());
    };
    writeln!(out, "\n{heading}Untested {}s{heading:#}", kind.name())?;
    for (path, items) in reached.files() {
        for item in items.values().filter(missing) {
            let (name, line) = (visible(item.name.as_bytes()), item.line);
            let gap = " ".repeat(width.saturating_sub(name.chars().count()));
            let path = visible(path.as_bytes());
            let about: String = item.description.chars().take(DESCRIPTION).collect();
            let about = visible(about.as_bytes());
            let text =
                format!("  {rule}{name}{rule:#}{gap}  {path}:{line}  {faint}{about}{faint:#}");
            writeln!(out, "{}", text.trim_end())?;
        }
    }
    Ok(())
}
