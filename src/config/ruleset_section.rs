//! `<rules>` of OSSEC (§2.2) and `<ruleset>` of Wazuh (`spec/wazuh.md` §2.1): names of files.

use super::dialect::SecondPattern;
use super::ossec_conf::{Configuration, place};
use crate::diagnostic::{Code, Diagnostic, OriginalLine};
use crate::dialect::Dialect;
use crate::pattern::{Language, Pattern, PatternError};
use crate::source::Span;
use crate::xml::ElementRef;

/// A file named in the configuration, or found in a directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    /// The element that names it or its directory.
    pub span: Span,
}

/// The names of all files, as they are after the last block.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    pub decoders: Vec<Entry>,
    pub rules: Vec<Entry>,
    pub lists: Vec<Entry>,
    /// A `<ruleset>` was there (Wazuh).
    pub declared: bool,
}

/// The pattern of directories, as far as it lives on between elements of a block.
enum DirectoryPattern {
    Text(Vec<u8>),
    Nothing,
}

const DEFAULT: &[u8] = b".xml$";

impl Configuration<'_> {
    /// `<rules>`. Each block counts from 0 again: a list that gets an entry here is replaced.
    pub(super) fn rules_section(&mut self, section: ElementRef<'_>) {
        let mut block = Collected::default();
        // The pattern of an earlier `rule_dir` of this block.
        let mut earlier: Option<(Vec<u8>, Span)> = None;
        for element in section.children() {
            let entry = || Entry {
                name: element.content().lossy(),
                span: place(element),
            };
            match &**element.name().bytes() {
                b"include" | b"rule" => block.rules.push(entry()),
                b"decoder" => block.decoders.push(entry()),
                b"list" => block.lists.push(entry()),
                b"rule_dir" => {
                    let own = self.pattern(element);
                    let pattern = match (own, &earlier) {
                        (None, _) => DirectoryPattern::Text(DEFAULT.to_vec()),
                        (Some(own), None) => {
                            earlier = Some((own.clone(), element.span()));
                            DirectoryPattern::Text(own)
                        }
                        (Some(_), Some((first, span))) => {
                            let (first, span) = (first.clone(), *span);
                            self.second_pattern(element, first, span)
                        }
                    };
                    self.scan(element, pattern, &[], &mut block.rules);
                }
                b"decoder_dir" => {
                    let pattern = self.pattern(element).unwrap_or_else(|| DEFAULT.to_vec());
                    earlier = None;
                    let pattern = DirectoryPattern::Text(pattern);
                    self.scan(element, pattern, &[], &mut block.decoders);
                }
                _ => {
                    let help =
                        "known elements: include, rule, decoder, list, rule_dir, decoder_dir";
                    self.unknown(element, "unknown element", help.to_owned());
                }
            }
        }
        let Collected {
            decoders,
            rules,
            lists,
            ..
        } = &mut self.collected;
        let pairs = [
            (decoders, block.decoders),
            (rules, block.rules),
            (lists, block.lists),
        ];
        let mut lost = Vec::new();
        for (all, block) in pairs {
            if !block.is_empty() {
                lost.extend(std::mem::replace(all, block));
            }
        }
        if let Some(first) = lost.first() {
            let message = format!(
                "this block replaces {} entries of an earlier one",
                lost.len()
            );
            let diagnostic = Diagnostic::warning(Code::CONFIG_ELEMENT, message)
                .label(section.span(), "starts again from the first entry")
                .label(first.span, format!("`{}` is not read", first.name))
                .help("put all files into one block");
            self.diagnostics.push(diagnostic);
        }
    }

    /// A `rule_dir` with a pattern behind another one.
    fn second_pattern(
        &mut self,
        element: ElementRef<'_>,
        first: Vec<u8>,
        span: Span,
    ) -> DirectoryPattern {
        let (what, pattern) = match self.rules.second_pattern {
            SecondPattern::First => ("uses the first pattern", DirectoryPattern::Text(first)),
            SecondPattern::Nothing => ("matches nothing", DirectoryPattern::Nothing),
        };
        let message = format!("the second `rule_dir` with a pattern {what}");
        let diagnostic = Diagnostic::warning(Code::CONFIG_ELEMENT, message)
            .label(element.span(), "this one")
            .label(span, "the first one")
            .help("name the files with `<include>`, or put a `decoder_dir` between the two");
        self.diagnostics.push(diagnostic);
        pattern
    }

    /// The `pattern` attribute. Attributes without it crash OSSEC: they count as the default.
    fn pattern(&mut self, element: ElementRef<'_>) -> Option<Vec<u8>> {
        let first = element.attributes().next()?;
        let pattern = element
            .attributes()
            .find(|node| node.name.bytes().eq_ignore_ascii_case(b"pattern"));
        if let Some(pattern) = pattern {
            return Some(pattern.content.bytes().to_vec());
        }
        let help = "write `pattern=\"…\"`, or remove the attribute";
        let name = element.name().lossy();
        let message = format!("`{name}` has attributes and none of them is `pattern`");
        if self.dialect == Dialect::Wazuh414 {
            let diagnostic = Diagnostic::error(Code::CONFIG_VALUE, message).label(first.span, "");
            let line = OriginalLine::error(
                self.rules.program,
                1230,
                format!("Invalid element in the configuration: '{name}'."),
            );
            self.fail_with(diagnostic.help(help), line);
        } else {
            let diagnostic = Diagnostic::warning(Code::CONFIG_VALUE, message)
                .label(first.span, "not `pattern`")
                .note("the original crashes here; the default pattern `.xml$` is used")
                .help(help);
            self.diagnostics.push(diagnostic);
        }
        None
    }

    /// Adds the files of a directory, sorted, behind what is there.
    fn scan(
        &mut self,
        element: ElementRef<'_>,
        pattern: DirectoryPattern,
        excluded: &[Entry],
        list: &mut Vec<Entry>,
    ) {
        let DirectoryPattern::Text(pattern) = pattern else {
            return;
        };
        let directory = element.content().lossy();
        let matcher = match name_pattern(self.dialect, &pattern) {
            Ok(matcher) => matcher,
            Err(problem) => {
                let at = element
                    .attributes()
                    .next()
                    .map_or(element.span(), |node| node.span);
                let shown = String::from_utf8_lossy(&pattern).into_owned();
                let diagnostic =
                    Diagnostic::error(Code::PATTERN_SYNTAX, "the pattern does not compile")
                        .label(at, problem.message);
                let line = format!("Invalid value for element 'pattern': {shown}.");
                let line = OriginalLine::error(self.rules.program, 1235, line);
                self.fail_with(diagnostic, line);
                return;
            }
        };
        self.scan_directory(&directory, place(element), &matcher, excluded, list);
    }

    /// A directory that cannot be opened is silently skipped.
    fn scan_directory(
        &self,
        directory: &str,
        span: Span,
        pattern: &Pattern,
        excluded: &[Entry],
        list: &mut Vec<Entry>,
    ) {
        let mut found = Vec::new();
        for name in self.files.list(directory).unwrap_or_default() {
            let path = format!("{directory}/{name}");
            let known = |entries: &[Entry]| {
                entries
                    .iter()
                    .any(|entry| entry.name == path || entry.name == name)
            };
            if known(list) || known(excluded) || !pattern.is_match(path.as_bytes()) {
                continue;
            }
            found.push(Entry { name: path, span });
        }
        found.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        list.extend(found);
    }

    /// `<ruleset>` of Wazuh. A later block replaces an earlier one altogether.
    pub(super) fn ruleset_section(&mut self, section: ElementRef<'_>) {
        let mut block = Collected {
            declared: true,
            ..Collected::default()
        };
        let (mut decoder_dirs, mut rule_dirs) = (Vec::new(), Vec::new());
        let (mut no_decoders, mut no_rules) = (Vec::new(), Vec::new());
        for element in section.children() {
            let entry = |default: &str| {
                let name = element.content().lossy();
                let name = if name.contains('/') {
                    name
                } else {
                    format!("{default}{name}")
                };
                Entry {
                    name,
                    span: place(element),
                }
            };
            match &**element.name().bytes() {
                b"decoder_dir" => decoder_dirs.push(element),
                b"rule_dir" => rule_dirs.push(element),
                b"decoder_include" => block.decoders.push(entry("ruleset/decoders/")),
                b"rule_include" => block.rules.push(entry("ruleset/rules/")),
                b"decoder_exclude" => no_decoders.push(entry("")),
                b"rule_exclude" => no_rules.push(entry("")),
                b"list" => block.lists.push(entry("")),
                _ => {
                    let help = "known elements: decoder_dir, rule_dir, decoder_include, \
                                rule_include, decoder_exclude, rule_exclude, list";
                    self.unknown(element, "unknown element", help.to_owned());
                }
            }
        }
        for (dirs, default, excluded, list) in [
            (
                decoder_dirs,
                "ruleset/decoders",
                no_decoders,
                &mut block.decoders,
            ),
            (rule_dirs, "ruleset/rules", no_rules, &mut block.rules),
        ] {
            if dirs.is_empty() {
                self.default_directory(default, section.span(), &excluded, list);
            }
            for element in dirs {
                let pattern = self.pattern(element).unwrap_or_else(|| DEFAULT.to_vec());
                self.scan(element, DirectoryPattern::Text(pattern), &excluded, list);
            }
        }
        if self.collected.declared {
            let diagnostic = Diagnostic::warning(
                Code::CONFIG_ELEMENT,
                "a second `ruleset` replaces the first one",
            )
            .label(section.span(), "")
            .help("put everything into one block");
            self.diagnostics.push(diagnostic);
        }
        self.collected = block;
        self.sort();
    }

    /// Without any `<ruleset>`: both default directories, no lists.
    pub(super) fn default_ruleset(&mut self, span: Span) {
        let mut block = Collected {
            declared: true,
            ..Collected::default()
        };
        self.default_directory("ruleset/decoders", span, &[], &mut block.decoders);
        self.default_directory("ruleset/rules", span, &[], &mut block.rules);
        self.collected = block;
        self.sort();
    }

    fn default_directory(&self, name: &str, span: Span, excluded: &[Entry], list: &mut Vec<Entry>) {
        if let Ok(pattern) = name_pattern(self.dialect, DEFAULT) {
            self.scan_directory(name, span, &pattern, excluded, list);
        }
    }

    /// By base name, whatever the directory. Equal names keep their order.
    fn sort(&mut self) {
        let base = |entry: &Entry| entry.name.rsplit('/').next().unwrap_or_default().to_owned();
        self.collected.decoders.sort_by_key(base);
        self.collected.rules.sort_by_key(base);
    }
}

/// An osregex on names of files.
fn name_pattern(dialect: Dialect, text: &[u8]) -> Result<Pattern, PatternError> {
    Pattern::compile(dialect, Language::OsRegex, text, false)
}
