//! The category of an event: the `<type>` of its decoder, compared with the `<category>` of the
//! top-level rules (`spec/decoders.md` §1.4, `spec/rules.md` §2 and §4.2).

/// A category with the number that the original prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Category {
    /// `syslog`: the default of decoders, rules and events without a decoder.
    #[default]
    Syslog = 1,
    /// `ids`
    Ids = 2,
    /// `firewall`
    Firewall = 3,
    /// `web-log`
    WebLog = 7,
    /// `squid`
    Squid = 8,
    /// `windows`
    Windows = 9,
    /// `host-information`; decoders only.
    HostInformation = 10,
    /// `ossec`
    Ossec = 11,
    /// An alert of another OSSEC. It has no name; only a plugin decoder sets it. The number is
    /// ours: the original never prints it.
    OssecAlert = 12,
}

impl Category {
    /// Numbers are below this one.
    pub(crate) const NUMBERS: usize = 13;

    const NAMES: [(&'static str, Category); 8] = [
        ("syslog", Category::Syslog),
        ("ids", Category::Ids),
        ("firewall", Category::Firewall),
        ("web-log", Category::WebLog),
        ("squid", Category::Squid),
        ("windows", Category::Windows),
        ("host-information", Category::HostInformation),
        ("ossec", Category::Ossec),
    ];

    /// The names in the files.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Category::NAMES.iter().map(|&(name, _)| name)
    }

    /// A decoder's `<type>`: exact, nothing is trimmed.
    pub fn from_decoder_type(name: &[u8]) -> Option<Category> {
        let hit = Category::NAMES
            .iter()
            .find(|(known, _)| known.as_bytes() == name);
        hit.map(|&(_, category)| category)
    }

    /// A rule's `<category>`: as a decoder's, but without `host-information`.
    pub fn from_rule_category(name: &[u8]) -> Option<Category> {
        Category::from_decoder_type(name).filter(|&category| category != Category::HostInformation)
    }

    /// The number in messages (`rules_list: Category 'K' not found.`).
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The category with this [number](Category::number).
    pub(crate) fn from_number(number: u8) -> Option<Category> {
        let named = Category::NAMES.iter().map(|&(_, category)| category);
        named
            .chain([Category::OssecAlert])
            .find(|category| category.number() == number)
    }

    /// The name in the files; `ossec-alert` for the one that has none.
    pub fn name(self) -> &'static str {
        let hit = Category::NAMES
            .iter()
            .find(|&&(_, category)| category == self);
        hit.map_or("ossec-alert", |&(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            Category::from_decoder_type(b"web-log"),
            Some(Category::WebLog)
        );
        assert_eq!(Category::from_decoder_type(b" ids"), None);
        assert_eq!(Category::from_decoder_type(b"IDS"), None);
        assert_eq!(Category::from_decoder_type(b"ossec-alert"), None);
        assert_eq!(
            Category::from_rule_category(b"ossec").map(Category::number),
            Some(11)
        );
        assert_eq!(Category::from_rule_category(b"host-information"), None);
        assert_eq!(Category::HostInformation.name(), "host-information");
        let numbers: Vec<_> = (0..=u8::MAX).filter_map(Category::from_number).collect();
        assert_eq!(numbers.len(), 9);
        assert!(numbers.contains(&Category::OssecAlert));
    }
}
