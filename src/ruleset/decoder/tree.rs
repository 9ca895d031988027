//! Puts decoders into the two lists and gives them their final names (`spec/decoders.md` §3).

use super::messages::Messages;
use super::{Decoder, DecoderId, Decoders, NameId, Offset, TopDecoder};
use crate::ast;
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::pattern::Language;
use crate::ruleset::dialect::DecoderRules;
use crate::ruleset::suggest::did_you_mean;
use crate::source::Text;

impl Decoders {
    /// Remembers a decoder that could not be read, so that its children and rules are not reported
    /// for want of it.
    pub(crate) fn give_up(&mut self, decoder: &ast::Decoder) {
        let name = decoder.attributes.first();
        self.failed
            .extend(name.map(|name| name.value.bytes().to_owned()));
    }

    /// Adds a checked decoder behind those that are there.
    ///
    /// # Errors
    /// The parent is not loaded, or the siblings of its name do not fit together.
    pub(crate) fn insert(
        &mut self,
        decoder: Decoder,
        rules: DecoderRules,
        messages: Messages<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        let id = DecoderId(self.decoders.len() as u32);
        let Some(parent) = &decoder.parent else {
            let list = match decoder.program_name {
                Some(_) => &mut self.with_program_name,
                None => &mut self.without_program_name,
            };
            list.push(TopDecoder {
                decoder: id,
                children: Vec::new(),
            });
            self.decoders.push(decoder);
            return Ok(());
        };
        let mut siblings = Vec::new();
        let mut found = false;
        for top in self.tops() {
            if self.get(top.decoder).name.bytes() == parent.bytes() {
                found = true;
                let same_name =
                    |&&child: &&DecoderId| self.get(child).name.bytes() == decoder.name.bytes();
                siblings.extend(top.children.iter().filter(same_name).copied());
            }
        }
        if !found {
            if self.failed.contains(parent.bytes()) {
                self.failed.insert(decoder.name.bytes().to_owned());
                return Ok(());
            }
            return Err(Box::new(self.unknown_parent(parent, messages)));
        }
        for &sibling in &siblings {
            self.check_chain(&decoder, sibling, rules, messages)?;
        }
        let goes_on_behind = |&sibling: &DecoderId| {
            self.get(sibling).regex.is_some() || self.get(sibling).prematch.is_some()
        };
        if decoder.regex_offset == Offset::AfterRegex && !siblings.iter().any(goes_on_behind) {
            let own = messages.about(2120, "Invalid offset value", &decoder.name, "");
            return Err(Box::new(
                messages.misfit(
                    Diagnostic::error(
                        Code::DECODER_OFFSET,
                        format!(
                            "there is no regex before the one of `{}`",
                            decoder.name.lossy()
                        ),
                    )
                    .label(
                        decoder.span,
                        "`after_regex` needs an earlier decoder with the same name and parent",
                    )
                    .original(own),
                    &decoder.name,
                ),
            ));
        }
        for sibling in siblings {
            self.decoders[sibling.index()].next = true;
        }
        for list in [&mut self.without_program_name, &mut self.with_program_name] {
            for top in list {
                if self.decoders[top.decoder.index()].name.bytes() == parent.bytes() {
                    top.children.push(id);
                }
            }
        }
        self.decoders.push(decoder);
        Ok(())
    }

    fn tops(&self) -> impl Iterator<Item = &TopDecoder> {
        self.without_program_name
            .iter()
            .chain(&self.with_program_name)
    }

    fn unknown_parent(&self, parent: &Text, messages: Messages<'_>) -> Diagnostic {
        let name = parent.lossy();
        let diagnostic = Diagnostic::error(
            Code::DECODER_PARENT,
            format!("there is no parent decoder `{name}`"),
        )
        .label(
            parent.span(),
            "not loaded so far as a decoder without parent",
        )
        .original(messages.about(2101, "Parent decoder name invalid", parent, "."));
        let mut diagnostic = messages.no_parent(diagnostic, parent);
        let child = self
            .decoders
            .iter()
            .find(|decoder| decoder.parent.is_some() && decoder.name.bytes() == parent.bytes());
        if let Some(child) = child {
            let top = child.parent.as_ref().map(Text::lossy).unwrap_or_default();
            diagnostic = diagnostic.help(format!(
                "`{name}` is a child itself and decoders have two levels only: use `{top}` as the parent"
            ));
        } else {
            let tops = self.tops().map(|top| self.get(top.decoder).name.bytes());
            let failed = self.failed.iter().map(|name| name.as_ref());
            let names: Vec<String> = tops.chain(failed).map(|name| name.to_string()).collect();
            diagnostic.help = did_you_mean(&name, names.iter().map(String::as_str))
                .or_else(|| Some("a parent must be read before its children".to_owned()));
        }
        diagnostic
    }

