//! From the XML of an event to the sections of `win` (`spec/wazuh.md` §8.3, steps 2 to 4).

use super::members::Members;
use crate::source::Text;
use crate::xml::ElementRef;

/// What was found, in the order of the document; nothing is computed yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Win<'d> {
    pub(super) system: Members,
    pub(super) eventdata: Members,
    /// The contents of all `Data` without attributes.
    pub(super) unnamed: Option<Vec<u8>>,
    pub(super) other: Other<'d>,
    pub(super) facts: Facts<'d>,
}

/// The one object of all sections that are neither `System` nor `EventData`.
#[derive(Clone, Debug, Default)]
pub(super) struct Other<'d> {
    pub(super) members: Members,
    /// The last child of such a section gives the object its name; no child, no object.
    pub(super) name: Option<&'d [u8]>,
}

/// Values from which others are computed; of each the last one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts<'d> {
    pub(super) level: Option<&'d [u8]>,
    pub(super) keywords: Option<&'d [u8]>,
    pub(super) category: Option<&'d [u8]>,
    pub(super) subcategory: Option<&'d [u8]>,
    pub(super) policy_changes: Option<&'d [u8]>,
}

impl<'d> Win<'d> {
    /// Reads the sections below the root, whatever its name is.
    pub(super) fn of(root: ElementRef<'d>) -> Self {
        let mut win = Win::default();
        for section in root.children() {
            match bytes(section.name()) {
                b"System" => section.children().for_each(|child| win.system(child)),
                b"EventData" => section.children().for_each(|child| win.event_data(child)),
                _ => section.children().for_each(|child| win.other(child)),
            }
        }
        win
    }

    /// Contents are kept as they are.
    fn system(&mut self, element: ElementRef<'d>) {
        let name = bytes(element.name());
        let content = bytes(element.content());
        let attributes = || {
            let nodes = element.attributes();
            nodes.map(|node| (bytes(&node.name), bytes(&node.content)))
        };
        let first = attributes().next();
        match name {
            b"Provider" if first.is_some() => self.system_attributes(attributes(), PROVIDER),
            b"TimeCreated" if first.is_some() => {
                self.system_attributes(attributes().take(1), TIME_CREATED);
            }
            b"Execution" if first.is_some() => self.system_attributes(attributes(), EXECUTION),
            b"Channel" => {
                self.user_id(first, b"userID");
                self.system.push(name, content);
            }
            b"Security" => self.user_id(first, b"securityUserID"),
            b"Correlation" => {}
            b"Level" => {
                self.facts.level = Some(content);
                self.system.push(name, content);
            }
            b"Keywords" => {
                self.facts.keywords = Some(content);
                self.system.push(name, content);
            }
            _ if content.is_empty() => {}
            _ => self.system.push(name, content),
        }
    }

    fn system_attributes<'a>(
        &mut self,
        attributes: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        names: &[(&str, &str)],
    ) {
        for (name, value) in attributes {
            let field = names.iter().find(|(known, _)| known.as_bytes() == name);
            if let Some((_, field)) = field {
                self.system.push(field.as_bytes(), value);
            }
        }
    }

    /// The original mixes up name and value here, so the id of the user never arrives.
    fn user_id(&mut self, first: Option<(&[u8], &[u8])>, field: &[u8]) {
        if let Some((_, value @ b"UserID")) = first {
            self.system.push(field, value);
        }
    }

    fn event_data(&mut self, element: ElementRef<'d>) {
        let Some(content) = kept(element.content()) else {
            return;
        };
        let name = bytes(element.name());
        if name != b"Data" {
            self.eventdata.push(name, content);
            return;
        }
        let mut attributes = element.attributes().peekable();
        if attributes.peek().is_none() {
            self.unnamed(content);
        }
        // An attribute in front of `Name` is taken for a name of its own.
        for attribute in attributes {
            let name = bytes(&attribute.content);
            if bytes(&attribute.name) == b"Name" {
                self.named(name, content);
                break;
            }
            self.eventdata.push(name, content);
        }
    }

    /// `<Data Name='…'>`.
    fn named(&mut self, name: &'d [u8], content: &'d [u8]) {
        let is = |known: &[u8]| match (name.split_first(), known.split_first()) {
            (Some((first, rest)), Some((known, known_rest))) => {
                first.eq_ignore_ascii_case(known) && rest == known_rest
            }
            _ => false,
        };
        let mut field = name;
        if is(b"categoryId") {
            self.facts.category = Some(content);
        } else if is(b"subcategoryId") {
            self.facts.subcategory = Some(content);
        } else if is(b"auditPolicyChanges") {
            self.facts.policy_changes = Some(content);
            field = b"auditPolicyChangesId";
        }
        self.eventdata.push(field, content);
    }

    fn unnamed(&mut self, content: &[u8]) {
        match &mut self.unnamed {
            Some(all) => {
                all.extend_from_slice(b", ");
                all.extend_from_slice(content);
            }
            none => *none = Some(content.to_vec()),
        }
    }

    fn other(&mut self, child: ElementRef<'d>) {
        self.other.name = Some(bytes(child.name()));
        for element in child.children() {
            if let Some(content) = kept(element.content()) {
                self.other.members.push(bytes(element.name()), content);
            }
        }
    }
}

/// Attributes and the fields that they become.
const PROVIDER: &[(&str, &str)] = &[
    ("Name", "providerName"),
    ("Guid", "providerGuid"),
    ("EventSourceName", "eventSourceName"),
];
const TIME_CREATED: &[(&str, &str)] = &[("SystemTime", "systemTime")];
const EXECUTION: &[(&str, &str)] = &[("ProcessID", "processID"), ("ThreadID", "threadID")];

/// The content of a data element, if it says anything: without the white space at its end, but
/// never without its first character.
fn kept(content: &Text) -> Option<&[u8]> {
    match bytes(content) {
        b"" | b"-" | b"(NULL)" => None,
        content => Some(&content[..content.trim_ascii_end().len().max(1)]),
    }
}

fn bytes(text: &Text) -> &[u8] {
    text.bytes()
}
