//! From names to files, in load order (§4).

use super::ossec_conf::{Configuration, exiting};
use super::ruleset_section::{Collected, Entry};
use super::{
    FileRole, FileSystem, Inputs, ListFile, Options, RulesetFile, StartMessage, StoredState,
};
use super::{detect_dialect, internal_options, stored};
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program, Severity};
use crate::dialect::{Dialect, Family};
use crate::source::{SourceId, Sources, Span};
use crate::xml::{self, Origin};

const LOCAL_DECODERS: &str = "etc/local_decoder.xml";

/// What `-c` and `-D` do: the files that a configuration names. `config_bytes` is the content if it
/// lies outside of the root directory; otherwise `config_path` is read from `files`.
pub fn from_configuration(
    files: &dyn FileSystem,
    config_path: &str,
    config_bytes: Option<&[u8]>,
    dialect: Option<Dialect>,
) -> Inputs {
    let guess = dialect.is_none();
    let read = config_bytes.map_or_else(|| files.read(config_path), |bytes| Ok(bytes.to_vec()));
    let bytes = read.as_deref().unwrap_or_default();
    let dialect = dialect.unwrap_or_else(|| {
        let fresh = files.list("ruleset/rules").is_ok();
        match detect_dialect(Some(bytes), []) {
            // Neither `<rules>` nor `<ruleset>`: the default directories decide.
            Dialect::Ossec43 if fresh && !mentions(bytes, b"<rules>") => Dialect::Wazuh414,
            dialect => dialect,
        }
    });
    let rules = dialect.config();
    let stored = stored::stored_state(files);
    let mut sources = Sources::default();
    let source = sources.add(config_path, bytes);
    let mut configuration = Configuration {
        files,
        dialect,
        rules,
        path: config_path,
        options: Options::shipped(dialect),
        collected: Collected::default(),
        diagnostics: Vec::new(),
    };
    match &read {
        Ok(bytes) => {
            let origin = Origin {
                path: config_path,
                program: rules.program,
            };
            let parsed = xml::parse(source, bytes, dialect, origin);
            configuration
                .diagnostics
                .extend(parsed.diagnostics.into_iter().map(|found| {
                    let first = !found.original.is_empty();
                    if first {
                        found.original(exiting(Program::Tool, config_path))
                    } else {
                        found
                    }
                }));
            configuration.read(&parsed.document);
        }
        Err(error) => {
            let message = format!("cannot read `{config_path}`: {}", reason(error));
            let diagnostic = Diagnostic::error(Code::UNREADABLE_FILE, message)
                .original(not_found(rules.program, config_path, 0))
                .original(exiting(Program::Tool, config_path));
            configuration.diagnostics.push(diagnostic);
        }
    }
    if dialect.family() == Family::Wazuh && !configuration.collected.declared {
        configuration.default_ruleset(Span::new(source, 0..0));
    }
    let Configuration {
        mut options,
        collected,
        mut diagnostics,
        ..
    } = configuration;
    let known = diagnostics.iter().any(Diagnostic::is_error);
    let mut found = internal_options::read(files, dialect, guess, &mut sources, &mut options);
    let mut first = !known;
    for diagnostic in &mut found {
        // The original stops at the first of all errors.
        if diagnostic.is_error() && !std::mem::take(&mut first) {
            diagnostic.original.clear();
        }
    }
    diagnostics.extend(found);
    let mut loader = Loader {
        fs: files,
        dialect,
        sources,
        config: source,
        previous: read.is_ok().then_some(source),
        files: Vec::new(),
        messages: Vec::new(),
    };
    loader.decoders(collected.decoders);
    let lists = loader.lists(collected.lists);
    loader.rules(collected.rules);
    let Loader {
        sources,
        files,
        messages,
        ..
    } = loader;
    Inputs {
        dialect,
        sources,
        options,
        files,
        lists,
        messages,
        stored,
        diagnostics,
    }
}

/// What `--ruleset` does: files named one by one, told apart by their root elements. Decoders come
/// first, each kind in the given order. A name that does not end in `.xml` is a CDB list.
pub fn from_files(files: Vec<(String, Vec<u8>)>, dialect: Option<Dialect>) -> Inputs {
    let dialect = dialect.unwrap_or_else(|| {
        let xml = files.iter().filter(|(name, _)| is_xml(name));
        detect_dialect(None, xml.map(|(_, bytes)| bytes.as_slice()))
    });
    let mut inputs = Inputs {
        dialect,
        sources: Sources::default(),
        options: Options::shipped(dialect),
        files: Vec::new(),
        lists: Vec::new(),
        messages: Vec::new(),
        stored: StoredState::default(),
        diagnostics: Vec::new(),
    };
    add_files(&mut inputs, files);
    inputs
}

