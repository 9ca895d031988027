//! Which elements hold elements. All others are leaves, whose inside is not touched.

/// An element that only holds other elements: white space in it means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// A root of a rule file.
    Group,
    /// A root of a decoder file.
    Decoder,
    /// In a group, or lost.
    Rule,
    /// In a rule of Wazuh.
    Mitre,
}

impl Container {
    /// What an element of this name is, inside of `parent`; `None`: a leaf.
    pub(super) fn of(parent: Option<Container>, name: &[u8]) -> Option<Container> {
        let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
        match parent {
            None if is(b"group") => Some(Container::Group),
            None if is(b"decoder") => Some(Container::Decoder),
            None if is(b"rule") => Some(Container::Rule),
            Some(Container::Group) if is(b"rule") => Some(Container::Rule),
            Some(Container::Rule) if is(b"mitre") => Some(Container::Mitre),
            _ => None,
        }
    }
}
