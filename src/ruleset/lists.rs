//! The lists that the configuration names, and how a rule finds one (`spec/rules.md` §9).

use bstr::{BStr, BString};

use super::cdb::Cdb;
use super::list::{List, ListState};
use crate::config::ListFile;
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
    /// Opens the lists. A missing or broken file is no error: the original asks it all the same,
    /// with answers of its own.
    ///
    /// The engines read only the compiled file, so it wins over the text where both are there.
    pub(crate) fn new(dialect: Dialect, files: &[ListFile]) -> Self {
        let open = |file: &ListFile| {
            let compiled = file.cdb.as_ref().map(|bytes| Cdb::new(bytes.clone()));
            match (compiled, &file.text) {
                (Some(Ok(cdb)), _) => Some(List::from_cdb(cdb)),
                (Some(Err(_)) | None, Some(text)) => Some(List::from_text(dialect, text)),
                (Some(Err(_)) | None, None) => None,
            }
        };
        let configured = files.iter().map(|file| Configured {
            text_name: file.text_name.as_str().into(),
            cdb_name: file.cdb_name.as_str().into(),
            list: open(file),
        });
        Lists(configured.collect())
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