/// Adds files behind those that are there: decoders behind all decoders, rules behind all rules, as
/// local files stand behind the shipped ones.
pub fn add_files(inputs: &mut Inputs, files: Vec<(String, Vec<u8>)>) {
    let dialect = inputs.dialect;
    for (path, bytes) in files {
        if !is_xml(&path) {
            let text_name = cut_at_cdb(&path).to_owned();
            let compiled = text_name.len() < path.len();
            let cdb_name = format!("{text_name}.cdb");
            let known = inputs
                .lists
                .iter()
                .position(|list| list.text_name == text_name);
            let at = known.unwrap_or_else(|| {
                let configured_name = text_name.clone();
                let (text, cdb) = (None, None);
                inputs.lists.push(ListFile {
                    configured_name,
                    text_name,
                    cdb_name,
                    text,
                    cdb,
                    source: None,
                });
                inputs.lists.len() - 1
            });
            let list = &mut inputs.lists[at];
            *(if compiled {
                &mut list.cdb
            } else {
                &mut list.text
            }) = Some(bytes);
            continue;
        }
        let role = role(&bytes, dialect);
        let source = inputs.sources.add(&path, bytes);
        let closing_line = closing_line(role, &path);
        inputs.files.push(RulesetFile {
            role,
            configured_name: path.clone(),
            shown_path: path,
            source: Ok(source),
            // Stand-ins without elements are common; a file named by hand may be one.
            optional: role == FileRole::Decoders,
            closing_line,
        });
    }
    inputs.files.sort_by_key(|file| file.role);
}

fn is_xml(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".xml")
}

/// By the first root element that is one of either kind; without any: rules.
fn role(bytes: &[u8], dialect: Dialect) -> FileRole {
    let known = xml::find_root(bytes, dialect, |root| {
        let is = |name: &str| root.bytes().eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("decoder") => Some(FileRole::Decoders),
            () if is("group") || is("rule") => Some(FileRole::Rules),
            () => None,
        }
    });
    known.unwrap_or(FileRole::Rules)
}

struct Loader<'a> {
    fs: &'a dyn FileSystem,
    dialect: Dialect,
    sources: Sources,
    /// `ossec.conf`.
    config: SourceId,
    /// The XML file read last: its last line shows up in the next "not found".
    previous: Option<SourceId>,
    files: Vec<RulesetFile>,
    messages: Vec<StartMessage>,
}

