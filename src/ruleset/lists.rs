//! The lists that the configuration names, and how a rule finds one (`spec/rules.md` §9).

use bstr::{BStr, BString};

use super::cdb::Cdb;
use super::list::{List, ListState};
use crate::config::ListFile;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Severity};
use crate::dialect::Dialect;

/// Index of a list in [`Lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListId(u32);

/// All configured lists, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Lists(Vec<Configured>);

#[derive(Clone, Debug)]
struct Configured {
    text_name: BString,
    cdb_name: BString,
    /// `None`: there is no file, or none that can be read.
    list: Option<List>,
}

impl Lists {
    /// Opens the lists. A missing or broken file is no error.
    ///
    /// The engines read only the compiled file. OSSEC leaves it as it is, so it wins over the text
    /// where both are there, and a list without a file is asked all the same, with answers of its
    /// own. Wazuh compiles the text first, so only the text counts, and without it there is no
    /// list.
    pub(crate) fn new(dialect: Dialect, files: &[ListFile]) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut lists = Vec::with_capacity(files.len());
        for file in files {
            let list = if dialect.compiles_lists() {
                let Some(text) = &file.text else {
                    diagnostics.push(no_text(file));
                    continue;
                };
                Some(List::from_text(dialect, text))
            } else {
                open(dialect, file, &mut diagnostics)
            };
            lists.push(Configured {
                text_name: file.text_name.as_str().into(),
                cdb_name: file.cdb_name.as_str().into(),
                list,
            });
        }
        (Lists(lists), diagnostics)
    }

    /// The names that a rule can use.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|list| list.text_name.to_string())
            .collect()
    }

    /// The list of this name: exactly that of its text file or that of its compiled file.
    pub(crate) fn find(&self, name: &BStr) -> Option<ListId> {
        let named = |list: &Configured| list.text_name == name || list.cdb_name == name;
        self.0
            .iter()
            .position(named)
            .map(|index| ListId(index as u32))
    }

    /// What became of a list.
    pub(crate) fn state(&self, id: Option<ListId>) -> ListState<'_> {
        match id.and_then(|ListId(index)| self.0.get(index as usize)) {
            None => ListState::NotConfigured,
            Some(configured) => configured
                .list
                .as_ref()
                .map_or(ListState::NotOpened, ListState::Open),
        }
    }
}

/// What OSSEC reads of a list.
fn open(dialect: Dialect, file: &ListFile, diagnostics: &mut Vec<Diagnostic>) -> Option<List> {
    let warning = |text: String| Diagnostic::warning(Code::LIST_FILE, text);
    let name = &file.text_name;
    match file.cdb.as_ref().map(|bytes| Cdb::new(bytes.clone())) {
        Some(Ok(cdb)) => return Some(List::from_cdb(cdb)),
        Some(Err(error)) => diagnostics.push(
            warning(format!("the compiled list `{}` is damaged", file.cdb_name))
                .note(error.to_string())
                .help("compile it again with `ossia makelists --force`"),
        ),
        None if file.text.is_none() => diagnostics.push(
            warning(format!("the list `{name}` has no file"))
                .note("lookups in it have the answers of an unopened list, as in the original"),
        ),
        None => {}
    }
    let text = file.text.as_ref()?;
    Some(List::from_text(dialect, text))
}

fn no_text(file: &ListFile) -> Diagnostic {
    let name = &file.text_name;
    let line = format!("Could not open file '{name}' due to [(2)-(No such file or directory)].");
    Diagnostic::warning(Code::LIST_FILE, format!("the list `{name}` has no file"))
        .note("rules that use it are skipped")
        .original(OriginalLine::wazuh(Severity::Warning, Some(1103), line))
}
