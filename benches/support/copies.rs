//! A ruleset several times over: disjoint copies of its rules, made when they are needed.
//!
//! A copy is written as files of its own. Its rules get ids that nothing uses, and wherever they
//! name the id of a rule or a group, they name those of their own copy. Groups are compared by parts
//! of their names, so a suffix would not keep the copies apart: the letters of a group are moved
//! along the alphabet, by one in the first copy, by two in the second. What is common to all copies
//! are the templates of the top level (ids below 10), below which they all hang.
//!
//! Rules with `if_level` are left out: they would hang below the rules of all copies.

use std::collections::{HashMap, HashSet};

use ossia::ast::{self, Attribute, Element};
use ossia::config::{FileRole, Inputs};
use ossia::dialect::Dialect;
use ossia::source::SourceId;
use ossia::xml::{self, Document, Origin};

/// Ids below this one belong to the templates of the top level.
const FIRST_ID: u32 = 10;
/// No id has more digits than this one.
const LAST_ID: u32 = 999_999;

/// What the copies match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// The same events as the rules that they are copies of: their conditions and the decoders that
    /// they name are the same.
    Matching,
    /// Nothing: the decoders are copied too, and in what a copy tests first, program name or
    /// prematch of a decoder or the text of a rule for any decoder, there is a word that no log has.
    Silent,
}

/// The files of `count` copies of the rules, and of the decoders where they are [`Copies::Silent`].
/// They are to be loaded behind the ruleset.
///
/// # Panics
/// There are not enough ids.
pub fn files(inputs: &Inputs, count: usize, kind: Copies) -> Vec<(String, Vec<u8>)> {
    let documents = Documents::new(inputs);
    let known = documents.ids();
    let mut unused = (known.iter().max().map_or(FIRST_ID, |last| last + 1))..=LAST_ID;
    let mut files = Vec::new();
    for number in 1..=count {
        let copied = known.iter().filter(|&&id| id >= FIRST_ID);
        let ids = copied
            .map(|&id| (id, unused.next().expect("there are ids enough")))
            .collect();
        let decoders = documents.decoder_names();
        let copy = Copy {
            number,
            kind,
            ids,
            decoders,
        };
        if kind == Copies::Silent {
            for (index, document) in documents.decoders.iter().enumerate() {
                let name = format!("copy{number}/decoders/{index:04}.xml");
                files.push((name, copy.decoder_file(document)));
            }
        }
        for (index, document) in documents.rules.iter().enumerate() {
            let name = format!("copy{number}/rules/{index:04}.xml");
            files.push((name, copy.rule_file(document)));
        }
    }
    // Files without anything in them are errors.
    files.retain(|(_, text)| !text.is_empty());
    // All decoders are loaded before all rules.
    files.sort_by_key(|(name, _)| name.contains("/rules/"));
    files
}

/// The files of a ruleset, read again.
struct Documents {
    decoders: Vec<Document>,
    rules: Vec<Document>,
}

impl Documents {
    fn new(inputs: &Inputs) -> Self {
        let of = |role| {
            let files = inputs.files.iter().filter(move |file| file.role == role);
            let sources = files.filter_map(|file| file.source.as_ref().ok());
            sources
                .map(|&source| read(inputs, source, inputs.dialect))
                .collect()
        };
        Documents {
            decoders: of(FileRole::Decoders),
            rules: of(FileRole::Rules),
        }
    }

    /// The names of the decoders that are in files: events of others are decoded without any.
    fn decoder_names(&self) -> HashSet<Vec<u8>> {
        let decoders = self.decoders.iter().flat_map(ast::decoders);
        let names = decoders.flat_map(|decoder| decoder.attributes);
        names.map(|name| name.value.bytes().to_vec()).collect()
    }

    /// The ids of all rules, in load order.
    fn ids(&self) -> Vec<u32> {
        let mut seen = HashSet::new();
        let groups = self.rules.iter().flat_map(ast::rules);
        let rules = groups.flat_map(|group| group.rules);
        rules
            .filter_map(|rule| id(&rule.attributes))
            .filter(|id| seen.insert(*id))
            .collect()
    }
}