impl Loader<'_> {
    fn decoders(&mut self, entries: Vec<Entry>) {
        if self.dialect.family() == Family::Wazuh {
            for entry in entries {
                let optional = entry.name == "etc/decoders/local_decoder.xml";
                let closing = closing_line(FileRole::Decoders, &entry.name);
                self.add(
                    FileRole::Decoders,
                    &entry,
                    entry.name.clone(),
                    optional,
                    closing,
                );
            }
        } else if entries.is_empty() {
            let at = Span::new(self.config, 0..0);
            let entry = |name: &str| Entry {
                name: name.to_owned(),
                span: at,
            };
            let (main, local) = (entry("etc/decoder.xml"), entry(LOCAL_DECODERS));
            let closing = exiting(Program::Tool, "/etc/decoder.xml");
            self.add(FileRole::Decoders, &main, main.name.clone(), false, closing);
            self.say("Reading local decoder file.".to_owned());
            if self.fs.read(LOCAL_DECODERS).is_ok() {
                let closing = exiting(Program::Tool, "/etc/local_decoder.xml");
                self.add(
                    FileRole::Decoders,
                    &local,
                    local.name.clone(),
                    true,
                    closing,
                );
            }
        } else {
            for entry in entries {
                self.say(format!("Reading decoder file {}.", entry.name));
                let optional = entry.name == LOCAL_DECODERS;
                if optional && self.fs.read(&entry.name).is_err() {
                    continue;
                }
                let closing = closing_line(FileRole::Decoders, &entry.name);
                self.add(
                    FileRole::Decoders,
                    &entry,
                    entry.name.clone(),
                    optional,
                    closing,
                );
            }
        }
    }

    fn rules(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            let plain = !entry.name.contains('/');
            let shown = if plain {
                format!("rules//{}", entry.name)
            } else {
                entry.name.clone()
            };
            let closing = closing_line(FileRole::Rules, &entry.name);
            self.add(FileRole::Rules, &entry, shown, false, closing);
        }
    }

    fn lists(&mut self, entries: Vec<Entry>) -> Vec<ListFile> {
        let wazuh = self.dialect.family() == Family::Wazuh;
        let default = if wazuh { "ruleset/rules/" } else { "rules/" };
        let mut lists = Vec::new();
        for Entry { name, .. } in entries {
            let plain = !name.contains('/');
            let full = if plain {
                format!("{default}{name}")
            } else {
                name.clone()
            };
            let text_name = cut_at_cdb(&full).to_owned();
            let cdb_name = format!("{text_name}.cdb");
            self.say(format!("Reading the lists file: '{text_name}'"));
            lists.push(ListFile {
                configured_name: name,
                text: self.fs.read(&text_name).ok(),
                cdb: self.fs.read(&cdb_name).ok(),
                text_name,
                cdb_name,
                source: None,
            });
        }
        lists
    }

    fn say(&mut self, text: String) {
        self.messages.push(StartMessage {
            text,
            after_files: self.files.len(),
        });
    }

    fn add(
        &mut self,
        role: FileRole,
        entry: &Entry,
        shown_path: String,
        optional: bool,
        closing_line: OriginalLine,
    ) {
        let source = match self.fs.read(&shown_path) {
            // A directory opens like a file and reads as nothing.
            Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => Ok(Vec::new()),
            result => result,
        };
        let source = match source {
            Ok(bytes) => {
                let path = super::normalize(&shown_path).unwrap_or_else(|_| shown_path.clone());
                let id = self.sources.add(path, bytes);
                self.previous = Some(id);
                Ok(id)
            }
            Err(error) => Err(Box::new(self.missing(
                entry,
                &shown_path,
                &error,
                &closing_line,
            ))),
        };
        let configured_name = entry.name.clone();
        self.files.push(RulesetFile {
            role,
            configured_name,
            shown_path,
            source,
            optional,
            closing_line,
        });
    }

    fn missing(
        &self,
        entry: &Entry,
        path: &str,
        error: &std::io::Error,
        closing: &OriginalLine,
    ) -> Diagnostic {
        let message = format!("cannot read `{path}`: {}", reason(error));
        let label = |diagnostic: Diagnostic| {
            if self.sources.text(entry.span).is_empty() {
                diagnostic.note("it is read because the configuration names no other")
            } else {
                diagnostic.label(entry.span, "named here")
            }
        };
        if self.dialect.family() == Family::Wazuh {
            let line = format!(
                "Could not open file '{path}' due to [{}].",
                system_error(error)
            );
            return label(Diagnostic::warning(Code::UNREADABLE_FILE, message))
                .original(OriginalLine::wazuh(Severity::Warning, Some(1103), line));
        }
        let line = self.previous.map_or(0, |source| {
            let bytes = self.sources.get(source).bytes();
            xml::parse(source, bytes, self.dialect, Origin::analysisd("")).last_line
        });
        let mut diagnostic = label(Diagnostic::error(Code::UNREADABLE_FILE, message));
        if entry.name != entry.name.trim() {
            diagnostic = diagnostic.help("remove the white space: it is part of the name");
        } else if path.contains('$') {
            diagnostic = diagnostic.help("variables are not replaced in the configuration");
        }
        diagnostic
            .original(not_found(Program::Analysisd, path, line))
            .original(closing.clone())
    }
}

/// What follows any error in the file.
fn closing_line(role: FileRole, name: &str) -> OriginalLine {
    match role {
        FileRole::Decoders => exiting(Program::Tool, name),
        FileRole::Rules => OriginalLine::error(
            Program::Tool,
            1220,
            format!("Error loading the rules: '{name}'."),
        ),
    }
}

fn not_found(program: Program, path: &str, line: u32) -> OriginalLine {
    let text =
        format!("Error reading XML file '{path}': XMLERR: File '{path}' not found. (line {line}).");
    OriginalLine::error(program, 1226, text)
}

fn cut_at_cdb(name: &str) -> &str {
    &name[..name.find(".cdb").unwrap_or(name.len())]
}

fn mentions(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

/// As the original shows it. Files in memory have no number: they are simply not there.
fn system_error(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            format!("({number})-({text})")
        }
        None => "(2)-(No such file or directory)".to_owned(),
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    }
}
