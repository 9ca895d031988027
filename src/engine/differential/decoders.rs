//! Random decoders.

use std::fmt::Write;

use proptest::prelude::*;

use super::patterns::{self, PatternDraft};
use super::vocabulary::PROGRAMS;
use crate::dialect::{Dialect, Family};

/// Names of top-level decoders; some are used twice.
const NAMES: [&str; 4] = ["da", "db", "dc", "dd"];

/// What takes fields out of logs: the regex in osregex and in pcre2, and the order.
///
/// Without groups in pcre2: there Wazuh takes what an earlier pattern captured.
const EXTRACTIONS: [(&str, &str, &str); 13] = [
    (r"(\S+) ", r"[a-z]+", "x"),
    (r"(\S+) ", r"user=[^ ]+", "x, y"),
    (r"from (\S+)", r"\d+", "url, y"),
    (r"user=(\S+)", r"user=(\S+)", "user"),
    (r"from (\S+)", r"from (\S+)", "srcip"),
    (r"id=(\d+)", r"id=(\d+)", "id"),
    (r"url=(\S+)", r"url=([^ ]+)", "url"),
    (r"^(\w+) ", r"^(\w+) ", "x"),
    (r"(\w+)=(\S+)", r"(\w+)=(\S+)", "y, user"),
    (r"(\w+) user=|(\w+) from", r"(alpha|beta|fail) ", "action"),
    (r"(\S+)$", r"(\S+)$", "extra_data"),
    (r"from (\d+).(\S+)", r"from (\d+)\.(\S+)", "status, y"),
    (r"\.+(\w+) user=(\w+)", r"(a)?l.* user=(\w+)", "x, srcuser"),
];

const OFFSETS: [Option<&str>; 5] = [
    None,
    None,
    Some("after_parent"),
    Some("after_prematch"),
    Some("after_regex"),
];

/// A decoder that stands below another one.
#[derive(Clone, Debug)]
struct Child {
    /// It has the name of the child with a regex before it, if there is one: the two are a chain.
    chained: bool,
    prematch: Option<PatternDraft>,
    prematch_after_parent: bool,
    extraction: Option<Extraction>,
    use_own_name: bool,
}

#[derive(Clone, Debug)]
struct Extraction {
    number: usize,
    pcre2: bool,
    offset: Option<&'static str>,
    fts: bool,
}

/// A top-level decoder and its children.
#[derive(Clone, Debug)]
struct FamilyDraft {
    name: &'static str,
    program: Option<PatternDraft>,
    prematch: Option<PatternDraft>,
    /// Without children.
    extraction: Option<Extraction>,
    kind: Option<&'static str>,
    accumulate: bool,
    plugin: bool,
    children: Vec<Child>,
}

/// All decoders of a ruleset.
#[derive(Clone, Debug)]
pub(super) struct Families(Vec<FamilyDraft>);

fn flag(in_hundred: u32) -> impl Strategy<Value = bool> {
    (0..100u32).prop_map(move |number| number < in_hundred)
}

fn extraction() -> impl Strategy<Value = Extraction> {
    let offset = prop::sample::select(OFFSETS.to_vec());
    (0..EXTRACTIONS.len(), flag(45), offset, flag(40)).prop_map(|(number, pcre2, offset, fts)| {
        Extraction {
            number,
            pcre2,
            offset,
            fts,
        }
    })
}

fn child() -> impl Strategy<Value = Child> {
    (
        flag(35),
        prop::option::of(patterns::of_prematch()),
        flag(40),
        prop::option::weighted(0.85, extraction()),
        flag(20),
    )
        .prop_map(
            |(chained, prematch, prematch_after_parent, extraction, use_own_name)| Child {
                chained,
                prematch,
                prematch_after_parent,
                extraction,
                use_own_name,
            },
        )
}

fn family() -> impl Strategy<Value = FamilyDraft> {
    (
        prop::sample::select(NAMES.to_vec()),
        prop::option::weighted(0.6, patterns::of_names(&PROGRAMS)),
        prop::option::weighted(0.35, patterns::of_prematch()),
        prop::option::weighted(0.8, extraction()),
        prop::option::weighted(0.1, prop::sample::select(vec!["firewall", "ids"])),
        (flag(5), flag(10)),
        prop::collection::vec(child(), 0..7),
    )
        .prop_map(
            |(name, program, prematch, extraction, kind, (accumulate, plugin), children)| {
                FamilyDraft {
                    name,
                    program,
                    prematch,
                    extraction,
                    kind,
                    accumulate,
                    plugin,
                    children,
                }
            },
        )
}

/// Random decoders: more than a handful, so that lists are long enough for filters.
pub(super) fn families() -> impl Strategy<Value = Families> {
    prop::collection::vec(family(), 1..12).prop_map(Families)
}

/// What the elements of a decoder may refer to.
#[derive(Clone, Copy)]
struct Before {
    parent: bool,
    prematch: bool,
    /// A regex of the same chain.
    regex: bool,
}

impl Extraction {
    fn is_pcre2(&self, dialect: Dialect) -> bool {
        self.pcre2 && dialect != Dialect::Ossec283
    }