fn read(inputs: &Inputs, source: SourceId, dialect: Dialect) -> Document {
    let file = inputs.sources.get(source);
    let origin = Origin::analysisd(file.path());
    xml::parse_with_variables(source, file.bytes(), dialect, origin).document
}

fn id(attributes: &[Attribute]) -> Option<u32> {
    let id = attributes.iter().find(|one| is(one.name.bytes(), "id"))?;
    std::str::from_utf8(id.value.bytes()).ok()?.parse().ok()
}

fn is(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

/// One copy of a ruleset.
struct Copy {
    /// From 1.
    number: usize,
    kind: Copies,
    /// The new ids.
    ids: HashMap<u32, u32>,
    /// The names of the decoders that are copied.
    decoders: HashSet<Vec<u8>>,
}

impl Copy {
    /// The suffix of decoder names: of letters, so that no name is the beginning of another.
    fn suffix(&self) -> String {
        let letter = char::from(b'a' + (self.number % 26) as u8);
        format!("-copy{letter}")
    }

    fn decoder_file(&self, document: &Document) -> Vec<u8> {
        let mut out = Vec::new();
        for decoder in ast::decoders(document) {
            let is_top = !decoder.elements.iter().any(|one| is_named(one, "parent"));
            open(
                &mut out,
                decoder.tag.bytes(),
                &decoder.attributes,
                |attribute| {
                    let mut name = attribute.value.bytes().to_vec();
                    name.extend_from_slice(self.suffix().as_bytes());
                    name
                },
            );
            for element in &decoder.elements {
                let content: Vec<u8> = element.content.bytes().to_vec();
                let content = if is_named(element, "parent") {
                    [content.trim_ascii(), self.suffix().as_bytes()].concat()
                } else if is_top && (is_named(element, "prematch") || is_program_name(element)) {
                    self.marked(&content)
                } else {
                    content
                };
                write_element(&mut out, element, &content);
            }
            close(&mut out, decoder.tag.bytes());
        }
        out
    }

    fn rule_file(&self, document: &Document) -> Vec<u8> {
        let mut out = Vec::new();
        for group in ast::rules(document) {
            let mut rules = Vec::new();
            for rule in &group.rules {
                let number = id(&rule.attributes).and_then(|id| self.ids.get(&id));
                let has = |name| rule.elements.iter().any(|one| is_named(one, name));
                let (Some(number), false) = (number, has("if_level")) else {
                    continue;
                };
                open(
                    &mut rules,
                    rule.tag.bytes(),
                    &rule.attributes,
                    |attribute| {
                        if is(attribute.name.bytes(), "id") {
                            number.to_string().into_bytes()
                        } else {
                            attribute.value.bytes().to_vec()
                        }
                    },
                );
                let hangs = ["if_sid", "if_group", "if_matched_sid", "if_matched_group"];
                let is_first = !hangs.into_iter().any(has) && !has("decoded_as");
                for element in &rule.elements {
                    let content = self.rule_element(element, is_first);
                    write_element(&mut rules, element, &content);
                }
                close(&mut rules, rule.tag.bytes());
            }
            if !rules.is_empty() {
                open(
                    &mut out,
                    group.tag.bytes(),
                    &group.attributes,
                    |attribute| self.moved(attribute.value.bytes()),
                );
                out.extend_from_slice(&rules);
                close(&mut out, group.tag.bytes());
            }
        }
        out
    }

    /// The content of an element of a rule; `is_first`: nothing else guards the rule.
    fn rule_element(&self, element: &Element, is_first: bool) -> Vec<u8> {
        let content = element.content.bytes();
        let names = |list: &[&str]| list.iter().any(|name| is_named(element, name));
        if names(&["if_sid", "if_matched_sid"]) {
            return self.renumbered(content);
        }
        if names(&["group", "if_group", "if_matched_group"]) {
            return self.moved(content);
        }
        if self.kind == Copies::Silent {
            if names(&["decoded_as"]) && self.decoders.contains(content.trim_ascii()) {
                return [content.trim_ascii(), self.suffix().as_bytes()].concat();
            }
            let is_text = names(&["match", "regex", "pcre2", "match_pcre2"]);
            let is_negated = content.starts_with(b"!")
                || element
                    .attributes
                    .iter()
                    .any(|one| is(one.name.bytes(), "negate"));
            if is_first && !is_negated && (is_text || is_program_name(element)) {
                return self.marked(content);
            }
        }
        content.to_vec()
    }

    /// Numbers of rules become those of the copy; others stay.
    fn renumbered(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for part in text.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
            let number = std::str::from_utf8(part)
                .ok()
                .and_then(|part| part.parse().ok());
            match number.and_then(|number: u32| self.ids.get(&number)) {
                Some(id) => out.extend_from_slice(id.to_string().as_bytes()),
                None => out.extend_from_slice(part),
            }
        }
        out
    }

    /// Letters moved along the alphabet.
    fn moved(&self, text: &[u8]) -> Vec<u8> {
        let by = (self.number % 26) as u8;
        text.iter()
            .map(|&byte| match byte {
                b'a'..=b'z' => b'a' + (byte - b'a' + by) % 26,
                b'A'..=b'Z' => b'A' + (byte - b'A' + by) % 26,
                byte => byte,
            })
            .collect()
    }

    /// A pattern of any language with a word in every alternative that no log has.
    fn marked(&self, pattern: &[u8]) -> Vec<u8> {
        let word = format!("Qzx{}", char::from(b'a' + (self.number % 26) as u8));
        let mut out = Vec::new();
        let mark = |out: &mut Vec<u8>, rest: &[u8]| -> usize {
            let anchor = usize::from(rest.starts_with(b"^"));
            out.extend_from_slice(&rest[..anchor]);
            out.extend_from_slice(word.as_bytes());
            anchor
        };
        let (mut depth, mut at) = (0, 0);
        at += mark(&mut out, pattern);
        while let Some(&byte) = pattern.get(at) {
            at += 1;
            out.push(byte);
            match byte {
                b'\\' => {
                    out.extend(pattern.get(at));
                    at += 1;
                }
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'|' if depth == 0 => at += mark(&mut out, &pattern[at..]),
                _ => {}
            }
        }
        out
    }
}

