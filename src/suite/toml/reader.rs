//! Values of a TOML document with their places, and what is wrong with them.

use std::collections::HashSet;
use std::ops::Range;

use bstr::BString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parameters::Parameters;
use crate::diagnostic::{Code, Diagnostic};
use crate::ruleset::suggest::did_you_mean;
use crate::source::{SourceId, Span};

/// A value and where it stands.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Reads values; collects problems.
pub(super) struct Reader {
    source: SourceId,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// A case with parameters is read once for each set of them and reports once.
    reported: HashSet<(Range<usize>, String)>,
    /// The parameters of the current case.
    pub(super) parameters: Parameters,
}

impl Reader {
    pub(super) fn new(source: SourceId) -> Self {
        Reader {
            source,
            diagnostics: Vec::new(),
            reported: HashSet::new(),
            parameters: Parameters::default(),
        }
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let at = diagnostic.primary().map_or(0..0, Span::range);
        if self.reported.insert((at, diagnostic.message.clone())) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The value is not what it must be.
    pub(super) fn wrong(&mut self, value: &Value<'_>, must: &str) {
        self.wrong_with_help(value, must, None);
    }

    pub(super) fn wrong_with_help(&mut self, value: &Value<'_>, must: &str, help: Option<String>) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let span = self.span(value.span());
        let mut problem =
            Diagnostic::error(Code::TEST_VALUE, must).label(span, format!("this is {found}"));
        problem.help = help;
        self.report(problem);
    }

    /// The value is of the right type and still not possible.
    pub(super) fn impossible(&mut self, value: &Value<'_>, must: &str, why: &str) {
        let span = self.span(value.span());
        self.report(Diagnostic::error(Code::TEST_VALUE, must).label(span, why));
    }

    /// Something does not fit to something else.
    pub(super) fn misfit(&mut self, span: Span, message: &str, why: &str, help: &str) {
        let problem = Diagnostic::error(Code::TEST_STRUCTURE, message).label(span, why);
        self.report(problem.help(help));
    }

    /// Reports keys that are not in the list.
    pub(super) fn known(&mut self, table: &DeTable<'_>, of: &str, keys: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if keys.contains(&name) {
                continue;
            }
            let message = format!("`{name}` is not known in {of}");
            let help = did_you_mean(name, keys.iter().copied())
                .unwrap_or_else(|| format!("known are {}", keys.join(", ")));
            let problem = Diagnostic::error(Code::TEST_KEY, message)
                .label(self.span(key.span()), "unknown key")
                .help(help);
            self.report(problem);
        }
    }

    pub(super) fn table<'t, 'i>(
        &mut self,
        value: &'t Value<'i>,
        name: &str,
    ) -> Option<&'t DeTable<'i>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(table);
        }
        self.wrong(value, &format!("`{name}` is a table"));
        None
    }

    /// A text, parameters replaced.
    pub(super) fn text(&mut self, value: &Value<'_>, name: &str) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(self.parameters.replace(text));
        }
        self.wrong(value, &format!("`{name}` is a text"));
        None
    }

    pub(super) fn bytes(&mut self, value: &Value<'_>, name: &str) -> Option<BString> {
        self.text(value, name).map(BString::from)
    }

    /// `false`: there is none.
    pub(super) fn text_or_none(
        &mut self,
        value: &Value<'_>,
        name: &str,
    ) -> Option<Option<BString>> {
        match value.get_ref() {
            DeValue::Boolean(false) => Some(None),
            DeValue::String(_) => self.bytes(value, name).map(Some),
            _ => {
                self.wrong(value, &format!("`{name}` is a text, or `false` for none"));
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, value: &Value<'_>, name: &str) -> Option<bool> {
        if let DeValue::Boolean(value) = value.get_ref() {
            return Some(*value);
        }
        self.wrong(value, &format!("`{name}` is `true` or `false`"));
        None
    }

    /// A number, or a text with parameters that becomes one.
    pub(super) fn number(&mut self, value: &Value<'_>, name: &str) -> Option<u32> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            DeValue::String(text) => self.parameters.replace(text).parse().ok(),
            _ => None,
        };
        match (&number, value.get_ref()) {
            (Some(_), _) => {}
            (None, DeValue::Integer(_)) => {
                let message = format!("`{name}` is a whole number from 0 to {}", u32::MAX);
                self.impossible(value, &message, "this is outside");
            }
            (None, _) => self.wrong(value, &format!("`{name}` is a whole number")),
        }
        number
    }

    /// One, or an array of them.
    pub(super) fn one_or_more<T>(
        &mut self,
        value: &Value<'_>,
        mut read: impl FnMut(&mut Self, &Value<'_>) -> Option<T>,
    ) -> Vec<T> {
        match value.get_ref() {
            DeValue::Array(values) => values.iter().filter_map(|one| read(self, one)).collect(),
            _ => read(self, value).into_iter().collect(),
        }
    }
}
