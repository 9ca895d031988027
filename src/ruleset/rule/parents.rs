//! How the parents of a rule are named (`spec/rules.md` §5.2, `spec/wazuh.md` §9.5).

use bstr::BStr;

use super::Sid;
use crate::source::Text;

/// The elements of a rule that can name its parents, as they were written.
#[derive(Clone, Debug, Default)]
pub struct Parents {
    /// `if_sid`
    pub if_sid: Option<Text>,
    /// `if_level`
    pub if_level: Option<Text>,
    /// `if_group`
    pub if_group: Option<Text>,
    /// `if_matched_sid`
    pub matched_sid: Option<Sid>,
    /// `if_matched_group`
    pub matched_group: Option<Text>,
}

/// Which of them counts.
pub(super) enum By<'a> {
    /// The text of `if_sid`.
    Ids(&'a Text),
    /// The id of `if_matched_sid`, when nothing else is said.
    Id(Sid),
    Level(&'a Text),
    /// The text of `if_group`, or of `if_matched_group` when nothing else is said.
    Group(&'a Text),
    Category,
}

impl Parents {
    /// `if_group`, or what stands in for it.
    fn group(&self) -> Option<&Text> {
        let implied = self.matched_group.as_ref();
        let implied = implied.filter(|_| self.if_sid.is_none());
        self.if_group.as_ref().or(implied)
    }

    /// The id that stands in for a missing `if_sid`.
    fn implied_sid(&self) -> Option<Sid> {
        self.matched_sid
            .filter(|_| self.if_sid.is_none() && self.group().is_none())
    }

    /// The first that applies of `if_sid`, `if_level`, `if_group`, and the category otherwise.
    pub(super) fn by(&self) -> By<'_> {
        if let Some(text) = &self.if_sid {
            By::Ids(text)
        } else if let Some(sid) = self.implied_sid() {
            By::Id(sid)
        } else if let Some(text) = &self.if_level {
            By::Level(text)
        } else if let Some(text) = self.group() {
            By::Group(text)
        } else {
            By::Category
        }
    }

    /// The elements of a new version that the old one does not have like this: they have no effect
    /// (`spec/wazuh.md` §9.6). With the place of each, if it has one of its own.
    pub(super) fn kept<'a>(&self, new: &'a Parents) -> Vec<(&'static str, Option<&'a Text>)> {
        let mut kept = Vec::new();
        if differs(bytes(&new.if_sid), bytes(&self.if_sid)) {
            kept.push(("if_sid", new.if_sid.as_ref()));
        }
        if differs(bytes(&new.if_level), bytes(&self.if_level)) {
            kept.push(("if_level", new.if_level.as_ref()));
        }
        // The old text is gone by then, so any text differs.
        if new.if_group.is_some() {
            kept.push(("if_group", new.if_group.as_ref()));
        }
        if differs(new.matched_sid, self.matched_sid) {
            kept.push(("if_matched_sid", None));
        }
        if differs(bytes(&new.matched_group), bytes(&self.matched_group)) {
            kept.push(("if_matched_group", new.matched_group.as_ref()));
        }
        kept
    }
}

fn bytes(text: &Option<Text>) -> Option<&BStr> {
    text.as_ref().map(Text::bytes)
}

fn differs<T: PartialEq>(new: Option<T>, old: Option<T>) -> bool {
    new.is_some() && new != old
}
