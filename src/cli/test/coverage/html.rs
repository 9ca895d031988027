//! Coverage as a page without anything outside of it.

use std::io::{self, Write};

use super::super::escape::escaped;
use super::{Item, Kind, Reached, Share, floor};

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Coverage of rules and decoders</title>
<style>
:root { color-scheme: light dark; --good: #2a7d4f; --bad: #b3382c; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } .shares { display: flex; gap: 2rem; flex-wrap: wrap; }
.shares b { display: block; font-size: 1.6rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .4rem .8rem; display: flex; gap: 1rem; align-items: center; }
summary code { flex: 1; overflow-wrap: anywhere; }
meter { width: 9rem; } summary span { width: 9rem; text-align: right; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
td, th { padding: .2rem .8rem; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.untested td:first-child { border-left: 4px solid var(--bad); }
tr.reached td:first-child { border-left: 4px solid var(--good); }
tr.way td:first-child { border-left: 4px dashed var(--good); }
.untested .name { color: var(--bad); font-weight: 600; }
label { margin-right: 1.5rem; } .hide-reached tr.reached, .hide-reached tr.way { display: none; }
</style></head><body>
";

const CONTROLS: &str =
    "<p><label><input type=\"checkbox\" id=\"untested\"> only what is untested</label>
<button id=\"open\">open all</button> <button id=\"close\">close all</button></p>
<script>
const all = open => document.querySelectorAll('details').forEach(one => one.open = open);
document.getElementById('open').onclick = () => all(true);
document.getElementById('close').onclick = () => all(false);
document.getElementById('untested').onchange = event =>
  document.body.classList.toggle('hide-reached', event.target.checked);
</script>
";

pub(super) fn write(out: &mut impl Write, reached: &Reached) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    writeln!(
        out,
        "<h1>Coverage of rules and decoders</h1>\n<div class=\"shares\">"
    )?;
    let shares = [
        ("rules", reached.share_of(Kind::Rule)),
        ("decoders", reached.share_of(Kind::Decoder)),
        ("both", reached.share()),
    ];
    for (what, share) in shares {
        let percent = floor(share.percent);
        let (hit, total) = (share.reached, share.total);
        writeln!(
            out,
            "<div>{what}<b>{percent:.1} %</b>{hit} of {total}</div>"
        )?;
    }
    writeln!(out, "</div>\n{CONTROLS}")?;
    for (path, items) in reached.files() {
        let share = Share::of(items.values());
        let percent = floor(share.percent);
        let (path, hit, total) = (escaped(path), share.reached, share.total);
        writeln!(
            out,
            "<details><summary><code>{path}</code><meter max=\"100\" low=\"50\" high=\"80\" \
             optimum=\"100\" value=\"{percent:.1}\"></meter><span>{percent:.1} % ({hit} of {total})\
             </span></summary>\n<table><tr><th>what</th><th class=\"number\">line</th>\
             <th>description</th><th class=\"number\">matched</th><th class=\"number\">result</th>\
             <th class=\"number\">cases</th></tr>"
        )?;
        for item in items.values() {
            row(out, item)?;
        }
        writeln!(out, "</table></details>")?;
    }
    writeln!(out, "</body></html>")
}

fn row(out: &mut impl Write, item: &Item) -> io::Result<()> {
    let class = match (item.kind, item.matched, item.results) {
        (_, 0, _) => "untested",
        (Kind::Rule, _, 0) => "way",
        _ => "reached",
    };
    let (kind, name) = (item.kind.name(), escaped(&item.name));
    let (line, about) = (item.line, escaped(&item.description));
    write!(
        out,
        "<tr class=\"{class}\"><td class=\"name\">{kind} {name}</td><td class=\"number\">{line}</td>\
         <td>{about}</td><td class=\"number\">{}</td>",
        item.matched
    )?;
    match item.kind {
        Kind::Rule => writeln!(
            out,
            "<td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            item.results, item.cases
        ),
        Kind::Decoder => writeln!(out, "<td></td><td></td></tr>"),
    }
}