    fn xml(&self, out: &mut String, dialect: Dialect, before: Before, pcre2: bool) {
        let (osregex, in_pcre2, order) = EXTRACTIONS[self.number];
        let offset = self.offset.filter(|&offset| match offset {
            "after_prematch" => before.prematch,
            "after_regex" => before.regex,
            _ => before.parent,
        });
        let offset = offset.map_or_else(String::new, |to| format!(" offset=\"{to}\""));
        let _ = match (dialect, pcre2) {
            (_, false) => write!(out, "<regex{offset}>{osregex}</regex>"),
            (Dialect::Wazuh414, true) => {
                write!(out, "<regex type=\"pcre2\"{offset}>{in_pcre2}</regex>")
            }
            (_, true) => write!(out, "<pcre2{offset}>{in_pcre2}</pcre2>"),
        };
        // OSSEC 2 knows no fields but its own.
        let order = match dialect {
            Dialect::Ossec283 => order.replace('x', "data").replace('y', "status"),
            _ => order.to_owned(),
        };
        let _ = write!(out, "<order>{order}</order>");
        // The links of a chain behind the first one have no keys.
        if self.fts && !before.regex {
            out.push_str("<fts>name, user, srcip, id</fts>");
        }
    }
}

/// The name of a child that is no link of a chain. Unique: equal names below one parent are chains.
fn child_name(family: usize, child: usize) -> String {
    format!("c{family}-{child}")
}

impl Families {
    /// A name that rules can ask for: of a top-level decoder, or of a child that keeps its own.
    pub(super) fn name(&self, number: usize) -> String {
        let number = number % (self.0.len() * 2);
        let index = number / 2;
        let family = &self.0[index];
        let own = family.children.iter().position(|child| child.use_own_name);
        match own.filter(|_| number % 2 == 1) {
            // A link of a chain may have another name: then nothing has this one.
            Some(child) if !family.children[child].chained => child_name(index, child),
            _ => family.name.to_owned(),
        }
    }

    /// The decoder file.
    pub(super) fn xml(&self, dialect: Dialect) -> String {
        let mut out = String::from(
            "<decoder name=\"never-p\"><program_name>^never$</program_name></decoder>\n\
             <decoder name=\"never-n\"><prematch>^never at all</prematch></decoder>\n",
        );
        if dialect.family() == Family::Wazuh {
            out.push_str(
                "<decoder name=\"json\"><prematch>^{\\s*\"</prematch>\
                 <plugin_decoder>JSON_Decoder</plugin_decoder></decoder>\n",
            );
        }
        for (index, family) in self.0.iter().enumerate() {
            family.xml(&mut out, dialect, index);
        }
        out
    }
}

impl FamilyDraft {
    fn xml(&self, out: &mut String, dialect: Dialect, index: usize) {
        let name = self.name;
        let _ = write!(out, "<decoder name=\"{name}\">");
        if let Some(program) = &self.program {
            out.push_str(&program.element(dialect, "program_name", None));
        }
        match (&self.prematch, &self.program) {
            (Some(prematch), _) => out.push_str(&prematch.element(dialect, "prematch", None)),
            (None, Some(_)) => {}
            // Something must be there.
            (None, None) => out.push_str("<prematch>^alpha|^fail</prematch>"),
        }
        if let Some(kind) = self.kind {
            let _ = write!(out, "<type>{kind}</type>");
        }
        if self.accumulate && dialect != Dialect::Ossec283 {
            out.push_str("<accumulate/>");
        }
        if self.plugin {
            out.push_str("<plugin_decoder>SonicWall_Decoder</plugin_decoder>");
        } else if self.children.is_empty()
            && let Some(extraction) = &self.extraction
        {
            let before = Before {
                parent: false,
                prematch: self.prematch.is_some(),
                regex: false,
            };
            extraction.xml(out, dialect, before, extraction.is_pcre2(dialect));
        }
        out.push_str("</decoder>\n");
        // The last child with a regex that began a chain: its name and language.
        let mut chain: Option<(String, bool)> = None;
        for (number, child) in self.children.iter().enumerate() {
            let link = chain.as_ref().filter(|_| child.chained);
            let own = child_name(index, number);
            let pcre2 = child.extraction.as_ref().map(|one| one.is_pcre2(dialect));
            match (link, pcre2) {
                (Some((name, pcre2)), Some(_)) => child.link(out, dialect, self.name, name, *pcre2),
                _ => {
                    child.xml(out, dialect, self.name, &own);
                    chain = pcre2.map(|pcre2| (own, pcre2)).or(chain);
                }
            }
        }
    }
}

impl Child {
    /// A child that is no link of a chain before it.
    fn xml(&self, out: &mut String, dialect: Dialect, parent: &str, name: &str) {
        let _ = write!(out, "<decoder name=\"{name}\"><parent>{parent}</parent>");
        if let Some(prematch) = &self.prematch {
            let offset = self.prematch_after_parent.then_some("after_parent");
            out.push_str(&prematch.element(dialect, "prematch", offset));
        }
        if let Some(extraction) = &self.extraction {
            let before = Before {
                parent: true,
                prematch: self.prematch.is_some(),
                regex: false,
            };
            extraction.xml(out, dialect, before, extraction.is_pcre2(dialect));
        }
        self.end(out);
    }

    /// A further link of a chain: it has no prematch, and its regex is of the same language.
    fn link(&self, out: &mut String, dialect: Dialect, parent: &str, name: &str, pcre2: bool) {
        let _ = write!(out, "<decoder name=\"{name}\"><parent>{parent}</parent>");
        if let Some(extraction) = &self.extraction {
            let before = Before {
                parent: true,
                prematch: false,
                regex: true,
            };
            extraction.xml(out, dialect, before, pcre2);
        }
        self.end(out);
    }

    fn end(&self, out: &mut String) {
        if self.use_own_name {
            out.push_str("<use_own_name>true</use_own_name>");
        }
        out.push_str("</decoder>\n");
    }
}