fn is_named(element: &Element, name: &str) -> bool {
    is(element.name.bytes(), name)
}

fn is_program_name(element: &Element) -> bool {
    is_named(element, "program_name") || is_named(element, "program_name_pcre2")
}

fn open(
    out: &mut Vec<u8>,
    tag: &[u8],
    attributes: &[Attribute],
    value: impl Fn(&Attribute) -> Vec<u8>,
) {
    out.push(b'<');
    out.extend_from_slice(tag);
    for attribute in attributes {
        let value = value(attribute);
        let quote = if value.contains(&b'"') { b'\'' } else { b'"' };
        out.push(b' ');
        out.extend_from_slice(attribute.name.bytes());
        out.extend_from_slice(&[b'=', quote]);
        out.extend_from_slice(&value);
        out.push(quote);
    }
    out.push(b'>');
}

fn close(out: &mut Vec<u8>, tag: &[u8]) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(tag);
    out.extend_from_slice(b">\n");
}

fn write_element(out: &mut Vec<u8>, element: &Element, content: &[u8]) {
    let as_written = |attribute: &Attribute| attribute.value.bytes().to_vec();
    out.extend_from_slice(b"  ");
    open(out, element.name.bytes(), &element.attributes, as_written);
    for child in &element.children {
        open(out, child.name.bytes(), &child.attributes, as_written);
        out.extend_from_slice(child.content.bytes());
        close(out, child.name.bytes());
    }
    out.extend_from_slice(content);
    close(out, element.name.bytes());
}
