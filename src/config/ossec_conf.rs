//! `ossec.conf`: roots, sections and the settings in them (§2.1, §2.3–2.5).

use bstr::{BStr, ByteSlice};

use super::FileSystem;
use super::dialect::{ALERTS, ConfigRules, GLOBAL, SECTIONS, SYSCHECK, Setting, Value};
use super::options::Options;
use super::ruleset_section::Collected;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::{Dialect, Family};
use crate::source::Span;
use crate::xml::{Document, ElementRef};

/// The state while `ossec.conf` is read.
pub(super) struct Configuration<'a> {
    pub files: &'a dyn FileSystem,
    pub dialect: Dialect,
    pub rules: ConfigRules,
    pub path: &'a str,
    pub options: Options,
    pub collected: Collected,
    pub diagnostics: Vec<Diagnostic>,
}

impl Configuration<'_> {
    pub fn read(&mut self, document: &Document) {
        let wazuh = self.dialect.family() == Family::Wazuh;
        for root in document.roots() {
            if root.name().bytes() != "ossec_config" {
                let help = "every root element of the configuration is an `ossec_config`";
                self.unknown(root, "unknown root element", help.to_owned());
                continue;
            }
            for section in root.children() {
                let name = section.name().bytes();
                let empty = section.children().next().is_none();
                if wazuh {
                    self.wazuh_section(section);
                } else if !SECTIONS.iter().any(|known| name == *known) {
                    let help = if name == "ruleset" {
                        "this is a configuration of Wazuh: ask for the dialect wazuh-4.14"
                            .to_owned()
                    } else {
                        near(name, SECTIONS.iter().copied())
                            .unwrap_or_else(|| format!("known sections: {}", SECTIONS.join(", ")))
                    };
                    self.unknown(section, "unknown section", help);
                } else if empty {
                    let help = "a section needs at least one element: remove it".to_owned();
                    self.unknown(section, "empty section", help);
                } else {
                    match &**name {
                        b"global" => self.settings(section, GLOBAL, true),
                        b"alerts" => self.settings(section, ALERTS, true),
                        b"syscheck" => self.settings(section, SYSCHECK, false),
                        b"rules" => self.rules_section(section),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Wazuh has many sections that nothing here depends on: they are not looked at.
    fn wazuh_section(&mut self, section: ElementRef<'_>) {
        match &**section.name().bytes() {
            b"global" => self.settings(section, GLOBAL, false),
            b"alerts" => self.settings(section, ALERTS, false),
            b"ruleset" => self.ruleset_section(section),
            b"rules" => {
                let diagnostic = Diagnostic::error(Code::DIALECT, "`rules` is a section of OSSEC")
                    .label(section.span(), "")
                    .help("use `<ruleset>`, or ask for an OSSEC dialect");
                self.fail(
                    diagnostic,
                    1230,
                    "Invalid element in the configuration: 'rules'.",
                );
            }
            _ => {}
        }
    }

    fn settings(&mut self, section: ElementRef<'_>, known: &[Setting], strict: bool) {
        for element in section.children() {
            let name = element.name().bytes();
            let found = known.iter().find(|setting| name == setting.name);
            let Some(setting) = found.filter(|setting| setting.known(self.dialect)) else {
                if strict {
                    let help = found.map_or_else(
                        || near(name, known.iter().map(|setting| setting.name)),
                        |_| Some(format!("{} does not know it: remove it", self.dialect)),
                    );
                    self.unknown(element, "unknown element", help.unwrap_or_default());
                }
                continue;
            };
            self.setting(element, setting);
        }
    }

    fn setting(&mut self, element: ElementRef<'_>, setting: &Setting) {
        let content = element.content().bytes();
        match setting.value {
            Value::Number(set) => match number(content) {
                Some(value) => set(&mut self.options, value),
                None => self.bad_value(element, "digits only"),
            },
            Value::YesNo(set) => match &**content {
                b"yes" => set(&mut self.options, true),
                b"no" => set(&mut self.options, false),
                _ => self.bad_value(element, "exactly `yes` or `no`"),
            },
            Value::Text(set) => set(&mut self.options, content),
            Value::Mail => {
                let at = content.find_byte(b'@');
                if at.is_none_or(|at| at == 0 || at + 1 == content.len()) {
                    let shown = content.to_str_lossy();
                    let diagnostic =
                        Diagnostic::error(Code::CONFIG_VALUE, "this is no mail address")
                            .label(place(element), "")
                            .help("write `user@host`");
                    let line = format!("Invalid Email address: {shown}.");
                    self.fail_with(diagnostic, OriginalLine::plain(self.rules.program, line));
                }
            }
            Value::Ignored => {}
        }
    }

    fn bad_value(&mut self, element: ElementRef<'_>, allowed: &str) {
        let (name, value) = (element.name().lossy(), element.content().lossy());
        let message = format!("`{value}` is no possible value of `{name}`");
        let mut diagnostic = Diagnostic::error(Code::CONFIG_VALUE, message)
            .label(place(element), format!("allowed: {allowed}"));
        let trimmed = element.content().bytes().trim();
        if trimmed.len() < value.len()
            && (number(BStr::new(trimmed)).is_some() || trimmed == b"yes" || trimmed == b"no")
        {
            diagnostic = diagnostic.help("remove the white space: it is part of the value");
        }
        self.fail(
            diagnostic,
            1235,
            &format!("Invalid value for element '{name}': {value}."),
        );
    }

    /// 1230: the element is not known here.
    pub fn unknown(&mut self, element: ElementRef<'_>, what: &str, help: String) {
        let name = element.name().lossy();
        let mut diagnostic = Diagnostic::error(Code::CONFIG_ELEMENT, format!("{what} `{name}`"))
            .label(element.name().span(), "");
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.fail(
            diagnostic,
            1230,
            &format!("Invalid element in the configuration: '{name}'."),
        );
    }

    fn fail(&mut self, diagnostic: Diagnostic, code: u16, text: &str) {
        self.fail_with(
            diagnostic,
            OriginalLine::error(self.rules.program, code, text),
        );
    }

    /// Adds an error with the original's lines: its own, then 1202 by the reader and again by the
    /// program. Only the first error of all is what the original prints.
    pub fn fail_with(&mut self, mut diagnostic: Diagnostic, line: OriginalLine) {
        if !self.diagnostics.iter().any(Diagnostic::is_error) {
            diagnostic = diagnostic
                .original(line)
                .original(exiting(self.rules.program, self.path))
                .original(exiting(Program::Tool, self.path));
        }
        self.diagnostics.push(diagnostic);
    }
}

/// `Configuration error at 'PATH'. Exiting.` (1202).
pub(super) fn exiting(program: Program, path: &str) -> OriginalLine {
    OriginalLine::error(
        program,
        1202,
        format!("Configuration error at '{path}'. Exiting."),
    )
}

/// The content if there is any, else the tag.
pub(super) fn place(element: ElementRef<'_>) -> Span {
    if element.content().bytes().is_empty() {
        element.span()
    } else {
        element.content().span()
    }
}

/// Digits only; the empty text is 0. Larger numbers than any setting can hold are clamped.
pub(super) fn number(text: &BStr) -> Option<u64> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = text.to_str().ok()?;
    Some(if digits.is_empty() {
        0
    } else {
        digits.parse().unwrap_or(u64::MAX)
    })
}

/// A known name that differs in case only, or by one or two letters.
fn near<'n>(name: &BStr, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let name = name.to_str_lossy();
    let best = known
        .map(|known| (distance(&name.to_ascii_lowercase(), known), known))
        .min()?;
    (best.0 <= 2).then(|| format!("did you mean `{}`?", best.1))
}

/// Levenshtein distance; names are short, longer texts are far from everything.
fn distance(left: &str, right: &str) -> usize {
    if left.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let cost = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
    }
    row[right.len()]
}
