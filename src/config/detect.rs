//! Which engine the files are for.

use super::constructs::has_wazuh_constructs;
use crate::dialect::Dialect;
use crate::source::Sources;
use crate::xml::{self, Origin};

/// `<ruleset>` in the configuration, or constructs in the files that only Wazuh knows: Wazuh 4.14;
/// otherwise OSSEC 4.3. A configuration with `<rules>` is one of OSSEC whatever the files say.
pub fn detect_dialect<'f>(
    configuration: Option<&[u8]>,
    files: impl IntoIterator<Item = &'f [u8]>,
) -> Dialect {
    let mut sources = Sources::default();
    if let Some(bytes) = configuration {
        let source = sources.add("", Vec::new());
        let parsed = xml::parse(source, bytes, Dialect::Ossec43, Origin::analysisd(""));
        let sections = || parsed.document.roots().flat_map(|root| root.children());
        if sections().any(|section| section.name().bytes() == "ruleset") {
            return Dialect::Wazuh414;
        }
        if sections().any(|section| section.name().bytes() == "rules") {
            return Dialect::Ossec43;
        }
    }
    if files.into_iter().any(has_wazuh_constructs) {
        Dialect::Wazuh414
    } else {
        Dialect::Ossec43
    }
}
