//! `<mitre>`: techniques of the ATT&CK table (`spec/wazuh.md` §9.4).

use bstr::BString;

use super::super::Mitre;
use super::Reader;
use crate::ast;
use crate::diagnostic::{Code, Diagnostic, OriginalLine, Severity};

/// What the blocks of a rule add up to.
#[derive(Debug, Default)]
pub(super) struct MitreBlocks {
    ids: Vec<BString>,
    pairs: Vec<(BString, BString)>,
}

/// One block.
#[derive(Debug, Default)]
struct Block {
    ids: Vec<BString>,
    tactics: Vec<BString>,
    techniques: Vec<BString>,
}

impl MitreBlocks {
    /// The pairs win over the ids.
    pub(super) fn finish(self) -> Mitre {
        if self.pairs.is_empty() {
            Mitre::Ids(self.ids)
        } else {
            Mitre::Pairs(self.pairs)
        }
    }

    fn add(&mut self, block: Block) {
        add_new(&mut self.ids, block.ids);
        add_new(
            &mut self.pairs,
            block.tactics.into_iter().zip(block.techniques),
        );
    }
}

fn add_new<T: PartialEq>(all: &mut Vec<T>, new: impl IntoIterator<Item = T>) {
    for item in new {
        if !all.contains(&item) {
            all.push(item);
        }
    }
}

impl Block {
    /// The list for the texts of an element.
    fn list(&mut self, name: &[u8]) -> Option<&mut Vec<BString>> {
        let lists = [
            ("id", &mut self.ids),
            ("tacticID", &mut self.tactics),
            ("techniqueID", &mut self.techniques),
        ];
        let mut hits = lists
            .into_iter()
            .filter(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        hits.next().map(|(_, list)| list)
    }
}

impl Reader<'_> {
    /// Reads one block. What is wrong with it costs only the block.
    pub(super) fn mitre(&mut self, element: &ast::Element) {
        let sid = self.sid();
        let mut block = Block::default();
        let empty = format!("Empty Mitre information for rule '{sid}'");
        for child in &element.children {
            let Some(list) = block.list(child.name.bytes()) else {
                let name = child.name.lossy();
                let line = format!("Invalid option '{name}' for rule '{sid}'.");
                let line = OriginalLine::wazuh(Severity::Error, None, line);
                let what = format!("`{name}` is not an element of `mitre`");
                let help = "it is `id`, or `tacticID` and `techniqueID`";
                return self.drop_block(child, &what, Some(help), line);
            };
            if child.content.bytes().is_empty() {
                return self.drop_block(child, "an empty id of `mitre`", None, warning(empty));
            }
            list.push(child.content.bytes().to_owned());
        }
        let pair = (block.tactics.len(), block.techniques.len());
        if block.ids.is_empty() && pair == (0, 0) {
            self.drop_block(element, "`mitre` is empty", None, warning(empty));
        } else if !block.ids.is_empty() && pair != (0, 0) {
            let line = format!(
                "Rule '{sid}' combined old and new Mitre formats in the same block. The Mitre block will be discarded."
            );
            let what = "`mitre` has both `id` and `tacticID` or `techniqueID`";
            let help = Some("write two blocks");
            self.drop_block(element, what, help, warning(line));
        } else if !matches!(pair, (0, 0) | (1, 1)) {
            let line = format!(
                "Rule '{sid}' has not exactly one tacticID and one techniqueID in the same block. The Mitre block will be discarded."
            );
            let what = "`mitre` needs exactly one `tacticID` and one `techniqueID`";
            let help = Some("write one block for each pair");
            self.drop_block(element, what, help, warning(line));
        } else {
            self.draft.mitre.add(block);
        }
    }

    fn drop_block(
        &mut self,
        element: &ast::Element,
        what: &str,
        help: Option<&str>,
        line: OriginalLine,
    ) {
        let mut diagnostic = Diagnostic::warning(Code::RULE_MITRE, what)
            .label(element.span, "the block has no effect")
            .original(line);
        diagnostic.help = help.map(ToOwned::to_owned);
        self.push(diagnostic);
    }
}

fn warning(text: String) -> OriginalLine {
    OriginalLine::wazuh(Severity::Warning, None, text)
}
