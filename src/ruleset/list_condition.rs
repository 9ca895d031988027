//! `<list field="…" lookup="…" check_value="…">NAME</list>` (`spec/rules.md` §9).

use bstr::BString;

use super::list::{ListField, ListTest, Lookup};
use super::lists::{ListId, Lists};
use super::pattern_error::pattern_diagnostic;
use super::suggest::did_you_mean;
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Program};
use crate::dialect::Dialect;
use crate::pattern::{Language, Pattern};

/// One list element of a rule.
#[derive(Clone, Debug)]
pub struct ListCondition {
    /// Name as written in the rule.
    pub name: BString,
    /// The configured list of this name; `None`: the configuration does not name it.
    pub list: Option<ListId>,
    /// What is looked up, and how.
    pub test: ListTest,
    /// Tested against the value by the two value lookups.
    pub check_value: Option<Pattern>,
}

/// Reads one list element.
///
/// # Errors
/// An attribute is missing, unknown or has an unknown value, or `check_value` does not compile.
pub(super) fn read(
    element: &ast::Element,
    dialect: Dialect,
    lists: &Lists,
) -> Result<ListCondition, Box<Diagnostic>> {
    let name = &element.content;
    let invalid = || {
        let text = format!("Invalid configuration. Element 'list': {}.", name.bytes());
        OriginalLine::error(Program::Analysisd, 1274, text)
    };
    let rules = dialect.rules();
    let word = rules.list_field_word;
    let glued =
        |text: String| OriginalLine::plain(Program::None, format!("{}{text}", rules.list_prefix));
    let mut field = None;
    let mut lookup = Lookup::MatchKey;
    let mut check_value = None;
    if element.attributes.is_empty() {
        return Err(Box::new(
            Diagnostic::error(Code::LIST_CONDITION, "`list` needs the field to look up")
                .label(element.span, "no attribute `field`")
                .original(glued(format!(
                    "List must have a correctly formatted {word} attribute"
                )))
                .original(invalid()),
        ));
    }
    for attribute in &element.attributes {
        let value = attribute.value.lossy();
        let not_valid = |what: &str| {
            let line = format!("List match {what}=\"{value}\" is not valid.");
            Diagnostic::error(
                Code::LIST_CONDITION,
                format!("`{value}` is not a {what} of a list"),
            )
            .label(attribute.value.span(), "not known")
            .original(invalid())
            .original(OriginalLine::plain(Program::Analysisd, line))
        };
        match attribute.name.bytes().to_ascii_lowercase().as_slice() {
            b"field" => match ListField::parse(dialect, attribute.value.bytes()) {
                Some(known) => field = Some(known),
                None => {
                    let mut diagnostic = not_valid("field");
                    diagnostic.help = did_you_mean(&value, ListField::names());
                    return Err(Box::new(diagnostic));
                }
            },
            b"lookup" => match Lookup::parse(attribute.value.bytes()) {
                Some(known) => lookup = known,
                None => {
                    let mut diagnostic = not_valid("lookup");
                    diagnostic.help = did_you_mean(&value, Lookup::names());
                    return Err(Box::new(diagnostic));
                }
            },
            b"check_value" => {
                let text = &attribute.value;
                let pattern = Pattern::compile(dialect, Language::OsMatch, text.bytes(), false)
                    .map_err(|error| {
                        pattern_diagnostic(dialect, text, Language::OsMatch, &error)
                    })?;
                check_value = Some(pattern);
            }
            _ => {
                return Err(Box::new(
                    Diagnostic::error(
                        Code::LIST_CONDITION,
                        format!("`{}` is not an attribute of `list`", attribute.name.lossy()),
                    )
                    .label(attribute.name.span(), "not known")
                    .help("the attributes are field, lookup and check_value")
                    .original(glued(format!("List {word}=\"{value}\" is not valid")))
                    .original(invalid()),
                ));
            }
        }
    }
    let Some(field) = field else {
        return Err(Box::new(
            Diagnostic::error(Code::LIST_CONDITION, "`list` needs the field to look up")
                .label(element.span, "no attribute `field`")
                .original(glued("List requires the field=\"\" Attrubute".to_owned()))
                .original(invalid()),
        ));
    };
    Ok(ListCondition {
        list: lists.find(name.bytes()),
        name: name.bytes().to_owned(),
        test: ListTest::new(dialect, field, lookup),
        check_value,
    })
}
