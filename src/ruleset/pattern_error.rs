//! A pattern that does not compile, as a diagnostic at the right bytes of its file.

use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::{Dialect, Family};
use crate::pattern::{Language, PatternError, PatternErrorKind, literal_class};
use crate::source::Text;

/// The diagnostic for `text`, which stands in a file, with the 1450 line of the original.
pub(crate) fn pattern_diagnostic(
    dialect: Dialect,
    text: &Text,
    language: Language,
    error: &PatternError,
) -> Diagnostic {
    let code = match error.kind {
        PatternErrorKind::TooLong => Code::PATTERN_TOO_LONG,
        PatternErrorKind::Empty => Code::PATTERN_EMPTY,
        PatternErrorKind::NeedsPcre2 => Code::PATTERN_NEEDS_PCRE2,
        _ => Code::PATTERN_SYNTAX,
    };
    let line = format!("Syntax error on regex: '{}'", text.bytes());
    let original = match dialect.family() {
        Family::Ossec => {
            let number = error.original_code(dialect);
            OriginalLine::error(Program::Analysisd, 1450, format!("{line}: {number}."))
        }
        Family::Wazuh => OriginalLine::error(Program::Analysisd, 1452, line),
    };
    let mut diagnostic =
        Diagnostic::error(code, format!("this {language} pattern does not compile"))
            .label(text.span_of(error.range.clone()), error.message.clone())
            .original(original);
    diagnostic.help = error.help.clone();
    diagnostic
}

/// A warning about a pattern that compiles and is read as text where its author surely meant a
/// class of another language.
pub(crate) fn foreign_syntax(text: &Text, language: Language) -> Option<Diagnostic> {
    let (range, help) = literal_class(language, text.bytes())?;
    let message = format!("brackets are literal text in {language}");
    Some(
        Diagnostic::warning(Code::PATTERN_LANGUAGE, message)
            .label(text.span_of(range), "compared as it is written")
            .help(help),
    )
}