    /// Decoders of one name below one parent form a chain; only the first may choose.
    fn check_chain(
        &self,
        new: &Decoder,
        earlier: DecoderId,
        rules: DecoderRules,
        messages: Messages<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        let earlier = self.get(earlier);
        let both = |language| {
            let is = |decoder: &Decoder| {
                decoder
                    .regex
                    .as_ref()
                    .is_some_and(|regex| regex.language() == language)
            };
            is(new) && is(earlier)
        };
        let extracts = |decoder: &Decoder| decoder.regex.is_some() || decoder.plugin.is_some();
        let (code, text, reason) = if new.prematch.is_some() {
            (
                2102,
                "Duplicated decoder with prematch",
                "only the first decoder of a chain may have a prematch",
            )
        } else if !new.fts.is_empty() || !new.fts_fields.is_empty() {
            (
                2103,
                "Duplicated decoder with fts set",
                "only the first decoder of a chain may have first-time-seen keys",
            )
        } else if rules.plugins_in_chains && !(extracts(new) && extracts(earlier)) {
            (
                2104,
                "Invalid duplicated decoder",
                "all decoders of a chain need a `regex` or a plugin",
            )
        } else if !rules.plugins_in_chains && !both(Language::OsRegex) && !both(Language::Pcre2) {
            (
                2104,
                "Invalid duplicated decoder",
                "all decoders of a chain need a `regex`, or all a `pcre2`",
            )
        } else {
            return Ok(());
        };
        Err(Box::new(
            messages.misfit(
                Diagnostic::error(
                    Code::DECODER_CHAIN,
                    format!(
                        "decoder `{}` does not fit to the one before it",
                        new.name.lossy()
                    ),
                )
                .label(new.span, reason)
                .label(
                    earlier.span,
                    "the earlier one with the same name and parent",
                )
                .help("give it another name if it is not meant to continue the earlier one")
                .original(messages.about(code, text, &new.name, ".")),
                &new.name,
            ),
        ))
    }

    /// Gives ids and final names after the last file.
    ///
    /// Returns what the original says when one of the two lists is empty; that is fatal in Wazuh only.
    pub(crate) fn assign_names(&mut self, dialect: Dialect) -> Option<Diagnostic> {
        let rules = dialect.decoders();
        let built_in = rules.built_in_names.iter();
        self.names = built_in.map(|&name| name.into()).collect();
        self.built_in = self.names.len();
        for decoder in &self.decoders {
            self.names.insert(decoder.name.bytes().to_owned());
        }
        self.names.extend(self.failed.iter().cloned());
        let message = |what: &str| {
            let text = format!("no decoder {what} is loaded");
            let diagnostic = if rules.needs_both_lists {
                Diagnostic::error(Code::DECODER_LIST_EMPTY, text).help(
                    "the original needs at least one decoder with and one without a `program_name`",
                )
            } else {
                Diagnostic::warning(Code::DECODER_LIST_EMPTY, text)
            };
            diagnostic.original(Messages::new(dialect, "").not_added())
        };
        if self.without_program_name.is_empty() {
            // The original stops here: nobody gets an id and children keep their own names.
            let diagnostic = message("without a program name");
            return Some(if rules.needs_both_lists {
                diagnostic
            } else {
                diagnostic.note(
                    "so no `decoded_as` can hold and children keep their own names, as in the original",
                )
            });
        }
        for list in [&self.without_program_name, &self.with_program_name] {
            for top in list {
                let parent = &self.decoders[top.decoder.index()];
                let name = parent.name.bytes().to_owned();
                let name_id = name_id(&self.names, name.as_ref());
                self.decoders[top.decoder.index()].name_id = name_id;
                for &child in &top.children {
                    let child = &mut self.decoders[child.index()];
                    if child.use_own_name {
                        child.name_id = self::name_id(&self.names, child.name.bytes());
                    } else {
                        child.shown_name = name.clone();
                        child.name_id = name_id;
                    }
                }
            }
        }
        self.with_program_name
            .is_empty()
            .then(|| message("with a program name"))
    }
}

fn name_id(names: &indexmap::IndexSet<bstr::BString>, name: &bstr::BStr) -> NameId {
    NameId(names.get_index_of(name).map_or(0, |index| index as u32 + 1))
}
